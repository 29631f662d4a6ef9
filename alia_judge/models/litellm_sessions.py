"""`close_sessions`: the HTTP sessions that LiteLLM opened on an event loop, before that loop is closed.

LiteLLM keeps a client for each loop and address for ten minutes and then drops it: the sockets of a loop that is gone
stay open until they are collected, with a warning in whatever runs then.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

__all__ = ["close_sessions"]


async def close_sessions() -> None:
    """Close LiteLLM's sessions of the running loop; those of other loops may be in use and stay."""
    for session in list(_sessions()):
        if getattr(session, "_loop", None) is asyncio.get_running_loop() and not session.closed:
            await session.close()


def _sessions() -> Iterator[Any]:
    litellm = sys.modules.get("litellm")
    kept = getattr(getattr(litellm, "in_memory_llm_clients_cache", None), "cache_dict", {})
    for client in list(kept.values()):
        inner = getattr(client, "_client", None) or getattr(client, "client", None)
        session = getattr(getattr(inner, "_transport", None), "client", None)
        if hasattr(session, "closed") and hasattr(session, "close"):
            yield session
