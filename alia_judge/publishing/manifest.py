"""`Manifest`: the list of a published judge's files with their checksums, so that a changed byte is found by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from alia_judge._advice import advice
from alia_judge._json import dumps
from alia_judge._messages import joined, message, message_of
from alia_judge._record import Record
from alia_judge.errors import ArtifactError, UsageError
from alia_judge.publishing.files import FilesInPlace

__all__ = ["MANIFEST", "FileRecord", "Manifest", "listed_names", "seal", "verify"]

#: The manifest's own name in the directory.
MANIFEST = "manifest.json"
#: Bytes that a manifest, and all the files that one lists, may have: a judge is text of a few hundred kilobytes.
_LARGEST_MANIFEST, _LARGEST = 1 << 20, 1 << 28


@dataclass(frozen=True, kw_only=True, eq=False)
class FileRecord(Record):
    """What a file of the directory must be.

    Parameters
    ----------
    sha256
        Hexadecimal SHA-256 of the file's bytes.
    size
        Its length in bytes.
    """

    sha256: str
    size: int

    @classmethod
    def of(cls, data: bytes) -> FileRecord:
        """The record of `data`."""
        return cls(sha256=hashlib.sha256(data).hexdigest(), size=len(data))


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The files of a published directory, and the facts a reader needs before opening any of them.

    Parameters
    ----------
    schema
        What kind of directory this is and the version of its layout (``"alia-judge/artifact/1"``).
    version
        The library's version that wrote it.
    files
        Every file but the manifest, by its name relative to the directory.
    facts
        Plain JSON: whatever the publisher states about the whole (``{"benchmark": "sha256:..."}``).

    Examples
    --------
    >>> files = seal({"judge.json": b"{}"}, schema="alia-judge/artifact/1", version="0.1.0", facts={})
    >>> sorted(files)
    ['judge.json', 'manifest.json']
    >>> manifest, read = verify(files, schema="alia-judge/artifact/1")
    >>> manifest.files["judge.json"].size
    2
    >>> verify(files | {"judge.json": b"[]"}, schema="alia-judge/artifact/1")
    Traceback (most recent call last):
    ...
    alia_judge.errors.ArtifactError: judge.json: changed after publishing: ...
    """

    schema: str
    version: str
    files: Mapping[str, FileRecord]
    facts: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """``sha256:...`` over all else that the manifest says: one line that pins the directory."""
        return f"sha256:{hashlib.sha256(dumps(self._content(), sort_keys=True).encode()).hexdigest()}"

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return self._content() | {"digest": self.digest}

    def to_bytes(self) -> bytes:
        """The manifest as it stands in the directory."""
        return (dumps(self.to_dict(), sort_keys=True) + "\n").encode()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Manifest:
        """The inverse of `to_dict`; the digest is computed again."""
        return cls(
            schema=data["schema"],
            version=data["version"],
            files={name: FileRecord.from_dict(record) for name, record in data["files"].items()},
            facts=data["facts"],
        )

    def _content(self) -> dict[str, Any]:
        return {"schema": self.schema, "version": self.version, "files": dict(self.files), "facts": dict(self.facts)}


def seal(files: Mapping[str, bytes], *, schema: str, version: str, facts: Mapping[str, Any]) -> dict[str, bytes]:
    """`files` with their manifest added.

    Raises
    ------
    UsageError
        If a name is not a plain relative one, or is the manifest's own.
    """
    for name in files:
        if name == MANIFEST or not _plain(name):
            raise UsageError(
                message(
                    "a published file needs a plain relative name other than {manifest}, got {name!r}",
                    manifest=MANIFEST,
                    name=name,
                )
            )
    records = {name: FileRecord.of(data) for name, data in sorted(files.items())}
    manifest = Manifest(schema=schema, version=version, files=records, facts=facts)
    return {**files, MANIFEST: manifest.to_bytes()}


def verify(files: Mapping[str, bytes], *, schema: str) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest of `files` and the files that it lists, after every byte was held against it.

    The manifest is read first: a directory that has another, or files of other sizes, is refused by it before any of
    them is read, and no file that it does not list is.

    Parameters
    ----------
    files
        Everything found in the directory, by relative name; a `FilesInPlace` is read name by name.
    schema
        The layout that the caller can read.

    Raises
    ------
    ArtifactError
        If the manifest is missing, unreadable or altered, if its schema is another one, or if any file is missing,
        changed or not listed, or they are too large. All that is wrong is named, a line each.
    """
    sizes = files.sizes if isinstance(files, FilesInPlace) else {name: len(data) for name, data in files.items()}
    if MANIFEST not in sizes:
        raise ArtifactError(
            message(
                "{manifest}: missing; expected the directory that {writer} wrote; is this the right folder?",
                manifest=MANIFEST,
                writer=advice(python="publish_judge", command="alia-judge publish"),
            )
        )
    if sizes[MANIFEST] > _LARGEST_MANIFEST:
        raise ArtifactError(
            message(
                "{manifest}: {sizes:,} bytes; expected at most {largest_manifest:,}; publish again",
                manifest=MANIFEST,
                sizes=sizes[MANIFEST],
                largest_manifest=_LARGEST_MANIFEST,
            )
        )
    raw = files[MANIFEST]
    try:
        data = json.loads(raw)
        found = data["schema"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArtifactError(
            message(
                "{manifest}: not a manifest ({error}); publish the judge again",
                manifest=MANIFEST,
                error=message_of(error),
            )
        ) from None
    if found != schema:
        raise ArtifactError(
            message(
                "{manifest}: schema {found!r} is not one that this version reads; expected "
                "{schema!r}; written by alia-judge {version}, install that or a later version",
                manifest=MANIFEST,
                found=found,
                schema=schema,
                version=data.get("version", message("of an unknown version")),
            )
        )
    try:
        manifest = Manifest.from_dict(data)
        as_written = manifest.to_bytes()
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ArtifactError(
            message(
                "{manifest}: a field is missing or of the wrong kind ({error}); publish again",
                manifest=MANIFEST,
                error=message_of(error),
            )
        ) from None
    if problems := list(_stated(manifest, sizes, whole=raw == as_written)):
        raise ArtifactError(joined(problems, "\n"))
    read = {name: files[name] for name in manifest.files}
    if problems := list(_changed(manifest, read)):
        raise ArtifactError(joined(problems, "\n"))
    return manifest, read


def listed_names(raw: bytes, *, like: bytes | None = None) -> list[str]:
    """The names of files that a manifest lists, without a look at them; none where it is no manifest.

    Parameters
    ----------
    raw
        The manifest as it stands in the directory.
    like
        Another manifest, of whose schema it must be, in whatever version.
    """
    try:
        data, schema = json.loads(raw), None if like is None else json.loads(like)["schema"]
        if schema is not None and data["schema"].rpartition("/")[0] != schema.rpartition("/")[0]:
            return []
        return [name for name in Manifest.from_dict(data).files if _plain(name)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def _stated(manifest: Manifest, sizes: Mapping[str, int], *, whole: bool) -> Iterator[str]:
    """What is wrong by the names and sizes alone."""
    # Byte for byte, not by meaning: a manifest that was edited by hand no longer vouches for anything.
    if not whole:
        yield message(
            "{name}: changed after publishing: its digest does not hold; fetch the directory again", name=MANIFEST
        )
    for name, record in manifest.files.items():
        if name not in sizes:
            yield message(
                "{name}: missing; expected {size} bytes; fetch the directory again", name=name, size=record.size
            )
        elif sizes[name] != record.size:
            yield message(
                "{name}: changed after publishing: expected {size} bytes, found {found}; fetch the directory again, or "
                "publish the judge again",
                name=name,
                size=record.size,
                found=sizes[name],
            )
    if (total := sum(sizes.get(name, 0) for name in manifest.files)) > _LARGEST:
        yield message(
            "{name}: lists {total:,} bytes; expected at most {most:,}; a judge is text, publish it again",
            name=MANIFEST,
            total=total,
            most=_LARGEST,
        )
    for name in sorted(set(sizes) - set(manifest.files) - {MANIFEST}):
        yield message(
            "{name}: not part of what was published; expected only the files that {manifest} lists; remove it",
            name=name,
            manifest=MANIFEST,
        )


def _changed(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[str]:
    """What is wrong by content."""
    for name, record in manifest.files.items():
        actual = FileRecord.of(files[name])
        if actual != record:
            yield message(
                "{name}: changed after publishing: expected {size} bytes of sha256 {sha256}, found {found} of {other}; "
                "fetch the directory again, or publish the judge again",
                name=name,
                size=record.size,
                sha256=record.sha256,
                found=actual.size,
                other=actual.sha256,
            )


def _plain(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and "\\" not in name and not path.is_absolute() and ".." not in path.parts and str(path) == name
