"""`CascadeJudge`: a cheap judge for every item, an expensive one where the cheap one is unsure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.composite import CompositeJudge
from alia_judge.judging.readouts import distributions, judgments_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Judgments, Verdict

__all__ = ["CascadeCost", "CascadeJudge"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CascadeCost(Record):
    """What a cascade costs.

    Parameters
    ----------
    n
        Items it was measured on.
    share, low, high
        Share of the items the expensive judge is asked about, and its exact 95% interval (Clopper and Pearson).
    calls_per_item
        One, and a second for that share.
    dollars_per_thousand
        For a thousand items, from the mean cost of either judge's calls; NaN where a price is unknown.
    """

    n: int
    share: float
    low: float
    high: float
    calls_per_item: float
    dollars_per_thousand: float


class CascadeJudge(CompositeJudge):
    """Takes the cheap judge's word where it is sure, and asks the expensive one where it is not.

    The cheap judge is unsure of an item if it left it unscored, gave no log-probabilities to tell by, or spread them
    wider than `spread`. Where the expensive judge leaves an item unscored, so does the cascade: the cheap one's guess
    was not to be relied on.

    Parameters
    ----------
    cheap, expensive
        Judges with one scale.
    spread
        Standard deviation of the cheap judge's distribution, in points of the scale, from which it is unsure.

    Notes
    -----
    What it costs is one cheap call an item and an expensive one for each that `unsure` is true of: `cost` says how
    much, from the cheap judge's verdicts on a few items.

    References
    ----------
    Chen, Zaharia and Zou, "FrugalGPT: How to Use Large Language Models While Reducing Cost and Improving Performance",
    2023, section 3.

    Examples
    --------
    >>> import alia_judge as aj
    >>> rubric = aj.builtin_rubric("helpfulness", "es")
    >>> cheap, expensive = (aj.Judge(rubric, lm=f"openai/{name}") for name in ("gpt-4o-mini", "gpt-4o"))
    >>> aj.CascadeJudge(cheap, expensive, spread=0.8).spread
    0.8
    """

    kind: ClassVar[str] = "cascade"
    option_names: ClassVar[frozenset[str]] = frozenset({"spread"})

    def __init__(self, cheap: Judge, expensive: Judge, *, spread: float) -> None:
        super().__init__(expensive.rubric, [cheap, expensive])
        if cheap.scale != expensive.scale or not self.scale.points or not self.scale.ordered:
            raise UsageError(message("the judges of a cascade must share one scale of ordered points"))
        if not spread >= 0:
            raise UsageError(message("spread must be 0 or more, got {spread}", spread=spread))
        self.spread = float(spread)

    def unsure(self, cheap: Judgments) -> NDArray[np.bool_]:
        """Which items the expensive judge is asked about, shape (n,)."""
        points = np.asarray(self.scale.points)
        means = cheap.probabilities @ points
        spreads = np.sqrt(np.maximum(cheap.probabilities @ points**2 - means**2, 0.0))
        sure: NDArray[np.bool_] = spreads < self.spread  # false for NaN: no distribution to tell by
        return ~sure

    def cost(self, cheap: Sequence[Verdict], expensive: Sequence[Verdict] = ()) -> CascadeCost:
        """What it costs, from raw verdicts of its cheap judge on some items.

        Parameters
        ----------
        cheap
            The cheap judge's raw verdicts.
        expensive
            Some of the expensive judge's, for the price of its calls; without any, there is no price.

        Raises
        ------
        UsageError
            If there is no cheap verdict.
        """
        if not cheap:
            raise UsageError(message("a cascade's cost is measured on the cheap judge's verdicts, got none"))
        n, asked = len(cheap), int(self.unsure(judgments_of(cheap, self.scale)).sum())
        interval = binomtest(asked, n).proportion_ci(0.95, method="exact")
        prices = [_mean_cost(verdicts) for verdicts in (cheap, expensive)]
        return CascadeCost(
            n=n,
            share=asked / n,
            low=float(interval.low),
            high=float(interval.high),
            calls_per_item=1.0 + asked / n,
            dollars_per_thousand=1000.0 * (prices[0] + (asked / n * prices[1] if asked else 0.0)),
        )

    def asked(self, place: int, so_far: Sequence[Judgments], items: Sequence[Item]) -> list[Item | None]:
        """Every item for the cheap judge, the unsure ones for the expensive one."""
        if place == 0:
            return list(items)
        return [item if unsure else None for item, unsure in zip(items, self.unsure(so_far[0]), strict=True)]

    def combine(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Verdict]:
        """The cheap judge's verdict where it was sure, the expensive one's elsewhere."""
        cheap, expensive = judgments
        unsure = self.unsure(cheap)
        verdicts = []
        for row in range(len(items)):
            by, name = (expensive, "expensive") if unsure[row] else (cheap, "cheap")
            reason = by.reasons[row]
            if reason is not None:
                verdicts.append(Verdict(unscored=reason, detail=f"the {name} judge"))
                continue
            likely = distributions(by, self.scale)[row]
            measured = not np.isnan(by.probabilities[row]).any()
            verdicts.append(
                Verdict(
                    score=float(likely @ np.asarray(self.scale.points)),
                    probabilities=tuple(likely.tolist()) if measured else None,
                    method="logprobs" if measured else "text",
                    detail=f"the {name} judge",
                )
            )
        return verdicts

    def options(self) -> dict[str, Any]:
        """From which spread on the cheap judge is unsure."""
        return {"spread": self.spread}

    @classmethod
    def rebuilt(cls, rubric: Rubric, members: Sequence[Judge], **options: Any) -> Self:  # noqa: ARG003
        """A cascade of these two; the expensive one's rubric is the cascade's."""
        return cls(*members, **options)


def _mean_cost(verdicts: Sequence[Verdict]) -> float:
    costs = [verdict.usage.cost for verdict in verdicts]
    known = [cost for cost in costs if cost is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(costs) else math.nan
