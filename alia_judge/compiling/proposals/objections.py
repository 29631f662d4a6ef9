"""What a proposer wrote: what it took, and what of it may compete."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from dspy import AdapterParseError

from alia_judge._messages import message
from alia_judge.compiling.proposals.brief import DraftRubric, ProposerBrief, WriteRubric
from alia_judge.compiling.proposals.metering import metered
from alia_judge.compiling.spent import Spent
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.rubric import Rubric

__all__ = ["counted", "objection"]

#: A proposal that repeats so many words of an item on end quotes it.
_QUOTE = 8
_FEWEST_WORDS, _MOST_CHARACTERS = 6, 6000
#: Share of different words below which a text is a model going round in circles.
_FEWEST_DISTINCT = 0.25


def counted(
    write: Callable[[ProposerBrief], list[Rubric]], brief: ProposerBrief
) -> tuple[list[Rubric], list[str], Spent]:
    """Let a proposer write (`Proposer.propose`, `Drafter.draft`), and count what it asks.

    Returns
    -------
    rubrics
        What passed `objection`, each once.
    refused
        Why the others did not, or what went wrong.
    spent
        Calls of language models that were made, and their dollars.
    """
    with metered() as meter:
        try:
            written = write(brief)
        except (AdapterParseError, ValueError, TypeError, UsageError) as error:
            # A model that cannot keep to the form, whatever that makes of its answer; a failed call goes up.
            return (
                [],
                [message("what it wrote was no rubric: {error}", error=str(error).strip().splitlines()[0][:200])],
                meter.spent,
            )
    kept: list[Rubric] = []
    refused = []
    for rubric in written:
        why = objection(rubric, brief)
        if why is None and rubric in kept:
            why = message("it wrote the same again")
        if why is None:
            kept.append(rubric)
        else:
            refused.append(why)
    return kept, refused, meter.spent


def objection(rubric: Rubric, brief: ProposerBrief) -> str | None:
    """Why a proposal does not enter the search; None if it does.

    A rubric that quotes an item teaches the judge that item; one that repeats itself or the task set to the proposer
    comes from a model that cannot write one.
    """
    parent, text = brief.rubric, rubric.instructions
    words = _words(text)
    everything = _words(" ".join([text, *rubric.anchors.values(), *rubric.steps]))
    if (rubric.criterion, rubric.scale) != (parent.criterion, parent.scale):
        return message("it is of another criterion or scale")
    if len(words) < _FEWEST_WORDS:
        return message("its instructions have {n} words", n=len(words))
    if len(text) > _MOST_CHARACTERS:
        return message(
            "its instructions have {n} characters, more than {most_characters}",
            n=len(text),
            most_characters=_MOST_CHARACTERS,
        )
    if len(set(words)) < _FEWEST_DISTINCT * len(words):
        return message("its instructions repeat themselves")
    if rubric == parent:
        return message("it is its parent, unchanged")
    shown = [text for case in brief.disagreements for text in (*case.texts.values(), *case.comments)]
    if any(_repeats(everything, _words(text)) for text in shown):
        return message("it quotes an item or a comment that it was shown")
    if any(_repeats(everything, _words(task.__doc__ or "")) for task in (WriteRubric, DraftRubric)):
        return message("it repeats what the proposer was asked")
    return None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _repeats(text: Sequence[str], source: Sequence[str]) -> bool:
    """Whether so many words of the source on end, as make a quotation, are in the text."""
    return bool(_runs(text) & _runs(source))


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[start : start + _QUOTE]) for start in range(len(words) - _QUOTE + 1)}
