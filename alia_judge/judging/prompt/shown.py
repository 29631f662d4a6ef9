"""`Shown`: the texts of an item as a prompt shows them, each in its fence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.prompt.fence import fence, fence_code
from alia_judge.judging.rubrics.wording import Wording
from alia_judge.records import Turn
from alia_judge.records.content import written_content, written_message
from alia_judge.records.images import carried, with_marks

__all__ = ["FIELDS", "Shown", "Subject", "given", "plain_turns"]

#: What a judge may be given of an item.
FIELDS = ("context", "reference", "prompt", "turns", "trace", "response", "response_b", "responses", "images")

_TEXTS = tuple(name for name in FIELDS if name not in ("turns", "responses", "images"))

#: What is judged of a conversation: its last reply, in the light of the turns before it, or all of it.
Subject = Literal["response", "conversation"]

#: A role is a name from the data: a few words, and nothing that could close a mark.
_ROLE = re.compile(r"[^\w .-]+")
_LONGEST_ROLE = 24


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Which texts are shown, and under which names.

    Parameters
    ----------
    names
        By field.
    required
        The fields there must be.
    wording
        For the names of turns and candidates.
    subject
        What is judged.
    """

    names: Mapping[str, str]
    required: tuple[str, ...]
    wording: Wording
    subject: Subject = "response"

    def render(self, texts: Mapping[str, Any], cue: str) -> str:
        """The texts, each in its fence, then the cue for the answer."""
        present = list(self._named(texts))
        code = fence_code({key: text for key, _, text in present})
        return "\n\n".join([*(fence(name, text, code) for _, name, text in present), cue]).strip()

    def check(self, texts: Mapping[str, Any]) -> None:
        """Refuse an item that lacks what is to be judged.

        Raises
        ------
        UsageError
            If a required field is absent.
        """
        if self.subject == "conversation" and texts.get("turns"):
            return
        for name in self.required:
            if texts.get(name) is None:
                raise UsageError(message("a judge needs a {name} to judge, got none; pass {name}=...", name=name))

    def nothing(self, texts: Mapping[str, Any]) -> str | None:
        """The name of a text that is to be judged and says nothing; None where each says something."""
        if self.subject == "conversation" and texts.get("turns"):
            return None
        for name in self.required:
            held = texts.get(name)
            if held is not None and not any(str(text).strip() for text in ([held] if isinstance(held, str) else held)):
                return name
        return None

    def _named(self, texts: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
        """A key, the name it is shown under, and the text of each; an empty prompt is no prompt, an empty reply is."""
        turns = plain_turns(texts.get("turns"))
        whole = self.subject == "conversation"
        if whole and turns and texts.get("response"):
            turns = [*turns, {"role": "assistant", "text": str(texts["response"])}]
        for field in FIELDS:
            if field == "turns":
                called = self.wording.turn if whole else self.wording.earlier
                for number, turn in enumerate(turns, 1):
                    name = called.format(number=number, role=self._role(turn["role"]))
                    yield f"turn {number} ({turn['role']})", name, turn["text"]
            elif field == "responses":
                for number, text in enumerate(texts.get("responses") or (), 1):
                    yield f"response {number}", self.wording.candidate.format(number=number), str(text)
            elif self._is_shown(field, texts, is_turn=whole and bool(turns)):
                yield field, self.names[field], str(texts[field])

    def _is_shown(self, field: str, texts: Mapping[str, Any], *, is_turn: bool) -> bool:
        if field not in self.names or texts.get(field) is None or (is_turn and field == "response"):
            return False
        return texts[field] != "" or field in self.required

    def _role(self, role: str) -> str:
        return self.wording.roles.get(role) or _ROLE.sub(" ", role).strip()[:_LONGEST_ROLE] or "?"


def given(**texts: Any) -> dict[str, Any]:
    """Every field of `FIELDS`, None where it is absent; turns, candidates and images as plain lists.

    A prompt that is a list of messages is the conversation before the response.

    Raises
    ------
    UsageError
        If a turn is none, or an image that is given by hand cannot be shown.
    """
    if _are_messages(texts.get("prompt")) and not texts.get("turns"):
        texts = {**texts, "turns": texts["prompt"], "prompt": None}
    found: list[str] = []
    turns = plain_turns(texts.get("turns"), found)
    responses = [written_content(text, found) for text in texts.get("responses") or ()]
    plain: dict[str, Any] = {
        name: None if texts.get(name) is None else written_content(texts[name], found) for name in _TEXTS
    }
    plain |= {"turns": turns or None, "responses": responses or None}
    if not found and not texts.get("images"):
        return {**dict.fromkeys(FIELDS), **plain}
    images = carried(texts.get("images") or (), found)
    said = (*(plain[name] or "" for name in _TEXTS), *(turn["text"] for turn in turns), *responses)
    prompt = with_marks(plain["prompt"] or "", images, said)
    return {**dict.fromkeys(FIELDS), **plain, "prompt": prompt or None, "images": list(images)}


def _are_messages(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(isinstance(message, Mapping) and "role" in message for message in value)
    )


def plain_turns(turns: Any, images: list[str] | None = None) -> list[dict[str, str]]:
    """Turns as JSON, whatever they are given as; `images` as in `written_content`.

    Raises
    ------
    UsageError
        If one is neither a `Turn` nor a mapping with ``role`` and ``text`` or ``content``.
    """
    plain = []
    for turn in turns or ():
        if isinstance(turn, Turn):
            plain.append({"role": turn.role, "text": turn.text})
        elif isinstance(turn, Mapping) and "role" in turn and ("text" in turn or "content" in turn):
            plain.append({"role": str(turn["role"]), "text": written_message(turn, images)})
        else:
            raise UsageError(
                message(
                    "a turn has a role and a text, got {turn!r}; Item.from_messages makes turns of messages", turn=turn
                )
            )
    return plain
