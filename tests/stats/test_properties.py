"""What must not change a figure, and what must, for every statistic of association and agreement."""

from __future__ import annotations

import inspect
import json
import math
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alia_judge import stats
from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import Estimate

ASSOCIATIONS: dict[str, Callable[..., Estimate]] = {
    "spearman": stats.spearman,
    "kendall b": stats.kendall,
    "kendall c": lambda x, y, **how: stats.kendall(x, y, variant="c", **how),
    "pearson": stats.pearson,
    "auc": stats.auc,
    "mcc": stats.mcc,
    "quadratic kappa": stats.quadratic_weighted_kappa,
    "pairwise accuracy": lambda x, y, **how: stats.pairwise_accuracy(x, y, epsilon=0.0, **how),
    "pairwise accuracy, calibrated": stats.pairwise_accuracy,
}
#: Depend on the order of the scores alone; change sign with them (about their centre); see a shift of both sides.
OF_RANKS = ("spearman", "kendall b", "kendall c", "auc", "pairwise accuracy")
SIGNED = {"spearman": 0.0, "kendall b": 0.0, "kendall c": 0.0, "pearson": 0.0, "auc": 0.5}
#: Pairs of an item and its copy are pairs of items, tied in both, for these: a copy of all items changes them.
OF_PAIRS = ("kendall c", "pairwise accuracy", "pairwise accuracy, calibrated")
BOUNDS = {"auc": (0, 1), "pairwise accuracy": (0, 1), "pairwise accuracy, calibrated": (0, 1)}

AGREEMENTS: dict[str, Callable[..., Estimate]] = {
    "fleiss_kappa": stats.fleiss_kappa,
    "gwet_ac 1": stats.gwet_ac,
    "gwet_ac 2": lambda v, **how: stats.gwet_ac(v, "quadratic", **how),
    "percent_agreement": stats.percent_agreement,
    **{
        f"alpha {level}": lambda v, _level=level, **how: stats.krippendorff_alpha(v, _level, **how)
        for level in ("nominal", "ordinal", "interval", "ratio")
    },
}

seeds = st.integers(0, 100_000)
quick = settings(max_examples=15, deadline=None)


def pair(seed: int, n: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Five-point scores and targets that have to do with one another, some scores missing."""
    rng = np.random.default_rng(seed)
    target = rng.integers(1, 6, size=n).astype(float)
    scores = np.clip(target + rng.integers(-2, 3, size=n), 1, 5)
    scores[rng.random(n) < 0.1] = np.nan
    target[:2], scores[:2] = (1, 5), (1, 5)  # neither side is constant
    return scores, target


def ratings(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = np.clip(rng.integers(1, 6, size=12) + rng.integers(-1, 2, size=(4, 12)), 1, 5).astype(float)
    values[rng.random(values.shape) < 0.2] = np.nan
    values[:, 0], values[:, 1] = 1, 5
    return values


@pytest.mark.parametrize("name", ASSOCIATIONS)
@given(seed=seeds, data=st.data())
@quick
def test_the_order_of_items_does_not_matter_and_the_figure_is_in_bounds(name, seed, data):
    x, y = pair(seed)
    figure = ASSOCIATIONS[name]
    value = float(figure(x, y))
    low, high = BOUNDS.get(name, (-1, 1))
    assert low <= value <= high
    order = data.draw(st.permutations(range(x.size)))
    assert float(figure(x[order], y[order])) == pytest.approx(value, abs=1e-12)
    assert float(figure(y, y)) == pytest.approx(1 if name != "kendall c" else float(figure(y, y)))


@pytest.mark.parametrize("name", ASSOCIATIONS)
@given(seed=seeds)
@quick
def test_unscored_items_are_as_good_as_absent(name, seed):
    x, y = pair(seed)
    kept = ~np.isnan(x)
    whole, without = ASSOCIATIONS[name](x, y), ASSOCIATIONS[name](x[kept], y[kept])
    assert float(whole) == pytest.approx(float(without), abs=1e-12)
    assert whole.n == without.n == kept.sum()
    assert whole.settings.get("unscored", 0) == np.sum(~kept)


@pytest.mark.parametrize("name", [name for name in ASSOCIATIONS if name not in OF_PAIRS])
@given(seed=seeds, times=st.integers(2, 4))
@quick
def test_every_item_so_often_changes_nothing(name, seed, times):
    x, y = pair(seed)
    value = float(ASSOCIATIONS[name](x, y))
    assert float(ASSOCIATIONS[name](np.tile(x, times), np.tile(y, times))) == pytest.approx(value, abs=1e-12)
    assert float(ASSOCIATIONS[name](x, y, weights=np.full(x.size, times))) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("name", OF_RANKS)
@given(seed=seeds)
@quick
def test_ranks_survive_any_monotone_transformation(name, seed):
    x, y = pair(seed)
    value = float(ASSOCIATIONS[name](x, y))
    assert float(ASSOCIATIONS[name](np.exp(x), y**3)) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("name", SIGNED)
@given(seed=seeds, scale=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3))
@quick
def test_scale_and_origin_do_not_matter_and_the_sign_turns_the_figure(name, seed, scale, shift):
    x, y = pair(seed)
    value, centre = float(ASSOCIATIONS[name](x, y)), SIGNED[name]
    moved = np.round(x) * scale + shift
    assert float(ASSOCIATIONS[name](moved, y)) == pytest.approx(value, abs=1e-9)
    assert float(ASSOCIATIONS[name](-moved, y)) == pytest.approx(2 * centre - value, abs=1e-9)


@pytest.mark.parametrize("name", AGREEMENTS)
@given(seed=seeds, data=st.data())
@quick
def test_agreement_knows_no_order_and_minds_no_item_with_one_rating(name, seed, data):
    values = ratings(seed)
    value = float(AGREEMENTS[name](values))
    assert value <= 1
    rows = data.draw(st.permutations(range(4)))
    columns = data.draw(st.permutations(range(12)))
    assert float(AGREEMENTS[name](values[rows][:, columns])) == pytest.approx(value, abs=1e-12)
    assert float(AGREEMENTS[name](np.hstack([values, np.full((4, 3), np.nan)]))) == pytest.approx(value, abs=1e-12)
    # The missing pattern within an item does not matter: whose place is empty is not what is measured.
    shuffled = np.apply_along_axis(np.random.default_rng(seed).permutation, 0, values)
    assert float(AGREEMENTS[name](shuffled)) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("name", AGREEMENTS)
def test_everybody_alike_is_full_agreement(name):
    assert float(AGREEMENTS[name](np.tile([1.0, 2, 3, 3], (3, 1)))) == pytest.approx(1)


@pytest.mark.parametrize("interval", ["jackknife", "percentile", "bca", "t"])
@pytest.mark.parametrize("name", [*ASSOCIATIONS, *AGREEMENTS])
def test_an_interval_says_what_it_is_and_survives_json(name, interval):
    how = {"interval": interval, "n_resamples": 100}
    if name in ASSOCIATIONS:
        estimate = ASSOCIATIONS[name](*pair(3, 60), groups=np.arange(60) // 3, **how)
    else:
        estimate = AGREEMENTS[name](ratings(3), groups=np.arange(12) // 2, **how)
    assert estimate.low <= float(estimate) <= estimate.high
    assert (estimate.level, estimate.groups) == (0.95, 20 if name in ASSOCIATIONS else 6)
    assert interval in estimate.method
    assert repr(estimate) == f"{estimate.signature} = {estimate}"
    assert Estimate.from_dict(json.loads(json.dumps(estimate.to_dict()))) == estimate


@pytest.mark.parametrize("name", ["spearman", "fleiss_kappa"])
@pytest.mark.parametrize("interval", ["jackknife", "percentile", "bca", "t"])
def test_one_cluster_has_no_interval_and_says_so(name, interval):
    if name == "spearman":
        estimate = stats.spearman(*pair(3), groups=np.zeros(30), interval=interval)
    else:
        estimate = stats.fleiss_kappa(ratings(3), groups=np.zeros(12), interval=interval)
    assert estimate.defined
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.high)
    assert estimate.why == "an interval takes at least 2 units to resample, got 1"


@pytest.mark.parametrize("interval", ["jackknife", "bca"])
def test_one_item_has_no_interval_and_no_warning(interval):
    estimate = stats.fleiss_kappa([[1], [2], [3]], interval=interval)
    assert float(estimate) == pytest.approx(-0.5)
    assert estimate.why == "an interval takes at least 2 units to resample, got 1"


NUMBERS = ("must be numbers", "must be real numbers", "must be one-dimensional", "must not be larger", "regular array")


@pytest.mark.parametrize("name", ASSOCIATIONS)
@pytest.mark.parametrize(
    "scores",
    [
        [1 + 1j, 2, 3],
        [1e300, 1, 2],
        ["a", "b", "c"],
        [[1], [2, 3], [4]],
        np.array(["2020-01-01"] * 3, dtype="datetime64[D]"),
        [object()] * 3,
        [[1, 2], [3, 4], [5, 6]],
    ],
    ids=["complex", "huge", "words", "ragged", "dates", "objects", "two dimensions"],
)
def test_what_is_no_vector_of_numbers_is_refused(name, scores):
    with pytest.raises(UsageError, match="|".join(NUMBERS)):
        ASSOCIATIONS[name](scores, [1, 2, 3])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stats.spearman([1, 2, 3], [1, 2, 3], groups=[[1], [2, 3]]), "groups must be a regular array"),
        (lambda: stats.partial([1, 2, 3], [1, 2, 3], [[1], [2, 3]]), "covariates must be a regular array"),
        (lambda: stats.optimism([[1, 2, 3], [1, 2]], [1, 2, 3]), "scores must be a regular array"),
        (lambda: stats.alt_test([[1, 2], [1]], [1, 2]), "human must be a regular array"),
        (lambda: stats.bootstrap(np.mean, ([1, 2], [[1], [2, 3]])), "data must be a regular array"),
        (lambda: stats.icc([[1e300, 1], [2, 3]]), "values must not be larger than 1e.70 in size"),
        (lambda: stats.partial([1, 2, 3], [1, 2, 3], [1j, 2, 3]), "covariate 0 must be real numbers, got complex128"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused(call, message):
    with pytest.raises(UsageError, match=message):
        call()


def test_tiny_scores_are_exchanged_like_others():
    x, y = (side[~np.isnan(pair(5)[0])] for side in pair(5))
    other = np.random.default_rng(0).normal(size=x.size)
    usual, tiny = (
        stats.paired_difference(scale * x, scale * other, y, permute="both", n_resamples=200) for scale in (1, 1e-300)
    )
    assert tiny.p_value == usual.p_value


def test_mean_squares_that_leave_no_degrees_of_freedom_have_no_interval():
    estimate = stats.icc([[1, 2, 3, 4], [4, 3, 2, 1]], "ICC(2,1)", interval="f")
    assert math.isnan(estimate.low)
    assert estimate.why == "no F interval fits these mean squares"


@pytest.mark.parametrize("name", ASSOCIATIONS)
def test_nothing_to_compare_is_undefined_with_a_reason(name):
    with pytest.warns(DegenerateDataWarning, match="is undefined: "):
        estimate = ASSOCIATIONS[name]([np.nan, np.nan], [1, 2], interval="jackknife")
    assert not estimate.defined
    assert estimate.why


def test_importing_the_statistics_loads_no_more_than_they_need():
    code = "import alia_judge.stats, sys; print([m for m in ('scipy.stats', 'scipy.optimize') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


DRAWING = [
    name
    for name, found in vars(stats).items()
    if inspect.isfunction(found) and "rng" in inspect.signature(found).parameters
]


def test_whoever_gives_no_seed_draws_from_zero():
    """So that a figure can be had again by what its settings say, from whichever statistic."""
    assert len(DRAWING) > 20
    defaults = {name: inspect.signature(getattr(stats, name)).parameters["rng"].default for name in DRAWING}
    assert {name: seed for name, seed in defaults.items() if seed not in (0, inspect.Parameter.empty)} == {}
