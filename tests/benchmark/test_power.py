"""Power: the formula against simulation, and its inverse."""

from __future__ import annotations

import numpy as np
import pytest

from alia_judge.benchmark.power import detectable_difference, items_for_difference, spearman_brown
from alia_judge.errors import UsageError


@pytest.mark.parametrize(("r", "between"), [(0.5, 0.5), (0.3, 0.2), (0.6, 0.8)])
def test_the_standard_error_behind_it_is_that_of_simulated_judges(r: float, between: float) -> None:
    rng = np.random.default_rng(0)
    n = 200
    covariance = np.array([[1, r, r], [r, 1, between], [r, between, 1]])
    draws = rng.multivariate_normal(np.zeros(3), covariance, size=(4000, n))
    centred = draws - draws.mean(axis=1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).sum(axis=1, keepdims=True))
    first, second = (np.einsum("sn,sn->s", scaled[..., 0], scaled[..., judge]) for judge in (1, 2))
    observed = np.std(np.arctanh(first) - np.arctanh(second))
    quantiles = 1.959964 + 0.841621
    middle = np.arctanh(r)
    difference = detectable_difference(n, correlation=r, between=between)
    low = np.arctanh(r) - quantiles * observed / 2
    assert difference == pytest.approx(np.tanh(2 * middle - low) - np.tanh(low), rel=0.04)


def test_more_items_tell_smaller_differences_apart_and_the_inverse_says_how_many() -> None:
    needed = items_for_difference(0.05, correlation=0.4, between=0.6)
    assert detectable_difference(needed, correlation=0.4, between=0.6) <= 0.05
    assert detectable_difference(needed - 1, correlation=0.4, between=0.6) > 0.05
    assert np.isnan(detectable_difference(3))


def test_spearman_brown_undoes_itself() -> None:
    assert spearman_brown(spearman_brown(0.3, 4), 0.25) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"correlation": 1.0}, r"correlation must lie in \[0, 1\), got 1.0"),
        ({"correlation": 0.9, "between": 0.1}, "correlate more than 0.62"),
        ({"power": 1.2}, "power must lie between 0 and 1"),
    ],
)
def test_what_cannot_be(options: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        detectable_difference(100, **options)
