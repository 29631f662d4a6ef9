"""`evaluation_page`: an evaluation as a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from alia_judge._messages import _
from alia_judge.reporting.agreement import agreement_blocks, scatter_blocks
from alia_judge.reporting.claims import alternative_blocks, claim_blocks
from alia_judge.reporting.computed import computed_prose
from alia_judge.reporting.error import error_blocks
from alia_judge.reporting.page import Block, Code, Page, Section, Table
from alia_judge.reporting.probed import probe_blocks
from alia_judge.reporting.searched import search_blocks
from alia_judge.reporting.shortfalls import (
    disagreement_blocks,
    drift_blocks,
    slice_blocks,
    system_blocks,
)

if TYPE_CHECKING:
    from alia_judge.compiling.result import CompileResult
    from alia_judge.evaluation.result import CriterionEvaluation, EvaluationResult, Evidence, JudgeEvaluation
    from alia_judge.probes import ProbeReport

__all__ = ["evaluation_page", "subject_of"]

#: Judges whose flips from another version are shown.
_DRIFTED = 5


def evaluation_page(
    result: EvaluationResult,
    *,
    compiled: CompileResult | None = None,
    probes: ProbeReport | None = None,
    commands: Sequence[str] = (),
    title: str | None = None,
) -> Page:
    """A page with what the figures support first, and everything it rests on after.

    Parameters
    ----------
    result
        What `evaluate_scores` or `evaluate_judge` found. One that was read from JSON has no items to plot.
    compiled
        The search that the judge came out of, for its history.
    probes
        What probes did to the judge.
    commands
        What to type to get these figures again.
    title
        The page's heading; by default it says that judges were evaluated.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> [section.title for section in evaluation_page(result).sections][:2]
    ['Agreement with people', 'Judge against consensus']
    """
    result = result.marked()
    several = len(result.criteria) > 1
    sections = []
    for criterion, found in result.criteria.items():
        evidence = result.evidence.get(criterion)
        shown = subject_of(result, criterion)
        for heading, blocks in _sections(criterion, found, evidence, shown):
            sections.append(Section(title=f"{criterion}: {heading}" if several else heading, blocks=blocks))
    if probes is not None:
        sections.append(Section(title=_("What moves it"), blocks=list(probe_blocks(probes))))
    if compiled is not None:
        sections.append(Section(title=_("The search"), blocks=list(search_blocks(compiled))))
    sections.append(Section(title=_("How this was computed"), blocks=list(_computed(result, commands))))
    title = title or _("Evaluation of LLM judges")
    return Page(title=title, headline=list(_headline(result)), sections=sections, signature=result.signature)


def _headline(result: EvaluationResult) -> Iterator[str]:
    for criterion, found in result.criteria.items():
        name = subject_of(result, criterion)
        if name is None:
            yield _("{criterion}: no judge has a correlation; see why below.", criterion=criterion)
            continue
        judge = found.judges[name]
        human = found.human["leave_one_out"]
        chosen = len(found.judges) > 1 and not result.subject
        which = _("{name}, the best of {n} judges,", name=name, n=len(found.judges)) if chosen else _("the judge")
        if judge.labels is not None:
            yield _(
                "{criterion}: {which} reaches kappa {kappa} with people on {n} items, accuracy {accuracy}; always "
                "saying the commonest label: {majority:.3f}.",
                criterion=criterion,
                which=which,
                kappa=judge.headline,
                n=judge.n_items,
                accuracy=judge.labels.figures["accuracy"],
                majority=judge.labels.majority,
            )
        else:
            yield _(
                "{criterion}: {which} reaches Spearman {figure} with people on {n} items; one person against the "
                "others reaches {human}.",
                criterion=criterion,
                which=which,
                figure=judge.headline,
                n=judge.n_items,
                human=human,
            )
        if judge.held_out is not None and not judge.held_out.marked:
            yield _("The items are {sentence}.", sentence=judge.held_out.sentence)
        for claim in map(_, judge.claims):
            yield f"{claim[0].upper()}{claim[1:]}."


def _sections(
    criterion: str, found: CriterionEvaluation, evidence: Evidence | None, shown: str | None
) -> Iterator[tuple[str, list[Block]]]:
    yield _("Agreement with people"), list(agreement_blocks(criterion, found))
    if evidence is not None and shown is not None and not found.scale.has_labels:
        yield _("Judge against consensus"), list(scatter_blocks(criterion, found, evidence, shown))
    yield _("What the figures support"), list(claim_blocks(found))
    yield _("In place of an annotator"), list(alternative_blocks(found))
    if any(judge.error for judge in found.judges.values()):
        yield _("Error and calibration"), list(error_blocks(criterion, found, evidence, shown))
    if any(judge.slices or judge.worst_slices or judge.parity for judge in found.judges.values()):
        yield _("For whom"), list(slice_blocks(found, shown))
    if shown is not None and found.judges[shown].systems is not None:
        yield _("Systems"), list(system_blocks(found.judges[shown], shown))
    if evidence is not None and shown is not None:
        yield _("Where it falls short"), list(disagreement_blocks(evidence, shown))
    for name, judge in list(found.judges.items())[:_DRIFTED]:
        if judge.drift is not None:
            yield (
                _("From {before} to {name}", before=judge.drift.before, name=name),
                list(drift_blocks(judge.drift, evidence, name)),
            )


def _computed(result: EvaluationResult, commands: Sequence[str]) -> Iterator[Block]:
    where = _("the {split} split of a benchmark", split=result.split) if result.split else _("all rated items")
    judges = [judge for found in result.criteria.values() for judge in found.judges.values()]
    yield computed_prose(
        where,
        result.fingerprint,
        [
            *(judge.headline for judge in judges),
            *(judge.correlation["system"]["spearman"] for judge in judges),
            *(one.difference for judge in judges for one in judge.comparisons),
        ],
    )
    if commands:
        yield Code(text="\n".join(commands), caption=_("The same figures again:"))
    unknown: Mapping[str, int] = {
        _("{judge} on {criterion}", judge=judge, criterion=criterion): len(items)
        for criterion, found in result.criteria.items()
        for judge, items in found.unknown_items.items()
    }
    if unknown:
        yield Table(
            caption=_("Scored items that nobody rated (left out; the first ten of each are in the JSON)"),
            columns=[_("judge"), _("named")],
            rows=[[name, count] for name, count in unknown.items()],
            folded=True,
        )


def subject_of(result: EvaluationResult, criterion: str) -> str | None:
    """The judge that an evaluation is about, else the best on a criterion; None where none has a figure."""
    found = result.criteria[criterion]
    if result.subject in found.judges:
        return result.subject
    defined = {name: judge for name, judge in found.judges.items() if not np.isnan(_headline_value(judge))}
    return max(defined, key=lambda name: _headline_value(defined[name]), default=None)


def _headline_value(judge: JudgeEvaluation) -> float:
    return judge.headline.value
