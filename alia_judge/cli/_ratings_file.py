"""Ratings on disk, as `load_ratings` reads them back: CSV, JSON lines, or Parquet with their scales."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from alia_judge._json import write_atomic
from alia_judge._messages import message
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from alia_judge.ratings import Ratings

__all__ = ["check_table_name", "write_ratings", "write_table"]

_KINDS = (".csv", ".jsonl", ".parquet")


def check_table_name(out: Path) -> None:
    """See that a table can be written under this name.

    Raises
    ------
    UsageError
        If it ends in something else than ``.csv``, ``.jsonl`` or ``.parquet``.
    """
    if out.suffix.lower() not in _KINDS:
        raise UsageError(
            message(
                "{out}: tables are written as {kinds}; give it a name that ends so", out=out, kinds=", ".join(_KINDS)
            )
        )


def write_ratings(ratings: Ratings, out: Path) -> None:
    """Write a row a rating, with the item beside it; labels by their words.

    Parquet holds the scales as well. In text they are read from the values, as of any file.
    """
    if out.suffix.lower() == ".parquet":
        out.parent.mkdir(parents=True, exist_ok=True)
        ratings.to_parquet(out)
        return
    frame = ratings.to_frame().drop(columns=["position", "found", "lasting_id", "lasting_group"], errors="ignore")
    labelled = {name: scale for name, scale in ratings.scales.items() if scale.labels}
    if labelled:
        frame["value"] = [
            labelled[criterion].label(value) if criterion in labelled and value == value else value
            for criterion, value in zip(frame["criterion"], frame["value"], strict=True)
        ]
    write_table(frame, out)


def write_table(frame: pd.DataFrame, out: Path) -> None:
    """Write a data frame whole or not at all, by the file's name."""
    if out.suffix.lower() == ".parquet":
        out.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(out, index=False)
    elif out.suffix.lower() == ".csv":
        text = io.StringIO()
        frame.to_csv(text, index=False, lineterminator="\n")
        write_atomic(out, text.getvalue())
    else:
        write_atomic(out, frame.to_json(orient="records", lines=True, force_ascii=False))
