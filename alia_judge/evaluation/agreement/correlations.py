"""A judge's correlation with the consensus at every level: items, within groups, systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import FEWEST_GROUPS, RatedItems
from alia_judge.stats.correlation import kendall, pearson, spearman
from alia_judge.stats.estimate import Estimate

__all__ = ["CORRELATIONS", "correlations", "item_correlations", "of_labels", "within_system_correlations"]

Floats = NDArray[np.float64]
_NO_GRADES = message("the criterion has labels and no grades")
_STATISTICS: dict[str, Callable[..., Estimate]] = {"spearman": spearman, "kendall": kendall, "pearson": pearson}
#: Which correlations are reported at each level.
CORRELATIONS = tuple(_STATISTICS)


def correlations(human: RatedItems, scores: Floats, options: EvaluationOptions) -> dict[str, dict[str, Estimate]]:
    """Level -> statistic -> estimate of `scores`, shape (n,), against the consensus.

    At every level a resample draws whole groups where there are groups. Unscored items are left out; at the level of
    systems they are left out of the judge's mean only, for what people say of a system does not depend on what the
    judge could read of it. Fewer than five systems have no interval: three or four in the same order would seem to be
    certain of it.
    """
    if human.scale.has_labels:
        return of_labels()
    result = {"item": item_correlations(human, scores, options)}
    if human.groups is None:
        result["within_group"] = _undefined(message("the items have no groups"))
    else:
        result["within_group"] = _each(human, scores, options, grouping="within")
    if human.systems is None:
        result["system"] = _undefined(message("the items have no systems"))
    else:
        named = human.systems != ""
        systems = human.systems[named]
        result["system"] = _each(human.take(named), scores[named], options, grouping="system", systems=systems)
        if np.unique(systems).size < FEWEST_GROUPS:
            result["system"] = {name: _without_interval(found) for name, found in result["system"].items()}
    return result


def within_system_correlations(human: RatedItems, scores: Floats, options: EvaluationOptions) -> dict[str, Estimate]:
    """Statistic -> mean over systems of the correlation within each; a resample draws whole systems."""
    if human.systems is None:
        return _undefined(message("the items have no systems"))
    named = human.systems != ""
    mine = replace(human.take(named), groups=human.systems[named])
    return _each(mine, scores[named], options, grouping="within")


def item_correlations(human: RatedItems, scores: Floats, options: EvaluationOptions) -> dict[str, Estimate]:
    """Statistic -> estimate over all items together."""
    return _each(human, scores, options, grouping="pooled")


def of_labels() -> dict[str, dict[str, Estimate]]:
    """Level -> statistic -> undefined: what a criterion of labels has in place of correlations."""
    return {level: _undefined(_NO_GRADES) for level in ("item", "within_group", "system")}


def _each(human: RatedItems, scores: Floats, options: EvaluationOptions, **grouping: Any) -> dict[str, Estimate]:
    if human.scale.has_labels:
        return _undefined(_NO_GRADES)
    return {
        name: _STATISTICS[name](
            scores,
            human.target,
            groups=human.groups if grouping["grouping"] == "within" else human.resampled,
            interval=options.interval,
            confidence=options.level,
            n_resamples=options.n_resamples,
            rng=options.seed,
            **grouping,
        )
        for name in CORRELATIONS
    }


def _without_interval(estimate: Estimate) -> Estimate:
    if not estimate.defined:
        return estimate
    why = message(
        "an interval takes at least {fewest_groups} systems to resample, got {n}",
        fewest_groups=FEWEST_GROUPS,
        n=estimate.n,
    )
    return replace(estimate, low=np.nan, high=np.nan, level=None, method="", why=why)


def _undefined(why: str) -> dict[str, Estimate]:
    return {name: Estimate.undefined(name, why) for name in CORRELATIONS}
