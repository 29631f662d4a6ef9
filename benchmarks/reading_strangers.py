"""More made-up files, each as some tool or some person writes it, one of a kind: `STRANGERS`, and `HELD`.

`HELD` were written before the reader was changed for `STRANGERS`, and were read only when those changes were done: what
becomes of them says how a file fares that nobody had in mind.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from reading_corpus import LANGUAGES, Made, MadeUp, Truth, World, _csv, _json

__all__ = ["strangers"]

Maker = Callable[[World], Made]
_TWELVE = tuple(f"w{n}" for n in range(1, 13))
_MANY = tuple(f"p{n}@example.org" for n in range(9))
_AGREE = {1: "Muy en desacuerdo", 2: "En desacuerdo", 3: "Indiferente", 4: "De acuerdo", 5: "Muy de acuerdo"}


def _said(world: World, words: dict[int, Any], *, named: bool = True, values: dict[int, Any] | None = None) -> Truth:
    """The truth where words stand for points; `values` are what they are worth, by default their place."""
    distinct = list(dict.fromkeys(words.values()))
    worth = values or {point: float(distinct.index(word)) for point, word in words.items()}
    return [(item, who, c, worth[int(value)]) for item, who, c, value in world.truth("rating", named=named)]


def _long(world: World, words: dict[int, Any], **names: str) -> list[dict[str, Any]]:
    columns = {"item": "respuesta_id", "who": "anotador", "value": "valoración"} | names
    return [
        {columns["item"]: world.item(i), columns["who"]: who, columns["value"]: words[value]}
        for (i, who, _), value in world.given.items()
    ]


def _wide(world: World, words: dict[int, Any] | None = None, **more: Callable[[int], Any]) -> list[dict[str, Any]]:
    """An item a row, a person a column."""
    (name,) = world.names
    said = words or {n: n for n in range(1, 6)}
    return [
        {"id": world.item(i)}
        | {column: make(i) for column, make in more.items()}
        | {who: said[world.given[i, who, name]] for who in world.people}
        for i in range(world.n)
    ]


def _table(rows: list[list[Any]], delimiter: str = ",", **options: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n", **options).writerows(rows)
    return out.getvalue().encode()


def _book(sheets: dict[str, list[list[Any]]], merged: dict[str, list[str]] | None = None) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for cells in (merged or {}).get(title, ()):
            sheet.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _parquet(records: list[dict[str, Any]]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(records), out)
    return out.getvalue()


def _rows_of(records: list[dict[str, Any]]) -> list[list[Any]]:
    return [list(records[0]), *(list(record.values()) for record in records)]


def _lines(records: list[Any]) -> bytes:
    return b"".join(_json(record) + b"\n" for record in records)


def stacked_tables(world: World) -> Made:
    """Two tables in one file, a blank line between, the second with its columns in another order and other names."""
    first = [[world.item(i), w, v] for (i, w, _), v in world.given.items() if i < 12]
    second = [[w, v, world.item(i)] for (i, w, _), v in world.given.items() if i >= 12]
    rows = [["item", "annotator", "score"], *first, [], ["annotator", "score", "item"], *second]
    return {"two.csv": _table(rows)}, world.truth("rating"), {}


def sheet_of_texts(world: World) -> Made:
    """A workbook with the texts on one sheet and the ratings on another, joined by an id."""
    texts = [["id", "texto"], *([world.item(i), world.text(i)] for i in range(world.n))]
    ratings = [["id", "anotador", "nota"], *([world.item(i), w, v] for (i, w, _), v in world.given.items())]
    return {"r.xlsx": _book({"Textos": texts, "Valoraciones": ratings})}, world.truth("rating"), {}


def lists_of_two(world: World) -> Made:
    """JSON: an item's ratings as [person, value]."""
    (name,) = world.names
    document = [
        {"id": world.item(i), "text": world.text(i), "ratings": [[w, world.given[i, w, name]] for w in world.people]}
        for i in range(world.n)
    ]
    return {"r.json": _json(document)}, world.truth("rating"), {}


def carets(world: World) -> Made:
    """A table with ^ between its fields."""
    return {"r.txt": _table(_rows_of(_long(world, {n: n for n in range(1, 6)})), "^")}, world.truth("rating"), {}


def letter_grades(world: World) -> Made:
    """American grades."""
    grades = {1: "F", 2: "D", 3: "C", 4: "B", 5: "A"}
    return (
        {"r.csv": _csv(_long(world, grades, value="grade"))},
        _said(world, grades, values=dict(enumerate(range(6)))),
        {},
    )


def thumbs(world: World) -> Made:
    """Thumbs as emoji."""
    said = {n: "👍" if n > 3 else "👎" for n in range(1, 6)}
    return {"r.csv": _csv(_long(world, said, value="feedback"))}, _said(world, said), {}


def stars(world: World) -> Made:
    """Stars, full and empty, a column a person."""
    said = {n: "★" * n + "☆" * (5 - n) for n in range(1, 6)}
    return {"r.csv": _csv(_wide(world, said))}, world.truth("rating"), {}


def people_by_number(world: World) -> Made:
    """Columns P1 to P12."""
    world = World(seed=world.seed, words=world.words, people=_TWELVE)
    rows = [{f"P{key[1:]}" if key in _TWELVE else key: cell for key, cell in row.items()} for row in _wide(world)]
    return {"r.csv": _csv(rows)}, world.truth("rating"), {}


def number_and_words(world: World) -> Made:
    """4 - De acuerdo."""
    said = {n: f"{n} - {word}" for n, word in _AGREE.items()}
    return {"r.csv": _csv(_long(world, said))}, world.truth("rating"), {}


def out_of_five(world: World) -> Made:
    """4/5, a column a person."""
    return {"r.csv": _csv(_wide(world, {n: f"{n}/5" for n in range(1, 6)}))}, world.truth("rating"), {}


def percentages(world: World) -> Made:
    """80 %."""
    return {"r.csv": _csv(_long(world, {n: f"{20 * n} %" for n in range(1, 6)}))}, world.truth("rating"), {}


def person_in_the_file_name(world: World) -> Made:
    """valoraciones_ana.csv, valoraciones_jon.csv ..."""
    (name,) = world.names
    files = {
        f"valoraciones_{w}.csv": _csv(
            [{"mensaje": world.text(i), "nota": world.given[i, w, name]} for i in range(world.n)]
        )
        for w in world.people
    }
    return files, world.truth("rating"), {}


def merged_header(world: World) -> Made:
    """A sheet with people in merged cells above criteria, and a title above that."""
    world = World(seed=world.seed, words=world.words, criteria=2)
    top = [None, *(cell for w in world.people for cell in (w, None))]
    second = ["Respuesta", *(name for _ in world.people for name in world.names)]
    body = [
        [world.text(i), *(world.given[i, w, name] for w in world.people for name in world.names)]
        for i in range(world.n)
    ]
    rows = [["Evaluación de marzo"], [], top, second, *body]
    return {"r.xlsx": _book({"Hoja1": rows}, {"Hoja1": ["B3:C3", "D3:E3", "F3:G3", "H3:I3"]})}, world.truth(), {}


def totals_and_footnote(world: World) -> Made:
    """A mean below each column, and a note below that."""
    rows = _rows_of(_wide(world))
    means = ["Media", *(round(sum(row[k] for row in rows[1:]) / world.n, 2) for k in range(1, 5))]
    note = ["Nota: 1 = muy mala, 5 = muy buena", "", "", "", ""]
    return {"r.csv": _table([*rows, means, ["", "", "", "", ""], note])}, world.truth("rating"), {}


def empty_columns(world: World) -> Made:
    """Columns of nothing between the others, as a spreadsheet's layout has them."""
    rows = [[row[0], "", *row[1:3], "", *row[3:], "", ""] for row in _rows_of(_wide(world))]
    return {"r.csv": _table(rows, ";")}, world.truth("rating"), {}


def unicode_text(world: World) -> Made:
    """A spreadsheet's "Unicode text": UTF-16, tabs, CRLF."""
    text = _table(_rows_of(_long(world, {n: n for n in range(1, 6)})), "\t").decode().replace("\n", "\r\n")
    return {"r.txt": text.encode("utf-16")}, world.truth("rating"), {}


def _frame(world: World) -> Any:
    import pandas as pd

    return pd.DataFrame(_long(world, {n: n for n in range(1, 6)}))


def pandas_split(world: World) -> Made:
    """to_json(orient="split")."""
    return {"r.json": _frame(world).to_json(orient="split").encode()}, world.truth("rating"), {}


def pandas_schema(world: World) -> Made:
    """to_json(orient="table")."""
    return {"r.json": _frame(world).to_json(orient="table").encode()}, world.truth("rating"), {}


def pandas_columns(world: World) -> Made:
    """to_json() of a frame that was filtered: its index has gaps."""
    frame = _frame(world).sample(frac=1, random_state=1)
    frame.index = range(7, 7 + 3 * len(frame), 3)
    return {"r.json": frame.to_json().encode()}, world.truth("rating"), {}


def r_export(world: World) -> Made:
    """R's write.csv: row names in a column without a name, everything in quotation marks, NA."""
    rows = _rows_of([*_long(world, {n: n for n in range(1, 6)}), {"i": world.item(0), "w": "eva", "v": "NA"}])
    rows = [["", *rows[0]], *([str(n), *row] for n, row in enumerate(rows[1:], 1))]
    return {"r.csv": _table(rows, quoting=csv.QUOTE_NONNUMERIC)}, world.truth("rating"), {}


def spss_export(world: World) -> Made:
    """SPSS: semicolons, labels of values in place of numbers, a case a person, variables a text."""
    world = World(seed=world.seed, words=world.words, n=10, people=tuple(f"{n}" for n in range(101, 116)))
    (name,) = world.names
    rows = [["CASO", *(f"V{i + 1}" for i in range(world.n)), "PESO"]]
    rows += [[w, *(_AGREE[world.given[i, w, name]] for i in range(world.n)), "1,00"] for w in world.people]
    return {"datos.csv": b"\xef\xbb\xbf" + _table(rows, ";")}, world.truth("rating"), {}


def quoted_newlines(world: World) -> Made:
    """Texts over several lines, with quotation marks and commas."""
    (name,) = world.names
    rows = [
        {"texto": f'Hola,\n"{world.text(i)}"\n\nGracias', "juez": w, "calidad": world.given[i, w, name]}
        for i in range(world.n)
        for w in world.people
    ]
    return {"r.csv": _csv(rows)}, world.truth("rating"), {}


def doccano_labels(world: World) -> Made:
    """doccano's JSON lines of document classification, a file a person."""
    said = {n: ("negativo", "neutro", "positivo")[(n > 2) + (n > 3)] for n in range(1, 6)}
    (name,) = world.names
    files = {
        f"{w}.jsonl": _lines(
            [
                {"id": 40 + i, "text": world.text(i), "label": [said[world.given[i, w, name]]], "Comments": []}
                for i in range(world.n)
            ]
        )
        for w in world.people
    }
    return files, _said(world, said), {}


def prodigy_choice(world: World) -> Made:
    """Prodigy's choice interface: the options, and which was accepted, by session."""
    options = [{"id": str(n), "text": f"{n} de 5"} for n in range(1, 6)]
    records = [
        {"text": world.text(i), "_input_hash": 1000 + i, "_task_hash": 9000 + i, "options": options,
         "_view_id": "choice", "accept": [str(v)], "config": {"choice_style": "single"}, "answer": "accept",
         "_timestamp": 1700000000 + i, "_annotator_id": f"set-{w}", "_session_id": f"set-{w}"}
        for (i, w, _), v in world.given.items()
    ]  # fmt: skip
    return {"annotations.jsonl": _lines(records)}, world.truth("rating"), {}


def nested_parquet(world: World) -> Made:
    """Parquet with a list of who said what in each row."""
    (name,) = world.names
    records = [
        {"id": world.item(i), "response": world.text(i),
         "annotations": [{"annotator": w, "rating": world.given[i, w, name]} for w in world.people]}
        for i in range(world.n)
    ]  # fmt: skip
    return {"r.parquet": _parquet(records)}, world.truth("rating"), {}


def judges_with_reasons(world: World) -> Made:
    """Scores of language models with what they said, usage and cost."""
    models = dict(zip(world.people, ("gpt-4o", "claude-3-5-sonnet", "llama-3.1-70b", "mistral-large"), strict=True))
    rows = [
        {"example_id": world.item(i), "judge_model": models[w], "score": v, "rationale": f"La respuesta {i} es {v}.",
         "prompt_tokens": 400 + 7 * i % 90, "latency_ms": 900 + 31 * i % 700}
        for (i, w, _), v in world.given.items()
    ]  # fmt: skip
    return {"r.csv": _csv(rows)}, [(i, models[w or ""], c, v) for i, w, c, v in world.truth("rating")], {}


def form_of_a_grid(world: World) -> Made:
    """A form's grid: one question, an answer a row of it, the words of a scale."""
    world = World(seed=world.seed, words=world.words, n=10, people=_MANY)
    (name,) = world.names
    rows = [
        {"Marca temporal": f"3/{n + 1}/2026 10:1{n}:00", "Dirección de correo electrónico": w}
        | {
            f"¿Estás de acuerdo en que ayuda? [Respuesta {i + 1}]": _AGREE[world.given[i, w, name]]
            for i in range(world.n)
        }
        for n, w in enumerate(world.people)
    ]
    return {"form.csv": _csv(rows)}, world.truth("rating"), {}


def form_workbook(world: World) -> Made:
    """Another form's workbook, in Spanish, with its administration."""
    world = World(seed=world.seed, words=world.words, n=10, people=_MANY)
    (name,) = world.names
    head = ["ID", "Hora de inicio", "Hora de finalización", "Correo electrónico", "Nombre"]
    rows = [[*head, *(f"Respuesta {i + 1}: ¿es clara?" for i in range(world.n))]]
    rows += [
        [n + 1, f"2026-03-0{n + 1} 10:00:00", f"2026-03-0{n + 1} 10:2{n}:00", w, f"Persona {n}"]
        + [world.given[i, w, name] for i in range(world.n)]
        for n, w in enumerate(world.people)
    ]
    return {"form.xlsx": _book({"Form1": rows})}, world.truth("rating"), {}


def survey_codes(world: World) -> Made:
    """A survey tool's codes: Q1[SQ001] and A1 to A5."""
    world = World(seed=world.seed, words=world.words, n=10, people=tuple(str(n) for n in range(1, 10)))
    (name,) = world.names
    rows = [
        {
            "id": w,
            "submitdate": f"2026-03-0{w} 09:00:00",
            "lastpage": 3,
            "startlanguage": "es",
            "seed": 1234567 + int(w),
        }
        | {f"Q1[SQ{i + 1:03d}]": f"A{world.given[i, w, name]}" for i in range(world.n)}
        for w in world.people
    ]
    return {"survey.csv": _csv(rows)}, world.truth("rating"), {}


def crowd_report(world: World) -> Made:
    """A crowd platform's full report, with its underscores."""
    rows = [
        {"_unit_id": 3000 + i, "_created_at": f"3/1/2026 10:{i:02d}:00", "_golden": "false", "_id": 7000 + 11 * n,
         "_missed": "", "_started_at": f"3/1/2026 09:{i:02d}:00", "_tainted": "false", "_channel": "clixsense",
         "_trust": 0.8 + 0.02 * (n % 4), "_worker_id": 44000 + world.people.index(w), "_country": "ESP",
         "how_helpful": v, "text": world.text(i)}
        for n, ((i, w, _), v) in enumerate(world.given.items())
    ]  # fmt: skip
    return {"f1.csv": _csv(rows)}, world.truth("rating"), {}


def crowd_tsv(world: World) -> Made:
    """A crowd platform's TSV: INPUT:, OUTPUT:, ASSIGNMENT:."""
    rows = [
        {"INPUT:id": world.item(i), "INPUT:text": world.text(i), "OUTPUT:result": v, "GOLDEN:result": "",
         "ASSIGNMENT:link": f"https://example.org/{n}", "ASSIGNMENT:assignment_id": f"000{n:04x}",
         "ASSIGNMENT:worker_id": w, "ASSIGNMENT:status": "APPROVED", "ASSIGNMENT:started": f"2026-03-01T10:{i:02d}:00"}
        for n, ((i, w, _), v) in enumerate(world.given.items())
    ]  # fmt: skip
    return {"assignments.tsv": _csv(rows, "\t")}, world.truth("rating"), {}


def json_in_a_cell(world: World) -> Made:
    """A CSV whose ratings are JSON in a cell, several criteria at once."""
    world = World(seed=world.seed, words=world.words, criteria=2)
    rows = [
        {
            "task_id": world.item(i),
            "labeler": w,
            "annotation": json.dumps({c: world.given[i, w, c] for c in world.names}),
        }
        for i in range(world.n)
        for w in world.people
    ]
    return {"r.csv": _csv(rows)}, world.truth(), {}


def school_grades(world: World) -> Made:
    """Spanish school grades, a column a teacher."""
    said = {1: "Suspenso", 2: "Aprobado", 3: "Bien", 4: "Notable", 5: "Sobresaliente"}
    return {"notas.csv": _csv(_wide(world, said))}, world.truth("rating"), {}


def soft_labels(world: World) -> Made:
    """Shared-task JSON: labels and people with commas between, hard and soft labels beside them."""
    (name,) = world.names
    said = {n: int(n > 3) for n in range(1, 6)}
    document = {}
    for i in range(world.n):
        given = [said[world.given[i, w, name]] for w in world.people]
        share = sum(given) / len(given)
        document[str(i + 1)] = {
            "text": world.text(i), "annotation task": "irony", "number of annotations": len(given),
            "annotations": ",".join(map(str, given)), "annotators": ",".join(world.people), "lang": "es",
            "hard_label": str(int(share > 0.5)), "soft_label": {"0": 1 - share, "1": share}, "split": "train",
        }  # fmt: skip
    return {"train.json": _json(document)}, _said(world, said), {}


def raw_and_standardised(world: World) -> Made:
    """Direct assessment: the score as given, and standardised by rater."""
    rows = []
    for (i, w, _), v in world.given.items():
        raw = 20 * v - (7 * i + len(w)) % 17
        rows.append(
            {"system": f"sys{i % 3}", "docid": f"d{i // 3}", "rater": w, "raw": raw, "z": round(raw / 31 - 1.9, 4)}
        )
    truth: Truth = [(f"d{int(r['docid'][1:])}/{r['system']}", r["rater"], "raw", float(r["raw"])) for r in rows]
    return {"da.csv": _csv(rows)}, truth, {}


def facts_of_raters(world: World) -> Made:
    """A safety data set: who rates, their age band, gender and where they come from; yes, no and unsure."""
    said = {1: "No", 2: "No", 3: "Unsure", 4: "Yes", 5: "Yes"}
    facts = (("gen z", "Woman", "US"), ("millennial", "Man", "IN"), ("gen x+", "Woman", "IN"), ("gen z", "Man", "US"))
    rows = [
        dict(
            zip(
                ("rater_id", "rater_age", "rater_gender", "rater_locale"),
                (500 + world.people.index(w), *facts[world.people.index(w)]),
                strict=True,
            )
        )
        | {
            "item_id": i,
            "context": f"USER: consulta {i}",
            "response": world.text(i),
            "answer_time_ms": 9000 + 13 * i,
            "Q_overall": said[v],
        }
        for (i, w, _), v in world.given.items()
    ]
    return {"dices.csv": _csv(rows)}, [(i, w, c, said[int(v)]) for i, w, c, v in world.truth("rating")], {}  # type: ignore[misc]


def sheet_a_criterion(world: World) -> Made:
    """A workbook with a sheet a criterion, a column a person on each."""
    world = World(seed=world.seed, words=world.words, criteria=2)
    sheets = {
        name: [["respuesta", *world.people]]
        + [[world.text(i), *(world.given[i, w, name] for w in world.people)] for i in range(world.n)]
        for name in world.names
    }
    return {"r.xlsx": _book(sheets)}, world.truth(), {}


def person_then_criterion(world: World) -> Made:
    """Evaluador 1 Fluidez, Evaluador 1 Utilidad ..."""
    world = World(seed=world.seed, words=world.words, criteria=2)
    rows = [
        {"id": world.item(i)}
        | {
            f"Evaluador {k} {name}": world.given[i, w, name]
            for k, w in enumerate(world.people, 1)
            for name in world.names
        }
        for i in range(world.n)
    ]
    return {"r.csv": _csv(rows)}, world.truth(), {}


def two_header_rows(world: World) -> Made:
    """Criteria above people, with gaps where cells were merged."""
    world = World(seed=world.seed, words=world.words, criteria=2)
    rows = [
        ["", *(cell for name in world.names for cell in (name, "", "", ""))],
        ["mensaje", *(w for _ in world.names for w in world.people)],
        *([world.text(i), *(world.given[i, w, c] for c in world.names for w in world.people)] for i in range(world.n)),
    ]
    return {"r.csv": _table(rows, ";")}, world.truth(), {}


def items_and_ratings(world: World) -> Made:
    """JSON with a list of items and a list of ratings that name them."""
    document = {
        "project": "marzo",
        "items": [{"id": world.item(i), "text": world.text(i)} for i in range(world.n)],
        "ratings": [{"item": world.item(i), "user": w, "score": v} for (i, w, _), v in world.given.items()],
    }
    return {"export.json": _json(document)}, world.truth("rating"), {}


def labels_by_person(world: World) -> Made:
    """JSON lines, an object from person to value in each."""
    (name,) = world.names
    records = [
        {"id": world.item(i), "text": world.text(i), "labels": {w: world.given[i, w, name] for w in world.people}}
        for i in range(world.n)
    ]
    return {"r.jsonl": _lines(records)}, world.truth("rating"), {}


def people_with_maps(world: World) -> Made:
    """A record a person, with an object from item to value."""
    (name,) = world.names
    document = [
        {"annotator": w, "ratings": {world.item(i): world.given[i, w, name] for i in range(world.n)}}
        for w in world.people
    ]
    return {"r.json": _json(document)}, world.truth("rating"), {}


def lists_by_criterion_and_item(world: World) -> Made:
    """criterion -> item -> a value a person."""
    world = World(seed=world.seed, words=world.words, criteria=2)
    document = {
        c: {world.item(i): [world.given[i, w, c] for w in world.people] for i in range(world.n)} for c in world.names
    }
    return {"r.json": _json(document)}, world.truth(named=False), {}


def arena_parquet(world: World) -> Made:
    """Two models' conversations and who won."""
    said = {1: "model_a", 2: "model_a", 3: "tie", 4: "model_b", 5: "model_b"}
    worth = {1: -1.0, 2: -1.0, 3: 0.0, 4: 1.0, 5: 1.0}
    asked = [{"role": "user", "content": "¿Por qué este cargo?"}]
    records = [
        {"question_id": f"q{i}", "model_a": "alia-40b", "model_b": "llama-3", "winner": said[v], "judge": w, "turn": 1,
         "conversation_a": [*asked, {"role": "assistant", "content": world.text(i)}],
         "conversation_b": [*asked, {"role": "assistant", "content": f"No, {i}."}]}
        for (i, w, _), v in world.given.items()
    ]  # fmt: skip
    return {"arena.parquet": _parquet(records)}, _said(world, said, values=worth), {}


def decimal_commas(world: World) -> Made:
    """Marks from 0 to 10 with halves, decimal commas, semicolons."""
    marks = {n: f"{2 * n - 0.5:.1f}".replace(".", ",") for n in range(1, 6)}
    return {"r.csv": _csv(_long(world, marks, value="nota"), ";")}, world.truth("rating"), {}


def latin_1(world: World) -> Made:
    """A spreadsheet's CSV on Windows; its author says the encoding."""
    text = _csv(_long(world, {n: n for n in range(1, 6)}, who="evaluación_de"), ";").decode()
    return {"r.csv": text.encode("cp1252")}, world.truth("rating"), {"encoding": "cp1252"}


def pipe_table(world: World) -> Made:
    """A table as it stands in a README, with bars at both ends and a line of dashes."""
    rows = _rows_of(_wide(world))
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join([":---"] * len(rows[0])) + "|")
    return {"r.md": ("\n".join(lines) + "\n").encode()}, world.truth("rating"), {}


def not_known(world: World) -> Made:
    """Basque words of a scale, and "ez dakit" where somebody did not know."""
    said = {1: "Oso txarra", 2: "Txarra", 3: "Erdipurdikoa", 4: "Ona", 5: "Oso ona"}
    rows = _long(world, said, item="adibidea", who="ebaluatzailea", value="balorazioa")
    rows += [{"adibidea": world.item(i), "ebaluatzailea": "iker", "balorazioa": "Ez dakit"} for i in range(3)]
    return {"r.csv": _csv(rows)}, world.truth("rating"), {}


def yes_or_no(world: World) -> Made:
    """Catalan yes and no, a column a person, NS/NC where somebody did not answer."""
    said = {n: "Sí" if n > 3 else "No" for n in range(1, 6)}
    rows = _wide(world, said, resposta=world.text)
    rows[2]["jon"] = rows[5]["ana"] = "NS/NC"
    gone = {(world.item(2), "jon"), (world.item(5), "ana")}
    return {"r.csv": _csv(rows)}, [row for row in _said(world, said) if (row[0], row[1]) not in gone], {}


def unnamed_index(world: World) -> Made:
    """A frame written with its index, twice."""
    rows = [{"Unnamed: 0": n, **row} for n, row in enumerate(_long(world, {n: n for n in range(1, 6)}))]
    return (
        {"r.csv": _table([["", *rows[0]], *([n, *row.values()] for n, row in enumerate(rows))])},
        world.truth("rating"),
        {},
    )


def lines_a_person(world: World) -> Made:
    """JSON lines, a file a person, with criteria."""
    world = World(seed=world.seed, words=world.words, criteria=2)
    files = {
        f"annotator{k}.jsonl": _lines(
            [
                {"id": world.item(i), "text": world.text(i), **{c: world.given[i, w, c] for c in world.names}}
                for i in range(world.n)
            ]
        )
        for k, w in enumerate(world.people, 1)
    }
    return files, world.truth(), {}


def feedback_log(world: World) -> Made:
    """A service's log: up and down, by user and message."""
    said = {n: "up" if n > 3 else "down" for n in range(1, 6)}
    records = [
        {"ts": f"2026-03-01T10:{i:02d}:0{world.people.index(w)}Z", "user_id": f"u-{w}", "message_id": world.item(i),
         "feedback": said[v], "session": f"s{i % 5}", "app_version": "2.3.1"}
        for (i, w, _), v in world.given.items()
    ]  # fmt: skip
    return {"feedback.jsonl": _lines(records)}, _said(world, said), {}


def float_ids(world: World) -> Made:
    """Ids and ratings that went through a frame with gaps: 12.0."""
    (name,) = world.names
    rows = [
        {"item": f"{i}.0", "annotator": f"{world.people.index(w)}.0", "rating": f"{world.given[i, w, name]}.0"}
        for i in range(world.n)
        for w in world.people
    ]
    return {"r.csv": _csv(rows)}, world.truth("rating"), {}


def levels(world: World) -> Made:
    """Levels of a language, A1 to C1."""
    said = dict(zip(range(1, 6), ("A1", "A2", "B1", "B2", "C1"), strict=True))
    return {"r.csv": _csv(_long(world, said, value="nivel"))}, world.truth("rating"), {}


def fixed_width(world: World) -> Made:
    """Columns lined up with blanks."""
    rows = [["item", "rater", "score"], *([world.item(i), w, str(v)] for (i, w, _), v in world.given.items())]
    text = "\n".join("".join(cell.ljust(12) for cell in row).rstrip() for row in rows) + "\n"
    return {"r.txt": text.encode()}, world.truth("rating"), {}


def runs_of_a_judge(world: World) -> Made:
    """One judge asked three times of each item: a run is nobody."""
    world = World(seed=world.seed, words=world.words, people=("1", "2", "3"))
    rows = [{"item_id": world.item(i), "run": int(w), "score": v} for (i, w, _), v in world.given.items()]
    return {"r.csv": _csv(rows)}, world.truth("rating", named=False), {}


def variable_and_value(world: World) -> Made:
    """Melted: who and what in one column."""
    world = World(seed=world.seed, words=world.words, criteria=2)
    rows = [{"id": world.item(i), "variable": f"{w}_{c}", "value": v} for (i, w, c), v in world.given.items()]
    return {"r.csv": _csv(rows)}, world.truth(), {}


STRANGERS: tuple[Maker, ...] = (
    stacked_tables, sheet_of_texts, lists_of_two, carets, letter_grades, thumbs, stars, people_by_number,
    number_and_words, out_of_five, percentages, person_in_the_file_name, merged_header, totals_and_footnote,
    empty_columns, unicode_text, pandas_split, pandas_schema, pandas_columns, r_export, spss_export, quoted_newlines,
    doccano_labels, prodigy_choice, nested_parquet, judges_with_reasons,
)  # fmt: skip
HELD: tuple[Maker, ...] = (
    form_of_a_grid, form_workbook, survey_codes, crowd_report, crowd_tsv, json_in_a_cell, school_grades, soft_labels,
    raw_and_standardised, facts_of_raters, sheet_a_criterion, person_then_criterion, two_header_rows,
    items_and_ratings, labels_by_person, people_with_maps, lists_by_criterion_and_item, arena_parquet, decimal_commas,
    latin_1, pipe_table, not_known, yes_or_no, unnamed_index, lines_a_person, feedback_log, float_ids, levels,
    fixed_width, runs_of_a_judge, variable_and_value,
)  # fmt: skip


def strangers(*, held: bool, seed: int = 0) -> Iterator[MadeUp]:
    """The files of one half.

    Parameters
    ----------
    held
        Those that were read only at the end.
    seed
        Of the ratings.
    """
    languages = [words for name, words in LANGUAGES.items() if name != "odd"]
    for place, make in enumerate(HELD if held else STRANGERS):
        world = World(seed=seed + 1000 + place, words=languages[place % len(languages)])
        files, truth, options = make(world)
        yield MadeUp(name=make.__name__, files=files, truth=truth, options=options)
