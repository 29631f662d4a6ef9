"""`evaluation_markdown`: an evaluation in a screenful of Markdown, for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alia_judge.reporting.markdown import markdown_table, plain

if TYPE_CHECKING:
    from alia_judge.evaluation.result import CriterionEvaluation, EvaluationResult

__all__ = ["evaluation_markdown"]

#: Judges whose claims are spelt out.
_SPELT = 4


def evaluation_markdown(result: EvaluationResult, *, title: str = "Evaluation of LLM judges") -> str:
    """Headline figures of every judge with their intervals, what the figures support, and the signature.

    Names in the data stay text, whatever Markdown would make of them.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> evaluation_markdown(result).splitlines()[0]
    '## Evaluation of LLM judges'
    """
    parts = [f"## {plain(title)}"]
    result = result.marked()
    for criterion, found in result.criteria.items():
        parts += [f"### {plain(criterion)}: {found.n_items} items", _table(found)]
        beside = ", ".join(f"{plain(name.replace('_', ' '))} {figure}" for name, figure in found.human.items())
        parts.append(f"People: {beside}.")
        for name, judge in list(found.judges.items())[:_SPELT]:
            held = [judge.held_out.sentence] if judge.held_out is not None and not judge.held_out.marked else []
            claims = "\n".join(f"- {plain(claim)}" for claim in (*held, *judge.claims))
            summary = f"<summary>{plain(name)}: what the figures support</summary>"
            parts.append(f"<details>{summary}\n\n{claims}\n\n</details>")
    where = f"the {result.split} split" if result.split else "all rated items"
    parts.append(f"On {where}, fingerprint `{result.fingerprint[:12] or 'not known'}`.")
    parts.append(f"`{result.signature.replace('`', '')}`")
    return "\n\n".join(parts) + "\n"


def _table(found: CriterionEvaluation) -> str:
    if found.scale.has_labels:
        judged = {name: judge.labels for name, judge in found.judges.items() if judge.labels is not None}
        return markdown_table(
            ["judge", "coverage", "kappa", "accuracy", "largest class", "balanced accuracy", "macro F1"],
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
    columns = ["judge", "coverage", "Spearman", "of one person", "surface alone", "beyond surface", "MAE", "alt-test"]
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
