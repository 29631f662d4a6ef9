"""What the command line says of how a file is read, and what it lets the user say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PEOPLE = ("ana", "jon", "eva")


def lines(*, criteria: tuple[str, ...] = ("score",), who: tuple[str, ...] = PEOPLE) -> str:
    """Ratings of twelve items, a column a criterion."""
    rows = [
        f"i{item},{person}," + ",".join(str(1 + (item + (place + shift) // 2) % 5) for shift in range(len(criteria)))
        for item in range(12)
        for place, person in enumerate(who)
    ]
    return "\n".join([",".join(("item", "rater", *criteria)), *rows, ""])


def test_validate_shows_what_each_column_was_read_as(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(lines(criteria=("tone", "help")))
    outcome = run("validate", tmp_path / "r.csv", "--explain", "--json", tmp_path / "v.json")
    assert outcome.code == 0, outcome.err
    assert "How it was read" in outcome.out
    assert "criteria: item `item`, annotator `rater`, values `tone`, `help`" in outcome.out
    read = json.loads((tmp_path / "v.json").read_text())["read"]
    assert [(one["column"], one["read_as"]) for one in read["columns"]] == [
        ("item", "item_id"), ("rater", "annotator_id"), ("tone", "rating"), ("help", "rating")
    ]  # fmt: skip
    assert all(one["why"] and one["change"] and one["cells"] == 36 for one in read["columns"])


def test_several_files_a_header_and_repeats_are_said(run: Callable[..., Any], tmp_path: Path) -> None:
    for who in PEOPLE:
        (tmp_path / f"{who}.csv").write_text(lines(who=(who,)).replace(f",{who},", ",").replace(",rater,", ","))
    several = run("validate", *(tmp_path / f"{who}.csv" for who in PEOPLE), "--json", tmp_path / "v.json")
    assert several.code == 0, several.err
    found = json.loads((tmp_path / "v.json").read_text())["criteria"]["rating"]
    assert (found["n_items"], found["n_annotators"], found["n_ratings"]) == (12, 3, 36)
    bare = lines().partition("\n")[2] + "i0,ana,5\n"
    (tmp_path / "bare.csv").write_text(bare)
    named = ("validate", tmp_path / "bare.csv", "--header", "item_id,annotator_id,value")
    assert run(*named, "--json", tmp_path / "v.json").code == 0
    assert json.loads((tmp_path / "v.json").read_text())["criteria"]["rating"]["n_items"] == 12
    refused = run(*named, "--repeats", "error")
    assert refused.code == 1
    assert "1 ratings repeat one that the same person gave" in refused.err


def test_words_of_unknown_order_are_asked_about_before_anything_is_paid(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    words = ("mal", "regular", "pasable", "bien")
    rows = [f"i{n},{w},{words[(n + (k == 2)) % 4]}" for n in range(12) for k, w in enumerate(PEOPLE)]
    (tmp_path / "r.csv").write_text("\n".join(["item,rater,trato", *rows, ""]))
    told = run("validate", tmp_path / "r.csv")
    assert told.code == 0, told.err
    assert "--scale 'trato=LOWEST<...<HIGHEST'" in told.out.replace("\n", " ")
    for command in (("build", tmp_path / "r.csv", "--out", tmp_path / "b"),
                    ("compile", tmp_path / "r.csv", "--model", "openai/none", "--calls", 10)):  # fmt: skip
        refused = run(*command)
        assert refused.code == 2, command
        assert "say it, lowest first: --scale 'trato=LOWEST<...<HIGHEST'" in refused.err
    said = ("--scale", "trato=mal<regular<pasable<bien", "--no-gate")
    assert run("build", tmp_path / "r.csv", *said, "--out", tmp_path / "b").code == 0


def test_a_rated_criterion_without_scores_is_named(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(lines(criteria=("tone", "help")))
    scores = "".join(f"i{n},m,tone,{1 + n % 5}\n" for n in range(12))
    (tmp_path / "s.csv").write_text("item_id,judge,criterion,score\n" + scores)
    outcome = run("evaluate", tmp_path / "r.csv", "--scores", tmp_path / "s.csv", "--json", tmp_path / "e.json")
    assert outcome.code == 0, outcome.err
    assert "rated and scored by no judge: help" in outcome.out
    assert json.loads((tmp_path / "e.json").read_text())["unscored_criteria"] == ["help"]


@pytest.mark.parametrize("empty", ["reference", "context", "group", "system"])
def test_what_is_frozen_loads_with_a_column_that_is_empty(empty: str, run: Callable[..., Any], tmp_path: Path) -> None:
    head, _, body = lines().partition("\n")
    rows = [f"{row},answer {row.partition(',')[0]}," for row in body.splitlines()]
    (tmp_path / "r.csv").write_text("\n".join([f"{head},response,{empty}", *rows, ""]))
    scores = "".join(f"i{n},m,{1 + n % 5}\n" for n in range(12))
    (tmp_path / "s.csv").write_text("item_id,judge,score\n" + scores)
    assert run("build", tmp_path / "r.csv", "--no-gate", "--out", tmp_path / "b").code == 0
    outcome = run("evaluate", tmp_path / "b", "--scores", tmp_path / "s.csv")
    assert outcome.code == 0, outcome.err
