"""Judges made of others: both orders of a pair, checklists, criteria, languages, samples, panels, cascades."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.analytic import AnalyticJudge
from alia_judge.judging.kinds.both_orders import PairwiseJudge, PositionBias, position_bias
from alia_judge.judging.kinds.by_language import LanguageJudge
from alia_judge.judging.kinds.cascade import CascadeCost, CascadeJudge
from alia_judge.judging.kinds.checklist import ChecklistJudge
from alia_judge.judging.kinds.composite import NOT_ASKED, CompositeJudge
from alia_judge.judging.kinds.criteria import CriteriaJudge
from alia_judge.judging.kinds.listwise import ListwiseJudge
from alia_judge.judging.kinds.panel import PanelJudge
from alia_judge.judging.kinds.parts import about, criteria_of, judgments_by
from alia_judge.judging.kinds.preference import PreferenceJudge
from alia_judge.judging.kinds.sampled import SampledJudge
from alia_judge.judging.kinds.weighed import WeighedJudge

__all__ = [
    "KINDS",
    "NOT_ASKED",
    "AnalyticJudge",
    "CascadeCost",
    "CascadeJudge",
    "ChecklistJudge",
    "CompositeJudge",
    "CriteriaJudge",
    "LanguageJudge",
    "ListwiseJudge",
    "PairwiseJudge",
    "PanelJudge",
    "PositionBias",
    "PreferenceJudge",
    "SampledJudge",
    "WeighedJudge",
    "about",
    "criteria_of",
    "judge_from_state",
    "judgments_by",
    "position_bias",
]

#: Composite judges by the kind in their state.
KINDS: Mapping[str, type[CompositeJudge]] = MappingProxyType(
    {
        kind.kind: kind
        for kind in (
            AnalyticJudge,
            CascadeJudge,
            ChecklistJudge,
            LanguageJudge,
            PairwiseJudge,
            PanelJudge,
            PreferenceJudge,
            SampledJudge,
        )
    }
)


def judge_from_state(
    state: Mapping[str, Any], lm: Any = None, *, allowed: Collection[str] | None = None
) -> Judge | CompositeJudge:
    """A judge of whatever kind from what its ``dump_state`` gave; the parameters are those of `Judge.from_state`.

    Raises
    ------
    UsageError
        If the kind is unknown.
    """
    if state.get("schema") != CompositeJudge.schema:
        own = state.get("judge") or {}
        one_call: type[Judge] = CriteriaJudge if "criteria" in own else ListwiseJudge if "k" in own else Judge
        return one_call.from_state(state, lm, allowed=allowed)
    if state.get("kind") not in KINDS:
        raise UsageError(
            message("kind must be one of {kinds}, got {kind!r}", kinds=", ".join(sorted(KINDS)), kind=state.get("kind"))
        )
    return KINDS[state["kind"]].from_state(state, lm, allowed=allowed)
