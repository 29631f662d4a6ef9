"""Oracles: table 4 of Shrout and Fleiss (1979), and pingouin through `tests/reference/agreement.json`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import icc

GOLDEN = json.loads((Path(__file__).parents[1] / "reference" / "agreement.json").read_text(encoding="utf-8"))
FORMS = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")
# Shrout and Fleiss (1979), table 2: four judges, six targets; their table 4 has the coefficients.
JUDGES = [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]]


@pytest.mark.parametrize(("form", "published"), list(zip(FORMS, (0.17, 0.29, 0.71, 0.44, 0.62, 0.91), strict=True)))
def test_gives_the_figures_of_shrout_and_fleiss(form, published):
    assert float(icc(JUDGES, form)) == pytest.approx(published, abs=5e-3)


@pytest.mark.parametrize("form", FORMS)
def test_value_and_f_interval_are_pingouins(form):
    estimate = icc(GOLDEN["complete"], form, interval="f")
    assert [estimate.value, estimate.low, estimate.high] == pytest.approx(GOLDEN["pingouin"][form], abs=1e-11)
    assert estimate.method == "F distribution"


@pytest.mark.parametrize("form", FORMS)
def test_items_with_a_rating_missing_are_left_out(form):
    values = np.array(JUDGES, dtype=float)
    with_gaps = np.hstack([values, [[1], [np.nan], [2], [3]]])
    estimate = icc(with_gaps, form)
    assert estimate.value == icc(values, form).value
    assert estimate.n == 6


@pytest.mark.parametrize("form", FORMS)
def test_bootstrap_is_the_coefficient_of_repeated_items(form):
    values = np.array(GOLDEN["complete"])
    estimate = icc(values, form, interval="percentile", n_resamples=60, rng=2)
    draws = np.random.default_rng(2).integers(0, 30, size=(60, 30))
    oracle = [float(icc(values[:, draw], form)) for draw in draws]
    np.testing.assert_allclose([estimate.low, estimate.high], np.quantile(oracle, [0.025, 0.975]), atol=1e-10)


@pytest.mark.parametrize("form", ["ICC(1,1)", "ICC(2,1)", "ICC(3,1)"])
def test_f_interval_covers_what_it_says(form):
    """400 panels of the model it assumes, with a known coefficient: 95 %, give or take three standard errors."""
    rng = np.random.default_rng(0)
    items, raters, noise = 1.0, 0.5 if form == "ICC(2,1)" else 0.0, 0.7
    truth = items / (items + noise) if form != "ICC(2,1)" else items / (items + raters + noise)
    covered = 0
    for _ in range(400):
        values = (
            np.sqrt(items) * rng.normal(size=40)
            + np.sqrt(raters) * rng.normal(size=(8, 1))
            + np.sqrt(noise) * rng.normal(size=(8, 40))
        )
        estimate = icc(values, form, interval="f")
        covered += estimate.low <= truth <= estimate.high
    assert covered / 400 == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 400))


@given(seed=st.integers(0, 10_000), form=st.sampled_from(FORMS), data=st.data())
def test_blind_to_order_origin_and_unit(seed, form, data):
    values = np.random.default_rng(seed).integers(1, 6, size=(3, 8)).astype(float)
    values[:, 0] = [1, 2, 5]
    values[:, 1] = 5
    rows, columns = (data.draw(st.permutations(range(n))) for n in values.shape)
    figure = float(icc(values, form))
    assert figure <= 1 + 1e-12
    assert float(icc(values[rows][:, columns], form)) == pytest.approx(figure, rel=1e-6)
    assert float(icc(1e6 - 20 * values, form)) == pytest.approx(figure, rel=1e-6)


def test_leniency_counts_for_agreement_and_not_for_consistency():
    values = np.array(GOLDEN["complete"])
    lenient = values + np.array([[0], [3], [0], [0]])
    assert float(icc(lenient, "ICC(3,1)")) == pytest.approx(float(icc(values, "ICC(3,1)")))
    assert float(icc(lenient, "ICC(2,1)")) < float(icc(values, "ICC(2,1)")) - 0.1


def test_perfect_agreement_is_one_with_no_width():
    values = np.tile(np.arange(6.0), (3, 1))
    for form in FORMS:
        estimate = icc(values, form, interval="f")
        assert (estimate.value, estimate.low, estimate.high) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    "values", [np.ones((3, 5)), [[1, 2]], [[1], [2]], np.empty((0, 4)), [[1, np.nan], [np.nan, 2]]]
)
def test_undefined_is_nan_with_a_reason(values):
    with pytest.warns(DegenerateDataWarning, match="two annotators and two items"):
        assert not icc(values, interval="f").defined


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "ICC(A,1)"}, r"form must be one of 'ICC\(1,1\)', .* got 'ICC\(A,1\)'"),
        ({"interval": "normal"}, "interval must be one of None, 'f', 'jackknife', .* got 'normal'"),
        ({"interval": "f", "confidence": 1}, "confidence must lie between 0 and 1"),
    ],
)
def test_says_what_was_wrong(options, message):
    with pytest.raises(UsageError, match=message):
        icc(JUDGES, **options)
