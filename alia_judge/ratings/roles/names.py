"""What a column's name hints at: beginnings of words in five languages, people's names, criteria."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product

from alia_judge.ratings.worded_scales import worded_scale

__all__ = [
    "ROLES",
    "are_values",
    "called_result",
    "generic",
    "grids",
    "hint",
    "is_criterion",
    "is_of_a_thing",
    "is_quality",
    "is_scale_word",
    "person_half",
    "person_name",
    "says_only_who",
    "tokens",
]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: Beginnings of the words that hint at a role.
_HINTS: dict[str, tuple[str, ...]] = {
    "item": _words(
        "item example sample doc sentence segment tweet post message unit trace question hit instance "
        "conversation element muestra ejemplo frase mensaje elemento documento mostra exemple missatge "
        "element adibide mezu elementu esaldi dokumentu exemplo mensaxe caso case input record stimul "
        "estimul"
    ),
    "text": _words(
        "text texto testu response respuesta resposta erantzun answer summary resumen resum laburpen "
        "sentence frase esaldi tweet message mensaje missatge mensaxe mezu prompt question pregunta "
        "galdera consulta content contingut contenido article articulo source reference output reply "
        "comment body headline story title translation context opcion option"
    ),
    "annotator": _words(
        "annotator rater worker turk assigned judge coder evaluator user person participant author expert labeler "
        "labeller reviewer respondent contributor voter listener subject email correo assessor grader anotator "
        "anotador evaluador juez "
        "persona usuari participant codificador expert avaluador jutge ebaluatzaile anotatzaile epaile "
        "pertsona erabiltzaile partaide avaliador xuiz persoa sheet who quien informant completed rated"
    ),
    "criterion": _words(
        "criteri criterion metric dimension aspect irizpide alderdi dimentsio neurri attribute quality_dimension trait"
    ),
    "value": _words(
        "score rating value label grade mark star annotation judgment judgement verdict vote points nota "
        "puntuaci valor valora etiqueta calificaci voto qualificaci puntuazio balio balorazio etiketa "
        "kalifikazio cualificaci winner preference preferred preferida choice response_value class answer "
        "ganador gana guanya irabaz"
    ),
    "system": _words("system model method sistema modelo eredu engine bot generator llm metode metodo"),
    "group": _words(
        "group doc document batch source thread conversation dialog grupo grup talde tema topic lote hit "
        "story prompt passage conversaci conversa elkarrizketa"
    ),
    "person_attr": _words(
        "age gender sex country education native occupation nationality edad genero sexo pais estudios "
        "ocupacion edat genere sexe estudis adin generoa herrialde ikasket idade xenero ethnicity race "
        "experience experiencia region income marital civil hispanic latino religion postal postcode zip zipcode"
    ),
    "item_attr": _words(
        "topic categor domain lang length turn split year tema dominio idioma longitud llengua domini "
        "llargada gai hizkuntza luzera lingua lonxitude index pos position order orden len tokens chars "
        "words num line row version fold offset day dia canal channel latitude longitude latitud lonxitud "
        "city state county province provinci municipi concello ciudad ciutat cidade hiri"
    ),
    "time": _words(
        "time date timestamp duration second created start end fecha hora duraci segundo data durada "
        "segon iraupen denbora submit updated elapsed minutes worktime ms marca"
    ),
    "comment": _words(
        "comment note remark reason explanation rationale comentari observac motivo iruzkin ohar justif feedback razon"
    ),
    "weight": _words("weight peso pes pisu confidence confs confianza confianca konfiantza trust"),
    "admin": _words(
        "reward title status lifetime expiration keywords approval approve rejection reject max assignment requester "
        "annotation_id progress finished ip channel"
    ),
}
ROLES = tuple(_HINTS)
#: Beginnings of words that begin as some that hint at a role do, and do not.
_BUT = {"item": ("postal", "postcode"), "item_attr": ("statement",), "person_attr": ("civili",)}
#: A count of things, or of people, is none of them.
_COUNTED = re.compile(r"(number|count|numero|cantidad) (of|de) ")
#: Beginnings of words for what is rated.
_CRITERIA = _words(
    "fluen flui rellevan klar coheren consisten relevan helpful harmless clear clarity clarid correct "
    "correccion accura factual toxic offens rude polite inform tone tono grammar gramatic natural engag "
    "overall quality calidad qualitat kalitate calidade util usef fidel adequa interest humor funny hate "
    "sarcas irony emotion sentiment safe segur complex simpl empath empat specific understand surpris "
    "context maintain complete respuest_util claredat argitasun zuzentasun egokitasun cortes cortesia "
    "adecua precision concis odio ironia erabilgarr jariotasun koherentzi tonu trato creativ divers bias "
    "fair truth ground help meaning style"
)
#: Endings of nouns for qualities in five languages, words that end so and are none, letters of a word too short for it.
_QUALITIES = _words("ness ity acy ency itud idez idad edad eza itat edat esa tasun tasuna idade edade")
_NO_QUALITY = frozenset(_words(
    "nationality ethnicity university identity entity community facility quantity activity ciudad entidad identidad "
    "nacionalidad comunidad universidad cantidad actividad sociedad propiedad enfermedad ciutat entitat identitat "
    "nacionalitat comunitat universitat quantitat activitat societat entidade identidade nacionalidade comunidade "
    "universidade cantidade atividade sociedade agency business witness empresa pobreza cabeza"
))  # fmt: skip
_SHORT = 5
#: "Tone" in Catalan and Galician, too short for a beginning.
_TONES = (("to",), ("ton",))
#: Words of scales.
_SCALE = frozenset(_words(
    "yes no si non bai ez true false verdadero falso agree disagree neutral good bad fair poor excellent buena mala "
    "regular bueno malo high low medium alto bajo medio alt baix mitja altua baxua positive negative positivo negativo "
    "tie never sometimes always nunca siempre maybe partially bo dolent ona txarra handia txikia boa ma sempre mai "
    "empate empat igual berdin berdinketa acuerdo desacuerdo acord desacord acordo desacordo ados kontra neutro neutra "
    "neutre indiferente up down like dislike suspenso aprobado notable sobresaliente"
))  # fmt: skip
_FIRST_NAMES = frozenset(_words(
    "ana jon eva miren luis maria jose juan pedro carmen laura marta pau nuria jordi iker ane amaia xoan uxia brais "
    "sara david anna john mary peter paul alice bob carol dave eve mark lucia pablo elena iria ainhoa mikel marc laia "
    "sofia diego carla joan pere rosa inaki ruben nerea"
))  # fmt: skip
#: A person's code: ``w12``, ``rater_3``, ``A1B2``.
_CODE = re.compile(
    r"(w|W|r|R|p|u|ann|rater|worker|annotator|anotador\w*|user|judge|coder|person\w*|evaluador\w*|eval|persona|A)"
    r"[-_ ]?[0-9A-Z]{1,14}"
)
#: Words of a name that say nothing of their own: the id, the number, the name of something.
_OF_SOMETHING = frozenset(_words("id ids number num name key code no nombre izena codigo codi"))
_RESULTS = frozenset(_words(
    "mean average avg median mode sum total final gold golden consensus majority agreed adjudicated aggregated unified "
    "media promedio mediana moda suma definitivo definitiva consenso consensuado consensuada mayoria acuerdo "
    "mitjana consens majoria batezbestekoa bataz batez azkena adostasuna gehiengoa maioria std sd stdev variance "
    "unificado unificada unificat bateratua"
))  # fmt: skip
_ITEM_WORDS = re.compile(r"answer|respuesta|resposta|erantzun|text|item|pregunta|question|galdera|\?")
#: Share of a grid's names that may make one.
_MOST_OF_A_GRID = 0.7
_UNTOLD = frozenset(_words("c col column columna var x v field unnamed campo"))


def plain(text: object) -> str:
    """A text without accents."""
    decomposed = unicodedata.normalize("NFKD", str(text))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@lru_cache(maxsize=65536)
def tokens(name: str) -> tuple[str, ...]:
    """The words and numbers of a name, without accents or case.

    Examples
    --------
    >>> tokens("Input.worker_id2"), tokens("HITId"), tokens("Rude¹")
    (('input', 'worker', 'id', '2'), ('hit', 'id'), ('rude', '1'))
    """
    spaced = re.sub(r"([a-z])([A-Z])|([A-Z])(Id)(?![a-z])", r"\1\3 \2\4", plain(name))
    return tuple(part for part in re.split(r"[^a-z0-9]+|(?<=[a-z])(?=\d)", spaced.lower()) if part)


@lru_cache(maxsize=65536)
def hint(name: str, role: str) -> float:
    """How far a name says `role`: 1 if its last word does (or all of it, exactly), .7 if an earlier one, 0 if none.

    Examples
    --------
    >>> hint("worker_id", "annotator"), hint("annotator age", "annotator"), hint("number of annotators", "annotator")
    (1.0, 0.7, 0.0)
    """
    words = [word for word in tokens(name) if not word.isdigit()]
    hits = [_begins(word, _HINTS[role]) and not word.startswith(_BUT.get(role, ())) for word in words]
    if not any(hits) or (role in ("item", "annotator") and _COUNTED.match(" ".join(words))):
        return 0.0
    core = [hit for hit, word in zip(hits, words, strict=True) if word not in _OF_SOMETHING]
    return 1.0 if (core or hits)[-1] else 0.7


def _begins(word: str, hints: Sequence[str]) -> bool:
    return any(
        word.startswith(beginning) and (len(beginning) > 3 or word in (beginning, beginning + "s"))
        for beginning in hints
    )


def is_of_a_thing(name: str) -> bool:
    """Whether a name is that of a thing's id or name, and not of a person's.

    Examples
    --------
    >>> is_of_a_thing("video_id"), is_of_a_thing("worker_id"), is_of_a_thing("id")
    (True, False, False)
    """
    words = tokens(name)
    return len(words) > 1 and words[-1] in _OF_SOMETHING and not hint(name, "annotator")


def says_only_who(name: str) -> bool:
    """Whether a name is a person's and nothing else's, so that its cells may say who rated.

    Examples
    --------
    >>> says_only_who("Rater ID 1"), says_only_who("tone_annotator_1"), says_only_who("score 1")
    (True, False, False)
    """
    words = [word for word in tokens(name) if not word.isdigit() and len(word) > 2 and word not in _OF_SOMETHING]
    return bool(words) and all(_begins(word, _HINTS["annotator"]) for word in words)


@lru_cache(maxsize=65536)
def is_criterion(name: str) -> bool:
    """Whether a name is like that of something people rate.

    Examples
    --------
    >>> is_criterion("Fluidez general"), is_criterion("topic")
    (True, False)
    """
    words = tokens(name)
    return words[:1] in _TONES or any(word.startswith(_CRITERIA) for word in words)


@lru_cache(maxsize=65536)
def is_quality(name: str) -> bool:
    """Whether a name is like that of something people rate, or ends as nouns for qualities do.

    Examples
    --------
    >>> is_quality("cleverness"), is_quality("claredat"), is_quality("nationality"), is_quality("Ana")
    (True, True, False, False)
    """
    words = [word for word in tokens(name) if len(word) > _SHORT and word not in _NO_QUALITY]
    return is_criterion(name) or any(word.endswith(_QUALITIES) for word in words)


def is_scale_word(text: str) -> bool:
    """Whether a text has a word of a common scale."""
    return any(word in _SCALE for word in tokens(text))


@lru_cache(maxsize=65536)
def person_name(name: str) -> float:
    """How far a name is a person's, from -1 (it is a criterion's) to 1.

    Examples
    --------
    >>> person_name("Ana"), person_name("rater_3"), person_name("fluency")
    (1.0, 1.0, -1.0)
    """
    leaf = name.rsplit(".", 1)[-1] if re.search(r"\.\D|\.\d{3}", name) else name
    words = tokens(leaf)
    if not words:
        return 0.0
    if words[0] in _FIRST_NAMES or hint(leaf, "annotator") or "@" in leaf or words[0].startswith("eval"):
        return 1.0
    if is_criterion(leaf):
        return -1.0
    if _ITEM_WORDS.search(plain(leaf).lower()) or words[0] == "q":
        return -0.3
    if _CODE.fullmatch(leaf) and leaf[0] != "p":
        return 0.9
    if hint(leaf, "value") and len(words) > 1 and (words[-1].isdigit() or len(words[-1]) == 1):
        return 0.8
    if hint(leaf, "value") == 1:
        return -0.5
    return 0.6 if re.fullmatch(r"\d{3,}|[0-9a-f]{6,}", leaf) and leaf != name else 0.0


def is_person(text: str) -> bool:
    """Whether a cell's text is a person: a first name, an address, a person's code."""
    words = tokens(text)
    return bool(words) and (words[0] in _FIRST_NAMES or "@" in text or _CODE.fullmatch(text) is not None)


def called_result(name: str) -> bool:
    """Whether a column is called what came of several people's ratings: their mean, the final value, the consensus.

    Examples
    --------
    >>> called_result("Media"), called_result("score_final"), called_result("medical")
    (True, True, False)
    """
    return any(word in _RESULTS for word in tokens(name))


def are_values(names: Sequence[str]) -> bool:
    """Whether names are the words of a scale, each of which has a column.

    Examples
    --------
    >>> are_values(["muy_mal", "mal", "regular", "bien"]), are_values(["tono", "trato"])
    (True, False)
    """
    return len(names) > 2 and worded_scale([name.replace("_", " ") for name in names]) is not None


def generic(name: str) -> bool:
    """Whether a name tells nothing at all: ``column 3``, ``c2``."""
    return (tokens(name) or ("",))[0] in _UNTOLD


def person_half(half: str) -> float:
    """Half of a name of criterion and person: 1 for a person or a number, -1 for a criterion."""
    if is_criterion(half):
        return -1.0
    likeness = person_name(half)
    return likeness if likeness >= 0.8 else 0.9 if likeness > 0 or half.isdigit() or len(half) == 1 else likeness


def grids(names: Sequence[str]) -> Iterator[dict[str, tuple[str, str]]]:
    """Names that are all of A x B (``tone_1 tone_2 help_1 help_2``): the halves of each, for each way to cut them.

    Examples
    --------
    >>> next(grids(["tone_1", "tone_2", "help_1", "help_2", "id"]))
    {'tone_1': ('tone', '1'), 'tone_2': ('tone', '2'), 'help_1': ('help', '1'), 'help_2': ('help', '2')}
    """
    for mark, at_end in product(("|", "[", ".", "_", "-", " ", ""), (False, True)):
        halves = {name: cut for name in names if (cut := _cut(name, mark, at_end)) is not None}
        seconds: dict[str, set[str]] = {}
        for first, second in halves.values():
            seconds.setdefault(first, set()).add(second)
        for wanted in sorted({frozenset(found) for found in seconds.values() if len(found) > 1}, key=len, reverse=True):
            firsts = [first for first, found in seconds.items() if found >= wanted]
            if len(firsts) > 1:
                grid = {name: cut for name, cut in halves.items() if cut[0] in firsts and cut[1] in wanted}
                if len(grid) == len(firsts) * len(wanted):
                    yield _numbered_people(grid)
                break
        firsts = [first for first, found in seconds.items() if len(found) > 1]
        parts = set().union(*seconds.values()) if seconds else set()
        if firsts and len(seconds) > 1 and _MOST_OF_A_GRID <= len(halves) / (len(seconds) * len(parts)) < 1:
            # Not everybody rated everything.
            yield _numbered_people(halves)


def _numbered_people(grid: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """The word for people with their numbers (``tone_rater`` and ``1``: ``tone`` and ``rater_1``), in one spelling."""
    parted = {first: re.fullmatch(r"(.*\w)[\W_]+([^\W_]+)", first) for first, _ in grid.values()}
    rated = {first: match[1] for first, match in parted.items() if match and says_only_who(match[2])}
    if len(set(rated.values())) < len(parted) or not all(second.isdigit() for _, second in grid.values()):
        return grid
    word = next(match[2] for match in parted.values() if match)
    return {name: (rated[first], f"{word}_{second}") for name, (first, second) in grid.items()}


def _cut(name: str, mark: str, at_end: bool) -> tuple[str, str] | None:
    text = unicodedata.normalize("NFKD", name)
    if mark:
        halves = text.rsplit(mark, 1) if at_end else text.split(mark, 1)
    else:
        match = re.fullmatch(r"(.*\D)(\d+)|(.*[a-z])([A-Z])" if at_end else r"([A-Za-z]{0,2}\d+)(\D.*)", text)
        halves = [half for half in match.groups() if half] if match else []
    cleaned = [unicodedata.normalize("NFC", half.strip(" _-.[]|")) for half in halves]
    return (cleaned[0], cleaned[1]) if len(cleaned) == 2 and all(cleaned) else None
