"""`Drift`: two judges, or two versions of one, on the same items: which verdicts flipped, and for the better?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from alia_judge._record import Record
from alia_judge.evaluation.agreement.error import on_scale
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.evaluation.slices.surprise import expected_consensus
from alia_judge.stats.correlation import spearman
from alia_judge.stats.estimate import Estimate

__all__ = ["Drift", "Flip", "drift"]

Floats = NDArray[np.float64]
#: Classes of scores that are on no scale of points: fifths of each judge's own scores.
_FIFTHS = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Flip(Record):
    """An item on which the verdict changed: the scores before and after, and what people said."""

    item_id: str
    before: float
    after: float
    consensus: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Drift(Record):
    """One judge after another on the same items.

    Parameters
    ----------
    before
        The judge that was there before.
    n
        Items that both scored.
    spearman
        Of the two judges with one another.
    up, down
        Items whose verdict is now in a higher class, and in a lower one. Classes are the scale's points, or fifths of
        each judge's scores where they are not on a scale of points.
    nearer, farther
        Of these, how many came nearer to people, and how many went away from them.
    p_value
        Of nearer and farther being as likely (sign test, exact).
    flips
        The largest changes first, up to fifty.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> kind = {item: min(5, score + 1) for item, score in truth.items()}
    >>> result = aj.evaluate_scores(ratings, {"now": truth, "before": kind}, criterion="tone", baseline="before")
    >>> drift = result.judge("now").drift
    >>> drift.before, drift.up, drift.down > 0, drift.nearer > drift.farther
    ('before', 0, True, True)
    """

    also: ClassVar[tuple[str, ...]] = ("flipped",)

    before: str
    n: int
    spearman: Estimate
    up: int
    down: int
    nearer: int
    farther: int
    p_value: float
    flips: tuple[Flip, ...]

    @property
    def flipped(self) -> float:
        """Share of the items whose verdict changed its class."""
        return (self.up + self.down) / self.n if self.n else float("nan")


def drift(human: RatedItems, before: Floats, after: Floats, *, name: str, most: int = 50) -> Drift | None:
    """What changed from `before` to `after`, shape (n,) each; None where labels have no order or nothing is shared."""
    both = np.flatnonzero(~(np.isnan(before) | np.isnan(after)))
    if human.scale.has_labels or not both.size:
        return None
    target = human.target[both]
    old, new = before[both], after[both]
    was, became = _classes(human, old), _classes(human, new)
    # On the people's own scale, so that judges on different ones can be compared.
    gap = np.abs(_rated(human, new, target) - target) - np.abs(_rated(human, old, target) - target)
    changed = was != became
    nearer, farther = int((changed & (gap < 0)).sum()), int((changed & (gap > 0)).sum())
    order = np.lexsort((np.arange(both.size), -np.abs(_standard(new) - _standard(old))))
    chosen = [place for place in order if changed[place]][:most]
    return Drift(
        before=name,
        n=int(both.size),
        spearman=spearman(old, new),
        up=int((became > was).sum()),
        down=int((became < was).sum()),
        nearer=nearer,
        farther=farther,
        p_value=float(scipy_stats.binomtest(nearer, nearer + farther).pvalue) if nearer + farther else 1.0,
        flips=tuple(
            Flip(
                item_id=human.items[both[place]].item_id,
                before=float(old[place]),
                after=float(new[place]),
                consensus=float(target[place]),
            )
            for place in chosen
        ),
    )


def _classes(human: RatedItems, scores: Floats) -> NDArray[np.intp]:
    if human.scale.points and on_scale(human, scores):
        points = np.asarray(human.scale.points)
        return np.asarray(np.searchsorted((points[1:] + points[:-1]) / 2, scores), dtype=np.intp)
    edges = np.unique(np.quantile(scores, np.arange(1, _FIFTHS) / _FIFTHS))
    return np.asarray(np.searchsorted(edges, scores, side="right"), dtype=np.intp)


def _rated(human: RatedItems, scores: Floats, target: Floats) -> Floats:
    return scores if on_scale(human, scores) else expected_consensus(scores, target)


def _standard(scores: Floats) -> Floats:
    spread = float(scores.std())
    return np.asarray((scores - scores.mean()) / spread if spread > 0 else np.zeros_like(scores))
