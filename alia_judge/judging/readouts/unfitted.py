"""What the readouts that need no fitting share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge.records import Judgments, Scale

__all__ = ["UnfittedReadout"]


@dataclass(frozen=True, kw_only=True)
class UnfittedReadout:
    """A readout that is ready as it is: `fit` gives it back."""

    name: ClassVar[str]

    scale: Scale

    @property
    def fitted_on(self) -> None:
        """Nothing."""
        return

    def fit(self, judgments: Judgments, target: NDArray[np.float64]) -> Self:  # noqa: ARG002 - the contract's
        """This readout: it needs no fitting."""
        return self

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"readout": self.name, "scale": self.scale.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(scale=Scale.from_dict(data["scale"]))
