"""Where a published directory lives: a folder (`LocalStore`) or a repository on the Hugging Face Hub (`HubStore`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.publishing.hub_store import HUB, HubStore
from alia_judge.publishing.local_store import LocalStore

__all__ = ["HubStore", "LocalStore", "Store", "open_store"]


@runtime_checkable
class Store(Protocol):
    """Keeps one published directory. Writing is all or nothing: a reader never sees half of it."""

    def push(
        self, files: Mapping[str, bytes], *, title: str, overwrite: bool = False, private: bool | None = None
    ) -> str:
        """Keep `files` (by relative name, sealed by a manifest) and say where they can be found.

        Where the very same files stand already, nothing is to be done. An earlier judge is replaced file by file, by
        what its manifest lists; whatever else is there stays.

        Parameters
        ----------
        files
            As `seal` gives them.
        title
            What the change is, where a place keeps its history.
        overwrite
            Replace a judge that is there.
        private
            Whether a repository that is made for it is to be private; None leaves that to the place.

        Raises
        ------
        ArtifactError
            If something else is there already, or an earlier judge is and `overwrite` is False.
        """
        ...

    def pull(self) -> Mapping[str, bytes]:
        """Every file, by relative name, read when it is asked for (`FilesInPlace`).

        Names that start with a dot belong to the place, not to the judge.

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
    if not text.startswith(HUB):
        return LocalStore(Path(text))
    repository, _, revision = text.removeprefix(HUB).partition("@")
    if len([part for part in repository.split("/") if part]) != 2 or repository.count("/") != 1:
        raise UsageError(message("a Hub target is hf://ORG/NAME or hf://ORG/NAME@REVISION, got {text!r}", text=text))
    return HubStore(repository, revision=revision or None)
