"""`Configuration`: what decides a judge's verdicts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from alia_judge._record import Record

__all__ = ["Configuration"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Configuration(Record):
    """One way to judge, as JSON parameters only (model, rubric, language, style, demonstrations, readout ...).

    `key` is a digest of the parameters: two configurations with the same parameters are the same one.
    """

    parameters: Mapping[str, Any]
    name: str = ""

    @cached_property  # a store asks for it with every verdict, and a rubric with demonstrations is long
    def key(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the canonical JSON of the parameters."""
        text = json.dumps(dict(self.parameters), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Configuration) and self.key == other.key
