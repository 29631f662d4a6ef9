"""A real HTTP server on loopback, in a process of its own, that speaks OpenAI's chat protocol and does as it is told.

Run as a script it serves until its standard input closes. Imported, `OpenAIServer` starts it and talks to it.

It is told what to do, the first that applies:

- by the item's own text: ``<<do:429 retry_after=0.2 times=2>>`` anywhere in the messages (``times``: so often for the
  same messages, then it answers normally);
- by the queue: `OpenAIServer.queue` takes one instruction a request, in order of arrival;
- by the default: `OpenAIServer.default`.

A normal answer is one digit 1..5: ``<<answer:4>>`` in the messages, or a digest of them, the same every time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import hashlib
import http.client
import json
import math
import os
import re
import socket
import struct
import subprocess
import sys
import time
from collections import Counter, deque
from typing import Any

REFUSALS = {
    "en": "I'm sorry, but I can't help with evaluating this content.",
    "es": "Lo siento, pero no puedo ayudar a evaluar este contenido.",
    "ca": "Ho sento, però no puc ajudar a avaluar aquest contingut.",
    "eu": "Sentitzen dut, baina ezin dut eduki hau ebaluatzen lagundu.",
    "gl": "Síntoo, pero non podo axudar a avaliar este contido.",
}
#: What each instruction has the model say; the rest of them do something to the protocol instead.
TEXTS = {
    "off_scale": "9",
    "negative": "-3",
    "word": "cuatro",
    "nan": "NaN",
    "several": "It could be 2, or perhaps 4 or 5.",
    "empty": "",
    "blank": " \n ",
    "chatter": "This response is rather pleasant to read.",
    "reasoning": "Let me think about the response and its merits. " * 208 + "\nScore: 4",
    "ten": "10",
    "half_emoji": "3 \ud83d",
}
#: HTTP status, error type and code of each refused call.
ERRORS = {
    "400": (400, "invalid_request_error", "invalid_value", "Invalid value for 'messages'."),
    "401": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: the key has expired."),
    "403": (403, "permission_error", "forbidden", "You are not allowed to use this model."),
    "404": (404, "invalid_request_error", "model_not_found", "The model does not exist."),
    "context": (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9031 tokens.",
    ),
    "context_llama": (
        400,
        "exceed_context_size_error",
        400,
        "request (9122 tokens) exceeds the available context size (2048 tokens), try increasing it",
    ),
    "context_vllm": (
        400,
        "BadRequestError",
        400,
        "This model's maximum context length is 8192 tokens. However, you requested 9047 tokens (9031 in the messages, "
        "16 in the completion). Please reduce the length of the messages or completion.",
    ),
    "429": (429, "requests", "rate_limit_exceeded", "Rate limit reached for requests."),
    "500": (500, "server_error", "internal_error", "The server had an error while processing your request."),
    "503": (503, "server_error", "overloaded", "The engine is currently overloaded."),
}
_TOLD = re.compile(r"<<do:(\w+)((?:\s+\w+=[^\s>]+)*)>>")
_ANSWER = re.compile(r"<<answer:(.*?)>>")
_TOKEN = re.compile(r"\s*\d|\s?[^\W\d]+|\W")


class OpenAIServer:
    """The server's process, as a context manager."""

    def __init__(self, *, delay: float = 0.0) -> None:
        self._delay, self.port = delay, 0
        self._start()
        self.base_url = f"http://127.0.0.1:{self.port}/v1"

    def default(self, name: str = "ok", **options: Any) -> None:
        """What to do with a request that nothing else speaks for."""
        self._control("/control/default", [name, options])

    def queue(self, *instructions: str | tuple[str, dict[str, Any]]) -> None:
        """What to do with the next requests, one each."""
        pairs = [(one, {}) if isinstance(one, str) else one for one in instructions]
        self._control("/control/queue", pairs)

    def reset(self) -> None:
        """Forget every instruction and count."""
        self._control("/control/reset", None)

    def stats(self) -> dict[str, Any]:
        """``requests`` in all, ``answered`` with status 200, most ``in_flight`` at once, ``connections`` ever
        opened, ``by_instruction``,
        ``by_messages`` (requests for each digest of the messages, as `digest` gives it), and ``last``: the last
        request's body and headers."""
        return self._control("/control/stats", None)

    @staticmethod
    def digest(messages: list[dict[str, Any]]) -> str:
        """The key of ``by_messages``."""
        return digest(messages)

    def restart(self, *, away: float = 0.0) -> dict[str, Any]:
        """Die at once, with every call in flight, and be there again at the same address after `away` seconds.

        Returns the last `stats` before: the new process has forgotten what it was told and asked.
        """
        stats: dict[str, Any] = self._control("/control/die", None)
        self._process.wait(timeout=60)
        time.sleep(away)
        self._start()
        return stats

    def close(self) -> None:
        """Stop the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def __enter__(self) -> OpenAIServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        command = [sys.executable, __file__, "--delay", str(self._delay), "--port", str(self.port)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def _control(self, path: str, body: Any) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", path, json.dumps(body))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


def digest(messages: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(messages, sort_keys=True).encode()).hexdigest()[:16]


class State:
    """What the server was told, and what it was asked."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.connections = 0
        self.reset()

    def reset(self) -> None:
        self.default: tuple[str, dict[str, Any]] = ("ok", {})
        self.queue: deque[tuple[str, dict[str, Any]]] = deque()
        self.by_instruction: Counter[str] = Counter()
        self.by_messages: Counter[str] = Counter()
        self.requests = self.answered = self.in_flight = self.most_in_flight = 0
        self.last: dict[str, Any] = {}

    def control(self, path: str, body: Any) -> Any:
        if path == "/control/reset":
            self.reset()
        elif path == "/control/default":
            self.default = (body[0], body[1])
        elif path == "/control/queue":
            self.queue.extend((name, options) for name, options in body)
        return {
            "requests": self.requests,
            "answered": self.answered,
            "in_flight": self.most_in_flight,
            "connections": self.connections,
            "by_instruction": self.by_instruction,
            "by_messages": self.by_messages,
            "last": self.last,
        }

    def instruction(self, request: dict[str, Any], text: str, key: str) -> tuple[str, dict[str, Any]]:
        if request.get("model") == "missing":
            return "404", {}
        if told := _TOLD.search(text):
            options = dict(pair.split("=", 1) for pair in told[2].split())
            if self.by_messages[key] <= int(options.get("times", 10**9)):
                return told[1], options
            return "ok", {}
        return self.queue.popleft() if self.queue else self.default


class Protocol(asyncio.Protocol):
    """One keep-alive connection: HTTP/1.1 as far as a client of this API needs it."""

    def __init__(self, state: State) -> None:
        self.state, self.buffer, self.transport = state, b"", None

    def connection_made(self, transport: Any) -> None:
        self.state.connections += 1
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            head, separator, rest = self.buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            lines = head.decode("latin-1").split("\r\n")
            pairs = (line.split(": ", 1) for line in lines[1:])
            headers = {name.lower(): value for name, value in pairs}
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            self.request(lines[0].split(" ")[1], headers, rest[:length])

    def request(self, path: str, headers: dict[str, str], raw: bytes) -> None:
        if path.startswith("/control/"):
            self.respond(200, json.dumps(self.state.control(path, json.loads(raw))).encode())
            if path == "/control/die":
                os._exit(0)  # before anything else is read or answered, so that the counts are the last
            return
        if path == "/v1/models":
            self.respond(200, json.dumps({"object": "list", "data": [{"id": "judge", "object": "model"}]}).encode())
            return
        state, body = self.state, json.loads(raw)
        text = "\n".join(content_text(message) for message in body["messages"])
        key = digest(body["messages"])
        state.requests += 1
        state.by_messages[key] += 1
        state.in_flight += 1
        state.most_in_flight = max(state.most_in_flight, state.in_flight)
        state.last = {"body": body, "headers": headers}
        name, options = state.instruction(body, text, key)
        if headers.get("authorization", "").endswith("expired"):
            name, options = "401", {}
        state.by_instruction[name] += 1
        delay = float(options.get("delay", state.delay))
        if delay:
            asyncio.get_running_loop().call_later(delay, self.act, name, options, body, text)
        else:
            self.act(name, options, body, text)

    def act(self, name: str, options: dict[str, Any], body: dict[str, Any], text: str) -> None:
        self.state.in_flight -= 1
        if self.transport is None or self.transport.is_closing():
            return
        if name == "timeout":
            return  # the client is left waiting
        if name == "at_most" and (body.get("top_logprobs") or 0) > int(options["alternatives"]):
            message = options.get("message", "top_logprobs must be <= {}").replace("_", " ")
            error = {"message": message.format(options["alternatives"]), "type": "BadRequestError", "code": 400}
            self.respond(400, json.dumps({"error": error}).encode())
            return
        if name == "no_schema" and "response_format" in body:
            error = {
                "message": "response_format is not supported by this model",
                "type": "BadRequestError",
                "code": 400,
            }
            self.respond(400, json.dumps({"error": error}).encode())
            return
        if name == "redirect":
            self.respond(307, b"", extra=f"Location: http://127.0.0.1:{options['port']}/v1/chat/completions\r\n")
            return
        if name in ERRORS:
            status, kind, code, message = ERRORS[name]
            message = options.get("message", message).replace("_", " ")
            extra = f"Retry-After: {options['retry_after']}\r\n" if "retry_after" in options else ""
            error = {"error": {"message": message, "type": kind, "param": None, "code": code}}
            self.respond(status, json.dumps(error).encode(), extra=extra)
            return
        if name == "502":
            self.respond(502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", kind="text/html")
            return
        answer = json.dumps(completion(name, options, body, text)).encode()
        if name == "reset":
            self.reset_after(answer[: len(answer) // 2], len(answer))
        elif name == "truncated":
            self.respond(200, answer[: len(answer) // 2])
        elif name == "cut":
            self.transport.write(head(200, len(answer)) + answer[: len(answer) // 2])
            self.transport.close()
        elif name == "gzip":
            self.state.answered += 1
            self.respond(200, gzip.compress(answer), extra="Content-Encoding: gzip\r\n")
        elif name == "bad_gzip":
            self.respond(200, gzip.compress(answer)[:-30], extra="Content-Encoding: gzip\r\n")
        elif name == "chunked":
            self.state.answered += 1
            pieces = [answer[start : start + 100] for start in range(0, len(answer), 100)]
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])
            start = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            self.transport.write(start + chunks)
        elif name == "close":
            self.state.answered += 1
            self.respond(200, answer, extra="Connection: close\r\n")
            self.transport.close()
        elif name == "drip":
            asyncio.get_running_loop().create_task(self.drip(answer, float(options.get("seconds", 1.0))))
        else:
            self.state.answered += 1
            self.respond(200, answer)

    def respond(self, status: int, body: bytes, *, kind: str = "application/json", extra: str = "") -> None:
        if self.transport is not None:
            self.transport.write(head(status, len(body), kind, extra) + body)

    def reset_after(self, part: bytes, length: int) -> None:
        """Send part of the body, then a TCP reset rather than an orderly end."""
        self.transport.write(head(200, length) + part)
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    async def drip(self, body: bytes, seconds: float) -> None:
        """The whole answer, a little at a time, spread over `seconds`."""
        self.transport.write(head(200, len(body)))
        pieces = 20
        step = math.ceil(len(body) / pieces)
        for start in range(0, len(body), step):
            await asyncio.sleep(seconds / pieces)
            if self.transport is None:
                return
            self.transport.write(body[start : start + step])
        self.state.answered += 1


def head(status: int, length: int, kind: str = "application/json", extra: str = "") -> bytes:
    reason = http.client.responses.get(status, "")
    return f"HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{extra}\r\n".encode()


def content_text(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def completion(name: str, options: dict[str, Any], body: dict[str, Any], text: str) -> dict[str, Any]:
    """A chat completion object in which the model says what `name` has it say."""
    message: dict[str, Any] = {"role": "assistant", "content": said(name, options, text), "refusal": None}
    finish = {"content_filter": "content_filter", "length": "length"}.get(name, "stop")
    if name == "guided" and "guided_choice" in body:
        message["content"] = body["guided_choice"][0]
    if name == "seeded":
        message["content"] = str(1 + int(body.get("seed") or 0) % 5)
    if body.get("response_format", {}).get("type") == "json_schema" and name == "ok":
        message["content"] = json.dumps({"score": int(message["content"])})
    if name == "structured_refusal":
        message |= {"content": None, "refusal": REFUSALS[options.get("lang", "en")]}
    if name == "content_filter":
        message["content"] = None
    if name in ("thinking", "thinking_tokens"):
        message["reasoning_content"] = TEXTS["reasoning"]
    if name == "think_block":
        message["content"] = f"<think>\nIs it a 1, or rather a 2?\n</think>\n\n{message['content']}"
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    content = message["content"]
    if body.get("logprobs") and content and name != "no_logprobs":
        space = " " if name == "leading_space" else ""
        thought = TEXTS["reasoning"] if name == "thinking_tokens" else ""
        choice["logprobs"] = {"content": logprobs(thought + space + content, int(body.get("top_logprobs") or 0))}
    if name == "not_a_number" and choice["logprobs"]:
        choice["logprobs"]["content"][0]["top_logprobs"].append({"token": "x", "logprob": math.nan, "bytes": None})
    beside = in_dialect(name, choice)
    tokens = len(_TOKEN.findall(content or ""))
    prompt = len(text) // 4
    if name == "error_in_200":
        return {"error": {"message": "The engine died.", "type": "server_error", "param": None, "code": None}}
    return {
        "id": "chatcmpl-loopback",
        "object": "chat.completion",
        "created": 0,
        "model": options.get("model", body.get("model", "judge")),
        "choices": [] if name == "empty_choices" else [choice],
        "usage": None
        if name == "no_usage"
        else {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens},
        **beside,
    }


def in_dialect(name: str, choice: dict[str, Any]) -> dict[str, Any]:
    """Change a choice into what a server of that name gives; and what it puts beside the choices."""
    if name == "vllm":
        choice["message"] |= {"reasoning": None, "tool_calls": [], "annotations": None, "audio": None}
        choice |= {"stop_reason": None, "token_ids": None}
        return {"service_tier": None, "system_fingerprint": None, "prompt_logprobs": None, "kv_transfer_params": None}
    if name == "ollama":  # log-probabilities are asked for in vain of the versions before 0.12
        choice["message"] |= {"reasoning": "It may be a 1, or rather a 2."}
        choice["logprobs"] = None
        return {"system_fingerprint": "fp_ollama"}
    if name == "llama_cpp":
        for entry in (choice["logprobs"] or {}).get("content", ()):
            for token in (entry, *entry["top_logprobs"]):
                token["id"] = 7
        return {"system_fingerprint": "b6000", "timings": {"prompt_n": 12, "cache_n": 30, "prompt_ms": 4.2}}
    return {}


def said(name: str, options: dict[str, Any], text: str) -> str:
    if name == "refusal":
        return REFUSALS[options.get("lang", "en")]
    if name == "length":
        return "The response is, on the whole, a"
    if name in TEXTS:
        return TEXTS[name]
    if name == "say":
        return str(options["text"])
    if wanted := _ANSWER.search(text):
        return wanted[1]
    return str(1 + int(hashlib.sha256(text.encode()).hexdigest(), 16) % 5)


def logprobs(content: str, top: int) -> list[dict[str, Any]]:
    """Each token with its alternatives: for a digit the other digits, falling off with distance."""
    entries = []
    for token in _TOKEN.findall(content):
        alternatives = [(token, 1.0)]
        if (digit := token.strip()).isdigit():
            space = token.removesuffix(digit)
            alternatives = [(f"{space}{other}", math.exp(-1.5 * abs(other - int(digit)))) for other in range(10)]
        total = sum(weight for _, weight in alternatives) + 0.05
        ranked = sorted(((text, math.log(weight / total)) for text, weight in alternatives), key=lambda pair: -pair[1])
        shown = [
            {"token": text, "logprob": value, "bytes": list(text.encode("utf-8", "surrogatepass"))}
            for text, value in ranked
        ]
        entries.append({**shown[0], "top_logprobs": shown[:top]})
    return entries


async def serve(delay: float, port: int) -> None:
    loop = asyncio.get_running_loop()
    state = State(delay)
    server = await loop.create_server(lambda: Protocol(state), "127.0.0.1", port, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - the port is what the parent waits for
    with contextlib.suppress(asyncio.CancelledError):
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before every answer")
    parser.add_argument("--port", type=int, default=0, help="0 takes one that is free")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.delay, arguments.port))
