"""The queue's file: SQLite with every commit on the disk (WAL, synchronous=FULL), at the newest schema."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from publisher import paths, schema
from publisher.errors import InputError, OutsideFailed

SCHEMA = "0005"
"""The newest migration; a test holds it against queue/migrations."""

BUSY_TIMEOUT_MS = 10_000
"""How long a writer waits for another before the disk counts as failed."""

_PRIMARY = 0xFF
"""The part of one of SQLite's codes that says what happened; the rest says more of it (sqlite.org/rescode.html)."""
_HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
LOG_PAUSE = 0.02
"""Seconds between two tries to turn a new file to write-ahead logging: others who open it at once are quick."""
_MIGRATING = threading.Lock()
"""Alembic keeps the running migration in a module (alembic.context): one at a time in a process, whatever the file."""


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction; all of it happens or nothing. Raises OutsideFailed where the disk or a lock fails."""
    with _disk_told("written"), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for reading: no transaction, so that no writer waits for it. Raises OutsideFailed."""
    with _disk_told("read"), engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def _disk_told(done: str) -> Iterator[None]:
    """A failure of the disk, the lock or the file as OutsideFailed; what is our own mistake passes as it is."""
    try:
        yield
    except PoolTimeout as error:
        raise OutsideFailed(f"the queue could not be {done}: all connections are busy") from error
    except DatabaseError as error:
        if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
            raise
        raise OutsideFailed(
            f"the queue could not be {done}: {error.orig}", way_out=_way_out(error.orig)
        ) from error


def _way_out(error: BaseException | None) -> str:
    """What to do about it, by SQLite's own code (sqlite.org/rescode.html): by its words, JSON can be malformed, too."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    if code in _HELD:
        return "Another program holds it: try again; if it stays so, end the program that has the file open."
    if code in _DAMAGED:
        return "The file is damaged or no queue: restore it from the backup."
    return "Check the disk and who may write there, then try again."


def open_database(database: Path, *, create: bool, busy_timeout_ms: int) -> Engine:
    """The engine for the file, made and migrated if need be. Raises as queue.open_queue does."""
    if not database.exists() and not create:
        raise InputError(
            f"there is no queue at {database}",
            way_out="For a new council: `publisher init`. Where there was a queue before: put the backup of it back (docs/server.md).",
        )
    _make_folder(database.parent)
    if create:
        _make_file(database)
    engine = create_engine(  # no upper bound: who holds the writers' lock may need a second connection, to read
        f"sqlite:///{database}", connect_args={"timeout": busy_timeout_ms / 1000}, max_overflow=-1,
        hide_parameters=True,  # an error in a log must not hold an item's words
    )  # fmt: skip
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin_immediate)
    try:
        _bring_up(engine)
        if create:
            _mend(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _make_folder(folder: Path) -> None:
    try:
        paths.make_private_folder(folder)
    except OSError as error:
        raise OutsideFailed(
            f"{folder} cannot be made: {error.strerror}", way_out="Check who may write there."
        ) from error


def _make_file(database: Path) -> None:
    """Before SQLite does, for whom everyone may read it: it holds news before its moment. Its -wal and -shm follow it."""
    try:
        os.close(paths.open_private(database, os.O_RDWR | os.O_EXCL))
    except FileExistsError:
        return
    except OSError as error:
        raise OutsideFailed(
            f"the queue {database} cannot be made: {error.strerror}", way_out="Check who may write there."
        ) from error


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.text_factory = _text
    _keep_a_log(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _text(stored: bytes) -> str:
    """What is no UTF-8 was written by a hand: it is read as U+FFFD, which fits no seal, and stops that row alone."""
    return stored.decode("utf-8", "replace")


def _keep_a_log(connection: Any) -> None:
    """Turns a new file to write-ahead logging. SQLite need not wait for others then (sqlite.org/c3ref/busy_handler): we do.

    No longer than a writer waits for another, all tries together: who holds the whole file may hold it for good.
    """
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    last = time.monotonic() + patience / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= last:
                raise
            time.sleep(LOG_PAUSE)
        else:
            return


def _begin_immediate(connection: Connection) -> None:
    """A read that later writes would otherwise lose another's update without a word.

    SQLAlchemy tells of a beginning in AUTOCOMMIT too, where there is none: a reader must not take the writers' lock.
    """
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _bring_up(engine: Engine) -> None:
    with reading(engine) as connection:
        found = _schema_of(connection)
    if found is not None and found > SCHEMA:
        raise InputError(
            f"a newer publisher made this queue (schema {found}; this one knows {SCHEMA})",
            way_out="Use the newer publisher.",
        )
    if found != SCHEMA:
        with writing(engine) as connection:
            _migrate(connection)


def _mend(engine: Engine) -> None:
    with reading(engine) as connection:
        if schema.is_ours(connection):
            return
    with writing(engine) as connection:
        schema.mend(connection)


def _schema_of(connection: Connection) -> str | None:
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name = 'alembic_version'")
    if tables.first() is None:
        return None
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def _migrate(connection: Connection) -> None:
    """Runs what is missing in one transaction; who waited for the lock meanwhile finds nothing left to do."""
    from alembic import command  # only where the schema is behind: it costs 100 ms
    from alembic.config import Config as AlembicConfig

    settings = AlembicConfig()
    settings.set_main_option("script_location", str(paths.MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    with _MIGRATING:
        command.upgrade(settings, "head")
