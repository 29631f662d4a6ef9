"""Readouts: from raw verdicts to scores, fitted after the calls were paid."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from alia_judge.errors import UsageError
from alia_judge.judging.readouts.abstain import Abstain
from alia_judge.judging.readouts.argmax import Argmax
from alia_judge.judging.readouts.base import FittedOn, Readout, distributions, judgments_of
from alia_judge.judging.readouts.conformal import ConformalInterval
from alia_judge.judging.readouts.expected import Expected
from alia_judge.judging.readouts.isotonic import Isotonic
from alia_judge.judging.readouts.ordinal import Ordinal
from alia_judge.judging.readouts.ridge import Ridge
from alia_judge.judging.readouts.temperature import Temperature
from alia_judge.records import Scale

__all__ = [
    "READOUTS",
    "Abstain",
    "Argmax",
    "ConformalInterval",
    "Expected",
    "FittedOn",
    "Isotonic",
    "Ordinal",
    "Readout",
    "Ridge",
    "Temperature",
    "distributions",
    "judgments_of",
    "make_readout",
    "readout_from_dict",
]

#: Every readout of one judge's verdicts, by name.
READOUTS: Mapping[str, type[Argmax | Expected | Isotonic | Ordinal | Ridge | Temperature]] = MappingProxyType(
    {readout.name: readout for readout in (Argmax, Expected, Isotonic, Ordinal, Ridge, Temperature)}
)


def make_readout(name: str, scale: Scale) -> Readout:
    """The readout called `name`, not yet fitted.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    return _named(name)(scale=scale)


def readout_from_dict(data: Mapping[str, Any]) -> Readout:
    """The inverse of any readout's ``to_dict``.

    Raises
    ------
    UsageError
        If there is no readout of that name.
    """
    if data["readout"] == Abstain.name:
        return Abstain.from_dict(data, readout_from_dict(data["base"]))
    return _named(data["readout"]).from_dict(data)


def _named(name: str) -> type[Argmax | Expected | Isotonic | Ordinal | Ridge | Temperature]:
    try:
        return READOUTS[name]
    except KeyError:
        raise UsageError(f"readout must be one of {', '.join(sorted(READOUTS))}, got {name!r}") from None
