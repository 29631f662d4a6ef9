"""`Estimate`: one figure with its interval, how it was got, and the signature of the settings that change it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["Estimate"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Estimate:
    """A statistic, its interval where one was asked for, and what it rests on.

    ``float(estimate)`` is the value, ``print(estimate)`` the value with its interval, and a prompt shows the signature,
    too. Undefined is NaN, with the reason in `why`.

    Parameters
    ----------
    statistic
        Name of the statistic (``"spearman"``).
    value
        The point estimate; NaN where undefined.
    low, high
        Ends of the confidence interval; NaN where there is none.
    level
        Nominal coverage of the interval, in (0, 1); None where there is no interval.
    method
        How the interval was made (``"percentile bootstrap over groups"``), or the estimator's name.
    n
        Number of units the value rests on (items, pairs, or systems: `settings` may say which).
    groups
        Number of clusters that were resampled; None where items were taken as independent.
    settings
        Every setting that changes the figure, for `signature`.
    why
        Why the value, or its interval, is undefined; None otherwise.

    Examples
    --------
    >>> e = Estimate(statistic="spearman", value=0.65, low=0.6, high=0.7, level=0.95, method="bca", n=900)
    >>> float(e)
    0.65
    >>> print(e)
    0.650 [0.600, 0.700]
    >>> e
    spearman|n:900|interval:bca|level:0.95 = 0.650 [0.600, 0.700]
    """

    schema = "alia-judge/estimate/1"

    statistic: str
    value: float
    low: float = math.nan
    high: float = math.nan
    level: float | None = None
    method: str = ""
    n: int = 0
    groups: int | None = None
    settings: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    why: str | None = None

    def __float__(self) -> float:
        return float(self.value)

    @property
    def defined(self) -> bool:
        """Whether the value is a number."""
        return not math.isnan(self.value)

    @property
    def signature(self) -> str:
        """One line that names every setting that changes the figure (the idea is sacreBLEU's)."""
        parts = [self.statistic, f"n:{self.n}"]
        if self.groups is not None:
            parts.append(f"groups:{self.groups}")
        parts += [f"{key}:{value}" for key, value in self.settings.items()]
        if self.level is not None:
            parts += [f"interval:{self.method}", f"level:{self.level:g}"]
        return "|".join(parts)

    def with_interval(
        self, low: float, high: float, *, level: float, method: str, groups: int | None = None
    ) -> Estimate:
        """This estimate with an interval around it."""
        return replace(self, low=low, high=high, level=level, method=method, groups=groups)

    def __str__(self) -> str:
        if not self.defined:
            return f"undefined ({self.why})" if self.why else "undefined"
        if math.isnan(self.low):
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def __repr__(self) -> str:
        return f"{self.signature} = {self}"

    def to_dict(self) -> dict[str, Any]:
        """JSON form: NaN as None, with `why` beside it."""
        result: dict[str, Any] = {
            "statistic": self.statistic,
            "value": _none_if_nan(self.value),
            "low": _none_if_nan(self.low),
            "high": _none_if_nan(self.high),
            "level": self.level,
            "method": self.method,
            "n": self.n,
            "groups": self.groups,
            "settings": dict(self.settings),
        }
        if self.why is not None:
            result["why"] = self.why
        return result

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Estimate:
        """The inverse of `to_dict`."""
        return cls(
            statistic=data["statistic"],
            value=_nan_if_none(data["value"]),
            low=_nan_if_none(data["low"]),
            high=_nan_if_none(data["high"]),
            level=data["level"],
            method=data["method"],
            n=data["n"],
            groups=data["groups"],
            settings=dict(data["settings"]),
            why=data.get("why"),
        )


def _none_if_nan(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _nan_if_none(value: float | None) -> float:
    return math.nan if value is None else float(value)
