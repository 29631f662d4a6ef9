"""The organisers' side of a room's server: its page, and the JSON that the page uses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from statistics import median
from typing import Any

from aiohttp import web

from alia_judge.annotation.answer import NotOnScale
from alia_judge.annotation.body import object_in
from alia_judge.annotation.disputes import disputes
from alia_judge.annotation.page import criterion_shown, organiser_page, parts_shown
from alia_judge.annotation.room import Room
from alia_judge.annotation.room_decisions import NoDecision, RoomDecisions
from alia_judge.annotation.second_look import second_looks
from alia_judge.annotation.standing import CriterionStanding, standing
from alia_judge.records import Item
from alia_judge.text.printable import drawable

__all__ = ["Organising"]

#: Where the organisers' requests go: the server lets only an organiser's token through.
PREFIX = "/api/organise"
#: The largest number that SQLite has.
_MOST = 2**63 - 1


class Organising:
    """What organisers see and decide in a room.

    Parameters
    ----------
    room, decided
        The same room twice: what people said, and what was decided.
    who
        Which organiser a request is from.
    """

    def __init__(self, room: Room, decided: RoomDecisions, who: Callable[[web.Request], int]) -> None:
        self._room, self._decided, self._who = room, decided, who
        self._known: dict[str, tuple[tuple[int, ...], Any]] = {}
        self._one_at_a_time = asyncio.Lock()

    def add_to(self, app: web.Application) -> None:
        """Give the application the organisers' addresses."""
        html, policy = organiser_page(self._room.language)

        async def page(request: web.Request) -> web.Response:
            del request
            headers = {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}
            return web.Response(text=html, content_type="text/html", charset="utf-8", headers=headers)

        app.router.add_get("/organise", page)
        app.router.add_get(f"{PREFIX}/standing", self.standing)
        app.router.add_get(f"{PREFIX}/cases/{{kind}}", self.cases)
        app.router.add_get(f"{PREFIX}/item", self.item)
        app.router.add_get(f"{PREFIX}/decided", self.decided)
        app.router.add_post(f"{PREFIX}/verdict", _refusing(self.verdict))
        app.router.add_post(f"{PREFIX}/decide", _refusing(self.decide))
        app.router.add_post(f"{PREFIX}/undo", _refusing(self.undo))
        app.router.add_post(f"{PREFIX}/answer", _refusing(self.answer))

    async def standing(self, request: web.Request) -> web.Response:
        """How far the room is, and how far people agree."""
        del request
        progress, lines, pseudonyms = self._room.progress(), self._room.export(), self._room.pseudonyms()
        found = await self._computed("standing", lambda: standing(lines, per_item=progress.per_item))
        seconds: dict[str, list[float]] = {}
        for line in lines:
            if line["seconds"] is not None and not line["skipped"]:
                seconds.setdefault(line["annotator_id"], []).append(float(line["seconds"]))
        tested = self._room.tested()
        people = []
        for name, done in progress.people.items():
            who = pseudonyms[name]
            people.append(
                {
                    "who": who,
                    **done,
                    "seconds": median(seconds[who]) if who in seconds else None,
                    "test": tested.get(name),
                    "agrees": {one.criterion: _against_others(one, who) for one in found},
                }
            )
        return web.json_response(
            {
                "items": progress.items,
                "complete": progress.complete,
                "ratings": progress.ratings,
                "wanted": progress.wanted,
                "forgotten": progress.forgotten,
                "people": people,
                "criteria": [{**one.to_dict(), "title": self._title(one.criterion)} for one in found],
            },
            dumps=_dumps,
        )

    async def cases(self, request: web.Request) -> web.Response:
        """What there is to decide of a kind, with what was decided of it; the most pressing first."""
        kind = request.match_info["kind"]
        lines = self._room.export()
        scores = {name: self._decided.scores(name) for name in self._decided.criteria}
        if kind == "adjudication":
            found = [one.to_dict() for one in await self._computed(kind, lambda: disputes(lines))]
        elif kind == "look":
            found = [one.to_dict() for one in await self._computed(kind, lambda: second_looks(lines, scores))]
        elif kind == "validation":
            found = [{"item_id": item_id, "criterion": ""} for item_id in self._decided.item_ids()]
        else:
            raise web.HTTPNotFound
        last = {(one["item_id"], one["criterion"]): one for one in self._decided.decided() if one["kind"] == kind}
        there = [{**one, "decided": last.get((one["item_id"], one["criterion"]))} for one in found]
        return web.json_response({"cases": there}, dumps=_dumps)

    async def item(self, request: web.Request) -> web.Response:
        """An item's texts and what is asked of it; never who wrote it."""
        item_id = request.query.get("item_id", "")
        if not self._decided.has(item_id):
            raise web.HTTPNotFound
        fields = self._decided.item(item_id)
        criteria = [criterion_shown(*pair, self._room.language) for pair in self._decided.criteria.items()]
        return web.json_response(
            {
                "language": fields.get("language") or "",
                "parts": parts_shown(Item.from_fields(item_id, fields), self._room.language, asks=False),
                "criteria": criteria,
            }
        )

    async def decided(self, request: web.Request) -> web.Response:
        """Every decision and question that stands."""
        del request
        return web.json_response({"decided": self._decided.decided()})

    async def verdict(self, request: web.Request, said: Mapping[str, Any]) -> dict[str, Any]:
        """What the judges said of an item; that it was shown is written down."""
        if not self._decided.has(said.get("item_id")) or said.get("criterion") not in list(self._decided.criteria):
            raise NoDecision("there is no such item and criterion in this room")
        return {"verdicts": self._decided.show_verdict(self._who(request), said["item_id"], said["criterion"])}

    async def decide(self, request: web.Request, said: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a decision."""
        named = {name: said.get(name, "") for name in ("item_id", "kind", "action", "reason", "criterion", "judge")}
        if not all(isinstance(value, str) for value in named.values()):
            raise NoDecision(f"{', '.join(named)} must be texts")
        return {
            "id": self._decided.decide(self._who(request), named.pop("item_id"), value=said.get("value", ""), **named)
        }

    async def undo(self, request: web.Request, said: Mapping[str, Any]) -> dict[str, Any]:
        """Take a decision back."""
        del request
        self._decided.undo(_number(said))
        return {}

    async def answer(self, request: web.Request, said: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a question about the guideline."""
        del request
        self._decided.answer(_number(said), said.get("answer", ""))
        return {}

    def _title(self, criterion: str) -> str:
        return drawable(self._decided.criteria[criterion].criterion)

    async def _computed(self, name: str, compute: Callable[[], Any]) -> Any:
        """What takes a second is computed once for what there is, and not while somebody waits to rate."""
        version = self._decided.version()
        async with self._one_at_a_time:
            if name not in self._known or self._known[name][0] != version:
                self._known[name] = (version, await asyncio.to_thread(compute))
            return self._known[name][1]


def _refusing(
    does: Callable[[web.Request, Mapping[str, Any]], Awaitable[dict[str, Any]]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(request: web.Request) -> web.Response:
        said = await object_in(request)
        if said is None:
            return web.json_response({"error": "the body is no JSON object"}, status=400)
        try:
            return web.json_response(await does(request, said))
        except (NoDecision, NotOnScale) as error:
            return web.json_response({"error": str(error)}, status=422)

    return handler


def _number(said: Mapping[str, Any]) -> int:
    number = said.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= _MOST:
        raise NoDecision(f"id must be the number of a decision, got {number!r:.30}")
    return number


def _against_others(one: CriterionStanding, who: str) -> dict[str, Any] | None:
    found = next((annotator for annotator in one.annotators if annotator.annotator_id == who), None)
    return None if found is None else found.to_dict()


def _dumps(value: Any) -> str:
    """ASCII, and null for what is undefined: half of a character has no UTF-8, and NaN is no JSON."""
    from alia_judge._json import dumps

    return json.dumps(json.loads(dumps(value, indent=None)))
