"""Scales in words: grades that people's forms spell out, in the languages of Spain and English, in their order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from alia_judge.records import Scale

__all__ = ["fold", "out_of", "partly_known", "worded_scale"]

#: More different words than this are no scale.
_MOST_WORDS = 9

#: More points than these are no scale of points.
_MOST_OF = 20

#: Words of common scales, lowest first: in each place a pattern of the ways to say it, without accents or case.
_ORDERS: tuple[tuple[str, ...], ...] = (
    ("muy mal[oa]?", "mal[oa]?", "regular|normal|aceptable", "buen[oa]?|bien", "muy buen[oa]?|muy bien|excelente"),
    ("molt mal|molt dolenta?|molt malament", "dolenta?|malament", "regular|normal|acceptable", "bona?|be",
     "molt bona?|molt be|excel·?lent"),
    ("oso txarra|oso gaizki", "txarra|gaizki", "erdipurdikoa|normala|onargarria", "ona|ongi|ondo",
     "oso ona|oso ongi|oso ondo|bikaina"),
    ("moi mal[oa]?", "mal[oa]?", "regular|normal|aceptable", "bo|boa|ben", "moi bo|moi boa|moi ben|excelente"),
    ("very bad|very poor|awful|terrible", "bad|poor", "fair|average|okay|ok|neutral|acceptable", "good",
     "very good|excellent|great"),
    ("nada", "poco", "algo|regular", "bastante", "mucho|muy|totalmente"),
    ("gens|gens ni mica", "poc", "una mica|regular", "forca|bastant", "molt|totalment"),
    ("not at all", "slightly|a little", "somewhat|moderately", "very|mostly", "extremely|completely"),
    ("muy en desacuerdo|totalmente en desacuerdo", "en desacuerdo",
     "ni de acuerdo ni en desacuerdo|neutral|indiferente", "de acuerdo", "muy de acuerdo|totalmente de acuerdo"),
    ("molt en desacord|totalment en desacord", "en desacord", "ni d'acord ni en desacord|neutral", "d'acord",
     "molt d'acord|totalment d'acord"),
    ("moi en desacordo|totalmente en desacordo", "en desacordo",
     "nin de acordo nin en desacordo|neutral|indiferente", "de acordo", "moi de acordo|totalmente de acordo"),
    ("(?:guztiz|erabat|oso) (?:kontra|desados)|ez nago batere ados", "kontra|desados|ez nago ados",
     "ez ados ez kontra|ez bat ez bestea|neutroa", "ados|ados nago", "(?:guztiz|erabat|oso) ados(?: nago)?"),
    ("nada de acuerdo", "poco de acuerdo", "algo de acuerdo|ni de acuerdo ni en desacuerdo", "bastante de acuerdo",
     "muy de acuerdo|totalmente de acuerdo"),
    ("gens d'acord", "poc d'acord", "una mica d'acord|ni d'acord ni en desacord", "forca d'acord|bastant d'acord",
     "molt d'acord|totalment d'acord"),
    ("strongly disagree", "disagree", "neither agree nor disagree|neutral|undecided", "agree", "strongly agree"),
    ("suspenso|insuficiente", "aprobado|suficiente", "bien", "notable", "sobresaliente|matricula de honor"),
    ("(?:muy|molt|moi|oso|very) negati[vbu](?:[oae]|oa)?", "negati[vbu](?:[oae]|oa)?", "neutr[oae]|neutroa|neutral",
     "positi[vbu](?:[oae]|oa)?", "(?:muy|molt|moi|oso|very) positi[vbu](?:[oae]|oa)?"),
    ("ss", "ap", "bi|be|bn", "nt|no", "sb|mh"),
    ("in", "su", "bi|be", "nt|no", "sb|ex|mh"),
    ("suspes|insuficient", "aprovat|suficient", "be", "notable", "excel·?lent|matricula d'honor"),
    ("gutxi|gutxiegi", "nahikoa", "ongi|ondo", "oso ongi|oso ondo", "bikain"),
    ("suspenso|insuficiente", "aprobado|suficiente", "ben", "notable", "sobresaliente|matricula de honra"),
    ("nunca", "casi nunca|rara vez", "a veces", "casi siempre|a menudo", "siempre"),
    ("never", "rarely", "sometimes", "often|usually", "always"),
    ("muy baj[oa]", "baj[oa]", "medi[oa]", "alt[oa]", "muy alt[oa]"),
    ("moi baix[oa]", "baix[oa]", "medi[oa]", "alt[oa]", "moi alt[oa]"),
    ("molt baixa?", "baixa?", "mitja|mitjana", "alta?", "molt alta?"),
    ("oso baxua|oso txikia", "baxua|txikia", "ertaina|tartekoa", "altua|handia", "oso altua|oso handia"),
    ("very low", "low", "medium|moderate", "high", "very high"),
    ("no", "parcialmente|en parte", "si"),
    ("no", "parcialment|en part", "si"),
    ("ez", "neurri batean|zati batean", "bai"),
    ("non", "parcialmente|en parte", "si"),
    ("no", "partially|partly|somewhat", "yes"),
    ("incorrect[oa]", "parcialmente correct[oa]", "correct[oa]"),
    ("incorrect", "partially correct|partly correct", "correct"),
    ("a1", "a2", "b1", "b2", "c1", "c2"),
    ("[-−]{2}", "[-−]", r"0|=|±|\+/−|−/\+", r"\+", r"\+{2}"),
    ("[-−]{3}", "[-−]{2}", "[-−]", r"0|=|±|\+/−|−/\+", r"\+", r"\+{2}", r"\+{3}"),
    ("[😡😠🤬😭]", "[🙁☹😞😟😕]️?", "[😐😶]", "[🙂😊☺]️?", "[😀😃😄😁🤩😍]"),
)  # fmt: skip

_BEFORE = re.compile(r"(-?\d{1,2})(?:\s*[-–—.:=)]\s*\D.*|\s*[(\[]\D.*|\s+[^\W\d].*)")
_AFTER = re.compile(r"\D+[(\[](-?\d{1,2})[)\]]")
#: ``4 stars``, ``Score: 4``.
_COUNT = re.compile(
    r"(\d{1,2})\s*(?:stars?|points?|estrellas?|puntos?|estrelles?|punts?|izar(?:rak)?|puntu|estrelas?)", re.I
)
#: A survey tool's ``A1`` to ``A5``; ``S1`` to ``S3`` may be steps or systems.
_CODE = re.compile(r"[Aa](\d{1,2})")
_STEP = re.compile(r"([A-Za-z]{1,2})(\d{1,2})")
_SAID = re.compile(r"\D+[:=]\s*(\d{1,2})")
_OUT_OF = re.compile(r"(\d{1,3}(?:[.,]\d{1,2})?)\s*(?:/|de|of|out of|sobre|d'|tik)\s*(\d{1,3})", re.IGNORECASE)
_LETTER = re.compile(r"[A-Fa-f][-−+]?")
_STARS = re.compile(r"([★⭐*]+)[☆]*")


def worded_scale(labels: Sequence[str]) -> Scale | None:
    """The ordinal scale that these words spell, if they do: known words, or numbers among the words.

    Parameters
    ----------
    labels
        The different words given, two or more.

    Examples
    --------
    >>> worded_scale(["Buena", "Muy mala", "Regular"]).labels
    ('Muy mala', 'Regular', 'Buena')
    >>> worded_scale(["4 - bien", "1 - fatal"]).points, worded_scale(["3/5", "5/5"]).points
    ((1.0, 4.0), (1.0, 2.0, 3.0, 4.0, 5.0))
    >>> worded_scale(["cat", "dog"]) is None
    True
    """
    return _counted(labels) or _numbered(labels) or _known(labels) or _lettered(labels)


def out_of(text: str) -> tuple[float, int] | None:
    """The number in a grade of so many, and how many: ``7,5/10``, ``4 de 5``; None for anything else.

    Examples
    --------
    >>> out_of("7,5/10"), out_of("4 de 5"), out_of("4")
    ((7.5, 10), (4.0, 5), None)
    """
    match = _OUT_OF.fullmatch(text.strip())
    return None if match is None else (float(match[1].replace(",", ".")), int(match[2]))


def fold(text: str) -> str:
    """A word without case, accents or surrounding spaces and marks: ``Sí`` and ``SI`` are one answer.

    Examples
    --------
    >>> fold(" Sí "), fold("Força")
    ('si', 'forca')
    """
    decomposed = unicodedata.normalize("NFKD", text.strip().strip("*_.\"'`!").strip().casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _counted(labels: Sequence[str]) -> Scale | None:
    """``4/5``, ``4 of 5``, and stars: every point from 1 (0 where it was given) to the top is known."""
    fractions = [found for label in labels if (found := out_of(label)) is not None]
    if len(fractions) == len(labels) and all(grade.is_integer() for grade, _ in fractions):
        tops = {top for _, top in fractions}
        given = [int(grade) for grade, _ in fractions]
        if len(tops) == 1 and max(given) <= max(tops) and 2 <= max(tops) <= _MOST_OF:
            bottom = min(1, *given)
            numbered = dict(zip(given, labels, strict=True))
            points = range(bottom, max(tops) + 1)
            return _ordinal(points, [numbered.get(point, f"{point}/{max(tops)}") for point in points])
    stars = [_STARS.fullmatch(label.strip()) for label in labels]
    if all(stars):
        given = [len(match[1]) for match in stars if match]
        if len(set(given)) == len(labels):
            numbered = dict(zip(given, labels, strict=True))
            points = range(1, max(given) + 1)
            return _ordinal(points, [numbered.get(point, "★" * point) for point in points])
    return None


def _numbered(labels: Sequence[str]) -> Scale | None:
    """``4 - good`` and ``Good (4)``: the points that were given, and no others."""
    for pattern in (_BEFORE, _AFTER, _COUNT, _SAID, _CODE):
        found = [pattern.fullmatch(label.strip()) for label in labels]
        if all(found):
            numbered = {int(match[1]): label for match, label in zip(found, labels, strict=True) if match}
            if len(numbered) == len(labels):
                points = sorted(numbered)
                return _ordinal(points, [numbered[point] for point in points])
    return None


def _known(labels: Sequence[str]) -> Scale | None:
    folded = {fold(label): label for label in labels}
    if len(folded) != len(labels) or len(labels) < 3:
        return None
    for order in _ORDERS:
        places: dict[int, str] = {}
        for word, label in folded.items():
            place = next((place for place, ways in enumerate(order) if re.fullmatch(ways, word)), None)
            if place is None or place in places:
                break
            places[place] = label
        else:
            points = sorted(places)
            return _ordinal([point + 1 for point in points], [places[point] for point in points])
    return None


def _lettered(labels: Sequence[str]) -> Scale | None:
    """Grades from F to A: told by an F without an E, or by signs; A, B, C alone may be names."""
    grades = {
        match[0].upper().replace("-", "−"): label for label in labels if (match := _LETTER.fullmatch(label.strip()))
    }
    letters = {grade[0] for grade in grades}
    signed = any(len(grade) > 1 for grade in grades)
    if len(grades) < len(labels) or len(labels) < 3 or not (signed or ("F" in letters and "E" not in letters)):
        return None
    every = [letter + sign for letter in "FEDCBA" for sign in ("−", "", "+")]
    ladder = [grade for grade in every if grade in grades]
    return _ordinal(range(1, len(ladder) + 1), [grades[grade] for grade in ladder])


def partly_known(labels: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """The labels that are words of a known scale, and those that are not, where there are two of the first or more.

    Such labels surely have an order, and only their author knows it.

    Examples
    --------
    >>> partly_known(["bien", "mal", "pasable", "regular"])
    (['mal', 'regular', 'bien'], ['pasable'])
    >>> partly_known(["factura", "cobertura", "queja"]) is None
    True
    """
    if not 3 <= len(labels) <= _MOST_WORDS or worded_scale(labels) is not None:
        return None
    steps = [_STEP.fullmatch(label.strip()) for label in labels]
    numbered = {int(step[2]): label for step, label in zip(steps, labels, strict=True) if step}
    if len(numbered) == len(labels) and len({step[1] for step in steps if step}) == 1:
        return [numbered[point] for point in sorted(numbered)], []
    best: dict[int, str] = {}
    for order in _ORDERS:
        found: dict[int, str] = {}
        for label in labels:
            word = fold(label)
            place = next((place for place, ways in enumerate(order) if re.fullmatch(ways, word)), None)
            if place is not None:
                found.setdefault(place, label)
        best = max(best, found, key=len)
    if len(best) < 2 or 2 * len(best) < len(labels):
        return None
    known = [best[place] for place in sorted(best)]
    return known, [label for label in labels if label not in known]


def _ordinal(points: Sequence[int], labels: Sequence[str]) -> Scale:
    return Scale(kind="ordinal", points=tuple(map(float, points)), labels=tuple(labels))
