"""For whom a judge fails: parts of the items, languages, surprising disagreements."""

from __future__ import annotations

from typing import Any

from alia_judge._moved import moved_name


def __getattr__(name: str) -> Any:
    return moved_name(__name__, "slices", name)
