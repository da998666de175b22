"""What a hand made unreadable fits no seal: it does not go, and can be stopped like anything else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support import Office, open_office
from test_release_faults import QUICK, states

from publisher.doubts import NOT_OURS

DAMAGES = {
    "no verdict": "UPDATE item SET verdict = '{}'",
    "a verdict that is a list": "UPDATE item SET verdict = '[]'",
    "a policy that is no text": """UPDATE item SET verdict = '{"policy": []}'""",
    "no posts": "UPDATE delivery SET post = '{}'",
    "a post that is a number": "UPDATE delivery SET post = '7' WHERE channel = 'website'",
    "staged values that are none": "UPDATE delivery SET staged = '[[1]]'",
    "a seal that is none": "UPDATE delivery SET seal = char(233)",
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose waits are short."""
    with open_office(tmp_path, changes=QUICK) as found:
        yield found


def queued(office: Office, title: str = "Library opens late") -> str:
    """A clear item in an hour."""
    made = office.hand_in(office.news(title=title, publish_at=office.clock() + timedelta(hours=1)))
    assert office.state(made.id) == "queued"
    return made.id


def damage(office: Office, name: str) -> None:
    """What a hand does in the database."""
    connection = sqlite3.connect(office.app.config.database)
    with connection:
        connection.execute(DAMAGES[name])
    connection.close()


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_damaged_is_not_moved_and_can_be_withdrawn(office: Office, name: str) -> None:
    """`list` names `withdraw` as the way out: it ends in no bug of the program's, and neither does another moment for it."""
    item_id = queued(office)
    damage(office, name)
    moved = office.cli("reschedule", item_id, "--now")
    assert (moved.returncode, office.state(item_id)) == (1, "queued")
    assert "Withdraw the item and hand it in anew." in moved.stderr
    withdrawn = office.cli("withdraw", item_id, "--reason", "It is damaged")
    assert (withdrawn.returncode, office.state(item_id)) == (0, "withdrawn")
    assert set(states(office, item_id).values()) <= {"not sent"}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_damaged_can_be_held(office: Office, name: str) -> None:
    """By a person, at its last check, and where an older database is put back: nothing of it is due then."""
    first, last, older = (queued(office, title) for title in ("Pool opens", "Park opens", "Hall opens"))
    damage(office, name)
    assert office.hold(first, officer="dana", reason="It is damaged") == "held for review"
    office.clock.forward(hours=1)
    office.release(last)
    with office.app.queue.writing() as connection:
        office.app.precautions.hold(connection, "dana")
    for item_id in (first, last, older):
        item = office.app.queue.item(item_id)
        assert (item.state, item.due_at) == ("held for review", None)
    assert office.platforms.ledger.posts() == []


@pytest.mark.parametrize("name", ["no verdict", "no posts", "a seal that is none"])
def test_what_is_out_and_damaged_is_withdrawn_by_a_person(office: Office, name: str) -> None:
    """Nothing proves what is stored of it: the program takes nothing down, and says who does."""
    item_id = queued(office)
    office.clock.forward(hours=1)
    office.release(item_id)
    damage(office, name)
    assert office.cli("withdraw", item_id, "--reason", "It is damaged").returncode == 0
    office.release(item_id)
    assert set(states(office, item_id).values()) == {"withdrawing"}
    assert all(row.reason.startswith(NOT_OURS) for row in office.deliveries(item_id).values())
