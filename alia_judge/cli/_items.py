"""Items to be rated, from whatever has some: ratings, a benchmark, or a table that nobody has rated yet."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from alia_judge.cli._benchmark import open_ratings
from alia_judge.cli._options import ReadingOptions, column_mapping
from alia_judge.errors import DataError, UsageError

if TYPE_CHECKING:
    from alia_judge.ratings import Ratings
    from alia_judge.records import Item

__all__ = ["open_items"]


def open_items(
    source: str,
    criteria: Collection[str],
    read: ReadingOptions,
) -> tuple[tuple[Item, ...], Ratings | None]:
    """The items, each once; and the ratings of them, where somebody is named in them or some of `criteria` was rated.

    Raises
    ------
    DataError
        If there are neither ratings nor items in it.
    """
    from alia_judge.ratings.items import iter_items

    rated: Ratings | None = None
    table = read.format is None and Path(source).is_file()
    try:
        rated = open_ratings(source, read)
    except (DataError, UsageError):
        if not table:
            raise
    else:
        if rated.annotators or not set(criteria).isdisjoint(rated.criteria):
            return rated.items(), rated
    # A number beside each text may have been taken for a rating.
    try:
        columns = column_mapping(read.column)
        return tuple(iter_items(source, columns=columns, encoding=read.encoding, language=read.language)), None
    except (DataError, UsageError):
        if rated is None:
            raise
        return rated.items(), None
