"""Sequential inference on a bounded mean that stays valid however often one looks: tests and intervals by betting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.stats._validate import as_vector, check_choice, check_fraction
from alia_judge.stats.estimate import Estimate

__all__ = ["SequentialTest", "betting_interval", "betting_test"]

Floats = NDArray[np.float64]
Side = Literal["higher", "lower"]

#: The shares of its capital that the bettor stakes side by side: small ones see small shifts, large ones soon.
_STAKES = np.array([0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
#: Halvings of the interval in which an end is sought: its error is below 1e-9 of the range.
_HALVINGS = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class SequentialTest:
    """The evidence against a hypothesis after each observation.

    Parameters
    ----------
    evidence
        Shape (n,): the capital of a bettor who started with 1 and whom the hypothesis, if true, would let win nothing
        on the mean (an e-process). It may be read after any observation.
    alpha
        The chance, at most, that `alarm` is ever set where the hypothesis is true.

    Examples
    --------
    >>> import numpy as np
    >>> test = betting_test(np.full(50, 0.9), 0.5)  # is the mean above .5?
    >>> test.alarm, test.evidence.shape
    (9, (50,))
    """

    evidence: Floats
    alpha: float

    @property
    def alarm(self) -> int | None:
        """After how many observations the evidence first reached ``1 / alpha``; None if it has not."""
        crossed = np.flatnonzero(self.evidence >= 1 / self.alpha)
        return int(crossed[0]) + 1 if crossed.size else None

    @property
    def p_value(self) -> float:
        """One over the largest evidence so far, 1 at most: a p-value that is valid at any time."""
        return float(min(1.0, 1.0 / self.evidence.max())) if self.evidence.size else 1.0

    def to_dict(self) -> dict[str, Any]:
        """JSON form: where the evidence stands, not its whole path."""
        return {
            "n": int(self.evidence.size),
            "evidence": float(self.evidence[-1]) if self.evidence.size else 1.0,
            "p_value": self.p_value,
            "alpha": self.alpha,
            "alarm": self.alarm,
        }


def betting_test(
    values: ArrayLike, bound: float, *, side: Side = "higher", alpha: float = 0.05, range_: tuple[float, float] = (0, 1)
) -> SequentialTest:
    r"""Test, after each value, that the mean is at most `bound` (or at least, for ``side="lower"``).

    Parameters
    ----------
    values
        Shape (n,), in the order they came, each within `range_`. What they depend on may depend on those before, as
        long as each one's expectation given those is on the hypothesis' side of `bound`.
    bound
        The hypothesis, strictly within `range_`.
    side
        On which side of `bound` an alarm is wanted.
    alpha
        The chance of a false alarm, at any time.
    range_
        Least and greatest possible value.

    Returns
    -------
    SequentialTest

    Raises
    ------
    UsageError
        If a value is outside the range, or `bound` not within it.

    Notes
    -----
    The capital is the mean over fixed stakes *f* of

    .. math:: \prod_{i} \bigl( 1 + f \, (x_i / m - 1) \bigr),

    a non-negative supermartingale where the mean is at most *m* (Waudby-Smith and Ramdas 2023, section 4, with their
    :math:`\lambda = f / m`), so that it ever reaches :math:`1 / \alpha` with probability :math:`\alpha` at most
    (Ville's inequality).

    References
    ----------
    Waudby-Smith, I. and Ramdas, A. (2023). Estimating means of bounded random variables by betting. JRSS B 86(1).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> betting_test(rng.random(500) < 0.5, 0.3).alarm
    62
    >>> betting_test(rng.random(500) < 0.3, 0.3).alarm is None
    True
    """
    check_fraction("alpha", alpha)
    check_choice("side", side, ("higher", "lower"))
    x = _unit(values, range_)
    low, high = range_
    mean = (bound - low) / (high - low)
    if not 0 < mean < 1:
        raise UsageError(
            message(
                "bound must lie strictly between {low:g} and {high:g}, got {bound!r}", low=low, high=high, bound=bound
            )
        )
    path = _log_capital(x, mean) if side == "higher" else _log_capital(1 - x, 1 - mean)
    return SequentialTest(evidence=np.exp(np.minimum(path, 700.0)), alpha=alpha)


def betting_interval(
    values: ArrayLike,
    *,
    statistic: str = "mean",
    confidence: float = 0.95,
    range_: tuple[float, float] = (0, 1),
) -> Estimate:
    """The mean of bounded values with an interval that covers at all times at once: one may look after every value.

    Parameters
    ----------
    values
        Shape (n,), in the order they came, each within `range_`, all with one mean.
    statistic
        What the mean is of, for the result.
    confidence
        The chance, at least, that every interval from the first value on covers.
    range_
        Least and greatest possible value.

    Returns
    -------
    Estimate
        With the intersection of the intervals after each value. It is wider than an interval for one look at a size
        that was fixed beforehand.

    Raises
    ------
    UsageError
        If a value is outside the range.

    Notes
    -----
    Each end leaves out the means against which `betting_test` would have raised an alarm at half of ``1 - confidence``.
    The capital falls in the hypothesised mean on one side and rises on the other, so an end is found by bisection.

    References
    ----------
    Waudby-Smith and Ramdas (2023), section 4. Howard, S. R., Ramdas, A., McAuliffe, J. and Sekhon, J. (2021).
    Time-uniform, nonparametric, nonasymptotic confidence sequences. Annals of Statistics 49(2).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> print(betting_interval(rng.random(400) < 0.3))
    0.263 [0.198, 0.334]
    """
    check_fraction("confidence", confidence)
    x = _unit(values, range_)
    low, high = range_
    blank = Estimate.undefined(statistic, message("nothing was observed yet"), n=x.size)
    if not x.size:
        return blank
    threshold = np.log(2 / (1 - confidence))
    lower = _end(x, threshold)
    upper = 1 - _end(1 - x, threshold)
    return Estimate(
        statistic=statistic,
        value=low + (high - low) * float(x.mean()),
        low=low + (high - low) * lower,
        high=low + (high - low) * upper,
        level=confidence,
        method="betting, valid at any time",
        n=x.size,
    )


def _unit(values: ArrayLike, range_: tuple[float, float]) -> Floats:
    low, high = range_
    if not low < high:
        raise UsageError(message("range_ must be (low, high) with low < high, got {range!r}", range=range_))
    x = (as_vector("values", values, missing=False) - low) / (high - low)
    # A mean of values at an end may pass it by its last bit.
    if x.size and (x.min() < -1e-9 or x.max() > 1 + 1e-9):
        raise UsageError(
            message(
                "values must lie in [{low:g}, {high:g}], got {value:g} among them",
                low=low,
                high=high,
                value=float(np.asarray(values)[np.abs(x - 0.5).argmax()]),
            )
        )
    return np.clip(x, 0.0, 1.0)


def _log_capital(x: Floats, mean: float) -> Floats:
    """Logarithm of the capital after each value, shape (n,), of betting that the mean is above `mean`."""
    with np.errstate(over="ignore"):
        gains = np.cumsum(np.log1p(np.multiply.outer(_STAKES, x / mean - 1)), axis=1)
    return np.asarray(special.logsumexp(gains, axis=0) - np.log(_STAKES.size))


def _end(x: Floats, threshold: float) -> float:
    """The largest mean that the bets ever refused as too low; 0 if they refused none."""
    refused, kept = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (refused + kept) / 2
        if _log_capital(x, middle).max() >= threshold:
            refused = middle
        else:
            kept = middle
    return refused
