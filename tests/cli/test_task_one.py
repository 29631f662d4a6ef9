"""The evaluation set on the command line: choose items, ask people again, put answers together, hand out and check."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from alia_judge.benchmark import Benchmark
from alia_judge.benchmark.public import freeze_public
from alia_judge.learnt import LearntFrom, compare
from alia_judge.ratings import iter_items, load_ratings


def test_select_writes_ratings_that_build_takes(run: Callable[..., Any], read: Any, team: Path, tmp_path: Path) -> None:
    for out in ("s.csv", "s.jsonl", "s.parquet"):
        done = run(
            "select", team / "ratings.csv", "--items", 40, "--out", tmp_path / out, "--json", tmp_path / "s.json"
        )
        assert done.code == 0, done.err
        chosen = read(tmp_path / "s.json")
        assert len(chosen["item_ids"]) == 40
        small, whole = load_ratings(tmp_path / out), load_ratings(team / "ratings.csv")
        assert {item.item_id for item in small.items()} == set(chosen["item_ids"])
        assert small.fingerprint == whole.select(items=chosen["item_ids"]).fingerprint
    built = run("build", tmp_path / "s.csv", "--out", tmp_path / "b")
    assert built.code == 0, built.err


def test_select_matches_judges_that_are_known(run: Callable[..., Any], read: Any, team: Path, tmp_path: Path) -> None:
    done = run("select", team / "ratings.csv", "--items", 30, "--scores", team / "scores.csv", "--out",
               tmp_path / "s.csv", "--json", tmp_path / "s.json")  # fmt: skip
    assert done.code == 0, done.err
    assert read(tmp_path / "s.json")["method"] == "matched"


def test_labels_come_back_as_words(run: Callable[..., Any], tmp_path: Path) -> None:
    lines = [f"i{n},{who},{('cat', 'dog', 'emu')[n % 3]},texto {n}" for n in range(12) for who in ("ana", "jon")]
    (tmp_path / "r.csv").write_text("item_id,annotator_id,animal,response\n" + "\n".join(lines) + "\n")
    assert run("select", tmp_path / "r.csv", "--items", 6, "--out", tmp_path / "s.csv").code == 0
    assert set(pd.read_csv(tmp_path / "s.csv")["value"]) <= {"cat", "dog", "emu"}


def test_annotate_asks_and_merge_puts_the_answers_beside(
    run: Callable[..., Any], read: Any, team: Path, tmp_path: Path
) -> None:
    done = run("annotate", team / "ratings.csv", "--budget", 10, "--out", tmp_path / "todo.csv", "--argilla",
               tmp_path / "a.json", "--label-studio", tmp_path / "l.json", "--json", tmp_path / "p.json")  # fmt: skip
    assert done.code == 0, done.err
    with (tmp_path / "todo.csv").open(encoding="utf-8") as stream:
        wanted = list(csv.DictReader(stream))
    assert sum(int(row["wanted"]) for row in wanted) == read(tmp_path / "p.json")["budget"] == 10
    assert all(row["response"] for row in wanted)
    assert len(json.loads((tmp_path / "a.json").read_text())) == len(wanted)
    answers = [f"{row['item_id']},nuria,x,{1 + n % 5}" for n, row in enumerate(wanted)]
    (tmp_path / "answers.csv").write_text("item_id,annotator_id,criterion,value\n" + "\n".join(answers) + "\n")
    done = run("merge", team / "ratings.csv", tmp_path / "answers.csv", "--out", tmp_path / "all.csv")
    assert done.code == 0, done.err
    merged = load_ratings(tmp_path / "all.csv")
    assert len(merged) == len(load_ratings(team / "ratings.csv")) + len(wanted)
    assert "nuria" in merged.annotators
    (tmp_path / "answers.csv").write_text("item_id,annotator_id,criterion,value\nsomething-else,nuria,x,3\n")
    refused = run("merge", team / "ratings.csv", tmp_path / "answers.csv", "--out", tmp_path / "never.csv")
    assert (refused.code, "something-else" in refused.err) == (1, True)
    assert not (tmp_path / "never.csv").exists()


def test_annotate_settles_between_two_judges_and_no_other_number(
    run: Callable[..., Any], read: Any, team: Path, tmp_path: Path
) -> None:
    two = ("annotate", team / "ratings.csv", "--budget", 5, "--json", tmp_path / "p.json", "--scores")
    scores = pd.read_csv(team / "scores.csv")
    scores["score"] = scores["score"].fillna(scores["score"].mean())
    scores.to_csv(tmp_path / "two.csv", index=False)
    assert run(*two, tmp_path / "two.csv").code == 0
    assert read(tmp_path / "p.json")["goal"] == "judges"
    scores.query("judge == 'good'").to_csv(tmp_path / "one.csv", index=False)
    refused = run(*two, tmp_path / "one.csv")
    assert (refused.code, "has 1 judges; give the scores of the two or more" in refused.err) == (2, True)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_redact_keeps_rows_and_columns(run: Callable[..., Any], tmp_path: Path, kind: str) -> None:
    rows = [
        {"id": "612345678", "respuesta": "Llame al 612 345 678.", "comentario": "su NIF es 12345678Z", "zona": "sur"},
        {"id": "b", "respuesta": "No.", "comentario": "", "zona": "norte"},
    ]
    path = tmp_path / f"in.{kind}"
    frame = pd.DataFrame(rows)
    if kind == "csv":
        frame.to_csv(path, index=False)
    elif kind == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_json(path, orient="records", lines=True)
    done = run("redact", path, "--out", tmp_path / "out.jsonl", "--json", tmp_path / "j.json")
    assert done.code == 0, done.err
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [list(row) for row in found] == [list(rows[0])] * 2
    assert found[0]["id"] == "612345678"  # an id is no text
    assert "612 345 678" not in found[0]["respuesta"]
    assert "12345678Z" not in found[0]["comentario"]
    assert found[1]["respuesta"] == "No."


def test_a_table_without_texts_is_not_called_redacted(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,b\n1,2\n")
    done = run("redact", tmp_path / "in.csv", "--out", tmp_path / "out.csv")
    assert (done.code, "no column holds texts" in done.err, (tmp_path / "out.csv").exists()) == (2, True, False)


@pytest.fixture(scope="module")
def handed_out(team: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``hidden/`` and ``public/``: a benchmark and what teams may have of it."""
    from alia_judge.cli import main

    folder = tmp_path_factory.mktemp("handed-out")
    with pytest.raises(SystemExit) as end:
        main(["build", str(team / "ratings.csv"), "--split", str(team / "split.json"), "--out", str(folder / "hidden"),
              "--public", str(folder / "public")])  # fmt: skip
    assert not end.value.code
    return folder


class TestWhatTeamsMayHave:
    def test_train_and_dev_are_whole(self, handed_out: Path) -> None:
        hidden, public = Benchmark.load(handed_out / "hidden"), Benchmark.load(handed_out / "public")
        for part in ("train", "dev"):
            theirs, ours = public.split(part), hidden.split(part)
            assert theirs.items == ours.items
            np.testing.assert_array_equal(theirs.target, ours.target)
            np.testing.assert_array_equal(theirs.values, ours.values)
        assert len(public.test) == 0

    def test_nothing_is_said_of_the_test_but_its_items(self, handed_out: Path) -> None:
        hidden = Benchmark.load(handed_out / "hidden")
        with (handed_out / "public" / "test-items.csv").open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        assert [row["item_id"] for row in rows] == list(hidden.test.item_ids)
        assert set(rows[0]) == {"item_id", "response", "group", "system", "language"}
        test_ids = set(hidden.test.item_ids)
        for path in (handed_out / "public" / "data").iterdir():
            assert not test_ids & set(pq.read_table(path)["item_id"].to_pylist())
        said = (handed_out / "public" / "benchmark.json").read_text("utf-8")
        assert not any(item in said for item in test_ids)

    def test_the_tests_items_come_with_their_images(self, handed_out: Path, tmp_path: Path) -> None:
        hidden = Benchmark.load(handed_out / "hidden")
        shown = {name: [b"GIF89a" + bytes([n, k]) for k in range(n % 3)] for n, name in enumerate(hidden.test.item_ids)}
        items = tuple(replace(item, images=tuple(shown.get(item.item_id, ()))) for item in hidden.items)
        freeze_public(replace(hidden, items=items), tmp_path / "public")
        read = {item.item_id: item for item in iter_items(tmp_path / "public" / "test-items.csv")}
        for item in items:
            if item.item_id in shown:
                assert read[item.item_id].digest() == item.digest()
                assert len(read[item.item_id].images) == len(shown[item.item_id])

    def test_what_is_learnt_from_it_is_held_out_from_the_whole(self, handed_out: Path) -> None:
        hidden, public = Benchmark.load(handed_out / "hidden"), Benchmark.load(handed_out / "public")
        record = LearntFrom.items_of((*public.train.items, *public.dev.items), public.train.origin)
        assert compare(record, hidden.test.items, hidden.test.origin).learnt == {}
        assert len(compare(record, hidden.dev.items, hidden.dev.origin).learnt) == len(hidden.dev)

    def test_it_has_no_test_to_score(self, run: Callable[..., Any], handed_out: Path, team: Path) -> None:
        for command in ("evaluate", "leaderboard"):
            refused = run(command, handed_out / "public", "--scores", team / "scores.csv")
            assert (refused.code, "the part that teams may have" in refused.err) == (2, True)


class TestCheckingATeamsFile:
    def test_it_is_told_and_no_look_is_counted(
        self, run: Callable[..., Any], read: Any, handed_out: Path, team: Path, tmp_path: Path
    ) -> None:
        for folder in ("hidden", "public"):
            done = run(
                "leaderboard", handed_out / folder, "--check", team / "scores.csv", "--json", tmp_path / "c.json"
            )
            assert done.code == 0, done.err
            found = read(tmp_path / "c.json")
            assert (found["n_items"], found["can_be_ranked"]) == (24, True)
            assert found["judges"]["good"] == {"scored": 24, "missing": 0, "unknown": 72, "learnt_from": 0}
            assert found["judges"]["noise"]["missing"] == 3
        assert not Benchmark.load(handed_out / "hidden").ledger.looks

    def test_no_label_is_read(self, run: Callable[..., Any], handed_out: Path, team: Path, monkeypatch: Any) -> None:
        def never(*arguments: Any, **options: Any) -> Any:
            raise AssertionError("the benchmark was loaded")

        monkeypatch.setattr(Benchmark, "load", never)
        assert run("leaderboard", handed_out / "hidden", "--check", team / "scores.csv").code == 0

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("item_id,judge,score\nzz,x,1\n", "x scored none of the 24 items"),
            ("item_id,judge,criterion,score\ng08/s0,x,tone,1\n", "no score for any rated criterion"),
            ("item_id,judge,score\ng08/s0,x,good\n", "'good' is no score"),
        ],
    )
    def test_what_cannot_be_ranked_is_exit_1(
        self, run: Callable[..., Any], handed_out: Path, tmp_path: Path, text: str, said: str
    ) -> None:
        (tmp_path / "t.csv").write_text(text)
        done = run("leaderboard", handed_out / "hidden", "--check", tmp_path / "t.csv")
        assert (done.code, said in done.err) == (1, True), done.err

    def test_too_few_are_told_where_that_is_a_rule(
        self, run: Callable[..., Any], handed_out: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "t.csv").write_text("item_id,judge,score\ng08/s0,x,1\n")
        done = run("leaderboard", handed_out / "hidden", "--check", tmp_path / "t.csv", "--min-coverage", 0.9)
        assert (done.code, "x scored 1 of 24 items, fewer than 90%" in done.err) == (1, True), done.err
