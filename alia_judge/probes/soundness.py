"""`broken`: did a perturbation change what it must, and nothing that it must not?"""

from __future__ import annotations

import re
from collections.abc import Collection

from alia_judge.probes.base import Change, Invariant
from alia_judge.text.language import detect_language

__all__ = ["broken"]

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")
#: Control characters, lone surrogates and the mark of a decoding gone wrong.
_STRANGE = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufffd]")


def broken(change: Change, keeps: Collection[Invariant] = ()) -> str | None:
    """Why a change must not be used: what it broke; None if it is sound.

    Parameters
    ----------
    change
        The item before and after.
    keeps
        What must be as it was.

    Examples
    --------
    >>> from alia_judge.records import Item
    >>> before = Item(item_id="a", response="Son 30 euros.")
    >>> broken(Change(before, Item(item_id="a", response="Son 80 euros.")), keeps={"numbers"})
    'numbers'
    """
    before, after = change.before, change.after
    if before.response == after.response and before.texts() == after.texts():
        return "unchanged"
    old, new = _text(before.response, before.response_b), _text(after.response, after.response_b)
    # Nothing was there to change (an item may hold a list of candidates instead), or nothing is left.
    if not before.response.strip() or not after.response.strip():
        return "empty"
    if set(_STRANGE.findall(new)) - set(_STRANGE.findall(old)):
        return "characters"
    # In any order: the two responses of a pair may change places.
    if "words" in keeps and sorted(_WORD.findall(old)) != sorted(_WORD.findall(new)):
        return "words"
    if "numbers" in keeps and sorted(_NUMBER.findall(old)) != sorted(_NUMBER.findall(new)):
        return "numbers"
    if "language" in keeps:
        # Short texts are in doubt, and then nothing is said of them.
        languages = {detect_language(text, least=0.9) for text in (old, new)} - {None}
        if len(languages) > 1:
            return "language"
    return None


def _text(response: str, response_b: str | None) -> str:
    return response if response_b is None else f"{response}\n{response_b}"
