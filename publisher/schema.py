"""What the database does by itself: the guards (triggers) that keep the record from being changed, and nothing else.

A trigger, an index or a view that a hand made could stop the program, or do things in its name; a guard that is gone keeps
nobody from changing events. The chain and the seals show what comes of either, so neither stops a release by itself.
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


def mend(connection: Connection) -> None:
    """Takes out what is not the program's, and puts its guards back, in the caller's transaction."""
    for kind, name in _strange(connection):
        quoted = name.replace('"', '""')
        connection.exec_driver_sql(f'DROP {kind.upper()} IF EXISTS "{quoted}"')
    for name in _missing(connection):
        connection.exec_driver_sql(GUARDS[name])


def is_ours(connection: Connection) -> bool:
    """Whether nothing is to be mended."""
    return not _strange(connection) and not _missing(connection)


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


@cache
def _indexes() -> dict[str, str]:
    """Those of the tables, by name: how each is made."""
    made = [index for table in EventRow.metadata.tables.values() for index in table.indexes]
    dialect = sqlite.dialect()
    return {str(index.name): str(CreateIndex(index).compile(dialect=dialect)) for index in made}


def _fault(what: str, did: str, made: str) -> Fault:
    mark = f"{SCHEMA_FAULT} {what} {did} {digest_of(made)}"
    return Fault(SCHEMA_FAULT, 0, 0, f"{what} {did}: {_CURE}.", mark)
