"""A plugin of pytest for `tools/mutate.py`: which tests run which functions of alia_judge, and how long they take.

Run: RECORD=folder python -m pytest -p tests_by_function -n auto      (quick from Python 3.12 on, slow before)

Each process writes ``folder/PID.json``: for each test its seconds, a digest of its file, and the functions it ran, as
``alia_judge/stats/pareto.py::pareto_front``; none if it failed. What fixtures run counts for every test of the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import threading
from collections import defaultdict
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent / "alia_judge"


class Recorder:
    """What pytest calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ran: dict[str, set[CodeType]] = defaultdict(set)
        self._now: set[CodeType] = set()
        self._seconds: dict[str, float] = {}
        self._failed: set[str] = set()

    def pytest_sessionstart(self) -> None:
        if sys.version_info >= (3, 12):
            sys.monitoring.use_tool_id(sys.monitoring.PROFILER_ID, "tests by function")
            sys.monitoring.register_callback(
                sys.monitoring.PROFILER_ID, sys.monitoring.events.PY_START, self._each_function_once
            )
            sys.monitoring.set_events(sys.monitoring.PROFILER_ID, sys.monitoring.events.PY_START)
        else:
            threading.setprofile(self._each_call)
            sys.setprofile(self._each_call)

    def _each_function_once(self, code: CodeType, _: int) -> Any:
        self._now.add(code)
        return sys.monitoring.DISABLE  # until the next `restart_events`

    def _each_call(self, frame: Any, event: str, _: object) -> None:
        if event == "call":
            self._now.add(frame.f_code)

    def _from_here(self, context: str) -> None:
        self._now = self._ran[context]
        if sys.version_info >= (3, 12):
            sys.monitoring.restart_events()

    def pytest_runtest_setup(self, item: Any) -> None:
        self._from_here(item.nodeid.partition("::")[0])

    def pytest_runtest_call(self, item: Any) -> None:
        self._from_here(item.nodeid)

    def pytest_runtest_teardown(self) -> None:
        self._from_here("")

    def pytest_runtest_logreport(self, report: Any) -> None:
        if not report.passed:
            self._failed.add(report.nodeid)
        self._seconds[report.nodeid] = round(self._seconds.get(report.nodeid, 0) + report.duration, 3)

    def pytest_sessionfinish(self) -> None:
        if sys.version_info >= (3, 12):
            sys.monitoring.set_events(sys.monitoring.PROFILER_ID, sys.monitoring.events.NO_EVENTS)
            sys.monitoring.free_tool_id(sys.monitoring.PROFILER_ID)
        else:
            threading.setprofile(None)
            sys.setprofile(None)
        if self._ran:  # the process that hands the tests out to others runs none
            tests = {
                test: {"seconds": seconds, "text": digest(file), "runs": self._functions(test, file)}
                for test, seconds in self._seconds.items()
                if (file := test.partition("::")[0])
            }
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{os.getpid()}.json").write_text(json.dumps(tests), "utf-8")

    def _functions(self, test: str, file: str) -> list[str]:
        """Of a test that failed, or could not be run, none: it can show nothing."""
        return [] if test in self._failed else sorted(_ours(self._ran[test] | self._ran[file]))


@cache
def digest(file: str) -> str:
    """What tells a test file's text from another's."""
    return hashlib.sha256((PACKAGE.parent / file).read_bytes()).hexdigest()


def _ours(codes: set[CodeType]) -> set[str]:
    return {
        f"{file.relative_to(PACKAGE.parent).as_posix()}::{function}"
        for code in codes
        if (file := Path(code.co_filename)).is_relative_to(PACKAGE)
        if (function := re.sub(r"\.?<\w+>", "", code.co_qualname))  # what is in a function is the function
    }


def pytest_configure(config: Any) -> None:
    if folder := os.environ.get("RECORD"):
        config.pluginmanager.register(Recorder(Path(folder)))
