"""``alia-judge build``: from ratings to a frozen benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._messages import _, message
from alia_judge.cli._benchmark import (
    BuildOptions,
    ConsensusOption,
    LetCopiesPartOption,
    LicenceOption,
    MinRatingsOption,
    build_from,
    tell_built,
)
from alia_judge.cli._console import JsonOption, SeedOption, say, write_json
from alia_judge.cli._criteria import build_together, gates
from alia_judge.cli._flags import with_flags
from alia_judge.cli._next import suggest
from alia_judge.cli._options import GroupByOption, NoGateOption, RatingsArgument, RatingsOptions, SplitOption
from alia_judge.cli._reading import refuse_unordered
from alia_judge.cli._rubrics import languages_of
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.benchmark import CriteriaBenchmarks

__all__ = ["build"]


@with_flags(read=RatingsOptions)
def build(
    *,
    ratings: RatingsArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to freeze the benchmark in.")],
    public: Annotated[
        Path | None,
        typer.Option("--public", metavar="DIR", help="Also write what teams may have: no rating of the test is in it."),
    ] = None,
    criterion: Annotated[
        list[str] | None,
        typer.Option(
            "--criterion",
            metavar="C",
            help="What was rated; may be left out where there is one. Of several a benchmark each, on one split.",
        ),
    ] = None,
    group_by: GroupByOption = "group",
    split: SplitOption = None,
    consensus: ConsensusOption = None,
    min_ratings: MinRatingsOption = 1,
    let_copies_part: LetCopiesPartOption = False,
    licence: LicenceOption = None,
    no_gate: NoGateOption = False,
    read: RatingsOptions,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Freeze a benchmark: consensus, train/dev/test by group, fingerprint, datasheet."""
    from alia_judge.benchmark import Benchmark, audit_ratings
    from alia_judge.judging.rubrics.matching import matching_rubric

    table = read.load(ratings)
    names = [table.require(one) for one in criterion or ()] or [table.require()]
    if len(names) > 1 and public is not None:
        raise UsageError(
            message("--public is of one criterion; build the benchmark of each, on one --split, for teams")
        )
    for one in names:
        refuse_unordered(table, one)
    audits = {one: audit_ratings(table, one, seed=seed) for one in names}
    passed = gates(audits, overridden=no_gate)
    name, audit = next(iter(audits.items()))
    options = BuildOptions(
        group_by=group_by,
        split=split,
        consensus=consensus,
        min_ratings=min_ratings,
        let_copies_part=let_copies_part,
        licence=licence,
        seed=seed,
    )
    benchmark: Benchmark | CriteriaBenchmarks
    if len(names) > 1:
        benchmark = build_together(table, names, options, audit=audit)
    else:
        benchmark = build_from(table, name, options, audit=audit)
    folder = benchmark.freeze(out)
    sizes = {part.name: len(part) for part in (benchmark.train, benchmark.dev, benchmark.test)}
    console = say(json)
    tell_built(benchmark, folder, console)
    if public is not None and isinstance(benchmark, Benchmark):
        from alia_judge.benchmark.public import TEST_ITEMS, freeze_public

        freeze_public(benchmark, public)
        console.print(
            _(
                "for teams: train, dev and the test's items without ratings ({file}) in {folder}",
                file=TEST_ITEMS,
                folder=public,
            ),
            markup=False,
            soft_wrap=True,
        )
    console.print(_("fingerprint {fingerprint}", fingerprint=benchmark.fingerprint))
    if not passed["passed"]:
        console.print(_(passed["reason"]), markup=False)
    parts = (benchmark,) if isinstance(benchmark, Benchmark) else benchmark.parts
    method = parts[0].consensus["method"]
    write_json(
        json,
        {
            "criterion": benchmark.criterion,
            **({"criteria": {one.criterion: one.fingerprint for one in parts}} if len(names) > 1 else {}),
            "fingerprint": benchmark.fingerprint,
            "folder": folder.name,
            "public": None if public is None else public.name,
            "split": sizes,
            "left_out": benchmark.provenance["left_out_items"],
            "gate": passed,
        },
        schema="alia-judge/build/1",
        signature=f"build|criterion:{benchmark.criterion}|group_by:{group_by}|consensus:{method}|seed:{seed}",
    )
    several = ("--kind", "criteria") if len(names) > 1 else ()
    # Where no built-in rubric is known for it, the search asks for one.
    known = len(names) > 1 or matching_rubric(name, languages_of(parts[0].items)) is not None
    rubric = ("--rubric", None if known else "RUBRIC")
    suggest("compile", folder, *several, "--model", "MODEL", rubric, "--calls", 400, "--artifact", "judge")
