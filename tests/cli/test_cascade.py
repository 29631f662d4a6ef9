"""A cascade from the command line: searched for, shown, published, and what it leaves to people written to a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd


def test_a_cascade_is_searched_for_published_and_leaves_items_to_people(
    run: Callable[..., Any], read: Any, team: Path, tmp_path: Path
) -> None:
    done = run("compile", team / "ratings.csv", "--criterion", "x", "--recorded", team / "bank", "--split",
               team / "split.json", "--calls", 300, "--storage", f"sqlite:///{tmp_path}/study.db", "--cascade",
               "--risk", "0.3", "--tolerance", "0.5", "--artifact", tmp_path / "artifact", "--json",
               tmp_path / "compile.json")  # fmt: skip
    assert done.code == 0, done.err
    assert "to people" in done.out
    assert "a person" in done.out.replace("\n", " ")
    curve = read(tmp_path / "compile.json")["deployed"]["cascades"]
    assert sum(point["deployed"] for point in curve) == 1
    done = run("score", tmp_path / "artifact", team / "items.jsonl", "--recorded", team / "bank", "--out",
               tmp_path / "out.csv", "--to-people", tmp_path / "people.jsonl", "--json",
               tmp_path / "score.json")  # fmt: skip
    assert done.code == 0, done.err
    scored = pd.read_csv(tmp_path / "out.csv")
    left = scored[scored["unscored"] == "to_people"]
    people = pd.read_json(tmp_path / "people.jsonl", lines=True)
    assert 0 < len(left) < len(scored)
    assert people["item_id"].tolist() == left["item_id"].tolist()
    assert people["response"].tolist() == left["response"].tolist()
    told = read(tmp_path / "score.json")
    assert (told["unscored"]["to_people"], told["to_people"]) == (len(left), "people.jsonl")
    again = run("score", tmp_path / "artifact", tmp_path / "people.jsonl", "--recorded", team / "bank", "--out",
                tmp_path / "again.csv")  # fmt: skip
    assert again.code == 0, again.err  # what goes to people is a file of items like any other
    before = (tmp_path / "out.csv").read_bytes()
    for file, said in (("out.csv", "are one file"), ("left.txt", "give it a name that ends so")):
        wrong = run("score", tmp_path / "artifact", team / "items.jsonl", "--recorded", team / "bank", "--out",
                    tmp_path / "out.csv", "--to-people", tmp_path / file)  # fmt: skip
        assert (wrong.code, said in " ".join(wrong.err.split())) == (2, True)
    assert (tmp_path / "out.csv").read_bytes() == before


def test_a_cascade_and_a_constraint_are_refused_before_anything_is_paid(
    run: Callable[..., Any], team: Path, tmp_path: Path
) -> None:
    done = run("compile", team / "ratings.csv", "--criterion", "x", "--recorded", team / "bank", "--calls", 300,
               "--storage", f"sqlite:///{tmp_path}/study.db", "--risk", "0.3", "--min-coverage", "0.9")  # fmt: skip
    assert (done.code, "held to no constraint" in done.err.replace("\n", " ")) == (2, True)
    done = run("compile", team / "ratings.csv", "--criterion", "x", "--recorded", team / "bank", "--calls", 300,
               "--item-cost", "0.3")  # fmt: skip
    assert (done.code, "--cascade" in done.err) == (2, True)
