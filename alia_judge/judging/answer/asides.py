"""What an answer says besides its score in blocks of its own: drafts, notes, the values of something else."""

from __future__ import annotations

import re

__all__ = ["without_asides"]

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[^\W\d_][\w.:-]{0,80})>")
#: Tags that may stand around an answer: words for it, what wraps one whole, and HTML's.
_ANSWERING = re.compile(
    r"(?:\w{1,20}[_-])?(?:score|rating|grade|mark|verdict|answer|result|label|class|category|value|number|points?|final"
    r"|judge?ment|decision|choice|evaluation|assessment|response|output|solution|conclusion"
    r"|puntuaci(?:ó|ón|on)|puntaje|nota|valoraci(?:ó|ón|on)|calificaci(?:ón|on)|qualificaci(?:ó|o)|veredicte?o?"
    r"|respuesta|resposta|resultado|resultat|puntuazioa?|balorazioa?|kalifikazioa?|epaia|erantzuna|emaitza"
    r"|cualificaci(?:ón|on)|etiqueta|etiketa)(?:[_-]\w{1,20})?"
    r"|json|xml|root|tool_call|function|html|body|div|span|p|b|i|u|s|a|em|strong|small|big|font|center|li|ul|ol|table"
    r"|tbody|thead|tr|td|th|h[1-6]|pre|code|sub|sup|section|article|main|blockquote|del",
    re.IGNORECASE,
)


def without_asides(text: str) -> str:
    """`text` with the blocks blanked out that stand in a tag for something else and are followed by more.

    Examples
    --------
    >>> without_asides("<draft>Score: 2</draft>4").strip()
    '4'
    >>> without_asides("<score>4</score> <helpfulness>5</helpfulness>")
    '<score>4</score> <helpfulness>5</helpfulness>'
    """
    if "</" not in text:
        return text
    opened: dict[str, int] = {}
    place, kept = 0, []
    ends = len(text.rstrip())
    for tag in _TAG.finditer(text):
        name = tag["name"].casefold()
        if _ANSWERING.fullmatch(name):
            continue
        if not tag["end"]:
            opened.setdefault(name, tag.start())
        elif (start := opened.pop(name, None)) is not None and place <= start and tag.end() < ends:
            kept += [text[place:start], " " * (tag.end() - start)]
            place = tag.end()
    return "".join([*kept, text[place:]])
