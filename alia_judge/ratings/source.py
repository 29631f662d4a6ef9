"""`Source`: what the user handed to `load_ratings`, opened as a table or as a document, every row with its line."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.ratings.json_lines import line_of_repeat, lines_of_elements, loads_strictly, repeated_key
from alia_judge.ratings.tables import (
    Table,
    encoding_problem,
    is_text,
    read_delimited,
    read_excel,
    read_parquet,
    table_of_frame,
    table_of_records,
)
from alia_judge.records import Scale

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PARQUET_METADATA", "Source", "Table"]

#: Key of a Parquet file's metadata that holds what columns cannot say.
PARQUET_METADATA = b"alia_judge.ratings"

_DELIMITED = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_JSON_LINES = {".jsonl", ".ndjson"}
_PARQUET = {".parquet", ".pq"}
_EXCEL = {".xlsx", ".xlsm", ".xls", ".ods"}
#: Records that sniffing looks at.
_PEEKED = 20
#: Bytes of a text file that decide its delimiter and whether it is JSON.
_HEAD = 65536


class Source:
    """A file, a data frame or a data set, opened once, as whatever a reader needs.

    Parameters
    ----------
    given
        A path, a pandas or polars frame, a `datasets.Dataset`, or a list of records (mappings).
    name
        What errors call it; the path by default.

    Raises
    ------
    DataError
        If a path does not exist or is no text, Parquet or Excel file.
    UsageError
        If `given` is none of the above.
    """

    def __init__(self, given: Any, *, name: str | None = None) -> None:
        self.given = given
        self.path: Path | None = Path(given) if isinstance(given, (str, Path)) else None
        self.name = name or (str(given) if self.path is not None else None)
        if self.path is not None and not self.path.is_file():
            raise DataError(
                Problem(
                    file=self.name,
                    what="there is no such file" if not self.path.exists() else "this is a folder",
                    expected="a file of ratings",
                    remedy="check the path",
                )
            )

    @cached_property
    def kind(self) -> str:
        """``"delimited"``, ``"jsonl"``, ``"json"``, ``"parquet"``, ``"excel"``, ``"frame"`` or ``"records"``."""
        if self.path is None:
            if isinstance(self.given, Sequence) and not isinstance(self.given, (str, bytes)):
                return "records"
            if _is_frame(self.given):
                return "frame"
            raise UsageError(
                f"ratings can be read from a path, a pandas or polars frame, a datasets.Dataset or a list of records, "
                f"got {type(self.given).__qualname__}"
            )
        suffix = self.path.suffix.lower()
        if suffix in _PARQUET or self._head.startswith(b"PAR1"):
            return "parquet"
        if suffix in _EXCEL:
            return "excel"
        return self._text_kind(suffix)

    def _text_kind(self, suffix: str) -> str:
        head = self._head_text.lstrip()
        if suffix in _DELIMITED:
            return "delimited"
        if head[:1] not in ("{", "["):
            return "jsonl" if suffix in _JSON_LINES else ("json" if suffix == ".json" else "delimited")
        if suffix in _JSON_LINES:
            return "jsonl"
        # One JSON object a line under any name: the first line is a whole value and more lines follow.
        first, _, rest = head.partition("\n")
        return "jsonl" if rest.strip()[:1] == "{" and _is_json(first) else "json"

    @cached_property
    def _head(self) -> bytes:
        with self._require_path().open("rb") as stream:
            return stream.read(_HEAD)

    @property
    def _head_text(self) -> str:
        return self._head.decode("utf-8-sig", errors="ignore")

    def _require_path(self) -> Path:
        if self.path is None:
            raise UsageError(f"{type(self.given).__qualname__} is not a file")
        return self.path

    def peek(self) -> list[dict[str, Any]]:
        """The first few records, for sniffing; empty where there are none or they cannot be read."""
        if self.kind == "delimited":
            rows = itertools.islice(csv.DictReader(io.StringIO(self._head_text), delimiter=self.delimiter), _PEEKED)
            return [dict(row) for row in rows]
        if self.kind == "jsonl":
            lines = itertools.islice((line for _, line in self._lines() if line.strip()), _PEEKED)
            values = [_loads_or_none(line) for line in lines]
            return [value for value in values if isinstance(value, dict)]
        if self.kind == "json":
            value = self.document()
            listed = value if isinstance(value, list) else []
            return [record for record in listed[:_PEEKED] if isinstance(record, dict)]
        table = self.table()
        return [
            {name: values[row] for name, values in table.columns.items()} for row in range(min(_PEEKED, len(table)))
        ]

    @cached_property
    def delimiter(self) -> str:
        """What separates the fields of a delimited file: by the suffix, else the commonest candidate in the header."""
        suffix = self._require_path().suffix.lower()
        header = self._head_text.partition("\n")[0]
        counts = {mark: header.count(mark) for mark in (",", "\t", ";", "|")}
        likeliest = max(counts, key=lambda mark: counts[mark])
        if suffix in _DELIMITED and (counts[_DELIMITED[suffix]] or not counts[likeliest]):
            return _DELIMITED[suffix]
        return likeliest if counts[likeliest] else ","

    def table(self) -> Table:
        """The source as rows and columns.

        Raises
        ------
        DataError
            If it has none: a JSON document that is no list of objects, or a file that is not what its name says.
        """
        return self._table

    @cached_property
    def _table(self) -> Table:
        if self.kind == "delimited":
            return read_delimited(self._require_path(), self.name, self.delimiter)
        if self.kind == "jsonl":
            return table_of_records(self.records(), self.name)
        if self.kind == "json":
            return table_of_records(self.records(), self.name)
        if self.kind == "records":
            numbered = ((row, record) for row, record in enumerate(self.given, start=1))
            return table_of_records(numbered, self.name, numbered=False)
        if self.kind == "parquet":
            return table_of_frame(read_parquet(self._require_path(), self.name))
        if self.kind == "excel":
            return table_of_frame(read_excel(self._require_path(), self.name))
        return table_of_frame(_as_pandas(self.given))

    def records(self) -> Iterator[tuple[int | None, Any]]:
        """Each record with its physical line; a line that is no JSON comes as a `Problem` in the record's place."""
        if self.kind == "jsonl":
            yield from self._json_lines()
            return
        if self.kind == "json":
            value = self.document()
            elements = value if isinstance(value, list) else [value]
            yield from zip(lines_of_elements(self.text), elements, strict=True)
            return
        table = self.table()
        names = list(table.columns)
        for row, values in enumerate(zip(*table.columns.values(), strict=True)):
            yield (table.lines[row] if table.lines else row + 1), dict(zip(names, values, strict=True))

    def _lines(self) -> Iterator[tuple[int, str]]:
        with self._require_path().open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as stream:
            yield from enumerate(stream, start=1)

    def _json_lines(self) -> Iterator[tuple[int, Any]]:
        for line, text in self._lines():
            if not text.strip():
                continue
            if not is_text(text):
                yield line, encoding_problem(self.name, line)
                continue
            repeated: list[str] = []
            try:
                value = loads_strictly(text, repeated)
            except json.JSONDecodeError as error:
                what = f"not JSON at column {error.colno}: {error.msg}"
                remedy = "repair or remove the line (a line cut short by an interrupted export looks like this)"
                yield (
                    line,
                    Problem(file=self.name, line=line, what=what, expected="one JSON object a line", remedy=remedy),
                )
                continue
            yield line, repeated_key(self.name, line, repeated[0]) if repeated else value

    def document(self) -> Any:
        """The whole file as one JSON value.

        Raises
        ------
        DataError
            If it is not JSON, or an object says the same key twice (JSON keeps only the last, silently).
        """
        return self._document

    @cached_property
    def _document(self) -> Any:
        text = self.text
        repeated: list[str] = []
        try:
            value = loads_strictly(text, repeated)
        except json.JSONDecodeError as error:
            raise DataError(
                Problem(
                    file=self.name,
                    line=error.lineno,
                    what=f"not JSON at column {error.colno}: {error.msg}",
                    expected="one JSON document",
                    remedy="repair the file; one object a line is a .jsonl",
                )
            ) from error
        if repeated:
            keys = dict.fromkeys(repeated)
            raise DataError([repeated_key(self.name, line_of_repeat(text, key), key) for key in keys])
        return value

    @cached_property
    def text(self) -> str:
        """The whole file as text.

        Raises
        ------
        DataError
            If it is not UTF-8; the line is named.
        """
        raw = self._require_path().read_bytes()
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DataError(encoding_problem(self.name, raw.count(b"\n", 0, error.start) + 1)) from error

    @cached_property
    def declared_scales(self) -> dict[str, Scale]:
        """The scales that `Ratings.to_parquet` wrote into a file; none elsewhere."""
        if self.kind != "parquet":
            return {}
        import pyarrow.parquet

        metadata = pyarrow.parquet.read_schema(self._require_path()).metadata or {}
        raw = metadata.get(PARQUET_METADATA)
        return {name: Scale.from_dict(scale) for name, scale in json.loads(raw)["scales"].items()} if raw else {}


def _is_frame(given: Any) -> bool:
    # pandas, polars and datasets.Dataset are told by what they can do, so that none is imported to ask.
    return hasattr(given, "to_pandas") or (hasattr(given, "columns") and hasattr(given, "iloc"))


def _as_pandas(given: Any) -> pd.DataFrame:
    import pandas as pd

    if isinstance(given, pd.DataFrame):
        return given
    frame = given.to_pandas()
    return frame if isinstance(frame, pd.DataFrame) else pd.concat(frame)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    return True


def _loads_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None
