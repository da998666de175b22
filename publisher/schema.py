"""What the database does by itself: the guards (triggers) that keep the record from being changed, and nothing else.

A trigger, an index or a view that a hand made could stop the program, or do things in its name; a guard that is gone keeps
nobody from changing events. The chain and the seals show what comes of either, so neither stops a release by itself.

An index that does not hold what its table holds is another matter: whoever looks by it (all decisions do) does not see an
event that is there, while the chain is whole. That stops everything, and nobody can accept it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex

from publisher.chain import Fault
from publisher.model import digest_of
from publisher.tables import EventRow

SCHEMA_FAULT = "schema"
"""The kind of these faults."""
HIDING = "index"
"""The kind of the fault that an index hides rows, or that the file is damaged."""
_TOLD_MOST = 20
"""Lines of what SQLite finds: one is enough to know."""
GUARDS = {
    f"event_no_{done.lower()}": f"CREATE TRIGGER event_no_{done.lower()} BEFORE {done} ON event "
    "BEGIN SELECT RAISE(ABORT, 'the record is only ever added to'); END"
    for done in ("UPDATE", "DELETE")
}
"""The triggers that the migrations make, by name; a test holds them against queue/migrations."""
_CURE = "`publisher init` mends it: it takes out what is not the program's, and puts its own guards back"


def faults(connection: Connection) -> Iterator[Fault]:
    """What is there and is not the program's, and which guards are gone, or others."""
    for (kind, name), made in sorted(_strange(connection).items()):
        yield _fault(f"The {kind} {name} in the database", "was made by hand", made)
    for name in _missing(connection):
        yield _fault(
            f"The guard {name}, which keeps events from being changed,",
            "was taken out of the database by hand",
            "",
        )
    if damage := _damage(connection):
        yield _hiding(damage)


def hiding(connection: Connection) -> Fault | None:
    """Whether an index of the events hides some, or has some that are none. Quick: it counts them.

    By a column, since SQLite counts whole rows by whatever index is smallest.
    """
    there = {str(row[1]) for row in connection.exec_driver_sql("PRAGMA index_list(event)")}
    whole = _count(connection, "NOT INDEXED")
    for index in EventRow.__table__.indexes:  # type: ignore[attr-defined]  # set by SQLModel's metaclass
        if index.name in there and _count(connection, f"INDEXED BY {index.name}") != whole:
            return _hiding(f"wrong # of entries in index {index.name}")
    return None


def mend(connection: Connection) -> None:
    """Takes out what is not the program's, and puts its guards back, in the caller's transaction."""
    for kind, name in _strange(connection):
        quoted = name.replace('"', '""')
        connection.exec_driver_sql(f'DROP {kind.upper()} IF EXISTS "{quoted}"')
    for name in _missing(connection):
        connection.exec_driver_sql(GUARDS[name])
    connection.exec_driver_sql("REINDEX")


def is_ours(connection: Connection) -> bool:
    """Whether nothing is to be mended."""
    return not _strange(connection) and not _missing(connection) and not _damage(connection)


def _strange(connection: Connection) -> Mapping[tuple[str, str], str]:
    """What the program did not make, by its kind and its name: how it was made."""
    query = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'index', 'view') AND sql IS NOT NULL"
    found = {(kind, str(name)): str(sql) for kind, name, sql in connection.exec_driver_sql(query)}
    ours = GUARDS | _indexes()
    return {key: sql for key, sql in found.items() if ours.get(key[1]) != sql}


def _missing(connection: Connection) -> list[str]:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    there = {str(name): sql for name, sql in connection.exec_driver_sql(query)}
    return [name for name, sql in GUARDS.items() if there.get(name) != sql]


def _damage(connection: Connection) -> str:
    """What SQLite finds where rows and indexes do not agree, or the file is broken (sqlite.org/pragma.html#pragma_integrity_check)."""
    found = connection.exec_driver_sql(f"PRAGMA integrity_check({_TOLD_MOST})").scalars()
    return next((str(line) for line in found if line != "ok"), "")


def _count(connection: Connection, how: str) -> int:
    return int(connection.exec_driver_sql(f"SELECT count(id) FROM event {how}").scalar() or 0)  # noqa: S608  # our own names


@cache
def _indexes() -> dict[str, str]:
    """Those of the tables, by name: how each is made."""
    made = [index for table in EventRow.metadata.tables.values() for index in table.indexes]
    dialect = sqlite.dialect()
    return {str(index.name): str(CreateIndex(index).compile(dialect=dialect)) for index in made}


def _hiding(found: str) -> Fault:
    """Without a mark: who accepted it would go on deciding by what is hidden."""
    words = f"What the database looks things up by does not fit what is in it ({found}): a hand was in it, or the disk is failing"
    return Fault(
        HIDING,
        0,
        0,
        f"{words}. `publisher init` makes it anew; where that fails, put the newest backup back.",
        "",
    )


def _fault(what: str, did: str, made: str) -> Fault:
    mark = f"{SCHEMA_FAULT} {what} {did} {digest_of(made)}"
    return Fault(SCHEMA_FAULT, 0, 0, f"{what} {did}: {_CURE}.", mark)
