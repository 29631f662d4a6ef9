"""How many physical cores this process may compute on."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["physical_cores"]

_TOPOLOGY = Path("/sys/devices/system/cpu")


def physical_cores() -> int:
    """Physical cores among the processors this process may use; at least 1.

    Two threads of one core share its arithmetic units, so matrix products gain nothing from the second. Where the
    operating system does not tell cores from threads (anything but Linux), every processor counts as one.
    """
    try:
        allowed = os.sched_getaffinity(0)
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1
    cores = {_core(processor) for processor in allowed}
    return max(len(cores), 1)


def _core(processor: int) -> str:
    """The hardware threads of a processor's core, as the kernel lists them: the same for all of them."""
    try:
        return (_TOPOLOGY / f"cpu{processor}" / "topology" / "thread_siblings_list").read_text(encoding="ascii").strip()
    except OSError:  # a container may hide it
        return str(processor)
