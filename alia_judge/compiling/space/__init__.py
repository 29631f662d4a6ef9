"""What a search may try: models, rubrics, demonstrations, and the judge each choice builds."""

from __future__ import annotations

from typing import Any

from alia_judge._moved import moved_name


def __getattr__(name: str) -> Any:
    return moved_name(__name__, "space", name)
