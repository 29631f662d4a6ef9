"""``alia-judge score`` on a terminal: what it shows while it works, and a real Ctrl-C typed into it."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from terminal import STARTED, Terminal

import alia_judge as aj

N = 400


@pytest.fixture
def command(tmp_path: Path, openai_server: Any) -> list[str]:
    rubric = aj.Rubric(criterion="Helpfulness", scale=aj.Scale.ordinal(1, 5))
    judge = aj.Judge(rubric, lm=aj.resolve_lm("openai/judge", api_base=openai_server.base_url, api_key="sk-x"))
    artifact = aj.publish_judge(judge, tmp_path / "artifact", name="helpful")
    texts = [f"{n} <<answer:{1 + n % 5}>>" if n % 40 else f"{n} <<do:refusal>>" for n in range(N)]
    items = tmp_path / "items.csv"
    items.write_text("item_id,response\n" + "".join(f"i{n},{text}\n" for n, text in enumerate(texts)))
    return [
        sys.executable,
        "-c",
        STARTED,
        "score",
        str(artifact),
        str(items),
        "--out",
        str(tmp_path / "scored.parquet"),
        "--concurrency",
        "4",
    ]


def test_a_terminal_shows_rate_unscored_and_time_left_and_ctrl_c_saves_and_says_how_to_go_on(
    command: list[str], tmp_path: Path, openai_server: Any
) -> None:
    environment = {**os.environ, "OPENAI_API_KEY": "sk-x", "OPENAI_API_BASE": openai_server.base_url, "TERM": "xterm"}
    openai_server.default("ok", delay=0.1)
    terminal = Terminal(command, environment)
    shown = terminal.read(
        rf"(\d+)/{N} judged \((\d+) paid, 0 replayed, (\d+) unscored\), [\d.]+ calls/s, [\d]+ (?:s|min) left"
    )
    assert int(shown[1]) == int(shown[2]) > 0
    assert int(shown[3]) > 0  # the first is a refusal
    terminal.type(b"\x03")
    assert terminal.end() == 130
    said = re.search(
        r"interrupted; (\d+) verdicts are saved in (\S+); the same command goes on from there", terminal.shown
    )
    assert said is not None, terminal.shown[-1000:]
    assert "Traceback" not in terminal.shown
    requests = openai_server.stats()["requests"]
    assert int(said[1]) == requests  # what was in flight was awaited, and saved
    assert not (tmp_path / "scored.parquet").exists()
    openai_server.default("ok")
    again = Terminal([*command, "--json", str(tmp_path / "done.json")], environment)
    assert again.end() == 0, again.shown[-1000:]
    calls = json.loads((tmp_path / "done.json").read_text())["calls"]
    assert calls == {"paid": N - requests, "replayed": requests}
    assert openai_server.stats()["requests"] == N
    assert pq.read_table(tmp_path / "scored.parquet").num_rows == N


def test_what_calls_cost_is_shown_where_they_have_a_price() -> None:
    from alia_judge._progress import run_line
    from alia_judge.runner import Progress

    now = Progress(done=500, total=1000, paid=500, unscored=3, cost=0.25, seconds=50.0)
    assert run_line(now) == "500/1000 judged (500 paid, 0 replayed, 3 unscored), 10.0 calls/s, $0.25, 50 s left"
    now = Progress(done=2, total=100, paid=2, seconds=50.0)
    assert run_line(now) == "2/100 judged (2 paid, 0 replayed, 0 unscored), 2.4 calls/min, 41 min left"
    now = Progress(done=50_000, total=100_000, replayed=50_000, seconds=2.5)
    assert run_line(now) == ("50000/100000 judged (0 paid, 50000 replayed, 0 unscored), 20,000 verdicts/s, 2 s left")
