"""Broken files of every layout: each fault named with file, line and what to do, all of a file's faults together."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from alia_judge.errors import DataError
from alia_judge.ratings import load_ratings
from alia_judge.records import Scale

GOOD = "item_id,annotator_id,value,response\na,x,1,uno\na,y,2,uno\nb,x,4,dos\nb,y,5,dos\n"
BASSE = (
    '{"idx": "u", "original_document": "d", "model_summaries": {"s": {"summ": "r", "anns": {"Coherence": [3, 4]}}}}\n'
)


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A file, and the lines on which it is broken, with a word of each fault."""

    name: str
    content: str | bytes
    faults: tuple[tuple[int | None, str], ...]
    scales: dict[str, Scale] | None = None


FILES = {
    "an empty file": Broken(name="r.csv", content="", faults=((1, "the file is empty"),)),
    "a header alone": Broken(name="r.csv", content="item_id,value\n", faults=((None, "no ratings"),)),
    "no item column": Broken(
        name="r.csv", content="who,value\nx,1\n", faults=((1, "not clear how this table is to be read"),)
    ),
    "a column twice": Broken(
        name="r.csv", content="item_id,value,value\na,1,2\n", faults=((1, "names this column 2 times"),)
    ),
    "fields missing and too many": Broken(
        name="r.csv", content=GOOD + "c,x\n" + "c,y,3,tres,cuatro\n", faults=((6, "2 fields"), (7, "5 fields"))
    ),
    "a quotation mark left open": Broken(
        name="r.csv", content=GOOD + 'c,x,3,"tres\n', faults=((6, "unexpected end of data"),)
    ),
    "words among grades": Broken(
        name="r.tsv",
        content=GOOD.replace(",", "\t") + "c\tx\tgood\tt\nc\ty\t3,,4\tt\n",
        faults=((6, "'good'"), (7, "'3,,4'")),
    ),
    "nobody and nothing rated": Broken(
        name="r.csv", content=GOOD + ",x,3,\nc,,3,t\n", faults=((6, "empty"), (7, "empty"))
    ),
    "off a declared scale": Broken(
        name="r.csv",
        content=GOOD + "c,x,7,t\nc,y,0,t\n",
        faults=((6, "'7'"), (7, "'0'")),
        scales={"rating": Scale.ordinal(1, 5)},
    ),
    "two texts for one item": Broken(name="r.csv", content=GOOD + "b,z,4,otro\n", faults=((6, "another response"),)),
    "bytes of DOS": Broken(
        name="r.csv", content=GOOD.encode() + "c,x,3,qué\n".encode("cp850"), faults=((6, "not UTF-8"),)
    ),
    "lines after a quoted newline": Broken(
        name="r.csv", content=GOOD + 'c,x,3,"tres\ny\nmás"\nc,y,bad,"tres\ny\nmás"\n', faults=((9, "'bad'"),)
    ),
    "a line cut short": Broken(
        name="r.jsonl",
        content='{"item_id": "a", "value": 1}\n{"item_id": "b", "va\n{"item_id": "c"}\n[2]\n',
        faults=((2, "not JSON"), (4, "a JSON list")),
    ),
    "a key twice in a line": Broken(
        name="r.jsonl",
        content='{"item_id": "a", "value": 1}\n{"item_id": "b", "value": 1, "value": 5}\n',
        faults=((2, "occurs twice"),),
    ),
    "bytes of DOS in JSON lines": Broken(
        name="r.jsonl",
        content='{"item_id": "a", "value": 1}\n{"item_id": "qué", "value": 2}\n'.encode("cp850"),
        faults=((2, "not UTF-8"),),
    ),
    "nested: a list for a label, a list for an annotator": Broken(
        name="r.json",
        content='{"ana": {"i1": 1, "i2": 3, "i3": 4,\n "i4": [2]},\n'
        ' "jon": {"i1": 1, "i2": 2, "i3": 4, "i4": 2},\n "z": [1]}',
        faults=((2, "[2]"), (4, "[1]")),
    ),
    "nested: a key twice": Broken(
        name="r.json", content='{"x": {"a": 1,\n "a": 2}, "y": {"a": 1}}', faults=((2, "twice"),)
    ),
    "JSON that ends too soon": Broken(name="r.json", content='{"x": {"a": 1,\n "b": ', faults=((2, "not JSON"),)),
    "BASSE: no list, no summary, no text": Broken(
        name="r.jsonl",
        content=BASSE
        + '{"original_document": "d", "model_summaries": {"s": {"summ": "r", "anns": {"Coherence": 3}}}}\n'
        + '{"original_document": "d"}\n'
        + '{"original_document": "d", "model_summaries": {"s": {"anns": {"Coherence": [3]}}}}\n',
        faults=((2, "3"), (3, "no summaries"), (4, "no summary text")),
    ),
    "JUDGE-BENCH: an instance without id, a score off the declared scale": Broken(
        name="r.json",
        content=json.dumps(
            {
                "annotations": [{"metric": "F", "category": "graded", "worst": 1, "best": 5}],
                "instances": [
                    {"instance": "t", "annotations": {"F": {"individual_human_scores": [3]}}},
                    {"id": 2, "instance": "t", "annotations": {"F": {"individual_human_scores": [3, 9]}}},
                    {"id": 3, "instance": "t", "annotations": {"F": {}}},
                ],
            },
            indent=0,
        ),
        faults=((11, "without an id"), (28, "9"), (37, "no human score")),
    ),
    "pairwise: a winner that did not play, a model missing": Broken(
        name="r.jsonl",
        content='{"question_id": 1, "model_a": "p", "model_b": "q", "winner": "model_a", "judge": "x"}\n'
        '{"question_id": 1, "model_a": "p", "model_b": "q", "winner": "model_c", "judge": "y"}\n'
        '{"question_id": 2, "model_a": "p", "winner": "tie", "judge": "x"}\n',
        faults=((2, "model_c"), (3, "without its two models")),
    ),
    "Argilla: no texts, an answer that is none": Broken(
        name="r.jsonl",
        content='{"id": 1, "fields": {"text": "t"}, "responses": {"tone": [{"value": 3, "user_id": "x"}]}}\n'
        '{"id": 2, "responses": {}}\n'
        '{"id": 3, "fields": {"text": "t"}, "responses": {"tone": [5]}}\n',
        faults=((2, "no texts"), (3, "5 in answer to tone")),
    ),
    "Prodigy: no such answer": Broken(
        name="r.jsonl",
        content='{"text": "t", "_input_hash": 1, "answer": "accept", "accept": ["x"], "_annotator_id": "x"}\n'
        '{"text": "t", "_input_hash": 2, "answer": "maybe", "_annotator_id": "x"}\n',
        faults=((2, "'maybe'"),),
    ),
    "a Parquet file cut short": Broken(
        name="r.parquet", content=b"PAR1\x00\x00", faults=((None, "not a readable Parquet"),)
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_every_fault_is_named_with_file_line_and_remedy(name: str, tmp_path: Path) -> None:
    broken = FILES[name]
    path = tmp_path / broken.name
    path.write_bytes(broken.content if isinstance(broken.content, bytes) else broken.content.encode())
    with pytest.raises(DataError, match=broken.name) as caught:
        load_ratings(path, scales=broken.scales)
    problems = caught.value.problems
    for problem in problems:
        assert problem.file == str(path)
        assert problem.what
        assert problem.expected
        assert problem.remedy
    found = [(problem.line, problem.what) for problem in problems]
    assert [line for line, _ in found] == [line for line, _ in broken.faults]
    assert all(word in what for (_, what), (_, word) in zip(found, broken.faults, strict=True)), found


def test_one_fault_of_many_rows_is_said_three_times_and_counted(tmp_path: Path) -> None:
    rows = [f"c{n},{who},{'cinco' if n < 20 else 1 + n % 5}" for n in range(60) for who in ("x", "y")]
    (tmp_path / "r.csv").write_text("\n".join(["item_id,annotator_id,value", *rows, "c60,x"]) + "\n")
    with pytest.raises(DataError) as found:
        load_ratings(tmp_path / "r.csv")
    assert len(found.value.problems) == 41
    assert [line.partition(" ")[0] for line in str(found.value).splitlines()] == [
        *(f"{tmp_path / 'r.csv'}:{line}:" for line in (2, 3, 4)), "...", f"{tmp_path / 'r.csv'}:122:"]  # fmt: skip
    assert found.value.told()[3] == "... and 37 more of this fault, on lines 5, 6, 7, 8, 9, 10 ..."
