"""Words a judge's answer may hold besides a numeral, in five languages."""

from __future__ import annotations

import re
from types import MappingProxyType

__all__ = ["ANNOUNCEMENT", "NO", "NUMBER_WORDS", "OR", "OUT_OF", "REFUSAL", "TO", "YES"]

#: Whole numbers from 0 to 10 as they are written out. Some are articles as well ("un", "una", Basque "bat"), so a
#: number word counts only where it is the whole of an answer, never in running text.
NUMBER_WORDS: MappingProxyType[str, int] = MappingProxyType(
    {
        word: number
        for number, words in enumerate(
            (
                # en, es, ca, eu, gl
                ("zero", "cero"),
                ("one", "uno", "una", "un", "u", "bat", "unha"),
                ("two", "dos", "dues", "bi", "dous", "dúas"),
                ("three", "tres", "hiru"),
                ("four", "cuatro", "quatre", "lau", "catro"),
                ("five", "cinco", "cinc", "bost"),
                ("six", "seis", "sis", "sei"),
                ("seven", "siete", "set", "zazpi", "sete"),
                ("eight", "ocho", "vuit", "huit", "zortzi", "oito"),
                ("nine", "nueve", "nou", "bederatzi", "nove"),
                ("ten", "diez", "deu", "hamar", "dez"),
            )
        )
        for word in words
    }
)

#: Words for the two ends of a yes-no scale, accepted for one another where a scale's labels are two of them.
YES = frozenset({"yes", "true", "sí", "si", "bai", "verdadero", "cert", "egia", "verdadeiro"})
NO = frozenset({"no", "false", "ez", "non", "falso", "fals", "gezurra"})

#: What announces a score.
ANNOUNCEMENT = (
    r"(?:score|rating|grade|mark|verdict|answer|result"
    r"|puntuación|nota|valoración|calificación|veredicto|respuesta|resultado"
    r"|puntuació|valoració|qualificació|veredicte|resposta|resultat"
    r"|puntuazioa|balorazioa|kalifikazioa|epaia|erantzuna|emaitza"
    r"|cualificación)"
)
#: Between two alternatives ("3 or 4"), between the ends of a scale ("1 to 5"), and before what a score is out of.
OR = r"(?:or|o|u|ou|edo|/|-|–|,)"
TO = r"(?:to|and|a|al|ao|i|y|e|eta|-|–|\.\.+|…)"
OUT_OF = r"(?:/|out of|of|over|sobre|de|d'un total de)"

_REFUSALS = (
    # English
    r"\bi(?:'m| am) (?:sorry|unable|not able|afraid)\b",
    r"\bi (?:can(?:'t|not| not)|won't|will not|must decline|decline)\b",
    r"\bas an ai\b",
    # Spanish
    r"\blo siento\b",
    r"\bno (?:puedo|me es posible|voy a poder|estoy en condiciones de)\b",
    r"\bcomo (?:una? )?(?:ia|inteligencia artificial|modelo de lenguaje)\b",
    # Catalan
    r"\bho sento\b",
    r"\bem sap greu\b",
    r"\bno (?:puc|m'és possible|em és possible|podré)\b",
    r"\bcom a (?:ia|intel·ligència artificial|model de llenguatge|model lingüístic)\b",
    # Basque
    r"\bsentitzen dut\b",
    r"\bbarkatu\b",
    r"\bezin (?:dut|dizut|naiz|izango dut|diot)\b",
    r"\badimen artifizial\w* (?:naiz|gisa)\b",
    # Galician
    r"\bsíntoo\b",
    r"\bsinto (?:moito )?(?:non|que)\b",
    r"\bnon (?:podo|me é posible|vou poder|poderei)\b",
    r"\bcomo (?:unha? )?(?:ia|intelixencia artificial|modelo de linguaxe)\b",
)

#: Matches where a text declines to judge. Search it only where no score was found: "I'm afraid this is a 2" scores.
REFUSAL = re.compile("|".join(_REFUSALS), re.IGNORECASE)
