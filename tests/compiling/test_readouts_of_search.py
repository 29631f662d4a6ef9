from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from alia_judge._json import dumps
from alia_judge.compiling.objective.comparison import BootstrapComparison
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.stack.member_selection import held_out_selection, select_members
from alia_judge.compiling.stack.stack import Stack, fit_stack, single_stack, surface_stack, verdict_features
from alia_judge.compiling.stack.surface_model import fit_surface
from alia_judge.errors import ArtifactError, UsageError
from alia_judge.judging.readouts import make_readout
from alia_judge.records import Configuration, Item, Judgments, Scale
from alia_judge.stats.folds import group_folds
from alia_judge.stats.ridge import PENALTIES, fit_ridge
from alia_judge.text.surface import surface_features

SCALE = Scale.ordinal(1, 5)


def _judgments(strength: float, truth: np.ndarray, seed: int) -> Judgments:
    rng = np.random.default_rng(seed)
    latent = 3 + strength * truth + rng.standard_normal(len(truth))
    shares = np.exp(-((np.arange(1, 6)[None, :] - latent[:, None]) ** 2))
    probabilities = shares / shares.sum(axis=1, keepdims=True)
    return Judgments(
        item_ids=tuple(map(str, range(len(truth)))),
        probabilities=probabilities,
        score=probabilities @ np.arange(1, 6),
        reasons=(None,) * len(truth),
    )


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


def test_log_ratios_are_centred_and_unscored_is_nan() -> None:
    judgments = Judgments(
        item_ids=("a", "b"),
        probabilities=np.array([[0.5, 0.5, 0.0], [np.nan] * 3]),
        score=np.array([1.5, np.nan]),
        reasons=(None, "refusal"),
    )
    features = verdict_features(judgments, Scale.ordinal(1, 3))
    assert features[0].sum() == pytest.approx(0)
    assert features[0, 0] - features[0, 2] == pytest.approx(np.log(0.5 / 1e-3))
    assert np.isnan(features[1]).all()


def test_a_score_without_probabilities_enters_with_its_value() -> None:
    judgments = Judgments(
        item_ids=("a", "b", "c"),
        probabilities=np.full((3, 5), np.nan),
        score=np.array([1.0, 3.5, np.nan]),
        reasons=(None, None, "refusal"),
    )
    features = verdict_features(judgments, SCALE)
    # Log-ratios of normal distributions one point wide: each point's is linear in the score.
    np.testing.assert_allclose(features[1] - features[0], 2.5 * (np.arange(1, 6) - 3.0))
    assert np.isnan(features[2]).all()


def test_stack_predicts_fills_gaps_and_survives_json() -> None:
    rng = np.random.default_rng(0)
    truth = rng.standard_normal(120)
    members = [_judgments(1.0, truth, seed) for seed in range(3)]
    folds = group_folds([np.repeat(np.arange(24).astype(str), 5)], 5, rng)
    stack, held_out = fit_stack(
        [Configuration(parameters={"n": number}) for number in range(3)],
        [verdict_features(member, SCALE) for member in members],
        SCALE,
        3 + truth,
        folds,
    )
    items = [Item(item_id=str(place)) for place in range(120)]
    scores = stack.predict(members, items)
    assert np.corrcoef(scores, truth)[0, 1] > 0.8
    assert np.corrcoef(held_out, truth)[0, 1] > 0.75
    again = Stack.from_dict(json.loads(dumps(stack)))
    np.testing.assert_allclose(again.predict(members, items), scores)
    gap = Judgments(
        item_ids=members[0].item_ids,
        probabilities=np.full((120, 5), np.nan),
        score=np.full(120, np.nan),
        reasons=("refusal",) * 120,
    )
    assert np.isfinite(stack.predict([gap, members[1], members[2]], items)).all()
    assert np.isnan(stack.predict([gap, gap, gap], items)).all()
    with pytest.raises(UsageError, match="a stack of 3 configurations needs the verdicts of each, got 1"):
        stack.predict(members[:1], items)


def test_members_are_picked_for_what_they_add() -> None:
    truth = np.random.default_rng(1).standard_normal(200)
    blocks = [verdict_features(_judgments(s, truth, 100 + n), SCALE) for n, s in enumerate([0.0, 1.5, 0.0, 1.2, 0.0])]
    folds = group_folds([np.repeat(np.arange(40).astype(str), 5)], 5, np.random.default_rng(0))
    assert sorted(select_members(blocks, truth, folds, 2)) == [1, 3]
    assert len(select_members(blocks[:1], truth, folds, 5)) == 1
    always_the_same = np.ones_like(blocks[0])
    assert select_members([always_the_same, blocks[1]], truth, folds, 1) == [1]


def test_a_selection_is_judged_without_the_items_it_was_made_on() -> None:
    rng = np.random.default_rng(4)
    target = rng.standard_normal(80)
    blocks = [verdict_features(_judgments(0.0, target, 200 + n), SCALE) for n in range(30)]
    folds = group_folds([np.repeat(np.arange(20).astype(str), 4)], 5, rng)
    picked = select_members(blocks, target, folds, 3)
    _, naive = fit_stack(
        [Configuration(parameters={})] * len(picked), [blocks[p] for p in picked], SCALE, target, folds
    )
    honest = held_out_selection(blocks, target, folds, 3)
    assert honest.shape == (3, 80)
    # Thirty judges that know nothing: the best three fit the noise that they were picked for.
    assert np.corrcoef(naive, target)[0, 1] > 0.25
    assert np.corrcoef(honest[-1], target)[0, 1] < 0.15


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


def test_the_single_judge_as_a_stack() -> None:
    truth = np.random.default_rng(3).standard_normal(60)
    judged = _judgments(1.0, truth, 3)
    reverse = Scale.ordinal(1, 5, reverse=True)
    readout = make_readout("ridge", reverse).fit(judged, 3 - truth)
    stack = single_stack(Configuration(parameters={"n": 1}), readout, reverse)
    assert (stack.calls_per_item, stack.name) == (1, "verdicts")
    items = [Item(item_id=str(place)) for place in range(60)]
    scores = stack.predict([judged], items)
    assert np.corrcoef(scores, truth)[0, 1] > 0.5
    np.testing.assert_allclose(Stack.from_dict(json.loads(dumps(stack))).predict([judged], items), scores)


def test_verdicts_that_add_nothing_leave_the_surface_alone() -> None:
    rng = np.random.default_rng(2)
    items = [Item(item_id=str(n), response="x " * int(rng.integers(1, 80))) for n in range(100)]
    surface = surface_features(items)[1]
    target = np.log1p(surface[:, 0]) + 0.3 * rng.standard_normal(100)
    folds = group_folds([np.arange(100).astype(str)], 5, rng)
    model, held_out = fit_surface(surface, target, folds)
    noise = _judgments(0.0, target, 9)
    stack, _ = fit_stack(
        [Configuration(parameters={})],
        [verdict_features(noise, SCALE)],
        SCALE,
        target,
        folds,
        surface=model,
        surface_held_out=held_out,
    )
    alone = surface_stack(model, SCALE)
    assert (alone.name, stack.name) == ("surface", "verdicts+surface")
    assert np.corrcoef(stack.predict([noise], items), alone.predict([], items))[0, 1] > 0.99
    again = Stack.from_dict(json.loads(dumps(alone)))
    np.testing.assert_allclose(again.predict([], items), alone.predict([], items))
    older = alone.to_dict() | {"surface": {**model.to_dict(), "features": ["words"]}}
    with pytest.raises(ArtifactError, match=r"other surface features .*\blines\b.*search again"):
        Stack.from_dict(older)


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
