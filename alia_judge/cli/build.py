"""``alia-judge build``: from ratings to a frozen benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alia_judge.cli._console import JsonOption, SeedOption, say, write_json
from alia_judge.cli._options import (
    ColumnOption,
    EncodingOption,
    FormatOption,
    GroupByOption,
    LanguageOption,
    NoGateOption,
    RatingsArgument,
    ScaleOption,
    SplitOption,
    gate,
    load,
)

__all__ = ["build"]


def build(
    ratings: RatingsArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The new folder to freeze the benchmark in.")],
    criterion: Annotated[
        str | None, typer.Option("--criterion", metavar="C", help="What was rated; may be left out where there is one.")
    ] = None,
    group_by: GroupByOption = "group",
    split: SplitOption = None,
    consensus: Annotated[
        str | None, typer.Option("--consensus", metavar="METHOD", help="How ratings become one value an item.")
    ] = None,
    min_ratings: Annotated[
        int, typer.Option("--min-ratings", metavar="N", help="Leave out items with fewer ratings.", min=1)
    ] = 1,
    let_copies_part: Annotated[
        bool, typer.Option("--let-copies-part", help="Near-duplicates may fall on different sides: canned answers.")
    ] = False,
    licence: Annotated[str | None, typer.Option("--licence", metavar="SPDX", help="Of the texts and ratings.")] = None,
    no_gate: NoGateOption = False,
    format: FormatOption = None,  # noqa: A002 - the option's name
    column: ColumnOption = None,
    scale: ScaleOption = None,
    encoding: EncodingOption = None,
    language: LanguageOption = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Freeze a benchmark: consensus, train/dev/test by group, fingerprint, datasheet."""
    from alia_judge.benchmark import audit_ratings, build_benchmark

    table = load(ratings, format=format, columns=column, scales=scale, encoding=encoding, language=language)
    name = table.require(criterion)
    audit = audit_ratings(table, name, seed=seed)
    passed = gate(audit.criteria[name].gate, name, overridden=no_gate)
    benchmark = build_benchmark(
        table,
        criterion=name,
        group_by=group_by,
        splits=split if split is not None else (0.5, 0.2, 0.3),
        consensus=consensus,
        min_ratings=min_ratings,
        keep_duplicates_together=not let_copies_part,
        audit=audit,
        licence=licence,
        seed=seed,
    )
    folder = benchmark.freeze(out)
    sizes = {part.name: len(part) for part in (benchmark.train, benchmark.dev, benchmark.test)}
    console = say(json)
    console.print(f"{name}: train {sizes['train']}, dev {sizes['dev']}, test {sizes['test']} items, frozen in {folder}")
    console.print(f"fingerprint {benchmark.fingerprint}")
    if not passed["passed"]:
        console.print(passed["reason"], markup=False)
    write_json(
        json,
        {
            "criterion": name,
            "fingerprint": benchmark.fingerprint,
            "folder": folder.name,
            "split": sizes,
            "left_out": benchmark.provenance["left_out_items"],
            "gate": passed,
        },
        schema="alia-judge/build/1",
        signature=f"build|criterion:{name}|group_by:{group_by}|consensus:{benchmark.consensus['method']}|seed:{seed}",
    )
