"""Agreement of labels, against scikit-learn and against what must not change it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats.kernels import WeightedKappa, kappa_rows
from alia_judge.stats.label_agreement import label_agreement

# A rate of labels that do not occur is undefined and says so; these tests are about the other figures.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*positive_rate is undefined",
    "ignore:y_pred contains classes not in y_true:UserWarning",
    "ignore:A single label was found:UserWarning",
)

PAIRS = st.integers(2, 5).flatmap(
    lambda k: st.lists(st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)), min_size=2, max_size=60).map(
        lambda pairs: (k, np.array(pairs, dtype=float))
    )
)


@given(PAIRS)
def test_every_figure_is_scikit_learns(made: tuple[int, np.ndarray]) -> None:
    k, pairs = made
    given_, true = pairs[:, 0], pairs[:, 1]
    if len(np.unique(pairs)) == 1:
        return
    found = label_agreement(given_, true, range(k))
    assert found.accuracy.value == pytest.approx(metrics.accuracy_score(true, given_))
    assert found.balanced_accuracy.value == pytest.approx(metrics.balanced_accuracy_score(true, given_))
    assert found.macro_f1.value == pytest.approx(metrics.f1_score(true, given_, average="macro"))
    assert found.kappa.value == pytest.approx(metrics.cohen_kappa_score(true, given_))
    assert found.counts.tolist() == metrics.confusion_matrix(true, given_, labels=range(k)).tolist()


@given(PAIRS, st.integers(0, 99))
def test_kappas_kernels_are_kappa_of_many_rows_and_of_repeated_items(made: tuple[int, np.ndarray], seed: int) -> None:
    _, pairs = made
    given_, true = pairs[:, 0], pairs[:, 1]
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, 4, (true.size, 5)).astype(float)
    weights[0] += 1
    found = WeightedKappa(given_, true)(weights)
    for column, figure in zip(weights.T.astype(int), found, strict=True):
        one, other = np.repeat(given_, column), np.repeat(true, column)
        expected = np.nan if len({*one, *other}) == 1 else metrics.cohen_kappa_score(one, other)
        assert figure == pytest.approx(expected, nan_ok=True)
    gaps = np.where(rng.random((3, true.size)) < 0.3, np.nan, given_)
    for row, figure in zip(gaps, kappa_rows(gaps, true), strict=True):
        both = ~np.isnan(row)
        labels = {*row[both], *true[both]}
        expected = np.nan if len(labels) < 2 else metrics.cohen_kappa_score(row[both], true[both])
        assert figure == pytest.approx(expected, nan_ok=True)


@given(PAIRS, st.randoms(use_true_random=False))
def test_names_and_order_of_the_labels_change_nothing(made: tuple[int, np.ndarray], random) -> None:
    k, pairs = made
    if len(np.unique(pairs)) == 1:
        return
    names = random.sample(range(100), k)
    renamed = np.array(names, dtype=float)[pairs.astype(int)]
    found = label_agreement(pairs[:, 0], pairs[:, 1], range(k))
    again = label_agreement(renamed[:, 0], renamed[:, 1], names)
    shuffled = label_agreement(renamed[:, 0], renamed[:, 1], sorted(names))
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "kappa"):
        assert getattr(again, name).value == pytest.approx(getattr(found, name).value)
        assert getattr(shuffled, name).value == pytest.approx(getattr(found, name).value)


def test_rates_of_two_labels() -> None:
    true = [1, 1, 1, 0, 0, 0, 0, np.nan]
    found = label_agreement([1, 1, 0, 1, 0, 0, 0, 1], true, [0, 1])
    assert found.true_positive_rate is not None
    assert found.false_positive_rate is not None
    assert found.true_positive_rate.value == pytest.approx(2 / 3)
    assert found.false_positive_rate.value == pytest.approx(1 / 4)
    assert (found.accuracy.n, found.majority) == (7, 4 / 7)


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_intervals_lie_within_what_the_figure_can_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, 40)
    judge = np.where(rng.random(40) < 0.9, true, rng.integers(0, 3, 40))
    found = label_agreement(judge, true, range(3), interval="jackknife", groups=rng.integers(0, 12, 40))
    for figure in (found.accuracy, found.balanced_accuracy, found.macro_f1, found.kappa):
        assert figure.low <= figure.value <= figure.high <= 1
    assert found.accuracy.low >= 0


def test_a_label_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"2 is none of the labels 0, 1"):
        label_agreement([0, 2], [0, 1], [0, 1])


def test_kappa_of_one_label_throughout_is_undefined_and_says_so() -> None:
    with pytest.warns(DegenerateDataWarning, match="one and the same label"):
        found = label_agreement([1, 1], [1, 1], [1, 2, 3])
    assert np.isnan(found.kappa.value)
    assert (found.accuracy.value, found.macro_f1.value) == (1.0, 1.0)
