"""`what_to_annotate` and `merge_ratings`: asked where it helps, answered by people, merged back."""

from __future__ import annotations

import numpy as np
import pytest

from alia_judge.benchmark import merge_ratings, what_to_annotate
from alia_judge.errors import DataError, UsageError
from alia_judge.ratings import Ratings, load_ratings
from alia_judge.records import Scale

LIKERT = {"rating": Scale.ordinal(1, 5)}


def some(n_second: int = 20, n: int = 60, seed: int = 0) -> Ratings:
    """`n` items with a rating each, the first `n_second` of them with another."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(3, 1, n)
    rows = [
        {"item": f"i{item:02d}", "rater": who, "response": "r",
         "score": int(np.clip(round(quality[item] + rng.normal(0, 0.6)), 1, 5))}
        for who, last in (("ana", n), ("jon", n_second))
        for item in range(last)
    ]  # fmt: skip
    return load_ratings(rows, scales=LIKERT)


def test_items_with_one_rating_come_before_those_with_two() -> None:
    plan = what_to_annotate(some(), budget=40, most_per_item=1)
    assert plan.budget == 40
    assert [request.have for request in plan.requests].count(1) == 40
    gains = [request.gain for request in plan.requests]
    assert gains == sorted(gains, reverse=True)
    assert what_to_annotate(some(), budget=40, most_per_item=1) == plan


def test_no_item_is_asked_about_more_than_allowed_and_the_budget_is_kept() -> None:
    plan = what_to_annotate(some(), budget=1000, most_per_item=2)
    assert {request.n for request in plan.requests} == {2}
    assert plan.budget == 120


def test_two_judges_are_told_apart_where_they_disagree() -> None:
    ratings = some(n_second=0)
    one = np.arange(60, dtype=float)
    two = one.copy()
    two[10:20] = two[10:20][::-1] + 30
    plan = what_to_annotate(ratings, budget=10, goal="judges", judgments=[one, two], most_per_item=1)
    assert {request.item_id for request in plan.requests} <= {f"i{item:02d}" for item in range(10, 50)}
    assert len({request.item_id for request in plan.requests} & {f"i{item:02d}" for item in range(10, 20)}) == 10
    # A third that says what the first does changes nothing of where they differ.
    three = what_to_annotate(ratings, budget=10, goal="judges", judgments=[one, two, one], most_per_item=1)
    assert [request.item_id for request in three.requests] == [request.item_id for request in plan.requests]
    with pytest.raises(UsageError, match="goal='judges' needs judgments"):
        what_to_annotate(ratings, budget=10, goal="judges")
    with pytest.raises(UsageError, match=r"shape \(2 or more, 60\), a row a judge, got \(2, 5\)"):
        what_to_annotate(ratings, budget=10, goal="judges", judgments=np.zeros((2, 5)))


def test_the_plan_goes_to_argilla_and_label_studio_and_the_answers_come_back() -> None:
    ratings = some()
    plan = what_to_annotate(ratings, budget=5, most_per_item=1)
    records = plan.to_argilla(ratings)
    assert [record["metadata"]["wanted"] for record in records] == [1] * 5
    for record in records:
        record["responses"] = {"rating": [{"value": 4, "user_id": "eva"}]}
    merged = merge_ratings(ratings, load_ratings(records, scales=LIKERT))
    assert len(merged) == len(ratings) + 5
    assert merged.annotators == ("ana", "eva", "jon")
    tasks = plan.to_label_studio(ratings)
    assert tasks[0]["data"] == {"item_id": plan.requests[0].item_id, "response": "r"}


def test_answers_by_nobody_in_particular_take_the_next_places() -> None:
    rows = [{"item": f"i{n}", "score": n % 5 + 1} for n in range(10)]
    ratings = load_ratings(rows, scales=LIKERT)
    merged = merge_ratings(ratings, load_ratings(rows[:4], scales=LIKERT), load_ratings(rows[:2], scales=LIKERT))
    assert (~np.isnan(merged.matrix("rating").values)).sum(axis=0).tolist() == [3, 3, 2, 2, 1, 1, 1, 1, 1, 1]


def test_answers_that_do_not_fit_are_refused_together() -> None:
    other = load_ratings(
        [{"item": "i00", "score": 9}, {"item": "zz", "score": 2}], scales={"rating": Scale.ordinal(1, 9)}
    )
    with pytest.raises(DataError, match="which was not asked about") as caught:
        merge_ratings(some(), other)
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["value", "annotator_id", "item_id", "annotator_id"]


def test_what_cannot_be_asked() -> None:
    with pytest.raises(UsageError, match="budget must be at least 1 rating, got 0"):
        what_to_annotate(some(), budget=0)
    labels = load_ratings([{"item": f"i{n}", "label": "xyz"[n % 3]} for n in range(9)])
    with pytest.raises(UsageError, match="has labels without an order"):
        what_to_annotate(labels, budget=3)
