"""Compressed files: `.gz` and `.zip` unpacked into a folder of their own, within a bound."""

from __future__ import annotations

import gzip
import tempfile
import weakref
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Any

from alia_judge._messages import message, message_of
from alia_judge.errors import DataError, Problem

__all__ = ["MOST_BYTES", "SUFFIXES", "Unpacked", "is_compressed", "unpack"]

#: A file unpacks to at most this many bytes (1 GiB), its archive's other files included.
MOST_BYTES = 1 << 30
#: What files of ratings end in.
SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson", ".json", ".parquet", ".pq", ".xlsx")
_CHUNK = 1 << 20
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
#: Compressed files that are named and not opened.
_OTHERS = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
}


class Unpacked:
    """Files unpacked from one; they go when this does.

    Parameters
    ----------
    folder
        Where they are.
    paths
        Each of them.
    """

    def __init__(self, folder: tempfile.TemporaryDirectory[str], paths: list[Path]) -> None:
        self.paths = paths
        weakref.finalize(self, folder.cleanup)


def is_compressed(path: Path) -> bool:
    """Whether a file is a gzip file or a zip archive that is no workbook.

    Raises
    ------
    DataError
        If it is compressed in a way that is not opened here.
    """
    with path.open("rb") as stream:
        head = stream.read(8)
        for mark, kind in _OTHERS.items():
            if head.startswith(mark):
                raise DataError(
                    _problem(
                        path,
                        message("a file compressed by {kind}", kind=kind),
                        message("unpack it, or compress it as .gz or .zip"),
                    )
                )
    if head.startswith(_GZIP):
        return True
    return head.startswith(_ZIP) and path.suffix.lower() not in (".xlsx", ".xlsm", ".ods") and not _is_workbook(path)


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def unpack(path: Path) -> Unpacked:
    """The files of ratings in a compressed file.

    Raises
    ------
    DataError
        If it is damaged, unpacks to more than `MOST_BYTES`, or holds no file of ratings.
    """
    folder = tempfile.TemporaryDirectory(prefix="alia-judge-")
    unpacked = Unpacked(folder, [])
    target = Path(folder.name)
    try:
        with path.open("rb") as stream:
            is_gzip = stream.read(2) == _GZIP
        if is_gzip:
            name = path.name[:-3] if path.suffix.lower() == ".gz" else path.name
            if path.suffix.lower() == ".tgz" or name.lower().endswith(".tar"):
                raise DataError(
                    _problem(path, message("a tar archive"), message("unpack it (tar -xf), or make it a .zip"))
                )
            with gzip.open(path, "rb") as stream:
                _copy(path, stream, target / name, MOST_BYTES)
            unpacked.paths.append(target / name)
        else:
            unpacked.paths += _members(path, target)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise DataError(
            _problem(
                path,
                message("a compressed file that cannot be unpacked ({error})", error=message_of(error)),
                message("copy it again whole"),
            )
        ) from error
    if not unpacked.paths:
        raise DataError(
            _problem(
                path,
                message("an archive without a file of ratings"),
                message("one that ends in {suffixes}", suffixes=", ".join(SUFFIXES)),
            )
        )
    return unpacked


def _members(path: Path, target: Path) -> list[Path]:
    found = []
    left = MOST_BYTES
    with zipfile.ZipFile(path) as archive:
        for index, member in enumerate(archive.infolist()):
            name = PurePosixPath(member.filename).name
            hidden = name.startswith(".") or "__MACOSX" in member.filename
            if member.is_dir() or hidden or PurePosixPath(name).suffix.lower() not in SUFFIXES:
                continue
            # The name is data: only its last part is used, in a folder of its own.
            place = target / str(index) / name
            place.parent.mkdir()
            with archive.open(member) as stream:
                left -= _copy(path, stream, place, left)
            found.append(place)
    return found


def _copy(path: Path, stream: IO[bytes] | Any, target: Path, most: int) -> int:
    written = 0
    with target.open("wb") as out:
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            if written > most:
                raise DataError(
                    _problem(
                        path,
                        message("it unpacks to more than {most_bytes} GiB", most_bytes=MOST_BYTES >> 30),
                        message("unpack it, and give the file itself"),
                    )
                )
            out.write(chunk)
    return written


def _problem(path: Path, what: str, remedy: str) -> Problem:
    return Problem(
        file=str(path),
        what=what,
        expected=message("a text, Parquet or Excel file, or one of these as .gz or .zip"),
        remedy=remedy,
    )
