"""Ratings as triples give what the array of the same ratings gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alia_judge.errors import UsageError
from alia_judge.stats import (
    SparseRatings,
    gwet_ac,
    krippendorff_alpha,
    leave_one_out,
    share_of_ceiling,
)

ARRAYS = hnp.arrays(
    np.float64,
    st.tuples(st.integers(2, 5), st.integers(2, 8)),
    elements=st.sampled_from([1.0, 2.0, 3.0, np.nan]),
)


@given(ARRAYS)
def test_there_and_back(values: Any) -> None:
    ratings = SparseRatings.of(values)
    np.testing.assert_array_equal(ratings.dense(), values)
    np.testing.assert_array_equal(ratings.size, (~np.isnan(values)).sum(axis=0))
    np.testing.assert_array_equal(ratings.items(np.array([1])).dense(), values[:, 1:2])
    np.testing.assert_array_equal(ratings.raters(np.array([1])).dense(), values[1:2])


@given(ARRAYS, st.randoms(use_true_random=False))
@pytest.mark.filterwarnings("ignore::alia_judge.errors.DegenerateDataWarning")
def test_figures_of_triples_in_any_order_are_those_of_the_array(values: Any, random: Any) -> None:
    whole = SparseRatings.of(values)
    order = list(range(whole.value.size))
    random.shuffle(order)
    shuffled = SparseRatings(
        rater=whole.rater[order], item=whole.item[order], value=whole.value[order], shape=whole.shape
    )
    judge = np.arange(values.shape[1], dtype=float)
    for statistic in (
        lambda given: krippendorff_alpha(given, "ordinal"),
        lambda given: gwet_ac(given, categories=[1, 2, 3]),
        lambda given: leave_one_out(given, min_items=2),
        lambda given: leave_one_out(given, identified=False, min_items=2),
        lambda given: share_of_ceiling(judge, given, min_items=2),
    ):
        np.testing.assert_equal(statistic(shuffled).value, statistic(values).value)


def test_what_is_no_set_of_ratings_is_refused() -> None:
    with pytest.raises(UsageError, match=r"rater, item and value must have one length, got \(1,\), \(2,\) and \(1,\)"):
        SparseRatings(rater=[0], item=[0, 1], value=[1.0], shape=(1, 2))
    with pytest.raises(UsageError, match="item must lie in 0 to 1, got 0 to 2"):
        SparseRatings(rater=[0, 0], item=[0, 2], value=[1.0, 1.0], shape=(1, 2))
    with pytest.raises(UsageError, match="values must be finite"):
        SparseRatings(rater=[0], item=[0], value=[np.nan], shape=(1, 1))
    with pytest.raises(UsageError, match="rater 0 rates item 1 twice"):
        SparseRatings(rater=[0, 0], item=[1, 1], value=[1.0, 2.0], shape=(1, 2))


def test_parts_of_ratings_are_those_of_the_array():
    rng = np.random.default_rng(4)
    values = np.where(rng.random((5, 12)) < 0.4, rng.integers(1, 6, (5, 12)), np.nan)
    ratings, chosen = SparseRatings.of(values), np.array([7, 0, 11, 3])
    np.testing.assert_array_equal(ratings.of_items(chosen), values[:, chosen])
    np.testing.assert_array_equal(ratings.of_rater(2), values[2])
    np.testing.assert_array_equal(ratings.with_values(6 - ratings.value).dense(), 6 - values)
