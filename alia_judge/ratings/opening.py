"""Which file, frame or data set a user means: folders, the Hugging Face Hub, data sets of several splits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.ratings.source import Source

__all__ = ["open_source"]

#: A data set on the Hub, ``hf://datasets/ORG/NAME``, or a file in one, ``hf://datasets/ORG/NAME/path/to/file``.
_HUB = "hf://datasets/"
#: The name under which the alt-test's authors publish people's labels, beside those of models.
_PEOPLE = "human_annotations.json"
_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".pq", ".xlsx")


def open_source(given: Any, *, encoding: str | None = None) -> Source:
    """Open whatever holds ratings.

    Parameters
    ----------
    given
        A file; a folder (a data set saved by `datasets`, or one with a single file of ratings in it);
        ``hf://datasets/ORG/NAME``; a frame, a `datasets.Dataset` or `DatasetDict`, a list of records; a `Source`.
    encoding
        Of a text file, where it is not UTF-8.

    Raises
    ------
    DataError
        If there is no such thing, or a folder holds several files that could be meant.
    UsageError
        If `given` is of no kind that can be read.
    """
    if isinstance(given, Source):
        return given
    if isinstance(given, str) and given.startswith(_HUB):
        return _open_hub(given, encoding)
    if isinstance(given, (str, Path)) and Path(given).is_dir():
        return _open_folder(Path(given), encoding)
    if isinstance(given, Mapping) and all(hasattr(part, "to_pandas") for part in given.values()):
        return _open_splits(given, name=None)
    return Source(given, encoding=encoding)


def _open_hub(address: str, encoding: str | None) -> Source:
    organisation, _, rest = address.removeprefix(_HUB).partition("/")
    name, _, file = rest.partition("/")
    if not organisation or not name:
        raise UsageError(f"{address!r} names no data set; it is written hf://datasets/ORG/NAME")
    repository = f"{organisation}/{name}"
    try:
        if file:
            from huggingface_hub import hf_hub_download

            return Source(hf_hub_download(repository, file, repo_type="dataset"), name=address, encoding=encoding)
        import datasets

        return _named(datasets.load_dataset(repository), address)
    except (OSError, ValueError) as error:
        raise DataError(
            Problem(
                file=address,
                what=f"cannot be fetched ({str(error).splitlines()[0]})",
                expected="a data set that you may read",
                remedy="check its name, your connection and, for a private one, that HF_TOKEN is set",
            )
        ) from error


def _open_folder(folder: Path, encoding: str | None) -> Source:
    if (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file():
        import datasets

        return _named(datasets.load_from_disk(str(folder)), str(folder))
    if (folder / "benchmark.json").is_file():
        raise _unclear(folder, "a frozen benchmark", "Benchmark.load", "use alia_judge.Benchmark.load(FOLDER)")
    if (folder / _PEOPLE).is_file():
        return Source(folder / _PEOPLE, encoding=encoding)
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file())
    if len(files) != 1:
        found = ", ".join(path.name for path in files[:8]) or "none"
        raise _unclear(folder, f"{len(files)} files that could be ratings: {found}", "one", "name the file itself")
    return Source(files[0], encoding=encoding)


def _unclear(folder: Path, what: str, expected: str, remedy: str) -> DataError:
    return DataError(Problem(file=str(folder), what=what, expected=expected, remedy=remedy))


def _named(loaded: Any, name: str) -> Source:
    return _open_splits(loaded, name=name) if isinstance(loaded, Mapping) else Source(loaded, name=name)


def _open_splits(splits: Mapping[str, Any], *, name: str | None) -> Source:
    """All splits one after another, with a column that says which."""
    import pandas as pd

    frames = [part.to_pandas().assign(split=split) for split, part in splits.items()]
    if not frames:
        raise UsageError("a data set without splits holds no ratings")
    return Source(pd.concat(frames, ignore_index=True), name=name)
