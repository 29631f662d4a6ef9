"""Nothing that a file, a judge or a model wrote acts on a terminal, a log, a page or a JUnit file."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.table import Table
from rich.text import Text

from alia_judge._json import dumps
from alia_judge.cli import _console
from alia_judge.cli._terminal import SafeConsole
from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.evaluation import EvaluationOptions, evaluate_scores, rank_judges
from alia_judge.publishing.gate import CheckReport, Requirement
from alia_judge.ratings import load_ratings
from alia_judge.reporting import evaluation_page, leaderboard_markdown, leaderboard_page, write_page

CANARIES = {
    "colour": "\x1b[31mred",
    "link": "\x1b]8;;http://elsewhere.example\x07click\x1b]8;;\x07",
    "clipboard": "\x1b]52;c;cm0gLXJmIH4=\x07",
    "title": "\x1b]0;owned\x07",
    "C1": "\x9b31mred",
    "backspace": "safe\x08\x08\x08\x08evil",
    "return": "safe\revil",
    "bidirectional": "\u202egpj.exe",
    "isolate": "\u2066x\u2069",
    "line separator": "a\u2028::error::b",
    "zero width": "a\u200bb",
    "null": "a\x00b",
    "half an emoji": "a\ud83d",
    "tag": "a\U000e0041",
    "device control": "\x1bP1;2|evil\x1b\\",
    "picture": "\x1b_Gf=100;AAAA\x1b\\",
    "privacy message": "\x1b^x\x1b\\",
    "start of string": "\x1bXx\x1b\\",
    "prompt mark": "\x1b]133;A\x07",
    "notification": "\x1b]9;owned\x07",
    "inline file": "\x1b]1337;File=inline=1:AAAA\x07",
    "asks for the cursor": "\x1b[6n",
    "asks for a setting": '\x1bP$q"p\x1b\\',
    "C1 clipboard": "\x9d52;c;AAAA\x9c",
    "C1 device control": "\x90q\x9c",
    "shift out": "a\x0eb",
    "vertical tab": "a\x0bb",
    "form feed": "a\x0cb",
    "next line": "a\x85::error::b",
    "left to right": "a\u200eb",
    "Arabic letter mark": "a\u061cb",
    "byte order": "\ufeffa",
    "paragraph separator": "a\u2029::error::b",
    "annotation": "\ufff9a\ufffab\ufffb",
    "delete": "ab\x7f\x7f",
    "substitute": "a\x1ab",
    "invisible times": "2\u20623",
    "nested": "\x1b[3\x1b[31m1m\x1b\x1b]0;x\x07",
    "cut": "\x1b",
    "cut link": "\x1b]8;;http://elsewhere.example",
}
_ACTS = [
    *map(chr, range(9)),
    *map(chr, range(11, 32)),
    *map(chr, range(127, 160)),
    *"\u202e\u2066\u2028\u2029\u200b\u200e\u061c\u2062\ufeff\ufff9\ufffa\ufffb\ud83d\U000e0041",
]

canaries = pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES.keys())
#: A page takes its time to draw.
every_other_canary = pytest.mark.parametrize("canary", [*CANARIES.values()][::2], ids=[*CANARIES][::2])


def _acting(text: str) -> list[str]:
    return [character for character in _ACTS if character in text]


def _undrawn(text: str) -> list[str]:
    """What HTML has no place for; a page shows a bidirectional mark as what it is, within its own element."""
    return [character for character in _acting(text) if ord(character) < 0xA0 or 0xD800 <= ord(character) < 0xE000]


@canaries
def test_on_a_console(canary: str) -> None:
    file = io.StringIO()
    console = SafeConsole(file=file, width=200)
    table = Table(title=Text(canary))
    table.add_column(Text(canary))
    table.add_row(Text(canary))
    console.print(canary, markup=False)
    console.print(Text(canary), table)
    assert not _acting(file.getvalue())


def test_what_joins_letters_and_emoji_stays() -> None:
    file = io.StringIO()
    SafeConsole(file=file, width=80).print("👩\u200d💻 می\u200cخواهم", markup=False)
    assert file.getvalue() == "👩\u200d💻 می\u200cخواهم\n"


def test_a_consoles_own_colours_reach_a_terminal() -> None:
    file = io.StringIO()
    SafeConsole(file=file, force_terminal=True, color_system="standard").print("fine", style="red")
    assert "\x1b[31mfine" in file.getvalue()


@canaries
def test_in_an_error(canary: str, capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem(what=canary, expected=canary, remedy=canary, file=canary, line=1)
    for error in (UsageError(canary), DataError(problem), RuntimeError(canary), FileNotFoundError(2, "no", canary)):
        _console.report(error)
    assert not _acting(capsys.readouterr().err)


@pytest.mark.parametrize(
    "text", ["::error::owned", "::stop-commands::x", "  ::warning::x", "##[group]x", "a\n::error::b"]
)
def test_in_a_log_of_github(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    file = io.StringIO()
    SafeConsole(file=file, width=200).print(Text(text))
    assert not [line for line in file.getvalue().splitlines() if line.strip().startswith(("::", "##["))]


@canaries
def test_in_junit_and_annotations(canary: str) -> None:
    requirement = Requirement(figure=canary, kind="min", bound=0.5, value=float("nan"), why=canary)
    report = CheckReport(judge=canary, requirements=(requirement,))
    suite = ElementTree.fromstring(report.to_junit())
    assert not _acting("".join(value for element in suite.iter() for value in element.attrib.values()))
    assert len(report.to_github().splitlines()) == 1, "what follows a line break could be a command of its own"
    assert not _acting(report.to_github())


@pytest.fixture(scope="module")
def judged() -> Callable[[str], tuple[Any, Any]]:
    rng = np.random.default_rng(0)
    truth = {f"i{n}": float(rng.integers(1, 6)) for n in range(40)}
    rows = [{"item_id": item, "annotator_id": who, "value": value} for item, value in truth.items() for who in "ab"]
    ratings = load_ratings(rows, criterion="c")

    def with_names(canary: str) -> tuple[Any, Any]:
        judges = {
            f"{name}{canary}": {item: value + rng.normal(0, noise) for item, value in truth.items()}
            for name, noise in (("one", 1.0), ("two", 2.0))
        }
        options = EvaluationOptions(n_resamples=20)
        return rank_judges(ratings, judges, options=options), evaluate_scores(ratings, judges, options=options)

    return with_names


@every_other_canary
def test_on_a_page(tmp_path: Path, judged: Callable[[str], tuple[Any, Any]], canary: str) -> None:
    board, evaluation = judged(canary)
    for page in (leaderboard_page(board), evaluation_page(evaluation)):
        assert not _undrawn(write_page(page, tmp_path / "page.html").read_text("utf-8"))
    assert not _undrawn(leaderboard_markdown(board))
    (tmp_path / "board.json").write_text(dumps(board), "utf-8")
    kept = json.loads((tmp_path / "board.json").read_text("utf-8"))
    assert {entry["judge"] for entry in kept["entries"]} == {f"one{canary}", f"two{canary}"}, (
        "JSON keeps names as they are"
    )
