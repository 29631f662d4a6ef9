"""Conformal risk control: the threshold as it is defined, and the risk that it keeps on groups that are new."""

from __future__ import annotations

import numpy as np
import pytest

from alia_judge.errors import UsageError
from alia_judge.stats.risk import controlled_threshold


def _by_definition(doubt: np.ndarray, wrong: np.ndarray, groups: np.ndarray, risk: float) -> float:
    """Every threshold in turn, with the mean loss of the groups and one group more that is all wrong."""
    best, names = -np.inf, np.unique(groups)
    for threshold in np.unique(doubt):
        losses = [(wrong & (doubt <= threshold))[groups == name].mean() for name in names]
        if (len(names) * np.mean(losses) + 1) / (len(names) + 1) > risk:
            break
        best = threshold
    return np.inf if best == doubt.max() else best


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_largest_threshold_that_the_definition_allows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 25, 150)
    doubt = np.round(rng.random(150), 2)  # with ties
    wrong = rng.random(150) < doubt / 2
    risk = float(rng.choice([0.05, 0.1, 0.2]))
    assert controlled_threshold(doubt, wrong, groups, risk) == _by_definition(doubt, wrong, groups, risk)


def test_a_new_group_loses_as_much_as_was_allowed_at_most_and_little_less() -> None:
    rng = np.random.default_rng(0)
    lost = []
    for _ in range(1500):
        level = rng.random((31, 1)) * 0.6  # groups differ in how hard they are
        doubt = rng.random((31, 5))
        wrong = rng.random((31, 5)) < level * (0.5 + doubt)
        groups = np.repeat(np.arange(30), 5)
        threshold = controlled_threshold(doubt[:30].ravel(), wrong[:30].ravel(), groups, 0.15)
        lost.append(np.mean(wrong[30] & (doubt[30] <= threshold)))
    error = np.std(lost) / len(lost) ** 0.5
    assert np.mean(lost) < 0.15 + 2 * error
    assert np.mean(lost) > 0.15 - 2 / 31 - 2 * error  # theorem 2: no further below than 2 B / (G + 1)


def test_too_few_groups_keep_nothing_and_no_fault_keeps_everything() -> None:
    assert controlled_threshold([0.1, 0.2], [False, False], ["a", "b"], 0.1) == -np.inf
    assert controlled_threshold(np.arange(40.0), np.zeros(40), np.arange(40), 0.1) == np.inf


def test_shapes_that_do_not_fit_and_a_risk_off_its_range_are_refused() -> None:
    with pytest.raises(UsageError, match="one value an item"):
        controlled_threshold([0.1, 0.2], [True], ["a", "b"], 0.1)
    with pytest.raises(UsageError, match="risk"):
        controlled_threshold([0.1], [True], ["a"], 1.5)
