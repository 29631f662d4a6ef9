"""`with_steps`: evaluation steps that a model writes once, frozen into the rubric."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from alia_judge._messages import message
from alia_judge.errors import ModelError, UsageError
from alia_judge.judging.prompt.prompt import Message
from alia_judge.judging.question.asking import ask
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import wording_for
from alia_judge.models.resolve import resolve_lm
from alia_judge.models.thinking import without_thinking

__all__ = ["with_steps"]

_STEP = re.compile(r"^[ \t]*(?:\d+[.)]|[-*•])[ \t]+(?P<step>\S.*)$", re.MULTILINE)
#: Steps longer than this are no steps; a model that writes some has lost the thread.
_LONGEST = 300
_TOKENS = 512


def with_steps(rubric: Rubric, lm: Any, *, most: int = 5) -> Rubric:
    """`rubric` with evaluation steps that `lm` derives from its criterion, as G-Eval does.

    The model is asked once. From then on the steps are part of the rubric, like words a person wrote: every item is
    judged by the same ones, they are in the card and in the cache key, and may be read and corrected before use.

    Parameters
    ----------
    rubric
        Without steps.
    lm
        A `dspy.LM`, or a name that `resolve_lm` knows.
    most
        How many steps to ask for at most.

    Raises
    ------
    UsageError
        If the rubric has steps already, or `most` is below 2.
    ModelError
        If the model's answer holds no list of at least two steps.

    References
    ----------
    Liu et al., "G-Eval: NLG Evaluation using GPT-4 with Better Human Alignment", EMNLP 2023, section 2 (auto
    chain-of-thoughts).
    """
    if rubric.steps:
        raise UsageError(
            message(
                "the rubric {criterion!r} has steps already; replace(rubric, steps=()) takes them out",
                criterion=rubric.criterion,
            )
        )
    if most < 2:
        raise UsageError(message("most must be at least 2, got {most}", most=most))
    model = resolve_lm(lm) if isinstance(lm, str) else lm
    answer = ask(model, _messages(rubric, most), {"max_tokens": _TOKENS}, top_logprobs=0)
    found = [match["step"].strip().strip("*").strip() for match in _STEP.finditer(without_thinking(answer.text))]
    # Cut off by the token limit, the last step is half a one.
    whole = found[:-1] if answer.finish_reason == "length" else found
    steps = tuple(dict.fromkeys(step for step in whole if len(step) <= _LONGEST))[:most]
    if len(steps) < 2:
        raise ModelError(
            message(
                "{model} wrote no list of steps for {criterion!r}: {text!r}; try another model, or write them yourself",
                model=model.model,
                criterion=rubric.criterion,
                text=answer.text.strip()[:200],
            )
        )
    return replace(rubric, steps=steps)


def _messages(rubric: Rubric, most: int) -> list[Message]:
    wording, scale = wording_for(rubric.language), rubric.scale
    blocks = [f"{wording.criterion}: {rubric.criterion}"]
    if rubric.instructions and rubric.instructions != rubric.criterion:
        blocks.append(f"{wording.instructions}: {rubric.instructions}")
    points = [
        f"{point:g} = {rubric.words(point)}" for point in scale.points or tuple(rubric.anchors) if rubric.words(point)
    ]
    blocks.append("\n".join([f"{wording.scale}: {scale.low:g}-{scale.high:g}", *points]))
    return [{"role": "user", "content": "\n\n".join([*blocks, wording.ask_steps.format(most=most)])}]
