"""Judge x items -> verdicts: the only bulk caller of a language model."""

from __future__ import annotations

from alia_judge.runner.live import LiveSource
from alia_judge.runner.options import Judged, Progress, RunOptions
from alia_judge.runner.panel import Panel
from alia_judge.runner.run import RunResult, run, stream
from alia_judge.runner.store import VerdictStore
from alia_judge.runner.trouble import Trouble

__all__ = [
    "Judged",
    "LiveSource",
    "Panel",
    "Progress",
    "RunOptions",
    "RunResult",
    "Trouble",
    "VerdictStore",
    "run",
    "stream",
]
