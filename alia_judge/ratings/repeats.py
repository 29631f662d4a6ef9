"""Which rating counts where one person rated an item more than once on a criterion."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from alia_judge._advice import advice
from alia_judge._messages import message
from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.ratings.table import Ratings

__all__ = ["Repeats", "settle_repeats"]

Repeats = Literal["first", "last", "mean", "error"]


def settle_repeats(ratings: Ratings, rule: Repeats = "first") -> Ratings:
    """Have the rating that counts stand first: `Ratings.matrix`, consensus and agreement take the first.

    Parameters
    ----------
    ratings
        As they were read.
    rule
        The ``"first"`` counts; the ``"last"``; their ``"mean"``; or a repeat is an ``"error"``.

    Raises
    ------
    UsageError
        If there is no such rule.
    DataError
        If there is a repeat and none may be.
    """
    if rule not in get_args(Repeats):
        raise UsageError(
            message("repeats must be one of {repeats}, got {rule!r}", repeats=", ".join(get_args(Repeats)), rule=rule)
        )
    if rule == "first":
        return ratings
    table = ratings.table
    rated = (table["value"].notna() & table["annotator_id"].notna()).to_numpy()
    keys = table.loc[rated, ["criterion", "item_id", "annotator_id"]]
    repeated = keys.duplicated(keep=False).to_numpy()
    rows = np.flatnonzero(rated)[repeated]
    if not len(rows):
        return ratings
    again = table.iloc[rows]
    if rule == "error":
        first = again.iloc[0]
        raise DataError(
            Problem(
                file=ratings.source,
                what=message(
                    "{duplicated} ratings repeat one that the same person gave, the first by "
                    "{annotator_id!r} of item {item_id!r} on {criterion}",
                    duplicated=int(keys.duplicated().sum()),
                    annotator_id=first["annotator_id"],
                    item_id=first["item_id"],
                    criterion=first["criterion"],
                ),
                expected=message("one rating of an item by each person on each criterion"),
                remedy=message(
                    "remove the others, or say which counts: {repeats}",
                    repeats=advice(
                        python=message("repeats='first', 'last' or 'mean'"),
                        command=message("--repeats first, last or mean"),
                    ),
                ),
            )
        )
    groups = again.groupby(["criterion", "item_id", "annotator_id"], observed=True, sort=False)["value"]
    settled = groups.transform("last" if rule == "last" else "mean")
    counts = ~again.duplicated(["criterion", "item_id", "annotator_id"])
    values = table["value"].to_numpy(dtype=np.float64).copy()
    values[rows[counts.to_numpy()]] = settled[counts].to_numpy()
    note = message(
        "of repeated ratings the {rule} counts ({n} ratings, {counts} of them count)",
        rule=rule,
        n=len(rows),
        counts=int(counts.sum()),
    )
    return replace(ratings, table=table.assign(value=values), notes=(*ratings.notes, note))
