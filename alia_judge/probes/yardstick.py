"""`yardstick`: what people did with the same change, where their ratings of real items show it.

People are never shown the changed items. But if a change only moves a surface feature (padding adds words), ratings of
real answers to the same prompt show how people's ratings go with that feature. That is an association, not the effect
of the change: longer answers may be better ones. A judge that moves further than people do, or the other way, has no
such excuse.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.probes.base import Change
from alia_judge.probes.measuring import clusters
from alia_judge.probes.report import UNRATED
from alia_judge.records import Item
from alia_judge.stats.estimate import Estimate
from alia_judge.text.surface import SURFACE_FEATURES, surface_features

__all__ = ["FEATURE_OF", "slope", "yardstick"]

Floats = NDArray[np.float64]
_STATISTIC = UNRATED.statistic
#: Probe -> the surface feature that it moves.
FEATURE_OF: Mapping[str, str] = MappingProxyType(
    {"length_padding": "log_words", "truncation": "log_words", "markdown_list": "list_lines_share"}
)
#: Fewer groups than this give no slope.
_FEWEST = 5


def yardstick(
    probe: str, changes: Sequence[Change], items: Sequence[Item], ratings: Mapping[str, float] | None, *, level: float
) -> Estimate:
    """The shift of people's ratings that goes with a probe's change.

    Parameters
    ----------
    probe
        Its name, for which feature it moves.
    changes
        The changes made.
    items
        Real items.
    ratings
        People's consensus by item, higher is better; None for none.
    level
        Nominal coverage of the interval.

    Returns
    -------
    Estimate
        The slope of ratings on the feature within groups, times the mean change of the feature; undefined, with the
        reason, where there are no ratings or the change moves no feature that ratings show.
    """
    feature = FEATURE_OF.get(probe)
    if ratings is None:
        return UNRATED
    if feature is None or not changes:
        return Estimate.undefined(_STATISTIC, message("the change is none that ratings show"))
    before = _feature([change.before for change in changes], feature)
    after = _feature([change.after for change in changes], feature)
    found, moved = slope(items, ratings, feature, level=level), float((after - before).mean())
    return found.times(moved, statistic=_STATISTIC)


def slope(items: Sequence[Item], ratings: Mapping[str, float], feature: str, *, level: float = 0.95) -> Estimate:
    """How people's ratings go with a surface feature among answers to the same prompt: points a unit of the feature.

    Least squares within groups (each group's mean taken out), or over all items where no group has two. The interval
    is Student's t on the jackknife over groups.
    """
    rated = [item for item in items if math.isfinite(ratings.get(item.item_id, math.nan))]
    x, y = _feature(rated, feature), np.array([ratings[item.item_id] for item in rated])
    groups = clusters(rated)
    units = int(groups.max()) + 1 if rated else 0
    name = f"points per unit of {feature}"
    if units < _FEWEST:
        why = message("{units} groups have ratings, fewer than {fewest}", units=units, fewest=_FEWEST)
        return Estimate.undefined(name, why, n=len(rated))
    if units < len(rated):
        x, y = _centred(x, groups), _centred(y, groups)
    else:
        x, y = x - x.mean(), y - y.mean()
    xy, xx = np.bincount(groups, weights=x * y), np.bincount(groups, weights=x * x)
    if not (xx.sum() - xx > 0).all():
        return Estimate.undefined(
            name, message("{feature} does not vary among the items", feature=feature), n=len(rated)
        )
    value = float(xy.sum() / xx.sum())
    without = (xy.sum() - xy) / (xx.sum() - xx)
    error = math.sqrt((units - 1) / units * float(((without - without.mean()) ** 2).sum()))
    return Estimate(statistic=name, value=value, n=len(rated)).with_error(
        error, level=level, freedom=units - 1, method="jackknife", groups=units
    )


def _centred(values: Floats, groups: NDArray[np.intp]) -> Floats:
    return values - (np.bincount(groups, weights=values) / np.bincount(groups))[groups]


def _feature(items: Sequence[Item], name: str) -> Floats:
    return surface_features(items)[1][:, SURFACE_FEATURES.index(name)]
