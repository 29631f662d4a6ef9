"""`evaluation_page`: an evaluation as a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from alia_judge.reporting.figures import calibration_figure, consensus_figure, history_figure, intervals_figure
from alia_judge.reporting.page import Block, Code, Page, Plot, Prose, Section, Table
from alia_judge.reporting.shortfalls import (
    disagreement_blocks,
    drift_blocks,
    slice_blocks,
    system_blocks,
    unscored_blocks,
)
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from alia_judge.compiling.result import CompileResult
    from alia_judge.evaluation.comparison import Comparison
    from alia_judge.evaluation.result import CriterionEvaluation, EvaluationResult, Evidence, JudgeEvaluation
    from alia_judge.probes import ProbeReport

__all__ = ["evaluation_page"]

#: Judges that get a plot of their own.
_PLOTTED = 4
_LEVELS = {"item": "every item", "within_group": "within groups", "system": "systems"}


def evaluation_page(
    result: EvaluationResult,
    *,
    compiled: CompileResult | None = None,
    probes: ProbeReport | None = None,
    commands: Sequence[str] = (),
    title: str = "Evaluation of LLM judges",
) -> Page:
    """A page with what may be claimed first, and everything it rests on after.

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
        The page's heading.
    """
    several = len(result.criteria) > 1
    sections = []
    for criterion, found in result.criteria.items():
        evidence = result.evidence.get(criterion)
        shown = result.subject if result.subject in found.judges else _best(found)
        for heading, blocks in _sections(criterion, found, evidence, shown):
            sections.append(Section(title=f"{criterion}: {heading}" if several else heading, blocks=blocks))
    if probes is not None:
        sections.append(Section(title="What moves it", blocks=list(_probed(probes))))
    if compiled is not None:
        sections.append(Section(title="The search", blocks=list(_search(compiled))))
    sections.append(Section(title="How this was computed", blocks=list(_computed(result, commands))))
    return Page(title=title, headline=list(_headline(result)), sections=sections, signature=result.signature)


def _headline(result: EvaluationResult) -> Iterator[str]:
    for criterion, found in result.criteria.items():
        name = result.subject if result.subject in found.judges else _best(found)
        if name is None:
            yield f"{criterion}: no judge has a correlation; see why below."
            continue
        judge = found.judges[name]
        spearman = judge.correlation["item"]["spearman"]
        human = found.human["leave_one_out"]
        chosen = len(found.judges) > 1 and not result.subject
        which = f"{name}, the best of {len(found.judges)} judges," if chosen else "the judge"
        yield (
            f"{criterion}: {which} reaches Spearman {spearman} with people on {judge.n_items} items; "
            f"one person against the others reaches {human}."
        )
        for claim in judge.claims:
            yield f"{claim[0].upper()}{claim[1:]}."


def _sections(
    criterion: str, found: CriterionEvaluation, evidence: Evidence | None, shown: str | None
) -> Iterator[tuple[str, list[Block]]]:
    yield "Agreement with people", list(_agreement(criterion, found))
    if evidence is not None and shown is not None:
        yield "Judge against consensus", list(_scatter(criterion, found, evidence, shown))
    yield "What may be claimed", [_claims(found)]
    yield "In place of an annotator", list(_alternative(found))
    if any(judge.error for judge in found.judges.values()):
        yield "Error and calibration", list(_calibration(criterion, found, evidence, shown))
    if any(judge.slices or judge.worst_slices or judge.parity for judge in found.judges.values()):
        yield "For whom", list(slice_blocks(found, shown))
    if shown is not None and found.judges[shown].systems is not None:
        yield "Systems", list(system_blocks(found.judges[shown], shown))
    if evidence is not None and shown is not None:
        yield "Where it falls short", list(disagreement_blocks(evidence, shown))
    for name, judge in list(found.judges.items())[: _PLOTTED + 1]:
        if judge.drift is not None:
            yield f"From {judge.drift.before} to {name}", list(drift_blocks(judge.drift, evidence, name))


def _agreement(criterion: str, found: CriterionEvaluation) -> Iterator[Block]:
    rows: dict[str, Estimate] = {name: judge.correlation["item"]["spearman"] for name, judge in found.judges.items()}
    rows |= {
        "one person against the others": found.human["leave_one_out"],
        "a judge without error": found.human["ceiling"],
    }
    first = next(iter(found.judges.values()))
    rows["surface features alone"] = first.surface["spearman"]
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
    yield Table(
        caption=f"Spearman with the consensus on {criterion}",
        columns=["judge", "scored", *_LEVELS.values(), "of one person", "beyond surface"],
        rows=[
            [
                name,
                f"{judge.n_items} of {judge.n_asked}",
                *(judge.correlation[level]["spearman"] for level in _LEVELS),
                judge.share_of_ceiling,
                judge.surface["partial_spearman"],
            ]
            for name, judge in found.judges.items()
        ],
        note=(
            "Of one person: the judge's correlation as a share of what one person reaches in the same place; above 1 "
            "is better than one person. Beyond surface features: partial correlation given length, layout, punctuation."
        ),
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
        columns=["judge", "within systems", "other items", "other items and systems", "other items and people"],
        rows=[
            [
                name,
                judge.within_system.get("spearman"),
                judge.correlation["item"]["spearman"],
                judge.wider.get("crossed"),
                judge.wider.get("annotators"),
            ]
            for name, judge in found.judges.items()
        ],
        note=(
            "Spearman. The plain interval says how far the figure would move with other items (groups of them); "
            "the wider ones, with other systems too, and with other people too."
        ),
        folded=True,
    )
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


def _scatter(criterion: str, found: CriterionEvaluation, evidence: Evidence, shown: str) -> Iterator[Block]:
    others = sorted((name for name in found.judges if name != shown), key=lambda name: -_spearman(found.judges[name]))
    for name in [shown, *others][:_PLOTTED]:
        spearman = found.judges[name].correlation["item"]["spearman"]
        yield Plot(
            figure=consensus_figure(evidence.panel.target, evidence.scores[name], judge=name, criterion=criterion),
            caption=f"{name}: darker where there are more items; the line is the mean consensus of items scored alike.",
            description=f"Consensus on {criterion} against the score of {name}; Spearman {spearman}.",
        )
    if len(found.judges) > _PLOTTED:
        yield Prose(text=f"The other {len(found.judges) - _PLOTTED} judges are in the tables.")


def _claims(found: CriterionEvaluation) -> Block:
    return Table(
        caption="Each judge beside what it should be better than, on the same items",
        columns=["judge", "beside", "judge's figure", "its figure", "difference", "p, corrected", "claim"],
        rows=[
            [
                name,
                comparison.baseline,
                comparison.judge_value,
                comparison.baseline_value,
                comparison.difference,
                comparison.p_value,
                _short_claim(comparison),
            ]
            for name, judge in found.judges.items()
            for comparison in judge.comparisons
        ],
        note="Intervals are paired. p is two-sided and corrected over the comparisons of a judge (Holm).",
    )


def _alternative(found: CriterionEvaluation) -> Iterator[Block]:
    tested = {name: judge.alt_test for name, judge in found.judges.items() if judge.alt_test is not None}
    if not tested:
        yield Prose(text=f"Not tested: {next(iter(found.judges.values())).alt_test_why}.")
        return
    yield Table(
        caption="Alternative annotator test (Calderon, Reichart and Dror 2025)",
        columns=["judge", "winning rate", "advantage probability", "epsilon", "score", "may stand in"],
        rows=[
            [name, test.winning_rate, test.advantage, test.epsilon, test.score, bool(test.passed)]
            for name, test in tested.items()
        ],
        note="A judge may stand in for an annotator where it wins against half of them or more.",
    )
    for name, test in tested.items():
        yield Table(
            caption=f"Each annotator against {name}",
            columns=["annotator", "items", "judge as good or better", "annotator as good or better", "p", "judge wins"],
            rows=[
                [row.annotator, row.n_items, row.judge_advantage, row.annotator_advantage, row.p_value, row.rejected]
                for row in test.annotators
            ],
            folded=True,
        )


def _calibration(
    criterion: str, found: CriterionEvaluation, evidence: Evidence | None, shown: str | None
) -> Iterator[Block]:
    if evidence is not None and shown is not None and found.judges[shown].error:
        yield Plot(
            figure=calibration_figure(evidence.panel.target, evidence.scores[shown], judge=shown, criterion=criterion),
            caption=f"{shown}: on the line, a score means what it says. Larger dots are more items.",
            description="; ".join(f"{name}: {estimate}" for name, estimate in found.judges[shown].error.items()),
        )
    yield Table(
        caption="Error on the ratings' scale, and agreement as one more annotator",
        columns=[
            "judge",
            "mean absolute error",
            "bias",
            "calibration error",
            "alpha of people",
            "alpha with the judge",
        ],
        rows=[
            [name, *judge.error.values(), *judge.agreement.values()]
            for name, judge in found.judges.items()
            if judge.error and judge.agreement
        ],
        note="Bias: judge less consensus. Calibration error is never negative: noise alone makes some of it.",
    )
    if evidence is not None and shown is not None and evidence.panel.scale.points and found.judges[shown].error:
        yield _confusion(evidence, shown)


def _confusion(evidence: Evidence, shown: str) -> Block:
    """How often which score met which consensus, both rounded to the scale's points; higher is better."""
    points = np.asarray(evidence.panel.scale.points)
    edges = (points[1:] + points[:-1]) / 2
    both = ~(np.isnan(evidence.scores[shown]) | np.isnan(evidence.panel.target))
    scored, said = (np.searchsorted(edges, side[both]) for side in (evidence.scores[shown], evidence.panel.target))
    counts = np.zeros((points.size, points.size), dtype=int)
    np.add.at(counts, (scored, said), 1)
    return Table(
        caption=f"{shown} against people, rounded to the scale's points",
        columns=["scored", *(f"people {point:g}" for point in points)],
        rows=[[f"{point:g}", *row] for point, row in zip(points, counts.tolist(), strict=True)],
        folded=True,
    )


def _probed(probes: ProbeReport) -> Iterator[Block]:
    for expectation, quantity in (("same", "must not move the score"), ("lower", "must lower the score")):
        chosen = [one for one in probes.results if one.expectation == expectation]
        shifts = {f"{one.probe} ({one.dose:g})": one.shift for one in chosen if one.why is None}
        if shifts:
            yield Plot(
                figure=intervals_figure(shifts, quantity="mean shift of the score"),
                caption=f"Changes that {quantity}: mean shift with its paired interval.",
                description="; ".join(f"{name}: {shift}" for name, shift in shifts.items()),
            )
    yield Table(
        caption="Every probe",
        columns=["change", "dose", "items", "mean shift", "effect", "share moved", "p, corrected", "outcome"],
        rows=[
            [
                one.probe,
                one.dose,
                one.n_items,
                one.shift,
                one.effect,
                one.moved_share,
                one.p_value,
                one.outcome if one.why is None else f"{one.outcome}: {one.why}",
            ]
            for one in probes.results
        ],
        note="p: of no shift, two-sided, corrected over all probes and doses (Holm).",
    )


def _search(compiled: CompileResult) -> Iterator[Block]:
    curve = compiled.curve
    yield Prose(
        text=(
            f"{compiled.paid} of {compiled.budget} calls were paid in {compiled.trials} trials to maximise "
            f"{compiled.objective}; {compiled.replayed} verdicts were there already. {compiled.why}"
        )
    )
    if curve:
        last = curve[-1]
        yield Plot(
            figure=history_figure(
                [point.calls for point in curve],
                [point.value for point in curve],
                [point.low for point in curve],
                [point.high for point in curve],
                objective=compiled.objective,
            ),
            caption="What the search believed of its best judge, with the middle 90 % of that belief.",
            description=f"After {last.calls} calls: {last.value:.3f} between {last.low:.3f} and {last.high:.3f}.",
        )
    if compiled.deployed.tradeoff:
        yield Plot(
            figure=intervals_figure(
                {f"{calls} calls an item": estimate for calls, estimate in compiled.deployed.tradeoff.items()},
                quantity=compiled.objective,
            ),
            caption="What more calls an item would buy, on learning items that the readout was not fitted on.",
            description="; ".join(f"{calls}: {estimate}" for calls, estimate in compiled.deployed.tradeoff.items()),
        )


def _computed(result: EvaluationResult, commands: Sequence[str]) -> Iterator[Block]:
    where = f"the {result.split} split of a benchmark" if result.split else "all rated items"
    yield Prose(text=f"On {where}; fingerprint {result.fingerprint or 'not known'}.")
    if commands:
        yield Code(text="\n".join(commands), caption="The same figures again:")
    yield Code(text=result.signature, caption="Signature: every setting that changes a figure.")
    unknown: Mapping[str, int] = {
        f"{judge} on {criterion}": len(items)
        for criterion, found in result.criteria.items()
        for judge, items in found.unknown_items.items()
    }
    if unknown:
        yield Table(
            caption="Scored items that nobody rated (left out; the first ten of each are in the JSON)",
            columns=["judge", "named"],
            rows=[[name, count] for name, count in unknown.items()],
            folded=True,
        )


def _short_claim(comparison: Comparison) -> str:
    if comparison.shown:
        return "better"
    return "worse" if comparison.p_value <= comparison.alpha else "not shown"


def _best(found: CriterionEvaluation) -> str | None:
    defined = {name: judge for name, judge in found.judges.items() if not np.isnan(_spearman(judge))}
    return max(defined, key=lambda name: _spearman(defined[name]), default=None)


def _spearman(judge: JudgeEvaluation) -> float:
    return judge.correlation["item"]["spearman"].value
