"""`publish_benchmark`: a frozen benchmark as a data set on the Hugging Face Hub, with its datasheet as the card."""

from __future__ import annotations

import os
from pathlib import Path

from alia_judge._messages import message
from alia_judge.benchmark import Benchmark
from alia_judge.errors import ArtifactError, UsageError
from alia_judge.publishing.hub_store import HUB, hub_errors
from alia_judge.publishing.secrets import refuse_secrets

__all__ = ["publish_benchmark"]

_CHECKSUMS = "CHECKSUMS.sha256"


def publish_benchmark(folder: str | os.PathLike[str], target: str, *, private: bool | None = None) -> str:
    """Push a frozen benchmark, whole, in one commit.

    Its datasheet is the card, by which `datasets` finds the splits. A frozen benchmark is never written over: where
    the same one is there already nothing is done, and anything else is refused.

    Parameters
    ----------
    folder
        What `Benchmark.freeze` wrote, or ``alia-judge build``; ``build --public`` writes what teams may have.
    target
        ``hf://ORG/NAME``.
    private
        Whether the repository is to be private. None makes one with test ratings private: what is public is no hidden
        test, and gets into what models are trained on.

    Returns
    -------
    str
        Where it is, with the commit.

    Raises
    ------
    UsageError
        If `target` is no Hub name, or a file of text holds a key or a path of this machine.
    ArtifactError
        If the folder is no whole benchmark, something else is at `target`, or the Hub refuses.

    Examples
    --------
    >>> publish_benchmark("benchmark", "hf://my-org/helpfulness")  # doctest: +SKIP
    'hf://my-org/helpfulness@3f2c...'
    """
    repository = target.removeprefix(HUB)
    if not target.startswith(HUB) or len(repository.split("/")) != 2 or not all(repository.split("/")):
        raise UsageError(
            message(
                "a benchmark is pushed to hf://ORG/NAME, got {target!r}; freeze it into a folder with build",
                target=target,
            )
        )
    benchmark = Benchmark.load(Path(folder))
    files = {path.relative_to(folder).as_posix(): path for path in sorted(Path(folder).rglob("*")) if path.is_file()}
    files = {name: path for name, path in files.items() if not any(part[:1] == "." for part in name.split("/"))}
    texts = {
        name: path.read_bytes() for name, path in files.items() if path.suffix in (".json", ".jsonl", ".md", ".csv")
    }
    refuse_secrets(texts)
    hidden = private if private is not None else (True if len(benchmark.test) else None)
    return _push(repository, files, private=hidden, title=f"Freeze {benchmark.criterion}")


def _push(repository: str, files: dict[str, Path], *, private: bool | None, title: str) -> str:
    from huggingface_hub import CommitOperationAdd, HfApi, hf_hub_download

    api = HfApi()
    with hub_errors(repository, "written"):
        api.create_repo(repository, repo_type="dataset", private=private, exist_ok=True)
        there = {name for name in api.list_repo_files(repository, repo_type="dataset") if name[:1] != "."}
        if _CHECKSUMS in there:
            held = hf_hub_download(repository, _CHECKSUMS, repo_type="dataset")  # only compared  # nosec B615
            found = Path(held).read_bytes()
            if found == files[_CHECKSUMS].read_bytes():
                return f"{HUB}{repository}@{api.dataset_info(repository).sha}"
        if there:
            raise ArtifactError(
                message(
                    "{hub}{repository}: the repository holds {n} other files, and a frozen benchmark is "
                    "never written over; choose another name",
                    hub=HUB,
                    repository=repository,
                    n=len(there),
                )
            )
        operations = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=str(path)) for name, path in files.items()]
        commit = api.create_commit(repository, operations=operations, commit_message=title, repo_type="dataset")
    return f"{HUB}{repository}@{commit.oid}"
