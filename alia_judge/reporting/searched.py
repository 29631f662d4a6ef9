"""The section of an evaluation's report on the search that a judge came out of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alia_judge._messages import _, numbers
from alia_judge.reporting.figures import history_figure, intervals_figure
from alia_judge.reporting.page import Block, Plot, Prose, Table

if TYPE_CHECKING:
    from alia_judge.compiling.result import CompileResult

__all__ = ["search_blocks"]


def search_blocks(compiled: CompileResult) -> Iterator[Block]:
    """Its history, what more calls an item buy, and the front where there were several objectives."""
    from alia_judge.compiling.stack.shares import shares_of

    curve = compiled.curve
    why = _(compiled.why)
    paid = _(
        "{paid} of {budget} calls were paid in {trials} trials to maximise {objective}; {replayed} verdicts were there "
        "already.",
        paid=compiled.paid,
        budget=compiled.budget,
        trials=compiled.trials,
        objective=compiled.objective,
        replayed=compiled.replayed,
    )
    yield Prose(text=f"{paid} {why[:1].upper()}{why[1:].rstrip('.')}.")
    if curve:
        last = curve[-1]
        yield Plot(
            figure=history_figure(
                [point.calls for point in curve],
                [point.value for point in curve],
                [point.low for point in curve],
                [point.high for point in curve],
                objective=compiled.objective,
            ),
            caption=_(
                "The best judge by then on what it had judged, corrected for the choice, with its 95 % interval."
            ),
            description=_(
                "After {calls} calls: {value:.3f} between {low:.3f} and {high:.3f}.",
                calls=last.calls,
                value=last.value,
                low=last.low,
                high=last.high,
            ),
        )
    if compiled.deployed.tradeoff:
        yield Plot(
            figure=intervals_figure(
                {
                    _("1 call an item") if calls == 1 else _("{calls} calls an item", calls=calls): estimate
                    for calls, estimate in compiled.deployed.tradeoff.items()
                },
                quantity=compiled.objective,
            ),
            caption=_("What more calls an item would buy, on learning items that the readout was not fitted on."),
            description="; ".join(f"{calls}: {_(estimate)}" for calls, estimate in compiled.deployed.tradeoff.items()),
        )
    if len(shares := shares_of(compiled.deployed.stack)) > 1:
        yield Table(
            caption=_("Whom the deployed judge asks of an item, and how much each counts"),
            columns=[_("judge"), _("share of the weights")],
            rows=[[name, numbers(f"{share:.0%}")] for name, share in shares],
        )
    if compiled.front is not None:
        yield Table(
            caption=_("None of these judges is better than another in everything"),
            columns=[_("judge"), *compiled.front.objectives],
            rows=[
                [point.name, *(point.figures[name] for name in compiled.front.objectives)]
                for point in compiled.front.points
            ],
            note="; ".join(
                _("{name}: more is better", name=name)
                if direction == "maximize"
                else _("{name}: less is better", name=name)
                for name, direction in compiled.front.objectives.items()
            )
            + ".",
        )
