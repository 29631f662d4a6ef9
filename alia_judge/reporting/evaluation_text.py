"""`evaluation_markdown`: an evaluation in a screenful of Markdown, for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alia_judge._messages import _, message
from alia_judge.reporting.markdown import markdown_table, plain
from alia_judge.reporting.page import shown_figure

if TYPE_CHECKING:
    from alia_judge.evaluation.result import CriterionEvaluation, EvaluationResult

__all__ = ["evaluation_markdown"]

_HUMAN = {"leave_one_out": message("leave one out"), "ceiling": message("ceiling")}
#: Judges whose claims are spelt out.
_SPELT = 4


def evaluation_markdown(result: EvaluationResult, *, title: str | None = None) -> str:
    """Headline figures of every judge with their intervals, what the figures support, and the signature.

    It is in the reader's language. Names in the data stay text, whatever Markdown would make of them.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> evaluation_markdown(result).splitlines()[0]
    '## Evaluation of LLM judges'
    """
    parts = [f"## {plain(_('Evaluation of LLM judges') if title is None else title)}"]
    result = result.marked()
    for criterion, found in result.criteria.items():
        parts += [f"### {_('{criterion}: {n} items', criterion=plain(criterion), n=found.n_items)}", _table(found)]
        beside = ", ".join(
            f"{_(_HUMAN.get(name, name))} {shown_figure(figure)}" for name, figure in found.human.items()
        )
        parts.append(_("People: {beside}.", beside=beside))
        for name, judge in list(found.judges.items())[:_SPELT]:
            held = [judge.held_out.sentence] if judge.held_out is not None and not judge.held_out.marked else []
            claims = "\n".join(f"- {plain(_(claim))}" for claim in (*held, *judge.claims))
            summary = _("{name}: what the figures support", name=plain(name))
            parts.append(f"<details><summary>{summary}</summary>\n\n{claims}\n\n</details>")
    where = _("the {split} split", split=result.split) if result.split else _("all rated items")
    fingerprint = result.fingerprint[:12] or _("not known")
    parts.append(_("On {where}, fingerprint `{fingerprint}`.", where=where, fingerprint=fingerprint))
    parts.append(f"`{result.signature.replace('`', '')}`")
    return "\n\n".join(parts) + "\n"


def _table(found: CriterionEvaluation) -> str:
    if found.scale.has_labels:
        judged = {name: judge.labels for name, judge in found.judges.items() if judge.labels is not None}
        return markdown_table(
            [
                _("judge"),
                _("coverage"),
                "kappa",
                _("accuracy"),
                _("largest class"),
                _("balanced accuracy"),
                _("macro F1"),
            ],
            [
                [
                    name,
                    found.judges[name].coverage,
                    labels.figures["kappa"],
                    labels.figures["accuracy"],
                    labels.majority,
                    labels.figures["balanced_accuracy"],
                    labels.figures["macro_f1"],
                ]
                for name, labels in judged.items()
            ],
        )
    columns = [
        _("judge"),
        _("coverage"),
        "Spearman",
        _("of one person"),
        _("surface alone"),
        _("beyond surface"),
        _("MAE"),
        _("alt-test"),
    ]
    rows = [
        [
            name,
            judge.coverage,
            judge.correlation["item"]["spearman"],
            judge.share_of_ceiling,
            judge.surface["spearman"],
            judge.surface["partial_spearman"],
            judge.error.get("mae"),
            None if judge.alt_test is None else judge.alt_test.winning_rate,
        ]
        for name, judge in found.judges.items()
    ]
    return markdown_table(columns, rows)
