"""`criteria_of`: which criteria a judge's verdicts have parts for."""

from __future__ import annotations

from typing import Any

from alia_judge.judging.kinds.analytic import AnalyticJudge
from alia_judge.judging.kinds.criteria import CriteriaJudge

__all__ = ["criteria_of"]


def criteria_of(judge: Any) -> tuple[str, ...]:
    """The criteria that its verdicts have parts for; none where it gives one score an item."""
    if isinstance(judge, CriteriaJudge):
        return () if judge.focus is not None else tuple(criterion.criterion for criterion in judge.criteria)
    return judge.names if isinstance(judge, AnalyticJudge) else ()
