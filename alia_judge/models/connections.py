"""`Connections`: HTTP connections to a server that are kept, from any event loop; what is read is bounded."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

from dspy import lm15

from alia_judge._messages import Message, message, message_of

if TYPE_CHECKING:
    import aiohttp

__all__ = ["LARGEST_ANSWER", "Connections", "Reply", "proxy_for", "public_address"]

#: Longest answer that is read, in bytes, as it is sent and as it is after decompression.
LARGEST_ANSWER = 16 * 1024 * 1024
#: Seconds to open a connection: a server that does not even accept one is down.
_CONNECT = 30.0
#: Seconds for a whole answer, or as long as one byte is waited for where that is longer.
_WHOLE = 600.0
#: From here on what a proxy answers may pass: it, or what is behind it, has failed.
_FAILED = 500

#: What the system says of a connection that failed: keys of the catalogue.
_OF_THE_NETWORK = (
    message("Connection refused"),
    message("Connection reset by peer"),
    message("Connection timed out"),
    message("Network is unreachable"),
    message("No route to host"),
    message("Broken pipe"),
    message("Name or service not known"),
    message("Temporary failure in name resolution"),
    message("No address associated with hostname"),
)


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


class Connections:
    """Posts to a server over connections that are kept; each event loop has its own.

    There is no bound on their number: the runner says how many calls are in flight. An answer of more than 16 MB, as it
    is sent or after decompression, is not read to its end; nor is one that takes more than ten minutes (or more than
    `timeout`, where that is longer), nor headers of more than 128 lines or 8 kB a line.

    Parameters
    ----------
    proxy
        An HTTP proxy's URL; None connects directly. The environment is not consulted again.
    timeout
        Seconds to wait for the next byte.
    """

    def __init__(self, *, proxy: str | None, timeout: float) -> None:
        import aiohttp  # noqa: F401 - as soon as there is a server, and not while the first call is on its way

        self._timeout = timeout
        self._proxy = proxy
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pool] = WeakKeyDictionary()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send `body`, and wait for the whole answer.

        Redirects are not followed: what a server says must not decide where the key and the items go.

        Raises
        ------
        lm15.TransportError, lm15.TimeoutError
            If the connection failed or fell silent, or the answer broke off or is no HTTP: what may pass.
        lm15.CollectionLimitError
            If the answer is too long: what will not pass for this request.
        lm15.ConfigurationError
            If the address is none, its certificate is not trusted, or the server redirects: what will not pass at all.
        """
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            for ended in [one for one in self._pools if one.is_closed()]:
                del self._pools[ended]
            pool = self._pools[loop] = _Pool(self._proxy, self._timeout)
        try:
            reply = await pool.post(url, body, headers)
        except TimeoutError as error:
            raise lm15.TimeoutError(
                message("timed out: the server sent {what}", what=_silence(error, self._timeout))
            ) from error
        except (ValueError, ssl.SSLCertVerificationError) as error:
            raise lm15.ConfigurationError(
                message("{where}: {why}", where=public_address(url), why=message_of(error))
            ) from error
        except OSError as error:
            raise lm15.TransportError(_reason(error, url)) from error
        if 300 <= reply.status < 400:
            target = next((value for name, value in reply.headers if name.lower() == "location"), "")
            elsewhere = public_address(urljoin(url, target))
            raise lm15.ConfigurationError(
                message(
                    "the server at {here} redirects to {elsewhere}, which is not followed; set api_base to where it "
                    "serves",
                    here=public_address(url),
                    elsewhere=elsewhere,
                )
            )
        return reply

    async def aclose(self) -> None:
        """Close this event loop's connections; the next call opens new ones."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.aclose()


class _Pool:
    """One event loop's session of aiohttp."""

    def __init__(self, proxy: str | None, timeout: float) -> None:
        self._proxy = proxy
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None
        self._known: str | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        import aiohttp

        if url != self._known:
            _check(url)
            self._known = url
        session = self._session or self._opened(url)
        try:
            async with session.post(
                url, data=body, headers=headers, proxy=self._proxy, allow_redirects=False
            ) as response:
                content = await _whole(response)
                return Reply(response.status, response.reason or "", tuple(response.headers.items()), content)
        except aiohttp.ConnectionTimeoutError as error:
            raise ConnectionError(message("no connection within {seconds:g} s", seconds=_CONNECT)) from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise error.certificate_error from error
        except aiohttp.ClientHttpProxyError as error:  # its own text holds the proxy's password
            said = message("the proxy answers {status} {said}", status=str(error.status), said=error.message)
            if error.status >= _FAILED:
                raise ConnectionError(said) from None
            raise ValueError(said) from None
        except aiohttp.ClientResponseError as error:  # as this does the address's query
            raise ConnectionError(
                message("the answer is not HTTP/1.1 ({said})", said=_first_line(error.message))
            ) from None
        except aiohttp.ClientPayloadError as error:
            raise ConnectionError(
                message("the answer broke off or is damaged ({cause})", cause=_cause(error))
            ) from error
        except aiohttp.ServerDisconnectedError as error:
            raise ConnectionError(message("the server closed the connection before its answer was whole")) from error
        except aiohttp.ClientError as error:
            if isinstance(error, (OSError, ValueError, TimeoutError)):
                raise
            raise ConnectionError(_first_line(error) or type(error).__name__) from error

    async def aclose(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)  # asyncio closes the sockets in its next turn

    def _opened(self, url: str) -> aiohttp.ClientSession:
        import aiohttp

        # The certificates trusted now: aiohttp's own context has those of when it was imported.
        schemes = {urlsplit(address).scheme for address in (url, self._proxy or "")}
        context = ssl.create_default_context() if "https" in schemes else True
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=context),
            cookie_jar=aiohttp.DummyCookieJar(),  # nothing a server sets comes back to it with another item
            skip_auto_headers=("User-Agent", "Accept"),
            timeout=aiohttp.ClientTimeout(
                total=max(_WHOLE, self._timeout), sock_connect=_CONNECT, sock_read=self._timeout
            ),
        )
        weakref.finalize(self, _let_go, self._session, asyncio.get_running_loop())
        return self._session


def _let_go(session: aiohttp.ClientSession, loop: asyncio.AbstractEventLoop) -> None:
    """Whoever ends an event loop of his own closes nothing on it, and aiohttp would say so on stderr."""
    if session.closed:
        return
    if loop.is_closed():
        with suppress(StopIteration):
            session.close().send(None)  # no socket is left to wait for
    elif loop.is_running():
        asyncio.run_coroutine_threadsafe(session.close(), loop)


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """The body, decompressed as it comes, up to the bound."""
    if (response.content_length or 0) > LARGEST_ANSWER:
        raise _too_long(message("{n:,} bytes", n=response.content_length))
    content = response.content
    first = await content.readany()
    if content.at_eof():
        return first
    pieces, size = [first], len(first)
    while piece := await content.readany():
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise _too_long(message("more"))
    return b"".join(pieces)


def _too_long(size: str) -> lm15.CollectionLimitError:
    return lm15.CollectionLimitError(
        message(
            "the answer is too long: at most {most} MB are read, and it has {size}",
            most=LARGEST_ANSWER // 1024**2,
            size=size,
        ),
        limit="bytes",
        maximum=LARGEST_ANSWER,
    )


def proxy_for(address: str) -> str | None:
    """The proxy that the environment names for `address`; None for none.

    ``HTTP_PROXY``, ``HTTPS_PROXY`` or ``ALL_PROXY``, but for the hosts in ``NO_PROXY``.
    """
    parts = urlsplit(address)
    proxies = getproxies()
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")


def public_address(address: str) -> str:
    """A server's address without user, password or query.

    Examples
    --------
    >>> public_address("https://me:secret@host:8000/v1/?key=secret")
    'https://host:8000/v1'
    """
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(message("expected http://HOST or https://HOST, then the path"))


def _silence(error: TimeoutError, timeout: float) -> Message:
    import aiohttp

    if isinstance(error, aiohttp.SocketTimeoutError):
        return message("nothing for {seconds:g} s", seconds=timeout)
    return message("no whole answer within {seconds:g} s", seconds=max(_WHOLE, timeout))


def _first_line(said: object) -> str:
    return str(said).strip().partition("\n")[0].rstrip(":")[:200]


def _cause(error: Exception) -> str:
    """What the operating system says befell the connection, or else what the client read."""
    return next(
        (one for one in (message("reset by peer"), message("timed out")) if one in str(error)), _first_line(error)
    )


def _reason(error: OSError, url: str) -> Message:
    """What the operating system says where it said something."""
    return message("{where}: {why}", where=public_address(url), why=_system_says(error))


def _system_says(error: OSError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        # A name that does not resolve has numbers of its own, which only its error can put in words.
        if isinstance(cause, socket.gaierror):
            return message(cause.strerror or "no such host")
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
            return message(os.strerror(cause.errno))
        cause = cause.__cause__ or cause.__context__
    return message_of(error) or type(error).__name__
