"""What a search maximises, and the people's figures it is compared with."""

from __future__ import annotations

from typing import Any

from alia_judge._moved import moved_name


def __getattr__(name: str) -> Any:
    return moved_name(__name__, "objective", name)
