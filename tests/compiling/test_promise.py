"""What figures promise: drawn towards what agreement with a stack says, as far as noise asks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.selection.promise import promised
from alia_judge.records import Scale

SPEARMAN = Objective()


def _people(values: np.ndarray, group_size: int = 1) -> Target:
    groups = (np.arange(len(values)) // group_size).astype(str)
    return Target(values=values, groups=groups, scale=Scale.continuous(-10, 10))


def _judges(seed: int, n: int = 120, m: int = 12) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How much each of m judges reads of the truth, their scores of n items, and the truth."""
    rng = np.random.default_rng(seed)
    strength, truth = rng.uniform(0.45, 0.65, m), rng.standard_normal(n)
    noise = 0.5 * rng.standard_normal(n) + np.sqrt(0.75) * rng.standard_normal((m, n))
    return strength, strength[:, None] * truth + np.sqrt(1 - strength**2)[:, None] * noise, truth


def test_the_judge_that_promises_most_is_better_than_the_luckiest_on_few_noisy_ratings() -> None:
    lucky, promising = [], []
    for seed in range(40):
        strength, scores, truth = _judges(seed)
        rng = np.random.default_rng(1000 + seed)
        people = _people(truth + 1.5 * rng.standard_normal(len(truth)))
        # What a stack says, with most of the noise of people averaged out.
        said = truth + 0.5 * rng.standard_normal(len(truth))
        lucky.append(strength[SPEARMAN.rows(scores, people).argmax()])
        promising.append(strength[promised(scores, people, SPEARMAN, said).argmax()])
    assert np.mean(promising) > np.mean(lucky) + 0.01


def test_a_stack_that_knows_nothing_changes_no_choice_among_judges_that_differ() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth = rng.standard_normal(400)
        strength = np.array([0.2, 0.4, 0.8])
        scores = strength[:, None] * truth + np.sqrt(1 - strength**2)[:, None] * rng.standard_normal((3, 400))
        assert promised(scores, _people(truth), SPEARMAN, rng.standard_normal(400)).argmax() == 2


@pytest.mark.parametrize("statistic", ["pearson", "qwk", "auc"])
def test_other_statistics_keep_their_figures(statistic: str) -> None:
    _, scores, truth = _judges(0)
    people, objective = _people(np.sign(truth)), Objective(statistic=statistic)
    np.testing.assert_array_equal(
        promised(scores, people, objective, truth), objective.rows(scores, people), err_msg=statistic
    )


@given(seed=st.integers(0, 10_000), size=st.sampled_from([1, 5]))
@settings(max_examples=20, deadline=None)
def test_only_the_order_of_predictions_counts_and_judges_may_come_in_any(seed: int, size: int) -> None:
    _, scores, truth = _judges(seed, n=60, m=5)
    rng = np.random.default_rng(seed)
    people, said = _people(truth + rng.standard_normal(60), size), truth + 0.3 * rng.standard_normal(60)
    found = promised(scores, people, SPEARMAN, said)
    np.testing.assert_allclose(promised(scores, people, SPEARMAN, np.exp(said) - 3), found, atol=1e-12)
    order = rng.permutation(5)
    np.testing.assert_allclose(promised(scores[order], people, SPEARMAN, said), found[order], atol=1e-12)


def test_a_judge_without_a_figure_promises_none() -> None:
    _, scores, truth = _judges(1)
    scores[3] = 2.0
    found = promised(scores, _people(truth), SPEARMAN, truth)
    assert np.flatnonzero(np.isnan(found)).tolist() == [3]


@pytest.mark.parametrize("groups", [["a"] * 60, ["a"] * 59 + ["b"]], ids=["one", "one and a crumb"])
def test_where_groups_are_too_few_to_tell_noise_figures_stay(groups: list[str]) -> None:
    _, scores, truth = _judges(2, n=60)
    people = replace(_people(truth), groups=np.array(groups))
    np.testing.assert_array_equal(promised(scores, people, SPEARMAN, truth), SPEARMAN.rows(scores, people))


def test_a_judge_that_varies_between_parts_alone_is_no_reason_to_fail() -> None:
    _, scores, truth = _judges(3, n=60)
    people = replace(_people(truth), groups=np.repeat(["a", "b"], 30))
    scores[0] = np.repeat([2.0, 3.0], 30)
    assert np.isfinite(promised(scores, people, SPEARMAN, truth)).all()
