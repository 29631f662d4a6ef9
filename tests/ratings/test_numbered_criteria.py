"""Numbers that belong to the criterion and not to an item, people's lists in a cell, and what stands for nothing."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from alia_judge.errors import DataError
from alia_judge.ratings import load_ratings
from alia_judge.ratings.roles.numbered_items import with_a_row_an_item
from alia_judge.ratings.tables import RawTable

WORDS = ["river", "stone", "window", "market", "garden", "letter", "bridge", "winter", "button", "paper"]


def _text(draw: random.Random, n: int) -> str:
    return f"{' '.join(draw.choices(WORDS, k=6))} number {n}"


@pytest.mark.parametrize("criteria", [("kind1", "kind2", "kind3", "polite"), ("kind1", "kind2", "kind3", "kind4")])
def test_lists_of_answers_numbered_alike_are_criteria_of_one_text(tmp_path: Path, criteria: tuple[str, ...]) -> None:
    draw = random.Random(5)
    given: dict[tuple[str, str], list[int]] = {}
    lines = ["post_id\ttext\tconfs\t" + "\t".join(f"{c}_answers\t{c}_mean_answer\t{c}_final_answer" for c in criteria)]
    for n in range(30):
        cells = [f"{9000 + 7 * n}", _text(draw, n), " ".join(draw.choice(("1.0", "0.5", "0.0")) for _ in range(4))]
        for criterion in criteria:
            bent = draw.choice((0.1, 0.5, 0.9))
            votes = [int(draw.random() < bent) for _ in range(4)]
            given[str(9000 + 7 * n), f"{criterion}_answers"] = votes
            mean = sum(votes) / 4
            cells += [" ".join(map(str, votes)), str(mean), "0.5" if mean == 0.5 else str(float(mean > 0.5))]
        lines.append("\t".join(cells))
    path = tmp_path / "posts.tsv"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = load_ratings(path)
    assert set(found.criteria) == {f"{c}_answers" for c in criteria}
    read: dict[tuple[str, str], list[int]] = {}
    for row in found.table.itertuples():
        read.setdefault((str(row.item_id), str(row.criterion)), []).append(int(row.value))
    assert {key: sorted(votes) for key, votes in read.items()} == {key: sorted(votes) for key, votes in given.items()}


def _labelled(n: int = 24) -> dict[str, Any]:
    draw = random.Random(3)
    kinds = ("HOSTILE", "MOCKING", "UNFAIR")
    document: dict[str, Any] = {}
    for number in range(n):
        bent = draw.choice((0.1, 0.5, 0.9))
        yes = [draw.random() < bent for _ in range(5)]
        document[str(500 + number)] = {
            "id_POST": str(500 + number),
            "post": _text(draw, number),
            "annotators": [f"Annotator_{1 + (5 * (number // 3) + k) % 20}" for k in range(5)],
            "labels_task1": ["YES" if one else "NO" for one in yes],
            "labels_task2": [draw.choice(("DIRECT", "REPORTED")) if one else "-" for one in yes],
            "labels_task3": [sorted(draw.sample(kinds, draw.choice((1, 2)))) if one else ["-"] for one in yes],
        }
    return document


def test_lists_of_labels_are_left_out_in_words_and_so_is_what_stands_for_nothing(tmp_path: Path) -> None:
    document = _labelled()
    path = tmp_path / "posts.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    found = load_ratings(path)
    assert set(map(str, found.item_table["item_id"])) == set(document)  # ids of the file, and not the rows' numbers
    assert set(found.criteria) == {"labels_task1", "labels_task2"}
    assert sum(found.left_out.values()) == 5 * len(document)
    assert any("'labels_task3'" in note and str(5 * len(document)) in note for note in found.notes)
    none = sum(label == "-" for one in document.values() for label in one["labels_task2"])
    assert any("labels_task2" in note and f"'-' was read as no rating, {none} times" in note for note in found.notes)


def _numbered(filled: int) -> dict[str, list[Any]]:
    """Eight rows of six numbered texts, of which all but `filled` repeat one text that says nothing."""
    draw = random.Random(1)
    columns: dict[str, list[Any]] = {"rater": [f"rater_{n}" for n in range(8)]}
    for place in range(6):
        texts = [_text(draw, 10 * row + place) for row in range(8)]
        columns[f"text_{place + 1}"] = texts if place < filled else ["nothing is to be rated here"] * 8
        columns[f"score_{place + 1}"] = [draw.randint(1, 5) for _ in range(8)]
    return columns


@pytest.mark.parametrize("filled", [2, 4])
def test_what_only_fills_up_a_row_is_never_most_of_what_there_is(filled: int) -> None:
    table = RawTable(columns=_numbered(filled), lines=list(range(2, 10)))
    found, doubt = with_a_row_an_item(table)
    if filled == 4:
        assert doubt is None
        assert len(found) == 8 * filled
    else:
        assert found is table
        with pytest.raises(DataError, match="only fill up a row"):
            load_ratings(pd.DataFrame(_numbered(filled)))


@pytest.mark.parametrize("answers", [("1", "0"), ("yes", "no")])
def test_ratings_in_a_cell_are_no_numbered_texts(answers: tuple[str, str]) -> None:
    draw = random.Random(2)
    columns: dict[str, list[Any]] = {"text": [_text(draw, n) for n in range(20)]}
    for kind in (1, 2, 3):
        columns[f"kind{kind}_answers"] = [" ".join(draw.choice(answers) for _ in range(4)) for _ in range(20)]
        columns[f"kind{kind}_final"] = [draw.choice((0, 1)) for _ in range(20)]
    table = RawTable(columns=columns, lines=list(range(2, 22)))
    assert with_a_row_an_item(table) == (table, None)
