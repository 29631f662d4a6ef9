"""Verdicts on disk as they come: Parquet, CSV or JSON lines, by the file's name."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from alia_judge.errors import UsageError

__all__ = ["RowWriter", "verdict_file"]

#: The columns, and their types in Parquet.
_COLUMNS = {
    "item_id": "string",
    "criterion": "string",
    "score": "double",
    "unscored": "string",
    "detail": "string",
    "parsed": "double",
    "probabilities": "list",
    "method": "string",
    "text": "string",
}


class RowWriter(Protocol):
    """Takes rows with the columns of a verdict file."""

    def write(self, rows: list[dict[str, Any]], /) -> None:
        """Append `rows`."""


@contextmanager
def verdict_file(out: Path) -> Iterator[RowWriter]:
    """A writer of `out`, which has its name only when it is whole.

    In CSV and JSON lines a missing value is empty or null; CSV holds the probabilities as a JSON list.

    Raises
    ------
    UsageError
        If the name ends in something else than ``.parquet``, ``.csv`` or ``.jsonl``.
    """
    kind = _KINDS.get(out.suffix.lower())
    if kind is None:
        raise UsageError(f"{out}: verdicts are written as {', '.join(_KINDS)}; give --out a name that ends so")
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    try:
        with kind(partial) as writer:
            yield writer
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _parquet(path: Path) -> Iterator[RowWriter]:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    types = {"string": pa.string(), "double": pa.float64(), "list": pa.list_(pa.float64())}
    schema = pa.schema([(name, types[kind]) for name, kind in _COLUMNS.items()])

    class Writer:
        def write(self, rows: list[dict[str, Any]], /) -> None:
            file.write_table(pa.Table.from_pylist(rows, schema))

    with parquet.ParquetWriter(path, schema) as file:
        yield Writer()


@contextmanager
def _csv(path: Path) -> Iterator[RowWriter]:
    class Writer:
        def write(self, rows: list[dict[str, Any]], /) -> None:
            for row in rows:
                spread = row["probabilities"]
                table.writerow({**row, "probabilities": None if spread is None else json.dumps(list(spread))})

    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(_COLUMNS), lineterminator="\n")
        table.writeheader()
        yield Writer()


@contextmanager
def _lines(path: Path) -> Iterator[RowWriter]:
    class Writer:
        def write(self, rows: list[dict[str, Any]], /) -> None:
            file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)

    with path.open("w", encoding="utf-8") as file:
        yield Writer()


_KINDS = {".parquet": _parquet, ".csv": _csv, ".jsonl": _lines}
