"""A person stops what is on its way: it is held for review, its clearance is gone, and its author does not let it go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from gate_support import REASON, ZEBRA, open_gated
from support import Office

from publisher.errors import IllegalMove, InputError, NotDesignated, PublisherError
from publisher.holding import HELD, SOMEBODY, acts, holder
from publisher.moves import set_item
from publisher.record import append

WHY = "A resident rang: the day is wrong."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose rules ask about zebras."""
    with open_gated(tmp_path) as found:
        yield found


def queued(office: Office, **fields: object) -> str:
    """A clear item in an hour."""
    return office.hand_in(office.news(publish_at=office.clock() + timedelta(hours=1), **fields)).id


def hold(office: Office, item_id: str, officer: str = "dana") -> str:
    """Holds an item; its state afterwards."""
    return office.hold(item_id, officer=officer, reason=WHY)


def test_what_is_held_does_not_go_at_its_moment(office: Office) -> None:
    """Held means held: nothing of it is due, its reason is shown, and its moment passes without a post."""
    item_id = queued(office)
    assert hold(office, item_id) == "held for review"
    assert office.app.queue.item(item_id).reason == WHY
    office.clock.forward(hours=1)
    office.release(item_id)
    assert office.state(item_id) == "held for review"
    assert {row.state for row in office.deliveries(item_id).values()} == {"waiting"}


def test_a_held_item_that_a_hand_puts_back_into_the_queue_does_not_go(office: Office) -> None:
    """Its clearance went with it: the state in the database alone lets nothing out."""
    item_id = queued(office)
    hold(office, item_id)
    with office.app.queue.writing() as connection:
        connection.exec_driver_sql("UPDATE item SET state = 'queued' WHERE id = ?", (item_id,))
        set_item(connection, item_id, due_at=office.clock())
    office.clock.forward(hours=1)
    office.release(item_id)
    assert office.state(item_id) == "held for review"
    assert "not the one that was cleared" in office.app.queue.item(item_id).reason


def test_the_record_says_who_held_it_and_why(office: Office) -> None:
    """The event has the officer as its actor, in the same breath as the move."""
    item_id = queued(office)
    hold(office, item_id)
    first, second = office.app.queue.events(item_id)[-2:]
    assert (first.action, first.actor, first.detail["reason"]) == (HELD, "dana", WHY)
    assert (second.actor, second.before, second.after) == ("dana", "queued", "held for review")


def test_its_author_does_not_let_it_go_on(office: Office) -> None:
    """What another stopped is for another to let go."""
    item_id = queued(office)
    hold(office, item_id)
    with pytest.raises(NotDesignated):
        office.app.decisions.approve(item_id, officer="sam", reason=REASON)
    assert office.state(item_id) == "held for review"


@pytest.mark.parametrize("who", ["sam", "cms", "ann"])
def test_what_a_person_holds_is_not_just_sent_again(office: Office, who: str) -> None:
    """By whomever: it goes on by a second person's decision, for a reason, which is said."""
    item_id = queued(office)
    hold(office, item_id)
    with pytest.raises(IllegalMove, match=rf"held by dana\..*publisher approve {item_id} --reason"):
        office.app.decisions.retry(item_id, officer=who)
    assert office.state(item_id) == "held for review"


def test_who_is_neither_approver_nor_director_does_not_let_it_go_on(office: Office) -> None:
    """Any other officer could be asked to by its author: a hold needs somebody whose word counts."""
    item_id = queued(office)
    hold(office, item_id)
    for who in ("cms", "mona", "nobody"):
        with pytest.raises(NotDesignated):
            office.app.decisions.approve(item_id, officer=who, reason=REASON)
    with pytest.raises(InputError, match="reason"):
        office.app.decisions.approve(item_id, officer="ann", reason=" ")


def test_who_let_it_go_before_does_not_let_it_go_on(office: Office) -> None:
    """Ann had approved it, also where that was taken back since: another person decides on what was held."""
    item_id = queued(office, summary=ZEBRA)
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    hold(office, item_id)
    with pytest.raises(NotDesignated, match="ann had a part in it"):
        office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    by_hand = "UPDATE item SET approver = NULL WHERE id = ?"
    with office.app.queue.writing() as connection:
        connection.exec_driver_sql(by_hand, (item_id,))
    with pytest.raises(NotDesignated, match="ann had a part in it"):
        office.app.decisions.approve(item_id, officer="ann", reason=REASON)


def test_letting_it_go_on_is_no_part_in_it(office: Office) -> None:
    """However often it is held: else whoever asks for that soon leaves nobody who may let it go on."""
    item_id = queued(office)
    for _ in range(3):
        office.hold(item_id, officer=SOMEBODY, reason=WHY)
        office.app.decisions.approve(item_id, officer="ann", reason=REASON)
        assert office.state(item_id) == "queued"


def test_only_letting_it_go_on_is_no_part(office: Office) -> None:
    """Whoever sends it on its way while nobody holds it has had a part in it, also after it was held before."""
    item_id = queued(office)
    hold(office, item_id, SOMEBODY)
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    with office.app.queue.writing() as connection:
        append(
            connection, office.clock(), "dana", "moved", item_id=item_id, move=("part published", "queued")
        )
    hold(office, item_id, SOMEBODY)
    with pytest.raises(NotDesignated, match="dana had a part in it"):
        office.app.decisions.approve(item_id, officer="dana", reason=REASON)


def test_a_yes_to_a_finding_is_a_part_in_it_whenever_it_was_given(office: Office) -> None:
    """Ann let zebras pass while it was held by a person, too: she does not let it go on once it is held for what it says."""
    item_id = queued(office, summary=ZEBRA)
    hold(office, item_id, SOMEBODY)
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    hold(office, item_id, SOMEBODY)
    with pytest.raises(NotDesignated, match="ann had a part in it"):
        office.app.decisions.approve(item_id, officer="ann", reason=REASON)


def test_who_held_it_may_let_it_go_on(office: Office) -> None:
    """Stopping is no part in what it says: dana, who had doubts, is the one who looks at it again."""
    office.app.register.amend("dana", {"roles": "director"}, actor="dana", now=office.clock())
    item_id = queued(office)
    hold(office, item_id, "dana")
    assert office.app.decisions.approve(item_id, officer="dana", reason=REASON).state == "queued"


@pytest.mark.parametrize("who", ["ann", "dana"])
def test_an_approver_or_a_director_lets_it_go_on(office: Office, who: str) -> None:
    """For a reason, which is on the record; it is cleared afresh, goes at its moment, and is nobody's to hold it any more."""
    office.app.register.amend("dana", {"roles": "director"}, actor="dana", now=office.clock())
    item_id = queued(office)
    hold(office, item_id)
    office.app.decisions.approve(item_id, officer=who, reason=REASON)
    events = office.app.queue.events(item_id)
    assert [(event.actor, event.detail["reason"]) for event in events if event.action == "approved"] == [
        (who, REASON)
    ]
    assert [(act.by, act.did) for act in acts(events)] == [("dana", "held it"), (who, "let it go on")]
    assert holder(events) == ""
    office.clock.forward(hours=1)
    office.release(item_id)
    assert office.state(item_id) == "published"


def test_what_the_gate_holds_already_is_held_by_the_person_too(office: Office) -> None:
    """The findings stay to be decided, the state stays, and the record and the reason tell of the person."""
    item_id = queued(office, summary=ZEBRA)
    assert office.state(item_id) == "held for review"
    assert hold(office, item_id) == "held for review"
    assert office.app.queue.item(item_id).reason == WHY
    assert holder(office.app.queue.events(item_id)) == "dana"


def test_what_is_out_or_off_is_not_held(office: Office) -> None:
    """It is too late, which is said, and nothing is changed."""
    out = office.hand_in(office.news()).id
    office.release(out)
    off = queued(office, title="Another")
    office.app.decisions.withdraw(off, officer="sam", reason=WHY)
    for item_id, said in ((out, "too late"), (off, "withdrawn already")):
        before = office.app.queue.events(item_id)
        with pytest.raises(IllegalMove, match=said):
            hold(office, item_id)
        assert office.app.queue.events(item_id) == before


def test_what_does_not_go_by_itself_is_not_held(office: Office) -> None:
    """A late item waits for a person as it is; it is told how to stop it for good."""
    item_id = queued(office)
    office.clock.forward(days=32)
    office.release(item_id)
    assert office.state(item_id) == "late"
    with pytest.raises(IllegalMove, match=r"does not go by itself.*publisher withdraw"):
        hold(office, item_id)


@pytest.mark.parametrize("reason", ["", "  ", "...", "\u200b"])
def test_a_hold_says_why(office: Office, reason: str) -> None:
    """Whoever decides next reads it; without a reason nothing is changed."""
    item_id = queued(office)
    with pytest.raises(InputError, match="a reason is needed"):
        office.hold(item_id, officer="dana", reason=reason)
    assert office.state(item_id) == "queued"


def test_what_is_damaged_can_be_held_all_the_same(office: Office) -> None:
    """A post that cannot be read any more must not keep a person from stopping it."""
    item_id = queued(office)
    with office.app.queue.writing() as connection:
        connection.exec_driver_sql("UPDATE delivery SET post = '{}' WHERE item_id = ?", (item_id,))
    assert hold(office, item_id) == "held for review"


def test_a_hold_and_a_release_at_once_do_not_both_win(office: Office) -> None:
    """Either it is held and nothing went, or it went and the hold is told that it came too late."""
    item_id = office.hand_in(office.news()).id
    start = threading.Barrier(2)

    def late_hold() -> bool:
        start.wait()
        try:
            hold(office, item_id)
        except PublisherError:
            return False
        return True

    def release() -> None:
        start.wait()
        office.app.releaser.work(item_id)

    with ThreadPoolExecutor(2) as pool:
        held, _ = pool.submit(late_hold), pool.submit(release)
    states = {row.state for row in office.deliveries(item_id).values()}
    assert (office.state(item_id), states) == (
        ("held for review", {"waiting"}) if held.result() else ("published", {"sent"})
    )
