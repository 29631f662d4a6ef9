"""`RoomProgress`: how far a room has come, by person."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["RoomProgress", "progress_of"]


@dataclass(frozen=True, kw_only=True)
class RoomProgress:
    """How far a room has come.

    Parameters
    ----------
    items, complete
        How many there are, and how many have all the ratings that are wanted.
    per_item
        How many ratings were wanted of each when it was made; further rounds raise that of some.
    ratings, wanted
        How many count, and how many there shall be.
    people
        What each person has done, by name: ``rated`` (what counts), ``extra`` (late, and kept) and ``skipped``.
    forgotten
        How many people were forgotten, whose ratings are gone.
    """

    items: int
    complete: int
    per_item: int
    ratings: int
    wanted: int
    people: Mapping[str, Mapping[str, int]]
    forgotten: int


def progress_of(database: sqlite3.Connection, per_item: int) -> RoomProgress:
    """How far the room in this file has come."""
    rows = database.execute(
        "SELECT w.name, p.state, count(p.id) FROM people w LEFT JOIN places p ON p.person = w.id "
        "WHERE w.role = 'rater' GROUP BY w.id, p.state ORDER BY w.id"
    )
    people: dict[str, dict[str, int]] = {}
    for name, state, count in rows:
        done = people.setdefault(name, {"rated": 0, "extra": 0, "skipped": 0})
        if state in done:
            done[state] = count
    items, complete, ratings, wanted = database.execute(
        "SELECT count(*), coalesce(sum(done >= wanted), 0), coalesce(sum(done), 0), coalesce(sum(wanted), 0) FROM items"
    ).fetchone()
    forgotten = database.execute("SELECT value FROM facts WHERE name = 'forgotten'").fetchone()
    return RoomProgress(
        items=items,
        complete=complete,
        per_item=per_item,
        ratings=ratings,
        wanted=wanted,
        people=people,
        forgotten=0 if forgotten is None else int(forgotten[0]),
    )
