"""`SampledJudge`: the same question several times, and how far the answers lie apart."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.composite import CompositeJudge, first_reason, part_of
from alia_judge.judging.readouts import distributions
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Judgments, Scale, Verdict

__all__ = ["SampledJudge"]


class SampledJudge(CompositeJudge):
    """Asks a judge n times and takes the mean; the verdict says how far the samples spread.

    Each sample is a call of its own, stored under its number: asking for five after three were paid pays for two. A
    model at temperature 0 says the same each time, so a temperature is needed. The mean is over the samples that have
    a score, which must be more than half of them; `detail` gives their number and standard deviation, `parts` each of
    them.

    Parameters
    ----------
    judge
        Whom to ask; its scale is of ordered points, or continuous.
    n
        How often, at least 2.
    temperature
        Laid over the judge's own settings; None keeps those.

    Raises
    ------
    UsageError
        If the settings fix the temperature at 0, or n is below 2.

    References
    ----------
    Liu et al., "G-Eval: NLG Evaluation using GPT-4 with Better Human Alignment", EMNLP 2023, section 3.2 (20 samples
    where there are no log-probabilities).

    Examples
    --------
    >>> import alia_judge as aj
    >>> judge = aj.Judge(aj.builtin_rubric("helpfulness", "es"), lm="openai/gpt-4o-mini")
    >>> len(aj.SampledJudge(judge, 5, temperature=0.7).members)
    5
    """

    kind: ClassVar[str] = "sampled"

    def __init__(self, judge: Judge, n: int, *, temperature: float | None = 1.0) -> None:
        if n < 2:
            raise UsageError(message("n must be at least 2, got {n}; one sample is the judge itself", n=n))
        if not judge.scale.ordered:
            raise UsageError(message("a mean of samples needs ordered points, got a nominal scale"))
        if temperature is not None:
            judge = copy.deepcopy(judge)
            judge.settings["temperature"] = temperature
        if judge.settings.get("temperature") == 0.0:
            raise UsageError(message("samples at temperature 0 are all the same; pass a temperature above 0"))
        # One judge asked n times: the samples differ in their number alone.
        super().__init__(judge.rubric, [judge] * n)

    def sample(self, place: int) -> int:
        """Each member is asked for a sample of its own."""
        return place

    @property
    def scale(self) -> Scale:
        """The scale of its verdicts: its members'."""
        return self.members[0].scale

    def combine(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Verdict]:
        """The mean of the samples."""
        values = np.stack([_scores(sample, self.members[0]) for sample in judgments])
        verdicts = []
        for row in range(len(items)):
            said = ~np.isnan(values[:, row])
            parts = {f"sample {n}": part_of(one, row, self.scale) for n, one in enumerate(judgments, 1)}
            if said.sum() * 2 <= said.size:
                reason, member = first_reason(judgments, row) or ("no_score", "")
                detail = f"{said.sum()} of {said.size} samples scored; {member.replace('member', 'sample')}"
                verdicts.append(Verdict(unscored=reason, detail=detail, parts=parts))
                continue
            spread = float(values[said, row].std(ddof=1)) if said.sum() > 1 else 0.0
            likely, measured = None, all(not np.isnan(one.probabilities[row]).any() for one in judgments)
            if measured and self.scale.points:
                likely = np.mean([one.probabilities[row] for one in judgments], axis=0)
            verdicts.append(
                Verdict(
                    score=float(values[said, row].mean()),
                    probabilities=None if likely is None else tuple(likely.tolist()),
                    method="text" if likely is None else "logprobs",
                    detail=f"{said.sum()} of {said.size} samples, standard deviation {spread:.3f}",
                    parts=parts,
                )
            )
        return verdicts

    def options(self) -> dict[str, Any]:
        """None: the temperature is the judge's own setting, and each sample is a member."""
        return {}

    @classmethod
    def rebuilt(cls, rubric: Rubric, members: Sequence[Judge], **options: Any) -> Self:  # noqa: ARG003
        """A judge of this kind around the one that is asked."""
        return cls(members[0], len(members), temperature=None)


def _scores(sample: Judgments, judge: Judge) -> Any:
    if not judge.scale.points:
        return sample.score
    return distributions(sample, judge.scale) @ np.asarray(judge.scale.points)
