"""Where a study is kept: an SQLite or PostgreSQL database, a journal file, or memory."""

from __future__ import annotations

import time
import weakref
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
import sqlalchemy.event
import sqlalchemy.exc

from alia_judge.errors import UsageError

__all__ = ["MEMORY", "open_storage", "without_password"]

#: The storage that lasts as long as the process.
MEMORY = ":memory:"

_OPENING_ATTEMPTS = 4


def open_storage(storage: str) -> optuna.storages.BaseStorage:
    """The Optuna storage of a URL (SQLite, PostgreSQL), of a journal file's path, or of `MEMORY`.

    Raises
    ------
    UsageError
        If it cannot be opened.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if storage == MEMORY:
        return optuna.storages.InMemoryStorage()
    if "://" not in storage:
        Path(storage).parent.mkdir(parents=True, exist_ok=True)
        return optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(storage))
    opened = _open_database(storage)
    if storage.startswith("sqlite:"):
        _write_ahead(opened.engine)
    # Optuna closes no connection of its own: they are closed when the storage is let go.
    weakref.finalize(opened, opened.engine.dispose)
    return opened


def without_password(storage: str) -> str:
    """A storage as it may be shown: the password in its URL, if any, as asterisks."""
    if "@" not in storage:
        return storage
    try:
        return sqlalchemy.engine.make_url(storage).render_as_string(hide_password=True)
    except sqlalchemy.exc.ArgumentError:
        return storage.partition("://")[0] + "://..."


def _with_driver(storage: str) -> str:
    """The URL with the driver that the extra installs, where it names none: SQLAlchemy's own default has changed."""
    plain = "postgresql://"
    return f"postgresql+psycopg2://{storage.removeprefix(plain)}" if storage.startswith(plain) else storage


def _open_database(storage: str) -> optuna.storages.RDBStorage:
    for attempt in range(_OPENING_ATTEMPTS):
        try:
            return optuna.storages.RDBStorage(_with_driver(storage), engine_kwargs={"pool_pre_ping": True})
        except ImportError as error:
            shown = without_password(storage)
            raise UsageError(f"storage {shown}: {error}; pip install 'alia-judge[postgres]'") from error
        except (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
            # Two processes that open a new database both make its tables, and one of them fails at it.
            if attempt == _OPENING_ATTEMPTS - 1:
                raise UsageError(f"storage {without_password(storage)} cannot be opened: {error}") from error
            time.sleep(0.2 * (attempt + 1))
    raise AssertionError("unreachable: the last attempt returns or raises")


def _write_ahead(engine: sqlalchemy.Engine) -> None:
    """Let SQLite append instead of rewriting, and leave syncing to its checkpoints.

    A killed process loses nothing by it; a power cut may lose the last trials, never the file. A trial then costs
    milliseconds instead of a tenth of a second.
    """

    @sqlalchemy.event.listens_for(engine, "connect")
    def _set(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    engine.dispose()  # connections made before the listener was there
