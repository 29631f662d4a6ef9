"""`object_in`: what a request's body says."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

__all__ = ["object_in"]


async def object_in(request: web.Request) -> dict[str, Any] | None:
    """The JSON object that a body is; None where it is none, in an encoding that nobody knows or nested without end."""
    try:
        said = json.loads(await request.text())
    except (ValueError, LookupError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
