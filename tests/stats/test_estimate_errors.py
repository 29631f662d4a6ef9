"""Standard errors, intervals and p-values of estimates belong together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as oracle

from alia_judge.errors import UsageError
from alia_judge.stats import Estimate, clustered_mean

VALUES = st.lists(st.floats(-100, 100), min_size=3, max_size=30).filter(lambda values: np.std(values) > 1e-3)


@given(values=VALUES, null=st.floats(-50, 50))
def test_a_mean_has_students_interval_and_p_value(values: list[float], null: float) -> None:
    found = clustered_mean(values, confidence=0.9)
    test = oracle.ttest_1samp(values, null)
    interval = test.confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-6, abs=1e-9)
    assert found.p_value(null) == pytest.approx(test.pvalue, rel=1e-6, abs=1e-12)
    assert found.standard_error == pytest.approx(np.std(values, ddof=1) / math.sqrt(len(values)))


@given(values=VALUES, copies=st.integers(2, 4))
def test_copies_of_an_item_are_no_evidence(values: list[float], copies: int) -> None:
    once = clustered_mean(values)
    again = clustered_mean(np.repeat(values, copies), np.repeat(np.arange(len(values)), copies))
    assert (again.low, again.high, again.groups) == pytest.approx((once.low, once.high, len(values)))


def test_the_interval_just_touches_a_value_whose_p_value_is_its_level() -> None:
    found = Estimate(statistic="x", value=0.4, n=9).with_error(0.1, level=0.95, freedom=8, method="t")
    assert found.p_value(found.low) == pytest.approx(0.05)
    assert found.p_value(found.high) == pytest.approx(0.05)
    normal = Estimate(statistic="x", value=0.4).with_error(0.1, level=0.95, method="normal")
    assert (normal.low, normal.high) == pytest.approx(oracle.norm.interval(0.95, 0.4, 0.1))
    assert normal.p_value() == pytest.approx(2 * oracle.norm.sf(4))


def test_without_an_error_half_the_interval_over_its_quantile_is_taken() -> None:
    found = Estimate(statistic="x", value=0.5).with_interval(0.3, 0.7, level=0.9, method="percentile bootstrap")
    assert found.standard_error == pytest.approx(0.2 / oracle.norm.ppf(0.95))
    assert math.isnan(Estimate(statistic="x", value=0.5).standard_error)
    assert math.isnan(Estimate(statistic="x", value=0.5).p_value())
    assert math.isnan(Estimate(statistic="x", value=math.nan).p_value())


def test_units_that_are_all_alike_leave_no_doubt() -> None:
    assert clustered_mean([2.0, 2.0, 2.0]).p_value() == 0.0
    assert clustered_mean([2.0, 2.0, 2.0]).p_value(2.0) == 1.0


@pytest.mark.parametrize("factor", [2.0, -0.5])
def test_another_unit_changes_no_p_value(factor: float) -> None:
    found = clustered_mean([1.0, 2.0, 4.0])
    turned = found.times(factor, statistic="effect")
    assert turned.p_value() == pytest.approx(found.p_value())
    assert turned.low <= turned.value <= turned.high
    assert turned.high - turned.low == pytest.approx(abs(factor) * (found.high - found.low))


def test_an_estimate_without_a_value_equals_itself_after_json() -> None:
    nothing = Estimate(statistic="x", value=math.nan, why="no items")
    assert Estimate.from_dict(nothing.to_dict()) == nothing
    full = clustered_mean([1.0, 2.0, 4.0])
    assert Estimate.from_dict(full.to_dict()) == full
    assert full.to_dict()["freedom"] == 2.0
    assert "error" not in nothing.to_dict()


def test_one_unit_has_no_interval() -> None:
    found = clustered_mean([1.0, 2.0], ["a", "a"])
    assert (found.value, math.isnan(found.low), found.why) == (1.5, True, "an interval takes at least 2 groups")
    with pytest.raises(UsageError, match="confidence"):
        clustered_mean([1.0, 2.0], confidence=1.5)
