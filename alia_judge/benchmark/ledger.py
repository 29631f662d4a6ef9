"""`TestLedger`: how often a benchmark's test split was looked at, when, and by what."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alia_judge.errors import ArtifactError

__all__ = ["Look", "TestLedger"]


@dataclass(frozen=True, kw_only=True)
class Look:
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

    def to_dict(self) -> dict[str, str]:
        """JSON form."""
        return {"at": self.at, "by": self.by, "purpose": self.purpose, "previous": self.previous}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Look:
        """The inverse of `to_dict`."""
        return cls(at=data["at"], by=data["by"], purpose=data["purpose"], previous=data["previous"])


class TestLedger:
    """An append-only list of looks, in a file beside the frozen benchmark where there is one.

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
        self._unwritten: list[str] = []
        if path is not None:
            _ = self.looks

    @property
    def looks(self) -> tuple[Look, ...]:
        """Every look, oldest first."""
        looks: list[Look] = []
        previous = b""
        for number, line in enumerate(self._lines(), start=1):
            try:
                look = Look.from_dict(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise ArtifactError(
                    f"{self.path}:{number}: not a look at the test split; restore the ledger"
                ) from error
            if look.previous != hashlib.sha256(previous).hexdigest():
                raise ArtifactError(
                    f"{self.path}:{number}: this look does not follow the line before it; a line was changed or taken "
                    "out; restore the ledger"
                )
            looks.append(look)
            previous = line.encode()
        return tuple(looks)

    @property
    def count(self) -> int:
        """How many looks there were."""
        return len(self.looks)

    def record(self, *, by: str, purpose: str = "evaluate") -> Look:
        """Write down a look before it is taken.

        A ledger that cannot be written (a read-only copy) keeps the look in memory, and warns: the file then counts
        too few.
        """
        lines = self._lines()
        previous = hashlib.sha256(lines[-1].encode() if lines else b"").hexdigest()
        look = Look(at=datetime.now(UTC).isoformat(timespec="seconds"), by=by, purpose=purpose, previous=previous)
        line = json.dumps(look.to_dict(), ensure_ascii=False)
        if self.path is None:
            self._unwritten.append(line)
            return look
        try:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(line + "\n")
        except OSError as error:
            self._unwritten.append(line)
            warnings.warn(
                f"the test ledger {self.path} cannot be written ({error.strerror}); this look by {by!r} is counted in "
                "this process only",
                stacklevel=2,
            )
        return look

    def _lines(self) -> list[str]:
        written: list[str] = []
        if self.path is not None and self.path.is_file():
            written = [line for line in self.path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return written + self._unwritten
