"""What is asked and what is refused: readings that were tried, or what was found in each column and no advice."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from alia_judge.errors import DataError
from alia_judge.ratings import load_ratings


def refused(source: object) -> str:
    with pytest.raises(DataError) as caught:
        load_ratings(source)
    return str(caught.value)


def offered(said: str) -> list[dict[str, str]]:
    return [eval(one) for one in re.findall(r"columns=(\{[^}]*\}): reads", said)]  # noqa: S307


def test_a_table_without_ratings_is_told_what_was_found_in_it() -> None:
    rows = [
        {"url": f"https://a.es/{n}", "text": f"Un texto que nadie ha puntuado {n}", "year": 2024} for n in range(40)
    ]
    said = refused(rows)
    assert "no ratings of items by people are to be seen in this table" in said
    assert "`text` (40 different texts)" in said
    assert "`year` (the same in every row)" in said
    assert "item_id,annotator_id,value" in said
    assert not offered(said)
    assert len(said) < 1500


def test_many_columns_without_ratings_fill_no_more_than_a_screen() -> None:
    rows = [{f"note_{k}": f"Texto largo sobre algo {n} y {k}" for k in range(200)} for n in range(20)]
    said = refused(rows)
    assert "190 more" in said
    assert len(said) < 1800


def test_what_is_off_its_own_scale_is_not_offered(tmp_path: Path) -> None:
    rows = [
        [n, f"u{n % 9}", n * 7 % 30, n * 3 % 10, ("7-12", "-40", "5", "", "")[n] if n < 5 else ""] for n in range(40)
    ]
    path = tmp_path / "votes.csv"
    path.write_text("".join(";".join(map(str, row)) + "\n" for row in rows))
    said = refused(path)
    assert "off the scale" not in said


def test_numbers_with_a_word_among_them_are_told_by_the_numbers() -> None:
    rows = [{"title": f"Un artículo largo {n}", "n": ("none" if n == 3 else n % 3)} for n in range(12)]
    assert "nan" not in refused([{**row, "remark": ""} for row in rows])


def test_marked_spans_are_refused_without_advice() -> None:
    rows = [
        {"text": f"Texto {n}", "who": who, "start": n * 3 + k, "end": n * 3 + k + 5, "label": "XY"[(n + k) % 2]}
        for n in range(12)
        for who in ("ana", "jon")
        for k in (1, 9)
    ]
    said = refused(rows)
    assert "rows mark spans" in said
    assert "`start` (places in a text)" in said
    assert "columns={" not in said


ANSWERS = [[1 + (n * k + n) % 4 for k in range(1, 7)] for n in range(20)]
ASKED = [
    {"subject": 100 + n * 7 % 23, "age": 20 + n % 6, **{f"WB{k}": one for k, one in enumerate(row, 1)}, "WB": sum(row)}
    for n, row in enumerate(ANSWERS)
]


def test_a_questionnaire_of_people_about_themselves_is_refused() -> None:
    said = refused(ASKED)
    assert "`WB` is the sum of `WB1` to `WB6`" in said
    assert "columns={" not in said
    assert len(load_ratings(ASKED, columns={"annotator_id": "subject", "items": "WB*", "ignore": "age"})) == 140


def test_a_total_that_is_none_makes_no_questionnaire() -> None:
    with_another = [{**row, "WB": row["WB"] + n % 3} for n, row in enumerate(ASKED)]
    try:
        load_ratings(with_another)
    except DataError as error:
        assert "questionnaire" not in str(error)  # noqa: PT017 - read or asked, never refused as one


def test_a_file_without_header_offers_each_column_of_few_values_alone(tmp_path: Path) -> None:
    path = tmp_path / "bare.tsv"
    path.write_text(
        "".join(
            f"http://a.es/{n}\tA sentence in English, number {n}\tUna frase en español {n}\t0.5{n % 3}\t"
            f"{'VVETA'[n % 5]}\t{('', 'x', 'y')[n % 3]}\t{3 + n * 5 % 11}\n"
            for n in range(30)
        )
    )
    ways = offered(refused(path))
    assert any(way.get("value") == "column 5" for way in ways)
    way = next(way for way in ways if way.get("value") == "column 5")
    ratings = load_ratings(path, columns=way)
    assert (len(ratings.item_table), len(ratings)) == (30, 30)


def test_lists_with_commas_between_tabs_are_cells(tmp_path: Path) -> None:
    path = tmp_path / "bare.txt"
    path.write_text(
        "".join(f"{1 + n % 5},{1 + n * 2 % 5},4\t{1 + n * 3 % 5},{1 + n % 4},2\t3,{1 + n % 3},1\n" for n in range(20))
    )
    ratings = load_ratings(path)
    assert ratings.criteria == ("column 1", "column 2", "column 3")
    assert (len(ratings.item_table), len(ratings)) == (20, 180)


WIDE = [[f"i{n}", *(1 + (n * k + n // k) % 5 for k in range(1, 7))] for n in range(12)]


def test_a_name_that_comes_twice_is_mended_by_the_columns_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    body = "".join(",".join(map(str, row)) + "\n" for row in WIDE)
    path.write_text("item,rater1_tone,rater1_help,rater2_tone,rater1_help,rater3_tone,rater3_help\n" + body)
    said = refused(path)
    assert "names this column 2 times (fields 3, 5)" in said
    names = ["item", "rater1_tone", "rater1_help", "rater2_tone", "rater2_help", "rater3_tone", "rater3_help"]
    assert re.search(rf"{re.escape(f'header={names!r}')} was tried: reads 12 items by 3 people", said)
    ratings = load_ratings(path, header=names)
    assert (len(ratings.item_table), ratings.criteria, len(ratings.annotators)) == (12, ("help", "tone"), 3)


def test_what_is_tried_and_still_asked_is_not_offered(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    rows = [f"i{n},{who},{1 + (n * k + n) % 5},{1 + (n + k) % 5}\n" for n in range(12) for k, who in enumerate("ab")]
    path.write_text("item,rater,score,score\n" + "".join(rows))
    said = refused(path)
    assert "names this column 2 times (fields 3, 4)" in said
    assert "reads" not in said


def test_a_header_that_is_said_of_a_file_with_another_keeps_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("".join(",".join(map(str, row[:3])) + "\n" for row in WIDE))
    columns = {"item_id": "item", "annotators": "ana,jon"}
    assert len(load_ratings(path, header=["item", "ana", "jon"], columns=columns).item_table) == 12


def test_numbered_entries_that_hold_lists_are_refused_without_advice(tmp_path: Path) -> None:
    def reviewed(n: int, k: int) -> dict[str, object]:
        reviews = [{"worker": w, "clear": 1 + (n * k + w) % 5, "short": 1 + (n + k * w) % 5} for w in range(3)]
        return {"response": f"Respuesta {n} {k}", "reviews": reviews, "overall": {"clear-rank": 1 + n % 3}}

    documents = [
        {"passage": f"p{n}", "questions": {str(k): {"bart": reviewed(n, k), "human": reviewed(n + 1, k)}
                                           for k in range(1 if n else 4)}}
        for n in range(3)
    ]  # fmt: skip
    path = tmp_path / "r.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in documents))
    said = refused(path)
    assert "not opened" in said
    assert not offered(said)
