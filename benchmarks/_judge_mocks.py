"""Mock judges that are moved by what they are asked: by the words of the rubric, its language, the scale, an order.

The variants are those that the probes make of a real `Judge`; only its answers are made up. A mock knows each reply's
true quality, adds noise that stays with the reply, a little more that changes with every prompt, and one bias.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.probes import JudgeProbe, JudgeScorer, Variant, all_probes
from alia_judge.records import Item

__all__ = ["JUDGE_BIASES", "PreparedVariants", "SwayedScorer", "asked_judge", "prepared_variants"]

#: Standard deviation of what another prompt does to a score where nothing is wrong: two prompts in a hundred then move
#: it by half a point, fewer than the twentieth that a probe of scatter tolerates.
PROMPT_NOISE = 0.15


@dataclass(frozen=True)
class Sway:
    """A bias: the probe made for it, and what the judges that it is set off in do to every score.

    `shift` and `scatter` are the mean and the spread of that, in units of the strength; `strengths` are those tried.
    A probe of scatter is there to find what moves single scores by half a point, and leaves less alone.
    """

    probe: str
    sets_off: Callable[[Judge, int], bool]
    shift: float = 0.0
    scatter: float = 0.0
    strengths: tuple[float, ...] = (0.05, 0.2)


JUDGE_BIASES = {
    "rubric's wording": Sway("rubric_wording", lambda judge, _: _framed(judge), shift=1),
    "rubric in English": Sway("rubric_in_en", lambda judge, _: judge.rubric.language == "en", shift=-1),
    "high numbers": Sway("label_order", lambda judge, _: judge.scale.reverse, shift=-1),
    "fine scales": Sway("scale_points", lambda judge, _: len(judge.scale.points) > 5, shift=1),
    "demonstrations' order": Sway(
        "demonstration_order",
        lambda judge, _: _order(judge) != _order(asked_judge()),
        scatter=1,
        strengths=(0.2, 0.5),
    ),
    "second run": Sway("repeated_run", lambda _, sample: sample > 0, scatter=1, strengths=(0.2, 0.5)),
}


@cache
def asked_judge() -> Judge:
    """The judge that is varied; nobody asks its model."""
    demos = [{"response": f"Respuesta {score}", "score": float(score)} for score in (2, 5, 1, 4)]
    return Judge(builtin_rubric("helpfulness", "es"), "openai/nobody", demos=demos)


@dataclass(frozen=True)
class PreparedVariants:
    """A probe of the judge whose variants were made beforehand."""

    name: str
    doses: tuple[float, ...]
    changes: str
    question: str
    made: Mapping[float, Variant]

    def variant(self, _judge: Judge, dose: float, _rng: np.random.Generator) -> Variant:
        return self.made[dose]


@cache
def prepared_variants() -> tuple[PreparedVariants, ...]:
    """The probes of the judge, where they apply to it."""
    ready = []
    for probe in all_probes():
        if isinstance(probe, JudgeProbe):
            made = {dose: probe.variant(asked_judge(), dose, np.random.default_rng(0)) for dose in probe.doses}
            sound = {dose: variant for dose, variant in made.items() if isinstance(variant, Variant)}
            if sound:
                ready.append(PreparedVariants(probe.name, tuple(sound), probe.changes, probe.question, sound))
    return tuple(ready)


@dataclass(frozen=True, kw_only=True)
class SwayedScorer(JudgeScorer):
    """Made-up scores of a judge and of its variants, in points of the scale, of which the truth has a spread of 1."""

    truth: Mapping[str, float]
    bias: str
    strength: float
    noise: float
    seed: int

    def __call__(self, items: Sequence[Item]) -> np.ndarray:
        return self._scores(self.judge, 0, items)

    def of(self, variant: Variant) -> Callable[[Sequence[Item]], np.ndarray]:
        return lambda items: variant.to_original(self._scores(variant.judge, variant.sample, items))

    def _scores(self, judge: Judge, sample: int, items: Sequence[Item]) -> np.ndarray:
        of_item, of_prompt = (
            np.random.default_rng([self.seed, *key]) for key in ((0,), (1, sample, *judge.configuration().key.encode()))
        )
        found = 3 + np.array([self.truth[item.item_id] for item in items])
        found += of_item.normal(scale=self.noise, size=len(items))
        found += of_prompt.normal(scale=PROMPT_NOISE / np.sqrt(2), size=len(items))
        if self.bias in JUDGE_BIASES:
            sway = JUDGE_BIASES[self.bias]
            if sway.sets_off(judge, sample):
                found += self.strength * (sway.shift + sway.scatter * of_prompt.normal(size=len(items)))
        scale = judge.scale
        return scale.low + (found - 1) / 4 * (scale.high - scale.low)


def _framed(judge: Judge) -> bool:
    plain = asked_judge().rubric.instructions
    return plain in judge.rubric.instructions and plain != judge.rubric.instructions


def _order(judge: Judge) -> list[str]:
    return [demo["response"] for demo in judge.demos]
