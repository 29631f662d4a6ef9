"""How far people agree so far: for whoever organises, who will look often, and is told what a look is worth."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge._record import Record
from alia_judge.benchmark.annotators import AnnotatorAudit
from alia_judge.benchmark.audit import audit_ratings
from alia_judge.benchmark.gate import Gate, GateRules
from alia_judge.errors import DegenerateDataWarning
from alia_judge.ratings.load import load_ratings
from alia_judge.ratings.table import Ratings
from alia_judge.records import Scale
from alia_judge.stats.alpha_at_any_time import sequential_alpha
from alia_judge.stats.estimate import Estimate

__all__ = ["AgreementLook", "CriterionStanding", "ratings_so_far", "standing"]

#: Of the usual interval: a page that is looked at often need not wait for more.
_RESAMPLES = 200
#: At so many places of its growth agreement is drawn.
_POINTS = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class AgreementLook(Record):
    """Agreement after `n` items had two ratings, with an interval that is valid at any time."""

    n: int
    alpha: Estimate


@dataclass(frozen=True, kw_only=True, eq=False)
class CriterionStanding(Record):
    """How far people agree on a criterion so far.

    Parameters
    ----------
    criterion
        Which.
    alpha
        Krippendorff's, of every rating that counts, with the usual interval: right for one look at a number of items
        that was decided before.
    any_time
        The same of the first two ratings of each item, with an interval for whoever looks whenever they like.
    enough
        The alpha at which the gate opens, with so many ratings an item as the room asks for.
    means
        ``"shown"``: it is above that however often one looks. ``"tempting"``: only the usual interval is above it, so
        stopping now would be because it looks good. ``"not yet"``: neither. ``"unknown"``: nothing is known.
    looks
        How it grew.
    gate
        What the gate says of these ratings.
    annotators
        Each person against the others.
    """

    criterion: str
    alpha: Estimate
    any_time: Estimate
    enough: float
    means: Literal["shown", "tempting", "not yet", "unknown"]
    looks: tuple[AgreementLook, ...]
    gate: Gate
    annotators: tuple[AnnotatorAudit, ...]


def ratings_so_far(lines: Sequence[Mapping[str, Any]], *, extra: bool = False) -> Ratings | None:
    """The ratings in what a room exports; None where there is none.

    Parameters
    ----------
    extra
        Whether to count those that came when their place had been given on.
    """
    kept = [line for line in lines if not line["skipped"] and (extra or not line["extra"])]
    return load_ratings(kept) if kept else None


def standing(lines: Sequence[Mapping[str, Any]], *, per_item: int) -> tuple[CriterionStanding, ...]:
    """How far people agree on each criterion, in what a room exports.

    Parameters
    ----------
    lines
        In the order in which they were given.
    per_item
        How many ratings the room asks for of each item.
    """
    ratings = ratings_so_far(lines)
    if ratings is None:
        return ()
    found = []
    with warnings.catch_warnings():  # what is undefined says why in its place
        warnings.simplefilter("ignore", DegenerateDataWarning)
        audit = audit_ratings(ratings, checks=False, n_resamples=_RESAMPLES)
        for name, one in audit.criteria.items():
            scale = ratings.scales[name]
            pairs = _pairs(lines, name, scale)
            sizes = sorted({int(n) for n in np.linspace(2, len(pairs), _POINTS)}) if len(pairs) >= 2 else []
            looks = tuple(AgreementLook(n=n, alpha=_at_any_time(pairs[:n], scale)) for n in sizes)
            any_time = looks[-1].alpha if looks else _at_any_time(pairs, scale)
            alpha = one.agreement["krippendorff_alpha"]
            enough = _enough(per_item)
            found.append(
                CriterionStanding(
                    criterion=name,
                    alpha=alpha,
                    any_time=any_time,
                    enough=enough,
                    means=_means(alpha, any_time, enough),
                    looks=looks,
                    gate=one.gate,
                    annotators=one.annotators,
                )
            )
    return tuple(found)


def _pairs(lines: Sequence[Mapping[str, Any]], criterion: str, scale: Scale) -> NDArray[np.float64]:
    """The first two ratings of each item, shape (n, 2), in the order in which items had both."""
    first: dict[str, float] = {}
    done: dict[str, tuple[float, float]] = {}
    for line in lines:
        item = str(line["item_id"])
        value = None if line["skipped"] or line["extra"] else scale.parse(line[criterion])
        if value is None or item in done:
            continue
        if item in first:
            done[item] = (first[item], value)
        else:
            first[item] = value
    return np.array(list(done.values()), dtype=np.float64).reshape(-1, 2)


def _at_any_time(pairs: NDArray[np.float64], scale: Scale) -> Estimate:
    if scale.ordered:
        return sequential_alpha(pairs, level="interval", range_=(scale.low, scale.high))
    return sequential_alpha(pairs, level="nominal")


def _enough(per_item: int) -> float:
    """Spearman and Brown's formula the other way round: what one rating must have for k to have what the gate asks."""
    wanted = GateRules().min_reliability
    return wanted / (per_item - (per_item - 1) * wanted)


def _means(alpha: Estimate, any_time: Estimate, enough: float) -> Literal["shown", "tempting", "not yet", "unknown"]:
    if not alpha.defined or not any_time.defined:
        return "unknown"
    if any_time.low > enough:
        return "shown"
    return "tempting" if alpha.low > enough else "not yet"
