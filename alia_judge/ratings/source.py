"""`Source`: what the user handed to `load_ratings`, opened as a table or as a document, every row with its line."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge._messages import message
from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.ratings.compressed import Unpacked, is_compressed, unpack
from alia_judge.ratings.delimited import read_delimited, rows_of_text
from alia_judge.ratings.dialect import CsvDialect, guess_dialect
from alia_judge.ratings.headers import find_header
from alia_judge.ratings.json_lines import (
    LineIndex,
    as_one_document,
    begins_over_lines,
    cut_characters,
    half_a_character,
    holds_half,
    line_of_repeat,
    lines_of_elements,
    loads_strictly,
    repeated_key,
    strict_decoder,
    unreadable,
)
from alia_judge.ratings.tables import (
    RawTable,
    encoding_problem,
    is_text,
    read_parquet,
    table_of_frame,
    table_of_records,
    with_class_labels,
)
from alia_judge.ratings.workbook import read_workbook
from alia_judge.records import Scale

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PARQUET_METADATA", "RawTable", "Source", "class_labels"]

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
#: Share of every other byte that is zero in UTF-16.
_MOSTLY_ZERO = 0.7
#: Bytes read at a time where a whole file is looked through.
_BLOCK = 1 << 20
#: What spreadsheets on Windows write, and a superset of Latin-1's letters.
_WESTERN = "cp1252"
_ASCII = bytes(range(128))
#: What Spanish, Catalan, Basque, Galician and English write beyond ASCII, as Windows-1252 has it. Files of other
#: encodings hold other bytes as well: Czech, Polish and Turkish letters, those of a Mac and of DOS, halves of UTF-8.
_WESTERN_LETTERS = frozenset("ÁÉÍÓÚÜÑÇÀÈÒÏáéíóúüñçàèòï".encode(_WESTERN))
_WESTERN_MARKS = frozenset("·ªº°´¿¡«»“”‘’–—…€\xa0".encode(_WESTERN))
_GUESSED_WESTERN = (
    "read as Windows-1252, as it is not UTF-8 and holds only letters that Spanish, Catalan, Basque and Galician write"
)
#: How a page, or a document of a markup language, begins.
_MARKUP = ("<!doctype", "<html", "<?xml", "<table", "<head", "<body")


class Source:
    """A file, a data frame or a data set, opened once, as whatever a reader needs.

    Parameters
    ----------
    given
        A path, a pandas or polars frame, a `datasets.Dataset`, or a list of records (mappings).
    name
        What errors call it; the path by default.
    encoding
        Of a text file; UTF-8 by default, or UTF-16 where the file itself says so (a byte order mark).
    header
        The columns' names of a delimited file without a header line.

    Raises
    ------
    DataError
        If a path does not exist or is no text, Parquet or Excel file, or one of these as .gz or .zip.
    UsageError
        If `given` is none of the above, or there is no such encoding.
    """

    def __init__(
        self,
        given: Any,
        *,
        name: str | None = None,
        encoding: str | None = None,
        header: Sequence[str] | None = None,
    ) -> None:
        self.given = given
        self.header = None if header is None else list(header)
        #: What the user said of the columns, for readers that tell their layout by it.
        self.said: dict[str, str | tuple[str, ...]] = {}
        #: What readers found out of it, so that they do so once.
        self.memo: dict[Any, Any] = {}
        self._said_encoding = encoding
        if encoding is not None and not _is_encoding(encoding):
            raise UsageError(
                message(
                    "there is no encoding {encoding!r}; Python knows utf-8, cp1252, latin-1, utf-16, ...",
                    encoding=encoding,
                )
            )
        self.path: Path | None = Path(given) if isinstance(given, (str, Path)) else None
        self.name = name or (str(given) if self.path is not None else None)
        #: Files of an archive of several, each a source.
        self.parts: list[Source] = []
        self._unpacked: Unpacked | None = None
        if self.path is not None:
            self._check(self.path)
            if is_compressed(self.path):
                self._open_compressed(self.path)
        elif isinstance(given, Sequence) and given and all(isinstance(part, Source) for part in given):
            self.parts = list(given)

    def _check(self, path: Path) -> None:
        if path.is_file():
            return
        what = message("there is no such file")
        if path.exists():
            what = (
                message("this is a folder")
                if path.is_dir()
                else message("this is a pipe or a device, and can be read only once")
            )
        remedy = (
            message("check the path") if not path.exists() or path.is_dir() else message("write it to a file first")
        )
        raise DataError(Problem(file=self.name, what=what, expected=message("a file"), remedy=remedy))

    def _open_compressed(self, path: Path) -> None:
        self._unpacked = unpack(path)
        if len(self._unpacked.paths) == 1:
            self.path = self._unpacked.paths[0]
            return
        self.path = None
        self.given = self.parts = [
            Source(part, name=f"{self.name}:{part.name}", encoding=self._said_encoding, header=self.header)
            for part in self._unpacked.paths
        ]

    @cached_property
    def kind(self) -> str:
        """``delimited``, ``jsonl``, ``json``, ``parquet``, ``excel``, ``frame``, ``records`` or ``several``."""
        if self.parts:
            return "several"
        if self.path is None:
            if isinstance(self.given, Sequence) and not isinstance(self.given, (str, bytes)):
                return "records"
            if _is_frame(self.given):
                return "frame"
            raise UsageError(
                message(
                    "ratings can be read from a path, a pandas or polars frame, a datasets.Dataset or a "
                    "list of records, got {qualname}",
                    qualname=type(self.given).__qualname__,
                )
            )
        suffix = self.path.suffix.lower()
        if suffix in _PARQUET or self._head.startswith(b"PAR1"):
            return "parquet"
        if suffix in _EXCEL:
            return "excel"
        return self._text_kind(suffix)

    def _text_kind(self, suffix: str) -> str:
        head = self._head_text.lstrip()
        if head[:9].casefold().startswith(_MARKUP) or suffix in (".html", ".htm", ".xml"):
            raise DataError(
                Problem(
                    file=self.name,
                    what=message("a web page or an XML document"),
                    expected=message("a table (CSV, a workbook, Parquet) or JSON"),
                    remedy=message(
                        "open it in a spreadsheet and save it as .xlsx or .csv, or export it again as one of these"
                    ),
                )
            )
        if suffix in _DELIMITED:
            return "delimited"
        if head[:1] not in ("{", "["):
            return "jsonl" if suffix in _JSON_LINES else ("json" if suffix == ".json" else "delimited")
        if suffix in _JSON_LINES:
            return "json" if begins_over_lines(head) else "jsonl"
        # One JSON object a line under any name: the first line is a whole value and more lines follow.
        first, _, rest = head.partition("\n")
        return "jsonl" if rest.strip()[:1] == "{" and _is_json(first) else "json"

    @cached_property
    def _head(self) -> bytes:
        with self._require_path().open("rb") as stream:
            return stream.read(_HEAD)

    @property
    def _head_text(self) -> str:
        return self._head.decode(self.encoding, errors="ignore")

    @cached_property
    def encoding(self) -> str:
        """Of a text file: what the user said, what its byte order mark or its bytes say, or UTF-8."""
        if self._said_encoding is not None:
            return self._said_encoding
        if self._head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        # Half of the bytes of Latin letters in UTF-16 are zero, and none are in any other encoding.
        zeros = [self._head[half::2].count(0) for half in (0, 1)]
        if max(zeros) > _MOSTLY_ZERO * len(self._head) / 2 and min(zeros) == 0:
            return "utf-16-le" if zeros[1] else "utf-16-be"
        return _WESTERN if self._is_western() else "utf-8-sig"

    def _is_western(self) -> bool:
        """Whether a file that is not UTF-8 is Windows-1252 or Latin-1 beyond doubt: see `_WESTERN_LETTERS`."""
        path = self._require_path()
        utf_8 = codecs.getincrementaldecoder("utf-8")()
        try:
            with path.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    utf_8.decode(block)
            utf_8.decode(b"", final=True)
        except UnicodeDecodeError:
            found: set[int] = set()
            with path.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    found.update(block.translate(None, _ASCII))
            return found <= _WESTERN_LETTERS | _WESTERN_MARKS and not found <= _WESTERN_MARKS
        return False

    @property
    def reading_notes(self) -> list[str]:
        """What was guessed of the file before anything in it was read."""
        if self.parts:
            return list(dict.fromkeys(note for part in self.parts for note in part.reading_notes))
        if self._said_encoding is not None or self.kind not in ("delimited", "jsonl", "json"):
            return []
        return [f"encoding: {_GUESSED_WESTERN}"] if self.encoding == _WESTERN else []

    def _require_path(self) -> Path:
        if self.path is None:
            raise UsageError(message("{qualname} is not a file", qualname=type(self.given).__qualname__))
        return self.path

    def peek(self) -> list[dict[str, Any]]:
        """The first few records, for sniffing; empty where there are none or they cannot be read."""
        if self.kind == "delimited":
            return self._peek_delimited()
        if self.kind == "jsonl":
            lines = itertools.islice((line for _, line in self._lines() if line.strip()), _PEEKED)
            values = [_loads_or_none(line) for line in lines]
            return [value for value in values if isinstance(value, dict)]
        if self.kind == "json":
            listed = self._listed[1]
            return [record for record in listed[:_PEEKED] if isinstance(record, dict)]
        if self.parts:
            return []
        table = self.table()
        return [
            {name: values[row] for name, values in table.columns.items()} for row in range(min(_PEEKED, len(table)))
        ]

    def _peek_delimited(self) -> list[dict[str, Any]]:
        reader = rows_of_text(io.StringIO(self._head_text, newline=""), self.dialect, strict=False)
        try:
            header = find_header(reader)
            rows = list(itertools.islice((row for row in reader if any(row)), _PEEKED)) if header else []
        except csv.Error:
            # Reading the file says what is wrong and where.
            return []
        return [dict(zip(header.names, row, strict=False)) for row in rows] if header else []

    @cached_property
    def dialect(self) -> CsvDialect:
        """How the fields of a delimited file are parted."""
        path = self._require_path()
        return guess_dialect(path, self.encoding, self._head_text, _DELIMITED.get(path.suffix.lower()))

    def tables(self) -> list[RawTable]:
        """The source as tables of rows and columns: one, but of a workbook whose sheets differ.

        Raises
        ------
        DataError
            As `table`.
        """
        if self.kind == "excel":
            return self._sheets
        if self.parts:
            return [table for part in self.parts for table in part.tables()]
        return [self.table()]

    def table(self) -> RawTable:
        """The source as rows and columns.

        Raises
        ------
        DataError
            If it has none: a JSON document that is no list of objects, or a file that is not what its name says.
        """
        return self._table

    @cached_property
    def _table(self) -> RawTable:
        if self.kind == "delimited":
            return read_delimited(
                self._require_path(), self.name, self.dialect, encoding=self.encoding, header=self.header
            )
        if self.header is not None:
            raise UsageError(message("header names the columns of a delimited text file, and this is none"))
        if self.kind == "jsonl":
            return table_of_records(self.records(), self.name)
        if self.kind == "json":
            return table_of_records(self.records(), self.name)
        if self.kind == "records":
            numbered = (
                (row, half_a_character(self.name, row) if holds_half(record) else record)
                for row, record in enumerate(self.given, start=1)
            )
            return table_of_records(numbered, self.name, numbered=False)
        if self.kind == "parquet":
            return table_of_frame(read_parquet(self._require_path(), self.name))
        if self.kind in ("excel", "several"):
            return self.tables()[0]
        return table_of_frame(_as_pandas(self.given))

    @cached_property
    def _sheets(self) -> list[RawTable]:
        return read_workbook(self._require_path(), self.name)

    def records(self) -> Iterator[tuple[int | None, Any]]:
        """Each record with its physical line; a line that is no JSON comes as a `Problem` in the record's place."""
        if self.kind == "jsonl":
            yield from self._json_lines()
            return
        if self.kind == "json":
            key, elements = self._listed
            if not elements and not isinstance(self.document(), list):
                elements = [self.document()]
            yield from zip(lines_of_elements(self.text, key), elements, strict=True)
            return
        table = self.table()
        names = list(table.columns)
        for row, values in enumerate(zip(*table.columns.values(), strict=True)):
            yield (table.lines[row] if table.lines else row + 1), dict(zip(names, values, strict=True))

    @cached_property
    def _listed(self) -> tuple[str | None, list[Any]]:
        """The elements of a JSON document, or those of the only list of objects in it, and its key."""
        value = self.document()
        if isinstance(value, list):
            return None, value
        lists = (
            [(key, found) for key, found in value.items() if isinstance(found, list) and _are_objects(found)]
            if isinstance(value, dict)
            else []
        )
        return lists[0] if len(lists) == 1 else (None, [])

    def _lines(self) -> Iterator[tuple[int, str]]:
        with self._require_path().open(encoding=self.encoding, errors="surrogateescape", newline="\n") as stream:
            yield from enumerate(stream, start=1)

    def first_bad_line(self) -> int | None:
        """The first line of a text file that is not in its encoding."""
        return next((line for line, text in self._lines() if not is_text(text)), None)

    def _json_lines(self) -> Iterator[tuple[int, Any]]:
        repeated: list[str] = []
        decoder = strict_decoder(repeated)
        for line, text in self._lines():
            if not text.strip():
                continue
            if not is_text(text):
                yield line, encoding_problem(self.name, line, self.encoding)
                continue
            repeated.clear()
            try:
                values = _values_in(text, decoder)
            except (ValueError, RecursionError) as error:
                what = unreadable(error)
                remedy = message(
                    "repair or remove the line (a line cut short by an interrupted export looks like this)"
                )
                yield (
                    line,
                    Problem(
                        file=self.name, line=line, what=what, expected=message("one JSON object a line"), remedy=remedy
                    ),
                )
                continue
            if cut_characters(text) is not None:
                yield line, half_a_character(self.name, line)
                continue
            if repeated:
                yield line, repeated_key(self.name, line, repeated[0])
                continue
            yield from ((line, value) for value in values)

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
        repeated: list[str] = []
        try:
            value = self._one_value(repeated)
        except (ValueError, RecursionError) as error:
            raise DataError(
                Problem(
                    file=self.name,
                    line=getattr(error, "lineno", 1),
                    what=unreadable(error),
                    expected=message("one JSON document, or objects one after another"),
                    remedy=message("repair the file there"),
                )
            ) from error
        text = self.text
        if repeated:
            keys = dict.fromkeys(repeated)
            raise DataError([repeated_key(self.name, line_of_repeat(text, key), key) for key in keys])
        half = cut_characters(text)
        if half is not None:
            raise DataError(half_a_character(self.name, text.count("\n", 0, half) + 1))
        return value

    def _one_value(self, repeated: list[str]) -> Any:
        """The document's value; several that stand one after another become a list."""
        try:
            return loads_strictly(self.text, repeated)
        except json.JSONDecodeError as error:
            if error.msg != "Extra data":
                raise
        repeated.clear()
        self.text = as_one_document(self.text)
        return loads_strictly(self.text, repeated)

    def line_of(self, path: Sequence[str | int]) -> int | None:
        """The line of a JSON document on which the value at `path` begins; None where the source has no lines."""
        if self.path is None or self.kind != "json":
            return None
        return self._line_index.line(path)

    @cached_property
    def _line_index(self) -> LineIndex:
        return LineIndex(self.text)

    @cached_property
    def text(self) -> str:
        """The whole file as text.

        Raises
        ------
        DataError
            If it is not in its encoding; the line is named.
        """
        raw = self._require_path().read_bytes()
        try:
            return raw.decode(self.encoding)
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise DataError(encoding_problem(self.name, line, self.encoding)) from error

    @cached_property
    def declared_scales(self) -> dict[str, Scale]:
        """The scales that `Ratings.to_parquet` wrote into a file; none elsewhere."""
        if self.kind != "parquet":
            return {}
        import pyarrow.parquet

        metadata = pyarrow.parquet.read_schema(self._require_path()).metadata or {}
        raw = metadata.get(PARQUET_METADATA)
        return {name: Scale.from_dict(scale) for name, scale in json.loads(raw)["scales"].items()} if raw else {}


def _are_objects(listed: list[Any]) -> bool:
    return bool(listed) and all(isinstance(element, dict) for element in listed[:_PEEKED])


def _values_in(line: str, decoder: json.JSONDecoder) -> list[Any]:
    """The JSON value on a line; the objects of a list of them, and of several values one after another."""
    try:
        value = decoder.decode(line)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise
        value = decoder.decode(as_one_document(line))
    return value if isinstance(value, list) and value and all(isinstance(one, dict) for one in value) else [value]


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def _is_frame(given: Any) -> bool:
    # pandas, polars and datasets.Dataset are told by what they can do, so that none is imported to ask.
    return hasattr(given, "to_pandas") or (hasattr(given, "columns") and hasattr(given, "iloc"))


def _as_pandas(given: Any) -> pd.DataFrame:
    import pandas as pd

    if isinstance(given, pd.DataFrame):
        return given
    frame = given.to_pandas()
    frame = frame if isinstance(frame, pd.DataFrame) else pd.concat(frame)
    return with_class_labels(frame, class_labels(given))


def class_labels(given: Any) -> dict[str, list[str]]:
    """The names of a data set's class labels, by column."""
    features = getattr(given, "features", None) or {}
    return {name: list(found) for name, one in features.items() if (found := getattr(one, "names", None))}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _loads_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
