"""The moment of release: page first, all at once, each once; and every way in which it can go wrong."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from support import Office, open_office

from publisher.errors import IllegalMove
from publisher.rehearsal.faults import Fault

QUICK: dict[str, dict[str, Any]] = {
    "release": {"verify": 1, "verify_every": 0.05, "back_off": 30, "read_back": [1, 2], "stage_wait": 5}
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose waits are short."""
    with open_office(tmp_path, changes=QUICK) as found:
        yield found


def test_an_item_goes_everywhere_and_links_back(office: Office) -> None:
    """A cleared item is sent to all four channels, and each post carries the link to its own page."""
    queued = office.hand_in(office.news(images=[{"path": "library.jpg", "alt": "The library at dusk"}]))
    rows = office.release(queued.id)
    assert {channel: row.state for channel, row in rows.items()} == dict.fromkeys(
        ("website", "facebook", "twitter", "instagram"), "sent"
    )
    assert office.state(queued.id) == "published"
    link = office.app.queue.item(queued.id).link
    for platform in ("x", "facebook", "instagram"):
        (post,) = office.platforms.ledger.posts(platform)
        assert link in post.text


def test_the_page_is_live_before_any_platform_is_asked(office: Office) -> None:
    """Promise 3: when a platform looks at the link at the moment it takes the post, the page is there."""
    queued = office.hand_in(office.news())
    office.release(queued.id)
    cards = [office.platforms.ledger.posts(platform)[0].card for platform in ("x", "facebook")]
    assert [card.status for card in cards if card] == [200, 200]


def test_alt_text_reaches_every_platform(office: Office) -> None:
    """The words for those who cannot see the picture arrive with it, on every platform that takes them."""
    queued = office.hand_in(office.news(images=[{"path": "library.jpg", "alt": "The library at dusk"}]))
    office.release(queued.id)
    for platform in ("x", "facebook", "instagram"):
        assert [media.alt for media in office.platforms.ledger.posts(platform)[0].media] == [
            "The library at dusk"
        ]


def test_a_channel_that_refuses_does_not_stop_the_others(office: Office) -> None:
    """One channel's definite no is shown as refused with its reason, and the others are sent."""
    refusal = {"error": {"code": 200, "message": "permission missing", "type": "OAuthException"}}
    office.platforms.graph.fail_next("POST", r"/feed$", Fault.refuse(403, refusal))
    queued = office.hand_in(office.news())
    rows = office.release(queued.id)
    assert rows["facebook"].state == "refused"
    assert rows["facebook"].reason
    assert [rows[name].state for name in ("website", "twitter", "instagram")] == ["sent"] * 3
    assert office.state(queued.id) == "part published"


def test_what_was_refused_can_be_sent_again_by_a_person(office: Office) -> None:
    """Retry sends the refused channel alone; the channels that have it get nothing twice."""
    refusal = {"error": {"code": 200, "message": "permission missing", "type": "OAuthException"}}
    office.platforms.graph.fail_next("POST", r"/feed$", Fault.refuse(403, refusal))
    queued = office.hand_in(office.news())
    office.release(queued.id)
    office.app.decisions.retry(queued.id, officer="sam")
    rows = office.release(queued.id)
    assert rows["facebook"].state == "sent"
    assert office.state(queued.id) == "published"
    assert [len(office.platforms.ledger.posts(platform)) for platform in ("x", "facebook", "instagram")] == [
        1,
        1,
        1,
    ]


@pytest.mark.parametrize(
    "fault", [Fault.commit_then_drop(), Fault.commit_then_status(500), Fault.html_502(commit=True)]
)
def test_a_lost_answer_is_unknown_and_found_by_reading_back(office: Office, fault: Fault) -> None:
    """A post whose answer was lost is never sent again; it is found among our own posts by its link."""
    office.platforms.x.fail_next("POST", r"^/2/tweets$", fault)
    queued = office.hand_in(office.news())
    rows = office.release(queued.id)
    assert rows["twitter"].state == "unknown"
    assert office.state(queued.id) == "part published"
    office.app.releaser.work_delivery(rows["twitter"].id or 0)
    rows = office.deliveries(queued.id)
    assert rows["twitter"].state == "sent"
    assert rows["twitter"].url
    assert office.state(queued.id) == "published"
    assert len(office.platforms.ledger.posts("x")) == 1


def test_an_unknown_that_is_not_found_waits_for_a_person(office: Office) -> None:
    """An empty read-back proves nothing: after the last look a person decides, and the program sends nothing."""
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.drop_before())
    queued = office.hand_in(office.news())
    number = office.release(queued.id)["twitter"].id or 0
    for _ in range(2):
        office.app.releaser.work_delivery(number)
    row = office.deliveries(queued.id)["twitter"]
    assert (row.state, row.due_at) == ("unknown", None)
    assert f"publisher resolve {queued.id}/twitter" in row.reason
    assert office.platforms.ledger.posts("x") == []
    with pytest.raises(IllegalMove):
        office.app.decisions.retry(queued.id, officer="sam", channel="twitter")
    office.app.decisions.resolve(queued.id, "twitter", officer="sam", url=None)
    office.app.decisions.retry(queued.id, officer="sam", channel="twitter")
    assert office.release(queued.id)["twitter"].state == "sent"


@pytest.mark.parametrize(
    ("other", "url", "state"),
    [
        ("sent", "https://x.com/i/status/7", "published"),
        ("sent", None, "part published"),
        ("refused", "https://x.com/i/status/7", "part published"),
    ],
)
def test_an_item_is_published_once_a_person_says_that_its_last_post_is_out(
    office: Office, other: str, url: str | None, state: str
) -> None:
    """At once, and only where every other post of it is out too."""
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.drop_before())
    if other == "refused":
        refusal = {"error": {"code": 200, "message": "permission missing", "type": "OAuthException"}}
        office.platforms.graph.fail_next("POST", r"/feed$", Fault.refuse(403, refusal))
    queued = office.hand_in(office.news())
    rows = office.release(queued.id)
    for _ in range(2):
        office.app.releaser.work_delivery(rows["twitter"].id or 0)
    assert (rows["facebook"].state, office.state(queued.id)) == (other, "part published")
    office.app.decisions.resolve(queued.id, "twitter", officer="sam", url=url)
    assert (office.deliveries(queued.id)["twitter"].url, office.state(queued.id)) == (url or "", state)


def test_a_wait_that_the_platform_asked_for_is_kept(office: Office) -> None:
    """A rate limit moves that one delivery to when the platform says; it is sent then, once."""
    reset = str(int((office.clock() + timedelta(seconds=60)).timestamp()))
    body = {"title": "Too Many Requests", "status": 429, "detail": "Too Many Requests", "type": "about:blank"}
    fault = Fault.refuse(429, body, {"x-rate-limit-reset": reset, "x-rate-limit-remaining": "0"})
    office.platforms.x.fail_next("POST", r"^/2/tweets$", fault)
    queued = office.hand_in(office.news())
    row = office.release(queued.id)["twitter"]
    assert row.state == "waiting"
    assert row.due_at == datetime.fromtimestamp(int(reset), tz=row.due_at.tzinfo if row.due_at else None)
    office.clock.forward(seconds=61)
    office.app.releaser.work_delivery(row.id or 0)
    assert office.state(queued.id) == "published"


def test_late_is_held_and_not_sent(office: Office) -> None:
    """An item that missed its grace goes nowhere by itself: it is late, and a person gives it a new moment."""
    queued = office.hand_in(office.news())
    office.clock.forward(minutes=16)
    office.release(queued.id)
    assert office.state(queued.id) == "late"
    assert office.platforms.ledger.posts("x") == []
    office.app.decisions.reschedule(queued.id, officer="sam", publish_at=None)
    office.release(queued.id)
    assert office.state(queued.id) == "published"


def test_an_event_is_never_announced_after_it_began(office: Office) -> None:
    """A diary event that began within the grace is late all the same."""
    starts = (office.clock() + timedelta(minutes=5)).isoformat()
    queued = office.hand_in(office.event(starts_at=starts))
    office.clock.forward(minutes=6)
    office.release(queued.id)
    assert office.state(queued.id) == "late"


def test_nothing_is_early(office: Office) -> None:
    """Before its moment an item is only staged: nothing of it is public on any platform."""
    queued = office.hand_in(office.news(publish_at=(office.clock() + timedelta(minutes=5)).isoformat()))
    for _ in range(3):
        office.release(queued.id)
    assert {row.state for row in office.deliveries(queued.id).values()} == {"staged"}
    assert office.state(queued.id) == "queued"
    assert [office.platforms.ledger.posts(platform) for platform in ("x", "facebook", "instagram")] == [
        [],
        [],
        [],
    ]
    office.clock.forward(minutes=5)
    office.release(queued.id)
    assert office.state(queued.id) == "published"


def test_a_row_changed_by_hand_does_not_go_out(office: Office) -> None:
    """Promise 1: a post altered in the database after it was cleared is held, not sent."""
    queued = office.hand_in(office.news())
    row = office.deliveries(queued.id)["twitter"]
    forged = json.dumps({**row.post, "text": "Forged words " + row.post["link"]})
    with office.app.queue.writing() as connection:
        connection.execute(
            text("UPDATE delivery SET post = :post WHERE id = :id"), {"post": forged, "id": row.id}
        )
    office.release(queued.id)
    assert office.state(queued.id) == "held for review"
    assert office.platforms.ledger.posts("x") == []


def test_an_officer_suspended_in_between_stops_the_item(office: Office) -> None:
    """Promise 6 holds at the moment of release too: what a suspended officer queued does not go."""
    queued = office.hand_in(office.news())
    office.app.register.suspend("sam", actor="dana", now=office.clock())
    office.release(queued.id)
    assert office.state(queued.id) == "held for review"


@pytest.mark.long
@pytest.mark.parametrize("by_hand", [False, True])
def test_channels_are_held_where_the_page_cannot_be_seen(tmp_path: Path, *, by_hand: bool) -> None:
    """If the page is not there for a stranger, no platform is asked, whatever the row says; a person is told why."""
    elsewhere: dict[str, dict[str, Any]] = {"channels.website": {"folder": "not-served"}, **QUICK}
    with open_office(tmp_path, changes=elsewhere) as office:
        queued = office.hand_in(
            office.news(
                images=[{"path": "library.jpg", "alt": "The library at dusk"}],
                channels=["website", "twitter"],
            )
        )
        if by_hand:
            with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
                connection.execute("UPDATE item SET page_live_at = '2026-01-01 00:00:00.000000'")
        office.release(queued.id)
        item = office.app.queue.item(queued.id)
        assert item.state == "held for review"
        assert "page" in item.reason
        assert office.platforms.ledger.posts("x") == []


@pytest.mark.long
def test_approving_what_an_outage_held_is_no_dead_end(tmp_path: Path) -> None:
    """An item held since its page could not be seen goes on to the same look after an approval, its seals whole."""
    elsewhere: dict[str, dict[str, Any]] = {"channels.website": {"folder": "not-served"}, **QUICK}
    with open_office(tmp_path, changes=elsewhere) as office:
        queued = office.hand_in(office.news(channels=["website", "twitter"]))
        office.release(queued.id)
        office.app.decisions.approve(queued.id, officer="dana", reason="The page was away.")
        office.release(queued.id)
        item = office.app.queue.item(queued.id)
        assert (item.state, "page" in item.reason) == ("held for review", True)
        (office.folder / "site").symlink_to(office.folder / "not-served")
        office.app.decisions.retry(queued.id, officer="sam")
        office.release(queued.id)
        assert office.state(queued.id) == "published"


def test_what_was_sending_at_a_crash_becomes_unknown(office: Office) -> None:
    """Promise 2: a delivery found in `sending` at start-up is unknown, looked for, and not sent again."""
    queued = office.hand_in(office.news())
    office.release(queued.id)
    number = office.deliveries(queued.id)["facebook"].id
    with office.app.queue.writing() as connection:
        connection.execute(
            text("UPDATE delivery SET state = 'sending', url = '' WHERE id = :id"), {"id": number}
        )
        connection.execute(text("UPDATE item SET state = 'releasing' WHERE id = :id"), {"id": queued.id})
    office.app.releaser.recover()
    assert office.deliveries(queued.id)["facebook"].state == "unknown"
    office.release(queued.id)
    office.app.releaser.work_delivery(number or 0)
    assert office.deliveries(queued.id)["facebook"].state == "sent"
    assert office.state(queued.id) == "published"
    assert len(office.platforms.ledger.posts("facebook")) == 1


def test_no_secret_is_stored_or_told(office: Office) -> None:
    """No credential is found in the queue, the website or the ledger after items went and failed."""
    office.platforms.x.fail_next(
        "POST", r"^/2/tweets$", Fault.refuse(401, {"title": "Unauthorized", "status": 401})
    )
    queued = office.hand_in(office.news())
    office.release(queued.id)
    kept = b"".join(file.read_bytes() for file in office.folder.rglob("*") if file.is_file())
    for secret in office.environment.values():
        assert secret.encode() not in kept
