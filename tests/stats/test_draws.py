"""Counts of draws with replacement are multinomial, however they are made."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from alia_judge.stats._draws import resample_counts, resample_multiplicities


@pytest.mark.parametrize("n", [1, 5, 255, 256, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_column_is_a_sample_of_n(n, dtype):
    counts = resample_counts(n, 40, np.random.default_rng(0), dtype)
    assert (counts.shape, counts.dtype) == ((n, 40), dtype)
    assert (counts.sum(axis=0) == n).all()
    assert (counts >= 0).all()
    assert (counts == np.round(counts)).all()


@pytest.mark.parametrize("n", [100, 400])
def test_the_counts_of_a_unit_are_binomial_and_units_are_alike(n):
    counts = resample_counts(n, 20_000, np.random.default_rng(1))
    of_one = np.bincount(counts[n // 2].astype(int), minlength=5)
    observed = np.append(of_one[:4], of_one[4:].sum())
    chances = np.append(stats.binom.pmf(range(4), n, 1 / n), stats.binom.sf(3, n, 1 / n))
    assert stats.chisquare(observed, chances * 20_000).pvalue > 1e-3
    # Sums over units: mean 20,000 each, variance 20,000 (1 - 1/n).
    z = (counts.sum(axis=1) - 20_000) / np.sqrt(20_000 * (1 - 1 / n))
    assert stats.kstest(z, "norm").pvalue > 1e-3


@pytest.mark.parametrize("n", [100, 400])
def test_counts_of_half_of_the_units_are_binomial(n):
    # Poisson numbers without their fixed sum would spread twice as far.
    half = resample_counts(n, 20_000, np.random.default_rng(2))[: n // 2].sum(axis=0)
    assert half.mean() == pytest.approx(n / 2, abs=5 * np.sqrt(n / 4 / 20_000))
    assert half.var() == pytest.approx(n / 4, rel=0.06)


@pytest.mark.parametrize("scale", [1, 30, 100])  # counts of units summed, by one and by the other way; multinomial
def test_kinds_are_drawn_as_often_as_there_are_of_them(scale):
    kinds = scale * np.array([1, 4, 5])
    counts = resample_multiplicities(kinds, 20_000, np.random.default_rng(3))
    assert (counts.sum(axis=0) == 10 * scale).all()
    np.testing.assert_allclose(counts.mean(axis=1), kinds, atol=0.06 * np.sqrt(scale))
    share = kinds / kinds.sum()
    covariance = kinds.sum() * (np.diag(share) - np.outer(share, share))
    np.testing.assert_allclose(np.cov(counts), covariance, atol=0.06 * 10 * scale / 2)


def test_two_columns_drawn_by_one_look_into_the_table_are_independent():
    counts = resample_counts(1000, 2000, np.random.default_rng(5))
    assert abs(np.corrcoef(counts[:, ::2].ravel(), counts[:, 1::2].ravel())[0, 1]) < 5 / np.sqrt(1_000_000)
    np.testing.assert_allclose(counts[:, ::2].var(), counts[:, 1::2].var(), rtol=0.01)


def test_the_same_seed_draws_the_same():
    one, other = (resample_counts(500, 30, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
