"""Tables as strangers have them: several in one file, texts elsewhere, odd marks, remarks below, lists in JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from alia_judge.errors import DataError
from alia_judge.ratings import Ratings, load_ratings

PEOPLE = ("ana", "jon", "eva")
GIVEN = [(f"doc-{n:02d}", who, 1 + (n * k + n) % 5) for n in range(12) for k, who in enumerate(PEOPLE, start=1)]
TEXTS = [(f"doc-{n:02d}", f"Respuesta {n}: le devolvemos el cargo de la factura.") for n in range(12)]


def same(ratings: Ratings) -> bool:
    table = ratings.table
    rows = zip(table["item_id"], table["annotator_id"], table["value"], strict=True)
    found = {(str(item), str(who), int(value)) for item, who, value in rows}
    return len(table) == len(GIVEN) and found == set(GIVEN)


def lines(rows: list[Any], mark: str = ",") -> str:
    return "".join(mark.join(map(str, row)) + "\n" for row in rows)


@pytest.mark.parametrize("mark", ["^", "~", "#", "¦", "§"])
def test_a_mark_that_every_line_has_equally_often_parts_the_fields(tmp_path: Path, mark: str) -> None:
    (tmp_path / "r.txt").write_text(lines([("item", "rater", "score"), *GIVEN], mark), encoding="utf-8")
    assert same(load_ratings(tmp_path / "r.txt"))


def test_a_mark_within_names_parts_nothing(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(lines([("item#", "rater", "score"), *GIVEN]), encoding="utf-8")
    assert same(load_ratings(tmp_path / "r.csv"))


@pytest.mark.parametrize("second", [("rater", "score", "item"), ("anotadora", "nota", "muestra")])
def test_a_second_header_begins_a_second_table(tmp_path: Path, second: tuple[str, ...]) -> None:
    below = [(who, value, item) for item, who, value in GIVEN[18:]]
    (tmp_path / "r.csv").write_text(lines([("item", "rater", "score"), *GIVEN[:18], ["", "", ""], second, *below]))
    ratings = load_ratings(tmp_path / "r.csv")
    assert same(ratings)
    assert "line 21 is a header again and no rating" in ratings.notes


def test_tables_that_rate_the_same_twice_are_not_put_together(tmp_path: Path) -> None:
    again = [("anotadora", "nota", "muestra"), *((who, value, item) for item, who, value in GIVEN)]
    (tmp_path / "r.csv").write_text(lines([("item", "rater", "score"), *GIVEN, ["", "", ""], *again]))
    with pytest.raises(DataError, match="hold ratings, in different columns"):
        load_ratings(tmp_path / "r.csv")


def test_a_row_that_is_like_names_is_data_where_no_line_is_empty_above(tmp_path: Path) -> None:
    rows = [("text", "rater", "label"), ("note", "ana", "item"), ("score", "ana", "text"), ("note", "jon", "item")]
    (tmp_path / "r.csv").write_text(lines([*rows, ("score", "jon", "item")]))
    assert len(load_ratings(tmp_path / "r.csv")) == 4


def test_texts_on_a_sheet_of_their_own_are_joined(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "r.xlsx") as book:
        pd.DataFrame(TEXTS, columns=["id", "texto"]).to_excel(book, sheet_name="Textos", index=False)
        pd.DataFrame(GIVEN, columns=["id", "anotador", "nota"]).to_excel(book, sheet_name="Notas", index=False)
    ratings = load_ratings(tmp_path / "r.xlsx")
    assert same(ratings)
    assert [item.response for item in ratings.items()] == [text for _, text in TEXTS]
    assert ratings.left_out == {}


def test_what_a_file_knows_of_the_people_is_joined(tmp_path: Path) -> None:
    (tmp_path / "notas.csv").write_text(lines([("id", "anotador", "nota"), *GIVEN]))
    (tmp_path / "gente.csv").write_text(lines([("anotador", "edad"), ("ana", 31), ("jon", 45), ("eva", 28)]))
    ratings = load_ratings([tmp_path / "notas.csv", tmp_path / "gente.csv"])
    assert same(ratings)
    assert set(zip(ratings.table["annotator_id"], ratings.table["edad"], strict=True)) == {
        ("ana", "31"), ("jon", "45"), ("eva", "28")}  # fmt: skip


def test_a_sheet_that_explains_the_scale_is_not_joined(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "r.xlsx") as book:
        pd.DataFrame(GIVEN, columns=["id", "anotador", "nota"]).to_excel(book, sheet_name="Notas", index=False)
        pd.DataFrame({"nota": range(1, 6), "quiere decir": list("abcde")}).to_excel(
            book, sheet_name="Guía", index=False
        )
    ratings = load_ratings(tmp_path / "r.xlsx")
    assert same(ratings)
    assert ratings.left_out == {"sheet 'Guía'": 10}


@pytest.mark.parametrize("note", ["Nota: 1 = mala", "* media ponderada", "Valoraron tres personas en marzo"])
def test_a_remark_below_the_table_is_no_rating(tmp_path: Path, note: str) -> None:
    wide = [(f"doc-{n:02d}", *(value for item, _, value in GIVEN if item == f"doc-{n:02d}")) for n in range(12)]
    rows = [("id", *PEOPLE), *wide, ("Media", "2,9", "3,1", "2,75"), [""] * 4, (note, "", "", "")]
    (tmp_path / "r.csv").write_text(lines(rows, ";"), encoding="utf-8")
    ratings = load_ratings(tmp_path / "r.csv")
    assert same(ratings)
    assert ratings.left_out == {"remarks": 1, "rows of totals": 4}


def test_an_item_that_nobody_rated_is_no_remark(tmp_path: Path) -> None:
    wide = [(text, *(value for item, _, value in GIVEN if item == name)) for name, text in TEXTS]
    (tmp_path / "r.csv").write_text(lines([("texto", *PEOPLE), *wide, ("Respuesta 12: ya no hay cargo.", "", "", "")]))
    assert len(load_ratings(tmp_path / "r.csv").item_table) == 13


FRAME = pd.DataFrame(GIVEN, columns=["item", "rater", "score"])


@pytest.mark.parametrize("orient", ["records", "split", "index", "columns", "table", "values"])
def test_what_pandas_writes_is_read_in_every_orientation(tmp_path: Path, orient: Any) -> None:
    frame = FRAME.set_index(pd.Index(range(5, 5 + 3 * len(FRAME), 3)))  # of a frame that was filtered
    frame.to_json(tmp_path / "r.json", orient=orient)
    if orient != "values":
        assert same(load_ratings(tmp_path / "r.json"))
        return
    names = {"item_id": "column 1", "annotator_id": "column 2", "value": "column 3"}
    assert same(load_ratings(tmp_path / "r.json", columns=names))


def test_a_list_that_is_shorter_than_the_first_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(json.dumps([["item", "rater", "score"], *map(list, GIVEN), ["doc-99", "ana"]]))
    with pytest.raises(DataError, match="2 values where the first list has 3"):
        load_ratings(tmp_path / "r.json")


def test_ratings_as_lists_of_person_and_value(tmp_path: Path) -> None:
    document = [
        {"id": name, "text": text, "ratings": [[who, value] for item, who, value in GIVEN if item == name]}
        for name, text in TEXTS
    ]
    (tmp_path / "r.json").write_text(json.dumps(document))
    assert same(load_ratings(tmp_path / "r.json"))


def test_a_question_offers_each_layout(tmp_path: Path) -> None:
    words = ("Mala", "Regular", "Buena", "Muy buena")
    rows = [[f"{100 + n}", *(words[(i * i + (n % 5 == i % 3)) % 4] for i in range(6))] for n in range(9)]
    (tmp_path / "r.csv").write_text(lines([("CASO", *(f"V{i}" for i in range(1, 7))), *rows]))
    with pytest.raises(DataError, match="'items': 'V1,V2,V3,V4,V5,V6'}: reads 6 items by 9 people"):
        load_ratings(tmp_path / "r.csv")


WIDE = [(name, *(value for item, _, value in GIVEN if item == name)) for name, _ in TEXTS]


@pytest.mark.parametrize(
    ("called", "of"),
    [("Media", lambda given: round(sum(given) / 3, 2)), ("final", lambda given: round(sum(given) / 3))],
)
def test_a_column_worked_out_of_the_people_is_none_of_them(tmp_path: Path, called: str, of: Any) -> None:
    (tmp_path / "r.csv").write_text(lines([("id", *PEOPLE, called), *((*row, of(row[1:])) for row in WIDE)]))
    ratings = load_ratings(tmp_path / "r.csv")
    assert same(ratings)
    assert {role.column: role.why for role in ratings.roles}[called] == "worked out of the others"


def test_a_person_who_is_called_like_a_result_is_asked_about(tmp_path: Path) -> None:
    rows = [(*row, 1 + n * 3 % 5) for n, row in enumerate(WIDE)]
    (tmp_path / "r.csv").write_text(lines([("id", *PEOPLE, "final"), *rows]))
    with pytest.raises(DataError, match="`final` is called like what came of the others' ratings"):
        load_ratings(tmp_path / "r.csv")
    said = {"annotators": ("ana", "jon", "eva", "final")}
    assert len(load_ratings(tmp_path / "r.csv", columns=said)) == 48


@pytest.mark.parametrize("whole", [1, 100])
def test_shares_of_votes_are_no_ratings_and_nothing_is_advised_that_reads_them_so(tmp_path: Path, whole: int) -> None:
    votes = [(n % 4, n // 4 % 3, 8 - n % 4 - n // 4 % 3) for n in range(12)]
    rows = [(text, *(whole * count / 8 for count in given)) for (_, text), given in zip(TEXTS, votes, strict=True)]
    (tmp_path / "r.csv").write_text(lines([("texto", "malo", "regular", "bueno"), *rows]))
    with pytest.raises(DataError, match="add up to the same in every row: shares, and no ratings") as found:
        load_ratings(tmp_path / "r.csv")
    assert ": reads" not in str(found.value)


def test_sheets_without_ids_ask_whether_the_place_is_the_item(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "r.xlsx") as book:
        for who in PEOPLE:
            given = pd.DataFrame({"nota": [value for _, name, value in GIVEN if name == who]})
            given.assign(comentario="").to_excel(book, sheet_name=who, index=False)
    with pytest.raises(DataError, match=r"'item_id': '\$place'.*reads 12 items by 3 people \(36 ratings"):
        load_ratings(tmp_path / "r.xlsx")
    said = {"item_id": "$place", "annotator_id": "$sheet", "value": "nota"}
    assert load_ratings(tmp_path / "r.xlsx", columns=said).matrix("rating").values.shape == (3, 12)


@pytest.mark.parametrize("header", ["item,rater,score", '"item" "rater" "score"'], ids=["with commas", "with blanks"])
def test_r_names_its_rows_without_a_name_for_the_names(tmp_path: Path, header: str) -> None:
    mark = "," if "," in header else " "
    rows = [f'"{n}"{mark}"{item}"{mark}"{who}"{mark}{value}' for n, (item, who, value) in enumerate(GIVEN, 1)]
    (tmp_path / "r.txt").write_text("\n".join([header, *rows, ""]))
    assert same(load_ratings(tmp_path / "r.txt"))


@pytest.mark.parametrize(
    "labels",
    [
        ("--", "-", "0", "+", "++"),
        ("😡", "🙁", "😐", "🙂", "😀"),
        ("SS", "AP", "BI", "NT", "SB"),
        ("F", "D", "C", "B", "A"),
        ("C", "C+", "B-", "B", "A"),
        ("A1", "A2", "B1", "B2", "C1"),
        ("moi baixa", "baixa", "media", "alta", "moi alta"),
        ("molt baix", "baix", "mitjà", "alt", "molt alt"),
        ("oso txikia", "txikia", "ertaina", "handia", "oso handia"),
        ("muy negativo", "negativo", "neutro", "positivo", "muy positivo"),
    ],
)
def test_marks_and_words_keep_their_order(labels: tuple[str, ...]) -> None:
    rows = [{"item": item, "rater": who, "nota": labels[value - 1]} for item, who, value in GIVEN]
    ratings = load_ratings(rows)
    assert same(ratings)
    assert ratings.scales["rating"].kind == "ordinal"


@pytest.mark.parametrize("labels", [("👎", "👍"), ("down", "up"), ("✗", "✓"), ("-", "+")])
def test_two_marks_are_a_no_and_a_yes(labels: tuple[str, str]) -> None:
    rows = [{"item": item, "rater": who, "nota": labels[value > 3]} for item, who, value in GIVEN]
    ratings = load_ratings(rows)
    assert ratings.table["value"].tolist() == [float(value > 3) for _, _, value in GIVEN]


def test_letters_that_may_be_names_have_no_order() -> None:
    rows = [{"item": item, "rater": who, "nota": "ABCDE"[value - 1]} for item, who, value in GIVEN]
    assert load_ratings(rows).scales["rating"].kind == "nominal"


def test_a_hyphen_among_numbers_is_still_no_rating() -> None:
    rows = [{"item": item, "rater": who, "nota": "-" if value == 5 else value} for item, who, value in GIVEN]
    assert load_ratings(rows).table["value"].isna().sum() == sum(value == 5 for _, _, value in GIVEN)


def test_two_lists_of_ratings_in_one_document_are_both_read(tmp_path: Path) -> None:
    document = {
        name: [{"item": item, "annotator": who, name: value} for item, who, value in GIVEN]
        for name in ("tone", "clarity")
    }
    (tmp_path / "r.json").write_text(json.dumps(document))
    ratings = load_ratings(tmp_path / "r.json")
    assert (ratings.criteria, len(ratings)) == (("clarity", "tone"), 72)


def test_a_list_of_items_beside_the_ratings_is_joined(tmp_path: Path) -> None:
    document = {
        "items": [{"id": name, "text": text} for name, text in TEXTS],
        "ratings": [{"item": item, "user": who, "score": value} for item, who, value in GIVEN],
    }
    (tmp_path / "r.json").write_text(json.dumps(document))
    ratings = load_ratings(tmp_path / "r.json")
    assert same(ratings)
    assert ratings.items()[0].response == TEXTS[0][1]


def test_a_legend_beside_the_table_is_no_persons(tmp_path: Path) -> None:
    beside = [
        ("escala", "quiere decir"),
        *zip(range(1, 6), ("mal", "regular", "pasable", "bien", "muy bien"), strict=True),
    ]
    rows = [(*row, "", *(beside[n] if n < len(beside) else ("", ""))) for n, row in enumerate([("id", *PEOPLE), *WIDE])]
    (tmp_path / "r.csv").write_text(lines(rows, ";"))
    ratings = load_ratings(tmp_path / "r.csv")
    assert same(ratings)
    assert ratings.left_out == {"the table beside, from column 'escala'": 10}


def test_columns_of_nothing_between_part_no_table(tmp_path: Path) -> None:
    rows = [(row[0], "", *row[1:]) for row in [("id", *PEOPLE), *WIDE]]
    (tmp_path / "r.csv").write_text(lines(rows, ";"))
    assert same(load_ratings(tmp_path / "r.csv"))


@pytest.mark.parametrize("said", ["No sabe", "Ez dakit", "No ho sé", "Non sei", "don't know"])
def test_no_answer_among_grades_is_no_rating(said: str) -> None:
    words = ("Muy mala", "Mala", "Regular", "Buena", "Muy buena")
    rows = [{"item": item, "rater": who, "nota": words[value - 1]} for item, who, value in GIVEN]
    rows += [{"item": item, "rater": "xoan", "nota": said} for item, _ in TEXTS[:4]]
    ratings = load_ratings(rows)
    assert same(ratings.select(annotators=PEOPLE))
    assert (ratings.table["value"].isna().sum(), ratings.scales["rating"].kind) == (4, "ordinal")
    assert f"rating: {said!r} was read as no rating (say the scale if it is one: scales=)" in ratings.notes


def test_no_answer_among_names_is_a_label() -> None:
    said = {1: "a favor", 2: "en contra", 3: "no sabe", 4: "a favor", 5: "en contra"}
    rows = [{"item": item, "rater": who, "etiqueta": said[value]} for item, who, value in GIVEN]
    (scale,) = load_ratings(rows).scales.values()
    assert scale.labels == ("a favor", "en contra", "no sabe")


def test_votes_are_read_and_not_how_they_were_shared_out(tmp_path: Path) -> None:
    votes = [{"e": n % 4, "n": 2, "c": 3 - n % 4} for n in range(12)]
    rows = [
        {"uid": name, "label_counter": given, "label_dist": [count / 5 for count in given.values()]}
        for (name, _), given in zip(TEXTS, votes, strict=True)
    ]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert len(load_ratings(tmp_path / "r.jsonl")) == 5 * 12


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_needs_no_mark(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "r.csv").write_bytes(lines([("item", "rater", "score"), *GIVEN]).encode(encoding))
    assert same(load_ratings(tmp_path / "r.csv"))


@pytest.mark.parametrize("page", ["<html><table><tr><td>a</td></tr></table>", '<?xml version="1.0"?><r/>'])
def test_a_page_is_called_so(tmp_path: Path, page: str) -> None:
    (tmp_path / "r.txt").write_text(page)
    with pytest.raises(DataError, match=r"a web page or an XML document; .* save it as \.xlsx"):
        load_ratings(tmp_path / "r.txt")


def test_columns_of_one_name_are_people_as_pandas_numbers_them(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(lines([("id", "nota", "nota.1", "nota.2"), *WIDE]))
    ratings = load_ratings(tmp_path / "r.csv")
    assert (ratings.annotators, len(ratings)) == (("nota", "nota.1", "nota.2"), 36)


def test_rankings_are_no_ratings(tmp_path: Path) -> None:
    orders = [(1, 2, 3), (3, 1, 2), (2, 3, 1)]
    rows = [(item, who, *orders[(value + n) % 3]) for n, (item, who, value) in enumerate(GIVEN)]
    (tmp_path / "r.csv").write_text(lines([("id", "anotador", "A", "B", "C"), *rows]))
    with pytest.raises(DataError, match="the places 1 to 3 in every row: a ranking, and no ratings") as found:
        load_ratings(tmp_path / "r.csv")
    assert ": reads" not in str(found.value)


def test_a_score_standardised_by_person_is_no_criterion(tmp_path: Path) -> None:
    raw = {(item, who): 20 * value - (7 * n + len(who)) % 17 for n, (item, who, value) in enumerate(GIVEN)}
    means = {who: sum(x for (_, w), x in raw.items() if w == who) / 12 for who in PEOPLE}
    rows = [(item, who, x, round((x - means[who]) / (20 + len(who)), 4)) for (item, who), x in raw.items()]
    (tmp_path / "r.csv").write_text(lines([("item", "rater", "raw", "z"), *rows]))
    ratings = load_ratings(tmp_path / "r.csv")
    assert (len(ratings), ratings.table["value"].tolist()) == (36, [float(x) for x in raw.values()])


def test_a_person_and_a_criterion_in_one_column_are_two(tmp_path: Path) -> None:
    rows = [(item, f"{who}_{c}", value) for item, who, value in GIVEN for c in ("fluidez", "utilidad")]
    (tmp_path / "r.csv").write_text(lines([("id", "variable", "value"), *rows]))
    ratings = load_ratings(tmp_path / "r.csv")
    assert (ratings.criteria, ratings.annotators, len(ratings)) == (("fluidez", "utilidad"), ("ana", "eva", "jon"), 72)


def test_a_table_as_it_stands_on_a_page(tmp_path: Path) -> None:
    rows = [" | ".join(map(str, row)) for row in [("id", *PEOPLE), *WIDE]]
    rows.insert(1, ":--- | ---: | --- | :---:")
    (tmp_path / "r.md").write_text("".join(f"| {row} |\n" for row in rows))
    assert same(load_ratings(tmp_path / "r.md"))


def test_blanks_around_a_value_are_no_second_value(tmp_path: Path) -> None:
    rows = [[f" {cell} " for cell in row] for row in [("id", *PEOPLE), *WIDE]]
    (tmp_path / "r.csv").write_text(lines(rows, ";"))
    assert same(load_ratings(tmp_path / "r.csv"))


def test_feedback_of_few_words_is_no_comment() -> None:
    rows = [
        {"message_id": i, "user_id": w, "feedback": ("down", "up")[v > 3], "session": f"s{i[-1]}"} for i, w, v in GIVEN
    ]
    ratings = load_ratings(rows)
    assert ratings.table["value"].tolist() == [float(value > 3) for _, _, value in GIVEN]
