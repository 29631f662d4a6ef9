"""The files of a recorded bank, read and checked: every error names the file and the line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from alia_judge._messages import message, message_of
from alia_judge.errors import DataError, Problem
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.verdicts import verdict_value
from alia_judge.records import Configuration, Scale

__all__ = ["CONFIGS", "SCORES", "read_configurations", "read_scores"]

CONFIGS = "configs.jsonl"
SCORES = "scores.parquet"

#: Recorded probabilities are rounded; their sum over the scale may exceed 1 by this much.
_ROUNDING = 0.02
#: Labels that an error names.
_SHOWN = 5


def read_configurations(path: Path) -> tuple[list[Configuration], dict[Any, int]]:
    """The configurations in file order, and the place of each ``config_id``."""
    configurations: list[Configuration] = []
    places: dict[Any, int] = {}
    lines: dict[Any, int] = {}
    problems: list[Problem] = []
    for line, text in enumerate(_lines(path), start=1):
        if not text.strip():
            continue
        try:
            attributes = json.loads(text)
        except json.JSONDecodeError as error:
            problems.append(
                _problem(
                    path,
                    line,
                    message("not JSON: {msg}", msg=error.msg),
                    message("one JSON object a line"),
                    message("mend the line"),
                )
            )
            continue
        if not isinstance(attributes, Mapping) or not isinstance(attributes.get("config_id"), int | str):
            problems.append(
                _problem(
                    path,
                    line,
                    message("no config_id"),
                    message("a JSON object with a config_id (number or text)"),
                    message("give it one"),
                )
            )
            continue
        identity = attributes["config_id"]
        if identity in places:
            problems.append(
                _problem(
                    path,
                    line,
                    message(
                        "config_id {identity!r} again (first on line {lines})", identity=identity, lines=lines[identity]
                    ),
                    message("a config_id of its own for each line"),
                    message("rename one of them"),
                )
            )
            continue
        lines[identity] = line
        places[identity] = len(configurations)
        configurations.append(Configuration(parameters=dict(attributes), name=_name(attributes)))
    if problems:
        raise DataError(problems)
    if not configurations:
        raise DataError(
            _problem(path, None, message("no configuration"), message("at least one"), message("record a bank first"))
        )
    return configurations, places


def _name(attributes: Mapping[str, Any]) -> str:
    """What a person reads in a table: the short attributes, in order."""
    parts = [
        f"{name}={value}"
        for name, value in attributes.items()
        if isinstance(value, str | int | float) and name not in ("config_id", "criterion")
    ]
    return ", ".join(parts) or f"configuration {attributes['config_id']}"


def _lines(path: Path) -> Iterable[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise DataError(
            _problem(
                path,
                None,
                message("no such file"),
                message("a bank folder with {configs} and {scores}", configs=CONFIGS, scores=SCORES),
                message("check the path"),
            )
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(
            _problem(
                path,
                None,
                message("not UTF-8 ({reason})", reason=error.reason),
                message("UTF-8 text"),
                message("convert the file"),
            )
        ) from None


def read_scores(
    path: Path, places: Mapping[Any, int], scale: Scale | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str], NDArray[np.float32], bool]:
    """Configuration and item index of each row, the items, the values, and whether they are probabilities.

    Verdicts in words are the points of `scale` that they stand for.
    """
    try:
        table = pq.read_table(path, memory_map=True)
    except FileNotFoundError:
        raise DataError(
            _problem(
                path,
                None,
                message("no such file"),
                message("a bank folder with {configs} and {scores}", configs=CONFIGS, scores=SCORES),
                message("check the path"),
            )
        ) from None
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(
            _problem(
                path,
                None,
                message("not Parquet ({error})", error=message_of(error)),
                message("a Parquet file"),
                message("export the bank again"),
            )
        ) from None
    named = sorted((name for name in table.column_names if re.fullmatch(r"p[1-9]\d*", name)), key=lambda n: int(n[1:]))
    if named and named != [f"p{point}" for point in range(1, len(named) + 1)]:
        raise DataError(
            _problem(path, None, f"columns {', '.join(named)}", message("p1..pK with no gap"), message("name them so"))
        )
    verdict = "label" if "label" in table.column_names and "score" not in table.column_names else "score"
    wanted = named if len(named) > 1 else [verdict]
    missing = [name for name in ("config_id", "item_id", *wanted) if name not in table.column_names]
    if missing:
        raise DataError(
            _problem(
                path,
                None,
                message(
                    "no column {missing} among {column_names}",
                    missing=", ".join(missing),
                    column_names=", ".join(table.column_names),
                ),
                message("config_id, item_id and either p1..pK or score (or label)"),
                message("name the columns so"),
            )
        )
    values = np.column_stack([_numbers(table[name], name, scale, path) for name in wanted])
    config_of = _codes(table["config_id"], places, path)
    items = _dictionary(table["item_id"])
    item_ids = [str(item_id) for item_id in items.dictionary.to_pylist()]
    item_of = items.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    if named:
        _check_probabilities(values, path)
    return config_of, item_of, item_ids, values, bool(named)


def _numbers(column: Any, name: str, scale: Scale | None, path: Path) -> NDArray[np.float32]:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return np.asarray(column.to_numpy(), dtype=np.float32)
    encoded = _dictionary(column)
    words = [str(word) for word in encoded.dictionary.to_pylist()]
    if scale is None:
        raise DataError(
            _problem(
                path,
                None,
                message(
                    "{name} is words ({words}), and no scale says what they stand for", name=name, words=_few(words)
                ),
                message("numbers, or the scale of the ratings"),
                message("open the bank with scale="),
            )
        )
    # What is no word of the scale is off it, and so unscored; what says nothing is no score.
    meant = [verdict_value(word, scale) for word in words]
    given = [word for word in words if not is_missing(word)]
    if given and all(value is None for value in meant):
        raise DataError(
            _problem(
                path,
                None,
                message("no {name} is a word of the scale ({words})", name=name, words=_few(given)),
                message("those of the ratings: {labels}", labels=", ".join(map(scale.label, scale.points))),
                message("name them so"),
            )
        )
    codes = np.array([np.nan if is_missing(word) else np.inf for word in words] + [np.nan], dtype=np.float32)
    for place, value in enumerate(meant):
        if value is not None:
            codes[place] = value
    at = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.asarray(codes[at])


def _few(words: list[str]) -> str:
    return ", ".join(words[:_SHOWN]) + (", ..." if len(words) > _SHOWN else "")


def _dictionary(column: Any) -> Any:
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        combined = combined.chunk(0) if combined.num_chunks else pa.array([], pa.string())
    return combined if isinstance(combined, pa.DictionaryArray) else combined.dictionary_encode()


def _codes(column: Any, places: Mapping[Any, int], path: Path) -> NDArray[np.int64]:
    encoded = _dictionary(column)
    known = [places.get(value, -1) for value in encoded.dictionary.to_pylist()]
    indices = encoded.indices.to_numpy(zero_copy_only=False)
    codes: NDArray[np.int64] = np.asarray(known, dtype=np.int64)[indices.astype(np.int64)]
    unknown = np.flatnonzero(codes < 0)
    if len(unknown):
        row = int(unknown[0])
        value = encoded.dictionary.to_pylist()[int(indices[row])]
        raise DataError(
            _problem(
                path,
                row + 1,
                message("config_id {value!r} is not in {configs}", value=value, configs=CONFIGS),
                message("a listed config_id"),
                message("list it or drop it"),
            )
        )
    return codes


def _check_probabilities(values: NDArray[np.float32], path: Path) -> None:
    total = np.nansum(values, axis=1)
    bad = np.flatnonzero((values < 0).any(axis=1) | (total > 1 + _ROUNDING) | np.isinf(total))
    if len(bad):
        row = int(bad[0])
        shown = ", ".join(f"{value:g}" for value in values[row])
        raise DataError(
            _problem(
                path,
                row + 1,
                message("probabilities {shown} ({n} such rows)", shown=shown, n=len(bad)),
                message("numbers from 0 to 1 that sum to at most 1"),
                message("record probabilities, not log-probabilities or percentages"),
            )
        )


def _problem(path: Path, line: int | None, what: str, expected: str, remedy: str) -> Problem:
    return Problem(what, expected, remedy, file=str(path), line=line)
