"""`audit_page`: an audit of human ratings as a report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alia_judge.reporting.figures import bars_figure, intervals_figure
from alia_judge.reporting.page import Block, Case, Cases, Code, Facts, Page, Plot, Prose, Section, Table
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from alia_judge.benchmark.audit import CriterionAudit, RatingsAudit
    from alia_judge.checks import Finding
    from alia_judge.ratings.table import Ratings

__all__ = ["audit_page"]

#: Texts shown beside a finding.
_TEXTS = 3
_SEVERITIES = {"error": "Errors", "warning": "Warnings", "info": "Notes"}


def audit_page(audit: RatingsAudit, ratings: Ratings | None = None, *, title: str = "Audit of human ratings") -> Page:
    """A page with the gate's verdict first, then agreement, annotators and what the checks found.

    Parameters
    ----------
    audit
        What `audit_ratings` found.
    ratings
        The ratings themselves, so that findings can show the items they are about.
    title
        The page's heading.
    """
    several = len(audit.criteria) > 1
    sections = []
    for criterion, found in audit.criteria.items():
        blocks = list(_criterion(found))
        sections.append(Section(title=criterion if several else f"Agreement on {criterion}", blocks=blocks))
    sections.append(Section(title="What the checks found", blocks=list(_findings(audit, ratings))))
    sections.append(Section(title="How this was computed", blocks=list(_computed(audit))))
    headline = [found.gate.reason for found in audit.criteria.values()]
    return Page(title=title, headline=headline, sections=sections, signature=audit.signature)


def _criterion(found: CriterionAudit) -> Iterator[Block]:
    yield Facts(
        facts={
            "items": found.n_items,
            "ratings": found.n_ratings,
            "annotators" if found.identified else "ratings an item, at most": found.n_annotators,
            "may carry tuning": found.gate.passed,
        }
    )
    figures: dict[str, Estimate] = {
        "Krippendorff's alpha": found.agreement["krippendorff_alpha"],
        "Gwet's AC": found.agreement["gwet_ac"],
        "one person against the others (Spearman)": found.ceiling["spearman"],
        "reliability of the consensus": found.ceiling["reliability"],
        "a judge without error (Spearman)": found.ceiling["best"],
    }
    yield Plot(
        figure=intervals_figure(figures, quantity=f"agreement on {found.criterion}"),
        caption="How far people agree, and what follows for any judge held against them.",
        description="; ".join(f"{name}: {estimate}" for name, estimate in figures.items()),
    )
    yield Table(
        caption="The same in figures",
        columns=["figure", "value and interval", "items", "why undefined"],
        rows=[[name, estimate, estimate.n, estimate.why or ""] for name, estimate in figures.items()],
        folded=True,
    )
    yield Plot(
        figure=bars_figure(found.use, quantity="ratings"),
        caption=f"How often each value of {found.criterion} was given.",
        description="; ".join(f"{value}: {count}" for value, count in found.use.items()),
    )
    if found.annotators:
        yield Table(
            caption="Annotators, least reliable first",
            columns=["annotator", "ratings", "shared", "reliability", "from", "to", "leniency", "spread"],
            rows=[
                [
                    one.annotator_id,
                    one.n_ratings,
                    one.n_shared,
                    one.reliability,
                    one.reliability_low,
                    one.reliability_high,
                    one.leniency,
                    one.spread,
                ]
                for one in found.annotators
            ],
            note="Reliability: correlation with the others' mean on shared items. Leniency: how much higher than they.",
        )
    elif found.annotators_why:
        yield Prose(text=f"No figures for each annotator: {found.annotators_why}.")
    for column, parts in found.slices.items():
        yield Plot(
            figure=intervals_figure(parts, quantity="Krippendorff's alpha"),
            caption=f"Agreement by {column}.",
            description="; ".join(f"{value}: {estimate}" for value, estimate in parts.items()),
        )


def _findings(audit: RatingsAudit, ratings: Ratings | None) -> Iterator[Block]:
    if not audit.findings:
        yield Prose(text="Nothing was found." if audit.checks else "The checks were not run.")
    else:
        yield Cases(
            caption=f"{len(audit.findings)} findings",
            cases=[_case(finding, ratings) for finding in audit.findings],
        )
    if audit.checks:
        yield Table(
            caption="What became of every check",
            columns=["check", "name", "outcome", "findings", "looked at, or why not applicable"],
            rows=[
                [check.code, check.name, check.status, len(check.findings), check.why or check.looked_at]
                for check in audit.checks
            ],
            folded=True,
        )


def _case(finding: Finding, ratings: Ratings | None) -> Case:
    facts = {"severity": finding.severity, "where": finding.location, "it means": finding.meaning, "do": finding.remedy}
    texts = {}
    if ratings is not None and finding.items:
        texts = {item.item_id: item.response for item in ratings.items(finding.items[:_TEXTS]) if item.response}
    return Case(
        heading=f"{finding.code} {finding.name}: {finding.message}",
        facts={name: fact for name, fact in facts.items() if fact},
        texts=texts,
        tags=[_SEVERITIES[finding.severity], *([finding.criterion] if finding.criterion else [])],
    )


def _computed(audit: RatingsAudit) -> Iterator[Block]:
    yield Code(text=audit.signature, caption="Signature: every setting that changes a figure.")
    if audit.notes:
        yield Table(
            caption="What was guessed in reading the ratings", columns=["guess"], rows=[[n] for n in audit.notes]
        )
