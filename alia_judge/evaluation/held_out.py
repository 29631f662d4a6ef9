"""Which rated items each judge learnt from, by its record and by what its scores say themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.evaluation.scores import Scores
from alia_judge.learnt import HeldOut, LearntFrom, compare

__all__ = ["held_out"]

ByJudge = Mapping[str, Mapping[str, float]]


def held_out(
    human: RatedItems,
    judged: ByJudge,
    scores: Scores | ByJudge,
    learnt: Mapping[str, LearntFrom | None],
    *,
    by_word: bool = False,
) -> dict[str, HeldOut]:
    """Judge -> whether the items that it scored were held out from it.

    Parameters
    ----------
    human
        The items.
    judged
        Judge -> item -> score.
    scores
        What they were read from: the rows of a table with a column ``split`` say whether they are of train or dev.
    learnt
        Judge -> what it learnt from, of those of which that is known.
    by_word
        Whether these records are somebody else's.
    """
    own = scores.learnt if isinstance(scores, Scores) else {}
    found = {}
    for judge, by_item in judged.items():
        one = compare(learnt.get(judge), human.items, human.origin, by_word=by_word)
        if judge in own:
            said = {item.item_id: "the same item" for item in human.items if item.item_id in own[judge]}
            recorded = len(own[judge]) + (one.recorded or 0)
            one = replace(one, recorded=recorded, learnt={**said, **one.learnt})
        found[judge] = replace(one, learnt={item: why for item, why in one.learnt.items() if item in by_item})
    return found
