"""Which process wrote a trial, and whether it still runs."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["is_alive", "named", "this_worker"]


def this_worker() -> dict[str, Any]:
    """This process, as JSON."""
    return {"host": socket.gethostname(), "pid": os.getpid(), "started": _started(os.getpid())}


def named(worker: Mapping[str, Any]) -> str:
    """A process as people find it.

    Examples
    --------
    >>> named({"host": "annex", "pid": 4711, "started": "99"})
    'process 4711 on annex'
    """
    return f"process {worker.get('pid')} on {worker.get('host')}"


def is_alive(worker: Mapping[str, Any]) -> bool:
    """Whether a process of this host, as `this_worker` described it, still runs.

    On Windows every process counts as running: one that has gone is missed by its heartbeat.
    """
    pid, started = worker.get("pid"), worker.get("started")
    if not isinstance(pid, int):
        return False
    if sys.platform == "win32":  # where signal 0 is no question but Ctrl-C
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return started is None or _started(pid) == started


def _started(pid: int) -> str | None:
    """When a process began, in the kernel's ticks, where the system says; it tells a process from a later namesake."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
