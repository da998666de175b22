"""How long what is kept: the schedule, what a hold keeps, and erasure after which no word is left and the chain holds."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_support import CONFIG
from gate_support import add_officer, open_gated, rule, write_rules
from PIL import Image
from queue_support import between
from record_support import by_hand as past_the_guard
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError
from support import Office

from publisher import concern_drawer, config, emergencies, record, tokens
from publisher.concerns import Told
from publisher.daemon import Daemon
from publisher.disposal import Among, Thing, kinds
from publisher.erasing import Erasing
from publisher.errors import ConfigError, IllegalMove, InputError, NotDesignated, OutsideFailed, Refused
from publisher.model import ItemState
from publisher.record import Event
from publisher.register import Role
from publisher.rehearsal.faults import Fault
from publisher.retention import Retention, run_quietly
from publisher.schedule import built_in, schedule
from publisher.sealed import Kind, Sealed
from publisher.tables import ConcernRow, HookReceiptRow, TokenRow
from publisher.times import local

REASON = "Request DP-7 under article 17"
WORDS = ("Quokka", "Wallaby", "Bandicoot", "Numbat")
"""Words of the item that nothing else in the database holds: title, summary, alt text, a second officer's reason."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office that asks about zebras; dana directs, mona is the monitoring officer, ann approves."""
    with open_gated(tmp_path) as found:
        yield found


def handed_in(office: Office, **fields: Any) -> str:
    """An item with telling words, let go by a second officer; its id."""
    given = {"title": "Quokka census", "summary": "A zebra and a Wallaby are in the library.", **fields}
    picture = {"path": "library.jpg", "alt": "A Bandicoot reads", "people": False}
    queued = office.hand_in(office.news(images=[picture], **given))
    office.app.decisions.approve(queued.id, officer="ann", reason="The Numbat is a toy, seen by ann")
    return queued.id


def published(office: Office, **fields: Any) -> str:
    """The same, sent everywhere."""
    item_id = handed_in(office, **fields)
    office.release(item_id)
    assert office.state(item_id) == "published"
    return item_id


def taken_back(office: Office, **fields: Any) -> str:
    """The same, sent everywhere and taken down again."""
    item_id = published(office, **fields)
    office.app.decisions.withdraw(item_id, officer="sam", reason="No Numbat came")
    office.app.releaser.work(item_id)
    office.app.decisions.taken_down(item_id, "instagram", officer="sam")
    assert office.state(item_id) == "withdrawn"
    return item_id


def withdrawn(office: Office) -> str:
    """The same, stopped before it went."""
    item_id = handed_in(office, publish_at=(office.clock() + timedelta(days=1)).isoformat())
    office.app.decisions.withdraw(item_id, officer="sam", reason="No Numbat came")
    return item_id


def erase(office: Office, item_id: str, officer: str = "mona") -> Any:
    """Has it erased."""
    return office.app.erasing.erase(item_id, officer=officer, reason=REASON)


def apply(office: Office) -> dict[str, int]:
    """What a director erases now, by class."""
    return dict(office.app.retention.apply(officer="dana"))


def hold(office: Office, reference: str = "FOI-1", item_id: str | None = None, officer: str = "mona") -> Any:
    """Places a hold: on everything where no item is named."""
    return office.app.holds.place(
        reference, item_id, everything=item_id is None, officer=officer, reason="Asked for on Monday"
    )


def lift(office: Office, reference: str = "FOI-1", officer: str = "mona") -> Any:
    """Ends a hold."""
    return office.app.holds.lift(reference, officer=officer, reason="It was answered")


def by_hand(office: Office, statement: str, *values: object) -> None:
    """What somebody does to the database's file, past the program."""
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        connection.execute(statement, values)


def tie(office: Office, kind: Kind[Any], row: Any) -> None:
    """Stores a row as the program does: sealed, with the event that tells of it."""
    with office.app.queue.writing() as connection:
        Sealed(kind, office.app.seal).store(connection, row, office.clock(), "sam", kind.tells[0])


@contextmanager
def read_from_elsewhere(office: Office) -> Iterator[None]:
    """Another program reads in the database, so that its log cannot be emptied; nobody waits for it here."""
    app = office.app
    whole = app.verifier.demand_whole
    app.erasing = Erasing(
        app.queue, app.store, app.holds, app.overrides, app.clearing, app.now, whole, tries=1
    )
    reader = sqlite3.connect(app.config.database, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM item").fetchone()
    try:
        yield
    finally:
        reader.close()


def lonely_picture(office: Office) -> Path:
    """A picture that nothing names, and that is old."""
    lonely = office.folder / "media" / f"{'a' * 64}.jpg"
    lonely.parent.mkdir(exist_ok=True)
    lonely.write_bytes(b"jpeg")
    os.utime(lonely, (0, 0))
    return lonely


def stuck_picture(office: Office) -> Path:
    """A picture that cannot be taken away: a folder is none."""
    stuck = office.folder / "media" / f"{'b' * 64}.jpg"
    stuck.mkdir(parents=True)
    os.utime(stuck, (0, 0))
    return stuck


def bytes_of(office: Office) -> bytes:
    """Every byte of the database and of the files beside it."""
    database = office.app.config.database
    return b"".join(file.read_bytes() for file in sorted(database.parent.glob(f"{database.name}*")))


def all_events(office: Office) -> list[Event]:
    """The whole record."""
    with office.app.queue.reading() as connection:
        return list(record.events(connection))


def events_of(office: Office, action: str) -> list[Event]:
    """What the record tells of one action."""
    return [event for event in all_events(office) if event.action == action]


def assert_the_chain_holds(office: Office) -> None:
    """Each event's hash is made anew from its columns and the one before."""
    before, number = "", 0
    for event in all_events(office):
        assert (event.id, event.hash) == (number + 1, record.chained(before, event))
        before, number = event.hash, event.id
    assert number > 0


def when_due(office: Office, days: int) -> None:
    """Has published text erased by a schedule that gives it so many days, once they are over."""
    office.clock.forward(days=days + 1)
    office.app.__dict__.pop("retention", None)
    office.app.config = office.app.config.model_copy(update={"retention": {"published": days}})
    assert due(office)["published"] == 1
    apply(office)


def due(office: Office) -> dict[str, int]:
    """How many things of each class are due."""
    return {one.kept.name: len(one.due) for one in office.app.retention.report() if one.due}


def add(office: Office, *rows: Any) -> None:
    """Puts rows into the database as the program would."""
    with office.app.queue.writing() as connection:
        for row in rows:
            connection.execute(insert(type(row).__table__), row.model_dump())


# --- erasing an item -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [taken_back, withdrawn])
def test_no_byte_of_an_erased_item_is_left(office: Office, make: Any) -> None:
    """Its words are in no table, no freed page and no log: a copy of the files shows nothing."""
    item_id = make(office)
    assert all(word.encode() in bytes_of(office) for word in WORDS)
    erase(office, item_id)
    assert [word for word in WORDS if word.encode() in bytes_of(office)] == []


def test_an_item_that_never_went_leaves_no_address_either(office: Office) -> None:
    """The title stands in the page's address: kept where something went there, and only there."""
    gone, out = withdrawn(office), taken_back(office, title="Library census")
    erase(office, gone)
    erase(office, out)
    assert b"quokka" not in bytes_of(office)
    assert (office.app.queue.item(gone).link, office.app.queue.item(out).slug) == ("", "news/library-census")


def test_the_chain_holds_after_an_erasure(office: Office) -> None:
    """Only digests are chained, so no hash changes when the words beside it go; what went is told as erased."""
    item_id = taken_back(office)
    before = [event.hash for event in all_events(office)]
    erase(office, item_id)
    assert [event.hash for event in all_events(office)][: len(before)] == before
    assert_the_chain_holds(office)
    told = [event for event in office.app.queue.events(item_id) if event.digest]
    assert [event.is_erased for event in told] == [True] * (len(told) - 1) + [False]
    assert (told[-1].action, told[-1].actor, told[-1].detail) == ("erased", "mona", {"reason": REASON})


def test_what_was_decided_and_sent_stays(office: Office) -> None:
    """Ids, states, digests, times, who decided, the addresses and numbers of what was sent, and the cost."""
    kept = ("channel", "state", "digest", "seal", "remote_id", "url", "sent_at", "cost", "tries")
    item_id = taken_back(office)
    item, before = office.app.queue.item(item_id), office.deliveries(item_id)
    erase(office, item_id)
    after = office.app.queue.item(item_id)
    for name in (
        "id",
        "kind",
        "state",
        "publish_at",
        "author",
        "approver",
        "created_at",
        "page_live_at",
        "link",
    ):
        assert getattr(after, name) == getattr(item, name), name
    assert after.erased_at is not None
    assert after.verdict["digest"] == item.verdict["digest"]
    for channel, row in office.deliveries(item_id).items():
        assert [getattr(row, name) for name in kept] == [getattr(before[channel], name) for name in kept]


@pytest.mark.long
def test_pictures_that_another_item_names_stay(office: Office) -> None:
    """A picture goes with the last item that names it."""
    one, other = taken_back(office), taken_back(office, title="Quokka count", summary="A zebra is here, too.")
    media = office.folder / "media"
    shared = set(media.glob("*.jpg"))
    assert erase(office, one).pictures == 0
    assert set(media.glob("*.jpg")) == shared
    erase(office, other)
    assert set(media.glob("*.jpg")) == set()


def test_an_erased_website_s_message_is_still_known(office: Office) -> None:
    """The answer to a repeat loses what it says of the words, and keeps its id and state."""
    item_id = withdrawn(office)
    answer = {"id": item_id, "state": "queued", "findings": [{"message": "A Wallaby"}]}
    add(office, HookReceiptRow(
        source="website", webhook_id="m1", digest="0" * 64, received_at=office.clock(), answer=answer,
    ))  # fmt: skip
    erase(office, item_id)
    receipt = office.app.queue.receipt("website", "m1")
    assert receipt is not None
    assert receipt.answer == {"id": item_id, "state": "queued"}


def receipt(office: Office, name: str, answer: str) -> None:
    """What the website was answered, as a hand left it."""
    values = ("website", name, "0" * 64, office.clock().strftime("%Y-%m-%d %H:%M:%S.%f"), answer)
    by_hand(office, "INSERT INTO hook_receipt VALUES (?, ?, ?, ?, ?)", *values)


def test_an_answer_that_a_hand_damaged_keeps_nothing_from_being_erased(office: Office) -> None:
    """What cannot be read of it goes whole where it names the item; the others' time comes all the same."""
    item_id, other = withdrawn(office), withdrawn(office)
    good = f'{{"id": "{item_id}", "state": "queued", "findings": "A Wallaby"}}'
    answers = {
        "good": good, "cut": good[:-2], "list": f"[{good}]", "nameless": good.replace('"id"', '"was"'), "empty": "{}",
        "theirs": good.replace(item_id, other), "about": f'{{"id": "{other}", "why": "like {item_id}"}}',
        "odd": '{"id": ["x"]}', "null": "null", "": "{broken",
    }  # fmt: skip
    for name, answer in answers.items():
        receipt(office, name, answer)
    erase(office, item_id)
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        left = dict(connection.execute("SELECT webhook_id, answer FROM hook_receipt").fetchall())
    changed = {name: json.loads(left[name]) for name in answers if left[name] != answers[name]}
    state = {"state": "queued"}
    assert changed == {
        "good": {"id": item_id} | state,
        "cut": {},
        "list": {},
        "nameless": {"id": None} | state,
    }
    office.clock.forward(days=91)
    assert apply(office)["receipts"] == 7
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        stay = connection.execute("SELECT webhook_id FROM hook_receipt ORDER BY webhook_id").fetchall()
    assert stay == [("",), ("null",), ("odd",)]  # of no item that anybody could hold: a person decides


def test_no_word_is_left_in_a_row_that_a_hand_damaged(office: Office) -> None:
    """Who has an item erased has all of it erased: what cannot be read, too, or has another shape than the program's."""
    item_id = withdrawn(office)
    by_hand(office, "UPDATE delivery SET post = '{A Numbat' WHERE channel = 'twitter'")
    by_hand(office, "UPDATE delivery SET post = '[\"A Numbat\"]' WHERE channel = 'facebook'")
    by_hand(office, "UPDATE verdict SET findings = '{A Numbat'")
    by_hand(office, "UPDATE item SET verdict = '[\"A Numbat\"]'")
    erase(office, item_id)
    assert [word for word in WORDS if word.encode() in bytes_of(office)] == []
    assert office.app.overview.whole(item_id)[0].row.erased_at is not None


def test_only_a_director_or_monitoring_officer_erases(office: Office) -> None:
    """Neither who wrote an item nor who let it go takes it out of the record; who tried is on it."""
    one, other = withdrawn(office), withdrawn(office)
    for officer in ("sam", "ann", "nobody"):
        with pytest.raises(NotDesignated):
            erase(office, one, officer)
    assert [event.actor for event in events_of(office, "denied")] == ["sam", "ann", "nobody"]
    assert office.app.queue.item(one).erased_at is None
    for item_id, officer in ((one, "dana"), (other, "mona")):
        erase(office, item_id, officer)
        assert office.app.queue.item(item_id).erased_at is not None


def test_what_is_on_its_way_is_not_erased(office: Office) -> None:
    """Queued, held and in doubt: its end is decided first, and each is told how."""
    queued = office.hand_in(office.news(publish_at=(office.clock() + timedelta(days=1)).isoformat())).id
    held = office.hand_in(office.news(summary="A zebra is in the library.")).id
    for item_id in (queued, held):
        with pytest.raises(IllegalMove, match=f"publisher withdraw {item_id}"):
            erase(office, item_id)
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.refuse(503, {}))
    doubtful = office.hand_in(office.news(title="Pool opens")).id
    assert office.release(doubtful)["twitter"].state == "unknown"
    with pytest.raises(IllegalMove, match="on its way to twitter"):
        erase(office, doubtful)
    assert [office.app.queue.item(one).title for one in (queued, held, doubtful)].count("(erased)") == 0


def test_no_word_of_or_about_it_is_left_wherever_it_stood(office: Office) -> None:
    """A word in every field, flag, reason and description: of the item, of those who decided on it, of its holds and denials."""
    write_rules(office, rule("zebra"), rule("giraffe"))
    word = "Potoroo"
    item = office.event(
        title=f"{word} day", summary=f"A zebra, a giraffe and a {word}.", body=f"See the {word}.", location=f"{word} Hall",
        hashtags=[word], evidence={"consent.people": f"{word} agreed"}, publish_at=office.clock() + timedelta(hours=1),
        images=[{"path": "library.jpg", "alt": f"A {word} reads", "credit": word, "reference": f"C-{word}", "people": False}],
    )  # fmt: skip
    app, item_id = office.app, office.hand_in(item).id
    why, first = f"The {word} is a toy", app.queue.item(item_id).verdict["findings"][0]["id"]
    app.decisions.approve(item_id, officer="ann", reason=why, findings=[first])
    office.hold(item_id, officer="dana", reason=why)
    with pytest.raises(InputError):
        app.decisions.resolve(item_id, word, officer="sam", url=None)
    with pytest.raises(NotDesignated):
        app.decisions.withdraw(item_id, officer=word.lower(), reason=why)
    app.decisions.refuse(item_id, officer="ann", reason=why)
    app.decisions.withdraw(item_id, officer="sam", reason=why)
    app.holds.place("FOI-1", item_id, officer="mona", reason=why)
    app.holds.lift("FOI-1", officer="mona", reason=why)
    assert bytes_of(office).count(word.encode()) > 20
    erase(office, item_id)
    assert word.encode() not in bytes_of(office)
    app.verifier.demand_whole()


def test_what_is_out_is_withdrawn_before_it_is_erased(office: Office) -> None:
    """Erased, it could not be taken down any more; also where a hand took the delivery out of the database."""
    item_id = published(office)
    for tampering in ("", "DELETE FROM delivery WHERE channel != 'twitter'", "DELETE FROM delivery"):
        if tampering:
            by_hand(office, tampering)
        with pytest.raises(IllegalMove, match=f"is out on .*twitter.*publisher withdraw {item_id}"):
            erase(office, item_id)
    office.app.decisions.withdraw(item_id, officer="sam", reason="No Numbat came")
    with pytest.raises(IllegalMove, match="not withdrawn everywhere"):
        erase(office, item_id)
    assert office.app.queue.item(item_id).erased_at is None


def test_a_page_stays_when_the_schedule_erases_its_text(office: Office) -> None:
    """The schedule is the queue's: what the public reads on the council's website is the website's, until it is taken down."""
    item_id = published(office)
    (page,) = (office.folder / "site" / "current").rglob("quokka-census/index.html")
    when_due(office, 3_650)
    assert office.app.queue.item(item_id).erased_at is not None
    assert "Wallaby" in page.read_text()


def test_nothing_is_erased_by_a_record_that_is_not_whole(office: Office) -> None:
    """A legal hold may have been taken out of it: by no door, a person's, the director's or the daemon's."""
    item_id = withdrawn(office)
    office.clock.forward(days=400)
    past_the_guard(office.app.config.database, "DELETE FROM event WHERE id = 2")
    run_quietly(office.app.retention)
    for ask in (lambda: erase(office, item_id), lambda: apply(office)):
        with pytest.raises(Refused, match="nothing is erased"):
            ask()
    assert office.app.queue.item(item_id).erased_at is None
    with pytest.raises(NotDesignated):
        erase(office, item_id, "sam")
    told = [(event.actor, event.detail["asked"]) for event in events_of(office, "denied")]
    assert told == [("mona", "erase"), ("dana", "erase what is due"), ("sam", "erase")]


def test_an_item_is_erased_once(office: Office) -> None:
    """And for a reason, and only one that there is."""
    item_id = withdrawn(office)
    erase(office, item_id)
    with pytest.raises(IllegalMove, match="erased already"):
        erase(office, item_id)
    with pytest.raises(InputError, match="there is no item"):
        erase(office, "nosuch")
    with pytest.raises(InputError, match="reason"):
        office.app.erasing.erase(item_id, officer="dana", reason=" \t ")
    assert len(events_of(office, "erased")) == 1


def test_who_keeps_the_log_from_being_emptied_is_told(office: Office) -> None:
    """Words that still lie in the write-ahead log are not called gone; once the reader has left, they go."""
    item_id = withdrawn(office)
    with read_from_elsewhere(office), pytest.raises(OutsideFailed, match="write-ahead log"):
        erase(office, item_id)
    assert b"Quokka" in bytes_of(office)
    apply(office)
    assert [word for word in WORDS if word.encode() in bytes_of(office)] == []


def test_a_log_that_could_not_be_emptied_is_emptied_by_itself_later(office: Office) -> None:
    """Whether today's run is done or not: as long as the record tells of no file written anew since."""
    item_id = withdrawn(office)
    office.clock.forward(hours=1)
    assert office.app.retention.daily() == {}
    del office.app.retention
    with read_from_elsewhere(office), pytest.raises(OutsideFailed, match="write-ahead log"):
        erase(office, item_id)
    assert events_of(office, "file written anew") == []
    assert office.app.retention.daily() == {}
    assert [word for word in WORDS if word.encode() in bytes_of(office)] == []
    assert office.app.retention.daily() is None
    assert [event.actor for event in events_of(office, "file written anew")] == ["scheduler"]


def test_no_picture_is_lost_where_its_erasure_did_not_happen(office: Office) -> None:
    """What fails in the middle of several undoes the words of all: so their pictures go only after that."""
    Image.new("RGB", (1_200, 800), (200, 10, 10)).save(office.folder / "other.jpg")
    moment = (office.clock() + timedelta(hours=1)).isoformat()
    own = office.news(
        publish_at=moment, images=[{"path": "other.jpg", "alt": "A Bandicoot", "people": False}]
    )
    office.app.decisions.withdraw(office.hand_in(own).id, officer="sam", reason="Off")
    later, lonely = withdrawn(office), lonely_picture(office)
    kept = set((office.folder / "media").glob("*.jpg"))
    assert len(kept) > 2
    office.clock.forward(days=200)
    for which, left in (
        (f"NEW.item_id = '{later}'", kept),
        ("NEW.subject LIKE 'picture %'", {lonely}),
    ):
        by_hand(
            office, "CREATE TRIGGER no BEFORE INSERT ON event WHEN NEW.action = 'erased' AND "
            f"{which} BEGIN SELECT RAISE(ABORT, 'no'); END",
        )  # fmt: skip
        with pytest.raises(IntegrityError):
            apply(office)
        by_hand(office, "DROP TRIGGER no")
        assert set((office.folder / "media").glob("*.jpg")) == left
    apply(office)
    assert not lonely.exists()


def test_an_erased_verdict_is_told_as_erased_and_an_emptied_one_is_not(office: Office) -> None:
    """Repeating tells them apart by the record: a hand that empties what a verdict was made from is found."""
    one, other = withdrawn(office), published(office, title="Quokka count", summary="A zebra is here, too.")
    erase(office, one)
    by_hand(office, "UPDATE verdict SET input = '{}' WHERE item_id = ?", other)
    told = {(each.item_id, each.same) for each in office.app.verdicts.replay()}
    assert told == {(one, None), (other, False)}
    assert list(office.app.verdicts.cases()) == []


def test_an_override_keeps_who_let_go_and_a_forged_one_stays_forged(office: Office) -> None:
    """The reason goes, the decision stays, sealed anew; a row that was written by hand does not become good by it."""
    good, forged = withdrawn(office), withdrawn(office)
    by_hand(office, "UPDATE override SET officer = 'mona' WHERE item_id = ?", forged)
    erase(office, good)
    erase(office, forged)
    found = {row.item_id: row for row in office.app.overrides.listed()}
    assert (found[good].officer, found[good].reason, found[good].state.value) == ("ann", "(erased)", "unused")
    assert (found[forged].reason, found[forged].state.value) == ("(erased)", "forged")


def test_an_emergency_is_looked_at_even_where_it_was_erased(office: Office) -> None:
    """Erasing the words of an emergency does not take it off the list of those that somebody still has to look at."""
    item_id = published(office)
    with office.app.queue.writing() as connection:
        emergencies.call(connection, office.app.queue.item(item_id), office.clock())
    when_due(office, 3_650)
    assert [item.id for item in office.app.afterwards.waiting()] == [item_id]


# --- holds ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("everything", [True, False])
def test_a_hold_beats_whoever_erases_and_every_timer(office: Office, *, everything: bool) -> None:
    """Freedom of Information Act 2000, section 77: what was asked for is not erased; once it is lifted, it is."""
    item_id = withdrawn(office)
    hold(office, "FOI 7/2026", None if everything else item_id)
    with pytest.raises(Refused, match="FOI 7/2026"):
        erase(office, item_id)
    office.clock.forward(days=400)
    assert apply(office).get("unsent", 0) == 0
    assert office.app.queue.item(item_id).title == "Quokka census"
    lift(office, "FOI 7/2026")
    assert apply(office)["unsent"] == 1
    assert b"Quokka" not in bytes_of(office)


def test_a_hold_of_one_item_holds_what_is_of_it_and_nothing_else(office: Office) -> None:
    """Its refusals' words and its receipt, too; what is of another item goes."""
    one, other = withdrawn(office), withdrawn(office)
    for item_id in (one, other):
        with pytest.raises(NotDesignated):
            office.app.decisions.withdraw(item_id, officer="nobody", reason="x")
        add(office, HookReceiptRow(
            source="website", webhook_id=item_id, digest="0", received_at=office.clock(), answer={"id": item_id},
        ))  # fmt: skip
    hold(office, item_id=one)
    office.clock.forward(days=400)
    assert apply(office) == {"unsent": 1, "receipts": 1}  # the other's refusal went with the other
    assert office.app.queue.receipt("website", one) is not None
    assert [event.item_id for event in events_of(office, "denied") if event.detail] == [one]
    held = {one.kept.name: one.held for one in office.app.retention.report() if one.held}
    assert {(thing.item_id, reference) for things in held.values() for thing, reference in things} == {
        (one, "FOI-1")
    }
    assert set(held) == {"unsent", "receipts", "denied"}


@pytest.mark.long
@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM hold",
        "UPDATE hold SET lifted_by = 'mona', lifted_at = placed_at",
        "UPDATE hold SET item_id = 'another'",
        "UPDATE hold SET reference = 'FOI-2'",
        "UPDATE hold SET placed_at = 'yesterday'",
        "UPDATE hold SET seal = 7, reason = x'ff'",
    ],
)
def test_a_hold_that_a_hand_took_away_still_holds(office: Office, tampering: str) -> None:
    """The chain tells of it: a row that is gone or changed frees nothing, and is shown as changed by hand."""
    item_id = withdrawn(office)
    hold(office, item_id=item_id)
    by_hand(office, tampering)
    with pytest.raises(Refused, match="FOI-1"):
        erase(office, item_id)
    (found,) = office.app.holds.all()
    assert (found.reference, found.item_id, found.stands, found.whole) == ("FOI-1", item_id, True, False)
    lift(office)
    erase(office, item_id)


def test_a_hold_rests_on_no_words(office: Office) -> None:
    """What lies beside the chain may be erased, or damaged by a hand: the chain's own columns say what is held."""
    item_id = published(office)
    hold(office, item_id=item_id)
    by_hand(office, "DELETE FROM hold")
    by_hand(office, "UPDATE event_detail SET detail = 'no JSON'")
    assert [(found.item_id, found.stands) for found in office.app.holds.all()] == [(item_id, True)]
    with pytest.raises(Refused, match="nothing is erased"):
        erase(office, item_id)


def test_a_hold_whose_older_row_is_put_back_does_not_end_twice(office: Office) -> None:
    """A row that was once good, put back whole, is not what the last event tells of: it holds, and is told."""
    item_id = published(office)
    hold(office, item_id=item_id)
    by_hand(office, "CREATE TABLE kept AS SELECT * FROM hold")
    lift(office)
    by_hand(office, "DELETE FROM hold")
    by_hand(office, "INSERT INTO hold SELECT * FROM kept")
    assert [(found.stands, found.whole) for found in office.app.holds.all()] == [(True, False)]


def test_a_lifting_that_is_written_into_the_chain_by_hand_ends_nothing(office: Office) -> None:
    """Whoever can write the file can chain an event, and cannot make the seal that it must name."""
    item_id = published(office)
    hold(office, item_id=item_id)
    with office.app.queue.writing() as connection:
        record.append(connection, office.clock(), "mona", "legal hold lifted", item_id=item_id, subject="FOI-1", move=("", "0" * 64))  # fmt: skip
    by_hand(office, "UPDATE hold SET lifted_by = 'mona', lifted_at = placed_at, seal = ?", "0" * 64)
    with pytest.raises(Refused, match="FOI-1"):
        erase(office, item_id)


def test_a_hold_that_only_a_hand_wrote_holds_nothing(office: Office) -> None:
    """Whoever writes into the file cannot keep the council from a request under article 17."""
    item_id = withdrawn(office)
    by_hand(
        office, "INSERT INTO hold (reference, item_id, reason, placed_by, placed_at, seal) VALUES ('X', ?, '', 'dana', ?, '')",
        item_id, "2026-11-28 09:00:00.000000",
    )  # fmt: skip
    assert office.app.holds.all() == []
    erase(office, item_id)


def test_only_a_director_or_monitoring_officer_holds_and_lifts(office: Office) -> None:
    """Whoever could lift a hold could erase what was asked for; each try is recorded."""
    for officer in ("sam", "ann", "nobody"):
        with pytest.raises(NotDesignated):
            hold(office, officer=officer)
    hold(office)
    for officer in ("sam", "ann", "nobody"):
        with pytest.raises(NotDesignated):
            lift(office, officer=officer)
    assert [event.actor for event in events_of(office, "denied")] == ["sam", "ann", "nobody"] * 2
    assert [found.stands for found in office.app.holds.all()] == [True]


def test_a_hold_can_be_placed_by_a_director_who_has_still_to_read_a_new_policy(office: Office) -> None:
    """Clause 5c is about posting; that a request was received cannot wait for anybody's reading."""
    office.app.register.amend("dana", {"aup_signed_on": None}, actor="dana", now=office.clock())
    assert hold(office, officer="dana").stands


def test_a_reference_names_one_hold(office: Office) -> None:
    """Two that an eye reads as one could not be told apart when one is lifted, not even a lifted one's."""
    hold(office)
    for again in ("FOI-1", "foi-1", " FOI-1 "):
        with pytest.raises(InputError, match="already"):
            hold(office, again)
    lift(office, "foi-1")
    with pytest.raises(InputError, match="already"):
        hold(office, "foi-1")
    with pytest.raises(IllegalMove, match="lifted by mona"):
        lift(office)
    (denied,) = events_of(office, "denied")
    assert (denied.actor, denied.detail["asked"]) == ("mona", "lift a legal hold")


KEEPERS_DO: dict[str, Callable[..., Any]] = {
    "place": hold,
    "lift": lambda office, officer: lift(office, "FOI-2", officer),
    "erase": lambda office, officer: erase(office, erasable(office), officer),
    "apply": lambda office, officer: office.app.retention.apply(officer=officer),
}


def erasable(office: Office) -> str:
    """The item that is withdrawn."""
    (item,) = office.app.queue.items([ItemState.WITHDRAWN])
    return item.id


@pytest.mark.long
@pytest.mark.parametrize("ask", KEEPERS_DO)
def test_who_is_suspended_meanwhile_neither_holds_nor_erases(office: Office, ask: str) -> None:
    """Whether somebody may is looked at in the transaction that relies on it: after a suspension nothing is theirs to do."""
    add_officer(office, "dee", Role.DIRECTOR)
    withdrawn(office)
    hold(office, "FOI-2", office.hand_in(office.news()).id)
    office.clock.forward(days=181)
    suspend = lambda: office.app.leaving.suspend("dana", officer="dee", reason="On leave for a year")  # noqa: E731
    with between(office.app.queue, "FROM officer", suspend), suppress(NotDesignated):
        KEEPERS_DO[ask](office, officer="dana")
    told = [event.action for event in all_events(office)]
    after = told[told.index("officer suspended") :]
    assert {"legal hold placed", "legal hold lifted", "erased"}.isdisjoint(after)


WRONG_HOLDS = (
    ("", None, True, "x"), ("R" * 201, None, True, "x"), ("R", None, True, "  "), ("R", None, True, "x" * 1_001),
    ("R", None, False, "x"), ("R", "nosuch", False, "x"), ("R", "", False, "x"), ("R", "some", True, "x"),
)  # fmt: skip


def test_a_wrong_hold_is_told_and_not_placed(office: Office) -> None:
    """A reference, a reason, and either one item that there is or everything."""
    for reference, item_id, everything, reason in WRONG_HOLDS:
        with pytest.raises(InputError):
            office.app.holds.place(reference, item_id, everything=everything, officer="dana", reason=reason)
    assert office.app.holds.all() == []
    with pytest.raises(InputError, match="no legal hold"):
        lift(office, "nosuch")


# --- the schedule --------------------------------------------------------------------------------------------


def test_an_item_that_never_went_is_erased_after_its_days(office: Office) -> None:
    """180 days after anything was last done with it; what is left behind blocked is withdrawn by that, too."""
    office.app.decisions.withdraw(
        office.hand_in(office.news(title="Quokka one", publish_at=(office.clock() + timedelta(1)).isoformat())).id,
        officer="sam", reason="Off",
    )  # fmt: skip
    left = office.hand_in(office.news(title="Quokka two", summary="A zebra is in the library.")).id
    office.clock.forward(days=179)
    assert due(office) == {}
    office.clock.forward(days=2)
    assert due(office) == {"unsent": 2}
    assert apply(office) == {"unsent": 2}
    assert (office.state(left), office.app.queue.item(left).title) == ("withdrawn", "(erased)")
    assert b"uokka" not in bytes_of(office)
    assert_the_chain_holds(office)
    assert due(office) == {}


def test_its_days_run_from_what_was_last_done(office: Office) -> None:
    """An item that was stopped months after its moment is kept as long as one that was stopped before."""
    item_id = office.hand_in(office.news(summary="A zebra is in the library.")).id
    office.clock.forward(days=100)
    office.app.decisions.withdraw(item_id, officer="sam", reason="Off")
    office.clock.forward(days=179)
    assert due(office) == {}
    office.clock.forward(days=2)
    assert due(office) == {"unsent": 1}


def test_published_text_is_kept_unless_the_council_says_otherwise(office: Office) -> None:
    """The public word stays for good; a council whose schedule gives it an end has it erased then."""
    item_id = published(office)
    office.clock.forward(days=36_000)
    assert "published" not in due(office)
    when_due(office, 3_650)
    assert office.app.queue.item(item_id).erased_at is not None


def test_each_class_goes_when_its_time_has_come(office: Office) -> None:
    """Receipts, refusals, tokens, concerns, verdicts' inputs, reasons and pictures: each after its own days, each told."""
    item_id, now = published(office), office.clock()
    with pytest.raises(NotDesignated):
        office.app.decisions.withdraw(item_id, officer="nobody", reason="x")
    closed: dict[str, Any] = {"closed_by": "dana", "closed_at": now, "state": "closed", "seal": ""}
    concern: dict[str, Any] = {
        "id": "c1",
        "raised_by": "sam",
        "raised_at": now,
        "words": "A Numbat",
        "routed_to": "dana",
    }
    token: dict[str, Any] = {
        "login": "sam",
        "digest": "0",
        "scopes": "read",
        "created_by": "sam",
        "created_at": now,
    }
    add(
        office,
        HookReceiptRow(source="website", webhook_id="m/1", digest="0", received_at=now, answer={"id": "x"}),
    )
    tie(office, concern_drawer.KIND, ConcernRow(**concern, **closed))
    tie(office, tokens.KIND, TokenRow(id="t1", **token, expires_at=now + timedelta(days=900), revoked_at=now))
    tie(office, tokens.KIND, TokenRow(id="t2", **token, expires_at=now + timedelta(days=900)))
    lonely = office.folder / "media" / f"{'a' * 64}.jpg"
    lonely.write_bytes(b"jpeg")
    seen: dict[str, int] = {}
    for days in (29, 2, 58, 2, 273, 2, 1_823, 2, 31):
        office.clock.forward(days=days)
        for name in apply(office):
            seen.setdefault(name, (office.clock() - now).days)
    assert seen == {
        "pictures": 31, "receipts": 91, "denied": 366, "tokens": 366, "verdicts": 2_191, "concerns": 2_191,
        "overrides": 2_222,  # it counted for 30 days
    }  # fmt: skip
    assert not lonely.exists()
    assert len(list((office.folder / "media").glob("*.jpg"))) > 0
    told = {event.subject.partition(" ")[0] for event in events_of(office, "erased") if event.subject}
    assert told == {"picture", "receipt", "event", "token", "verdict", "concern", "override"}
    item, rows = office.app.queue.item(item_id), office.app.queue.deliveries(item_id)
    assert (item.title, office.app.clearing.broken(item, rows)) == ("Quokka census", "")
    assert b"Numbat" not in bytes_of(office)
    assert_the_chain_holds(office)


def test_a_concern_is_held_with_its_item_and_never_tells_of_which_it_is(office: Office) -> None:
    """Clause 4: that somebody raised one about an item is in confidence, in the record and in the list of what is due."""
    item_id, now = published(office), office.clock()
    row = ConcernRow(
        id="c1", raised_by="sam", raised_at=now, item_id=item_id, person="Pat", words="A Bilby", routed_to="dana",
        state="closed", steps=[{"by": "dana", "did": "passed", "words": "A Potoroo"}], closed_at=now, seal="",
    )  # fmt: skip
    tie(office, concern_drawer.KIND, row)
    hold(office, item_id=item_id)
    office.clock.forward(days=2_191)
    (kept,) = (one for one in office.app.retention.report() if one.kept.name == "concerns")
    assert [(thing.name, thing.in_confidence) for thing, _ in kept.held] == [("concern c1", True)]
    apply(office)
    assert b"A Bilby" in bytes_of(office)
    lift(office)
    assert apply(office)["concerns"] == 1
    assert [word for word in (b"Bilby", b"Potoroo", b"Pat") if word in bytes_of(office)] == []
    assert [event.item_id for event in events_of(office, "erased") if event.subject == "concern c1"] == [None]


def test_a_young_picture_of_no_item_stays(office: Office) -> None:
    """It may be of an item that is just being handed in."""
    lonely = office.folder / "media" / f"{'a' * 64}.jpg"
    lonely.parent.mkdir(exist_ok=True)
    lonely.write_bytes(b"jpeg")
    assert apply(office) == {}
    old = (datetime.now(UTC) - timedelta(days=31)).timestamp()
    os.utime(lonely, (old, old))
    assert apply(office) == {"pictures": 1}


def test_only_a_director_erases_what_is_due(office: Office) -> None:
    """The schedule is the director's to apply; a dry run changes nothing."""
    item_id = withdrawn(office)
    office.clock.forward(days=181)
    assert due(office) == {"unsent": 1}
    for officer in ("sam", "mona"):
        with pytest.raises(NotDesignated):
            office.app.retention.apply(officer=officer)
    assert office.app.queue.item(item_id).title == "Quokka census"


def test_the_daily_run_is_once_a_day_and_told(office: Office) -> None:
    """One event for each run with its counts, whether anything was due or not."""
    office.clock.forward(hours=1)
    assert office.app.retention.daily() == {}
    assert office.app.retention.daily() is None
    office.clock.forward(days=1)
    assert office.app.retention.daily() == {}
    assert [(event.actor, event.after) for event in events_of(office, "retention")] == [
        ("scheduler", "0")
    ] * 2
    withdrawn(office)
    office.clock.forward(days=181)
    assert apply(office) == {"unsent": 1}
    last = events_of(office, "retention")[-1]
    assert (last.actor, last.after, last.detail) == ("dana", "1", {"unsent": 1})
    assert [event.actor for event in events_of(office, "erased")] == ["dana"]


def test_the_daily_run_does_not_hold_a_release_up(office: Office) -> None:
    """Shortly before something is due it waits, and comes after it."""
    office.hand_in(office.news(publish_at=(office.clock() + timedelta(minutes=13)).isoformat()))
    assert office.app.retention.daily() is None  # it is prepared from three minutes on
    office.clock.forward(minutes=20)
    assert office.app.retention.daily() == {}


@pytest.mark.parametrize("days", [200, -200])
def test_a_clock_that_jumps_erases_nothing(
    office: Office, caplog: pytest.LogCaptureFixture, days: int
) -> None:
    """A clock set years ahead would end every timer: after a month's silence a person says that it is right."""
    item_id = withdrawn(office)
    office.clock.forward(days=days)
    assert office.app.retention.daily() is None
    assert "a director runs `publisher audit retention --apply`" in caplog.text
    assert office.app.queue.item(item_id).title == "Quokka census"


def test_the_schedule_is_whole() -> None:
    """Each class says what is in it, how long, from when, why and on whose word; what is kept for good needs no start."""
    found = built_in()
    assert set(found) == {
        "published", "unsent", "verdicts", "overrides", "pictures", "receipts", "denied", "concerns", "tokens",
        "register", "record",
    }  # fmt: skip
    for one in found.values():
        assert one.what, one.name
        assert one.why, one.name
        assert one.source, one.name
        assert one.since or one.fixed, one.name
    assert {name for name, one in found.items() if one.days == "keep"} == {"published", "register", "record"}


def test_the_council_s_own_days_count_and_are_told() -> None:
    """The program's days are defaults."""
    found = schedule({"unsent": 30, "receipts": "keep"})
    assert [(one.days, one.overruled) for one in (found["unsent"], found["receipts"], found["denied"])] == [
        (30, True), ("keep", True), (365, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("unsend = 30", r"retention\.unsend: there is no such class of record\. Did you mean unsent\?"),
        ("xyz = 30", r"retention\.xyz: there is no such class of record\. Known: published, "),
        ("record = 30", r"retention\.record: this class is always kept"),
        ("register = 'keep'", r"retention\.register: this class is always kept"),
        ("unsent = 0", r'retention\.unsent: a whole number of days from 1 to 36525 is needed, or "keep"'),
        ("unsent = -1", "whole number"), ("unsent = 36526", "whole number"), ("unsent = 1.5", "whole number"),
        ("unsent = true", "whole number"), ("unsent = '30'", "whole number"), ("unsent = [30]", "whole number"),
        ("unsent = 'forever'", "whole number"),
    ],
)  # fmt: skip
def test_wrong_days_are_named(tmp_path: Path, line: str, said: str) -> None:
    """A slip in the schedule would erase what must be kept: it stops the program, with the nearest right word."""
    file = tmp_path / "config.toml"
    file.write_text(f"{CONFIG}\n[retention]\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        config.load(file)


def test_the_details_of_refusals_go_and_what_happened_stays(office: Office) -> None:
    """The event keeps its place, its actor and the digest of what it said."""
    item_id = published(office)
    with pytest.raises(NotDesignated):
        office.app.decisions.withdraw(item_id, officer="nobody", reason="x")
    office.clock.forward(days=366)
    apply(office)
    (found,) = events_of(office, "denied")
    assert (found.actor, found.is_erased, bool(re.fullmatch("[0-9a-f]{64}", found.digest))) == (
        "nobody",
        True,
        True,
    )
    assert_the_chain_holds(office)


def test_the_daemon_does_it_by_itself(office: Office) -> None:
    """Its timer asks now and then whether today's is done; what fails there is logged, and stops nothing else."""
    daemon = Daemon(office.app)
    daemon.start()
    try:
        job = daemon._timer.get_job("retention")  # it comes after minutes: nobody waits for it here
        assert job is not None
        job.func()
    finally:
        daemon.stop()
    assert [event.actor for event in events_of(office, "retention")] == ["scheduler"]


def test_a_daily_run_that_fails_is_logged_and_tried_again(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """A log that cannot be emptied must not end the daemon."""
    withdrawn(office)
    lonely = lonely_picture(office)
    with read_from_elsewhere(office):
        run_quietly(office.app.retention)
    assert "what is due could not be erased" in caplog.text
    assert not lonely.exists()
    run_quietly(office.app.retention)  # not at once
    assert events_of(office, "file written anew") == []
    office.clock.forward(minutes=61)
    run_quietly(office.app.retention)
    assert len(events_of(office, "file written anew")) == 1


def test_what_cannot_be_erased_keeps_nothing_of_another_class(office: Office) -> None:
    """All else is erased, the record tells of which class something is left, and whoever asked is told why."""
    stuck, lonely = stuck_picture(office), lonely_picture(office)
    item_id = published(office)
    add(office, HookReceiptRow(
        source="website", webhook_id="m1", digest="0", received_at=office.clock(), answer={"id": item_id},
    ))  # fmt: skip
    office.clock.forward(days=91)
    for _ in range(2):
        with pytest.raises(OutsideFailed, match="cannot be taken away"):
            apply(office)
        assert (lonely.exists(), stuck.exists()) == (False, True)
        assert office.app.queue.receipt("website", "m1") is None
    first = events_of(office, "retention")[0]
    assert (first.subject, first.detail) == (
        "pictures",
        {"pictures": 2, "receipts": 1, "failed": ["pictures"]},
    )
    assert len(events_of(office, "file written anew")) == 1
    assert len(events_of(office, "erased")) == 3  # what stays is told of once, however often it is tried


def test_a_shape_that_no_program_wrote_keeps_nothing_of_another_class(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever asked is told of which class something is left; the daemon's daily run goes on to its end."""
    withdrawn(office)
    lonely = lonely_picture(office)
    by_hand(office, "UPDATE item SET verdict = '[]'")
    office.clock.forward(days=4_000)
    with pytest.raises(OutsideFailed, match="of the class overrides could be erased"):
        apply(office)
    assert [event.subject for event in events_of(office, "retention")] == ["overrides"]
    assert not lonely.exists()
    office.clock.forward(hours=2)
    run_quietly(office.app.retention)
    assert "what is due could not be erased: not all that is due of the class overrides" in caplog.text


@pytest.mark.long
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE delivery SET post = '{broken' WHERE item_id = ?", "UPDATE item SET content = '{broken' WHERE id = ?",
        "UPDATE verdict SET findings = '{broken' WHERE item_id = ?", "UPDATE verdict SET input = '{broken' WHERE item_id = ?",
    ],
)  # fmt: skip
def test_what_cannot_be_read_stays_and_keeps_nothing_else(office: Office, damage: str) -> None:
    """The other items' things go in their time, and nobody stumbles over what a hand wrote into one of them."""
    one, other = withdrawn(office), withdrawn(office)
    by_hand(office, damage, one)
    for days in (366, 4_000):
        office.clock.forward(days=days)
        apply(office)
        assert office.app.queue.item(other).erased_at is not None
    assert due(office) == {}


def test_a_reason_goes_from_a_verdict_that_cannot_be_read(office: Office) -> None:
    """It may quote it: when the reason's time has come, what a hand damaged goes, too."""
    item_id = published(office)
    by_hand(office, "UPDATE verdict SET input = '{why: a Numbat' WHERE item_id = ?", item_id)
    office.clock.forward(days=4_000)
    assert apply(office)["overrides"] == 1
    assert b"Numbat" not in bytes_of(office)


def test_a_moment_that_cannot_be_read_ends_no_daemon(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """The daily run is logged, and comes again, where a hand wrote what is no moment into the record."""
    past_the_guard(
        office.app.config.database, "UPDATE event SET at = 'never' WHERE id = (SELECT max(id) FROM event)"
    )
    run_quietly(office.app.retention)
    assert "what is due could not be erased" in caplog.text


def test_a_daily_run_that_left_something_is_tried_again_each_hour(office: Office) -> None:
    """Until it is mended: then the day is done."""
    stuck = stuck_picture(office)
    runs = []
    for minutes in (1, 1, 61, 61, 61):
        office.clock.forward(minutes=minutes)
        run_quietly(office.app.retention)
        runs.append([event.subject for event in events_of(office, "retention")])
        if len(runs) == 3:
            stuck.rmdir()
    failed = ["pictures"]
    assert runs[:4] == [failed, failed, failed * 2, [*failed * 2, None]]
    assert runs[4] in (runs[3], [*runs[3], None])  # another day may have begun


class Watched:
    """A class of which 120 things are due; notes what it is asked, and whether others can write meanwhile."""

    def __init__(self, office: Office) -> None:
        self.database = office.app.config.database
        self.left = {f"receipt {number}": office.clock() for number in range(120)}
        self.asked: list[tuple[int | None, bool]] = []

    def due(self, connection: Connection, before: datetime, among: Among = None) -> list[Thing]:
        """All that is left; one of them is no longer due when it is asked about again."""
        del connection, before
        self.asked.append((None if among is None else len(among), self._is_free()))
        names = list(self.left) if among is None else [each.name for each in among if each.key != "7"]
        return [Thing(name, None, self.left[name]) for name in names]

    def _is_free(self) -> bool:
        other = sqlite3.connect(self.database, timeout=0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        finally:
            other.close()
        return True

    def erase(self, connection: Connection, thing: Thing, actor: str, now: datetime) -> tuple[()]:
        """It is left no longer."""
        del connection, actor, now
        del self.left[thing.name]
        return ()


def test_nobody_waits_while_what_is_due_is_looked_for(office: Office) -> None:
    """All is looked for once, while others write; only the few that are erased next are asked about again."""
    app, watched = office.app, Watched(office)
    found = Retention(app.config, app.queue, app.holds, {"receipts": watched}, app.erasing, app.now)
    assert found.apply(officer="dana") == {"receipts": 119}
    assert watched.asked == [(None, True), (50, False), (50, False), (20, False)]
    assert list(watched.left) == ["receipt 7"]


def test_each_class_is_asked_about_single_things(office: Office) -> None:
    """What is asked about again is no more than was named."""
    now = office.clock()
    for number in "12":
        with pytest.raises(NotDesignated):
            office.app.decisions.withdraw(withdrawn(office), officer="nobody", reason="x")
        picture = office.folder / "media" / f"{number * 64}.jpg"
        picture.write_bytes(b"jpeg")
        os.utime(picture, (0, 0))
        published(office, title=f"Quokka {number}", summary=f"A zebra in {number}.")
        concern: dict[str, Any] = {"raised_by": "sam", "raised_at": now, "words": "x", "routed_to": "dana"}
        token: dict[str, Any] = {"login": "sam", "digest": number, "scopes": "read", "created_by": "sam"}
        add(
            office,
            HookReceiptRow(
                source="website", webhook_id=f"m {number}/1", digest="0", received_at=now, answer={}
            ),
        )
        row = ConcernRow(id=number, **concern, state="closed", closed_at=now, seal="")
        tie(office, concern_drawer.KIND, row)
        tie(office, tokens.KIND, TokenRow(id=number, **token, created_at=now, expires_at=now))
    app, before = office.app, now + timedelta(days=400)
    with app.queue.reading() as connection:
        for name, kind in kinds(app.erasing, app.overrides, app.clearing, app.store, app.seal).items():
            found = kind.due(connection, before)
            assert len(found) >= 2, name
            assert kind.due(connection, before, found[1:2]) == found[1:2], name
            assert kind.due(connection, before, []) == [], name


LONG_AGO = "2010-01-01 00:00:00.000000"


def test_a_concern_that_is_open_is_not_erased_by_a_hand(office: Office) -> None:
    """Clause 4: that it is closed, and when, is what its last event says, and not what somebody wrote into the database."""
    office.app.concerns.tell(Told(person="sam", words="A Bilby is open"), officer="ann")
    by_hand(office, "UPDATE concern SET closed_at = ?", LONG_AGO)
    assert office.app.retention.daily() == {}
    assert b"A Bilby is open" in bytes_of(office)


@pytest.mark.parametrize(
    "statement", ["UPDATE concern SET item_id = NULL", "UPDATE verdict SET item_id = (SELECT max(id) FROM item WHERE id <> ?1)"]
)  # fmt: skip
def test_a_hold_is_not_evaded_by_another_item_in_a_row(office: Office, statement: str) -> None:
    """What is held stays (section 77), whatever item a hand puts beside it."""
    item_id = withdrawn(office)
    concern = office.app.concerns.tell(Told(item_id=item_id, words="A Bilby is held"), officer="ann")
    office.app.concerns.close(concern.id, outcome="It was so", officer=str(concern.holder))
    withdrawn(office)
    hold(office, item_id=item_id)
    by_hand(office, statement, *[item_id][: statement.count("?1")])
    office.clock.forward(days=3_000)
    apply(office)
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        assert connection.execute("SELECT words FROM concern").fetchall() == [("A Bilby is held",)]
        inputs = "SELECT count(*) FROM verdict WHERE input <> '{}'"
        assert connection.execute(inputs).fetchone()[0] >= 2


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("token", "UPDATE token SET expires_at = ?"),
        ("override", "UPDATE override SET given_at = ?, expires_on = '2010-01-01'"),
        ("verdict", "UPDATE verdict SET at = ?"),
    ],
)  # fmt: skip
def test_nothing_is_erased_before_its_time_by_a_hand(office: Office, table: str, statement: str) -> None:
    """The moment from which its time runs is the one that its last event left."""
    withdrawn(office)
    office.app.tokens.new("sam", ["read"], 30, "")
    by_hand(office, statement, LONG_AGO)
    assert apply(office) == {}


def test_an_item_that_a_hand_withdrew_is_not_erased(office: Office) -> None:
    """It waits for its moment by its events; a hand in the database must not have its words erased instead."""
    item_id = handed_in(office, publish_at=(office.clock() + timedelta(days=20)).isoformat())
    past = {"item": "state = 'withdrawn', publish_at", "delivery": "state = 'not sent', due_at"}
    for table, columns in past.items():
        by_hand(office, f"UPDATE {table} SET {columns} = ?", LONG_AGO)  # noqa: S608  # names of our own
    office.clock.forward(days=181)
    assert apply(office) == {}
    assert office.app.queue.item(item_id).title == "Quokka census"


def test_that_a_hold_was_lifted_outlives_what_it_held(office: Office) -> None:
    """Its reference, and who lifted it when, show that nothing was erased before (section 77); why it stood, and it stands no more, goes."""
    item_id = withdrawn(office)
    hold(office, item_id=item_id)
    lift(office)
    before = office.app.holds.all()
    erase(office, item_id)
    (lifted,) = events_of(office, "legal hold lifted")
    assert (lifted.item_id, lifted.actor, lifted.subject, lifted.detail) == (item_id, "mona", "FOI-1", {})
    assert office.app.holds.all() == [replace(before[0], reason="(erased)")]
    assert [
        word for word in ("Asked for on Monday", "It was answered") if word.encode() in bytes_of(office)
    ] == []
    office.app.verifier.demand_whole()


def test_the_reasons_of_one_item_go_together(office: Office) -> None:
    """Whose yes ended first does not take the words of another's, whose time still runs."""
    write_rules(office, rule("zebra"), rule("giraffe", override="monitoring officer"))
    item_id = office.hand_in(office.news(summary="A zebra and a giraffe are in the library.")).id
    today = local(office.clock()).date()
    for officer, days in (("ann", 1), ("mona", 90)):
        office.app.decisions.approve(
            item_id, officer=officer, reason=f"The animal is a toy, says {officer}", until=today + timedelta(days=days)
        )  # fmt: skip
    office.release(item_id)
    office.clock.forward(days=2_195)
    assert apply(office).get("overrides") is None
    assert [bool(event.detail) for event in events_of(office, "approved")] == [True, True]
    office.clock.forward(days=90)
    assert apply(office)["overrides"] == 2
    assert [bool(event.detail) for event in events_of(office, "approved")] == [False, False]
