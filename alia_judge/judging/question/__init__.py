"""What is asked about every item, and how one call is made."""

from __future__ import annotations

from typing import Any

from alia_judge._moved import moved_name


def __getattr__(name: str) -> Any:
    return moved_name(__name__, "question", name)
