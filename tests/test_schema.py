"""What the database does by itself: our own guards, and nothing that a hand made; what is otherwise is told, and mended."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from record_support import NO_TRIGGERS
from support import Office, open_office

from publisher.app import open_app
from publisher.errors import IllegalMove, NotDesignated, PublisherError, Refused
from publisher.holding import HELD
from publisher.schema import GUARDS, is_ours

STRANGE = {
    "The trigger off in the database was made by hand": "CREATE TRIGGER off BEFORE INSERT ON item BEGIN SELECT RAISE(ABORT, 'no'); END",
    "The index one in the database was made by hand": "CREATE UNIQUE INDEX one ON event (actor, action, id)",
    "The view seen in the database was made by hand": "CREATE VIEW seen AS SELECT * FROM item",
    "The guard event_no_delete, which keeps events from being changed, was taken out of the database by hand": NO_TRIGGERS[
        1
    ],
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office with an item."""
    with open_office(tmp_path) as found:
        found.hand_in(found.news())
        yield found


def by_hand(office: Office, *statements: str) -> None:
    """What somebody does who has the file."""
    with closing(sqlite3.connect(office.app.config.database)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_what_the_migrations_make_is_ours(office: Office) -> None:
    """Their triggers and indexes, and no others: nothing of a new queue is told."""
    assert is_ours_there(office)
    with office.app.queue.reading() as connection:
        made = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        assert {str(name): str(text) for name, text in made} == GUARDS
    assert office.app.verifier.verify().whole


@pytest.mark.parametrize("words", STRANGE)
def test_what_a_hand_made_is_named_and_stops_no_release(office: Office, words: str) -> None:
    """A trigger, an index or a view that is not ours, and a guard that is gone; how it is mended is said."""
    by_hand(office, STRANGE[words])
    report = office.app.verifier.verify()
    (fault,) = report.faults
    assert (fault.kind, report.stops) == ("schema", "schema")
    assert fault.words.startswith(words)
    assert "`publisher init`" in fault.words
    assert office.app.verifier.whole_problem() == ""
    shown = office.cli("audit", "verify")
    assert (shown.returncode, "`publisher init` mends it" in " ".join(shown.stdout.split())) == (1, True)
    assert "not whole" in office.cli("doctor").stdout


def test_a_guard_with_other_words_is_told(office: Office) -> None:
    """The name alone is not enough: one that lets everything through keeps nothing."""
    by_hand(
        office,
        *NO_TRIGGERS,
        GUARDS["event_no_delete"],
        "CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT 1; END",
    )
    assert len(office.app.verifier.verify().faults) == 2  # one is strange, one is gone


def test_init_mends_it(office: Office) -> None:
    """What is not ours is taken out, whatever its name, and the guards are back; nothing that anybody stored changes."""
    by_hand(office, *STRANGE.values(), 'CREATE VIEW "a ""b" AS SELECT 1')
    with pytest.raises(PublisherError):
        office.hand_in(office.news(title="Another"))
    before = office.app.verifier.verify().end
    assert office.cli("init", "--yes").returncode == 0
    assert is_ours_there(office)
    assert office.app.verifier.verify().whole
    assert office.app.verifier.verify().end == before
    office.hand_in(office.news(title="Another"))


def is_ours_there(office: Office) -> bool:
    """Whether nothing in the database is strange."""
    with office.app.queue.reading() as connection:
        return is_ours(connection)


def hide(office: Office, number: int, index: str = "event_of_item") -> None:
    """An index that leaves out an event, under the words of the one that does not."""
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        (made,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (index,)).fetchone()
        connection.execute(f"DROP INDEX {index}")
        connection.execute(f"{made} WHERE NOT id = {number}")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (made, index))


@pytest.mark.parametrize("index", ["event_of_item", "event_of_subject", "event_of_action"])
def test_an_index_that_hides_an_event_stops_everything(office: Office, index: str) -> None:
    """Decisions look events up by it, and would not see the one that holds an item, while the chain is whole."""
    assert office.app.verifier.end_problem() == ""
    hide(office, 3, index)
    office.app.close()
    office.app = open_app(office.config, now=office.clock)
    report = office.app.verifier.verify()
    assert ([fault.kind for fault in report.faults], report.stops) == (["index"], "everything")
    assert index in office.app.verifier.end_problem()  # quickly, at each release
    assert index in office.app.verifier.whole_problem()
    with pytest.raises(Refused, match="cannot be accepted"):
        office.app.accepting.accept(officer="dana", reason="Whatever it is, we go on")
    assert office.cli("init", "--yes").returncode == 0
    assert office.app.verifier.verify().whole


def test_an_index_that_counts_right_sends_nothing_twice(office: Office) -> None:
    """A hand takes an item's moves out of its sight, and puts its rows back: the last check reads the events themselves."""
    (item,) = office.app.queue.items()
    office.release(item.id)
    assert office.state(item.id) == "published"
    before = len(office.platforms.ledger.posts())
    words = "CASE WHEN action = 'moved' AND (channel = 'facebook' OR after = 'published') THEN '' ELSE item_id END"
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        (made,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'event_of_item'").fetchone()
        connection.execute("DROP INDEX event_of_item")
        connection.execute(f"CREATE INDEX event_of_item ON event ({words}, id)")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'event_of_item'", (made,))
        connection.execute("UPDATE item SET state = 'releasing', due_at = publish_at")
        connection.execute(
            "UPDATE delivery SET state = 'waiting', staged = '{}', sent_at = NULL, remote_id = '', url = '' "
            "WHERE channel = 'facebook'"
        )
    office.app.close()
    office.app = open_app(office.config, now=office.clock)
    assert office.app.verifier.end_problem() == ""  # it counts right
    office.release(item.id)
    assert len(office.platforms.ledger.posts()) == before
    assert office.app.verifier.verify().stops == "everything"


def test_whom_a_hidden_event_bars_stays_barred(office: Office) -> None:
    """The author does not send on what a director holds, though the index no longer leads to the event that tells of it."""
    (item,) = office.app.queue.items()
    office.hold(item.id, officer="dana", reason="It is not yet decided")
    held = next(event.id for event in office.app.queue.events(item.id) if event.action == HELD)
    hide(office, held)
    office.app.close()
    office.app = open_app(office.config, now=office.clock)
    with pytest.raises((NotDesignated, IllegalMove), match="dana"):
        office.app.decisions.retry(item.id, officer="sam")
    assert office.state(item.id) == "held for review"
