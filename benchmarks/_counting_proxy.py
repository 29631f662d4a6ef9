"""A proxy on loopback that counts what a client asks an OpenAI-compatible server, bounds it, and keeps the answers."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

__all__ = ["Account", "CountingProxy"]

_TIMEOUT = 600.0


@dataclass
class Account:
    """What one client has asked: requests, those refused because its limit was reached, tokens, and model seconds."""

    name: str
    limit: int | None = None
    requests: int = 0
    refused: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, float]:
        """What is stored of it."""
        shown = ("requests", "refused", "prompt_tokens", "answer_tokens")
        return {**{name: getattr(self, name) for name in shown}, "seconds": round(self.seconds, 2)}


class CountingProxy:
    """Stands between clients and a server, on whose behalf one account at a time is charged.

    A request at temperature 0 that an account has made before is answered again and not counted, as a client's cache
    would have it; at another temperature each is. Over the limit the answer is 402 and nothing is sent. Answers are
    kept, so that a run that was killed goes on without asking them again; what is counted is the same.

    Parameters
    ----------
    upstream
        Address of the server, with ``/v1``.
    store
        File of the answers.
    key
        Key for the server, if it takes one.
    told
        Called after each answer with the account.
    """

    def __init__(
        self, upstream: str, store: Path, *, key: str = "none", told: Callable[[Account], None] | None = None
    ) -> None:
        self._upstream, self._key, self._told = upstream.rstrip("/"), key, told
        self._account = Account("nobody", limit=0)
        self._lock = threading.Lock()
        store.parent.mkdir(parents=True, exist_ok=True)
        self._store = sqlite3.connect(store, check_same_thread=False)
        self._store.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, body BLOB, seconds REAL)")

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(handler) -> None:  # noqa: N805
                raw = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
                status, said = self._answer(handler.path, raw)
                handler.send_response(status)
                handler.send_header("Content-Type", "application/json")
                handler.send_header("Content-Length", str(len(said)))
                handler.end_headers()
                handler.wfile.write(said)

            def log_message(handler, *_: object) -> None: ...  # noqa: N805

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @contextlib.contextmanager
    def account(self, name: str, limit: int | None = None) -> Iterator[Account]:
        """Charge what is asked meanwhile to a new account."""
        self._account = Account(name, limit)
        try:
            yield self._account
        finally:
            self._account = Account("nobody", limit=0)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._store.close()

    def _answer(self, path: str, raw: bytes) -> tuple[int, bytes]:
        body = json.loads(raw)
        own = json.dumps([path, body], sort_keys=True)
        with self._lock:  # one at a time: a second one would only make the first one slower
            account = self._account
            cached = account.seen[own] if not body.get("temperature") else 0
            if not cached and account.limit is not None and account.requests >= account.limit:
                account.refused += 1
                spent = {"message": f"the budget of {account.limit} requests is spent", "type": "budget", "code": 402}
                return 402, json.dumps({"error": spent}).encode()
            number = 0 if not body.get("temperature") else account.seen[own]
            account.seen[own] += 1
            named = [own, number] if not body.get("temperature") else [account.name, own, number]
            key = hashlib.sha256(json.dumps(named).encode()).hexdigest()
            kept = self._store.execute("SELECT body, seconds FROM answers WHERE key = ?", (key,)).fetchone()
            if kept is None:
                begun = time.perf_counter()
                status, said = self._send(path, raw)
                kept = said, time.perf_counter() - begun
                if status == 200:
                    with self._store:
                        self._store.execute("INSERT INTO answers VALUES (?, ?, ?)", (key, *kept))
            else:
                status, said = 200, kept[0]
            if not cached:
                self._charge(account, json.loads(said) if status == 200 else {}, kept[1])
            return status, said

    def _charge(self, account: Account, answer: dict[str, Any], seconds: float) -> None:
        usage = answer.get("usage") or {}
        account.requests += 1
        account.prompt_tokens += int(usage.get("prompt_tokens") or 0)
        account.answer_tokens += int(usage.get("completion_tokens") or 0)
        account.seconds += seconds
        if self._told is not None:
            self._told(account)

    def _send(self, path: str, raw: bytes) -> tuple[int, bytes]:
        request = urllib.request.Request(
            self._upstream.removesuffix("/v1") + path,
            raw,
            {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
