"""Adjusting p-values for the number of hypotheses tested at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.stats._validate import as_vector

__all__ = ["benjamini_hochberg", "benjamini_yekutieli", "holm"]

Floats = NDArray[np.float64]


def holm(p_values: ArrayLike) -> Floats:
    """Holm's step-down adjustment: controls the chance of any false rejection, whatever the dependence.

    Parameters
    ----------
    p_values
        Shape (m,), each in [0, 1].

    Returns
    -------
    ndarray
        Adjusted p-values, shape (m,), in the order given: reject where one is at most the level wanted.

    Raises
    ------
    UsageError
        If one is no probability.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(3)
    array([0.03, 0.06, 0.06])
    """
    p = _probabilities(p_values)
    order = np.argsort(p, kind="stable")
    adjusted = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    return _restored(np.minimum(adjusted, 1.0), order)


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Benjamini and Hochberg's step-up adjustment: the false discovery rate under independence or positive dependence.

    Parameters
    ----------
    p_values
        Shape (m,), each in [0, 1].

    Returns
    -------
    ndarray
        Adjusted p-values, shape (m,), in the order given.

    Raises
    ------
    UsageError
        If one is no probability.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57(1), procedure (1).

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3)
    array([0.03, 0.04, 0.04])
    """
    return _step_up(_probabilities(p_values), factor=1.0)


def benjamini_yekutieli(p_values: ArrayLike) -> Floats:
    """Benjamini and Yekutieli's step-up adjustment: the false discovery rate under any dependence.

    Parameters
    ----------
    p_values
        Shape (m,), each in [0, 1].

    Returns
    -------
    ndarray
        Adjusted p-values, shape (m,), in the order given.

    Raises
    ------
    UsageError
        If one is no probability.

    References
    ----------
    Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in multiple testing under
    dependency. Annals of Statistics 29(4), theorem 1.3.

    Examples
    --------
    >>> benjamini_yekutieli([0.01, 0.04, 0.03]).round(4)
    array([0.055 , 0.0733, 0.0733])
    """
    p = _probabilities(p_values)
    return _step_up(p, factor=float(np.sum(1 / np.arange(1, p.size + 1))))


def _step_up(p: Floats, *, factor: float) -> Floats:
    order = np.argsort(p, kind="stable")
    scaled = p[order] * factor * p.size / np.arange(1, p.size + 1)
    adjusted = np.minimum.accumulate(scaled[::-1])[::-1]
    return _restored(np.minimum(adjusted, 1.0), order)


def _restored(ordered: Floats, order: NDArray[np.intp]) -> Floats:
    result = np.empty_like(ordered)
    result[order] = ordered
    return result


def _probabilities(p_values: ArrayLike) -> Floats:
    p = as_vector("p_values", p_values, missing=False)
    bad = (p < 0) | (p > 1)
    if bad.any():
        where = int(np.argmax(bad))
        raise UsageError(message("p_values must lie in [0, 1], got {p} at index {where}", p=p[where], where=where))
    return p
