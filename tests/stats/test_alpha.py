"""Oracle: the `krippendorff` package, at test time; and Krippendorff's own worked example."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import krippendorff_alpha

LEVELS = ("nominal", "ordinal", "interval", "ratio")
M = np.nan
# Krippendorff (2011), section E: reliability data of four observers and twelve units.
WORKED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, M, M, M],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, M, 3],
        [M, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, M],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, M],
    ]
)


@pytest.mark.parametrize(("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_gives_the_figures_of_krippendorffs_paper(level, published):
    assert float(krippendorff_alpha(WORKED, level)) == pytest.approx(published, abs=5e-4)


def random_ratings(seed: int, *, n_values: int, raters: int = 6, items: int = 60, missing: float = 0.4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, n_values, size=items)
    values = np.clip(truth + rng.integers(-1, 2, size=(raters, items)), 0, n_values - 1).astype(float)
    values[rng.random(values.shape) < missing] = np.nan
    return values


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("n_values", [2, 5, 200])  # 200: more than fit a matrix over pairs of them
@pytest.mark.parametrize("seed", range(3))
def test_is_the_krippendorff_packages_alpha(level, n_values, seed):
    values = random_ratings(seed, n_values=n_values, items=300 if n_values == 200 else 60)
    expected = krippendorff.alpha(values, level_of_measurement=level)
    assert float(krippendorff_alpha(values, level)) == pytest.approx(expected, abs=1e-12)


def test_ratio_distances_are_streamed_over_more_values_than_a_block_holds(monkeypatch):
    values = random_ratings(0, n_values=90)
    whole = float(krippendorff_alpha(values, "ratio"))
    monkeypatch.setattr("alia_judge.stats.alpha._BLOCK", 7)
    assert float(krippendorff_alpha(values, "ratio")) == pytest.approx(whole, abs=1e-13)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("n_values", [5, 60])
def test_a_resample_is_alpha_of_the_repeated_items(level, n_values):
    """The bootstrap's ends against alpha recomputed by the package on the same draws."""
    values = random_ratings(1, n_values=n_values, missing=0.2)
    values = values[:, np.count_nonzero(~np.isnan(values), axis=0) >= 2]
    n = values.shape[1]
    estimate = krippendorff_alpha(values, level, interval="percentile", n_resamples=200, rng=3)
    draws = np.random.default_rng(3).integers(0, n, size=(200, n))
    oracle = [krippendorff.alpha(values[:, draw], level_of_measurement=level) for draw in draws]
    np.testing.assert_allclose([estimate.low, estimate.high], np.quantile(oracle, [0.025, 0.975]), atol=1e-12)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("n_values", [5, 60])
def test_clusters_are_resampled_whole(level, n_values):
    values = random_ratings(2, n_values=n_values, items=40, missing=0.1)
    groups = np.repeat([f"document {i}" for i in range(10)], 4)
    estimate = krippendorff_alpha(values, level, interval="percentile", n_resamples=100, groups=groups, rng=0)
    draws = np.random.default_rng(0).integers(0, 10, size=(100, 10))
    oracle = [
        krippendorff.alpha(
            np.concatenate([values[:, 4 * g : 4 * g + 4] for g in draw], axis=1), level_of_measurement=level
        )
        for draw in draws
    ]
    np.testing.assert_allclose([estimate.low, estimate.high], np.quantile(oracle, [0.025, 0.975]), atol=1e-12)
    assert estimate.groups == 10
    assert estimate.n == 40


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("n_values", [5, 60])
def test_bca_brackets_the_value_and_follows_the_seed(level, n_values):
    values = random_ratings(3, n_values=n_values)
    one, two, other = (krippendorff_alpha(values, level, interval="bca", n_resamples=300, rng=s) for s in (1, 1, 2))
    assert one == two
    assert (one.low, one.high) != (other.low, other.high)
    assert one.low < one.high
    if n_values == 5:
        assert one.low < one.value < one.high


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("n_values", [5, 60])
def test_jackknife_leaves_out_each_item_in_turn(level, n_values):
    """Efron and Tibshirani (1993), eq. 11.5, on Fisher's z, from the package's alpha without each item."""
    values = random_ratings(4, n_values=n_values, missing=0.1)
    values = values[:, np.count_nonzero(~np.isnan(values), axis=0) >= 2]
    n = values.shape[1]
    estimate = krippendorff_alpha(values, level, interval="jackknife")
    z = np.arctanh([krippendorff.alpha(np.delete(values, i, axis=1), level_of_measurement=level) for i in range(n)])
    half = stats.t.ppf(0.975, n - 1) * np.sqrt((n - 1) / n * np.sum((z - z.mean()) ** 2))
    expected = np.tanh(np.arctanh(estimate.value) + np.array([-half, half]))
    np.testing.assert_allclose([estimate.low, estimate.high], expected, atol=1e-10)
    assert estimate.method == "jackknife over items"


def test_many_items_are_left_out_in_blocks():
    values = random_ratings(5, n_values=5, items=3000, missing=0.0)
    blocks, bootstrap = (krippendorff_alpha(values, "ordinal", interval=method) for method in ("jackknife", "t"))
    assert blocks.high - blocks.low == pytest.approx(bootstrap.high - bootstrap.low, rel=0.15)


def test_t_interval_is_centred_where_resampling_biases_the_ordinal_distance():
    """With nearly as many values as ratings, copies of an item widen the ranks between its own ratings."""
    values = random_ratings(3, n_values=60)
    estimate = krippendorff_alpha(values, "ordinal", interval="t", n_resamples=300)
    low, value, high = np.arctanh([estimate.low, estimate.value, estimate.high])
    assert high - value == pytest.approx(value - low)
    assert krippendorff_alpha(values, "ordinal", interval="percentile", n_resamples=300).high < estimate.value


ratings = hnp.arrays(
    float,
    st.tuples(st.integers(2, 5), st.integers(2, 12)),
    elements=st.one_of(st.integers(1, 5).map(float), st.just(np.nan)),
)


def defined(values: np.ndarray) -> bool:
    pairable = values[:, np.count_nonzero(~np.isnan(values), axis=0) >= 2]
    return np.unique(pairable[~np.isnan(pairable)]).size > 1


@given(values=ratings, level=st.sampled_from(LEVELS), data=st.data())
def test_does_not_depend_on_the_order_of_items_or_annotators(values, level, data):
    assume(defined(values))
    rows = data.draw(st.permutations(range(values.shape[0])))
    columns = data.draw(st.permutations(range(values.shape[1])))
    shuffled = values[rows][:, columns]
    assert float(krippendorff_alpha(shuffled, level)) == pytest.approx(float(krippendorff_alpha(values, level)))


@given(values=ratings, level=st.sampled_from(LEVELS), data=st.data())
def test_who_gave_which_rating_does_not_matter(values, level, data):
    """Within an item the ratings may change places: only the missing pattern by item counts."""
    assume(defined(values))
    moved = values.copy()
    for column in range(values.shape[1]):
        moved[:, column] = values[data.draw(st.permutations(range(values.shape[0]))), column]
    assert float(krippendorff_alpha(moved, level)) == pytest.approx(float(krippendorff_alpha(values, level)))


@given(values=ratings, level=st.sampled_from(LEVELS))
def test_is_at_most_one_and_an_item_with_one_rating_changes_nothing(values, level):
    assume(defined(values))
    alpha = float(krippendorff_alpha(values, level))
    assert alpha <= 1 + 1e-12
    lonely = np.full((values.shape[0], 1), np.nan)
    lonely[0] = 5
    assert float(krippendorff_alpha(np.hstack([values, lonely]), level)) == pytest.approx(alpha)


@given(values=ratings)
def test_levels_ignore_what_they_should(values):
    assume(defined(values))
    interval, ratio = (float(krippendorff_alpha(values, level)) for level in ("interval", "ratio"))
    assert float(krippendorff_alpha(-3 * values + 1e6, "interval")) == pytest.approx(interval, abs=1e-8)
    assert float(krippendorff_alpha(1000 * values, "ratio")) == pytest.approx(ratio)
    ordinal, nominal = (float(krippendorff_alpha(values, level)) for level in ("ordinal", "nominal"))
    assert float(krippendorff_alpha(np.exp(values), "ordinal")) == pytest.approx(ordinal)
    assert float(krippendorff_alpha(-values, "ordinal")) == pytest.approx(ordinal)
    relabelled = np.where(np.isnan(values), np.nan, (values * 3) % 7)  # 1..5 to 3, 6, 2, 5, 1
    assert float(krippendorff_alpha(relabelled, "nominal")) == pytest.approx(nominal)


@settings(max_examples=30)
@given(values=ratings, level=st.sampled_from(LEVELS), times=st.integers(2, 4))
def test_repeated_items_approach_the_infinite_sample(values, level, times):
    """Copies of all items change alpha only through the factor (n - 1) / n of the expected disagreement."""
    assume(defined(values))
    pairable = values[:, np.count_nonzero(~np.isnan(values), axis=0) >= 2]
    n = np.count_nonzero(~np.isnan(pairable))
    once = 1 - float(krippendorff_alpha(values, level))
    often = 1 - float(krippendorff_alpha(np.tile(values, times), level))
    assert often / (times * n - 1) * (times * n) == pytest.approx(once / (n - 1) * n)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([[1, np.nan], [np.nan, 2]], "no item has two ratings"),
        ([[2, 2], [2, 2]], "every rating is the same"),
        (np.empty((2, 0)), "no item has two ratings"),
        (np.full((3, 3), np.nan), "no item has two ratings"),
    ],
)
@pytest.mark.parametrize("level", LEVELS)
def test_undefined_is_nan_with_a_reason(values, why, level):
    with pytest.warns(DegenerateDataWarning, match=why):
        estimate = krippendorff_alpha(values, level)
    assert not estimate.defined
    assert why in estimate.why


def test_a_constant_with_a_rounding_error_is_still_a_constant():
    with pytest.warns(DegenerateDataWarning, match="every rating is the same"):
        assert np.isnan(float(krippendorff_alpha(np.full((3, 7), 0.1), "interval")))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": [1, 2, 3]}, r"shape \(n_raters, n_items\)"),
        ({"values": [["a", "b"], ["a", "b"]]}, "values must be numbers"),
        ({"values": [[1, np.inf], [1, 2]]}, r"got inf at \[0, 1\]"),
        ({"values": [[1, -1], [1, 2]], "level": "ratio"}, r"must not be negative, got -1.0 at \[0, 1\]"),
        ({"values": WORKED, "level": "metric"}, "level must be one of 'nominal', .* got 'metric'"),
        ({"values": WORKED, "interval": "normal"}, "interval must be one of .* got 'normal'"),
        ({"values": WORKED, "interval": "bca", "confidence": 95}, "confidence must lie between 0 and 1"),
        ({"values": WORKED, "interval": "bca", "n_resamples": 0}, "n_resamples must be at least 1, got 0"),
        ({"values": WORKED, "interval": "bca", "groups": [1, 2]}, "one label for each of the 12 items"),
        ({"values": WORKED, "interval": "bca", "rng": -1}, "rng must be a seed"),
    ],
)
def test_says_what_was_wrong(arguments, message):
    with pytest.raises(UsageError, match=message):
        krippendorff_alpha(**arguments)
