"""When a search asks in vain: a few dozen answers without a score, all for one reason, and what to do about it."""

from __future__ import annotations

from collections import Counter

from alia_judge._messages import message
from alia_judge.errors import ModelError
from alia_judge.records import Verdict

__all__ = ["HopeWatch"]

#: So many answers from the first on, all unscored for one reason, are no accident.
_ENOUGH = 36
_EXCERPT = 120
_REMEDIES = {
    "truncated": message("its answers are cut before a score: give it room (max_tokens), or turn its thinking off"),
    "empty": message(
        "it answers nothing: a model that thinks may need room (max_tokens), or the server lacks a chat template"
    ),
    "refusal": message("it declines to judge: take another model, or say in the rubric what the scores are for"),
    "no_score": message("it does not keep to the format: ask for an object (output='json'), show demonstrations"),
    "ambiguous": message("it gives several scores: ask for an object (output='json'), or show demonstrations"),
    "off_scale": message(
        "it answers off the scale: state the scale in the rubric, or ask for an object (output='json')"
    ),
    "content_filter": message(
        "its provider withholds the answers: see the filters of the account, or take another provider"
    ),
    "context_too_long": message("the prompts do not fit: fewer demonstrations, or a model with more context"),
    "bad_image": message("it cannot look at the items' pictures: take a model that can"),
    "error": message("its calls fail"),
}


class HopeWatch:
    """Looks at a search's first answers; once one has a score, there is hope for good."""

    def __init__(self) -> None:
        self._reasons: Counter[str] = Counter()
        self._hope = False

    def took(self, verdict: Verdict, model: str) -> None:
        """Look at one answer.

        Raises
        ------
        ModelError
            If none of the first three dozen has a score, and all for one reason.
        """
        if self._hope:
            return
        if verdict.unscored is None:
            self._hope = True
            return
        self._reasons[verdict.unscored] += 1
        if self._reasons.total() < _ENOUGH or len(self._reasons) > 1:
            return
        said = " ".join((verdict.text or verdict.detail or "").split())[:_EXCERPT]
        shown = message(", such as {said!r}", said=said) if said else ""
        raise ModelError(
            message(
                "none of the first {enough} answers of {model} has a score, all for one reason "
                "({unscored}{shown}); {remedy}; alia-judge models check MODEL shows what it can do",
                enough=_ENOUGH,
                model=model,
                unscored=verdict.unscored,
                shown=shown,
                remedy=_REMEDIES.get(verdict.unscored, message("see what it answers")),
            )
        )
