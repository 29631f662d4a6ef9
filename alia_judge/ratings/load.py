"""`load_ratings`: whatever people have, as one `Ratings`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.ratings.assemble import assemble
from alia_judge.ratings.languages import with_languages
from alia_judge.ratings.opening import open_source
from alia_judge.ratings.readers.base import RawRatings, Reader, ReadOptions
from alia_judge.ratings.readers.registry import all_readers, reader_named
from alia_judge.ratings.readers.table import TableReader
from alia_judge.ratings.repeats import settle_repeats
from alia_judge.ratings.scale_specs import parse_scale
from alia_judge.ratings.source import Source
from alia_judge.ratings.split_ids import split_ids
from alia_judge.ratings.table import Ratings
from alia_judge.records import Scale

__all__ = ["load_ratings", "recognised"]


def load_ratings(
    source: Any,
    *,
    format: str | None = None,  # noqa: A002 - the word users look for, as pandas and datasets have it
    columns: Mapping[str, str | tuple[str, ...]] | None = None,
    scales: Mapping[str, Scale | str] | None = None,
    criterion: str | None = None,
    item_pattern: str | None = None,
    encoding: str | None = None,
    header: Sequence[str] | None = None,
    language: str | None = None,
    repeats: Literal["first", "last", "mean", "error"] = "first",
    invalid: Literal["raise", "keep"] = "raise",
) -> Ratings:
    """Read human ratings from whatever they are in.

    Parameters
    ----------
    source
        A file, also as ``.gz`` or ``.zip`` (at most 1 GiB unpacked); a list of files, or a folder of files, of the same
        columns; a data set saved by `datasets`; ``hf://datasets/ORG/NAME``; ``mlflow:EXPERIMENT``, the
        assessments of an MLflow experiment, or a list of its traces; a pandas or polars frame, a `datasets.Dataset` or
        `DatasetDict`; a list of records.
    format
        The layout's name (``"long"``, ``"basse"``, ``"nested"``, ...); by default it is told from the content.
    columns
        The source's column for each of the library's names, ``{"annotator_id": "who", "value": "stars"}``. What is
        left out is decided from the values of all columns together, with names as hints; `Ratings.roles` says how.
        Of ratings side by side, ``annotators``, ``criteria``, ``items`` (of a survey) or ``counts`` (of votes) names
        the columns: a sequence, or one text with commas between and ``*`` for any text. ``ignore`` names columns that
        are none of all this. Where nothing names the item, its texts tell it, or else its group and system.
    scales
        The scale of each criterion, or of those you know, as a `Scale` or in short (``"1-5"``, ``"bad<fair<good"``;
        see `parse_scale`); that of ``"*"`` is every other criterion's. What is left out is inferred; `Ratings.notes`
        says how.
    criterion
        What to call the criterion where the source names none; by default what the only column of ratings is called, or
        ``"rating"`` where that says no more than that.
    item_pattern
        Where ids hold more than the item: a regular expression that matches a whole id, with named groups for what it
        holds, ``r"(?P<group>.+)__(?P<system>.+)__(?P<criterion>.+)"``. Without a group ``item_id`` the id is what is
        left when the criterion is taken out.
    encoding
        Of a text file that is not UTF-8 (``"cp1252"``: a spreadsheet's CSV on Windows). UTF-16 is recognised.
    language
        Of every item that declares none, by its name in Spanish, Catalan, Basque, Galician or English
        (``"castellano"``) or its tag. Where no column and nobody says it, it is detected from the responses;
        `Ratings.notes` says what was found, and for how many it is in doubt.
    header
        The columns' names, of a delimited text file without a header line; a first line that has most of them itself is
        the header, and replaced.
    repeats
        What counts where one person rated an item twice on a criterion: the ``"first"`` rating, the ``"last"``, their
        ``"mean"``, or none (``"error"``). The same everywhere; check AJ001 names them.
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
    >>> for note in sorted(ratings.notes):
    ...     print(note)
    column 'item' read as item_id
    column 'rater' read as annotator_id
    column 'stars' read as value
    helpfulness: ordinal 1 to 5 (5 points) (inferred from the values)
    """
    opened = open_source(source, encoding=encoding, header=header)
    options = ReadOptions(columns=dict(columns or {}), named_criterion=criterion)
    opened.said = dict(options.columns)
    together = _of_parts(opened, options) if format is None else None
    reader = reader_named(format) if format is not None else TableReader() if together else _sniffed(opened)
    raw = together or _read(opened, reader, options)
    if item_pattern is not None:
        split_ids(raw, item_pattern, source=opened)
    opened.memo.clear()  # what told the layout takes as much memory as the ratings, and is not asked again
    declared = {name: parse_scale(scale) if isinstance(scale, str) else scale for name, scale in (scales or {}).items()}
    ratings = assemble(raw, source=opened, scales=declared, invalid=invalid)
    return with_languages(settle_repeats(ratings, repeats), language)


def _sniffed(source: Source) -> Reader:
    """The reader of the layout that this is; of a table that is not clearly any, the one that asks."""
    return recognised(source) or TableReader()


def recognised(source: Source) -> Reader | None:
    """The reader of the layout that this clearly is, if it is clearly one.

    Where the user names columns, the file is a table: the layouts of tools have none to name.
    """
    readers = [reader for reader in all_readers() if not source.said or isinstance(reader, TableReader)]
    return next((reader for reader in readers if reader.sniff(source)), None)


def _is_of_a_tool(reader: Reader) -> bool:
    """Whether a layout of this library is a tool's or a data set's, whose fields have its own names."""
    return type(reader).__module__.startswith(__package__ or "") and not isinstance(reader, TableReader)


def _read(source: Source, reader: Reader, options: ReadOptions) -> RawRatings:
    """What a reader makes of a source.

    Raises
    ------
    UsageError
        If columns are named that this reader does not use.
    """
    if options.columns and _is_of_a_tool(reader):
        named = ", ".join(f"{field}={name}" for field, name in options.columns.items())
        raise UsageError(
            message(
                "format {name!r} reads its tool's own fields and uses no named column ({named}); "
                "leave them out, or leave out the format",
                name=reader.name,
                named=named,
            )
        )
    return reader.read(source, options)


def _of_parts(source: Source, options: ReadOptions) -> RawRatings | None:
    """Several files of one tool, as one set of ratings; None where they are tables.

    Where the tool says nobody, each file is a person's, who has its name.
    """
    if not source.parts or options.columns:
        return None
    tools = filter(_is_of_a_tool, all_readers())
    reader = next((one for one in tools if all(one.sniff(part) for part in source.parts)), None)
    if reader is None:
        return None
    whole = RawRatings()
    for part in source.parts:
        raw = reader.read(part, options)
        n = len(raw.ratings.get("item_id", ()))
        raw.ratings.setdefault("annotator_id", [Path(part.name or "").name.partition(".")[0]] * n)
        whole.join(raw, file=str(part.name))
    return whole
