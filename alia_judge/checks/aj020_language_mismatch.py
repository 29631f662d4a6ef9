"""AJ020: an item is not in the language it is declared to be in."""

from __future__ import annotations

from typing import ClassVar

from alia_judge._messages import joined, message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Severity
from alia_judge.text.language import LANGUAGES, detect_languages, language_tag

__all__ = ["CHECKS", "LanguageMismatch"]

#: Probability from which a language counts as told: that a declaration is wrong is said only of texts that are clear.
_LEAST = 0.9


class LanguageMismatch:
    """Looks for responses that are in another language than the declared one."""

    code: ClassVar[str] = "AJ020"
    name: ClassVar[str] = message("language mismatch")
    severity: ClassVar[Severity] = "info"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = (
        f"Responses declared to be in one of {len(LANGUAGES)} languages ({', '.join(LANGUAGES[:5])}, ...), told by "
        f"py3langid with a probability of {_LEAST:g} or more."
    )
    meaning: ClassVar[str] = message(
        "Either the declaration is wrong, and figures by language mix languages, or the "
        "system answered in the wrong language, which the ratings should show."
    )
    remedy: ClassVar[str] = message(
        "Read these items; correct the declared language where it is the one that is wrong."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding for all of them."""
        if data.ratings.language_doubt is not None:
            return not_applicable(self, message("no column declares a language: it was detected from the responses"))
        declared = [(item, _base(item.language)) for item in data.items if item.language and item.response.strip()]
        declared = [(item, language) for item, language in declared if language in LANGUAGES]
        if not declared:
            return not_applicable(self, message("no item with a response declares a language that can be told"))
        languages = detect_languages([item.response for item, _ in declared], least=_LEAST)
        told = [(item, language, found) for (item, language), found in zip(declared, languages, strict=True)]
        told = [(item, language, found) for item, language, found in told if found is not None]
        if not told:
            return not_applicable(
                self, message("the language of none of {n} responses can be told: too short", n=len(declared))
            )
        other = [(item.item_id, language, found) for item, language, found in told if found != language]
        looked_at = message(
            "{n} responses whose language could be told, of {n_declared} with a declared one",
            n=len(told),
            n_declared=len(declared),
        )
        if not other:
            return result(self, (), looked_at=looked_at)
        examples = joined(
            (
                message("{item} is {found}, not {language}", item=item, found=found, language=language)
                for item, language, found in other[:3]
            ),
            ", ",
        )
        sentence = message(
            "{n} of {n_told} responses are in another language than declared ({examples})",
            n=len(other),
            n_told=len(told),
            examples=examples,
        )
        ids = tuple(item for item, _, _ in other)
        return result(self, [finding(self, sentence, items=ids, count=len(ids))], looked_at=looked_at)


CHECKS = (LanguageMismatch(),)


def _base(language: str | None) -> str:
    return language_tag(language or "").partition("-")[0]
