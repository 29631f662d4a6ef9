"""What belongs to the whole process is shared by threads and put back by the last; silence is one context's own."""

from __future__ import annotations

import csv
import gc
import sys
import threading
import warnings

import pytest

from alia_judge._process_wide import ProcessWide, undefined_is_said_in_the_result
from alia_judge.errors import DegenerateDataWarning
from alia_judge.ratings.delimited import long_fields
from alia_judge.stats import spearman


def test_a_thread_that_ends_first_takes_nothing_from_another() -> None:
    before = csv.field_size_limit()
    inside, leave = threading.Event(), threading.Event()

    def read() -> None:
        with long_fields:
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=read)
    thread.start()
    inside.wait(10)
    with long_fields:
        leave.set()
        thread.join()
        assert csv.field_size_limit() == sys.maxsize
    assert csv.field_size_limit() == before


def test_the_last_to_leave_puts_back_what_the_first_found() -> None:
    was: list[str] = ["on"]
    setting = ProcessWide(lambda: was.append("off") or "on", was.append)
    with setting, setting:
        assert was == ["on", "off"]
    assert was == ["on", "off", "on"]
    with pytest.raises(ZeroDivisionError), setting:
        1 / 0  # noqa: B018 - it raises
    assert was[-1] == "on"
    assert gc.isenabled()


def test_one_thread_says_in_its_result_what_is_undefined_and_the_others_warn() -> None:
    told: list[warnings.WarningMessage] = []

    def undefined() -> None:
        spearman([1.0, 1.0, 1.0], [1.0, 2.0, 3.0])

    with undefined_is_said_in_the_result():
        undefined()  # warnings are errors in tests
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            thread = threading.Thread(target=undefined)
            thread.start()
            thread.join()
    assert [one.category for one in told] == [DegenerateDataWarning]
    with pytest.warns(DegenerateDataWarning, match="spearman is undefined"):
        undefined()
