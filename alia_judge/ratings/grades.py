"""Whether a column holds grades, as far as its values tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alia_judge.ratings.scales import is_missing

__all__ = ["is_graded"]


def is_graded(values: Sequence[Any]) -> bool:
    """Whether these look like grades: few different numbers, or the same few words again and again.

    Examples
    --------
    >>> is_graded([1, 5, 3, None]), is_graded(["a", "b", "c", "d"]), is_graded(["yes", "no", "yes", "no"])
    (True, False, True)
    """
    given = [value for value in values if not is_missing(value)]
    if not given:
        return False
    if all(
        isinstance(value, (int, float)) or str(value).strip().lstrip("-").replace(".", "", 1).isdigit()
        for value in given
    ):
        return len({str(value) for value in given}) <= max(11, len(given) // 2)
    return all(isinstance(value, str) and len(value) <= 30 for value in given) and len(set(given)) <= min(
        10, len(given) // 2
    )
