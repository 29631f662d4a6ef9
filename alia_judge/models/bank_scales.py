"""Scales of recorded configurations: stated or inferred, and scores brought from one onto another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.models.bank_files import SCORES
from alia_judge.ratings.scale_specs import parse_scale
from alia_judge.ratings.verdicts import two_readings
from alia_judge.records import Configuration, Scale

__all__ = ["OwnScale", "brought_onto", "own_scales"]

#: Scores are on another scale than the ratings' if so many are off that one, and this share: a slip is no scale.
_FEWEST_OFF, _SHARE_OFF = 5, 0.1
#: The first and the second of a pair, by number.
_SIDES = (1.0, 2.0)
#: What judges are asked on as a rule: of those that hold all its scores the narrowest is a configuration's.
_USUAL = ((0.0, 1.0), (1.0, 5.0), (0.0, 5.0), (1.0, 10.0), (0.0, 10.0), (0.0, 100.0))


@dataclass(frozen=True, kw_only=True)
class OwnScale:
    """The scale that a configuration scores on.

    Parameters
    ----------
    scale
        The scale.
    inferred
        Whether that is what its scores look like, and not what the bank states.
    """

    scale: Scale
    inferred: bool


def own_scales(
    configurations: Sequence[Configuration],
    config_of: NDArray[np.int64],
    scores: NDArray[np.float32],
    scale: Scale,
    path: Path,
) -> dict[int, OwnScale]:
    """The scales of the configurations that score on another one than `scale`, by place.

    Parameters
    ----------
    configurations
        m configurations; what one states is its attribute ``scale``.
    config_of, scores
        Place of the configuration of each verdict, and its score, shape (rows,).
    scale
        The ratings'.
    path
        The file that states scales, for messages.

    Raises
    ------
    DataError
        If what is stated is no scale of numbers, or verdicts of pairs have two readings.
    """
    found: dict[int, OwnScale] = {}
    order = np.argsort(config_of, kind="stable")
    ends = np.searchsorted(config_of[order], np.arange(len(configurations) + 1))
    for place, configuration in enumerate(configurations):
        stated = configuration.parameters.get("scale")
        if stated is not None:
            own = _stated(stated, configuration, path)
            if own != scale:
                found[place] = OwnScale(scale=own, inferred=False)
            continue
        given = scores[order[ends[place] : ends[place + 1]]].astype(np.float64)
        given = given[np.isfinite(given)]
        name = str(configuration.parameters["config_id"])
        if (unclear := two_readings(name, given.tolist(), scale, str(path.with_name(SCORES)))) is not None:
            raise DataError(unclear)
        off = int(((given < scale.low) | (given > scale.high)).sum())
        if scale.ordered and off >= _FEWEST_OFF and off > _SHARE_OFF * len(given):
            usual = (_SIDES, *_USUAL) if scale.kind == "pairwise" else _USUAL
            found[place] = OwnScale(scale=_inferred(given, usual), inferred=True)
    return found


def brought_onto(scores: NDArray[np.float64], scale: Scale, other: Scale) -> NDArray[np.float64]:
    """Scores of one scale on another: ends on ends, straight between, the better end on the better end."""
    share = (scale.oriented(scores) - scale.low) / (scale.high - scale.low)
    return np.asarray(other.oriented(other.low + share * (other.high - other.low)))


def _stated(stated: object, configuration: Configuration, path: Path) -> Scale:
    try:
        own = parse_scale(str(stated))
    except UsageError as error:
        raise DataError(_wrong(configuration, str(error), path)) from None
    if own.has_labels or not own.ordered:
        raise DataError(
            _wrong(
                configuration, message("{stated!r} is a scale of labels, and scores are numbers", stated=stated), path
            )
        )
    return own


def _wrong(configuration: Configuration, what: str, path: Path) -> Problem:
    return Problem(
        message(
            "the scale of configuration {config_id!r}: {what}",
            config_id=configuration.parameters["config_id"],
            what=what,
        ),
        message("a scale of numbers, such as '0-100', '1-5', '0..1', or '5-1' where less is better"),
        message("write it so, or leave it out"),
        file=str(path),
    )


def _inferred(scores: NDArray[np.float64], usual: Sequence[tuple[float, float]]) -> Scale:
    low, high = float(scores.min()), float(scores.max())
    for least, most in usual:
        if least <= low and high <= most:
            return Scale.continuous(least, most)
    return Scale.continuous(low, high if high > low else low + 1)
