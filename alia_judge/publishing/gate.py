"""`check_published`: does a published judge still meet what a team asks of it?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal
from xml.etree import ElementTree  # written here, never read  # nosec B405

from alia_judge._messages import Message, Written, _, joined, message
from alia_judge._record import Record
from alia_judge._version import __version__
from alia_judge.errors import UsageError
from alia_judge.evaluation.agreement.labels import LABEL_FIGURES
from alia_judge.probes.figures import FIGURE_ALIASES, PROBE_FIGURES, probe_figure
from alia_judge.publishing.artifact import Published
from alia_judge.publishing.held_evaluation import hold_evaluation, hold_probes
from alia_judge.stats.estimate import Estimate
from alia_judge.text.printable import printable

if TYPE_CHECKING:
    from alia_judge.evaluation.result import JudgeEvaluation

__all__ = ["CheckReport", "Requirement", "check_published"]

_LEVELS = ("item", "within_group", "system")


@dataclass(frozen=True, kw_only=True, eq=False)
class Requirement(Record):
    """One figure and its bound.

    Parameters
    ----------
    figure
        Its name.
    kind
        ``"min"`` or ``"max"``.
    bound
        What it must reach, or not exceed.
    value
        What it is; NaN where it is undefined or was never measured.
    why
        Why it is; None where it has a value.
    """

    also: ClassVar[tuple[str, ...]] = ("met",)

    figure: str
    kind: Literal["min", "max"]
    bound: float
    value: float
    why: str | None = None

    @property
    def met(self) -> bool:
        """Whether the bound is kept; what is unknown does not keep it."""
        return self.value >= self.bound if self.kind == "min" else self.value <= self.bound

    def told(self) -> Message:
        """What it is, and what was asked."""
        unknown = math.isnan(self.value)
        found = message("unknown ({why})", why=self.why) if unknown else Written(f"{self.value:.3f}")
        if self.kind == "min":
            return message(
                "{figure}: {found}, expected at least {bound:g}", figure=self.figure, found=found, bound=self.bound
            )
        return message(
            "{figure}: {found}, expected at most {bound:g}", figure=self.figure, found=found, bound=self.bound
        )

    def __str__(self) -> str:
        return str(self.told())


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckReport(Record):
    """What was asked of a judge and what it is.

    Parameters
    ----------
    judge
        Its name.
    requirements
        In the order they were asked.
    """

    schema = "alia-judge/check/1"
    also: ClassVar[tuple[str, ...]] = ("passed", "reason", "signature")

    judge: str
    requirements: tuple[Requirement, ...]
    version: str = __version__

    @property
    def passed(self) -> bool:
        """Whether every bound is kept."""
        return all(requirement.met for requirement in self.requirements)

    @property
    def reason(self) -> str:
        """The sentence to show."""
        unmet = [requirement.told() for requirement in self.requirements if not requirement.met]
        if not unmet:
            return message("{judge} meets all {n} requirements", judge=self.judge, n=len(self.requirements))
        return message(
            "{judge} does not meet {n} of {of} requirements: {unmet}",
            judge=self.judge,
            n=len(unmet),
            of=len(self.requirements),
            unmet=joined(unmet, "; "),
        )

    @property
    def signature(self) -> str:
        """The settings, one line."""
        asked = [f"{one.kind}:{one.figure}={one.bound:g}" for one in self.requirements]
        return "|".join(["check", *asked, f"v:{self.version}"])

    def to_junit(self) -> str:
        """JUnit's XML, as CI systems read it: one test case a requirement."""
        unmet = [requirement for requirement in self.requirements if not requirement.met]
        suite = ElementTree.Element(
            "testsuite", name="alia-judge check", tests=str(len(self.requirements)), failures=str(len(unmet))
        )
        for requirement in self.requirements:
            name = f"{requirement.figure} {requirement.kind} {requirement.bound:g}"
            case = ElementTree.SubElement(suite, "testcase", classname=printable(self.judge), name=printable(name))
            if not requirement.met:
                ElementTree.SubElement(case, "failure", message=printable(str(requirement)))
        return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)

    def to_github(self) -> str:
        """GitHub's workflow commands, a line for each requirement that is not met; empty if all are.

        What people read in them is in the reader's language.
        """
        lines = [
            f"::error title=alia-judge check::{_escaped(f'{self.judge}: {_(requirement.told())}')}"
            for requirement in self.requirements
            if not requirement.met
        ]
        return "\n".join(lines)


def check_published(
    published: Published,
    *,
    minimum: Mapping[str, float] | None = None,
    maximum: Mapping[str, float] | None = None,
) -> CheckReport:
    """Hold a published judge's evaluation and probes against bounds.

    Parameters
    ----------
    published
        What `read_published` gave.
    minimum, maximum
        Figure -> bound. Figures of the evaluation: ``spearman``, ``kendall``, ``pearson`` (over items;
        ``within_group.spearman`` and ``system.spearman`` at the other levels), ``partial_spearman``,
        ``surface_spearman``, ``share_of_ceiling``, ``coverage``, ``winning_rate``, ``advantage_probability``, ``mae``,
        ``bias``, ``ece``. Of the probes: ``PROBE.shift`` and ``PROBE.effect``, how far the score moves either way;
        ``PROBE.drop``, by how much it falls (an effect turned round; negative where it rises), for what must matter;
        ``PROBE.moved_share`` and ``PROBE.rank_agreement``. They are those of the strongest dose, or of the one in
        ``PROBE@DOSE.effect``; ``order_flip`` is ``pair_order.moved_share``. With ``.low`` or ``.high`` behind it, a
        figure is the end of its interval: what is sure, not only likely.

    Returns
    -------
    CheckReport
        A figure that was never measured does not keep its bound.

    Raises
    ------
    UsageError
        If nothing is asked, a figure has no such name, or the evaluation or the probes are not of this judge.
    """
    asked: list[tuple[Literal["min", "max"], str, float]] = [
        *(("min", name, bound) for name, bound in (minimum or {}).items()),
        *(("max", name, bound) for name, bound in (maximum or {}).items()),
    ]
    if not asked:
        raise UsageError(message("check needs at least one bound, such as minimum spearman=0.5"))
    facts = published.manifest.facts
    state, name_of_judge = published.judge.get("state", {}), str(facts.get("name", "judge"))
    if published.evaluation is not None:
        hold_evaluation(published.evaluation, state, benchmark=facts.get("benchmark"), name=name_of_judge)
    if published.probes is not None:
        hold_probes(published.probes, state, name=name_of_judge)
    requirements = []
    for kind, name, bound in asked:
        value, why = _figure(published, FIGURE_ALIASES.get(name, name))
        requirements.append(Requirement(figure=name, kind=kind, bound=float(bound), value=value, why=why))
    return CheckReport(judge=name_of_judge, requirements=tuple(requirements))


def _figure(published: Published, name: str) -> tuple[float, str | None]:
    head, _dot, tail = name.rpartition(".")
    base, end = (head, tail) if tail in ("low", "high") else (name, "value")
    known = _probes(published)
    if base.partition(".")[0].partition("@")[0] in known:
        return probe_figure(published.probes, base, end)
    if base not in _EVALUATED:
        raise UsageError(
            message(
                "there is no figure {name!r}; there are: {evaluated}, and PROBE.FIGURE with a PROBE "
                "among {known} and a FIGURE among {probe_figures} (each with .low and .high)",
                name=name,
                evaluated=", ".join(_EVALUATED),
                known=", ".join(known),
                probe_figures=", ".join(PROBE_FIGURES),
            )
        )
    if published.evaluation is None:
        return math.nan, message("the judge was published without an evaluation")
    criterion = next(iter(published.evaluation.criteria))
    judge = published.evaluation.judge(criterion=criterion)
    if judge.held_out is not None and judge.held_out.marked:
        return math.nan, message("it was evaluated on {n} items that it learnt from", n=len(judge.held_out.learnt))
    estimate = _EVALUATED[base](judge)
    value = float(getattr(estimate, end))
    return value, (estimate.why or message("it has no interval")) if math.isnan(value) else None


def _probes(published: Published) -> tuple[str, ...]:
    """The probes there are, and those that were run where it was published: another package may have had them."""
    from alia_judge.probes import all_probes

    run = [] if published.probes is None else [one.probe for one in published.probes.results]
    return tuple(dict.fromkeys([*(probe.name for probe in all_probes()), *run]))


def _known(value: float, name: str) -> Estimate:
    return Estimate(statistic=name, value=value, why=None if not math.isnan(value) else message("it is undefined"))


def _of_alt_test(judge: JudgeEvaluation, name: str) -> Estimate:
    if judge.alt_test is None:
        return Estimate.undefined(name, judge.alt_test_why)
    return _known(judge.alt_test.winning_rate, name) if name == "winning_rate" else judge.alt_test.advantage


def _of_error(name: str) -> Callable[[JudgeEvaluation], Estimate]:
    off = Estimate.undefined(name, message("the scores are not on the ratings' scale"))
    return lambda judge: judge.error.get(name, off)


def _of_labels(name: str) -> Callable[[JudgeEvaluation], Estimate]:
    graded = Estimate.undefined(name, message("the criterion has grades and no labels"))
    return lambda judge: graded if judge.labels is None else judge.labels.figures[name]


def _correlation(level: str, statistic: str) -> Callable[[JudgeEvaluation], Estimate]:
    return lambda judge: judge.correlation[level][statistic]


def _correlations() -> Iterator[tuple[str, Callable[[JudgeEvaluation], Estimate]]]:
    for statistic in ("spearman", "kendall", "pearson"):
        yield statistic, _correlation("item", statistic)
        for level in _LEVELS:
            yield f"{level}.{statistic}", _correlation(level, statistic)


_EVALUATED: dict[str, Callable[[JudgeEvaluation], Estimate]] = {
    **dict(_correlations()),
    "partial_spearman": lambda judge: judge.surface["partial_spearman"],
    "surface_spearman": lambda judge: judge.surface["spearman"],
    "share_of_ceiling": lambda judge: judge.share_of_ceiling,
    "coverage": lambda judge: _known(judge.coverage, "coverage"),
    "winning_rate": lambda judge: _of_alt_test(judge, "winning_rate"),
    "advantage_probability": lambda judge: _of_alt_test(judge, "advantage_probability"),
    **{name: _of_labels(name) for name in LABEL_FIGURES},
    **{name: _of_error(name) for name in ("mae", "bias", "ece")},
}


def _escaped(text: str) -> str:
    """A line break would end the command, and what follows it could be another one."""
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
