"""The example for Label Studio against its real server: tasks sent, rated by two people through its API, read back."""

from __future__ import annotations

import http.cookiejar
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alia_judge.ratings import load_ratings

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "integrations" / "rate_in_label_studio.py"
SERVER = shutil.which(os.environ.get("LABEL_STUDIO", "label-studio"))
PASSWORD = "only-for-this-test"

pytestmark = pytest.mark.skipif(
    SERVER is None or importlib.util.find_spec("label_studio_sdk") is None,
    reason="label-studio is not installed; see docs/integrations.md",
)


class Person:
    """Somebody with an account, as a browser would be."""

    def __init__(self, address: str, name: str) -> None:
        self.address, self.cookies = address, http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies)).open
        form = self._open(f"{address}/user/signup/", timeout=120).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token is not None
        said = {
            "csrfmiddlewaretoken": token[1], "email": f"{name}@example.org", "password": PASSWORD,
            "how_find_us": "", "allow_newsletters": "false",
        }  # fmt: skip
        where = f"{address}/user/signup/"
        self._open(
            urllib.request.Request(where, urllib.parse.urlencode(said).encode(), {"Referer": where}), timeout=120
        )

    def ask(self, path: str, said: Any = None) -> Any:
        csrf = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken") or ""
        headers = {"Content-Type": "application/json", "X-CSRFToken": csrf, "Referer": self.address}
        body = None if said is None else json.dumps(said).encode()
        return json.load(self._open(urllib.request.Request(f"{self.address}{path}", body, headers), timeout=120))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A server of its own, on SQLite in a folder of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        "LABEL_STUDIO_BASE_DATA_DIR": str(tmp_path / "server"),
        "LATEST_CHECK": "false",
        "COLLECT_ANALYTICS": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }
    (tmp_path / "server").mkdir()
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen(
            [str(SERVER), "start", "--no-browser", "--port", str(port), "--internal-host", "127.0.0.1"],
            env={**os.environ, **own}, stdout=log, stderr=log,
        )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                assert running.poll() is None, (tmp_path / "log").read_text()[-2000:]
                try:
                    urllib.request.urlopen(f"{address}/health", timeout=30).close()
                    break
                except OSError:
                    time.sleep(1)
            yield address
        finally:
            running.terminate()
            running.wait(60)


def test_what_is_sent_is_rated_and_read_back(server: str, tmp_path: Path) -> None:
    ana = Person(server, "ana")
    jon = Person(server, "jon")
    environment = {**os.environ, "LABEL_STUDIO_API_KEY": ana.ask("/api/token/", {})["token"]}

    def example(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, str(EXAMPLE), server, *words], cwd=tmp_path, env=environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "tasks:" in example("send", "--budget", "6")
    project = ana.ask("/api/projects/")["results"][0]["id"]
    tasks = ana.ask(f"/api/tasks/?project={project}&fields=all")["tasks"]
    assert tasks
    for place, task in enumerate(tasks):
        for person, value in ((ana, 1 + place % 5), (jon, 5 - place % 5)):
            rating = {
                "from_name": "helpfulness", "to_name": "shown", "type": "rating", "value": {"rating": value}
            }  # fmt: skip
            person.ask(f"/api/tasks/{task['id']}/annotations/", {"result": [rating], "lead_time": 3.5})
    told = example("fetch", str(project))
    assert f"helpfulness: {2 * len(tasks)} ratings by 2 people" in told
    ratings = load_ratings(tmp_path / "label-studio.json")
    sent = {task["data"]["item_id"]: task["data"]["response"] for task in tasks}
    assert {item.item_id: item.response for item in ratings.items()} == sent
    values = ratings.of("helpfulness")["value"].tolist()
    assert sorted(values) == sorted([1 + n % 5 for n in range(len(tasks))] + [5 - n % 5 for n in range(len(tasks))])
