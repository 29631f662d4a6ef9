"""The demo: its first part needs nothing but the library, its second a model; what it prints is what it found."""

from __future__ import annotations

import importlib
import re
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from alia_judge.cli import _demo_live, demo
from alia_judge.records import Item

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture
def off_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but this machine can be reached."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        assert not isinstance(address, tuple) or address[0] in LOOPBACK, address
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("off_line")
def test_both_parts(
    run: Callable[..., Any],
    read: Callable[[Path], Any],
    openai_server: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    out, written = tmp_path / "out", tmp_path / "demo.json"

    code, told, err = run("demo", "--out", out, "--model", "openai/judge", "--calls", 30, "--json", written)

    assert code == 0, err
    assert err.splitlines()[-1] == "next: alia-judge validate RATINGS"
    found = read(written)
    assert found["schema"] == "alia-judge/demo/2"
    calls = found["compile"]["calls"]
    assert (calls["budget"], calls["paid"]) == (1500, 1500)
    assert "1,500 calls were spent" in told
    criterion = found["evaluation"]["criteria"]["Relevance"]
    assert criterion["n_items"] == 528
    shown = re.findall(r"│ +(-?\d\.\d{3}) \[", told)
    judges = criterion["judges"]
    figures = [
        criterion["human"]["leave_one_out"],
        *(judge["correlation"]["item"]["spearman"] for judge in judges.values()),
        criterion["human"]["ceiling"],
    ]
    assert shown == [f"{one['value']:.3f}" for one in figures]
    assert {(judge["held_out"]["recorded"], judge["held_out"]["learnt_from"]) for judge in judges.values()} == {
        (528, 0)
    }
    person, single, whole, ceiling = figures[0], figures[1], figures[-2], figures[-1]
    assert person["value"] < min(single["value"], whole["value"]) < ceiling["value"]

    live = found["live"]
    assert len(live["verdicts"]) == 10
    assert live["score"] is not None
    assert openai_server.stats()["requests"] == 31
    assert [one["probe"] for one in live["probes"]["probes"]] == ["length_padding", "truncation"]

    for page in re.findall(r"^  (\S+\.(?:html|md)) ", told, re.MULTILINE):
        assert Path(page).stat().st_size > 1000
    assert told.count("  alia-judge ") == 3


@pytest.fixture
def said(tmp_path: Path) -> Callable[[], str]:
    """The second part as it is told without any model's server."""
    console = Console(record=True, width=80)

    def part() -> str:
        steps = demo._Steps(console)
        found = demo._live(tmp_path, steps, console, model="embedded", calls=15, seed=0)
        return f"{found and found.artifact}\n{console.export_text()}"

    return part


def test_without_the_extra_the_second_part_is_left_out_in_a_line(
    said: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    told = said()
    assert told.startswith("None\n")
    assert "Left out: the embedded model needs 'xllamacpp'" in told
    assert "pip install 'alia-judge[embedded]'" in " ".join(told.split())


@pytest.mark.slow
@pytest.mark.embedded
@pytest.mark.timeout(900)
def test_the_second_part_with_the_embedded_model(
    said: Callable[[], str], embedded_lm: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever such a model says: every reply gets a score, and the artifact loads. Probes are not run again here."""
    some = _demo_live._some

    def short(*arguments: Any) -> list[Item]:
        return [replace(item, prompt=item.prompt[:60], response=item.response[:60]) for item in some(*arguments)]

    monkeypatch.setattr(_demo_live, "_some", short)
    for module in (_demo_live, importlib.import_module("alia_judge.probes.run")):
        monkeypatch.setattr(module, "_FEWEST", 5)  # one of each language
    monkeypatch.setattr(_demo_live, "_probes", list)
    monkeypatch.setattr("alia_judge.models.resolve.resolve_lm", lambda _, **__: embedded_lm)

    told = said()

    assert told.startswith(f"{tmp_path / 'judge'}\n")
    assert "unscored" not in told
    assert re.search(r"score [1-5]\.\d\d on 1 to 5", told)
    assert len(re.findall(r"│ (?:es|ca|eu|gl|en)  .*[1-5]\.\d │ +[1-5]\.\d\d │", told)) == 5
    assert "135 million parameters: enough to show the path, not to judge" in told


def test_the_replies_are_of_every_language_and_of_different_customers() -> None:
    from alia_judge.ratings import load_sample

    chosen = _demo_live._some(load_sample(), 20)
    assert len({item.item_id for item in chosen}) == 20
    assert {item.language for item in chosen[:5]} == {"es", "ca", "eu", "gl", "en"}
    assert len({item.system for item in chosen[:5]}) == 4
    assert len({item.group for item in chosen}) == 20
    assert len({item.system for item in chosen}) == 4
    assert all(item.context is None for item in chosen)


def test_a_slow_machine_judges_fewer_replies_and_says_so_and_asks_nothing_twice(
    openai_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setattr(_demo_live, "_SECONDS", 6.0)  # in place of four minutes
    openai_server.default("ok", delay=0.15)
    console = Console(record=True, width=80)

    found = demo._live(tmp_path, demo._Steps(console), console, model="openai/judge", calls=None, seed=0)

    assert found is not None
    told = " ".join(console.export_text().split())
    asked = re.search(r"A call takes \d+ s on this machine: (\d+) replies, where a faster one judges 20\.", told)
    assert asked is not None, told
    assert _demo_live._FEWEST <= int(asked[1]) < 20
    assert len(found.verdicts) == int(asked[1])
    # As they are, changed twice, and the loaded judge's.
    assert openai_server.stats()["requests"] == 3 * int(asked[1]) + 1
