"""AJ020: an item is not in the language it is declared to be in."""

from __future__ import annotations

from typing import ClassVar

from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Severity
from alia_judge.text.language import LANGUAGES, guess_language

__all__ = ["LanguageMismatch"]


class LanguageMismatch:
    """Looks for responses whose commonest words are another language's than the declared one."""

    code: ClassVar[str] = "AJ020"
    name: ClassVar[str] = "language mismatch"
    severity: ClassVar[Severity] = "info"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = (
        f"Responses of twelve words or more of items declared to be in one of {', '.join(LANGUAGES)}, by their "
        "function words; texts that could be several are passed over."
    )
    meaning: ClassVar[str] = (
        "Either the declaration is wrong, and figures by language mix languages, or the system answered in the wrong "
        "language, which the ratings should show."
    )
    remedy: ClassVar[str] = "Read these items; correct the declared language where it is the one that is wrong."

    def run(self, data: CheckData) -> CheckResult:
        """One finding for all of them."""
        declared = [item for item in data.items if item.language and item.language.split("-")[0].lower() in LANGUAGES]
        if not declared:
            return not_applicable(self, "no item declares a language that can be told")
        other = []
        for item in declared:
            guess = guess_language(item.response)
            if guess is not None and guess != str(item.language).split("-")[0].lower():
                other.append((item.item_id, item.language, guess))
        looked_at = f"{len(declared)} items that declare a language"
        if not other:
            return result(self, (), looked_at=looked_at)
        examples = ", ".join(f"{item} is {guess}, not {language}" for item, language, guess in other[:3])
        message = f"{len(other)} of {len(declared)} responses are in another language than declared ({examples})"
        ids = tuple(item for item, _, _ in other)
        return result(self, [finding(self, message, items=ids, count=len(ids))], looked_at=looked_at)
