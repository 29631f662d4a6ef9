"""Connections to a server: kept, closed, proxied, encrypted, and what goes wrong with them, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import gzip
import itertools
import json
import shutil
import ssl
import subprocess
import tracemalloc
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from dspy import lm15

from alia_judge.models.connections import LARGEST_ANSWER, Connections, Reply, proxy_for, public_address

BODY = {"model": "judge", "messages": [{"role": "user", "content": "Fine. <<answer:4>>"}]}


def body(told: str = "") -> bytes:
    return json.dumps({**BODY, "messages": [{"role": "user", "content": f"Fine. <<answer:4>> {told}"}]}).encode()


def using(work: Callable[[Connections], Awaitable[Any]], *, proxy: str | None = None, timeout: float = 5.0) -> Any:
    async def main() -> Any:
        connections = Connections(proxy=proxy, timeout=timeout)
        try:
            return await work(connections)
        finally:
            await connections.aclose()

    return asyncio.run(main())


def post(url: str, content: bytes, **options: Any) -> Reply:
    return using(lambda connections: connections.post(url, content, {"X-Test": "yes"}), **options)


def said(reply: Reply) -> str:
    return json.loads(reply.body)["choices"][0]["message"]["content"]


@pytest.fixture(params=["direct", "proxied"])
def proxy(request, openai_server) -> str | None:
    """None, or the loopback server itself: it takes a proxy's absolute addresses as well."""
    return None if request.param == "direct" else openai_server.base_url.removesuffix("/v1")


@pytest.mark.parametrize("told", ["", "<<do:gzip>>", "<<do:chunked>>", "<<do:close>>"])
def test_an_answer_comes_whole_however_it_is_sent(openai_server, told, proxy):
    reply = post(f"{openai_server.base_url}/chat/completions", body(told), proxy=proxy)
    assert (reply.status, said(reply)) == (200, "4")
    assert openai_server.stats()["last"]["headers"]["x-test"] == "yes"


@pytest.mark.parametrize("told", ["reset", "cut"])
def test_an_answer_that_breaks_off_is_no_answer(openai_server, told, proxy):
    with pytest.raises(lm15.TransportError, match=r"^http://127\.0\.0\.1:\d+/v1/chat/completions: \w"):
        post(f"{openai_server.base_url}/chat/completions", body(f"<<do:{told}>>"), proxy=proxy)


def test_silence_is_a_timeout(openai_server, proxy):
    with pytest.raises(lm15.TimeoutError, match=r"sent nothing for 0\.2 s"):
        post(f"{openai_server.base_url}/chat/completions", body("<<do:timeout>>"), timeout=0.2, proxy=proxy)


def test_a_slow_answer_is_no_silence(openai_server):
    reply = post(f"{openai_server.base_url}/chat/completions", body("<<do:drip seconds=1.5>>"), timeout=0.75)
    assert said(reply) == "4"


def test_a_call_that_is_given_up_takes_its_connection_with_it(openai_server):
    """Its late answer must not be taken for the next one's."""
    url = f"{openai_server.base_url}/chat/completions"

    async def impatient(connections: Connections) -> list[str]:
        await connections.post(url, body(), {})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await connections.post(url, body("<<do:say text=late delay=0.2>>"), {})
        return [said(await connections.post(url, body(f"<<do:say text={n} delay=0.3>>"), {})) for n in (1, 2)]

    assert using(impatient) == ["1", "2"]


def test_nobody_there_is_said_in_the_systems_words():
    with pytest.raises(lm15.TransportError, match=r"^http://127\.0\.0\.1:9/v1: Connection refused$"):
        post("http://127.0.0.1:9/v1", b"")


def test_what_is_no_address_will_not_pass():
    with pytest.raises(lm15.ConfigurationError, match="not-an-address"):
        post("not-an-address/v1", b"")


def test_connections_are_kept(openai_server):
    before = openai_server.stats()["connections"]

    async def many(connections: Connections) -> None:
        for _ in range(5):
            url = f"{openai_server.base_url}/chat/completions"
            await asyncio.gather(*(connections.post(url, body("<<do:ok delay=0.02>>"), {}) for _ in range(8)))

    using(many)
    # One more is the test's own question.
    assert openai_server.stats()["connections"] - before == 8 + 1


def test_a_connection_the_server_closed_is_not_used_again(openai_server):
    async def twice(connections: Connections) -> list[str]:
        url = f"{openai_server.base_url}/chat/completions"
        return [said(await connections.post(url, body("<<do:close>>"), {})) for _ in range(3)]

    assert using(twice) == ["4", "4", "4"]


def test_a_header_cannot_bring_another_with_it(openai_server):
    with pytest.raises(lm15.ConfigurationError, match="Forbidden control character"):
        using(lambda connections: connections.post(openai_server.base_url, b"", {"X": "a\r\nY: b"}))


def test_whoever_closes_nothing_leaves_no_noise(openai_server, capfd, caplog):
    """An event loop of the user's own, ended with the connection open."""
    connections = Connections(proxy=None, timeout=5.0)
    for _ in range(2):
        reply = asyncio.run(connections.post(f"{openai_server.base_url}/chat/completions", body(), {}))
        assert said(reply) == "4"
    del connections
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of the sockets that a loop took with it, as Python has it
        gc.collect()
    assert (caplog.text, capfd.readouterr().err) == ("", "")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
HELLO = b'{"hello": 1}'
BOMB = gzip.compress(bytes(512 * 1024**2), 6)


class RawServer:
    """Sends `parts` byte by byte as they are to whoever asks, over and over the last where it has no end."""

    def __init__(self, *parts: bytes, endless: bool = False, pause: float = 0.0) -> None:
        self._parts, self._endless, self._pause = parts, endless, pause
        self.sent = 0

    async def __aenter__(self) -> RawServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1/chat/completions"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"{}")
            for part in itertools.chain(self._parts, itertools.repeat(self._parts[-1]) if self._endless else ()):
                writer.write(part)
                await writer.drain()
                self.sent += len(part)
                if self._pause:
                    await asyncio.sleep(self._pause)
        writer.close()


def raw(*parts: bytes, proxied: bool = False, timeout: float = 5.0, **how: Any) -> tuple[Any, int]:
    """The reply or what went wrong, and how many bytes the server could send."""

    async def main() -> tuple[Any, int]:
        async with RawServer(*parts, **how) as server:
            proxy = server.url.removesuffix("/v1/chat/completions") if proxied else None
            connections = Connections(proxy=proxy, timeout=timeout)
            try:
                url = "http://far.example/v1/chat/completions" if proxied else server.url
                return await connections.post(url, b"{}", {}), server.sent
            except lm15.LM15Error as error:
                return error, server.sent
            finally:
                await connections.aclose()

    return asyncio.run(main())


each_way = pytest.mark.parametrize("proxied", [False, True])
CHUNK = b"%x\r\n%s\r\n" % (2**16, bytes(2**16))
CHUNKED_ZEROS = gzip.compress(bytes(2**20))


@each_way
@pytest.mark.parametrize(
    ("parts", "endless"),
    [
        ((HEAD + b"\r\n", bytes(2**16)), True),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK), True),
        ((HEAD + b"Content-Length: 1073741824\r\n\r\n", bytes(2**16)), True),
        ((HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB), BOMB), False),
        ((HEAD + b"Content-Encoding: gzip\r\n\r\n", CHUNKED_ZEROS), True),
        ((b"HTTP/1.1 500 Oh\r\n\r\n", bytes(2**16)), True),
    ],
    ids=["until it closes", "chunks", "a gigabyte", "gzip bomb", "gzip after gzip", "an error"],
)
def test_no_more_is_read_than_an_answer_may_have(parts, endless, proxied):
    """Neither of what is sent nor of what it unpacks to."""
    tracemalloc.start()
    error, sent = raw(*parts, endless=endless, proxied=proxied)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(error, lm15.CollectionLimitError)
    assert "at most 16 MB are read" in str(error)
    assert sent < LARGEST_ANSWER + 16 * 1024**2  # what lies in the sockets' buffers
    assert peak < 6 * LARGEST_ANSWER


@each_way
@pytest.mark.parametrize("endless", [b"X-More: 1\r\n", b"x" * 4096])
def test_headers_without_end_are_not_read_to_their_end(endless, proxied):
    error, sent = raw(HEAD + endless, endless, endless=True, proxied=proxied)
    assert isinstance(error, (lm15.TransportError, lm15.TimeoutError))
    assert sent < 16 * 1024**2


@each_way
@pytest.mark.parametrize(
    "whole",
    [
        HEAD + b"Content-Length: 12\r\n\r\n" + HELLO,
        HEAD.replace(b"\r\n", b"\n") + b"content-length:12\n\n" + HELLO,
        b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 12\r\n\r\n" + HELLO,
        b"HTTP/1.0 200 OK\r\n\r\n" + HELLO,
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n2\r\n{"\r\na;x=y\r\nhello": 1}\r\n0\r\nX-Trailer: a\r\n\r\n',
    ],
    ids=["plain", "bare line feeds", "continue", "until it closes", "chunked"],
)
@pytest.mark.parametrize("split", [lambda whole: [whole], lambda whole: [bytes([one]) for one in whole]])
def test_a_body_is_read_however_it_is_said_to_end_and_however_it_arrives(whole, split, proxied):
    reply, _ = raw(*split(whole), proxied=proxied)
    assert (reply.status, reply.body) == (200, HELLO)


@each_way
@pytest.mark.parametrize(
    "whole",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 okay\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 12\r\nContent-Length: 13\r\n\r\n" + HELLO,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        HEAD + b"Content-Length: 12\r\n\r\nhel",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\n" + HELLO,
        b"HTTP/1.1 200 OK\r\nContent-",
        b"",
    ],
)
def test_what_is_no_whole_answer_may_come_whole_the_next_time(whole, proxied):
    error, _ = raw(whole, proxied=proxied)
    assert isinstance(error, lm15.TransportError), error


@pytest.mark.parametrize("parts", [(HEAD + b"\r\n", b" "), (b"HTTP/1.1 100 Continue\r\n\r\n",)])
def test_an_answer_that_never_comes_to_its_end_is_cut_off(monkeypatch, parts):
    """A byte now and then keeps the wait for the next one from ending."""
    monkeypatch.setattr("alia_judge.models.connections._WHOLE", 0.6)
    error, _ = raw(*parts, endless=True, pause=0.05, timeout=0.5)
    assert isinstance(error, lm15.TimeoutError)
    assert "no whole answer within 0.6 s" in str(error)


def test_a_proxy_of_the_environment_is_used_but_for_what_it_leaves_out(openai_server, monkeypatch):
    for name in ("http_proxy", "HTTPS_PROXY", "https_proxy", "all_proxy", "ALL_PROXY", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    proxy = openai_server.base_url.removesuffix("/v1")
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,near.example")
    assert proxy_for("http://far.example/v1") == proxy
    assert proxy_for("http://near.example/v1") is None
    assert proxy_for("https://far.example/v1") is None
    # The loopback server takes a proxy's absolute addresses too; no such host is ever looked up.
    assert said(post("http://far.example/v1/chat/completions", body(), proxy=proxy)) == "4"
    assert openai_server.stats()["last"]["headers"]["host"] == "far.example"


def test_an_address_is_shown_without_user_password_or_query():
    assert public_address("https://me:secret@host:8000/v1/?key=secret#x") == "https://host:8000/v1"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that nobody trusts yet, with its key in the same file."""
    if shutil.which("openssl") is None:
        pytest.skip("making a certificate needs the openssl command")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(path), "-out", "-"]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    path.write_text(path.read_text() + made.stdout)
    return path


def over_tls(certificate: Path) -> str:
    """What a server with that certificate answers."""

    async def main() -> str:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()
            writer.close()

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        connections = Connections(proxy=None, timeout=5.0)
        try:
            port = server.sockets[0].getsockname()[1]
            return (await connections.post(f"https://127.0.0.1:{port}/v1", b"{}", {})).body.decode()
        finally:
            await connections.aclose()
            server.close()

    return asyncio.run(main())


def test_a_certificate_is_checked_against_those_the_environment_trusts(certificate, monkeypatch):
    with pytest.raises(lm15.ConfigurationError, match="certificate verify failed"):
        over_tls(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert over_tls(certificate) == "ok"
