"""`export_prompt`: what a judge sends, word for word, for whoever cannot run this library; and what is lost by it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError, expect
from alia_judge.judging.kinds import NOT_ASKED
from alia_judge.judging.prompt.shown import FIELDS
from alia_judge.judging.readouts import judgments_of
from alia_judge.models.decisions import is_decision_model
from alia_judge.publishing.kinds import content_of
from alia_judge.records import Item, Scale

if TYPE_CHECKING:
    from alia_judge.compiling.compiler import CompiledJudge
    from alia_judge.compiling.stack.stacked_judge import StackedJudge
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import CompositeJudge

__all__ = ["ExportedPrompt", "PromptExport", "export_prompt"]

#: Texts that a place can stand for; turns, candidates and images are as many as an item has.
_PLACES = tuple(field for field in FIELDS if field not in ("turns", "responses", "images"))
_OURS = (
    message(
        "The marks around a text hold a code that occurs in no text of the item, and special tokens in it are spelt "
        "out; here the code is fixed, so a text that holds it can close its mark and speak to the model."
    ),
    message(
        "An answer that was cut off, refuses, or names no point of the scale is unscored; a script that takes the "
        "first number it finds makes a score of it."
    ),
    message(
        "What the server refuses of these settings is left out, and asked for otherwise, by the library; here it is an "
        "error."
    ),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ExportedPrompt(Record):
    """One question of a judge.

    Parameters
    ----------
    model
        Who is asked; None where the judge names no model.
    messages
        ``role`` and ``content``, with a place such as ``{{response}}`` for each text of the item.
    settings
        What is sent besides, under the names of an OpenAI-compatible server.
    """

    model: str | None
    messages: tuple[Mapping[str, str], ...]
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class PromptExport(Record):
    """A judge as prompts, for whoever cannot run this library.

    Parameters
    ----------
    criterion
        What is judged.
    scale
        The scale of the verdicts.
    prompts
        What is asked about an item, each once.
    lost
        What the library does besides, and these prompts do not; a sentence each.
    """

    schema = "alia-judge/prompt/1"

    criterion: str
    scale: Scale
    prompts: tuple[ExportedPrompt, ...]
    lost: tuple[str, ...]


def export_prompt(
    judge: Judge | CompositeJudge | StackedJudge | CompiledJudge, *, fields: Sequence[str] = ("prompt", "response")
) -> PromptExport:
    """The exact messages and settings of a judge, with a place for each text, and what is lost by using them alone.

    Parameters
    ----------
    judge
        A judge, or what `compile_judge` gave.
    fields
        Which texts an item has: of ``"context"``, ``"reference"``, ``"prompt"``, ``"trace"``, ``"response"`` and
        ``"response_b"``. A prompt names those alone that there are.

    Raises
    ------
    UsageError
        If a field is unknown, the judge lacks one that it needs, was found among recorded verdicts, or asks a decision
        model, which is sent no messages.

    Examples
    --------
    >>> import alia_judge as aj
    >>> export = export_prompt(aj.Judge(aj.builtin_rubric("helpfulness", "en"), lm="openai/gpt-4o-mini"))
    >>> print(export.prompts[0].messages[-1]["content"])
    [Prompt bbb9ac]
    {{prompt}}
    [/Prompt bbb9ac]
    <BLANKLINE>
    [Response bbb9ac]
    {{response}}
    [/Response bbb9ac]
    <BLANKLINE>
    Score:
    """
    from alia_judge.compiling.compiler import CompiledJudge

    if unknown := [field for field in fields if field not in _PLACES]:
        raise UsageError(
            message(
                "fields are of {places}, got {unknown}", places=", ".join(_PLACES), unknown=", ".join(map(str, unknown))
            )
        )
    if isinstance(judge, CompiledJudge):
        judge = judge.module
    expect("judge", judge, _kinds(), "Judge(rubric, lm), load_judge(FOLDER), or what compile_judge gives")
    if missing := [field for field in _judged(judge) if field not in fields]:
        raise UsageError(
            message("the judge judges a {missing}, which is none of the fields; add it", missing=missing[0])
        )
    item = Item.from_fields("item", {field: f"{{{{{field}}}}}" for field in _PLACES if field in fields})
    members = list(getattr(judge, "members", [judge]))
    if deciding := [member.lm.model for member in members if is_decision_model(member.lm)]:
        raise UsageError(
            message(
                "{deciding} is a decision model, which is sent no messages: there is no prompt to export",
                deciding=deciding[0],
            )
        )
    found = {json.dumps(one.to_dict(), sort_keys=True): one for one in _asked(judge, members, item)}
    return PromptExport(
        criterion=judge.rubric.criterion,
        scale=judge.scale,
        prompts=tuple(found.values()),
        lost=tuple(_lost(judge, members)),
    )


def _judged(judge: Any) -> tuple[str, ...]:
    return ("response", "response_b") if judge.scale.kind == "pairwise" else ("response",)


def _kinds() -> tuple[type, ...]:
    from alia_judge.compiling.stack.stacked_judge import StackedJudge
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import CompositeJudge

    return (Judge, CompositeJudge, StackedJudge)


def _asked(judge: Any, members: Sequence[Any], item: Item) -> Iterator[ExportedPrompt]:
    """What each member is sent about its view of the item; whom only some items are shown is shown this one."""
    nothing = [judgments_of([NOT_ASKED], member.scale) for member in members]
    for place, member in enumerate(members):
        view = judge.asked(place, nothing[:place], [item])[0] if judge is not member else item
        body = member.request(**member.inputs(view or item))
        messages, model = body.pop("messages"), body.pop("model", None)
        yield ExportedPrompt(model=model, messages=tuple(messages), settings=body)


def _lost(judge: Any, members: Sequence[Any]) -> Iterator[str]:
    from alia_judge.compiling.stack.stacked_judge import StackedJudge

    if isinstance(judge, StackedJudge):
        yield message(
            "The score is read from {n} answers by a stack that was fitted to people's ratings; the mean of the "
            "answers is what is left, on another scale of agreement than the one on the card.",
            n=len(members),
        )
    yield from (message("How a verdict is made: {line}", line=line) for line in content_of(judge).made)
    if any(getattr(member, "readout", None) is not None for member in (judge, *members)):
        yield message(
            "The readout, which was fitted to people's ratings, is not applied: scores are what the model wrote."
        )
    if any(member.top_logprobs for member in members):
        yield message(
            "Where the model gives log-probabilities the score is the expected point, not the written one: reading "
            "the written number alone is coarser and ties more items."
        )
    if any(member.neighbours is not None for member in members):
        yield message("Demonstrations are chosen by the item; here the same first ones are shown to all.")
    if any(member.subject == "conversation" for member in members):
        yield message(
            "The whole conversation is judged, each turn in a fence of its own; here there is the response alone."
        )
    yield from _OURS
