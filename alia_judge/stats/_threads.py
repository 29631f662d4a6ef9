"""One thread for BLAS while resamples are computed: their products are many and small."""

from __future__ import annotations

from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

from alia_judge._process_wide import ProcessWide

__all__ = ["ONE_THREAD"]


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def _begin() -> Any:
    return _libraries().limit(limits=1, user_api="blas")


#: While it is entered, BLAS has one thread. With as many as there are cores the threads of small products wait for one
#: another: on a busy machine a thousand resamples take several times the processor time.
ONE_THREAD: ProcessWide[Any] = ProcessWide(_begin, lambda limited: limited.restore_original_limits())
