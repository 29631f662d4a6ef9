"""Which file, frame or data set a user means: folders, the Hugging Face Hub, data sets of several splits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alia_judge._messages import message
from alia_judge._optional import require
from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.ratings.compressed import SUFFIXES
from alia_judge.ratings.source import Source, class_labels
from alia_judge.ratings.tables import with_class_labels

__all__ = ["open_source"]

#: A data set on the Hub, ``hf://datasets/ORG/NAME``, or a file in one, ``hf://datasets/ORG/NAME/path/to/file``.
_HUB = "hf://datasets/"
#: The traces of an experiment of MLflow's, ``mlflow:EXPERIMENT``, with their assessments.
_MLFLOW = "mlflow:"
#: The name under which the alt-test's authors publish people's labels, beside those of models.
_PEOPLE = "human_annotations.json"


def open_source(given: Any, *, encoding: str | None = None, header: Sequence[str] | None = None) -> Source:
    """Open whatever holds ratings.

    Parameters
    ----------
    given
        A file; several of the same columns (a person each); a folder (a data set saved by `datasets`, or files of
        ratings); ``hf://datasets/ORG/NAME``; ``mlflow:EXPERIMENT``, or a list of MLflow's traces; a frame, a
        `datasets.Dataset` or `DatasetDict`, a list of records; a `Source`.
    encoding
        Of a text file, where it is not UTF-8.
    header
        The columns' names of a delimited file without a header line.

    Raises
    ------
    DataError
        If there is no such thing, or a folder holds no file of ratings.
    UsageError
        If `given` is of no kind that can be read.
    """
    if isinstance(given, Source):
        return given
    if isinstance(given, str) and given.startswith(_HUB):
        return _open_hub(given, encoding)
    if isinstance(given, str) and given.startswith(_MLFLOW):
        return _open_experiment(given)
    if isinstance(given, (list, tuple)) and given and all(map(_is_trace, given)):
        return Source([json.loads(one.to_json()) for one in given], name="traces")
    if isinstance(given, (str, Path)) and Path(given).is_dir():
        return _open_folder(Path(given), encoding, header)
    if isinstance(given, (list, tuple)) and given and all(isinstance(one, (str, Path)) for one in given):
        if len(given) == 1:
            return open_source(given[0], encoding=encoding, header=header)
        return Source([Source(one, encoding=encoding, header=header) for one in given], name=_together(given))
    if isinstance(given, Mapping) and all(hasattr(part, "to_pandas") for part in given.values()):
        return _open_splits(given, name=None)
    return Source(given, encoding=encoding, header=header)


def _together(given: Sequence[str | Path]) -> str:
    names = [str(one) for one in given]
    return (
        ", ".join(names) if len(names) < 4 else message("{names} and {n} more files", names=names[0], n=len(names) - 1)
    )


def _open_hub(address: str, encoding: str | None) -> Source:
    organisation, _, rest = address.removeprefix(_HUB).partition("/")
    name, _, file = rest.partition("/")
    if not organisation or not name:
        raise UsageError(
            message("{address!r} names no data set; it is written hf://datasets/ORG/NAME", address=address)
        )
    repository = f"{organisation}/{name}"
    try:
        if file:
            from huggingface_hub import hf_hub_download

            found = hf_hub_download(repository, file, repo_type="dataset")  # as the user names it  # nosec B615
            return Source(found, name=address, encoding=encoding)
        import datasets

        return _named(datasets.load_dataset(repository), address)  # as the user names it  # nosec B615
    except (OSError, ValueError) as error:
        raise DataError(
            Problem(
                file=address,
                what=message("cannot be fetched ({error})", error=str(error).splitlines()[0]),
                expected=message("a data set that you may read"),
                remedy=message("check its name, your connection and, for a private one, that HF_TOKEN is set"),
            )
        ) from error


def _open_experiment(address: str) -> Source:
    mlflow = require("mlflow", extra="mlflow", purpose=message("reading MLflow's assessments"))
    name = address.removeprefix(_MLFLOW)
    experiment = mlflow.get_experiment_by_name(name)
    if experiment is None:
        raise DataError(
            Problem(
                file=address,
                what=message("there is no experiment {name!r} where MLflow keeps its traces", name=name),
                expected=message("the name of an experiment whose traces have assessments"),
                remedy=message("check the name, and MLFLOW_TRACKING_URI"),
            )
        )
    traces = mlflow.search_traces(locations=[experiment.experiment_id], return_type="list")
    if not traces:
        raise DataError(
            Problem(
                file=address,
                what=message("it has no traces"),
                expected=message("traces with people's assessments"),
                remedy=message("log traces to it and have people assess them; or name another experiment"),
            )
        )
    return Source([json.loads(one.to_json()) for one in traces], name=address)


def _is_trace(given: Any) -> bool:
    return hasattr(given, "to_json") and hasattr(given, "info") and hasattr(given, "data")


def _open_folder(folder: Path, encoding: str | None, header: Sequence[str] | None = None) -> Source:
    if (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file():
        import datasets

        return _named(datasets.load_from_disk(str(folder)), str(folder))
    if (folder / "benchmark.json").is_file():
        raise _unclear(
            folder, message("a frozen benchmark"), "Benchmark.load", message("use alia_judge.Benchmark.load(FOLDER)")
        )
    if (folder / _PEOPLE).is_file():
        return Source(folder / _PEOPLE, encoding=encoding)
    files = sorted(path for path in folder.iterdir() if _may_be_ratings(path))
    if not files:
        raise _unclear(
            folder, message("no file that could be ratings"), message("one or more"), message("name the file itself")
        )
    if len(files) == 1:
        return Source(files[0], encoding=encoding, header=header)
    return Source([Source(path, encoding=encoding, header=header) for path in files], name=str(folder))


def _may_be_ratings(path: Path) -> bool:
    name = path.name.lower()
    return path.is_file() and (name.removesuffix(".gz").endswith(SUFFIXES) or name.endswith(".zip"))


def _unclear(folder: Path, what: str, expected: str, remedy: str) -> DataError:
    return DataError(Problem(file=str(folder), what=what, expected=expected, remedy=remedy))


def _named(loaded: Any, name: str) -> Source:
    return _open_splits(loaded, name=name) if isinstance(loaded, Mapping) else Source(loaded, name=name)


def _open_splits(splits: Mapping[str, Any], *, name: str | None) -> Source:
    """All splits one after another, with a column that says which."""
    import pandas as pd

    frames = [
        with_class_labels(part.to_pandas(), class_labels(part)).assign(split=split) for split, part in splits.items()
    ]
    if not frames:
        raise UsageError(message("a data set without splits holds no ratings"))
    return Source(pd.concat(frames, ignore_index=True), name=name)
