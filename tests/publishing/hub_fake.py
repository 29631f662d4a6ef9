"""A fake of the Hugging Face Hub's HTTP interface, on loopback: enough for huggingface_hub to create, commit, fetch.

It is no Hub: no login, no LFS, one branch. What it shows is that our side speaks through the real client.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files: dict[str, bytes]
    requests: list[str]
    refuse: int | None

    def log_message(self, *_: object) -> None:
        pass

    @property
    def sha(self) -> str:
        content = json.dumps({name: base64.b64encode(data).decode() for name, data in sorted(self.files.items())})
        return hashlib.sha1(content.encode()).hexdigest()

    def _reply(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "X-Repo-Commit": self.sha, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _json(self, value: object) -> None:
        self._reply(json.dumps(value).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path = urlsplit(self.path).path
        self.requests.append(f"POST {path}" + (f" {body.decode()}" if path == "/api/repos/create" else ""))
        if self.refuse is not None:
            self._reply(b"{}", self.refuse)
        elif path == "/api/repos/create":
            self._json({"url": f"http://{self.headers['Host']}/org/judge"})
        elif path == "/api/validate-yaml":
            self._json({"errors": [], "warnings": []})
        elif "/preupload/" in path:
            asked = json.loads(body)["files"]
            self._json({"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in asked]})
        elif "/commit/" in path:
            for line in body.splitlines():
                operation = json.loads(line)
                value = operation["value"]
                if operation["key"] == "file":
                    self.files[value["path"]] = base64.b64decode(value["content"])
                elif operation["key"] == "deletedFile":
                    del self.files[value["path"]]
            self._json(
                {"commitOid": self.sha, "commitUrl": f"http://{self.headers['Host']}/org/judge/commit/{self.sha}"}
            )
        else:
            self._reply(b"{}", 404)

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.requests.append(f"{self.command} {path}")
        if self.refuse is not None:
            self._reply(b"{}", self.refuse)
        elif path.startswith(("/org/judge/resolve/", "/datasets/org/judge/resolve/")):
            data = self.files.get(path.split("/resolve/")[1].split("/", 1)[1])
            if data is None:
                self._reply(b"", 404, X_Error_Code="EntryNotFound")
            else:
                self._reply(data, ETag=f'"{hashlib.sha1(data).hexdigest()}"')
        elif "/tree/" in path:
            entries = [
                {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                for name, data in self.files.items()
            ]
            self._json(entries)
        elif path.startswith(("/api/models/org/judge", "/api/datasets/org/judge")):
            siblings = [{"rfilename": name} for name in self.files]
            self._json({"id": "org/judge", "modelId": "org/judge", "sha": self.sha, "siblings": siblings})
        else:
            self._reply(b"{}", 404, X_Error_Code="RepoNotFound")

    do_HEAD = do_GET


@contextmanager
def fake_hub(
    files: dict[str, bytes] | None = None, *, refuse: int | None = None
) -> Iterator[tuple[str, dict[str, bytes], list[str]]]:
    """Serve until the block ends; gives the endpoint, the files of org/judge, and the requests received.

    With `refuse`, every request is answered with that status.
    """
    state: dict[str, bytes] = {} if files is None else files
    requests: list[str] = []
    handler = type("Handler", (_Handler,), {"files": state, "requests": requests, "refuse": refuse})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", state, requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def created(requests: list[str]) -> list[dict[str, object]]:
    """What was asked of each repository that was to be made."""
    start = "POST /api/repos/create "
    return [json.loads(request.removeprefix(start)) for request in requests if request.startswith(start)]
