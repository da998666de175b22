"""What a record that does not fit stops, and how a director lets it count again; items and posts held against it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest
import requests
from record_support import by_hand
from sqlalchemy import event
from support import Office, open_office, sampled
from test_hook import Cms

from publisher import hook
from publisher.acceptances import ACCEPTED
from publisher.accepting import Accepting
from publisher.app import App, open_app
from publisher.chain import links
from publisher.clearance import Seal
from publisher.daemon import LOOK_AGAIN, Daemon
from publisher.ends import EndFile, Kept
from publisher.errors import InputError, NotDesignated, Refused
from publisher.model import digest_of
from publisher.record import Event, append, events
from publisher.register import Role
from publisher.rehearsal.office import DIRECTOR, OFFICER
from publisher.serve import Server
from publisher.tables import EventRow
from publisher.verifying import Report, Verifier
from publisher.witnesses import Against

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


def accepted(app: App) -> list[Event]:
    """The events by which directors accepted the record."""
    with app.queue.reading() as connection:
        return [event for event in events(connection) if event.action == ACCEPTED]


def start(app: App) -> None:
    """Starts the daemon's work, and stops it again. Raises Refused where it answers, and releases nothing."""
    daemon = Daemon(app)
    try:
        daemon.start()
        if fault := app.verifier.end_problem():
            raise Refused(f"nothing is released: {fault}")
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
    """A backup that was put back has forgotten what it sent: the daemon answers, and nothing goes, let alone twice."""
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


def test_what_a_director_accepts_is_released_by_at_once(office: Office) -> None:
    """The daemon that waits for the director is asked by her: it need not be started again, nor be stopped to be asked."""
    older = backup(office)
    office.hand_in(office.news())
    app = put_back(office, older)
    daemon = Daemon(app)
    try:
        daemon.start()
        app.accepting.accept(officer=DIRECTOR, reason=WHY)
        daemon.look()
        assert app.verifier.end_problem() == ""
        assert {event.action for event in accepted(app)} == {"record accepted"}
        assert app.checkpoints.stored()
    finally:
        daemon.stop()


def test_a_director_accepts_an_older_database_and_what_waits_is_held(office: Office) -> None:
    """The record says so with both ends; what it may have forgotten is held, and only then the daemon starts."""
    item_id = office.hand_in(office.news()).id
    older = backup(office)
    office.release(item_id)
    sent = len(office.platforms.ledger.posts())
    app = put_back(office, older)
    done = app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert (done.before.partition(" ")[0], done.after.partition(" ")[0], done.held) == ("32", "8", (item_id,))
    start(app)
    assert app.queue.item(item_id).state == "held for review"
    assert len(office.platforms.ledger.posts()) == sent
    (event,) = accepted(app)
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


def test_a_director_accepts_whatever_became_of_the_editions(office: Office) -> None:
    """One who has not read the policy of today posts nothing; yet without them a changed edition would close the record for good."""
    app = office.app
    for edition, days in (("2019", -900), ("2026", 0)):
        app.designating.adopt(edition, app.today + timedelta(days=days), "Minute 91", officer=DIRECTOR)
    hand(office, "UPDATE edition SET reference = 'x' WHERE edition = '2019'")
    hand(office, "UPDATE event SET actor = 'x' WHERE id = 2")
    assert app.register.problem(DIRECTOR, [], today=app.today, role=Role.DIRECTOR)
    app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert [event.actor for event in accepted(app)] == [DIRECTOR]


def test_what_fits_cannot_be_accepted(office: Office) -> None:
    """There is nothing to accept in a whole record, and no event says that there was."""
    with pytest.raises(Refused, match="the record is whole"):
        office.app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert accepted(office.app) == []
    with office.app.queue.reading() as connection:
        assert connection.exec_driver_sql("SELECT actor FROM event WHERE action = 'denied'").all() == [
            (DIRECTOR,)
        ]


def test_only_what_was_looked_at_is_accepted(office: Office) -> None:
    """What comes into the record while it is looked at is not blessed with the rest."""
    hand(office, "UPDATE event SET actor = 'x' WHERE id = 2")
    look, app = office.app.verifier.verify, office.app

    class Slow(Verifier):
        """It looks, and something happens before it says what it saw."""

        def verify(self, against: Against | None = None) -> Report:
            """As it was before."""
            report = look(against)
            with app.queue.writing() as connection:
                append(connection, office.clock(), OFFICER, "meanwhile", subject="x")
            return report

    slow = Slow(app.queue, app.end_file, lambda: app.checkpoints, app.seal)
    accepting = Accepting(
        app.queue, app.end_file, slow, app.register, app.precautions, app.now, lambda: app.today
    )
    with pytest.raises(Refused, match="went on"):
        accepting.accept(officer=DIRECTOR, reason=WHY)
    assert accepted(app) == []


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


def forged(office: Office, first: int, number: int, found: list[str], *, seal: str = "record") -> None:
    """Takes out what lies between two events, and writes an acceptance of that over the second; the chain's end stays."""
    words = {"reason": "Backup was put back", "found": found}
    digest = digest_of(["0" * 32, words])
    hand(office, f"DELETE FROM event_detail WHERE event_id > {first}")  # noqa: S608  # ours
    hand(office, f"DELETE FROM event WHERE id > {first} AND id < {number}")  # noqa: S608  # ours
    hand(
        office,
        f"UPDATE event SET actor = '{DIRECTOR}', action = 'record accepted', item_id = NULL, channel = NULL, "  # noqa: S608  # ours
        f"subject = '{seal}', before = '{first}', after = '{first}', digest = '{digest}' WHERE id = {number}",
    )
    hand(office, f"INSERT INTO event_detail VALUES ({number}, '{'0' * 32}', '{json.dumps(words)}')")  # noqa: S608  # ours


@pytest.mark.parametrize("seal", ["record", "", "0" * 64])
def test_a_forged_acceptance_in_the_last_events_place_accepts_nothing(office: Office, seal: str) -> None:
    """Who makes the database older and accepts that over its last event, whose hash stays, releases nothing twice."""
    published(office)
    last = office.app.verifier.verify().end.id
    forged(office, 6, last, [], seal=seal)
    found = [fault.mark for fault in office.app.verifier.verify().faults]
    forged(office, 6, last, found, seal=seal)
    assert [kind for kind, _ in faults(office.app)][:1] == ["removed"]
    assert office.app.verifier.verify().accepted == ()
    with pytest.raises(Refused, match="nothing is released"):
        start(office.app)


def test_a_forged_acceptance_that_fits_the_one_before_it_accepts_nothing(office: Office) -> None:
    """Between two gaps an event can be made whose hash is right; its seal cannot, and it is told."""
    published(office)
    forged(office, 6, 12, [])
    hand(office, "UPDATE event SET id = 11 WHERE id = 6")
    hand(office, "DELETE FROM event_detail WHERE event_id = 6")
    for _ in range(2):
        with office.app.queue.reading() as connection:
            before, forgery = list(links(connection, EventRow.id.in_([11, 12])))  # type: ignore[attr-defined]  # a column
        hand(office, f"UPDATE event SET hash = '{forgery.follows(before.hash)}' WHERE id = 12")  # noqa: S608  # ours
        found = office.app.verifier.verify()
        assert (found.accepted, "acceptance" in [fault.kind for fault in found.faults]) == ((), True)
        forged(office, 11, 12, [fault.mark for fault in found.faults])


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM event_detail WHERE event_id = 4",
        "UPDATE event_detail SET detail = json_set(detail, '$.found[1]', 'x') WHERE event_id = 4",
        "UPDATE event SET actor = 'sam' WHERE id = 4",
        "UPDATE event SET subject = 'record' WHERE id = 4",
        "UPDATE event SET before = '9' WHERE id = 4",
    ],
)
def test_an_acceptance_counts_only_whole_and_with_its_words(office: Office, statement: str) -> None:
    """Who takes its words out, or changes any of it, is found, and so is what it accepted."""
    hand(office, "UPDATE event SET actor = 'x' WHERE id = 2")
    office.app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert office.app.verifier.verify().whole
    hand(office, statement)
    assert ("changed", 2) in [(fault.kind, fault.number) for fault in office.app.verifier.verify().faults]


def test_what_is_done_behind_an_accepted_gap_is_found(office: Office) -> None:
    """The event behind a gap fits nothing, so that only the acceptance knows what it said: a later change of it is found."""
    published(office)
    hand(office, "DELETE FROM event WHERE id = 4")
    office.app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert office.app.verifier.verify().whole
    hand(office, "UPDATE event SET actor = 'y' WHERE id = 5")
    assert [kind for kind, _ in faults(office.app)] == ["removed"]


def test_an_acceptance_does_not_silence_what_somebody_kept(office: Office) -> None:
    """Who holds the record against a checkpoint or an export of their own is told, whatever a director accepted."""
    older = backup(office)
    office.hand_in(office.news())
    kept = office.app.checkpoints.make()
    app = put_back(office, older)
    app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert app.verifier.verify().whole
    for against in (Against([kept]), Against(hashes={kept.event: kept.hash})):
        found = app.verifier.verify(against)
        assert [fault.number for fault in found.faults] == [kept.event]


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


def held_and_hidden(office: Office) -> str:
    """An item that went out and is held, of which a hand hid the hold, with something written after."""
    item_id = published(office)
    office.app.holds.place("FOI-1", item_id, officer=DIRECTOR, reason="A request of today")
    hand(office, "UPDATE event SET action = 'hold place' WHERE action = 'legal hold placed'")
    hand(office, "DELETE FROM hold")
    office.hand_in(office.news(title="The next thing"))
    return item_id


def test_a_hold_that_a_hand_hid_keeps_from_erasing(office: Office) -> None:
    """All of the record is looked at before anything is erased by its word, at once or when it is due."""
    item_id = held_and_hidden(office)
    assert office.app.verifier.end_problem() == ""
    for words in (("erase", item_id, "--reason", "Gone"), ("retention", "--apply")):
        answer = office.cli("audit", *words, "--as", DIRECTOR)
        assert (answer.returncode, "nothing is erased: the record is not whole" in answer.stderr) == (1, True)
    office.clock.forward(days=3_000)
    with office.app.queue.writing() as connection:
        append(connection, office.clock(), "sam", "x")
    daemon = Daemon(office.app)
    daemon.erase()
    daemon.stop()
    assert office.app.queue.item(item_id).erased_at is None


def test_what_a_hand_does_while_the_daemon_runs_stops_it_within_the_day(office: Office) -> None:
    """The daily look finds it: nothing is signed, nothing goes, /readyz says no; once it is accepted, all goes on."""
    held_and_hidden(office)
    daemon = Daemon(office.app)
    with Server(hook.create(office.app)) as server:
        assert requests.get(f"{server.url}/readyz", timeout=20).status_code == 200
        daemon.sign()
        assert (office.app.checkpoints.stored(),) == ([],)
        assert requests.get(f"{server.url}/readyz", timeout=20).status_code == 503
        assert not daemon._record_fits()
        with closing(open_app(office.config, now=office.clock)) as elsewhere:
            elsewhere.accepting.accept(officer=DIRECTOR, reason=WHY)
        office.clock.forward(seconds=LOOK_AGAIN + 1)
        assert daemon._record_fits()
        assert requests.get(f"{server.url}/readyz", timeout=20).status_code == 200
    daemon.stop()


class HeldUp(EndFile):
    """Whoever looks first stays, once they have their view of the record, until they are let go on."""

    def __init__(self, database: Path, seal: Seal) -> None:
        super().__init__(database, seal)
        self.here, self.go_on = Flag(), Flag()

    @contextmanager
    def still(self) -> Iterator[Kept | None]:
        with super().still() as kept:
            yield kept
        if not self.here.is_set():
            self.here.set()
            self.go_on.wait(20)


def test_an_older_look_hides_nothing_that_a_newer_one_found(office: Office) -> None:
    """The daemon's clock, its doors and the schedule look on threads of their own: the newest view is the one that counts."""
    office.hand_in(office.news())
    slow = HeldUp(office.app.config.database, office.app.seal)
    verifier = Verifier(office.app.queue, slow, lambda: office.app.checkpoints, office.app.seal)
    older, newer = Thread(target=verifier.whole_problem), Thread(target=verifier.whole_problem)
    older.start()
    assert slow.here.wait(20)
    hand(office, "UPDATE event SET action = 'x' WHERE id = 2")
    newer.start()
    newer.join(1)  # it may have to wait for the other
    slow.go_on.set()
    older.join()
    newer.join()
    assert "not whole" in verifier.end_problem()


def test_what_was_decided_right_before_a_crash_cannot_be_cut_off(office: Office) -> None:
    """Who died between a commit and noting that it came left both ends possible, until the next whole look settles it."""
    office.hand_in(office.news())
    older, end_file = backup(office), office.app.end_file.path
    right_before = office.folder / "as it was when the program died"
    event.listen(office.app.queue.engine, "commit", lambda _: shutil.copy(end_file, right_before))
    office.app.register.suspend(OFFICER, actor=DIRECTOR, now=office.clock())
    shutil.copy(right_before, end_file)
    assert office.app.verifier.whole_problem() == ""  # the daemon starts anew
    app = put_back(office, older)
    assert "older" in app.verifier.end_problem()


def test_an_acceptance_counts_at_once_in_the_same_process(office: Office) -> None:
    """A director who accepts by way of the daemon's own door need not wait for its next look."""
    held_and_hidden(office)
    assert office.app.verifier.whole_problem() == office.app.verifier.end_problem() != ""
    office.app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert office.app.verifier.end_problem() == ""


def test_a_broken_record_is_not_signed(office: Office) -> None:
    """Neither by a person nor by the daemon, also where its end is as it was kept."""
    held_and_hidden(office)
    office.app.checkpoints.keep_up()
    with pytest.raises(Refused, match="not whole"):
        office.app.checkpoints.make()
    assert office.app.checkpoints.stored() == []


def test_the_daemon_signs_when_it_starts_and_when_it_stops(office: Office) -> None:
    """Each start and stop leaves a checkpoint, where anything happened since the last."""
    start(office.app)
    first = [one.event for one in office.app.checkpoints.stored()]
    office.hand_in(office.news(publish_at=(office.clock().replace(year=office.clock().year + 1)).isoformat()))
    start(office.app)
    every = [one.event for one in office.app.checkpoints.stored()]
    assert first
    assert every[-len(first) :] == first
    assert len(every) > len(first)
    assert office.app.checkpoints.last() is not None


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


BY_HAND = {
    "its author": ("UPDATE item SET author = 'mona'", "its author is mona in the database, but sam handed it in"),
    "its approver": ("UPDATE item SET approver = 'mona'", "its officers"),
    "its title": ("UPDATE item SET title = 'x'", "its words"),
    "its content": ("UPDATE item SET content = json_set(content, '$.summary', 'x')", "its words"),
    "its verdict": ("UPDATE item SET verdict = json_set(verdict, '$.verdict', 'x')", "its verdict"),
    "its moment": ("UPDATE item SET publish_at = '2025-01-01 00:00:00.000000'", "its moment"),
    "no moment at all": ("UPDATE item SET publish_at = 'soon'", "its moment"),
    "no JSON at all": ("UPDATE item SET content = '{'", "its words"),
    "what it corrects": ("UPDATE item SET corrects = 'abcdefgh'", "its words"),
    "erased, it says": ("UPDATE item SET erased_at = '2026-01-01 00:00:00.000000'", "no event tells of it"),
    "what it cost": ("UPDATE delivery SET cost = 1 WHERE channel = 'twitter'", "the cost of the delivery to twitter"),
    "what nothing cost": ("UPDATE delivery SET cost = 7 WHERE channel = 'facebook'", "the cost of the delivery to facebook"),
    "its address": ("UPDATE delivery SET url = 'https://x.com/evil/1' WHERE channel = 'twitter'", "the address or number of the delivery to twitter"),
    "its number": ("UPDATE delivery SET remote_id = '9' WHERE channel = 'twitter'", "the address or number of the delivery to twitter"),
    "when it went": ("UPDATE delivery SET sent_at = '2025-01-01 00:00:00.000000' WHERE channel = 'twitter'", "the delivery to twitter went at another moment"),
    "when it went, no moment": ("UPDATE delivery SET sent_at = NULL WHERE channel = 'twitter'", "the delivery to twitter went at another moment"),
    "its seal": ("UPDATE delivery SET seal = '' WHERE channel = 'twitter'", "the delivery to twitter is not as it was checked"),
    "a delivery gone": ("DELETE FROM delivery WHERE channel = 'twitter'", "the delivery to twitter was taken out of the database"),
    "a delivery more": ("INSERT INTO delivery SELECT 99, item_id, 'x', 9, 'waiting', post, digest, seal, staged, NULL, NULL, 0, 0, '', '', '', NULL, NULL FROM delivery LIMIT 1", "its channels"),
    "a delivery of no item": ("UPDATE delivery SET item_id = 'zzz' WHERE channel = 'twitter'", "the delivery to twitter is there, but no item"),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "words"), sampled(BY_HAND.values(), 8))
def test_what_a_hand_wrote_beside_what_went_out_is_named(office: Office, statement: str, words: str) -> None:
    """Who, what, when, where and for how much: each is held against its seal or its event, after it went as well."""
    item_id = published(office)
    assert faults(office.app) == []
    hand(office, statement)
    told = [words for kind, words in faults(office.app)]
    assert any(words in one for one in told), told
    assert all(item_id in one or "zzz" in one for one in told)
    start(office.app)  # it stops no other item


def test_what_a_hand_wrote_over_an_accepted_fault_is_found(office: Office) -> None:
    """A director who accepted one wrong address has not accepted another in its place."""
    published(office)
    hand(office, "UPDATE delivery SET url = 'https://x.com/evil/1' WHERE channel = 'twitter'")
    office.app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert office.app.verifier.verify().whole
    hand(office, "UPDATE delivery SET url = 'https://x.com/evil/2' WHERE channel = 'twitter'")
    assert [kind for kind, _ in faults(office.app)] == ["post"]


def test_words_that_a_hand_took_out_beside_an_item_are_missed(office: Office) -> None:
    """What was said of an item is erased with the item, or by the schedule; else its loss is a fault."""
    published(office)
    hand(office, "DELETE FROM event_detail")
    assert {kind for kind, _ in faults(office.app)} == {"words"}
    with pytest.raises(Refused, match="no event tells that they were erased"):
        start(office.app)


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
    office.app.decisions.withdraw(item_id, officer="sam", reason="A resident asked for it")
    office.app.releaser.work(item_id)
    office.app.decisions.taken_down(item_id, "instagram", officer="sam")
    office.app.erasing.erase(item_id, officer=DIRECTOR, reason="A resident asked for it, article 17")
    report = office.app.verifier.verify()
    assert report.faults == ()
    assert report.erased > 0
    hand(office, "UPDATE item SET erased_at = NULL")
    assert "it was erased, and is not marked as that" in faults(office.app)[0][1]
    hand(office, "UPDATE item SET erased_at = (SELECT at FROM event WHERE action = 'erased')")
    assert faults(office.app) == []
    hand(office, "UPDATE delivery SET digest = 'x' WHERE channel = 'twitter'")
    assert [kind for kind, _ in faults(office.app)] == ["post"]


def held(office: Office) -> str:
    """An item that a person holds."""
    item_id = office.hand_in(office.news()).id
    with office.app.queue.writing() as connection:
        office.app.holding.held(connection, office.app.queue.item(item_id), officer=DIRECTOR, reason=WHY)
    return item_id


def withdrawn(office: Office) -> str:
    """One that was taken back before it went."""
    item_id = office.hand_in(office.news()).id
    office.app.decisions.withdraw(item_id, officer=OFFICER, reason=WHY)
    return item_id


def erased(office: Office) -> str:
    """One whose words were taken out."""
    item_id = withdrawn(office)
    office.app.erasing.erase(item_id, officer=DIRECTOR, reason="A resident asked for it, article 17")
    return item_id


def published_and_erased(office: Office) -> str:
    """One that is out, as the schedule leaves it."""
    item_id, queue = published(office), office.app.queue
    with queue.writing() as connection:
        item = queue.item(item_id)
        office.app.erasing.wipe(connection, item, queue.deliveries(item_id), actor="scheduler", why="")
    return item_id


@pytest.mark.long
@pytest.mark.parametrize("made", [held, withdrawn, erased, published_and_erased])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE item SET approver = 'ann,bob'",
        "UPDATE item SET words = 'x'",
        "UPDATE item SET title = 'Vote for us'",
        "UPDATE item SET publish_at = '2020-01-01 00:00:00.000000'",
        "UPDATE delivery SET cost = 99000000 WHERE channel = 'twitter'",
        "UPDATE delivery SET url = 'https://x.com/evil/1', remote_id = '1' WHERE channel = 'twitter'",
    ],
)
def test_what_goes_nowhere_is_held_against_its_seal_too(
    office: Office, made: Callable[[Office], str], statement: str
) -> None:
    """Held, taken back or erased: who let it go, what it says, when, and for how much, are as the record left them."""
    item_id = made(office)
    assert faults(office.app) == []
    hand(office, statement)
    assert faults(office.app)
    assert all(item_id in words for _, words in faults(office.app))


def test_words_under_a_number_to_come_stop_nothing(office: Office) -> None:
    """A hand left them, or put them there: the next event is written all the same, and the record is whole."""
    office.hand_in(office.news())
    left = "INSERT INTO event_detail SELECT (SELECT max(id) + 1 FROM event), salt, detail FROM event_detail LIMIT 1"
    hand(office, left)
    with office.app.queue.writing() as connection:
        append(connection, office.clock(), DIRECTOR, "said", subject="it", detail={"reason": WHY})
    assert office.app.queue.events_of("it")[-1].detail == {"reason": WHY}
    assert office.app.verifier.verify().whole
