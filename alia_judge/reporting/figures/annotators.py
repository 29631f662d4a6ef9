"""`annotators_figure`: where each annotator stands, lenient or severe, reliable or not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from alia_judge._messages import _
from alia_judge._palette import PALETTE
from alia_judge.reporting.figures.canvas import canvas, name_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from alia_judge.benchmark.annotators import AnnotatorAudit

__all__ = ["annotators_figure"]

#: Beyond this many, only the ends are named: names on top of one another say nothing.
_NAMED = 12


def annotators_figure(annotators: Sequence[AnnotatorAudit], *, anchors: Mapping[str, str] | None = None) -> Figure:
    """A map: how much higher than the others' mean an annotator rates, and how reliably, with its interval.

    Parameters
    ----------
    annotators
        Those without a reliability or leniency are left out.
    anchors
        Annotator -> the anchor of the row on the page, where a click leads.

    Examples
    --------
    >>> import alia_judge as aj
    >>> audit = aj.audit_ratings(aj.load_sample(), "tone").criteria["tone"]
    >>> annotators_figure(audit.annotators).axes[0].get_xlabel()
    'leniency: severe to the left, lenient to the right'
    """
    shown = [one for one in annotators if not math.isnan(one.reliability) and not math.isnan(one.leniency)]
    figure, axes = canvas(7.0, 4.2)
    axes.grid(color=PALETTE["rule"], linewidth=0.5)
    axes.axvline(0.0, color=PALETTE["muted"], linewidth=1, linestyle=(0, (3, 3)))
    most = max((one.n_ratings for one in shown), default=1)
    by_reliability = sorted(shown, key=lambda one: one.reliability)
    by_leniency = sorted(shown, key=lambda one: one.leniency)
    ends = {one.annotator_id for order in (by_reliability, by_leniency) for one in (*order[:3], *order[-3:])}
    for one in shown:
        if not math.isnan(one.reliability_low):
            axes.plot(
                [one.leniency] * 2, [one.reliability_low, one.reliability_high], color=PALETTE["accent"], linewidth=1,
                alpha=0.5,
            )  # fmt: skip
        dot = axes.scatter(
            [one.leniency], [one.reliability], s=20 + 80 * one.n_ratings / most, color=PALETTE["accent"], linewidths=0
        )
        figure.say(
            dot,
            _(
                "{name}: leniency {leniency:.2f}, reliability {reliability:.2f}",
                name=one.annotator_id,
                leniency=one.leniency,
                reliability=one.reliability,
            ),
            (anchors or {}).get(one.annotator_id, ""),
        )
        if len(shown) <= _NAMED or one.annotator_id in ends:
            name = one.annotator_id if len(one.annotator_id) <= 24 else f"{one.annotator_id[:23]}…"
            axes.annotate(
                name, (one.leniency, one.reliability), xytext=(6, 4), textcoords="offset points", fontsize=9,
                color=PALETTE["ink"], parse_math=False,
            )  # fmt: skip
    name_axes(axes, _("leniency: severe to the left, lenient to the right"), _("reliability"))
    axes.margins(x=0.15, y=0.1)
    return figure
