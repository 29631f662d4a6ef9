"""Scores on disk as they come, in the one layout of scores: Parquet, CSV or JSON lines, by the file's name."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock, Timeout

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.text.spreadsheet import defused

__all__ = ["RowWriter", "score_row", "scores_file"]

#: The columns of scores, and their types in Parquet.
_FRONT = {"item_id": "string", "judge": "string", "criterion": "string", "score": "double", "split": "string"}
#: What a verdict says besides, and its types.
_VERDICT = {
    "unscored": "string",
    "detail": "string",
    "parsed": "double",
    "probabilities": "list",
    "method": "string",
    "text": "string",
}


class RowWriter(Protocol):
    """Takes rows as `score_row` makes them, all with the columns of the first."""

    def write(self, rows: list[dict[str, Any]], /) -> None:
        """Append `rows`."""


def score_row(own: Mapping[str, Any], **ours: Any) -> dict[str, Any]:
    """One row: the score, then the input's own columns, then what else the verdict says.

    Parameters
    ----------
    own
        The input's own columns. One that is called as one of ours becomes ``input_...``; its ``item_id``, where that is
        what this item is called, is ours.
    **ours
        ``item_id``, ``judge``, ``criterion``, ``score`` and, where they are known, ``split`` and a verdict's fields.

    Examples
    --------
    >>> score_row({"zona": "sur", "score": "0.6"}, item_id="a", judge="j", criterion="tono", score=4.0)
    {'item_id': 'a', 'judge': 'j', 'criterion': 'tono', 'score': 4.0, 'zona': 'sur', 'input_score': '0.6'}
    """
    reserved = {*_FRONT, *_VERDICT}
    kept = {
        f"input_{name}" if name in reserved else name: value
        for name, value in own.items()
        if name != "item_id" or str(value) != ours["item_id"]
    }
    front = {name: value for name, value in ours.items() if name in _FRONT}
    return {**front, **kept, **{name: value for name, value in ours.items() if name not in _FRONT}}


@contextmanager
def scores_file(out: Path, *, source: str | Path | None = None) -> Iterator[RowWriter]:
    """A writer of `out`, which has its name only when it is whole.

    In CSV and JSON lines a missing value is empty or null; CSV holds what is no text and no number as JSON, and a text
    that a spreadsheet would run as a formula with an apostrophe before it, which `read_scores` takes off. In Parquet
    the input's own columns keep the types of `source` where that is Parquet too, and are text otherwise.

    Raises
    ------
    UsageError
        If the name ends in something else than ``.parquet``, ``.csv`` or ``.jsonl``.
    """
    kind = _KINDS.get(out.suffix.lower())
    if kind is None:
        raise UsageError(
            message(
                "{out}: scores are written as {kinds}; give it a name that ends so", out=out, kinds=", ".join(_KINDS)
            )
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    with _alone(out):
        try:
            with kind(partial, source) as writer:
                yield writer
            partial.replace(out)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Within, this is the one process that writes `out`: two would each pay for half, and keep one half."""
    lock = FileLock(out.with_name(f".{out.name}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UsageError(
            message(
                "{out}: another process is writing it; expected one at a time; wait for that one, or "
                "give --out another name (with --store both may share what is paid for)",
                out=out,
            )
        ) from None
    try:
        yield
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


@contextmanager
def _parquet(path: Path, source: str | Path | None) -> Iterator[RowWriter]:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    ours = {"string": pa.string(), "double": pa.float64(), "list": pa.list_(pa.float64())}
    given = source is not None and Path(source).suffix.lower() == ".parquet" and Path(source).is_file()
    theirs = {field.name: field.type for field in parquet.read_schema(source)} if given else {}

    def type_of(name: str) -> Any:
        known = _FRONT.get(name) or _VERDICT.get(name)
        return ours[known] if known is not None else theirs.get(name.removeprefix("input_"), pa.string())

    class Writer:
        def __init__(self) -> None:
            self.file: Any = None

        def write(self, rows: list[dict[str, Any]], /) -> None:
            if not rows:
                return
            if self.file is None:
                self.schema = pa.schema([(name, type_of(name)) for name in rows[0]])
                self.file = parquet.ParquetWriter(path, self.schema)
            text = {field.name for field in self.schema if field.type == pa.string()}
            plain = [{name: _text(value) if name in text else value for name, value in row.items()} for row in rows]
            self.file.write_table(pa.Table.from_pylist(plain, self.schema))

        def close(self) -> None:
            if self.file is None:
                parquet.write_table(pa.table({name: pa.array([], ours[kind]) for name, kind in _FRONT.items()}), path)
            else:
                self.file.close()

    writer = Writer()
    try:
        yield writer
    finally:
        writer.close()


@contextmanager
def _csv(path: Path, source: str | Path | None) -> Iterator[RowWriter]:  # noqa: ARG001 - as every kind is called
    class Writer:
        names: tuple[str, ...] | None = None

        def write(self, rows: list[dict[str, Any]], /) -> None:
            if self.names is None and rows:
                self.names = tuple(rows[0])
                self.line([defused(name) for name in self.names])
            for row in rows:
                self.line([_cell(row.get(name)) for name in self.names or ()])

        def line(self, cells: list[Any]) -> None:
            # Python quotes a cell for its own line end alone, and every reader takes a carriage return for one.
            returns = any(isinstance(cell, str) and "\r" in cell for cell in cells)
            (quoted if returns else plain).writerow(cells)

    with path.open("w", encoding="utf-8", newline="") as file:
        plain = csv.writer(file, lineterminator="\n")
        quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        yield Writer()


@contextmanager
def _lines(path: Path, source: str | Path | None) -> Iterator[RowWriter]:  # noqa: ARG001 - as every kind is called
    class Writer:
        def write(self, rows: list[dict[str, Any]], /) -> None:
            file.writelines(f"{json.dumps(row, ensure_ascii=False, default=str)}\n" for row in rows)

    with path.open("w", encoding="utf-8") as file:
        yield Writer()


def _cell(value: Any) -> Any:
    """A cell of CSV: numbers as they are, text that is no formula in a spreadsheet, anything else as JSON."""
    if isinstance(value, str):
        return defused(value)
    return value if value is None or isinstance(value, (int, float)) else _text(value)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False, default=str)


_KINDS = {".parquet": _parquet, ".csv": _csv, ".jsonl": _lines}
