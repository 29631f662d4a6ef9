"""Kinds that were met in public files, made up: boxes, names with values in a cell, votes beside their sum, spans."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alia_judge.errors import DataError
from alia_judge.ratings import Ratings, load_ratings

PEOPLE = ("ana", "jon", "eva")
GIVEN = [(f"doc-{n:02d}", who, 1 + (n * k + n) % 5) for n in range(12) for k, who in enumerate(PEOPLE, start=1)]
RECORDS = [{"item": item, "annotator": who, "score": value} for item, who, value in GIVEN]


def found(ratings: Ratings) -> set[tuple[str, str, int]]:
    table = ratings.table
    rows = zip(table["item_id"], table["annotator_id"], table["value"], strict=True)
    return {(str(item), str(who), int(value)) for item, who, value in rows}


def write(folder: Path, name: str, header: str, rows: list[list[Any]], mark: str = ",") -> Path:
    path = folder / name
    path.write_text("".join(line + "\n" for line in [header, *(mark.join(map(str, row)) for row in rows)]), "utf-8")
    return path


@pytest.mark.parametrize(
    "written",
    [
        lambda one: "".join(map(json.dumps, one)),
        lambda one: ",\n".join(map(json.dumps, one)),
        lambda one: "\n".join(json.dumps(record, indent=2) for record in one),
        lambda one: "\n".join(json.dumps(one[k : k + 4]) for k in range(0, len(one), 4)),
        lambda one: "\n".join(json.dumps(one[k]) + json.dumps(one[k + 1]) for k in range(0, len(one), 2)),
    ],
)
@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_json_values_one_after_another_are_records(
    tmp_path: Path, ending: str, written: Callable[[list[Any]], str]
) -> None:
    path = tmp_path / f"r.{ending}"
    path.write_text(written(RECORDS))
    assert found(load_ratings(path)) == set(GIVEN)


def test_a_fault_among_values_one_after_another_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text('{\n"item": "a", "score": 1}\n{\n"item": "b", score: 2}\n')
    with pytest.raises(DataError) as caught:
        load_ratings(path)
    assert [problem.line for problem in caught.value.problems] == [4]


@pytest.mark.parametrize("way", ["{}: {}", "{}={}", "{} ({})", "{}:{}"])
@pytest.mark.parametrize("mark", [", ", "; ", " | "])
def test_names_with_their_values_in_a_cell(tmp_path: Path, way: str, mark: str) -> None:
    cells = {item: mark.join(way.format(who, value) for i, who, value in GIVEN if i == item) for item, _, _ in GIVEN}
    path = write(tmp_path, "r.tsv", "item\tratings", [[item, cell] for item, cell in cells.items()], "\t")
    assert found(load_ratings(path)) == set(GIVEN)


def test_objects_as_python_writes_them_are_objects(tmp_path: Path) -> None:
    cells = {item: str({who: value for i, who, value in GIVEN if i == item}) for item, _, _ in GIVEN}
    path = write(tmp_path, "r.tsv", "item\tratings", [[item, cell] for item, cell in cells.items()], "\t")
    assert found(load_ratings(path)) == set(GIVEN)


@pytest.mark.parametrize("mark", ["x", "X", "✓", "1"])
def test_the_box_with_a_mark_is_the_value(tmp_path: Path, mark: str) -> None:
    rows = [[item, who, *(mark if value == k else "" for k in range(1, 6))] for item, who, value in GIVEN]
    assert found(load_ratings(write(tmp_path, "r.csv", "item,annotator,1,2,3,4,5", rows))) == set(GIVEN)


def test_boxes_of_which_several_may_have_a_mark_are_a_yes_and_a_no_each(tmp_path: Path) -> None:
    rows = [[item, who, "x" if value > 3 else "", "x" if value == 5 else ""] for item, who, value in GIVEN]
    ratings = load_ratings(write(tmp_path, "r.csv", "item,annotator,ironia,odio", rows))
    assert ratings.criteria == ("ironia", "odio")
    assert ratings.of("ironia")["value"].sum() == sum(value > 3 for *_, value in GIVEN)
    assert any("a mark is read as 1, an empty cell as 0" in note for note in ratings.notes)


def test_a_mark_beside_ratings_is_none(tmp_path: Path) -> None:
    rows = [[item, who, value, "x" if n % 7 == 0 else ""] for n, (item, who, value) in enumerate(GIVEN)]
    ratings = load_ratings(write(tmp_path, "r.csv", "item,annotator,score,revisado", rows))
    assert found(ratings) == set(GIVEN)


def test_spellings_of_one_person_are_one_where_they_never_rated_the_same() -> None:
    rows = [record | {"annotator": record["annotator"].title() * (n > 17) or record["annotator"]}
            for n, record in enumerate(RECORDS)]  # fmt: skip
    ratings = load_ratings(rows)
    assert len(ratings.annotators) == 3
    assert len([note for note in ratings.notes if "never rated the same" in note]) == 3


def test_spellings_that_rated_the_same_are_two_people() -> None:
    rows = [*RECORDS, *(record | {"annotator": "Ana"} for record in RECORDS if record["annotator"] == "ana")]
    ratings = load_ratings(rows)
    assert ratings.annotators == ("Ana", "ana", "eva", "jon")
    assert any("rated the same items, and are read as 2 people" in note for note in ratings.notes)


def test_codes_of_a_letter_and_a_number_have_an_order_that_only_their_author_knows() -> None:
    ratings = load_ratings([record | {"score": f"S{(record['score'] + 1) // 2}"} for record in RECORDS])
    assert ratings.scales["rating"].kind == "nominal"
    assert ratings.unordered == {"rating": ("S1", "S2", "S3")}


def test_a_graded_preference_keeps_its_numbers_and_both_texts() -> None:
    rows = [
        {
            "prompt": f"¿Pregunta número {item}?",
            "response_1": f"La primera respuesta a {item}.",
            "response_2": f"La segunda respuesta a {item}.",
            "annotator": who,
            "preference_strength": value - 3,
        }
        for item, who, value in GIVEN
    ]
    ratings = load_ratings(rows)
    assert (ratings.scales[ratings.criteria[0]].low, ratings.scales[ratings.criteria[0]].high) == (-2, 2)
    first = ratings.items()[0]
    assert first.response is not None
    assert first.response_b is not None
    assert first.response.replace("primera", "segunda") == first.response_b


def test_how_much_better_one_model_is_names_no_side() -> None:
    rows = [
        {"question_id": item, "model_a": "uno", "model_b": "dos", "annotator": who, "score": value - 3}
        for item, who, value in GIVEN
    ]
    assert sorted(set(load_ratings(rows).table["value"])) == [-2, -1, 0, 1, 2]


def test_marked_spans_are_no_ratings() -> None:
    chance = random.Random(0)
    rows = [
        {"id": n, "text": f"Texto {n} con palabras que alguien marca.", "spans": [
            {"start": (start := chance.randrange(20)), "end": start + 5, "label": chance.choice("AB")} for _ in range(3)
        ]}
        for n in range(10)
    ]  # fmt: skip
    with pytest.raises(DataError, match="mark spans"):
        load_ratings(rows)


def test_votes_beside_their_sum_and_what_most_chose() -> None:
    chance = random.Random(1)
    rows = []
    for n in range(30):
        votes = [0, 0, 0]
        for _ in range(chance.choice((3, 3, 5))):
            votes[chance.randrange(3)] += 1
        names = ("rude", "plain_language", "neither")
        rows.append(
            {"n": n, "total": sum(votes), **dict(zip(names, votes, strict=True)), "class": votes.index(max(votes)),
             "message": f"Mensaje número {n} de los que se votaron."}
        )  # fmt: skip
    ratings = load_ratings(rows)
    assert len(ratings) == sum(row["total"] for row in rows)
    assert set(ratings.scales[ratings.criteria[0]].labels) == {"rude", "plain_language", "neither"}


def test_texts_and_ratings_numbered_alike_are_a_row_each() -> None:
    rows = [
        {"WorkerId": who}
        | {f"Input.text_{k}": f"Lo que se dijo en la respuesta {batch}{k}." for k in range(1, 5)}
        | {f"Answer.q{k}": 1 + (batch * k + place) % 5 for k in range(1, 5)}
        for batch in range(5)
        for place, who in enumerate(PEOPLE)
    ]
    ratings = load_ratings(rows)
    assert (len(ratings.item_table), len(ratings), len(ratings.annotators)) == (20, 60, 3)


def test_a_criterion_on_which_everybody_said_the_same_is_one() -> None:
    rows = [
        {"Input.id": item, "Answer.a-1-tone": value % 2, "Answer.a-2-slips": 0, "Answer.a-3-order": value > 3}
        for item, _, value in GIVEN
    ]
    assert len(load_ratings(rows).criteria) == 3


def test_several_peoples_numbers_for_two_sides_are_preferences() -> None:
    rows = [
        {"idx": n, "instruction": f"Resuma el texto número {n}.", "response1": f"Un resumen breve, {n}.",
         "response2": f"Otro resumen algo más largo, {n}."}
        | {f"annotator{k}": (n * k + n) % 3 for k in (1, 2, 3)}
        for n in range(20)
    ]  # fmt: skip
    ratings = load_ratings(rows)
    assert ratings.scales["preference"].kind == "pairwise"
    assert (len(ratings.item_table), len(ratings), len(ratings.annotators)) == (20, 60, 3)


def test_last_columns_that_a_tool_left_away_are_empty(tmp_path: Path) -> None:
    rows = [[f"H{item}", f"A{n}", f"W{who}", value] for n, (item, who, value) in enumerate(GIVEN)]
    ratings = load_ratings(write(tmp_path, "r.csv", "HITId,AssignmentId,WorkerId,Answer.quality,Approve,Reject", rows))
    assert (len(ratings.item_table), len(ratings), len(ratings.annotators)) == (12, 36, 3)
    assert any("no row goes as far as" in note for note in ratings.notes)


def test_a_row_short_of_a_column_that_is_not_the_tools_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="3 fields"):
        load_ratings(write(tmp_path, "r.csv", "item,annotator,score,tone", [list(row) for row in GIVEN]))


def test_a_choice_between_two_texts_of_a_task_is_a_preference() -> None:
    rows = [
        {"id": n, "answer1": f"Una respuesta a {n}.", "answer2": f"Otra respuesta a {n}.",
         "Better": f"Answer {'AB'[n % 2]}", "annotator": 7, "annotation_id": n, "lead_time": 9.5}
        for n in range(6)
    ]  # fmt: skip
    ratings = load_ratings(rows)
    assert ratings.scales["Better"].kind == "pairwise"
    assert (ratings.items()[0].response, ratings.items()[0].response_b) == ("Una respuesta a 0.", "Otra respuesta a 0.")


STAYS = [
    {"hotel_id": n // 6, "text": f"Una estancia de {n} noches.", "rating": 6.0 + n % 4, "user": f"u*{n}", "id": 100 + n}
    | {name: ("Positive", "Negative")[n % k % 2] for k, name in enumerate(("Room", "Food"), start=2) if n % k}
    | {"annotator": 1, "annotation_id": n, "created_at": "2026-01-01", "lead_time": 9.5}
    for n in range(24)
]  # fmt: skip


@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_what_stands_before_a_tasks_id_is_its_data_and_was_not_annotated(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"r.{ending}"
    path.write_text(json.dumps(STAYS) if ending == "json" else "".join(json.dumps(one) + "\n" for one in STAYS))
    ratings = load_ratings(path)
    assert ratings.criteria == ("Food", "Room")
    assert ratings.table["value"].notna().sum() == sum(("Room" in one) + ("Food" in one) for one in STAYS)
    assert list(ratings.item_table["rating"]) == [one["rating"] for one in STAYS]


def test_data_that_nothing_tells_from_what_was_annotated_is_asked_about() -> None:
    rows = [dict(sorted(one.items())) for one in STAYS]
    with pytest.raises(DataError, match="`rating` may be what was annotated or the task's own data") as caught:
        load_ratings(rows)
    said = {"item_id": "id", "annotator_id": "annotator", "criteria": "Food,Room"}
    assert f"(each was tried on this file): columns={said!r}: reads 24 items" in str(caught.value)
    assert load_ratings(rows, columns=said).criteria == ("Food", "Room")


def test_data_is_what_all_annotations_of_a_task_have_alike() -> None:
    rows = [dict(sorted(one.items())) for one in STAYS]
    rows += [one | {"annotator": 2, "annotation_id": 900 + n} for n, one in enumerate(rows[:8])]
    for row in rows[24:]:
        row["Room"] = "Positive" if row.get("Room") == "Negative" else "Negative"
    ratings = load_ratings(rows)
    assert ratings.criteria == ("Food", "Room")
    assert len(ratings.annotators) == 2


@pytest.mark.parametrize("words", [("annotator", "anotator"), ("annotator", "annotator"), ("anotador", "evaluador")])
@pytest.mark.parametrize("missing", [False, True])
def test_names_of_criterion_and_annotator_are_read_or_asked_about(
    tmp_path: Path, words: tuple[str, str], missing: bool
) -> None:
    first, second = words
    header = [f"{name}_{word}_{k}" for name, word in (("dialect", first), ("correctness", second)) for k in (1, 2, 3)]
    rows = []
    for n in range(20):
        dialect = [("norte", "sur", "otro")[(n + n // 2 + (k == 1 and n % 4 == 0)) % 3] for k in range(3)]
        grade = ["ABCD"[(n + n // 3 + (k == 2 and n % 3 == 0)) % 4] for k in range(3)]
        rows.append([f"Una frase larga con el número {n}", *dialect, dialect[0], *grade, grade[0]])
    if missing:
        rows[7][5] = rows[9][2] = ""
    names = ["text", *header[:3], "dialect_unified", *header[3:], "correctness_unified"]
    path = write(tmp_path, "r.csv", ",".join(names), rows)
    if first != second:
        with pytest.raises(DataError, match="not clear how this table is to be read"):
            load_ratings(path)
        return
    ratings = load_ratings(path)
    assert ratings.criteria == ("correctness", "dialect")
    assert [who[-1] for who in ratings.annotators] == ["1", "2", "3"]
    assert ratings.table["value"].notna().sum() == 120 - 2 * missing


def test_a_column_for_each_answer_to_a_question(tmp_path: Path) -> None:
    rows = [[f"p{n % 2}", f"i{n // 2}", *(("1", "") if n % 3 else ("", "2")), ""] for n in range(20)]
    rows.append(["p0", "consent.html", "", "", "I agree:::Yes"])
    header = "user\tinstance_id\tIs it clear?:::Yes\tIs it clear?:::No\tI agree:::Yes"
    ratings = load_ratings(write(tmp_path, "r.tsv", header, rows, "\t"))
    assert (len(ratings.item_table), len(ratings)) == (10, 20)
    assert ratings.scales[ratings.criteria[0]].labels == ("No", "Yes")


def test_votes_of_several_people_in_a_row_are_preferences() -> None:
    rows = [
        {"prompt": f"¿Pregunta {n}?", "left": f"La primera respuesta a {n}.", "right": f"La segunda respuesta a {n}."}
        | {f"vote_{who}": ("left", "right", "tie")[(n * k + n) % 3] for k, who in enumerate(("Ana", "Jon", "Pau"))}
        for n in range(12)
    ]
    ratings = load_ratings(rows)
    assert ratings.scales["preference"].kind == "pairwise"
    assert (len(ratings.item_table), len(ratings), len(ratings.annotators)) == (12, 36, 3)


def test_a_raters_language_is_not_the_texts() -> None:
    rows = [record | {"language": {"ana": "german", "jon": "turkish", "eva": "german"}[record["annotator"]]}
            for record in RECORDS]  # fmt: skip
    assert found(load_ratings(rows)) == set(GIVEN)


def test_a_first_line_of_texts_and_a_number_is_no_header(tmp_path: Path) -> None:
    rows = [
        [f"{(n % 4) / 10 + 0.6:.1f}", f"z{n}", f"¿Qué se preguntó en el {n}?", f"What was asked in {n}?"]
        for n in range(20)
    ]
    with pytest.raises(DataError) as caught:
        load_ratings(write(tmp_path, "r.csv", ",".join(rows[0]), rows[1:]))
    assert "reads 20 items by nobody who is named (20 ratings" in str(caught.value)


def test_columns_called_like_the_values_of_a_scale_count_votes() -> None:
    chance = random.Random(2)
    names = ("muy_mal", "mal", "regular", "bien", "muy_bien")
    rows = [
        {"tuit": f"Mensaje número {n} de los votados."} | {name: chance.randrange(9) for name in names}
        for n in range(24)
    ]
    ratings = load_ratings(rows)
    assert len(ratings) == sum(row[name] for row in rows for name in names)
    assert ratings.scales[ratings.criteria[0]].kind == "ordinal"


def test_letters_that_say_which_of_two_models_is_better_beside_what_most_said() -> None:
    letters = random.Random(4)
    rows = []
    for n in range(24):
        votes = [letters.choice("AABT") for _ in range(3)]
        rows.append(
            {"message": f"¿Qué se dice de lo que pasó en {n // 6}?", "ModelA": f"La respuesta primera a {n} es así.",
             "ModelB": f"La respuesta segunda a {n} es de otro modo.", "model_a": f"alia-{n % 3}",
             "model_b": f"gpt-{n % 4}"}
            | {f"ann{who}": vote for who, vote in enumerate(votes, start=1)}
            | {"maj_vote": max("ABT", key=votes.count)}
        )  # fmt: skip
    ratings = load_ratings(rows)
    assert (len(ratings.item_table), len(ratings), ratings.annotators) == (24, 72, ("ann1", "ann2", "ann3"))
    letter = {"A": -1.0, "B": 1.0, "T": 0.0}
    table = ratings.table
    assert list(table["value"]) == [letter[row[f"ann{who}"]] for row in rows for who in (1, 2, 3)]
    assert next(one.read_as for one in ratings.roles if one.column == "maj_vote") == "attribute of the rating"


@pytest.mark.parametrize("missing", [0, 5])
@pytest.mark.parametrize("news", ["Nota", "Puntos"])
def test_numbers_called_a_rating_that_number_the_texts_name_items_with_the_system(news: str, missing: int) -> None:
    chance = random.Random(7)
    systems = ("mt5", "b2b", "gold", "pegasus")
    rows = [
        {news: text, "Resumen": 1 + place, "Relevancia": chance.randrange(3), "Veracidad": chance.randrange(3),
         "Coherencia": chance.randrange(3), "Modelo": system, "Anot": who}
        for who in ("a1", "a2") for text in range(1, 13) for place, system in enumerate(systems)
    ]  # fmt: skip
    rows = rows[missing:]
    ratings = load_ratings(rows)
    assert set(ratings.criteria) == {"Relevancia", "Veracidad", "Coherencia"}
    assert (len(ratings.item_table), len(ratings), ratings.annotators) == (48, 3 * len(rows), ("a1", "a2"))
    items = ratings.item_table
    assert set(items["system"]) == set(systems)
    assert "response" not in items
    told = {(row["Modelo"], str(row[news]), row["Anot"]): row["Relevancia"] for row in rows}
    given = ratings.of("Relevancia").merge(items[["item_id", "system", "group"]], on="item_id", suffixes=("", "_"))
    found = zip(given["system"], given["group"].astype(str), given["annotator_id"], given["value"], strict=True)
    assert {(one, text, who): value for one, text, who, value in found} == told


def test_numbers_called_a_rating_that_come_again_in_a_cell_of_the_design_are_one() -> None:
    chance = random.Random(3)
    rows = [
        {"Documento": n, "Modelo": ("mt5", "gold")[k], "evaluador": who, "Nota": 1 + (n + chance.randrange(2)) % 5,
         "Fluidez": chance.randrange(5), "Coherencia": chance.randrange(5)}
        for n in range(12) for k in range(2) for who in PEOPLE
    ]  # fmt: skip
    ratings = load_ratings(rows)
    assert len(ratings.item_table) == 24
    assert list(ratings.of(ratings.criteria[0])["value"]) == [row["Nota"] for row in rows]


def test_a_ranking_beside_criteria_names_no_item() -> None:
    chance = random.Random(5)
    rows = [
        {"Documento": n, "Modelo": model, "evaluador": who, "Score": place, "Fluidez": chance.randrange(5),
         "Coherencia": chance.randrange(5)}
        for n in range(12) for who in PEOPLE
        for place, model in enumerate(chance.sample(("mt5", "b2b", "gold", "pegasus"), 4), start=1)
    ]  # fmt: skip
    assert len(load_ratings(rows).item_table) == 48


@pytest.mark.parametrize("cell", ['"{}, {}, {}"', '"[{}, {}, {}]"'])
def test_a_fault_in_one_of_several_files_is_told_of_that_file(tmp_path: Path, cell: str) -> None:
    """Cells that are taken apart make more rows than the files have: each keeps its file and line."""
    for name, odd in (("a", "3"), ("b", "9x")):
        rows = ["item,raters,scores,text"]
        for number in range(12):
            values = (1 + number % 5, 1 + number * 2 % 5, odd if number == 5 else 3)
            rows.append(f'{name}{number},"ana, jon, eva",{cell.format(*values)},respuesta {name} {number}')
        (tmp_path / f"{name}.csv").write_text("\n".join(rows) + "\n")
    with pytest.raises(DataError, match=r"b\.csv:7: field 'scores': '9x'"):
        load_ratings([tmp_path / "a.csv", tmp_path / "b.csv"], scales={"scores": "1-5"})
