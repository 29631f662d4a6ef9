"""The second look: where a judge parts from people further than chance has it, one of the three is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alia_judge._record import Record
from alia_judge.annotation.disputes import Opinion, opinions
from alia_judge.annotation.standing import ratings_so_far
from alia_judge.evaluation.rated_items import rated_items
from alia_judge.evaluation.slices.surprise import disagreements
from alia_judge.records import Scale

__all__ = ["SecondLook", "second_looks"]

#: Standard errors of the consensus from which on a disagreement is more than chance.
_SURPRISING = 2.0
#: Of labels: the share of the people who agree on another than the judge's.
_UNITED = 2 / 3


@dataclass(frozen=True, kw_only=True, eq=False)
class SecondLook(Record):
    """An item about which a judge and people part.

    Parameters
    ----------
    item_id, criterion, judge
        Which, on what, and who.
    score, consensus
        What the judge said and what people together did, in the scale's words.
    surprise
        How far they part, in standard errors of the consensus (`disagreements`); of labels, the share of people who
        agree on another.
    opinions
        Who said what.
    """

    item_id: str
    criterion: str
    judge: str
    score: str
    consensus: str
    surprise: float
    opinions: tuple[Opinion, ...]


def second_looks(
    lines: Sequence[Mapping[str, Any]], scores: Mapping[str, Mapping[str, Mapping[str, float]]], *, most: int = 200
) -> tuple[SecondLook, ...]:
    """The surprising disagreements of judges with what a room exports, the most surprising first, each item once.

    Parameters
    ----------
    scores
        Criterion -> judge -> item -> score.
    """
    ratings = ratings_so_far(lines)
    found: list[SecondLook] = []
    for name in () if ratings is None else ratings.criteria:
        if not scores.get(name):
            continue
        (human,) = rated_items(ratings, criterion=name)  # type: ignore[arg-type]  # there are some
        said = opinions(lines, name, human.scale)
        for judge, by_item in scores[name].items():
            given = human.scores(by_item)
            if human.scale.has_labels:
                parting = _labels(human.values, given)
                rows = [(human.items[at].item_id, given[at], human.target[at], share) for at, share in parting]
            else:
                rows = [
                    (one.item_id, one.score, one.consensus, abs(one.surprise))
                    for one in disagreements(human, given, most=most)
                    if abs(one.surprise) >= _SURPRISING
                ]
            for item, score, consensus, surprise in rows:
                found.append(
                    SecondLook(
                        item_id=item,
                        criterion=name,
                        judge=judge,
                        score=_word(float(score), human.scale),
                        consensus=_word(float(consensus), human.scale),
                        surprise=float(surprise),
                        opinions=said[item],
                    )
                )
    found.sort(key=lambda one: (-one.surprise, one.item_id, one.judge))
    first: dict[tuple[str, str], SecondLook] = {}
    for one in found:
        first.setdefault((one.item_id, one.criterion), one)
    return tuple(first.values())[:most]


def _labels(values: np.ndarray[Any, np.dtype[np.float64]], given: Any) -> list[tuple[int, float]]:
    found = []
    for at in range(values.shape[1]):
        said = values[~np.isnan(values[:, at]), at]
        labels, counts = np.unique(said, return_counts=True)
        share = float(counts.max()) / said.size
        if said.size >= 2 and share >= _UNITED and not np.isnan(given[at]) and labels[counts.argmax()] != given[at]:
            found.append((at, share))
    return found


def _word(value: float, scale: Scale) -> str:
    """As the scale was given, not turned round."""
    raw = float(scale.oriented(np.array([value]))[0])
    return scale.label(raw) if raw in scale.points else f"{raw:.2g}"
