"""A search, and a run of ``score``, whose server does not answer: what is on the screen while they go on trying."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from terminal import STARTED, Terminal

import alia_judge as aj

NOBODY = "http://127.0.0.1:9/v1"
REFUSED = r"connection refused at\s+127\.0\.0\.1:9"


def _environment(address: str) -> dict[str, str]:
    return {**os.environ, "OPENAI_API_KEY": "sk-x", "OPENAI_API_BASE": address, "TERM": "xterm"}


def _search(team: Path, folder: Path) -> list[str]:
    return [
        *(sys.executable, "-c", STARTED, "compile", str(team / "ratings.csv"), "--criterion", "x"),
        *("--model", "openai/judge", "--calls", "60", "--storage", f"sqlite:///{folder / 'study.db'}", "--no-gate"),
        *("--rubric", "none"),
    ]


def _score(folder: Path) -> list[str]:
    rubric = aj.Rubric(criterion="Helpfulness", scale=aj.Scale.ordinal(1, 5))
    judge = aj.Judge(rubric, lm=aj.resolve_lm("openai/judge", api_base=NOBODY, api_key="sk-x"))
    artifact = aj.publish_judge(judge, folder / "artifact", name="helpful")
    items = folder / "items.csv"
    items.write_text("item_id,response\n" + "".join(f"i{n},Answer {n}.\n" for n in range(40)))
    return [sys.executable, "-c", STARTED, "score", str(artifact), str(items), "--out", str(folder / "out.csv")]


def test_a_search_whose_server_is_not_there_says_so_in_its_panel(team: Path, tmp_path: Path) -> None:
    terminal = Terminal(_search(team, tmp_path), _environment(NOBODY), columns=80)
    terminal.read("searching for the best spearman")
    terminal.read(rf"trouble +{REFUSED} +│\s+│ +\d+ calls wait, tried again for \d+ s more")
    terminal.type(b"\x03")
    assert terminal.end() == 130
    assert "Traceback" not in terminal.shown


def test_a_search_whose_server_comes_back_goes_on_and_the_trouble_is_gone(
    team: Path, tmp_path: Path, openai_server: Any
) -> None:
    openai_server.default("503")
    terminal = Terminal(_search(team, tmp_path), _environment(openai_server.base_url))
    terminal.read(r"trouble +HTTP 503 \(overloaded\) from 127\.0\.0\.1:\d+")
    openai_server.default("ok")
    assert terminal.end() == 0, terminal.shown[-1000:]
    panels = terminal.shown.split("searching for the best")
    assert "trouble" not in panels[-1]
    assert re.search(r"\d+ of 60 calls paid", terminal.shown)


def test_score_says_so_on_a_terminal(tmp_path: Path) -> None:
    terminal = Terminal(_score(tmp_path), _environment(NOBODY))
    terminal.read(rf"0/40 judged .*;\s+{REFUSED}: \d+\s+calls\s+wait,\s+tried\s+again\s+for\s+\d+\s+s\s+more")
    terminal.type(b"\x03")
    assert terminal.end() == 130


@pytest.mark.parametrize("command", ["compile", "score"])
def test_where_there_is_no_terminal_a_line_says_so_within_seconds(command: str, team: Path, tmp_path: Path) -> None:
    arguments = _search(team, tmp_path) if command == "compile" else _score(tmp_path)
    arguments[2] = "from alia_judge.cli import main; main()"
    process = subprocess.Popen(arguments, env=_environment(NOBODY), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    # Who is asked, and with which rubric, is said first.
    line = next(one for one in process.stderr if re.match(r"\d+/\d+", one))
    process.send_signal(signal.SIGINT)
    rest = process.stderr.read()
    process.stderr.close()
    assert re.search(rf"; {REFUSED}: \d+ calls wait, tried again for \d+ s more$", line), line + rest
    assert process.wait(timeout=900) == 130
    assert "Traceback" not in rest
