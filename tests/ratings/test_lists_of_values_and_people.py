"""Lists in cells: of the values of a criterion that not every record has, and of the people who chose a label."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from alia_judge.errors import DataError
from alia_judge.ratings import Ratings, load_ratings

CRITERIA = (
    "Fluent",
    "Specific",
    "Relevant",
    "Correct",
    "Engaging",
    "Overall",
    "Depth",
    "Diverse",
    "Likeable",
    "Polite",
)


def lists_by_criterion(n_criteria: int, share: float, *, fewer: bool = False) -> list[dict[str, Any]]:
    draw = random.Random(7)
    records = []
    for item in range(30):
        given = {
            name: [min(2, max(0, base + draw.choice((-1, 0, 0, 1)))) for _ in range(5 - fewer * draw.randint(0, 1))]
            for name in CRITERIA[:n_criteria]
            if draw.random() < share
            for base in [draw.randint(0, 2)]
        }
        records.append({"response": f"The system says that it is {item} o'clock.", "annotations": given})
    return records


@pytest.mark.parametrize("n_criteria", [3, 10])
@pytest.mark.parametrize("share", [1.0, 0.7, 0.4])
@pytest.mark.parametrize("fewer", [False, True])
def test_criteria_with_a_list_of_values_each_of_which_a_record_has_some(
    n_criteria: int, share: float, fewer: bool
) -> None:
    records = lists_by_criterion(n_criteria, share, fewer=fewer)
    ratings = load_ratings(records)
    assert ratings.criteria == tuple(sorted(CRITERIA[:n_criteria]))
    for name in ratings.criteria:
        lists = sorted(sorted(one["annotations"][name]) for one in records if name in one["annotations"])
        given = ratings.of(name).dropna(subset="value")
        assert sorted(sorted(map(int, of_item)) for _, of_item in given.groupby("item_id")["value"]) == lists


def test_a_criterion_that_all_rate_alike_is_one_beside_the_others() -> None:
    records = lists_by_criterion(9, 0.5)
    for record in records[::2]:
        record["annotations"]["Polite"] = [1] * 5
    assert load_ratings(records).of("Polite")["value"].sum() == 5 * len(records[::2])


def votes(people: list[Any], n: int = 30) -> list[tuple[list[Any], list[Any]]]:
    draw = random.Random(3)
    found = []
    for _ in range(n):
        some, share = draw.sample(people, 5), draw.random()
        yes = [one for one in some if draw.random() < share]
        found.append((yes, [one for one in some if one not in yes]))
    return found


def said(ratings: Ratings) -> set[tuple[str, str, str]]:
    label = ratings.scales[ratings.criteria[0]].labels
    table = ratings.table
    return {
        (str(item), str(who), label[int(value)])
        for item, who, value in zip(table["item_id"], table["annotator_id"], table["value"], strict=True)
    }


NUMBERS: list[Any] = list(range(11, 50))
NAMES: list[Any] = [f"w{n:02d}" for n in range(30)]


@pytest.mark.parametrize(("people", "stem"), [(NUMBERS, "annotators_"), (NAMES, "annotators_"), (NAMES, "votes.")])
@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("opened", [False, True])
def test_people_listed_under_what_they_chose(
    tmp_path: Path, people: list[Any], stem: str, as_text: bool, opened: bool
) -> None:
    records, truth = [], set()
    for item, (yes, no) in enumerate(votes(people)):
        record: dict[str, Any] = {"id": f"t{item}", "gold": item % 2}
        for label, who in (("toxic", yes), ("not_toxic", no)):
            record[f"{stem}{label}"] = ";".join(map(str, who)) if as_text else who
            truth |= {(f"t{item}", str(one), label) for one in who}
        if opened:  # marked places, of which a record has several: its votes are there once
            record["tags"] = [{"tag": "rude", "token": f"word{k}"} for k in range(item % 3 + 1)]
        records.append(record)
    (tmp_path / "r.json").write_text(json.dumps(records))
    assert said(load_ratings(tmp_path / "r.json")) == truth
    assert said(load_ratings(records)) == truth


def test_people_who_chose_a_kind_beside_are_left_out_and_said() -> None:
    records = [
        {"id": f"t{n}", "raters_yes": yes, "raters_no": no, "raters_strongly": yes[::2]}
        for n, (yes, no) in enumerate(votes(NUMBERS))
    ]
    ratings = load_ratings(records)
    assert len(ratings.table) == 150
    assert ratings.left_out == {"raters_strongly": sum(len(one["raters_strongly"]) for one in records)}


def test_numbers_that_nothing_calls_people_are_asked_about_and_never_values() -> None:
    records = [{"id": f"t{n}", "yes": yes, "no": no} for n, (yes, no) in enumerate(votes(NUMBERS))]
    with pytest.raises(DataError, match="may list people and not ratings") as caught:
        load_ratings(records)
    assert "'annotator_id': 'annotator_id', 'value': 'choice'}: reads 30 items by" in str(caught.value)
    told = load_ratings(records, columns={"item_id": "id", "annotator_id": "annotator_id", "value": "choice"})
    assert len(told.table) == 150


def test_people_in_several_lists_are_asked_about() -> None:
    draw = random.Random(1)
    records = [
        {"id": f"t{n}", **{f"annotators_{name}": draw.sample([*yes, *no], 3) for name in ("joy", "fear", "anger")}}
        for n, (yes, no) in enumerate(votes(NUMBERS))
    ]
    with pytest.raises(DataError, match="may list people and not ratings") as caught:
        load_ratings(records)
    assert "'criterion': 'criterion', 'value': 'choice'}: reads 30 items" in str(caught.value)


@pytest.mark.parametrize("beside", ["labels", "scores"])
def test_people_with_their_ratings_in_a_list_beside_are_as_before(beside: str) -> None:
    draw = random.Random(5)
    records = [{"id": f"t{n}", "annotators": draw.sample(NUMBERS, 3), beside: draw.choices(range(4), k=3)}
               for n in range(30)]  # fmt: skip
    ratings = load_ratings(records)
    assert sorted(map(int, ratings.table["value"])) == sorted(value for one in records for value in one[beside])
    assert set(ratings.annotators) == {str(who) for one in records for who in one["annotators"]}


def test_sliders_are_values() -> None:
    draw = random.Random(2)
    records = [{"id": f"t{n}", "fluency": draw.choices(range(101), k=3), "tone": draw.choices(range(101), k=3)}
               for n in range(40)]  # fmt: skip
    assert load_ratings(records).criteria == ("fluency", "tone")
