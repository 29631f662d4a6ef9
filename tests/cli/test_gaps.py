"""Recorded verdicts that do not cover the rated items, and the command that `validate` says comes next."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def _bank(team: Path, folder: Path, change: Callable[[pa.Table], pa.Table]) -> Path:
    """The team's bank with other scores."""
    folder.mkdir()
    shutil.copy(team / "bank" / "configs.jsonl", folder)
    table = pq.read_table(team / "bank" / "scores.parquet")
    ids = pa.array(table["item_id"].to_pylist())
    pq.write_table(
        change(table.set_column(table.column_names.index("item_id"), "item_id", ids)), folder / "scores.parquet"
    )
    return folder


def _compile(run: Callable[..., Any], team: Path, bank: Path, folder: Path) -> Any:
    return run(
        *("compile", team / "ratings.csv", "--criterion", "x", "--recorded", bank, "--calls", 60),
        *("--storage", f"sqlite:///{folder / 'study.db'}"),
    )


def test_a_bank_that_lacks_items_is_searched_and_says_how_many(
    run: Callable[..., Any], team: Path, tmp_path: Path
) -> None:
    first = sorted(set(pq.read_table(team / "bank" / "scores.parquet")["item_id"].to_pylist()))[0]
    bank = _bank(team, tmp_path / "bank", lambda table: table.filter(pc.not_equal(table["item_id"], first)))
    assert "has no verdict" not in _compile(run, team, team / "bank", tmp_path).err
    (tmp_path / "study.db").unlink()
    lacking = _compile(run, team, bank, tmp_path)
    assert lacking.code == 0, lacking.err
    assert "the bank has no verdict on 1 of " in lacking.err
    assert f"({first!r} is the first): nothing is learnt from them" in lacking.err.replace("\n", " ")


def test_a_bank_that_names_items_in_another_way_is_refused_with_both_names(
    run: Callable[..., Any], team: Path, tmp_path: Path
) -> None:
    def renamed(table: pa.Table) -> pa.Table:
        ids = pa.array([f"item {one}" for one in table["item_id"].to_pylist()])
        return table.set_column(table.column_names.index("item_id"), "item_id", ids)

    outcome = _compile(run, team, _bank(team, tmp_path / "bank", renamed), tmp_path)
    assert outcome.code == 2
    assert outcome.err.startswith("error: the bank has no verdict about 'x' on any of the ")
    assert "the ratings have items like '" in outcome.err
    assert "and the bank like 'item " in outcome.err
    assert not (tmp_path / "study.db").exists()


def test_what_validate_says_comes_next_can_be_run(run: Callable[..., Any], team: Path, tmp_path: Path) -> None:
    one = (team / "ratings.csv").read_text().splitlines()
    two = [*one, *(line.replace(",x,", ",y,", 1) for line in one[1:])]
    for lines, arguments in ((one, ()), (two, ()), (two, ("--criterion", "y"))):
        ratings = tmp_path / "ratings.csv"
        ratings.write_text("\n".join(lines) + "\n")
        said = run("validate", ratings, *arguments).err.splitlines()[-1]
        command = shlex.split(said.partition("next: alia-judge ")[2])
        assert command[:2] == ["build", str(ratings)]
        shutil.rmtree(tmp_path / "benchmark", ignore_errors=True)
        built = run(*command[: command.index("--out")], "--out", tmp_path / "benchmark")
        assert built.code == 0, built.err
        assert built.out.startswith(arguments[-1] if arguments else "x")
