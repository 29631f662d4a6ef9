"""`load_ratings`: whatever people have, as one `Ratings`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from alia_judge.errors import DataError, Problem
from alia_judge.ratings.assemble import assemble
from alia_judge.ratings.columns import known_names
from alia_judge.ratings.readers.base import Reader, ReadOptions
from alia_judge.ratings.readers.registry import all_readers, reader_named
from alia_judge.ratings.source import Source
from alia_judge.ratings.table import Ratings
from alia_judge.records import Scale

__all__ = ["load_ratings"]


def load_ratings(
    source: Any,
    *,
    format: str | None = None,  # noqa: A002 - the word users look for, as pandas and datasets have it
    columns: Mapping[str, str | tuple[str, ...]] | None = None,
    scales: Mapping[str, Scale] | None = None,
    criterion: str = "rating",
    invalid: Literal["raise", "keep"] = "raise",
) -> Ratings:
    """Read human ratings from whatever they are in.

    Parameters
    ----------
    source
        A file or folder, a pandas or polars frame, a `datasets.Dataset` or `DatasetDict`, or a list of records.
    format
        The layout's name (``"long"``, ``"basse"``, ``"nested"``, ...); by default it is told from the content.
    columns
        The source's column for each of the library's names, ``{"annotator_id": "who", "value": "stars"}``. What is
        left out is guessed from common names; `Ratings.notes` says what was.
    scales
        The scale of each criterion, or of those you know. What is left out is inferred; `Ratings.notes` says how.
    criterion
        What to call the criterion where the source names none.
    invalid
        ``"raise"``: a value that is not on its scale is an error. ``"keep"``: it becomes a missing value that
        keeps what was found, for the checks to report.

    Returns
    -------
    Ratings
        The long table, the items, the scales.

    Raises
    ------
    DataError
        With a `Problem` for every row that cannot be used: its file, line and field, what was found, what was
        expected and what to do. Nothing is dropped silently.
    UsageError
        If `format` or a column is unknown, or `source` is of no kind that can be read.

    Examples
    --------
    >>> ratings = load_ratings(
    ...     [
    ...         {"item": "a", "rater": "ana", "stars": 4},
    ...         {"item": "a", "rater": "jon", "stars": 5},
    ...         {"item": "b", "rater": "ana", "stars": 1},
    ...     ],
    ...     criterion="helpfulness",
    ... )
    >>> for note in ratings.notes:
    ...     print(note)
    column 'item' read as item_id
    column 'rater' read as annotator_id
    column 'stars' read as value
    helpfulness: ordinal 1 to 5 (5 points) (inferred from the values)
    """
    opened = source if isinstance(source, Source) else Source(source)
    reader = reader_named(format) if format is not None else _sniffed(opened)
    raw = reader.read(opened, ReadOptions(columns=dict(columns or {}), criterion=criterion))
    return assemble(raw, source=opened, scales=scales, invalid=invalid)


def _sniffed(source: Source) -> Reader:
    readers = all_readers()
    for reader in readers:
        if reader.sniff(source):
            return reader
    if source.kind in ("delimited", "parquet", "excel", "frame", "records", "jsonl"):
        # A table with unknown columns, or one that does not parse: the plainest reader says what is wrong with it.
        return reader_named("long")
    raise DataError(
        Problem(
            file=source.name,
            line=1,
            what="a layout that no reader knows",
            expected=f"one of: {', '.join(sorted(reader.name for reader in readers))}",
            remedy=f"say which with format=, or bring it to columns {', '.join(known_names()[:4])}",
        )
    )
