"""What ``alia-judge probe`` wrote as JSON, read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from alia_judge.errors import DataError, Problem

if TYPE_CHECKING:
    from alia_judge.probes import ProbeReport

__all__ = ["read_probes"]


def read_probes(path: Path) -> ProbeReport:
    """The report in a JSON file that ``alia-judge probe --json`` wrote.

    Raises
    ------
    DataError
        If the file holds something else.
    """
    from alia_judge.probes import ProbeReport

    try:
        return ProbeReport.from_dict(json.loads(path.read_text("utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            Problem(
                file=str(path),
                what=f"not a report of probes ({error!r})",
                expected="the JSON that alia-judge probe --json writes",
                remedy="run alia-judge probe again with --json",
            )
        ) from error
