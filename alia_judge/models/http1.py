"""HTTP/1.1 as far as posting JSON to a server and reading its answer needs it, on asyncio's own protocols.

A bulk run makes one small request for each item, and a general client spends more processor time on one than all the
rest of a verdict takes (benchmarks/throughput.py). Here a request is one write and an answer one read. Bodies with a
length, in chunks or up to the end of the connection are read; so is gzip. Redirects, cookies, proxies and HTTP/2 are
not known here.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ssl import SSLContext
from urllib.parse import urlsplit

__all__ = ["Connection", "Endpoint", "ProtocolError", "Reply", "request_head", "target_of"]

#: Longest head and longest body of an answer: a server that sends more is not answering.
_HEAD_LIMIT = 64 * 1024
_BODY_LIMIT = 64 * 1024 * 1024
_LINE_END, _HEAD_END = b"\r\n", b"\r\n\r\n"
_NO_CONTENT, _NOT_MODIFIED, _FIRST_FINAL = 204, 304, 200


class ProtocolError(ConnectionError):
    """The other side does not speak HTTP/1.1, or broke off."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server sent back, whole.

    Parameters
    ----------
    status, reason
        Of the status line.
    headers
        As they came, in order.
    body
        Decompressed.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a URL points: the host and port to connect to, whether with TLS, and what to ask for there."""

    host: str
    port: int
    tls: bool
    authority: str
    path: str


@lru_cache(maxsize=256)
def target_of(url: str) -> Endpoint:
    """Where `url` points; user and password in it have no part.

    Raises
    ------
    ValueError
        If it is no absolute http or https URL.

    Examples
    --------
    >>> target_of("http://me:secret@[::1]:8000/v1?x=1")
    Endpoint(host='::1', port=8000, tls=False, authority='[::1]:8000', path='/v1?x=1')
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"expected http://HOST or https://HOST, got {url!r}")
    tls = parts.scheme == "https"
    host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
    shown = f"[{host}]" if ":" in host else host
    authority = shown if parts.port is None else f"{shown}:{parts.port}"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(host, parts.port or (443 if tls else 80), tls, authority, path)


def request_head(target: Endpoint, headers: Mapping[str, str]) -> bytes:
    """The head of a POST up to the length of its body.

    Raises
    ------
    ValueError
        If a header has a line end in it, or the path or a header a character that HTTP cannot carry.
    """
    lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.authority}", "Accept-Encoding: gzip"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if any(character in line for line in lines for character in "\r\n\0"):
        raise ValueError("a header or the address has a line end in it")
    return _LINE_END.join([line.encode("latin-1") for line in lines]) + b"\r\nContent-Length: "


class Connection(asyncio.Protocol):
    """One connection that is kept: a request, its whole answer, and the next request."""

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout: float) -> None:
        self._loop = loop
        self._timeout = timeout
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Reply] | None = None
        self._received = bytearray()
        self._head: _Head | None = None
        self._chunks: list[bytes] | None = None
        self._heard_at = 0.0
        self._watched = False
        self.usable = False

    @classmethod
    async def open(cls, target: Endpoint, *, context: SSLContext | None, timeout: float) -> Connection:
        """Connect; raises OSError."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: cls(loop, timeout), target.host, target.port, ssl=context, happy_eyeballs_delay=0.25
        )
        return connection

    async def post(self, head: bytes, body: bytes) -> Reply:
        """Send one request and wait for its answer.

        Raises
        ------
        TimeoutError
            If nothing was heard for so long.
        ConnectionError
            If the connection or the answer broke off.
        """
        if self._transport is None or self._transport.is_closing():
            raise ProtocolError("the connection is closed")
        waiting: asyncio.Future[Reply] = self._loop.create_future()
        self._waiting = waiting
        self._heard_at = self._loop.time()
        if not self._watched:
            self._watched = True
            self._loop.call_later(self._timeout, self._watch)
        self._transport.write(b"%s%d\r\n\r\n%s" % (head, len(body), body))
        try:
            return await waiting
        except BaseException:
            # Whoever waited has gone, and an answer that comes late must not be taken for the next one.
            self.close()
            raise

    def close(self) -> None:
        """Close at once."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    # --- asyncio's side ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.usable = True

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        if self._waiting is None:  # nobody asked
            self.close()
            return
        self._heard_at = self._loop.time()
        self._received += data
        try:
            self._read()
        except (ValueError, zlib.error) as error:
            self._fail(ProtocolError(f"the answer is not HTTP/1.1 ({error})"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self.usable = False
        head = self._head
        if exc is None and head is not None and head.length is None and not head.chunked:
            try:
                self._finish(bytes(self._received))
                return
            except zlib.error as error:
                exc = ProtocolError(f"the answer is damaged ({error})")
        self._fail(exc or ProtocolError("the server closed the connection before its answer was whole"))

    # --- Reading ---

    def _read(self) -> None:
        while self._head is None:
            end = self._received.find(_HEAD_END)
            if end < 0:
                if len(self._received) > _HEAD_LIMIT:
                    raise ValueError(f"a head of more than {_HEAD_LIMIT} bytes")
                return
            head = _Head(bytes(self._received[:end]))
            del self._received[: end + len(_HEAD_END)]
            if head.status >= _FIRST_FINAL:  # not "100 Continue" and its like
                self._head = head
        head = self._head
        if head.chunked:
            self._read_chunks()
        elif head.length is not None and len(self._received) >= head.length:
            body = bytes(self._received[: head.length])
            del self._received[: head.length]
            self._finish(body)
        elif len(self._received) > _BODY_LIMIT:
            raise ValueError(f"a body of more than {_BODY_LIMIT} bytes")

    def _read_chunks(self) -> None:
        chunks = self._chunks = [] if self._chunks is None else self._chunks
        while (line_end := self._received.find(_LINE_END)) >= 0:
            size = int(self._received[:line_end].split(b";")[0], 16)
            start = line_end + len(_LINE_END)
            if size == 0:
                # Trailers up to an empty line; usually there are none.
                end = line_end if self._received[start : start + 2] == _LINE_END else self._received.find(_HEAD_END)
                if end < 0 or len(self._received) < end + len(_HEAD_END):
                    return
                del self._received[: end + len(_HEAD_END)]
                self._finish(b"".join(chunks))
                return
            if not 0 <= size <= _BODY_LIMIT:
                raise ValueError(f"a chunk of {size} bytes")
            if len(self._received) < start + size + len(_LINE_END):
                return
            chunks.append(bytes(self._received[start : start + size]))
            del self._received[: start + size + len(_LINE_END)]

    def _finish(self, body: bytes) -> None:
        head, waiting = self._head, self._waiting
        assert head is not None
        if head.gzip and body:
            body = _unzipped(body)
        # What follows an answer unasked belongs to nothing.
        if head.last or self._received:
            self.close()
        self._head = self._chunks = self._waiting = None
        if waiting is not None and not waiting.done():
            waiting.set_result(Reply(head.status, head.reason, head.headers, body))

    def _fail(self, error: Exception) -> None:
        waiting, self._waiting = self._waiting, None
        self.close()
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)

    def _watch(self) -> None:
        """One timer for all the requests of a connection, set again for as long as one is waiting."""
        self._watched = False
        if self._waiting is None:
            return
        left = self._heard_at + self._timeout - self._loop.time()
        if left <= 0:
            self._fail(TimeoutError())
        else:
            self._watched = True
            self._loop.call_later(left, self._watch)


class _Head:
    """The head of an answer, and how long its body is."""

    def __init__(self, raw: bytes) -> None:
        first, *lines = raw.decode("latin-1").split("\r\n")
        version, _, rest = first.partition(" ")
        status, _, self.reason = rest.partition(" ")
        if not version.startswith("HTTP/1."):
            raise ValueError(f"it begins with {first[:40]!r}")
        self.status = int(status)
        self.headers = tuple([(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)])
        fields = {name.lower(): value for name, value in self.headers}
        self.chunked = fields.get("transfer-encoding", "").lower() == "chunked"
        self.gzip = fields.get("content-encoding", "").lower() == "gzip"
        connection = fields.get("connection", "").lower()
        self.last = connection == "close" or (version == "HTTP/1.0" and connection != "keep-alive")
        length = fields.get("content-length")
        self.length = None if length is None else int(length)
        if self.status in (_NO_CONTENT, _NOT_MODIFIED):
            self.length = 0
        if self.length is not None and not 0 <= self.length <= _BODY_LIMIT:
            raise ValueError(f"a body of {length} bytes")


def _unzipped(body: bytes) -> bytes:
    """What was compressed; no more than a body may have, whatever a small one claims to hold."""
    unzip = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    whole = unzip.decompress(body, _BODY_LIMIT)
    if not unzip.eof:
        raise zlib.error("it ends before its end")
    return whole
