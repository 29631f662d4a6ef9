from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from alia_judge.annotation.room import Room


@pytest.fixture(autouse=True)
def rooms_are_left_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let go of every room's file once its test is over: from Python 3.13 on, one left open is a warning elsewhere."""
    opened = []
    opens = Room.__init__

    def remembered(self: Room, *given: Any, **more: Any) -> None:
        opens(self, *given, **more)
        opened.append(self)

    monkeypatch.setattr(Room, "__init__", remembered)
    yield
    for room in opened:
        room.close()
