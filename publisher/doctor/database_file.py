"""The database's file, looked at before it is opened: to open one makes tables, brings up its schema, and waits for others."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from publisher.database import SCHEMA
from publisher.ends import demand_not_lost

PATIENCE = 1.0
"""Seconds for whoever holds it: readers need not wait for a writer (sqlite.org/wal.html), only for one who locks it all."""
_BACKUP = "Put the backup of it back: docs/server.md says how."
_NEW = "For a new council: `publisher init`. Where there was a queue before: put the backup of it back, as docs/server.md says."


def fault(database: Path) -> tuple[str, str] | None:
    """Why it is not to be opened, and what to do. None where it is, or opening it would say it as well. Raises InputError."""
    demand_not_lost(database)
    if not database.exists():
        return f"there is no queue at {database}", _NEW
    if not database.is_file():
        return f"{database} is no file: the database should be there", "Move it away. " + _BACKUP
    if not database.stat().st_size:
        return f"{database} is empty: it has lost all that was in it", _BACKUP
    try:
        with closing(
            sqlite3.connect(f"file:{quote(str(database))}?mode=ro", timeout=PATIENCE, uri=True)
        ) as found:
            return _of_schema(database, _schema(found))
    except sqlite3.Error as error:
        return _unreadable(database, error)


def _schema(connection: sqlite3.Connection) -> str:
    """The number of the newest migration that was run on it; empty where it is another program's."""
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if there else None
    return str(row[0]) if row else ""


def _of_schema(database: Path, found: str) -> tuple[str, str] | None:
    if not found:
        return f"{database} is no queue: it is a database of another program", _BACKUP
    if found > SCHEMA:
        words = f"a newer publisher made {database} (schema {found}; this one knows {SCHEMA})"
        return words, "Use the newer publisher."
    if found < SCHEMA:
        words = f"{database} is an older publisher's (schema {found}; this one's is {SCHEMA})"
        return words, "Stop the daemon, back it up, then run `publisher init`, which brings it up to date."
    return None


def _unreadable(database: Path, error: sqlite3.Error) -> tuple[str, str] | None:
    """What opening it would say as well is left to that."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return None
    return (
        f"{database} is locked by another program",
        "Try again; if it stays so, end the program that has it open: `fuser` names it.",
    )
