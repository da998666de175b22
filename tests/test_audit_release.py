"""What a record that does not fit stops, and how a director lets it count again; items and posts held against it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
from record_support import by_hand
from support import Office, open_office
from test_hook import Cms

from publisher import hook
from publisher.app import App, open_app
from publisher.daemon import Daemon
from publisher.errors import InputError, NotDesignated, Refused
from publisher.rehearsal.office import DIRECTOR, OFFICER
from publisher.serve import Server

WHY = "The disk failed; the backup of Tuesday was put back"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A council's office on stand-in platforms."""
    with open_office(tmp_path / "office") as made:
        yield made


def backup(office: Office) -> Path:
    """A copy of the database as it is now."""
    to = office.folder / "backup.db"
    with closing(sqlite3.connect(office.app.config.database)) as here, closing(sqlite3.connect(to)) as there:
        here.backup(there)
    return to


def put_back(office: Office, older: Path) -> App:
    """Puts an older database in the place of the office's; the app on it."""
    database = office.app.config.database
    office.app.close()
    for ending in ("", "-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
    shutil.copy(older, database)
    office.app = open_app(office.config, now=office.clock)
    return office.app


def hand(office: Office, statement: str) -> None:
    """What somebody with the database file can do."""
    by_hand(office.app.config.database, statement)


def faults(app: App) -> list[tuple[str, str]]:
    """The kind and the words of all that verifying finds."""
    return [(fault.kind, fault.words) for fault in app.verifier.verify().faults]


def start(app: App) -> None:
    """Starts the daemon's work, and stops it again."""
    daemon = Daemon(app)
    try:
        daemon.start()
    finally:
        daemon.stop()


def published(office: Office) -> str:
    """An item that went out everywhere."""
    item_id = office.hand_in(office.news()).id
    office.release(item_id)
    assert office.state(item_id) == "published"
    return item_id


# --- the daemon -----------------------------------------------------------------------------------------------------


def test_an_older_database_releases_nothing(office: Office) -> None:
    """A backup that was put back has forgotten what it sent: the daemon does not start with it, and nothing goes twice."""
    item_id = office.hand_in(office.news()).id
    older = backup(office)
    office.release(item_id)
    sent = len(office.platforms.ledger.posts())
    app = put_back(office, older)
    with pytest.raises(
        Refused,
        match=r"nothing is released: the record is not whole.*was cut at its end, or this is an older",
    ):
        start(app)
    assert len(office.platforms.ledger.posts()) == sent
    assert app.queue.item(item_id).state == "queued"


def test_a_director_accepts_an_older_database_and_what_waits_is_held(office: Office) -> None:
    """The record says so with both ends; what it may have forgotten is held, and only then the daemon starts."""
    item_id = office.hand_in(office.news()).id
    older = backup(office)
    office.release(item_id)
    sent = len(office.platforms.ledger.posts())
    app = put_back(office, older)
    done = app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert (done.before.partition(" ")[0], done.after.partition(" ")[0], done.held) == ("28", "6", (item_id,))
    start(app)
    assert app.queue.item(item_id).state == "held for review"
    assert len(office.platforms.ledger.posts()) == sent
    (event,) = app.queue.events_of("record")
    assert (event.action, event.actor, event.before, event.after) == (
        "record accepted",
        DIRECTOR,
        done.before,
        done.after,
    )
    assert (event.detail["reason"], len(event.detail["found"])) == (WHY, 1)
    assert app.verifier.verify().whole


def test_what_was_in_the_middle_of_its_release_is_held_too(office: Office) -> None:
    """An older database in which an item is being released would send it again within its grace."""
    item_id = office.hand_in(office.news()).id
    office.app.releaser._begin(item_id)  # it dies right after
    older = backup(office)
    office.release(item_id)
    sent = len(office.platforms.ledger.posts())
    app = put_back(office, older)
    assert app.accepting.accept(officer=DIRECTOR, reason=WHY).held == (item_id,)
    start(app)
    assert app.queue.item(item_id).state == "held for review"
    assert len(office.platforms.ledger.posts()) == sent


def test_only_a_director_accepts(office: Office) -> None:
    """An officer who could accept what they did to the record would be their own judge; that they tried is recorded."""
    office.app.end_file.path.unlink()
    with pytest.raises(NotDesignated):
        office.app.accepting.accept(officer=OFFICER, reason=WHY)
    with pytest.raises(InputError):
        office.app.accepting.accept(officer=DIRECTOR, reason=" . ")
    assert not office.app.end_file.path.exists()
    with office.app.queue.reading() as connection:
        (told,) = connection.exec_driver_sql("SELECT actor FROM event WHERE action = 'denied'").all()
    assert told[0] == OFFICER


def test_what_fits_cannot_be_accepted(office: Office) -> None:
    """There is nothing to accept in a whole record, and no event says that there was."""
    with pytest.raises(Refused, match="the record is whole"):
        office.app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert office.app.queue.events_of("record") == []


def test_what_was_accepted_is_told_and_what_is_done_afterwards_is_found(office: Office) -> None:
    """Accepting covers what was found, and nothing that is done to the record later, not even to the same event."""
    hand(office, "UPDATE event SET actor = 'x' WHERE id = 2")
    office.app.accepting.accept(officer=DIRECTOR, reason=WHY)
    report = office.app.verifier.verify()
    assert (report.whole, [(fault.kind, fault.number) for fault in report.accepted]) == (
        True,
        [("changed", 2)],
    )
    start(office.app)
    hand(office, "UPDATE event SET actor = 'y' WHERE id = 2")
    assert [kind for kind, _ in faults(office.app)] == ["changed"]


def test_checkpoints_of_what_was_lost_are_no_fault_once_it_is_accepted(office: Office) -> None:
    """After a backup was put back and accepted, the checkpoints of what came after it are told, and stop nothing."""
    older = backup(office)
    office.hand_in(office.news())
    office.app.checkpoints.make()
    app = put_back(office, older)
    app.accepting.accept(officer=DIRECTOR, reason=WHY)
    for number in range(4):
        office.hand_in(office.news(title=f"Library opens late {number}"))
    report = app.verifier.verify()
    assert (report.whole, [fault.kind for fault in report.accepted]) == (True, ["checkpoint"])


def test_a_forged_acceptance_accepts_nothing(office: Office) -> None:
    """Who writes the event of an acceptance into the database by hand is found by it."""
    hand(office, "UPDATE event SET actor = 'x' WHERE id = 2")
    (fault,) = office.app.verifier.verify().faults
    hand(
        office,
        "INSERT INTO event SELECT 4, at, 'dana', '', 'record accepted', NULL, NULL, 'record', '', '', '', 'x' FROM event WHERE id = 3",
    )
    found = f'["{fault.mark}"]'
    hand(office, f"INSERT INTO event_detail VALUES (4, 'x', '{{\"found\": {found}}}')")  # noqa: S608  # ours
    assert [kind for kind, _ in faults(office.app)] == ["changed", "added"]


def test_a_broken_chain_releases_nothing(office: Office) -> None:
    """One changed event in the middle, with the end as it was: the daemon looks at all of it before it starts."""
    hand(office, "UPDATE event SET action = 'x' WHERE id = 2")
    assert office.app.verifier.end_problem() == ""
    with pytest.raises(Refused, match="It was changed"):
        start(office.app)
    assert office.app.checkpoints.stored() == []


def test_an_item_changed_by_hand_stops_only_itself(office: Office) -> None:
    """Its own last check holds it; all others go on."""
    item_id = office.hand_in(office.news()).id
    hand(office, f"UPDATE item SET state = 'draft' WHERE id = '{item_id}'")  # noqa: S608  # ours
    assert [kind for kind, _ in faults(office.app)] == ["state"]
    start(office.app)


def test_a_database_put_back_while_the_daemon_runs_releases_nothing(office: Office) -> None:
    """What is put in its place under a running daemon is seen before anything of it goes."""
    item_id = office.hand_in(office.news()).id
    hand(
        office,
        "INSERT INTO event SELECT 9, at, actor, '', 'x', NULL, NULL, NULL, '', '', '', 'x' FROM event WHERE id = 3",
    )
    daemon = Daemon(office.app)
    daemon.look()
    daemon._pool.shutdown(wait=True)  # whatever it handed out has ended
    daemon.stop()
    assert office.platforms.ledger.posts() == []
    assert office.state(item_id) == "queued"


def test_the_daemon_signs_when_it_starts_and_when_it_stops(office: Office) -> None:
    """Each start and stop leaves a checkpoint, where anything happened since the last."""
    start(office.app)
    first = [one.event for one in office.app.checkpoints.stored()]
    office.hand_in(office.news(publish_at=(office.clock().replace(year=office.clock().year + 1)).isoformat()))
    start(office.app)
    assert first == [3]
    assert [one.event for one in office.app.checkpoints.stored()][-1] == 3
    assert office.app.checkpoints.last() is not None
    assert len(office.app.checkpoints.stored()) > 1


def test_the_checkpoints_lie_where_config_toml_says(tmp_path: Path) -> None:
    """[record] checkpoints names a file that may be on another disk."""
    with open_office(
        tmp_path / "office", changes={"record": {"checkpoints": "../elsewhere.jsonl"}}
    ) as office:
        made = office.app.checkpoints.make()
        assert list(office.app.checkpoints.filed()) == [made]
        assert (tmp_path / "elsewhere.jsonl").exists()


# --- its doors ------------------------------------------------------------------------------------------------------


def test_the_health_page_tells_of_a_record_that_does_not_fit(office: Office) -> None:
    """/readyz says no while the end of the record is not the one that was kept, and yes before."""
    with Server(hook.create(office.app)) as server:
        assert requests.get(f"{server.url}/readyz", timeout=20).status_code == 200
        hand(office, "DELETE FROM event WHERE id > 2")
        answer = requests.get(f"{server.url}/readyz", timeout=20)
    assert (answer.status_code, "record" in answer.json()["reason"]) == (503, True)


def test_what_a_website_hands_in_came_by_its_hook(office: Office) -> None:
    """Every event of it names the source; those of the daemon name the scheduler, whatever thread wrote them."""
    with Server(hook.create(office.app)) as server:
        item_id = Cms(office, server.url).send(Cms(office, server.url).event()).json()["id"]
    news = published(office)
    assert {event.via for event in office.app.queue.events(item_id)} == {"hook website"}
    doors = {event.via for event in office.app.queue.events(news) if event.actor == "scheduler"}
    assert doors == {"scheduler"}


# --- items and posts ------------------------------------------------------------------------------------------------


def test_what_was_published_fits_what_the_record_tells(office: Office) -> None:
    """Nothing is found in an office in which everything went as it should, hook, release and all."""
    published(office)
    report = office.app.verifier.verify()
    assert (report.faults, report.notes) == ((), ())


@pytest.mark.parametrize(
    ("statement", "kind", "words"),
    [
        ("UPDATE item SET state = 'queued'", "state", "the item is queued in the database, but the last event says published"),
        ("UPDATE delivery SET state = 'waiting' WHERE channel = 'twitter'", "state", "delivery to twitter is waiting"),
        ("UPDATE delivery SET post = json_set(post, '$.text', 'x') WHERE channel = 'twitter'", "post", "it was changed"),
        ("UPDATE delivery SET digest = 'x' WHERE channel = 'twitter'", "post", "another digest than what was sent"),
        ("UPDATE delivery SET post = '{' WHERE channel = 'twitter'", "post", "it was changed"),
        ("UPDATE event SET item_id = 'zzz' WHERE action = 'created'", "changed", "It was changed"),
    ],
)  # fmt: skip
def test_a_row_that_is_not_as_its_events_say_is_found(
    office: Office, statement: str, kind: str, words: str
) -> None:
    """States and posts that were changed by hand after the release are named by item and channel."""
    published(office)
    hand(office, statement)
    assert any(found == kind and words in told for found, told in faults(office.app)), faults(office.app)


def test_an_item_that_was_taken_out_is_missed(office: Office) -> None:
    """The record tells of an item that the database does not have any more."""
    item_id = published(office)
    for table in ("delivery", "verdict", "item"):
        column = "id" if table == "item" else "item_id"
        hand(office, f"DELETE FROM {table} WHERE {column} = '{item_id}'")  # noqa: S608  # ours
    assert ("state", f"Item {item_id}: the item was taken out of the database.") in faults(office.app)


def test_an_erased_item_is_no_fault(office: Office) -> None:
    """Erasure takes the words and leaves the record whole: the post's digest, which was sent, stays."""
    item_id = published(office)
    office.app.erasing.erase(item_id, officer=DIRECTOR, reason="A resident asked for it, article 17")
    report = office.app.verifier.verify()
    assert report.faults == ()
    assert report.erased > 0
    hand(office, "UPDATE delivery SET digest = 'x' WHERE channel = 'twitter'")
    assert [kind for kind, _ in faults(office.app)] == ["post"]
