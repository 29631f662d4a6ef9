"""Which language a text is in, told by py3langid's model; and the names that people give languages.

References
----------
.. [1] Lui, M. & Baldwin, T. (2012). "langid.py: An off-the-shelf language identification tool". ACL demonstrations.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["LANGUAGES", "detect_language", "language_named", "language_tag"]

#: Names of each language in Spanish, Catalan, Basque, Galician and English, and its codes of three letters; compared
#: without case and accents.
_NAMES: Final[dict[str, str]] = {
    "es": "español castellano espanyol castellà gaztelania gaztelera espainiera castelán spanish castilian spa",
    "ca": "catalán valenciano català valencià katalana valentziera valenciera valencián catalan valencian cat",
    "eu": "euskera vasco vascuence euskara basc èuscar éuscaro basque eus baq",
    "gl": "gallego gallec galego galiziera galician glg",
    "en": "inglés anglès ingelesa english eng",
    "pt": "portugués portuguès portugesa portuguese por",
    "fr": "francés francès frantsesa french fra fre",
    "it": "italiano italià italiera italian ita",
    "de": "alemán alemany alemana alemaniera german deu ger",
    "nl": "neerlandés holandés neerlandès nederlandera dutch nld dut",
    "ro": "rumano romanès errumaniera romanés romanian ron rum",
    "pl": "polaco polonès poloniera polish pol",
    "bg": "búlgaro búlgar bulgariera bulgarian bul",
    "uk": "ucraniano ucraïnès ukrainera ucraíno ukrainian ukr",
    "ru": "ruso rus errusiera russian",
    "ar": "árabe àrab arabiera arabic ara",
    "zh": "chino xinès txinera chinés chinese zho chi",
}

#: Languages that can be told: those named above, the larger ones of Europe, and those with a script of their own. With
#: the model's 139 more short texts are in doubt; with those of Spain alone every other language would be one of them.
LANGUAGES: Final[tuple[str, ...]] = (
    *_NAMES,
    *("cs", "da", "et", "fi", "hr", "hu", "lt", "lv", "no", "sk", "sl", "sq", "sv", "tr"),
    *("el", "fa", "he", "hi", "hy", "id", "ja", "ka", "ko", "th", "ur", "vi"),
)

#: The model's class for what is no language: numbers, codes, markup.
_NO_LANGUAGE: Final = "zxx"
#: Characters of a text that are looked at: more tell nothing new, and where the first few are clear, nor do they.
_FEW_CHARACTERS: Final = 100
_MOST_CHARACTERS: Final = 1000
_CLEAR: Final = 0.9
_TAG = re.compile(r"(?P<base>[A-Za-z]{2,3})(?P<rest>(?:[-_][A-Za-z0-9]{1,8})*)")
_LOADING = threading.Lock()


def detect_language(text: str, *, least: float = 0.5) -> str | None:
    """Detect the language of a text, from its first hundred characters if that is clear, else its first thousand.

    Parameters
    ----------
    text
        Running text.
    least
        Probability that the likeliest language must have, in (0, 1].

    Returns
    -------
    str or None
        One of `LANGUAGES`; None where it is in doubt, or the text is numbers and codes.

    Examples
    --------
    >>> detect_language("Su factura se cobrará el lunes que viene.")
    'es'
    >>> detect_language("A súa factura cobrarase o vindeiro luns.")
    'gl'
    >>> detect_language("OK") is None
    True
    """
    tag, probability = _identifier().classify(text[:_FEW_CHARACTERS])
    if probability < _CLEAR and len(text) > _FEW_CHARACTERS:
        tag, probability = _identifier().classify(text[:_MOST_CHARACTERS])
    return str(tag) if probability >= least and tag != _NO_LANGUAGE else None


def language_tag(name: str) -> str:
    """The tag of a language as people name it; what names none is returned as it is.

    Parameters
    ----------
    name
        A name in Spanish, Catalan, Basque, Galician or English, a code of two or three letters, or a BCP 47 tag.

    Examples
    --------
    >>> [language_tag(name) for name in ("castellano", "Catalán", "euskera", "GLG", "es_MX", "Klingon")]
    ['es', 'ca', 'eu', 'gl', 'es-MX', 'Klingon']
    """
    known, plain = _tags(), name.strip()
    match = _TAG.fullmatch(plain)
    if match is not None and (len(match["base"]) == 2 or match["base"].lower() in known):
        return known.get(match["base"].lower(), match["base"].lower()) + match["rest"].replace("_", "-")
    # "Spanish (Mexico)": codes are left out, since the code of Portuguese is a Spanish word.
    words = (_folded(word) for word in re.findall(r"\w{4,}", plain))
    return next((known[word] for word in words if word in known), plain)


def language_named(name: str) -> str:
    """`language_tag` of what a user says a language is.

    Raises
    ------
    UsageError
        If it is neither the name of a language that can be told nor a tag.

    Examples
    --------
    >>> language_named("Euskara")
    'eu'
    """
    tag = language_tag(name)
    if not re.fullmatch(r"[a-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", tag):
        raise UsageError(
            f"no language is called {name!r}; give a name such as castellano, català, euskara, galego or English, "
            f"or a tag such as es or pt-BR (known by name: {', '.join(_NAMES)})"
        )
    return tag


@cache
def _tags() -> dict[str, str]:
    named = {_folded(name): tag for tag, names in _NAMES.items() for name in names.split()}
    return {**named, **{tag: tag for tag in LANGUAGES}}


def _folded(word: str) -> str:
    return "".join(
        character
        for character in unicodedata.normalize("NFKD", word.casefold())
        if not unicodedata.combining(character)
    )


def _identifier() -> LanguageIdentifier:
    with _LOADING:  # threads that ask together load the model once
        return _loaded_identifier()


@cache
def _loaded_identifier() -> LanguageIdentifier:
    """The model, read when the first text is asked about (0.4 s), not when this module is imported."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*LANGUAGES, _NO_LANGUAGE])
    return identifier
