from __future__ import annotations

import numpy as np
import pytest

from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.race.ordering import balanced_order
from alia_judge.compiling.race.posterior import posterior_draws
from alia_judge.compiling.race.racer import Racer
from alia_judge.compiling.verdict_table import VerdictTable
from alia_judge.records import Scale
from alia_judge.stats.kernels import spearman_rows

N_ITEMS = 200


def _world(strengths: np.ndarray, seed: int = 0) -> tuple[np.ndarray, Target]:
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal(N_ITEMS)
    shared = rng.standard_normal(N_ITEMS)
    noise = 0.7 * shared + 0.7 * rng.standard_normal((len(strengths), N_ITEMS))
    scores = strengths[:, None] * truth + np.sqrt(1 - strengths[:, None] ** 2) * noise
    groups = np.array([f"g{place % 20}" for place in range(N_ITEMS)])
    return scores, Target(values=truth, groups=groups, scale=Scale.continuous(-9, 9))


def _know(table: VerdictTable, scores: np.ndarray, candidate: int, start: int, stop: int) -> None:
    for held in (table.asked, table.known, table.charged):
        held[candidate, start:stop] = True
    table.score[candidate, start:stop] = scores[candidate, start:stop]


def _race(scores: np.ndarray, target: Target, expense: np.ndarray, seed: int = 0) -> tuple[Racer, VerdictTable]:
    racer = Racer(Objective(), target, expense, seed)
    table = VerdictTable(len(scores), N_ITEMS, 0)
    while steps := racer.next_steps(table):
        for step in steps:
            assert not table.asked[step.candidate, step.start : step.stop].any()
            _know(table, scores, step.candidate, step.start, step.stop)
    return racer, table


def test_spends_the_budget_and_not_more() -> None:
    scores, target = _world(np.full(60, 0.3))
    _, table = _race(scores, target, np.full(60, 1 / 1500))
    assert table.charged.sum() == 1500


@pytest.mark.parametrize("strength", [0.75, 0.5])
def test_finds_an_outlier_that_is_unlike_the_rest(strength: float) -> None:
    found = 0
    for seed in range(8):
        strengths = np.full(60, 0.1)
        strengths[seed] = strength
        scores, target = _world(strengths, seed)
        racer, table = _race(scores, target, np.full(60, 1 / 2000), seed)
        found += racer.standing(table).best == seed
    assert found >= 6  # ten configurations judged in full, drawn at random, hold it once in six


def test_a_resumed_race_decides_as_an_uninterrupted_one() -> None:
    scores, target = _world(np.linspace(0, 0.6, 30))
    whole, _ = _race(scores, target, np.full(30, 1 / 1200))
    racer = Racer(Objective(), target, np.full(30, 1 / 1200), 0)
    table = VerdictTable(30, N_ITEMS, 0)
    while steps := Racer(Objective(), target, np.full(30, 1 / 1200), 0).next_steps(table):
        _know(table, scores, steps[0].candidate, steps[0].start, steps[0].stop)  # one step at a time
    assert table.charged.sum() == 1200
    assert racer.plan.screening == whole.plan.screening


def test_dear_candidates_are_judged_less_and_the_money_holds() -> None:
    scores, target = _world(np.full(40, 0.3))
    expense = np.where(np.arange(40) < 10, 50, 1) / 4000
    racer, table = _race(scores, target, expense)
    assert racer.spent(table) <= 1 + 1e-9
    assert table.charged[:10].mean() < 0.5 * table.charged[10:].mean()


def test_waits_for_what_others_owe() -> None:
    _, target = _world(np.full(20, 0.3))
    racer = Racer(Objective(), target, np.full(20, 1 / 1000), 0)
    table = VerdictTable(20, N_ITEMS, 0)
    for step in racer.next_steps(table):
        table.claim(step.candidate, np.arange(step.start, step.stop), np.empty(0, dtype=np.intp))
    assert racer.next_steps(table) == []


def test_everything_is_judged_where_the_budget_allows() -> None:
    scores, target = _world(np.full(5, 0.3))
    _, table = _race(scores, target, np.full(5, 1 / 1001))
    assert table.known.all()


def test_balanced_beginnings_stand_for_all() -> None:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((300, 4))
    target = features[:, 0] + rng.standard_normal(300)
    judge = 0.6 * features[:, 0] + 0.4 * rng.standard_normal(300)
    truth = spearman_rows(judge[None, :], target)[0]
    groups = np.array([f"g{place % 30}" for place in range(300)])

    def error(order: np.ndarray) -> float:
        return float((spearman_rows(judge[None, order[:16]], target[order[:16]])[0] - truth) ** 2)

    chosen = [error(balanced_order(target, features, groups, np.random.default_rng(s), balanced=40)) for s in range(40)]
    drawn = [error(np.random.default_rng(s).permutation(300)) for s in range(40)]
    assert np.mean(chosen) < 0.5 * np.mean(drawn)
    order = balanced_order(target, features, groups, rng, balanced=40)
    assert sorted(order) == list(range(300))


def test_order_without_features_or_spread() -> None:
    order = balanced_order(np.ones(5), np.empty((5, 0)), np.array(list("aabbc")), np.random.default_rng(0), balanced=5)
    assert sorted(order) == list(range(5))


def test_references_sharpen_what_is_believed_of_others() -> None:
    scores, target = _world(np.linspace(0.0, 0.7, 24))
    truth = spearman_rows(scores, target.values)
    table = VerdictTable(24, N_ITEMS, 0)
    references = np.array([0, 8, 16, 23])
    for candidate in range(24):
        _know(table, scores, candidate, 0, N_ITEMS if candidate in references else 12)
    rng = np.random.default_rng(0)
    draws = posterior_draws(table, target, Objective(), references, N_ITEMS, rng, n_draws=20)
    alone = spearman_rows(scores[:, :12], target.values[:12])
    others = np.setdiff1d(np.arange(24), references)
    assert np.abs(draws.mean(axis=0) - truth)[others].mean() < 0.8 * np.abs(alone - truth)[others].mean()
    np.testing.assert_allclose(draws[:, references], np.tile(truth[references], (20, 1)))


def test_too_few_verdicts_are_no_belief() -> None:
    scores, target = _world(np.full(3, 0.3))
    table = VerdictTable(3, N_ITEMS, 0)
    _know(table, scores, 0, 0, 2)
    assert Racer(Objective(), target, np.full(3, 0.1), 0).standing(table).best is None


def test_evidence_keeps_account() -> None:
    table = VerdictTable(2, 6, 0)
    table.claim(0, np.arange(4), np.array([1]))
    assert table.charged[0].tolist() == [True, False, True, True, False, False]
    assert (table.reach[0], table.depth[0]) == (4, 0)
    table.release(0, np.arange(4))
    assert not table.asked.any()
    assert not table.charged.any()


@pytest.mark.parametrize("n_candidates", [500])
def test_overhead_a_trial_stays_small(n_candidates: int) -> None:
    """Under 50 ms a trial at 1,000 items and 500 earlier trials; a round decides many trials at once."""
    import time

    rng = np.random.default_rng(0)
    truth = rng.standard_normal(1000)
    target = Target(values=truth, groups=np.arange(1000).astype(str), scale=Scale.continuous(-9, 9))
    scores = 0.3 * truth + rng.standard_normal((n_candidates, 1000))
    racer = Racer(Objective(), target, np.full(n_candidates, 1 / 20_000), 0)
    table = VerdictTable(n_candidates, 1000, 0)
    decided, spent = 0, 0.0
    while True:
        begun = time.process_time()
        steps = racer.next_steps(table)
        spent += time.process_time() - begun
        if not steps:
            break
        decided += len(steps)
        for step in steps:
            _know(table, scores, step.candidate, step.start, step.stop)
    assert decided > 500
    assert spent / decided < 0.05
