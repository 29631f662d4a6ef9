"""A room that is served in a process of its own, and what asks it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest

from alia_judge.annotation.room import Room
from alia_judge.annotation.room_file import RoomFile
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.records import Item

CRITERIA = {"helpfulness": builtin_rubric("helpfulness", "es")}


@contextlib.contextmanager
def rooms_left_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let go of every room's file in the end: from Python 3.13 on, one left open is a warning elsewhere."""
    opened = []
    opens = RoomFile.__init__

    def remembered(self: RoomFile, *given: Any, **more: Any) -> None:
        opens(self, *given, **more)
        opened.append(self)

    monkeypatch.setattr(RoomFile, "__init__", remembered)
    yield
    for room in opened:
        room.close()


class Served(NamedTuple):
    folder: Path
    address: str
    process: subprocess.Popen[str]
    tokens: dict[str, str]
    head: str

    def ask(self, path: str, *, token: str = "", body: Any = None, raw: bytes | None = None, **more: Any) -> Any:
        """(status, what the body says, headers) of one request."""

        async def asked() -> Any:
            data = json.dumps(body).encode() if raw is None and body is not None else raw
            headers = {**more.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
            async with aiohttp.ClientSession() as session:
                method = more.pop("method", "GET" if data is None else "POST")
                async with session.request(method, self.address + path, data=data, headers=headers, **more) as reply:
                    text = await reply.text()
                    said = json.loads(text) if reply.content_type == "application/json" and text else text
                    return reply.status, said, reply.headers

        return asyncio.run(asked())


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Served]:
    process = subprocess.Popen(
        [sys.executable, "-m", "alia_judge", "room", "serve", str(folder), "--port", "0"],
        stderr=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    assert process.stderr is not None
    found = re.search(r"room at (\S+);", process.stderr.readline())
    assert found is not None
    room = Room(folder)
    try:
        (head,) = room.tokens(days=1, role="organiser").values()
        yield Served(folder, found[1], process, room.tokens(days=1), head)
    finally:
        room.close()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
        process.stderr.close()


def made(folder: Path, *, items: int, people: int, per_item: int, text: str = "Una respuesta.", **more: Any) -> Path:
    """A room of Spanish items ``i0`` ... and people ``p0`` ...; its organiser is called organiser."""
    there = [Item(item_id=f"i{n}", prompt=f"¿{n}?", response=f"{text} {n}", language="es") for n in range(items)]
    names = [f"p{n}" for n in range(people)]
    Room.create(folder, there, CRITERIA, annotators=names, per_item=per_item, language="es", **more).close()
    return folder
