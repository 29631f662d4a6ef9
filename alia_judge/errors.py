"""Every error and warning the library raises on purpose.

An error says what was wrong, where, what was expected and what to do. `AliaJudgeError` is the root, so
``except AliaJudgeError`` catches all of them and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, SupportsIndex

from alia_judge._advice import advice
from alia_judge._messages import Message, joined, message

__all__ = [
    "AliaJudgeError",
    "ArtifactError",
    "BudgetError",
    "ChangedWarning",
    "DataError",
    "DegenerateDataWarning",
    "GateRefused",
    "Interrupted",
    "LeakFound",
    "MissingExtraError",
    "ModelError",
    "Problem",
    "StoreError",
    "UnknownNameError",
    "UsageError",
]


class AliaJudgeError(Exception):
    """Root of every error raised on purpose.

    Examples
    --------
    >>> import alia_judge as aj
    >>> try:
    ...     aj.Scale.ordinal(1, 1)
    ... except aj.AliaJudgeError as error:
    ...     print(error)
    a scale needs at least 2 points, got 1
    """

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process gets it as it is: a constructor would make a sentence of the sentence.
        return _as_it_is, (type(self), self.args, self.__dict__)


def _as_it_is(kind: type[AliaJudgeError], args: tuple[Any, ...], state: dict[str, Any]) -> AliaJudgeError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the user's data.

    Parameters
    ----------
    what
        What was found.
    expected
        What was expected in its place.
    remedy
        What to do about it.
    file, line, field
        Where: `line` counts from 1 and counts physical lines. None where the source has no such thing
        (a data frame has no file).
    """

    what: str
    expected: str
    remedy: str
    file: str | None = None
    line: int | None = None
    field: str | None = None

    @property
    def location(self) -> str:
        """``FILE:LINE`` as editors read it, or the field, or an empty string."""
        if self.file is None:
            return f"row {self.line}" if self.line is not None else (self.field or "")
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def told(self) -> Message:
        """Where, what, what was expected and what to do: one sentence, which can be shown in the reader's language."""
        at: list[str] = [self.location] if self.location else []
        if self.field is not None and self.location != self.field:
            at.append(message("field {field!r}", field=self.field))
        said = message(
            "{what}; expected {expected}; {remedy}", what=self.what, expected=self.expected, remedy=self.remedy
        )
        return joined([*at, said], ": ")

    def __str__(self) -> str:
        return str(self.told())


class DataError(AliaJudgeError, ValueError):
    """The user's data cannot be used as it is. Holds every problem found, not only the first.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = [{"item": "a", "rater": "ana", "stars": 4}, {"item": "b", "rater": "ana", "stars": 9}]
    >>> try:
    ...     aj.load_ratings(ratings, criterion="stars", scales={"stars": "1-5"})
    ... except aj.DataError as error:
    ...     print(len(error.problems), error.problems[0].expected)
    1 a value of the scale declared: ordinal 1 to 5 (5 points)
    """

    #: Beyond so many lines, and so many of one fault, the message says how many more; `problems` always holds all.
    shown, shown_of_one = 20, 3

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(joined(self.told(), "\n"))

    def told(self) -> list[Message]:
        """The problems in at most a screen of lines: one fault of many rows is said three times, and then counted."""
        faults: dict[tuple[str | None, ...], list[Problem]] = {}
        for problem in self.problems:
            key = (problem.file, problem.field, problem.expected, problem.remedy)
            faults.setdefault(key, []).append(problem)
        lines: list[Message] = []
        said = 0
        for found in faults.values():
            if len(lines) >= self.shown:
                lines.append(message("... and {n} more problems", n=len(self.problems) - said))
                break
            some = found if len(found) <= self.shown_of_one + 1 else found[: self.shown_of_one]
            lines += [one.told() for one in some]
            said += len(found)
            if len(more := found[len(some) :]):
                where = [str(problem.line) for problem in more if problem.line is not None][: 2 * self.shown_of_one]
                named = ", ".join(where) + (" ..." if len(where) < len(more) else "")
                lines.append(
                    message("... and {n} more of this fault, on lines {lines}", n=len(more), lines=named)
                    if where
                    else message("... and {n} more of this fault", n=len(more))
                )
        return lines


class UsageError(AliaJudgeError, ValueError):
    """A function or command was called in a way that cannot work, whatever the data."""


class UnknownNameError(UsageError, KeyError):
    """A result was asked for a part that it has not: a judge, a criterion, a probe."""

    def __str__(self) -> str:
        return Exception.__str__(self)  # a KeyError would show its message in quotes


class GateRefused(AliaJudgeError):  # noqa: N818 - a refusal is a result, not a fault
    """A quality gate refused. `reason` is the sentence to show; going on regardless is the user's choice."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class LeakFound(GateRefused):
    """Items that were to be scored were learnt from; `found` says how many, which. ``--no-gate`` does not lift it."""

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(
            message(
                "{found}; {exclude} scores only the others, {keep} goes on and marks every figure",
                found=found,
                exclude=advice(python="seen='exclude'", command="--seen exclude"),
                keep=advice(python="seen='keep'", command="--seen keep"),
            )
        )


class BudgetError(AliaJudgeError):
    """The budget cannot pay for what was asked."""


def expect(name: str, given: object, kind: type | tuple[type, ...], instead: str) -> None:
    """Raise where an argument is of another type, in words that say what to give instead.

    Raises
    ------
    UsageError
        Always then.

    Examples
    --------
    >>> expect("ratings", "a.csv", dict, "load_ratings(...)")
    Traceback (most recent call last):
    ...
    alia_judge.errors.UsageError: ratings is of type str, expected dict; give load_ratings(...)
    """
    if not isinstance(given, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        names = {type(None): "None", SupportsIndex: "int"}
        wanted = " or ".join(names.get(one, one.__name__) for one in kinds)
        raise UsageError(
            message(
                "{name} is of type {kind}, expected {wanted}; give {instead}",
                name=name,
                kind=type(given).__name__,
                wanted=wanted,
                instead=instead,
            )
        )


class ModelError(AliaJudgeError):
    """A language model cannot be reached or used at all (not: one call failed, that is an unscored verdict)."""


class StoreError(AliaJudgeError):
    """A store of verdicts cannot be used just now: it is locked, its disk is full, its server is away."""


class ArtifactError(AliaJudgeError):
    """A published judge or a frozen benchmark is damaged, tampered with, or from an unknown version."""


class Interrupted(AliaJudgeError):  # noqa: N818 - it reports the user's Ctrl-C, not a fault
    """The user stopped a long run. `resume` is the sentence that says how to go on."""

    def __init__(self, resume: str) -> None:
        self.resume = resume
        super().__init__(message("interrupted; {resume}", resume=resume))


class MissingExtraError(AliaJudgeError, ImportError):
    """An optional dependency is not installed."""


class DegenerateDataWarning(UserWarning):
    """A statistic is undefined on these data (a constant vector, a single item); its value is NaN.

    Examples
    --------
    >>> import alia_judge as aj
    >>> import warnings
    >>> from alia_judge.stats import spearman
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     found = spearman([3, 3, 3, 3], [1, 2, 3, 4])
    >>> found.defined, said[0].category is aj.DegenerateDataWarning
    (False, True)
    """


class ChangedWarning(UserWarning):
    """Something is not as it was when verdicts were paid for: a server, its address, or what an old version kept."""
