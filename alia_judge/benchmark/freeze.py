"""A benchmark as a folder: Parquet that `datasets` reads, a datasheet for people, a checksum of every byte."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alia_judge._json import dumps, jsonable, write_atomic
from alia_judge._messages import message
from alia_judge._version import __version__
from alia_judge.benchmark.benchmark import Benchmark
from alia_judge.benchmark.datasheet import write_datasheet
from alia_judge.benchmark.ledger import TestLedger
from alia_judge.benchmark.splits import SPLIT_NAMES
from alia_judge.errors import ArtifactError, UsageError
from alia_judge.ratings.columns import IMAGES, ITEM_FIELDS
from alia_judge.ratings.conversations import turns_of, written_turns
from alia_judge.ratings.table import Ratings
from alia_judge.records import Item, Scale

if TYPE_CHECKING:
    import pyarrow

__all__ = ["freeze_benchmark", "is_frozen", "load_benchmark"]

_MANIFEST = "benchmark.json"
_CHECKSUMS = "CHECKSUMS.sha256"
#: Looks at the test split come after freezing, so this file alone may grow.
_LEDGER = "test-ledger.jsonl"
#: Columns of a rating in the Parquet files; everything else it carries is JSON in `extra`.
_RATING = ("annotator_id", "position", "value", "found")


def freeze_benchmark(benchmark: Benchmark, folder: Path, *, further: Mapping[str, str] | None = None) -> Path:
    """Write `benchmark` to `folder`, whole or not at all; where it is frozen there already, nothing is written.

    Parameters
    ----------
    benchmark, folder
        What and where.
    further
        Name -> text of files that belong to it.

    Raises
    ------
    UsageError
        If the folder is there already and holds anything else.
    """
    if is_frozen(folder):
        there = load_benchmark(folder).fingerprint
        if there == benchmark.fingerprint:
            return folder
        raise UsageError(
            message(
                "{folder} holds another benchmark ({there}, not {fingerprint}); freeze to a new "
                "folder, a frozen benchmark is never written over",
                folder=folder,
                there=there[:12],
                fingerprint=benchmark.fingerprint[:12],
            )
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            message(
                "{folder} is there already; freeze to a new folder, a frozen benchmark is never written over",
                folder=folder,
            )
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        _write(benchmark, workshop, further or {})
        workshop.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        workshop.rename(folder)
    except BaseException:
        shutil.rmtree(workshop, ignore_errors=True)
        raise
    return folder


def is_frozen(folder: Path) -> bool:
    """Whether `folder` holds a frozen benchmark."""
    return (folder / _MANIFEST).is_file() and (folder / _CHECKSUMS).is_file()


def load_benchmark(folder: Path) -> Benchmark:
    """Read what `freeze_benchmark` wrote.

    Raises
    ------
    ArtifactError
        If it is no frozen benchmark, a file is missing or changed (it is named), or the content does not have the
        fingerprint that the manifest states.
    """
    if not is_frozen(folder):
        raise ArtifactError(
            message(
                "{folder} is no frozen benchmark: it has no {manifest} and {checksums}",
                folder=folder,
                manifest=_MANIFEST,
                checksums=_CHECKSUMS,
            )
        )
    _verify(folder)
    manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    if manifest.get("schema") != Benchmark.schema:
        raise ArtifactError(
            message(
                "{path} has schema {schema!r}; this version reads {benchmark_schema!r}",
                path=folder / _MANIFEST,
                schema=manifest.get("schema"),
                benchmark_schema=Benchmark.schema,
            )
        )
    benchmark = _read(folder, manifest)
    if benchmark.fingerprint != manifest["fingerprint"]:
        raise ArtifactError(
            message(
                "{folder}: the content has fingerprint {fingerprint}, the manifest states {got}; fetch it again",
                folder=folder,
                fingerprint=benchmark.fingerprint,
                got=manifest["fingerprint"],
            )
        )
    return benchmark


def _write(benchmark: Benchmark, folder: Path, further: Mapping[str, str]) -> None:
    import pyarrow.parquet

    (folder / "data").mkdir()
    assigned = [benchmark.assignment.get(item.item_id) for item in benchmark.items]
    by_item = _ratings_of(benchmark.ratings)
    files: dict[str, str] = {}
    for name in (*SPLIT_NAMES, None):
        chosen = [index for index, split in enumerate(assigned) if split == name]
        if chosen:
            files[name or "left_out"] = f"data/{name or 'left_out'}.parquet"
            pyarrow.parquet.write_table(_table(benchmark, chosen, by_item), folder / files[name or "left_out"])
    manifest = {
        "schema": benchmark.schema,
        "version": __version__,
        "fingerprint": benchmark.fingerprint,
        "criterion": benchmark.criterion,
        "scale": benchmark.scale,
        "group_by": benchmark.group_by,
        "consensus": benchmark.consensus,
        "sizes": {name: assigned.count(name) for name in SPLIT_NAMES},
        "files": files,
        "provenance": benchmark.provenance,
    }
    write_atomic(folder / _MANIFEST, dumps(manifest) + "\n")
    write_atomic(folder / "README.md", write_datasheet(benchmark, files))
    for beside, text in further.items():
        write_atomic(folder / beside, text)
    sums = "".join(f"{_sha256(folder / name)}  {name}\n" for name in _files(folder))
    write_atomic(folder / _CHECKSUMS, sums)
    # Not in the checksums: it grows with each look.
    (folder / _LEDGER).touch()


def _table(benchmark: Benchmark, chosen: list[int], by_item: Mapping[str, list[dict[str, Any]]]) -> pyarrow.Table:
    import pyarrow as pa

    items = [benchmark.items[index] for index in chosen]
    columns: dict[str, Any] = {"item_id": pa.array([item.item_id for item in items], pa.string())}
    for name in ITEM_FIELDS:
        columns[name] = pa.array([getattr(item, name) for item in items], pa.string())
    if any(item.turns for item in benchmark.items):
        columns["turns"] = pa.array([written_turns(item.turns) for item in items], pa.string())
    if any(item.images for item in benchmark.items):
        columns[IMAGES] = pa.array([list(item.images) or None for item in items], pa.list_(pa.string()))
    columns["extra"] = pa.array([_extra(item.extra) for item in items], pa.string())
    columns["target"] = pa.array([float(benchmark.target[index]) for index in chosen], pa.float64())
    errors = [float(benchmark.target_se[index]) for index in chosen]
    columns["target_se"] = pa.array([None if np.isnan(error) else error for error in errors], pa.float64())
    rating = pa.struct(
        [
            ("annotator_id", pa.string()),
            ("position", pa.int64()),
            ("value", pa.float64()),
            ("found", pa.string()),
            ("extra", pa.string()),
        ]
    )
    columns["ratings"] = pa.array([by_item[item.item_id] for item in items], pa.list_(rating))
    return pa.table(columns)


def _ratings_of(ratings: Ratings) -> dict[str, list[dict[str, Any]]]:
    result: dict[str, list[dict[str, Any]]] = {}
    frame = ratings.to_frame(texts=False)
    n = len(frame)
    known = [[_none(value) for value in frame[name]] if name in frame else [None] * n for name in _RATING]
    further = [str(name) for name in frame.columns if name not in (*_RATING, "item_id", "criterion")]
    extras: list[str | None] = [None] * n
    if further:
        rows = zip(*(frame[name] for name in further), strict=True)
        extras = [
            _extra({name: value for name, value in zip(further, row, strict=True) if _none(value) is not None})
            for row in rows
        ]
    for item, extra, *values in zip(frame["item_id"], extras, *known, strict=True):
        result.setdefault(item, []).append({**dict(zip(_RATING, values, strict=True)), "extra": extra})
    return result


def _none(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value


def _extra(extra: Mapping[str, Any]) -> str | None:
    """The extras as JSON; whatever has no JSON form as its text."""
    if not extra:
        return None
    plain: dict[str, Any] = {}
    for name, value in extra.items():
        try:
            plain[name] = jsonable(value)
        except TypeError:
            plain[name] = str(value)
    return dumps(plain, indent=None, sort_keys=True)


def _read(folder: Path, manifest: Mapping[str, Any]) -> Benchmark:
    import pandas as pd
    import pyarrow.parquet

    rows: list[dict[str, Any]] = []
    for split, name in manifest["files"].items():
        read = pyarrow.parquet.read_table(folder / name).to_pylist()
        rows += [row | {"split": split if split in SPLIT_NAMES else None} for row in read]
    rows.sort(key=lambda row: str(row["item_id"]))
    items = tuple(
        Item(
            item_id=row["item_id"],
            **{name: row[name] for name in ITEM_FIELDS if row[name] is not None},
            turns=turns_of(row.get("turns")) or (),
            images=tuple(row.get(IMAGES) or ()),
            extra=json.loads(row["extra"]) if row["extra"] else {},
        )
        for row in rows
    )
    criterion = manifest["criterion"]
    scale = Scale.from_dict(manifest["scale"])
    flat: list[dict[str, Any]] = []
    for row in rows:
        for rating in row["ratings"]:
            extra = json.loads(rating["extra"]) if rating["extra"] else {}
            flat.append({"item_id": row["item_id"], "criterion": criterion, **rating, **extra})
    table = pd.DataFrame({name: pd.Series([row.get(name) for row in flat], dtype=object) for name in _columns(flat)})
    for name in ("item_id", "criterion", "annotator_id"):
        table[name] = _categories(table[name])
    table["value"] = table["value"].astype("float64")
    table["position"] = table["position"].astype("int64")
    ratings = Ratings(table=table, item_table=_item_table(items), scales={criterion: scale})
    return Benchmark(
        criterion=criterion,
        scale=scale,
        ratings=ratings,
        items=items,
        target=np.array([row["target"] for row in rows], dtype=np.float64),
        target_se=np.array([row["target_se"] for row in rows], dtype=np.float64),
        assignment={row["item_id"]: row["split"] for row in rows if row["split"] is not None},
        group_by=manifest["group_by"],
        consensus=manifest["consensus"],
        provenance=manifest["provenance"],
        ledger=TestLedger(folder / _LEDGER),
    )


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    names = dict.fromkeys(name for row in rows for name in row)
    optional = {"extra"} | ({"found"} if all(row["found"] is None for row in rows) else set())
    return [name for name in names if name not in optional]


def _categories(column: Any) -> Any:
    import pandas as pd

    present = sorted({value for value in column if value is not None})
    return pd.Categorical(column, categories=pd.Index(present, dtype=object))


def _item_table(items: tuple[Item, ...]) -> Any:
    import pandas as pd

    columns: dict[str, list[Any]] = {"item_id": [item.item_id for item in items]}
    for name in ITEM_FIELDS:
        # A field that no item has was no column: `Item` cannot tell an absent text from an empty one.
        values = [getattr(item, name) for item in items]
        if any(value not in (None, "") for value in values):
            columns[name] = [value if value != "" else None for value in values]
    if any(item.turns for item in items):
        columns["turns"] = [written_turns(item.turns) for item in items]
    if any(item.images for item in items):
        columns[IMAGES] = [item.images or None for item in items]
    for name in dict.fromkeys(name for item in items for name in item.extra):
        columns[name] = [item.extra.get(name) for item in items]
    return pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in columns.items()})


def _files(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name not in (_CHECKSUMS, _LEDGER))


def _verify(folder: Path) -> None:
    stated: dict[str, str] = {}
    for line in (folder / _CHECKSUMS).read_text(encoding="utf-8").splitlines():
        digest, separator, name = line.partition("  ")
        if not separator or len(digest) != 64 or name.startswith("/") or ".." in Path(name).parts:
            raise ArtifactError(
                message("{path} has a line that is no checksum: {line!r}", path=folder / _CHECKSUMS, line=line)
            )
        stated[name] = digest
    for name, digest in stated.items():
        path = folder / name
        if not path.is_file():
            raise ArtifactError(
                message("{path} is missing; the frozen benchmark is not whole, fetch it again", path=path)
            )
        if _sha256(path) != digest:
            raise ArtifactError(
                message("{path} was changed after it was frozen (its SHA-256 is another); fetch it again", path=path)
            )
    unstated = [name for name in _files(folder) if name not in stated and not Path(name).name.startswith(".")]
    if unstated:
        raise ArtifactError(message("{path} is no part of the frozen benchmark; remove it", path=folder / unstated[0]))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
