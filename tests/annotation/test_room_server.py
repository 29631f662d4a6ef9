"""A room's server as a client sees it, many clients at once, and a browser."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from browser import Browser
from served_room import Served, made, served

from alia_judge.annotation.room import Room
from alia_judge.annotation.tokens import token_for
from alia_judge.ratings import load_ratings

RAN = "document.title = 'ran'"
HOSTILE = f'</script><script>{RAN}</script><img src=x onerror="{RAN}"> \u2028 \u202e'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(made(tmp_path_factory.mktemp("room") / "r", items=6, people=3, per_item=2)) as running:
        yield running


def test_the_api_answers_as_it_is_written_down(server: Served) -> None:
    ana, jon = server.tokens["p0"], server.tokens["p1"]
    status, task, _ = server.ask("/api/next", token=ana)
    assert (status, task["item"]["prompt"][0]) == (200, "¿")
    assert {"assignment", "item_id", "item", "criteria"} <= task.keys()
    rating = {"assignment": task["assignment"], "values": {"helpfulness": 4}, "comment": "Sí.", "seconds": 2.5}
    assert server.ask("/api/ratings", token=jon, body=rating)[0] == 403
    for value in (6, "x", None, True):
        status, said, _ = server.ask("/api/ratings", token=ana, body={**rating, "values": {"helpfulness": value}})
        assert (status, "helpfulness" in said["error"]) == (422, True)
    assert [server.ask("/api/ratings", token=ana, body=rating)[0] for _ in range(2)] == [201, 200]
    for raw in (b"{", b"[]", b'{"values": {}}', b"\xff", b"[" * 60_000):
        assert server.ask("/api/ratings", token=ana, raw=raw)[0] == 400
    strange = {"Content-Type": "application/json; charset=nope"}
    assert server.ask("/api/ratings", token=ana, body=rating, headers=strange)[0] == 400
    assert server.ask("/api/ratings", token=ana, body={**rating, "assignment": "\ud83d"})[0] == 403
    assert server.ask("/api/ratings", token=ana, raw=b"x" * 70_000)[0] == 413


def test_without_a_valid_token_there_is_nothing(server: Served) -> None:
    key = Room(server.folder)._facts.key
    for token in ("", "x", token_for(1, 10, key), token_for(1, 1e11, b"another key")):
        for path, body in (("/api/next", None), ("/api/ratings", {"assignment": "x"}), ("/api/no-such", None)):
            status, said, headers = server.ask(path, token=token, body=body)
            assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
            assert "new one" in said["error"]
    # No cookie, form or address says who one is: what another site can have a browser send is nobody's.
    good = server.tokens["p0"]
    for more in (
        {"cookies": {"token": good}},
        {"params": {"token": good}},
        {"headers": {"Authorization": f"Basic {good}"}},
    ):
        assert server.ask("/api/next", **more)[0] == 401
    # Nor is another site's page told that it may ask.
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    status, _, headers = server.ask("/api/ratings", method="OPTIONS", headers=asked)
    assert status == 401
    assert not [name for name in headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("path", ["/room.sqlite", "/../room.sqlite", "/%2e%2e/room.sqlite", "/static/", "//etc/passwd"])
def test_there_are_no_files(server: Served, path: str) -> None:
    status, _, headers = server.ask(path)
    assert status == 404
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_every_answer_has_its_headers(server: Served) -> None:
    status, html, headers = server.ask("/")
    assert status == 200
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert not any(token in html for token in server.tokens.values())
    for path in ("/", "/api/next", "/nowhere"):
        found = server.ask(path)[2]
        assert {found[name] for name in ("Cache-Control", "Referrer-Policy", "X-Frame-Options")} == {
            "no-store", "no-referrer", "DENY"
        }  # fmt: skip
        assert "Set-Cookie" not in found


def test_fifty_clients_at_once_rate_every_item_so_many_times(tmp_path: Path) -> None:
    folder = made(tmp_path / "room", items=40, people=50, per_item=5)

    async def work(session: aiohttp.ClientSession, address: str, token: str) -> int:
        headers, stored = {"Authorization": f"Bearer {token}"}, 0
        while True:
            async with session.get(f"{address}/api/next", headers=headers) as reply:
                if reply.status == 204:
                    return stored
                assert reply.status == 200
                task = await reply.json()
            body = {"assignment": task["assignment"], "values": {"helpfulness": 3}}
            # Twice at once, as two tabs or an impatient finger do.
            both = [session.post(f"{address}/api/ratings", headers=headers, json=body) for _ in range(2)]
            statuses = sorted([reply.status for reply in await asyncio.gather(*both)])
            assert statuses == [200, 201]
            stored += 1

    async def all_at_once(running: Served) -> list[int]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            return await asyncio.gather(*(work(session, running.address, token) for token in running.tokens.values()))

    with served(folder) as running:
        stored = asyncio.run(all_at_once(running))
    room = Room(folder)
    lines = room.export()
    assert sum(stored) == len(lines) == 200
    assert Counter(line["item_id"] for line in lines) == dict.fromkeys((f"i{n}" for n in range(40)), 5)
    assert len({(line["item_id"], line["annotator_id"]) for line in lines}) == 200
    assert not any(line["extra"] for line in lines)


def test_what_was_answered_is_on_disk_after_a_kill_and_the_room_goes_on(tmp_path: Path) -> None:
    folder = made(tmp_path / "room", items=4, people=2, per_item=1)
    with served(folder) as running:
        task = running.ask("/api/next", token=running.tokens["p0"])[1]
        body = {"assignment": task["assignment"], "values": {"helpfulness": 2}}
        assert running.ask("/api/ratings", token=running.tokens["p0"], body=body)[0] == 201
        held = running.ask("/api/next", token=running.tokens["p0"])[1]["assignment"]
        running.process.kill()
        running.process.wait()
    with served(folder) as running:
        assert running.ask("/api/next", token=running.tokens["p0"])[1]["assignment"] == held
        assert running.ask("/api/ratings", token=running.tokens["p0"], body=body)[0] == 200
    assert len(Room(folder).export()) == 1


def test_it_ends_when_it_is_told_to_and_says_where_it_cannot_listen(tmp_path: Path) -> None:
    folder = made(tmp_path / "room", items=1, people=1, per_item=1)
    with served(folder) as running:
        port = running.address.rpartition(":")[2]
        serve = [sys.executable, "-m", "alia_judge", "room", "serve", str(folder), "--port", port]
        second = subprocess.run(serve, check=False, capture_output=True, text=True, timeout=120, env=os.environ)
        assert (second.returncode, f"port {port} of 127.0.0.1 cannot be listened on" in second.stderr) == (2, True)
        running.process.send_signal(signal.SIGTERM)
        said = running.process.communicate(timeout=60)[1]
        assert (running.process.returncode, "Traceback" in said) == (130, False)


@pytest.mark.chromium
class TestInABrowser:
    def wait(self, browser: Browser, text: str) -> None:
        browser.wait_for(lambda: text in browser.run("document.body.innerText"))

    def test_a_person_rates_is_cut_off_and_goes_on(self, tmp_path: Path) -> None:
        folder = made(tmp_path / "room", items=3, people=1, per_item=1, text=HOSTILE)
        with served(folder) as running, Browser() as browser:
            link = f"{running.address}/#/{running.tokens['p0']}"
            browser.open(link, width=390)
            self.wait(browser, "onerror")
            title = browser.run("document.title")
            assert browser.overflow() == 0
            assert browser.faint() == []
            browser.press("Enter")
            self.wait(browser, "Aún falta valorar: Utilidad")
            browser.press("4")
            browser.press("Enter")
            self.wait(browser, "Valorados: 1")
            self.wait(browser, "Guardado en el servidor.")
            assert len(Room(folder).export()) == 1
            browser.cut_network()
            browser.press("2")
            browser.press("c")
            browser.type("Sin red.")
            browser.tap("#next")
            self.wait(browser, "aún no en el servidor")
            assert len(Room(folder).export()) == 1
            browser.restore_network()
            browser.open("about:blank")
            browser.open(link, width=1280, theme="dark")  # closed and opened again: the answer goes first
            self.wait(browser, "Valorados: 2")
            assert [line["comment"] for line in Room(folder).export()] == ["", "Sin red."]
            assert browser.faint() == []
            browser.press("s")
            browser.press("2")
            browser.press("Enter")
            self.wait(browser, "no hay ningún caso para ti")
            assert browser.run("document.title") == title != "ran"
            browser.open(f"{running.address}/#/x")
            self.wait(browser, "no es válido o ha caducado")
        Room(folder).write(tmp_path / "r.jsonl")
        ratings = load_ratings(tmp_path / "r.jsonl")
        assert (ratings.of("helpfulness")["value"].tolist(), ratings.left_out) == ([4.0, 2.0], {"skipped items": 1})
