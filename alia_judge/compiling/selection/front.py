"""The front of a search with several objectives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from alia_judge.compiling.constraints.feasibility import Admission
from alia_judge.compiling.constraints.measures import JudgeMeasure, Measure, either_way, measure_name, prefers_low
from alia_judge.compiling.constraints.tracker import Aims
from alia_judge.compiling.selection.common_items import Desk, Field
from alia_judge.compiling.selection.judges import Deployed
from alia_judge.compiling.selection.pareto import ParetoFront, ParetoPoint
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.pareto import non_dominated

__all__ = ["front_of"]


def front_of(desk: Desk, aims: Aims, singles: Field, stacks: Field) -> ParetoFront:
    """The singles and stacks that keep to the constraints and of which none is better in everything."""
    points, values = [], []
    for field in (singles, stacks):
        if field.admission is None:
            continue
        # Best first: what a judge has to be asked for is had for as many as there are calls for.
        for row in np.argsort(-np.nan_to_num(field.contest.value, nan=-np.inf), kind="stable").tolist():
            if row in field.choice.excluded:
                continue
            named = field.judge(row)
            if isinstance(named, Deployed) and named.stack.readout is not None:
                continue  # the single judge, which is among the singles
            figures = {desk.objective.name: field.contest.estimate(row)}
            figures |= {
                measure_name(measure): _figure(desk, field, field.admission, measure, row) for measure in aims.pareto
            }
            points.append((field, row, figures))
            values.append([figures[desk.objective.name].value, *(_gain(one, figures) for one in aims.pareto)])
    on_front = np.flatnonzero(non_dominated(np.array(values, dtype=np.float64)))
    ranked = sorted(on_front, key=lambda place: -values[place][0])
    directions = {measure_name(one): "minimize" if prefers_low(one) else "maximize" for one in aims.pareto}
    return ParetoFront(
        objectives={desk.objective.name: "maximize"} | directions,
        points=tuple(
            ParetoPoint(judge=field.judge(row), figures=figures)
            for field, row, figures in (points[place] for place in ranked)
        ),
    )


def _figure(desk: Desk, field: Field, admission: Admission, measure: Measure, row: int) -> Estimate:
    """A further objective of one judge: from its verdicts, or by asking it."""
    if isinstance(measure, JudgeMeasure) and desk.prober is not None and field.finalist is not None:
        return desk.prober.take(measure, field.finalist(row))
    return admission.estimate(measure, row)


def _gain(measure: Measure, figures: Mapping[str, Estimate]) -> float:
    """A figure turned so that more is better."""
    value = figures[measure_name(measure)].value
    value = abs(value) if either_way(measure) else value
    return -value if prefers_low(measure) else value
