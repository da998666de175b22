"""What officers can do with items, and what they cannot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import Office, open_office

from publisher.errors import IllegalMove, InputError, NotDesignated
from publisher.register import Role
from publisher.tables import OfficerRow
from publisher.times import local

REVIEWED = {"images": [{"path": "library.jpg", "alt": "Two readers at a table", "people": True}]}
"""People in a picture without a consent reference: the gate asks for a second officer."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office with an approver besides its officers."""
    with open_office(tmp_path) as found:
        today = local(found.clock()).date()
        ann = OfficerRow(
            login="ann", name="Ann Approver", roles=f"{Role.OFFICER},{Role.APPROVER}", policy_read_on=today,
            aup_signed_on=today, approved_on=today, added_by="dana", added_at=found.clock(),
        )  # fmt: skip
        found.app.register.add(ann, now=found.clock())
        yield found


def test_only_designated_officers_hand_in(office: Office) -> None:
    """Clauses 5a and 5c: an unknown login stores nothing."""
    with pytest.raises(NotDesignated, match="not on the register"):
        office.hand_in(office.news(), officer="mallory")
    assert office.app.queue.items() == []


def test_what_the_gate_blocks_is_kept_as_blocked(office: Office) -> None:
    """A blocked item is stored with its reasons, and has no due moment."""
    queued = office.hand_in(office.news(summary="Thanks @someone for this."))
    assert queued.state == "blocked"
    item = office.app.queue.item(queued.id)
    assert item.due_at is None
    assert item.reason


def test_a_second_officer_lets_a_reviewed_item_go(office: Office) -> None:
    """Held for review, approved by another, sent."""
    queued = office.hand_in(office.news(**REVIEWED))
    assert queued.state == "held for review"
    office.app.decisions.approve(queued.id, officer="ann", reason="Both readers work here.")
    office.release(queued.id)
    assert office.state(queued.id) == "published"


def test_the_author_never_approves(office: Office) -> None:
    """Separation of duties: not even an approver approves what they wrote."""
    queued = office.hand_in(office.news(**REVIEWED), officer="ann")
    with pytest.raises(NotDesignated, match="author"):
        office.app.decisions.approve(queued.id, officer="ann", reason="Both readers work here.")


def test_an_officer_without_the_role_does_not_approve(office: Office) -> None:
    """The role of approver is asked for."""
    queued = office.hand_in(office.news(**REVIEWED), officer="ann")
    with pytest.raises(NotDesignated, match="approver"):
        office.app.decisions.approve(queued.id, officer="sam", reason="Both readers work here.")


def test_a_held_item_does_not_go_by_itself(office: Office) -> None:
    """Without the second officer nothing leaves, whatever calls the release."""
    queued = office.hand_in(office.news(**REVIEWED))
    office.release(queued.id)
    assert office.state(queued.id) == "held for review"
    with pytest.raises(IllegalMove):
        office.app.decisions.retry(queued.id, officer="sam")
    assert office.platforms.ledger.posts("x") == []


def test_withdrawn_is_for_good(office: Office) -> None:
    """A withdrawn item closes its deliveries and is never released."""
    queued = office.hand_in(office.news())
    office.app.decisions.withdraw(queued.id, officer="sam", reason="wrong date")
    office.release(queued.id)
    assert office.state(queued.id) == "withdrawn"
    assert {row.state for row in office.deliveries(queued.id).values()} == {"not sent"}
    with pytest.raises(IllegalMove):
        office.app.decisions.withdraw(queued.id, officer="sam", reason="again")


def test_rescheduling_moves_the_moment(office: Office) -> None:
    """A queued item gets its new moment, and waits for it."""
    queued = office.hand_in(office.news())
    moment = office.clock() + timedelta(hours=3)
    office.app.decisions.reschedule(queued.id, officer="sam", publish_at=moment)
    assert office.app.queue.item(queued.id).publish_at == moment


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"publish_at": "2020-01-01 09:00"}, "publish_at"),
        ({"channels": ["myspace"]}, "channels[0]"),
        ({"images": [{"path": "missing.jpg", "alt": "Nothing"}]}, "images[0]"),
        ({"images": [{"path": "config.toml", "alt": "No picture"}]}, "images[0]"),
        ({"images": [{"path": "library.jpg", "alt": "a"}, {"path": ".", "alt": "A folder"}]}, "images[1]"),
        ({"images": [{"url": "https://example.gov.uk/a.jpg", "alt": "By address"}]}, "images[0]"),
        ({"channels": ["twitter"]}, "link"),
    ],
)
def test_wrong_input_names_the_field_and_stores_nothing(
    office: Office, fields: dict[str, Any], named: str
) -> None:
    """Wrong input is one clear line that names the field, and nothing is stored halfway."""
    with pytest.raises(InputError) as caught:
        office.hand_in(office.news(**fields))
    assert caught.value.field.startswith(named)
    assert caught.value.way_out
    assert "\n" not in str(caught.value)
    assert office.app.queue.items() == []


def test_an_event_that_is_over_is_refused(office: Office) -> None:
    """An event in the past is a wrong date, not something to announce."""
    with pytest.raises(InputError, match="began"):
        office.hand_in(office.event(starts_at="2020-12-18T18:00:00+00:00"))


def test_two_items_of_one_title_get_two_addresses(office: Office) -> None:
    """A page's address is its own for good."""
    first, second = (office.hand_in(office.news()) for _ in range(2))
    links = {office.app.queue.item(queued.id).link.split("?")[0] for queued in (first, second)}
    assert len(links) == 2
    for queued in (first, second):
        office.release(queued.id)
    assert office.state(first.id) == "published"


def test_the_same_external_id_is_stored_once(office: Office) -> None:
    """What a source calls by one id is one item."""
    office.hand_in(office.news(external_id="42"))
    with pytest.raises(InputError, match="external_id"):
        office.hand_in(office.news(external_id="42", title="Another"))
    assert len(office.app.queue.items()) == 1
