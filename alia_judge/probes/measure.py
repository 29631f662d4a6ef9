"""`ProbeMeasure`: a figure of a probe as what a search is bound by, or aims at."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, is_dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.probes.base import AnyProbe
from alia_judge.probes.figures import parsed_figure
from alia_judge.probes.registry import probes_named
from alia_judge.probes.report import ProbeResult
from alia_judge.probes.run import run_probes
from alia_judge.probes.scorer import judge_scorer
from alia_judge.records import Item
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge
    from alia_judge.runner import Composite, Progress, VerdictStore

__all__ = ["ProbeMeasure"]

_FEWEST = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class ProbeMeasure(Record):
    """What one probe does to a judge, for `Constraint` and ``pareto=`` of `compile_judge`.

    It takes calls, which the search pays from its own budget and asks only for judges that it would name.

    Parameters
    ----------
    figure
        ``PROBE.FIGURE`` or ``PROBE@DOSE.FIGURE``, as a gate names it: ``"length_padding.effect"`` (how far the score
        moves either way, in standard deviations of the judge's scores), ``"typos@0.05.moved_share"``,
        ``"unsafe_advice.drop"``; ``"order_flip"`` is ``pair_order.moved_share``. Without a dose, the strongest.
    items
        How many items to change at most; those that cannot be are left out, and fewer than ten that can say nothing.
    probe
        The probe, where it is one of your own; None takes the library's, or another package's, of that name.
    seed
        Of the changes drawn at random.

    Raises
    ------
    UsageError
        If there is no such probe or figure, or `items` is below ten.

    Examples
    --------
    >>> flips = ProbeMeasure(figure="order_flip")
    >>> flips.name, flips.prefers_low
    ('order_flip', True)
    """

    schema = "alia-judge/probe-measure/1"
    #: A probe of one's own is told by its name alone.
    left_out: ClassVar[frozenset[str]] = frozenset({"probe"})

    figure: str
    items: int = 40
    probe: AnyProbe | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        name, dose, _ = parsed_figure(self.figure)
        if self.probe is not None and self.probe.name != name:
            raise UsageError(
                message(
                    "{figure!r} is of the probe {name!r}, and the probe given is {probe_name!r}",
                    figure=self.figure,
                    name=name,
                    probe_name=self.probe.name,
                )
            )
        found = self.probe or probes_named([name])[0]
        if dose is not None and dose not in tuple(found.doses):
            raise UsageError(
                message(
                    "{name} has the doses {doses}, got {dose:g}",
                    name=name,
                    doses=", ".join(f"{one:g}" for one in found.doses),
                    dose=dose,
                )
            )
        if self.items < _FEWEST:
            raise UsageError(message("items must be at least {fewest}, got {items}", fewest=_FEWEST, items=self.items))

    @property
    def name(self) -> str:
        """The figure's name."""
        return self.figure

    @property
    def either_way(self) -> bool:
        """Whether its size counts, whichever its sign."""
        return parsed_figure(self.figure)[2] in ("effect", "shift")

    @property
    def prefers_low(self) -> bool:
        """Whether less of it is better: of a drop, and of agreement in rank, more is."""
        return parsed_figure(self.figure)[2] not in ("drop", "rank_agreement")

    def take(
        self,
        judge: Judge | Composite,
        items: Sequence[Item],
        *,
        store: VerdictStore | None = None,
        ended: Callable[[Progress], None] | None = None,
    ) -> Estimate:
        """Probe a judge.

        Parameters
        ----------
        judge
            The judge.
        items
            Items to change; the first `items` of them are.
        store
            Where verdicts are kept, and those of the items as they are may be already.
        ended
            Told the counts of every run: the first is of the items as they are.

        Returns
        -------
        Estimate
            Undefined, with the reason, where the probe is not applicable.
        """
        name, dose, figure = parsed_figure(self.figure)
        probe = self.probe or probes_named([name])[0]
        report = run_probes(
            judge_scorer(judge, store=store, ended=ended),
            items[: self.items],
            judge.scale,
            probes=[_at(probe, probe.doses[-1] if dose is None else dose)],
            seed=self.seed,
        )
        return _figure(report.of(name, dose), figure)


def _at(probe: AnyProbe, dose: float) -> AnyProbe:
    """The probe at one dose; as it is, where it cannot be told to."""
    change: Any = replace  # it takes any dataclass, and a probe of another package need not be one
    at_one: AnyProbe = change(probe, doses=(dose,)) if is_dataclass(probe) else probe
    return at_one


def _figure(result: ProbeResult, figure: str) -> Estimate:
    found: Estimate = result.effect if figure == "drop" else getattr(result, figure)
    if figure == "drop":
        found = replace(found, statistic="drop", value=-found.value, low=-found.high, high=-found.low)
    return replace(found, why=found.why or result.why) if math.isnan(found.value) else found
