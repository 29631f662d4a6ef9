"""AJ014: an annotator gives one value to a long run of items."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.order import working_order
from alia_judge.checks.others import Beside, beside_others, significant

__all__ = ["StraightLining"]

#: The others must vary over the run by this share of how they vary over all, or the items were simply alike.
_VARYING = 0.5


class StraightLining:
    """Looks for runs of one value, in the order of work, that are too long for how often the annotator gives it."""

    code: ClassVar[str] = "AJ014"
    name: ClassVar[str] = "straight-lining"
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "The longest run of one value in the order of work, where the others' ratings of those items vary. The p-value "
        "is bounded by n times the chance of such a run with the annotator's own shares of the values; Holm over all "
        "annotators. Annotators of a single value are AJ009's."
    )
    meaning: ClassVar[str] = "For a while the ratings followed the last one, not the items."
    remedy: ClassVar[str] = "Have the run rated again; look at the times if there are any."

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator and criterion."""
        if not data.identified:
            return not_applicable(self, "no criterion has two identified annotators")
        tested: list[tuple[Beside, NDArray[np.intp], float]] = []
        for criterion in data.identified:
            order = working_order(data.ratings, criterion)
            for beside in beside_others(data, criterion):
                if np.all(beside.mine == beside.mine[0]):
                    continue
                place = np.array([order.place[beside.annotator, item] for item in beside.item_ids])
                run, p = _longest_run(beside.mine, np.argsort(place, kind="stable"))
                tested.append((beside, run, p))
        found: list[Finding] = []
        alarms = significant([p for *_, p in tested], data.level)
        for (beside, run, p), alarm in zip(tested, alarms, strict=True):
            if alarm and beside.mean[run].std() >= _VARYING * beside.mean.std():
                label = data.ratings.scales[beside.criterion].label(float(beside.mine[run[0]]))
                message = f"{beside.annotator} gave {label!r} to {run.size} items in a row"
                ids = tuple(beside.item_ids[index] for index in run)
                found.append(
                    finding(
                        self,
                        message,
                        criterion=beside.criterion,
                        annotators=(beside.annotator,),
                        items=ids,
                        count=run.size,
                        score=p,
                    )
                )
        return result(self, found, looked_at=f"{len(tested)} annotators")


def _longest_run(values: NDArray[np.float64], order: NDArray[np.intp]) -> tuple[NDArray[np.intp], float]:
    """The items of the least probable run of one value, and a bound on that probability."""
    sequence = values[order]
    starts = np.flatnonzero(np.concatenate([[True], sequence[1:] != sequence[:-1]]))
    lengths = np.diff(np.concatenate([starts, [sequence.size]]))
    found, counts = np.unique(sequence, return_counts=True)
    share = dict(zip(found.tolist(), (counts / sequence.size).tolist(), strict=True))
    # The union bound over where a run of this length may begin (all values' chances together).
    bounds = [min(1.0, sequence.size * sum(p ** int(length) * (1 - p) for p in share.values())) for length in lengths]
    best = int(np.argmin(bounds))
    return order[starts[best] : starts[best] + lengths[best]], bounds[best]
