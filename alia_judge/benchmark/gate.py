"""`Gate`: whether a criterion's ratings are fit to tune on, in words a team understands, and what would help."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import Written, joined, message
from alia_judge._record import Record
from alia_judge.benchmark.power import detectable_difference, items_for_difference, spearman_brown
from alia_judge.records import Scale
from alia_judge.stats.estimate import Estimate

__all__ = ["Gate", "GateRules", "judge_gate"]

#: The step of correlation whose price is given.
_NEXT = 0.02


@dataclass(frozen=True, kw_only=True)
class GateRules:
    """What a criterion must show to pass.

    Parameters
    ----------
    min_reliability
        Of the consensus, on average over the items: below it, half or more of what a judge would be tuned on is noise.
    min_reliability_low
        Of the lower end of its interval: a passing figure must not be luck.
    min_shared_items
        Items with two ratings or more: without them nothing is known about agreement.
    """

    min_reliability: float = 0.5
    min_reliability_low: float = 0.4
    min_shared_items: int = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Gate(Record):
    """Whether a criterion's ratings are fit to tune on.

    Parameters
    ----------
    passed
        Whether it can.
    refuses
        Whether the ratings show that it cannot: even the upper end of the reliability's interval is below what is
        required. Too few ratings to tell, or a figure on the border, pass nothing and refuse nothing.
    reason
        Why, what a judge can reach, and what to do, in a few sentences.
    reliability, reliability_low, reliability_high
        Of the consensus, averaged over the items by how many ratings each has; NaN where unknown.
    best_correlation
        What a judge without error can be expected to reach: the square root of the reliability.
    detectable_difference
        Smallest difference between two judges' correlations that all the items show (80% power, level .05).
    effective_items
        Independent items that these are worth, given that items of one group are alike.
    ratings_wanted, items_wanted
        Further ratings after which the reliability would pass, and the items they go to (those with fewest first); 0
        where it does, None where nothing is known.
    ratings_for_next
        Further ratings that raise `best_correlation` by .02; None where unknown or out of reach.
    items_for_next
        Further items that lower `detectable_difference` by .02; None where unknown or out of reach.
    """

    passed: bool
    reason: str
    refuses: bool = False
    reliability: float = math.nan
    reliability_low: float = math.nan
    reliability_high: float = math.nan
    best_correlation: float = math.nan
    detectable_difference: float = math.nan
    effective_items: float = math.nan
    ratings_wanted: int | None = None
    items_wanted: int | None = None
    ratings_for_next: int | None = None
    items_for_next: int | None = None


def judge_gate(
    criterion: str,
    scale: Scale,
    alpha: Estimate,
    human: Estimate,
    counts: NDArray[np.int_],
    *,
    effective_items: float,
    rules: GateRules | None = None,
) -> Gate:
    """Judge whether the ratings of one criterion are fit to tune on.

    Parameters
    ----------
    criterion, scale
        What was rated.
    alpha
        Krippendorff's alpha with its interval: the reliability of a single rating.
    human
        How one person does against the others.
    counts
        Ratings of each item, shape (n,).
    effective_items
        Independent items that the n are worth.
    rules
        What it must show.

    Notes
    -----
    Alpha is the reliability of one rating; Spearman and Brown's formula gives that of the mean of k, and the average
    over the items, with the k that each has, is the consensus' reliability. The correlation of a judge without error
    with it is the square root (Spearman 1904). For labels without an order both are approximations.
    """
    rules = rules or GateRules()
    shared = int((counts >= 2).sum())
    if shared < rules.min_shared_items or not alpha.defined:
        return Gate(passed=False, reason=_unknown(criterion, alpha, shared, counts.size, rules.min_shared_items))
    single = {name: float(getattr(alpha, name)) for name in ("value", "low", "high")}
    reliability = {name: _reliability(value, counts) for name, value in single.items()}
    best = math.sqrt(max(reliability["value"], 0.0))
    low = reliability["low"] if not math.isnan(reliability["low"]) else reliability["value"]
    passed = reliability["value"] >= rules.min_reliability and low >= rules.min_reliability_low
    around = min(max(human.value, 0.0), 0.9) if scale.ordered and human.defined else 0.5
    between = max(0.5, around**2)
    power = {"correlation": around, "between": between}
    difference = detectable_difference(effective_items, **power) if scale.ordered else math.nan
    wanted = None if passed else _top_up(single["value"], counts, rules.min_reliability)
    further = _top_up(single["value"], counts, (best + _NEXT) ** 2)
    gate = Gate(
        passed=passed,
        reason="",
        refuses=reliability["high"] < rules.min_reliability,
        reliability=reliability["value"],
        reliability_low=reliability["low"],
        reliability_high=reliability["high"],
        best_correlation=best,
        detectable_difference=difference,
        effective_items=effective_items,
        ratings_wanted=0 if passed else (wanted.ratings if wanted else None),
        items_wanted=0 if passed else (wanted.items if wanted else None),
        ratings_for_next=further.ratings if further else None,
        items_for_next=_items_for_next(difference, effective_items, counts.size, power),
    )
    return replace(gate, reason=_words(criterion, scale, gate, alpha, human, counts, rules))


def _reliability(single: float, counts: NDArray[np.int_]) -> float:
    if math.isnan(single):
        return math.nan
    if single <= 0:
        return 0.0
    return float(np.mean([spearman_brown(single, int(count)) for count in counts if count]))


@dataclass(frozen=True, kw_only=True)
class _TopUp:
    """Ratings to add, and to how many items."""

    ratings: int
    items: int


def _top_up(single: float, counts: NDArray[np.int_], target: float) -> _TopUp | None:
    """Ratings to add, always to the items that have fewest, until the mean reliability reaches `target`."""
    if not 0 < single < 1 or not target < 1:
        return None
    # How many items have how many ratings: levelled up from the bottom, a whole level or a part of it at a time.
    have = np.bincount(counts[counts > 0])
    total, added, touched = int(have.sum()), 0, 0
    by_count = [spearman_brown(single, count) if count else 0.0 for count in range(len(have))]
    missing = target * total - float(np.dot(have, by_count))
    level = int(np.flatnonzero(have)[0])
    here = int(have[level])
    while missing > 0:
        gain = spearman_brown(single, level + 1) - spearman_brown(single, level)
        if added > 1000 * total:
            return None
        step = min(here, math.ceil(missing / gain))
        added += step
        # Those that were raised to this level already come first.
        touched = max(touched, step)
        missing -= step * gain
        level += 1
        here += int(have[level]) if level < len(have) else 0
    return _TopUp(ratings=added, items=touched)


def _items_for_next(difference: float, effective: float, n_items: int, power: dict[str, float]) -> int | None:
    if math.isnan(difference) or difference <= _NEXT + 0.01:
        return None
    needed = items_for_difference(difference - _NEXT, **power) - effective
    return max(1, math.ceil(needed * n_items / effective))


def _words(
    criterion: str,
    scale: Scale,
    gate: Gate,
    alpha: Estimate,
    human: Estimate,
    counts: NDArray[np.int_],
    rules: GateRules,
) -> str:
    alpha_ = _two(alpha.value)
    if not scale.has_labels and human.defined:
        opening = message(
            "People agree with one another {human} on {criterion} (alpha {alpha}).",
            human=_two(human.value),
            criterion=criterion,
            alpha=alpha_,
        )
    else:
        opening = message("People agree on {criterion} with alpha {alpha}.", criterion=criterion, alpha=alpha_)
    if gate.reliability <= 0:
        return message(
            "{opening} That is no better than chance: nothing can be tuned on it. Rewrite the guideline and rate "
            "again.",
            opening=opening,
        )
    ceiling = message(
        "With {ratings:.1f} ratings an item the consensus has reliability {reliability}{between}",
        ratings=float(np.mean(counts)),
        reliability=_two(gate.reliability),
        between=_range(gate),
    )
    said: list[str] = [opening, _at_most(scale, gate, ceiling)]
    if not scale.has_labels and not math.isnan(gate.detectable_difference):
        said.append(_told_apart(gate, counts.size))
    if gate.passed:
        said.append(message("That is enough to tune on."))
    elif gate.reliability >= rules.min_reliability:
        said.append(message("The interval is too wide to rely on that: rate more items twice."))
    else:
        said.append(message("Less than half of what a judge would be tuned on is what people agree on."))
        said.append(_advice(gate))
    return joined(said)


def _unknown(criterion: str, alpha: Estimate, shared: int, n_items: int, needed: int) -> str:
    return message(
        "Nobody can say how far people agree on {criterion}: {shared} of {n} items have two ratings or more, {needed} "
        "are needed{why}. Get a second rating for at least {more} items.",
        criterion=criterion,
        shared=shared,
        n=n_items,
        needed=needed,
        why=message(": {why}", why=alpha.why) if alpha.why and shared else "",
        more=max(needed - shared, 1),
    )


def _at_most(scale: Scale, gate: Gate, ceiling: str) -> str:
    """Labels correlate with nothing, so nothing is said of how high a judge's correlation may be."""
    if scale.has_labels:
        return message("{ceiling}.", ceiling=ceiling)
    reached = gate.best_correlation + _NEXT
    price: str = ""
    if gate.ratings_for_next and reached < 1:
        price = message(
            " (about {n} more ratings would make that {reached})", n=gate.ratings_for_next, reached=_two(reached)
        )
    return message(
        "{ceiling}: no judge can be expected to correlate above {best} with it{price}.",
        ceiling=ceiling,
        best=_two(gate.best_correlation),
        price=price,
    )


def _told_apart(gate: Gate, n_items: int) -> str:
    reached = gate.detectable_difference - _NEXT
    price: str = ""
    if gate.items_for_next and reached < 1:
        price = message(
            " (about {n} more items would make that {reached})", n=gate.items_for_next, reached=_two(reached)
        )
    return message(
        "With {n} items two judges must differ by {difference} to be told apart{price}.",
        n=n_items,
        difference=_two(gate.detectable_difference),
        price=price,
    )


def _advice(gate: Gate) -> str:
    if not (gate.ratings_wanted and gate.items_wanted):
        return message("Rate again, or drop the criterion.")
    each = math.ceil(gate.ratings_wanted / gate.items_wanted)
    # As few ratings as do it: not every item needs the last of them.
    items = math.ceil(gate.ratings_wanted / each)
    if each == 1:
        return message(
            "Get 1 more rating for about {items} items, those with fewest first, or drop the criterion.", items=items
        )
    return message(
        "Get {each} more ratings for about {items} items, those with fewest first, or drop the criterion.",
        each=each,
        items=items,
    )


def _two(value: float) -> Written:
    """Two digits without the leading zero, as correlations are written: .34."""
    text = f"{value:.2f}"
    return Written(text.replace("0.", ".", 1) if abs(value) < 1 else text)


def _range(gate: Gate) -> str:
    if math.isnan(gate.reliability_low):
        return ""
    return message(" (between {low} and {high})", low=_two(gate.reliability_low), high=_two(gate.reliability_high))
