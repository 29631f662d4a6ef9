"""Stacks of verdicts: what they read, how they are weighed, and what cannot change them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from alia_judge._json import dumps
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.stack.candidates import FEWEST_TO_WEIGH, Learnt, Stacker, surface_alone
from alia_judge.compiling.stack.distil import distil
from alia_judge.compiling.stack.features import FeatureMap, log_ratios, verdict_features
from alia_judge.compiling.stack.filling import fill, shared_attributes
from alia_judge.compiling.stack.stack import Stack, single_stack
from alia_judge.compiling.stack.surface_model import fit_surface
from alia_judge.compiling.stack.ties import tied_share
from alia_judge.compiling.stack.weights import halfway_weights, mean_is_as_good
from alia_judge.errors import ArtifactError, UsageError
from alia_judge.judging.readouts import make_readout
from alia_judge.records import Configuration, Item, Judgments, Scale
from alia_judge.stats.folds import group_folds
from alia_judge.text.surface import surface_features

SCALE = Scale.ordinal(1, 5)


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    return float(spearmanr(one, other).statistic)


def scored(scores: np.ndarray) -> Judgments:
    """Verdicts that are scores alone; NaN is unscored."""
    return Judgments(
        item_ids=tuple(map(str, range(len(scores)))),
        probabilities=np.full((len(scores), 5), np.nan),
        score=scores,
        reasons=tuple("refusal" if np.isnan(score) else None for score in scores),
    )


def likely(strength: float, truth: np.ndarray, seed: int) -> Judgments:
    """Verdicts with probabilities."""
    latent = 3 + strength * truth + np.random.default_rng(seed).standard_normal(len(truth))
    shares = np.exp(-((np.arange(1, 6) - latent[:, None]) ** 2))
    probabilities = shares / shares.sum(axis=1, keepdims=True)
    return replace(scored(probabilities @ np.arange(1, 6)), probabilities=probabilities)


def noisy(truth: np.ndarray, n: int, seed: int, noise: float = 1.0) -> list[Judgments]:
    """Scores of n judges that see the truth alike."""
    rng = np.random.default_rng([seed, 7])
    return [scored(truth + noise * rng.standard_normal(len(truth))) for _ in range(n)]


def learnt_of(values: np.ndarray, objective: Objective | None = None, per_group: int = 4) -> Learnt:
    groups = (np.arange(len(values)) // per_group).astype(str)
    return Learnt(
        target=Target(values=values, groups=groups, scale=SCALE),
        objective=objective or Objective(),
        groupings=(groups,),
    )


def stacker_of(judged: list[Judgments], values: np.ndarray, settled: int | None = None, **options: object) -> Stacker:
    configurations = [Configuration(parameters={"n": n, "model": f"m{n % 3}"}) for n in range(len(judged))]
    many = range(len(judged) if settled is None else settled)
    return Stacker(configurations, judged, many, learnt_of(values), SCALE, **options)  # type: ignore[arg-type]


def predictions(stack: Stack, judged: list[Judgments]) -> np.ndarray:
    chosen = [judged[int(one.parameters["n"])] for one in stack.configurations]
    return stack.predict(chosen, [Item(item_id=item_id) for item_id in judged[0].item_ids])


class TestFeatures:
    def test_log_ratios_are_centred_and_unscored_is_nan(self) -> None:
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

    def test_a_score_among_probabilities_is_a_normal_distribution(self) -> None:
        features = log_ratios(scored(np.array([1.0, 3.5, np.nan])), SCALE)
        np.testing.assert_allclose(features[1] - features[0], 2.5 * (np.arange(1, 6) - 3.0))
        assert np.isnan(features[2]).all()

    def test_scores_alone_are_one_feature_on_whatever_scale(self) -> None:
        np.testing.assert_array_equal(verdict_features(scored(np.array([70.0, np.nan])), SCALE), [[70.0], [np.nan]])

    def test_a_map_is_the_mid_rank_among_the_verdicts_seen(self) -> None:
        seen = FeatureMap.of(np.array([1.0, 1.0, 3.0, np.nan, 9.0]))
        np.testing.assert_allclose(seen.ranks, [0.25, 0.625, 0.875])
        read = seen(np.array([1.0, 1.0, 3.0, 9.0]))
        assert (read.mean(), read.std()) == (pytest.approx(0), pytest.approx(1))
        np.testing.assert_array_equal(seen(np.array([-99.0, 99.0])), read[[0, 3]])  # flat beyond the ends
        assert read[1] < seen(np.array([2.0]))[0] < read[2]
        assert np.isnan(seen(np.array([np.nan]))).all()

    def test_many_values_are_thinned_and_a_constant_says_nothing(self) -> None:
        many = np.random.default_rng(0).standard_normal(3000)
        seen = FeatureMap.of(many)
        assert len(seen.values) <= 256
        assert np.corrcoef(seen(many), np.argsort(np.argsort(many)))[0, 1] > 0.9999
        assert np.abs(FeatureMap.of(np.full(9, 4.0))(np.array([4.0, 5.0]))).max() < 1e-9


class TestWeights:
    def test_with_few_ratings_they_are_nearer_to_the_correlations(self) -> None:
        rng = np.random.default_rng(0)

        def direction(n: int) -> tuple[np.ndarray, np.ndarray]:
            truth = rng.standard_normal(n)
            features = truth[:, None] + rng.standard_normal((n, 12))
            groups = np.arange(n).astype(str)
            dealings = [group_folds([groups], 5, rng) for _ in range(2)]
            found = halfway_weights(features, truth, groups, dealings)
            return found, (features - features.mean(axis=0)).T @ (truth - truth.mean())

        def likeness(pair: tuple[np.ndarray, np.ndarray]) -> float:
            return float(np.dot(*pair) / np.prod([np.linalg.norm(one) for one in pair]))

        few, many = direction(50), direction(20_000)
        assert likeness(few) > 0.98
        # With many all is known: alike judges weigh alike, whichever way they are weighed.
        assert np.ptp(many[0]) < 0.1 * many[0].mean()

    def test_ratings_that_can_tell_choose_the_ridge(self) -> None:
        rng = np.random.default_rng(1)
        truth, bias = rng.standard_normal((2, 2000))
        # The second says nothing of the truth and takes the first one's bias away: its correlation with people is 0.
        features = np.column_stack([truth + bias, bias])
        groups = np.arange(2000).astype(str)
        found = halfway_weights(features, truth, groups, [group_folds([groups], 5, rng)])
        assert found[1] < -0.5 * found[0]
        assert np.corrcoef(features @ found, truth)[0, 1] > 0.95

    def test_predictions_have_spread_1_and_without_folds_they_are_correlations(self) -> None:
        rng = np.random.default_rng(2)
        features, truth = rng.standard_normal((60, 90)), rng.standard_normal(60)
        groups = np.arange(60).astype(str)
        for dealings in ([], [group_folds([groups], 5, rng)]):
            assert np.std(features @ halfway_weights(features, truth, groups, dealings)) == pytest.approx(1)
        found = halfway_weights(features, truth, groups, [])
        correlations = (features - features.mean(axis=0)).T @ (truth - truth.mean())
        np.testing.assert_allclose(found / np.linalg.norm(found), correlations / np.linalg.norm(correlations))

    def test_a_mean_is_as_good_only_where_it_is(self) -> None:
        rng = np.random.default_rng(3)
        truth = rng.standard_normal(200)
        groups, noise = (np.arange(200) // 4).astype(str), rng.standard_normal(200)
        assert mean_is_as_good(truth, truth + noise, truth + noise[::-1], groups)
        assert not mean_is_as_good(truth, noise, truth + noise, groups)


class TestFewMembers:
    def test_they_reproduce_the_stack_and_not_the_ratings(self) -> None:
        rng = np.random.default_rng(4)
        three = rng.standard_normal((100, 3))
        features = np.column_stack([three, three[:, :1] + 0.05 * rng.standard_normal((100, 1)), np.zeros(100)])
        path = distil([(features, three @ [3.0, 2.0, 1.0], [slice(j, j + 1) for j in range(5)])], 9)
        assert len(path) == 5
        assert sorted(path[2][0]) in ([0, 1, 2], [1, 2, 3])
        assert [len(picked) for picked, _ in path] == [1, 2, 3, 4, 5]
        for picked, (weights,) in path:
            assert set(np.flatnonzero(weights)) <= set(picked)
        assert np.corrcoef(features @ path[2][1][0], three @ [3.0, 2.0, 1.0])[0, 1] > 0.99

    def test_a_path_begins_as_a_shorter_one(self) -> None:
        truth = np.random.default_rng(5).standard_normal(80)
        stacker = stacker_of([likely(s / 10, truth, s) for s in range(9)], truth)
        few = [one.members for one in stacker.few(2)]
        assert [one.members for one in stacker.few(6)][:2] == few
        assert [len(one.members) for one in stacker.few(6)] == [1, 2, 3, 4, 5, 6]

    def test_a_selection_is_judged_without_the_items_it_was_made_on(self) -> None:
        rng = np.random.default_rng(6)
        figures = []
        for seed in range(6):
            target = rng.standard_normal(80)
            judged = [likely(0.0, target, 100 * seed + n) for n in range(30)]
            figures.append([spearman(target, one.held_out) for one in stacker_of(judged, target).few(5)])
        assert abs(np.mean(figures)) < 0.15  # judges that know nothing, of which five fit the noise best


class TestFilling:
    def test_what_is_missing_follows_those_that_say_the_same(self) -> None:
        rng = np.random.default_rng(7)
        truth = rng.standard_normal(200)
        features = np.column_stack([truth + 0.2 * rng.standard_normal(200), truth, rng.standard_normal(200)])
        gaps = features.copy()
        gaps[40:, 1] = np.nan
        filled = fill(gaps, [])
        np.testing.assert_array_equal(filled[:40], features[:40])
        assert np.corrcoef(filled[40:, 1], truth[40:])[0, 1] > 0.9
        assert np.abs(filled[40:, 1]).mean() < np.abs(truth[40:]).mean() * 1.1

    def test_a_column_seen_too_little_goes_by_what_it_has_in_common(self) -> None:
        rng = np.random.default_rng(8)
        first, second = rng.standard_normal((2, 300))
        features = np.column_stack(
            [side + 0.5 * rng.standard_normal(300) for side in (first, first, first, second, second)]
        )
        gaps = features.copy()
        gaps[3:, 2] = np.nan
        models = shared_attributes([{"model": "a" if n < 3 else "b", "n": n, "all": 1} for n in range(5)])
        assert [one.tolist() for one in models] == [["a", "a", "a", "b", "b"]]
        filled = fill(gaps, models)
        assert np.corrcoef(filled[3:, 2], first[3:])[0, 1] > 0.8
        assert abs(np.corrcoef(filled[3:, 2], second[3:])[0, 1]) < 0.2
        assert fill(np.full((3, 2), np.nan), []).tolist() == [[0.0, 0.0]] * 3

    def test_judges_that_were_dropped_are_taken_back_where_all_are_alike(self) -> None:
        truth = np.random.default_rng(9).standard_normal(120)
        judged = noisy(truth, 12, 9, 2.0)
        for late in judged[5:]:
            late.score[24:] = np.nan
        stacker = stacker_of(judged, truth, settled=5)
        assert stacker.everybody is not None
        assert sorted(stacker.everybody.members) == list(range(12))
        new = np.random.default_rng(10).standard_normal(400)
        fresh = noisy(new, 12, 10, 2.0)
        wide, narrow = (spearman(new, predictions(one.stack, fresh)) for one in (stacker.everybody, stacker.everything))
        assert wide > narrow

    def test_and_not_where_the_ratings_tell_good_judges_from_bad(self) -> None:
        truth = np.random.default_rng(11).standard_normal(160)
        judged = [*noisy(truth, 1, 11, 0.3), *noisy(np.zeros(160), 5, 12), *noisy(truth, 2, 13)]
        for late in judged[6:]:
            late.score[24:] = np.nan
        assert stacker_of(judged, truth, settled=6).everybody is None
        assert stacker_of(judged[:6], truth).everybody is None


class TestTies:
    GROUPS = (np.arange(200) // 4).astype(str)

    def test_where_people_tie_at_the_top_and_judges_rank_noise_there(self) -> None:
        rng = np.random.default_rng(14)
        truth = np.where(rng.random(200) < 0.7, 5.0, rng.uniform(1, 4, 200))
        held_out = np.where(truth == 5, rng.uniform(4, 6, 200), truth)
        target = Target(values=truth, groups=self.GROUPS, scale=SCALE)
        assert 0.4 < tied_share(held_out, target, Objective()) <= 0.7 + 0.1
        stack = stacker_of([scored(held_out + 0.1 * rng.standard_normal(200)) for _ in range(3)], truth).everything
        assert stack.stack.ceiling is not None
        top = stack.held_out == stack.held_out.max()
        assert 0.1 < top.mean() < 0.8

    def test_not_where_the_gain_is_within_noise_or_nothing_is_tied(self) -> None:
        rng = np.random.default_rng(15)
        truth = np.round(np.clip(3 + rng.standard_normal(200), 1, 5))
        target = Target(values=truth, groups=self.GROUPS, scale=SCALE)
        assert tied_share(truth + rng.standard_normal(200), target, Objective()) == 0
        smooth = Target(values=rng.standard_normal(200), groups=self.GROUPS, scale=SCALE)
        assert tied_share(rng.standard_normal(200), smooth, Objective()) == 0


class TestStack:
    @pytest.mark.parametrize("statistic", ["spearman", "pearson"])
    def test_it_predicts_fills_gaps_and_survives_json(self, statistic: str) -> None:
        truth = np.random.default_rng(0).standard_normal(120)
        judged = [*(likely(1.0, truth, seed) for seed in range(2)), *noisy(10 * truth, 1, 3)]
        configurations = [Configuration(parameters={"n": n}) for n in range(3)]
        learnt = learnt_of(3 + truth, Objective(statistic=statistic))
        made = Stacker(configurations, judged, range(3), learnt, SCALE).everything
        stack, items = made.stack, [Item(item_id=str(place)) for place in range(120)]
        scores = stack.predict(judged, items)
        assert np.corrcoef(scores, truth)[0, 1] > 0.8
        assert np.corrcoef(made.held_out, truth)[0, 1] > 0.75
        # On the numbers of the scale: a line through held-out predictions.
        assert scores.mean() == pytest.approx((3 + truth).mean(), abs=0.05)
        assert np.polyfit(made.held_out, 3 + truth, 1)[0] == pytest.approx(1)
        again = Stack.from_dict(json.loads(dumps(stack)))
        np.testing.assert_array_equal(again.predict(judged, items), scores)
        assert dumps(again) == dumps(stack)
        gap = scored(np.full(120, np.nan))
        assert np.isfinite(stack.predict([gap, judged[1], judged[2]], items)).all()
        assert np.isnan(stack.predict([gap, gap, gap], items)).all()
        with pytest.raises(UsageError, match="a stack of 3 configurations needs the verdicts of each, got 1"):
            stack.predict(judged[:1], items)

    def test_with_few_ratings_it_is_the_plain_mean_and_says_so(self) -> None:
        truth = np.random.default_rng(16).standard_normal(FEWEST_TO_WEIGH + 4)
        judged = [*noisy(truth, 3, 16), *noisy(-truth, 1, 17, 0.1)]
        for n, plain in ((FEWEST_TO_WEIGH, True), (FEWEST_TO_WEIGH + 4, False)):
            cut = [scored(one.score[:n]) for one in judged]
            stacker = stacker_of(cut, truth[:n])
            rule = stacker.everything.stack.rule
            assert ("the plain mean: 40 rated items are too few" in rule) == plain
            weights = np.array([member.weights[0] for member in stacker.everything.stack.members])
            assert (np.ptp(weights) < 1e-12) == plain
            assert (weights[3] < 0) != plain
        assert (
            "reproduces the plain mean of 4"
            in stacker_of([scored(one.score[:40]) for one in judged], truth[:40]).few(2)[1].stack.rule
        )

    def test_where_less_is_better_the_plain_mean_is_turned(self) -> None:
        reverse = Scale.ordinal(1, 5, reverse=True)
        truth = np.random.default_rng(18).standard_normal(32)
        judged = noisy(-truth, 3, 18, 0.5)
        configurations = [Configuration(parameters={"n": n}) for n in range(3)]
        stack = Stacker(configurations, judged, range(3), learnt_of(truth), reverse).everything.stack
        assert spearman(truth, predictions(stack, judged)) > 0.7

    def test_the_single_judge_as_a_stack(self) -> None:
        truth = np.random.default_rng(3).standard_normal(60)
        judged = likely(1.0, truth, 3)
        reverse = Scale.ordinal(1, 5, reverse=True)
        readout = make_readout("ridge", reverse).fit(judged, 3 - truth)
        stack = single_stack(Configuration(parameters={"n": 1}), readout, reverse)
        assert (stack.calls_per_item, stack.name) == (1, "verdicts")
        items = [Item(item_id=str(place)) for place in range(60)]
        scores = stack.predict([judged], items)
        assert np.corrcoef(scores, truth)[0, 1] > 0.5
        np.testing.assert_allclose(Stack.from_dict(json.loads(dumps(stack))).predict([judged], items), scores)

    def test_a_stack_of_an_earlier_version_says_what_it_said(self) -> None:
        """Weights, centres and spreads of log-ratios as they are: what schema 1 was."""
        truth = np.random.default_rng(19).standard_normal(30)
        judged = [likely(1.0, truth, 1), scored(np.clip(3 + truth, 1, 5))]
        weights, centres, spreads = np.random.default_rng(20).uniform(0.5, 2.0, (3, 2, 5))
        former = {
            "schema": "alia-judge/stack/1",
            "name": "verdicts",
            "configurations": [{"n": 0}, {"n": 1}],
            "names": ["a", "b"],
            "scale": SCALE.to_dict(),
            "weights": weights.tolist(),
            "centres": centres.tolist(),
            "spreads": spreads.tolist(),
            "intercept": 2.5,
            "surface": None,
        }
        expected = np.full(30, 2.5)
        for place, one in enumerate(judged):
            features = np.clip((log_ratios(one, SCALE) - centres[place]) / spreads[place], -4, 4)
            expected += features @ weights[place]
        np.testing.assert_allclose(predictions(Stack.from_dict(former), judged), expected)

    def test_verdicts_that_add_nothing_leave_the_surface_alone(self) -> None:
        rng = np.random.default_rng(2)
        items = [Item(item_id=str(n), response="x " * int(rng.integers(1, 80))) for n in range(100)]
        surface = surface_features(items)[1]
        target = np.log1p(surface[:, 0]) + 0.3 * rng.standard_normal(100)
        model, held_out = fit_surface(surface, target, group_folds([np.arange(100).astype(str)], 5, rng))
        alone = surface_alone(model, held_out, SCALE)
        noise = likely(0.0, target, 9)
        stack = stacker_of([noise], target, beside=alone).everything.stack
        assert (alone.stack.name, stack.name) == ("surface", "verdicts+surface")
        assert np.corrcoef(stack.predict([noise], items), alone.stack.predict([], items))[0, 1] > 0.99
        again = Stack.from_dict(json.loads(dumps(alone.stack)))
        np.testing.assert_allclose(again.predict([], items), alone.stack.predict([], items))
        older = alone.stack.to_dict() | {"surface": {**model.to_dict(), "features": ["words"]}}
        with pytest.raises(ArtifactError, match=r"other surface features .*\blines\b.*search again"):
            Stack.from_dict(older)


@st.composite
def banks(draw: st.DrawFn) -> tuple[list[Judgments], np.ndarray]:
    """A few judges of some items: more or less good, with ties and gaps."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    n, m = draw(st.integers(44, 60)), draw(st.integers(2, 5))
    truth = np.round(np.clip(3 + rng.standard_normal(n), 1, 5))
    judged = []
    for _ in range(m):
        scores = np.round(truth * rng.uniform(-0.5, 2) + rng.standard_normal(n), draw(st.integers(0, 2)))
        scores[rng.random(n) < draw(st.sampled_from([0.0, 0.1]))] = np.nan
        judged.append(scored(scores))
    return judged, truth


class TestInvariants:
    @settings(max_examples=12, deadline=None)
    @given(bank=banks(), data=st.data())
    def test_the_order_of_members_changes_nothing(
        self, bank: tuple[list[Judgments], np.ndarray], data: st.DataObject
    ) -> None:
        judged, truth = bank
        order = data.draw(st.permutations(range(len(judged))))
        plain, mixed = stacker_of(judged, truth), stacker_of([judged[place] for place in order], truth)
        items = [Item(item_id=item_id) for item_id in judged[0].item_ids]
        np.testing.assert_allclose(
            mixed.everything.stack.predict([judged[place] for place in order], items),
            plain.everything.stack.predict(judged, items),
            atol=1e-6,
        )
        np.testing.assert_allclose(mixed.everything.held_out, plain.everything.held_out, atol=1e-6)

    @settings(max_examples=12, deadline=None)
    @given(bank=banks(), which=st.sampled_from(["exp", "cube", "percent"]))
    def test_a_rising_map_of_a_judges_verdicts_changes_nothing(
        self, bank: tuple[list[Judgments], np.ndarray], which: str
    ) -> None:
        judged, truth = bank
        rising = {"exp": np.exp, "cube": lambda x: x**3, "percent": lambda x: 20 * x - 20}[which]
        other = [scored(rising(one.score)) if place == 0 else one for place, one in enumerate(judged)]
        first, second = stacker_of(judged, truth), stacker_of(other, truth)
        items = [Item(item_id=item_id) for item_id in judged[0].item_ids]
        np.testing.assert_allclose(
            second.everything.stack.predict(other, items), first.everything.stack.predict(judged, items), atol=1e-6
        )
        assert [one.members for one in second.few(3)] == [one.members for one in first.few(3)]

    @settings(max_examples=12, deadline=None)
    @given(bank=banks(), seed=st.integers(0, 99))
    def test_the_order_of_items_within_groups_changes_nothing(
        self, bank: tuple[list[Judgments], np.ndarray], seed: int
    ) -> None:
        judged, truth = bank
        groups = learnt_of(truth).target.groups
        rng = np.random.default_rng(seed)
        order = np.concatenate([rng.permutation(np.flatnonzero(groups == one)) for one in dict.fromkeys(groups)])
        plain = stacker_of(judged, truth)
        mixed = stacker_of([scored(one.score[order]) for one in judged], truth[order])
        np.testing.assert_allclose(mixed.everything.held_out, plain.everything.held_out[order], atol=1e-6)
        assert [one.members for one in mixed.few(3)] == [one.members for one in plain.few(3)]

    @settings(max_examples=12, deadline=None)
    @given(bank=banks())
    def test_a_judge_against_people_reads_as_its_mirror_image(self, bank: tuple[list[Judgments], np.ndarray]) -> None:
        judged, truth = bank
        mirrored = [scored(-one.score) for one in judged]
        items = [Item(item_id=item_id) for item_id in judged[0].item_ids]
        np.testing.assert_allclose(
            stacker_of(mirrored, truth).everything.stack.predict(mirrored, items),
            stacker_of(judged, truth).everything.stack.predict(judged, items),
            atol=1e-6,
        )
