"""From a rubric, demonstrations and an item to messages, in a form that small models can follow.

Everything that does not depend on the item comes first and is byte-identical over items: servers and llama.cpp compute
it once and keep it (prefix caching).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from alia_judge.errors import UsageError
from alia_judge.judging.fence import fence, fence_code
from alia_judge.judging.rubric import Rubric
from alia_judge.judging.wording import Wording, wording_for
from alia_judge.records import Scale

__all__ = ["PROMPT_VERSION", "Layout", "Message", "render", "render_rubric"]

#: Part of every cache key: changes when the same rubric and item are rendered otherwise than before.
PROMPT_VERSION = 1

#: ``"chat"``: the rubric as system message, each demonstration as a turn. ``"single"``: all of it in one user message,
#: for models that know no system role or lose the thread over turns.
Layout = Literal["chat", "single"]

Message = dict[str, str]

_ORDER = ("context", "reference", "prompt", "response", "response_b")


def render(
    rubric: Rubric,
    demonstrations: Iterable[Mapping[str, Any]],
    texts: Mapping[str, str | None],
    *,
    layout: Layout = "chat",
) -> list[Message]:
    """The messages that ask for one verdict.

    Parameters
    ----------
    rubric
        What to judge.
    demonstrations
        Texts as in `texts` with their ``score``; a demonstration without a score is left out, one between two points
        of an ordinal scale is shown at the nearest.
    texts
        The item's texts by field (prompt, response, context, reference); None and absent are the same.
    layout
        How they are laid out over messages.

    Returns
    -------
    list of dict
        ``role`` and ``content``. All but the last message, and for ``"single"`` all but the last fenced block, is the
        same for every item.

    Raises
    ------
    UsageError
        If there is no response to judge.
    """
    if texts.get("response") is None:
        raise UsageError("a judge needs a response to judge, got none; pass response=...")
    wording = wording_for(rubric.language)
    instructions = render_rubric(rubric)
    shots = [
        (_render_texts(demo, wording), answer) for demo in demonstrations if (answer := _answer(demo, rubric.scale))
    ]
    question = _render_texts(texts, wording)
    if layout == "single":
        parts = [instructions, *(f"{shot} {answer}" for shot, answer in shots), question]
        return [{"role": "user", "content": "\n\n".join(parts)}]
    messages: list[Message] = [{"role": "system", "content": instructions}]
    for shot, answer in shots:
        messages += [{"role": "user", "content": shot}, {"role": "assistant", "content": answer}]
    return [*messages, {"role": "user", "content": question}]


def render_rubric(rubric: Rubric) -> str:
    """The part of the prompt that is the same for every item: role, criterion, scale, steps, and how to answer."""
    wording = wording_for(rubric.language)
    terse = rubric.style == "terse"
    blocks = [
        wording.expert if rubric.style == "expert" else wording.role,
        f"{wording.criterion}: {rubric.criterion}",
    ]
    if rubric.instructions and rubric.instructions != rubric.criterion:
        blocks.append(f"{wording.instructions}: {rubric.instructions}")
    if rubric.steps and not terse:
        if rubric.style == "checklist":
            blocks.append("\n".join([f"{wording.checklist}:", *(f"- {step}" for step in rubric.steps)]))
        else:
            numbered = (f"{number}. {step}" for number, step in enumerate(rubric.steps, 1))
            blocks.append("\n".join([f"{wording.steps}:", *numbered]))
    blocks += [_render_scale(rubric, wording), wording.notice, _ask(rubric.scale, wording)]
    return "\n\n".join(block for block in blocks if block)


def _render_scale(rubric: Rubric, wording: Wording) -> str:
    scale = rubric.scale
    graded = scale.kind in ("ordinal", "continuous")
    heading = f"{wording.scale}:"
    if graded:
        best = wording.best.format(best=f"{scale.low if scale.reverse else scale.high:g}")
        heading = f"{heading} {scale.low:g}-{scale.high:g} ({best})"
    if graded and rubric.style == "terse":
        return heading
    points = scale.points or tuple(rubric.anchors)
    meant = ((point, rubric.words(point) or ("" if graded else scale.label(point))) for point in points)
    return "\n".join([heading, *(f"{point:g} = {words}" for point, words in meant if words)])


def _ask(scale: Scale, wording: Wording) -> str:
    span = {"low": f"{scale.low:g}", "high": f"{scale.high:g}"}
    if scale.kind == "continuous":
        return wording.ask_between.format(**span)
    consecutive = all(b - a == 1 for a, b in zip(scale.points, scale.points[1:], strict=False))
    if consecutive and scale.kind == "ordinal":
        return wording.ask_range.format(**span)
    return wording.ask_listed.format(points=", ".join(f"{point:g}" for point in scale.points))


def _render_texts(texts: Mapping[str, Any], wording: Wording) -> str:
    """The texts, each in its fence, then the cue for the answer. An empty prompt is no prompt; an empty response is."""
    present = {
        name: str(texts[name])
        for name in _ORDER
        if texts.get(name) is not None and (texts[name] != "" or name.startswith("response"))
    }
    code = fence_code(present)
    fenced: Sequence[str] = [fence(wording.fields[name], text, code) for name, text in present.items()]
    return "\n\n".join([*fenced, wording.cue])


def _answer(demonstration: Mapping[str, Any], scale: Scale) -> str:
    """The demonstrated score as the model should write it; empty where there is none.

    A consensus lies between the points of a graded scale; it is shown as the nearest one, of two the lower.
    """
    score = demonstration.get("score")
    if score is None:
        return ""
    point = scale.parse(score if isinstance(score, str) else float(score))
    if point is None and scale.kind == "ordinal" and not isinstance(score, str) and scale.low < score < scale.high:
        point = min(scale.points, key=lambda candidate: (abs(candidate - score), candidate))
    return "" if point is None else f"{point:g}"
