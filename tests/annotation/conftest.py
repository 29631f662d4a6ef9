from __future__ import annotations

from collections.abc import Iterator

import pytest
from served_room import rooms_left_closed


@pytest.fixture(autouse=True)
def rooms(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with rooms_left_closed(monkeypatch):
        yield
