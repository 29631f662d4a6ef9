"""`Estimate`: one figure with its interval, how it was got, and the signature of the settings that change it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from scipy import special

from alia_judge._messages import Message, Told, Written, message, recalled
from alia_judge._record import Record

__all__ = ["Estimate"]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Estimate(Record, Told):
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
    error
        The standard error that the interval was made from; NaN where it was made otherwise: see `standard_error`.
    freedom
        Degrees of freedom of `error` (Student's t); None for a normal distribution.

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

    unwritten: ClassVar[frozenset[str]] = frozenset({"why", "error", "freedom"})

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
    error: float = math.nan
    freedom: float | None = None

    @classmethod
    def undefined(cls, statistic: str, why: str | None, **further: Any) -> Self:
        """A figure that there is not, with the reason; what else is known of it (`n`, `groups`) as further fields.

        Examples
        --------
        >>> print(Estimate.undefined("spearman", "no item was scored"))
        undefined (no item was scored)
        """
        return cls(statistic=statistic, value=math.nan, why=why, **further)

    def __float__(self) -> float:
        return float(self.value)

    def columns(self) -> dict[str, float]:
        """Value and interval, for a row of a table."""
        return {"value": self.value, "low": self.low, "high": self.high}

    @property
    def defined(self) -> bool:
        """Whether the value is a number."""
        return not math.isnan(self.value)

    @property
    def standard_error(self) -> float:
        """Of the value: the `error` that the interval was made from, or half the interval over its normal quantile.

        The latter is a rough one where the interval leans to one side. NaN where there is no interval either.
        """
        if not math.isnan(self.error) or self.level is None:
            return self.error
        return (self.high - self.low) / 2 / _quantile((1 + self.level) / 2, None)

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
        """This estimate with an interval around it that is not told by a standard error."""
        return replace(
            self,
            low=low,
            high=high,
            level=level,
            method=method,
            groups=groups,
            error=math.nan,
            freedom=None,
        )

    def with_error(
        self,
        error: float,
        *,
        level: float,
        method: str,
        freedom: float | None = None,
        groups: int | None = None,
        bounds: tuple[float, float] = (-math.inf, math.inf),
    ) -> Estimate:
        """This estimate with its standard error, and the interval of nominal coverage `level` that follows from it.

        Parameters
        ----------
        error
            The standard error; NaN where it is unknown, and then there is no interval.
        level
            Nominal coverage, in (0, 1).
        method
            How the interval was made.
        freedom
            Degrees of freedom of Student's t; None for a normal distribution.
        groups
            Number of clusters; None where items were taken as independent.
        bounds
            What the statistic can be: the interval is held within.

        Examples
        --------
        >>> e = Estimate(statistic="bias", value=0.5, n=20)
        >>> e = e.with_error(0.2, level=0.95, freedom=19, method="t over items")
        >>> print(e)
        0.500 [0.081, 0.919]
        >>> round(e.p_value(), 3)
        0.022
        """
        half = _quantile((1 + level) / 2, freedom) * error
        return replace(
            self,
            low=max(bounds[0], self.value - half),
            high=min(bounds[1], self.value + half),
            level=level,
            method=method,
            groups=groups,
            error=float(error),
            freedom=None if freedom is None else float(freedom),
        )

    def times(self, factor: float, *, statistic: str) -> Estimate:
        """The same in another unit: value, interval and error times `factor`, under another name."""
        low, high = sorted((self.low * factor, self.high * factor))
        return replace(
            self,
            statistic=statistic,
            value=self.value * factor,
            low=low,
            high=high,
            error=self.error * abs(factor),
        )

    def p_value(self, null: float = 0.0) -> float:
        """Two-sided, of the true value's being `null`, by `standard_error`; NaN where that is unknown.

        An error of 0 (all units alike) leaves no doubt: 1 if the value is `null`, else 0.
        """
        distance, error = abs(self.value - null), self.standard_error
        if math.isnan(distance) or math.isnan(error):
            return math.nan
        if error <= 1e-12 * max(1.0, abs(self.value)):
            return float(distance <= 1e-12 * max(1.0, abs(null)))
        t = -distance / error
        return float(2 * (special.ndtr(t) if self.freedom is None else special.stdtr(self.freedom, t)))

    def told(self) -> Message | Written:
        """The figure with its interval, or that it is undefined and why, as it can be shown in another language."""
        if not self.defined:
            return message("undefined ({why})", why=recalled(self.why)) if self.why else message("undefined")
        interval = "" if math.isnan(self.low) else f" [{self.low:.3f}, {self.high:.3f}]"
        return Written(f"{self.value:.3f}{interval}")

    def __str__(self) -> str:
        return str(self.told())

    def __repr__(self) -> str:
        return f"{self.signature} = {self}"


def _quantile(share: float, freedom: float | None) -> float:
    return float(special.ndtri(share) if freedom is None else special.stdtrit(freedom, share))
