from __future__ import annotations

import io
import math
from dataclasses import replace

import pytest
from rich.console import Console

from alia_judge._progress import in_a_line, trouble_in_words
from alia_judge.cli import _progress
from alia_judge.cli._search_display import search_display
from alia_judge.compiling.race.search import SearchProgress
from alia_judge.runner import Trouble
from alia_judge.stats.estimate import Estimate

NAN = math.nan
REFUSED = Trouble(cause="connection refused at judge:80", waiting=1, seconds=3.0, then="stop", then_in=57.0)
BUSY = replace(
    REFUSED, cause="HTTP 429 (too many requests) from judge:80", waiting=1200, then="unscored", then_in=540.0
)
SLOW = replace(REFUSED, cause="no answer yet from judge:80", waiting=8, seconds=14.0, then="again", then_in=106.0)
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
    assert "━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌ 500 of 1,000, 1.0 calls/s, 8 min left, $1.25" in shown
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


@pytest.mark.parametrize(
    ("trouble", "words", "label"),
    [
        (REFUSED, ("connection refused at judge:80", "1 call waits, tried again for 57 s more"), "trouble"),
        (
            BUSY,
            (
                "HTTP 429 (too many requests) from judge:80",
                "1,200 calls wait, tried again; the first is left unscored in 9 min",
            ),
            "trouble",
        ),
        (
            SLOW,
            ("no answer yet from judge:80 for 14 s", "8 calls in flight, cut off in 2 min and tried again"),
            "waiting",
        ),
        (
            replace(SLOW, waiting=1, then_in=NAN),
            ("no answer yet from judge:80 for 14 s", "1 call in flight"),
            "waiting",
        ),
    ],
)
def test_trouble_in_a_panel_of_80_columns_and_in_a_line(trouble: Trouble, words: tuple[str, str], label: str) -> None:
    assert trouble_in_words(trouble) == words
    assert in_a_line(trouble) == f"; {words[0]}: {words[1]}"
    out = io.StringIO()
    with search_display(Console(file=out, force_terminal=True, width=80, color_system=None)) as show:
        show(replace(SCREENING, trouble=trouble))
    rows = [row.strip("│ ") for row in out.getvalue().splitlines() if row.startswith("│")]
    assert [row for row in rows if row.startswith(label)][-1] == f"{label}  {words[0]}"
    assert words[1] in rows


def test_what_passes_at_the_second_try_is_not_worth_a_word() -> None:
    assert trouble_in_words(None) is None
    assert trouble_in_words(replace(REFUSED, seconds=0.4)) is None
    assert in_a_line(None) == ""


def test_off_a_terminal_news_of_trouble_does_not_wait_for_its_turn_and_is_not_repeated() -> None:
    out = io.StringIO()
    with search_display(Console(file=out, width=300)) as show:
        show(SCREENING)  # the first line is due in ten seconds
        show(replace(SCREENING, trouble=REFUSED))
        show(replace(SCREENING, trouble=REFUSED))
    assert out.getvalue().splitlines() == [
        "40/1000 calls, 5 trials, screening, nothing to tell yet, 8 min left; connection refused at judge:80: "
        "1 call waits, tried again for 57 s more"
    ]
