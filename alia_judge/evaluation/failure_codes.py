"""Codes that a judge's makers write for "no score" (-1, 0, 99): told, and never averaged."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from alia_judge._messages import message
from alia_judge.records import Scale

__all__ = ["failure_codes", "without"]

#: What stands for no score where it is no point of the scale.
_CODES = frozenset({-1.0, -9.0, -99.0, -999.0, -9999.0, 0.0, 99.0, 999.0, 9999.0})
#: Share of a judge's other scores that lie on the scale, where it scores on that scale at all.
_ON_SCALE = 0.9
#: Codes are few: more of them are a judge's own scale.
_MOST = 0.25


def failure_codes(scores: Mapping[str, float], scale: Scale) -> dict[str, float]:
    """The items of a judge whose score is no score but a code, with the code.

    A judge may score on another scale than people (0 to 100, or from 0 to 4 where people rate from 1 to 5); of such a
    judge nothing is a code.

    Examples
    --------
    >>> failure_codes({"a": 4.0, "b": 3.6, "c": 5.0, "d": 2.0, "e": -1.0}, Scale.ordinal(1, 5))
    {'e': -1.0}
    >>> failure_codes({"a": 4.0, "b": 3.0, "c": 2.0, "d": 1.0, "e": 0.0}, Scale.ordinal(1, 5))
    {}
    >>> failure_codes({"a": 80.0, "b": 40.0, "c": 0.0}, Scale.ordinal(1, 5))
    {}
    """
    if not scale.ordered:
        return {}
    known = {item: value for item, value in scores.items() if not math.isnan(value)}
    coded = {item: value for item, value in known.items() if value in _CODES and not scale.low <= value <= scale.high}
    others = [value for item, value in known.items() if item not in coded]
    within = sum(scale.low <= value <= scale.high for value in others)
    if not others or within < _ON_SCALE * len(others) or len(coded) > _MOST * len(known):
        return {}
    # Points counted from 0 fill the scale but for its highest.
    if 0.0 in coded.values() and scale.low == 1.0 and max(others) <= scale.high - 1.0:
        return {}
    return coded


def without(
    judged: Mapping[str, Mapping[str, float]], scale: Scale, criterion: str
) -> tuple[dict[str, Mapping[str, float]], dict[str, dict[str, str]], list[str]]:
    """The judges' scores without codes; the reason of each item that had one, by judge; and what to say of it."""
    kept: dict[str, Mapping[str, float]] = dict(judged)
    reasons: dict[str, dict[str, str]] = {}
    said: list[str] = []
    for judge, scores in judged.items():
        if not (codes := failure_codes(scores, scale)):
            continue
        kept[judge] = {**scores, **dict.fromkeys(codes, math.nan)}
        reasons[judge] = dict.fromkeys(codes, "off_scale")
        counts = ", ".join(f"{value:g} ({count})" for value, count in sorted(Counter(codes.values()).items()))
        said.append(
            message(
                "{judge!r} on {criterion!r}: {counts} lie off the scale of {low:g} to {high:g} and "
                "are read as codes for no score, on {n} of {n_scores} items; leave such scores empty",
                judge=judge,
                criterion=criterion,
                counts=counts,
                low=scale.low,
                high=scale.high,
                n=len(codes),
                n_scores=len(scores),
            )
        )
    return kept, reasons, said
