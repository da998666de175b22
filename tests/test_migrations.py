"""The schema's history in queue/migrations, held against the tables in publisher/tables.py."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from queue_support import item_row
from record_support import open_record
from sqlalchemy import MetaData, create_engine, inspect, text
from sqlmodel import SQLModel

from publisher import paths, tables
from publisher.chain import links
from publisher.clearance import Seal
from publisher.database import SCHEMA
from publisher.errors import OutsideFailed
from publisher.queue import open_queue
from publisher.record import chained, events

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
    with closing(sqlite3.connect(tmp_path / "queue.db")) as connection, connection:
        connection.execute("CREATE TABLE officer (login TEXT)")
    connection.close()
    with pytest.raises(OutsideFailed, match="officer already exists"):
        open_queue(tmp_path / "queue.db")
    with closing(sqlite3.connect(tmp_path / "queue.db")) as connection, connection:
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
        values = item_row().model_dump(exclude={"words", "corrects", "erased_at"}) | {
            "content": "{}",
            "verdict": "{}",
        }
        moments = {name: str(values[name]) for name in ("publish_at", "created_at")}
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        connection.execute(text(f"INSERT INTO item ({names}) VALUES ({marks})"), values | moments)  # noqa: S608  # names
    engine.dispose()
    queue = open_queue(database)
    row = queue.item("one")
    assert (row.title, row.words, row.approvers) == ("Library opens late", None, ())
    queue.close()


LANDED = {
    "0001_first.py": "b3e1437734f829693daeb586158f56c152ed19d1af4462dfef5357ec1c5565c1",
    "0002_gate.py": "fb18cc5562f7daf02f4f294e58f69c06a03b216effe2a6b37f5ed3b1744b9a48",
    "0003_record.py": "c40337d637bd8f389b9529a9a4364cb9819ff1d04894a6165be4269326ee5506",
    "0004_channels.py": "dade3dd20d4f0a5b0a87372162294ff1289ebf47ca0c8e875501f3dc879712a3",
}
"""The SHA-256 of each migration that another follows."""


def test_a_migration_that_another_follows_is_never_changed() -> None:
    """A database that has run it would not get the change: what is to be different is a new one."""
    *older, _newest = sorted(paths.MIGRATIONS.glob("versions/[0-9]*.py"))
    assert {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in older} == LANDED


EVENTS_BEFORE = (
    (3, "2026-11-25 09:00:00.000000", "dana", "officer added", None, None, "", "", '{"login": "sam"}'),
    (4, "2026-11-25 09:00:01.250000", "sam", "created", "one", None, "", "draft", "{}"),
    (
        9,
        "2026-11-25 09:00:02.000000",
        "scheduler",
        "moved",
        "one",
        "twitter",
        "staged",
        "sending",
        '{"why": "ŵ"}',
    ),
)
"""Events as the second schema kept them: their numbers have gaps, and their words are a column."""


def second_schema(database: Path, events: Sequence[tuple[Any, ...]]) -> None:
    """A queue of the second schema with some events."""
    engine = create_engine(f"sqlite:///{database}")
    settings = Config()
    settings.set_main_option("script_location", str(paths.MIGRATIONS))
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0002")
        columns = "id, at, actor, action, item_id, channel, before, after, detail"
        for event in events:
            connection.exec_driver_sql(f"INSERT INTO event ({columns}) VALUES (?,?,?,?,?,?,?,?,?)", event)  # noqa: S608  # names
    engine.dispose()


def test_events_that_are_there_become_a_chain(tmp_path: Path) -> None:
    """The upgrade chains them in their order, with all that they said, and adds where the chain began."""
    second_schema(tmp_path / "queue.db", EVENTS_BEFORE)
    queue = open_queue(tmp_path / "queue.db")
    with queue.reading() as connection:
        found = list(events(connection))
        before = ""
        for event in found:
            before = chained(before, event)
            assert event.hash == before
        assert all(link.has_its_words() for link in links(connection))
    queue.close()
    assert [(one.id, one.actor, one.action, one.subject, dict(one.detail)) for one in found] == [
        (1, "dana", "officer added", "sam", {"login": "sam"}),
        (2, "sam", "created", None, {}),
        (3, "scheduler", "moved", None, {"why": "ŵ"}),
        (4, "upgrade", "record begun", None, {}),
    ]
    assert [one.at.isoformat() for one in found[:2]] == [
        "2026-11-25T09:00:00+00:00",
        "2026-11-25T09:00:01.250000+00:00",
    ]


def test_rows_that_are_sealed_already_are_told_of_by_the_upgrade(tmp_path: Path) -> None:
    """A consent, a yes, a verdict and a rule book from before the record are as they were; what a hand does to them since is found."""
    seal, at = Seal(b"k" * 32), "2026-11-25 09:00:00.000000"
    moment = "2026-11-25T09:00:00+00:00"
    consent = ["C-7", "consent", None, "sam", moment, None, None]
    given = [
        "one",
        "joke.fruit",
        "f" * 12,
        "c" * 64,
        "ann",
        "approver",
        "It is a fruit stall",
        moment,
        "2026-12-25",
        None,
    ]
    database = tmp_path / "queue.db"
    second_schema(database, EVENTS_BEFORE[:1])
    values = item_row().model_dump(exclude={"corrects", "erased_at"}) | {"content": "{}", "verdict": "{}"}
    values |= dict.fromkeys(("publish_at", "created_at"), at)
    with closing(sqlite3.connect(database)) as connection:
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        connection.execute(f"INSERT INTO item ({names}) VALUES ({marks})", values)  # noqa: S608  # names
        made = [*consent[:4], at, None, None, seal.sign("consent", consent)]
        connection.execute("INSERT INTO consent VALUES (?,?,?,?,?,?,?,?)", made)
        made_too = [4, *given[:7], at, given[8], None, seal.sign("override", given)]
        connection.execute("INSERT INTO override VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", made_too)
        connection.execute("INSERT INTO policy VALUES ('v1', '1', '{}', ?)", (at,))
        connection.execute(
            "INSERT INTO verdict VALUES (1, 'one', ?, 'handed in', 'v1', 'd', 'clear', '{}', '[]')", (at,)
        )
        connection.commit()
    with open_record(tmp_path) as record:
        rows = [fault for fault in record.verify().faults if fault.kind == "row"]
        assert rows == []
        record.by_hand(
            "UPDATE consent SET expires_on = '2030-01-01'", "UPDATE override SET id = 5", "DELETE FROM policy"
        )
        told = [fault.words for fault in record.verify().faults if fault.kind == "row"]
        assert [words.split(" was ")[0] for words in told] == [
            "The consent C-7", "The yes of a second officer (override 5)", "The yes of a second officer (override 4) of item one", "The rule book v1",
        ]  # fmt: skip


def test_an_upgraded_record_counts_and_is_anchored_by_its_first_event(tmp_path: Path) -> None:
    """No end was ever kept of it: that is no fault until something is written, from when on the end file must be there."""
    second_schema(tmp_path / "queue.db", EVENTS_BEFORE[:1])
    with open_record(tmp_path) as record:
        report = record.verify()
        assert (report.whole, report.events) == (True, 2)
        assert "The events before number 2 were there before the record was a chain" in report.notes[0]
        record.write()
        assert record.verify().whole
        record.end_file.path.unlink()
        assert record.faults() == [("end", 3, 3)]


def test_a_new_queue_has_no_event_of_an_upgrade(tmp_path: Path) -> None:
    """There was nothing before the chain of a queue that is made new."""
    queue = open_queue(tmp_path / "queue.db", create=True)
    with queue.reading() as connection:
        assert list(events(connection)) == []
    queue.close()
