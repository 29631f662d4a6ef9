from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from alia_judge.compiling.objective.comparison import BootstrapComparison
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.records import Scale
from alia_judge.stats.folds import group_folds
from alia_judge.stats.ridge import PENALTIES, fit_ridge


def test_folds_keep_groups_whole_and_predict_every_item_once() -> None:
    groups = np.repeat([f"g{number}" for number in range(13)], 7)
    folds = group_folds([groups], 5, np.random.default_rng(0))
    assert len(folds) == 5
    assert sorted(np.concatenate([predict for _, predict in folds])) == list(range(91))
    for fit, predict in folds:
        assert not set(groups[fit]) & set(groups[predict])


def test_crossed_folds_overlap_in_neither_grouping() -> None:
    documents, systems = np.repeat([f"d{n}" for n in range(9)], 6), np.tile([f"s{n}" for n in range(6)], 9)
    folds = group_folds([documents, systems], 5, np.random.default_rng(0))
    assert len(folds) == 9
    assert sorted(np.concatenate([predict for _, predict in folds])) == list(range(54))
    for fit, predict in folds:
        assert not set(documents[fit]) & set(documents[predict])
        assert not set(systems[fit]) & set(systems[predict])


@pytest.mark.parametrize(("n", "d"), [(80, 6), (30, 90)])
def test_ridge_is_scikit_learns_at_the_chosen_penalty(n: int, d: int) -> None:
    rng = np.random.default_rng(n)
    features = rng.normal(2.0, 3.0, (n, d))
    target = features[:, 0] + rng.standard_normal(n)
    fitted = fit_ridge(features, target, group_folds([np.arange(n).astype(str)], 5, rng))
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    # The penalty is a share of the Gram matrix' trace, which for standardised features is n d.
    expected = Ridge(alpha=fitted.penalty * n * d).fit(standard, target).predict(standard)
    np.testing.assert_allclose(fitted.predict(features), expected, rtol=1e-6)
    assert np.isfinite(fitted.held_out).all()


def test_cautious_ridge_shrinks_noise_away() -> None:
    rng = np.random.default_rng(3)
    features, target = rng.standard_normal((60, 40)), rng.standard_normal(60)
    folds = group_folds([np.arange(60).astype(str)], 5, rng)
    assert fit_ridge(features, target, folds, cautious=True).penalty == PENALTIES[-1]


def test_a_feature_that_hardly_varied_cannot_throw_a_prediction_off() -> None:
    rng = np.random.default_rng(4)
    target = rng.standard_normal(60)
    rare = np.zeros(60)
    rare[:2] = 1e-6, 7.0  # in every fold but one all but constant, and then far out
    features = np.column_stack([target + 0.5 * rng.standard_normal(60), rare])
    folds = group_folds([np.arange(60).astype(str)], 5, rng)
    assert np.abs(fit_ridge(features, target, folds).held_out).max() > 1e3
    held = fit_ridge(features, target, folds, furthest=4.0)
    assert np.corrcoef(held.held_out, target)[0, 1] > 0.8
    assert np.isfinite(held.predict(np.array([[0.0, 1e9], [np.nan, np.nan]]))).all()


def test_missing_features_say_nothing() -> None:
    rng = np.random.default_rng(5)
    target = rng.standard_normal(80)
    features = np.column_stack([target + 0.3 * rng.standard_normal(80), rng.standard_normal(80)])
    features[rng.random((80, 2)) < 0.2] = np.nan
    fitted = fit_ridge(features, target, group_folds([np.arange(80).astype(str)], 5, rng))
    assert np.corrcoef(fitted.held_out, target)[0, 1] > 0.7
    assert fitted.predict(np.array([[np.nan, np.nan]])) == pytest.approx(fitted.intercept)


def test_constant_features_say_nothing() -> None:
    features = np.column_stack([np.full(20, 7.0), np.arange(20.0)])
    fitted = fit_ridge(features, np.arange(20.0), group_folds([np.arange(20).astype(str)], 5, np.random.default_rng(0)))
    assert fitted.weights[0] == 0
    assert fitted.predict(np.array([[99.0, 3.0]])) == pytest.approx([3.0], abs=0.2)


def test_held_out_predictions_that_know_nothing_are_not_against_the_target() -> None:
    rng = np.random.default_rng(6)
    groups = np.repeat(np.arange(10).astype(str), 8)
    correlations = []
    for _ in range(20):
        target = rng.standard_normal(10)[groups.astype(int)] + rng.standard_normal(80)
        folds = group_folds([groups], 5, rng)
        held_out = fit_ridge(rng.standard_normal((80, 5)), target, folds, cautious=True).held_out
        correlations.append(np.corrcoef(held_out, target)[0, 1])
    # With each fold's own constant the mean is -0.5.
    assert abs(np.mean(correlations)) < 0.15


def test_the_best_of_many_equals_is_corrected_downwards() -> None:
    rng = np.random.default_rng(5)
    truth = rng.standard_normal(200)
    scores = 0.5 * truth + rng.standard_normal((30, 200))
    target = Target(values=truth, groups=np.repeat(np.arange(40).astype(str), 5), scale=Scale.continuous(-9, 9))
    comparison = BootstrapComparison(scores, target, Objective())
    everyone = list(range(30))
    best = int(np.argmax(comparison.value))
    plain, corrected = comparison.estimate(best), comparison.estimate(best, among=everyone, of="judges")
    truly = float(comparison.value.mean())
    assert plain.value == comparison.value.max()
    assert abs(corrected.value - truly) < abs(plain.value - truly)
    assert corrected.low < corrected.value < corrected.high


def test_a_corrected_figure_stays_what_the_statistic_can_be() -> None:
    rng = np.random.default_rng(0)
    truth = rng.standard_normal(9)
    target = Target(values=truth, groups=np.arange(9).astype(str), scale=Scale.continuous(-9, 9))
    comparison = BootstrapComparison(rng.standard_normal((40, 9)), target, Objective(), resamples=40)
    for chosen in range(40):
        for found in (comparison.estimate(chosen), comparison.estimate(chosen, among=range(40))):
            assert -1 <= found.low <= found.value <= found.high <= 1
            assert found.value <= comparison.value[chosen]


def test_too_few_groups_have_no_interval_and_it_says_so() -> None:
    truth = np.arange(12.0)
    target = Target(values=truth, groups=np.repeat(list("abcdef"), 2), scale=Scale.continuous(-9, 99))
    found = BootstrapComparison(truth[None], target, Objective()).estimate(0)
    assert np.isnan(found.low)
    assert found.why == "an interval takes at least 8 groups of items, and there are 6"
