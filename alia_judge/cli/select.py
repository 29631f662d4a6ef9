"""``alia-judge select``: a smaller set of rated items that stands for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alia_judge._messages import _
from alia_judge.cli._benchmark import MinRatingsOption, open_ratings
from alia_judge.cli._console import JsonOption, SeedOption, say, write_json
from alia_judge.cli._flags import with_flags
from alia_judge.cli._next import suggest
from alia_judge.cli._options import ReadingOptions
from alia_judge.cli._ratings_file import check_table_name, write_ratings
from alia_judge.cli._targets import will_write

__all__ = ["select"]


@with_flags(read=ReadingOptions)
def select(
    *,
    ratings: Annotated[
        str, typer.Argument(metavar="RATINGS|BENCHMARK", help="Human ratings; of a benchmark those of train and dev.")
    ],
    items: Annotated[int, typer.Option("--items", metavar="N", help="How many items to choose.", min=2)],
    out: Annotated[
        Path, typer.Option("--out", metavar="OUT.csv", help="Their ratings: .csv, .jsonl or .parquet, for build.")
    ],
    criterion: Annotated[
        str | None, typer.Option("--criterion", metavar="C", help="What was rated; not needed where there is one.")
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option(
            "--scores", metavar="SCORES.csv", help="Of some judges, who are to be told apart as on all items."
        ),
    ] = None,
    min_ratings: MinRatingsOption = 1,
    read: ReadingOptions,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Choose items that stand for the whole by score, language and system; with --scores, such that judges agree with
    people on them as they do on all.
    """
    import numpy as np

    from alia_judge.benchmark import build_benchmark, select_items
    from alia_judge.evaluation import read_scores

    check_table_name(out)
    will_write(out)
    table = open_ratings(ratings, read)
    name = table.require(criterion)
    whole = build_benchmark(
        table, criterion=name, group_by=None, splits=(1.0, 0.0, 0.0), min_ratings=min_ratings, seed=seed
    ).train
    judgments = None
    if scores is not None:
        given = read_scores(scores, scales={name: table.scales[name]}).judges(name)
        judgments = np.array([[by_item.get(item, np.nan) for item in whole.item_ids] for by_item in given.values()])
    chosen = select_items(whole, items, judgments=judgments, seed=seed)
    write_ratings(table.select(items=list(chosen.item_ids)), out)
    say(json).print(
        _("{items} of {n} items, {method}, in {out}", items=items, n=len(whole), method=chosen.method, out=out),
        markup=False,
        soft_wrap=True,
    )
    write_json(
        json,
        {**chosen.to_dict(), "criterion": name, "of": len(whole)},
        schema=chosen.schema,
        signature=f"select|criterion:{name}|items:{items}|method:{chosen.method}|seed:{seed}",
    )
    suggest("build", out, ("--criterion", name), ("--scale", read.scale), "--out", "benchmark")
