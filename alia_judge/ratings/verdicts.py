"""What the words of somebody else's judge stand for on the scale of the ratings."""

from __future__ import annotations

from alia_judge.ratings.roles.pairs import preference
from alia_judge.ratings.scales import parse_value
from alia_judge.records import Scale

__all__ = ["verdict_value"]


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
