"""`audit_page`: an audit of human ratings as a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alia_judge._messages import _, message, numbers
from alia_judge.reporting.anchors import row_anchors
from alia_judge.reporting.computed import computed_prose
from alia_judge.reporting.disagreement import ItemSpread, confusion, item_spreads, value_use
from alia_judge.reporting.fields import field_name
from alia_judge.reporting.figures import (
    annotators_figure,
    bars_figure,
    difficulty_figure,
    heat_figure,
    intervals_figure,
)
from alia_judge.reporting.page import Block, Case, Cases, Facts, Page, Plot, Prose, Section, Table
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from alia_judge.benchmark.annotators import AnnotatorAudit
    from alia_judge.benchmark.audit import CriterionAudit, RatingsAudit
    from alia_judge.checks import Finding
    from alia_judge.ratings.table import RatingMatrix, Ratings

__all__ = ["audit_page"]

#: Items that a finding links to, the most disputed items shown of each criterion, and items shown on the page in all.
_LINKED, _DISPUTED, _MOST_ITEMS = 8, 5, 120
#: Points of a scale, and annotators, beyond which a table of shares is no longer read.
_MOST_POINTS, _MOST_ROWS = 12, 40
_SEVERITY = {"error": message("error"), "warning": message("warning"), "info": message("info")}
_STATUS = {"found": message("found"), "clean": message("clean"), "not applicable": message("not applicable")}
_SEVERITIES = {"error": message("Errors"), "warning": message("Warnings"), "info": message("Notes")}


def audit_page(audit: RatingsAudit, ratings: Ratings | None = None, *, title: str | None = None) -> Page:
    """A page with the gate's verdict first, then agreement, annotators and what the checks found.

    Parameters
    ----------
    audit
        What `audit_ratings` found.
    ratings
        The ratings themselves: with them the page also shows how hard items are, how annotators use the scale, how
        their values are confused, and the items that findings are about.
    title
        The page's heading; by default it says that ratings were audited.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> page = audit_page(aj.audit_ratings(ratings, "tone"), ratings)
    >>> page.title, [section.title for section in page.sections][:2]
    ('Audit of human ratings', ['Agreement on tone', 'What the checks found'])
    """
    several = len(audit.criteria) > 1
    spreads: dict[str, tuple[ItemSpread, ...]] = {}
    sections = [Section(title=_("All criteria"), blocks=list(_overview(audit)))] if several else []
    for criterion, found in audit.criteria.items():
        blocks: list[Block] = [Prose(text=_(found.gate.reason))] if several else []
        blocks += _criterion(found)
        if ratings is not None:
            matrix = ratings.matrix(criterion)
            spreads[criterion] = item_spreads(matrix, found.scale)
            blocks += _ratings(found, matrix, spreads[criterion])
        sections.append(
            Section(title=criterion if several else _("Agreement on {criterion}", criterion=criterion), blocks=blocks)
        )
    anchors = _anchors(audit, spreads, ratings)
    sections.append(Section(title=_("What the checks found"), blocks=list(_findings(audit, anchors))))
    if ratings is not None and anchors:
        sections.append(Section(title=_("Items"), blocks=list(_items(ratings, anchors, spreads))))
    sections.append(Section(title=_("How this was computed"), blocks=list(_computed(audit))))
    title = title or _("Audit of human ratings")
    return Page(title=title, headline=_headline(audit), sections=sections, signature=audit.signature)


def _headline(audit: RatingsAudit) -> list[str]:
    if len(audit.criteria) == 1:
        return [_(found.gate.reason) for found in audit.criteria.values()]
    # Of several criteria the reasons stand in their sections: five paragraphs are no headline.
    sides = ((_("Fit to tune on"), True), (_("Not fit yet"), False))
    named = [
        (words, [name for name, found in audit.criteria.items() if found.gate.passed == passed])
        for words, passed in sides
    ]
    return [f"{words}: {', '.join(names)}." for words, names in named if names]


def _overview(audit: RatingsAudit) -> Iterator[Block]:
    alphas = {name: found.agreement["krippendorff_alpha"] for name, found in audit.criteria.items()}
    yield Plot(
        figure=intervals_figure(alphas, quantity=_("Krippendorff's alpha")),
        caption=_("How far people agree on each criterion."),
        description="; ".join(f"{name}: {_(estimate)}" for name, estimate in alphas.items()),
    )
    yield Table(
        caption=_("Criteria"),
        columns=[
            _("criterion"),
            _("fit to tune on"),
            _("items"),
            _("ratings"),
            _("alpha"),
            _("one person against the others"),
            _("best judge"),
        ],
        rows=[
            [
                name,
                found.gate.passed,
                found.n_items,
                found.n_ratings,
                found.agreement["krippendorff_alpha"],
                found.ceiling.get("kappa", found.ceiling["spearman"]),
                None if found.scale.has_labels else found.gate.best_correlation,
            ]
            for name, found in audit.criteria.items()
        ],
        note=_(
            "One person against the others: Spearman of grades, kappa of labels. Best judge: the correlation with the "
            "consensus that a judge without error could be expected to show."
        ),
    )


def _criterion(found: CriterionAudit) -> Iterator[Block]:
    yield Facts(
        facts={
            _("items"): found.n_items,
            _("ratings"): found.n_ratings,
            _("annotators") if found.identified else _("ratings an item, at most"): found.n_annotators,
            _("fit to tune on"): found.gate.passed,
        }
    )
    figures: dict[str, Estimate] = {
        _("Krippendorff's alpha"): found.agreement["krippendorff_alpha"],
        _("Gwet's AC"): found.agreement["gwet_ac"],
        _("one person against the others (Spearman)"): found.ceiling["spearman"],
        _("reliability of items rated twice or more"): found.ceiling["reliability"],
        _("the best judge, on those (Spearman)"): found.ceiling["best"],
    }
    yield Plot(
        figure=intervals_figure(figures, quantity=_("agreement on {criterion}", criterion=found.criterion)),
        caption=_("How far people agree, and what follows for any judge held against them."),
        description="; ".join(f"{name}: {_(estimate)}" for name, estimate in figures.items()),
    )
    yield Table(
        caption=_("The same in figures"),
        columns=[_("figure"), _("value and interval"), _("items"), _("why undefined")],
        rows=[[name, estimate, estimate.n, estimate.why or ""] for name, estimate in figures.items()],
        folded=True,
    )
    yield Plot(
        figure=bars_figure(found.use, quantity=_("ratings")),
        caption=_("How often each value of {criterion} was given.", criterion=found.criterion),
        description="; ".join(f"{value}: {count}" for value, count in found.use.items()),
    )
    if found.annotators:
        anchors = row_anchors([one.annotator_id for one in found.annotators], f"{found.criterion}: annotators")
        if found.scale.ordered:
            yield Plot(
                figure=annotators_figure(found.annotators, anchors=anchors),
                caption=_(
                    "Annotators: how much higher than the others they rate, and how reliably. Larger dots: more."
                ),
                description="; ".join(
                    _(
                        "{annotator}: leniency {leniency:.2f}, reliability {reliability:.2f}",
                        annotator=one.annotator_id,
                        leniency=one.leniency,
                        reliability=one.reliability,
                    )
                    for one in found.annotators
                ),
            )
        caption = _("Annotators, least reliable first")
        yield _annotators(found.annotators, caption, folded=False, anchors=list(anchors.values()))
    elif found.annotators_why:
        yield Prose(text=_("No figures for each annotator: {why}.", why=found.annotators_why))
    for column, parts in found.slices.items():
        alphas = {value: part.agreement["krippendorff_alpha"] for value, part in parts.items()}
        yield Plot(
            figure=intervals_figure(alphas, quantity=_("Krippendorff's alpha")),
            caption=_("Agreement by {column}.", column=field_name(column)),
            description="; ".join(f"{value}: {_(estimate)}" for value, estimate in alphas.items()),
        )
        yield Table(
            caption=_("By {column}, in figures", column=field_name(column)),
            columns=[
                field_name(column),
                _("items"),
                _("ratings"),
                _("alpha"),
                _("one person against the others"),
                _("least reliable annotator"),
            ],
            rows=[
                [value, part.n_items, part.n_ratings, alphas[value], part.ceiling["spearman"], _worst(part.annotators)]
                for value, part in parts.items()
            ],
            folded=True,
        )


def _annotators(
    annotators: tuple[AnnotatorAudit, ...], caption: str, *, folded: bool, anchors: Sequence[str] = ()
) -> Table:
    return Table(
        caption=caption,
        columns=[
            _("annotator"),
            _("ratings"),
            _("shared"),
            _("reliability"),
            _("from"),
            _("to"),
            _("leniency"),
            _("spread"),
        ],
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
            for one in annotators
        ],
        note=_("Reliability: correlation with the others' mean on shared items. Leniency: how much higher than they."),
        folded=folded,
        anchors=anchors,
    )


def _worst(annotators: tuple[AnnotatorAudit, ...]) -> str:
    known = [one for one in annotators if one.why is None]
    return f"{known[0].annotator_id} ({numbers(f'{known[0].reliability:.2f}')})" if known else ""


def _ratings(found: CriterionAudit, matrix: RatingMatrix, spreads: tuple[ItemSpread, ...]) -> Iterator[Block]:
    """What only the ratings themselves show."""
    scale = found.scale
    points = [scale.label(point) for point in scale.points]
    if 2 <= len(points) <= _MOST_POINTS and spreads:
        shares = confusion(matrix, scale)
        yield Plot(
            figure=heat_figure(
                shares, points, points, quantity=_("another person gave (per cent)"), down=_("one person gave")
            ),
            caption=_("Which values people take for one another, on items that several rated."),
            description="; ".join(
                f"{one} and {other}: {share:.0%}"
                for one, row in zip(points, shares, strict=True)
                for other, share in zip(points, row, strict=True)
                if share > 0
            ),
        )
    if matrix.identified and 2 <= len(points) <= _MOST_POINTS and 1 < len(matrix.annotators) <= _MOST_ROWS:
        use = value_use(matrix, scale)
        yield Plot(
            figure=heat_figure(
                use,
                matrix.annotators,
                points,
                quantity=_("{criterion} (per cent of the ratings)", criterion=found.criterion),
            ),
            caption=_("How each annotator uses the scale."),
            description="; ".join(
                f"{name}: " + ", ".join(f"{point} {share:.0%}" for point, share in zip(points, row, strict=True))
                for name, row in zip(matrix.annotators, use, strict=True)
            ),
        )
    if not spreads:
        return
    if scale.ordered:
        yield Plot(
            figure=difficulty_figure(
                [one.mean for one in spreads], [one.spread for one in spreads], criterion=found.criterion
            ),
            caption=_("Items: where people agree and where they do not. Darker dots are more items."),
            description=_("{n} items with two ratings or more.", n=len(spreads)),
        )
    else:
        split = Counter(_("all agree") if one.spread == 0 else _("most agree") if one.spread < 0.5 else _("no majority")
                        for one in spreads)  # fmt: skip
        yield Plot(
            figure=bars_figure(
                {name: split[name] for name in (_("all agree"), _("most agree"), _("no majority"))}, quantity=_("items")
            ),
            caption=_("Items: where people agree and where they do not."),
            description="; ".join(f"{name}: {count}" for name, count in split.items()),
        )


def _anchors(
    audit: RatingsAudit, spreads: dict[str, tuple[ItemSpread, ...]], ratings: Ratings | None
) -> dict[str, str]:
    """The page's own anchor for each item that is shown: those of findings, and the most disputed."""
    if ratings is None:
        return {}
    named = [item for finding in audit.findings for item in finding.items[:_LINKED]]
    named += [one.item_id for found in spreads.values() for one in found[:_DISPUTED] if one.spread > 0]
    return {item: f"item-{place}" for place, item in enumerate(list(dict.fromkeys(named))[:_MOST_ITEMS], start=1)}


def _findings(audit: RatingsAudit, anchors: dict[str, str]) -> Iterator[Block]:
    if not audit.findings:
        yield Prose(text=_("Nothing was found.") if audit.checks else _("The checks were not run."))
    else:
        yield Cases(
            caption=_("findings: {n}", n=len(audit.findings)),
            cases=[_case(finding, anchors) for finding in audit.findings],
        )
    if audit.checks:
        yield Table(
            caption=_("What became of every check"),
            columns=[_("check"), _("name"), _("outcome"), _("findings"), _("looked at, or why not applicable")],
            rows=[
                [check.code, check.name, _(_STATUS[check.status]), len(check.findings), check.why or check.looked_at]
                for check in audit.checks
            ],
            folded=True,
        )


def _case(finding: Finding, anchors: dict[str, str]) -> Case:
    facts = {
        _("severity"): _(_SEVERITY[finding.severity]),
        _("where"): finding.location,
        _("it means"): finding.meaning,
        _("do"): finding.remedy,
    }
    return Case(
        heading=_(message("{code} {name}: {what}", code=finding.code, name=finding.name, what=finding.message)),
        facts={name: fact for name, fact in facts.items() if fact},
        texts={},
        tags=[_(_SEVERITIES[finding.severity]), *([finding.criterion] if finding.criterion else [])],
        links={item: anchors[item] for item in finding.items[:_LINKED] if item in anchors},
    )


def _items(ratings: Ratings, anchors: dict[str, str], spreads: dict[str, tuple[ItemSpread, ...]]) -> Iterator[Block]:
    given = {
        (one.item_id, criterion): ", ".join(f"{who}: {value}" for who, value in one.given.items())
        for criterion, found in spreads.items()
        for one in found
        if one.item_id in anchors
    }
    yield Prose(text=_("The items that findings name, and those of each criterion on which people differ most."))
    yield Cases(
        caption=_("{n} items", n=len(anchors)),
        cases=[
            Case(
                heading=item.item_id,
                facts={
                    **{name: fact for name, fact in ((_("group"), item.group), (_("system"), item.system),
                                                     (_("language"), item.language)) if fact},
                    **{criterion: given[item.item_id, criterion] for criterion in spreads
                       if (item.item_id, criterion) in given},
                },
                texts={field_name(name): text for name, text in item.texts().items() if text and name != "context"},
                anchor=anchors[item.item_id],
            )
            for item in ratings.items(anchors)
        ],
    )  # fmt: skip


def _computed(audit: RatingsAudit) -> Iterator[Block]:
    alphas = (found.agreement["krippendorff_alpha"] for found in audit.criteria.values())
    yield computed_prose(_("all ratings"), audit.fingerprint, alphas)
    if audit.notes:
        yield Table(
            caption=_("What was guessed in reading the ratings"), columns=[_("guess")], rows=[[n] for n in audit.notes]
        )
