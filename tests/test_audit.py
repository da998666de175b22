"""The record held against a hand in the database: changed, removed, reordered, added, cut, put back; and its checkpoints."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from record_support import START, Record, by_hand, open_record, told

from publisher.checkpoints import Checkpoint, Checkpoints
from publisher.clearance import Seal
from publisher.errors import InputError, Refused
from publisher.record import append
from publisher.verifying import told_to
from publisher.witnesses import Against

MANY = 10_000
SECONDS = 20.0
"""Far more than those events take, on the slowest machine: what grows with their square would not end in it."""


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    """A record of thirty events."""
    with open_record(tmp_path, 30) as made:
        yield made


# --- the chain ------------------------------------------------------------------------------------------------------


def swapped(one: int, other: int) -> list[str]:
    """Two events change their numbers."""
    numbers = ((one, -9), (other, one), (-9, other))
    return [f"UPDATE event SET id = {to} WHERE id = {at}" for at, to in numbers]  # noqa: S608  # ours


def moved_up(first: int) -> list[str]:
    """Every event from `first` on gets the next number, so that one finds a place there."""
    return [f"UPDATE event SET id = -id WHERE id >= {first}", "UPDATE event SET id = 1 - id WHERE id < 0"]  # noqa: S608  # ours


def copied(number: int, to: int) -> str:
    """A made-up event: one that is there already, under another number and with another hash."""
    columns = "at, actor, via, action, item_id, channel, subject, before, after, digest"
    return f"INSERT INTO event SELECT {to}, {columns}, '{'a' * 64}' FROM event WHERE id = {number}"  # noqa: S608  # ours


CHANGED = [("changed", 7, 7)]
ATTACKS = {
    "who did it": (["UPDATE event SET actor = 'dana' WHERE id = 7"], CHANGED),
    "by which door": (["UPDATE event SET via = 'cli uid 0' WHERE id = 7"], CHANGED),
    "when": (["UPDATE event SET at = '2026-11-24 09:00:00.000000' WHERE id = 7"], CHANGED),
    "what": (["UPDATE event SET action = 'officer suspended' WHERE id = 7"], CHANGED),
    "about what": (["UPDATE event SET subject = 'asha' WHERE id = 7"], CHANGED),
    "to which item": (["UPDATE event SET item_id = 'abc' WHERE id = 7"], CHANGED),
    "on which channel": (["UPDATE event SET channel = 'twitter' WHERE id = 7"], CHANGED),
    "from which state": (["UPDATE event SET before = 'x' WHERE id = 7"], CHANGED),
    "into which state": (["UPDATE event SET after = 'x' WHERE id = 7"], CHANGED),
    "its digest": (["UPDATE event SET digest = 'x' WHERE id = 7"], CHANGED),
    "a moment that is none": (["UPDATE event SET at = 'yesterday' WHERE id = 7"], CHANGED),
    "bytes for words": (["UPDATE event SET actor = x'00ff' WHERE id = 7"], CHANGED),
    "nothing for a text": (["UPDATE event SET subject = NULL WHERE id = 7"], CHANGED),
    "the words": (["""UPDATE event_detail SET detail = '{"reason": "x"}' WHERE event_id = 8"""], [("words", 8, 8)]),
    "words that are no JSON": (["UPDATE event_detail SET detail = '{' WHERE event_id = 8"], [("words", 8, 8)]),
    "the words' salt": (["UPDATE event_detail SET salt = 'x' WHERE event_id = 8"], [("words", 8, 8)]),
    "words where none were": (["INSERT INTO event_detail VALUES (7, 'x', '{\"a\": 1}')"], [("words", 7, 7)]),
    "one removed": (["DELETE FROM event WHERE id = 7"], [("removed", 7, 7)]),
    "several removed": (["DELETE FROM event WHERE id IN (7, 8, 9)"], [("removed", 7, 9)]),
    "two apart removed": (["DELETE FROM event WHERE id IN (7, 20)"], [("removed", 7, 7), ("removed", 20, 20)]),
    "the first removed": (["DELETE FROM event WHERE id = 1"], [("removed", 1, 1)]),
    "removed and numbered anew": (
        ["DELETE FROM event WHERE id IN (7, 8)", "UPDATE event SET id = id - 2 WHERE id > 8"],
        [("removed", 7, 7), ("end", 28, 30)],
    ),
    "neighbours swapped": (swapped(7, 8), [("reordered", 7, 7), ("reordered", 8, 8)]),
    "two apart swapped": (swapped(7, 20), [("reordered", 7, 7), ("reordered", 20, 20)]),
    "three moved round": ([*swapped(7, 11), *swapped(11, 20)], [("reordered", n, n) for n in (7, 11, 20)]),
    "one added in between": ([*moved_up(7), copied(3, 7)], [("added", 7, 7), ("end", 31, 31)]),
    "one added below the first": ([copied(3, -3)], [("added", -3, -3)]),
    "one added at the end": ([copied(3, 31)], [("added", 31, 31)]),
    "two added at the end": ([copied(3, 31), copied(4, 32)], [("added", 31, 32)]),
    "one added far beyond the end": ([copied(3, 99)], [("added", 31, 99)]),
    "the end cut": (["DELETE FROM event WHERE id > 27"], [("end", 27, 30)]),
    "all of it gone": (["DELETE FROM event"], [("end", 0, 30)]),
    "changed and removed": (
        ["UPDATE event SET actor = 'dana' WHERE id = 7", "DELETE FROM event WHERE id = 20"],
        [("changed", 7, 7), ("removed", 20, 20)],
    ),
}  # fmt: skip


def but_for_words_taken_out(record: Record) -> list[tuple[str, int, int]]:
    """The kind and the numbers of all else that is found."""
    return [told(fault) for fault in record.verify().faults if "words were taken out" not in fault.words]


@pytest.mark.parametrize(("statements", "expected"), ATTACKS.values(), ids=ATTACKS.keys())
def test_what_was_done_to_the_record_is_found_and_named(
    record: Record, statements: list[str], expected: list[tuple[str, int, int]]
) -> None:
    """Any changed, removed, reordered or added event is told by its number and by what was done, and nothing else is."""
    record.by_hand("DELETE FROM event_detail WHERE event_id > 8", *statements)  # words move with nothing
    assert but_for_words_taken_out(record) == expected


def test_a_record_that_nobody_touched_is_whole(record: Record) -> None:
    """Nothing is found where nothing was done, however often it is looked at."""
    for _ in range(2):
        report = record.verify()
        assert (report.whole, report.events, report.end.id, report.accepted, report.notes) == (
            True,
            30,
            30,
            (),
            (),
        )


def rehashed(database: Path, first: int, last: int) -> None:
    """Makes the hashes of some events anew, as somebody who has read our source can."""
    anew: list[str] = []
    columns = "id, at, actor, via, action, item_id, channel, subject, before, after, digest"
    with closing(sqlite3.connect(database)) as connection:
        (before,) = connection.execute("SELECT hash FROM event WHERE id = ?", (first - 1,)).fetchone()
        query = f"SELECT {columns} FROM event WHERE id BETWEEN ? AND ? ORDER BY id"  # noqa: S608  # names
        for number, at, *others in connection.execute(query, (first, last)).fetchall():
            moment = datetime.fromisoformat(at).replace(tzinfo=UTC).isoformat()
            values = json.dumps([before, number, moment, *others], separators=(",", ":"), ensure_ascii=False)
            before = hashlib.sha256(values.encode()).hexdigest()
            anew.append(f"UPDATE event SET hash = '{before}' WHERE id = {number}")  # noqa: S608  # a digest, a number
    by_hand(database, *anew)


def test_one_with_its_hash_made_anew_is_named(record: Record) -> None:
    """Who changes an event and its hash breaks the link to the next one: both are named."""
    record.by_hand("UPDATE event SET actor = 'dana' WHERE id = 7")
    rehashed(record.database, 7, 7)
    (fault,) = record.verify().faults
    assert told(fault) == ("changed", 8, 8)
    assert "or event 7 was, and its hash was made anew" in fault.words


def test_a_chain_made_anew_to_its_end_is_found_by_its_end(record: Record) -> None:
    """Who rewrites the whole chain after a change cannot write its sealed end."""
    record.by_hand("UPDATE event SET actor = 'dana' WHERE id = 7")
    rehashed(record.database, 7, 30)
    (fault,) = record.verify().faults
    assert told(fault) == ("end", 30, 30)
    assert "Event 30 is another than the one that was written" in fault.words


def test_a_well_made_event_at_the_end_is_found(record: Record) -> None:
    """Who adds an event with the right hash, but not through this program, is found by the end that was kept."""
    record.by_hand(copied(3, 31))
    rehashed(record.database, 31, 31)
    assert record.faults() == [("added", 31, 31)]
    record.write()
    assert record.faults() == [("added", 31, 32)]


def test_a_well_made_event_in_between_is_found(record: Record) -> None:
    """Who puts an event in with the right hash, and numbers the rest anew, is found at its place."""
    record.by_hand("DELETE FROM event_detail", *moved_up(7), copied(3, 7))
    rehashed(record.database, 7, 7)
    assert but_for_words_taken_out(record) == [("added", 7, 7), ("end", 31, 31)]


@pytest.mark.long
def test_everything_changed_is_told_in_good_time(tmp_path: Path) -> None:
    """A record in which nothing fits any more is looked through as quickly as a whole one."""
    with open_record(tmp_path) as record:
        with record.queue.writing() as connection:
            for number in range(MANY):
                append(connection, START, "sam", "x", item_id=f"i{number % 700}", detail={"n": number})
        shown: list[tuple[int, int]] = []
        began = time.monotonic()
        with told_to(lambda done, count: shown.append((done, count))):
            assert record.verifier.verify().events == MANY
        assert time.monotonic() - began < SECONDS
        assert shown[-1] == (MANY, MANY)
        record.by_hand("UPDATE event SET actor = 'dana'")
        began = time.monotonic()
        assert len(record.verify().faults) == MANY
        assert time.monotonic() - began < SECONDS


def erased(record: Record, subject: str | None, item_id: str | None = None) -> None:
    """The event of an erasure."""
    with record.queue.writing() as connection:
        append(connection, START, "dana", "erased", subject=subject, item_id=item_id)


def test_words_that_were_erased_are_counted_and_no_fault(record: Record) -> None:
    """Erasure is allowed, and each is told by an event: how many events have lost their words is counted."""
    record.by_hand("DELETE FROM event_detail WHERE event_id IN (2, 4)")
    for number in (2, 4):
        erased(record, f"event {number}")
    report = record.verify()
    assert (report.whole, report.erased) == (True, 2)


def test_words_that_a_hand_took_out_are_missed(record: Record) -> None:
    """No event tells of an erasure of them, or only one of something else, or of before they were said."""
    erased(record, "concern s31")
    record.by_hand("DELETE FROM event_detail WHERE event_id = 4")
    for other in ("event 2", "event 44", "concern s2", "override 4", "token 4", "nothing", ""):
        erased(record, other)
    (fault,) = record.verify().faults
    assert (told(fault), "no event tells that they were erased" in fault.words) == (("words", 4, 4), True)


@pytest.mark.parametrize(
    ("action", "about", "by", "explained"),
    [
        ("moved", {"item_id": "i1"}, {"item_id": "i1"}, True),
        ("moved", {"item_id": "i1"}, {"item_id": "i2"}, False),
        ("approved", {"item_id": "i1"}, {"item_id": "i1", "subject": "override 3"}, True),
        ("moved", {"item_id": "i1"}, {"item_id": "i1", "subject": "override 3"}, False),
        ("approved", {"item_id": "i1"}, {"item_id": "i2", "subject": "override 3"}, False),
        ("concern taken up", {"subject": "c1"}, {"subject": "concern c1"}, True),
        ("concern taken up", {"subject": "c1"}, {"subject": "concern c2"}, False),
    ],
)
def test_an_erasure_explains_its_own_words_alone(
    tmp_path: Path, action: str, about: dict[str, str], by: dict[str, str], *, explained: bool
) -> None:
    """That of an item its events, that of a reason the item's approvals, that of a concern its own; what is said later is none."""
    with open_record(tmp_path) as record:
        for number in range(2):
            with record.queue.writing() as connection:
                append(connection, START, "sam", action, detail={"reason": "x"}, **about)  # type: ignore[arg-type]  # names
            if number == 0:
                erased(record, by.get("subject"), by.get("item_id"))
        record.by_hand("DELETE FROM event_detail")
        wordless = [number for kind, number, _ in record.faults() if kind == "words"]
        assert wordless == ([3] if explained else [1, 3])


def test_a_clock_that_was_set_back_is_noted(record: Record) -> None:
    """An event that tells an earlier time than one before it is named; the small corrections of a time server are not."""
    record.write(at=START + timedelta(hours=3))
    record.write(at=START)
    record.write(at=START - timedelta(minutes=4))
    report = record.verify()
    assert report.whole
    assert report.notes == ("The clock was set back before event 32.",)


# --- its end --------------------------------------------------------------------------------------------------------


def test_an_older_database_is_found_with_both_numbers(record: Record) -> None:
    """A backup that was put back ends before what was written, and both numbers are told."""
    backup = record.copy("backup.db")
    record.write(12)
    record.put_back(backup)
    (fault,) = record.verify().faults
    assert told(fault) == ("end", 30, 42)
    assert "ends at event 30, but event 42 was written" in fault.words


def test_writing_on_does_not_hide_an_older_database(record: Record) -> None:
    """However much is written into an older database, the end that was kept stays, and it is found."""
    backup = record.copy("backup.db")
    record.write(3)
    record.put_back(backup)
    record.write(2)
    assert record.faults() == [("end", 32, 33)]
    record.write(20)
    (fault,) = record.verify().faults
    assert told(fault) == ("end", 52, 52)
    assert "Event 33 is another than the one that was written" in fault.words


def test_a_database_without_its_end_file_does_not_count(record: Record) -> None:
    """A copied database, or one whose end file was taken away, is told as that, quickly and in full."""
    record.end_file.path.unlink()
    (fault,) = record.verify().faults
    assert "no file that keeps the record's end" in fault.words
    assert "audit accept" in record.verifier.end_problem()
    with pytest.raises(Refused, match="nothing is released"):
        record.verifier.demand_whole()


@pytest.mark.parametrize(
    "statement", ["DELETE FROM event WHERE id > 27", copied(3, 31)], ids=["cut", "added"]
)
def test_a_quick_look_sees_the_end(record: Record, statement: str) -> None:
    """What the daemon asks at every turn, and its health page: whether the end is the one that was kept."""
    assert record.verifier.end_problem() == ""
    record.by_hand(statement)
    assert record.verifier.end_problem() != ""


@pytest.mark.long
def test_looking_while_others_write_finds_nothing(tmp_path: Path) -> None:
    """A record that grows while it is looked at is whole: the view stands still."""
    with open_record(tmp_path, 5) as record:
        code = (
            "import sys; sys.path.insert(0, 'tests')\n"
            "from pathlib import Path\n"
            "from record_support import open_record\n"
            f"with open_record(Path({str(tmp_path)!r})) as record: record.write(60)\n"
        )
        root = Path(__file__).parent.parent
        writer = subprocess.Popen(
            [sys.executable, "-c", code], cwd=root, env={**os.environ, "PYTHONPATH": str(root)}
        )
        looks = 0
        while writer.poll() is None:
            assert record.verifier.end_problem() == ""
            assert record.verify().faults == ()
            looks += 1
        assert (writer.returncode, looks > 1, record.verify().events) == (0, True, 65)


# --- checkpoints ----------------------------------------------------------------------------------------------------


def test_a_checkpoint_is_signed_and_kept_in_both_places(record: Record) -> None:
    """It names the end, holds by its public key alone, and lies in the database and in the file."""
    made = record.checkpoints.make()
    assert (made.event, made.hash) == (30, record.verify().end.hash)
    assert made.is_signed()
    assert list(record.checkpoints.filed()) == record.checkpoints.stored() == [made]
    assert (record.verify().whole, record.verify().checkpoints) == (True, 1)


@pytest.mark.parametrize("changes", [{"event": 29}, {"hash": "0" * 64}, {"at": "2026-11-25T10:00:01+00:00"},
                                     {"signature": "00" * 64}, {"signature": "no"}, {"key": "00" * 32}, {"key": ""}])  # fmt: skip
def test_a_checkpoint_that_was_changed_does_not_hold(record: Record, changes: dict[str, object]) -> None:
    """Every part of it is signed."""
    assert not replace(record.checkpoints.make(), **changes).is_signed()  # type: ignore[arg-type]  # wrong on purpose


def test_the_key_is_derived_from_the_seals_and_from_nothing_else(record: Record, tmp_path: Path) -> None:
    """The same seal gives the same key on every machine, another seal another, and it is not the seal's own."""

    def key_of(seal: Seal) -> str:
        return Checkpoints(record.queue, seal, tmp_path / "x", lambda: START, str).key

    assert key_of(Seal(b"k" * 32)) == record.checkpoints.key
    assert key_of(Seal(b"z" * 32)) != record.checkpoints.key
    assert (b"k" * 32).hex() != record.checkpoints.key


def test_what_changed_before_a_checkpoint_is_found_without_the_end_file(record: Record) -> None:
    """Who rewrites the chain and can forge its end still cannot sign: the checkpoint names where it was other."""
    record.checkpoints.make()
    record.write(3)
    record.by_hand("UPDATE event SET actor = 'dana' WHERE id = 7")
    rehashed(record.database, 7, 33)
    record.end_file.anchor(record.verify().end)  # as if they had the key of the seal, and no more
    assert record.faults() == [("checkpoint", 30, 30)]


def test_a_checkpoint_beyond_the_end_tells_of_a_cut(record: Record) -> None:
    """Where the end file is gone with what was cut, the file of checkpoints still knows."""
    backup = record.copy("backup.db")
    record.write(3)
    record.checkpoints.make()
    record.put_back(backup)
    record.end_file.path.unlink()
    assert record.faults() == [("end", 30, 30), ("checkpoint", 33, 33)]


def test_a_checkpoint_that_was_taken_out_of_the_database_is_missed(record: Record) -> None:
    """The file on the other disk knows of it."""
    record.checkpoints.make()
    record.by_hand("DELETE FROM checkpoint")
    assert record.faults() == [("checkpoint", 30, 30)]


@pytest.mark.parametrize(
    "change", ["signature = 'x'", "hash = 'x'", "event_id = 3", "at = 'x'", "event_id = 99"]
)
def test_a_checkpoint_changed_in_the_database_is_found(record: Record, change: str) -> None:
    """A row of it that is not as it was signed is told."""
    record.checkpoints.make()
    record.by_hand(f"UPDATE checkpoint SET {change}")  # noqa: S608  # ours
    assert "checkpoint" in [fault.kind for fault in record.verify().faults]


def test_a_torn_line_of_the_file_is_noted_and_written_past(record: Record) -> None:
    """The power went while a line was written: the next one is whole, and the torn one is no accusation."""
    record.checkpoints.make()
    with record.checkpoints.file.open("a") as file:
        file.write('{"event": 30, "ha')
    record.write()
    record.checkpoints.make()
    report = record.verify()
    assert (report.whole, report.checkpoints) == (True, 2)
    assert len([one for one in record.checkpoints.filed() if isinstance(one, Checkpoint)]) == 2
    assert "no checkpoints: 1" in report.notes[0]


def test_a_record_that_does_not_fit_is_not_signed(record: Record) -> None:
    """A checkpoint of a cut record would bear false witness."""
    record.by_hand("DELETE FROM event WHERE id > 27")
    with pytest.raises(Refused, match="ends at event 27"):
        record.checkpoints.make()
    assert record.checkpoints.stored() == []


def test_nothing_is_signed_twice_without_need(record: Record) -> None:
    """The daemon's daily checkpoint is made once anything happened, and not else."""
    for _ in range(2):
        record.checkpoints.keep_up()
    assert len(record.checkpoints.stored()) == 1
    record.write()
    record.checkpoints.keep_up()
    assert [one.event for one in record.checkpoints.stored()] == [31, 30]


def test_an_empty_record_has_nothing_to_sign(tmp_path: Path) -> None:
    """A new queue makes no checkpoint, and the daemon's start is not held up by that."""
    with open_record(tmp_path) as record:
        record.checkpoints.keep_up()
        with pytest.raises(Refused, match="nothing has happened"):
            record.checkpoints.make()


def test_the_record_is_held_against_what_somebody_kept(record: Record) -> None:
    """A checkpoint from elsewhere convicts a record that was cut with everything beside it."""
    kept = record.checkpoints.make()
    for beside in (record.end_file.path, record.checkpoints.file):
        beside.unlink()
    record.by_hand("DELETE FROM checkpoint", "DELETE FROM event WHERE id > 27")
    record.end_file.anchor(record.verify().end)
    assert record.verify().whole
    report = record.verifier.verify(Against([kept]))
    assert [told(fault) for fault in report.faults] == [("checkpoint", 30, 30)]
    assert [told(one) for one in record.verifier.verify(Against(hashes={30: kept.hash})).faults] == [
        ("kept", 30, 30)
    ]


@pytest.mark.parametrize(
    "value", [{}, [], None, {"event": "3", "hash": "", "at": "", "key": "", "signature": ""}, {"event": True}]
)
def test_what_is_no_checkpoint_is_refused(value: object) -> None:
    """Anything may be handed in as one."""
    with pytest.raises(InputError, match="no checkpoint"):
        Checkpoint.from_json(value)  # type: ignore[arg-type]  # wrong on purpose
