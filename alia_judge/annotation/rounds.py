"""Which items a room asks for next: what the gate wants, where the consensus is least sure, where judges differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from alia_judge._messages import message
from alia_judge.annotation.standing import ratings_so_far
from alia_judge.benchmark.annotation import what_to_annotate
from alia_judge.benchmark.audit import audit_ratings
from alia_judge.benchmark.gate import Gate, GateRules
from alia_judge.errors import UsageError

__all__ = ["gate_round", "gate_wants", "judges_round", "missing_pairs", "reliability_round"]


def gate_round(lines: Sequence[Mapping[str, Any]], criterion: str, *, item_ids: Sequence[str]) -> dict[str, int]:
    """Item -> further ratings: what the gate wants of a criterion before it opens, of those that have fewest; nothing
    where it is open.

    Parameters
    ----------
    lines
        What a room exports.
    criterion
        Which one.
    item_ids
        Every item of the room.

    Raises
    ------
    UsageError
        If no further rating opens it: people agree no better than chance.
    """
    counts = dict.fromkeys(item_ids, 0)
    ratings = ratings_so_far(lines)
    if ratings is not None:
        matrix = ratings.matrix(ratings.require(criterion))
        counts |= dict(zip(matrix.item_ids, matrix.ratings.size.tolist(), strict=True))
    if ratings is None or missing_pairs(counts):
        return gate_wants(counts, None)
    gate = audit_ratings(ratings, criterion, checks=False, n_resamples=200).criteria[criterion].gate
    if not gate.passed and gate.ratings_wanted is None:
        raise UsageError(
            message(
                "no further ratings open the gate of {criterion}: {reason}", criterion=criterion, reason=gate.reason
            )
        )
    return gate_wants(counts, gate)


def missing_pairs(counts: Mapping[str, int]) -> int:
    """How many more items must have two ratings before the gate says anything."""
    return max(0, GateRules().min_shared_items - sum(count >= 2 for count in counts.values()))


def gate_wants(counts: Mapping[str, int], gate: Gate | None) -> dict[str, int]:
    """Item -> further ratings that a gate wants: second ratings until it says something, then as many as it says, of
    the items that have fewest of those that were rated; nothing where it is open.

    Parameters
    ----------
    counts
        Every item's ratings.
    gate
        What it said of them; None where it cannot say anything yet.

    Examples
    --------
    >>> gate_wants({"a": 1, "b": 0, "c": 2}, None)
    {'a': 1, 'b': 2}
    """
    missing = missing_pairs(counts)
    if gate is None or missing:
        # One more of those that have one is the cheapest second rating.
        single = sorted((item for item, count in counts.items() if count < 2), key=lambda item: -counts[item])
        return {item: 2 - counts[item] for item in single[: max(missing, 1)]}
    if gate.passed:
        return {}
    wanted = gate.ratings_wanted
    # Where only the interval is too wide, further items with two ratings make it narrower.
    wanted = wanted or GateRules().min_shared_items
    order = sorted(counts, key=lambda item: (counts[item] == 0, counts[item]))
    found: dict[str, int] = {}
    while wanted > 0:
        for item in order[: wanted + 1]:
            found[item] = found.get(item, 0) + 1
            wanted -= 1
            if wanted <= 0:
                break
    return found


def reliability_round(lines: Sequence[Mapping[str, Any]], criterion: str, *, ratings: int) -> dict[str, int]:
    """Item -> further ratings, where they make the consensus surest (`what_to_annotate`).

    Raises
    ------
    UsageError
        If nobody rated anything yet.
    """
    there = _some(lines)
    plan = what_to_annotate(there, criterion, budget=ratings)
    return {request.item_id: request.n for request in plan.requests}


def judges_round(
    lines: Sequence[Mapping[str, Any]], criterion: str, *, ratings: int, scores: Mapping[str, Mapping[str, float]]
) -> dict[str, int]:
    """Item -> further ratings, where they settle which judge is best: of those on which judges differ.

    Parameters
    ----------
    scores
        Judge -> item -> score, of two judges or more.

    Raises
    ------
    UsageError
        If nobody rated anything yet, or there are not two judges.
    """
    there = _some(lines)
    if len(scores) < 2:
        raise UsageError(
            message(
                "{n} judges scored {criterion}; the items on which judges differ take two: give the "
                "room their scores (alia-judge room scores FOLDER SCORES.csv)",
                n=len(scores),
                criterion=criterion,
            )
        )
    items = there.matrix(there.require(criterion)).item_ids
    judged = np.array([[by_item.get(item, np.nan) for item in items] for by_item in scores.values()])
    plan = what_to_annotate(there, criterion, budget=ratings, goal="judges", judgments=judged)
    return {request.item_id: request.n for request in plan.requests}


def _some(lines: Sequence[Mapping[str, Any]]) -> Any:
    ratings = ratings_so_far(lines)
    if ratings is None:
        raise UsageError(
            message("nobody rated anything in this room yet; what to ask for next is known from some ratings on")
        )
    return ratings
