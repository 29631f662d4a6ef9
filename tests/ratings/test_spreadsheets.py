"""What spreadsheets and forms make of ratings: read as it is meant, said where something was chosen, or refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alia_judge.checks.base import CheckData
from alia_judge.checks.order import working_order
from alia_judge.errors import DataError, UsageError
from alia_judge.ratings import Ratings, load_ratings
from alia_judge.ratings.scale_specs import parse_scale
from alia_judge.records import Scale

ROWS = [(f"c{n}", who, 1 + (n * k + n) % 5, f"Respuesta {n}: ¿vendrá mañana?") for n in range(8) for k, who in
        enumerate(("ana", "jon", "eva"), start=1)]  # fmt: skip
VALUES = [float(row[2]) for row in ROWS]


def table(delimiter: str = ",", end: str = "\n") -> str:
    lines = [delimiter.join(("item", "rater", "score", "response"))]
    lines += [delimiter.join((item, who, str(score), f'"{text}"')) for item, who, score, text in ROWS]
    return end.join([*lines, ""])


def load(folder: Path, content: str | bytes, name: str = "r.csv", **options: Any) -> Ratings:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_ratings(path, **options)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (table(";"), "r.csv"),
        (table("\t"), "r.tsv"),
        (table("|"), "r.txt"),
        ("\ufeff" + table(end="\r\n"), "r.csv"),
        (table(end="\r"), "r.csv"),
        (table("\t").encode("utf-16"), "r.csv"),
        ("\n\n" + table(end="\n\n"), "r.csv"),
        ("sep=;\n" + table(";"), "r.csv"),
        ("Evaluación ALIA;;;\n;;;\n" + table(";") + ";;;\n;;;\n", "r.csv"),
        (table().replace("\n", ",,\n") + ",,,,,\n", "r.csv"),
        (table(";").replace(";response", ";response (es, ca)", 1), "r.csv"),
    ],
    ids=["semicolons", "tabs", "bars", "bom and crlf", "cr alone", "utf-16", "blank lines", "sep=", "title and rows of "
         "delimiters", "empty columns", "a comma in a name"],
)  # fmt: skip
def test_however_a_table_is_delimited(tmp_path: Path, content: str | bytes, name: str) -> None:
    ratings = load(tmp_path, content, name)
    assert ratings.of("rating")["value"].tolist() == VALUES
    assert ratings.annotators == ("ana", "eva", "jon")
    assert list(ratings.table.columns) == ["item_id", "criterion", "annotator_id", "position", "value"]
    assert [name for name in ratings.item_table.columns if name.startswith("column")] == []


def test_what_stood_above_the_header_is_said(tmp_path: Path) -> None:
    assert load(tmp_path, "Evaluación ALIA\n" + table()).notes[0] == "left out above the header: 'Evaluación ALIA'"


SPANISH = "Sí, mañana; ¿vendrá el pingüino? «No», “qué va”: 3 €…"


@pytest.mark.parametrize(
    "text", [SPANISH, "L·lúcia, à l'òpera, què és això? Ï", "Ondo da, Iñaki", "Non sei, xa chegará"]
)
def test_what_a_spreadsheet_in_spain_writes_is_read_and_said(tmp_path: Path, text: str) -> None:
    content = table("\t").replace("¿vendrá mañana?", text)
    ratings = load(tmp_path, content.encode("cp1252"))
    assert ratings.items()[0].response == f"Respuesta 0: {text}"
    assert ratings.notes[0].startswith("encoding: read as Windows-1252, as it is not UTF-8")
    assert not any(note.startswith("encoding") for note in load(tmp_path, content).notes)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("¿Qué mañana, señor? Sí, allá", "mac_roman"),
        ("¿Qué mañana, señor? Sí, allá", "cp850"),
        ("Příliš žluťoučký kůň", "cp1250"),
        ("Zażółć gęślą jaźń", "iso8859_2"),
        ("Árvíztűrő tükörfúrógép", "cp1250"),
        ("Işık söndü, çok ağır", "cp1254"),
        ("Δεν ξέρω, ευχαριστώ", "cp1253"),
        ("Не знаю, спасибо", "cp1251"),
        ("Já não sei, é a ligação", "cp1252"),
        ("Être là, c'est une forêt", "latin-1"),
        ("mañana", "utf-8"),
    ],
)
def test_what_another_encoding_may_mean_is_asked_for(tmp_path: Path, text: str, encoding: str) -> None:
    content = table(";").replace("¿vendrá mañana?", text).encode(encoding) + b"cut;ana;3;\xc3\n"
    with pytest.raises(DataError, match="bytes that are not UTF-8 text"):
        load(tmp_path, content)
    if encoding != "utf-8":
        assert load(tmp_path, content[: content.index(b"cut")], encoding=encoding).items()[0].response.endswith(text)


def test_an_encoding_is_said_or_refused(tmp_path: Path) -> None:
    content = table(";").replace("¿", "“€ø”").encode("cp1252")
    ratings = load(tmp_path, content, encoding="cp1252")
    assert ratings.items()[0].response == "Respuesta 0: “€ø”vendrá mañana?"
    with pytest.raises(DataError, match=r"r\.csv:2: bytes that are not UTF-8 text, as on 23 more lines; .*cp1252"):
        load(tmp_path, content)
    with pytest.raises(UsageError, match="there is no encoding 'utf-9'"):
        load(tmp_path, content, encoding="utf-9")
    with pytest.raises(DataError, match=r"r\.csv:26: a NUL byte in a field"):
        load(tmp_path, table() + "c9,a\0a,3,x\n")


@pytest.mark.parametrize("word", ["NaN", "#N/A", "<NA>", "NULL", "N/D", "ns/nc", "-", "–", ""])
def test_words_for_nothing_are_missing(tmp_path: Path, word: str) -> None:
    ratings = load(tmp_path, table() + f"c9,ana,{word},x\n")
    assert int(ratings.table["value"].isna().sum()) == 1
    assert ratings.scales["rating"] == Scale.ordinal(1, 5)


def test_decimal_commas_and_shares(tmp_path: Path) -> None:
    ratings = load(tmp_path, "item;rater;score\n" + "".join(f"{i};{w};{s},25\n" for i, w, s, _ in ROWS))
    assert ratings.of("rating")["value"].tolist() == [value + 0.25 for value in VALUES]
    shares = load(tmp_path, "item,rater,score\n" + "".join(f"{i},{w},{20 * s}%\n" for i, w, s, _ in ROWS))
    assert shares.of("rating")["value"].tolist() == [20 * value for value in VALUES]


WORDS = ("Muy mala", "Mala", "Regular", "Buena", "Muy buena")


@pytest.mark.parametrize(
    "spell",
    [
        lambda score: WORDS[score - 1],
        lambda score: f"{score} - {WORDS[score - 1]}",
        lambda score: f"{WORDS[score - 1]} ({score})",
        lambda score: f"{score}/5",
        lambda score: "★" * score + "☆" * (5 - score),
        lambda score: ("oso txarra", "txarra", "onargarria", "ona", "oso ona")[score - 1],
        lambda score: ("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree")[score - 1],
    ],
    ids=["words", "number first", "number last", "out of", "stars", "Basque", "agreement"],
)
def test_grades_in_words_keep_their_order(tmp_path: Path, spell: Callable[[int], str]) -> None:
    lines = "".join(f"{item},{who},{spell(score)}\n" for item, who, score, _ in ROWS)
    ratings = load(tmp_path, "item,rater,score\n" + lines)
    assert ratings.of("rating")["value"].tolist() == VALUES
    scale = ratings.scales["rating"]
    assert (scale.kind, scale.points) == ("ordinal", (1.0, 2.0, 3.0, 4.0, 5.0))
    again = load_ratings(ratings.to_frame(), scales=ratings.scales)
    assert again.fingerprint == ratings.fingerprint


def test_yes_and_no_however_they_are_spelt(tmp_path: Path) -> None:
    ratings = load(tmp_path, "item,rater,score\na,x,Sí\na,y,SI\nb,x,no\nb,y,No\nc,x,sí\n")
    assert ratings.of("rating")["value"].tolist() == [1, 1, 0, 0, 1]
    assert ratings.scales["rating"].kind == "binary"


def test_words_of_no_known_scale_stay_nominal(tmp_path: Path) -> None:
    ratings = load(tmp_path, "item,rater,score\na,x,red\na,y,blue\nb,x,green\n")
    assert ratings.scales["rating"] == Scale.nominal(["blue", "green", "red"])


def test_items_without_an_id_are_told_by_their_texts_or_their_group(tmp_path: Path) -> None:
    named = load(tmp_path, "prompt,response,rater,score\nHola,Uno,ana,3\nHola,Uno,jon,4\nHola,Dos,ana,1\n")
    assert named.matrix("rating").values.shape == (2, 2)
    assert named.notes[0] == "no column names the item: told apart by 'prompt', 'response'"
    grouped = load(tmp_path, "conversation_id,model,rater,score\nc1,m1,ana,3\nc1,m2,ana,4\nc1,m1,jon,1\n")
    assert [item.item_id for item in grouped.items()] == ["c1/m1", "c1/m2"]
    assert grouped.items()[0].group == "c1"
    with pytest.raises(DataError, match=r"r\.csv:3: field 'item_id': empty"):
        load(tmp_path, "response,rater,score\nUno,ana,3\n,jon,4\n")


def test_a_form_in_spanish_is_read_as_it_comes(tmp_path: Path) -> None:
    header = "Marca temporal,Dirección de correo electrónico,Conversación,Utilidad,Tono,Comentarios\n"
    rows = "".join(f"2026/05/01 10:0{n},{who}@x.org,{item},{s},{6 - s},bla\n" for n, (item, who, s, _) in
                   enumerate(ROWS[:9]))  # fmt: skip
    ratings = load(tmp_path, header + rows)
    assert ratings.criteria == ("Tono", "Utilidad")
    assert ratings.annotators == ("ana@x.org", "eva@x.org", "jon@x.org")
    assert ratings.table["timestamp"].iloc[0] == "2026/05/01 10:00"


def test_a_question_that_was_asked_is_a_prompt_and_no_criterion() -> None:
    rows = [{"question": f"¿{n}?", "answer": f"R{n}", "rater": w, "score": 1 + n % 5} for n in range(70) for w in "ab"]
    ratings = load_ratings(rows)
    assert ratings.criteria == ("rating",)
    assert (ratings.items()[0].prompt[:1], len(ratings.items())) == ("¿", 70)


def test_columns_side_by_side_are_asked_about_and_can_be_said(tmp_path: Path) -> None:
    content = "item,ana,jon\n" + "".join(f"i{n},{n % 5 + 1},{5 - n % 5}\n" for n in range(12))
    with pytest.raises(DataError, match=r"'annotators': 'ana,jon'\}: reads 12 items by 2 people \(24 ratings, alpha"):
        load(tmp_path, content)
    assert load(tmp_path, content, columns={"annotators": ("ana", "jon")}).annotators == ("ana", "jon")
    assert load(tmp_path, content, columns={"criteria": ("ana", "jon")}).criteria == ("ana", "jon")


def test_texts_in_the_place_of_ratings_are_refused_at_once(tmp_path: Path) -> None:
    content = "item,rater,label\n" + "".join(f"i{n},ana,Un texto distinto {n}\n" for n in range(60))
    with pytest.raises(DataError, match=r"no column holds anything like ratings; .*; found `label` \(60 different"):
        load(tmp_path, content)


def test_thousands_of_further_columns_are_carried(tmp_path: Path) -> None:
    extra = ",".join(f"f{n}" for n in range(2000))
    content = f"item,rater,score,{extra}\n" + "".join(f"{i},{w},{s}," + "0," * 1999 + "0\n" for i, w, s, _ in ROWS)
    ratings = load(tmp_path, content)
    assert len(ratings.items()[0].extra) == 2000


def test_json_with_its_records_under_a_name(tmp_path: Path) -> None:
    records = (
        '{"item": "a", "rater": "x", "score": 3},\n{"item": "b", "score": "bad", "rater": "y"},\n'
        '{"item": "b", "rater": "x", "score": 1}, {"item": "c", "rater": "x", "score": 4}'
    )
    content = f'{{"project": "x",\n "data": [\n{records}]}}'
    with pytest.raises(DataError, match=r"r\.json:4: field 'score': 'bad'"):
        load(tmp_path, content, "r.json")
    assert len(load(tmp_path, content.replace('"bad"', "2"), "r.json")) == 4
    by_column = '{"item": {"0": "a", "1": "b"}, "score": {"0": 1, "1": 2}}'
    assert load(tmp_path, by_column, "r.json").of("rating")["value"].tolist() == [1, 2]


def test_further_columns_may_be_called_anything(tmp_path: Path) -> None:
    wide = load(tmp_path, "item,line,self,rater_1,rater_2\na,7,x,1,2\nb,8,y,3,4\n")
    assert dict(wide.items()[0].extra) == {"line": "7", "self": "x"}
    tasks = [{"id": 1, "data": {"text": "t", "line": 3, "item_id": "mine"}, "annotations": [
        {"completed_by": 1, "result": [{"from_name": "tone", "type": "rating", "value": {"rating": 3}}]}]}]  # fmt: skip
    assert load_ratings(tasks, scales={"tone": "1-5"}).items()[0].item_id == "mine"


class TestWorkbooks:
    def frame(self) -> pd.DataFrame:
        return pd.DataFrame(ROWS, columns=["item", "rater", "score", "response"])

    def test_the_sheet_that_has_the_ratings_below_a_title(self, tmp_path: Path) -> None:
        pytest.importorskip("openpyxl")
        with pd.ExcelWriter(tmp_path / "r.xlsx") as book:
            pd.DataFrame({"read": ["me"]}).to_excel(book, sheet_name="Notes", index=False)
            frame = self.frame().assign(fecha=pd.Timestamp("2026-05-01 10:00"))
            frame.to_excel(book, sheet_name="Data", index=False, startrow=2)
        ratings = load_ratings(tmp_path / "r.xlsx")
        assert ratings.of("rating")["value"].tolist() == VALUES
        assert ratings.notes[0] == "sheet 'Data' read, not sheet 'Notes'"

    def test_a_grade_that_became_a_date_is_named_by_its_row(self, tmp_path: Path) -> None:
        pytest.importorskip("openpyxl")
        frame = self.frame().astype({"score": object})
        frame.loc[3, "score"] = dt.datetime(2026, 5, 4)
        frame.to_excel(tmp_path / "r.xlsx", index=False)
        with pytest.raises(DataError, match=r"r\.xlsx:5: field 'score': .*a spreadsheet makes a date of 4/5"):
            load_ratings(tmp_path / "r.xlsx")


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("1-5", Scale.ordinal(1, 5)),
        ("5-1", Scale.ordinal(1, 5, reverse=True)),
        ("-2 - 2", Scale.ordinal(-2, 2)),
        ("0..100", Scale.continuous(0, 100)),
        ("1..0", Scale.continuous(0, 1, reverse=True)),
        ("bad < fair < good", Scale.ordinal(1, 3, labels=("bad", "fair", "good"))),
        ("cat, dog", Scale.nominal(["cat", "dog"])),
        ("no/yes", Scale.binary(["no", "yes"])),
        ("pairwise", Scale.pairwise()),
    ],
)
def test_a_scale_in_short(text: str, scale: Scale) -> None:
    assert parse_scale(text) == scale


@pytest.mark.parametrize("text", ["", "5", "a/b/c", "3-3", "a<<b"])
def test_what_is_no_scale(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no scale.*write '1-5'"):
        parse_scale(text)


def test_one_scale_for_all_criteria_but_those_named() -> None:
    rows = [{"item": f"i{n}", "tone": n % 3 + 2, "help": n % 2 + 1, "rater": "x"} for n in range(9)]
    ratings = load_ratings(rows, format="wide", scales={"*": "1-7", "help": "5-1"})
    assert ratings.scales == {"tone": Scale.ordinal(1, 7), "help": Scale.ordinal(1, 5, reverse=True)}


def test_a_number_that_never_changes_is_no_criterion_beside_those_that_do(tmp_path: Path) -> None:
    lines = ["conversation,turn,annotator,response,tone"]
    lines += [f"c{n},1,{who},answer {n},{1 + (n + len(who)) % 5}" for n in range(6) for who in ("ana", "mireia")]
    path = tmp_path / "turns.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ratings = load_ratings(path)
    assert ratings.criteria == ("tone",)
    assert {item.extra["turn"] for item in ratings.items()} == {"1"}


@pytest.mark.parametrize("written", ["%Y-%m-%dT%H:%M:%SZ", "%d/%m/%Y %H:%M:%S", "%Y/%m/%d %H:%M", "%m/%d/%Y %H:%M"])
def test_times_of_forms_put_the_work_in_order(written: str) -> None:
    start = dt.datetime(2026, 1, 20, 9, 0)
    times = [(start + dt.timedelta(days=7 * n)).strftime(written) for n in range(12)]
    rows = [{"item": f"i{n:02}", "rater": "ana", "score": 1 + n % 5, "fecha": times[n]} for n in reversed(range(12))]
    data = CheckData(ratings=load_ratings(rows), criteria=("rating",))
    order = working_order(data, "rating")
    assert order.timed
    assert (np.diff(order.place) > 0).all()  # by item, as the times say and not the rows
