"""The persistent record of a search: trials in Optuna, workers, tasks done once."""

from __future__ import annotations

from typing import Any

from alia_judge._moved import moved_name


def __getattr__(name: str) -> Any:
    return moved_name(__name__, "study", name)
