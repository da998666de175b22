"""The queue: durability, races, what is due, and how it fails."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from queue_support import NOW, delivery_row, item_row
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError, StatementError

from publisher.errors import EXIT_OUTSIDE, IllegalMove, InputError, OutsideFailed
from publisher.model import DeliveryState, ItemState
from publisher.moves import move_delivery, move_item, set_delivery, set_item
from publisher.queue import Due, Queue, open_queue
from publisher.tables import HookReceiptRow, ItemRow

ROOT = Path(__file__).parent.parent
HOUR = timedelta(hours=1)

OPEN_AND_WRITE = """
import pathlib, sys
from publisher.queue import open_queue
from publisher.record import append
from datetime import UTC, datetime
database, who = pathlib.Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
queue = open_queue(database, create=True)
with queue.writing() as connection:
    append(connection, datetime.now(UTC), who, "opened")
"""


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """An empty queue; a writer waits a twentieth of a second for another."""
    queue = open_queue(tmp_path / "queue.db", create=True, busy_timeout_ms=50)
    yield queue
    queue.close()


def test_every_connection_is_durable(queue: Queue) -> None:
    """WAL, synchronous=FULL (2: sqlite.org/pragma.html) and foreign keys hold on each connection, not on the first alone."""
    with queue.writing() as writer, queue.reading() as reader, queue.reading() as another:
        for connection in (writer, reader, another):
            found = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
            assert found == ["wal", 2, 1, 50]


def test_nobody_else_reads_the_file(queue: Queue) -> None:
    """News before its moment is in it: the database, and what SQLite keeps beside it, are not for every account."""
    folder = Path(str(queue.engine.url.database)).parent
    modes = {path.name: path.stat().st_mode & 0o077 for path in folder.glob("queue.db*")}
    assert len(modes) > 1
    assert set(modes.values()) == {0}


def test_a_reader_neither_waits_for_a_writer_nor_sees_half_of_what_it_does(queue: Queue) -> None:
    """`publisher list` answers while the daemon writes, with what was committed before."""
    queue.add(item_row(), [delivery_row()], [ItemState.CHECKED], now=NOW)
    with queue.writing() as connection:
        move_item(connection, "one", ItemState.CHECKED, ItemState.QUEUED, actor="pat", now=NOW)
        assert queue.item("one").state == "checked"
    assert queue.item("one").state == "queued"


def test_a_writer_does_not_wait_for_a_reader(queue: Queue) -> None:
    """A slow `publisher list` cannot hold up a release."""
    queue.add(item_row(), [delivery_row()], [], now=NOW)
    with queue.reading() as reader:
        reader.exec_driver_sql("SELECT * FROM item").first()
        with queue.writing() as connection:
            move_item(connection, "one", ItemState.DRAFT, ItemState.CHECKED, actor="pat", now=NOW)
    assert queue.item("one").state == "checked"


def test_a_writer_has_the_lock_from_its_first_read_on(queue: Queue) -> None:
    """What a transaction read cannot be changed by another before it writes: no update is lost without a word."""
    with (
        queue.writing() as first,
        pytest.raises(OutsideFailed, match="locked"),
        queue.writing(),
    ):
        pass
    assert first.closed


def test_of_many_threads_that_move_one_item_exactly_one_wins(queue: Queue) -> None:
    """A move is a compare-and-set: a second claim of the same item is an IllegalMove, never a second release."""
    patient = open_queue(Path(str(queue.engine.url.database)))
    patient.add(item_row(), [delivery_row()], [ItemState.CHECKED, ItemState.QUEUED], now=NOW)
    start = threading.Barrier(8)

    def claim(number: int) -> bool:
        start.wait()
        try:
            with patient.writing() as connection:
                move_item(
                    connection,
                    "one",
                    ItemState.QUEUED,
                    ItemState.RELEASING,
                    actor=f"daemon {number}",
                    now=NOW,
                )
        except IllegalMove:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(claim, range(8)))
    assert won.count(True) == 1
    assert [event.after for event in patient.events("one")].count("releasing") == 1
    patient.close()


def test_a_delivery_read_twice_is_claimed_once(queue: Queue) -> None:
    """Two daemons that read the same waiting row cannot both send it."""
    queue.add(item_row(), [delivery_row()], [], now=NOW)
    first, second = queue.deliveries("one")[0], queue.deliveries("one")[0]
    with queue.writing() as connection:
        move_delivery(connection, first, DeliveryState.SENDING, actor="one", now=NOW)
    with pytest.raises(IllegalMove, match="no longer waiting"), queue.writing() as connection:
        move_delivery(connection, second, DeliveryState.SENDING, actor="two", now=NOW)


def test_a_state_changes_by_a_move_only(queue: Queue) -> None:
    """The way around the table, and around the event, is closed."""
    queue.add(item_row(), [delivery_row()], [], now=NOW)
    with pytest.raises(IllegalMove), queue.writing() as connection:
        set_item(connection, "one", state="published")
    with pytest.raises(IllegalMove), queue.writing() as connection:
        set_delivery(connection, 1, state="sent")
    with queue.writing() as connection:
        set_item(connection, "one", due_at=NOW)
    assert (queue.item("one").state, queue.item("one").due_at) == ("draft", NOW)


@pytest.mark.parametrize(
    "again",
    [{"item_id": "one"}, {"slug": "news/one"}, {"external_id": "42", "source": "website"}],
    ids=["id", "address", "external id"],
)
def test_what_is_here_already_is_refused_whole(queue: Queue, again: dict[str, str]) -> None:
    """A second item under a taken id, address or external id leaves no row of any kind behind."""
    queue.add(item_row(source="website", external_id="42"), [delivery_row()], [], now=NOW)
    item_id = again.get("item_id", "two")
    row = item_row(item_id, **{key: value for key, value in again.items() if key != "item_id"})
    receipt = HookReceiptRow(source="website", webhook_id="m1", digest="d", received_at=NOW, answer={})
    with pytest.raises(InputError) as caught:
        queue.add(row, [delivery_row(item_id)], [ItemState.CHECKED], now=NOW, receipt=receipt)
    assert caught.value.field == "external_id"
    assert len(queue.items()) == 1
    assert len(queue.deliveries("one")) == 1
    assert len(queue.events("one")) == 1
    assert queue.receipt("website", "m1") is None


def test_a_repeated_webhook_id_stores_no_second_item(queue: Queue) -> None:
    """Two copies of one message that race are one item: the receipt is in the same transaction."""
    receipt = HookReceiptRow(
        source="website", webhook_id="m1", digest="d", received_at=NOW, answer={"id": "one"}
    )
    queue.add(item_row("one"), [delivery_row("one")], [], now=NOW, receipt=receipt)
    with pytest.raises(InputError):
        queue.add(item_row("two"), [delivery_row("two")], [], now=NOW, receipt=receipt)
    assert [row.id for row in queue.items()] == ["one"]
    found = queue.receipt("website", "m1")
    assert found is not None
    assert found.answer == {"id": "one"}


def test_an_item_whose_deliveries_or_moves_are_wrong_is_not_stored(queue: Queue) -> None:
    """Two posts for one channel, or an impossible first path: nothing stays of the item either."""
    with pytest.raises(InputError):
        queue.add(item_row(), [delivery_row(), delivery_row()], [], now=NOW)
    with pytest.raises(IllegalMove):
        queue.add(item_row(), [delivery_row()], [ItemState.QUEUED], now=NOW)
    assert queue.items() == []
    assert queue.events("one") == []


def test_an_item_without_a_delivery_is_stored_as_that(queue: Queue) -> None:
    """No delivery means none: not a row of blanks, and no error of the database's."""
    queue.add(item_row(), [], [], now=NOW)
    assert queue.deliveries("one") == []


def test_a_delivery_belongs_to_an_item(queue: Queue) -> None:
    """Foreign keys are on: SQLite leaves them off unless told on every connection."""
    queue.add(item_row(), [delivery_row()], [], now=NOW)
    with pytest.raises(IntegrityError), queue.writing() as connection:
        connection.exec_driver_sql("DELETE FROM item")


def test_moments_come_back_aware_and_in_utc(queue: Queue) -> None:
    """Whatever zone a moment was given in, it is the same moment in UTC when read; a naive one is refused."""
    there = datetime(2027, 6, 1, 9, 0, 0, 123456, tzinfo=timezone(HOUR))
    queue.add(item_row(publish_at=there, due_at=there), [delivery_row(due_at=there)], [], now=there)
    row = queue.item("one")
    assert row.publish_at == there
    assert row.publish_at.tzinfo == UTC
    assert queue.events("one")[0].at == there
    assert queue.deliveries("one")[0].due_at == there
    with pytest.raises(StatementError, match="naive"):
        queue.add(item_row("two", publish_at=datetime(2027, 6, 1, 9)), [], [], now=NOW)  # noqa: DTZ001  # the point


def test_what_is_due_is_what_the_moment_has_reached(queue: Queue) -> None:
    """Due is up to and with the moment itself; the next moment is strictly later; nothing waits forever unseen."""
    early, late = NOW + HOUR, NOW + 2 * HOUR
    queue.add(item_row("one", due_at=early), [delivery_row("one", due_at=late)], [], now=NOW)
    queue.add(item_row("two"), [delivery_row("two")], [], now=NOW)
    assert queue.due(early - timedelta(microseconds=1)).items == ()
    assert queue.due(early).items == ("one",)
    assert queue.due(early).deliveries == ()
    assert len(queue.due(late).deliveries) == 1
    assert queue.next_due(NOW) == early
    assert queue.next_due(early) == late
    assert queue.next_due(late) is None


@pytest.mark.parametrize(("state", "found"), [(ItemState.QUEUED, ("one",)), (ItemState.HELD, ())])
def test_what_is_queued_is_due_at_its_own_moment(
    queue: Queue, state: ItemState, found: tuple[str, ...]
) -> None:
    """A hand that takes out when to look at it does not lose it without a word; what waits for a person waits."""
    queue.add(item_row("one", publish_at=NOW, due_at=None), [], [ItemState.CHECKED, state], now=NOW)
    assert queue.due(NOW - HOUR).items == ()
    assert queue.due(NOW).items == found


def test_due_moments_are_compared_as_moments_not_as_text(queue: Queue) -> None:
    """A moment without microseconds sorts beside one with them, and offsets do not confuse the order."""
    whole, fraction = NOW, NOW + timedelta(microseconds=500)
    queue.add(item_row("one", due_at=fraction), [], [], now=NOW)
    queue.add(item_row("two", due_at=whole), [], [], now=NOW)
    assert queue.due(whole.astimezone(timezone(-5 * HOUR))).items == ("two",)
    assert queue.due(fraction).items == ("two", "one")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE delivery SET post = '{broken' WHERE item_id = 'one'",
        "UPDATE delivery SET due_at = '0' WHERE item_id = 'one'",
        "UPDATE item SET content = '{broken' WHERE id = 'one'",
        "UPDATE item SET state = 'lost' WHERE id = 'one'",
        "UPDATE item SET publish_at = 'soon' WHERE id = 'one'",
    ],
)
def test_what_a_hand_made_unreadable_keeps_nothing_else_that_is_due(queue: Queue, damage: str) -> None:
    """It is left out; each delivery comes with its item, so that nobody reads it a second time."""
    for name in ("one", "two"):
        queue.add(item_row(name, due_at=NOW), [delivery_row(name, due_at=NOW)], [], now=NOW)
    assert queue.due(NOW) == Due(("one", "two"), ((1, "one"), (2, "two")))
    assert queue.due(NOW, besides={"one"}) == Due(("two",), ((2, "two"),))
    with queue.writing() as connection:
        connection.exec_driver_sql(damage)
    found = queue.due(NOW)
    assert (found.items, found.deliveries) in (
        (("two",), ((1, "one"), (2, "two"))),
        (("one", "two"), ((2, "two"),)),
    )


def test_nobody_is_told_of_the_first_thousand_as_if_they_were_all(queue: Queue) -> None:
    """Who asks for the items in a state gets all of them, unless they say how many."""
    with queue.writing() as connection:
        connection.execute(
            insert(ItemRow.__table__),  # type: ignore[attr-defined]  # set by SQLModel's metaclass
            [item_row(f"i{number:04}", state="queued").model_dump() for number in range(1_001)],
        )
    queued = [ItemState.QUEUED]
    assert [len(queue.items()), len(queue.items(queued)), len(queue.sorted_out(queued)[0])] == [1_001] * 3
    assert [row.id for row in queue.items(limit=2)] == ["i0000", "i0001"]
    assert [row.id for row in queue.items(limit=2, latest=True)] == ["i0999", "i1000"]


def test_a_receipt_that_cannot_be_read_is_none(queue: Queue) -> None:
    """A hand that wrote what is no JSON into one makes no message of the website's a bug."""
    receipt = HookReceiptRow(source="cms", webhook_id="w1", digest="x", received_at=NOW, answer={"id": "one"})
    queue.add(item_row(), [], [], now=NOW, receipt=receipt)
    assert queue.receipt("cms", "w1") == receipt
    with queue.writing() as connection:
        connection.exec_driver_sql("UPDATE hook_receipt SET answer = '{broken'")
    assert queue.receipt("cms", "w1") is None


def test_a_slug_with_wildcards_is_taken_literally(queue: Queue) -> None:
    """`_` and `%` in an address are characters, not patterns."""
    queue.add(item_row("one", slug="news/axb"), [], [], now=NOW)
    queue.add(item_row("two", slug="news/a_b-2"), [], [], now=NOW)
    assert queue.slugs_like("news/a_b") == {"news/a_b-2"}


def test_a_hostile_word_is_data(queue: Queue) -> None:
    """Nothing that a person writes becomes SQL."""
    name = "x'; DROP TABLE item; --"
    queue.add(item_row("one", source=name, external_id=name, title=name), [], [], now=NOW)
    found = queue.known(name, name)
    assert found is not None
    assert found.title == name


def test_counts_are_by_state(queue: Queue) -> None:
    """The health page's numbers are those of the table."""
    queue.add(item_row("one"), [], [], now=NOW)
    queue.add(item_row("two"), [], [ItemState.CHECKED], now=NOW)
    queue.add(item_row("three"), [], [ItemState.CHECKED], now=NOW)
    assert queue.counts() == {"draft": 1, "checked": 2}
    assert [row.id for row in queue.items([ItemState.DRAFT])] == ["one"]


# --- opening and failing ---------------------------------------------------------------------------------------


@pytest.mark.long
def test_processes_that_open_a_new_queue_at_once_make_one(tmp_path: Path) -> None:
    """The schema is made once: who comes second waits, finds it made, and goes on."""
    database = tmp_path / "queue.db"
    command = [sys.executable, "-c", OPEN_AND_WRITE, str(database)]
    openers = [
        subprocess.Popen(
            [*command, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for number in range(3)
    ]
    for opener in openers:
        assert opener.stdout is not None
        assert opener.stdout.readline() == "ready\n"
    told = [opener.communicate("\n") for opener in openers]
    assert [(opener.returncode, told[number][1]) for number, opener in enumerate(openers)] == [(0, "")] * 3
    with closing(sqlite3.connect(database)) as connection, connection:
        assert {row[0] for row in connection.execute("SELECT actor FROM event")} == {"0", "1", "2"}
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    connection.close()


def test_threads_that_open_a_new_queue_at_once_make_one(tmp_path: Path) -> None:
    """The same within one process, as the daemon's parts might."""
    start = threading.Barrier(4)

    def opened(_: int) -> int:
        start.wait()
        queue = open_queue(tmp_path / "queue.db", create=True)
        found = len(queue.items())
        queue.close()
        return found

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(opened, range(4))) == [0] * 4


def test_threads_that_open_several_new_queues_at_once_make_each(tmp_path: Path) -> None:
    """The tool that makes the schema works on one at a time: two at once would mix them up, or crash."""
    start = threading.Barrier(3)

    def opened(number: int) -> int:
        start.wait()
        queue = open_queue(tmp_path / f"queue{number}.db", create=True)
        found = len(queue.items())
        queue.close()
        return found

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(opened, range(3))) == [0] * 3


def test_a_queue_that_is_not_there_is_not_made_by_accident(tmp_path: Path) -> None:
    """A wrong path is told with the way out, and leaves no empty database."""
    with pytest.raises(InputError, match="publisher init"):
        open_queue(tmp_path / "no" / "queue.db")
    assert list(tmp_path.iterdir()) == []


def test_a_locked_queue_is_told_after_the_wait_with_a_way_out(queue: Queue) -> None:
    """Another program's lock is an outside failure (exit code 4), said in words that help; nothing is written."""
    queue.add(item_row(), [], [], now=NOW)
    holder = sqlite3.connect(str(queue.engine.url.database), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutsideFailed, match=r"locked.*try again") as caught:
        queue.add(item_row("two"), [], [], now=NOW)
    assert caught.value.exit_code == EXIT_OUTSIDE
    holder.execute("ROLLBACK")
    holder.close()
    assert [row.id for row in queue.items()] == ["one"]


def test_a_queue_that_another_program_holds_whole_is_told_after_the_wait(tmp_path: Path) -> None:
    """Its opening waits no longer than a writer does, and not once for each try: nobody sits before a mute program."""
    open_queue(tmp_path / "queue.db", create=True).close()
    holder = sqlite3.connect(tmp_path / "queue.db", isolation_level=None)
    holder.execute("PRAGMA journal_mode=DELETE")
    holder.execute("BEGIN EXCLUSIVE")
    outcome: list[BaseException] = []

    def opening() -> None:
        try:
            open_queue(tmp_path / "queue.db", create=False, busy_timeout_ms=100).close()
        except OutsideFailed as error:
            outcome.append(error)

    thread = threading.Thread(target=opening, daemon=True)
    thread.start()
    thread.join(5)
    holder.close()
    assert ["locked" in str(error) for error in outcome] == [True]


def test_a_file_that_is_no_queue_is_told_with_a_way_out(tmp_path: Path) -> None:
    """Something else's file, or a damaged one, is never a traceback, and never overwritten."""
    file = tmp_path / "queue.db"
    file.write_text("These are the minutes of the meeting of 3 May. " * 50, encoding="utf-8")
    before = file.read_bytes()
    with pytest.raises(OutsideFailed, match="restore it from the backup"):
        open_queue(file, create=True)
    assert file.read_bytes() == before


def test_a_damaged_file_is_told_from_damaged_json(tmp_path: Path) -> None:
    """Nobody puts a backup back because a hand wrote what is no JSON into one row: SQLite calls both malformed."""
    queue = open_queue(tmp_path / "queue.db", create=True)
    queue.add(item_row(), [], [], now=NOW)
    with pytest.raises(OutsideFailed, match="malformed JSON") as wrong, queue.reading() as connection:
        connection.exec_driver_sql("SELECT json_extract('{broken', '$.id')").all()
    assert "damaged" not in str(wrong.value)
    queue.close()
    file = tmp_path / "queue.db"
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xff" * (size - 4096))
    with pytest.raises(OutsideFailed, match=r"malformed.*damaged.*restore it from the backup"):
        open_queue(file)


def test_a_place_where_no_queue_can_be_is_told(tmp_path: Path) -> None:
    """A folder in the database's place, or a file in its folder's, is one clear line."""
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(OutsideFailed, match="unable to open"):
        open_queue(tmp_path / "folder.db")
    (tmp_path / "file").touch()
    with pytest.raises(OutsideFailed, match="cannot be made"):
        open_queue(tmp_path / "file" / "queue.db", create=True)


def test_a_newer_publisher_s_queue_is_left_alone(tmp_path: Path) -> None:
    """An older program must not write into a schema that it does not know."""
    open_queue(tmp_path / "queue.db", create=True).close()
    with closing(sqlite3.connect(tmp_path / "queue.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(InputError, match="newer publisher"):
        open_queue(tmp_path / "queue.db")


def test_what_does_not_exist_is_named(queue: Queue) -> None:
    """An unknown item or delivery is wrong input, by its own name."""
    with pytest.raises(InputError, match="'nobody'"):
        queue.item("nobody")
    with pytest.raises(InputError, match="77"):
        queue.delivery(77)


def test_a_process_that_dies_in_a_transaction_leaves_nothing(tmp_path: Path) -> None:
    """Killed between a move and its commit, the item is where it was, and the queue is free for the next."""
    database = tmp_path / "queue.db"
    queue = open_queue(database, create=True, busy_timeout_ms=5_000)
    queue.add(item_row(), [delivery_row()], [ItemState.CHECKED], now=NOW)
    code = """
import os, pathlib, sys
from datetime import UTC, datetime
from publisher.model import ItemState
from publisher.queue import open_queue
from publisher.moves import move_item
with open_queue(pathlib.Path(sys.argv[1])).writing() as connection:
    move_item(connection, "one", ItemState.CHECKED, ItemState.QUEUED, actor="x", now=datetime.now(UTC))
    os.kill(os.getpid(), 9)
"""
    assert subprocess.run([sys.executable, "-c", code, str(database)], cwd=ROOT, check=False).returncode == -9
    assert queue.item("one").state == "checked"
    with queue.writing() as connection:
        move_item(connection, "one", ItemState.CHECKED, ItemState.QUEUED, actor="pat", now=NOW)
    assert [event.after for event in queue.events("one")] == ["draft", "checked", "queued"]
    queue.close()
