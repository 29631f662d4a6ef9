"""The sections of an evaluation's report on what the figures support: better than what, and as good as a person?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alia_judge._messages import _
from alia_judge.reporting.page import Block, Prose, Table

if TYPE_CHECKING:
    from alia_judge.evaluation.comparisons.comparison import Comparison
    from alia_judge.evaluation.result import CriterionEvaluation

__all__ = ["alternative_blocks", "claim_blocks"]


def claim_blocks(found: CriterionEvaluation) -> Iterator[Block]:
    """Each judge beside everything it should be better than."""
    yield Table(
        caption=_("Each judge beside what it should be better than, on the same items"),
        columns=[
            _("judge"),
            _("beside"),
            _("judge's figure"),
            _("its figure"),
            _("difference"),
            _("p, corrected"),
            _("claim"),
        ],
        rows=[
            [
                name,
                _(comparison.baseline),
                comparison.judge_value,
                comparison.baseline_value,
                comparison.difference,
                comparison.p_value,
                _short_claim(comparison),
            ]
            for name, judge in found.judges.items()
            for comparison in judge.comparisons
        ],
        note=_("Intervals are paired. p is two-sided and corrected over the comparisons of a judge (Holm)."),
    )


def alternative_blocks(found: CriterionEvaluation) -> Iterator[Block]:
    """The alternative annotator test, or why there is none."""
    tested = {name: judge.alt_test for name, judge in found.judges.items() if judge.alt_test is not None}
    if not tested:
        yield Prose(text=_("Not tested: {alt_test_why}.", alt_test_why=next(iter(found.judges.values())).alt_test_why))
        return
    yield Table(
        caption=_("Alternative annotator test (Calderon, Reichart and Dror 2025)"),
        columns=[
            _("judge"),
            _("winning rate"),
            _("advantage probability"),
            _("epsilon"),
            _("score"),
            _("may stand in"),
        ],
        rows=[
            [name, test.winning_rate, test.advantage, test.epsilon, test.score, bool(test.passed)]
            for name, test in tested.items()
        ],
        note=_("A judge may replace an annotator where it wins against half of them or more."),
    )
    for name, test in tested.items():
        yield Table(
            caption=_("Each annotator against {name}", name=name),
            columns=[
                _("annotator"),
                _("items"),
                _("judge as good or better"),
                _("annotator as good or better"),
                "p",
                _("judge wins"),
            ],
            rows=[
                [row.annotator, row.n_items, row.judge_advantage, row.annotator_advantage, row.p_value, row.rejected]
                for row in test.annotators
            ],
            folded=True,
        )


def _short_claim(comparison: Comparison) -> str:
    if comparison.shown:
        return _("better")
    return _("worse") if comparison.p_value <= comparison.alpha else _("not shown")
