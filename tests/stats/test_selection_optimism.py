"""The best of many is not as good as it looks, and the correction says by how much."""

from __future__ import annotations

import numpy as np
import pytest

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import Optimism, optimism, spearman


def candidates(rng, quality, n):
    """Candidates whose correlation with the target is `quality` in the population."""
    target = rng.normal(size=n)
    quality = np.asarray(quality)[:, None]
    return quality * target + np.sqrt(1 - quality**2) * rng.normal(size=(quality.size, n)), target


@pytest.mark.parametrize(
    ("quality", "worst"),
    [(np.full(30, 0.3), 0.04), (np.linspace(0, 0.5, 30), 0.03), (np.r_[0.7, np.full(29, 0.1)], 0.02)],
)
def test_the_corrected_figure_is_right_on_average(quality, worst):
    rng = np.random.default_rng(31)
    apparent, corrected = [], []
    for _ in range(60):
        scores, target = candidates(rng, quality, 150)
        result = optimism(scores, target, statistic="pearson", n_resamples=60, rng=rng)
        apparent.append(float(result.apparent) - quality[result.best])
        corrected.append(float(result) - quality[result.best])
    assert abs(np.mean(corrected)) < worst
    assert abs(np.mean(corrected)) < max(0.5 * np.mean(apparent), 0.02)


def test_one_candidate_has_nothing_to_flatter_itself_with():
    rng = np.random.default_rng(32)
    scores, target = candidates(rng, [0.5], 200)
    result = optimism(scores, target)
    assert result.best == 0
    assert float(result.apparent) == pytest.approx(float(spearman(scores[0], target)), abs=1e-12)
    assert abs(result.optimism) < 0.02
    assert result.corrected.low < float(result) < result.corrected.high


def test_clusters_count_for_less_than_their_items():
    rng = np.random.default_rng(33)
    scores, target = candidates(rng, np.zeros(20), 30)
    scores, target, groups = np.repeat(scores, 10, axis=1), np.repeat(target, 10), np.repeat(np.arange(30), 10)
    clustered = optimism(scores, target, groups=groups)
    as_if_independent = optimism(scores, target)
    assert clustered.optimism > 2 * as_if_independent.optimism
    assert clustered.corrected.groups == 30


def test_unscored_items_and_useless_candidates():
    rng = np.random.default_rng(34)
    scores, target = candidates(rng, [0.6, 0.2, 0.2], 80)
    scores[1, 40:] = np.nan
    scores[2] = np.nan
    target[:5] = np.nan
    result = optimism(np.vstack([scores, np.ones(80)]), target)
    assert (result.best, result.candidates, result.apparent.n) == (0, 4, 75)
    assert float(result.apparent) == pytest.approx(float(spearman(scores[0], target)))


def test_no_candidate_has_a_figure():
    with pytest.warns(DegenerateDataWarning, match="no candidate has a figure"):
        result = optimism(np.ones((3, 5)), np.arange(5.0))
    assert result.best is None
    assert Optimism.from_dict(result.to_dict()).to_dict() == result.to_dict()


def test_it_survives_json_and_can_be_had_again():
    scores, target = candidates(np.random.default_rng(35), [0.5, 0.4], 60)
    result = optimism(scores, target, rng=1)
    assert result == optimism(scores, target, rng=1)
    assert Optimism.from_dict(result.to_dict()) == result
    assert "best of 2" in str(result)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scores": [1, 2, 3]}, r"scores must have shape \(m, 3\), one row a candidate and at least one, got \(3,\)"),
        ({"scores": np.empty((0, 3))}, r"at least one, got \(0, 3\)"),
        ({"scores": [[1, np.inf, 2]]}, "scores of candidate 0 must be finite"),
        ({"statistic": "r2"}, "statistic must be one of"),
        ({"n_resamples": 0}, "n_resamples must be at least 1"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(UsageError, match=message):
        optimism(**{"scores": [[1, 2, 3]], "target": [1, 2, 3], **options})
