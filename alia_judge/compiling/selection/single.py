"""Which configuration to name as the single judge, and how to read it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.selection.common_items import Desk, Field
from alia_judge.compiling.selection.held_out import FEWEST_TO_FIT, held_out_readouts
from alia_judge.compiling.selection.judges import Single
from alia_judge.judging.readouts import Expected, Readout, make_readout

__all__ = ["choose_single", "named_single"]


def choose_single(desk: Desk, settled: NDArray[np.intp], best: int) -> Field:
    """The best expected score, or the best fitted readout where fitting pays for the better half of the candidates.

    Whether fitting pays is a question about the task and its models, not about one candidate: the best of many fitted
    readouts looks better than it is, the mean of many hardly. So the mean figure of the better half of the fitted
    readouts must exceed that of the better half of the expected scores by a standard error of that difference (the rule
    is Breiman's 1984, section 3.4.3).

    The best of each is chosen on all items. Those that were chosen by their targets make every figure too good, but not
    one judge better than another, and twice as many items choose better than the fresh ones alone. Its figure is of the
    fresh.
    """
    candidates = settled if best in settled else np.append(settled, best)
    expected = desk.readings(candidates)
    read = (
        held_out_readouts(
            [desk.judgments(int(one)) for one in candidates], desk.learning.scale, desk.target, desk.folds
        )
        if desk.n >= FEWEST_TO_FIT
        else None
    )
    readings = expected if read is None else np.concatenate([expected, desk.fitted_readings(read)])
    contest = desk.contest(readings)
    whole = desk.objective.rows(readings, desk.target)
    n = len(candidates)

    def best_first(rows: Sequence[int]) -> list[int]:
        return sorted((row for row in rows if not np.isnan(whole[row])), key=lambda row: -whole[row])

    def leader(rows: Sequence[int]) -> int:
        plain, fitted = best_first([row for row in rows if row < n]), best_first([row for row in rows if row >= n])
        if not plain or not fitted:
            return (plain or fitted or rows)[0]
        better, challengers = plain[: (len(plain) + 1) // 2], fitted[: (len(fitted) + 1) // 2]
        again = contest.replicates[:, challengers].mean(axis=1) - contest.replicates[:, better].mean(axis=1)
        gain = whole[challengers].mean() - whole[better].mean()
        return fitted[0] if gain > np.nanstd(again) else plain[0]

    def judge(row: int) -> Single:
        place = row % n
        return Single(
            configuration=desk.configurations[int(candidates[place])],
            readout=_fit_readout(desk, int(candidates[place]), fitted=row >= n),
            dev=contest.estimate(row, among=range(len(readings)), of="configurations and readouts"),
            expected=contest.estimate(place),
        )

    def name(row: int) -> str:
        return desk.configurations[int(candidates[row % n])].name + (", ridge" if row >= n else "")

    own = desk.evidence.score[candidates, : desk.n]
    known = desk.evidence.known[candidates, : desk.n]
    return desk.field(
        contest,
        own if read is None else np.concatenate([own, read]),
        known if read is None else np.concatenate([known, known]),
        [[int(one)] for one in candidates] * (1 if read is None else 2),
        leader,
        judge,
        name,
    )


def _fit_readout(desk: Desk, candidate: int, *, fitted: bool) -> Readout:
    scale = desk.learning.scale
    if not fitted:
        return Expected(scale=scale)
    return make_readout("ridge", scale).fit(desk.judgments(candidate), scale.oriented(desk.target.values))


def named_single(singles: Field) -> Single:
    """The single judge that was named."""
    named = singles.judge(singles.choice.row)
    if not isinstance(named, Single):
        raise TypeError(f"a field of singles holds singles, got {type(named).__name__}")
    return named
