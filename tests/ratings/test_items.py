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
    assert [row for _, row in iter_rows(path)] == [
        {"id": "a", "respuesta": "hola", "zona": "sur"},
        {"id": "b", "respuesta": "adiós", "zona": "norte"},
    ]
    # Where each row is to be an item, as in a batch of Ray's, what differs within an item is left out of both.
    kept = [row for _, row in iter_rows(path, as_ratings=False)]
    assert kept[0] == kept[1] == {"id": "a", "respuesta": "hola", "zona": "sur"}


def _by_role() -> dict[str, list[dict[str, object]]]:
    """Items whose id, response or system no name tells, in layouts of ratings."""
    told = [(f"E{n}", f"Hemos anulado el cargo número {n} y lo verá en la próxima factura.") for n in range(12)]
    grades = [1 + n * n % 5 for n in range(12)]
    win = ("empat", "resposta 1", "resposta 2")
    two = [(n, item, text) for n, (item, text) in enumerate(told)]
    return {
        "long": [
            {"Elkarrizketa-zenbakia": item, "Esaldia": text, "Ebaluatzailea": who, "Puntuazioa": grades[n]}
            for n, item, text in two
            for who in ("ana", "jon")
        ],
        "wide": [{"mensaje": text, "ana": grades[n], "jon": grades[n], "eva": 3} for n, _, text in two],
        "counts": [{"frase": text, "votos_1": n % 4, "votos_2": 5, "votos_3": 7 - n % 4} for n, _, text in two],
        "nested": [
            {"uuid": item, "dicho": text, "anotaciones": [{"quién": who, "nota": grades[n]} for who in ("ana", "jon")]}
            for n, item, text in two
        ],
        "pairs": [
            {
                "pregunta": f"¿{n}?",
                "resposta 1": text,
                "resposta 2": "No ho sé.",
                "anotador": who,
                "guanyadora": win[n % 3],
            }
            for n, _, text in two
            for who in ("ana", "jon")
        ],
    }


@pytest.mark.parametrize("layout", list(_by_role()))
def test_of_ratings_the_items_are_those_that_were_rated(layout: str, tmp_path: Path) -> None:
    path = tmp_path / "ratings.json"
    path.write_text(json.dumps(_by_role()[layout]), "utf-8")
    rated = load_ratings(path).items()
    found = list(iter_items(path))
    assert sorted(found, key=lambda item: item.item_id) == list(rated)
    assert len(found) == 12
    # In the order of the file, not of their ids.
    assert all(f"número {n} y" in item.response for n, item in enumerate(found) if layout != "counts")


def test_an_item_without_a_response_among_ratings_is_named(tmp_path: Path) -> None:
    rows = _by_role()["long"]
    rows[4]["Esaldia"] = rows[5]["Esaldia"] = None
    path = tmp_path / "ratings.json"
    path.write_text(json.dumps(rows), "utf-8")
    with pytest.raises(DataError, match="item 'E2' has no response"):
        list(iter_items(path))


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
