"""Where a published directory lives: a folder (`LocalStore`) or a repository on the Hugging Face Hub (`HubStore`)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from alia_judge.errors import ArtifactError, UsageError
from alia_judge.publishing.manifest import MANIFEST

__all__ = ["HubStore", "LocalStore", "Store", "open_store"]

_HUB = "hf://"


@runtime_checkable
class Store(Protocol):
    """Keeps one published directory. Writing is all or nothing: a reader never sees half of it."""

    def push(self, files: Mapping[str, bytes], *, message: str, overwrite: bool = False) -> str:
        """Keep `files` (by relative name) and say where they can be found.

        Raises
        ------
        ArtifactError
            If something else is there already, or an earlier judge is and `overwrite` is False.
        """
        ...

    def pull(self) -> dict[str, bytes]:
        """Every file, by relative name. Names that start with a dot belong to the place, not to the judge.

        Raises
        ------
        ArtifactError
            If there is nothing to read.
        """
        ...


def open_store(target: str | os.PathLike[str]) -> Store:
    """The store that `target` names: ``hf://ORG/NAME[@REVISION]``, or a folder.

    Raises
    ------
    UsageError
        If an ``hf://`` name is not of that form.

    Examples
    --------
    >>> open_store("hf://my-org/my-judge@v2")
    HubStore(repository='my-org/my-judge', revision='v2')
    """
    text = os.fspath(target)
    if not text.startswith(_HUB):
        return LocalStore(Path(text))
    repository, _, revision = text.removeprefix(_HUB).partition("@")
    if len([part for part in repository.split("/") if part]) != 2 or repository.count("/") != 1:
        raise UsageError(f"a Hub target is hf://ORG/NAME or hf://ORG/NAME@REVISION, got {text!r}")
    return HubStore(repository, revision=revision or None)


@dataclass(frozen=True)
class LocalStore:
    """A folder on this machine."""

    folder: Path

    def push(self, files: Mapping[str, bytes], *, message: str, overwrite: bool = False) -> str:  # noqa: ARG002
        """Write `files` beside the folder, then move them into place.

        A new folder appears in one step. Where an earlier judge is overwritten, it is first moved aside, and moved
        back if the new one cannot take its place. Where the very same files stand already, as when a command is run
        again, nothing is to be done.
        """
        folder = self.folder.resolve()
        if folder.is_dir() and self.pull() == dict(files):
            return str(self.folder)
        self._make_way(folder, overwrite=overwrite)
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            for name, data in files.items():
                path = staging / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            staging.chmod(0o755)
            if folder.exists():
                retired = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
                folder.replace(retired)
                try:
                    staging.replace(folder)
                except BaseException:
                    retired.replace(folder)
                    raise
                shutil.rmtree(retired)
            else:
                staging.replace(folder)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        return str(self.folder)

    def pull(self) -> dict[str, bytes]:
        """Read every file of the folder."""
        if not self.folder.is_dir():
            raise ArtifactError(f"{self.folder}: no such folder; expected the directory that publish_judge wrote")
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(self.folder).parts)
        }

    def _make_way(self, folder: Path, *, overwrite: bool) -> None:
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return
        if not (folder / MANIFEST).is_file():
            raise ArtifactError(
                f"{self.folder}: there already, and not a published judge; expected a new or empty folder; "
                "choose another, or empty it yourself"
            )
        if not overwrite:
            raise ArtifactError(
                f"{self.folder}: a judge is published there already; choose another folder, or pass overwrite=True"
            )


@dataclass(frozen=True)
class HubStore:
    """A model repository on the Hugging Face Hub, through `huggingface_hub` and the user's own login.

    Parameters
    ----------
    repository
        ``ORG/NAME``.
    revision
        Branch, tag or commit; None is the main branch.
    """

    repository: str
    revision: str | None = None

    def push(self, files: Mapping[str, bytes], *, message: str, overwrite: bool = False) -> str:
        """Commit `files` in one commit; files of an earlier judge that are no longer part of it are deleted."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

        api = HfApi()
        api.create_repo(self.repository, repo_type="model", exist_ok=True)
        there = {name for name in api.list_repo_files(self.repository, revision=self.revision) if name[:1] != "."}
        if there and not overwrite:
            raise ArtifactError(
                f"{_HUB}{self.repository}: the repository already holds {len(there)} files; "
                "choose another name, or pass overwrite=True"
            )
        adds = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=data) for name, data in files.items()]
        deletes = [CommitOperationDelete(path_in_repo=name) for name in sorted(there - set(files))]
        commit = api.create_commit(
            self.repository, operations=[*adds, *deletes], commit_message=message, revision=self.revision
        )
        return f"{_HUB}{self.repository}@{commit.oid}"

    def pull(self) -> dict[str, bytes]:
        """Fetch the revision (into the Hub's own cache) and read it."""
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

        try:
            folder = snapshot_download(self.repository, revision=self.revision)
        except (HfHubHTTPError, LocalEntryNotFoundError) as error:
            raise ArtifactError(f"{_HUB}{self.repository}: cannot be fetched: {str(error).splitlines()[0]}") from error
        return LocalStore(Path(folder)).pull()
