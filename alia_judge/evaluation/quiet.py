"""Where every undefined figure says why beside it, a warning for each of a thousand figures would drown that."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from alia_judge.errors import DegenerateDataWarning

__all__ = ["undefined_is_said_in_the_result"]


@contextmanager
def undefined_is_said_in_the_result() -> Iterator[None]:
    """Within, no `DegenerateDataWarning` is shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DegenerateDataWarning)
        yield
