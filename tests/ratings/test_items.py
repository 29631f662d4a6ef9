"""Items to be judged, read one at a time."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pandas as pd
import pytest

from alia_judge.errors import DataError, UsageError
from alia_judge.ratings.items import iter_items, iter_rows
from alia_judge.ratings.load import load_ratings

ROWS = [
    {"id": "a", "question_text": "¿Cuánto?", "answer_text": "30 €,\nIVA incluido.", "lang": "es", "channel": "chat"},
    {"id": "b", "question_text": "Zenbat?", "answer_text": "30 €.", "lang": "eu", "channel": "mail"},
]


def _write(folder: Path, kind: str) -> Path:
    path = folder / f"items.{kind}"
    if kind == "jsonl":
        path.write_text("\n".join(json.dumps(row) for row in ROWS), "utf-8")
    elif kind == "parquet":
        pd.DataFrame(ROWS).to_parquet(path)
    else:
        pd.DataFrame(ROWS).to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    return path


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_every_kind_of_file_gives_the_same_items(kind: str, tmp_path: Path) -> None:
    first, second = iter_items(_write(tmp_path, kind))
    assert (first.item_id, first.prompt, first.response, first.language) == (
        "a",
        "¿Cuánto?",
        "30 €,\nIVA incluido.",
        "es",
    )
    assert dict(second.extra) == {"channel": "mail"}


def test_items_without_an_id_are_called_as_in_ratings(tmp_path: Path) -> None:
    bare, rated = tmp_path / "items.csv", tmp_path / "ratings.csv"
    bare.write_text("conversación,respuesta,zona\nc1,hola,sur\nc1,adiós,norte\n", "utf-8")
    rows = [f"c1,{said},{who},{value}\n" for said in ("hola", "adiós") for who, value in (("ana", 1), ("jon", 2))]
    rated.write_text("conversación,respuesta,anotador,tono\n" + "".join(rows), "utf-8")
    ids = [item.item_id for item in iter_items(bare)]
    assert len(set(ids)) == 2
    assert [item.item_id for item in iter_items(rated)] == ids
    assert {item.item_id for item in load_ratings(rated).items()} == set(ids)


def test_an_item_is_given_once_and_without_what_was_said_of_it(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(
        "id,respuesta,zona,anotador,tono\na,hola,sur,ana,1\na,hola,sur,jon,2\nb,adiós,norte,ana,3\n", "utf-8"
    )
    assert [(item.item_id, dict(item.extra)) for item in iter_items(path)] == [
        ("a", {"zona": "sur"}),
        ("b", {"zona": "norte"}),
    ]
    kept = [row for _, row in iter_rows(path)]
    assert kept[0] == kept[1] == {"id": "a", "respuesta": "hola", "zona": "sur"}


def test_a_log_with_a_column_of_users_keeps_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("id,respuesta,user,fecha\na,hola,u1,lunes\nb,adiós,u2,martes\n", "utf-8")
    assert [row for _, row in iter_rows(path)][1] == {"id": "b", "respuesta": "adiós", "user": "u2", "fecha": "martes"}


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text('{"response": "hola"}\n{"response": \n', "utf-8")
    assert [item.response for item in itertools.islice(iter_items(path), 1)] == ["hola"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("cut.jsonl", '{"response": "hola"}\n{"response": \n', r"cut\.jsonl:2: .*not JSON"),
        ("empty.csv", 'id,response\na,"two\nlines"\nb,\n', r"empty\.csv:4: .*no response"),
        ("ragged.csv", "id,response\na,b,c\n", r"ragged\.csv:2: .*more or fewer fields"),
        ("list.jsonl", '{"response": "hola"}\n[1]\n', r"list\.jsonl:2: .*list instead of an object"),
    ],
)
def test_a_line_that_cannot_be_judged_is_named(name: str, text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=message):
        list(iter_items(path))


def test_a_column_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="reply"):
        list(iter_items(_write(tmp_path, "csv"), columns={"response": "reply"}))
