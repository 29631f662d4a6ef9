"""JSON objects in an answer: found in whatever surrounds them, and the score read from the field it was asked in."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from alia_judge.judging.answer.found import Parsed
from alia_judge.judging.answer.labels import point_in_words, switch
from alia_judge.judging.answer.vocabulary import ANNOUNCEMENT, OVERALL
from alia_judge.models.thinking import without_thinking
from alia_judge.records import Scale

__all__ = ["Twice", "object_verdict", "read_object", "value_of"]

#: Reads a text that stands in an object, or beside it.
Parser = Callable[[str], Parsed]

#: Braces that are tried at most: of an answer that is nothing but braces, no more are worth it.
_TRIES = 16
#: Names of a score besides the one that was asked for: in other languages, and called final or total.
_NAME = re.compile(
    rf"(?:{OVERALL}\s)?(?:score|puntuación|puntaje|nota|calificación|valoración|puntuació|qualificació"
    rf"|valoració|puntuazioa?|kalifikazioa?|balorazioa?|cualificación)(?:\s{OVERALL})?",
    re.IGNORECASE,
)
#: What a label is asked with in a field's name: "is_correct".
_ASKING = re.compile(r"(?:is|was|has|es|está|és|da)\s")
_RANGE = re.compile(r"\s?\([^()\d]{0,20}\d{1,4}[^()]{0,20}\)$")
#: Names of a verdict in words.
_SAID = re.compile(rf"(?:{OVERALL}\s)?(?:{ANNOUNCEMENT})", re.IGNORECASE)
#: Where a field called "score" is an object itself.
_VALUES = ("value", "score", "points", "rating", "number")


class Twice(tuple[Any, ...]):
    """Values of a name that came more than once."""


def read_object(text: str, names: Sequence[str] = ()) -> tuple[dict[str, Any], str] | None:
    """The object in an answer, and the answer with its thoughts blanked out; None if there is none.

    Of several objects, those that hold one of `names` are read as one. A name that comes twice with different values
    keeps both, as a `Twice`.
    """
    plain = without_thinking(text)
    found = [read for read, _, _ in _objects(plain)]
    wanted = [read for read in found if any(name in read for name in names)] or found
    if not wanted:
        return None
    return _once([pair for read in wanted for pair in read.items()]), plain


def value_of(name: str, read: Mapping[str, Any], text: str, scale: Scale, parse: Parser) -> Parsed:
    """The point of `scale` that stands under `name`, or why there is none; `start` is where it stands in `text`.

    `parse` reads a value that is a text.
    """
    if name not in read:
        known = {_spelt(key): key for key in read}
        if _spelt(name) not in known:
            return Parsed(reason="no_score", detail=f"no {name!r} in the object")
        name = known[_spelt(name)]
    return _value(name, read[name], text, scale, parse)


def object_verdict(shown: str, scale: Scale, parse: Parser) -> tuple[Parsed | None, str]:
    """The score in the objects of an answer, None where they hold none; and what the answer says outside of them.

    The score stands under ``score``, under another word for it, under the label that is true of the text, or under one
    of these in an object of the object; not in any other field. What is announced outside of the objects must agree.
    """
    told: list[Parsed] = []
    rest = shown
    for read, start, end in _objects(shown):
        told += [_moved(one, start) for one in _scores(read, shown[start:end], scale, parse)]
        rest = rest[:start] + " " * (end - start) + rest[end:]
    if not told:
        return None, rest
    scores = {one.score for one in told if one.score is not None}
    unclear = next((one for one in told if one.score is None), None)
    if len(scores) > 1:
        return Parsed(reason="ambiguous", detail=", ".join(f"{score:g}" for score in sorted(scores))), rest
    if unclear is not None:
        return unclear, rest
    outside = parse(rest) if _ANNOUNCES.search(rest) else None
    if outside is not None and outside.score not in (None, *scores):
        return Parsed(reason="ambiguous", detail=f"{told[0].score:g} in the object, {outside.score:g} beside it"), rest
    return told[0], rest


_ANNOUNCES = re.compile(rf"\b(?:{ANNOUNCEMENT})\b|\\boxed|\[\[", re.IGNORECASE)


def _objects(plain: str) -> Iterator[tuple[dict[str, Any], int, int]]:
    """The objects that a text holds, outermost first, each with where it begins and ends."""
    place, tries = plain.find("{"), 0
    while place >= 0 and tries < _TRIES:
        tries += 1
        read, end = _decoded(plain, place)
        if read:
            yield read, place, end
        place = plain.find("{", max(end, place + 1))


def _decoded(plain: str, place: int) -> tuple[dict[str, Any], int]:
    try:
        read, end = _DECODER.raw_decode(plain, place)
    except (ValueError, RecursionError):
        end = plain.rfind("}") + 1
        if end <= place:
            return {}, place + 1
        # As Python writes a dictionary: single quotes, a comma at the end.
        try:
            read = ast.literal_eval(plain[place:end])
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            return {}, place + 1
    return (read, end) if isinstance(read, dict) else ({}, place + 1)


def _scores(
    read: Mapping[str, Any], text: str, scale: Scale, parse: Parser, *, nested: bool = False
) -> Iterator[Parsed]:
    """What an object says the score is; nothing where it says nothing of it."""
    names = {key: _spelt(str(key)) for key in read}
    asked = [key for key, name in names.items() if name == "score"]
    asked = asked or [key for key, name in names.items() if _NAME.fullmatch(name)]
    if not asked and scale.labels:
        worded = [key for key, name in names.items() if _SAID.fullmatch(name)]
        asked = [key for key in worded if isinstance(read[key], str) and point_in_words(read[key], scale) is not None]
    for key in asked:
        yield _value(str(key), read[key], text, scale, parse)
    for key, name in names.items():
        point = point_in_words(_ASKING.sub("", name), scale) if scale.labels else None
        if key in asked or point is None or len(name) < 2:
            continue
        told = _truth(read[key], point)
        if told is not None:
            other = scale.points[0] + scale.points[1] - point if len(scale.points) == 2 else None
            score = point if told else other
            said = f"{key}: {json.dumps(read[key])}"
            yield (
                Parsed(score=score, start=_place(str(key), text))
                if score is not None
                else Parsed(reason="ambiguous", detail=said)
            )
    if not asked and not nested:
        inner = [
            found
            for value in read.values()
            for held in (value if isinstance(value, list) else [value])
            if isinstance(held, Mapping)
            for found in [list(_scores(held, text, scale, parse, nested=True))]
            if found
        ]
        if len(inner) > 1:
            yield Parsed(reason="ambiguous", detail=f"{len(inner)} scores in one object")
        elif inner:
            yield from inner[0]


def _value(name: str, value: Any, text: str, scale: Scale, parse: Parser) -> Parsed:
    place = _place(name, text)
    if isinstance(value, Twice):
        return Parsed(reason="ambiguous", detail=", ".join(map(str, value)))
    if isinstance(value, Mapping):
        held = [key for key in value if _spelt(str(key)) in _VALUES]
        if len(held) != 1:
            return Parsed(reason="no_score", detail=f"{name!r} holds an object: {str(value)[:120]}")
        inner = _value(str(held[0]), value[held[0]], text[place:], scale, parse)
        return inner if inner.score is None else Parsed(score=inner.score, start=place + inner.start)
    if isinstance(value, str):
        said = parse(value)
        return said if said.score is None else Parsed(score=said.score, start=place + said.start)
    if isinstance(value, bool):
        point = switch(value, scale)
        return Parsed(reason="no_score", detail=f"{value}") if point is None else Parsed(score=point, start=place)
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return Parsed(reason="no_score", detail=f"{value!r}"[:120])
    if not scale.contains(float(value)):
        return Parsed(reason="off_scale", detail=f"{value:g}" if abs(value) < 1e15 else f"{value}"[:40])
    return Parsed(score=float(value), start=place)


def _moved(found: Parsed, by: int) -> Parsed:
    return found if found.score is None else Parsed(score=found.score, start=found.start + by)


def _truth(value: Any, point: float) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and value in (0, 1) and point == 1:  # of the point 0 it may be the point itself
        return value == 1
    if isinstance(value, str) and value.strip().casefold() in ("yes", "no", "true", "false"):
        return value.strip().casefold() in ("yes", "true")
    return None


def _spelt(name: str) -> str:
    """A name in words, without the range in it: "Score (1-5)"."""
    return " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", _RANGE.sub("", name)).casefold().split())


def _place(name: str, text: str) -> int:
    """Where the value of `name` begins in the object's text."""
    for spelt in (json.dumps(name, ensure_ascii=False), json.dumps(name), f"'{name}'"):
        found = re.search(rf"(?<!\\){re.escape(spelt)}\s*:\s*[\"']?", text)
        if found is not None:
            return found.end()
    return 0


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in pairs:
        read[name] = Twice((read[name], value)) if name in read and read[name] != value else value
    return read


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=str)
