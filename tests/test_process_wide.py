"""What belongs to the whole process is shared by threads and put back by the last; silence is one context's own."""

from __future__ import annotations

import csv
import gc
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

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


def test_what_tests_start_can_be_stopped_in_the_background_and_under_nohup() -> None:
    child = "import signal; print(signal.getsignal(signal.SIGINT).__name__, signal.getsignal(signal.SIGHUP).name)"
    script = f"import subprocess, sys, conftest; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    done = subprocess.run(
        ["sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh", sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["default_int_handler", "SIG_DFL"], done.stderr
