"""Several criteria of the same items: a benchmark of each on one split, and their splits as one."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from pathlib import Path
from typing import Any

import numpy as np

from alia_judge._messages import message
from alia_judge.benchmark.benchmark import Benchmark
from alia_judge.benchmark.build import build_benchmark
from alia_judge.benchmark.split import Split, SplitName
from alia_judge.errors import UsageError
from alia_judge.learnt.record import Origin
from alia_judge.ratings.table import Ratings
from alia_judge.records import Scale

__all__ = [
    "CriteriaBenchmarks",
    "build_benchmarks",
    "folder_names",
    "folders_in",
    "joined_fingerprint",
    "joined_splits",
]

#: What a benchmark says of how its items were dealt.
_DEALT = ("splits", "copies", "near_copies_parted", "groups_joined_by_near_duplicates", "seed")


def build_benchmarks(
    ratings: Ratings,
    criteria: Sequence[str],
    *,
    splits: Sequence[float] | Mapping[str, Sequence[str]] | str | Path = (0.5, 0.2, 0.3),
    **options: Any,
) -> tuple[Benchmark, ...]:
    """A benchmark of each criterion, of the items that have ratings on all of them, every item in the same split.

    Parameters
    ----------
    ratings
        What people said.
    criteria
        The criteria, two or more.
    splits, **options
        As for `build_benchmark`; the split is dealt by the first criterion.

    Raises
    ------
    UsageError
        If a criterion is unknown or named twice, or no item is rated on all.

    Examples
    --------
    >>> import alia_judge as aj
    >>> first, second = aj.build_benchmarks(aj.load_sample(), ["helpfulness", "tone"])
    >>> first.assignment == second.assignment
    True
    """
    names = [ratings.require(name) for name in criteria]
    if len(names) < 2 or max(Counter(names).values()) > 1:
        raise UsageError(
            message(
                "criteria are two or more, each named once; got {names}",
                names=", ".join(map(repr, names)) or message("none"),
            )
        )
    rated = [set(ratings.matrix(name).item_ids) for name in names]
    common = set.intersection(*rated)
    if not common:
        raise UsageError(
            message(
                "no item is rated on all of {names}; tune them one by one, or name those that share items",
                names=", ".join(names),
            )
        )
    kept = ratings.select(items=[one for one in ratings.matrix(names[0]).item_ids if one in common])
    first = build_benchmark(kept, criterion=names[0], splits=splits, **options)
    groups: dict[str, list[str]] = {name: [] for name in ("train", "dev", "test")}
    for part in (first.train, first.dev, first.test):
        groups[part.name] = sorted(set(part.groups.tolist()))
    whole = {
        item: f"no rating on {name}"
        for name, one in zip(names, rated, strict=True)
        for item in set().union(*rated) - one
    }
    dealt = {name: first.provenance[name] for name in _DEALT} | {"ratings_fingerprint": ratings.source_fingerprint}
    others = [build_benchmark(kept, criterion=name, splits=groups, **options) for name in names[1:]]
    together = joined_fingerprint([first, *others])
    return tuple(
        replace(
            one,
            provenance={
                **one.provenance,
                **dealt,
                "dealt_with": together,
                "left_out_items": {**whole, **one.provenance["left_out_items"]},
            },
        )
        for one in (first, *others)
    )


def joined_splits(splits: Sequence[Split], scale: Scale | None = None) -> Split:
    """The splits of several criteria as one, of the items that are in all of them; `parts` are the splits of each.

    Its own target is how good an item is on the mean of the criteria that have an order, on `scale`.

    Parameters
    ----------
    splits
        A split of each criterion, of benchmarks on one split (`build_benchmarks`).
    scale
        Of the whole; None is that of the criteria where they share one, else 0 to 1.

    Raises
    ------
    UsageError
        If they are not of different criteria, or a group of one is in another part of another.
    """
    names = [split.criterion for split in splits]
    if max(Counter(names).values(), default=0) > 1 or len({split.name for split in splits}) > 1:
        given = ", ".join(f"{split.name} of {split.criterion}" for split in splits)
        raise UsageError(
            message("splits that go together are the same part of different criteria, got {given}", given=given)
        )
    ids = reduce(lambda kept, split: [one for one in kept if one in set(split.item_ids)], splits[1:], [
        one.item_id for one in splits[0].items
    ])  # fmt: skip
    places = [{item: place for place, item in enumerate(split.item_ids)} for split in splits]
    parts = tuple(split.take([known[one] for one in ids]) for split, known in zip(splits, places, strict=True))
    ordered = [part for part in parts if part.scale.ordered]
    scale = scale or _shared(ordered)
    shares = [(part.target - part.scale.low) / (part.scale.high - part.scale.low) for part in ordered]
    level = np.mean(shares, axis=0) if shares else np.zeros(len(ids))
    return replace(
        parts[0],
        criterion=" + ".join(names),
        scale=scale,
        target=scale.low + level * (scale.high - scale.low),
        target_se=np.full(len(ids), np.nan),
        values=np.empty((0, len(ids))),
        annotators=(),
        parts=parts,
    )


def _shared(parts: Sequence[Split]) -> Scale:
    scales = {part.scale for part in parts if part.scale.kind in ("ordinal", "continuous")}
    return scales.pop() if len(scales) == 1 and len(parts) else Scale.continuous(0, 1)


@dataclass(frozen=True, eq=False)
class CriteriaBenchmarks:
    """The benchmarks of several criteria on one split, as one: what a judge of all of them is tuned on.

    Parameters
    ----------
    parts
        As `build_benchmarks` gives them.
    """

    parts: tuple[Benchmark, ...]

    @property
    def criterion(self) -> str:
        """The criteria's names."""
        return " + ".join(self.criteria)

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria's names."""
        return tuple(one.criterion for one in self.parts)

    @cached_property
    def train(self) -> Split:
        """What is learnt from, as one split with a part a criterion."""
        return joined_splits([one.train for one in self.parts])

    @cached_property
    def dev(self) -> Split:
        """What is chosen on."""
        return joined_splits([one.dev for one in self.parts])

    @cached_property
    def test(self) -> Split:
        """What is held out."""
        return joined_splits([one.test for one in self.parts])

    @property
    def assignment(self) -> Mapping[str, SplitName]:
        """The split of each item that is in one."""
        return self.parts[0].assignment

    @property
    def provenance(self) -> Mapping[str, Any]:
        """How the items were dealt, and what was left out."""
        return self.parts[0].provenance

    @property
    def origin(self) -> Origin:
        """Where its items come from."""
        return self.parts[0].origin

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the parts' fingerprints."""
        return joined_fingerprint(self.parts)

    def freeze(self, folder: str | Path) -> Path:
        """Freeze each in a folder of its own in `folder`, by the criterion's name."""
        for name, part in zip(folder_names(self.criteria), self.parts, strict=True):
            part.freeze(Path(folder) / name)
        return Path(folder)

    @classmethod
    def load(cls, folder: str | Path, criteria: Sequence[str] = ()) -> CriteriaBenchmarks:
        """Read what `freeze` wrote: all of it, or some of the criteria.

        Raises
        ------
        UsageError
            If it holds no such criterion, or fewer than two.
        """
        found = {one.criterion: one for one in map(Benchmark.load, folders_in(folder))}
        if unknown := [name for name in criteria if name not in found]:
            raise UsageError(
                message(
                    "{folder} has no criterion {unknown!r}; it has {found}",
                    folder=folder,
                    unknown=unknown[0],
                    found=", ".join(found),
                )
            )
        parts = tuple(found[name] for name in criteria or found)
        if len(parts) < 2:
            raise UsageError(
                message(
                    "{folder}: criteria that go together are two or more, got {criteria}",
                    folder=folder,
                    criteria=", ".join(criteria) or message("none"),
                )
            )
        return cls(parts)


def joined_fingerprint(parts: Sequence[Any]) -> str:
    """The fingerprint of several criteria as one, from whatever has that of each: benchmarks, splits, results."""
    return hashlib.sha256("\n".join(sorted(one.fingerprint for one in parts)).encode()).hexdigest()


def folder_names(criteria: Sequence[str]) -> list[str]:
    """What the folder of each criterion's benchmark is called."""
    names = [re.sub(r"[^\w.-]+", "-", name).strip(".-") or "criterion" for name in criteria]
    alike = len({name.casefold() for name in names}) < len(names)
    return [f"{number}-{name}" for number, name in enumerate(names, 1)] if alike else names


def folders_in(folder: str | Path) -> list[Path]:
    """The folders of benchmarks in a folder, by name; none where it is a benchmark itself, or holds none."""
    return [path.parent for path in sorted(Path(folder).glob("*/benchmark.json"))] if Path(folder).is_dir() else []
