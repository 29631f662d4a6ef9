from __future__ import annotations

import io
import math
from dataclasses import replace

import pytest
from rich.console import Console

from alia_judge.cli import _progress
from alia_judge.cli._search_display import search_display
from alia_judge.compiling.search import SearchProgress
from alia_judge.stats.estimate import Estimate

NAN = math.nan
SCREENING = SearchProgress(
    calls=40,
    budget=1000,
    trials=5,
    best="",
    value=NAN,
    low=NAN,
    high=NAN,
    gain=NAN,
    seconds=20.0,
    seconds_left=480.0,
)
RACING = replace(
    SCREENING, calls=500, best="model=m1, style=terse", value=0.412, low=0.3, high=0.5, gain=0.012, cost=1.25
)


def test_a_panel_on_a_terminal() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, color_system=None)
    ceiling = Estimate(statistic="spearman", value=0.824)
    with search_display(console, objective="spearman", ceiling=ceiling) as show:
        show(SCREENING)
    with search_display(console, objective="spearman", ceiling=ceiling) as show:
        show(replace(RACING, value=0.3, low=0.1, trials=4))
        show(replace(RACING, cost=1.25))
    shown = out.getvalue()
    assert "screening: every candidate on the same few items" in shown
    assert "0.412  [0.300, 0.500]" in shown
    assert "model=m1, style=terse" in shown
    assert "0.824 against one another, the best has 50% of it" in shown
    assert "━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌ 500 of 1,000, 1.0 a second, 8 min left, $1.25" in shown
    assert "expected to gain +0.012" in shown
    assert "▁█" in shown
    assert "Ctrl-C stops, and keeps what is paid" in shown


def test_plain_lines_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "_PLAIN_EVERY", 0.0)
    out = io.StringIO()
    with search_display(Console(file=out, width=300)) as show:
        show(SCREENING)
        show(RACING)
    assert out.getvalue().splitlines() == [
        "40/1000 calls, 5 trials, screening, nothing to tell yet, 8 min left",
        "500/1000 calls, 5 trials, best 0.412 [0.300, 0.500] model=m1, style=terse, next 100 calls worth +0.012, "
        "8 min left",
    ]
