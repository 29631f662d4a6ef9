"""What every statistic asks of its input, said in one voice: what was required, and what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message, message_of
from alia_judge._process_wide import warn_degenerate
from alia_judge.errors import UsageError
from alia_judge.stats.estimate import Estimate

__all__ = [
    "as_array",
    "as_generator",
    "as_groups",
    "as_values",
    "as_vector",
    "as_weights",
    "check_at_least",
    "check_choice",
    "check_fraction",
    "undefined",
]


#: Beyond, sums of fourth powers are no numbers.
_LARGEST = 1e70


def as_generator(rng: int | np.random.Generator) -> np.random.Generator:
    """A Generator from a seed, or the one given.

    Raises
    ------
    UsageError
        If `rng` is neither a non-negative integer nor a Generator.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise UsageError(
        message("rng must be a seed (an integer of at least 0) or a numpy Generator, got {rng!r}", rng=rng)
    )


def as_values(values: ArrayLike) -> NDArray[np.float64]:
    """Ratings as a float array of shape (n_raters, n_items), NaN where there is none.

    Raises
    ------
    UsageError
        If they are not numbers, not two-dimensional, or hold an infinity.
    """
    array = _as_float("values", values)
    if array.ndim != 2:
        raise UsageError(
            message(
                "values must have shape (n_raters, n_items), got {ndim} dimension(s): {shape}",
                ndim=array.ndim,
                shape=array.shape,
            )
        )
    if np.isinf(array).any():
        rater, item = np.argwhere(np.isinf(array))[0]
        raise UsageError(
            message(
                "values must be finite, or NaN where missing; got {array} at [{rater}, {item}]",
                array=array[rater, item],
                rater=rater,
                item=item,
            )
        )
    return array


def as_vector(name: str, x: ArrayLike, *, n: int | None = None, missing: bool = True) -> NDArray[np.float64]:
    """One-dimensional numbers of length `n`; NaN is allowed where `missing`.

    Raises
    ------
    UsageError
        If they are not numbers, not one-dimensional, not `n`, or not finite.
    """
    array = _as_float(name, x)
    if array.ndim != 1:
        raise UsageError(message("{name} must be one-dimensional, got shape {shape}", name=name, shape=array.shape))
    if n is not None and array.size != n:
        raise UsageError(message("{name} must have {n} elements, got {size}", name=name, n=n, size=array.size))
    bad = np.isinf(array) if missing else ~np.isfinite(array)
    if bad.any():
        where = int(np.argmax(bad))
        raise UsageError(
            message(
                "{name} must be finite{more}; got {array} at index {where}",
                name=name,
                more=message(", or NaN where missing") if missing else "",
                array=array[where],
                where=where,
            )
        )
    return array


def as_weights(weights: ArrayLike | None, n: int) -> NDArray[np.float64] | None:
    """Non-negative weights of length `n` that do not all vanish; None stays None.

    Raises
    ------
    UsageError
        If one is negative or not finite, or all are zero.
    """
    if weights is None:
        return None
    array = as_vector("weights", weights, n=n, missing=False)
    if (array < 0).any():
        where = int(np.argmax(array < 0))
        raise UsageError(
            message("weights must not be negative, got {array} at index {where}", array=array[where], where=where)
        )
    if n and not array.any():
        raise UsageError(message("at least one weight must be positive, got zeros only"))
    return array


def as_groups(groups: ArrayLike | Sequence[Any], n: int, name: str = "groups") -> NDArray[np.intp]:
    """Cluster codes 0..G-1, one an item, in order of first sorted label.

    Raises
    ------
    UsageError
        If there are not `n` labels, or one is missing.
    """
    array = as_array(name, groups)
    if array.shape != (n,):
        raise UsageError(
            message(
                "{name} must have one label for each of the {n} items, got shape {shape}",
                name=name,
                n=n,
                shape=array.shape,
            )
        )
    # Not a number, nor a time, is what does not equal itself; None hides among objects only.
    missing = np.asarray(array != array, dtype=bool)
    if array.dtype.kind == "O":
        missing |= np.array([label is None for label in array], dtype=bool)
        array = array.astype(str)
    if missing.any():
        raise UsageError(
            message(
                "{name} must have a label for every item, got none at index {index}",
                name=name,
                index=int(np.argmax(missing)),
            )
        )
    codes: NDArray[np.intp] = np.unique(array, return_inverse=True)[1].reshape(-1).astype(np.intp)
    return codes


def check_choice(name: str, value: object, choices: Sequence[object]) -> None:
    """Raise `UsageError` unless `value` is one of `choices`."""
    if value not in choices:
        raise UsageError(
            message(
                "{name} must be one of {choices}, got {value!r}",
                name=name,
                choices=", ".join(map(repr, choices)),
                value=value,
            )
        )


def check_fraction(name: str, value: float) -> None:
    """Raise `UsageError` unless 0 < `value` < 1."""
    if not 0 < value < 1:
        raise UsageError(
            message("{name} must lie between 0 and 1, both excluded, got {value!r}", name=name, value=value)
        )


def check_at_least(name: str, value: float, least: float) -> None:
    """Raise `UsageError` unless `value` >= `least`."""
    if not value >= least:
        raise UsageError(message("{name} must be at least {least}, got {value!r}", name=name, least=least, value=value))


def undefined(
    statistic: str,
    why: str,
    *,
    n: int = 0,
    settings: Mapping[str, str | int | float | bool | None] | None = None,
    stacklevel: int = 3,
) -> Estimate:
    """A NaN estimate with its reason, after a `DegenerateDataWarning` that gives it."""
    said = message("{statistic} is undefined: {why}", statistic=statistic, why=why)
    warn_degenerate(said, stacklevel=stacklevel)
    return Estimate.undefined(statistic, why, n=n, settings=dict(settings or {}))


def as_array(name: str, x: Any) -> NDArray[Any]:
    """An array of whatever there is.

    Raises
    ------
    UsageError
        If the rows differ in length.
    """
    try:
        return np.asarray(x)
    except ValueError as error:
        raise UsageError(
            message("{name} must be a regular array: {error}", name=name, error=message_of(error))
        ) from None


def _as_float(name: str, x: ArrayLike) -> NDArray[np.float64]:
    given = as_array(name, x)
    if given.dtype.kind in "cmM":
        raise UsageError(message("{name} must be real numbers, got {dtype}", name=name, dtype=given.dtype))
    try:
        array = given.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise UsageError(
            message(
                "{name} must be numbers (NaN where missing) in a regular array: {error}",
                name=name,
                error=message_of(error),
            )
        ) from None
    with np.errstate(invalid="ignore"):
        large = (np.abs(array) > _LARGEST) & ~np.isinf(array)
    if large.any():
        raise UsageError(
            message(
                "{name} must not be larger than {largest:g} in size, so that sums of powers stay "
                "numbers; got {array:g}",
                name=name,
                largest=_LARGEST,
                array=array[large][0],
            )
        )
    return array
