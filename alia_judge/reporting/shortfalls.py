"""The sections of an evaluation's report on where a judge falls short: for whom, on what, since when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from alia_judge._messages import _
from alia_judge.evaluation.slices.surprise import disagreements
from alia_judge.evaluation.slices.themes import themes
from alia_judge.reporting.fields import field_name
from alia_judge.reporting.figures import intervals_figure
from alia_judge.reporting.page import Block, Case, Cases, Plot, Prose, Table

if TYPE_CHECKING:
    from alia_judge.evaluation.comparisons.drift import Drift
    from alia_judge.evaluation.result import CriterionEvaluation, Evidence, JudgeEvaluation
    from alia_judge.evaluation.slices.parity import Parity
    from alia_judge.evaluation.slices.slices import Slice
    from alia_judge.records import Item

__all__ = ["disagreement_blocks", "drift_blocks", "slice_blocks", "system_blocks", "unscored_blocks"]

#: Disagreements shown, and how much of each text.
_CASES, _LONGEST = 60, 4000
#: Nearer than so many standard errors, people and judge do not disagree.
_SURPRISING = 1.0
#: Flips shown of each judge.
_FLIPS = 20
#: Themes that can be filtered by.
_THEMES = 6
#: Judges and slices that are drawn.
_DRAWN = 25


def slice_blocks(found: CriterionEvaluation, shown: str | None) -> Iterator[Block]:
    """Languages against one another, the worst slices, every slice."""
    for name, judge in found.judges.items():
        if judge.parity is not None:
            yield from _parity(name, judge.parity)
    if shown is not None:
        figures = {
            f"{field_name(column)} {value or _('(none)')}": part.correlation["spearman"]
            for column, parts in found.judges[shown].slices.items()
            for value, part in parts.items()
            if part.correlation["spearman"].defined
        }
        if figures:
            drawn = dict(sorted(figures.items(), key=lambda pair: pair[1].value)[:_DRAWN])
            yield Plot(
                figure=intervals_figure(drawn, quantity=_("Spearman of {shown} with the consensus", shown=shown)),
                caption=_("{shown}, slice by slice, from the least agreement with people.", shown=shown),
                description="; ".join(f"{name}: {_(estimate)}" for name, estimate in drawn.items()),
            )
    for name, judge in found.judges.items():
        if judge.worst_slices:
            yield Table(
                caption=_("{name}: where it is further off than elsewhere", name=name),
                columns=[_("slice"), _("items"), _("further off by"), _("p, corrected")],
                rows=[
                    [
                        _(" and ").join(f"{field_name(column)} {value}" for column, value in part.where.items()),
                        part.n_items,
                        part.excess,
                        part.p_value,
                    ]
                    for part in judge.worst_slices
                ],
                note=_("Found automatically; false discovery rate controlled over every slice looked at."),
                folded=name != shown,
            )
        for column, parts in judge.slices.items():
            yield _slices(name, column, parts, folded=len(found.judges) > 1)


def _parity(name: str, parity: Parity) -> Iterator[Block]:
    claims = [claim for claim in (parity.claim, parity.translation_claim) if claim is not None]
    yield Prose(text=" ".join(f"{name} {_(claim)}." for claim in claims))
    if parity.pairs:
        yield Table(
            caption=_("{name}: agreement with people, one language less another", name=name),
            columns=[_("languages"), _("difference of Spearman"), _("p, corrected")],
            rows=[
                [
                    _("{first} less {second}", first=pair.first or _("(none)"), second=pair.second or _("(none)")),
                    pair.difference,
                    pair.p_value,
                ]
                for pair in parity.pairs
            ],
            note=_("Corrected over all pairs of languages (Holm)."),
            folded=True,
        )
    if parity.translations:
        yield Table(
            caption=_("{name}: the same response in two languages", name=name),
            columns=[
                _("languages"),
                _("responses"),
                _("judge"),
                _("people"),
                _("judge beyond people"),
                _("distance"),
                "p",
            ],
            rows=[
                [
                    _("{first} less {second}", first=pair.first, second=pair.second),
                    pair.n,
                    pair.judge,
                    pair.people,
                    pair.excess,
                    pair.distance,
                    pair.p_value,
                ]
                for pair in parity.translations
            ],
            note=_(
                "Mean score in the first language less that in the second; what people see of it, and what is left."
            ),
        )


def _slices(name: str, column: str, parts: Any, *, folded: bool) -> Table:
    rows: list[tuple[str, Slice]] = list(parts.items())
    return Table(
        caption=_("{name}, by {column}", name=name, column=field_name(column)),
        columns=[
            field_name(column),
            _("items"),
            _("coverage"),
            _("Spearman"),
            _("less the rest"),
            _("p, corrected"),
            _("scored too high by"),
        ],
        rows=[
            [
                value or _("(none)"),
                part.n_items,
                part.coverage,
                part.correlation["spearman"],
                part.difference,
                part.p_value,
                part.offset,
            ]
            for value, part in rows
        ],
        note=_("p: that it agrees with people as well here as on the rest; false discovery rate controlled."),
        folded=folded,
    )


def unscored_blocks(found: CriterionEvaluation) -> Iterator[Block]:
    """What the items are like that a judge left out."""
    for name, judge in found.judges.items():
        if judge.unscored_contrasts:
            yield Table(
                caption=_(
                    "{name}: the {n} unscored items beside the scored ones",
                    name=name,
                    n=judge.n_asked - judge.n_items,
                ),
                columns=[_("property"), _("unscored"), _("scored"), _("difference"), _("p, corrected")],
                rows=[
                    [row.what, row.unscored, row.scored, row.difference, row.p_value]
                    for row in judge.unscored_contrasts
                ],
                note=_("Every figure above rests on the scored items alone. p: of no difference (Holm)."),
                folded=True,
            )


def system_blocks(judge: JudgeEvaluation, name: str) -> Iterator[Block]:
    """Which systems can be told apart, and which of those the judge turns round."""
    found = judge.systems
    if found is None:
        return
    beyond = _(", resting on {n} items that only the judge has seen, too", n=found.unrated) if found.unrated else ""
    pairs = "; ".join(_("{a} above {b}", a=a, b=b) for a, b in found.turned[:10])
    turned = _(" It turns round: {pairs}.", pairs=pairs) if found.turned else ""
    yield Prose(
        text=_(
            "Of {pairs} pairs of systems {separated} can be told apart{beyond}. {name} puts {agreed} of these "
            "{separated} in the order that people do.{turned}",
            pairs=found.pairs,
            separated=found.separated,
            beyond=beyond,
            name=name,
            agreed=found.agreed,
            turned=turned,
        )
    )
    means = {row.system: row.mean for row in found.ranking.systems[:_DRAWN]}
    yield Plot(
        figure=intervals_figure(means, quantity=_("mean rating by people"), reference=None),
        caption=_("Systems by the mean rating that people give them, or would; each interval is for its system alone."),
        description="; ".join(f"{system}: {mean}" for system, mean in means.items()),
    )
    yield Table(
        caption=_("Systems in order"),
        columns=[_("system"), _("mean"), _("place, at best"), _("place, at worst"), _("ratings' worth")],
        rows=[[row.system, row.mean, row.rank_low, row.rank_high, row.effective_n] for row in found.ranking.systems],
        note=_("Places hold for all systems at once. Ratings' worth: how many would tell as much without the judge."),
        folded=True,
    )


def drift_blocks(drift: Drift, evidence: Evidence | None, name: str) -> Iterator[Block]:
    """Which verdicts flipped since another version."""
    yield Prose(
        text=_(
            "Of {n} items {flipped} changed their class from {before} to {name}: {up} up, {down} down. {nearer} came "
            "nearer to what people said and {farther} went away from it (p = {p_value:.3f}, sign test). The two judges "
            "correlate by {spearman} (Spearman).",
            n=drift.n,
            flipped=drift.up + drift.down,
            before=drift.before,
            name=name,
            up=drift.up,
            down=drift.down,
            nearer=drift.nearer,
            farther=drift.farther,
            p_value=drift.p_value,
            spearman=drift.spearman,
        )
    )
    items = {} if evidence is None else {item.item_id: item for item in evidence.human.items}
    cases = []
    for flip in drift.flips[:_FLIPS]:
        item = items.get(flip.item_id)
        nearer = abs(flip.after - flip.consensus) < abs(flip.before - flip.consensus)
        cases.append(
            Case(
                heading=_(
                    "{item_id}: {before:.2f} before, {after:.2f} now; people {consensus:.2f}",
                    item_id=flip.item_id,
                    before=flip.before,
                    after=flip.after,
                    consensus=flip.consensus,
                ),
                facts={} if item is None else {_("system"): item.system, _("language"): item.language},
                texts={} if item is None else _texts(item),
                language="" if item is None else item.language or "",
                tags=[_("up") if flip.after > flip.before else _("down"), _("nearer") if nearer else _("farther")],
            )
        )
    if cases:
        yield Cases(
            caption=_("The {n} largest changes", n=len(cases)),
            cases=cases,
            order=[_("up"), _("down"), _("nearer"), _("farther")],
        )


def disagreement_blocks(evidence: Evidence, shown: str) -> Iterator[Block]:
    """What the disagreements share, and each of them with its texts."""
    human, scores = evidence.human, evidence.scores[shown]
    items = {item.item_id: item for item in human.items}
    found = [one for one in disagreements(human, scores, most=_CASES) if abs(one.surprise) >= _SURPRISING]
    if not found:
        yield Prose(text=_("There is no disagreement to show."))
        return
    shared = themes(found, human.items)[:_THEMES]
    if shared:
        yield Table(
            caption=_("{shown}: words that surprising disagreements share", shown=shown),
            columns=[_("theme"), _("disagreements"), _("groups"), _("scored too high"), _("scored too low")],
            rows=[
                [
                    theme.name,
                    len(theme.item_ids),
                    theme.groups,
                    theme.too_high,
                    len(theme.item_ids) - theme.too_high,
                ]
                for theme in shared
            ],
            note=_(
                "Texts from three groups or more, clustered, named by what sets them apart: where to look, no more."
            ),
        )
    of_item = {item: theme.name for theme in shared for item in theme.item_ids}
    written = evidence.written.get(shown, {})
    cases = []
    for one in found:
        item = items[one.item_id]
        said = written.get(one.item_id)
        cases.append(
            Case(
                heading=_(
                    "{item_id}: scored {score:.2f}, {direction}; people {consensus:.2f}",
                    item_id=one.item_id,
                    score=one.score,
                    direction=_(one.direction),
                    consensus=one.consensus,
                ),
                facts={
                    _("people said"): ", ".join(f"{rating:g}" for rating in one.ratings),
                    _("people said of items scored alike"): one.expected,
                    _("standard errors apart"): one.surprise,
                    _("system"): item.system,
                    _("language"): item.language,
                },
                texts=_texts(item) | ({} if not said else {_("what the judge wrote"): said[:_LONGEST]}),
                language=item.language or "",
                tags=[
                    _(one.direction),
                    *([item.language] if item.language else []),
                    *([_("theme: {name}", name=of_item[one.item_id])] if one.item_id in of_item else []),
                ],
            )
        )
    languages = sorted({item.language for item in human.items if item.language})
    yield Cases(
        caption=_("{shown}: the {n} most surprising disagreements with people", shown=shown, n=len(cases)),
        cases=cases,
        order=[_("too high"), _("too low"), *languages, *(_("theme: {name}", name=theme.name) for theme in shared)],
    )


def _texts(item: Item) -> dict[str, str]:
    return {field_name(name): text[:_LONGEST] for name, text in item.texts().items()}
