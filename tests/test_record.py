"""The record itself: only added to, each event with the hash of the one before, its words beside it, its end kept outside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from record_support import START, Record, by_hand, open_record
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from publisher import sending
from publisher.clearance import Seal
from publisher.ends import BLOCK, EndFile, Kept
from publisher.errors import OutsideFailed
from publisher.model import ItemState
from publisher.record import NOTHING, SCHEDULER, End, append, end, events
from publisher.tables import EventDetailRow, EventRow
from publisher.via import coming_via

_events, _details = EventRow.__table__, EventDetailRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    """A record of six events."""
    with open_record(tmp_path, 6) as made:
        yield made


def known(record: Record) -> Kept:
    """What the end file knows."""
    with record.end_file.still() as kept:
        assert kept is not None
        return kept


def ends_at(record: Record) -> End:
    """Where the database's chain ends."""
    with record.queue.reading() as connection:
        return end(connection)


@pytest.mark.parametrize(
    "statement", ["UPDATE event SET actor = 'x' WHERE id = 2", "DELETE FROM event WHERE id = 2"]
)
def test_events_are_only_ever_added(record: Record, statement: str) -> None:
    """The database itself refuses to change or to take out an event."""
    with pytest.raises(IntegrityError, match="only ever added to"), record.queue.writing() as connection:
        connection.execute(text(statement))
    assert record.verify().whole


def test_a_hash_can_be_made_again_with_nothing_of_ours(record: Record) -> None:
    """An event's hash is the sha256 of plain JSON over the hash before it, its number, and what it tells."""
    before = ""
    with record.queue.reading() as connection:
        rows = connection.execute(
            select(_events, _details.c.salt, _details.c.detail).outerjoin(_details).order_by(_events.c.id)
        )
        for row in rows:
            told = [
                row.actor,
                row.via,
                row.action,
                row.item_id,
                row.channel,
                row.subject,
                row.before,
                row.after,
            ]
            if row.salt is not None:
                assert sha256([row.salt, row.detail]) == row.digest
            before = sha256([before, row.id, row.at.isoformat(), *told, row.digest])
            assert row.hash == before
            assert row.at == START


def sha256(values: list[object]) -> str:
    """The digest of JSON in its one form."""
    told = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def test_words_lie_beside_the_chain(record: Record) -> None:
    """What an event says in words can be erased: the event stays, says so, and the chain stays whole."""
    by_hand(record.database, "DELETE FROM event_detail WHERE event_id = 2")
    with record.queue.reading() as connection:
        found = {event.id: event.is_erased for event in events(connection)}
    assert found == {1: False, 2: True, 3: False, 4: False, 5: False, 6: False}
    with record.queue.writing() as connection:
        append(connection, START, "dana", "erased", subject="event 2")
    assert (record.verify().whole, record.verify().erased) == (True, 1)


def test_the_same_words_have_another_digest_each_time(record: Record) -> None:
    """Short words that were erased cannot be guessed by their digest: each has a salt of its own."""
    with record.queue.writing() as connection:
        for _ in range(2):
            append(connection, START, "sam", "refused", subject="x", detail={"reason": "no"})
    with record.queue.reading() as connection:
        digests = [event.digest for event in events(connection, _events.c.subject == "x")]
    assert len(set(digests)) == 2


def test_what_comes_to_nothing_leaves_no_event(record: Record) -> None:
    """A transaction that fails takes its events with it, and the next one goes on from where the chain was."""

    def breaks() -> None:
        with record.queue.writing() as connection:
            append(connection, START, "sam", "lost")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks()
    assert ends_at(record).id == 6
    record.write()
    assert (ends_at(record).id, known(record).certain.id, record.verify().whole) == (7, 7, True)


def test_an_event_tells_by_which_door_its_actor_came(record: Record) -> None:
    """Who acted is written down with how they came in; what the daemon does by itself has its own door."""
    with record.queue.writing() as connection:
        with coming_via("token 3f9a"):
            append(connection, START, "sam", "first")
        append(connection, START, sending.ACTOR, "second", move=(ItemState.QUEUED, ItemState.RELEASING))
        append(connection, START, "sam", "third")
    with record.queue.reading() as connection:
        assert [event.via for event in events(connection, _events.c.id > 6)] == ["token 3f9a", SCHEDULER, ""]


# --- the end, kept outside the database -----------------------------------------------------------------------------


def test_the_end_is_kept_beside_the_database_after_each_commit(record: Record) -> None:
    """A file of one block knows the last event's number and hash as soon as it is committed."""
    assert known(record) == Kept(ends_at(record), ends_at(record))
    assert record.end_file.path.stat().st_size == BLOCK
    record.write(3)
    assert known(record).certain.id == 9


def test_the_end_that_is_coming_is_known_before_the_commit(record: Record) -> None:
    """Whatever dies between the commit and what follows it: the database's end is one of the two that the file knows."""
    before, at_commit = ends_at(record), list[Kept]()
    record.queue._ended = lambda _end: at_commit.append(
        known(record)
    )  # the program dies right after the commit
    record.write()
    assert at_commit == [Kept(before, ends_at(record))]
    assert record.verify().whole
    record.queue._ended = record.end_file.came
    record.write()
    assert known(record).certain == ends_at(record)


def test_a_commit_that_never_came_is_no_fault(record: Record) -> None:
    """The power went after the end was noted and before the commit: the record is whole, and goes on."""
    record.end_file.come(ends_at(record), End(7, "f" * 64), first=lambda: False)
    assert record.verify().whole
    record.write()
    assert record.verify().whole
    assert known(record).certain == ends_at(record)


def test_nothing_is_committed_whose_end_cannot_be_noted(record: Record) -> None:
    """A disk that does not take the end file takes no event either, and the failure says what to do."""
    record.end_file.path.unlink()
    record.end_file.path.mkdir()
    with pytest.raises(OutsideFailed, match="cannot be noted"):
        record.write()
    assert ends_at(record).id == 6


def test_an_end_file_that_is_gone_is_not_made_anew(record: Record) -> None:
    """Who takes the file away gets none back by writing: it would vouch for whatever the database has become."""
    record.end_file.path.unlink()
    record.write(3)
    assert not record.end_file.path.exists()
    assert [fault.kind for fault in record.verify().faults] == ["end"]


@pytest.mark.parametrize("content", [b"", b"x" * BLOCK, b"[1, 2]", b"[]", b"null", b'{"a": 1}', b"\xff" * 10])
def test_an_end_file_of_another_hand_is_not_believed(record: Record, content: bytes) -> None:
    """One that is empty, torn or made up is told as that, and never mended by writing on."""
    record.end_file.path.write_bytes(content)
    record.write()
    assert record.end_file.path.read_bytes() == content
    (fault,) = record.verify().faults
    assert fault.kind == "end"
    assert "cannot be trusted" in fault.words


def test_an_end_file_of_another_key_is_not_believed(record: Record) -> None:
    """The file is sealed: one that was written with another key, by hand, does not count."""
    last = ends_at(record)
    EndFile(record.database, Seal(b"z" * 32)).anchor(last)
    assert [fault.kind for fault in record.verify().faults] == ["end"]


def test_the_first_event_makes_the_end_file(tmp_path: Path) -> None:
    """A new queue has no end file, which is no fault, and its first event makes one."""
    with open_record(tmp_path) as record:
        assert (ends_at(record), record.end_file.path.exists(), record.verify().whole) == (
            NOTHING,
            False,
            True,
        )
        with record.queue.writing() as connection:
            for _ in range(3):
                append(connection, START, "dana", "officer added")
        assert known(record).certain.id == 3


def test_two_writers_take_turns(tmp_path: Path) -> None:
    """Two processes on one database keep one end between them, whichever of them notes it last."""
    with open_record(tmp_path, 1) as one, open_record(tmp_path) as other:
        ends = list[End]()
        other.queue._ended = ends.append  # as if it were slow to say that its commit came
        for _ in range(5):
            other.write()
            one.write()
            other.end_file.came(ends[-1])
        assert known(one) == Kept(ends_at(one), ends_at(one))
        assert one.verify().whole
