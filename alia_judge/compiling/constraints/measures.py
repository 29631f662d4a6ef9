"""What else there is to a judge than how well it agrees: coverage, cost, latency, and liking for length."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.errors import UsageError
from alia_judge.records import Configuration, Item
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels import spearman_rows

__all__ = [
    "Finalist",
    "JudgeMeasure",
    "Measure",
    "MeasureInputs",
    "MeasureName",
    "either_way",
    "measure_name",
    "measure_rows",
    "prefers_low",
]

Floats = NDArray[np.float64]

#: ``"coverage"``: share of the items that get a score. ``"cost"``: US dollars an item. ``"latency"``: seconds an item.
#: ``"length_bias"``: partial rank correlation of score and number of words given what people said of the items, so
#: that a liking for length that people share is none; its size counts, whichever its sign.
MeasureName = Literal["coverage", "cost", "latency", "length_bias"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Finalist:
    """A judge that may be deployed, as a measure of the user's own gets it.

    Parameters
    ----------
    configurations
        What it asks.
    judge
        The judge itself, to be called; None where its configurations were recorded.
    """

    configurations: tuple[Configuration, ...]
    judge: Any | None


@runtime_checkable
class JudgeMeasure(Protocol):
    """A figure that takes the judge itself, such as what a probe does to it (`alia_judge.probes.ProbeMeasure`).

    It is taken on judges that would be named, from calls that are set aside of the budget, and kept in the study.
    """

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def items(self) -> int:
        """How many items it judges again, at most."""
        ...

    @property
    def either_way(self) -> bool:
        """Whether its size counts, whichever its sign."""
        ...

    @property
    def prefers_low(self) -> bool:
        """Whether less of it is better."""
        ...

    def take(self, judge: Any, items: Sequence[Item], *, store: Any, ended: Callable[[Any], None]) -> Estimate:
        """Measure a judge on items; `ended` is told the runner's counts of every run, of the items as they are first.

        Undefined, with the reason in `why`, where it cannot be taken.
        """
        ...

    def to_dict(self) -> dict[str, Any]:
        """JSON form: what tells it from others."""
        ...


Measure = MeasureName | Objective | JudgeMeasure | Callable[[Finalist], float]


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasureInputs:
    """What measures are taken on: scores of `a` judges on n items, and what their calls took.

    Parameters
    ----------
    scores
        Oriented so that higher is better, shape (a, n); NaN is unscored.
    judged
        Which of them there is a verdict behind, scored or not, shape (a, n).
    target
        Of the n items.
    length
        Words of each response, shape (n,).
    cost, seconds
        Of one item, shape (a,); NaN where unknown.
    """

    scores: Floats
    judged: NDArray[np.bool_]
    target: Target
    length: Floats
    cost: Floats
    seconds: Floats

    def take(self, items: NDArray[np.intp]) -> MeasureInputs:
        """The same on some of the items."""
        return MeasureInputs(
            scores=self.scores[:, items],
            judged=self.judged[:, items],
            target=self.target.take(items),
            length=self.length[items],
            cost=self.cost,
            seconds=self.seconds,
        )


def measure_name(measure: Measure) -> str:
    """What a measure is called.

    Raises
    ------
    UsageError
        If it is no measure.
    """
    if isinstance(measure, Objective):
        return measure.name
    if isinstance(measure, str):
        if measure not in get_args(MeasureName):
            raise UsageError(
                message(
                    "a measure is one of {known}, an Objective or a callable, got {measure!r}",
                    known=", ".join(get_args(MeasureName)),
                    measure=measure,
                )
            )
        return measure
    if isinstance(measure, JudgeMeasure):
        return measure.name
    if not callable(measure):
        raise UsageError(
            message("a measure is a name, an Objective or a callable, got {kind}", kind=type(measure).__name__)
        )
    return getattr(measure, "__name__", type(measure).__name__)


def prefers_low(measure: Measure) -> bool:
    """Whether less of it is better."""
    if isinstance(measure, JudgeMeasure):
        return measure.prefers_low
    return measure in ("cost", "latency", "length_bias")


def either_way(measure: Measure) -> bool:
    """Whether its size counts, whichever its sign."""
    return measure.either_way if isinstance(measure, JudgeMeasure) else measure == "length_bias"


def measure_rows(measure: Measure, inputs: MeasureInputs) -> tuple[Floats, Floats]:
    """Each judge's figure, and its standard error by the usual formula for items drawn one by one.

    Returns
    -------
    value, error
        Shape (a,) each; NaN where unknown. What a provider bills has no error.
    """
    n = inputs.scores.shape[1]
    if measure == "cost":
        return inputs.cost, np.zeros(len(inputs.cost))
    if measure == "latency":
        return inputs.seconds, np.zeros(len(inputs.seconds))
    if n == 0:
        return (np.full(len(inputs.scores), np.nan),) * 2
    if measure == "coverage":
        scored = (inputs.judged & ~np.isnan(inputs.scores)).sum(axis=1)
        asked = inputs.judged.sum(axis=1)
        # Of the posterior under Jeffreys' prior: an error of 0 from eight scored items would rule nothing out.
        smoothed = (scored + 0.5) / (asked + 1)
        with np.errstate(invalid="ignore"):
            return scored / asked, np.sqrt(smoothed * (1 - smoothed) / (asked + 2))
    if measure == "length_bias":
        value = _length_bias(inputs)
        return value, (1 - value**2) / math.sqrt(max(n - 4, 1))
    if isinstance(measure, Objective):
        value = measure.rows(inputs.scores, inputs.target)
        return value, np.full(len(value), 1 / math.sqrt(max(n - 3, 1)))
    raise UsageError(
        message("{measure_name} is measured on a judge, not on scores", measure_name=measure_name(measure))
    )


def _length_bias(inputs: MeasureInputs) -> Floats:
    # Kendall (1942): the partial correlation from the three plain ones.
    by_length = spearman_rows(inputs.scores, inputs.length)
    by_people = spearman_rows(inputs.scores, inputs.target.values)
    people = float(spearman_rows(inputs.target.values[None, :], inputs.length)[0])
    people = 0.0 if math.isnan(people) else people
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (by_length - by_people * people) / np.sqrt((1 - by_people**2) * (1 - people**2))
    return np.asarray(np.where(np.abs(by_people) < 1, np.clip(value, -1, 1), 0.0))
