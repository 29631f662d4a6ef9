"""A store's verdicts as one Parquet file."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alia_judge.records import Verdict
from alia_judge.runner.stored import Stored

__all__ = ["export_verdicts"]

#: Rows in memory at a time, and in a row group.
_BATCH = 8192


def export_verdicts(rows: Iterator[Stored], out: Path) -> int:
    """Write `rows` to `out`, which has its name only when it is whole; how many there were.

    The columns are ``configuration`` (a key) and ``parameters`` (JSON), ``model``, ``sample``, ``item`` (the digest of
    its texts), those of a `Verdict`, its parts as JSON, and those of its `Usage`; what the store does not know is null.
    """
    import pyarrow as pa
    import pyarrow.parquet as parquet

    schema = pa.schema(
        [
            # The same few long texts on every row: a dictionary of them takes no room.
            *((name, pa.dictionary(pa.int32(), pa.string())) for name in ("configuration", "parameters", "model")),
            ("sample", pa.int32()),
            ("item", pa.string()),
            ("score", pa.float64()),
            ("unscored", pa.string()),
            ("detail", pa.string()),
            ("parsed", pa.float64()),
            ("probabilities", pa.list_(pa.float64())),
            ("mass", pa.float64()),
            ("method", pa.string()),
            ("text", pa.string()),
            ("parts", pa.string()),
            ("revision", pa.string()),
            *((name, pa.int64()) for name in ("prompt_tokens", "completion_tokens", "cached_tokens")),
            ("cost", pa.float64()),
            ("seconds", pa.float64()),
        ]
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    count = 0
    try:
        with parquet.ParquetWriter(partial, schema) as writer:
            while batch := [_row(row) for row in itertools.islice(rows, _BATCH)]:
                writer.write_table(pa.Table.from_pylist(batch, schema))
                count += len(batch)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return count


def _row(stored: Stored) -> dict[str, Any]:
    verdict = stored.verdict
    key = {name: getattr(stored, name) for name in ("configuration", "parameters", "model", "sample", "item")}
    names = ("score", "unscored", "detail", "parsed", "probabilities", "mass", "method", "text", "revision")
    parts = {name: _part(part) for name, part in verdict.parts.items()}
    written = {"parts": json.dumps(parts, ensure_ascii=False) if parts else None}
    return {**key, **{name: getattr(verdict, name) for name in names}, **written, **vars(verdict.usage)}


def _part(part: Verdict) -> dict[str, Any]:
    """A part in JSON, without the usage that it has none of."""
    return {name: value for name, value in part.to_dict().items() if name != "usage"}
