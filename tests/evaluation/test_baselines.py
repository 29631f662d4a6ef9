from __future__ import annotations

import math

import numpy as np
import pytest

from alia_judge.evaluation.agreement.error import calibration_bins, errors
from alia_judge.evaluation.comparisons.baselines import compare, lexical_baseline
from alia_judge.evaluation.comparisons.crossfit import out_of_group_mean, out_of_group_ridge, out_of_group_ridges
from alia_judge.evaluation.comparisons.learned import learned_ridge, learned_spearman
from alia_judge.evaluation.comparisons.overlap import overlap_features
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.evaluation.slices.surprise import disagreements, expected_consensus, worst_slices
from alia_judge.records import Item, Scale
from alia_judge.stats.clustered import clustered_mean, contrasts
from alia_judge.stats.correlation import spearman
from alia_judge.stats.folds import group_folds
from alia_judge.stats.sparse_ratings import as_sparse

QUICK = EvaluationOptions(n_resamples=200)


def panel_of(
    target: np.ndarray, *, groups: np.ndarray | None = None, noise: float = 0.5, seed: int = 0, **fields: list[str]
) -> RatedItems:
    """A panel of three identified annotators around `target`; the consensus is their mean."""
    rng = np.random.default_rng(seed)
    values = target + rng.normal(0, noise, (3, target.size))
    items = tuple(
        Item(item_id=f"i{n:04}", **{name: column[n] for name, column in fields.items()}) for n in range(target.size)
    )
    return RatedItems(
        criterion="c",
        scale=Scale.continuous(-10, 10),
        items=items,
        target=values.mean(axis=0),
        target_se=np.full(target.size, noise / np.sqrt(3)),
        ratings=as_sparse(values),
        annotators=("ana", "jon", "uxue"),
        groups=groups,
        systems=None,
        fingerprint="",
        split=None,
    )


class TestCrossfit:
    def test_a_group_never_predicts_itself(self) -> None:
        # The feature is the group's own name; what it says of a group is unknown to whoever has not seen the group.
        rng = np.random.default_rng(0)
        groups = np.repeat([f"g{n}" for n in range(40)], 5)
        level = np.repeat(rng.normal(size=40), 5)
        one_hot = (groups[:, None] == np.unique(groups)[None]).astype(float)
        prediction = out_of_group_ridge(one_hot, level, groups)
        assert np.ptp(prediction) < 1e-9  # nothing but the mean, and rounding

    def test_knowing_nothing_is_no_worse_than_nothing(self) -> None:
        # Leaving a fold out lowers the others' mean where the fold is high: that must not show in the prediction.
        rng = np.random.default_rng(1)
        found = []
        for _ in range(60):
            target = np.repeat(rng.normal(size=20), 5) + rng.normal(size=100)
            prediction = out_of_group_ridge(rng.normal(size=(100, 10)), target, np.repeat(np.arange(20), 5).astype(str))
            found.append(np.corrcoef(prediction, target)[0, 1])
        assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(60) + 0.03

    def test_sums_give_the_regression_of_the_items_themselves(self) -> None:
        rng = np.random.default_rng(4)
        features = np.column_stack([rng.normal(50, 3, (80, 3)), rng.integers(0, 2, 80), np.ones(80)])
        target, groups = features[:, 0] + rng.normal(size=80), np.repeat(np.arange(40), 2).astype(str)
        block = rng.integers(0, 4, 80)
        found = out_of_group_ridges(features, target, groups, block, 4)
        for row, learnt_from in enumerate([np.ones(80, dtype=bool), *(block != b for b in range(4))]):
            for fit, test in group_folds([groups], 10, np.random.default_rng(0)):
                learn = fit[learnt_from[fit]]
                varying = features[learn].std(axis=0) > 0
                centre, spread = features[learn][:, varying].mean(axis=0), features[learn][:, varying].std(axis=0)
                x = (features[learn][:, varying] - centre) / spread
                weights = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ (target[learn] - target[learn].mean()))
                low, high = features[learn][:, varying].min(axis=0), features[learn][:, varying].max(axis=0)
                expected = (np.clip(features[test][:, varying], low, high) - centre) / spread @ weights
                np.testing.assert_allclose(found[row, test] - target[learnt_from].mean(), expected, atol=1e-9)

    def test_a_mean_is_that_of_the_others(self) -> None:
        target = np.array([1.0, 1.0, 5.0, 5.0])
        assert out_of_group_mean(target, np.array(["a", "a", "b", "b"])).tolist() == [5.0, 5.0, 1.0, 1.0]

    def test_too_few_items_or_no_feature_predict_nothing(self) -> None:
        groups = np.arange(15).astype(str)
        assert np.isnan(out_of_group_ridge(np.arange(15.0)[:, None], np.arange(15.0), groups)).all()
        assert np.isnan(out_of_group_ridge(np.ones((50, 2)), np.arange(50.0), np.arange(50).astype(str))).all()


class TestLearned:
    def test_an_interval_counts_what_was_learnt_from(self) -> None:
        # Features that know nothing: the figure scatters half as much again as a bootstrap of the items says.
        rng = np.random.default_rng(11)
        everything = np.ones(120, dtype=bool)
        values, plain, whole = [], [], []
        for _ in range(80):
            human = panel_of(rng.normal(size=120), groups=np.repeat(np.arange(40), 3).astype(str), noise=0.1)
            learned = learned_ridge(rng.normal(size=(120, 6)), human.target, human.clusters)
            estimate = learned_spearman(learned, human, everything, QUICK)
            values.append(estimate.value)
            alone = spearman(learned.prediction, human.target, groups=human.resampled, interval="percentile", rng=0,
                             n_resamples=200)  # fmt: skip
            plain.append((alone.high - alone.low) / 2 / 1.96)
            whole.append((estimate.high - estimate.low) / 2 / 1.96)
        scatter = np.std(values)
        assert scatter > 1.2 * np.mean(plain)  # 1.41 in theory
        assert np.mean(whole) == pytest.approx(scatter, rel=0.2)

    def test_where_features_tell_learning_adds_next_to_nothing(self) -> None:
        rng = np.random.default_rng(12)
        feature = rng.normal(size=(300, 1))
        learned = learned_ridge(feature, feature[:, 0] + rng.normal(size=300), np.arange(300).astype(str))
        assert learned.without.shape == (20, 300)
        figure = learned.learning_variance(lambda one: float(np.corrcoef(one, feature[:, 0])[0, 1]))
        assert figure < 1e-4


class TestOverlap:
    def test_only_fields_that_every_item_has_count(self) -> None:
        items = [
            Item(item_id="a", response="a b", context="a c", prompt="b"),
            Item(item_id="b", response="x", prompt="x"),
        ]
        assert overlap_features(items).tolist() == [[0.5, 1.0], [1.0, 1.0]]

    def test_items_with_nothing_to_overlap_have_no_baseline(self) -> None:
        assert overlap_features([Item(item_id="a", response="a")]).shape == (1, 0)
        assert not lexical_baseline(panel_of(np.arange(60.0)), QUICK).known

    def test_a_judge_that_counts_shared_words_is_told_from_one_that_reads(self) -> None:
        rng = np.random.default_rng(13)
        context = [f"dato{n} clave{n} plazo{n} cuota{n}" for n in range(150)]
        kept = rng.integers(0, 5, size=150)
        responses = [
            " ".join([*text.split()[:k], *["relleno"] * (4 - k)]) for text, k in zip(context, kept, strict=True)
        ]
        truth = (kept - 2) / 1.4 + rng.normal(0, 1.0, 150)
        human = panel_of(truth, noise=0.2, context=context, response=responses)
        lexical = lexical_baseline(human, QUICK)
        assert spearman(lexical.prediction, human.target).value > 0.4
        found = {
            name: compare(human, scores, {"word overlap alone": lexical}, QUICK)[0]
            for name, scores in (("counts", kept + 0.0), ("reads", truth + rng.normal(0, 0.3, 150)))
        }
        assert found["reads"].shown
        assert found["reads"].claim.startswith("better than word overlap alone: yes, by 0.")
        assert not found["counts"].shown


class TestCompare:
    def test_every_claim_is_right_where_the_truth_is_known(self) -> None:
        rng = np.random.default_rng(5)
        truth = rng.normal(size=300)
        human = panel_of(truth, noise=1.0)
        found = {
            one.baseline.split(" (")[0]: one
            for one in compare(
                human,
                truth + rng.normal(0, 0.2, 300),
                {"noise": rng.normal(size=300), "its double": truth + rng.normal(0, 0.2, 300)},
                QUICK,
            )
        }
        assert found["noise"].shown
        assert not found["its double"].shown
        assert found["the best single annotator"].shown
        assert found["guessing the mean"].shown
        assert found["guessing the mean"].gain > 0
        assert found["guessing the mean"].claim.startswith("better than guessing the mean: yes, by 0.")

    def test_interval_and_p_value_say_the_same(self) -> None:
        rng = np.random.default_rng(6)
        truth = rng.normal(size=120)
        human = panel_of(truth, noise=1.0)
        for noise in (0.5, 1.0, 1.5):
            (one, *_) = compare(human, truth + rng.normal(0, 1, 120), {"x": truth + rng.normal(0, noise, 120)}, QUICK)
            # Holm multiplies by at most the number of comparisons: an interval that covers 0 is never claimed.
            if one.difference.low <= 0 <= one.difference.high:
                assert one.p_value > 0.05

    def test_a_judge_that_is_noise_is_rarely_claimed_to_beat_anything(self) -> None:
        rng = np.random.default_rng(7)
        claimed = 0
        for _ in range(60):
            groups = np.repeat(np.arange(20), 4).astype(str)
            human = panel_of(rng.normal(size=80), groups=groups, noise=1.0, seed=int(rng.integers(1 << 30)))
            claimed += any(
                one.shown for one in compare(human, rng.normal(size=80), {"other noise": rng.normal(size=80)}, QUICK)
            )
        assert claimed <= 6  # 60 trials at the 5 % level: more than 6 has probability .03

    def test_the_error_of_the_mean_is_scipys(self) -> None:
        from scipy import stats as scipy_stats

        rng = np.random.default_rng(8)
        truth = rng.normal(size=100)
        human = panel_of(truth)
        scores = truth + rng.normal(size=100)
        one = compare(human, scores, {}, QUICK)[-1]
        guess = out_of_group_mean(human.target, human.clusters)
        difference = np.abs(scores - human.target) - np.abs(guess - human.target)
        interval = scipy_stats.ttest_1samp(difference, 0).confidence_interval(0.95)
        assert (one.difference.low, one.difference.high) == pytest.approx((interval.low, interval.high))


class TestError:
    def test_figures(self) -> None:
        human = panel_of(np.linspace(0, 4, 50), noise=0.01)
        found = errors(human, human.target + 1, QUICK)
        assert {name: round(estimate.value, 6) for name, estimate in found.items()} == {"mae": 1, "bias": 1, "ece": 1}

    def test_scores_off_the_scale_have_no_error(self) -> None:
        human = panel_of(np.linspace(0, 4, 50))
        assert errors(human, np.linspace(0, 100, 50), QUICK) == {}

    def test_equal_scores_share_a_bin(self) -> None:
        score, consensus, sizes = calibration_bins(np.array([1.0, 2.0, 1.0]), np.array([1.0, 5.0, 3.0]))
        assert (score.tolist(), consensus.tolist(), sizes.tolist()) == ([1, 2], [2, 5], [2, 1])
        assert len(calibration_bins(np.arange(100.0), np.arange(100.0))[2]) == 10


class TestClusteredMean:
    def test_over_items_it_is_students(self) -> None:
        from scipy import stats as scipy_stats

        values = np.random.default_rng(0).normal(size=30)
        found = clustered_mean(values, None, statistic="mean", confidence=0.9)
        interval = scipy_stats.ttest_1samp(values, 0).confidence_interval(0.9)
        assert (found.low, found.high) == pytest.approx((interval.low, interval.high))

    def test_copies_of_an_item_are_no_evidence(self) -> None:
        values = np.random.default_rng(0).normal(size=30)
        once = clustered_mean(values, None, statistic="mean", confidence=0.95)
        copied = clustered_mean(
            np.repeat(values, 5), np.repeat(np.arange(30), 5).astype(str), statistic="mean", confidence=0.95
        )
        assert (copied.low, copied.high) == pytest.approx((once.low, once.high))
        assert copied.groups == 30

    def test_one_group_has_no_interval(self) -> None:
        found = clustered_mean(np.arange(3.0), np.array(["a"] * 3), statistic="mean", confidence=0.95)
        assert (found.value, math.isnan(found.low)) == (1.0, True)
        assert found.why == "an interval takes at least 2 groups"


class TestContrasts:
    def test_items_alone_give_welchs_error(self) -> None:
        from scipy import stats as scipy_stats

        rng = np.random.default_rng(0)
        values, inside = rng.normal(size=200), rng.random(200) < 0.4
        found = contrasts(values, inside[None], np.arange(200))
        welch = scipy_stats.ttest_ind(values[inside], values[~inside], equal_var=False)
        assert found.difference[0] == pytest.approx(values[inside].mean() - values[~inside].mean())
        assert found.p_values[0] == pytest.approx(welch.pvalue, rel=0.05)

    def test_groups_that_share_their_luck_are_not_taken_for_many_items(self) -> None:
        rng = np.random.default_rng(1)
        rejected = 0
        for _ in range(300):
            level = np.repeat(rng.normal(size=30), 10)
            inside = np.repeat(rng.random(30) < 0.5, 10)
            found = contrasts(level + 0.1 * rng.normal(size=300), inside[None], np.repeat(np.arange(30), 10))
            rejected += found.p_values[0] < 0.05
        assert rejected / 300 < 0.1

    def test_an_empty_side_is_undefined(self) -> None:
        found = contrasts(np.arange(4.0), np.ones((1, 4), dtype=bool), np.arange(4))
        assert np.isnan(found.difference[0])
        assert np.isnan(found.p_values[0])


class TestSurprise:
    def test_what_is_expected_depends_on_the_order_of_the_scores_alone(self) -> None:
        rng = np.random.default_rng(0)
        target = rng.normal(size=100)
        scores = target + rng.normal(size=100)
        once, again = expected_consensus(scores, target), expected_consensus(np.exp(scores), target)
        np.testing.assert_allclose(once, again)
        assert np.isnan(expected_consensus(np.array([np.nan, 1.0]), np.array([1.0, 2.0]))).tolist() == [True, False]

    def test_a_planted_disagreement_comes_first_and_noisy_people_are_forgiven(self) -> None:
        human = panel_of(np.linspace(0, 4, 100), noise=0.1)
        scores = human.target.copy()
        scores[10] = 4.0
        scores[90] = 0.0
        human.target_se[90] = 2.0
        first, *rest = disagreements(human, scores)
        assert (first.item_id, first.direction) == ("i0010", "too high")
        assert len(first.ratings) == 3
        assert "i0090" not in {one.item_id for one in rest[:5]}

    def test_a_planted_slice_is_found_and_named_and_handfuls_are_not(self) -> None:
        rng = np.random.default_rng(2)
        languages = rng.choice(["es", "eu", "gl"], size=600, p=[0.5, 0.48, 0.02]).tolist()
        systems = rng.choice(["x", "y"], size=600).tolist()
        truth = rng.normal(size=600)
        human = panel_of(truth, language=languages, system=systems)
        bad = (np.array(languages) == "eu") & (np.array(systems) == "y")
        scores = truth + rng.normal(size=600) * np.where(bad, 3.0, 0.3)
        worst = worst_slices(human, scores, QUICK)
        assert worst[0].where == {"language": "eu", "system": "y"}
        assert worst[0].excess.low > 0
        assert all(one.n_items >= 20 for one in worst)

    def test_nothing_is_found_where_there_is_nothing(self) -> None:
        rng = np.random.default_rng(3)
        found = 0
        for _ in range(40):
            human = panel_of(
                rng.normal(size=200),
                seed=int(rng.integers(1 << 30)),
                language=rng.choice(["es", "eu"], size=200).tolist(),
                system=rng.choice(["x", "y", "z"], size=200).tolist(),
            )
            found += bool(worst_slices(human, human.target + rng.normal(size=200), QUICK))
        assert found <= 4
