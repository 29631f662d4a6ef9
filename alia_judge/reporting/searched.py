"""The section of an evaluation's report on the search that a judge came out of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alia_judge.reporting.figures import history_figure, intervals_figure
from alia_judge.reporting.page import Block, Plot, Prose, Table

if TYPE_CHECKING:
    from alia_judge.compiling.result import CompileResult

__all__ = ["search_blocks"]


def search_blocks(compiled: CompileResult) -> Iterator[Block]:
    """Its history, what more calls an item buy, and the front where there were several objectives."""
    curve = compiled.curve
    yield Prose(
        text=(
            f"{compiled.paid} of {compiled.budget} calls were paid in {compiled.trials} trials to maximise "
            f"{compiled.objective}; {compiled.replayed} verdicts were there already. "
            f"{compiled.why[:1].upper()}{compiled.why[1:].rstrip('.')}."
        )
    )
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
            caption="The best judge by then on what it had judged, corrected for the choice, with its 95 % interval.",
            description=f"After {last.calls} calls: {last.value:.3f} between {last.low:.3f} and {last.high:.3f}.",
        )
    if compiled.deployed.tradeoff:
        yield Plot(
            figure=intervals_figure(
                {
                    f"{calls} {'call' if calls == 1 else 'calls'} an item": estimate
                    for calls, estimate in compiled.deployed.tradeoff.items()
                },
                quantity=compiled.objective,
            ),
            caption="What more calls an item would buy, on learning items that the readout was not fitted on.",
            description="; ".join(f"{calls}: {estimate}" for calls, estimate in compiled.deployed.tradeoff.items()),
        )
    if compiled.front is not None:
        yield Table(
            caption="None of these judges is better than another in everything",
            columns=["judge", *compiled.front.objectives],
            rows=[
                [point.name, *(point.figures[name] for name in compiled.front.objectives)]
                for point in compiled.front.points
            ],
            note="; ".join(
                f"{name}: {'more' if direction == 'maximize' else 'less'} is better"
                for name, direction in compiled.front.objectives.items()
            )
            + ".",
        )
