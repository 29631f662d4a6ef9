"""``alia-judge score`` over a real server on loopback: killed as a process of its own, gone on with, and read."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import alia_judge as aj

N = 120


@pytest.fixture
def artifact(tmp_path: Path, openai_server: Any) -> Path:
    rubric = aj.Rubric(criterion="Helpfulness", scale=aj.Scale.ordinal(1, 5))
    judge = aj.Judge(rubric, lm=aj.resolve_lm("openai/judge", api_base=openai_server.base_url, api_key="sk-x"))
    return Path(str(aj.publish_judge(judge, tmp_path / "artifact", name="helpful")))


def written(folder: Path, form: str) -> Path:
    texts = [f"{n} <<answer:{1 + n % 5}>>" if n % 40 else f"{n} <<do:refusal>>" for n in range(N)]
    path = folder / f"items.{form}"
    table = pa.table({"item_id": [f"i{n}" for n in range(N)], "response": texts})
    if form == "parquet":
        pq.write_table(table, path, row_group_size=50)
    elif form == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    else:
        path.write_text("item_id,response\n" + "".join(f"i{n},{text}\n" for n, text in enumerate(texts)))
    return path


def command(artifact: Path, items: Path, out: Path, *more: str) -> list[str]:
    return ["score", str(artifact), str(items), "--out", str(out), "--concurrency", "4", *more]


@pytest.fixture
def asked(openai_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is asked, by the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)


@pytest.mark.usefixtures("asked")
def test_a_killed_run_is_gone_on_with_and_pays_for_nothing_twice(
    artifact: Path, tmp_path: Path, openai_server: Any, run: Any
) -> None:
    openai_server.default("ok", delay=0.05)
    items, out = written(tmp_path, "parquet"), tmp_path / "scored.parquet"
    start = [sys.executable, "-c", "from alia_judge.cli import main; main()"]
    process = subprocess.Popen([*start, *command(artifact, items, out)], stderr=subprocess.DEVNULL)
    while openai_server.stats()["requests"] < 20:
        time.sleep(0.05)
        assert process.poll() is None
    process.kill()
    process.wait()
    assert not out.exists()
    before = openai_server.stats()["requests"]
    openai_server.default("ok")
    done = run(*command(artifact, items, out, "--json", "-"))
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert said["items"] == N
    assert said["unscored"] == {"refusal": 3}
    paid, replayed = said["calls"]["paid"], said["calls"]["replayed"]
    assert paid + replayed == N
    assert replayed >= before - 4 - 4  # but for those in flight, and those answered while they were being written
    assert openai_server.stats()["requests"] == before + paid
    rows = pq.read_table(out).to_pylist()
    assert [row["item_id"] for row in rows] == [f"i{n}" for n in range(N)]
    assert [row["parsed"] for row in rows] == [float(1 + n % 5) if n % 40 else None for n in range(N)]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_it_says_is_what_it_wrote(
    artifact: Path, tmp_path: Path, openai_server: Any, run: Any, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    out = tmp_path / "scored.parquet"
    there = ("--api-base", openai_server.base_url)
    done = run("score", artifact, written(tmp_path, form), "--out", out, *there)
    assert done.code == 0, done.err
    assert f"{N} items, 117 scored, 3 unscored (refusal 3); {N} paid, 0 replayed; in {out}\n" in done.out
    assert pq.read_table(out).num_rows == N


def test_items_in_another_encoding_are_scored_once_it_is_said(
    artifact: Path, tmp_path: Path, openai_server: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    items, out = tmp_path / "items.csv", tmp_path / "scored.parquet"
    items.write_bytes("item_id;response\na;Mañana på <<answer:4>>\n".encode("cp1252"))
    there = ("--out", out, "--api-base", openai_server.base_url)
    refused = run("score", artifact, items, *there)
    assert refused.code == 1
    assert refused.err.startswith(f"error: {items}:2: ")
    assert "--encoding cp1252" in refused.err
    done = run("score", artifact, items, *there, "--encoding", "cp1252")
    assert done.code == 0, done.err
    assert pq.read_table(out).to_pylist()[0]["parsed"] == 4.0
    assert "Mañana" in json.dumps(openai_server.stats()["last"]["body"], ensure_ascii=False)


@pytest.mark.usefixtures("asked")
def test_verdicts_are_written_as_the_name_says(artifact: Path, tmp_path: Path, run: Any) -> None:
    items = written(tmp_path, "jsonl")
    store = str(tmp_path / "store.sqlite")
    for form in ("parquet", "csv", "jsonl"):
        done = run(*command(artifact, items, tmp_path / f"scored.{form}", "--store", store))
        assert done.code == 0, done.err
    wanted = pq.read_table(tmp_path / "scored.parquet").to_pylist()
    assert [json.loads(line) for line in (tmp_path / "scored.jsonl").read_text().splitlines()] == wanted
    with (tmp_path / "scored.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["item_id"] for row in found] == [row["item_id"] for row in wanted]
    for row, other in zip(found, wanted, strict=True):
        assert (float(row["score"]) if row["score"] else None) == other["score"]
        assert (json.loads(row["probabilities"]) if row["probabilities"] else None) == other["probabilities"]
    done = run(*command(artifact, items, tmp_path / "scored.xlsx", "--store", store))
    assert done.code == 2
    assert "scored.xlsx: scores are written as .parquet, .csv, .jsonl" in done.err
