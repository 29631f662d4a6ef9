"""Rubrics as other tools write them: MLflow's `make_judge`, Prometheus, Flow-Judge and Ragas, promptfoo, DeepEval.

Only the words are read; how each tool asks and reads the answer is not copied. Templates are never expanded: a variable
becomes the name under which this library shows that text, and one it does not know is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import wording_for
from alia_judge.records import Scale

__all__ = ["rubric_from_geval", "rubric_from_mlflow", "rubric_from_prometheus", "rubric_from_promptfoo"]

_VARIABLE = re.compile(r"\{\{-?\s*([A-Za-z_][\w.]*)\s*-?\}\}")
_MLFLOW = {
    "inputs": "prompt",
    "outputs": "response",
    "expectations": "reference",
    "trace": "trace",
    "conversation": "conversation",
}
#: A block or a comment of Jinja.
_BLOCK = re.compile(r"\{[%#][^}]{0,60}\}?")
_PROMPTFOO = {"output": "response", "prompt": "prompt"}
_POINT = re.compile(
    r"^[ \t]*(?:[-*][ \t]*)?\**Score[ \t]+([-+]?\d+(?:\.\d+)?|[^\W\d]+)\**[ \t]*[:.)-]\**[ \t]*", re.M | re.I
)
_DESCRIPTION = re.compile(r"score(\d+)_description")
_HEADING = re.compile(r"^#+[ \t]*Score[ \t]+Rubrics?[ \t]*:?[ \t]*$", re.M | re.I)
_TAGGED = re.compile(r"<(evaluation_criteria|scoring_rubric)>(.*?)</\1>", re.S | re.I)


def rubric_from_mlflow(
    instructions: str,
    *,
    name: str,
    feedback_value_type: Any = None,
    scale: Scale | None = None,
    language: str = "en",
) -> Rubric:
    """A rubric from what `mlflow.genai.judges.make_judge` is given.

    Parameters
    ----------
    instructions, name, feedback_value_type
        As for `make_judge`. ``bool`` is a yes-no scale; a `Literal` of numbers, those points; a `Literal` of words,
        labels without an order, unless `scale` gives them one.
    scale
        What the values are; needed for ``int``, ``float`` and ``str``, which name no scale.
    language
        Of the instructions.

    Raises
    ------
    UsageError
        If there is no scale to be had, or a variable that is none of MLflow's.

    Examples
    --------
    >>> words = "Is {{ outputs }} an answer to {{ inputs }}?"
    >>> rubric = rubric_from_mlflow(words, name="answers", feedback_value_type=bool)
    >>> rubric.instructions, rubric.scale.labels
    ('Is Response an answer to Prompt?', ('no', 'yes'))
    """
    if scale is None:
        scale = _scale_of(feedback_value_type, name, language)
    return Rubric(
        criterion=name, scale=scale, instructions=_named(instructions, _MLFLOW, language, "MLflow's"), language=language
    )


def rubric_from_prometheus(
    source: str | Mapping[str, Any], *, criterion: str | None = None, language: str = "en"
) -> Rubric:
    """A rubric from Prometheus' or Flow-Judge's layout.

    Parameters
    ----------
    source
        The mapping of Prometheus' data (``criteria``, ``score1_description``, ...), or text: a criterion and a line
        ``Score 1: ...`` for each point, alone, below ``###Score Rubrics:`` in a whole prompt, or in Flow-Judge's
        ``<evaluation_criteria>`` and ``<scoring_rubric>``. Points may be numbers or words (``Score YES:``).
    criterion
        What to call it; None takes the criterion's own words. Ragas' rubrics, which have the descriptions alone, need
        one.
    language
        Of the rubric.

    Raises
    ------
    UsageError
        If there is no criterion, or fewer than two points.

    Examples
    --------
    >>> rubric = rubric_from_prometheus("[Is it polite?]\\nScore 1: Rude.\\nScore 2: Neutral.\\nScore 3: Polite.")
    >>> rubric.criterion, rubric.scale.points, rubric.anchors[3.0]
    ('Is it polite?', (1.0, 2.0, 3.0), 'Polite.')
    """
    question, meanings = _from_data(source) if isinstance(source, Mapping) else _from_text(source)
    question = question or criterion or ""
    if not question:
        raise UsageError(
            message("a Prometheus rubric begins with its criterion, in brackets or under 'criteria'; found none")
        )
    if len(meanings) < 2:
        raise UsageError(
            message(
                "a Prometheus rubric has a line 'Score N: ...' for each point, at least 2, got {n}", n=len(meanings)
            )
        )
    scale, anchors = _points(meanings)
    return Rubric(
        criterion=criterion or question, scale=scale, instructions=question, anchors=anchors, language=language
    )


def rubric_from_promptfoo(
    assertion: str | Mapping[str, Any],
    *,
    criterion: str = "rubric",
    variables: Mapping[str, str] | None = None,
    scale: Scale | None = None,
    language: str = "en",
) -> Rubric:
    """A rubric from an assertion of promptfoo's of type ``llm-rubric`` or ``g-eval``.

    Parameters
    ----------
    assertion
        The assertion, or its value alone. A list of values is a rubric's steps. Its threshold, weight and provider are
        not part of what is asked.
    criterion
        What to call it.
    variables
        Which of an item's texts each of the test's variables is (``{"question": "prompt"}``); ``output`` is the
        response.
    scale
        None is promptfoo's own, any number from 0 to 1.
    language
        Of the assertion.

    Raises
    ------
    UsageError
        If the type is another, the value is no text, names a file, holds a block of a template, or comes with a prompt
        of its own, or a variable is not among `variables`.

    Examples
    --------
    >>> assertion = {"type": "llm-rubric", "value": "Answers {{question}}"}
    >>> rubric = rubric_from_promptfoo(assertion, variables={"question": "prompt"})
    >>> rubric.instructions, rubric.scale.high
    ('Answers Prompt', 1.0)
    """
    value: Any = assertion
    if isinstance(assertion, Mapping):
        if assertion.get("type") not in ("llm-rubric", "g-eval"):
            raise UsageError(
                message("an assertion's type must be llm-rubric or g-eval, got {type!r}", type=assertion.get("type"))
            )
        if assertion.get("rubricPrompt"):
            raise UsageError(
                message(
                    "the assertion's rubricPrompt asks in words of its own, for which a rubric has no "
                    "place; say what it adds in the value, and leave rubricPrompt out"
                )
            )
        value = assertion.get("value")
        criterion = str(assertion.get("metric") or criterion)
    lines = [value] if isinstance(value, str) else value
    if (
        not isinstance(lines, Sequence)
        or not lines
        or not all(isinstance(line, str) and line.strip() for line in lines)
    ):
        raise UsageError(message("an assertion's value must be text or a list of texts, got {value!r}", value=value))
    for line in lines:
        if line.strip().startswith("file://"):
            raise UsageError(
                message("the assertion's value names a file, {line!r}; pass what the file holds", line=line.strip())
            )
        if (block := _BLOCK.search(line)) is not None:
            raise UsageError(
                message(
                    "the assertion's value holds a block of a template, {block!r}, which is never run; "
                    "write out what it would give",
                    block=block.group(),
                )
            )
    known = _PROMPTFOO | dict(variables or {})
    words = [_named(line.strip(), known, language, "the assertion's") for line in lines]
    return Rubric(
        criterion=criterion,
        scale=scale or Scale.continuous(0, 1),
        instructions=words[0] if len(words) == 1 else "",
        steps=tuple(words) if len(words) > 1 else (),
        language=language,
    )


def rubric_from_geval(metric: Mapping[str, Any], *, language: str = "en") -> Rubric:
    """A rubric from what DeepEval's `GEval` is given: ``name``, ``criteria`` or ``evaluation_steps``, and ``rubric``.

    Parameters
    ----------
    metric
        By the names of `GEval`'s arguments. Its ``rubric``, a list of ``score_range`` and ``expected_outcome``, gives
        anchors, each at the top of its range. The scale is G-Eval's, 0 to 10; a threshold and a model are not part of
        what is asked.
    language
        Of the criteria.

    Raises
    ------
    UsageError
        If there is no name, or neither criteria nor steps.

    Examples
    --------
    >>> rubric = rubric_from_geval({"name": "Correctness", "criteria": "Is it right?", "threshold": 0.5})
    >>> rubric.criterion, rubric.instructions, rubric.scale.high
    ('Correctness', 'Is it right?', 10.0)
    """
    name, criteria = metric.get("name"), metric.get("criteria") or ""
    steps = metric.get("evaluation_steps") or ()
    if not isinstance(name, str) or not name.strip():
        raise UsageError(message("a G-Eval metric has a name, got {name!r}", name=name))
    if not isinstance(criteria, str) or not isinstance(steps, (list, tuple)) or not (criteria.strip() or steps):
        raise UsageError(
            message(
                "the G-Eval metric {name!r} has criteria (text) or evaluation_steps (a list of texts), or both",
                name=name,
            )
        )
    anchors: dict[float, str] = {}
    for level in metric.get("rubric") or ():
        span, outcome = level.get("score_range"), level.get("expected_outcome")
        if not isinstance(span, (list, tuple)) or len(span) != 2 or not isinstance(outcome, str):
            raise UsageError(
                message(
                    "a level of a G-Eval rubric has score_range (two numbers) and expected_outcome, got {level!r}",
                    level=level,
                )
            )
        anchors[float(span[1])] = outcome
    return Rubric(
        criterion=name.strip(),
        scale=Scale.ordinal(0, 10),
        instructions=criteria.strip(),
        steps=tuple(str(step).strip() for step in steps),
        anchors=anchors,
        language=language,
    )


def _scale_of(kind: Any, name: str, language: str) -> Scale:
    if kind is bool:
        return Scale.binary(wording_for(language).no_yes)
    values = get_args(kind) if get_origin(kind) is Literal else ()
    if len(values) > 1 and all(isinstance(value, str) for value in values):
        return Scale.nominal(values)
    if len(values) > 1 and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return Scale(kind="ordinal", points=tuple(sorted(float(value) for value in values)))
    raise UsageError(
        message(
            "the values of {name!r} name no scale: feedback_value_type is {kind!r}; pass "
            "scale=Scale.ordinal(1, 5), Scale.continuous(0, 1) ...",
            name=name,
            kind=kind,
        )
    )


def _named(text: str, known: Mapping[str, str], language: str, whose: str) -> str:
    """`text` with each variable as the name under which the prompt shows that text."""
    fields = wording_for(language).fields

    def name(match: re.Match[str]) -> str:
        field = known.get(match[1])
        if field is None or field not in fields:
            raise UsageError(
                message(
                    "{{{{ {name} }}}} is none of {whose} variables ({known}); it would have to be one of "
                    "an item's texts: {fields}",
                    name=match[1],
                    whose=whose,
                    known=", ".join(sorted(known)),
                    fields=", ".join(sorted(fields)),
                )
            )
        return fields[field]

    return _VARIABLE.sub(name, text).strip()


def _from_data(data: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    found = {match[1]: str(words) for key, words in data.items() if (match := _DESCRIPTION.fullmatch(str(key)))}
    return str(data.get("criteria") or "").strip().strip("[]").strip(), found


def _from_text(text: str) -> tuple[str, dict[str, str]]:
    tagged = {match[1].lower(): match[2] for match in _TAGGED.finditer(text)}
    if tagged:
        text = f"{tagged.get('evaluation_criteria', '')}\n{tagged.get('scoring_rubric', '')}"
    elif (heading := _HEADING.search(text)) is not None:
        text = re.split(r"^#+", text[heading.end() :], maxsplit=1, flags=re.M)[0]
    starts = list(_POINT.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    question = text[: starts[0].start()] if starts else text
    meanings: dict[str, str] = {}
    for match, end in zip(starts, ends, strict=True):
        if match[1] in meanings:
            raise UsageError(message("score {name} is described twice", name=match[1]))
        meanings[match[1]] = " ".join(text[match.end() : end].split())
    return " ".join(question.split()).strip("[]* ").strip(), meanings


def _points(meanings: Mapping[str, str]) -> tuple[Scale, dict[float, str]]:
    try:
        anchors = {float(point): words for point, words in meanings.items()}
    except ValueError:
        labels = list(meanings)
        lowered = {label.casefold() for label in labels}
        if lowered == {"yes", "no"}:
            labels.sort(key=lambda label: label.casefold() == "yes")
            scale = Scale.binary(labels)
        else:
            scale = Scale.nominal(labels)
        return scale, {point: meanings[label] for point, label in zip(scale.points, scale.labels, strict=True)}
    return Scale(kind="ordinal", points=tuple(sorted(anchors))), anchors
