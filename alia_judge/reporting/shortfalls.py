"""The sections of an evaluation's report on where a judge falls short: for whom, on what, since when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from alia_judge.evaluation.slices.surprise import disagreements
from alia_judge.evaluation.slices.themes import themes
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
            f"{column} {value or '(none)'}": part.correlation["spearman"]
            for column, parts in found.judges[shown].slices.items()
            for value, part in parts.items()
            if part.correlation["spearman"].defined
        }
        if figures:
            drawn = dict(sorted(figures.items(), key=lambda pair: pair[1].value)[:_DRAWN])
            yield Plot(
                figure=intervals_figure(drawn, quantity=f"Spearman of {shown} with the consensus"),
                caption=f"{shown}, slice by slice, from the least agreement with people.",
                description="; ".join(f"{name}: {estimate}" for name, estimate in drawn.items()),
            )
    for name, judge in found.judges.items():
        if judge.worst_slices:
            yield Table(
                caption=f"{name}: where it is further off than elsewhere",
                columns=["slice", "items", "further off by", "p, corrected"],
                rows=[
                    [
                        " and ".join(f"{column} {value}" for column, value in part.where.items()),
                        part.n_items,
                        part.excess,
                        part.p_value,
                    ]
                    for part in judge.worst_slices
                ],
                note="Found automatically; false discovery rate controlled over every slice looked at.",
                folded=name != shown,
            )
        for column, parts in judge.slices.items():
            yield _slices(name, column, parts, folded=len(found.judges) > 1)


def _parity(name: str, parity: Parity) -> Iterator[Block]:
    claims = [claim for claim in (parity.claim, parity.translation_claim) if claim is not None]
    yield Prose(text=" ".join(f"{name} {claim}." for claim in claims))
    if parity.pairs:
        yield Table(
            caption=f"{name}: agreement with people, one language less another",
            columns=["languages", "difference of Spearman", "p, corrected"],
            rows=[
                [f"{pair.first or '(none)'} less {pair.second or '(none)'}", pair.difference, pair.p_value]
                for pair in parity.pairs
            ],
            note="Corrected over all pairs of languages (Holm).",
            folded=True,
        )
    if parity.translations:
        yield Table(
            caption=f"{name}: the same response in two languages",
            columns=["languages", "responses", "judge", "people", "judge beyond people", "distance", "p"],
            rows=[
                [
                    f"{pair.first} less {pair.second}",
                    pair.n,
                    pair.judge,
                    pair.people,
                    pair.excess,
                    pair.distance,
                    pair.p_value,
                ]
                for pair in parity.translations
            ],
            note="Mean score in the first language less that in the second; what people see of it, and what is left.",
        )


def _slices(name: str, column: str, parts: Any, *, folded: bool) -> Table:
    rows: list[tuple[str, Slice]] = list(parts.items())
    return Table(
        caption=f"{name}, by {column}",
        columns=[
            column,
            "items",
            "coverage",
            "Spearman",
            "less the rest",
            "p, corrected",
            "scored too high by",
        ],
        rows=[
            [
                value or "(none)",
                part.n_items,
                part.coverage,
                part.correlation["spearman"],
                part.difference,
                part.p_value,
                part.offset,
            ]
            for value, part in rows
        ],
        note="p: that it agrees with people as well here as on the rest; false discovery rate controlled.",
        folded=folded,
    )


def unscored_blocks(found: CriterionEvaluation) -> Iterator[Block]:
    """What the items are like that a judge left out."""
    for name, judge in found.judges.items():
        if judge.unscored_contrasts:
            yield Table(
                caption=f"{name}: the {judge.n_asked - judge.n_items} unscored items beside the scored ones",
                columns=["property", "unscored", "scored", "difference", "p, corrected"],
                rows=[
                    [row.what, row.unscored, row.scored, row.difference, row.p_value]
                    for row in judge.unscored_contrasts
                ],
                note="Every figure above rests on the scored items alone. p: of no difference (Holm).",
                folded=True,
            )


def system_blocks(judge: JudgeEvaluation, name: str) -> Iterator[Block]:
    """Which systems can be told apart, and which of those the judge turns round."""
    found = judge.systems
    if found is None:
        return
    beyond = f", resting on {found.unrated} items that only the judge has seen, too" if found.unrated else ""
    turned = f" It turns round: {'; '.join(f'{a} above {b}' for a, b in found.turned[:10])}." if found.turned else ""
    yield Prose(
        text=f"Of {found.pairs} pairs of systems {found.separated} can be told apart{beyond}. "
        f"{name} puts {found.agreed} of these {found.separated} in the order that people do.{turned}"
    )
    means = {row.system: row.mean for row in found.ranking.systems[:_DRAWN]}
    yield Plot(
        figure=intervals_figure(means, quantity="mean rating by people", reference=None),
        caption="Systems by the mean rating that people give them, or would; each interval is for its system alone.",
        description="; ".join(f"{system}: {mean}" for system, mean in means.items()),
    )
    yield Table(
        caption="Systems in order",
        columns=["system", "mean", "place, at best", "place, at worst", "ratings' worth"],
        rows=[[row.system, row.mean, row.rank_low, row.rank_high, row.effective_n] for row in found.ranking.systems],
        note="Places hold for all systems at once. Ratings' worth: how many would tell as much without the judge.",
        folded=True,
    )


def drift_blocks(drift: Drift, evidence: Evidence | None, name: str) -> Iterator[Block]:
    """Which verdicts flipped since another version."""
    yield Prose(
        text=f"Of {drift.n} items {drift.up + drift.down} changed their class from {drift.before} to {name}: "
        f"{drift.up} up, {drift.down} down. {drift.nearer} came nearer to what people said and {drift.farther} went "
        f"away from it (p = {drift.p_value:.3f}, sign test). The two judges correlate by {drift.spearman} (Spearman)."
    )
    items = {} if evidence is None else {item.item_id: item for item in evidence.human.items}
    cases = []
    for flip in drift.flips[:_FLIPS]:
        item = items.get(flip.item_id)
        nearer = abs(flip.after - flip.consensus) < abs(flip.before - flip.consensus)
        cases.append(
            Case(
                heading=f"{flip.item_id}: {flip.before:.2f} before, {flip.after:.2f} now; people {flip.consensus:.2f}",
                facts={} if item is None else {"system": item.system, "language": item.language},
                texts={} if item is None else _texts(item),
                language="" if item is None else item.language or "",
                tags=["up" if flip.after > flip.before else "down", "nearer" if nearer else "farther"],
            )
        )
    if cases:
        yield Cases(caption=f"The {len(cases)} largest changes", cases=cases, order=["up", "down", "nearer", "farther"])


def disagreement_blocks(evidence: Evidence, shown: str) -> Iterator[Block]:
    """What the disagreements share, and each of them with its texts."""
    human, scores = evidence.human, evidence.scores[shown]
    items = {item.item_id: item for item in human.items}
    found = [one for one in disagreements(human, scores, most=_CASES) if abs(one.surprise) >= _SURPRISING]
    if not found:
        yield Prose(text="There is no disagreement to show.")
        return
    shared = themes(found, human.items)[:_THEMES]
    if shared:
        yield Table(
            caption=f"{shown}: words that surprising disagreements share",
            columns=["theme", "disagreements", "groups", "scored too high", "scored too low"],
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
            note="Texts from three groups or more, clustered, named by what sets them apart: where to look, no more.",
        )
    of_item = {item: theme.name for theme in shared for item in theme.item_ids}
    written = evidence.written.get(shown, {})
    cases = []
    for one in found:
        item = items[one.item_id]
        said = written.get(one.item_id)
        cases.append(
            Case(
                heading=f"{one.item_id}: scored {one.score:.2f}, {one.direction}; people {one.consensus:.2f}",
                facts={
                    "people said": ", ".join(f"{rating:g}" for rating in one.ratings),
                    "people said of items scored alike": one.expected,
                    "standard errors apart": one.surprise,
                    "system": item.system,
                    "language": item.language,
                },
                texts=_texts(item) | ({} if not said else {"what the judge wrote": said[:_LONGEST]}),
                language=item.language or "",
                tags=[
                    one.direction,
                    *([item.language] if item.language else []),
                    *([f"theme: {of_item[one.item_id]}"] if one.item_id in of_item else []),
                ],
            )
        )
    languages = sorted({item.language for item in human.items if item.language})
    yield Cases(
        caption=f"{shown}: the {len(cases)} most surprising disagreements with people",
        cases=cases,
        order=["too high", "too low", *languages, *(f"theme: {theme.name}" for theme in shared)],
    )


def _texts(item: Item) -> dict[str, str]:
    return {name: text[:_LONGEST] for name, text in item.texts().items()}
