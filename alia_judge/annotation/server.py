"""The server of a room: one page, and the small JSON API that it uses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from alia_judge._messages import message
from alia_judge.annotation.body import object_in
from alia_judge.annotation.organising import Organising
from alia_judge.annotation.page import room_page
from alia_judge.annotation.room import NotOnScale, NotTheirs, Role, Room, TestDiffers
from alia_judge.annotation.room_decisions import RoomDecisions
from alia_judge.errors import UsageError

__all__ = ["room_app", "serve_room"]

#: Of a request's body: a comment and a few values.
_LARGEST = 64 * 1024
_ROOM = web.AppKey("room", Room)
_ORGANISER = "/api/organise/"
_PERSON = "person"
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def room_app(room: Room, decided: RoomDecisions) -> web.Application:
    """The application: the page of those who rate and its JSON, the organisers' page and its; no file has an address.

    A request says who it is from by ``Authorization: Bearer TOKEN`` alone, which no other site's page can make a
    browser send; there are no cookies.
    """
    app = web.Application(client_max_size=_LARGEST, middlewares=[_guarded])
    app[_ROOM] = room
    html, policy = room_page(room.language)

    async def page(request: web.Request) -> web.Response:
        del request
        # The policy is in the page as well; that nobody may frame it can only be said here.
        headers = {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}
        return web.Response(text=html, content_type="text/html", charset="utf-8", headers=headers)

    app.router.add_get("/", page)
    app.router.add_get("/api/next", _next)
    app.router.add_post("/api/ratings", _rate)
    app.router.add_post("/api/test", _test_again)
    Organising(room, decided, lambda request: request[_PERSON]).add_to(app)
    return app


async def serve_room(folder: Path, *, host: str, port: int, told: Callable[[str], None]) -> None:
    """Serve until cancelled; `told` is called with the address once there is one.

    Raises
    ------
    UsageError
        If the address cannot be listened on.
    """
    room, decided = Room(folder), RoomDecisions(folder)
    runner = web.AppRunner(room_app(room, decided), access_log=None)
    try:
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise UsageError(
                message(
                    "port {port} of {host} cannot be listened on ({strerror}); give another port or host",
                    port=port,
                    host=host,
                    strerror=error.strerror or error,
                )
            ) from error
        bound = runner.addresses[0]
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        told(f"http://{shown}:{bound[1]}")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
        room.close()
        decided.close()


@web.middleware
async def _guarded(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Who asks, before anything is done; and the headers of every answer, of refusals too."""
    try:
        if request.path.startswith("/api/"):
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            role: Role = "organiser" if request.path.startswith(_ORGANISER) else "rater"
            person = request.app[_ROOM].person(token.strip(), role=role) if scheme.lower() == "bearer" else None
            if person is None:
                response: web.StreamResponse = _problem(401, "a link that is valid; ask for a new one")
                response.headers["WWW-Authenticate"] = "Bearer"
                response.headers.update(_HEADERS)
                return response
            request[_PERSON] = person
        response = await handler(request)
    except web.HTTPException as error:
        response = _problem(error.status, error.reason)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
    response.headers.update(_HEADERS)
    return response


async def _next(request: web.Request) -> web.Response:
    try:
        found = request.app[_ROOM].next_for(request[_PERSON])
    except TestDiffers as error:
        told = {"error": str(error), "right": error.right, "of": error.of, "differs": error.differs}
        return web.json_response(told, status=403)
    # ASCII: half of a character, on which a text cut short may end, has no UTF-8.
    return web.Response(status=204) if found is None else web.json_response(found)


async def _rate(request: web.Request) -> web.Response:
    said = await object_in(request)
    if said is None or not isinstance(said.get("assignment"), str):
        return _problem(400, "the body is no JSON object with an assignment")
    try:
        kept = request.app[_ROOM].rate(request[_PERSON], said["assignment"], said)
    except NotTheirs as error:
        return _problem(403, str(error))
    except NotOnScale as error:
        return _problem(422, str(error))
    return web.json_response({"kept": kept}, status=201 if kept == "new" else 200)


async def _test_again(request: web.Request) -> web.Response:
    request.app[_ROOM].test_again(request[_PERSON])
    return web.json_response({})


def _problem(status: int, what: str) -> web.Response:
    return web.json_response({"error": what}, status=status)
