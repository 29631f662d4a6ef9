"""The sections of an evaluation's report on what the figures support: better than what, and as good as a person?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alia_judge.reporting.page import Block, Prose, Table

if TYPE_CHECKING:
    from alia_judge.evaluation.comparisons.comparison import Comparison
    from alia_judge.evaluation.result import CriterionEvaluation

__all__ = ["alternative_blocks", "claim_blocks"]


def claim_blocks(found: CriterionEvaluation) -> Iterator[Block]:
    """Each judge beside everything it should be better than."""
    yield Table(
        caption="Each judge beside what it should be better than, on the same items",
        columns=["judge", "beside", "judge's figure", "its figure", "difference", "p, corrected", "claim"],
        rows=[
            [
                name,
                comparison.baseline,
                comparison.judge_value,
                comparison.baseline_value,
                comparison.difference,
                comparison.p_value,
                _short_claim(comparison),
            ]
            for name, judge in found.judges.items()
            for comparison in judge.comparisons
        ],
        note="Intervals are paired. p is two-sided and corrected over the comparisons of a judge (Holm).",
    )


def alternative_blocks(found: CriterionEvaluation) -> Iterator[Block]:
    """The alternative annotator test, or why there is none."""
    tested = {name: judge.alt_test for name, judge in found.judges.items() if judge.alt_test is not None}
    if not tested:
        yield Prose(text=f"Not tested: {next(iter(found.judges.values())).alt_test_why}.")
        return
    yield Table(
        caption="Alternative annotator test (Calderon, Reichart and Dror 2025)",
        columns=["judge", "winning rate", "advantage probability", "epsilon", "score", "may stand in"],
        rows=[
            [name, test.winning_rate, test.advantage, test.epsilon, test.score, bool(test.passed)]
            for name, test in tested.items()
        ],
        note="A judge may replace an annotator where it wins against half of them or more.",
    )
    for name, test in tested.items():
        yield Table(
            caption=f"Each annotator against {name}",
            columns=["annotator", "items", "judge as good or better", "annotator as good or better", "p", "judge wins"],
            rows=[
                [row.annotator, row.n_items, row.judge_advantage, row.annotator_advantage, row.p_value, row.rejected]
                for row in test.annotators
            ],
            folded=True,
        )


def _short_claim(comparison: Comparison) -> str:
    if comparison.shown:
        return "better"
    return "worse" if comparison.p_value <= comparison.alpha else "not shown"
