"""`EvaluationOptions`: every setting that changes the figures of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.stats._interval import METHODS, IntervalMethod
from alia_judge.stats._validate import check_choice

__all__ = ["AltTestScore", "EvaluationOptions"]

AltTestScore = Literal["accuracy", "neg_rmse"]


@dataclass(frozen=True, kw_only=True)
class EvaluationOptions:
    """How to evaluate.

    Parameters
    ----------
    seed
        Of every resampling and fold.
    n_resamples
        Bootstrap resamples behind each interval.
    level
        Nominal coverage of the intervals, in (0, 1).
    interval
        Kind of interval: ``"jackknife"``, ``"percentile"``, ``"bca"`` or ``"t"`` (see `alia_judge.stats.spearman`).
        Differences, errors and intervals over several kinds of chance at once are Student's t whatever it says.
    alpha
        Level at which a claim is made, after correction, and of the alt-test, in (0, 1).
    epsilon
        The alt-test's bonus for the judge, in [0, 1].
    alt_test_score
        How the alt-test compares labels; None is ``"accuracy"`` for labels and ``"neg_rmse"`` for numbers.
    exclude_systems
        Items of these systems are left out of everything.
    by
        Columns of the items to slice by: ``language``, ``system``, ``group`` or any extra column; ``length`` of the
        response, ``score range`` of the judge or ``disagreement`` among an item's raters, in thirds; the name of a
        predicate that `evaluate_scores` is given; or the intersections of two, ``language+system``.
    min_slice
        A slice with fewer scored items is counted, not judged.
    translations
        Column of the items whose value the translations of one response share; None where there are none.
    parity_margin
        Within this much of Spearman's correlation two languages count as alike.

    Raises
    ------
    UsageError
        If a number is out of its range.

    Examples
    --------
    >>> import alia_judge as aj
    >>> options = aj.EvaluationOptions(by=("language",), n_resamples=2000)
    >>> options.interval, options.level
    ('jackknife', 0.95)
    """

    seed: int = 0
    n_resamples: int = 1000
    level: float = 0.95
    interval: IntervalMethod = "jackknife"
    alpha: float = 0.05
    epsilon: float = 0.2
    alt_test_score: AltTestScore | None = None
    exclude_systems: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    min_slice: int = 20
    translations: str | None = None
    parity_margin: float = 0.1

    def __post_init__(self) -> None:
        for name, low, high in (("level", 0.0, 1.0), ("alpha", 0.0, 1.0)):
            if not low < getattr(self, name) < high:
                raise UsageError(
                    message("{name} must lie between 0 and 1, got {value!r}", name=name, value=getattr(self, name))
                )
        if not 0 <= self.epsilon <= 1:
            raise UsageError(message("epsilon must be 0 to 1, got {epsilon!r}", epsilon=self.epsilon))
        if not self.parity_margin > 0:
            raise UsageError(
                message("parity_margin must be above 0, got {parity_margin!r}", parity_margin=self.parity_margin)
            )
        for name, least in (("n_resamples", 1), ("min_slice", 3), ("seed", 0)):
            if getattr(self, name) < least:
                raise UsageError(
                    message(
                        "{name} must be at least {least}, got {value!r}",
                        name=name,
                        least=least,
                        value=getattr(self, name),
                    )
                )
        check_choice("interval", self.interval, METHODS)
        object.__setattr__(self, "exclude_systems", tuple(self.exclude_systems))
        object.__setattr__(self, "by", tuple(self.by))

    @property
    def signature(self) -> str:
        """The settings, one line."""
        parts = [
            f"seed:{self.seed}",
            f"resamples:{self.n_resamples}",
            f"interval:{self.interval}",
            f"level:{self.level:g}",
            f"alpha:{self.alpha:g}",
            f"epsilon:{self.epsilon:g}",
            f"alt_test:{self.alt_test_score or 'by scale'}",
        ]
        parts += [f"without:{system}" for system in self.exclude_systems]
        parts += [f"by:{column}" for column in self.by]
        if self.translations is not None:
            parts.append(f"translations:{self.translations}")
        if self.parity_margin != 0.1:
            parts.append(f"parity:{self.parity_margin:g}")
        return "|".join(parts)
