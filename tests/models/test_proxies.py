"""Real proxies on loopback: tunnels to a server with TLS, plain forwarding, what is left out, what is refused."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dspy
import pytest

from alia_judge.errors import ModelError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.resolve import resolve_lm
from alia_judge.records import Item, Scale
from alia_judge.runner import RunOptions, VerdictStore, run

# LiteLLM's own types make pydantic remark on them when they are first used.
pytestmark = pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning")

RUBRIC = Rubric(criterion="Coherence", scale=Scale.ordinal(1, 5))
ITEMS = [Item(item_id=str(number), response=f"{number} <<answer:{1 + number % 5}>>") for number in range(6)]
#: No such host exists: whoever reaches it reached it through the proxy.
FAR = "judge.example"
_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class Relay:
    """A server that passes bytes on to a port of loopback: behind TLS, or where a proxy's client asks for.

    Parameters
    ----------
    port
        Where everything goes, whatever host was named.
    context
        For TLS towards the client; None speaks plainly, as a proxy.
    password
        What a proxy's client must give, as ``user:password``; None asks for none.
    """

    def __init__(self, port: int, *, context: ssl.SSLContext | None = None, password: str | None = None) -> None:
        self._upstream, self._context = port, context
        self._expected = None if password is None else base64.b64encode(password.encode()).decode()
        self.asked: list[str] = []
        self._ends: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Relay:
        self._thread.start()
        serving = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for end in self._ends:
            end.transport.abort()
        await asyncio.wait(tasks, timeout=5.0) if tasks else None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = b""
        self._ends.append(writer)
        if self._context is None:
            try:
                first = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            line, _, rest = first.decode("latin-1").partition("\r\n")
            method, target, _ = line.split(" ")
            self.asked.append(f"{method} {target}")
            if self._expected is not None and f"Basic {self._expected}" not in rest:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
                writer.close()
                return
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                first = b""
            else:
                path = target.split("/", 3)[3]
                first = f"{method} /{path} HTTP/1.1\r\n{rest}".encode("latin-1")
        there, back = await asyncio.open_connection("127.0.0.1", self._upstream)
        self._ends.append(back)
        back.write(first)
        await asyncio.gather(_copy(reader, back), _copy(there, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For the far host; nobody trusts it but who is told to."""
    if shutil.which("openssl") is None:
        pytest.skip("making a certificate needs the openssl command")
    path = tmp_path_factory.mktemp("far") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={FAR}"]
    command += ["-addext", f"subjectAltName=DNS:{FAR}", "-keyout", str(path), "-out", "-"]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    path.write_text(path.read_text() + made.stdout)
    return path


@pytest.fixture
def far(openai_server: Any, certificate: Path) -> Iterator[Relay]:
    """The model's server behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Relay(openai_server.port, context=context) as relay:
        yield relay


@pytest.fixture(autouse=True)
def _no_other_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def judge_at(address: str, engine: str = "direct") -> Judge:
    lm = resolve_lm("openai/judge", api_base=address, api_key="sk-secret")
    return Judge(RUBRIC, lm if engine == "direct" else dspy.LM(lm.model, api_base=address, api_key="k", engine=engine))


def scores(judge: Judge) -> list[float | None]:
    options = RunOptions(patience=10.0, timeout=30.0, seed=0)
    return [one.parsed for one in run(judge, ITEMS, store=VerdictStore(), options=options).verdicts]


@pytest.mark.parametrize("engine", ["direct", "lm15", "litellm"])
def test_a_server_with_tls_is_reached_through_a_proxys_tunnel(
    openai_server: Any, far: Relay, certificate: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Relay(far.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert scores(judge_at(f"https://{FAR}/v1", engine)) == [1.0, 2.0, 3.0, 4.0, 5.0, 1.0]
        assert set(proxy.asked) == {f"CONNECT {FAR}:443"}
        gc.collect()  # a connection that the run left open is a warning here, and an error
    assert openai_server.stats()["requests"] == len(ITEMS)
    assert openai_server.stats()["last"]["headers"]["host"] == FAR


def test_so_is_it_by_one_call_that_waits(far: Relay, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Relay(far.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert judge_at(f"https://{FAR}/v1")(response="Fine. <<answer:4>>").verdict.parsed == 4.0
        assert proxy.asked == [f"CONNECT {FAR}:443"]


def test_a_certificate_nobody_trusts_is_one_clear_error_through_a_tunnel_too(
    openai_server: Any, far: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Relay(far.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(ModelError, match="certificate verify failed"):
            scores(judge_at(f"https://{FAR}/v1"))
    assert openai_server.stats()["requests"] == 0


@pytest.mark.parametrize("engine", ["direct", "lm15", "litellm"])
def test_a_server_without_tls_is_reached_through_a_proxy(
    openai_server: Any, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    with Relay(openai_server.port) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert scores(judge_at(f"http://{FAR}/v1", engine)) == [1.0, 2.0, 3.0, 4.0, 5.0, 1.0]
        assert set(proxy.asked) == {f"POST http://{FAR}/v1/chat/completions"}


@pytest.mark.parametrize("engine", ["direct", "lm15", "litellm"])
@pytest.mark.parametrize("without", ["127.0.0.1", "localhost,127.0.0.1", "*"])
def test_a_host_that_is_left_out_is_reached_without_the_proxy(
    openai_server: Any, monkeypatch: pytest.MonkeyPatch, engine: str, without: str
) -> None:
    with Relay(openai_server.port) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", without)
        assert scores(judge_at(openai_server.base_url, engine)) == [1.0, 2.0, 3.0, 4.0, 5.0, 1.0]
        assert proxy.asked == []


def test_a_proxy_is_given_its_password_and_nobody_else_is(
    openai_server: Any, far: Relay, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Relay(far.port, password="me:secret") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//me:secret@"))
        assert scores(judge_at(f"https://{FAR}/v1")) == [1.0, 2.0, 3.0, 4.0, 5.0, 1.0]
    assert "proxy-authorization" not in openai_server.stats()["last"]["headers"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses_is_one_clear_error_at_once_without_its_password(
    far: Relay, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with Relay(far.port, password="me:secret") as proxy:
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", proxy.url.replace("//", "//me:wrong@"))
        with pytest.raises(ModelError, match="407") as refused:
            scores(judge_at(f"{scheme}://{FAR}/v1"))
    assert "wrong" not in str(refused.value)
    assert len(proxy.asked) <= len(ITEMS)
