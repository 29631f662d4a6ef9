"""Results that other commands wrote as JSON, read again: an evaluation, a report of probes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from alia_judge.errors import DataError, Problem

if TYPE_CHECKING:
    from alia_judge.evaluation import EvaluationResult
    from alia_judge.probes import ProbeReport

__all__ = ["EvaluationOption", "ProbesOption", "read_evaluation", "read_probes"]

EvaluationOption = Annotated[
    Path | None,
    typer.Option("--evaluation", metavar="JSON", help="What evaluate --json wrote, in place of the published one."),
]
ProbesOption = Annotated[
    Path | None,
    typer.Option("--probes", metavar="JSON", help="What probe --json wrote, in place of the published one."),
]

Result = TypeVar("Result")


def read_evaluation(path: Path) -> EvaluationResult:
    """The evaluation that ``alia-judge evaluate --json`` wrote.

    Raises
    ------
    DataError
        If the file holds something else.
    """
    from alia_judge.evaluation import EvaluationResult

    return _read(path, EvaluationResult.from_dict, what="an evaluation", command="evaluate")


def read_probes(path: Path) -> ProbeReport:
    """What ``alia-judge probe --json`` wrote.

    Raises
    ------
    DataError
        If the file holds something else.
    """
    from alia_judge.probes import ProbeReport

    return _read(path, ProbeReport.from_dict, what="a report of probes", command="probe")


def _read(path: Path, parse: Callable[[Mapping[str, Any]], Result], *, what: str, command: str) -> Result:
    try:
        return parse(json.loads(path.read_text("utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            Problem(
                file=str(path),
                what=f"not {what} ({error!r})",
                expected=f"the JSON that alia-judge {command} --json writes",
                remedy=f"run alia-judge {command} again with --json",
            )
        ) from error
