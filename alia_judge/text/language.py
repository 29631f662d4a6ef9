"""Which language a text is in, told by py3langid's model; and the names that people give languages.

References
----------
.. [1] Lui, M. & Baldwin, T. (2012). "langid.py: An off-the-shelf language identification tool". ACL demonstrations.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["LANGUAGES", "detect_language", "detect_languages", "language_named", "language_tag"]

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
#: Texts that are walked through side by side.
_AT_ONCE: Final = 4096
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
    return detect_languages([text], least=least)[0]


def detect_languages(texts: Sequence[str], *, least: float = 0.5) -> list[str | None]:
    """`detect_language` of each of many texts: twenty thousand take ten times less than one by one."""
    told = _told([text[:_FEW_CHARACTERS] for text in texts])
    unclear = [place for place, (_, sure) in enumerate(told) if sure < _CLEAR and len(texts[place]) > _FEW_CHARACTERS]
    for place, found in zip(unclear, _told([texts[place][:_MOST_CHARACTERS] for place in unclear]), strict=True):
        told[place] = found
    return [tag if sure >= least and tag != _NO_LANGUAGE else None for tag, sure in told]


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
            message(
                "no language is called {name!r}; give a name such as castellano, català, euskara, "
                "galego or English, or a tag such as es or pt-BR (known by name: {names})",
                name=name,
                names=", ".join(_NAMES),
            )
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


def _told(texts: Sequence[str]) -> list[tuple[str, float]]:
    """The likeliest language of each text and its probability, as the identifier's `classify` gives them."""
    if len(texts) < 2:
        return [_identifier().classify(text) for text in texts]
    identifier = _identifier()
    written = [identifier._encode(text) for text in texts]
    # The longest first: those that have not ended at a place are then the first ones.
    order = sorted(range(len(written)), key=lambda place: -len(written[place]))
    told: list[tuple[str, float]] = [("", 0.0)] * len(texts)
    for start in range(0, len(order), _AT_ONCE):
        some = order[start : start + _AT_ONCE]
        chances = _chances(identifier, [written[place] for place in some])
        likeliest = chances.argmax(axis=1)
        for place, tag, sure in zip(some, likeliest.tolist(), chances.max(axis=1).tolist(), strict=True):
            told[place] = (str(identifier.nb_classes[tag]), sure)
    return told


def _chances(identifier: LanguageIdentifier, written: Sequence[bytes]) -> NDArray[np.float32]:
    """The probability of each class for each text, the longest first, shape (n, classes).

    The automaton that finds a text's features takes one step a byte; here it steps through all texts at once.
    """
    from scipy import sparse

    sizes = np.array([len(text) for text in written])
    longest = int(sizes[0])
    letters = np.frombuffer(b"".join(text.ljust(longest, b"\0") for text in written), dtype=np.uint8)
    letters = letters.reshape(len(written), longest)
    moves, feature = np.asarray(identifier.tk_nextmove), np.asarray(identifier.tk_output)
    rows = np.asarray(identifier.tk_row, dtype=np.intp) << 8
    state = np.zeros(len(written), dtype=np.intp)
    texts, features = [], []
    for step in range(longest):
        left = int(np.searchsorted(-sizes, -step))  # how many texts are longer than this
        state[:left] = moves[rows[state[:left]] + letters[:left, step]]
        seen = feature[state[:left]]
        hit = np.flatnonzero(seen >= 0)
        texts.append(hit)
        features.append(seen[hit])
    where = (np.concatenate([*texts, []]).astype(np.intp), np.concatenate([*features, []]).astype(np.intp))
    shape = (len(written), identifier.nb_ptc.shape[0])
    counts = sparse.coo_array((np.ones(where[0].size, dtype=np.float32), where), shape=shape).tocsr()
    counts.sum_duplicates()
    some = np.diff(counts.indptr) > 0
    counts.data = np.log1p(counts.data)
    scores = np.where(some[:, None], counts @ identifier.nb_ptc + identifier.nb_pc, np.float32(0.0))
    scores *= (1.0 / np.sqrt(np.maximum(sizes, 1)))[:, None].astype(np.float32)
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    for first, other in identifier._alias_pairs:  # two classes of one language
        chances[:, first] += chances[:, other]
        chances[:, other] = 0.0
    return np.asarray(chances, dtype=np.float32)


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
