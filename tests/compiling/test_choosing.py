"""The rules by which a search names what it found: which stack, what is tied at the top, how a readout is held out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from alia_judge.benchmark.split import Split
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.race.learning_set import _joined
from alia_judge.compiling.selection import stack
from alia_judge.compiling.selection.held_out import held_out_readouts
from alia_judge.compiling.spent import Spent
from alia_judge.compiling.stack.ties import tied_share
from alia_judge.records import Item, Judgments, Scale
from alia_judge.stats.folds import deal_folds

FIVE = Scale.ordinal(1, 5)


def _target(values: np.ndarray, groups: np.ndarray | None = None) -> Target:
    labels = np.arange(len(values)).astype(str) if groups is None else groups
    return Target(values=values, groups=labels, scale=FIVE)


def _named(values: list[float], replicates: np.ndarray, monkeypatch: pytest.MonkeyPatch, *, surface: bool) -> int:
    """The row that is deployed: the single judge, surface features if they are read, then stacks of 2, 3 ... calls."""

    def option(calls: int) -> Any:
        return SimpleNamespace(stack=SimpleNamespace(calls_per_item=calls), held_out=np.zeros(3), members=())

    figures = [SimpleNamespace(value=value) for value in values]
    comparison = SimpleNamespace(value=np.array(values), replicates=replicates, estimate=lambda row: figures[row])
    common: Any = SimpleNamespace(
        fitted_readings=lambda scores: scores,
        compare=lambda readings: comparison,
        compare_each=lambda readings: {},
        objective=SimpleNamespace(rows=lambda readings, target: np.array(values)),
        target=None,
        contenders=lambda comparison, scores, judged, members, best, judge, name: best(range(len(scores))),
    )
    candidates: Any = SimpleNamespace(
        pool=np.arange(0),
        surface_alone=option(0),
        stacks=lambda calls, surface: [option(2 + n) for n in range(len(values) - 1 - surface)],
    )
    monkeypatch.setattr(stack, "_as_stack", lambda common, singles: option(1))
    monkeypatch.setattr(stack, "named_single", lambda singles: SimpleNamespace(dev=figures[0]))
    singles: Any = None
    row: Any = stack.choose_stack(common, candidates, singles, None, surface=surface)
    return int(row)


@pytest.mark.parametrize(("single", "deployed"), [(0.45, 2), (0.54, 2), (0.56, 0)])
def test_the_largest_stack_is_deployed_unless_the_single_judge_is_better_by_an_error(
    single: float, deployed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.array([-0.1, 0.1] * 50)  # a standard deviation of 0.1
    replicates = np.stack([noise, 0 * noise, 0 * noise], axis=1)
    assert _named([single, 0.6, 0.45], replicates, monkeypatch, surface=False) == deployed


@pytest.mark.parametrize(("single", "deployed"), [(0.505, 3), (0.56, 0)])
def test_beside_surface_features_it_must_beat_them_and_a_single_judge_that_clearly_does(
    single: float, deployed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.array([-0.1, 0.1] * 50)  # shared, so that differences are known to 0.01
    replicates = np.stack([noise, 1.1 * noise, noise, noise], axis=1)
    assert _named([single, 0.5, 0.55, 0.52], replicates, monkeypatch, surface=True) == deployed


def _share_by_definition(predictions: np.ndarray, values: np.ndarray) -> float:
    """By SciPy: six shares, the best of them, and a jackknife over single items of what it gains."""
    shares = np.linspace(0, np.mean(values == values.max()), 6)
    tied = [np.minimum(predictions, np.quantile(predictions, 1 - share)) for share in shares]
    figures = [spearmanr(row, values).statistic for row in tied]
    best = int(np.argmax(figures))
    gains = []
    for out in range(len(values)):
        left = np.delete(np.arange(len(values)), out)
        first, second = (spearmanr(row[left], values[left]).statistic for row in (tied[best], predictions))
        gains.append(first - second)
    error = np.sqrt((len(gains) - 1) * np.var(gains))
    return float(shares[best]) if figures[best] - figures[0] > 2 * error else 0.0


def test_as_many_are_tied_at_the_top_as_clearly_gains() -> None:
    found, expected = [], []
    for seed in range(24):
        rng = np.random.default_rng(seed)
        values = rng.choice([1.0, 2.0, 3.0, 5.0, 5.0, 5.0], size=30)
        # Those that people think best are told from the others, the better the later the seed; not from one another.
        apart = np.where(values == 5, rng.exponential(2, size=30) + seed / 12, 0)
        predictions = values + rng.normal(0, 0.4, size=30) + apart
        found.append(tied_share(predictions, _target(values), Objective()))
        expected.append(_share_by_definition(predictions, values))
    assert found == pytest.approx(expected)
    assert 4 < np.count_nonzero(found) < 20


def test_a_readout_held_out_says_on_average_what_people_do() -> None:
    """Whatever is left out, or the parts of which people think well would stand apart from the others."""
    rng = np.random.default_rng(0)
    values = rng.integers(1, 6, size=60).astype(float)
    probabilities = rng.dirichlet(np.ones(5), size=60)
    judged = Judgments(
        item_ids=tuple(map(str, range(60))),
        probabilities=probabilities,
        score=probabilities @ np.arange(1, 6),
        reasons=(None,) * 60,
    )
    groups = np.repeat(np.arange(12), 5).astype(str)
    folds = deal_folds([groups], 5, np.random.default_rng(0))
    found = held_out_readouts([judged], FIVE, _target(values, groups), folds)
    assert found is not None
    assert found.mean() == pytest.approx(values.mean(), abs=0.3)


def _part(names: tuple[str, ...], values: list[list[float]], first: int) -> Split:
    table = np.array(values)
    return Split(
        name="train",
        criterion="c",
        scale=FIVE,
        items=tuple(Item(item_id=f"i{first + place}", response="x") for place in range(table.shape[1])),
        target=np.nanmean(table, axis=0),
        target_se=np.full(table.shape[1], np.nan),
        values=table,
        annotators=names,
    )


def test_ratings_of_two_parts_are_matched_by_who_gave_them() -> None:
    parts = [_part(("bea", "ana"), [[1, 2], [3, 4]], 0), _part(("ana", "carl"), [[5], [1]], 2)]
    nan = np.nan
    np.testing.assert_array_equal(_joined(parts).values, [[3, 4, 5], [1, 2, nan], [nan, nan, 1]])


def test_where_nobody_is_named_they_are_matched_by_place() -> None:
    parts = [_part((), [[1, 2], [3, 4]], 0), _part((), [[5]], 2)]
    np.testing.assert_array_equal(_joined(parts).values, [[1, 2, 5], [3, 4, np.nan]])


def test_a_part_of_a_budget_is_its_share_less_what_is_spent() -> None:
    spent = Spent(calls=10, cost=0.5)
    part = Budget(calls=200, cost=4.0).part(0.25, less=[spent])
    assert (part.calls, part.cost) == (40, 0.5)
    assert Budget(calls=200).part(0.01, less=[spent]).calls == 1
