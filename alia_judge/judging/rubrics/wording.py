"""The fixed sentences of a judge's prompt, in each language a rubric can be written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from alia_judge._messages import message
from alia_judge.errors import UsageError

__all__ = ["LANGUAGES", "Wording", "wording_for"]

#: The languages a rubric can be written in, as BCP 47 tags.
LANGUAGES: tuple[str, ...] = ("ca", "en", "es", "eu", "gl")


@dataclass(frozen=True, kw_only=True)
class Wording:
    """Everything a prompt says that is not the user's own text; the words are in ``wording.yaml``.

    Templates take ``{low}``, ``{high}``, ``{best}``, ``{points}``, ``{cue}``, ``{most}``, ``{shape}``, ``{number}``,
    ``{role}`` and ``{n}``. `fields` names the texts of an item, `roles` who speaks in a conversation, `pair` the two
    responses of a comparison, `no_yes` the answers to a question.
    """

    role: str
    expert: str
    criterion: str
    instructions: str
    scale: str
    steps: str
    checklist: str
    best: str
    notice: str
    ask_range: str
    ask_listed: str
    ask_named: str
    ask_between: str
    score_range: str
    score_listed: str
    score_named: str
    score_between: str
    reasons_first: str
    reasons_after: str
    reasons: str
    pair_role: str
    pair_expert: str
    ask_pair: str
    ask_pair_or_tie: str
    score_pair: str
    score_pair_or_tie: str
    cue: str
    ask_steps: str
    ask_json: str
    whole: str
    turn: str
    earlier: str
    candidate: str
    many_role: str
    many_expert: str
    ask_many: str
    rank_role: str
    rank_expert: str
    ask_rank: str
    order: str
    rank_cue: str
    roles: Mapping[str, str]
    fields: Mapping[str, str]
    pair: tuple[str, str]
    no_yes: tuple[str, str]


def wording_for(language: str) -> Wording:
    """The fixed sentences in `language`, a BCP 47 tag whose region does not matter (``"es-MX"`` is ``"es"``).

    Raises
    ------
    UsageError
        If the prompt has no wording in that language.
    """
    base = language.replace("_", "-").split("-")[0].lower()
    if base not in LANGUAGES:
        raise UsageError(
            message(
                "a rubric's language must be one of {languages}, got {language!r}; the items may be "
                "in any language, the rubric's own words in one of these",
                languages=", ".join(LANGUAGES),
                language=language,
            )
        )
    return _wordings()[base]


@cache
def _wordings() -> Mapping[str, Wording]:
    written = yaml.safe_load((files("alia_judge.judging.rubrics") / "wording.yaml").read_text("utf-8"))
    return MappingProxyType({language: _wording(words) for language, words in written.items()})


def _wording(words: Mapping[str, Any]) -> Wording:
    pairs = {name: tuple(words[name]) for name in ("pair", "no_yes")}
    named = {name: MappingProxyType(words[name]) for name in ("fields", "roles")}
    return Wording(**{**words, **pairs, **named})
