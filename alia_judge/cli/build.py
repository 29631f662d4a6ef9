"""``alia-judge build``: from ratings to a frozen benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
from alia_judge.cli._next import suggest
from alia_judge.cli._options import (
    ColumnOption,
    DecisionsOption,
    EncodingOption,
    FormatOption,
    GroupByOption,
    HeaderOption,
    LanguageOption,
    NoGateOption,
    RatingsArgument,
    RepeatsOption,
    ScaleOption,
    SplitOption,
    gate,
    load,
)
from alia_judge.cli._reading import refuse_unordered

__all__ = ["build"]


def build(
    ratings: RatingsArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to freeze the benchmark in.")],
    public: Annotated[
        Path | None,
        typer.Option("--public", metavar="DIR", help="Also write what teams may have: no rating of the test is in it."),
    ] = None,
    criterion: Annotated[
        str | None, typer.Option("--criterion", metavar="C", help="What was rated; may be left out where there is one.")
    ] = None,
    group_by: GroupByOption = "group",
    split: SplitOption = None,
    consensus: ConsensusOption = None,
    min_ratings: MinRatingsOption = 1,
    let_copies_part: LetCopiesPartOption = False,
    licence: LicenceOption = None,
    no_gate: NoGateOption = False,
    format: FormatOption = None,  # noqa: A002 - the option's name
    column: ColumnOption = None,
    scale: ScaleOption = None,
    encoding: EncodingOption = None,
    header: HeaderOption = None,
    repeats: RepeatsOption = None,
    language: LanguageOption = None,
    decisions: DecisionsOption = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Freeze a benchmark: consensus, train/dev/test by group, fingerprint, datasheet."""
    from alia_judge.benchmark import audit_ratings

    table = load(
        ratings,
        format=format,
        columns=column,
        scales=scale,
        encoding=encoding,
        language=language,
        decisions=decisions,
        header=header,
        repeats=repeats,
    )
    name = table.require(criterion)
    refuse_unordered(table, name)
    audit = audit_ratings(table, name, seed=seed)
    passed = gate(audit.criteria[name].gate, name, overridden=no_gate)
    options = BuildOptions(
        group_by=group_by,
        split=split,
        consensus=consensus,
        min_ratings=min_ratings,
        let_copies_part=let_copies_part,
        licence=licence,
        seed=seed,
    )
    benchmark = build_from(table, name, options, audit=audit)
    folder = benchmark.freeze(out)
    sizes = {part.name: len(part) for part in (benchmark.train, benchmark.dev, benchmark.test)}
    console = say(json)
    tell_built(benchmark, folder, console)
    if public is not None:
        from alia_judge.benchmark.public import TEST_ITEMS, freeze_public

        freeze_public(benchmark, public)
        console.print(
            f"for teams: train, dev and the test's items without ratings ({TEST_ITEMS}) in {public}",
            markup=False,
            soft_wrap=True,
        )
    console.print(f"fingerprint {benchmark.fingerprint}")
    if not passed["passed"]:
        console.print(passed["reason"], markup=False)
    write_json(
        json,
        {
            "criterion": name,
            "fingerprint": benchmark.fingerprint,
            "folder": folder.name,
            "public": None if public is None else public.name,
            "split": sizes,
            "left_out": benchmark.provenance["left_out_items"],
            "gate": passed,
        },
        schema="alia-judge/build/1",
        signature=f"build|criterion:{name}|group_by:{group_by}|consensus:{benchmark.consensus['method']}|seed:{seed}",
    )
    suggest("compile", folder, "--model", "MODEL", "--calls", 400, "--artifact", "judge")
