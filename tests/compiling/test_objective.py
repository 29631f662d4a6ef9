from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from alia_judge.compiling.objective import Objective, Target
from alia_judge.errors import UsageError
from alia_judge.records import Scale
from alia_judge.stats.alpha import krippendorff_alpha

RNG = np.random.default_rng(0)
VALUES = RNG.integers(1, 6, 60).astype(float)
SCORES = np.clip(VALUES + RNG.normal(0, 1.2, 60), 1, 5)
GROUPS = np.array([f"g{place // 12}" for place in range(60)])
TARGET = Target(values=VALUES, groups=GROUPS, scale=Scale.ordinal(1, 5), slices=np.array(["es", "eu"] * 30))
ROUNDED = np.round(SCORES).astype(int)


def _pairwise(x: np.ndarray, y: np.ndarray) -> float:
    i, j = np.triu_indices(len(x), 1)
    return float((np.sign(x[i] - x[j]) == np.sign(y[i] - y[j])).mean())


@pytest.mark.parametrize(
    ("statistic", "scores", "expected"),
    [
        ("spearman", SCORES, stats.spearmanr(SCORES, VALUES).statistic),
        ("kendall", SCORES, stats.kendalltau(SCORES, VALUES).statistic),
        ("pearson", SCORES, stats.pearsonr(SCORES, VALUES).statistic),
        ("qwk", SCORES, cohen_kappa_score(ROUNDED, VALUES.astype(int), weights="quadratic")),
        ("pairwise_accuracy", ROUNDED.astype(float), _pairwise(ROUNDED, VALUES)),
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
    objective = Objective(statistic="qwk", grouping="within", slice_by="system", worst=0.5)
    assert Objective.from_dict(objective.to_dict()) == objective


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"statistic": "bleu"}, "objective must be one of spearman"),
        ({"grouping": "across"}, "grouping must be 'pooled' or 'within'"),
        ({"worst": 2}, "worst is a weight from 0 to 1"),
    ],
)
def test_wrong_options(options: dict[str, object], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        Objective(**options)  # type: ignore[arg-type]
