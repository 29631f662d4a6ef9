"""`Rating`: what a person said of an item."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Rating"]


@dataclass(frozen=True, kw_only=True)
class Rating:
    """One value one person gave one item on one criterion.

    `annotator_id` is None where the data do not say who it was (a list position is no identity).

    Examples
    --------
    >>> import alia_judge as aj
    >>> aj.Rating(item_id="q1/bot", criterion="helpfulness", value=4, annotator_id="ana").value
    4
    """

    item_id: str
    criterion: str
    value: float
    annotator_id: str | None = None
    comment: str | None = None
