"""The schema's history in queue/migrations, held against the tables in publisher/tables.py."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from queue_support import item_row
from sqlalchemy import MetaData, create_engine, inspect, text
from sqlmodel import SQLModel

from publisher import paths, tables
from publisher.database import SCHEMA
from publisher.errors import OutsideFailed
from publisher.queue import open_queue

OURS = {
    str(row.__tablename__)
    for row in vars(tables).values()
    if isinstance(row, type) and issubclass(row, SQLModel) and row is not SQLModel
}


def scripts() -> ScriptDirectory:
    """The migrations as Alembic reads them."""
    settings = Config()
    settings.set_main_option("script_location", str(paths.MIGRATIONS))
    return ScriptDirectory.from_config(settings)


def test_the_migrations_make_exactly_the_tables(tmp_path: Path) -> None:
    """Alembic's own comparison finds no table, column, type or index on one side alone."""
    queue = open_queue(tmp_path / "queue.db", create=True)
    metadata = MetaData()
    for name in OURS:
        SQLModel.metadata.tables[name].to_metadata(metadata)
    with queue.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    queue.close()


def test_nullability_keys_and_uniqueness_are_the_same_too(tmp_path: Path) -> None:
    """What Alembic does not compare on SQLite, read from a database made by the models alone."""
    migrated = open_queue(tmp_path / "migrated.db", create=True)
    (tmp_path / "plain").mkdir()
    plain = open_queue(tmp_path / "plain" / "queue.db", create=True)
    with plain.writing() as connection:
        SQLModel.metadata.drop_all(connection)
        SQLModel.metadata.create_all(connection)
    assert shape(migrated.engine) == shape(plain.engine)
    migrated.close()
    plain.close()


def shape(engine: Any) -> dict[str, Any]:
    """All that SQLite knows of each of our tables, without the order in which it was said."""
    look = inspect(engine)
    return {
        name: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"]) for column in look.get_columns(name)
            },
            "primary": look.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(tuple(one["column_names"]) for one in look.get_unique_constraints(name)),
            "indexes": sorted(
                (one["name"], tuple(one["column_names"]), one["unique"]) for one in indexes(look, name)
            ),
            "foreign": sorted(
                (key["referred_table"], *key["constrained_columns"]) for key in look.get_foreign_keys(name)
            ),
        }
        for name in sorted(OURS)
    }


def indexes(look: Any, name: str) -> list[dict[str, Any]]:
    """The named indexes, as lists that can be compared."""
    return [dict(one) for one in look.get_indexes(name)]


def test_the_queue_s_schema_is_the_newest_migration() -> None:
    """publisher/queue.py decides by this name whether it has to migrate; the names sort in their order."""
    (head,) = scripts().get_heads()
    assert head == SCHEMA
    revisions = [script.revision for script in scripts().walk_revisions()]
    assert revisions == sorted(revisions, reverse=True)


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    """A queue that is up to date is opened as it is: the migrations are not run again."""
    first = open_queue(tmp_path / "queue.db", create=True)
    before = shape(first.engine)
    first.close()
    again = open_queue(tmp_path / "queue.db")
    assert shape(again.engine) == before
    again.close()


def test_a_migration_is_done_whole_or_not_at_all(tmp_path: Path) -> None:
    """One that fails half-way (here: a table of its name is there already) leaves no other table behind."""
    with sqlite3.connect(tmp_path / "queue.db") as connection:
        connection.execute("CREATE TABLE officer (login TEXT)")
    connection.close()
    with pytest.raises(OutsideFailed, match="officer already exists"):
        open_queue(tmp_path / "queue.db")
    with sqlite3.connect(tmp_path / "queue.db") as connection:
        assert [
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ] == ["officer"]
    connection.close()


def test_a_queue_of_the_first_schema_is_brought_up_with_all_that_is_in_it(tmp_path: Path) -> None:
    """What was handed in before the gate kept its records is still there, with what is new left empty."""
    database = tmp_path / "queue.db"
    engine = create_engine(f"sqlite:///{database}")
    settings = Config()
    settings.set_main_option("script_location", str(paths.MIGRATIONS))
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
        values = item_row().model_dump(
            exclude={"words", "corrects", "emergency", "reviewed_at", "erased_at"}
        ) | {"content": "{}", "verdict": "{}"}
        moments = {name: str(values[name]) for name in ("publish_at", "created_at")}
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        connection.execute(text(f"INSERT INTO item ({names}) VALUES ({marks})"), values | moments)  # noqa: S608  # names
    engine.dispose()
    queue = open_queue(database)
    row = queue.item("one")
    assert (row.title, row.words, row.approvers) == ("Library opens late", None, ())
    queue.close()
