"""The sections of an evaluation's report on how far judges and people agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from alia_judge.reporting.figures import consensus_figure, intervals_figure
from alia_judge.reporting.page import Block, Plot, Prose, Table
from alia_judge.reporting.shortfalls import unscored_blocks
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from alia_judge.evaluation.result import CriterionEvaluation, Evidence

__all__ = ["agreement_blocks", "scatter_blocks"]

#: Judges that get a plot of their own.
_PLOTTED = 4
_LEVELS = {"item": "every item", "within_group": "within groups", "system": "systems"}


def agreement_blocks(criterion: str, found: CriterionEvaluation) -> Iterator[Block]:
    """Correlations at every level beside people and surface features; coverage, cost, what was left out."""
    if found.scale.has_labels:
        yield from _label_blocks(criterion, found)
        return
    rows: dict[str, Estimate] = {name: judge.correlation["item"]["spearman"] for name, judge in found.judges.items()}
    rows |= {
        "one person against the others": found.human["leave_one_out"],
        "a judge without error": found.human["ceiling"],
    }
    first = next(iter(found.judges.values()))
    rows["surface features alone"] = first.surface["spearman"]
    rows = {name: figure for name, figure in rows.items() if name in found.judges or figure.defined}
    yield Plot(
        figure=intervals_figure(
            rows,
            quantity=f"Spearman with the consensus on {criterion}",
            beside=[name for name in rows if name not in found.judges],
        ),
        caption=(
            "Spearman's correlation with the consensus over all items, with its interval. "
            "Below the judges: what they are to be measured by."
        ),
        description="; ".join(f"{name}: {estimate}" for name, estimate in rows.items()),
    )
    columns, cells, undefined = _defined(
        ["judge", "scored", *_LEVELS.values(), "of one person", "beyond surface"],
        [
            [
                name,
                f"{judge.n_items} of {judge.n_asked}",
                *(judge.correlation[level]["spearman"] for level in _LEVELS),
                judge.share_of_ceiling,
                judge.surface["partial_spearman"],
            ]
            for name, judge in found.judges.items()
        ],
    )
    notes = {
        "of one person": "Of one person: the judge's correlation as a share of what one person reaches in the same "
        "place; above 1 is better than one person.",
        "beyond surface": "Beyond surface features: partial correlation given length, layout, punctuation.",
    }
    yield Table(
        caption=f"Spearman with the consensus on {criterion}",
        columns=columns,
        rows=cells,
        note=" ".join([*(note for name, note in notes.items() if name in columns), *undefined]),
    )
    yield Table(
        caption="Kendall and Pearson",
        columns=[
            "judge",
            *(f"{statistic}, {label}" for label in _LEVELS.values() for statistic in ("Kendall", "Pearson")),
        ],
        rows=[
            [name, *(judge.correlation[level][statistic] for level in _LEVELS for statistic in ("kendall", "pearson"))]
            for name, judge in found.judges.items()
        ],
        folded=True,
    )
    yield Table(
        caption="Within systems, and with intervals that ask for more",
        columns=["judge", "figure", "other items", "other items and systems", "other items and people"],
        rows=[
            [name, level, plain, judge.wider.get(f"{prefix}crossed"), judge.wider.get(f"{prefix}annotators")]
            for name, judge in found.judges.items()
            for level, prefix, plain in (
                ("every item", "", judge.correlation["item"]["spearman"]),
                ("systems", "system_", judge.correlation["system"]["spearman"]),
                ("within systems", "within_system_", judge.within_system.get("spearman")),
            )
        ],
        note=(
            "Spearman. The plain interval says how far the figure would move with other items (groups of them); "
            "the wider ones, with other systems too, and with other people too. Within systems, the plain one draws "
            "systems."
        ),
        folded=True,
    )
    yield from _consumed_blocks(found)


def _defined(columns: list[str], rows: list[list[Any]]) -> tuple[list[str], list[list[Any]], list[str]]:
    """The table without columns that are undefined in every row, and a sentence for each of these."""
    places, sentences = [], []
    for place, column in enumerate(columns):
        cells = [row[place] for row in rows]
        if cells and all(isinstance(cell, Estimate) and not cell.defined for cell in cells):
            sentences.append(f"{column.capitalize()}: {cells[0]}.")
        else:
            places.append(place)
    return [columns[place] for place in places], [[row[place] for place in places] for row in rows], sentences


def _label_blocks(criterion: str, found: CriterionEvaluation) -> Iterator[Block]:
    """Kappa and accuracy beside the largest class, and the confusion of each judge."""
    judged = {name: judge.labels for name, judge in found.judges.items() if judge.labels is not None}
    rows = {name: labels.figures["kappa"] for name, labels in judged.items()}
    yield Plot(
        figure=intervals_figure(rows, quantity=f"kappa with the consensus on {criterion}", beside=[]),
        caption="Cohen's kappa with people's consensus, with its interval: 0 is chance, 1 is every label alike.",
        description="; ".join(f"{name}: {estimate}" for name, estimate in rows.items()),
    )
    yield Table(
        caption=f"Labels against people's on {criterion}",
        columns=["judge", "scored", "kappa", "accuracy", "largest class", "balanced accuracy", "macro F1"],
        rows=[
            [
                name,
                f"{found.judges[name].n_items} of {found.judges[name].n_asked}",
                labels.figures["kappa"],
                labels.figures["accuracy"],
                labels.majority,
                labels.figures["balanced_accuracy"],
                labels.figures["macro_f1"],
            ]
            for name, labels in judged.items()
        ],
        note=(
            "Largest class: the accuracy of always saying the commonest label. Items on which people are evenly "
            "divided have no true label and count nowhere."
        ),
    )
    if any("true_positive_rate" in labels.figures for labels in judged.values()):
        yield Table(
            caption=f"Where {found.scale.label(found.scale.points[-1])!r} is what is looked for",
            columns=["judge", "found of those there are (true positive rate)", "false alarms (false positive rate)"],
            rows=[
                [name, labels.figures["true_positive_rate"], labels.figures["false_positive_rate"]]
                for name, labels in judged.items()
            ],
        )
    for name, labels in judged.items():
        yield Table(
            caption=f"{name}: people's labels in rows, the judge's in columns",
            columns=["people", *labels.labels],
            rows=[[label, *row] for label, row in zip(labels.labels, labels.counts, strict=True)],
        )
    yield from _consumed_blocks(found)


def _consumed_blocks(found: CriterionEvaluation) -> Iterator[Block]:
    """What the verdicts consumed, and what was left unscored."""
    if any(judge.usage for judge in found.judges.values()):
        names = ("verdicts", "prompt_tokens", "completion_tokens", "seconds", "seconds_p95", "cost")
        yield Table(
            caption="What the verdicts consumed when they were paid for",
            columns=[
                "judge",
                "verdicts",
                "prompt tokens",
                "completion tokens",
                "seconds a verdict",
                "95 % within",
                "US dollars",
            ],
            rows=[[name, *(judge.usage.get(each) for each in names)] for name, judge in found.judges.items()],
            folded=True,
        )
    unscored = {reason for judge in found.judges.values() for reason in judge.unscored}
    if unscored:
        reasons = sorted(unscored)
        yield Table(
            caption="Items left unscored",
            columns=["judge", *reasons],
            rows=[
                [name, *(judge.unscored.get(reason, 0) for reason in reasons)] for name, judge in found.judges.items()
            ],
            folded=True,
        )
    yield from unscored_blocks(found)


def scatter_blocks(criterion: str, found: CriterionEvaluation, evidence: Evidence, shown: str) -> Iterator[Block]:
    """The judge in question against the consensus, then the best of the others."""
    figure = {name: judge.correlation["item"]["spearman"] for name, judge in found.judges.items()}
    others = sorted((name for name in figure if name != shown), key=lambda name: -figure[name].value)
    for name in [shown, *others][:_PLOTTED]:
        yield Plot(
            figure=consensus_figure(evidence.human.target, evidence.scores[name], judge=name, criterion=criterion),
            caption=f"{name}: stronger where there are more items; the line is the mean consensus of like scores.",
            description=f"Consensus on {criterion} against the score of {name}; Spearman {figure[name]}.",
        )
    if len(found.judges) > _PLOTTED:
        yield Prose(text=f"The other {len(found.judges) - _PLOTTED} judges are in the tables.")
