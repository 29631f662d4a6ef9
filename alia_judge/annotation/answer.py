"""`checked_answer`: what somebody said about an item, each value as its scale has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alia_judge.annotation.wording import page_words
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Scale

__all__ = ["NotOnScale", "checked_answer", "value_on"]

_LONGEST_COMMENT, _LONGEST_SECONDS = 10_000, 10**9


class NotOnScale(UsageError):  # noqa: N818 - what the server answers
    """What was said is no rating on the criteria's scales."""


def checked_answer(said: Mapping[str, Any], criteria: Mapping[str, Rubric]) -> dict[str, Any]:
    """What was said about an item: ``values``, why it is ``skipped``, ``comment`` and ``seconds``, nothing else.

    Raises
    ------
    NotOnScale
        If a value is missing, unknown or off its scale, or another field is not what it should be.
    """
    comment, skipped = ("" if said.get(name) is None else said[name] for name in ("comment", "skipped"))
    seconds = said.get("seconds")
    reasons = list(page_words("en")["reasons"])
    if skipped not in ("", *reasons):
        raise NotOnScale(f"skipped must be one of {', '.join(reasons)}, got {skipped!r:.60}")
    if not isinstance(comment, str) or len(comment) > _LONGEST_COMMENT:
        raise NotOnScale(f"comment must be a text of at most {_LONGEST_COMMENT} characters")
    number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if seconds is not None and not (number and 0 <= seconds <= _LONGEST_SECONDS):
        raise NotOnScale(f"seconds must be a number from 0 to {_LONGEST_SECONDS:,}, got {seconds!r:.60}")
    values = said.get("values", {})
    if skipped:
        values = {}
    elif not isinstance(values, Mapping) or set(values) != set(criteria):
        raise NotOnScale(f"values must have one for each of {', '.join(criteria)}")
    kept = {name: value_on(criteria[name].scale, value, name) for name, value in values.items()}
    # Half of a character can be written to no file.
    comment = comment.encode("utf-8", "replace").decode("utf-8")
    return {"values": kept, "skipped": skipped, "comment": comment, "seconds": seconds}


def value_on(scale: Scale, value: object, name: str) -> float | str:
    """A value of the criterion `name` as its ratings are saved: a number, or the word of a scale that has words.

    Raises
    ------
    NotOnScale
        If it is none of the scale's.
    """
    known = isinstance(value, (int, float, str)) and not isinstance(value, bool)
    point = scale.parse(value) if known else None  # type: ignore[arg-type]  # of what kind it is was looked at
    if point is None:
        raise NotOnScale(f"{value!r:.60} is no value of {name}")
    return scale.label(point) if scale.labels and scale.kind != "pairwise" else point
