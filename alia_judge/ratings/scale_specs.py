"""A scale in a few characters, as one writes it on a command line: `parse_scale`."""

from __future__ import annotations

import re

from alia_judge._messages import message, message_of
from alia_judge.errors import UsageError
from alia_judge.records import Scale

__all__ = ["parse_scale"]

_POINTS = re.compile(r"(-?\d+)\s*[-–]\s*(-?\d+)")
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)")
_WRITTEN = (
    "'1-5' (ordinal; '5-1' where 1 is best), '0..100' (continuous), 'bad<fair<good' (ordinal, in words), "
    "'cat,dog' (nominal), 'no/yes' (binary) or 'pairwise'"
)


def parse_scale(text: str) -> Scale:
    """The scale that `text` stands for.

    Parameters
    ----------
    text
        ``1-5``: whole points; ``5-1``: the same, a higher one is worse. ``0..100``: any number between; ``100..0``
        reversed. ``bad<fair<good``: words, lowest first. ``cat,dog``: labels without an order. ``no/yes``: two labels,
        the lower first. ``pairwise``: -1, 0, 1.

    Raises
    ------
    UsageError
        If it is none of these.

    Examples
    --------
    >>> parse_scale("5-1").reverse, parse_scale("0..10").kind, parse_scale("bad<fair<good").points
    (True, 'continuous', (1.0, 2.0, 3.0))
    """
    written = text.strip()
    points, span = _POINTS.fullmatch(written), _RANGE.fullmatch(written)
    try:
        if points:
            first, last = int(points[1]), int(points[2])
            return Scale.ordinal(min(first, last), max(first, last), reverse=first > last)
        if span:
            low, high = float(span[1]), float(span[2])
            return Scale.continuous(min(low, high), max(low, high), reverse=low > high)
        if written == "pairwise":
            return Scale.pairwise()
        for mark, make in (("<", _words), (",", Scale.nominal), ("/", Scale.binary)):
            labels = [label.strip() for label in written.split(mark)]
            if len(labels) > 1 and all(labels):
                return make(labels)
    except ValueError as error:
        raise UsageError(
            message(
                "{text!r} is no scale: {error}; write {written}", text=text, error=message_of(error), written=_WRITTEN
            )
        ) from error
    raise UsageError(message("{text!r} is no scale; write {written}", text=text, written=_WRITTEN))


def _words(labels: list[str]) -> Scale:
    return Scale.ordinal(1, len(labels), labels=labels)
