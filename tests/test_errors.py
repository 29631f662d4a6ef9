"""What is raised reaches another process as it was: a worker's error is read where it is told."""

from __future__ import annotations

import pickle

import pytest

from alia_judge._messages import _, message
from alia_judge.errors import (
    AliaJudgeError,
    DataError,
    GateRefused,
    Interrupted,
    LeakFound,
    MissingExtraError,
    Problem,
    UnknownNameError,
    UsageError,
)


def _problem(line: int) -> Problem:
    return Problem(file="a.csv", line=line, field="score", what="empty", expected="a number", remedy="correct it")


@pytest.mark.parametrize(
    "error",
    [
        UsageError(message("n must be at least 1, got {n}", n=0)),
        UnknownNameError("no judge 'x'"),
        DataError([_problem(line) for line in range(2, 40)]),
        GateRefused("people disagree"),
        LeakFound("3 items were learnt from"),
        Interrupted("run the same command again"),
        MissingExtraError("ray is not installed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_the_same_in_another_process(error: AliaJudgeError, monkeypatch: pytest.MonkeyPatch) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - written on this line
    assert (type(again), str(again), again.__dict__) == (type(error), str(error), error.__dict__)
    monkeypatch.setenv("ALIA_JUDGE_LANG", "es")
    assert _(again.args[0]) == _(error.args[0])
