"""What must go for an item to be forgotten: under which digests it was asked about, which demonstrations show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from alia_judge.records import Item

__all__ = ["Forgotten", "digests_of", "shown_in", "without_demonstrations"]


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """What was taken out of a store.

    Parameters
    ----------
    verdicts
        Verdicts of the items, and of other items whose judge had been shown one of them as a demonstration.
    configurations
        Judges that showed one of them, whose prompts the store held.
    """

    verdicts: int
    configurations: int


def digests_of(items: Iterable[Item]) -> set[str]:
    """Under which digests verdicts of the items are kept: as they are, a pair's other way round and one by one."""
    return {view.digest() for item in items for view in _views(item)}


def shown_in(written: Any, items: Sequence[Item]) -> bool:
    """Whether JSON of a configuration or a judge has one of the items among its demonstrations."""
    return without_demonstrations(written, items)[1] > 0


def without_demonstrations(written: Any, items: Sequence[Item]) -> tuple[Any, int]:
    """The same JSON without the demonstrations that show one of the items, and how many these were."""
    texts = [item.fields() for item in items]
    gone = 0

    def is_one(value: Any) -> bool:
        return isinstance(value, Mapping) and any(
            all(value.get(name) == text for name, text in fields.items()) for fields in texts if fields
        )

    def kept(value: Any) -> Any:
        nonlocal gone
        if isinstance(value, Mapping):
            left = {name: one for name, one in value.items() if not is_one(one)}
            gone += len(value) - len(left)
            return {name: kept(one) for name, one in left.items()}
        if isinstance(value, (list, tuple)):
            rest = [one for one in value if not is_one(one)]
            gone += len(value) - len(rest)
            return [kept(one) for one in rest]
        return value

    return kept(written), gone


def _views(item: Item) -> list[Item]:
    views = [item]
    if item.response_b is not None:
        views.append(replace(item, response=item.response_b, response_b=item.response))
        views += [replace(view, response_b=None) for view in views]
    return views
