"""What the readouts that need no fitting share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge.judging.readouts.base import ReadoutRecord
from alia_judge.records import Judgments, Scale

__all__ = ["UnfittedReadout"]


@dataclass(frozen=True, kw_only=True, eq=False)
class UnfittedReadout(ReadoutRecord):
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
