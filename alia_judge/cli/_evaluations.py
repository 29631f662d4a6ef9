"""Evaluations as commands are given them: the JSON of ``evaluate``, or a published judge that has one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from alia_judge._messages import message
from alia_judge.errors import DataError, Problem, UsageError

if TYPE_CHECKING:
    from alia_judge.evaluation import EvaluationResult

__all__ = ["published_evaluation", "read_evaluation", "read_result"]


class _Readable(Protocol):
    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self: ...


R = TypeVar("R", bound=_Readable)


def read_evaluation(path: Path) -> EvaluationResult:
    """The evaluation in a JSON file that ``alia-judge evaluate --json`` wrote."""
    from alia_judge.evaluation import EvaluationResult

    return read_result(path, EvaluationResult, "evaluate")


def read_result(path: Path, kind: type[R], command: str) -> R:
    """What ``alia-judge COMMAND --json`` wrote to `path`."""
    try:
        return kind.from_dict(json.loads(path.read_text("utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError, UsageError, RecursionError) as error:
        raise DataError(
            Problem(
                file=str(path),
                what=message("not a result of {command} ({error})", command=command, error=repr(error)),
                expected=message("the JSON that alia-judge {command} --json writes", command=command),
                remedy=message("run {command} again with --json", command=command),
            )
        ) from error


def published_evaluation(source: str) -> EvaluationResult:
    """The evaluation of a published judge (a folder, or ``hf://ORG/NAME``), or in a JSON file."""
    if not source.startswith("hf://") and not Path(source).is_dir():
        return read_evaluation(Path(source))
    from alia_judge.publishing import read_published

    published = read_published(source)
    if published.evaluation is None:
        raise DataError(
            Problem(
                file=source,
                what=message("it was published without an evaluation"),
                expected=message("a judge with evaluation.json"),
                remedy=message("publish it with --evaluation, or pass the JSON of evaluate"),
            )
        )
    return replace(published.evaluation, learnt=published.learnt)
