"""What a page can ask people about."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.records import Item

__all__ = ["check_items"]


def check_items(items: Sequence[Item], known: Sequence[Item] = ()) -> None:
    """See that a page can ask about each of these items, and about each once; warn of images, which it does not show.

    Raises
    ------
    UsageError
        If there are none, an id comes twice, one has nothing to rate, or is a list of candidates to be ranked.
    """
    if not items:
        raise UsageError(message("there is nothing to rate: no items were given"))
    seen: set[str] = set()
    for item in (*items, *known):
        if item.item_id in seen:
            which = "is among both the items and the known ones" if item in known else "comes twice"
            raise UsageError(message("{called} {which}; give each once", called=item.called, which=which))
        seen.add(item.item_id)
        if item.responses:
            raise UsageError(
                message(
                    "{called} is a list of candidates, and a page asks about one response or two; give "
                    "each candidate as an item of its own",
                    called=item.called,
                )
            )
        if not item.response.strip():
            raise UsageError(
                message("{called} has no response to rate; leave it out, or give its text", called=item.called)
            )
    if seen_by_judges := sum(bool(item.images) for item in (*items, *known)):
        warnings.warn(
            message(
                "{seen_by_judges} items come with images, which a page does not show: people see the "
                "mark [image ...], and a judge the image; leave these items out, or say in a text "
                "what is on it",
                seen_by_judges=seen_by_judges,
            ),
            stacklevel=3,
        )
