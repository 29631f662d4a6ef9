"""The sections of an evaluation's report on how far judges and people agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from alia_judge._messages import _, message
from alia_judge.reporting.anchors import row_anchors
from alia_judge.reporting.figures import consensus_figure, intervals_figure
from alia_judge.reporting.page import Block, Plot, Prose, Table, shown_figure
from alia_judge.reporting.shortfalls import unscored_blocks
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from alia_judge.evaluation.result import CriterionEvaluation, Evidence

__all__ = ["agreement_blocks", "scatter_blocks"]

#: Judges that get a plot of their own.
_PLOTTED = 4
_LEVELS = {"item": message("every item"), "within_group": message("within groups"), "system": message("systems")}


def agreement_blocks(criterion: str, found: CriterionEvaluation) -> Iterator[Block]:
    """Correlations at every level beside people and surface features; coverage, cost, what was left out."""
    if found.scale.has_labels:
        yield from _label_blocks(criterion, found)
        return
    rows: dict[str, Estimate] = {name: judge.correlation["item"]["spearman"] for name, judge in found.judges.items()}
    rows |= {
        _("one person against the others"): found.human["leave_one_out"],
        _("a judge without error"): found.human["ceiling"],
    }
    first = next(iter(found.judges.values()))
    rows[_("surface features alone")] = first.surface["spearman"]
    rows = {name: figure for name, figure in rows.items() if name in found.judges or figure.defined}
    anchors = row_anchors(found.judges, f"{criterion}: judges")
    yield Plot(
        figure=intervals_figure(
            rows,
            quantity=_("Spearman with the consensus on {criterion}", criterion=criterion),
            beside=[name for name in rows if name not in found.judges],
            anchors=anchors,
        ),
        caption=(
            _(
                "Spearman's correlation with the consensus over all items, with its interval. "
                "Below the judges: what they are to be measured by."
            )
        ),
        description="; ".join(f"{name}: {_(estimate)}" for name, estimate in rows.items()),
    )
    columns, cells, undefined = _defined(
        [_("judge"), _("scored"), *map(_, _LEVELS.values()), _("of one person"), _("beyond surface")],
        [
            [
                name,
                _("{n} of {of}", n=judge.n_items, of=judge.n_asked),
                *(judge.correlation[level]["spearman"] for level in _LEVELS),
                judge.share_of_ceiling,
                judge.surface["partial_spearman"],
            ]
            for name, judge in found.judges.items()
        ],
    )
    notes = {
        _("of one person"): _(
            "Of one person: the judge's correlation as a share of what one person reaches in the same place; above 1 "
            "is better than one person."
        ),
        _("beyond surface"): _("Beyond surface features: partial correlation given length, layout, punctuation."),
    }
    yield Table(
        caption=_("Spearman with the consensus on {criterion}", criterion=criterion),
        columns=columns,
        rows=cells,
        anchors=list(anchors.values()),
        note=" ".join([*(note for name, note in notes.items() if name in columns), *undefined]),
    )
    yield Table(
        caption=_("Kendall and Pearson"),
        columns=[
            _("judge"),
            *(f"{statistic}, {_(label)}" for label in _LEVELS.values() for statistic in ("Kendall", "Pearson")),
        ],
        rows=[
            [name, *(judge.correlation[level][statistic] for level in _LEVELS for statistic in ("kendall", "pearson"))]
            for name, judge in found.judges.items()
        ],
        folded=True,
    )
    yield Table(
        caption=_("Within systems, and with intervals that ask for more"),
        columns=[_("judge"), _("figure"), _("other items"), _("other items and systems"), _("other items and people")],
        rows=[
            [name, level, plain, judge.wider.get(f"{prefix}crossed"), judge.wider.get(f"{prefix}annotators")]
            for name, judge in found.judges.items()
            for level, prefix, plain in (
                (_("every item"), "", judge.correlation["item"]["spearman"]),
                (_("systems"), "system_", judge.correlation["system"]["spearman"]),
                (_("within systems"), "within_system_", judge.within_system.get("spearman")),
            )
        ],
        note=(
            _(
                "Spearman. The plain interval says how far the figure would move with other items (groups of them); "
                "the wider ones, with other systems too, and with other people too. Within systems, the plain one "
                "draws systems."
            )
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
            sentences.append(f"{column.capitalize()}: {shown_figure(cells[0])}.")
        else:
            places.append(place)
    return [columns[place] for place in places], [[row[place] for place in places] for row in rows], sentences


def _label_blocks(criterion: str, found: CriterionEvaluation) -> Iterator[Block]:
    """Kappa and accuracy beside the largest class, and the confusion of each judge."""
    judged = {name: judge.labels for name, judge in found.judges.items() if judge.labels is not None}
    rows = {name: labels.figures["kappa"] for name, labels in judged.items()}
    yield Plot(
        figure=intervals_figure(
            rows, quantity=_("kappa with the consensus on {criterion}", criterion=criterion), beside=[]
        ),
        caption=_("Cohen's kappa with people's consensus, with its interval: 0 is chance, 1 is every label alike."),
        description="; ".join(f"{name}: {_(estimate)}" for name, estimate in rows.items()),
    )
    yield Table(
        caption=_("Labels against people's on {criterion}", criterion=criterion),
        columns=[
            _("judge"),
            _("scored"),
            _("kappa"),
            _("accuracy"),
            _("largest class"),
            _("balanced accuracy"),
            _("macro F1"),
        ],
        rows=[
            [
                name,
                _("{n} of {of}", n=found.judges[name].n_items, of=found.judges[name].n_asked),
                labels.figures["kappa"],
                labels.figures["accuracy"],
                labels.majority,
                labels.figures["balanced_accuracy"],
                labels.figures["macro_f1"],
            ]
            for name, labels in judged.items()
        ],
        note=(
            _(
                "Largest class: the accuracy of always saying the commonest label. Items on which people are evenly "
                "divided have no true label and count nowhere."
            )
        ),
    )
    if any("true_positive_rate" in labels.figures for labels in judged.values()):
        yield Table(
            caption=_("Where {label!r} is what is looked for", label=found.scale.label(found.scale.points[-1])),
            columns=[
                _("judge"),
                _("found of those there are (true positive rate)"),
                _("false alarms (false positive rate)"),
            ],
            rows=[
                [name, labels.figures["true_positive_rate"], labels.figures["false_positive_rate"]]
                for name, labels in judged.items()
            ],
        )
    for name, labels in judged.items():
        yield Table(
            caption=_("{name}: people's labels in rows, the judge's in columns", name=name),
            columns=[_("people"), *labels.labels],
            rows=[[label, *row] for label, row in zip(labels.labels, labels.counts, strict=True)],
        )
    yield from _consumed_blocks(found)


def _consumed_blocks(found: CriterionEvaluation) -> Iterator[Block]:
    """What the verdicts consumed, and what was left unscored."""
    if any(judge.usage for judge in found.judges.values()):
        names = ("verdicts", "prompt_tokens", "completion_tokens", "seconds", "seconds_p95", "cost")
        yield Table(
            caption=_("What the verdicts consumed when they were paid for"),
            columns=[
                _("judge"),
                _("verdicts"),
                _("prompt tokens"),
                _("completion tokens"),
                _("seconds a verdict"),
                _("95 % within"),
                _("US dollars"),
            ],
            rows=[[name, *(judge.usage.get(each) for each in names)] for name, judge in found.judges.items()],
            folded=True,
        )
    unscored = {reason for judge in found.judges.values() for reason in judge.unscored}
    if unscored:
        reasons = sorted(unscored)
        yield Table(
            caption=_("Items left unscored"),
            columns=[_("judge"), *reasons],
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
            caption=_(
                "{name}: stronger where there are more items; the line is the mean consensus of like scores.", name=name
            ),
            description=_(
                "Consensus on {criterion} against the score of {name}; Spearman {figure}.",
                criterion=criterion,
                name=name,
                figure=figure[name],
            ),
        )
    if len(found.judges) > _PLOTTED:
        yield Prose(text=_("The other {n} judges are in the tables.", n=len(found.judges) - _PLOTTED))
