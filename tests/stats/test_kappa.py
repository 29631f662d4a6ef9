"""Oracles: scikit-learn and statsmodels at test time; irrCAC through `tests/reference/agreement.json`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import cohen_kappa, fleiss_kappa, gwet_ac, percent_agreement

GOLDEN = json.loads((Path(__file__).parents[1] / "reference" / "agreement.json").read_text(encoding="utf-8"))
WEIGHTS = (None, "linear", "quadratic")

pairs = hnp.arrays(float, st.tuples(st.just(2), st.integers(2, 30)), elements=st.integers(1, 5).map(float))
ratings = hnp.arrays(
    float,
    st.tuples(st.integers(2, 5), st.integers(2, 12)),
    elements=st.one_of(st.integers(1, 4).map(float), st.just(np.nan)),
)


def golden(which: str) -> np.ndarray:
    return np.array(GOLDEN[which], dtype=float)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("seed", range(5))
def test_cohen_is_scikit_learns(weights, seed):
    rng = np.random.default_rng(seed)
    a = rng.integers(1, 6, size=200)
    b = np.clip(a + rng.integers(-2, 3, size=200), 1, 5)
    expected = cohen_kappa_score(a, b, weights=weights)
    assert float(cohen_kappa(a, b, weights)) == pytest.approx(expected, abs=1e-12)


def test_an_unused_category_keeps_its_place_on_the_scale():
    """Where the oracles part: scikit-learn takes 1, 2, 5 as evenly spaced unless told all labels; see the docstring."""
    a, b = np.array([1, 1, 2, 2, 5, 5, 1, 2]), np.array([1, 2, 2, 5, 5, 2, 1, 2])
    ours = float(cohen_kappa(a, b, "quadratic"))
    assert ours == pytest.approx(cohen_kappa_score(a, b, weights="quadratic", labels=[1, 2, 3, 4, 5]), abs=1e-12)
    assert ours != pytest.approx(cohen_kappa_score(a, b, weights="quadratic"), abs=1e-3)


def test_quadratic_weights_on_many_values():
    rng = np.random.default_rng(0)
    a = rng.normal(size=500)
    b = a + rng.normal(size=500)
    mean_square = np.mean((a - b) ** 2)
    by_chance = np.mean((a[:, None] - b[None, :]) ** 2)
    assert float(cohen_kappa(a, b, "quadratic")) == pytest.approx(1 - mean_square / by_chance, abs=1e-12)
    by_chance = np.mean(np.abs(a[:, None] - b[None, :]))
    assert float(cohen_kappa(a, b, "linear")) == pytest.approx(1 - np.mean(np.abs(a - b)) / by_chance, abs=1e-12)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_cohen_leaves_out_items_without_both_and_resamples_the_rest(weights):
    rng = np.random.default_rng(1)
    a = rng.integers(1, 6, size=60).astype(float)
    b = np.clip(a + rng.integers(-1, 2, size=60), 1, 5)
    a[:10], b[5:15] = np.nan, np.nan
    estimate = cohen_kappa(a, b, weights, interval="percentile", n_resamples=80, rng=4)
    assert estimate.n == 45
    draws = 15 + np.random.default_rng(4).integers(0, 45, size=(80, 45))
    # All labels given, so that a category missing from a resample keeps its place.
    oracle = [
        cohen_kappa_score(a[d].astype(int), b[d].astype(int), labels=[1, 2, 3, 4, 5], weights=weights) for d in draws
    ]
    np.testing.assert_allclose([estimate.low, estimate.high], np.quantile(oracle, [0.025, 0.975]), atol=1e-12)


@given(values=pairs, weights=st.sampled_from(WEIGHTS), data=st.data())
def test_cohen_is_symmetric_and_blind_to_the_order_of_items(values, weights, data):
    assume(np.unique(values).size > 1)
    a, b = values
    order = data.draw(st.permutations(range(a.size)))
    kappa = float(cohen_kappa(a, b, weights))
    assert kappa <= 1 + 1e-12
    assert float(cohen_kappa(b, a, weights)) == pytest.approx(kappa)
    assert float(cohen_kappa(a[order], b[order], weights)) == pytest.approx(kappa)
    assert float(cohen_kappa(np.tile(a, 3), np.tile(b, 3), weights)) == pytest.approx(kappa)
    assert float(cohen_kappa(10 - 2 * a, 10 - 2 * b, weights)) == pytest.approx(kappa)


@pytest.mark.parametrize("seed", range(3))
def test_fleiss_is_statsmodels_where_nothing_is_missing(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, size=50)
    values = np.where(rng.random((5, 50)) < 0.6, truth, rng.integers(0, 4, size=(5, 50)))
    expected = statsmodels_fleiss(aggregate_raters(values.T)[0])
    assert float(fleiss_kappa(values)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("which", ["complete", "sparse"])
def test_multi_rater_coefficients_are_irrcacs(which):
    values, expected = golden(which), GOLDEN["irrCAC"][which]
    scale = [1, 2, 3, 4, 5]
    assert float(fleiss_kappa(values)) == pytest.approx(expected["fleiss"], abs=1e-11)
    assert float(percent_agreement(values)) == pytest.approx(expected["percent"], abs=1e-11)
    assert float(gwet_ac(values, categories=scale)) == pytest.approx(expected["gwet_identity"], abs=1e-11)
    for weights in ("linear", "quadratic", "ordinal"):
        ours = gwet_ac(values, weights, categories=scale)
        assert float(ours) == pytest.approx(expected[f"gwet_{weights}"], abs=1e-11)
        assert ours.statistic == "gwet_ac2"


def test_ac1_stands_where_kappa_collapses():
    """Gwet (2008): two annotators agree on 118 of 125 subjects, all but five of them negative."""
    a = np.array([1] * 5 + [0] * 120)
    b = np.array([0] * 5 + [1] * 2 + [0] * 118)
    assert float(cohen_kappa(a, b)) < 0
    p_agree, pi = 118 / 125, 7 / 250
    chance = 2 * pi * (1 - pi)
    assert float(gwet_ac([a, b])) == pytest.approx((p_agree - chance) / (1 - chance), abs=1e-12)


def test_an_unused_category_counts_for_ac1_if_it_is_named():
    values = [[1, 1, 2, 2], [1, 1, 2, 1]]
    assert float(gwet_ac(values, categories=[1, 2, 3])) > float(gwet_ac(values))


@given(values=ratings, data=st.data())
def test_multi_rater_coefficients_are_blind_to_order_and_names(values, data):
    paired = values[:, np.count_nonzero(~np.isnan(values), axis=0) >= 2]
    assume(paired.size and np.unique(paired[~np.isnan(paired)]).size > 1)
    rows, columns = (data.draw(st.permutations(range(n))) for n in values.shape)
    shuffled = values[rows][:, columns]
    renamed = np.where(np.isnan(values), np.nan, (3 * values) % 7)
    for statistic in (fleiss_kappa, gwet_ac, percent_agreement):
        figure = float(statistic(values))
        assert figure <= 1 + 1e-12
        assert float(statistic(shuffled)) == pytest.approx(figure)
        assert float(statistic(renamed)) == pytest.approx(figure)
        assert float(statistic(np.tile(values, 3))) == pytest.approx(figure)


@pytest.mark.parametrize("statistic", [fleiss_kappa, gwet_ac, percent_agreement])
@pytest.mark.parametrize("method", ["jackknife", "percentile", "bca", "t"])
def test_intervals_bracket_the_value_and_respect_clusters(statistic, method):
    values = golden("sparse")
    items = statistic(values, interval=method, n_resamples=300)
    clusters = statistic(values, interval=method, n_resamples=300, groups=np.repeat(np.arange(10), 3))
    assert items.low < items.value < items.high
    assert clusters.groups == 10
    assert (
        f"interval:{'jackknife' if method == 'jackknife' else method + ' bootstrap'} over groups" in clusters.signature
    )


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: cohen_kappa([1, 1], [1, 1]), "same single value"),
        (lambda: cohen_kappa([1, np.nan], [np.nan, 1]), "no item has both"),
        (lambda: fleiss_kappa([[1, 1], [1, 1]]), "single category"),
        (lambda: fleiss_kappa([[1, 2]]), "no item has two ratings"),
        (lambda: gwet_ac([[1, 1], [1, 1]]), "fewer than two categories"),
        (lambda: gwet_ac([[1, 2]]), "no item has two ratings"),
        (lambda: percent_agreement([[1, np.nan], [np.nan, 1]]), "no item has two ratings"),
    ],
)
def test_undefined_is_nan_with_a_reason(call, why):
    with pytest.warns(DegenerateDataWarning, match=why):
        assert not call().defined


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cohen_kappa([1, 2], [1, 2, 3]), "b must have 2 elements, got 3"),
        (lambda: cohen_kappa([1, 2], [1, 2], "cubic"), "weights must be one of None, .* got 'cubic'"),
        (lambda: gwet_ac([[1, 7], [1, 2]], categories=[1, 2]), r"among the 2 categories, got 7 at \[0, 1\]"),
        (lambda: gwet_ac([[1, 2], [1, 2]], "cubic"), "weights must be one of None, .* got 'cubic'"),
        (lambda: fleiss_kappa([1, 2]), "shape"),
    ],
)
def test_says_what_was_wrong(call, message):
    with pytest.raises(UsageError, match=message):
        call()


@pytest.mark.parametrize("interval", ["jackknife", "t"])
@pytest.mark.parametrize("n", [24, 60])
def test_one_disagreement_does_not_make_the_interval_as_wide_as_the_scale(interval, n):
    """Without that item agreement is perfect, and its z infinite; the delta method gives what the sample can tell."""
    a = np.arange(n) % 2
    b = a.copy()
    b[0] = 1 - b[0]
    found = cohen_kappa(a, b, interval=interval)
    # Fleiss, Cohen and Everitt's large-sample error of kappa, for a table of n/2 - 1, 1 and n/2.
    agreed = 1 - 1 / n
    expected = (agreed - found.value) / (1 - found.value)
    error = np.sqrt(agreed * (1 - agreed) / n) / (1 - expected)
    assert 2 * error < found.high - found.low < 9 * error
    assert found.low <= found.value <= found.high <= 1
