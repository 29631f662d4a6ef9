"""``probe`` and ``check``: exit codes, JSON, and what CI systems read."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import publish_judge
from alia_judge.records import Item, Scale


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
    assert outcomes["repeated_run", 1] == (12, "not shown to move")
    assert outcomes["label_order", 1][0] == 12
    assert "Must not move the score" in done.out
    assert re.search(r"not applicable: [a-z_, ]*pair_order", done.out)
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


def test_a_yardstick_comes_with_ratings_and_one_probe_may_be_run(
    run: Callable[..., Any],
    read: Any,
    artifact: str,
    tmp_path: Path,
    openai_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    done = run("probe", artifact, "sample", "--criterion", "helpfulness", "--items", 40, "--only", "length_padding",
               "--only", "typos", "--json", tmp_path / "out.json")  # fmt: skip
    assert done.code == 0, done.err
    result = read(tmp_path / "out.json")
    assert {one["probe"] for one in result["probes"]} == {"length_padding", "typos"}
    padded = next(one for one in result["probes"] if one["probe"] == "length_padding")
    assert padded["yardstick"]["low"] < padded["yardstick"]["value"] < padded["yardstick"]["high"]
    assert "people's ratings go" in done.out
    unknown = run("probe", artifact, "sample", "--criterion", "helpfulness", "--only", "typo")
    assert unknown.code == 2
    assert unknown.err.startswith("error: there is no probe 'typo'; there are: ")
    assert "pair_order" in unknown.err


def test_the_items_are_drawn_by_the_seed_and_keep_their_order() -> None:
    from alia_judge.cli.probe import _drawn as drawn_of
    from alia_judge.learnt import NOWHERE

    def _drawn(source: Iterable[Item], most: int, seed: int) -> list[Item]:
        return drawn_of(source, most, seed, None, NOWHERE, "refuse")[0]

    items = [Item(item_id=f"i{n:03}") for n in range(300)]
    drawn = [item.item_id for item in _drawn(iter(items), 50, 0)]
    assert drawn == sorted(drawn)
    assert len(set(drawn)) == 50
    assert drawn == [item.item_id for item in _drawn(iter(items), 50, 0)]
    assert drawn != [item.item_id for item in _drawn(iter(items), 50, 1)]
    assert _drawn(items[:5], 50, 0) == items[:5]
    # Each third of the file has its share.
    places = [int(name[1:]) for name in drawn]
    assert min(sum(low <= place < low + 100 for place in places) for low in (0, 100, 200)) > 5


def test_the_judges_own_model_may_rewrite_and_what_it_breaks_is_not_used(
    run: Callable[..., Any], read: Any, artifact: str, items: Path, tmp_path: Path, openai_server: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    done = run("probe", artifact, items, "--only", "own_text", "--own-text", "--json", tmp_path / "out.json")
    assert done.code == 0, done.err
    (own,) = read(tmp_path / "out.json")["probes"]
    # The server answers with a digit: far too short to be the response in other words.
    assert own["why"] == "0 items can be changed so, fewer than 10"


def test_check_takes_fresh_figures_in_place_of_the_published_ones(
    run: Callable[..., Any], read: Any, artifact: str, items: Path, tmp_path: Path, openai_server: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    probes = tmp_path / "probes.json"
    assert run("probe", artifact, items, "--only", "markdown_list", "--json", probes).code == 0
    assert run("check", artifact, "--probes", probes, "--max", "markdown_list.shift=0").code == 0
    refused = run("check", artifact, "--probes", probes, "--min", "markdown_list.shift=1")
    assert refused.code == 3
    going_on = run("check", artifact, "--probes", probes, "--min", "markdown_list.shift=1", "--no-gate",
                   "--json", tmp_path / "check.json")  # fmt: skip
    assert going_on.code == 0
    assert read(tmp_path / "check.json")["passed"] is False
    assert read(tmp_path / "check.json")["overridden"] is True
    wrong = run("check", artifact, "--evaluation", probes, "--min", "spearman=0")
    assert wrong.code == 1
    assert "not a result of evaluate" in wrong.err
    published = tmp_path / "published"
    assert run("publish", artifact, published, "--probes", probes).code == 0
    assert run("check", published, "--max", "markdown_list.shift=0").code == 0
