"""`Benchmark`: items with a consensus, split once and for all, under one fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge._json import dumps
from alia_judge.benchmark.ledger import TestLedger
from alia_judge.benchmark.split import Split, SplitName
from alia_judge.benchmark.splits import SPLIT_NAMES
from alia_judge.learnt.record import Origin
from alia_judge.ratings.table import Ratings
from alia_judge.records import Item, Scale

__all__ = ["Benchmark"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Benchmark:
    """One criterion's items, consensus and splits; `build_benchmark` makes it, `freeze` keeps it.

    Parameters
    ----------
    criterion, scale
        What was rated, and on what scale.
    ratings
        The ratings behind it, of this criterion and the n items alone.
    items
        n items by ascending id, in the groups of the split.
    target, target_se
        Shape (n,): the consensus in the scale's units as given, and its standard error (NaN where unknown).
    assignment
        The split of each item that is in one.
    group_by
        What groups are (a field or column of the items); None where each item stands alone.
    consensus
        The consensus method and its settings.
    provenance
        What was left out and why, the seed, the fingerprint of the ratings it was made from.
    ledger
        Every look at the test split.

    Examples
    --------
    >>> import alia_judge as aj
    >>> benchmark = aj.build_benchmark(aj.load_sample(), criterion="helpfulness")
    >>> benchmark.freeze("benchmark").name
    'benchmark'
    >>> again = aj.Benchmark.load("benchmark")
    >>> again.fingerprint == benchmark.fingerprint, len(again.train) + len(again.dev) + len(again.test)
    (True, 180)
    """

    schema = "alia-judge/benchmark/1"

    criterion: str
    scale: Scale
    ratings: Ratings
    items: tuple[Item, ...]
    target: NDArray[np.float64]
    target_se: NDArray[np.float64]
    assignment: Mapping[str, SplitName]
    group_by: str | None = "group"
    consensus: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    ledger: TestLedger = field(default_factory=TestLedger)

    @property
    def train(self) -> Split:
        """What is learnt from; demonstrations come from here only."""
        return self._split("train")

    @property
    def dev(self) -> Split:
        """What is chosen on."""
        return self._split("dev")

    @property
    def test(self) -> Split:
        """What is held out. Whoever scores it says so with ``split.look(by=...)``, as `evaluate_judge` does."""
        return self._split("test")

    def open_test(self, *, by: str, purpose: str = "open") -> Split:
        """The test split, with this look written into the ledger."""
        self.ledger.record(by=by, purpose=purpose)
        return self.test

    def split(self, name: SplitName) -> Split:
        """The split of this name."""
        return self._split(name)

    def places(self, name: SplitName) -> NDArray[np.intp]:
        """Which of `items` the split of this name has, ascending."""
        return np.flatnonzero([self.assignment.get(item.item_id) == name for item in self.items])

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that changes a figure: ratings, texts, scale, consensus, groups and splits."""
        lasting = self.ratings.lasting_ids()
        rows = sorted(
            [
                lasting.items.get(item.item_id, item.item_id),
                lasting.groups.get(item.group or "", item.group),
                self.assignment.get(item.item_id),
                # The same ratings in another order may give a model another last digit.
                None if np.isnan(value) else round(float(value), 6),
            ]
            for item, value in zip(self.items, self.target, strict=True)
        )
        content = {
            "schema": self.schema,
            "ratings": self.ratings.fingerprint,
            "criterion": self.criterion,
            "consensus": self.consensus,
            "items": rows,
        }
        return hashlib.sha256(
            dumps(content, indent=None, sort_keys=True).encode("utf-8", "surrogateescape")
        ).hexdigest()

    @cached_property
    def origin(self) -> Origin:
        """Where its items come from, for whoever asks whether they were learnt from."""
        # Version 0.1.0 did not write down what became of near-copies.
        dealt = "as given" if self.provenance.get("splits") == "explicit" else "together"
        return Origin(
            # Those of several criteria that were dealt together hold the same items on the same sides.
            benchmark=self.provenance.get("part_of") or self.provenance.get("dealt_with") or self.fingerprint,
            ratings=self.provenance.get("ratings_fingerprint") or self.ratings.fingerprint,
            copies=self.provenance.get("copies", dealt),
        )

    def freeze(self, folder: str | Path) -> Path:
        """Write the benchmark to a folder: data, datasheet, checksums. See `freeze_benchmark`."""
        from alia_judge.benchmark.freeze import freeze_benchmark

        return freeze_benchmark(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> Benchmark:
        """Read a frozen benchmark; a changed byte is refused by name. See `load_benchmark`."""
        from alia_judge.benchmark.freeze import load_benchmark

        return load_benchmark(Path(folder))

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {self.places(name).size}" for name in SPLIT_NAMES)
        return f"<Benchmark {self.criterion!r}: {sizes} items; {self.fingerprint[:12]}>"

    def _split(self, name: SplitName) -> Split:
        matrix = self.ratings.matrix(self.criterion)
        chosen = self.places(name)
        return Split(
            name=name,
            criterion=self.criterion,
            scale=self.scale,
            items=tuple(self.items[index] for index in chosen),
            target=self.scale.oriented(self.target[chosen]),
            target_se=self.target_se[chosen],
            values=matrix.ratings.items(chosen).dense(),
            annotators=matrix.annotators,
            fingerprint=self.fingerprint,
            origin=self.origin,
            ledger=self.ledger if name == "test" else None,
        )
