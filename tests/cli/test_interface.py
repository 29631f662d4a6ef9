"""What others script against: exit codes, where output goes, the JSON's fields."""

from __future__ import annotations

import csv
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy import stats

from alia_judge import __version__

#: The command line, sent a signal once the server has answered a few calls.
INTERRUPTED = """
import contextlib, os, signal, sqlite3, sys, threading, time
from alia_judge.cli import main

def interrupt(store):
    for _ in range(600):
        time.sleep(0.1)
        if os.path.exists(store):
            with contextlib.suppress(sqlite3.OperationalError), sqlite3.connect(store) as connection:  # no table yet
                if connection.execute("SELECT COUNT(*) FROM verdicts").fetchone()[0] > 20:
                    os.kill(os.getpid(), int(sys.argv[2]))
                    return

threading.Thread(target=interrupt, args=(sys.argv[1],), daemon=True).start()
main(sys.argv[3:])
"""
ESTIMATE = {"value", "low", "high", "level", "method", "n", "groups"}


def _envelope(result: dict[str, Any], schema: str) -> None:
    assert result["schema"] == schema
    assert result["version"] == __version__
    assert "\n" not in result["signature"]
    assert result["signature"]


def test_validate_writes_what_it_promises(run: Callable[..., Any], read: Any, team: Path, tmp_path: Path) -> None:
    done = run("validate", team / "ratings.csv", "--json", tmp_path / "out.json", "--report", tmp_path / "page.html")
    assert done.code == 0, done.err
    result = read(tmp_path / "out.json")
    _envelope(result, "alia-judge/validate/1")
    found = result["criteria"]["x"]
    assert (found["n_items"], found["n_annotators"], found["n_ratings"]) == (96, 3, 288)
    assert found["scale"]["points"] == [1, 2, 3, 4, 5]
    assert set(found["agreement"]["krippendorff_alpha"]) >= ESTIMATE
    assert set(found["ceiling"]["spearman"]) >= ESTIMATE
    assert {one["annotator_id"] for one in found["annotators"]} == {"ana", "jon", "eva"}
    assert found["gate"]["passed"] is True
    assert all({"code", "name", "severity", "message", "location"} <= set(one) for one in result["findings"])
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!doctype html>")


def test_stdout_carries_the_json_and_nothing_else(run: Callable[..., Any], team: Path) -> None:
    done = run("validate", team / "ratings.csv", "--json", "-")
    assert json.loads(done.out)["schema"] == "alia-judge/validate/1"
    assert "Agreement between people" in done.err


def test_the_same_seed_gives_the_same_bytes(run: Callable[..., Any], team: Path) -> None:
    first, second, other = (run("validate", team / "ratings.csv", "--json", "-", "--seed", seed) for seed in (1, 1, 2))
    assert first.out == second.out
    assert first.out != other.out


def test_data_at_fault_is_one_line_without_a_traceback(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    rows = "".join(f"i{number},ana,{number % 5 + 1}\n" for number in range(30))
    path.write_text(f"item_id,annotator_id,value\n{rows}i30,ana,nueve\n", "utf-8")
    done = run("validate", path)
    assert done.code == 1
    (line,) = done.err.splitlines()
    assert line.startswith(f"error: {path}:32: ")
    assert "'nueve'" in line
    assert line.count(";") >= 2  # what is wrong; what was expected; what to do


def test_every_bad_line_is_reported(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    good = "".join(json.dumps({"item_id": f"i{n}", "value": n % 3 + 1}) + "\n" for n in range(20))
    path.write_text(good + '{"item_id": "a"\n' + '{"value": 3}\n', "utf-8")
    done = run("validate", path)
    assert done.code == 1
    assert [line.split(": ")[1] for line in done.err.splitlines()] == [f"{path}:21", f"{path}:22"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate",),
        ("nonsense",),
        ("evaluate", "ratings.csv"),
        ("compile", "ratings.csv", "--criterion", "x", "--calls", "10"),
        ("compile", "ratings.csv", "--criterion", "x", "--calls", "0", "--recorded", "bank"),
        ("validate", "ratings.csv", "--column", "item_id"),
    ],
)
def test_wrong_usage_is_two(run: Callable[..., Any], arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert done.err.startswith("error: ")
    assert len(done.err.splitlines()) == 1


def test_a_file_that_is_not_there_is_one(run: Callable[..., Any], tmp_path: Path) -> None:
    done = run("validate", tmp_path / "nowhere.csv")
    assert done.code == 1
    assert done.err.startswith(f"error: {tmp_path / 'nowhere.csv'}: ")


def test_version(run: Callable[..., Any]) -> None:
    assert run("--version") == (0, f"alia-judge {__version__}\n", "")


def test_build_freezes_once(run: Callable[..., Any], read: Any, team: Path, tmp_path: Path) -> None:
    arguments = ("build", team / "ratings.csv", "--split", team / "split.json", "--out", tmp_path / "benchmark")
    done = run(*arguments, "--json", tmp_path / "build.json")
    assert done.code == 0, done.err
    result = read(tmp_path / "build.json")
    _envelope(result, "alia-judge/build/1")
    assert result["split"] == {"train": 48, "dev": 16, "test": 24}
    assert len(result["fingerprint"]) == 64
    assert len(result["left_out"]) == 8
    assert run(*arguments).code == 0  # the same again: nothing is to be done
    other = run("build", team / "ratings.csv", "--seed", 9, "--out", tmp_path / "benchmark")
    assert (other.code, "holds another benchmark" in other.err) == (2, True)


def test_a_gate_refuses_and_can_be_overridden(run: Callable[..., Any], read: Any, tmp_path: Path) -> None:
    path = tmp_path / "noise.csv"
    # Two raters who contradict each other on every item.
    rows = "".join(f"i{n},ana,{n % 5 + 1},g{n // 4}\ni{n},jon,{5 - n % 5},g{n // 4}\n" for n in range(80))
    path.write_text(f"item_id,annotator_id,value,group\n{rows}", "utf-8")
    refused = run("build", path, "--out", tmp_path / "benchmark")
    assert refused.code == 3
    assert "--no-gate" in refused.err
    done = run("build", path, "--out", tmp_path / "benchmark", "--no-gate", "--json", tmp_path / "build.json")
    assert done.code == 0
    assert read(tmp_path / "build.json")["gate"]["refused"] is True


def test_evaluate_writes_what_it_promises(run: Callable[..., Any], read: Any, team: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = run("evaluate", team / "ratings.csv", "--scores", team / "scores.csv", "--by", "language", "--json", out,
               "--report", tmp_path / "page.html", "--resamples", 200)  # fmt: skip
    assert done.code == 0, done.err
    result = read(out)
    _envelope(result, "alia-judge/evaluate/1")
    judges = result["criteria"]["x"]["judges"]
    assert set(judges) == {"good", "noise"}
    good, noise = judges["good"], judges["noise"]
    assert (good["n_items"], good["coverage"]) == (96, 1.0)
    assert (noise["n_items"], noise["coverage"]) == (84, 0.875)
    for level in ("item", "within_group", "system"):
        assert set(good["correlation"][level]) == {"spearman", "kendall", "pearson"}
        assert all(set(estimate) >= ESTIMATE for estimate in good["correlation"][level].values())
    assert {"winning_rate", "advantage_probability", "epsilon", "score", "annotators"} <= set(good["alt_test"])
    assert set(good["share_of_ceiling"]) >= ESTIMATE
    assert {"spearman", "partial_spearman"} <= set(good["surface"])

    frame = pd.read_csv(team / "ratings.csv").groupby("item_id")["value"].mean()
    scores = pd.read_csv(team / "scores.csv").query("judge == 'good'").set_index("item_id")["score"]
    expected = stats.spearmanr(scores.loc[frame.index], frame).statistic
    assert good["correlation"]["item"]["spearman"]["value"] == pytest.approx(expected, abs=1e-12)


@pytest.fixture
def compiled(run: Callable[..., Any], team: Path, tmp_path: Path) -> Callable[..., Any]:
    def call(*more: object) -> Any:
        return run(
            "compile", team / "ratings.csv", "--criterion", "x", "--recorded", team / "bank", "--split",
            team / "split.json", "--calls", 200, "--seed", 0, "--storage", f"sqlite:///{tmp_path}/study.db",
            "--json", tmp_path / "out.json", *more,
        )  # fmt: skip

    return call


def test_compile_writes_what_it_promises(
    compiled: Callable[..., Any], run: Callable[..., Any], read: Any, team: Path, tmp_path: Path
) -> None:
    done = compiled("--predictions", tmp_path / "p.csv", "--artifact", tmp_path / "artifact")
    assert done.code == 0, done.err
    result = read(tmp_path / "out.json")
    _envelope(result, "alia-judge/compile/1")
    assert result["split"] == {"train": 48, "dev": 16, "test": 24}
    assert 0 < result["calls"]["paid"] <= result["calls"]["budget"] == 200
    assert result["trials"] > 0
    assert result["single"]["configuration"]["model"] == "m0"  # the one of quality .9
    assert set(result["single"]["dev"]) >= ESTIMATE
    assert set(result["deployed"]) >= {"configurations", "readout", "calls_per_item", "dev"}
    assert len(result["deployed"]["configurations"]) == result["deployed"]["calls_per_item"]

    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    own = ["response", "group", "system", "language"]
    assert list(rows[0]) == ["item_id", "judge", "criterion", "score", "split", *own]
    for judge in ("single", "deployed"):
        mine = [row for row in rows if row["judge"] == judge]
        assert [sum(row["split"] == part for row in mine) for part in ("train", "dev", "test")] == [48, 16, 24]
    assert {row["criterion"] for row in rows} == {"x"}

    scored = run("score", tmp_path / "artifact", team / "items.jsonl", "--recorded", team / "bank", "--out",
                 tmp_path / "scored.parquet")  # fmt: skip
    assert scored.code == 0, scored.err
    again = pd.read_parquet(tmp_path / "scored.parquet").set_index("item_id")["score"]
    for row in rows:
        if row["judge"] == "deployed":
            assert again[row["item_id"]] == pytest.approx(float(row["score"]), abs=1e-9)
    assert run("score", tmp_path / "artifact", team / "items.jsonl", "--out", tmp_path / "x.parquet").code == 1


def test_compile_again_pays_nothing_again(compiled: Callable[..., Any], read: Any, tmp_path: Path) -> None:
    assert compiled().code == 0
    first = read(tmp_path / "out.json")
    assert compiled().code == 0
    second = read(tmp_path / "out.json")
    assert second["calls"]["paid"] == first["calls"]["paid"]
    assert second["single"] == first["single"]
    assert second["deployed"] == first["deployed"]


def test_a_live_search_is_published_and_scores(
    run: Callable[..., Any], read: Any, team: Path, tmp_path: Path, openai_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    common = ("--criterion", "x", "--split", team / "split.json", "--calls", 120)
    there = ("--api-base", openai_server.base_url)
    compile_ = ("compile", team / "ratings.csv", *common, "--model", "openai/judge-model", "--model", "openai/another",
                *there, "--storage", f"sqlite:///{tmp_path}/study.db", "--deploy-calls", 2, "--rubric", "none",
                "--artifact", tmp_path / "artifact", "--json", tmp_path / "out.json")  # fmt: skip
    done = run(*compile_)
    assert done.code == 0, done.err
    scored = run("score", tmp_path / "artifact", team / "items.jsonl", *there, "--out", tmp_path / "scored.parquet")
    assert scored.code == 0, scored.err
    assert pq.read_table(tmp_path / "scored.parquet").num_rows == 96
    again = run(*compile_)
    assert again.code == 0, again.err
    result = read(tmp_path / "out.json")
    assert result["calls"]["paid"] <= 120
    with closing(sqlite3.connect(tmp_path / "study.verdicts.db")) as store:
        assert store.execute("SELECT COUNT(*) FROM verdicts").fetchone() == (result["calls"]["paid"],)
    assert "test-key" not in "".join(path.read_text("utf-8") for path in (tmp_path / "artifact").iterdir())


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_says_how_to_go_on(sent: signal.Signals, team: Path, tmp_path: Path, openai_server: Any) -> None:
    """A real signal to a real process, in the middle of a live search."""
    openai_server.default("ok", delay=0.2)
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path / "study.verdicts.db"), str(int(sent)),
         "compile", str(team / "ratings.csv"), "--criterion", "x", "--calls", "100000",
         "--model", "openai/judge-model", "--api-base", openai_server.base_url,
         "--storage", f"sqlite:///{tmp_path}/study.db", "--rubric", "none"],
        capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "OPENAI_API_KEY": "k"},
        timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    assert "the same command goes on from there" in done.stderr.splitlines()[-1]
