"""`Scale`: the values a rating may take."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError

__all__ = ["Scale", "ScaleKind"]

ScaleKind = Literal["ordinal", "binary", "nominal", "continuous", "pairwise"]
_KINDS: tuple[ScaleKind, ...] = ("ordinal", "binary", "nominal", "continuous", "pairwise")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The values a rating may take.

    Parameters
    ----------
    kind
        ``"ordinal"`` and ``"binary"`` have ordered `points`; ``"nominal"`` has unordered ones; ``"continuous"`` is the
        interval [`low`, `high`]; ``"pairwise"`` is a preference: -1 (the first of the pair), 0 (a tie), 1 (the second).
    points
        The numbers ratings are stored as, ascending. Nominal labels are coded 0..K-1 in the order of `labels`.
    labels
        The user's words for the points, one each; empty where the numbers speak for themselves.
    low, high
        Ends of a continuous scale; of the others, the first and last point.
    reverse
        True where a higher rating is worse. Values are stored as given; `oriented` turns them round.

    Raises
    ------
    UsageError
        If the points are not ascending and finite, or do not fit the kind.

    Examples
    --------
    >>> likert = Scale.ordinal(1, 5)
    >>> likert.points
    (1.0, 2.0, 3.0, 4.0, 5.0)
    >>> likert.contains(6)
    False
    >>> Scale.nominal(["No", "Partially", "Yes"]).parse("Yes")
    2.0
    """

    kind: ScaleKind
    points: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    low: float = math.nan
    high: float = math.nan
    reverse: bool = False

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise UsageError(
                message("scale kind must be one of {kinds}, got {kind!r}", kinds=", ".join(_KINDS), kind=self.kind)
            )
        if self.kind == "continuous":
            if self.points or self.labels:
                raise UsageError(message("a continuous scale has low and high, not points or labels"))
            if not self.low < self.high:
                raise UsageError(
                    message("a continuous scale needs low < high, got {low} and {high}", low=self.low, high=self.high)
                )
            return
        object.__setattr__(self, "points", tuple(float(point) for point in self.points))
        if len(self.points) < 2:
            raise UsageError(message("a scale needs at least 2 points, got {n}", n=len(self.points)))
        if not all(a < b for a, b in zip(self.points, self.points[1:], strict=False)):
            raise UsageError(message("scale points must be ascending, got {points}", points=self.points))
        if self.labels and len(self.labels) != len(self.points):
            raise UsageError(
                message(
                    "labels must be one for each of the {n} points, got {n_labels}",
                    n=len(self.points),
                    n_labels=len(self.labels),
                )
            )
        if self.kind == "binary" and len(self.points) != 2:
            raise UsageError(message("a binary scale has 2 points, got {n}", n=len(self.points)))
        object.__setattr__(self, "low", self.points[0])
        object.__setattr__(self, "high", self.points[-1])

    @classmethod
    def ordinal(cls, low: int, high: int, *, labels: Sequence[str] = (), reverse: bool = False) -> Scale:
        """Whole points from `low` to `high`."""
        points = tuple(float(point) for point in range(low, high + 1))
        return cls(kind="ordinal", points=points, labels=tuple(labels), reverse=reverse)

    @classmethod
    def binary(cls, labels: Sequence[str] = ("no", "yes")) -> Scale:
        """0 and 1, with the user's words for them."""
        return cls(kind="binary", points=(0.0, 1.0), labels=tuple(labels))

    @classmethod
    def nominal(cls, labels: Sequence[str]) -> Scale:
        """Unordered labels, coded 0..K-1 in the order given."""
        return cls(kind="nominal", points=tuple(float(code) for code in range(len(labels))), labels=tuple(labels))

    @classmethod
    def continuous(cls, low: float, high: float, *, reverse: bool = False) -> Scale:
        """Any number from `low` to `high`."""
        return cls(kind="continuous", low=float(low), high=float(high), reverse=reverse)

    @classmethod
    def pairwise(cls, *, ties: bool = True) -> Scale:
        """A preference between two: -1 the first, 0 a tie, 1 the second."""
        if ties:
            return cls(kind="pairwise", points=(-1.0, 0.0, 1.0), labels=("first", "tie", "second"))
        return cls(kind="pairwise", points=(-1.0, 1.0), labels=("first", "second"))

    @property
    def ordered(self) -> bool:
        """Whether a higher value means more (everything but nominal)."""
        return self.kind != "nominal"

    @property
    def has_labels(self) -> bool:
        """Whether its values are labels: nominal, or two of them. Their codes correlate with nothing."""
        return self.kind in ("nominal", "binary")

    @property
    def level(self) -> Literal["nominal", "ordinal", "interval"]:
        """Measurement level that agreement statistics should use."""
        if self.kind in ("nominal", "binary"):
            return "nominal"
        return "interval" if self.kind == "continuous" else "ordinal"

    def contains(self, value: float) -> bool:
        """Whether `value` is on the scale."""
        if self.kind == "continuous":
            return self.low <= value <= self.high
        return value in self.points

    def parse(self, text: str | float) -> float | None:
        """The number `text` stands for, by label (whatever its case) or as a numeral; None if off the scale."""
        if isinstance(text, str):
            word = text.strip().casefold()
            for point, label in zip(self.points, self.labels, strict=False):
                if label.casefold() == word:
                    return point
            if self.kind == "nominal":
                return None
        try:
            number = float(text)
        except (ValueError, OverflowError):  # a word, or a whole number beyond all others
            return None
        return number if self.contains(number) else None

    def label(self, value: float) -> str:
        """The user's word for a point, or its shortest numeral."""
        if self.labels and value in self.points:
            return self.labels[self.points.index(value)]
        return f"{value:g}"

    def oriented(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """`values` with higher meaning better: mirrored within the scale where `reverse` is set."""
        return self.low + self.high - values if self.reverse else values

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        result: dict[str, Any] = {"kind": self.kind}
        if self.kind == "continuous":
            result |= {"low": self.low, "high": self.high}
        else:
            result |= {"points": list(self.points), "labels": list(self.labels)}
        result["reverse"] = self.reverse
        return result

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scale:
        """The inverse of `to_dict`."""
        return cls(
            kind=data["kind"],
            points=tuple(data.get("points", ())),
            labels=tuple(data.get("labels", ())),
            low=data.get("low", math.nan),
            high=data.get("high", math.nan),
            reverse=data.get("reverse", False),
        )
