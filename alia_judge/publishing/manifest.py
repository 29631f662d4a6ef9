"""`Manifest`: the list of a published judge's files with their checksums, so that a changed byte is found by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from alia_judge._json import dumps
from alia_judge.errors import ArtifactError

__all__ = ["MANIFEST", "FileRecord", "Manifest", "seal", "verify"]

#: The manifest's own name in the directory.
MANIFEST = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class FileRecord:
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
    >>> verify(files, schema="alia-judge/artifact/1").files["judge.json"].size
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
        """The inverse of `to_dict`; the digest is computed anew."""
        return cls(
            schema=data["schema"],
            version=data["version"],
            files={
                name: FileRecord(sha256=record["sha256"], size=record["size"]) for name, record in data["files"].items()
            },
            facts=data["facts"],
        )

    def _content(self) -> dict[str, Any]:
        return {"schema": self.schema, "version": self.version, "files": dict(self.files), "facts": dict(self.facts)}


def seal(files: Mapping[str, bytes], *, schema: str, version: str, facts: Mapping[str, Any]) -> dict[str, bytes]:
    """`files` with their manifest added.

    Raises
    ------
    ValueError
        If a name is not a plain relative one, or is the manifest's own.
    """
    for name in files:
        if name == MANIFEST or not _plain(name):
            raise ValueError(f"a published file needs a plain relative name other than {MANIFEST}, got {name!r}")
    records = {name: FileRecord.of(data) for name, data in sorted(files.items())}
    manifest = Manifest(schema=schema, version=version, files=records, facts=facts)
    return {**files, MANIFEST: manifest.to_bytes()}


def verify(files: Mapping[str, bytes], *, schema: str) -> Manifest:
    """The manifest of `files`, after every byte was held against it.

    Parameters
    ----------
    files
        Everything found in the directory, by relative name.
    schema
        The layout that the caller can read.

    Raises
    ------
    ArtifactError
        If the manifest is missing, unreadable or altered, if its schema is another one, or if any file is missing,
        changed or not listed. All that is wrong is named, a line each.
    """
    if MANIFEST not in files:
        raise ArtifactError(
            f"{MANIFEST}: missing; expected the directory that publish_judge wrote; is this the right folder?"
        )
    try:
        data = json.loads(files[MANIFEST])
        found = data["schema"]
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{MANIFEST}: not a manifest ({error}); publish the judge again") from None
    if found != schema:
        raise ArtifactError(
            f"{MANIFEST}: schema {found!r} is not one that this version reads; expected {schema!r}; "
            f"written by alia-judge {data.get('version', 'of an unknown version')}, install that or a later version"
        )
    try:
        manifest = Manifest.from_dict(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(f"{MANIFEST}: a field is missing or of the wrong kind ({error}); publish again") from None
    problems = list(_problems(manifest, files))
    if problems:
        raise ArtifactError("\n".join(problems))
    return manifest


def _problems(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[str]:
    # Byte for byte, not by meaning: a manifest that was edited by hand no longer vouches for anything.
    if files[MANIFEST] != manifest.to_bytes():
        yield f"{MANIFEST}: changed after publishing: its digest does not hold; fetch the directory again"
    for name, record in manifest.files.items():
        if name not in files:
            yield f"{name}: missing; expected {record.size} bytes; fetch the directory again"
            continue
        actual = FileRecord.of(files[name])
        if actual != record:
            yield (
                f"{name}: changed after publishing: expected {record.size} bytes of sha256 {record.sha256}, "
                f"found {actual.size} of {actual.sha256}; fetch the directory again, or publish the judge again"
            )
    for name in sorted(set(files) - set(manifest.files) - {MANIFEST}):
        yield f"{name}: not part of what was published; expected only the files that {MANIFEST} lists; remove it"


def _plain(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and "\\" not in name and not path.is_absolute() and ".." not in path.parts and str(path) == name
