"""`rank_systems`: which system is best, from many scores of a judge and few ratings of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from alia_judge._messages import message
from alia_judge.benchmark.split import Split
from alia_judge.errors import UsageError
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.ranking.system_pairs import ranked
from alia_judge.evaluation.rated_items import rated_items
from alia_judge.ratings.table import Ratings
from alia_judge.records import Item
from alia_judge.stats.rectified_ranks import RectifiedRanking

__all__ = ["rank_systems"]


def rank_systems(
    items: Sequence[Item],
    scores: Mapping[str, float],
    source: Ratings | Split,
    *,
    criterion: str | None = None,
    options: EvaluationOptions | None = None,
) -> RectifiedRanking:
    """Rank systems by the mean rating that people would give them; the intervals hold whatever the judge is worth.

    The judge's mean over all items is corrected by how far it is off where people rated too (prediction-powered
    inference); a judge that knows nothing costs nothing, one that agrees with people saves ratings.

    Parameters
    ----------
    items
        Everything the judge scored, each with its system; some of them rated by people. Which were rated must have been
        drawn at random, or the correction is that of other items.
    scores
        Item id -> the judge's score, of a judge that was not made on these ratings. An unscored item stays among the
        items: leaving it out would make the judge's choice of items part of the estimate.
    source
        What people said.
    criterion
        On what; may be left out where there is one.
    options
        `level`, `seed` and `exclude_systems` count.

    Returns
    -------
    RectifiedRanking
        Higher is better; pairs of systems that can be told apart, and a range for each rank.

    Raises
    ------
    UsageError
        If an item has no system, or people rated too few items of one.

    Examples
    --------
    >>> from alia_judge.ratings.load import load_ratings
    >>> rng = np.random.default_rng(0)
    >>> items = [Item(item_id=f"i{n}", system="ab"[n % 2], response="x") for n in range(400)]
    >>> truth = {item.item_id: 3 + (item.system == "b") + rng.normal(0, 0.5) for item in items}
    >>> rated = [{"item_id": item.item_id, "value": truth[item.item_id], "system": item.system} for item in items[:80]]
    >>> ratings = load_ratings(rated)
    >>> ranking = rank_systems(items, {item: value + rng.normal(0, 0.2) for item, value in truth.items()}, ratings)
    >>> [row.system for row in ranking.systems]
    ['b', 'a']
    """
    options = options or EvaluationOptions()
    nameless = [item.item_id for item in items if item.system is None]
    if nameless:
        raise UsageError(
            message(
                "every item needs a system to rank; {nameless!r} and {n} others have none",
                nameless=nameless[0],
                n=len(nameless) - 1,
            )
        )
    (human,) = rated_items(source, criterion=_only(source, criterion))
    kept = [item for item in items if item.system not in options.exclude_systems]
    judged = np.array([scores.get(item.item_id, np.nan) for item in kept], dtype=np.float64)
    if np.isnan(judged).all():
        raise UsageError(message("the judge scored none of the items"))
    return ranked(human, kept, human.scale.oriented(judged), options)


def _only(source: Ratings | Split, criterion: str | None) -> str | None:
    return criterion if isinstance(source, Split) else source.require(criterion)
