"""AJ023: an item's text speaks to the judge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import ClassVar

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Severity

__all__ = ["CHECKS", "PromptInjection"]

#: Words of an order and of what it is about, by language: "ignore the instructions", "give the highest score".
_IGNORE = {
    "en": ("ignore|disregard|forget", "instructions?|prompts?|rules|rubric|guidelines"),
    "es": (
        "ignor[ae]d?|olvid[ae]d?|haz caso omiso|descart[ae]",
        "instrucci[oó]n(?:es)?|indicaciones|reglas|r[uú]brica",
    ),
    "ca": ("ignor[ai]u?|oblid[ai]u?|no facis cas", "instruccions?|indicacions|normes|r[uú]brica|criteris"),
    "gl": ("ignor[ae]|esquece|non fagas caso", "instruci[oó]ns?|indicaci[oó]ns|regras|r[uú]brica|criterios"),
    "eu": (r"(?:argibide|jarraibide|agindu|irizpide)\w*", "ez ikusi egin|ahaztu|baztertu|alde batera utzi"),
}
_TOP = r"5 ?/ ?5|10 ?/ ?10|(?:un 5|un 10|con 5|amb 5|100 ?/ ?100)(?![\d.,]*\d|\s?%)"
_PRAISE = {
    "en": ("give|award|assign|rate|score|grade", rf"perfect|maximum|highest|top score|full marks|5 stars|{_TOP}"),
    "es": (
        "punt[uú]a|calific[ae]|val[oó]r[ae]|eval[uú]a|otorg[ae]|asign[ae]|dale|ponle",
        rf"m[aá]xim[ao]|sobresaliente|cinco puntos|nota m[aá]s alta|{_TOP}",
    ),
    "ca": ("puntua|qualifica|valora|atorga|assigna|posa-li", rf"m[aà]xima?|excel·lent|{_TOP}"),
    "gl": ("punt[uú]a|cualifica|valora|outorga|asigna|ponlle|dalle", rf"m[aá]xim[ao]|sobresa[ií]nte|{_TOP}"),
    "eu": (r"(?:puntuazio|nota|kalifikazio)\w*", r"(?:gorena|altuena|maximoa)\w* (?:eman|jarri)"),
}
#: Marks of chat templates.
_MARKS = (
    r"<\|(?:im_start|im_end|system|user|assistant|eot_id|start_header_id|endoftext)\|>",
    r"\[/?(?:INST|SYS)\]|<</?SYS>>|<(?:start|end)_of_turn>",
)
#: Messages that name the judge as their reader. Every repetition is bounded: a text of line ends is read once.
_TO_THE_JUDGE = (
    r"^[ \t]{0,8}(?:#{1,3}[ \t]{0,8})?(?:system|sistema)[ \t]{0,8}(?:prompt|message)?[ \t]{0,8}:\s{0,8}"
    r"(?:you|ignore|give|eres|ignora|da)\b",
    r"\b(?:you are|act as|pretend to be) (?:now )?(?:the |an? )?(?:judge|evaluator|grader|AI|language model)\b",
    r"\b(?:note|message|attention|nota|mensaje|aviso|atenci[oó]n) (?:to|for|al?|para) (?:the |el |la )?"
    r"(?:judge|evaluator|grader|rater|AI|LLM|juez|evaluador|modelo)\b",
)


def _near(first: str, second: str) -> str:
    """Both, in this order, within one sentence and forty characters."""
    return rf"\b(?:{first})\b[^.\n]{{0,40}}\b(?:{second})"


def _compiled(patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE | re.MULTILINE) for pattern in patterns)


_PAIRS = (*_IGNORE.values(), *_PRAISE.values())
_ORDERS = _compiled(_near(verbs, objects) for verbs, objects in _PAIRS)
_TOKENS, _MESSAGES = _compiled(_MARKS), _compiled(_TO_THE_JUDGE)
#: A word of which each message holds one.
_ADDRESSING = frozenset(
    {"system", "sistema", "you", "act", "pretend", "note", "message", "attention", "nota", "mensaje", "aviso"}
    | {"atencion", "atención"}
)
_WORD = re.compile(r"\w+")
_VERBS = re.compile("|".join(f"(?:{verbs})" for verbs, _ in _PAIRS), re.IGNORECASE)
#: The verbs that are no single word.
_PHRASES = ("haz caso omiso", "no facis cas", "non fagas caso", "posa-li")


@lru_cache(maxsize=65_536)
def _is_verb(word: str) -> bool:
    return _VERBS.fullmatch(word) is not None


def _suspects(text: str) -> Iterator[re.Pattern[str]]:
    """The patterns that may match a text: most texts hold no order's verb and need not be searched for orders."""
    folded = text.casefold()
    words = _WORD.findall(folded)
    if any(map(_is_verb, words)) or any(phrase in folded for phrase in _PHRASES):
        yield from _ORDERS
    if "<" in text or "[" in text:
        yield from _TOKENS
    if not _ADDRESSING.isdisjoint(words):
        yield from _MESSAGES


class PromptInjection:
    """Looks for orders to the judge, chat-template marks and the like, in five languages."""

    code: ClassVar[str] = "AJ023"
    name: ClassVar[str] = message("prompt injection")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = (
        "Every text, for orders to ignore instructions or give a score, marks of chat templates, and messages to a "
        "judge, in five languages. Patterns find the blunt ones only."
    )
    meaning: ClassVar[str] = message("A judge may obey the item instead of judging it.")
    remedy: ClassVar[str] = message(
        "Read these items. Keep some to test the judge with (the injection probe), none to tune on."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding for all of them."""
        if not data.texts:
            return not_applicable(self, message("no item has a text"))
        hits: dict[str, str] = {}
        for text, ids in data.texts.items():
            match = next((match for pattern in _suspects(text) if (match := pattern.search(text))), None)
            if match is not None:
                hits |= {item: hits.get(item, " ".join(match[0].split())[:60]) for item in ids}
        looked_at = message("{n} texts", n=len(data.texts))
        if not hits:
            return result(self, (), looked_at=looked_at)
        examples = ", ".join(repr(text) for text in list(dict.fromkeys(hits.values()))[:3])
        sentence = message("{n} items speak to the judge: {examples}", n=len(hits), examples=examples)
        return result(self, [finding(self, sentence, items=tuple(hits), count=len(hits))], looked_at=looked_at)


CHECKS = (PromptInjection(),)
