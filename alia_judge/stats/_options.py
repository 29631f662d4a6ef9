"""Options that many statistics share, once: a function takes them as keywords and shows them as its own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from alia_judge.stats._interval import IntervalMethod
from alia_judge.stats._pairing import Grouping

__all__ = ["AssociationKeywords", "ResamplingKeywords", "shows"]

F = TypeVar("F", bound=Callable[..., Any])


class ResamplingKeywords(TypedDict, total=False):
    """How an interval is made by resampling items, or `groups` of them whole; `UnitResampling` has the defaults."""

    interval: IntervalMethod | None
    confidence: float
    n_resamples: int
    groups: ArrayLike | None
    rng: int | np.random.Generator


class AssociationKeywords(ResamplingKeywords, total=False):
    """The same, and over what scores are held against a target; `associate` has the defaults."""

    grouping: Grouping
    systems: ArrayLike | None
    weights: ArrayLike | None


def shows(options: Callable[..., Any]) -> Callable[[F], F]:
    """Give a function whose last parameter is ``**options`` a signature that names them, as `options` has them.

    Examples
    --------
    >>> def resample(*, n: int = 1000, seed: int = 0) -> None: ...
    >>> @shows(resample)
    ... def mean(values: list[float], **options: int) -> float: ...
    >>> list(inspect.signature(mean).parameters)
    ['values', 'n', 'seed']
    """

    def shown(function: F) -> F:
        *own, _ = inspect.signature(function).parameters.values()
        named = {parameter.name for parameter in own}
        shared = [
            parameter
            for parameter in inspect.signature(options).parameters.values()
            if parameter.kind is parameter.KEYWORD_ONLY and parameter.name not in named
        ]
        signature = inspect.signature(function).replace(parameters=[*own, *shared])
        function.__signature__ = signature  # type: ignore[attr-defined]  # what help and editors read
        return function

    return shown
