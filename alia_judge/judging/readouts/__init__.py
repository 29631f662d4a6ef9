"""Readouts: from raw verdicts to scores, fitted after the calls were paid."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from alia_judge._deprecation import old_names
from alia_judge._messages import message
from alia_judge._registry import Registry
from alia_judge.judging.readouts.abstain import Abstain
from alia_judge.judging.readouts.base import FittedOn, Readout, distributions, judgments_of
from alia_judge.judging.readouts.conformal import ConformalInterval
from alia_judge.judging.readouts.cuts import Cuts
from alia_judge.judging.readouts.expected import Expected
from alia_judge.judging.readouts.isotonic import Isotonic
from alia_judge.judging.readouts.ordinal import Ordinal
from alia_judge.judging.readouts.retired import RETIRED
from alia_judge.judging.readouts.ridge import Ridge
from alia_judge.records import Scale

__all__ = [
    "Abstain",
    "ConformalInterval",
    "Cuts",
    "Expected",
    "FittedOn",
    "Isotonic",
    "Ordinal",
    "Readout",
    "Ridge",
    "all_readouts",
    "distributions",
    "judgments_of",
    "make_readout",
    "readout_from_dict",
]

#: Every readout of one judge's verdicts by name, as a class: the ``READOUTS`` of each module of this folder, and those
#: of the entry point group ``alia_judge.readouts``.
all_readouts: Registry[Any] = Registry(
    "alia_judge.judging.readouts",
    attribute="READOUTS",
    group="alia_judge.readouts",
    what="readout",
    key=lambda readout: readout.name,
    made=False,
)


def make_readout(name: str, scale: Scale) -> Readout:
    """The readout called `name`, not yet fitted.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    readout: Readout = _class_of(name)(scale=scale)
    return readout


def readout_from_dict(data: Mapping[str, Any]) -> Readout:
    """The inverse of any readout's ``to_dict``.

    Raises
    ------
    UsageError
        If there is no readout of that name.
    """
    if data["readout"] == Abstain.name:
        return Abstain.from_dict(data, readout_from_dict(data["base"]))
    readout: Readout = _class_of(data["readout"]).from_dict(data)
    return readout


def _class_of(name: str) -> Any:
    if name not in RETIRED:
        return all_readouts.named(name)
    warnings.warn(
        message(
            "the readout {name!r} is deprecated and will go; 'expected' needs no fit, 'isotonic' "
            "and 'ordinal' calibrate",
            name=name,
        ),
        DeprecationWarning,
        stacklevel=3,
    )
    return RETIRED[name]


__getattr__ = old_names(
    __name__, {"READOUTS": "all_readouts()", "Argmax": "retired.Argmax", "Temperature": "retired.Temperature"}
)
