"""Which column of a table holds what: guessed from common names, said by the user where the guess is wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.ratings.saying import say_columns

__all__ = [
    "IMAGES",
    "ITEM_FIELDS",
    "RATING_EXTRAS",
    "TEXT_FIELDS",
    "guess_columns",
    "holds_images",
    "known_names",
    "listed",
    "names_of",
    "says",
]

#: `Item`'s fields that hold text.
TEXT_FIELDS = ("prompt", "response", "context", "reference", "response_b")
#: Every field of `Item` but its id and extras.
ITEM_FIELDS = (*TEXT_FIELDS, "group", "system", "language")
#: The column of an item's images, as `Item` keeps them.
IMAGES = "images"
#: What a rating may carry beside its value.
RATING_EXTRAS = ("comment", "timestamp", "seconds")

#: Names people give these columns, likeliest first, compared without case, accents, spaces, hyphens or underscores.
_ALIASES: dict[str, tuple[str, ...]] = {
    "item_id": (
        "item_id", "item", "example_id", "sample_id", "task_id", "instance_id", "record_id", "response_id", "id_item",
        "id_respuesta", "id_resposta", "idx", "id",
    ),
    "annotator_id": (
        "annotator_id", "annotator", "rater_id", "rater", "worker_id", "worker", "user_id", "user", "coder", "judge",
        "evaluator", "labeler", "reviewer", "anotador", "anotadora", "evaluador", "evaluadora", "id_anotador",
        "anotador_id", "avaluador", "avaluadora", "avaliador", "avaliadora", "ebaluatzailea", "etiquetatzailea",
        "quien", "email", "email_address", "direccion_de_correo_electronico", "adreca_electronica",
        "helbide_elektronikoa",
    ),
    "criterion": (
        "criterion", "dimension", "aspect", "metric", "criteria", "question", "criterio", "criteri", "irizpidea",
        "dimensio", "attribute",
    ),
    "value": (
        "value", "rating", "score", "label", "grade", "annotation", "answer", "stars", "nota", "puntuacion",
        "puntuacio", "puntos", "valor", "valoracion", "valoracio", "calificacion", "etiqueta", "puntuazioa",
        "balorazioa",
    ),
    "position": ("position", "rating_index"),
    "prompt": (
        "prompt", "instruction", "question_text", "input", "query", "user_message", "pregunta", "consulta", "galdera",
        "mensaje_usuario",
    ),
    "response": (
        "response", "output", "completion", "answer_text", "text", "summary", "reply", "respuesta", "resposta",
        "erantzuna", "texto", "resumen", "answer",
    ),
    "context": ("context", "document", "article", "source_text", "passage", "contexto", "context_text", "testuingurua"),
    "reference": ("reference", "gold", "reference_answer", "referencia"),
    "response_b": ("response_b", "output_b", "completion_b"),
    "group": (
        "group", "group_id", "conversation_id", "conversation", "document_id", "doc_id", "dialogue_id", "dialog_id",
        "source_id", "grupo", "grup", "taldea", "conversacion", "conversa", "elkarrizketa", "id_conversacion",
        "conversacion_id", "dialogo",
    ),
    "system": ("system", "model", "model_id", "system_id", "sistema", "modelo", "eredua"),
    "language": ("language", "lang", "locale", "idioma", "lengua", "llengua", "lingua", "hizkuntza"),
    "comment": (
        "comment", "comments", "rationale", "explanation", "justification", "comentario", "comentarios", "comentaris",
        "iruzkina", "observaciones", "justificacion",
    ),
    "timestamp": (
        "timestamp", "created_at", "submitted_at", "time", "date", "fecha", "data_hora", "marca_temporal",
        "marca_de_tiempo",
    ),
    "seconds": ("seconds", "duration", "lead_time", "time_spent", "elapsed", "segundos", "duracion"),
}  # fmt: skip

#: Names among these that other things are called by, too: they hint at a field and do not say it.
_UNSURE = frozenset(
    {"id", "idx", "responseid", "user", "userid", "quien", "email", "answer", "question", "attribute", "label",
     "annotation", "input", "output", "time", "date", "document", "article", "conversation", "judge",
     "position", "grupo", "group", "taldea", "etiqueta", "valor", "metric", "query", "source", "gold", "locale"}
)  # fmt: skip

#: What people call a column of images, which are what they are by what its cells hold.
_IMAGES = frozenset(
    {IMAGES, "image", "picture", "pictures", "photo", "foto", "imagen", "imagenes", "imatge", "imatges", "imaxe",
     "imaxes", "irudia", "irudiak"}
)  # fmt: skip


def holds_images(name: str) -> bool:
    """Whether a column's name says that it holds images.

    Examples
    --------
    >>> holds_images("Image"), holds_images("image_id")
    (True, False)
    """
    return _plain(name) in _IMAGES


def known_names() -> tuple[str, ...]:
    """The library's names for columns, in the order they are guessed."""
    return tuple(_ALIASES)


@cache
def names_of(field: str) -> frozenset[str]:
    """What people call a field, in lower case; empty where it has no names but its own."""
    return frozenset(_ALIASES.get(field, ()))


def guess_columns(present: Iterable[str], said: Mapping[str, str] | None = None) -> dict[str, str]:
    """The source's column for each of the library's names.

    Parameters
    ----------
    present
        The source's columns.
    said
        What the user said, ``{library's name: source's column}``; it wins over any guess.

    Returns
    -------
    dict
        ``{library's name: source's column}``, only those found. Each column serves once.

    Raises
    ------
    UsageError
        If the user names a column that is not there.

    Examples
    --------
    >>> guess_columns(["Example ID", "rater", "score", "model"])
    {'item_id': 'Example ID', 'annotator_id': 'rater', 'value': 'score', 'system': 'model'}
    """
    columns = list(present)
    said = dict(said or {})
    for name, column in said.items():
        if column not in columns:
            raise UsageError(
                message(
                    "{said} names a column that is not there; there are: {columns}",
                    said=say_columns({name: column}),
                    columns=listed(columns),
                )
            )
    taken = set(said.values())
    chosen: dict[str, str] = {}
    plain = {column: _plain(column) for column in columns}
    for name, aliases in _ALIASES.items():
        if name in said:
            chosen[name] = said[name]
            continue
        free = {plain[column]: column for column in reversed(columns) if column not in taken}
        found = next((free[alias] for alias in map(_plain, aliases) if alias in free), None)
        if found is not None:
            chosen[name] = found
            taken.add(found)
    return chosen


@cache
def says(name: str) -> str | None:
    """The field that a column's name says and nothing else is called by; None for any other name.

    Examples
    --------
    >>> says("Rater ID"), says("puntuación"), says("id"), says("message")
    ('annotator_id', 'value', None, None)
    """
    plain = _plain(name)
    if plain in _UNSURE:
        return None
    return next((field for field, aliases in _ALIASES.items() if plain in map(_plain, aliases)), None)


def listed(columns: Iterable[str], most: int = 12) -> str:
    """The columns' names for an error, the first `most` where there are more."""
    names = list(columns)
    return ", ".join(names[:most]) + (message(" and {n} more", n=len(names) - most) if len(names) > most else "")


@cache
def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if character.isalnum())
