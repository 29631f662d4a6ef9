"""`VerdictStore`: every raw verdict that was paid for, in one database, so that it is paid for once."""

from __future__ import annotations

import json
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from alia_judge._messages import message, message_of
from alia_judge.errors import DataError, Problem, StoreError
from alia_judge.records import Configuration, Item, Verdict
from alia_judge.runner.database import Database, PostgresDatabase, SQLiteDatabase
from alia_judge.runner.forgetting import Forgotten, digests_of, shown_in
from alia_judge.runner.stored import Stored, read, written

__all__ = ["LEASE", "Claims", "VerdictStore"]

#: Seconds to wait for a store that is locked, full or away.
_BUSY = 60.0
#: Seconds between two attempts.
_PAUSE = 0.2
#: Keys looked up in one statement; SQLite's default limit on variables has been 32,766 since 3.32, 999 before.
_CHUNK = 900
#: Seconds for which a claim holds unless whoever holds it says that it is still at work.
LEASE = 20.0

_NEXT_ROWS = """
SELECT configuration, model, configurations.key, configurations.parameters, models.identity, sample, item, verdict
FROM verdicts
JOIN configurations ON configurations.id = configuration
JOIN models ON models.id = model
WHERE (configuration, model, sample, item) > (?, ?, ?, ?)
ORDER BY configuration, model, sample, item
LIMIT 4096
"""
# What is put into a statement is of this file, and marks for values, which are bound ("nosec" below).
_ONE = "configuration = ? AND model = ? AND sample = ?"
_Result = TypeVar("_Result")


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What became of asking for the right to pay for some verdicts.

    Parameters
    ----------
    there
        Verdicts that are there by now, by the items' digests.
    granted
        Items that are the caller's to ask about. Somebody else asks about the others just now.
    unpaid
        Items that nobody asks about, as the payer may send no more.
    """

    there: Mapping[str, Verdict] = field(default_factory=dict)
    granted: frozenset[str] = frozenset()
    unpaid: frozenset[str] = frozenset()


class VerdictStore:
    """Raw verdicts by configuration, model, item and sample.

    One SQLite file in write-ahead mode, or a PostgreSQL database: a reader never waits, and a killed process loses only
    what it had not yet written. A verdict is written before it counts. Threads may share a store; so may processes, one
    of them writing at a time, and of several that want the same verdict one pays (`claim`).

    Parameters
    ----------
    path
        The file, made if it is not there; or ``"postgresql://..."``; None keeps the verdicts in memory, for as long as
        the store lives.

    Raises
    ------
    DataError
        If the file is something else, or from a later version.
    StoreError
        If it is locked, cannot be written, or its server is away, for a minute.

    Examples
    --------
    >>> store = VerdictStore()
    >>> configuration = Configuration(parameters={"rubric": "terse"})
    >>> store.put(configuration, "some-model", 0, [("ab12", Verdict(score=4.0))])
    >>> store.get(configuration, "some-model", 0, ["ab12", "cd34"])["ab12"].score
    4.0
    """

    def __init__(self, path: Path | str | None = None) -> None:
        url = str(path) if isinstance(path, str) and path.startswith(("postgresql:", "postgresql+")) else None
        self.path = None if path is None or url is not None else Path(path).expanduser()
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._ids: dict[tuple[str, str], int] = {}
        self._database: Database = self._patiently(
            lambda: SQLiteDatabase(self.path) if url is None else PostgresDatabase(url), _BUSY
        )
        #: Where it is, for people: a file, a database without its password, or memory.
        self.place = self._database.place
        # A store that nobody closes is closed when it is let go: Python 3.13 warns of a connection that is not.
        weakref.finalize(self, self._database.close).atexit = False  # others may be writing yet

    @property
    def shared(self) -> bool:
        """Whether other processes may use it: then what is asked is claimed before it is sent."""
        return self.place != "memory"

    def get(self, configuration: Configuration, model: str, sample: int, items: Sequence[str]) -> dict[str, Verdict]:
        """The verdicts there are, by the items' digests.

        Raises
        ------
        DataError
            If one of them is damaged.
        """
        found = self._rows(configuration, model, sample, items, "verdict")
        return {digest: self._read(text, configuration.key, model, sample, digest) for digest, text in found}

    def holds(self, configuration: Configuration, model: str, sample: int, items: Sequence[str]) -> list[bool]:
        """Which items have a verdict, in their order."""
        there = {digest for digest, _ in self._rows(configuration, model, sample, items, "1")}
        return [digest in there for digest in items]

    def put(
        self,
        configuration: Configuration,
        model: str,
        sample: int,
        verdicts: Iterable[tuple[str, Verdict]],
        *,
        holder: str = "",
        wait: float | None = None,
    ) -> None:
        """Write verdicts, by the items' digests, all or none; the first verdict of an item stays.

        Parameters
        ----------
        holder
            Whose claims on these items end with it.
        wait
            Seconds to wait for a store that is locked, full or away; None is a minute.

        Raises
        ------
        StoreError
            If it is so for longer.
        """
        rows = [(bytes.fromhex(digest), written(verdict)) for digest, verdict in verdicts]

        def write() -> None:
            with self._database.writing():
                key = (self._configuration(configuration), self._model(model), sample)
                self._database.many(
                    "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    [(*key, *row) for row in rows],
                )
                if holder:
                    self._database.many(
                        f"DELETE FROM claims WHERE {_ONE} AND item = ? AND holder = ?",  # nosec B608
                        [(*key, item, holder) for item, _ in rows],
                    )

        with self._lock:
            self._patiently(write, _BUSY if wait is None else wait)

    def claim(
        self,
        configuration: Configuration,
        model: str,
        sample: int,
        items: Sequence[str],
        *,
        holder: str,
        payer: str = "",
        most: int | None = None,
        wait: float | None = None,
    ) -> Claims:
        """Ask for the right to pay for some verdicts, so that of several processes one does.

        A claim holds until its verdict is written, it is released, or its holder has given no sign (`renew`) for
        `LEASE` seconds. Every call that is granted counts as sent by `payer`, whatever becomes of it, and no more than
        `most` are granted in that name, by whichever process; None is no bound.

        Raises
        ------
        StoreError
            If the store is locked, full or away for longer than `wait` seconds; None is a minute.
        """

        def write() -> tuple[set[bytes], set[bytes]]:
            with self._database.writing():
                key = (self._configuration(configuration), self._model(model), sample)
                now = self._database.now()
                self._beat(holder, now)
                mine: set[bytes] = set()
                for start in range(0, len(items), _CHUNK):
                    some = [bytes.fromhex(digest) for digest in items[start : start + _CHUNK]]
                    marks = ",".join("?" * len(some))
                    # Whoever held it is gone, or stopped.
                    self._database.rows(
                        f"DELETE FROM claims WHERE {_ONE} AND item IN ({marks}) AND NOT EXISTS "  # nosec B608
                        "(SELECT 1 FROM holders WHERE holders.holder = claims.holder AND until >= ?)",
                        [*key, *some, now],
                    )
                    taken = self._database.rows(
                        f"SELECT item FROM claims WHERE {_ONE} AND item IN ({marks}) "  # nosec B608
                        f"UNION ALL SELECT item FROM verdicts WHERE {_ONE} AND item IN ({marks})",
                        [*key, *some, *key, *some],
                    )
                    mine |= set(some) - {item for (item,) in taken}
                wanted = [one for one in map(bytes.fromhex, items) if one in mine]
                paid = set(wanted[: self._pay(payer, len(wanted), most)])
                self._database.many("INSERT INTO claims VALUES (?, ?, ?, ?, ?)", [(*key, one, holder) for one in paid])
            return paid, mine - paid

        with self._lock:
            paid, unpaid = self._patiently(write, _BUSY if wait is None else wait)
            granted, refused = (frozenset(item.hex() for item in some) for some in (paid, unpaid))
            rest = [digest for digest in items if digest not in granted | refused]
            there = self.get(configuration, model, sample, rest) if rest else {}
        return Claims(there=there, granted=granted, unpaid=refused)

    def release(
        self,
        configuration: Configuration,
        model: str,
        sample: int,
        items: Sequence[str],
        *,
        holder: str,
    ) -> None:
        """Give claims back whose calls brought no verdict; they were sent all the same."""

        def write() -> None:
            with self._database.writing():
                place = (self._configuration(configuration), self._model(model), sample)
                self._database.many(
                    f"DELETE FROM claims WHERE {_ONE} AND item = ? AND holder = ?",  # nosec B608
                    [(*place, bytes.fromhex(digest), holder) for digest in items],
                )

        with self._lock:
            self._patiently(write, _BUSY)

    def ask_anew(self, configuration: Configuration, model: str, sample: int, items: Sequence[str]) -> None:
        """Take verdicts out, by the items' digests, so that they are asked for again."""

        def write() -> None:
            asked = self._known("configurations", "key", configuration.key)
            with self._database.writing():
                for identity in (model, *self._former(model)):
                    answered = self._known("models", "identity", identity)
                    self._database.many(
                        f"DELETE FROM verdicts WHERE {_ONE} AND item = ?",  # nosec B608
                        [(asked, answered, sample, bytes.fromhex(digest)) for digest in items],
                    )

        if items:
            with self._lock:
                self._patiently(write, _BUSY)

    def renew(self, holder: str) -> None:
        """Say that whoever holds claims is still at work; what the store cannot take just now is left for later."""

        def write() -> None:
            with self._database.writing():
                self._beat(holder, self._database.now())

        with self._lock:
            self._patiently(write, 0.0)

    def leave(self, holder: str) -> None:
        """End every claim of a holder; what it sent counts as sent."""

        def write() -> None:
            with self._database.writing():
                self._database.rows("DELETE FROM claims WHERE holder = ?", [holder])
                self._database.rows("DELETE FROM holders WHERE holder = ?", [holder])

        with self._lock:
            self._patiently(write, _BUSY)

    def pay(self, payer: str, calls: int, most: int | None = None) -> int:
        """Count calls as sent by `payer` that need no claim, such as one that failed and is tried again.

        Returns
        -------
        int
            How many of them may be sent, so that there are no more than `most` in that name.

        Raises
        ------
        StoreError
            If the store is locked, full or away.
        """

        def write() -> int:
            with self._database.writing():
                return self._pay(payer, calls, most)

        with self._lock:
            return self._patiently(write, 0.0)

    def sent(self, payer: str) -> int:
        """How many calls a payer has sent, as far as the store knows: whatever became of them."""
        with self._lock:
            found = self._patiently(
                lambda: self._database.rows("SELECT sent FROM payers WHERE payer = ?", [payer]), _BUSY
            )
        return int(found[0][0]) if found else 0

    def revisions(self, model: str, new: str | None = None) -> set[str]:
        """What a model's server has said of who answered, in whatever run; with `new` among it from now on."""

        def look() -> set[str]:
            if new is not None:
                with self._database.writing():
                    self._database.rows("INSERT INTO revisions VALUES (?, ?) ON CONFLICT DO NOTHING", [model, new])
            return {one for (one,) in self._database.rows("SELECT revision FROM revisions WHERE model = ?", [model])}

        with self._lock:
            return self._patiently(look, _BUSY)

    def moved(self, was: str, now: str) -> None:
        """Have a model's verdicts found under another identity too: its server has moved."""

        def write() -> None:
            with self._database.writing():
                self._database.rows("INSERT INTO moves VALUES (?, ?) ON CONFLICT DO NOTHING", [now, was])

        with self._lock:
            self._patiently(write, _BUSY)

    def made_from(self, pairs: Iterable[tuple[Item, Item]]) -> None:
        """Note that each first item was made from the second's text: whoever forgets the second forgets it, too."""
        made = {
            (bytes.fromhex(one), bytes.fromhex(source))
            for changed, item in pairs
            for one in digests_of([changed])
            for source in digests_of([item])
            if one != source
        }

        def write() -> None:
            with self._database.writing():
                self._database.many("INSERT INTO made VALUES (?, ?) ON CONFLICT DO NOTHING", sorted(made))

        with self._lock:
            self._patiently(write, _BUSY)

    def rows(self) -> Iterator[Stored]:
        """Every verdict with what it is kept under, a few thousand in memory at a time; others may write meanwhile.

        Raises
        ------
        DataError
            If one of them is damaged.
        """
        place: tuple[Any, ...] = (0, 0, 0, b"")
        while True:
            with self._lock:
                found = self._patiently(lambda: self._database.rows(_NEXT_ROWS, place), _BUSY)  # noqa: B023 - called at once
            for *_, key, parameters, model, sample, item, verdict in found:
                yield Stored(
                    configuration=key,
                    parameters=parameters,
                    model=model,
                    sample=sample,
                    item=item.hex(),
                    verdict=self._read(verdict, key, model, sample, item.hex()),
                )
            if not found:
                return
            configuration_id, model_id, *_, sample, item, _ = found[-1]
            place = (configuration_id, model_id, sample, item)

    def models(self) -> dict[str, int]:
        """How many verdicts there are of each model, by its identity."""
        statement = "SELECT identity, count(*) FROM verdicts JOIN models ON models.id = model GROUP BY identity"
        with self._lock:
            return {name: int(n) for name, n in sorted(self._patiently(lambda: self._database.rows(statement), _BUSY))}

    def forget(self, items: Sequence[Item]) -> Forgotten:
        """Take every trace of some items out: their verdicts, and judges that were shown one of them, with theirs.

        What a probe made of their texts goes with them (`made_from`). The texts themselves are in no store but as
        demonstrations in a judge's configuration; a model's answer may quote them. What is deleted is overwritten.
        """
        own = [bytes.fromhex(digest) for digest in sorted(digests_of(items))]

        def write() -> Forgotten:
            before = len(self)
            with self._database.writing():
                digests = [*own]
                for one in own:
                    made = self._database.rows("SELECT item FROM made WHERE source = ?", [one])
                    digests += [bytes(item) for (item,) in made]
                known = self._database.rows("SELECT id, parameters FROM configurations")
                showing = [number for number, text in known if shown_in(json.loads(text), items)]
                for table in ("verdicts", "claims"):
                    self._database.many(f"DELETE FROM {table} WHERE configuration = ?", [(one,) for one in showing])  # nosec B608
                    self._database.many(f"DELETE FROM {table} WHERE item = ?", [(one,) for one in digests])  # nosec B608
                self._database.many("DELETE FROM configurations WHERE id = ?", [(one,) for one in showing])
                self._database.many("DELETE FROM made WHERE source = ?", [(one,) for one in own])
            return Forgotten(verdicts=before - len(self), configurations=len(showing))

        with self._lock:
            forgotten = self._patiently(write, _BUSY)
            self._ids.clear()
            self._patiently(self._database.compact, _BUSY)
        return forgotten

    def drop_model(self, identity: str) -> int:
        """Delete the verdicts of a model, by its identity as `models` has it; how many there were."""

        def write() -> int:
            before = len(self)
            with self._database.writing():
                self._database.rows(
                    "DELETE FROM verdicts WHERE model IN (SELECT id FROM models WHERE identity = ?)", [identity]
                )
            return before - len(self)

        with self._lock:
            dropped = self._patiently(write, _BUSY)
            self._patiently(self._database.compact, _BUSY)
        return dropped

    def export(self, out: Path | str) -> int:
        """Write every verdict to a Parquet file, for other tools to read; how many there were."""
        from alia_judge.runner.export import export_verdicts

        return export_verdicts(self.rows(), Path(out))

    def __len__(self) -> int:
        with self._lock:
            return int(self._patiently(lambda: self._database.rows("SELECT count(*) FROM verdicts"), _BUSY)[0][0])

    def close(self) -> None:
        """Close the database; an SQLite file's write-ahead log is folded into it."""
        with self._lock:
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _patiently(self, work: Callable[[], _Result], wait: float) -> _Result:
        """Do something, again and again while the store cannot, for `wait` seconds."""
        deadline = time.monotonic() + wait
        while True:
            try:
                return work()
            except StoreError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_PAUSE)

    def _beat(self, holder: str, now: float) -> None:
        self._database.rows(
            "INSERT INTO holders VALUES (?, ?) ON CONFLICT (holder) DO UPDATE SET until = excluded.until",
            [holder, now + LEASE],
        )

    def _pay(self, payer: str, calls: int, most: int | None) -> int:
        """Count them, as many as may be sent; who writes has the store to itself."""
        if not payer:
            return calls
        if most is not None:
            found = self._database.rows("SELECT sent FROM payers WHERE payer = ?", [payer])
            calls = max(0, min(calls, most - (int(found[0][0]) if found else 0)))
        if calls:
            self._database.rows(
                "INSERT INTO payers VALUES (?, ?) ON CONFLICT (payer) DO UPDATE SET sent = payers.sent + excluded.sent",
                [payer, calls],
            )
        return calls

    def _rows(
        self, configuration: Configuration, model: str, sample: int, items: Sequence[str], column: str
    ) -> list[tuple[str, Any]]:
        def look() -> dict[str, Any]:
            rows: dict[str, Any] = {}
            asked = self._known("configurations", "key", configuration.key)
            for identity in (model, *self._former(model)):
                answered = self._known("models", "identity", identity)
                if asked is None or answered is None:
                    continue
                for start in range(0, len(items), _CHUNK):
                    digests = {bytes.fromhex(digest): digest for digest in items[start : start + _CHUNK]}
                    marks = ",".join("?" * len(digests))
                    found = self._database.rows(
                        f"SELECT item, {column} FROM verdicts WHERE {_ONE} AND item IN ({marks})",  # nosec B608
                        [asked, answered, sample, *digests],
                    )
                    rows = {digests[item]: value for item, value in found} | rows
            return rows

        with self._lock:
            return list(self._patiently(look, _BUSY).items())

    def _former(self, model: str) -> list[str]:
        """Under which identities the same model was asked at other addresses."""
        return [was for (was,) in self._database.rows("SELECT was FROM moves WHERE model = ?", [model])]

    def _read(self, text: str, configuration: str, model: str, sample: int, item: str) -> Verdict:
        try:
            return read(text)
        except (ValueError, TypeError) as error:
            raise DataError(
                Problem(
                    what=message(
                        "the verdict of {model} on item {item}, sample {sample}, configuration "
                        "{configuration} is damaged ({error})",
                        model=model,
                        item=item,
                        sample=sample,
                        configuration=configuration,
                        error=message_of(error),
                    ),
                    expected=message("a verdict as this store writes it"),
                    remedy=message(
                        "bring back a copy of the store, or take this row out: its item is then asked again"
                    ),
                    file=self.place,
                )
            ) from error

    def _known(self, table: str, column: str, value: str) -> int | None:
        if (table, value) not in self._ids:
            found = self._database.rows(f"SELECT id FROM {table} WHERE {column} = ?", [value])  # nosec B608
            if not found:
                return None
            self._ids[table, value] = int(found[0][0])
        return self._ids[table, value]

    def _configuration(self, configuration: Configuration) -> int:
        known = self._known("configurations", "key", configuration.key)
        if known is not None:
            return known
        parameters = json.dumps(dict(configuration.parameters), sort_keys=True, ensure_ascii=False)
        return self._added(
            "INSERT INTO configurations (key, parameters) VALUES (?, ?) RETURNING id", configuration.key, parameters
        )

    def _model(self, identity: str) -> int:
        known = self._known("models", "identity", identity)
        return (
            self._added("INSERT INTO models (identity) VALUES (?) RETURNING id", identity) if known is None else known
        )

    def _added(self, statement: str, *values: str) -> int:
        # Not remembered here: the transaction may yet fail.
        return int(self._database.rows(statement, values)[0][0])
