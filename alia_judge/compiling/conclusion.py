"""From verdicts to judges: the best single configuration, the best stack, and how good they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.estimation import Contest
from alia_judge.compiling.evidence import Evidence
from alia_judge.compiling.learning import BALANCED_ITEMS, LearningSet
from alia_judge.compiling.objective import Objective
from alia_judge.compiling.racing import Standing
from alia_judge.compiling.result import Deployed, Single
from alia_judge.compiling.stacking import fit_stack, select_members, surface_stack, verdict_features
from alia_judge.compiling.surface_model import fit_surface
from alia_judge.errors import BudgetError
from alia_judge.judging.readouts import Expected, Readout, make_readout
from alia_judge.records import Configuration, Judgments

__all__ = ["conclude"]

Floats = NDArray[np.float64]

#: Readouts are fitted on at least this many items; with fewer, the expected score is taken.
_FEWEST_TO_FIT = 20
#: Figures leave out the items that were chosen by their targets where so many others are left.
_FRESH = 30
#: Calls an item up to which the trade-off is drawn one by one where there is no bound.
_CURVE_CALLS = 8


def conclude(
    evidence: Evidence,
    standing: Standing,
    configurations: Sequence[Configuration],
    learning: LearningSet,
    objective: Objective,
    *,
    deploy_calls: int | None,
    surface: bool,
) -> tuple[Single, Deployed]:
    """The judges to deploy, fitted on every verdict that was paid for and estimated on held-out groups.

    Parameters
    ----------
    evidence, standing
        What the search ended with.
    configurations
        The candidates.
    learning
        The items.
    objective
        What was maximised.
    deploy_calls
        Most calls an item; None for no bound.
    surface
        Whether the stack may read surface features.

    Raises
    ------
    BudgetError
        If there are too few verdicts to name anything.
    """
    if standing.best is None:
        raise BudgetError("the budget paid for too few verdicts to compare any two configurations; allow more calls")
    settled = np.flatnonzero(evidence.depth >= standing.horizon)
    desk = _Desk(evidence, learning, objective, standing.horizon)
    single = _single(desk, settled, standing.best, configurations)
    return single, _deployed(desk, settled, configurations, deploy_calls, surface)


class _Desk:
    """The items that every settled candidate was judged on, and how to estimate on them."""

    def __init__(self, evidence: Evidence, learning: LearningSet, objective: Objective, horizon: int) -> None:
        self.evidence, self.learning, self.objective, self.n = evidence, learning, objective, horizon
        self.target = learning.target.take(np.arange(horizon))
        self.folds = learning.folds(horizon)
        enough = horizon - BALANCED_ITEMS >= _FRESH
        self._fresh = np.arange(BALANCED_ITEMS if enough else 0, horizon)

    def judgments(self, candidate: int) -> Judgments:
        """The candidate's verdicts on the items, as its source gave them."""
        scale = self.learning.scale
        score = scale.oriented(self.evidence.score[candidate, : self.n])
        return Judgments(
            item_ids=tuple(item.item_id for item in self.learning.items[: self.n]),
            probabilities=self.evidence.probabilities[candidate, : self.n].astype(np.float64),
            score=score,
            reasons=tuple("no_score" if np.isnan(value) else None for value in score),
        )

    def readings(self, candidates: NDArray[np.intp]) -> Floats:
        """What the objective reads of the candidates' own verdicts, shape (a, n)."""
        return self.evidence.reading[candidates, : self.n]

    def fitted_readings(self, scores: Floats) -> Floats:
        """The same of scores that fitted readouts gave, shape (a, n)."""
        return self.objective.readings_of_scores(scores, self.target)

    def contest(self, readings: Floats) -> Contest:
        """Compare readings of the items, shape (a, n), on those that no target chose."""
        return Contest(readings[:, self._fresh], self.target.take(self._fresh), self.objective)


def _single(desk: _Desk, settled: NDArray[np.intp], best: int, configurations: Sequence[Configuration]) -> Single:
    """The best expected score, or the best fitted readout where that is better by more than its error."""
    candidates = settled if best in settled else np.append(settled, best)
    expected = desk.readings(candidates)
    read = _held_out_readouts(desk, candidates) if desk.n >= _FEWEST_TO_FIT else None
    contest = desk.contest(expected if read is None else np.concatenate([expected, desk.fitted_readings(read)]))
    plain = list(range(len(candidates)))
    chosen, among = contest.best(plain), plain
    if read is not None:
        fitted = [len(candidates) + place for place in plain]
        challenger = contest.best(fitted)
        if contest.clearly_better(challenger, chosen):
            chosen, among = challenger, fitted
    place = chosen % len(candidates)
    return Single(
        configuration=configurations[int(candidates[place])],
        readout=_fit_readout(desk, int(candidates[place]), fitted=among is not plain),
        dev=contest.estimate(chosen, among=among, of="configurations"),
        expected=contest.estimate(place),
    )


def _fit_readout(desk: _Desk, candidate: int, *, fitted: bool) -> Readout:
    scale = desk.learning.scale
    if not fitted:
        return Expected(scale=scale)
    return make_readout("ridge", scale).fit(desk.judgments(candidate), scale.oriented(desk.target.values))


def _held_out_readouts(desk: _Desk, candidates: NDArray[np.intp]) -> Floats | None:
    """Each candidate's scores by a ridge readout fitted without the item's group; None without scale points."""
    scale = desk.learning.scale
    if not scale.points:
        return None
    held_out = np.full((len(candidates), desk.n), np.nan)
    for row, candidate in enumerate(candidates):
        judgments = desk.judgments(int(candidate))
        for fit, predict in desk.folds:
            part = _part(judgments, fit)
            if part.scored.sum() >= _FEWEST_TO_FIT // 2:
                readout = make_readout("ridge", scale).fit(part, scale.oriented(desk.target.values[fit]))
                held_out[row, predict] = scale.oriented(readout.predict(_part(judgments, predict)))
    return held_out


def _part(judgments: Judgments, places: NDArray[np.intp]) -> Judgments:
    return Judgments(
        item_ids=tuple(judgments.item_ids[place] for place in places),
        probabilities=judgments.probabilities[places],
        score=judgments.score[places],
        reasons=tuple(judgments.reasons[place] for place in places),
    )


def _deployed(
    desk: _Desk,
    settled: NDArray[np.intp],
    configurations: Sequence[Configuration],
    deploy_calls: int | None,
    surface: bool,
) -> Deployed:
    """The stack of everything settled, or the best few of it; with surface features, only if it adds to them."""
    learning, target = desk.learning, desk.target.values
    features = [verdict_features(desk.judgments(int(candidate)), learning.scale) for candidate in settled]
    alone, offset = None, None
    if surface:
        alone, held_out = fit_surface(learning.surface, learning.target.values, learning.folds(len(learning)))
        offset = held_out[: desk.n]
    wanted = target if offset is None else target - offset
    bounded = deploy_calls is not None and deploy_calls < len(settled)
    picked = select_members(features, wanted, desk.folds, min(deploy_calls or _CURVE_CALLS, len(settled)))
    sets = [picked[:calls] for calls in range(1, len(picked) + 1)]
    if not bounded and len(picked) < len(settled):
        sets.append(list(range(len(settled))))
    stacks = [
        fit_stack(
            [configurations[settled[place]] for place in members],
            [features[place] for place in members],
            learning.scale,
            target,
            desk.folds,
            surface=alone,
            surface_held_out=offset,
        )
        for members in sets
    ]
    if alone is not None and offset is not None:
        stacks.insert(0, (surface_stack(alone, learning.scale), offset))
    contest = desk.contest(desk.fitted_readings(np.stack([held_out for _, held_out in stacks])))
    figures = [contest.estimate(place) for place in range(len(stacks))]
    return Deployed(
        stack=stacks[-1][0],
        dev=figures[-1],
        tradeoff={stack.calls_per_item: figure for (stack, _), figure in zip(stacks, figures, strict=True)},
    )
