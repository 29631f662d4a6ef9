"""The section of an evaluation's report on how far off scores are, and whether a 4 means a 4."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from alia_judge._messages import _
from alia_judge.reporting.figures import calibration_figure
from alia_judge.reporting.page import Block, Plot, Table

if TYPE_CHECKING:
    from alia_judge.evaluation.result import CriterionEvaluation, Evidence

__all__ = ["error_blocks"]


def error_blocks(
    criterion: str, found: CriterionEvaluation, evidence: Evidence | None, shown: str | None
) -> Iterator[Block]:
    """Calibration, error, agreement as one more annotator, and the table of confusion."""
    if evidence is not None and shown is not None and found.judges[shown].error:
        yield Plot(
            figure=calibration_figure(evidence.human.target, evidence.scores[shown], judge=shown, criterion=criterion),
            caption=_("{shown}: on the line, a score means what it says. Larger dots are more items.", shown=shown),
            description="; ".join(f"{name}: {_(estimate)}" for name, estimate in found.judges[shown].error.items()),
        )
    yield Table(
        caption=_("Error on the ratings' scale, and agreement as one more annotator"),
        columns=[
            _("judge"),
            _("mean absolute error"),
            _("bias"),
            _("calibration error"),
            _("alpha of people"),
            _("alpha with the judge"),
        ],
        rows=[
            [name, *judge.error.values(), *judge.agreement.values()]
            for name, judge in found.judges.items()
            if judge.error and judge.agreement
        ],
        note=_("Bias: judge less consensus. Calibration error is never negative: noise alone makes some of it."),
    )
    if evidence is not None and shown is not None and evidence.human.scale.points and found.judges[shown].error:
        yield _confusion(evidence, shown)


def _confusion(evidence: Evidence, shown: str) -> Block:
    """How often which score met which consensus, both rounded to the scale's points; higher is better."""
    points = np.asarray(evidence.human.scale.points)
    edges = (points[1:] + points[:-1]) / 2
    both = ~(np.isnan(evidence.scores[shown]) | np.isnan(evidence.human.target))
    scored, said = (np.searchsorted(edges, side[both]) for side in (evidence.scores[shown], evidence.human.target))
    counts = np.zeros((points.size, points.size), dtype=int)
    np.add.at(counts, (scored, said), 1)
    return Table(
        caption=_("{shown} against people, rounded to the scale's points", shown=shown),
        columns=[_("scored"), *(_("people {point:g}", point=point) for point in points)],
        rows=[[f"{point:g}", *row] for point, row in zip(points, counts.tolist(), strict=True)],
        folded=True,
    )
