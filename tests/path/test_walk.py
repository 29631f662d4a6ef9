"""The messy file through every command, against a server that counts: what is paid, said, and comes next."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pandas as pd
import pytest

from alia_judge.benchmark import Benchmark
from alia_judge.cli import main
from alia_judge.publishing import read_published

MESSY = Path(__file__).with_name("valoraciones.csv")
#: Each seed, both numbers of ratings, and consensuses of several families; `test_leaks` crosses them all.
WALKS = [(0, "mean", 1), (1, "gaussian", 3), (2, "dawid-skene", 1)]


class Outcome(NamedTuple):
    code: int
    out: str
    err: str
    requests: int


@pytest.fixture
def walk(
    capsys: pytest.CaptureFixture[str], openai_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    """Run a command in a folder of its own; a command that goes well must end with one that can be pasted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    (tmp_path / "valoraciones 2026.csv").write_bytes(MESSY.read_bytes())

    def call(*arguments: object, code: int = 0) -> Outcome:
        capsys.readouterr()
        before = openai_server.stats()["requests"]
        with patch.dict(os.environ), pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        found = Outcome(int(end.value.code or 0), out, err, openai_server.stats()["requests"] - before)
        assert found.code == code, found.err
        if not code:
            words = shlex.split(err.splitlines()[-1].replace("next:", "next: ", 1))
            assert words[:2] == ["next:", "alia-judge"]
            assert "next:" not in out
        return found

    return call


def read(name: str) -> Any:
    return json.loads(Path(name).read_text("utf-8"))


class Walk(NamedTuple):
    """What every walk begins with: a benchmark ``b`` and a judge ``j`` that was found on it."""

    command: Callable[..., Outcome]
    there: tuple[str, ...]
    ask: tuple[object, ...]
    how: tuple[object, ...]
    compiled: Any


FILE, FEW = "valoraciones 2026.csv", ("--resamples", 20)


def begun(command: Callable[..., Outcome], server: Any, seed: int, consensus: str, min_ratings: int) -> Walk:
    there = ("--api-base", server.base_url)
    ask = ("--model", "openai/one", *there, "--rubric", "helpfulness:es", "--calls", 60, "--seed", seed)
    how = ("--consensus", consensus, "--min-ratings", min_ratings)
    command("build", FILE, *how, "--seed", seed, "--out", "b", "--public", "for-teams")
    found = command("compile", "b", *ask, "--artifact", "j", "--predictions", "p.csv", "--json", "c.json")
    compiled = read("c.json")
    assert found.requests == compiled["calls"]["paid"] + compiled["calls"]["predictions"]
    return Walk(command, there, ask, how, compiled)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "consensus", "min_ratings"), WALKS)
def test_no_leak_unsaid_no_study_shared_no_second_payment(
    walk: Callable[..., Outcome], openai_server: Any, seed: int, consensus: str, min_ratings: int
) -> None:
    one = begun(walk, openai_server, seed, consensus, min_ratings)
    # The same command again pays nothing, and the artifact stays.
    again = walk("compile", "b", *one.ask, "--artifact", "j", "--predictions", "p.csv", "--json", "c2.json")
    assert again.requests == 0
    assert not list(Path().glob("j-2*"))
    # A search on the ratings with build's options makes the same benchmark, and finds the same study.
    assert walk("compile", FILE, *one.how, *one.ask, "--json", "r.json").requests == 0
    assert read("r.json")["study"] == one.compiled["study"]
    assert Benchmark.load(read("r.json")["benchmark_folder"]).fingerprint == Benchmark.load("b").fingerprint
    # Another model is another study.
    assert walk("compile", "b", *one.ask, "--model", "openai/two", "--json", "o.json").requests > 0
    assert read("o.json")["study"] != one.compiled["study"]

    # Its own test is held out, and paid for once; that of another seed is not, and is said before anything is asked.
    paid = walk("evaluate", "b", "--artifact", "j", *one.there, *FEW, "--json", "e.json")
    assert paid.requests <= len(Benchmark.load("b").test) * one.compiled["deployed"]["calls_per_item"]
    assert read("e.json")["criteria"]["utilidad"]["judges"]["judge"]["held_out"]["checked"]
    assert walk("evaluate", "b", "--artifact", "j", *one.there, *FEW).requests == 0
    walk("build", FILE, "--seed", seed + 10, "--out", "b2")
    learnt = {item.item_id for part in ("train", "dev") for item in Benchmark.load("b").split(part).items}
    leaked = [item.item_id for item in Benchmark.load("b2").test.items if item.item_id in learnt]
    refused = walk("evaluate", "b2", "--artifact", "j", *one.there, *FEW, code=3)
    assert refused.requests == 0
    assert f"{len(leaked)} the same item" in refused.err
    assert not Benchmark.load("b2").ledger.looks
    refused = walk("evaluate", FILE, "--scores", "p.csv", *FEW, code=3)
    assert f"{len(learnt)} of" in refused.err


@pytest.mark.slow
def test_every_command(walk: Callable[..., Outcome], openai_server: Any) -> None:
    one = begun(walk, openai_server, *WALKS[0])
    walk("validate", FILE)
    walk("validate", "for-teams")
    walk("build", FILE, *one.how, "--out", "b")  # once more: nothing is to be done
    walk("evaluate", "b", "--artifact", "j", "--baseline", "j.untuned", *one.there, *FEW, "--json", "e.json")
    walk("build", FILE, "--seed", 10, "--out", "b2")
    kept = walk("evaluate", "b2", "--artifact", "j", *one.there, *FEW, "--seen", "keep", "--json", "k.json")
    assert "NOT held out" in kept.out
    assert read("k.json")["criteria"]["utilidad"]["judges"]["judge"]["held_out"]["learnt_from"] > 0
    walk("evaluate", FILE, "--scores", "p.csv", *FEW, "--seen", "exclude", "--json", "x.json")
    learnt = len(Benchmark.load("b").train) + len(Benchmark.load("b").dev)
    assert read("x.json")["criteria"]["utilidad"]["n_items"] == 52 - learnt

    # What it scores goes into every reader; an item is asked once, however many ratings it has.
    scored = walk("score", "j", FILE, *one.there, "--out", "s.csv")
    table = pd.read_csv("s.csv")
    assert len(table) == table["item_id"].nunique() == 52
    assert {"conversación", "pregunta", "respuesta"} <= set(table.columns)
    assert "utilidad" not in table.columns
    assert scored.requests <= 52 * one.compiled["deployed"]["calls_per_item"]
    walk("evaluate", FILE, "--scores", "s.csv", *FEW)
    walk("leaderboard", "b", "--check", "s.csv")
    teams = ("--artifact", "j", "--allow-model", "openai/one", "--scores", "s.csv")
    board = walk("leaderboard", "b2", *teams, *one.there, *FEW, "--json", "l.json")
    rows = {entry["judge"]: entry for entry in read("l.json")["entries"]}
    assert rows["j"]["place"] is None
    assert "were learnt from" in rows["j"]["why"]
    assert rows["s: j"]["place"] == 1
    assert "held out by its author's word" in board.out
    walk("monitor", "e.json", "--scores", "s.csv", "--ratings", FILE, "--no-gate", code=3)
    walk("monitor", "e.json", "--scores", "s.csv", "--ratings", FILE, "--no-gate", "--seen", "exclude")
    walk("probe", "j", "b", "--items", 10, *one.there, "--only", "length_padding")

    # What is published says what was checked, and holds nobody's text but the demonstrations'.
    walk("publish", "j", "out", "--evaluation", "e.json")
    walk("publish", "j", "out", "--evaluation", "e.json")
    assert "held out: compared with" in Path("out/README.md").read_text("utf-8")
    state = read_published("out").judge["state"]
    members = state.get("members", [state])
    shown = {str(demo.get("response")) for member in members for demo in member["predict"]["demos"]}
    replies = {reply for reply in pd.read_csv(FILE, sep=";")["respuesta"] if len(reply) > 20} - shown
    for path in Path("out").iterdir():
        text = path.read_text("utf-8")
        assert not [reply for reply in replies if reply in text], path
    walk("check", "out", "--min", "coverage=.1")

    for asked in ("select --items 20", "annotate --budget 5", "redact"):
        name, *options = asked.split()
        assert walk(name, FILE, *options, "--out", f"{name}.csv").requests == 0
    new = pd.read_csv("select.csv").drop_duplicates("item_id").assign(annotator_id="Nueva")
    new.to_csv("more.csv", index=False)
    walk("merge", "select.csv", "more.csv", "--out", "m.csv")
