"""A hub on this machine's loopback that speaks the Hugging Face Hub's protocol for one data set, to read from it.

Only what `huggingface_hub` and `datasets` ask when they read: what the repository is, what its tree holds, its files.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

__all__ = ["serve"]

_COMMIT = "a" * 40


@contextmanager
def serve(repository: str, files: Mapping[str, bytes]) -> Iterator[str]:
    """The address of a hub that holds `files` as the data set `repository`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
            pass

        def do_GET(self) -> None:
            address = urlparse(self.path)
            path = unquote(address.path)
            home = f"/api/datasets/{repository}"
            if path.startswith(f"{home}/tree/"):
                folder = path.removeprefix(f"{home}/tree/").partition("/")[2]
                recursive = parse_qs(address.query).get("recursive") == ["true"]
                self.answer(json.dumps(_tree(files, folder, recursive=recursive)).encode())
            elif path == home or path.startswith(f"{home}/revision/"):
                siblings = [{"rfilename": name} for name in files]
                found = {"id": repository, "sha": _COMMIT, "private": False, "siblings": siblings, "tags": []}
                self.answer(json.dumps(found).encode())
            elif path.startswith(f"/datasets/{repository}/resolve/"):
                name = path.removeprefix(f"/datasets/{repository}/resolve/").partition("/")[2]
                if name in files:
                    self.answer(files[name], etag=hashlib.sha1(files[name]).hexdigest())
                else:
                    self.answer(b"{}", status=404, error="EntryNotFound")
            else:
                self.answer(b"{}", status=404, error="RepoNotFound")

        do_HEAD = do_GET

        def answer(self, body: bytes, *, status: int = 200, etag: str | None = None, error: str | None = None) -> None:
            self.send_response(status)
            for name, value in (("ETag", f'"{etag}"'), ("X-Repo-Commit", _COMMIT)) if etag else ():
                self.send_header(name, value)
            if error:
                self.send_header("X-Error-Code", error)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _tree(files: Mapping[str, bytes], folder: str, *, recursive: bool) -> list[dict[str, Any]]:
    start = f"{folder}/" if folder else ""
    inside = {name: content for name, content in files.items() if name.startswith(start)}
    found: dict[str, dict[str, Any]] = {}
    for name, content in inside.items():
        parts = name.removeprefix(start).split("/")
        if len(parts) > 1:
            directory = start + parts[0]
            found[directory] = {"type": "directory", "path": directory, "oid": "0" * 40, "size": 0}
        if len(parts) == 1 or recursive:
            oid = hashlib.sha1(content).hexdigest()
            found[name] = {"type": "file", "path": name, "oid": oid, "size": len(content)}
    return list(found.values())
