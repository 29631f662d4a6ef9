"""`Split`: the items of one part of a benchmark with what people said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge._displayed import Displayed
from alia_judge.benchmark.ledger import TestLedger
from alia_judge.learnt.record import NOWHERE, Origin
from alia_judge.records import Item, Scale

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Split", "SplitName"]

SplitName = Literal["train", "dev", "test"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Split(Displayed):
    """One part of a benchmark, for one criterion: items, consensus, and the ratings behind it.

    Parameters
    ----------
    name
        ``"train"``, ``"dev"`` or ``"test"``.
    criterion, scale
        What was rated, and on what scale.
    items
        n items, in the benchmark's canonical order (by item id).
    target
        Shape (n,): the consensus, oriented so that higher is better.
    target_se
        Shape (n,): its standard error; NaN where one rating leaves it unknown.
    values
        Shape (n_annotators, n): the ratings as given (`scale.oriented` turns a reversed scale round), NaN where an
        annotator did not rate an item. Where annotators are not identified the rows are list positions, and
        `annotators` is empty.
    annotators
        Row names of `values`, or empty.
    fingerprint
        The content fingerprint of the benchmark this is a part of.
    origin
        Where the items come from: the benchmark and its ratings by fingerprint, and what became of near-copies.
    ledger
        Where looks at this split are written down; None for train and dev.
    parts
        Of several criteria together (`joined_splits`), the split of each, on the same items.
    """

    name: SplitName
    criterion: str
    scale: Scale
    items: tuple[Item, ...]
    target: NDArray[np.float64]
    target_se: NDArray[np.float64]
    values: NDArray[np.float64]
    annotators: tuple[str, ...] = ()
    fingerprint: str = ""
    origin: Origin = NOWHERE
    ledger: TestLedger | None = None
    parts: tuple[Split, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """A row an item: its id, its texts, group, system and language, and the consensus, higher is better."""
        import pandas as pd

        rows = [
            {"item_id": item.item_id, **item.fields(), "group": item.group, "system": item.system,
             "language": item.language, "target": target}
            for item, target in zip(self.items, self.target.tolist(), strict=True)
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The items' ids, length n."""
        return tuple(item.item_id for item in self.items)

    @property
    def groups(self) -> NDArray[np.str_]:
        """The items' groups, shape (n,); an item without one is a group of its own."""
        return np.array([item.group if item.group is not None else f"item:{item.item_id}" for item in self.items])

    @property
    def systems(self) -> NDArray[np.str_] | None:
        """The items' systems, shape (n,); None unless every item has one."""
        systems = [item.system for item in self.items]
        return None if any(system is None for system in systems) else np.array(systems)

    def look(self, *, by: str, purpose: str = "evaluate") -> None:
        """Write down that `by` (a judge's or artifact's fingerprint) scored this split, if looks at it count."""
        if self.ledger is not None:
            self.ledger.record(by=by, purpose=purpose)

    def take(self, indices: Sequence[int] | NDArray[np.intp]) -> Split:
        """The split restricted to `indices`, in that order."""
        chosen = np.asarray(indices, dtype=np.intp)
        return replace(
            self,
            items=tuple(self.items[index] for index in chosen),
            target=self.target[chosen],
            target_se=self.target_se[chosen],
            values=self.values[:, chosen],
            parts=tuple(part.take(chosen) for part in self.parts),
        )
