"""`probe_figure`: a figure of a probe by the name that a bound gives it, of a gate or of a search."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING

from alia_judge._messages import message
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.probes import ProbeReport, ProbeResult

__all__ = ["FIGURE_ALIASES", "PROBE_FIGURES", "parsed_figure", "probe_figure"]

#: Other names for a figure.
FIGURE_ALIASES = {"order_flip": "pair_order.moved_share"}


def probe_figure(report: ProbeReport | None, name: str, end: str = "value") -> tuple[float, str | None]:
    """A figure of a probe and, where it is NaN, why.

    Parameters
    ----------
    report
        What probes found; None where none were run.
    name
        ``PROBE.FIGURE`` or ``PROBE@DOSE.FIGURE``, with a figure among `PROBE_FIGURES`.
    end
        ``"value"``, or the ``"low"`` or ``"high"`` end of its interval.

    Raises
    ------
    UsageError
        If the figure is none, or the dose no number.
    """
    probe, wanted, figure = parsed_figure(name)
    if report is None:
        return math.nan, message("the judge was published without probes")
    try:
        result = report.of(probe, wanted)
    except KeyError:
        return math.nan, message("the probe was not run") if wanted is None else message(
            "the probe was not run at dose {dose:g}", dose=wanted
        )
    low, value, high = PROBE_FIGURES[figure](result)
    found = {"low": low, "value": value, "high": high}[end]
    return found, (result.why or message("it is undefined")) if math.isnan(found) else None


def parsed_figure(name: str) -> tuple[str, float | None, str]:
    """The probe, the dose (None for the strongest) and the figure in ``PROBE.FIGURE`` or ``PROBE@DOSE.FIGURE``.

    Raises
    ------
    UsageError
        If the figure is none, or the dose no number.
    """
    name = FIGURE_ALIASES.get(name, name)
    probe, _, figure = name.partition(".")
    # A dose may have a decimal point of its own: typos@0.05.effect.
    if "@" in name:
        probe, _, figure = name.rpartition(".")
    probe, at, dose = probe.partition("@")
    if figure not in PROBE_FIGURES:
        raise UsageError(
            message(
                "a probe has {probe_figures}, got {figure!r}", probe_figures=", ".join(PROBE_FIGURES), figure=figure
            )
        )
    return probe, _dose(dose) if at else None, figure


def _dose(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(message("a dose is a number, as in truncation@0.3.drop, got {text!r}", text=text)) from None


Ends = tuple[float, float, float]


def _ends(name: str) -> Callable[[ProbeResult], Ends]:
    def of(result: ProbeResult) -> Ends:
        estimate = getattr(result, name)
        return estimate.low, estimate.value, estimate.high

    return of


def _either_way(name: str) -> Callable[[ProbeResult], Ends]:
    """In absolute value: an interval around 0 begins at 0."""

    def of(result: ProbeResult) -> Ends:
        low, value, high = _ends(name)(result)
        nearest = 0.0 if low <= 0.0 <= high else min(abs(low), abs(high))
        return nearest, abs(value), max(abs(low), abs(high))

    return of


def _drop(result: ProbeResult) -> Ends:
    # From 0.0, so that no drop is not -0.
    return 0.0 - result.effect.high, 0.0 - result.effect.value, 0.0 - result.effect.low


#: What a bound may name of a probe.
PROBE_FIGURES: MappingProxyType[str, Callable[[ProbeResult], Ends]] = MappingProxyType(
    {
        "shift": _either_way("shift"),
        "effect": _either_way("effect"),
        "drop": _drop,
        "moved_share": _ends("moved_share"),
        "rank_agreement": _ends("rank_agreement"),
    }
)
