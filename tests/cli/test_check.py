"""``probe`` and ``check``: exit codes, JSON, and what CI systems read."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from alia_judge.judging.judge import Judge
from alia_judge.judging.rubric import Rubric
from alia_judge.publishing import publish_judge
from alia_judge.records import Scale


@pytest.fixture
def artifact(tmp_path: Path) -> str:
    return publish_judge(Judge(Rubric(criterion="c", scale=Scale.ordinal(1, 5)), "openai/judge"), tmp_path / "judge")


@pytest.fixture
def items(tmp_path: Path) -> Path:
    path = tmp_path / "items.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["item_id", "prompt", "response", "language"])
        writer.writerows([f"i{n}", f"q{n}", f"<<answer:{1 + n % 5}>> Son {n} euros. Gracias.", "es"] for n in range(14))
    return path


def test_probe_writes_what_it_promises(
    run: Callable[..., Any],
    read: Any,
    artifact: str,
    items: Path,
    tmp_path: Path,
    openai_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    done = run("probe", artifact, items, "--items", 12, "--store", tmp_path / "v.db", "--json", tmp_path / "out.json")
    assert done.code == 0, done.err
    result = read(tmp_path / "out.json")
    assert result["schema"] == "alia-judge/probe/1"
    outcomes = {(one["probe"], one["dose"]): (one["n_items"], one["outcome"]) for one in result["probes"]}
    assert outcomes["length_padding", 3] == (12, "not shown to move")
    assert outcomes["pair_order", 1] == (0, "not applicable")
    paid = openai_server.stats()["requests"]
    again = run(
        "probe", artifact, items, "--items", 12, "--store", tmp_path / "v.db", "--json", tmp_path / "again.json"
    )
    assert again.code == 0
    assert read(tmp_path / "again.json") == result
    assert openai_server.stats()["requests"] == paid


def test_check_refuses_with_three_and_tells_ci(
    run: Callable[..., Any], read: Any, artifact: str, tmp_path: Path
) -> None:
    done = run("check", artifact, "--min", "spearman=.5", "--max", "order_flip=.05", "--github",
               "--junit", tmp_path / "out.xml", "--json", tmp_path / "out.json")  # fmt: skip
    assert done.code == 3
    assert "error: c does not meet 2 of 2 requirements" in done.err
    assert "::error title=alia-judge check::c: spearman: unknown" in done.out
    assert read(tmp_path / "out.json")["passed"] is False
    assert ElementTree.parse(tmp_path / "out.xml").getroot().get("failures") == "2"


@pytest.mark.parametrize("bound", ["spearman", "=1", "spearman=high", "sperman=1"])
def test_a_bound_that_is_none_is_wrong_usage(run: Callable[..., Any], artifact: str, bound: str) -> None:
    done = run("check", artifact, "--min", bound)
    assert done.code == 2
    assert done.err.startswith("error: ")
