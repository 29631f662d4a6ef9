"""The one layout of scores: what is written, with the input's own columns, is what is read."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alia_judge.cli._scores_file import score_row, scores_file
from alia_judge.errors import UsageError
from alia_judge.evaluation import read_scores
from alia_judge.records import Scale

OWN = {"zona": "sur", "score": "0.61", "criterion": "viejo", "text": "hola", "messages": [{"role": "user"}], "n": 3}


def rows() -> list[dict[str, Any]]:
    return [
        score_row(
            OWN | {"item_id": item}, item_id=item, judge="j", criterion="tono", score=score, probabilities=(0.5, 0.5)
        )
        for item, score in (("a", 4.0), ("b", None))
    ]


def test_own_columns_keep_their_names_but_for_ours() -> None:
    assert list(rows()[0]) == ["item_id", "judge", "criterion", "score", "zona", "input_score", "input_criterion",
                               "input_text", "messages", "n", "probabilities"]  # fmt: skip
    other = score_row({"item_id": "theirs"}, item_id="ours", judge="j", criterion="c", score=1.0)
    assert other["input_item_id"] == "theirs"


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_what_is_written_is_read(tmp_path: Path, kind: str) -> None:
    with scores_file(tmp_path / f"s.{kind}") as file:
        file.write(rows()[:1])
        file.write(rows()[1:])
    found = read_scores(tmp_path / f"s.{kind}", scales={"tono": Scale.ordinal(1, 5)}).judges("tono")["j"]
    assert found["a"] == 4.0
    assert found["b"] != found["b"]
    assert [path.name for path in tmp_path.iterdir()] == [f"s.{kind}"]


def test_text_keeps_what_is_no_text_as_json(tmp_path: Path) -> None:
    with scores_file(tmp_path / "s.csv") as file:
        file.write(rows())
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as stream:
        first = next(csv.DictReader(stream))
    assert json.loads(first["messages"]) == OWN["messages"]
    assert json.loads(first["probabilities"]) == [0.5, 0.5]
    assert (first["n"], first["zona"]) == ("3", "sur")


def test_parquet_keeps_the_types_of_parquet(tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": pa.array([3], pa.int32()), "score": pa.array([0.5])}), tmp_path / "in.parquet")
    with scores_file(tmp_path / "out.parquet", source=tmp_path / "in.parquet") as file:
        file.write([score_row({"n": 3, "score": 0.5}, item_id="a", judge="j", criterion="c", score=4.0)])
    schema = pq.read_schema(tmp_path / "out.parquet")
    assert (schema.field("n").type, schema.field("input_score").type) == (pa.int32(), pa.float64())


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_nothing_is_a_file_too(tmp_path: Path, kind: str) -> None:
    with scores_file(tmp_path / f"s.{kind}") as file:
        file.write([])
    assert (tmp_path / f"s.{kind}").exists()


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(out: Path) -> None:
        with scores_file(out) as file:
            file.write(rows())
            raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        fail(tmp_path / "s.csv")
    with pytest.raises(UsageError, match=r"s\.xlsx: scores are written as \.parquet, \.csv, \.jsonl"):
        fail(tmp_path / "s.xlsx")
    assert not list(tmp_path.iterdir())
