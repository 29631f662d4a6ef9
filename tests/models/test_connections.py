"""Connections to a server: kept, closed, proxied, encrypted, and what goes wrong with them, on loopback."""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from dspy import lm15

from alia_judge.models.connections import Connections, proxy_for, public_address
from alia_judge.models.http1 import Reply

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


def test_what_was_compressed_must_be_whole(openai_server):
    with pytest.raises(lm15.TransportError, match="ends before its end"):
        post(f"{openai_server.base_url}/chat/completions", body("<<do:bad_gzip>>"))


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
        post("http://me:secret@127.0.0.1:9/v1", b"")


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


def test_a_header_cannot_bring_another_with_it():
    with pytest.raises(lm15.ConfigurationError, match="has a line end in it"):
        using(lambda connections: connections.post("http://127.0.0.1:9/v1", b"", {"X": "a\r\nY: b"}))


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
