"""An older database was put back and accepted: what it has forgotten does no harm, and people are told what to look through."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from cli_support import APPROVER, AUTHOR, FOR_BLOCK, Bench, open_bench, soon
from record_support import Record, by_hand, open_record
from support import Office, open_office
from test_audit_release import WHY, accepted, backup, faults, put_back
from test_withdrawing import work

from publisher import health
from publisher.accepting import Accepting
from publisher.app import App, open_app
from publisher.checkpoints import Checkpoint
from publisher.doctor import accepted as doctor_accepted
from publisher.doctor.accepted import TOLD_FOR
from publisher.errors import IllegalMove, NotDesignated, OutsideFailed, Refused
from publisher.lastcheck import Looked
from publisher.moves import Transaction
from publisher.precautions import SINCE, Precautions
from publisher.record import End, append
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.office import CMS, DIRECTOR, OFFICER
from publisher.tokens import REVOKED, BadToken, Standing
from publisher.verifying import Report, Verifier
from publisher.witnesses import Against


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A council's office on stand-in platforms."""
    with open_office(tmp_path / "office") as made:
        yield made


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder with config.toml, queue and officers."""
    with open_bench(tmp_path / "bench") as found:
        yield found


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    """A record of six events."""
    with open_record(tmp_path / "record", 6) as made:
        yield made


def token(office: Office, login: str = OFFICER) -> str:
    """The words of a new token."""
    return office.app.tokens.new(login, ("read", "write"), 90, "")[1]


def standings(app: App) -> list[Standing]:
    """What each token is worth."""
    return [standing for _, standing in app.tokens.listed(DIRECTOR, everyones=True)]


def older(office: Office) -> App:
    """The app on a database that was put back after more had happened."""
    copy = backup(office)
    office.hand_in(office.news(title="Handed in after the backup"))
    return put_back(office, copy)


def accept(app: App) -> None:
    """A director accepts."""
    app.accepting.accept(officer=DIRECTOR, reason=WHY)


def accepting(
    app: App, *, precautions: Precautions | None = None, verifier: Verifier | None = None
) -> Accepting:
    """What accepts, with some of it as a test needs it."""
    return Accepting(
        app.queue, app.end_file, verifier or app.verifier, app.register, precautions or app.precautions, app.now,
        lambda: app.today,
    )  # fmt: skip


# --- tokens ---------------------------------------------------------------------------------------------------------


def test_no_token_of_an_older_database_counts(office: Office) -> None:
    """One that was revoked after the backup would count again: all are revoked, each with its event, and told."""
    stolen, _ = token(office), token(office, CMS)
    copy = backup(office)
    office.app.tokens.revoke(stolen.split("_")[1], OFFICER, anyones=False)
    app = put_back(office, copy)
    assert app.tokens.known(stolen).login == OFFICER
    done = app.accepting.accept(officer=DIRECTOR, reason=WHY)
    with pytest.raises(BadToken, match="revoked"):
        app.tokens.known(stolen)
    assert sorted(row.login for row in done.revoked) == [CMS, OFFICER]
    for row in done.revoked:
        told = app.queue.events_of(f"token {row.id}")[-1]
        assert (told.action, told.actor, told.detail["why"]) == (REVOKED, DIRECTOR, SINCE)
    (event,) = accepted(app)
    assert event.detail["older"]["revoked"] == 2
    assert app.verifier.verify().whole
    assert app.tokens.known(token(office)).login == OFFICER


def test_a_wrong_clock_saves_no_token(office: Office) -> None:
    """On a new machine whose clock is wrong a token may seem to have run out, or to be of the future; neither comes back."""
    for days in (400, -1):
        office.clock.forward(days=-days)
        made = token(office)
        office.clock.forward(days=days)
        accept(older(office))
        office.clock.forward(days=-days)
        with pytest.raises(BadToken, match="revoked"):
            office.app.tokens.known(made)
        office.clock.forward(days=days)


def test_a_token_changed_by_hand_is_not_made_good(office: Office) -> None:
    """Revoking it would seal what a hand wrote: it counts for nothing as it is."""
    token(office)
    by_hand(office.app.config.database, "UPDATE token SET login = 'dana'")
    app = older(office)
    assert app.accepting.accept(officer=DIRECTOR, reason=WHY).revoked == ()
    assert standings(app) == [Standing.FORGED]


def test_what_is_no_older_database_revokes_nothing(office: Office) -> None:
    """A changed event, once it is known why, is no reason to take anybody's token."""
    token(office)
    by_hand(office.app.config.database, "UPDATE event SET actor = 'x' WHERE id = 2")
    done = office.app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert (done.older, done.revoked, standings(office.app)) == (False, (), [Standing.LIVE])


# --- what may be out ------------------------------------------------------------------------------------------------


def late(office: Office, item_id: str) -> None:
    """Its moment passes, and nothing of it goes."""
    office.clock.forward(days=2)
    office.release(item_id)


def releasing(office: Office, item_id: str) -> None:
    """The daemon dies right after it began."""
    office.app.releaser._begin(item_id)


def held(office: Office, item_id: str) -> None:
    """It is held by what happened at its release; its verdict is clear."""
    office.app.releaser._stopper.hold(
        office.app.queue.item(item_id), Looked("The rules cannot be read.", "rules")
    )


def part_published(office: Office, item_id: str) -> None:
    """One platform refuses it."""
    office.platforms.x.fail_next(
        "POST", r"^/2/tweets$", Fault.refuse(403, {"title": "Forbidden", "status": 403})
    )
    office.release(item_id)


@pytest.mark.long
@pytest.mark.parametrize(
    ("puts", "state"),
    [(late, "late"), (releasing, "releasing"), (held, "held for review"), (part_published, "part published")],
)
def test_what_may_be_out_goes_again_by_a_second_officers_word_alone(
    office: Office, puts: Callable[[Office, str], None], state: str
) -> None:
    """Its author could send it once more by `retry` or `reschedule`, though an older database cannot know whether it is out.

    They are told who lets it go on: another officer, such as the director who accepted.
    """
    item_id = office.hand_in(office.news()).id
    puts(office, item_id)
    assert office.state(item_id) == state
    app = older(office)
    assert item_id in app.accepting.accept(officer=DIRECTOR, reason=WHY).held
    sent = len(office.platforms.ledger.posts())
    for again in (app.decisions.retry, partial(app.decisions.reschedule, publish_at=None)):
        with pytest.raises(IllegalMove, match=r"held by dana.*publisher approve"):
            again(item_id, officer=OFFICER)
    with pytest.raises(NotDesignated):
        app.decisions.approve(item_id, officer=OFFICER, reason=WHY)
    office.release(item_id)
    assert (office.state(item_id), len(office.platforms.ledger.posts())) == ("held for review", sent)
    told = office.cli("show", item_id).stdout
    assert "look on each channel whether this is out" in " ".join(told.split())
    assert ("--now" in told, "publisher approve" in told) == (False, True)
    assert app.decisions.approve(item_id, officer=DIRECTOR, reason=WHY).state == "queued"
    assert app.verifier.verify().whole


def test_what_was_part_published_is_sent_on_once_somebody_has_looked(office: Office) -> None:
    """A second officer's yes leaves it as it was: part published, and what failed is tried again by anybody's word."""
    item_id = office.hand_in(office.news()).id
    part_published(office, item_id)
    app = older(office)
    accept(app)
    sent = len(office.platforms.ledger.posts())
    app.decisions.approve(item_id, officer=DIRECTOR, reason=WHY)
    office.release(item_id)
    assert (office.state(item_id), len(office.platforms.ledger.posts())) == ("part published", sent)
    app.decisions.retry(item_id, officer=OFFICER)
    office.release(item_id)
    assert (office.state(item_id), len(office.platforms.ledger.posts())) == ("published", sent + 1)


# --- all of it, or none ---------------------------------------------------------------------------------------------


class _Fails(Precautions):
    """The disk fails in the middle."""

    def hold(self, connection: Transaction, officer: str) -> tuple[str, ...]:
        """Holds, and then nothing more works."""
        super().hold(connection, officer)
        message = "the disk is full"
        raise OutsideFailed(message)


def test_an_acceptance_that_fails_did_nothing(office: Office) -> None:
    """Nothing is revoked, held or accepted by one that dies in the middle, and the next one does all of it."""
    token(office)
    item_id = office.hand_in(office.news()).id
    app = older(office)
    found = faults(app)
    fails = _Fails(app.queue, app.tokens, app.holding, app.clearing, app.now)
    with pytest.raises(OutsideFailed):
        accepting(app, precautions=fails).accept(officer=DIRECTOR, reason=WHY)
    assert (faults(app), accepted(app), standings(app)) == (found, [], [Standing.LIVE])
    assert app.queue.item(item_id).state == "queued"
    done = app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert (done.held, len(done.revoked), app.verifier.verify().whole) == ((item_id,), 1, True)


@pytest.mark.parametrize("file", ["kept", "gone", "of another hand"])
def test_an_acceptance_that_was_not_committed_leaves_an_older_database(tmp_path: Path, file: str) -> None:
    """The power goes after the end file was written and before the commit: it is found as an older database still.

    The newest one, where it turns up, is as good as before.
    """
    with open_record(tmp_path, 6) as record:
        copy = record.copy("backup.db")
        record.write(4)
        newest = record.copy("newest.db")
        record.put_back(copy)
        if file == "gone":
            record.end_file.path.unlink()
        elif file == "of another hand":
            record.end_file.path.write_text("[]")
        record.end_file.anchor(End(7, "f" * 64))
        assert [kind for kind, *_ in record.faults()] == ["end"]
        record.put_back(newest)
        assert record.verify().whole == (file == "kept")


def test_an_acceptance_that_was_committed_counts_whatever_dies(office: Office) -> None:
    """The program is killed right after the commit, before it notes that it came: the record is whole, and goes on."""
    app = older(office)

    def killed(_end: End) -> None:
        raise KeyboardInterrupt

    app.queue._ended = killed
    with pytest.raises(KeyboardInterrupt):
        accept(app)
    app.close()
    app = office.app = open_app(office.config, now=office.clock)
    assert (app.verifier.verify().whole, app.verifier.end_problem()) == (True, "")
    office.hand_in(office.news())
    assert app.verifier.verify().whole


def test_what_others_write_meanwhile_is_no_fault(office: Office) -> None:
    """An event of another process right after the commit of the acceptance, before that is noted, belongs to the record."""
    app = older(office)
    other, ended = open_app(office.config, now=office.clock), app.queue._ended

    def slowly(end: End) -> None:
        with other.queue.writing() as connection:
            append(connection, office.clock(), OFFICER, "meanwhile", subject="x")
        ended(end)

    app.queue._ended = slowly
    accept(app)
    other.close()
    assert app.verifier.verify().whole


def test_of_two_who_accept_at_once_one_does(office: Office) -> None:
    """The other is told that the record went on, and that there is nothing to accept any more."""
    app = older(office)
    other = open_app(office.config, now=office.clock)
    look = app.verifier.verify

    class Slow(Verifier):
        """It looks, and another director is quicker."""

        def verify(self, against: Against | None = None) -> Report:
            """As it was before."""
            report = look(against)
            accept(other)
            return report

    slow = Slow(app.queue, app.end_file, lambda: app.checkpoints, app.seal)
    with pytest.raises(Refused, match="went on"):
        accepting(app, verifier=slow).accept(officer=DIRECTOR, reason=WHY)
    other.close()
    with pytest.raises(Refused, match="the record is whole"):
        accept(app)
    assert (len(accepted(app)), app.verifier.verify().whole) == (1, True)


# --- what people look through ---------------------------------------------------------------------------------------


def last_moment(database: Path) -> str:
    """When the last event of a database happened."""
    with closing(sqlite3.connect(database)) as connection:
        (at,) = connection.execute("SELECT at FROM event ORDER BY id DESC").fetchone()
        return str(at)


@pytest.mark.parametrize("meanwhile", [False, True])
def test_it_is_told_up_to_when_an_older_database_knows(office: Office, *, meanwhile: bool) -> None:
    """That is the moment of the last event that came with it, whatever was done with it before it was accepted."""
    app = older(office)
    moment = last_moment(app.config.database)
    if meanwhile:
        office.hand_in(office.news())
    done = app.accepting.accept(officer=DIRECTOR, reason=WHY)
    assert done.since is not None
    assert f"{done.since:%Y-%m-%d %H:%M:%S.%f}" == moment


def put_older_back(bench: Bench, *words: str) -> None:
    """Puts a backup back that was taken before a verb."""
    database = next(bench.folder.rglob("*.db"))
    with closing(sqlite3.connect(database)) as here, closing(sqlite3.connect(bench.folder / "old")) as there:
        here.backup(there)
    assert bench.run(*words).code == 0
    (bench.folder / "old").replace(database)


def test_a_director_is_told_what_to_look_through(bench: Bench) -> None:
    """Who can act by an older database is listed, one who was suspended since among them, and what may have happened."""
    put_older_back(bench, "officer", "suspend", APPROVER, "--reason", "Left the council", "--as", "dana")
    again = bench.run("audit", "accept", "--reason", WHY, "--as", "dana", "--json").json["again"]
    assert [row["login"] for row in again["officers"]] == [APPROVER, "dana", AUTHOR]
    assert [one["about"] for one in again["look"]] == [
        "officers", "editions", "consents", "holds", "risks", "accounts", "concerns", "withdrawn", "erased", "waiting",
    ]  # fmt: skip
    assert "may be whoever accepted" in again["look"][0]["asks"]
    assert (again["revoked"], again["pages"], again["unseen"]) == ({"tokens": 0, "officers": []}, [], [])


def test_the_words_for_a_director_name_people_and_commands(bench: Bench) -> None:
    """They are read at the command line, once, by somebody who has other worries."""
    held = bench.held()["id"]
    blocked = bench.run("news", "The fair", *FOR_BLOCK, "--at", soon(), "--json").json["id"]
    assert bench.run("token", "new", "--as", AUTHOR).code == 0
    put_older_back(bench, "officer", "suspend", APPROVER, "--reason", "Left the council", "--as", "dana")
    words = " ".join(bench.run("audit", "accept", "--reason", WHY, "--as", "dana").out.split())
    for part in (
        "it knows nothing of what was done after", f"1 counted, of {AUTHOR}: each makes a new one",
        "`publisher token issue LOGIN`", "Asha", "`publisher officer suspend LOGIN`",
        f"may have forgotten that they are out: {held}.", f"These wait for a person, and may be out: {blocked}.",
    ):  # fmt: skip
        assert part in words, words


def on_the_website(office: Office, title: str) -> str:
    """An item for the website alone."""
    return office.hand_in(office.news(title=title, channels=["website"])).id


def test_pages_that_an_older_database_does_not_know_are_named(office: Office) -> None:
    """One that was published since, one whose item waits again, and one that was withdrawn since; no other."""
    withdrawn, stays, waits = (on_the_website(office, f"Library news {number}") for number in range(3))
    for item_id in (withdrawn, stays):
        office.release(item_id)
    copy = backup(office)
    office.app.decisions.withdraw(withdrawn, officer=OFFICER, reason=WHY)
    work(office)
    for item_id in (waits, new := on_the_website(office, "Pool news")):
        office.release(item_id)
    app = put_back(office, copy)
    assert app.accepting.accept(officer=DIRECTOR, reason=WHY).held == (waits,)
    found = {(one.page.item, one.page.withdrawn, one.state) for one in app.forgotten.look().pages}
    assert found == {(withdrawn, True, "published"), (waits, False, "held for review"), (new, False, "")}


def test_a_website_that_cannot_be_looked_at_stops_nothing(office: Office) -> None:
    """What was accepted stays so, and the website is named as one that nobody looked at."""
    office.release(on_the_website(office, "Pool news"))
    (office.folder / "site" / "current" / "items.json").write_text("{")
    app = older(office)
    accept(app)
    assert ["damaged" in why for why in app.forgotten.look().unseen] == [True]


def test_the_doctor_tells_of_it_for_a_month(office: Office) -> None:
    """Who accepted, how many tokens were revoked, what to ask, and the pages; then it was done, and is not told any more."""
    assert [*doctor_accepted.older(office.app)] == []
    token(office)
    copy = backup(office)
    office.release(on_the_website(office, "Library opens late"))
    app = put_back(office, copy)
    accept(app)
    told, pages = doctor_accepted.older(app)
    assert (told.standing, pages.standing) == (health.Standing.ATTENTION, health.Standing.ATTENTION)
    assert f"{DIRECTOR} accepted an older database" in told.words
    assert "1 token was revoked" in told.words
    assert "`publisher officer suspend LOGIN`" in told.way_out
    assert "news/library-opens-late/ (website)" in pages.words
    assert "No item owns news/library-opens-late/: to take one out, its entry in items.json" in pages.way_out
    office.clock.forward(days=TOLD_FOR.days + 1)
    assert [*doctor_accepted.older(app)] == []


def test_the_doctor_believes_no_forged_acceptance(office: Office) -> None:
    """An event that a hand wrote, or one of a changed event, is none of an older database."""
    by_hand(office.app.config.database, "UPDATE event SET actor = 'x' WHERE id = 2")
    accept(office.app)
    assert [*doctor_accepted.older(office.app)] == []
    app = older(office)
    accept(app)
    assert len([*doctor_accepted.older(app)]) == 1
    by_hand(app.config.database, "UPDATE event SET actor = 'mona' WHERE action = 'record accepted'")
    assert [*doctor_accepted.older(app)] == []


# --- checkpoints of what was lost -----------------------------------------------------------------------------------


def signed(app: App, *, after: int) -> Checkpoint:
    """A checkpoint after some more events."""
    with app.queue.writing() as connection:
        for _ in range(after):
            append(connection, app.now(), OFFICER, "officer added", subject="x")
    return app.checkpoints.make()


def test_checkpoints_of_what_was_lost_are_told_as_that_for_ever(office: Office) -> None:
    """Before and after the record grows past their numbers, and beside new ones; none of them is then called changed."""
    app = office.app
    signed(app, after=1)
    copy = backup(office)
    lost = [signed(app, after=2).event, signed(app, after=2).event]
    app = put_back(office, copy)
    accept(app)
    for fit in range(1, 4):
        report = app.verifier.verify()
        assert (report.whole, report.checkpoints) == (True, fit)
        assert [(one.number, "of a record that was lost" in one.words) for one in report.accepted] == [
            (number, True) for number in lost
        ]
        signed(app, after=3)
    by_hand(app.config.database, "UPDATE event SET actor = 'x' WHERE id = 10")
    assert {fault.kind for fault in app.verifier.verify().faults} == {"changed"}


def test_a_checkpoint_signed_since_is_not_excused(office: Office) -> None:
    """What does not fit a checkpoint of after the acceptance was changed, and was never lost with an older database."""
    app = older(office)
    accept(app)
    made = signed(app, after=3)
    app.end_file.path.unlink()
    by_hand(app.config.database, f"DELETE FROM event WHERE id >= {made.event}")  # noqa: S608  # ours
    told = [one.words for one in app.verifier.verify().faults if one.kind == "checkpoint"]
    assert len(told) == 1
    assert "it was cut, or is older" in told[0]


def test_a_cut_end_is_told_once_in_short(record: Record) -> None:
    """Checkpoints beyond it say no more; a changed event does, and is counted."""
    copy = record.copy("backup.db")
    for _ in range(2):
        record.write(2)
        record.checkpoints.make()
    record.put_back(copy)
    assert "not fit either" not in record.verifier.whole_problem()
    record.by_hand("UPDATE event SET actor = 'x' WHERE id = 2")
    assert "Another thing does not fit either." in record.verifier.whole_problem()
    record.by_hand("UPDATE event SET actor = 'x' WHERE id = 4")
    assert "2 other things do not fit either." in record.verifier.whole_problem()


def test_a_checkpoint_of_our_own_stops_everything_though_somebody_holds_it_too(record: Record) -> None:
    """It is told once, and handing it in takes nothing of its weight."""
    copy = record.copy("backup.db")
    record.write(2)
    kept = record.checkpoints.make()
    record.put_back(copy)
    record.end_file.path.unlink()
    record.end_file.anchor(record.verify().end)
    report = record.verifier.verify(Against([kept]))
    assert ([fault.kind for fault in report.faults], report.stops) == (["checkpoint"], "everything")


def test_what_somebody_holds_stops_nothing_and_cannot_be_accepted(bench: Bench) -> None:
    """The advice is then not to accept what is accepted already."""
    put_older_back(bench, "news", "Pool opens", "--summary", "At 7am.", "--as", AUTHOR)
    kept = bench.run("audit", "checkpoint")
    assert kept.code == 1
    assert "`publisher audit accept" in bench.run("audit", "verify").out
    bench.run("audit", "accept", "--reason", WHY, "--as", "dana")
    one = bench.run("audit", "checkpoint", "--json").json
    bench.write("kept.json", json.dumps(one | {"event": 2}))
    answer = bench.run("audit", "verify", "--against", "kept.json")
    assert (answer.code, "it stops nothing" in " ".join(answer.out.split())) == (1, True)
    assert "publisher audit accept" not in answer.out
    told = bench.run("audit", "verify", "--against", "kept.json", "--json").json
    assert told["stops"] == "nothing"


@pytest.mark.parametrize("how", ["gone", "empty"])
@pytest.mark.parametrize(
    "words", [("list",), ("init", "--director", "eve", "--name", "Eve Ward"), ("daemon",)]
)
def test_a_database_that_is_gone_is_not_begun_anew(bench: Bench, how: str, words: tuple[str, ...]) -> None:
    """What is kept beside it tells that there was one: a new one would know nothing, and have a new director."""
    bench.news()
    database = bench.folder / "data" / "queue.db"
    for end in ("", "-wal", "-shm"):
        database.with_name(f"queue.db{end}").unlink(missing_ok=True)
    if how == "empty":
        database.touch()
    answer = bench.run(*words)
    assert (answer.code, f"is {how}" in answer.err, "backup" in answer.err) == (2, True, True)
    assert database.exists() == (how == "empty")
    assert not database.exists() or database.stat().st_size == 0
