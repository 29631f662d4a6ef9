"""`Connections`: kept-alive HTTP connections to one server, from any number of event loops, over aiohttp."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

from dspy import lm15

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Connections", "Reply", "proxy_for", "public_address"]

#: The runner says how many calls are in flight; the pool must not be what holds them back.
_MOST_CONNECTIONS = 1024
#: Seconds to open a connection: a server that does not even accept one is down.
_CONNECT = 30.0


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
    headers: Sequence[tuple[str, str]]
    body: bytes


class Connections:
    """Posts to a server over connections that are kept; each event loop has its own.

    Parameters
    ----------
    proxy
        An HTTP proxy's URL; None connects directly. The environment is not consulted again.
    timeout
        Seconds to wait for the next byte.
    """

    def __init__(self, *, proxy: str | None, timeout: float) -> None:
        self._proxy = proxy
        self._timeout = timeout
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = WeakKeyDictionary()

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
        import aiohttp

        session = self._sessions.get(asyncio.get_running_loop()) or self._session(url)
        try:
            async with session.post(
                url, data=body, headers=headers, proxy=self._proxy, allow_redirects=False
            ) as response:
                content = await response.read()
        except TimeoutError as error:
            raise lm15.TimeoutError(f"timed out: the server sent nothing for {self._timeout:g} s") from error
        except (aiohttp.InvalidURL, aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
            raise lm15.ConfigurationError(f"{public_address(url)}: {error}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise lm15.TransportError(_reason(error, url)) from error
        if 300 <= response.status < 400:
            target = public_address(urljoin(url, response.headers.get("Location", "")))
            raise lm15.ConfigurationError(
                f"the server at {public_address(url)} redirects to {target}, which is not followed; set api_base to "
                "where it serves"
            )
        return Reply(response.status, response.reason or "", tuple(response.headers.items()), content)

    async def aclose(self) -> None:
        """Close this event loop's connections; the next call opens new ones."""
        session = self._sessions.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.close()

    def _session(self, url: str) -> aiohttp.ClientSession:
        import aiohttp

        # The certificates trusted now: aiohttp's own context has those of when it was imported.
        trusted = ssl.create_default_context() if url.startswith("https:") else True
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_MOST_CONNECTIONS, ssl=trusted),
            cookie_jar=aiohttp.DummyCookieJar(),  # nothing a server sets comes back to it with another item
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=self._timeout),
        )
        self._sessions[asyncio.get_running_loop()] = session
        return session


def proxy_for(address: str) -> str | None:
    """The proxy that the environment names for `address` (``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY``, less those in
    ``NO_PROXY``); None for none."""
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


def _reason(error: BaseException, url: str) -> str:
    """What the operating system says where it said something; aiohttp's words otherwise."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno:
            return f"{public_address(url)}: {os.strerror(cause.errno)}"
        cause = cause.__cause__ or cause.__context__
    return f"{public_address(url)}: {str(error) or type(error).__name__}"
