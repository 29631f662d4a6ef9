"""The front of a search with several objectives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from alia_judge.compiling.constraints.feasibility import Feasibility
from alia_judge.compiling.constraints.measures import JudgeMeasure, Measure, either_way, measure_name, prefers_low
from alia_judge.compiling.constraints.tracker import ConstraintTracker
from alia_judge.compiling.selection.common_items import CommonItems, Contenders
from alia_judge.compiling.selection.judges import Deployed
from alia_judge.compiling.selection.pareto import ParetoFront, ParetoPoint
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.pareto import non_dominated

__all__ = ["front_of"]


def front_of(common: CommonItems, tracker: ConstraintTracker, singles: Contenders, stacks: Contenders) -> ParetoFront:
    """The singles and stacks that keep to the constraints and of which none is better in everything."""
    points, values = [], []
    for contenders in (singles, stacks):
        if contenders.feasibility is None:
            continue
        # Best first: what a judge has to be asked for is had for as many as there are calls for.
        for row in np.argsort(-np.nan_to_num(contenders.comparison.value, nan=-np.inf), kind="stable").tolist():
            if row in contenders.choice.excluded:
                continue
            named = contenders.judge(row)
            if isinstance(named, Deployed) and getattr(named.stack, "readout", None) is not None:
                continue  # the single judge, which is among the singles
            figures = {common.objective.name: contenders.comparison.estimate(row)}
            figures |= {
                measure_name(measure): _figure(common, contenders, contenders.feasibility, measure, row)
                for measure in tracker.pareto
            }
            points.append((contenders, row, figures))
            values.append([figures[common.objective.name].value, *(_gain(one, figures) for one in tracker.pareto)])
    on_front = np.flatnonzero(non_dominated(np.array(values, dtype=np.float64)))
    ranked = sorted(on_front, key=lambda place: -values[place][0])
    directions = {measure_name(one): "minimize" if prefers_low(one) else "maximize" for one in tracker.pareto}
    return ParetoFront(
        objectives={common.objective.name: "maximize"} | directions,
        points=tuple(
            ParetoPoint(judge=contenders.judge(row), figures=figures)
            for contenders, row, figures in (points[place] for place in ranked)
        ),
    )


def _figure(
    common: CommonItems, contenders: Contenders, feasibility: Feasibility, measure: Measure, row: int
) -> Estimate:
    """A further objective of one judge: from its verdicts, or by asking it."""
    if isinstance(measure, JudgeMeasure) and common.prober is not None and contenders.finalist is not None:
        return common.prober.take(measure, contenders.finalist(row))
    return feasibility.estimate(measure, row)


def _gain(measure: Measure, figures: Mapping[str, Estimate]) -> float:
    """A figure turned so that more is better."""
    value = figures[measure_name(measure)].value
    value = abs(value) if either_way(measure) else value
    return -value if prefers_low(measure) else value
