"""Which checks there are, and `run_checks`, which runs them."""

from __future__ import annotations

from collections.abc import Iterable

from alia_judge._messages import message
from alia_judge._registry import Registry
from alia_judge.checks.base import Check, CheckData
from alia_judge.checks.finding import CheckResult
from alia_judge.errors import UsageError
from alia_judge.ratings.table import Ratings
from alia_judge.text.names import NameFinder

__all__ = ["all_checks", "run_checks"]

_checks: Registry[Check] = Registry(
    "alia_judge.checks",
    attribute="CHECKS",
    group="alia_judge.checks",
    what="check",
    key=lambda check: check.code,
)


def all_checks() -> tuple[Check, ...]:
    """Every check, by code: the ``CHECKS`` of each module of this folder, and those that other packages register.

    Raises
    ------
    UsageError
        If two checks have one code.
    """
    return tuple(_checks().values())


def run_checks(
    ratings: Ratings,
    *,
    criteria: Iterable[str] | None = None,
    only: Iterable[str] | None = None,
    level: float = 0.05,
    seed: int = 0,
    names: NameFinder | None = None,
) -> tuple[CheckResult, ...]:
    """Run the checks over ratings.

    Parameters
    ----------
    ratings
        What people said.
    criteria
        The criteria to look at; all by default.
    only
        Codes of the checks to run; all by default.
    level
        Familywise rate of false alarms that each statistical check allows itself, in (0, 1).
    seed
        Of checks that draw at random.
    names
        Finds names of people and places in the texts (AJ022); without it they are not looked for.

    Returns
    -------
    tuple of CheckResult
        One a check, by code: found, clean, or not applicable.

    Raises
    ------
    UsageError
        If a criterion or code is unknown.

    Examples
    --------
    >>> from alia_judge.ratings import load_ratings
    >>> ratings = load_ratings([{"item": "a", "rater": "ana", "score": score} for score in (2, 4)])
    >>> (outcome,) = run_checks(ratings, only=["AJ001"])
    >>> outcome.status, outcome.findings[0].location
    ('found', 'criterion rating; annotator ana; item a')
    """
    checks = _checks()
    wanted = list(only) if only is not None else list(checks)
    unknown = [code for code in wanted if code not in checks]
    if unknown:
        raise UsageError(
            message("there is no check {unknown!r}; there are: {checks}", unknown=unknown[0], checks=", ".join(checks))
        )
    chosen = tuple(ratings.criteria if criteria is None else (ratings.require(name) for name in criteria))
    data = CheckData(ratings=ratings, criteria=chosen, level=level, seed=seed, names=names)
    return tuple(checks[code].run(data) for code in sorted(wanted))
