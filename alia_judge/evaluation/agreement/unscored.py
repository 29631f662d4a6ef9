"""What are the items like that a judge left unscored?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.stats.clustered import clustered_error
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.multiple import holm

__all__ = ["UnscoredContrast", "unscored_contrasts"]

Floats = NDArray[np.float64]
#: With fewer items on a side there is nothing to say of what they are like.
_FEWEST = 5
#: A column with more values than this is an identity.
_MOST_VALUES = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class UnscoredContrast(Record):
    """One property of the unscored items beside the scored ones.

    Parameters
    ----------
    what
        The property, in words: the consensus, the words of a response, the share in a language.
    unscored, scored
        Its mean on either side.
    difference
        The first less the second, with its interval.
    p_value
        Of no difference, corrected over all properties (Holm); NaN where undefined.
    """

    what: str
    unscored: float
    scored: float
    difference: Estimate
    p_value: float


def unscored_contrasts(human: RatedItems, scores: Floats, options: EvaluationOptions) -> tuple[UnscoredContrast, ...]:
    """What sets the items without a score apart; nothing where fewer than five are on a side.

    Parameters
    ----------
    scores
        Shape (n,), NaN is unscored.
    """
    unscored = np.isnan(scores)
    if min(unscored.sum(), (~unscored).sum()) < _FEWEST:
        return ()
    labels = np.arange(len(human)) if human.resampled is None else human.resampled
    units = np.unique(labels, return_inverse=True)[1]
    n_units = int(units.max()) + 1
    rows = []
    for what, values in _properties(human).items():
        value, error = _difference(values, unscored, units)
        difference = Estimate(statistic=message("difference of means"), value=value, n=len(human)).with_error(
            error,
            level=options.level,
            freedom=n_units - 1,
            method=f"t over {'items' if human.resampled is None else 'groups'}",
            groups=None if human.resampled is None else n_units,
        )
        rows.append(
            UnscoredContrast(
                what=what,
                unscored=float(values[unscored].mean()),
                scored=float(values[~unscored].mean()),
                difference=difference,
                p_value=difference.p_value() if error > 0 else np.nan,
            )
        )
    known = [place for place, row in enumerate(rows) if not np.isnan(row.p_value)]
    adjusted = dict(zip(known, holm([rows[place].p_value for place in known]).tolist(), strict=True))
    return tuple(
        UnscoredContrast(**{**vars(row), "p_value": adjusted.get(place, np.nan)}) for place, row in enumerate(rows)
    )


def _difference(values: Floats, unscored: NDArray[np.bool_], units: NDArray[np.intp]) -> tuple[float, float]:
    """Mean of the unscored less mean of the scored, and its standard error over units under no difference.

    Each side's own spread would be near 0 for a rare property that a dozen items happen to lack: with twelve groups
    that claimed something in 37 of 100 simulated evaluations in which nothing was there.
    """
    weight = unscored / unscored.sum() - ~unscored / (~unscored).sum()
    return float(weight @ values), float(clustered_error(weight * (values - values.mean()), units))


def _properties(human: RatedItems) -> dict[str, Floats]:
    """Name -> what each item has of it, shape (n,); only what varies."""
    ratings = human.ratings.size.astype(np.float64)
    found = {
        "consensus": human.target if human.scale.ordered else np.zeros(len(human)),
        message("standard error of the consensus"): np.nan_to_num(human.target_se),
        message("ratings an item"): ratings,
        message("words in the response"): np.array([float(len(item.response.split())) for item in human.items]),
        message("words in the prompt"): np.array([float(len(item.prompt.split())) for item in human.items]),
    }
    for column in ("language", "system"):
        if human.has(column):
            values = np.array(human.column(column))
            names = [str(value) for value in np.unique(values) if value]
            if len(names) <= _MOST_VALUES:
                found |= {
                    message("share of {column} {name}", column=column, name=name): (values == name).astype(np.float64)
                    for name in names
                }
    return {what: values for what, values in found.items() if np.ptp(values) > 0}
