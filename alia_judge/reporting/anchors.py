"""`row_anchors`: what links on a page lead to the rows of a table by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

__all__ = ["row_anchors"]


def row_anchors(names: Iterable[str], table: str) -> dict[str, str]:
    """Name -> anchor of its row; no name of the data stands in an anchor.

    Examples
    --------
    >>> row_anchors(["a <b>", "c"], "tone: judges")
    {'a <b>': 'row-1ec56c-1', 'c': 'row-1ec56c-2'}
    """
    of_table = hashlib.sha256(table.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return {name: f"row-{of_table}-{place}" for place, name in enumerate(names, 1)}
