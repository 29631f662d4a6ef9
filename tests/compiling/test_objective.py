from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from alia_judge.benchmark.split import Split
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target, rating_shares, reliability_weights
from alia_judge.errors import UsageError
from alia_judge.records import Item, Scale
from alia_judge.stats.alpha import krippendorff_alpha
from alia_judge.stats.alternative_annotator import alt_test
from alia_judge.stats.classification import auc, quadratic_weighted_kappa
from alia_judge.stats.correlation import kendall, pearson, spearman
from alia_judge.stats.ranking import pairwise_accuracy

RNG = np.random.default_rng(0)
SCALE = Scale.ordinal(1, 5)
VALUES = RNG.integers(1, 6, 60).astype(float)
SCORES = np.clip(VALUES + RNG.normal(0, 1.2, 60), 1, 5)
GROUPS = np.array([f"g{place // 12}" for place in range(60)])
TARGET = Target(values=VALUES, groups=GROUPS, scale=Scale.ordinal(1, 5), slices=np.array(["es", "eu"] * 30))
ROUNDED = np.round(SCORES).astype(int)


@pytest.mark.parametrize(
    ("statistic", "scores", "expected"),
    [
        ("spearman", SCORES, stats.spearmanr(SCORES, VALUES).statistic),
        ("kendall", SCORES, stats.kendalltau(SCORES, VALUES).statistic),
        ("pearson", SCORES, stats.pearsonr(SCORES, VALUES).statistic),
        ("qwk", SCORES, cohen_kappa_score(ROUNDED, VALUES.astype(int), weights="quadratic")),
        ("pairwise_accuracy", SCORES, pairwise_accuracy(SCORES, VALUES).value),
        ("auc", SCORES, roc_auc_score(VALUES > 3, SCORES)),
    ],
)
def test_statistics_against_other_implementations(statistic: str, scores: np.ndarray, expected: float) -> None:
    objective = Objective(statistic=statistic)  # type: ignore[arg-type]
    target = Target(values=VALUES, groups=GROUPS, scale=Scale.ordinal(1, 5))
    assert objective.value(scores, target) == pytest.approx(expected, abs=1e-12)


def test_alpha_is_krippendorffs_with_two_raters() -> None:
    target = Target(values=VALUES, groups=GROUPS, scale=Scale.ordinal(1, 5))
    expected = krippendorff_alpha(np.stack([SCORES, VALUES]), level="interval").value
    assert Objective(statistic="alpha").value(SCORES, target) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("statistic", "scores", "oracle"),
    [
        ("spearman", SCORES, spearman),
        ("spearman", ROUNDED.astype(float), spearman),
        ("pearson", SCORES, pearson),
        ("kendall", ROUNDED.astype(float), kendall),
        ("qwk", ROUNDED.astype(float), quadratic_weighted_kappa),
        ("pairwise_accuracy", SCORES, pairwise_accuracy),
    ],
)
def test_weighted_statistics_are_those_of_stats(statistic: str, scores: np.ndarray, oracle: Any) -> None:
    weights = RNG.uniform(0.1, 1, 60)
    target = Target(values=VALUES, groups=GROUPS, scale=SCALE, weights=weights)
    both = np.stack([scores, -scores])
    found = Objective(statistic=statistic, weighted=True).rows(both, target)  # type: ignore[arg-type]
    assert found[0] == pytest.approx(oracle(scores, VALUES, weights=weights).value, abs=1e-9)
    unweighted = Objective(statistic=statistic).rows(both, replace(target, weights=None))  # type: ignore[arg-type]
    assert found[0] != pytest.approx(unweighted[0], abs=1e-4)


def test_weighted_auc_is_that_of_stats() -> None:
    weights = RNG.uniform(0.1, 1, 60)
    target = Target(values=VALUES, groups=GROUPS, scale=SCALE, weights=weights)
    found = Objective(statistic="auc", weighted=True).value(ROUNDED.astype(float), target)
    assert found == pytest.approx(auc(ROUNDED.astype(float), VALUES > 3, weights=weights).value, abs=1e-9)


def test_weights_are_the_reliability_of_each_consensus() -> None:
    errors = np.array([0.0, 0.5, np.nan, 1.0])
    values = np.array([1.0, 2.0, 4.0, 5.0])
    between = values.var() - np.mean([0.0, 0.25, 1.0, 1.0])
    weights = reliability_weights(values, errors)
    assert weights is not None
    np.testing.assert_allclose(weights, between / (between + np.array([0.0, 0.25, 1.0, 1.0])))
    assert reliability_weights(values, np.full(4, np.nan)) is None


def _rated(values: np.ndarray, scale: Scale = SCALE, annotators: tuple[str, ...] = ("a", "b", "c")) -> Split:
    n = values.shape[1]
    return Split(
        name="train",
        criterion="x",
        scale=scale,
        items=tuple(Item(item_id=f"i{place}", response="r") for place in range(n)),
        target=scale.oriented(np.nanmean(values, axis=0)),
        target_se=np.nanstd(values, axis=0, ddof=1) / np.sqrt(np.sum(~np.isnan(values), axis=0)),
        values=values,
        annotators=annotators,
    )


RATED = np.clip(VALUES + RNG.integers(-1, 2, (3, 60)), 1, 5)
RATED[0, :7] = np.nan


@pytest.mark.parametrize("scale", [SCALE, Scale.ordinal(1, 5, reverse=True)])
def test_the_advantage_probability_is_that_of_the_alt_test(scale: Scale) -> None:
    objective = Objective(statistic="alt_test")
    target = objective.target(_rated(RATED, scale))
    for scores in (SCORES, ROUNDED.astype(float)):
        expected = alt_test(RATED, scores, score="neg_rmse").advantage_probability
        assert objective.value(scale.oriented(scores), target) == pytest.approx(expected, abs=1e-12)


def test_the_advantage_probability_of_labels_compares_by_equality() -> None:
    yes = (RATED > 3).astype(float)
    yes[np.isnan(RATED)] = np.nan
    objective = Objective(statistic="alt_test")
    target = objective.target(_rated(yes, Scale.binary()))
    scores = (SCORES > 3.2).astype(float)
    expected = alt_test(yes, scores, score="accuracy").advantage_probability
    assert objective.value(scores, target) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_log_score_is_highest_for_the_annotators_own_distribution(reverse: bool) -> None:
    scale = Scale.ordinal(1, 5, reverse=reverse)
    objective = Objective(statistic="log_score")
    target = objective.target(_rated(RATED, scale))
    shares = rating_shares(target)
    np.testing.assert_allclose(shares[20], [np.mean(RATED[:, 20] == point) for point in range(1, 6)])
    certain = np.eye(5)[shares.argmax(axis=1)]
    overall = np.broadcast_to(shares.mean(axis=0), shares.shape)
    readings = [
        objective.readings(scale.oriented(likely @ np.arange(1, 6)), likely, target)
        for likely in (shares, certain, overall)
    ]
    own, sure, base = objective.rows(np.stack(readings), target)
    assert own > sure > base
    assert base == pytest.approx(0, abs=1e-12)
    # By hand: the mean of q log p with a twentieth of p spread evenly, above that of the overall distribution.
    by_hand = np.mean(np.sum(shares * (np.log(0.95 * certain + 0.01) - np.log(0.95 * overall + 0.01)), axis=1))
    assert sure == pytest.approx(by_hand)


def test_the_log_score_of_a_verdict_without_probabilities() -> None:
    objective = Objective(statistic="log_score")
    target = objective.target(_rated(RATED))
    alone = np.full((60, 5), np.nan)
    written = objective.readings(np.append(ROUNDED[:59].astype(float), np.nan), alone, target)
    certain = objective.readings(ROUNDED.astype(float), np.eye(5)[ROUNDED - 1], target)
    np.testing.assert_allclose(written[:59], certain[:59])
    assert written[59] == pytest.approx(np.log(1 / 5))  # unscored: each point the same, never left out
    normal = objective.readings_of_scores(np.stack([SCORES, np.full(60, 3.0)]), target)
    assert objective.rows(normal, target)[0] > 0.1 > objective.rows(normal, target)[1]


def test_chance_is_what_a_blind_judge_has() -> None:
    target = Target(values=VALUES, groups=GROUPS, scale=SCALE)
    assert Objective().chance(target) == 0
    assert Objective(statistic="auc").chance(target) == 0.5
    i, j = np.triu_indices(60, 1)
    tied = np.mean(VALUES[i] == VALUES[j])
    assert Objective(statistic="pairwise_accuracy").chance(target) >= max(tied, (1 - tied) / 2) - 0.05
    objective = Objective(statistic="alt_test")
    rated = objective.target(_rated(RATED))
    assert objective.chance(rated) == objective.value(np.full(60, rated.values.mean()), rated)


def test_within_groups_is_the_mean_over_groups_where_defined() -> None:
    constant = SCORES.copy()
    constant[:12] = 3.0
    expected = np.mean(
        [
            stats.spearmanr(constant[start : start + 12], VALUES[start : start + 12]).statistic
            for start in range(12, 60, 12)
        ]
    )
    target = Target(values=VALUES, groups=GROUPS, scale=Scale.ordinal(1, 5))
    assert Objective(grouping="within").value(constant, target) == pytest.approx(expected)


def test_worst_slice() -> None:
    by_slice = [stats.spearmanr(SCORES[start::2], VALUES[start::2]).statistic for start in (0, 1)]
    mixed = Objective(slice_by="language", worst=0.25).value(SCORES, TARGET)
    assert mixed == pytest.approx(0.75 * np.mean(by_slice) + 0.25 * min(by_slice))


def test_leaving_hard_items_out_gains_nothing() -> None:
    hard = np.abs(SCORES - VALUES) > 1
    assert hard.sum() > 10
    partial = np.where(hard, np.nan, SCORES)
    target = Target(values=VALUES, groups=GROUPS, scale=Scale.ordinal(1, 5))
    complete_cases = stats.spearmanr(SCORES[~hard], VALUES[~hard]).statistic
    filled = np.where(hard, np.nanmean(partial), SCORES)
    assert Objective().value(partial, target) == pytest.approx(stats.spearmanr(filled, VALUES).statistic)
    assert Objective().value(partial, target) < complete_cases - 0.1


def test_undefined_is_nan() -> None:
    target = Target(values=VALUES, groups=GROUPS, scale=Scale.ordinal(1, 5))
    assert np.isnan(Objective().value(np.full(60, 3.0), target))
    assert np.isnan(Objective().value(np.full(60, np.nan), target))


def test_json_and_back() -> None:
    objective = Objective(statistic="qwk", grouping="within", slice_by="system", worst=0.5, weighted=True)
    assert Objective.from_dict(objective.to_dict()) == objective


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"statistic": "bleu"}, "objective must be one of alpha, .*spearman"),
        ({"grouping": "across"}, "grouping must be 'pooled' or 'within'"),
        ({"worst": 2}, "worst is a weight from 0 to 1"),
        ({"statistic": "alt_test", "weighted": True}, "alt_test has no weighted form"),
        ({"statistic": "log_score", "grouping": "within"}, "no form within groups"),
    ],
)
def test_wrong_options(options: dict[str, object], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        Objective(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("objective", "split", "match"),
    [
        (
            Objective(statistic="alt_test"),
            _rated(RATED, annotators=()),
            "alt_test needs at least two annotators .*they name 0",
        ),
        (Objective(weighted=True), replace(_rated(RATED), target_se=np.full(60, np.nan)), "several people rated"),
        (Objective(statistic="log_score"), _rated(RATED, Scale.continuous(0, 5)), "needs a scale with points"),
        (Objective(slice_by="language"), _rated(RATED), "no 'language' to slice by"),
    ],
)
def test_what_the_ratings_do_not_hold(objective: Objective, split: Split, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        objective.target(split)


@pytest.mark.parametrize("weighted", [False, True])
def test_kappa_is_cohens(weighted: bool) -> None:
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(3)
    truth = rng.integers(1, 4, 50).astype(float)
    scores = np.stack([np.where(rng.random(50) < share, truth, rng.integers(1, 4, 50)) for share in (0.0, 0.5, 1.0)])
    weights = rng.random(50) + 0.1 if weighted else None
    target = Target(values=truth, groups=np.arange(50).astype(str), scale=Scale.ordinal(1, 3), weights=weights)
    expected = [cohen_kappa_score(truth, row, sample_weight=weights) for row in scores]
    assert Objective(statistic="kappa").rows(scores, target) == pytest.approx(expected)
