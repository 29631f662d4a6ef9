"""What the words of somebody else's judge stand for on the scale of the ratings."""

from __future__ import annotations

from collections.abc import Iterable

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.roles.pairs import preference
from alia_judge.ratings.scales import parse_value
from alia_judge.records import Scale

__all__ = ["two_readings", "verdict_value"]

#: Sides of a pair as two kinds of judges number them: a tie, the first, the second; or the first, a tie, the second.
_EITHER_CODE = {0.0, 1.0, 2.0}


def verdict_value(text: str, scale: Scale) -> float | None:
    """The number that a verdict in words stands for on `scale`; None if it is none of the scale's.

    A side of a pair has many names (``A``, ``model_b``, ``empate``), in any of the languages that votes are read in. A
    numeral is what the scale says: 1 is the second.

    Examples
    --------
    >>> verdict_value("model_a", Scale.pairwise()), verdict_value("Empate", Scale.pairwise())
    (-1.0, 0.0)
    >>> verdict_value("good", Scale.nominal(["Bad", "Good"])), verdict_value("N/A", Scale.binary())
    (1.0, None)
    """
    value = parse_value(text, scale)
    if value is None and scale.kind == "pairwise" and any(character.isalpha() for character in text):
        value = preference(text, (), ())
    return value if value is not None and scale.contains(value) else None


def two_readings(judge: str, values: Iterable[float], scale: Scale, file: str | None) -> Problem | None:
    """What is wrong with numbers that are verdicts on pairs in two ways; None where they are in one.

    Parameters
    ----------
    judge
        Who gave them, for the message.
    values
        Its scores, none of them NaN.
    scale, file
        The ratings' scale, and where the scores stand.

    Examples
    --------
    >>> two_readings("gpt", [0.0, 1.0, 2.0], Scale.pairwise(), "scores.csv") is None
    False
    >>> two_readings("gpt", [-1.0, 0.0, 1.0], Scale.pairwise(), "scores.csv") is None
    True
    """
    if scale.kind != "pairwise" or set(values) != _EITHER_CODE:
        return None
    return Problem(
        message(
            "{judge!r} answers a pair by 0, 1 and 2, which has two readings: 0 may be a tie, or the first of the pair",
            judge=judge,
        ),
        message("words (first, second, tie), or -1 for the first, 0 for a tie, 1 for the second"),
        message("write the verdicts so"),
        file=file,
    )
