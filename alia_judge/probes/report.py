"""`ProbeResult` and `ProbeReport`: what probes did to a judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from alia_judge._messages import Message, joined, message, recalled
from alia_judge._record import Record
from alia_judge._version import __version__
from alia_judge.errors import UnknownNameError
from alia_judge.learnt import HeldOut
from alia_judge.probes.base import Expectation, Question
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OUTCOMES", "UNRATED", "Outcome", "ProbeReport", "ProbeResult"]

#: The yardstick where there is none.
UNRATED = Estimate.undefined("shift of people's ratings", message("no ratings were given"))
Outcome = Literal["moved", "not shown to move", "fell", "rose", "not shown to fall", "not applicable"]
#: Each as it is shown.
OUTCOMES: Mapping[Outcome, Message] = {
    "moved": message("moved"),
    "not shown to move": message("not shown to move"),
    "fell": message("fell"),
    "rose": message("rose"),
    "not shown to fall": message("not shown to fall"),
    "not applicable": message("not applicable"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class ProbeResult(Record):
    """What one dose of a probe did to a judge.

    Parameters
    ----------
    probe, expectation, dose
        Which.
    n_items
        Items that could be changed and were scored both ways.
    shift
        Mean change of the score, with its paired interval.
    effect
        The shift and its interval in standard deviations of the judge's own scores of the items as they are; undefined
        where these do not vary.
    moved_share
        Share of the items whose score moved by half a point of the scale or more (on a continuous scale, by a
        twentieth of it), with its interval.
    rank_agreement
        Spearman's correlation of the scores before and after, with its interval: 1 where the order of the items stayed.
    p_value
        Of no shift, two-sided; where `question` is ``"scatter"``, of at most a twentieth of the items moving; where it
        is ``"either"``, of both at once. Corrected over all probes and doses (Holm); NaN where undefined.
    question
        Which of these was asked.
    dropped
        Changes that were not used because they changed nothing or broke the text, by reason.
    yardstick
        The shift that people's ratings of real items let one expect of the same change, in points; undefined
        where there are no ratings, or the change is none that ratings show.
    alpha
        The level at which `outcome` is decided.
    why
        Why the probe is not applicable; None where it is.
    """

    also: ClassVar[tuple[str, ...]] = ("outcome",)

    probe: str
    expectation: Expectation
    dose: float
    n_items: int
    shift: Estimate
    effect: Estimate
    moved_share: Estimate
    rank_agreement: Estimate
    p_value: float
    question: Question = "shift"
    dropped: Mapping[str, int] = field(default_factory=dict)
    yardstick: Estimate = field(default_factory=lambda: UNRATED)
    alpha: float = 0.05
    why: str | None = None

    @property
    def outcome(self) -> Outcome:
        """What may be said. Not shown to move is not shown to stay."""
        if self.why is not None:
            return "not applicable"
        shown = self.p_value <= self.alpha
        if self.expectation == "same":
            return "moved" if shown else "not shown to move"
        if not shown:
            return "not shown to fall"
        return "fell" if self.shift.value < 0 else "rose"

    def told(self) -> Message:
        """The outcome, and why there is none."""
        outcome = OUTCOMES[self.outcome]
        return outcome if self.why is None else message("{outcome}: {why}", outcome=outcome, why=recalled(self.why))


@dataclass(frozen=True, kw_only=True, eq=False)
class ProbeReport(Record):
    """What every probe did to one judge.

    Parameters
    ----------
    results
        One for each probe and dose.
    signature
        The settings that change the figures, one line.
    held_out
        Whether the judge learnt from any of the items; None where nobody asked.
    judge_digest
        Of the judge as it was asked; None where it is not at hand.
    """

    schema = "alia-judge/probe/1"
    unwritten: ClassVar[frozenset[str]] = frozenset({"judge_digest"})
    in_json: ClassVar[Mapping[str, str]] = {"results": "probes"}
    also: ClassVar[tuple[str, ...]] = ("summary",)

    results: tuple[ProbeResult, ...]
    signature: str
    version: str = __version__
    held_out: HeldOut | None = None
    judge_digest: str | None = None

    def of(self, probe: str, dose: float | None = None) -> ProbeResult:
        """The result of one probe, at one dose or its strongest.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        found = [one for one in self.results if one.probe == probe and dose in (None, one.dose)]
        if not found:
            raise UnknownNameError(message("no result of probe {probe!r} at dose {dose}", probe=probe, dose=dose))
        return found[-1]

    def effect(self, probe: str, dose: float | None = None) -> Estimate:
        """The effect of one probe, in standard deviations of the judge's scores, at one dose or its strongest.

        What a search is constrained by, and what a gate holds against a bound. Undefined, with the reason in `why`,
        where the probe is not applicable or was not run: unknown is never nothing.
        """
        try:
            result = self.of(probe, dose)
        except KeyError:
            return Estimate.undefined("effect", message("the probe {probe!r} was not run", probe=probe))
        return result.effect

    def published(self) -> ProbeReport:
        """The report as it goes with a published judge: without the ids of items."""
        return self if self.held_out is None else replace(self, held_out=self.held_out.without_names())

    def to_frame(self) -> pd.DataFrame:
        """A row a probe and dose: what it came to, the shift with its interval, the share of items that moved."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"probe": one.probe, "dose": one.dose, "outcome": one.outcome, **one.shift.columns(),
                 "moved": one.moved_share.value, "n": one.n_items}
                for one in self.results
            ]
        )  # fmt: skip

    @property
    def summary(self) -> str:
        """How the judge came off, in a sentence or two."""
        parts: list[str] = []
        for expectation, failing in (("same", {"moved"}), ("lower", {"not shown to fall", "rose"})):
            tried = [one for one in self.results if one.expectation == expectation and one.why is None]
            names = list(dict.fromkeys(one.probe for one in tried))
            bad = list(dict.fromkeys(one.probe for one in tried if one.outcome in failing))
            if names:
                count = {"bad": len(bad), "all": len(names)}
                said = (
                    message("moved by {bad} of the {all} changes that must not matter", **count)
                    if expectation == "same"
                    else message("not shown to fall on {bad} of the {all} changes that must", **count)
                )
                parts.append(message("{said} ({named})", said=said, named=", ".join(bad)) if bad else said)
        skipped = len(
            {one.probe for one in self.results if one.why is not None}
            - {one.probe for one in self.results if one.why is None}
        )
        if skipped:
            parts.append(message("{n} not applicable", n=skipped))
        if self.held_out is not None and self.held_out.marked:
            parts.append(self.held_out.sentence)
        return joined(parts, "; ") if parts else message("no probe was applicable")
