"""A benchmark as commands take it: a frozen folder, or ratings of which it is built with all of build's options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alia_judge._messages import _, message
from alia_judge.cli._options import ReadingOptions, is_benchmark
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from alia_judge.benchmark import Benchmark, CriteriaBenchmarks, RatingsAudit, Split
    from alia_judge.models.bank import RecordedBank
    from alia_judge.ratings import Ratings

__all__ = [
    "BuildOptions",
    "ConsensusOption",
    "LetCopiesPartOption",
    "LicenceOption",
    "MinRatingsOption",
    "build_from",
    "build_options",
    "frozen_beside",
    "learning_ratings",
    "open_ratings",
    "refuse_build_options",
    "tell_built",
    "test_of",
]

ConsensusOption = Annotated[
    str | None, typer.Option("--consensus", metavar="METHOD", help="How ratings become one value an item.")
]
MinRatingsOption = Annotated[
    int, typer.Option("--min-ratings", metavar="N", help="Leave out items with fewer ratings.", min=1)
]
LetCopiesPartOption = Annotated[
    bool, typer.Option("--let-copies-part", help="Near-duplicates may fall on different sides: canned answers.")
]
LicenceOption = Annotated[str | None, typer.Option("--licence", metavar="SPDX", help="Of the texts and ratings.")]

_SHARES = (0.5, 0.2, 0.3)


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """How a benchmark is built of ratings, as the options of those names say."""

    group_by: str = "group"
    split: Path | None = None
    consensus: str | None = None
    min_ratings: int = 1
    let_copies_part: bool = False
    licence: str | None = None
    seed: int = 0

    def words(self) -> list[tuple[str, Any]]:
        """The options as they are typed."""
        return [(f"--{name.replace('_', '-')}", value) for name, value in self.said().items()]

    def said(self) -> dict[str, Any]:
        """What of it is not as it is by default, but the seed, which a search has as well."""
        default = BuildOptions(seed=self.seed)
        return {name: value for name, value in vars(self).items() if value != getattr(default, name)}


def build_from(
    ratings: Ratings,
    criterion: str,
    options: BuildOptions,
    *,
    audit: RatingsAudit | None = None,
    bank: RecordedBank | None = None,
) -> Benchmark:
    """The benchmark of these ratings.

    Where nobody says how to split them, no group that a recorded configuration was shown is in any of its parts.

    Raises
    ------
    UsageError
        If it cannot be built, or every group was shown to a configuration.
    """
    kept = ratings if bank is None or options.split is not None else _not_shown(ratings, criterion, bank, options)
    from alia_judge.benchmark import build_benchmark

    built = build_benchmark(kept, criterion=criterion, audit=audit, **build_options(options))
    # Whoever reads the same file later compares with the whole of it.
    return replace(built, provenance={**built.provenance, "ratings_fingerprint": ratings.source_fingerprint})


def build_options(options: BuildOptions) -> dict[str, Any]:
    """The options as `build_benchmark` takes them."""
    return {
        "group_by": options.group_by,
        "splits": options.split if options.split is not None else _SHARES,
        "consensus": options.consensus,
        "min_ratings": options.min_ratings,
        "keep_duplicates_together": not options.let_copies_part,
        "licence": options.licence,
        "seed": options.seed,
    }


def learning_ratings(benchmark: Benchmark) -> Ratings:
    """What people said of train and dev: all that may be looked at before the test."""
    learning = [item for item, split in benchmark.assignment.items() if split != "test"]
    return benchmark.ratings.select(items=learning)


def open_ratings(source: str | Sequence[str], read: ReadingOptions) -> Ratings:
    """The ratings of a file, or of a frozen benchmark those of train and dev."""
    from alia_judge.benchmark import Benchmark

    if not isinstance(source, str) or not is_benchmark(source):
        return read.load(source)
    refuse_build_options(source, **read.given())
    return learning_ratings(Benchmark.load(source))


def test_of(benchmark: Benchmark, folder: str) -> Split:
    """The test split of a frozen benchmark.

    Raises
    ------
    UsageError
        If it has none: it is the part that teams may have, or was split so.
    """
    if not len(benchmark.test):
        public = _(" (it is the part that teams may have)") if "part_of" in benchmark.provenance else ""
        raise UsageError(
            message(
                "{folder} has no rated test items{public}; give the benchmark whose test is to be scored",
                folder=folder,
                public=public,
            )
        )
    return benchmark.test


def refuse_build_options(folder: str, **given: Any) -> None:
    """Refuse options that say how ratings are read, or a benchmark is built, where `folder` holds one already.

    Raises
    ------
    UsageError
        If any was given.
    """
    named = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if named:
        raise UsageError(
            message(
                "{folder} is a frozen benchmark: {named} was settled when it was built; leave it out",
                folder=folder,
                named=", ".join(named),
            )
        )


def frozen_beside(benchmark: Benchmark | CriteriaBenchmarks, storage: str | None) -> Path | None:
    """Freeze a benchmark beside the study of its search, and say where; None where the study is in memory.

    Where the same one is frozen there already, it stays.
    """
    if storage == ":memory:":
        return None
    name = benchmark.fingerprint[:8]
    path = Path((storage or "").removeprefix("sqlite:///"))
    if storage is None or "://" in str(storage).removeprefix("sqlite:///") or not path.name:
        return benchmark.freeze(Path(f"benchmark-{name}"))
    return benchmark.freeze(path.with_name(f"{path.stem}.benchmark-{name}"))


def tell_built(benchmark: Benchmark | CriteriaBenchmarks, folder: Path | None, console: Console) -> None:
    """Print what is in a benchmark, and where it is."""
    from alia_judge.benchmark import Benchmark
    from alia_judge.benchmark.doubts import split_doubts

    sizes = ", ".join(f"{part.name} {len(part)}" for part in (benchmark.train, benchmark.dev, benchmark.test))
    where = _("kept nowhere, as the study is not") if folder is None else _("frozen in {folder}", folder=folder)
    said = _("{criterion}: {sizes} items, {where}", criterion=benchmark.criterion, sizes=sizes, where=where)
    console.print(said, markup=False, soft_wrap=True)
    each = (benchmark,) if isinstance(benchmark, Benchmark) else benchmark.parts
    for doubt in dict.fromkeys(doubt for one in each for doubt in split_doubts(one)):
        console.print(_(doubt), markup=False)
    parted = benchmark.provenance.get("near_copies_parted", 0)
    if parted and benchmark.origin.copies == "as given":
        console.print(
            _(
                "{n} near-copies lie on both sides of the test: whoever learnt from one has seen the other; let them "
                "stay together, or say with --let-copies-part that texts repeat here by their nature",
                n=parted,
            ),
            markup=False,
        )


def _not_shown(ratings: Ratings, criterion: str, bank: RecordedBank, options: BuildOptions) -> Ratings:
    """The ratings without the groups of items that a recorded configuration was shown."""
    from alia_judge.benchmark import build_benchmark

    shown = {
        item
        for configuration in bank.select(criterion=criterion)
        for item in configuration.parameters.get("demo_item_ids", ())
    }
    whole = build_benchmark(ratings, criterion=criterion, group_by=options.group_by, splits=(1.0, 0.0, 0.0))
    groups = dict(zip(whole.train.item_ids, whole.train.groups.tolist(), strict=True))
    barred = {groups[item] for item in shown if item in groups}
    kept = [item for item, group in groups.items() if group not in barred]
    if not kept:
        raise UsageError(message("every group was shown to a recorded configuration; give --split, knowing that"))
    return ratings.select(items=kept)
