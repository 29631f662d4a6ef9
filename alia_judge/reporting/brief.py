"""`brief_page`: an evaluation on one screen, for a jury or whoever has to decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from alia_judge._advice import advice
from alia_judge._messages import _, message, numbers
from alia_judge.errors import UsageError
from alia_judge.reporting.evaluation import subject_of
from alia_judge.reporting.fields import field_name
from alia_judge.reporting.figures import intervals_figure
from alia_judge.reporting.page import Page, Plot, Section, Table, shown_figure

if TYPE_CHECKING:
    from alia_judge.evaluation.result import EvaluationResult, JudgeEvaluation

__all__ = ["brief_page"]

#: Worst slices that are named.
_NAMED = 3


def brief_page(
    result: EvaluationResult, *, judge: str | None = None, criterion: str | None = None, title: str | None = None
) -> Page:
    """One screen: what the judge is, how good, compared with whom, how sure, for whom not, and what it costs.

    Parameters
    ----------
    result
        What `evaluate_scores` or `evaluate_judge` found, or what was read from its JSON.
    judge
        Which judge; by default the one the evaluation is about, else the best.
    criterion
        On which criterion; may be left out where there is one.
    title
        The page's heading; by default the judge and what it judges.

    Raises
    ------
    UsageError
        If no judge has a figure to show, or there are several criteria and none is said.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> [row[0] for row in brief_page(result).sections[0].blocks[1].rows]
    ['What it is', 'How good', 'Compared with', 'How sure', 'For whom not', 'Cost']
    """
    if criterion is None and len(result.criteria) > 1:
        how = advice(python="criterion=", command="--criterion")
        raise UsageError(
            message(
                "one screen shows one criterion; say which of {criteria} ({how})",
                criteria=", ".join(result.criteria),
                how=how,
            )
        )
    name = criterion or next(iter(result.criteria))
    if judge is None:
        judge = subject_of(result, name)
    if judge is None:
        raise UsageError(
            message(
                "no judge has a figure on {name}: there is nothing to show; evaluate one that scores items", name=name
            )
        )
    found, shown = result.criteria[name], result.judge(judge, name)
    judge = shown.called(judge)
    beside = {} if found.scale.has_labels else {_("one person against the others"): found.human["leave_one_out"]}
    if not found.scale.has_labels:
        beside |= {
            _("surface features alone"): shown.surface["spearman"],
            _("a judge without error"): found.human["ceiling"],
        }
    beside = {what: figure for what, figure in beside.items() if figure.defined}
    figures = {judge: shown.headline, **beside}
    statistic = _("kappa") if found.scale.has_labels else "Spearman"
    quantity = _("{statistic} with people on {criterion}", statistic=statistic, criterion=name)
    plot = Plot(
        figure=intervals_figure(figures, quantity=quantity, beside=list(beside), reference=None),
        caption=_("1 is the order that people put items in, or their labels; 0 is chance."),
        description="; ".join(f"{what}: {shown_figure(figure)}" for what, figure in figures.items()),
    )
    rows = [
        [_("What it is"), _what(result, judge, name, shown)],
        [_("How good"), f"{statistic} {shown_figure(shown.headline)}"],
        [_("Compared with"), " ".join(_sentences(map(_, shown.claims)))],
        [_("How sure"), _sure(shown)],
        [_("For whom not"), " ".join(_not_for(shown))],
        [_("Cost"), _cost(shown)],
    ]
    table = Table(caption=_("In words"), columns=[_("question"), _("answer")], rows=rows)
    return Page(
        title=title or _("{judge} judges {criterion}", judge=judge, criterion=name),
        headline=[],
        sections=[Section(title=_("{n} items", n=shown.n_items), blocks=[plot, table])],
        signature=result.signature,
    )


def _what(result: EvaluationResult, judge: str, criterion: str, shown: JudgeEvaluation) -> str:
    where = _("the {split} split of a benchmark", split=result.split) if result.split else _("all rated items")
    return _(
        "{judge}, an LLM judge of {criterion}: it scored {n} of {of} items, {where}.",
        judge=judge,
        criterion=criterion,
        n=shown.n_items,
        of=shown.n_asked,
        where=where,
    )


def _sure(shown: JudgeEvaluation) -> str:
    said = []
    if shown.headline.level is not None:
        said.append(
            _(
                "With other items the figure would lie between {low:.2f} and {high:.2f} (an interval of {level:.0%}).",
                low=shown.headline.low,
                high=shown.headline.high,
                level=shown.headline.level,
            )
        )
    if shown.held_out is not None:
        said.append(_("The items are {sentence}.", sentence=shown.held_out.sentence))
    return " ".join(said)


def _not_for(shown: JudgeEvaluation) -> Iterator[str]:
    worse = [
        f"{field_name(column)} {value}"
        for column, parts in shown.slices.items()
        for value, part in parts.items()
        if part.worse
    ]
    if worse:
        yield _("It agrees less with people on: {slices}.", slices=", ".join(worse))
    far = [
        _(" and ").join(f"{field_name(column)} {value}" for column, value in part.where.items())
        for part in shown.worst_slices[:_NAMED]
    ]
    if far:
        yield _("It is further off on: {slices}.", slices="; ".join(far))
    if not worse and not far:
        yield _("No kind of item is shown to be worse; that is no proof that none is.")
    yield _("A single score may be wrong: the figures are of the order of many items.")


def _cost(shown: JudgeEvaluation) -> str:
    cost, seconds = shown.usage.get("cost"), shown.usage.get("seconds")
    said = []
    if cost is not None and shown.n_asked:
        each = numbers(f"{1000 * cost / shown.n_asked:.2f}")
        said.append(_("${dollars} for 1,000 items.", dollars=each))
    if seconds is not None:
        said.append(_("{seconds:.1f} seconds a verdict.", seconds=seconds))
    return " ".join(said) or _("Unknown: these scores carry no price.")


def _sentences(claims: Iterable[str]) -> Iterator[str]:
    for claim in claims:
        yield f"{claim[:1].upper()}{claim[1:]}."
