"""What people decide while a platform is being asked stands: no answer is written over it, and nothing that was stopped goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from support import Office, open_office
from test_release_faults import QUICK, broken, states, with_odd

from publisher.errors import ChannelFailed
from publisher.model import DeliveryState, Judgement, Outcome
from publisher.moves import Transaction, move_delivery
from publisher.rehearsal.faults import Fault
from publisher.release import Parts, Releaser

WHY = "The hall burnt down."
BY_HAND = "Taken down by sam."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose waits are short."""
    with open_office(tmp_path, changes=QUICK) as found:
        yield found


def soon(office: Office, minutes: int = 5) -> datetime:
    """A moment before which everything is prepared already."""
    return office.clock() + timedelta(minutes=minutes)


def withdraw(office: Office, item_id: str) -> None:
    """An officer withdraws it."""
    office.app.decisions.withdraw(item_id, officer="sam", reason=WHY)


def hold(office: Office, item_id: str) -> None:
    """A person has it held."""
    office.hold(item_id, officer="dana", reason=WHY)


def accept(office: Office) -> None:
    """A director accepts an older database: what may be out already is held."""
    with office.app.queue.writing() as connection:
        office.app.precautions.hold(connection, "dana")


def posts(office: Office) -> list[str]:
    """Where something of ours is to be seen."""
    return [post.platform for post in office.platforms.ledger.posts()]


# --- the moment of release ----------------------------------------------------------------------------------------


def test_what_is_held_after_its_last_check_does_not_go(office: Office) -> None:
    """`audit accept` leaves its deliveries as they are: the item itself must still be on its way as they are marked."""
    item_id = office.hand_in(office.news(channels=["website", "twitter"])).id

    def now() -> datetime:
        item = office.app.queue.item(item_id)
        if item.state == "releasing" and item.page_live_at is not None:
            accept(office)
        return office.clock()

    with_odd(office, "twitter", now=now).work(item_id)
    assert (office.state(item_id), posts(office)) == ("held for review", [])
    assert states(office, item_id) == {"website": "sent", "twitter": "staged"}


def test_a_page_that_is_held_after_its_last_check_does_not_go(office: Office) -> None:
    """Neither it nor the others, and what holds it is what was decided, not a page that is missing."""
    item_id = office.hand_in(office.news()).id

    def now() -> datetime:
        if office.state(item_id) == "releasing" and set(states(office, item_id).values()) == {"staged"}:
            accept(office)
        return office.clock()

    with_odd(office, "twitter", now=now).work(item_id)
    assert (office.state(item_id), posts(office)) == ("held for review", [])
    assert set(states(office, item_id).values()) == {"staged"}
    assert "older database was put back" in office.app.queue.item(item_id).reason


def test_a_post_that_a_hand_changes_after_its_last_check_does_not_go(office: Office) -> None:
    """What is marked as sent is what was checked; the next check then says that it was changed."""
    item_id = office.hand_in(office.news(channels=["website", "twitter"])).id
    done: list[str] = []

    def now() -> datetime:
        item = office.app.queue.item(item_id)
        if item.state == "releasing" and item.page_live_at is not None and not done:
            done.append(item.state)
            with office.app.queue.writing() as connection:
                connection.execute(text("UPDATE delivery SET digest = 'no' WHERE channel = 'twitter'"))
        return office.clock()

    with_odd(office, "twitter", now=now).work(item_id)
    assert posts(office) == []
    office.release(item_id)
    assert (office.state(item_id), posts(office)) == ("held for review", [])
    assert "not the one that was cleared" in office.app.queue.item(item_id).reason


def test_an_item_that_is_withdrawn_while_its_page_is_looked_at_stays_so(tmp_path: Path) -> None:
    """The page is not to be seen, and there is nothing to hold any more: the daemon goes on to take it down."""
    elsewhere: dict[str, dict[str, Any]] = {"channels.website": {"folder": "not-served"}, **QUICK}
    with open_office(tmp_path, changes=elsewhere) as office:
        item_id = office.hand_in(office.news(channels=["website"])).id

        def sleep(_seconds: float) -> None:
            if office.state(item_id) == "releasing":
                withdraw(office, item_id)

        app = office.app
        parts = Parts(
            app.config, app.queue, app.channels, app.last_check, app.store, app.proofs, app.now, sleep
        )
        Releaser(parts).work(item_id)
        assert (office.state(item_id), app.queue.item(item_id).reason) == ("withdrawing", WHY)
        office.release(item_id)
        assert office.state(item_id) == "withdrawn"


# --- before the moment --------------------------------------------------------------------------------------------


def test_a_page_that_is_given_another_moment_while_it_is_prepared_goes_then(office: Office) -> None:
    """What was prepared is of the old page: kept beside the new one, the last check would accuse a hand in the database."""
    item = office.news(publish_at=soon(office).isoformat(), channels=["website", "facebook", "twitter"])
    item_id, later = office.hand_in(item).id, soon(office, 10)

    def reschedule() -> None:
        office.app.decisions.reschedule(item_id, officer="sam", publish_at=later)

    with_odd(office, "website", stage=reschedule).work(item_id)
    assert states(office, item_id)["website"] == "waiting"
    office.clock.forward(minutes=11)
    office.release(item_id)
    assert (office.state(item_id), office.app.queue.item(item_id).reason) == ("published", "")


@pytest.mark.parametrize("stop", [withdraw, hold])
def test_what_is_stopped_while_it_is_prepared_is_not_due_again(
    office: Office, stop: Callable[[Office, str], None]
) -> None:
    """Its moment is the same as before, but it has none any more."""
    item_id = office.hand_in(office.news(publish_at=soon(office).isoformat())).id
    with_odd(office, "twitter", stage=lambda: stop(office, item_id)).work(item_id)
    assert office.app.queue.item(item_id).due_at is None


@pytest.mark.parametrize("outcome", [Outcome.WAIT, Outcome.FIX])
def test_a_platform_that_fails_says_nothing_over_a_withdrawal(office: Office, outcome: Outcome) -> None:
    """What was withdrawn while it was asked is neither tried again nor refused."""
    item_id = office.hand_in(office.news(publish_at=soon(office).isoformat())).id

    def fails() -> None:
        withdraw(office, item_id)
        raise ChannelFailed(Judgement(outcome, "X is busy.", "503"))

    with_odd(office, "twitter", stage=fails).work(item_id)
    row = office.deliveries(item_id)["twitter"]
    assert (row.state, row.reason, row.due_at) == ("not sent", WHY, None)


# --- afterwards ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.drop_before(), Fault.commit_then_drop()])
def test_a_look_that_ends_later_changes_nothing_of_what_a_person_settled(
    office: Office, fault: Fault
) -> None:
    """Whether the post was found or not: theirs is the last word, and it is not looked for again."""
    office.platforms.x.fail_next("POST", r"^/2/tweets$", fault)
    item_id = office.hand_in(office.news()).id
    number = office.release(item_id)["twitter"].id or 0

    def settle() -> None:
        office.app.decisions.resolve(item_id, "twitter", officer="sam", url=None)

    with_odd(office, "twitter", find=settle).work_delivery(number)
    row = office.deliveries(item_id)["twitter"]
    assert (row.state, row.reason, row.due_at, row.looks) == ("not sent", "Settled by sam.", None, 0)
    assert office.app.queue.due(soon(office, 60 * 24)).deliveries == ()


def test_a_page_that_is_settled_while_it_is_looked_for_stays_so(office: Office) -> None:
    """The daemon had died while it sent the page; what it finds at its start does not come before a person's word."""
    item_id = office.hand_in(office.news()).id
    with office.app.queue.writing() as connection:
        page = office.deliveries(item_id)["website"]
        now = office.clock()
        for state in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
            move_delivery(connection, page, state, actor="scheduler", now=now)
            page.state = state.value

    def settle() -> None:
        office.app.decisions.resolve(item_id, "website", officer="sam", url=None)

    with_odd(office, "website", find=settle).work(item_id)
    assert states(office, item_id)["website"] == "not sent"
    assert posts(office) == []


def take_down(office: Office, connection: Transaction, item_id: str) -> None:
    """Another hand than the program's says that it is gone from X."""
    row, gone = office.deliveries(item_id)["twitter"], DeliveryState.WITHDRAWN
    move_delivery(connection, row, gone, actor="sam", now=office.clock(), reason=BY_HAND, due_at=None)


def refused() -> None:
    """The platform says no for good."""
    raise ChannelFailed(Judgement(Outcome.FIX, "X says no.", "403"))


@pytest.mark.parametrize("answers", [broken, refused])
def test_a_withdrawal_that_fails_says_nothing_over_one_that_is_done(
    office: Office, answers: Callable[[], None]
) -> None:
    """What somebody else saw gone while the platform was asked is gone: it is not due again, and no person's work."""
    item_id = office.hand_in(office.news()).id
    office.release(item_id)
    withdraw(office, item_id)

    def done() -> None:
        with office.app.queue.writing() as connection:
            take_down(office, connection, item_id)
        answers()

    with_odd(office, "twitter", withdraw=done).work(item_id)
    row = office.deliveries(item_id)["twitter"]
    assert (row.state, row.reason, row.due_at) == ("withdrawn", BY_HAND, None)
    assert states(office, item_id)["facebook"] == "withdrawn"


def test_what_is_gone_before_its_platform_is_asked_is_not_asked_for(office: Office) -> None:
    """The program had read that it is to go, and waited for the queue while another hand wrote that it is gone."""
    item_id = office.hand_in(office.news()).id
    office.release(item_id)
    withdraw(office, item_id)
    with ThreadPoolExecutor(1) as pool:
        with office.app.queue.writing() as connection:
            work = pool.submit(office.release, item_id)
            time.sleep(0.5)
            take_down(office, connection, item_id)
        row = work.result()["twitter"]
    assert (row.state, row.reason, row.due_at) == ("withdrawn", BY_HAND, None)
    assert "x" in posts(office)
