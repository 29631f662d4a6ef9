"""From a configuration's JSON to the judge that it stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from alia_judge._messages import message
from alia_judge.benchmark.split import Split
from alia_judge.errors import UsageError
from alia_judge.judging.prompt.points import PointOrder
from alia_judge.judging.prompt.prompt import render_rubric
from alia_judge.judging.question.granularity import same_points
from alia_judge.judging.rubrics.rubric import Rubric, RubricStyle
from alia_judge.records import Configuration

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import CompositeJudge

__all__ = [
    "build_judge",
    "calls_of",
    "criteria_parameters",
    "demonstrations",
    "language_parameters",
    "name_of",
    "rubric_of",
    "rubric_parameters",
    "rubrics_together",
    "together_parameters",
    "told_apart",
    "with_rubric",
]

#: Parameters that say nothing in a name, or too much.
_UNNAMED = ("rubric", "rubrics", "criteria", "demo_item_ids", "layout", "calls_per_item")
#: Parameters that go with a way of asking that a rubric of another's does not have.
_OF_A_KIND = ("kind", "criteria", "rubrics")


def calls_of(configuration: Configuration) -> int:
    """Calls it takes to judge one item: one, unless the configuration says otherwise."""
    return int(configuration.parameters.get("calls_per_item", 1))


def build_judge(
    configuration: Configuration, judge: Judge, demos: Mapping[str, Mapping[str, Any]]
) -> Judge | CompositeJudge:
    """The judge that a configuration stands for; `demos` by item id, and `judge` gives what it leaves out.

    Raises
    ------
    UsageError
        If `judge` is of a kind that asks something else.
    """
    from alia_judge.judging.judge import Judge as JudgeClass
    from alia_judge.judging.kinds import (
        AnalyticJudge,
        ChecklistJudge,
        CriteriaJudge,
        LanguageJudge,
        PanelJudge,
        SampledJudge,
    )

    several = isinstance(judge, CriteriaJudge)
    if not several and type(judge) is not JudgeClass:
        raise UsageError(
            message(
                "a search varies a Judge that asks for one score, or a CriteriaJudge, got a {kind}; "
                "start from a Judge of the criterion and name other ways of asking in "
                "SearchSpace(kinds=..., samples=...)",
                kind=type(judge).__name__,
            )
        )
    parameters = configuration.parameters
    rubric, lm = rubric_of(configuration, judge), parameters.get("model") or judge.lm
    settings: dict[str, Any] = {
        "layout": parameters["layout"],
        "output": "text" if parameters["layout"] == "prefill" else judge.output,
        "subject": judge.subject,
        "settings": {**judge.settings, **parameters.get("settings", {})},
        "top_logprobs": judge.top_logprobs,
        "min_mass": judge.min_mass,
    }
    shown: dict[str, Any] = {
        "demos": [demos[item_id] for item_id in parameters.get("demo_item_ids", ())],
        "neighbours": parameters.get("neighbours"),
    }
    if isinstance(judge, CriteriaJudge):
        criteria = [Rubric.from_dict(one) for one in parameters.get("criteria", ())] or judge.criteria
        style: RubricStyle = "expert" if criteria[0].style == "expert" else "anchored"
        whole = replace(judge.rubric, language=criteria[0].language, style=style)
        return CriteriaJudge(whole, criteria, lm, scales=judge.scales, focus=judge.focus, **settings, **shown)
    settings["reasoning"] = parameters.get("reasoning", "none")
    if parameters.get("kind") in ("checklist", "analytic") and not same_points(rubric.scale, judge.scale):
        rubric = replace(rubric, scale=judge.scale, anchors={})
    if parameters.get("kind") == "checklist":
        return ChecklistJudge(rubric, lm, **settings)
    if parameters.get("kind") == "analytic":
        criteria = [Rubric.from_dict(one) for one in parameters["criteria"]]
        return AnalyticJudge(rubric, criteria, lm, **settings)
    settings |= {
        **shown,
        "granularity": parameters.get("granularity"),
        "scale": judge.scale,
    }
    if "rubrics" in parameters:
        return LanguageJudge([JudgeClass(Rubric.from_dict(one), lm, **settings) for one in parameters["rubrics"]])
    order, names = parameters.get("point_order", "ascending"), parameters.get("point_names", "digits")
    if order == "both":
        ends = [JudgeClass(rubric, lm, **settings, point_order=end, point_names=names) for end in get_args(PointOrder)]
        return PanelJudge(ends, rule="mean" if judge.scale.ordered else "vote", quorum=2)
    one = JudgeClass(rubric, lm, **settings, point_order=order, point_names=names)
    samples = parameters.get("samples", 1)
    return one if samples == 1 else SampledJudge(one, samples, temperature=None)


def rubric_of(configuration: Configuration, judge: Judge) -> Rubric:
    """The rubric that a configuration asks by, the first of several; `judge`'s where it names none."""
    parameters = configuration.parameters
    rubric = parameters["rubrics"][0] if "rubrics" in parameters else parameters.get("rubric")
    return judge.rubric if rubric is None else Rubric.from_dict(rubric)


def with_rubric(configuration: Configuration, rubric: Rubric, further: Mapping[str, Any]) -> Configuration:
    """The configuration that asks for a score by another rubric, with further parameters.

    A checklist, criteria and rubrics of several languages are left behind: the new rubric has none of its own.
    """
    kept = {name: value for name, value in configuration.parameters.items() if name not in _OF_A_KIND}
    if kept.get("samples", 1) == 1:
        kept.pop("calls_per_item", None)
    parameters = {**kept, **rubric_parameters(rubric), **further}
    return Configuration(parameters=parameters, name=name_of(parameters))


def demonstrations(item_ids: Sequence[str], train: Split) -> list[dict[str, Any]]:
    """Train items as a judge is shown them, with the scale point nearest to what people said."""
    places = {item.item_id: place for place, item in enumerate(train.items)}
    missing = [item_id for item_id in item_ids if item_id not in places]
    if missing:
        raise UsageError(
            message(
                "demonstration {missing!r} is not among the {n} train items; pass the same train split",
                missing=missing[0],
                n=len(train),
            )
        )
    if train.parts:
        return [
            {
                **train.items[places[one]].fields(),
                "scores": {part.criterion: _nearest(part, places[one]) for part in train.parts},
            }
            for one in item_ids
        ]
    return [
        {**train.items[places[item_id]].fields(), "score": _nearest(train, places[item_id])} for item_id in item_ids
    ]


def _nearest(split: Split, place: int) -> float:
    value, points = float(split.scale.oriented(split.target)[place]), split.scale.points
    return min(points, key=lambda point: abs(point - value)) if points else value


def rubric_parameters(rubric: Rubric) -> dict[str, Any]:
    """A rubric as parameters of a configuration."""
    return {"rubric_style": rubric.style, "rubric_language": rubric.language, "rubric": rubric.to_dict()}


def language_parameters(rubrics: Sequence[Rubric]) -> dict[str, Any]:
    """One rubric in several languages as parameters of a configuration."""
    return {
        "rubric_style": rubrics[0].style,
        "rubric_language": "item",
        "rubrics": [rubric.to_dict() for rubric in rubrics],
    }


def criteria_parameters(rubric: Rubric | None, criteria: Sequence[Rubric]) -> dict[str, Any]:
    """Criteria that are asked one by one as parameters of a configuration; the style of the whole says nothing then."""
    whole = {} if rubric is None else rubric_parameters(replace(rubric, style="anchored"))
    return {
        **whole,
        "kind": "analytic",
        "criteria": [one.to_dict() for one in criteria],
        "calls_per_item": len(criteria),
    }


def together_parameters(rubrics: Sequence[Rubric]) -> dict[str, Any]:
    """Criteria that one call asks together as parameters of a configuration; none are the judge's own."""
    if not rubrics:
        return {"kind": "criteria"}
    first = {"rubric_style": rubrics[0].style, "rubric_language": rubrics[0].language}
    return {**first, "kind": "criteria", "criteria": [one.to_dict() for one in rubrics]}


def rubrics_together(variants: Sequence[Sequence[Rubric]]) -> tuple[tuple[Rubric, ...], ...]:
    """Sets of rubrics that one call may ask together, from the variants of each criterion.

    Those of one set are alike, in language and style; a criterion without such a variant has its first in that
    language, or else its first. Sets that read the same are one.
    """
    sets: dict[tuple[str, ...], tuple[Rubric, ...]] = {}
    for alike in dict.fromkeys((one.language, one.style) for rubrics in variants for one in rubrics):
        chosen = tuple(
            next(
                (one for one in rubrics if (one.language, one.style) == alike),
                next((one for one in rubrics if one.language == alike[0]), rubrics[0]),
            )
            for rubrics in variants
        )
        sets.setdefault(tuple(f"{one.language} {one.style == 'expert'} {render_rubric(one)}" for one in chosen), chosen)
    return tuple(sets.values())


def told_apart(configurations: Iterable[Configuration]) -> list[Configuration]:
    """The configurations, with the beginning of their rubrics' fingerprints in names that several share."""
    known = list(configurations)
    count = Counter(one.name for one in known)
    return [
        one if count[one.name] == 1 else Configuration(parameters=one.parameters, name=f"{one.name}{_rubrics(one)}")
        for one in known
    ]


def _rubrics(configuration: Configuration) -> str:
    parameters = configuration.parameters
    rubrics = (
        parameters.get("rubrics")
        or parameters.get("criteria")
        or [parameters[name] for name in ("rubric",) if name in parameters]
    )
    prints = [Rubric.from_dict(one).fingerprint[:4] for one in rubrics]
    return f", rubric={'+'.join(prints)}" if prints else ""


def name_of(parameters: Mapping[str, Any]) -> str:
    """A configuration's name: what tells it from others, for people."""
    return ", ".join(f"{name}={value}" for name, value in parameters.items() if name not in _UNNAMED)
