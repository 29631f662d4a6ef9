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

from alia_judge.models.connections import Connections, Reply, proxy_for, public_address

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


@pytest.mark.parametrize("told", ["", "<<do:gzip>>", "<<do:chunked>>", "<<do:close>>"])
def test_an_answer_comes_whole_however_it_is_sent(openai_server, told):
    reply = post(f"{openai_server.base_url}/chat/completions", body(told))
    assert (reply.status, said(reply)) == (200, "4")
    assert openai_server.stats()["last"]["headers"]["x-test"] == "yes"


@pytest.mark.parametrize("told", ["reset", "cut"])
def test_an_answer_that_breaks_off_is_no_answer(openai_server, told):
    with pytest.raises(lm15.TransportError, match=r"^http://127\.0\.0\.1:\d+/v1/chat/completions: \w"):
        post(f"{openai_server.base_url}/chat/completions", body(f"<<do:{told}>>"))


def test_silence_is_a_timeout(openai_server):
    with pytest.raises(lm15.TimeoutError, match=r"sent nothing for 0\.2 s"):
        post(f"{openai_server.base_url}/chat/completions", body("<<do:timeout>>"), timeout=0.2)


def test_nobody_there_is_said_in_the_systems_words():
    with pytest.raises(lm15.TransportError, match=r"^http://127\.0\.0\.1:9/v1: Connection refused$"):
        post("http://me:secret@127.0.0.1:9/v1", b"")


def test_what_is_no_address_will_not_pass():
    with pytest.raises(lm15.ConfigurationError, match="not-an-address"):
        post("not-an-address/v1", b"")


def test_a_connection_the_server_closed_is_not_used_again(openai_server):
    async def twice(connections: Connections) -> list[str]:
        url = f"{openai_server.base_url}/chat/completions"
        return [said(await connections.post(url, body("<<do:close>>"), {})) for _ in range(3)]

    assert using(twice) == ["4", "4", "4"]


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
