from __future__ import annotations

import numpy as np
import pytest

from alia_judge.runner.pace import Pace


def _pace(concurrency: int = 16) -> Pace:
    return Pace(concurrency, np.random.default_rng(0))


def test_a_pushback_halves_once_for_all_calls_sent_before_it_was_known() -> None:
    pace = _pace()
    for _ in range(16):
        pace.pushed_back(now=10.0, sent_at=9.0, retry_after=None)
    assert pace.limit == 8
    pace.pushed_back(now=11.0, sent_at=10.5, retry_after=None)
    assert pace.limit == 4


def test_it_never_stops_and_never_exceeds_what_was_asked_for() -> None:
    pace = _pace(4)
    for now in range(20):
        pace.pushed_back(now=now + 1.0, sent_at=now + 0.5, retry_after=None)
    assert pace.limit == 1
    for _ in range(1000):
        pace.answered()
    assert pace.limit == 4


def test_a_round_of_answers_makes_room_for_one_more() -> None:
    pace = _pace()
    pace.pushed_back(now=1.0, sent_at=0.5, retry_after=None)
    for _ in range(9):
        pace.answered()
    assert pace.limit == 9


def test_the_server_says_how_long_to_wait() -> None:
    pace = _pace()
    pace.pushed_back(now=10.0, sent_at=9.0, retry_after=30.0)
    pace.pushed_back(now=10.0, sent_at=9.0, retry_after=5.0)
    assert pace.wait(15.0) == pytest.approx(25.0)
    assert pace.wait(41.0) == 0.0
    waits = [pace.backoff(1, retry_after=30.0) for _ in range(100)]
    assert min(waits) >= 30.0
    assert max(waits) <= 36.0


def test_waits_double_up_to_a_minute_and_differ() -> None:
    pace = _pace()
    for attempt, longest in [(1, 0.5), (2, 1.0), (5, 8.0), (20, 60.0)]:
        waits = [pace.backoff(attempt, retry_after=None) for _ in range(100)]
        assert longest / 2 <= min(waits) < max(waits) <= longest
        assert len(set(waits)) > 50
