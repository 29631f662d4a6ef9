"""Forms and surveys that ask the same question of one item after another, a rater a row."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from alia_judge.errors import DataError
from alia_judge.ratings import Ratings, load_ratings

CLEAR, USEFUL = "¿Cómo de clara es la respuesta que ha leído?", "¿Cómo de útil es la respuesta que ha leído?"
PEOPLE, ITEMS = 12, 4
LABELS = ("1 : muy poco", "2 : poco", "3 : regular", "4 : bastante", "5 : mucho")


def given(person: int, item: int, question: str) -> int:
    return 1 + (person * (item + 2) + item + 2 * (question == USEFUL)) % 5


TRUTH = {
    (question, str(item + 1), person): given(person, item, question)
    for question in (CLEAR, USEFUL)
    for item in range(ITEMS)
    for person in range(PEOPLE)
}


def write(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def form(asked: Sequence[tuple[str, int]], when: str = "Marca temporal") -> list[list[str]]:
    """A form's rows: the questions, and of which item each is, between what people say of themselves."""
    head = [when, "Dirección de correo electrónico", "Acepto que se usen mis respuestas para el estudio"]
    rows = [[*head, *(question for question, _ in asked), "¿Quiere añadir algo más?"]]
    for person in range(PEOPLE):
        values = [str(given(person, item, question)) for question, item in asked]
        said = "" if person % 3 else f"Es un estudio muy largo para la persona {person}."
        rows.append([f"{person + 1:02}/03/2026 10:00:00", f"p{person}@x.org", "Sí", *values, said])
    return rows


BLOCKS = [(question, item) for item in range(ITEMS) for question in (CLEAR, USEFUL)]
IN_TURN = [(question, item) for question in (CLEAR, USEFUL) for item in range(ITEMS)]


def read(ratings: Ratings) -> dict[tuple[str, str, int], int]:
    table = ratings.table
    who = [int(str(one).partition("@")[0][1:]) for one in table["annotator_id"]]
    return dict(
        zip(zip(table["criterion"], table["item_id"], who, strict=True), table["value"].astype(int), strict=True)
    )


@pytest.mark.parametrize("asked", [BLOCKS, IN_TURN])
@pytest.mark.parametrize("when", ["Timestamp", "Marca temporal", "Marca de temps", "Denbora-marka"])
def test_the_nth_time_a_question_is_asked_is_of_the_nth_item(
    tmp_path: Path, asked: list[tuple[str, int]], when: str
) -> None:
    ratings = load_ratings(write(tmp_path / "f.csv", form(asked, when)))
    assert read(ratings) == TRUTH
    assert {ratings.scales[name].kind for name in ratings.criteria} == {"ordinal"}
    assert any("asked again" in note for note in ratings.notes)
    assert not any("differently often" in note for note in ratings.notes)


def test_a_workbook_and_names_that_pandas_numbered_read_alike(tmp_path: Path) -> None:
    frame = pd.read_csv(write(tmp_path / "f.csv", form(BLOCKS)))
    assert f"{CLEAR}.1" in frame
    assert read(load_ratings(frame)) == TRUTH
    pytest.importorskip("openpyxl")
    pd.DataFrame(form(BLOCKS)).to_excel(tmp_path / "f.xlsx", header=False, index=False)
    assert read(load_ratings(tmp_path / "f.xlsx")) == TRUTH


def test_questions_asked_differently_often_have_items_of_their_own(tmp_path: Path) -> None:
    asked = [one for one in BLOCKS if one[0] == CLEAR or one[1] < 2]
    ratings = load_ratings(write(tmp_path / "f.csv", form(asked)))
    assert read(ratings) == {
        (question, f"{question} [{item}]", person): value
        for (question, item, person), value in TRUTH.items()
        if question == CLEAR or int(item) <= 2
    }
    assert any("differently often" in note for note in ratings.notes)


def test_questions_that_differ_in_a_number_are_asked_again_too(tmp_path: Path) -> None:
    rows = form(BLOCKS)
    places = [place for place, name in enumerate(rows[0]) if name == USEFUL]
    for number, place in enumerate(places, start=1):
        rows[0][place] = f"¿Cómo de útil es la respuesta {number} que ha leído?"
    useful = "¿Cómo de útil es la respuesta # que ha leído?"
    ratings = load_ratings(write(tmp_path / "f.csv", rows))
    assert read(ratings) == {(useful if q == USEFUL else q, i, p): value for (q, i, p), value in TRUTH.items()}


def test_short_names_and_tables_of_items_stay_errors(tmp_path: Path) -> None:
    short = [["Timestamp", "value", "value"], *([f"1/{n}/2026", "3", "4"] for n in range(1, 9))]
    texts = [["texto", CLEAR, CLEAR], *([f"Un texto que se valora, el {n}.", n % 5, n % 4] for n in range(9))]
    for rows in (short, texts):
        with pytest.raises(DataError, match="the header names this column 2 times"):
            load_ratings(write(tmp_path / "r.csv", rows))


def survey(names: Sequence[str], *, words: bool = True) -> list[list[str]]:
    """LimeSurvey's rows; the first of two people broke off once before."""
    head = ["id. ID de respuesta", "submitdate. Fecha de envío", "lastpage. Última página", "startlanguage. Idioma"]
    head += ["token. Código", *names, "interviewtime. Tiempo total", "groupTime7. Tiempo del grupo", "R1Q1Time. Tiempo"]
    rows = [head if words else [name.partition(".")[0] for name in head]]
    cells = [[LABELS[given(p, i, q) - 1] for q, i in BLOCKS] for p in range(PEOPLE)]
    rows.append(["1", "", "2", "es", "p0", LABELS[4], *[""] * (len(names) - 1), "12.5", "8.25", ""])
    for p in range(PEOPLE):
        given_cells = [*cells[p], *[""] * (len(names) - len(cells[p]))][: len(names)]
        rows.append(
            [str(p + 2), f"2026-05-{p + 1:02}", "5", "es", f"p{p}", *given_cells, f"{300 + 7 * p}.5", "40.25", ""]
        )
    return rows


def test_a_limesurvey_export_is_read_by_its_questions(tmp_path: Path) -> None:
    names = [f"R{item + 1}Q{1 + (question == USEFUL)}. {question} " for question, item in BLOCKS]
    ratings = load_ratings(write(tmp_path / "l.csv", survey(names)))
    assert read(ratings) == {(q, i, p): value for (q, i, p), value in TRUTH.items()}
    assert ratings.scales[CLEAR].labels == LABELS
    assert ratings.left_out["answers that the same person gave again and completed"] > 0


def test_a_comment_stands_beside_the_answer_that_it_is_of(tmp_path: Path) -> None:
    names = [f"R{item + 1}Q{1 + (question == USEFUL)}. {question}" for question, item in BLOCKS]
    rows = survey([*names, f"R2Q1[comment]. {CLEAR} [Comentario]"])
    place = rows[0].index(f"R2Q1[comment]. {CLEAR} [Comentario]")
    for row in rows[2:]:
        row[place] = f"Lo que dice {row[4]} de la segunda."
    table = load_ratings(write(tmp_path / "l.csv", rows)).table
    said = table[table["comment"].notna()]
    assert set(zip(said["criterion"], said["item_id"], strict=True)) == {(CLEAR, "2")}
    assert len(said) == PEOPLE


def test_limesurvey_codes_without_questions_are_asked_about(tmp_path: Path) -> None:
    names = [f"R{item + 1}Q{1 + (question == USEFUL)}. {question}" for question, item in BLOCKS]
    with pytest.raises(DataError, match="codes of questions"):
        load_ratings(write(tmp_path / "l.csv", survey(names, words=False)))
