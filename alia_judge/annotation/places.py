"""Places: which item a person is given, and how long it is theirs. Each call belongs into a transaction."""

from __future__ import annotations

import secrets
import sqlite3

__all__ = ["give_place", "is_free"]

#: Places of an item that are taken: rated, or held by somebody and not yet free again.
_TAKEN = "(i.done + (SELECT count(*) FROM places t WHERE t.item = i.id AND t.state = 'held' AND t.expires > :now))"
#: A free item for a person: what is urgent, then what fewest have rated; of those, of a language and system of which
#: this person has seen the smallest share; and then in an order of their own.
_FREE = f"""
WITH own AS (
  SELECT s.stratum, count(*) AS n FROM places p JOIN items s ON s.id = p.item WHERE p.person = :person
  GROUP BY s.stratum
), strata AS (SELECT stratum, count(*) AS n FROM items GROUP BY stratum)
SELECT i.id FROM items i JOIN strata ON strata.stratum = i.stratum LEFT JOIN own ON own.stratum = i.stratum
WHERE {_TAKEN} < i.wanted AND NOT EXISTS (SELECT 1 FROM places p WHERE p.item = i.id AND p.person = :person)
ORDER BY i.urgent DESC, {_TAKEN}, coalesce(own.n, 0) * 1.0 / strata.n, shuffled(:person, i.id) LIMIT 1
"""  # nosec B608


def give_place(database: sqlite3.Connection, person: int, *, now: float, until: float) -> tuple[str, int] | None:
    """A place for this person and the number of its item, kept until then; None where there is none.

    It is the one they hold, or come back to while it is free; else a new one.
    """
    _promote(database, now)
    given = {"person": person, "now": now}
    row = database.execute(
        "SELECT p.id, p.item FROM places p JOIN items i ON i.id = p.item WHERE p.person = :person AND "  # nosec B608
        f"p.state = 'held' AND (p.expires > :now OR {_TAKEN} < i.wanted) ORDER BY p.expires DESC LIMIT 1",
        given,
    ).fetchone()
    if row is None:
        free = database.execute(_FREE, given).fetchone()
        if free is None:
            return None
        row = (secrets.token_urlsafe(12), free[0])
        database.execute("INSERT INTO places (id, item, person, expires) VALUES (?, ?, ?, ?)", (*row, person, now))
    database.execute("UPDATE places SET expires = ? WHERE id = ?", (until, row[0]))
    return str(row[0]), int(row[1])


def is_free(database: sqlite3.Connection, item: int, *, now: float) -> bool:
    """Whether a place of the item is neither rated nor held."""
    (free,) = database.execute(
        f"SELECT {_TAKEN} < i.wanted FROM items i WHERE i.id = :item",  # nosec B608
        {"item": item, "now": now},
    ).fetchone()
    return bool(free)


def _promote(database: sqlite3.Connection, now: float) -> None:
    """Have late ratings count where a place has become free again."""
    late = database.execute("SELECT p.id, p.item FROM places p WHERE p.state = 'extra' ORDER BY p.expires").fetchall()
    for place, item in late:
        if is_free(database, item, now=now):
            database.execute("UPDATE places SET state = 'rated' WHERE id = ?", (place,))
            database.execute("UPDATE items SET done = done + 1 WHERE id = ?", (item,))
