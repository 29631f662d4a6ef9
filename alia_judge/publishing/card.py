"""`model_card`: the README of a published judge, with the Hugging Face Hub's YAML front matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from alia_judge._messages import _, message
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.learnt import LearntFrom
from alia_judge.reporting.markdown import plain
from alia_judge.reporting.page import shown_figure
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from alia_judge.evaluation.result import CriterionEvaluation, EvaluationResult, JudgeEvaluation
    from alia_judge.probes import ProbeReport

__all__ = ["model_card"]

_FIGURES = {
    "accuracy": message("accuracy"),
    "balanced_accuracy": message("balanced accuracy"),
    "macro_f1": message("macro F1"),
    "true_positive_rate": message("true positive rate"),
    "false_positive_rate": message("false positive rate"),
}
_LEVELS = {
    "item": message("Spearman with the consensus, item level"),
    "within_group": message("Spearman with the consensus, within group level"),
    "system": message("Spearman with the consensus, system level"),
}


def model_card(
    *,
    name: str,
    rubrics: Sequence[Rubric],
    models: Sequence[str],
    n_demos: int,
    evaluation: EvaluationResult | None,
    probes: ProbeReport | None,
    facts: Mapping[str, Any],
    licence: str | None = None,
    made: Sequence[str] = (),
    learnt: LearntFrom | None = None,
) -> str:
    """The card's Markdown.

    Parameters
    ----------
    name
        What the judge is called.
    rubrics
        What its members are asked; one for a single judge.
    models
        The language models they ask, by name.
    n_demos
        Demonstrations in its prompts, which are part of the directory.
    evaluation
        The evaluation to state, or None.
    probes
        What probes did to it, or None.
    facts
        Of the manifest: benchmark, versions.
    licence
        SPDX identifier for the front matter.
    made
        How one verdict is made of several, a line each: a checklist's weights, a panel's rule.
    learnt
        What it learnt from; None where that is not known.
    """
    rubric = rubrics[0]
    parts = [
        _front_matter(name, rubrics, models, evaluation, licence),
        f"# {plain(name)}",
        _(
            "An LLM judge of **{criterion}** ({scale}), tuned on human ratings with "
            "[alia-judge](https://github.com/alia-judge/alia-judge). It gives one response at a time a score.",
            criterion=plain(rubric.criterion),
            scale=_scale(rubric),
        ),
        f"## {_('Use')}",
        '```python\nimport alia_judge as aj\n\njudge = aj.load_judge("PATH OR hf://ORG/NAME")\n'
        'judge(prompt="...", response="...").score\n```',
        _(
            "It asks {models}; pass `lm=` to `load_judge` to use another model (its figures are then not these). "
            "Loading checks every file against `manifest.json` and runs no code.",
            models=_listed(models),
        ),
        f"## {_('How well it agrees with people')}",
        _evaluated(evaluation),
        f"## {_('What moves it')}",
        _probed(probes),
        f"## {_('What it is asked')}",
        *(_rubric(each) for each in rubrics),
        *([_("How its score is made:"), "\n".join(f"- {plain(_(line))}" for line in made)] if made else []),
        _("Its prompts hold {n} demonstrations, which are in `judge.json`.", n=n_demos),
        f"## {_('Where it comes from')}",
        _facts(facts),
        _learnt(learnt),
        f"## {_('Limits')}",
        _(
            "The figures hold for items like those of the benchmark's test split. A correlation says that the judge "
            "orders items as people do on average; it does not say that any single score is right, nor that the judge "
            "is fair to every group of items. Where coverage is below 1, the judge left items unscored."
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(
    name: str,
    rubrics: Sequence[Rubric],
    models: Sequence[str],
    evaluation: EvaluationResult | None,
    licence: str | None,
) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    results = []
    for given, criterion in () if evaluation is None else [(evaluation, name) for name in evaluation.criteria]:
        found = given.judge(criterion=criterion)
        for statistic, estimate in _item_figures(found).items():
            if estimate.defined:
                results.append(
                    EvalResult(
                        task_type="text-classification",
                        task_name="agreement of an LLM judge with human ratings",
                        dataset_type=f"sha256:{given.fingerprint}",
                        dataset_name=f"human ratings of {criterion}",
                        dataset_split=given.split,
                        metric_type=statistic,
                        metric_name=f"item-level {statistic} with the consensus"
                        + (", held out" if _checked(found) else ""),
                        metric_value=round(estimate.value, 4),
                    )
                )
    data = ModelCardData(
        language=sorted({rubric.language for rubric in rubrics}),
        license=licence,
        library_name="alia-judge",
        tags=["llm-as-a-judge", "evaluation", "dspy", "alia-judge"],
        model_name=name,
        eval_results=results or None,
        judge_models=list(models),
    )
    return f"---\n{data.to_yaml()}\n---"


def _evaluated(evaluation: EvaluationResult | None) -> str:
    if evaluation is None:
        return _("It was published without an evaluation: nothing is known of how well it agrees with people.")
    said = [_evaluated_on(evaluation, criterion) for criterion in evaluation.criteria]
    return "\n\n".join([*said, f"{_('Settings')}: `{evaluation.signature.replace('`', '')}`"])


def _evaluated_on(evaluation: EvaluationResult, criterion: str) -> str:
    found, of_criterion = evaluation.judge(criterion=criterion), evaluation.criteria[criterion]
    if found.labels is not None:
        rows = [(_(_FIGURES.get(name, name)), figure) for name, figure in found.labels.figures.items()]
        rows.append((_("largest class (accuracy of always saying it)"), _plain(found.labels.majority)))
    else:
        rows = _rows_of_grades(found, of_criterion)
    table = "\n".join(f"| {label} | {_estimate(estimate)} |" for label, estimate in rows)
    where = _("the {split} split of a benchmark", split=evaluation.split) if evaluation.split else _("all rated items")
    held = _("held out by its author's word") if found.held_out is None else _(found.held_out.sentence)
    claims = "\n".join(f"- {plain(_(claim))}." for claim in found.claims)
    scored = _(
        "On {where}: {n} of {of} items scored (coverage {coverage:.3f}). These items are {held}.",
        where=where,
        n=found.n_items,
        of=found.n_asked,
        coverage=found.coverage,
        held=plain(held),
    )
    head = f"| {plain(criterion)} | {_('value and interval')} |\n|---|---|"
    return f"{scored}\n\n{head}\n{table}\n\n{claims}"


def _checked(found: JudgeEvaluation) -> bool:
    return found.held_out is not None and found.held_out.checked


def _learnt(learnt: LearntFrom | None) -> str:
    if learnt is None:
        return _("There is no record of what it learnt from.")
    if not len(learnt):
        return _("It learnt from no item.")
    return _(
        "It learnt from {n} items: `learnt-from.json` holds digests of them, no text and no id, by which alia-judge "
        "tells whether an item that it is tested on is among them.",
        n=len(learnt),
    )


def _probed(probes: ProbeReport | None) -> str:
    if probes is None:
        return _("It was published without probes: nothing is known of its biases.")
    rows = "\n".join(
        f"| {plain(one.probe)} | {one.dose:g} | {_('no') if one.expectation == 'same' else _('lower')} | "
        f"{_estimate(one.shift)} | {plain(_(one.told()))} |"
        for one in probes.results
    )
    columns = (_("change"), _("dose"), _("should the score move?"), _("mean shift"), _("outcome"))
    table = f"| {' | '.join(columns)} |\n|---|---|---|---|---|\n{rows}"
    said = plain(_(probes.summary))
    return f"{said[:1].upper()}{said[1:]}.\n\n{table}"


def _rubric(rubric: Rubric) -> str:
    lines = [f"**{plain(rubric.criterion)}** ({rubric.language}, {rubric.style})"]
    if rubric.instructions:
        lines.append(plain(rubric.instructions))
    lines += [f"- {rubric.scale.label(point)}: {plain(words)}" for point, words in rubric.anchors.items()]
    lines += [f"{number}. {plain(step)}" for number, step in enumerate(rubric.steps, start=1)]
    return "\n\n".join(lines[:2]) + ("\n\n" + "\n".join(lines[2:]) if lines[2:] else "")


def _facts(facts: Mapping[str, Any]) -> str:
    lines = []
    if facts.get("benchmark"):
        lines.append(f"- {_('benchmark')}: `{facts['benchmark']}`")
    lines += [f"- {package} {number}" for package, number in facts.get("versions", {}).items()]
    return "\n".join(lines) or _("Nothing is stated.")


def _scale(rubric: Rubric) -> str:
    scale = rubric.scale
    if scale.kind == "continuous":
        return _("{low:g} to {high:g}", low=scale.low, high=scale.high)
    return ", ".join(plain(scale.label(point)) for point in scale.points)


def _listed(models: Sequence[str]) -> str:
    return ", ".join(f"`{model.replace('`', '')}`" for model in models) or _("whichever model DSPy is configured with")


def _estimate(estimate: Estimate) -> str:
    return shown_figure(estimate).replace("|", "\\|")


def _item_figures(found: JudgeEvaluation) -> Mapping[str, Estimate]:
    """The figures over items by name: correlations, or of labels kappa, accuracy and the rest."""
    return found.correlation["item"] if found.labels is None else found.labels.figures


def _rows_of_grades(found: JudgeEvaluation, of_criterion: CriterionEvaluation) -> list[tuple[str, Estimate]]:
    rows = [
        (_(_LEVELS[level]) if level in _LEVELS else level, estimates["spearman"])
        for level, estimates in found.correlation.items()
    ]
    return [
        *rows,
        (_("Kendall, item level"), found.correlation["item"]["kendall"]),
        (_("Pearson, item level"), found.correlation["item"]["pearson"]),
        (_("one person against the others (Spearman)"), of_criterion.human["leave_one_out"]),
        (_("share of what one person reaches"), found.share_of_ceiling),
        (_("surface features alone (Spearman)"), found.surface["spearman"]),
        (_("partial Spearman given surface features"), found.surface["partial_spearman"]),
    ]


def _plain(value: float) -> Estimate:
    return Estimate(statistic="majority", value=value)
