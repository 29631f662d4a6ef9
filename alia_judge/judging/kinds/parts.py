"""Verdicts with a part for each of several criteria: which those are, and the verdicts of each as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from alia_judge.judging.kinds.analytic import AnalyticJudge
from alia_judge.judging.kinds.criteria import CriteriaJudge
from alia_judge.judging.readouts import judgments_of
from alia_judge.records import Judgments, Verdict

__all__ = ["about", "criteria_of", "judgments_by"]


def criteria_of(judge: Any) -> tuple[str, ...]:
    """The criteria that its verdicts have parts for; none where it gives one score an item."""
    if isinstance(judge, AnalyticJudge):
        return judge.names
    scales = getattr(judge, "scales", None) if hasattr(judge, "only") else None
    return tuple(scales) if scales and judge.focus is None else ()


def about(judge: Any, criterion: str) -> Any:
    """The judge as one of this criterion, where it answers several in one call and this is among them."""
    asked = {name.casefold(): name for name in criteria_of(judge)} if hasattr(judge, "only") else {}
    return judge.only(asked[criterion.casefold()]) if criterion.casefold() in asked else judge


def judgments_by(judge: Any, verdicts: Sequence[Verdict], item_ids: Sequence[str] | None = None) -> Judgments:
    """A judge's raw verdicts as arrays, with those on each criterion where one call answers several.

    A criterion of which an answer says nothing is unscored for the reason that the whole is. Those of a judge of one of
    the criteria are on it, with those on the others that have an order beside them.
    """
    if not isinstance(judge, CriteriaJudge):
        return judgments_of(verdicts, judge.scale, item_ids)
    parts = {
        name: judgments_of([one.parts.get(name, one) for one in verdicts], scale, item_ids)
        for name, scale in judge.scales.items()
        if judge.focus in (None, name) or scale.ordered
    }
    if judge.focus is not None:
        own = parts.pop(judge.focus)
        return replace(own, parts=parts)
    return replace(judgments_of(verdicts, judge.scale, item_ids), parts=parts)
