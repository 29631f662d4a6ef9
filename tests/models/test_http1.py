"""Answers as no ordinary server sends them, byte by byte, to the HTTP client of bulk runs."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import Sequence

import pytest

from alia_judge.models.http1 import Connection, ProtocolError, Reply, request_head, target_of


def answered(parts: Sequence[bytes], *, pause: float = 0.0, requests: int = 1) -> list[Reply]:
    """What a client reads that is sent `parts` after each of its requests, and then an end."""

    async def main() -> list[Reply]:
        served = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                for _ in range(requests):
                    await reader.readuntil(b"{}")
                    for part in parts:
                        writer.write(part)
                        await writer.drain()
                        await asyncio.sleep(pause)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            served.set()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        target = target_of(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        connection = await Connection.open(target, context=None, timeout=5.0)
        try:
            return [await connection.post(request_head(target, {}), b"{}") for _ in range(requests)]
        finally:
            connection.close()
            await served.wait()
            server.close()

    return asyncio.run(main())


def in_bytes(whole: bytes) -> list[bytes]:
    return [whole[place : place + 1] for place in range(len(whole))]


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "whole",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ncontent-length:5\r\nConnection: close\r\n\r\nhello",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
        CHUNKED + b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        CHUNKED + b"5\r\nhello\r\n0\r\nX-Trailer: a\r\nX-Another: b\r\n\r\n",
    ],
)
@pytest.mark.parametrize("split", [lambda whole: [whole], in_bytes])
def test_a_body_is_read_however_long_it_is_said_to_be_and_however_it_arrives(whole, split):
    (reply,) = answered(split(whole), pause=0.0005)
    assert (reply.status, reply.reason, reply.body) == (200, "OK", b"hello")


def test_one_connection_carries_one_answer_after_another():
    whole = CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"
    assert [reply.body for reply in answered([whole], requests=3)] == [b"hello"] * 3


def test_an_answer_without_content_has_none():
    (reply,) = answered([b"HTTP/1.1 204 No Content\r\n\r\n"])
    assert (reply.status, reply.body) == (204, b"")


def test_what_a_small_body_unpacks_to_is_bounded():
    bomb = gzip.compress(bytes(65 * 1024 * 1024))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with pytest.raises(ProtocolError, match="ends before its end"):
        answered([head + bomb])


@pytest.mark.parametrize(
    ("whole", "match"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "not HTTP/1.1"),
        (b"HTTP/1.1 okay\r\n\r\n", "not HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "a body of -1 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "a body of 99999999999 bytes"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "a head of more than"),
        (CHUNKED + b"zz\r\nhello\r\n", "not HTTP/1.1"),
        (CHUNKED + b"-5\r\nhello\r\n", "a chunk of -5 bytes"),
        (CHUNKED + b"5\r\nhel", "before its answer was whole"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "before its answer was whole"),
        (b"HTTP/1.1 200 OK\r\nContent-", "before its answer was whole"),
        (b"", "before its answer was whole"),
    ],
)
def test_what_is_no_whole_answer_is_an_error(whole, match):
    with pytest.raises(ProtocolError, match=match):
        answered([whole])


def test_an_answer_nobody_asked_for_is_never_the_next_ones():
    twice = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" * 2
    with pytest.raises(ProtocolError, match="closed"):
        answered([twice], requests=2)


@pytest.mark.parametrize("url", ["", "host/v1", "ftp://host", "http:///v1", "http://host:port/"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ValueError, match=r"expected http|Port"):
        target_of(url)


def test_the_address_says_where_to_and_what_for():
    assert target_of("https://host").port == 443
    assert target_of("https://host").path == "/"
    assert target_of("http://[::1]:80/v1").authority == "[::1]:80"
    assert target_of("http://héllo.example/").host == "xn--hllo-bpa.example"
