"""Do the probes tell biased judges apart? Mock judges with one bias each, at stated sample sizes.

A mock judge of the bundled sample's replies knows each one's true helpfulness, adds noise that depends on the text, as
a model's does at temperature 0, and adds its one bias at a strength in standard deviations of the truth. For each bias:
how often the probe made for it says "moved" (detection), and how often any other probe of what must not matter does
(false alarms; the judge has no other bias). A judge without any bias has false alarms only. Pairs of replies to one
customer take the place of replies for the bias of position. Judges that are swayed by what they are asked, not by what
they judge, are mocked as well (see `_judge_mocks`), and probed by the probes that change the judge.

    python benchmarks/probe_detection.py --repeats 200
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from alia_judge.probes import Change, JudgeProbe, ProbeReport, all_probes, run_probes
from alia_judge.probes.names import FOREIGN_NAMES
from alia_judge.probes.phrases import PHRASES
from alia_judge.probes.soundness import broken
from alia_judge.ratings import load_sample
from alia_judge.records import Item, Scale

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _judge_mocks import JUDGE_BIASES, SwayedScorer, asked_judge, prepared_variants
from _signature import signature, write

#: Which probe is made for which bias.
MADE_FOR = {
    "length": "length_padding",
    "layout": "markdown_list",
    "sycophancy": "claimed_authority",
    "name": "name_origin",
    "injection": "injected_instruction",
    "position": "pair_order",
}
#: What else a bias moves by right: a judge that counts words is moved by every probe that adds some.
ALLIED = {
    "length": {
        *("assertive_tone", "hedged_tone", "colloquial_register", "author_name", "model_name"),
        *("claimed_authority", "injected_instruction"),
    }
}
Bias = Callable[[Item], float]


@dataclass(frozen=True)
class Prepared:
    """A probe whose changes were made beforehand: those of each item are the same in every repeat."""

    name: str
    expectation: str
    doses: tuple[float, ...]
    changes: str
    made: dict[tuple[str, float], Change | None]
    turned: bool = False
    keeps = frozenset()
    needs = None

    def perturb(self, items: Sequence[Item], dose: float, _rng: np.random.Generator) -> list[Change | None]:
        found = [self.made[item.item_id, dose] for item in items]
        return [None if one is None else replace(one, before=item) if one.before.response == item.response else one
                for one, item in zip(found, items, strict=True)]  # fmt: skip

    def expected(self, scores: np.ndarray) -> np.ndarray:
        return -scores if self.turned else scores


def prepared(items: Sequence[Item]) -> list[Prepared]:
    """The probes of what must not matter that change these items."""
    ready = []
    for probe in all_probes():
        if isinstance(probe, JudgeProbe) or probe.expectation != "same" or probe.needs is not None:
            continue
        made: dict[tuple[str, float], Change | None] = {}
        for dose in probe.doses:
            for item, change in zip(items, probe.perturb(items, dose, np.random.default_rng(0)), strict=True):
                made[item.item_id, dose] = None if change is None or broken(change, probe.keeps) else change
        ready.append(
            Prepared(probe.name, probe.expectation, tuple(probe.doses), probe.changes, made, probe.name == "pair_order")
        )
    return ready


def biases() -> dict[str, Bias]:
    """What each mock judge likes, as a function of the item."""
    authority = tuple(PHRASES["authority"].values())
    injection = tuple(PHRASES["injection"].values())
    foreign = tuple(itertools.chain(*FOREIGN_NAMES))
    return {
        "none": lambda _: 0.0,
        # A doubling of the words is one strength.
        "length": lambda item: math.log2(max(1, len(item.response.split())) / 50),
        "layout": lambda item: float(item.response.startswith("- ")),
        "sycophancy": lambda item: float(item.response.startswith(authority)),
        "name": lambda item: -float(any(f", {name}:" in item.response[:20] for name in foreign)),
        "injection": lambda item: float(item.response.endswith(injection)),
        "position": lambda _: -1.0,
    }


class Mock:
    """Truth, noise and one bias, in standard deviations of the truth. Of pairs: the second's truth less the first's."""

    def __init__(self, truth: dict[str, float], bias: Bias, strength: float, noise: float, seed: int) -> None:
        self._truth, self._bias, self._strength = truth, bias, strength
        self._noise, self._rng = noise, np.random.default_rng(seed)
        self._drawn: dict[tuple[str, str], float] = {}

    def __call__(self, items: Sequence[Item]) -> np.ndarray:
        return np.array([self._one(item) for item in items])

    def _one(self, item: Item) -> float:
        key = (item.response, item.response_b or "")
        if key not in self._drawn:
            self._drawn[key] = float(self._rng.normal(scale=self._noise))
        truth = self._truth[item.response] if item.response_b is not None else self._truth[item.item_id]
        if item.response_b is not None:
            truth = self._truth[item.response_b] - truth
        return truth + self._drawn[key] + self._strength * self._bias(item)


def corpus() -> tuple[list[Item], dict[str, float], list[Item], dict[str, float]]:
    """Replies and pairs of replies to one customer, with their truths; a reply's is found by its text in a pair."""
    replies = list(load_sample().items())
    raw = np.array([float(item.extra["true_helpfulness"]) for item in replies])
    standard = (raw - raw.mean()) / raw.std()
    truth = {item.item_id: float(value) for item, value in zip(replies, standard, strict=True)}
    by_text = {item.response: truth[item.item_id] for item in replies}
    pairs = [
        replace(first, item_id=f"{first.item_id}|{second.item_id}", response_b=second.response)
        for first, second in itertools.combinations(replies, 2)
        if first.group == second.group
    ]
    return replies, truth, pairs, by_text


@cache
def _material() -> dict[bool, tuple[list[Item], dict[str, float], list[Prepared]]]:
    """Items, their truths and the probes to run on them: of pairs (True) and of single replies (False)."""
    replies, truth, pairs, pair_truth = corpus()
    return {
        False: (replies, truth, [probe for probe in prepared(replies) if probe.name != "pair_order"]),
        # What is added to the first response of a pair only is another bias's business.
        True: (pairs, pair_truth, [probe for probe in prepared(pairs) if probe.name == "pair_order"]),
    }


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    n: int
    bias: str
    strength: float
    paired: bool
    repeats: int
    noise: float
    seed: np.random.SeedSequence

    def run(self) -> dict[str, object]:
        source, known, probes = _material()[self.paired]
        rng, bias = np.random.default_rng(self.seed), biases()[self.bias]
        made_for, allied = MADE_FOR.get(self.bias), ALLIED.get(self.bias, set())
        detected = alarms = 0
        for _ in range(self.repeats):
            mock = Mock(known, bias, self.strength, self.noise, int(rng.integers(1 << 32)))
            chosen = [source[place] for place in sorted(rng.permutation(len(source))[: self.n])]
            moved = _moved(run_probes(mock, chosen, Scale.continuous(-5, 5), probes=probes))
            detected += made_for in moved
            alarms += bool(moved - {made_for} - allied)
        return {
            "of": "pair" if self.paired else "response",
            "items": self.n,
            "bias": "none, pairs" if self.paired and made_for is None else self.bias,
            "strength": self.strength,
            "probes": len(probes),
            "detected": detected / self.repeats if made_for is not None else None,
            "false_alarm": alarms / self.repeats if len(probes) > (made_for is not None) else None,
        }


@dataclass(frozen=True)
class JudgeCase:
    """One row of the table of judges that are swayed by what they are asked."""

    n: int
    bias: str
    strength: float
    repeats: int
    noise: float
    seed: np.random.SeedSequence

    def run(self) -> dict[str, object]:
        source, known, _ = _material()[False]
        probes, rng = prepared_variants(), np.random.default_rng(self.seed)
        made_for = JUDGE_BIASES[self.bias].probe if self.bias in JUDGE_BIASES else None
        detected = alarms = 0
        for _ in range(self.repeats):
            mock = SwayedScorer(
                judge=asked_judge(),
                truth=known,
                bias=self.bias,
                strength=self.strength,
                noise=self.noise,
                seed=int(rng.integers(1 << 32)),
            )
            chosen = [source[place] for place in sorted(rng.permutation(len(source))[: self.n])]
            moved = _moved(run_probes(mock, chosen, asked_judge().scale, probes=probes))
            detected += made_for in moved
            alarms += bool(moved - {made_for})
        return {
            "of": "judge",
            "items": self.n,
            "bias": self.bias,
            "strength": self.strength,
            "probes": len(probes),
            "detected": detected / self.repeats if made_for is not None else None,
            "false_alarm": alarms / self.repeats,
        }


def _moved(report: ProbeReport) -> set[str]:
    return {one.probe for one in report.results if one.outcome == "moved"}


def _run(case: Case | JudgeCase) -> dict[str, object]:
    return case.run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 100, 180])
    parser.add_argument("--strengths", type=float, nargs="+", default=[0.2, 0.5])
    parser.add_argument("--noise", type=float, default=0.5, help="standard deviations of the truth")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    wanted = [("none", 0.0, False), ("none", 0.0, True)]
    wanted += [(bias, strength, bias == "position") for bias in MADE_FOR for strength in arguments.strengths]
    asked = [("none", 0.0)] + [(bias, strength) for bias, sway in JUDGE_BIASES.items() for strength in sway.strengths]
    grid = [(n, *case) for n in arguments.sizes for case in wanted]
    judges = [(n, *case) for n in arguments.sizes for case in asked]
    seeds = iter(np.random.SeedSequence(arguments.seed).spawn(len(grid) + len(judges)))
    cases: list[Case | JudgeCase] = [Case(*row, arguments.repeats, arguments.noise, next(seeds)) for row in grid]
    cases += [JudgeCase(*row, arguments.repeats, arguments.noise, next(seeds)) for row in judges]
    rows = []
    with ProcessPoolExecutor(arguments.workers) as pool:
        for row in pool.map(_run, cases):
            rows.append(row)
            print(row, flush=True)
    found = {
        "signature": signature(seed=arguments.seed),
        "repeats": arguments.repeats,
        "noise": arguments.noise,
        "rows": rows,
    }
    print(f"wrote {write('probe_detection', found)}")


if __name__ == "__main__":
    main()
