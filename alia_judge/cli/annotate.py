"""``alia-judge annotate``: which items people should rate next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alia_judge._json import dumps, write_atomic
from alia_judge._messages import _, message
from alia_judge.cli._benchmark import open_ratings
from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._flags import with_flags
from alia_judge.cli._next import suggest
from alia_judge.cli._options import ReadingOptions
from alia_judge.cli._ratings_file import check_table_name, write_table
from alia_judge.cli._targets import will_write
from alia_judge.errors import UsageError

__all__ = ["annotate"]

#: What further ratings are for, as it is said.
_GOALS = {"reliability": message("reliability"), "judges": message("judges")}


@with_flags(read=ReadingOptions)
def annotate(
    *,
    ratings: Annotated[
        str, typer.Argument(metavar="RATINGS|BENCHMARK", help="Human ratings; of a benchmark those of train and dev.")
    ],
    budget: Annotated[int, typer.Option("--budget", metavar="N", help="How many further ratings there may be.", min=1)],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="OUT.csv", help="The items, how many people each wants: .csv, .jsonl, .parquet."),
    ] = None,
    criterion: Annotated[
        str | None, typer.Option("--criterion", metavar="C", help="What to rate; not needed where there is one.")
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option("--scores", metavar="SCORES.csv", help="Of two judges or more: settle which agrees best."),
    ] = None,
    most_per_item: Annotated[
        int, typer.Option("--most-per-item", metavar="K", help="Further ratings of one item at most.", min=1)
    ] = 3,
    argilla: Annotated[
        Path | None, typer.Option("--argilla", metavar="JSON", help="Also as Argilla's records.")
    ] = None,
    label_studio: Annotated[
        Path | None, typer.Option("--label-studio", metavar="JSON", help="Also as Label Studio's tasks.")
    ] = None,
    read: ReadingOptions,
    json: JsonOption = None,
) -> None:
    """Spend further ratings where the consensus is least sure, or where judges disagree."""
    import numpy as np
    import pandas as pd

    from alia_judge.benchmark import what_to_annotate
    from alia_judge.evaluation import read_scores

    if out is not None:
        check_table_name(out)
    will_write(out, argilla, label_studio)
    table = open_ratings(ratings, read)
    name = table.require(criterion)
    judgments = None
    if scores is not None:
        given = read_scores(scores, scales={name: table.scales[name]}).judges(name)
        if len(given) < 2:
            raise UsageError(
                message(
                    "{scores} has {n} judges; give the scores of the two or more to be compared",
                    scores=scores,
                    n=len(given),
                )
            )
        rated = table.matrix(name).item_ids
        judgments = np.array([[by_item.get(item, np.nan) for item in rated] for by_item in given.values()])
    plan = what_to_annotate(
        table,
        name,
        budget=budget,
        goal="reliability" if judgments is None else "judges",
        judgments=judgments,
        most_per_item=most_per_item,
    )
    items = {item.item_id: item for item in table.items([request.item_id for request in plan.requests])}
    if out is not None:
        rows = [
            {
                "item_id": request.item_id,
                "criterion": name,
                "wanted": request.n,
                "group": items[request.item_id].group,
                **items[request.item_id].texts(),
            }
            for request in plan.requests
        ]
        write_table(pd.DataFrame(rows), out)
    for path, records in ((argilla, plan.to_argilla(table)), (label_studio, plan.to_label_studio(table))):
        if path is not None:
            write_atomic(path, dumps(records) + "\n")
    where = "" if out is None else _(", in {out}", out=out)
    say(json).print(
        _(
            "{budget} further ratings of {n} items, for {goal}{where}",
            budget=plan.budget,
            n=len(plan.requests),
            goal=_(_GOALS[plan.goal]),
            where=where,
        ),
        markup=False,
        soft_wrap=True,
    )
    write_json(
        json,
        plan.to_dict(),
        schema=plan.schema,
        signature=f"annotate|criterion:{name}|goal:{plan.goal}|budget:{budget}",
    )
    suggest("merge", ratings, "ANSWERS", *read.words(), "--out", "merged.csv")
