"""A hand in the database while the daemon runs: rows put back, events renamed, values that no column holds."""

# ruff: noqa: S608  # the names of our own tables and columns

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from gate_support import add_officer, open_gated
from record_support import by_hand
from support import Office

from publisher.app import App
from publisher.daemon import LOOK_AGAIN, Daemon
from publisher.record import append
from publisher.register import Role
from publisher.tables import DeliveryRow, ItemRow

REASON = "We know why that is so"
OTHERS = {"title": "Another thing"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office in which people decide."""
    with open_gated(tmp_path) as found:
        yield found


class Hand:
    """Puts the rows of an item back as they were when this was made, and hides what happened since."""

    def __init__(self, office: Office, item_id: str) -> None:
        self.database, self.item_id = office.app.config.database, item_id
        self.first = self._last()
        by_hand(
            self.database,
            f"CREATE TABLE kept_item AS SELECT * FROM item WHERE id = '{item_id}'",
            f"CREATE TABLE kept_delivery AS SELECT * FROM delivery WHERE item_id = '{item_id}'",
        )

    def _last(self) -> int:
        with closing(sqlite3.connect(self.database)) as connection:
            return int(connection.execute("SELECT max(id) FROM event").fetchone()[0])

    def put_back(self) -> None:
        """The rows, and other names for the events that moved them on."""
        self.last = self._last()
        by_hand(
            self.database,
            f"DELETE FROM delivery WHERE item_id = '{self.item_id}'",
            f"DELETE FROM item WHERE id = '{self.item_id}'",
            "INSERT INTO item SELECT * FROM kept_item",
            "INSERT INTO delivery SELECT * FROM kept_delivery",
            self._rename("moved", "noted"),
        )

    def clean_up(self) -> None:
        """As though nothing had been."""
        by_hand(
            self.database, self._rename("noted", "moved"), "DROP TABLE kept_item", "DROP TABLE kept_delivery"
        )

    def _rename(self, old: str, new: str) -> str:
        where = f"id > {self.first} AND id <= {self.last} AND item_id = '{self.item_id}'"
        return f"UPDATE event SET action = '{new}' WHERE {where} AND action = '{old}'"


def withdrawn(office: Office, minutes: float = 0) -> Hand:
    """An item that was withdrawn, with a hand that can put it back as it was queued; and something after it in the record."""
    at = office.clock() + timedelta(minutes=minutes)
    item_id = office.hand_in(office.news(publish_at=at.isoformat())).id
    hand = Hand(office, item_id)
    office.app.decisions.withdraw(item_id, officer="sam", reason="It must never go")
    office.hand_in(office.news(publish_at=(at + timedelta(days=2)).isoformat(), **OTHERS))
    return hand


def released(office: Office, item_id: str) -> str:
    """What became of an item within seconds, by itself."""
    until = time.monotonic() + 20
    while office.state(item_id) in {"queued", "releasing"} and time.monotonic() < until:
        time.sleep(0.05)
    return office.state(item_id)


# --- what the daemon sees -----------------------------------------------------------------------------------------------


def test_what_was_withdrawn_and_put_back_does_not_go(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Before something is handed out the daemon looks at the whole record, where it did not do so a short while ago."""
    hand = withdrawn(office, minutes=60)
    daemon = Daemon(office.app)
    daemon.start()
    try:
        hand.put_back()
        assert office.app.verifier.end_problem() == ""
        office.clock.forward(minutes=61)
        with caplog.at_level(logging.ERROR, "publisher.daemon"):
            daemon.look()
        assert "nothing goes until the record fits again" in caplog.text
        assert not daemon._busy
    finally:
        daemon.stop()
    assert office.state(hand.item_id) == "queued"
    assert office.platforms.ledger.posts() == []


def test_the_look_while_an_item_is_prepared_serves_its_moment(office: Office) -> None:
    """So its moment is not made late by a look at a long record; it is made beside the work, and what it finds stops all."""
    lead = office.app.config.release.stage_lead
    assert lead > LOOK_AGAIN
    hand = withdrawn(office, minutes=lead / 60 + 2)
    daemon = Daemon(office.app)
    daemon.start()
    try:
        hand.put_back()
        office.clock.forward(seconds=121)
        daemon.look()
        until = time.monotonic() + 10
        while not office.app.verifier.found and time.monotonic() < until:
            time.sleep(0.02)
        assert "the record is not whole" in office.app.verifier.found
        assert not daemon._is_older_than(LOOK_AGAIN)
    finally:
        daemon.stop()


def test_nothing_due_needs_no_look(office: Office) -> None:
    """A look at all of a long record takes its time: it is for what is handed out."""
    hand = withdrawn(office, minutes=600)
    daemon = Daemon(office.app)
    daemon.start()
    try:
        hand.put_back()
        office.clock.forward(minutes=61)
        daemon.look()
        assert daemon._is_older_than(LOOK_AGAIN)
        assert office.app.verifier.found == ""
    finally:
        daemon.stop()


# --- what stays in the record -------------------------------------------------------------------------------------------


def test_what_was_withdrawn_and_went_all_the_same_is_told_for_ever(office: Office) -> None:
    """The moves of an item and of its deliveries follow from each other; whoever cleans up cannot take that out."""
    hand = withdrawn(office)
    hand.put_back()
    office.app.releaser.work(hand.item_id)
    assert released(office, hand.item_id) == "published"
    hand.clean_up()
    report = office.app.verifier.verify()
    assert {fault.kind for fault in report.faults} == {"state"}
    assert f"Item {hand.item_id}: the item went from queued to releasing" in report.faults[0].words
    assert "but it was withdrawn: a hand had changed that" in report.faults[0].words
    told = " ".join(fault.words for fault in report.faults)
    assert "the delivery to facebook went from waiting to staged" in told
    office.app.accepting.accept(officer="dana", reason=REASON)
    assert office.app.verifier.verify().whole


def test_a_move_that_no_life_knows_is_told(office: Office) -> None:
    """What the program cannot do, a hand did, also where each step follows from the one before."""
    item_id = withdrawn(office).item_id
    with office.app.queue.writing() as connection:
        append(connection, office.clock(), "sam", "moved", item_id=item_id, move=("withdrawn", "queued"))
    faults = office.app.verifier.verify().faults
    assert "the item cannot go from withdrawn to queued" in faults[0].words


def test_what_a_director_accepted_of_a_row_goes_on_without_a_word(office: Office) -> None:
    """The move that leads on from a state that was accepted tells nothing new."""
    item_id = office.hand_in(office.news(publish_at=(office.clock() + timedelta(days=1)).isoformat())).id
    by_hand(office.app.config.database, f"UPDATE item SET state = 'late' WHERE id = '{item_id}'")
    office.app.accepting.accept(officer="dana", reason=REASON)
    assert office.app.verifier.verify().whole
    office.app.decisions.withdraw(item_id, officer="sam", reason="It is off")
    assert "state" not in {fault.kind for fault in office.app.verifier.verify().faults}


# --- the clock ----------------------------------------------------------------------------------------------------------


def test_a_clock_that_was_set_back_lets_nothing_go(office: Office) -> None:
    """An officer whose designation has ended must not count again by the clock, also where the item's events are older."""
    item_id = office.hand_in(office.news(publish_at=(office.clock() + timedelta(days=1)).isoformat())).id
    office.clock.forward(days=9)
    add_officer(office, "ina", Role.OFFICER)
    office.clock.forward(days=-7)
    office.app.releaser.work(item_id)
    assert office.state(item_id) == "held for review"
    assert "clock was set back" in office.app.queue.item(item_id).reason


def test_a_clock_that_was_set_back_is_not_hidden_by_what_happened_since(office: Office) -> None:
    """The last event of all may be of now: that the item's own are of later tells of it all the same."""
    office.clock.forward(days=7)
    item_id = office.hand_in(office.news(publish_at=office.clock() + timedelta(days=1))).id
    office.clock.forward(days=-7)
    add_officer(office, "ina", Role.OFFICER)
    office.app.releaser.work(item_id)
    assert office.state(item_id) == "held for review"
    assert "clock was set back" in office.app.queue.item(item_id).reason


# --- values that no column holds ----------------------------------------------------------------------------------------

GARBAGE = (
    "x'00ff'",
    "CAST(x'ff' AS TEXT)",
    "'never'",
    "9223372036854775807",
    "-1.5e308",
    "'0001-01-01 00:00:00+14:00'",
    "'{'",
    "'[]'",
)
UNTOLD = {
    "due_at",
    "reason",
    "tries",
    "looks",
    "words",
    "page_live_at",
    "position",
    "staged",
    "staged_until",
    "sent_at",
}
"""What changes by itself on the way, and no seal covers: what is a value of the column there is nobody's word."""


def columns() -> list[tuple[str, str]]:
    """Every column of items and deliveries, but a delivery's number, where SQLite lets nothing but a number stand."""
    found = [(model.__tablename__, name) for model in (ItemRow, DeliveryRow) for name in model.model_fields]
    return [one for one in found if one != ("delivery", "id")]


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office with one item that is out, one on its way, and one that is due."""
    with open_gated(tmp_path_factory.mktemp("council")) as office:
        office.release(office.hand_in(office.news()).id)
        office.hand_in(office.news(**OTHERS))
        yield office


def is_told(app: App) -> bool:
    """Whether verifying tells of it; on the way everything is asked that the daemon asks of all items."""
    app.releaser.recover()
    assert app.queue.due(app.now()).items
    app.queue.next_due(app.now() - timedelta(days=1))
    return bool(app.verifier.verify().faults)


@pytest.mark.parametrize(("table", "column"), columns())
@pytest.mark.long
def test_garbage_in_a_column_is_a_fault_of_its_item(council: Office, table: str, column: str) -> None:
    """Bytes, words where a moment belongs, what is no UTF-8: told of that item, and nothing breaks."""
    database, put = council.app.config.database, f'UPDATE {table} SET "{column}" ='
    with closing(sqlite3.connect(database)) as connection:
        row, kept = connection.execute(f'SELECT rowid, "{column}" FROM {table} ORDER BY rowid').fetchone()
    for value in GARBAGE:
        try:
            by_hand(database, f"{put} {value} WHERE rowid = {row}")
        except sqlite3.Error:
            continue
        try:
            assert is_told(council.app) or column in UNTOLD, value
        finally:
            with closing(sqlite3.connect(database)) as connection, connection:
                connection.execute(f"{put} ? WHERE rowid = ?", (kept, row))
