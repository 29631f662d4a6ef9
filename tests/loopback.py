"""A real HTTP server on loopback, in a thread, whose answers are a function of the request; it keeps every request."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, Mapping[str, str], Any]


class Loopback:
    """Answers each POST with what `behave(body, path, number)` gives: a status, headers, and JSON or bytes."""

    def __init__(self, behave: Callable[[Any, str, int], Reply]) -> None:
        self.seen: list[tuple[str, dict[str, str], Any]] = []
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(handler) -> None:
                raw = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
                body = json.loads(raw)
                with lock:
                    headers = {name.lower(): value for name, value in handler.headers.items()}
                    self.seen.append((handler.path, headers, body))
                    number = len(self.seen)
                status, headers, said = behave(body, handler.path, number)
                content = said if isinstance(said, bytes) else json.dumps(said).encode()
                handler.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    handler.send_header(name, value)
                handler.send_header("Content-Length", str(len(content)))
                handler.end_headers()
                handler.wfile.write(content)

            def log_message(handler, *_: object) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.root}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def bodies(self) -> list[Any]:
        return [body for _, _, body in self.seen]

    def __enter__(self) -> Loopback:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def chat(
    content: Any, *, finish: str | None = "stop", logprobs: list[Any] | None = None, **message: Any
) -> dict[str, Any]:
    """An answer as OpenAI's chat protocol has it."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    usage = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}
    held = None if logprobs is None else {"content": logprobs}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "usage": usage} | {
        "choices": [{**choice, "logprobs": held}]
    }


def token(text: str, logprob: float, **others: float) -> dict[str, Any]:
    """A token with its alternatives, itself among them."""
    top = [{"token": one, "logprob": value, "bytes": None} for one, value in {text: logprob, **others}.items()]
    return {"token": text, "logprob": logprob, "bytes": None, "top_logprobs": top}


def error(message: str, **more: Any) -> dict[str, Any]:
    """A refusal as OpenAI words it."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None, **more}}
