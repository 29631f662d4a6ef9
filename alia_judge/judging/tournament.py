"""From comparisons to a score for each item: which pairs to ask about, and the Bradley-Terry strengths they give."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.records import Item, Verdict

__all__ = ["Strengths", "pair_items", "strengths_of_pairs", "strengths_of_rankings"]

Floats = NDArray[np.float64]

#: Standard deviation of the prior of a strength: an item that won everything has a finite one.
_PRIOR = 2.0
_FIRST, _SECOND = "first_item", "second_item"


@dataclass(frozen=True, kw_only=True, eq=False)
class Strengths(Record):
    """How strong each item is: differences are log-odds of being preferred; their mean is 0.

    Parameters
    ----------
    item_ids
        In the order of their first comparison.
    strength, standard_error
        One each, from the posterior's mode and curvature.
    comparisons
        How many each item was in.
    components
        In how many parts the comparisons fall; across parts, strengths cannot be compared.
    """

    schema = "alia-judge/strengths/1"

    item_ids: tuple[str, ...]
    strength: tuple[float, ...]
    standard_error: tuple[float, ...]
    comparisons: tuple[int, ...]
    components: int

    @property
    def scores(self) -> dict[str, float]:
        """Strength by item, as `evaluate_scores` takes them."""
        return dict(zip(self.item_ids, self.strength, strict=True))


def pair_items(
    items: Sequence[Item], *, comparisons: int, within_group: bool = True, rng: int | np.random.Generator = 0
) -> list[Item]:
    """Pairs to ask a pairwise judge about, so that every item is in about as many and all hang together.

    The items are laid in a random circle and each is paired with the next ones along it.

    Parameters
    ----------
    items
        Single responses.
    comparisons
        Pairs an item is in, at least 2 and even; fewer where there are not enough others.
    within_group
        Whether to pair items of one group only (answers to one prompt), where items have groups.
    rng
        For the circle, and for which of a pair stands first.

    Returns
    -------
    list of Item
        Their ``extra`` names the two items; the prompt, context, reference and turns are the first one's.

    Raises
    ------
    UsageError
        If `comparisons` is odd or below 2, or an item is a pair already.

    Examples
    --------
    >>> import alia_judge as aj
    >>> items = [aj.Item(item_id=name, response=name) for name in "abcd"]
    >>> pairs = aj.pair_items(items, comparisons=2)
    >>> len(pairs), pairs[0].response_b is not None
    (4, True)
    """
    if comparisons < 2 or comparisons % 2:
        raise UsageError(message("comparisons must be even and at least 2, got {comparisons}", comparisons=comparisons))
    if already := next((item.item_id for item in items if item.response_b is not None), None):
        raise UsageError(message("item {already!r} is a pair already; pass single responses", already=already))
    rng = np.random.default_rng(rng)
    groups: dict[str | None, list[Item]] = {}
    for item in items:
        groups.setdefault(item.group if within_group else None, []).append(item)
    pairs = []
    for group in groups.values():
        circle = [group[place] for place in rng.permutation(len(group))]
        for step in range(1, comparisons // 2 + 1):
            # Halfway round, each pair would come twice; beyond, they come again.
            reach = len(circle) if 2 * step < len(circle) else len(circle) // 2 if 2 * step == len(circle) else 0
            for place in range(reach):
                first, second = circle[place], circle[(place + step) % len(circle)]
                pairs.append(_pair(first, second) if rng.random() < 0.5 else _pair(second, first))
    return pairs


def strengths_of_pairs(pairs: Sequence[Item], verdicts: Sequence[Verdict]) -> Strengths:
    """Bradley-Terry strengths from a pairwise judge's verdicts; a pair without a score is left out.

    A verdict from -1 to 1 is a share of a win, a tie half of one.

    Parameters
    ----------
    pairs
        As `pair_items` made them.
    verdicts
        One each.

    Raises
    ------
    UsageError
        If a pair does not say which items it is of, or none has a score.

    References
    ----------
    Bradley and Terry, "Rank Analysis of Incomplete Block Designs", Biometrika 39 (1952).

    Examples
    --------
    >>> pairs = pair_items([Item(item_id=name, response=name) for name in "abc"], comparisons=2)
    >>> better = [Verdict(score=-1.0 if pair.response < pair.response_b else 1.0) for pair in pairs]
    >>> found = strengths_of_pairs(pairs, better).scores
    >>> found["a"] > found["b"] > found["c"]
    True
    """
    won = []
    for pair, verdict in zip(pairs, verdicts, strict=True):
        if not {_FIRST, _SECOND} <= pair.extra.keys():
            raise UsageError(
                message(
                    "pair {item_id!r} does not say which items it is of; make pairs with pair_items",
                    item_id=pair.item_id,
                )
            )
        if verdict.score is not None:
            won.append((str(pair.extra[_FIRST]), str(pair.extra[_SECOND]), (1.0 - verdict.score) / 2.0))
    return _strengths(won)


def strengths_of_rankings(items: Sequence[Sequence[str]], verdicts: Sequence[Verdict]) -> Strengths:
    """Strengths from rankings: each item of a list is preferred to those ranked below it.

    Parameters
    ----------
    items
        For each list, the ids of its candidates, in the order they were shown.
    verdicts
        A `ListwiseJudge`'s, one each; a list without a ranking is left out.

    Raises
    ------
    UsageError
        If a verdict ranks other candidates than there are, or none has a ranking.

    Examples
    --------
    >>> import alia_judge as aj
    >>> places = [{"1": 1, "2": 0}, {"1": 0, "2": 1}]  # the first shown wins, then the second: "a" both times
    >>> first, second = (
    ...     aj.Verdict(score=best, parts={name: aj.Verdict(score=one) for name, one in given.items()})
    ...     for best, given in enumerate(places, start=1)
    ... )
    >>> strengths = aj.strengths_of_rankings([["a", "b"], ["b", "a"]], [first, second])
    >>> strengths.item_ids[0]
    'a'
    """
    won = []
    for candidates, verdict in zip(items, verdicts, strict=True):
        if verdict.unscored is not None:
            continue
        if len(verdict.parts) != len(candidates):
            raise UsageError(
                message(
                    "a verdict ranks {n} candidates, the list has {n_candidates}",
                    n=len(verdict.parts),
                    n_candidates=len(candidates),
                )
            )
        scores = [verdict.parts[str(number)].score or 0.0 for number in range(1, len(candidates) + 1)]
        for first, one in enumerate(scores):
            for second, other in enumerate(scores[first + 1 :], first + 1):
                won.append((candidates[first], candidates[second], float(one > other) + 0.5 * float(one == other)))
    return _strengths(won)


def _pair(first: Item, second: Item) -> Item:
    return Item(
        item_id=f"{first.item_id} | {second.item_id}",
        prompt=first.prompt,
        response=first.response,
        response_b=second.response,
        context=first.context,
        reference=first.reference,
        turns=first.turns,
        images=tuple(dict.fromkeys((*first.images, *second.images))),
        group=first.group,
        language=first.language,
        extra={_FIRST: first.item_id, _SECOND: second.item_id},
    )


def _strengths(won: Sequence[tuple[str, str, float]]) -> Strengths:
    """The mode under a normal prior, from ``(first, second, share that the first won)``."""
    if not won:
        raise UsageError(message("no comparison has a score, so there are no strengths"))
    names = list(dict.fromkeys(name for first, second, _ in won for name in (first, second)))
    place = {name: index for index, name in enumerate(names)}
    n, m = len(names), len(won)
    first = np.array([place[one] for one, _, _ in won])
    second = np.array([place[other] for _, other, _ in won])
    share = np.array([part for _, _, part in won])
    rows = np.arange(m)
    design = sparse.csr_array(
        (np.repeat([1.0, -1.0], m), (np.tile(rows, 2), np.concatenate([first, second]))), shape=(m, n)
    )

    def objective(strength: Floats) -> tuple[float, Floats]:
        linear = design @ strength
        loss = np.logaddexp(0.0, linear) - share * linear
        gradient = design.T @ (expit(linear) - share) + strength / _PRIOR**2
        return float(loss.sum() + (strength @ strength) / (2.0 * _PRIOR**2)), gradient

    found = minimize(objective, np.zeros(n), jac=True, method="L-BFGS-B", options={"gtol": 1e-9, "ftol": 1e-15}).x
    likely = expit(design @ found)
    curvature = (design.T @ (design * (likely * (1.0 - likely))[:, None])).toarray() + np.eye(n) / _PRIOR**2
    errors = np.sqrt(np.diag(np.linalg.inv(curvature)))
    links = sparse.coo_array((np.ones(m), (first, second)), shape=(n, n))
    components, _ = connected_components(links, directed=False)
    if components > 1:
        warnings.warn(
            message(
                "the comparisons fall into {components} parts without one between them: strengths of "
                "different parts cannot be compared",
                components=components,
            ),
            DegenerateDataWarning,
            stacklevel=3,
        )
    counts = np.bincount(np.concatenate([first, second]), minlength=n)
    return Strengths(
        item_ids=tuple(names),
        strength=tuple((found - found.mean()).tolist()),
        standard_error=tuple(errors.tolist()),
        comparisons=tuple(int(count) for count in counts),
        components=int(components),
    )
