"""Which configuration to name as the single judge, and how to read it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.selection.common_items import CommonItems, Contenders
from alia_judge.compiling.selection.judges import Single
from alia_judge.compiling.selection.promise import promised
from alia_judge.compiling.stack.criteria import CriteriaReadout
from alia_judge.judging.readouts import Expected, Readout, make_readout

__all__ = ["choose_single", "named_single"]

Floats = NDArray[np.float64]


def choose_single(
    common: CommonItems, settled: NDArray[np.intp], best: int, predictions: Floats | None = None
) -> Contenders:
    """The best expected score, or the best fitted readout where fitting pays for the better half of the candidates.

    Whether fitting pays is a question about the task and its models, not about one candidate: the best of many fitted
    readouts looks better than it is, the mean of many hardly. So the mean figure of the better half of the fitted
    readouts must exceed that of the better half of the expected scores by a standard error of that difference (the rule
    is Breiman's 1984, section 3.4.3).

    The best of each is chosen on all items. Those that were chosen by their targets make every figure too good, but not
    one judge better than another, and twice as many items choose better than the fresh ones alone. Its figure is of the
    fresh. With a stack's predictions the best expected score is the one that promises most (`promised`); its figure is
    corrected as if it had been picked for the figure itself.
    """
    candidates = settled if best in settled else np.append(settled, best)
    expected = common.readings(candidates)
    read = common.held_out_readouts(candidates)
    readings = expected if read is None else np.concatenate([expected, common.fitted_readings(read)])
    comparison, each = common.compare(readings), common.compare_each(readings)
    whole = common.objective.rows(readings, common.target)
    n = len(candidates)
    promise = whole.copy()
    if predictions is not None:
        promise[:n] = promised(expected, common.target, common.objective, predictions)

    def best_first(rows: Sequence[int]) -> list[int]:
        return sorted((row for row in rows if not np.isnan(whole[row])), key=lambda row: -whole[row])

    def leader(rows: Sequence[int]) -> int:
        plain, fitted = best_first([row for row in rows if row < n]), best_first([row for row in rows if row >= n])
        if not plain or not fitted:
            return max(plain or fitted or rows, key=lambda row: promise[row])
        better, challengers = plain[: (len(plain) + 1) // 2], fitted[: (len(fitted) + 1) // 2]
        again = comparison.replicates[:, challengers].mean(axis=1) - comparison.replicates[:, better].mean(axis=1)
        gain = whole[challengers].mean() - whole[better].mean()
        return max(fitted if gain > np.nanstd(again) else plain, key=lambda row: promise[row])

    def judge(row: int) -> Single:
        place = row % n
        return Single(
            configuration=common.configurations[int(candidates[place])],
            readout=_fit_readout(common, int(candidates[place]), fitted=row >= n),
            dev=comparison.estimate(row, among=range(len(readings)), of="configurations and readouts"),
            expected=comparison.estimate(place),
            criteria={
                name: one.estimate(
                    row, among=range(len(readings)), of="configurations and readouts", picked_by=comparison
                )
                for name, one in each.items()
            },
        )

    def name(row: int) -> str:
        return common.configurations[int(candidates[row % n])].name + (", ridge" if row >= n else "")

    own = common.scores(candidates)
    known = common.table.known[candidates, : common.n]
    return common.contenders(
        comparison,
        own if read is None else np.concatenate([own, read]),
        known if read is None else np.concatenate([known, known]),
        [[int(one)] for one in candidates] * (1 if read is None else 2),
        leader,
        judge,
        name,
    )


def _fit_readout(common: CommonItems, candidate: int, *, fitted: bool) -> Readout | CriteriaReadout:
    if common.parts:
        parts = {name: _fit_readout(part, candidate, fitted=fitted) for name, part in common.parts.items()}
        return CriteriaReadout(parts=parts)  # type: ignore[arg-type]  # a part has no parts
    scale = common.learning.scale
    if not fitted or not common.can_fit:
        return Expected(scale=scale)
    return make_readout("ridge", scale).fit(common.judgments(candidate), scale.oriented(common.target.values))


def named_single(singles: Contenders) -> Single:
    """The single judge that was named."""
    named = singles.judge(singles.choice.row)
    if not isinstance(named, Single):
        raise TypeError(f"a field of singles holds singles, got {type(named).__name__}")
    return named
