"""The batched kernels against SciPy, one row and one resample at a time."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from alia_judge.stats.kernels import (
    SwappedSpearman,
    WeightedKendall,
    WeightedPairs,
    WeightedPearson,
    WeightedSpearman,
    kendall_rows,
    midranks,
    pair_sums_rows,
    pearson_rows,
    spearman_rows,
)
from alia_judge.stats.kernels.weighted import running

ROWS = {
    "spearman": (spearman_rows, lambda x, y: stats.spearmanr(x, y).statistic),
    "pearson": (pearson_rows, lambda x, y: stats.pearsonr(x, y).statistic),
    "kendall b": (kendall_rows, lambda x, y: stats.kendalltau(x, y).statistic),
    "kendall c": (lambda x, y: kendall_rows(x, y, "c"), lambda x, y: stats.kendalltau(x, y, variant="c").statistic),
}
WEIGHTED = {
    "spearman": WeightedSpearman,
    "pearson": WeightedPearson,
    "kendall b": WeightedKendall,
    "kendall c": lambda x, y: WeightedKendall(x, y, "c"),
}


def draw(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> np.ndarray:
    if kind == "continuous":
        return rng.lognormal(size=shape)
    return rng.integers(0, 5, size=shape).astype(float)


def scipy_or_nan(name: str, x: np.ndarray, y: np.ndarray) -> float:
    if x.size < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(ROWS[name][1](x, y))


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("scores", ["continuous", "tied"])
@pytest.mark.parametrize("target", ["continuous", "tied"])
@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("n", [2, 7, 130])
def test_rows_are_scipys(name, scores, target, missing, n):
    rng = np.random.default_rng([n, len(name), len(scores), len(target)])
    x, y = draw(rng, (6, n), scores), draw(rng, (n,), target)
    x[rng.random(x.shape) < missing] = np.nan
    y[rng.random(n) < missing / 2] = np.nan
    present = ~np.isnan(x) & ~np.isnan(y)
    expected = [scipy_or_nan(name, row[keep], y[keep]) for row, keep in zip(x, present, strict=True)]
    np.testing.assert_allclose(ROWS[name][0](x, y), expected, atol=1e-12)
    # A target of its own for each row is the same thing said row by row.
    np.testing.assert_allclose(ROWS[name][0](x, y), ROWS[name][0](x, np.broadcast_to(y, x.shape)), atol=1e-14)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("scores", ["continuous", "tied"])
@pytest.mark.parametrize("target", ["continuous", "tied"])
@pytest.mark.parametrize("n", [2, 9, 300])
def test_whole_weights_are_repeated_items(name, scores, target, n):
    rng = np.random.default_rng([n, len(name), len(scores), len(target)])
    x, y = draw(rng, (n,), scores), draw(rng, (n,), target)
    counts = rng.integers(0, 3, size=(n, 5))
    expected = [scipy_or_nan(name, np.repeat(x, count), np.repeat(y, count)) for count in counts.T]
    got = WEIGHTED[name](x, y)(counts.astype(float))
    np.testing.assert_allclose(got, expected, atol=1e-11)


@pytest.mark.parametrize("scores", ["continuous", "tied", "few levels"])
@pytest.mark.parametrize("target", ["continuous", "tied", "few levels"])
@pytest.mark.parametrize("n", [90, 100, 700, 1500])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_however_pairs_are_laid_out_they_are_all_there_once(scores, target, n, dtype):
    # By one matrix of signs, by a grid, by halves of grids; rows and columns of one level, of many, and of half of one.
    rng = np.random.default_rng([n, len(scores), len(target)])
    levels = {"continuous": 0, "tied": n // 4, "few levels": 3}
    x, y = (
        rng.normal(size=n) if not levels[kind] else rng.integers(0, levels[kind], size=n).astype(float)
        for kind in (scores, target)
    )
    weights = rng.integers(0, 4, size=(n, 20)).astype(dtype)
    signs = np.sign(x[:, None] - x) * np.sign(y[:, None] - y)
    expected = np.einsum("ib,ij,jb->b", weights, signs, weights, optimize=True) / 2
    np.testing.assert_array_equal(WeightedPairs(x, y)(weights).balance, expected)
    order = np.argsort(y, kind="stable")  # as the callers give them, so that less is moved about
    np.testing.assert_array_equal(WeightedPairs(x[order], y[order])(weights[order]).balance, expected)


@pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 17, 100])
@pytest.mark.parametrize("width", [1, 15, 16, 40])
def test_running_sums(n, width, monkeypatch):
    monkeypatch.setattr("alia_judge.stats.kernels.weighted._SMALL", 0)
    rng = np.random.default_rng([n, width])
    rows, first = rng.integers(0, 9, size=(n, width)).astype(float), rng.integers(0, 9, size=width).astype(float)
    np.testing.assert_array_equal(running(rows, first), np.cumsum(np.vstack([first, rows]), axis=0))


@pytest.mark.parametrize("name", WEIGHTED)
def test_only_ratios_of_weights_matter(name):
    rng = np.random.default_rng(5)
    x, y, weights = rng.normal(size=40), rng.integers(0, 4, size=40).astype(float), rng.random((40, 70))
    figure = WEIGHTED[name](x, y)
    np.testing.assert_allclose(figure(weights), figure(0.001 * weights), atol=1e-12)


def test_many_columns_are_the_same_as_one_at_a_time():
    # Above a width the cumulative sums run another way.
    rng = np.random.default_rng(6)
    x, y, weights = rng.normal(size=200), rng.normal(size=200), rng.random((200, 100))
    for figure in (WeightedSpearman(x, y), WeightedKendall(x, y), WeightedPearson(x, y)):
        one = np.concatenate([figure(weights[:, [b]]) for b in range(100)])
        np.testing.assert_allclose(figure(weights), one, atol=1e-12)


def test_pairs_of_copies_of_an_item_are_not_compared():
    pairs = WeightedPairs(np.array([1.0, 2.0]), np.array([1.0, 2.0]))(np.array([[3.0], [2.0]]))
    assert (pairs.total[0], pairs.concordant[0], pairs.tied_both[0]) == (6.0, 6.0, 0.0)


@given(arrays(np.float64, (2, 12), elements=st.integers(-3, 3).map(float)))
@settings(max_examples=200, deadline=None)
def test_pairs_counted_one_by_one(data):
    x, y = data
    i, j = np.triu_indices(12, 1)
    dx, dy = np.sign(x[i] - x[j]), np.sign(y[i] - y[j])
    for pairs in (pair_sums_rows(x[None], y), WeightedPairs(x, y)(np.ones((12, 1)))):
        assert pairs.balance[0] == np.sum(dx * dy)
        assert pairs.concordant[0] == np.sum(dx * dy > 0)
        assert pairs.untied_x[0] == np.sum(dx != 0)
        assert pairs.untied_y[0] == np.sum(dy != 0)
        assert pairs.tied_both[0] == np.sum((dx == 0) & (dy == 0))
        assert pairs.total[0] == 66


def test_midranks_are_scipys():
    rng = np.random.default_rng(7)
    values = rng.integers(0, 6, size=(20, 30)).astype(float)
    values[rng.random(values.shape) < 0.2] = np.nan
    np.testing.assert_array_equal(midranks(values), stats.rankdata(values, axis=1, nan_policy="omit"))


@pytest.mark.parametrize("rows", [spearman_rows, pearson_rows, kendall_rows])
def test_constant_rows_are_undefined_whatever_the_rounding(rows):
    scores = np.full((2, 10), 0.1)
    scores[1, 3] = np.nan
    assert np.isnan(rows(scores, np.arange(10.0))).all()


@pytest.mark.parametrize("rows", [spearman_rows, pearson_rows, kendall_rows])
def test_nothing_in_gives_nothing_out(rows):
    assert rows(np.empty((0, 5)), np.arange(5.0)).shape == (0,)
    assert np.isnan(rows(np.empty((2, 0)), np.empty(0))).all()


@pytest.mark.parametrize("rows", [spearman_rows, pearson_rows, kendall_rows])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_small_blocks_of_rows_change_nothing(rows, missing, monkeypatch):
    rng = np.random.default_rng(8)
    x, y = np.round(rng.normal(size=(9, 40)), 1), np.round(rng.normal(size=40))
    x[rng.random(x.shape) < missing] = np.nan
    whole = rows(x, y)
    monkeypatch.setattr("alia_judge.stats.kernels.ranks.BLOCK", 100)
    np.testing.assert_allclose(rows(x, y), whole, atol=1e-14)


@given(
    scores=st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.integers(0, 4)), min_size=2, max_size=40),
    spread=st.sampled_from([0.0, 1e-3]),
    seed=st.integers(0, 2**32 - 1),
)
def test_after_exchanges_both_rhos_are_scipys(scores, spread, seed):
    rng = np.random.default_rng(seed)
    first, second, target = np.array(scores, dtype=np.float64).T
    first, second = first + spread * rng.normal(size=first.size), second + spread * rng.normal(size=first.size)
    if spread and first.size > 3:
        first[0] = second[1]  # a tie across the two among many values
    swap = rng.integers(0, 2, size=(20, first.size), dtype=bool)
    got = SwappedSpearman(first, second, target)(swap)
    for exchange, *rhos in zip(swap, *got, strict=True):
        sides = np.where(exchange, second, first), np.where(exchange, first, second)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", stats.ConstantInputWarning)
            expected = [stats.spearmanr(side, target).statistic for side in sides]
        np.testing.assert_allclose(rhos, expected, atol=1e-12)


def test_exchanges_of_many_different_scores_are_scipys_across_blocks():
    rng = np.random.default_rng(5)
    first, second, target = np.round(rng.normal(size=(3, 4000)), 3)
    swap = rng.integers(0, 2, size=(300, 4000), dtype=bool)
    got = np.array(SwappedSpearman(first, second, target)(swap))
    for row in (0, 124, 125, 299):
        sides = np.where(swap[row], second, first), np.where(swap[row], first, second)
        np.testing.assert_allclose(got[:, row], [stats.spearmanr(side, target).statistic for side in sides], atol=1e-12)
