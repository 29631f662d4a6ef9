"""`SystemPairs`: which systems can be told apart, and does the judge put those in the order that people do?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.records import Item
from alia_judge.stats.rectified_ranks import RectifiedRanking, rectified_ranking

__all__ = ["SystemPairs", "ranked", "system_pairs"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class SystemPairs(Record):
    """Systems by the mean rating that people would give them, and the judge's order beside it.

    Parameters
    ----------
    ranking
        The rectified means of the systems, with simultaneous intervals of their differences. Where people rated every
        item these are people's own means.
    pairs, separated
        Pairs of systems, and those that are told apart.
    agreed
        Of the separated ones, how many the judge's own means put in the same order.
    turned
        The others: (better, worse) as people have them.
    unrated
        Items that only the judge has seen, and that the means rest on as well.
    """

    ranking: RectifiedRanking
    pairs: int
    separated: int
    agreed: int
    turned: tuple[tuple[str, str], ...]
    unrated: int = 0


def system_pairs(
    human: RatedItems,
    scores: Mapping[str, float],
    options: EvaluationOptions,
    items: Sequence[Item] | None = None,
) -> SystemPairs | None:
    """Rank the systems of `items` (the rated ones by default); None where there are no two with enough ratings.

    Parameters
    ----------
    scores
        Item -> score, on the scale as it was given.
    items
        Everything the judge scored, of which the rated items are a random sample.
    """
    known = [item for item in (human.items if items is None else items) if item.system is not None]
    kept = [item for item in known if item.system not in options.exclude_systems]
    judged = human.scale.oriented(np.array([scores.get(item.item_id, np.nan) for item in kept], dtype=np.float64))
    if human.scale.has_labels or len({item.system for item in kept}) < 2 or np.isnan(judged).all():
        return None
    try:
        ranking = ranked(human, kept, judged, options)
    except UsageError:
        # A system with a rating or two has no mean to speak of, and then there is no ranking of all.
        return None
    systems = np.array([item.system for item in kept])
    order = [row.system for row in ranking.systems]
    rated = {item.item_id for item in human.items}
    mean = {}
    for system in order:
        mine = judged[(systems == system) & ~np.isnan(judged)]
        mean[system] = float(mine.mean()) if mine.size else np.nan
    apart = [
        (order[i], order[j])
        for i in range(len(order))
        for j in range(i + 1, len(order))
        if (difference := ranking.differences[i][j]) is not None and difference.low > 0
    ]
    turned = tuple((better, worse) for better, worse in apart if not mean[better] > mean[worse])
    return SystemPairs(
        ranking=ranking,
        pairs=len(order) * (len(order) - 1) // 2,
        separated=len(apart),
        agreed=len(apart) - len(turned),
        turned=turned,
        unrated=sum(item.item_id not in rated for item in kept),
    )


def ranked(human: RatedItems, items: Sequence[Item], judged: Floats, options: EvaluationOptions) -> RectifiedRanking:
    """The rectified ranking of the systems of `items`, by the panel's consensus and `judged`, shape (n,)."""
    rated = dict(zip((item.item_id for item in human.items), human.target, strict=True))
    grouped = any(item.group is not None for item in items)
    return rectified_ranking(
        np.array([rated.get(item.item_id, np.nan) for item in items]),
        judged,
        np.array([item.system for item in items]),
        groups=np.array([item.group or f"item:{item.item_id}" for item in items]) if grouped else None,
        confidence=options.level,
        rng=options.seed,
    )
