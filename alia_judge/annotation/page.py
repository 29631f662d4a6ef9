"""The pages of a sheet and a room: what they show, as data in a document whose policy lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from alia_judge._palette import DARK, PALETTE
from alia_judge.annotation.wording import organiser_words, page_words
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import wording_for
from alia_judge.ratings.columns import ITEM_FIELDS
from alia_judge.ratings.readers.sheet import SCHEMA
from alia_judge.records import Item
from alia_judge.text.printable import drawable

if TYPE_CHECKING:
    import jinja2

__all__ = ["criterion_shown", "organiser_page", "parts_shown", "room_page", "sheet_page"]

#: Of a gap in which nothing is done on the page, at most so many seconds count as time spent on the item.
_PAUSE = 60
#: What has a meaning in HTML, or ends a line of a script, is an escape of JSON's.
_ESCAPED = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}


def sheet_page(
    items: Sequence[Item], criteria: Mapping[str, Rubric], *, annotator: str, language: str, digest: str
) -> str:
    """The whole document."""
    seen: set[str] = set()
    shown = []
    for item in items:
        shown.append(
            {
                "item_id": item.item_id,
                "language": item.language or "",
                "parts": parts_shown(item, language),
                "again": item.item_id in seen,
            }
        )
        seen.add(item.item_id)
    data = {
        "schema": SCHEMA,
        "digest": digest,
        "annotator_id": annotator,
        "pause": _PAUSE,
        "criteria": [criterion_shown(name, rubric, language) for name, rubric in criteria.items()],
        "items": shown,
        "words": {**page_words(language), "best": wording_for(language).best},
    }
    return _document("sheet.html.j2", "sheet.js", data, language, annotator=drawable(annotator))[0]


def room_page(language: str) -> tuple[str, str]:
    """The document of a room, the same for everybody, and its policy: it may ask the server that it came from."""
    data = {"pause": _PAUSE, "words": {**page_words(language), "best": wording_for(language).best}}
    return _document("room.html.j2", "room.js", data, language, connect="'self'")


def organiser_page(language: str) -> tuple[str, str]:
    """The document of a room's organisers, and its policy."""
    words = organiser_words(language)
    data = {"fields": list(ITEM_FIELDS), "words": {**page_words(language), "best": wording_for(language).best, **words}}
    return _document("organise.html.j2", "organise.js", data, language, connect="'self'")


def _document(
    template: str, script: str, data: dict[str, Any], language: str, *, connect: str = "'none'", **shown: str
) -> tuple[str, str]:
    """A document of this template, and its policy: nothing runs, or is shown, or fetched, but what is in it."""
    code = f"'use strict';\n{_file('common.js')}{_file(script)}"
    style = _environment().get_template("pages.css.j2").render(palette=PALETTE, dark=DARK)
    policy = (
        f"default-src 'none'; script-src '{_hash(code)}'; style-src '{_hash(style)}'; connect-src {connect}; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    html = (
        _environment()
        .get_template(template)
        .render(
            policy=policy,
            language=language,
            words=data["words"],
            script=Markup(code),  # nosec B704
            style=Markup(style),  # nosec B704
            data=Markup(json.dumps(data).translate(_ESCAPED)),  # nosec B704
            **shown,
        )
    )
    return html, policy


def criterion_shown(name: str, rubric: Rubric, language: str) -> dict[str, Any]:
    """What a page shows of a criterion, and what it saves of it."""
    scale = rubric.scale
    best = "" if not scale.ordered or scale.kind == "pairwise" else scale.label(_best(rubric))
    return {
        "name": name,
        "title": drawable(rubric.criterion),
        "instructions": drawable(rubric.instructions),
        "steps": [drawable(step) for step in rubric.steps],
        "language": rubric.language,
        "low": scale.low,
        "high": scale.high,
        "best": "" if rubric.anchors or scale.labels else best,
        "points": [_point(rubric, place, point, language) for place, point in enumerate(scale.points)],
        "scale": scale.to_dict(),
    }


def _best(rubric: Rubric) -> float:
    return rubric.scale.low if rubric.scale.reverse else rubric.scale.high


def _point(rubric: Rubric, place: int, point: float, language: str) -> dict[str, Any]:
    """A point as it is saved, as it is called, what it means, and the key that chooses it."""
    scale = rubric.scale
    label = scale.label(point)
    if scale.kind == "pairwise":
        first, second = wording_for(language).pair
        shown = {-1.0: first, 0.0: page_words(language)["tie"], 1.0: second}[point]
    else:
        shown = label
    digits = all(one.is_integer() and 0 <= one <= 9 for one in scale.points) and not scale.labels
    key = f"{point:g}" if digits else str(place + 1) if place < 9 else ""
    value: str | float = label if scale.labels and scale.kind != "pairwise" else point
    return {"value": value, "label": drawable(shown), "words": drawable(rubric.anchors.get(point, "")), "key": key}


def parts_shown(item: Item, language: str, *, asks: bool = True) -> list[dict[str, str]]:
    """What a page shows of an item: its texts in the order in which they were said. Not who wrote them.

    Parameters
    ----------
    asks
        Whether the page asks to rate it; one that does not only names the response.
    """
    words = wording_for(language)
    parts: list[dict[str, str]] = []

    def add(kind: str, title: str, text: str | None) -> None:
        if text:
            parts.append({"kind": kind, "title": drawable(title), "text": drawable(text)})

    add("aside", words.fields["context"], item.context)
    add("aside", words.fields["reference"], item.reference)
    add("user", words.roles["user"] if item.turns else words.fields["prompt"], item.prompt)
    for turn in item.turns:
        add("user" if turn.role == "user" else "turn", words.roles.get(turn.role, turn.role), turn.text)
    add("aside", words.fields["trace"], item.trace)
    if item.response_b is None:
        add("rated", page_words(language)["rated"] if asks else words.fields["response"], item.response)
    else:
        add("rated", words.pair[0], item.response)
        add("rated", words.pair[1], item.response_b)
    return parts


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _file(name: str) -> str:
    return (files("alia_judge.annotation") / "templates" / name).read_text("utf-8")


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("alia_judge.annotation"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
