"""Figures of groups are those of SciPy and numpy, group by group."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alia_judge.stats.kernels.grouped import Grouped

ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 4).map(float), st.integers(1, 6).map(lambda n: n / 3)),
    min_size=1,
    max_size=40,
)


@given(ROWS)
def test_each_group_is_as_if_it_stood_alone(rows: list[Any]) -> None:
    code, x, y = (np.array(column) for column in zip(*rows, strict=True))
    groups = Grouped(code, 5)
    rho, mean, deviation, ranks = groups.spearman(x, y), groups.mean(x), groups.deviation(y), groups.midranks(y)
    assert np.isnan([rho[4], mean[4], deviation[4]]).all()
    for group in range(4):
        own = code == group
        if not own.any():
            continue
        np.testing.assert_allclose(mean[group], x[own].mean())
        np.testing.assert_allclose(deviation[group], y[own].std(), atol=1e-12)
        np.testing.assert_array_equal(ranks[own], stats.rankdata(y[own]))
        assert groups.constant(y)[group] == (np.ptp(y[own]) == 0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a constant side
            expected = stats.spearmanr(x[own], y[own]).statistic if own.sum() > 1 else np.nan
        np.testing.assert_allclose(rho[group], expected, atol=1e-12)


def test_equal_values_have_no_variance_whatever_rounding_makes_of_their_mean() -> None:
    assert Grouped(np.zeros(3, dtype=np.intp), 1).variance(np.full(3, 0.1)).tolist() == [0.0]
