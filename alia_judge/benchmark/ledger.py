"""`TestLedger`: how often a benchmark's test split was looked at, when, and by what."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import ArtifactError

__all__ = ["Look", "TestLedger"]

#: Seconds to wait for another process, which holds the file for a moment.
_PATIENCE = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class Look(Record):
    """One look at the test split.

    Parameters
    ----------
    at
        When, in UTC (ISO 8601).
    by
        What looked: a judge's or artifact's fingerprint, or a name.
    purpose
        Why, in a word or a sentence.
    previous
        SHA-256 of the ledger's line before this one (of nothing for the first): a line taken out breaks the chain.
    """

    at: str
    by: str
    purpose: str
    previous: str


class TestLedger:
    """An append-only list of looks, in a file beside the frozen benchmark where there is one.

    Several processes may look at once: each reads and writes under a lock of the file. A line that its process did not
    live to finish, before the look it is about was taken, is no look; the next one takes its place.

    The chain finds a line that was changed, or taken out before another. It counts the looks of those who play by the
    rules: whoever owns the folder can shorten the file at its end, copy the folder or write another chain.

    Parameters
    ----------
    path
        The file, one JSON object a line; None keeps the looks in memory only.

    Raises
    ------
    ArtifactError
        If a line of the file is damaged or one before it was taken out.

    Examples
    --------
    >>> ledger = TestLedger()
    >>> look = ledger.record(by="judge 1f3a", purpose="evaluate")
    >>> ledger.count, ledger.looks[0].by
    (1, 'judge 1f3a')
    """

    __test__ = False  # pytest takes any Test* class for a test otherwise

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._unwritten: list[bytes] = []
        if path is not None:
            _ = self.looks

    @property
    def looks(self) -> tuple[Look, ...]:
        """Every look, oldest first."""
        with self._locked():
            lines = self._written() + self._unwritten
        return tuple(self._chained(lines))

    @property
    def count(self) -> int:
        """How many looks there were."""
        return len(self.looks)

    def record(self, *, by: str, purpose: str = "evaluate") -> Look:
        """Write down a look before it is taken.

        A ledger that cannot be written (a read-only copy) keeps the look in memory, and warns: the file then counts
        too few.

        Raises
        ------
        ArtifactError
            If the file is damaged, or another process holds its lock for longer than half a minute.
        """
        with self._locked():
            lines = self._written() + self._unwritten
            list(self._chained(lines))
            look = Look(
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                by=by,
                purpose=purpose,
                previous=hashlib.sha256(lines[-1] if lines else b"").hexdigest(),
            )
            # ASCII: a name may hold what ends a line for some reader, or half an emoji, which has no UTF-8.
            line = json.dumps(look.to_dict()).encode("ascii")
            if self.path is None:
                self._unwritten.append(line)
                return look
            try:
                self._write(self.path, line)
            except OSError as error:
                self._unwritten.append(line)
                warnings.warn(
                    message(
                        "the test ledger {path} cannot be written ({strerror}); this look by {by!r} is "
                        "counted in this process only",
                        path=self.path,
                        strerror=error.strerror,
                        by=by,
                    ),
                    stacklevel=2,
                )
        return look

    def _chained(self, lines: list[bytes]) -> Iterator[Look]:
        previous = b""
        for number, line in enumerate(lines, start=1):
            try:
                look = Look.from_dict(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise ArtifactError(
                    message(
                        "{path}:{number}: not a look at the test split; restore the ledger",
                        path=self.path,
                        number=number,
                    )
                ) from error
            if look.previous != hashlib.sha256(previous).hexdigest():
                raise ArtifactError(
                    message(
                        "{path}:{number}: this look does not follow the line before it; a line was changed or "
                        "taken out; restore the ledger",
                        path=self.path,
                        number=number,
                    )
                )
            yield look
            previous = line

    def _written(self) -> list[bytes]:
        """The lines of the file, by the newline alone: a name may hold other characters that end a line elsewhere."""
        if self.path is None or not self.path.is_file():
            return []
        *whole, last = self.path.read_bytes().split(b"\n")
        if _is_object(last):
            whole.append(last)  # an editor saved the file without its last newline
        return [line.rstrip(b"\r") for line in whole if line.strip()]

    def _write(self, path: Path, line: bytes) -> None:
        """Add a line to the file, in the place of one that was never finished."""
        with path.open("r+b" if path.exists() else "xb") as stream:
            last = path.read_bytes().rpartition(b"\n")[2]
            end = stream.seek(0, os.SEEK_END)
            if _is_object(last):
                line = b"\n" + line
            elif last:
                stream.seek(end - len(last))
                stream.truncate()
            stream.write(line + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """While no other process reads or writes the file; a folder that cannot be written is read without a lock."""
        if self.path is None or not self.path.parent.is_dir():
            yield
            return
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=_PATIENCE)
        try:
            lock.acquire()
        except Timeout as error:
            raise ArtifactError(
                message(
                    "{path}: another process has held the test ledger for {patience} seconds; expected a "
                    "moment; end that process and run this again",
                    path=self.path,
                    patience=_PATIENCE,
                )
            ) from error
        except OSError:
            yield
            return
        try:
            yield
        finally:
            lock.release()


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
