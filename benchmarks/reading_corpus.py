"""Made-up files of ratings whose right reading is known: every layout, with names in five languages and odd ones."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["LANGUAGES", "MadeUp", "corpus"]

#: (item, annotator, criterion, value); nobody where it is None.
Truth = list[tuple[str, str | None, str, float]]

LANGUAGES: dict[str, dict[str, str]] = {
    "en": {"item": "example_id", "text": "response", "who": "annotator", "value": "score", "criterion": "criterion",
           "one": "fluency", "two": "helpfulness", "document": "document_id", "system": "model", "age": "age"},
    "es": {"item": "muestra", "text": "respuesta", "who": "anotadora", "value": "puntuación", "criterion": "criterio",
           "one": "fluidez", "two": "utilidad", "document": "id_conversación", "system": "modelo", "age": "edad"},
    "ca": {"item": "mostra", "text": "resposta", "who": "avaluadora", "value": "puntuació", "criterion": "criteri",
           "one": "fluïdesa", "two": "utilitat", "document": "conversa", "system": "model", "age": "edat"},
    "eu": {"item": "adibidea", "text": "erantzuna", "who": "ebaluatzailea", "value": "puntuazioa",
           "criterion": "irizpidea", "one": "jariotasuna", "two": "erabilgarritasuna", "document": "elkarrizketa",
           "system": "eredua", "age": "adina"},
    "gl": {"item": "exemplo", "text": "resposta", "who": "avaliador", "value": "puntuación", "criterion": "criterio",
           "one": "fluidez", "two": "utilidade", "document": "conversa", "system": "modelo", "age": "idade"},
    "odd": {"item": "ref", "text": "body", "who": "by", "value": "x", "criterion": "what", "one": "tone",
            "two": "clarity", "document": "src", "system": "variant", "age": "demo_age"},
}  # fmt: skip
PEOPLE = ("ana", "jon", "miren", "xoan")
_SAID = (
    "La factura de este mes trae un cargo que no reconozco",
    "No hi ha cobertura a casa des de dilluns",
    "Ez dut fakturarik jaso hilabete honetan",
    "Quero cambiar a tarifa do meu móbil",
)


@dataclass(frozen=True, kw_only=True)
class MadeUp:
    """A file, and what it holds.

    Parameters
    ----------
    name
        Of its layout and its language.
    files
        Content by file name; several make one set of ratings.
    truth
        Every rating.
    options
        What its author would say to `load_ratings`, where the file alone does not tell.
    """

    name: str
    files: dict[str, bytes]
    truth: Truth
    options: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> list[Path]:
        """Write the files, and give their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
            paths.append(folder / name)
        return paths


@dataclass(kw_only=True)
class World:
    """Items, people and what they said, drawn by a seed."""

    seed: int
    words: dict[str, str]
    n: int = 24
    people: tuple[str, ...] = PEOPLE
    criteria: int = 1
    given: dict[tuple[int, str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        draw = random.Random(self.seed)
        for item in range(self.n):
            worth = {name: draw.gauss(3, 1.1) for name in self.names}
            for who in self.people:
                for name in self.names:
                    self.given[item, who, name] = min(5, max(1, round(worth[name] + draw.gauss(0, 0.6))))

    @property
    def names(self) -> list[str]:
        """The criteria."""
        return [self.words["one"], self.words["two"]][: self.criteria]

    def item(self, item: int) -> str:
        """The item's id."""
        return f"doc-{item:03d}"

    def text(self, item: int) -> str:
        """The item's text."""
        return f"{_SAID[item % len(_SAID)]}: respuesta número {item}, gracias por llamar."

    def truth(self, criterion: str | None = None, *, named: bool = True) -> Truth:
        """Every rating; `criterion` renames the only one."""
        return [
            (self.item(item), who if named else None, criterion or name, float(value))
            for (item, who, name), value in self.given.items()
        ]


def _csv(rows: list[dict[str, Any]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _rows(world: World) -> list[dict[str, Any]]:
    """A rating a row."""
    words = world.words
    return [
        {words["item"]: world.item(item), words["text"]: world.text(item), words["who"]: who, words["value"]: value}
        for (item, who, _), value in world.given.items()
    ]


Made = tuple[dict[str, bytes], Truth, dict[str, Any]]
Maker = Callable[[int, dict[str, str]], Made]


def long_csv(seed: int, words: dict[str, str]) -> Made:
    """A rating a row, with commas."""
    world = World(seed=seed, words=words)
    return {"r.csv": _csv(_rows(world))}, world.truth("rating"), {}


def long_semicolons(seed: int, words: dict[str, str]) -> Made:
    """A rating a row, as a Spanish spreadsheet writes it, with a title above."""
    world = World(seed=seed, words=words)
    return {"r.csv": "\ufeffEvaluación de respuestas\n".encode() + _csv(_rows(world), ";")}, world.truth("rating"), {}


def long_facts(seed: int, words: dict[str, str]) -> Made:
    """Beside each rating the item's topic, the person's age, and when."""
    world = World(seed=seed, words=words)
    ages = dict(zip(world.people, (31, 45, 31, 60), strict=True))
    rows = [
        row | {"topic": "abcd"[index // 12 % 4], words["age"]: ages[row[words["who"]]], "seconds": 20 + index * 7 % 90}
        for index, row in enumerate(_rows(world))
    ]
    return {"r.csv": _csv(rows)}, world.truth("rating"), {}


def long_by_criterion(seed: int, words: dict[str, str]) -> Made:
    """A rating a row, and a column that names the criterion."""
    world = World(seed=seed, words=words, criteria=2)
    rows = [
        {words["item"]: world.item(i), words["who"]: who, words["criterion"]: name, words["value"]: value}
        for (i, who, name), value in world.given.items()
    ]
    return {"r.csv": _csv(rows)}, world.truth(), {}


def long_row_number(seed: int, words: dict[str, str]) -> Made:
    """A database's dump: `id` numbers the rows."""
    world = World(seed=seed, words=words, criteria=2)
    rows = [
        {"id": index, words["item"]: world.item(i), words["who"]: who, words["criterion"]: name, words["value"]: value}
        for index, ((i, who, name), value) in enumerate(world.given.items(), start=1)
    ]
    return {"r.csv": _csv(rows)}, world.truth(), {}


def long_text_is_item(seed: int, words: dict[str, str]) -> Made:
    """No id: the text is the item."""
    world = World(seed=seed, words=words)
    rows = [{name: value for name, value in row.items() if name != words["item"]} for row in _rows(world)]
    return {"r.csv": _csv(rows)}, world.truth("rating"), {}


def document_and_system(seed: int, words: dict[str, str]) -> Made:
    """The item is a document and a system together."""
    world = World(seed=seed, words=words)
    systems = ("gpt-4o", "llama-3", "alia-40b")
    rows = [
        {words["document"]: f"d{i // 3}", words["system"]: systems[i % 3], words["who"]: who, words["value"]: value}
        for (i, who, _), value in world.given.items()
    ]
    return {"r.csv": _csv(rows)}, world.truth("rating"), {}


def long_gzip(seed: int, words: dict[str, str]) -> Made:
    """The same, compressed."""
    world = World(seed=seed, words=words)
    return {"r.csv.gz": gzip.compress(_csv(_rows(world)))}, world.truth("rating"), {}


def tsv_unquoted(seed: int, words: dict[str, str]) -> Made:
    """Tabs, and quotation marks that quote nothing."""
    world = World(seed=seed, words=words)
    lines = ["\t".join((words["item"], words["who"], words["value"], words["text"]))]
    lines += [
        "\t".join((world.item(i), who, str(value), f'"{world.text(i)[:20]}" dijo {i}'))
        for (i, who, _), value in world.given.items()
    ]
    return {"r.tsv": ("\n".join(lines) + "\n").encode()}, world.truth("rating"), {}


def headerless(seed: int, words: dict[str, str]) -> Made:
    """No header line; its author names the columns."""
    world = World(seed=seed, words=words)
    lines = [f"{world.item(i)}\t{who}\t{value}" for (i, who, _), value in world.given.items()]
    options = {"header": ["item_id", "annotator_id", "value"]}
    return {"r.tsv": ("\n".join(lines) + "\n").encode()}, world.truth("rating"), options


def by_criterion(seed: int, words: dict[str, str]) -> Made:
    """A column a criterion beside the rater."""
    world = World(seed=seed, words=words, criteria=2)
    rows = [
        {words["item"]: world.item(i), words["text"]: world.text(i), words["who"]: who}
        | {name: world.given[i, who, name] for name in world.names}
        for i in range(world.n)
        for who in world.people
    ]
    return {"r.csv": _csv(rows)}, world.truth(), {}


def crowd_batch(seed: int, words: dict[str, str]) -> Made:
    """A batch of a crowd platform: `Input.*`, `Answer.*` and its administration."""
    world = World(seed=seed, words=words, criteria=2)
    rows = [
        {"HITId": f"H{i:03d}", "Title": "Rate", "Reward": "$0.2", "AssignmentId": f"A{i}{who}", "WorkerId": who,
         "AssignmentStatus": "Approved", "WorkTimeInSeconds": 20 + i, "Input.text": world.text(i)}
        | {f"Answer.{name}": world.given[i, who, name] for name in world.names}
        for i in range(world.n)
        for who in world.people
    ]  # fmt: skip
    return {"batch.csv": _csv(rows)}, world.truth(), {}


def by_person(seed: int, words: dict[str, str]) -> Made:
    """A column a person."""
    world = World(seed=seed, words=words)
    rows = [
        {words["item"]: world.item(i), words["text"]: world.text(i)}
        | {who: world.given[i, who, words["one"]] for who in world.people}
        for i in range(world.n)
    ]
    return {"r.csv": _csv(rows)}, world.truth("rating"), {}


def by_number(seed: int, words: dict[str, str]) -> Made:
    """A column a person, who is a number."""
    world = World(seed=seed, words=words)
    rows = [
        {words["item"]: world.item(i)}
        | {f"{words['who']}_{place}": world.given[i, who, words["one"]] for place, who in enumerate(world.people, 1)}
        for i in range(world.n)
    ]
    return {"r.csv": _csv(rows)}, world.truth("rating"), {}


def by_both(seed: int, words: dict[str, str]) -> Made:
    """A column a criterion and person: the number stands after the criterion, raised."""
    world = World(seed=seed, words=words, criteria=2)
    rows = [
        {words["text"]: world.text(i)}
        | {
            f"{name}{'¹²³⁴'[place]}": world.given[i, who, name]
            for name in world.names
            for place, who in enumerate(world.people)
        }
        for i in range(world.n)
    ]
    return {"r.csv": _csv(rows)}, world.truth(), {}


def joined_cells(seed: int, words: dict[str, str]) -> Made:
    """All ratings of an item in one cell, the people in another."""
    world = World(seed=seed, words=words)
    rows = [
        {words["item"]: world.item(i), words["who"]: ",".join(world.people),
         words["value"]: ",".join(str(world.given[i, who, words["one"]]) for who in world.people)}
        for i in range(world.n)
    ]  # fmt: skip
    return {"r.csv": _csv(rows)}, world.truth("rating"), {}


def votes(seed: int, words: dict[str, str]) -> Made:
    """A column a value, the cell how many people chose it."""
    world = World(seed=seed, words=words)
    rows = []
    for i in range(world.n):
        given = [world.given[i, who, words["one"]] for who in world.people]
        rows.append({words["item"]: world.item(i)} | {f"votes_{value}": given.count(value) for value in range(1, 6)})
    return {"r.csv": _csv(rows)}, world.truth("rating", named=False), {}


def survey(seed: int, words: dict[str, str]) -> Made:
    """A form: a rater a row, an item a column."""
    world = World(seed=seed, words=words, n=12, people=tuple(f"p{place}@example.org" for place in range(9)))
    ask = {"en": "Answer {}: is it helpful?", "es": "¿Es útil la respuesta {}?", "ca": "És útil la resposta {}?",
           "eu": "Erabilgarria da {}. erantzuna?", "gl": "É útil a resposta {}?"}  # fmt: skip
    question = ask.get(next((k for k, v in LANGUAGES.items() if v is words), "en"), ask["en"])
    rows = [
        {"Timestamp": f"3/{place + 1}/2026 10:1{place}:00", "Email Address": who}
        | {question.format(i + 1): world.given[i, who, words["one"]] for i in range(world.n)}
        for place, who in enumerate(world.people)
    ]
    return {"form.csv": _csv(rows)}, world.truth("rating"), {}


def survey_of_three_headers(seed: int, words: dict[str, str]) -> Made:
    """A survey tool's export: names, questions and ids above the answers."""
    world = World(seed=seed, words=words, n=8, people=tuple(f"R_{place}x" for place in range(8)))
    names = ["StartDate", "Progress", "ResponseId", *(f"Q{i + 1}" for i in range(world.n))]
    asked = ["Start Date", "Progress", "Response ID", *(f"How good is answer {i + 1}?" for i in range(world.n))]
    ids = [json.dumps({"ImportId": name}) for name in names]
    body = [
        ["2026-03-01", 100, who, *(world.given[i, who, words["one"]] for i in range(world.n))] for who in world.people
    ]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([names, asked, ids, *body])
    return {"survey.csv": out.getvalue().encode()}, world.truth("rating"), {}


def sheet_a_person(seed: int, words: dict[str, str]) -> Made:
    """A workbook with a sheet for each person."""
    import pandas as pd

    world = World(seed=seed, words=words)
    out = io.BytesIO()
    with pd.ExcelWriter(out) as book:
        for who in world.people:
            rows = [
                {words["item"]: world.item(i), words["text"]: world.text(i)}
                | {words["value"]: world.given[i, who, words["one"]]}
                for i in range(world.n)
            ]
            pd.DataFrame(rows).to_excel(book, sheet_name=who, index=False)
    return {"r.xlsx": out.getvalue()}, world.truth("rating"), {}


def file_a_person(seed: int, words: dict[str, str]) -> Made:
    """A file for each person."""
    world = World(seed=seed, words=words)
    files = {
        f"{who}.csv": _csv([
            {words["item"]: world.item(i), words["text"]: world.text(i)}
            | {words["value"]: world.given[i, who, words["one"]]}
            for i in range(world.n)
        ])
        for who in world.people
    }  # fmt: skip
    return files, world.truth("rating"), {}


def json_by_item(seed: int, words: dict[str, str]) -> Made:
    """item -> person -> label."""
    world = World(seed=seed, words=words)
    document = {world.item(i): {w: world.given[i, w, words["one"]] for w in world.people} for i in range(world.n)}
    return {"r.json": _json(document)}, world.truth("rating"), {}


def json_by_person(seed: int, words: dict[str, str]) -> Made:
    """person -> item -> label."""
    world = World(seed=seed, words=words)
    document = {w: {world.item(i): world.given[i, w, words["one"]] for i in range(world.n)} for w in world.people}
    return {"r.json": _json(document)}, world.truth("rating"), {}


def json_records_of_people(seed: int, words: dict[str, str]) -> Made:
    """A record an item, with a list of what people said."""
    world = World(seed=seed, words=words)
    document = [
        {words["item"]: world.item(i), words["text"]: world.text(i),
         "annotations": [{words["who"]: w, words["value"]: world.given[i, w, words["one"]]} for w in world.people]}
        for i in range(world.n)
    ]  # fmt: skip
    return {"r.json": _json(document)}, world.truth("rating"), {}


def json_lists_by_criterion(seed: int, words: dict[str, str]) -> Made:
    """A record an item, criterion -> a value a person."""
    world = World(seed=seed, words=words, criteria=2)
    document = [
        {words["text"]: world.text(i),
         "annotations": {name: [world.given[i, w, name] for w in world.people] for name in world.names}}
        for i in range(world.n)
    ]  # fmt: skip
    return {"r.json": _json(document)}, world.truth(named=False), {}


def json_rows_by_index(seed: int, words: dict[str, str]) -> Made:
    """A data frame written by its index."""
    world = World(seed=seed, words=words)
    return {"r.json": _json(dict(enumerate(_rows(world))))}, world.truth("rating"), {}


def json_lines(seed: int, words: dict[str, str]) -> Made:
    """A record a line."""
    world = World(seed=seed, words=words)
    return {"r.jsonl": b"".join(_json(row) + b"\n" for row in _rows(world))}, world.truth("rating"), {}


def pairs(seed: int, words: dict[str, str]) -> Made:
    """Which of two answers is better, in people's words, no models named."""
    world = World(seed=seed, words=words)
    said = {1: "A", 2: "A", 3: "empate", 4: "B", 5: "B"}
    value = {"A": -1.0, "empate": 0.0, "B": 1.0}
    rows = [
        {"pregunta": f"Consulta {i}: {_SAID[i % 4]}", f"{words['text']}_a": world.text(i),
         f"{words['text']}_b": world.text(i + 500), words["who"]: who, "preferida": said[given]}
        for (i, who, _), given in world.given.items()
    ]  # fmt: skip
    truth = [(item, who, "preference", value[said[int(given)]]) for item, who, _, given in world.truth()]
    return {"r.csv": _csv(rows)}, truth, {}


def person_in_id(seed: int, words: dict[str, str]) -> Made:
    """Crowd data: `id` is the person, the item has an id of another name."""
    world = World(seed=seed, words=words, criteria=2)
    rows = [
        {"id": 100 + place, "message.id": 500 + i, "message": world.text(i)}
        | {name: world.given[i, who, name] for name in world.names}
        for i in range(world.n)
        for place, who in enumerate(world.people)
    ]
    return {"r.csv": _csv(rows)}, world.truth(), {}


def comments_of_each(seed: int, words: dict[str, str]) -> Made:
    """A column a person, and one for what each remarked."""
    world = World(seed=seed, words=words)
    rows = []
    for i in range(world.n):
        row: dict[str, Any] = {words["item"]: world.item(i)}
        for place, who in enumerate(world.people):
            row[who] = world.given[i, who, words["one"]]
            row[f"{who} comment"] = f"no me convence del todo {i}" if (i + place) % 3 == 0 else ""
        rows.append(row)
    return {"r.csv": _csv(rows)}, world.truth("rating"), {}


MAKERS: tuple[Maker, ...] = (
    long_csv, long_semicolons, long_facts, long_by_criterion, long_row_number, long_text_is_item, document_and_system,
    long_gzip, tsv_unquoted, headerless, by_criterion, crowd_batch, by_person, by_number, by_both, joined_cells, votes,
    survey, survey_of_three_headers, sheet_a_person, file_a_person, json_by_item, json_by_person,
    json_records_of_people, json_lists_by_criterion, json_rows_by_index, json_lines, pairs, person_in_id,
    comments_of_each,
)  # fmt: skip


def corpus(per_layout: int = 3, *, seed: int = 0) -> Iterator[MadeUp]:
    """The files, each layout in so many of the languages, which take turns.

    Parameters
    ----------
    per_layout
        At most 6.
    seed
        Of the ratings.
    """
    languages = list(LANGUAGES)
    for place, make in enumerate(MAKERS):
        for turn in range(per_layout):
            language = languages[(place + 2 * turn + (turn > 2)) % len(languages)]
            files, truth, options = make(seed + 100 * place + turn, LANGUAGES[language])
            yield MadeUp(name=f"{make.__name__}-{language}", files=files, truth=truth, options=options)
