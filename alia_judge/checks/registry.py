"""Which checks there are, and `run_checks`, which runs them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from importlib.metadata import entry_points

import alia_judge.checks
from alia_judge.checks.base import Check, CheckData
from alia_judge.checks.finding import CheckResult
from alia_judge.errors import UsageError
from alia_judge.ratings.table import Ratings

__all__ = ["all_checks", "run_checks"]

#: Entry point group under which a third party's checks are found.
GROUP = "alia_judge.checks"


def all_checks() -> tuple[Check, ...]:
    """Every check, by code: one in each module ``aj*`` of this package, and those that other packages register.

    Raises
    ------
    UsageError
        If two checks have one code.
    """
    found: list[Check] = []
    for module in pkgutil.iter_modules(alia_judge.checks.__path__):
        if module.name.startswith("aj"):
            loaded = importlib.import_module(f"{alia_judge.checks.__name__}.{module.name}")
            found += [getattr(loaded, name)() for name in loaded.__all__]
    found += [entry.load()() for entry in entry_points(group=GROUP)]
    codes = [check.code for check in found]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise UsageError(f"two checks have the code {twice[0]}; uninstall one of the packages that register it")
    return tuple(sorted(found, key=lambda check: check.code))


def run_checks(
    ratings: Ratings,
    *,
    criteria: Iterable[str] | None = None,
    only: Iterable[str] | None = None,
    level: float = 0.05,
    seed: int = 0,
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
    checks = {check.code: check for check in all_checks()}
    wanted = list(only) if only is not None else list(checks)
    unknown = [code for code in wanted if code not in checks]
    if unknown:
        raise UsageError(f"there is no check {unknown[0]!r}; there are: {', '.join(checks)}")
    names = tuple(ratings.criteria if criteria is None else (ratings.require(name) for name in criteria))
    data = CheckData(ratings=ratings, criteria=names, level=level, seed=seed)
    return tuple(checks[code].run(data) for code in sorted(wanted))
