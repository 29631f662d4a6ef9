"""`Connections`: kept-alive HTTP connections to a server, from any number of event loops."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

from dspy import lm15

from alia_judge.models.http1 import Connection, Reply, request_head, target_of

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Connections", "proxy_for", "public_address"]

#: Seconds to open a connection: a server that does not even accept one is down.
_CONNECT = 30.0
#: From here on what a proxy answers may pass: it, or what is behind it, has failed.
_FAILED = 500


class Connections:
    """Posts to a server over connections that are kept; each event loop has its own.

    There is no bound on their number: the runner says how many calls are in flight.

    Parameters
    ----------
    proxy
        An HTTP proxy's URL, through which aiohttp goes; None connects directly. The environment is not consulted again.
    timeout
        Seconds to wait for the next byte.
    """

    def __init__(self, *, proxy: str | None, timeout: float) -> None:
        self._timeout = timeout
        self._proxy = proxy
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _Direct | _Proxied] = WeakKeyDictionary()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send `body`, and wait for the whole answer.

        Redirects are not followed: what a server says must not decide where the key and the items go.

        Raises
        ------
        lm15.TransportError, lm15.TimeoutError
            If the connection failed or fell silent, or the answer broke off: what may pass.
        lm15.ConfigurationError
            If the address is none, its certificate is not trusted, or the server redirects: what will not.
        """
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            pool = _Direct(self._timeout) if self._proxy is None else _Proxied(self._proxy, self._timeout)
            self._pools[loop] = pool
        try:
            reply = await pool.post(url, body, headers)
        except TimeoutError as error:
            raise lm15.TimeoutError(f"timed out: the server sent nothing for {self._timeout:g} s") from error
        except (ValueError, ssl.SSLCertVerificationError) as error:
            raise lm15.ConfigurationError(f"{public_address(url)}: {error}") from error
        except OSError as error:
            raise lm15.TransportError(_reason(error, url)) from error
        if 300 <= reply.status < 400:
            target = next((value for name, value in reply.headers if name.lower() == "location"), "")
            elsewhere = public_address(urljoin(url, target))
            raise lm15.ConfigurationError(
                f"the server at {public_address(url)} redirects to {elsewhere}, which is not followed; set api_base to "
                "where it serves"
            )
        return reply

    async def aclose(self) -> None:
        """Close this event loop's connections; the next call opens new ones."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.aclose()


class _Direct:
    """Connections without a proxy; the one used last is used next, and those that idle are closed by the server."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._idle: dict[str, list[Connection]] = {}
        self._context: ssl.SSLContext | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        head = _head(url, tuple(headers.items()))
        idle = self._idle.setdefault(url, [])
        connection = None
        while idle and (connection is None or not connection.usable):
            connection = idle.pop()
        if connection is None or not connection.usable:
            connection = await self._open(url)
        reply = await connection.post(head, body)
        if connection.usable:
            idle.append(connection)
        return reply

    async def aclose(self) -> None:
        for connection in (one for idle in self._idle.values() for one in idle):
            connection.close()
        self._idle.clear()
        await asyncio.sleep(0)  # asyncio closes the sockets in its next turn

    async def _open(self, url: str) -> Connection:
        target = target_of(url)
        if target.tls and self._context is None:
            self._context = ssl.create_default_context()
        try:
            async with asyncio.timeout(_CONNECT):
                return await Connection.open(
                    target, context=self._context if target.tls else None, timeout=self._timeout
                )
        except TimeoutError as error:
            raise OSError(f"no connection within {_CONNECT:g} s") from error


class _Proxied:
    """Connections through a proxy, by aiohttp."""

    def __init__(self, proxy: str, timeout: float) -> None:
        self._proxy = proxy
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        import aiohttp

        target_of(url)  # the same addresses are refused with the same words
        session = self._session or self._opened()
        try:
            async with session.post(
                url, data=body, headers=headers, proxy=self._proxy, allow_redirects=False
            ) as response:
                content = await response.read()
        except aiohttp.ClientConnectorCertificateError as error:
            raise error.certificate_error from error
        except aiohttp.ClientHttpProxyError as error:  # its own text holds the proxy's password
            said = f"the proxy answers {error.status} {error.message}"
            if error.status >= _FAILED:
                raise ConnectionError(said) from None
            raise ValueError(said) from None
        except aiohttp.ClientError as error:
            if isinstance(error, OSError):
                raise
            raise ConnectionError(str(error) or type(error).__name__) from error
        return Reply(response.status, response.reason or "", tuple(response.headers.items()), content)

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        import aiohttp

        self._session = aiohttp.ClientSession(
            # The certificates trusted now: aiohttp's own context has those of when it was imported.
            connector=aiohttp.TCPConnector(limit=0, ssl=ssl.create_default_context()),
            cookie_jar=aiohttp.DummyCookieJar(),  # nothing a server sets comes back to it with another item
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=self._timeout),
        )
        return self._session


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
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path.rstrip('/')}"


@lru_cache(maxsize=64)
def _head(url: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    return request_head(target_of(url), dict(headers))


def _reason(error: OSError, url: str) -> str:
    """What the operating system says where it said something."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno:
            # A name that does not resolve has numbers of its own, which only its error can put in words.
            said = cause.strerror if isinstance(cause, socket.gaierror) else os.strerror(cause.errno)
            return f"{public_address(url)}: {said}"
        cause = cause.__cause__ or cause.__context__
    return f"{public_address(url)}: {str(error) or type(error).__name__}"
