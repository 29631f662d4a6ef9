"""`LocalStore`: a published directory in a folder, replaced so that a kill leaves one version or the other."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from alia_judge._advice import advice
from alia_judge._messages import message
from alia_judge.errors import ArtifactError, UsageError
from alia_judge.publishing.files import FilesInPlace
from alia_judge.publishing.manifest import MANIFEST, listed_names

__all__ = ["LocalStore"]

#: A version on its way into the folder. With its manifest it is whole, and counts before what is in place.
_COMING = ".alia-judge-coming"


@dataclass(frozen=True)
class LocalStore:
    """A folder on this machine."""

    folder: Path

    def push(
        self,
        files: Mapping[str, bytes],
        *,
        title: str,  # noqa: ARG002 - a folder has no history
        overwrite: bool = False,
        private: bool | None = None,
    ) -> str:
        """As `Store.push`. A new folder appears in one step.

        Where an earlier judge is replaced, the new one is first written beside it, inside the folder; from the moment
        its manifest is there it is what readers see, and its files are then moved into their places.
        """
        if private is not None:
            raise UsageError(
                message(
                    "a folder is as private as its place, so private= is of hf:// targets only: {folder}",
                    folder=self.folder,
                )
            )
        folder = self.folder.resolve()
        self._finish(folder)
        there = self.pull() if folder.is_dir() else FilesInPlace({}, lambda _name, _most: b"")
        if _holds(there, files):
            return str(self.folder)
        if folder.is_dir() and any(folder.iterdir()):
            self._check_replaceable(there, files, overwrite=overwrite)
            self._replace(folder, files, there)
        else:
            _appear(folder, files)
        return str(self.folder)

    def pull(self) -> FilesInPlace:
        """As `Store.pull`."""
        folder = self.folder
        if not folder.is_dir():
            raise ArtifactError(
                message(
                    "{folder}: no such folder; expected the directory that {writer} wrote; check the path",
                    folder=folder,
                    writer=advice(python="publish_judge", command="alia-judge publish"),
                )
            )
        paths = {name: folder / name for name in _names(folder)}
        coming = folder / _COMING
        if (coming / MANIFEST).is_file():
            new = [*listed_names((coming / MANIFEST).read_bytes()), MANIFEST]
            old = listed_names(paths[MANIFEST].read_bytes()) if MANIFEST in paths else []
            arrived = {name: coming / name if (coming / name).is_file() else folder / name for name in new}
            paths = {name: path for name, path in paths.items() if name not in old} | {
                name: path for name, path in arrived.items() if path.is_file()
            }

        def read(name: str, most: int) -> bytes:
            with paths[name].open("rb") as stream:
                return stream.read(most)

        return FilesInPlace({name: path.stat().st_size for name, path in paths.items()}, read)

    def _check_replaceable(self, there: FilesInPlace, files: Mapping[str, bytes], *, overwrite: bool) -> None:
        if MANIFEST not in there or not (old := listed_names(there[MANIFEST], like=files[MANIFEST])):
            raise ArtifactError(
                message(
                    "{folder}: there already, and not a published judge; expected a new or empty folder; "
                    "choose another, or empty it yourself",
                    folder=self.folder,
                )
            )
        if not overwrite:
            raise ArtifactError(
                message(
                    "{place}: a judge is published there already; choose another folder, or give {overwrite}",
                    place=self.folder,
                    overwrite=advice(python="overwrite=True", command="--overwrite"),
                )
            )
        if others := sorted(there.keys() - set(old) - set(files) - {MANIFEST}):
            warnings.warn(
                message(
                    "{folder}: {others} is no part of the judge and stays; load_judge refuses a folder "
                    "with other files, so move it elsewhere",
                    folder=self.folder,
                    others=", ".join(others),
                ),
                stacklevel=4,
            )

    def _replace(self, folder: Path, files: Mapping[str, bytes], there: FilesInPlace) -> None:
        coming = folder / _COMING
        try:
            _write(coming, {name: data for name, data in files.items() if name != MANIFEST})
            _write(coming, {f"{MANIFEST}.part": files[MANIFEST]})
            (coming / f"{MANIFEST}.part").replace(coming / MANIFEST)
        except BaseException:
            if not (coming / MANIFEST).is_file():
                shutil.rmtree(coming, ignore_errors=True)
            raise
        _settle(folder, gone=set(listed_names(there[MANIFEST])) - set(files))

    def _finish(self, folder: Path) -> None:
        """What a push that was killed left: done, if its version was whole, else taken away."""
        coming = folder / _COMING
        if (coming / MANIFEST).is_file():
            new = set(listed_names((coming / MANIFEST).read_bytes()))
            old = listed_names((folder / MANIFEST).read_bytes()) if (folder / MANIFEST).is_file() else []
            _settle(folder, gone=set(old) - new)
        elif coming.is_dir():
            shutil.rmtree(coming)


def _names(folder: Path) -> list[str]:
    """Every file of the folder by relative name, without what starts with a dot."""
    found: list[str] = []
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [(Path(where) / name).relative_to(folder).as_posix() for name in files if not name.startswith(".")]
    return sorted(name for name in found if (folder / name).is_file())


def _holds(there: FilesInPlace, files: Mapping[str, bytes]) -> bool:
    same_sizes = all(there.sizes.get(name) == len(data) for name, data in files.items())
    return same_sizes and all(there[name] == data for name, data in files.items())


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files that are on the disk when this returns."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())


def _appear(folder: Path, files: Mapping[str, bytes]) -> None:
    """A new or empty folder that holds them all, in one step."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        _write(staging, files)
        staging.chmod(0o755)
        if folder.exists():  # empty, and in the way on Windows
            folder.rmdir()
        staging.rename(folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _settle(folder: Path, *, gone: Iterable[str]) -> None:
    """Move a version that has arrived into its place, its manifest last; each step may be done twice."""
    coming = folder / _COMING
    for name in _names(coming):
        if name != MANIFEST:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (coming / name).replace(folder / name)
    for name in gone:
        if name in _names(folder):
            (folder / name).unlink()
    (coming / MANIFEST).replace(folder / MANIFEST)
    shutil.rmtree(coming)
