"""The section of an evaluation's report on what probes did to the judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alia_judge._messages import _
from alia_judge.reporting.figures import intervals_figure
from alia_judge.reporting.page import Block, Plot, Table, shown_figure

if TYPE_CHECKING:
    from alia_judge.probes import ProbeReport

__all__ = ["probe_blocks"]


def probe_blocks(probes: ProbeReport) -> Iterator[Block]:
    """What must not move the score, what must lower it, and every probe."""
    captions = {
        "same": _("Changes that must not move the score: mean shift with its paired interval."),
        "lower": _("Changes that must lower the score: mean shift with its paired interval."),
    }
    for expectation, caption in captions.items():
        chosen = [one for one in probes.results if one.expectation == expectation]
        shifts = {f"{one.probe} ({one.dose:g})": one.shift for one in chosen if one.why is None}
        if shifts:
            yield Plot(
                figure=intervals_figure(shifts, quantity=_("mean shift of the score")),
                caption=caption,
                description="; ".join(f"{name}: {shown_figure(shift)}" for name, shift in shifts.items()),
            )
    yield Table(
        caption=_("Every probe"),
        columns=[
            _("change"),
            _("dose"),
            _("items"),
            _("mean shift"),
            _("effect"),
            _("share moved"),
            _("p, corrected"),
            _("outcome"),
        ],
        rows=[
            [
                one.probe,
                one.dose,
                one.n_items,
                one.shift,
                one.effect,
                one.moved_share,
                one.p_value,
                one.told(),
            ]
            for one in probes.results
        ],
        note=_("p: of no shift, two-sided, corrected over all probes and doses (Holm)."),
    )
