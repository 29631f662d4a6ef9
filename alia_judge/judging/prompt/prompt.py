"""From a rubric, demonstrations and an item to messages, in a form that small models can follow.

Everything that does not depend on the item comes first and is byte-identical over items: servers and llama.cpp compute
it once and keep it (prefix caching).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from alia_judge.judging.answer.layout import Output, Reasoning
from alia_judge.judging.answer.structured import shape, written
from alia_judge.judging.answer.vocabulary import PAIR_ANSWERS
from alia_judge.judging.prompt.points import AS_USUAL, PointsShown
from alia_judge.judging.prompt.shown import Shown, Subject
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import Wording, wording_for
from alia_judge.records.images import image_mark

__all__ = [
    "PROMPT_VERSION",
    "Layout",
    "Message",
    "Opening",
    "Reasoning",
    "laid_out",
    "opening",
    "render",
    "render_criterion",
    "render_rubric",
    "render_scale",
]

#: Part of every cache key: changes when the same rubric and item are rendered otherwise than before.
PROMPT_VERSION = 2

#: ``"chat"``: the rubric as system message, each demonstration as a turn. ``"single"``: all of it in one user message,
#: for models that know no system role or lose the thread over turns. ``"prefill"``: as ``"chat"``, with the cue as the
#: beginning of the model's own answer, for servers that continue it (llama.cpp does): it keeps small models to a
#: number.
Layout = Literal["chat", "single", "prefill"]

#: ``role`` and ``content``: a text, or parts where there are images.
Message = dict[str, Any]


def render(
    rubric: Rubric,
    demonstrations: Iterable[Mapping[str, Any]],
    texts: Mapping[str, str | None],
    *,
    layout: Layout = "chat",
    reasoning: Reasoning = "none",
    output: Output = "text",
    subject: Subject = "response",
) -> list[Message]:
    """The messages that ask for one verdict.

    Parameters
    ----------
    rubric
        What to judge.
    demonstrations
        Texts as in `texts` with their ``score`` and, where reasons are asked for, perhaps their ``reasons``; a
        demonstration without a score is left out, one between two points of an ordinal scale is shown at the nearest.
    texts
        The item's texts by field (prompt, response, context, reference, turns, trace; of a pair, response_b); None and
        absent are the same.
    layout
        How they are laid out over messages.
    reasoning
        Whether to ask for reasons before or after the score.
    output
        Whether to ask for the score alone or for a JSON object.
    subject
        What is judged of a conversation.

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
    made = opening(rubric, demonstrations, layout=layout, reasoning=reasoning, output=output, subject=subject)
    return made.ask(texts)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """The part of a prompt that is the same for every item, rendered.

    Parameters
    ----------
    messages
        The rubric and the demonstrations; empty for the layout ``"single"``.
    leading
        What stands before the item's texts in their own message.
    shown
        How an item's texts are shown.
    cue, begun
        What the model is to go on from: at the end of the item's message, or as the beginning of its own answer.
    """

    messages: tuple[Message, ...]
    leading: str
    shown: Shown
    cue: str
    begun: str

    def ask(self, texts: Mapping[str, Any]) -> list[Message]:
        """The messages for one item; see `render`."""
        self.shown.check(texts)
        if images := texts.get("images"):
            content: Any = _with_images(self.leading + self.shown.render(texts, ""), images, self.cue)
        else:
            content = self.leading + self.shown.render(texts, self.cue)
        question = {"role": "user", "content": content}
        messages = [*self.messages, question]
        return [*messages, {"role": "assistant", "content": self.begun}] if self.begun else messages


def opening(
    rubric: Rubric,
    demonstrations: Iterable[Mapping[str, Any]],
    *,
    layout: Layout = "chat",
    reasoning: Reasoning = "none",
    output: Output = "text",
    subject: Subject = "response",
    points: PointsShown = AS_USUAL,
) -> Opening:
    """What `render` renders of all but the item; `points` says how those of the scale are listed."""
    wording = wording_for(rubric.language)
    names = dict(wording.fields)
    required: tuple[str, ...] = ("response",)
    if rubric.scale.kind == "pairwise":
        required = ("response", "response_b")
        names |= dict(zip(required, wording.pair, strict=True))
    shown = Shown(names=names, required=required, wording=wording, subject=subject)
    cue = wording.reasons if reasoning == "first" else wording.cue
    answered = ((demo, _answer(demo, rubric, points)) for demo in demonstrations)
    return laid_out(
        render_rubric(rubric, reasoning=reasoning, output=output, subject=subject, points=points),
        [(demo, _reply(demo, answer, wording, reasoning, output)) for demo, answer in answered if answer],
        shown,
        layout=layout,
        cue="" if output == "json" else cue,
    )


def _with_images(texts: str, images: Iterable[str], cue: str) -> list[dict[str, Any]]:
    """Parts in OpenAI's shape: the texts, each image after the mark that stands for it in them, and the cue."""
    parts: list[dict[str, Any]] = [{"type": "text", "text": texts}]
    for image in images:
        parts += [{"type": "text", "text": image_mark(image)}, {"type": "image_url", "image_url": {"url": image}}]
    return [*parts, {"type": "text", "text": cue}] if cue else parts


def laid_out(
    instructions: str,
    answered: Iterable[tuple[Mapping[str, Any], str]],
    shown: Shown,
    *,
    layout: Layout,
    cue: str,
) -> Opening:
    """Instructions and answered demonstrations over messages.

    Parameters
    ----------
    instructions
        The same for every item.
    answered
        Demonstrations, each with the answer it is shown with.
    shown
        How their texts, and an item's, are shown.
    layout
        Over which messages.
    cue
        What the model is to go on from.
    """
    begun = cue if layout == "prefill" else ""
    cue = "" if begun else cue
    shots = [(shown.render(demo, cue), answer) for demo, answer in answered]
    messages: list[Message] = []
    leading = ""
    if layout == "single":
        leading = "\n\n".join([instructions, *(f"{shot} {answer}" for shot, answer in shots), ""])
    else:
        messages.append({"role": "system", "content": instructions})
        for shot, answer in shots:
            answered_turn = {"role": "assistant", "content": f"{begun} {answer}".strip()}
            messages += [{"role": "user", "content": shot}, answered_turn]
    return Opening(messages=tuple(messages), leading=leading, shown=shown, cue=cue, begun=begun)


def render_rubric(
    rubric: Rubric,
    *,
    reasoning: Reasoning = "none",
    output: Output = "text",
    subject: Subject = "response",
    points: PointsShown = AS_USUAL,
) -> str:
    """The part of the prompt that is the same for every item: role, criterion, scale, steps, and how to answer."""
    wording = wording_for(rubric.language)
    pair, expert = rubric.scale.kind == "pairwise", rubric.style == "expert"
    role = wording.expert if expert else wording.role
    if pair:
        role = wording.pair_expert if expert else wording.pair_role
    blocks = [role, *render_criterion(rubric)]
    if not pair:
        blocks.append(render_scale(rubric, points))
    blocks += [wording.notice, *([wording.whole] if subject == "conversation" else [])]
    return "\n\n".join([*blocks, _ask(rubric, wording, reasoning, output, points)])


def render_criterion(rubric: Rubric) -> list[str]:
    """What is judged: the criterion, what it means, and its steps."""
    wording = wording_for(rubric.language)
    blocks = [f"{wording.criterion}: {rubric.criterion}"]
    if rubric.instructions and rubric.instructions != rubric.criterion:
        blocks.append(f"{wording.instructions}: {rubric.instructions}")
    if rubric.steps and rubric.style != "terse":
        if rubric.style == "checklist":
            blocks.append("\n".join([f"{wording.checklist}:", *(f"- {step}" for step in rubric.steps)]))
        else:
            numbered = (f"{number}. {step}" for number, step in enumerate(rubric.steps, 1))
            blocks.append("\n".join([f"{wording.steps}:", *numbered]))
    return blocks


def render_scale(rubric: Rubric, points: PointsShown = AS_USUAL) -> str:
    """The scale, and what its points mean."""
    wording, scale = wording_for(rubric.language), rubric.scale
    graded = scale.kind in ("ordinal", "continuous")
    heading = f"{wording.scale}:"
    if not points.usual:
        named = points.named(rubric)
        if graded:
            best = named[scale.low if scale.reverse else scale.high]
            heading = f"{heading} {', '.join(named.values())} ({wording.best.format(best=best)})"
        meanings = (
            (name, "" if rubric.style == "terse" and graded else rubric.words(point)) for point, name in named.items()
        )
        return "\n".join([heading, *(f"{name} = {words}" for name, words in meanings if words and words != name)])
    if graded:
        best = wording.best.format(best=f"{scale.low if scale.reverse else scale.high:g}")
        heading = f"{heading} {scale.low:g}-{scale.high:g} ({best})"
    if graded and rubric.style == "terse":
        return heading
    shown = scale.points or tuple(rubric.anchors)
    meant = ((point, rubric.words(point) or ("" if graded else scale.label(point))) for point in shown)
    return "\n".join([heading, *(f"{point:g} = {words}" for point, words in meant if words)])


def _ask(rubric: Rubric, wording: Wording, reasoning: Reasoning, output: Output, points: PointsShown) -> str:
    scale = rubric.scale
    ties = 0.0 in scale.points
    consecutive = all(b - a == 1 for a, b in zip(scale.points, scale.points[1:], strict=False))
    if scale.kind == "pairwise":
        only, among = (
            (wording.ask_pair_or_tie, wording.score_pair_or_tie) if ties else (wording.ask_pair, wording.score_pair)
        )
    elif not points.usual:
        digits = points.names == "digits"
        only = wording.ask_listed if digits else wording.ask_named
        among = wording.score_listed if digits else wording.score_named
    elif scale.kind == "continuous":
        only, among = wording.ask_between, wording.score_between
    elif consecutive and scale.kind == "ordinal":
        only, among = wording.ask_range, wording.score_range
    else:
        only, among = wording.ask_listed, wording.score_listed
    listed = ", ".join(points.named(rubric).values() if not points.usual else (f"{one:g}" for one in scale.points))
    span = {"low": f"{scale.low:g}", "high": f"{scale.high:g}", "points": listed}
    if output == "json":
        return f"{among.format(**span)} {wording.ask_json.format(shape=shape(['score'], reasons=reasoning))}"
    if reasoning == "none":
        return only.format(**span)
    order = wording.reasons_first if reasoning == "first" else wording.reasons_after
    return f"{among.format(**span)} {order.format(cue=wording.cue)}"


def _reply(
    demonstration: Mapping[str, Any], answer: str, wording: Wording, reasoning: Reasoning, output: Output
) -> str:
    reasons = str(demonstration.get("reasons") or "").strip()
    if output == "json":
        return written(
            {"score": _as_number(answer)}, reasons if reasoning != "none" else "", first=reasoning == "first"
        )
    if reasoning == "first":
        return "\n".join(filter(None, [reasons, f"{wording.cue} {answer}"]))
    return "\n".join(filter(None, [answer, reasons])) if reasoning == "after" else answer


def _as_number(answer: str) -> float | str:
    try:
        return float(answer)
    except ValueError:  # a point by another name
        return answer


def _answer(demonstration: Mapping[str, Any], rubric: Rubric, points: PointsShown) -> str:
    """The demonstrated score as the model should write it; empty where there is none.

    A consensus lies between the points of a graded scale; it is shown as the nearest one, of two the lower.
    """
    score, scale = demonstration.get("score"), rubric.scale
    if score is None:
        return ""
    point = scale.parse(score if isinstance(score, str) else float(score))
    if scale.kind == "pairwise":
        return "" if point is None else f"{PAIR_ANSWERS[point]:g}"
    if point is None and scale.kind == "ordinal" and not isinstance(score, str) and scale.low < score < scale.high:
        point = min(scale.points, key=lambda candidate: (abs(candidate - score), candidate))
    if point is None:
        return ""
    return f"{point:g}" if points.usual else points.named(rubric)[point]
