"""AJ014: an annotator gives one value to a long run of items."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.order import working_order
from alia_judge.checks.others import Panel, significant

__all__ = ["CHECKS", "StraightLining"]

#: The others must vary over the run by this share of how they vary over all, or the items were simply alike.
_VARYING = 0.5


class StraightLining:
    """Looks for runs of one value, in the order of work, that are too long for how often the annotator gives it.

    The p-value is bounded by n times the chance of such a run with the annotator's own shares of the values.
    """

    code: ClassVar[str] = "AJ014"
    name: ClassVar[str] = message("straight-lining")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "The longest run of one value in the order of work, where the others' ratings of those items vary."
    )
    meaning: ClassVar[str] = message("For a while the ratings followed the last one, not the items.")
    remedy: ClassVar[str] = message("Have the run rated again; look at the times if there are any.")

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator and criterion."""
        if not data.identified:
            return not_applicable(self, message("no criterion has two identified annotators"))
        tested: list[tuple[Panel, int, NDArray[np.intp], bool, float]] = []
        for criterion in data.identified:
            order, panel = working_order(data, criterion), data.panel(criterion)
            shared = panel.shared
            ends = np.cumsum(shared.size)
            for row, (start, end) in enumerate(zip(ends - shared.size, ends, strict=True)):
                mine, cell = shared.mine[start:end], shared.cell[start:end]
                if np.ptp(mine) == 0:
                    continue
                run, p = _longest_run(mine, np.argsort(order.place[cell], kind="stable"))
                varies = bool(shared.mean[start:end][run].std() >= _VARYING * shared.mean[start:end].std())
                tested.append((panel, int(shared.rows[row]), cell[run], varies, p))
        found: list[Finding] = []
        alarms = significant([p for *_, p in tested], data.level)
        for (panel, row, run, varies, p), alarm in zip(tested, alarms, strict=True):
            if alarm and varies:
                scale, name = data.ratings.scales[panel.criterion], panel.annotators[row]
                # Turned back: a panel's values are such that higher is better.
                label = scale.label(float(scale.oriented(panel.value[run[:1]])[0]))
                found.append(
                    finding(
                        self,
                        message(
                            "{name} gave {label!r} to {size} items in a row", name=name, label=label, size=run.size
                        ),
                        criterion=panel.criterion,
                        annotators=(name,),
                        items=tuple(panel.item_ids[item] for item in panel.item[run]),
                        count=run.size,
                        score=p,
                    )
                )
        return result(self, found, looked_at=message("{n} annotators", n=len(tested)))


CHECKS = (StraightLining(),)


def _longest_run(values: NDArray[np.float64], order: NDArray[np.intp]) -> tuple[NDArray[np.intp], float]:
    """The items of the least probable run of one value, and a bound on that probability."""
    sequence = values[order]
    starts = np.flatnonzero(np.concatenate([[True], sequence[1:] != sequence[:-1]]))
    lengths = np.diff(np.concatenate([starts, [sequence.size]]))
    share = np.unique(sequence, return_counts=True)[1] / sequence.size
    # The longest is the least probable. The union bound over where it may begin (all values' chances together).
    best = int(np.argmax(lengths))
    bound = sequence.size * float(np.sum(share ** int(lengths[best]) * (1 - share)))
    return order[starts[best] : starts[best] + lengths[best]], min(1.0, bound)
