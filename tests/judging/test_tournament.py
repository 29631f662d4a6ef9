from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.judging.tournament import Strengths, pair_items, strengths_of_pairs, strengths_of_rankings
from alia_judge.records import Item, Verdict


def _items(n: int, groups: int = 1) -> list[Item]:
    return [Item(item_id=f"i{k}", response=f"text {k}", group=f"g{k % groups}") for k in range(n)]


def test_every_item_is_in_as_many_pairs_and_no_pair_comes_twice() -> None:
    pairs = pair_items(_items(11), comparisons=4)
    counts = Counter(pair.extra[side] for pair in pairs for side in ("first_item", "second_item"))
    assert set(counts.values()) == {4}
    assert len({frozenset((pair.response, pair.response_b)) for pair in pairs}) == len(pairs) == 22
    # More than there are others: all of them, once.
    assert len(pair_items(_items(4), comparisons=10)) == 6
    assert pair_items(_items(1), comparisons=2) == []


def test_pairs_stay_within_a_group_unless_told_otherwise() -> None:
    pairs = pair_items(_items(12, groups=3), comparisons=2)
    by_id = {item.item_id: item.group for item in _items(12, groups=3)}
    assert all(by_id[pair.extra["first_item"]] == by_id[pair.extra["second_item"]] == pair.group for pair in pairs)
    across = pair_items(_items(12, groups=3), comparisons=2, within_group=False)
    assert any(by_id[pair.extra["first_item"]] != by_id[pair.extra["second_item"]] for pair in across)
    assert pair_items(_items(5), comparisons=2, rng=1) == pair_items(_items(5), comparisons=2, rng=1)


def test_strengths_are_those_of_a_penalised_logistic_regression() -> None:
    rng = np.random.default_rng(0)
    pairs = pair_items(_items(9), comparisons=6, rng=rng)
    wins = rng.random(len(pairs)) < 0.5
    found = strengths_of_pairs(pairs, [Verdict(score=-1.0 if won else 1.0) for won in wins])
    place = {name: k for k, name in enumerate(found.item_ids)}
    design = np.zeros((len(pairs), 9))
    for row, pair in enumerate(pairs):
        design[row, place[pair.extra["first_item"]]], design[row, place[pair.extra["second_item"]]] = 1.0, -1.0
    model = LogisticRegression(C=4.0, fit_intercept=False, tol=1e-10, max_iter=10_000).fit(design, wins)
    assert found.strength == pytest.approx(model.coef_[0] - model.coef_[0].mean(), abs=1e-5)
    likely = expit(design @ model.coef_[0])
    covariance = np.linalg.inv((design.T * (likely * (1 - likely))) @ design + np.eye(9) / 4.0)
    assert found.standard_error == pytest.approx(np.sqrt(np.diag(covariance)), abs=1e-5)
    assert Strengths.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_strengths_come_back_from_noisy_comparisons() -> None:
    rng = np.random.default_rng(1)
    truth = dict(zip((item.item_id for item in _items(60)), rng.normal(0, 1.5, 60), strict=True))
    pairs = pair_items(_items(60), comparisons=20, rng=rng)
    verdicts = []
    for pair in pairs:
        ahead = expit(truth[pair.extra["first_item"]] - truth[pair.extra["second_item"]])
        verdicts.append(Verdict(score=-1.0 if rng.random() < ahead else 1.0))
    found = strengths_of_pairs(pairs, verdicts).scores
    assert spearmanr([truth[name] for name in found], list(found.values())).statistic > 0.85


def test_unscored_pairs_are_left_out_and_ties_are_half_a_win() -> None:
    pairs = pair_items(_items(3), comparisons=2)
    tied = strengths_of_pairs(pairs, [Verdict(score=0.0), Verdict(score=0.0), Verdict(unscored="refusal")])
    assert tied.strength == pytest.approx((0.0, 0.0, 0.0))
    assert sum(tied.comparisons) == 4
    with pytest.raises(UsageError, match="no comparison has a score"):
        strengths_of_pairs(pairs, [Verdict(unscored="refusal")] * 3)


def test_parts_that_do_not_hang_together_are_warned_of() -> None:
    pairs = pair_items(_items(8, groups=2), comparisons=2)
    with pytest.warns(DegenerateDataWarning, match="fall into 2 parts"):
        found = strengths_of_pairs(pairs, [Verdict(score=1.0)] * len(pairs))
    assert found.components == 2


def test_rankings_give_strengths() -> None:
    def ranked(*scores: float) -> Verdict:
        return Verdict(score=1.0, parts={str(n): Verdict(score=score) for n, score in enumerate(scores, 1)})

    found = strengths_of_rankings([("a", "b", "c"), ("c", "b", "a")], [ranked(1.0, 0.5, 0.0), ranked(0.0, 0.5, 1.0)])
    assert found.scores["a"] > found.scores["b"] > found.scores["c"]
    with pytest.raises(UsageError, match="ranks 3 candidates, the list has 2"):
        strengths_of_rankings([("a", "b")], [ranked(1.0, 0.5, 0.0)])


def test_what_is_no_pair_is_refused() -> None:
    with pytest.raises(UsageError, match="even and at least 2, got 3"):
        pair_items(_items(3), comparisons=3)
    with pytest.raises(UsageError, match="'p' is a pair already"):
        pair_items([Item(item_id="p", response="a", response_b="b")], comparisons=2)
    with pytest.raises(UsageError, match="'p' does not say which items"):
        strengths_of_pairs([Item(item_id="p", response="a", response_b="b")], [Verdict(score=1.0)])
