"""Where a study is kept: an SQLite or PostgreSQL database, a journal file, or memory."""

from __future__ import annotations

import re
import time
import weakref
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
import sqlalchemy.event
import sqlalchemy.exc

from alia_judge._messages import message, message_of
from alia_judge.errors import UsageError

__all__ = [
    "DEFAULT_VERDICTS",
    "MEMORY",
    "keep_in",
    "kept_in",
    "open_storage",
    "settle",
    "storage_of",
    "verdicts_beside",
    "without_password",
]

#: The storage that lasts as long as the process.
MEMORY = ":memory:"
#: Where verdicts are kept of the studies for which nobody says where: each is paid for once, whichever asks for it.
DEFAULT_VERDICTS = "alia-judge.verdicts.db"

#: How the names of our records begin among what Optuna does not show.
_OURS = "alia_judge:"
_OPENING_ATTEMPTS = 4
#: Seconds that a process waits for its turn to write.
_TURN = 60.0
#: Bytes of a file's name are few on every system.
_LONGEST_NAME = 80


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


def keep_in(study: optuna.Study, name: str, value: Any) -> None:
    """Keep a record in a study, among what is not shown: as an attribute it stretches the dashboard's page.

    What an earlier version kept as an attribute stays one.
    """
    if name in study.user_attrs:
        study.set_user_attr(name, value)
    else:
        storage = study._storage
        storage.set_study_system_attr(storage.get_study_id_from_name(study.study_name), f"{_OURS}{name}", value)


def kept_in(study: optuna.Study, name: str) -> Any:
    """A record that `keep_in` kept, or an earlier version as an attribute; None where there is none."""
    shown, storage = study.user_attrs, study._storage
    if name in shown:
        return shown[name]
    return storage.get_study_system_attrs(storage.get_study_id_from_name(study.study_name)).get(_OURS + name)


def settle(storage: Any) -> None:
    """Have what is written in an SQLite database stay after a power cut: the study itself, and what it is."""
    engine = getattr(getattr(storage, "_backend", storage), "engine", None)
    if engine is not None and engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def storage_of(study: str) -> str:
    """Where a study is kept if nobody says where: a file in the working directory that is named after it.

    Examples
    --------
    >>> storage_of("helpfulness spearman 0f3c12ab34cd")
    'sqlite:///helpfulness-spearman-0f3c12ab34cd.db'
    """
    name = re.sub(r"[^\w.]+", "-", study).strip("-.") or "study"
    return f"sqlite:///{name[:_LONGEST_NAME]}.db"


def verdicts_beside(storage: str | None) -> str | None:
    """Where the verdicts of a study are kept that is kept in `storage`; None is in memory.

    Examples
    --------
    >>> verdicts_beside("sqlite:///runs/study.db"), verdicts_beside(MEMORY), verdicts_beside(None)
    ('runs/study.verdicts.db', None, 'alia-judge.verdicts.db')
    """
    if storage is None:
        return DEFAULT_VERDICTS
    if storage.startswith("postgresql"):
        return storage  # in the same database
    path = storage.removeprefix("sqlite:///")
    if storage == MEMORY or "://" in path:
        return None
    return str(Path(path).with_suffix(".verdicts.db"))


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


def _engine_options(storage: str) -> dict[str, Any]:
    # Several processes take turns at writing to one file: who waits for its turn is not refused after five seconds.
    turns = {"connect_args": {"timeout": _TURN}} if storage.startswith("sqlite:") else {}
    return {"pool_pre_ping": True, **turns}


def _open_database(storage: str) -> optuna.storages.RDBStorage:
    for attempt in range(_OPENING_ATTEMPTS):
        try:
            return optuna.storages.RDBStorage(_with_driver(storage), engine_kwargs=_engine_options(storage))
        except ImportError as error:
            shown = without_password(storage)
            raise UsageError(
                message(
                    "storage {shown}: {error}; pip install 'alia-judge[postgres]'", shown=shown, error=message_of(error)
                )
            ) from error
        except (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
            # Two processes that open a new database both make its tables, and one of them fails at it.
            if attempt == _OPENING_ATTEMPTS - 1:
                raise UsageError(
                    message(
                        "storage {storage} cannot be opened: {error}",
                        storage=without_password(storage),
                        error=message_of(error),
                    )
                ) from error
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
