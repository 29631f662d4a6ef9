"""Judge x items -> verdicts: the only bulk caller of a language model."""

from __future__ import annotations

from alia_judge._deprecation import old_names
from alia_judge.runner.bulk import RunResult, run, stream
from alia_judge.runner.composite import Composite
from alia_judge.runner.live import LiveSource
from alia_judge.runner.options import Judged, Progress, RunOptions
from alia_judge.runner.store import VerdictStore
from alia_judge.runner.trouble import Trouble

__all__ = [
    "Composite",
    "Judged",
    "LiveSource",
    "Progress",
    "RunOptions",
    "RunResult",
    "Trouble",
    "VerdictStore",
    "run",
    "stream",
]

__getattr__ = old_names(__name__, {"Panel": "Composite"})
