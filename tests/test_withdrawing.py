"""Taking down what is out: evidence first, each channel for itself, only what we sent, and a person where no program may."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import Office, open_office, sampled
from test_chaos import Died, Life, Mortal
from test_release_faults import QUICK, states, with_odd

from publisher.app import open_app
from publisher.doubts import NOT_PROVED
from publisher.errors import EgressRefused, IllegalMove, InputError, NotDesignated
from publisher.model import DeliveryState
from publisher.moves import MOVED, move_delivery
from publisher.recalling import EVIDENCE
from publisher.rehearsal.faults import Fault
from publisher.release import Parts, Releaser

WHY = "The figures were wrong"
CALLED_BACK = {"website": "withdrawn", "facebook": "withdrawn", "twitter": "withdrawn"}
NO_ANSWER = {
    "website": "withdrawn",
    "facebook": "withdrawn",
    "twitter": "withdrawing",
    "instagram": "withdrawing",
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose waits are short."""
    with open_office(tmp_path, changes=QUICK) as found:
        yield found


def published(office: Office, **fields: Any) -> str:
    """A news item that is out everywhere."""
    queued = office.hand_in(office.news(**fields))
    office.release(queued.id)
    assert office.state(queued.id) == "published"
    return queued.id


def withdraw(office: Office, item_id: str, reason: str = WHY) -> None:
    """An officer withdraws it."""
    office.app.decisions.withdraw(item_id, officer="sam", reason=reason)


def work(office: Office, releaser: Releaser | None = None) -> None:
    """What the daemon does with all that is due now."""
    work_, due = releaser or office.app.releaser, office.app.queue.due(office.clock())
    for item_id in due.items:
        work_.work(item_id)
    for number, _ in due.deliveries:
        work_.work_delivery(number)


def live(office: Office) -> set[str]:
    """The platforms on which something of ours is to be seen."""
    return {post.platform for post in office.platforms.ledger.posts()}


def page(office: Office, item_id: str) -> str:
    """The item's page as the website has it now."""
    path = office.deliveries(item_id)["website"].remote_id
    return (office.folder / "site" / "current" / path / "index.html").read_text(encoding="utf-8")


def deletions(office: Office) -> list[str]:
    """Every deletion that any platform was asked for."""
    return [call.path for call in office.platforms.ledger.calls() if call.method == "DELETE"]


def sql(office: Office, statement: str, values: Mapping[str, Any]) -> None:
    """What somebody with the database file can do: its own guards are taken out first."""
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        for guard in ("event_no_update", "event_no_delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS {guard}")
        connection.execute(statement, values)
    connection.close()


def test_what_is_out_is_taken_down_everywhere_and_a_person_does_the_rest(office: Office) -> None:
    """Website, Facebook and X by the program; Instagram lets none; once a person did it, the item is withdrawn."""
    item_id = published(office)
    withdraw(office, item_id)
    assert (office.state(item_id), live(office)) == ("withdrawing", {"x", "facebook", "instagram"})
    work(office)
    assert states(office, item_id) == CALLED_BACK | {"instagram": "withdrawing"}
    assert live(office) == {"instagram"}
    row = office.deliveries(item_id)["instagram"]
    assert f"Take it down by hand at {row.url}" in row.reason
    assert f"publisher resolve {item_id}/instagram --withdrawn" in row.reason
    assert (office.state(item_id), row.due_at, row.tries) == ("withdrawing", None, 0)
    office.app.decisions.taken_down(item_id, "instagram", officer="sam")
    assert (office.state(item_id), states(office, item_id)["instagram"]) == ("withdrawn", "withdrawn")
    assert office.app.queue.due(office.clock() + timedelta(days=9)).items == ()


def test_evidence_is_kept_before_anything_is_asked_of_a_platform(office: Office) -> None:
    """In the transaction that withdraws: each post's digest in the chain, its address beside it; and no request yet."""
    item_id = published(office)
    withdraw(office, item_id)
    events, rows = office.app.queue.events(item_id), office.deliveries(item_id)
    kept = {event.channel: event for event in events if event.action == EVIDENCE}
    assert {channel: event.subject for channel, event in kept.items()} == {
        channel: row.digest for channel, row in rows.items()
    }
    for channel, event in ((event.channel or "", event) for event in kept.values()):
        assert (event.detail["url"], event.detail["remote_id"]) == (
            rows[channel].url,
            rows[channel].remote_id,
        )
        assert (event.detail["reason"], event.actor) == (WHY, "sam")
    moved = next(event.id for event in events if event.action == MOVED and event.after == "withdrawing")
    assert max(event.id for event in kept.values()) < moved
    assert deletions(office) == []


def test_the_posts_stay_in_the_store(office: Office) -> None:
    """What was taken down can still be shown, word for word, to whoever asks what was said."""
    item_id = published(office)
    before = {channel: row.post for channel, row in office.deliveries(item_id).items()}
    withdraw(office, item_id)
    work(office)
    assert {channel: row.post for channel, row in office.deliveries(item_id).items()} == before


def test_the_page_says_that_it_was_withdrawn_and_nothing_of_what_it_said(office: Office) -> None:
    """Not deleted silently; gone from index and feed; and neither its words nor its picture are to be had any more."""
    photo = {"path": "library.jpg", "alt": "The library at dusk"}
    item_id = published(office, images=[photo], title="A title to forget", summary="Words to forget.")
    site = office.folder / "site" / "current"
    pictures = {media["digest"] for media in office.deliveries(item_id)["website"].post["media"]}
    assert len(list((site / "media").iterdir())) == len(pictures)
    withdraw(office, item_id)
    work(office)
    assert "This page was withdrawn" in page(office, item_id)
    everything = "".join(
        file.read_text(encoding="utf-8")
        for file in site.rglob("*")
        if file.suffix in {".html", ".xml", ".json", ".ics"}
    )
    assert [words for words in ("to forget", "at dusk") if words in everything] == []
    assert list((site / "media").iterdir()) == []


def test_a_picture_that_another_page_shows_stays(office: Office) -> None:
    """Two items may show the same picture: only the last of them takes it along."""
    photo = {"path": "library.jpg", "alt": "The library at dusk"}
    first, second = (published(office, title=title, images=[photo]) for title in ("First", "Second"))
    media = office.folder / "site" / "current" / "media"
    shown = sorted(path.name for path in media.iterdir())
    withdraw(office, first)
    work(office)
    assert sorted(path.name for path in media.iterdir()) == shown
    withdraw(office, second)
    work(office)
    assert list((office.folder / "site" / "current" / "media").iterdir()) == []


# --- only what we sent -----------------------------------------------------------------------------------------------


def numbered(office: Office, item_id: str, channel: str) -> str:
    """The number of an item's post on a channel."""
    return office.deliveries(item_id)[channel].remote_id


_NUMBER = """
UPDATE delivery SET remote_id = (SELECT remote_id FROM delivery WHERE item_id = :other AND channel = :channel)
WHERE item_id = :mine AND channel = :channel"""
FORGERIES: dict[str, tuple[str, ...]] = {
    "its number": (_NUMBER,),
    "the whole row's values": (
        """
        UPDATE delivery SET (remote_id, url, post, digest, seal) =
        (SELECT remote_id, url, post, digest, seal FROM delivery WHERE item_id = :other AND channel = :channel)
        WHERE item_id = :mine AND channel = :channel""",
    ),
    "its address": (
        """
        UPDATE delivery SET url = 'https://elsewhere.example/' WHERE item_id = :mine AND channel = :channel""",
    ),
    "its words": (
        """
        UPDATE delivery SET post = json_set(post, '$.text', 'Other words')
        WHERE item_id = :mine AND channel = :channel""",
    ),
    "the other's events": (
        _NUMBER,
        """
        UPDATE event SET subject =
        (SELECT subject FROM event WHERE item_id = :other AND channel = :channel AND after = 'sent')
        WHERE item_id = :mine AND channel = :channel AND after = 'sent'""",
    ),
}
"""What a hand in the database may put beside a post of ours, so that another goes."""


def forge(office: Office, forged: str, **names: str) -> None:
    """The hand at work."""
    for statement in FORGERIES[forged]:
        sql(office, statement, names)


@pytest.mark.long
@pytest.mark.parametrize("when", ["before it is withdrawn", "afterwards"])
@pytest.mark.parametrize(
    ("forged", "channel"),
    sampled([("its number", "facebook"), *((forged, "twitter") for forged in FORGERIES)]),
)
def test_a_hand_in_the_database_has_nothing_deleted(
    office: Office, forged: str, channel: str, when: str
) -> None:
    """A number that is not the one of this post's own sending is asked of no platform: a person looks, and the others go."""
    mine, other = published(office, title="Mine"), published(office, title="Other")
    if when == "afterwards":
        withdraw(office, mine)
    forge(office, forged, mine=mine, other=other, channel=channel)
    if when != "afterwards":
        withdraw(office, mine)
    work(office)
    row = office.deliveries(mine)[channel]
    assert (row.state, row.due_at) == ("withdrawing", None)
    assert "not as this program sent it" in row.reason
    assert office.platforms.ledger.post(
        "x" if channel == "twitter" else channel, numbered(office, other, channel)
    )
    others = set(CALLED_BACK) - {channel}
    assert {states(office, mine)[name] for name in others} == {"withdrawn"}


ELSEWHERE = "https://x.com/council/status/OTHER"


def test_no_address_is_named_that_nothing_proves(office: Office) -> None:
    """Else a hand in the database has a person take down somebody else's post: they look for the item's title and link."""
    item_id = published(office)
    for channel in ("twitter", "instagram"):
        values = {"url": ELSEWHERE, "item": item_id, "channel": channel}
        sql(office, "UPDATE delivery SET url = :url WHERE item_id = :item AND channel = :channel", values)
    answer = office.cli("withdraw", item_id, "--reason", WHY)
    kept = {event.channel: event for event in office.app.queue.events(item_id) if event.action == EVIDENCE}
    assert {channel for channel, event in kept.items() if event.after == NOT_PROVED} == {
        "twitter",
        "instagram",
    }
    before = [(row.reason, row.due_at) for row in office.deliveries(item_id).values()]
    work(office)
    withdraw(office, item_id, "Once more")
    work(office)
    shown = [answer.stdout, office.cli("show", item_id).stdout, office.cli("list").stdout]
    shown += [office.cli("show", item_id, "--json").stdout.partition('"events"')[0], str(before)]
    shown += [row.reason for row in office.deliveries(item_id).values()]
    assert [words for words in shown if ELSEWHERE in words] == []
    for words in shown[:3]:
        for channel in ("twitter", "instagram"):
            step = f"look on {channel} for the item's title and link"
            assert step in " ".join(words.split()), words
    assert "publisher audit verify" in office.deliveries(item_id)["twitter"].reason
    assert "being taken down: website http" in " ".join(answer.stdout.split())
    for channel in ("twitter", "instagram"):
        office.app.decisions.taken_down(item_id, channel, officer="sam")
    assert office.state(item_id) == "withdrawn"


def test_what_is_proved_again_is_taken_down_at_the_next_word(office: Office) -> None:
    """Once a row that was changed after the withdrawal is put right, an officer withdraws again, and the program does it."""
    item_id = published(office)
    before = office.deliveries(item_id)["twitter"].url
    forged = "UPDATE delivery SET url = :url WHERE item_id = :item AND channel = 'twitter'"
    withdraw(office, item_id)
    sql(office, forged, {"url": ELSEWHERE, "item": item_id})
    work(office)
    assert ELSEWHERE not in office.deliveries(item_id)["twitter"].reason
    sql(office, forged, {"url": before, "item": item_id})
    withdraw(office, item_id, "Once more")
    work(office)
    assert states(office, item_id)["twitter"] == "withdrawn"


REMOVED = "DELETE FROM delivery WHERE item_id = :item AND channel = :channel"
RENAMED = "UPDATE delivery SET state = :state WHERE item_id = :item AND channel = :channel"


@pytest.mark.long
@pytest.mark.parametrize("hand", ["taken out", "not sent", "refused", "withdrawn", "waiting"])
def test_a_channel_is_not_forgotten_with_its_row(office: Office, hand: str) -> None:
    """The events tell what went there: a person looks, the item waits for their word, and the others go all the same."""
    item_id = published(office)
    digest = office.deliveries(item_id)["facebook"].digest
    values = {"item": item_id, "channel": "facebook"}
    sql(office, *((REMOVED, values) if hand == "taken out" else (RENAMED, {**values, "state": hand})))
    told = office.cli("withdraw", item_id, "--reason", WHY).stdout
    kept = [event for event in office.app.queue.events(item_id) if event.action == EVIDENCE]
    assert [(one.after, one.subject) for one in kept if one.channel == "facebook"][-1:] == [
        (NOT_PROVED, digest)
    ]
    work(office)
    shown = [told, office.cli("show", item_id).stdout, office.cli("list").stdout]
    for words in shown:
        assert "look on facebook for the item's title and link" in " ".join(words.split()), words
    assert {name: states(office, item_id)[name] for name in ("website", "twitter")} == {
        "website": "withdrawn",
        "twitter": "withdrawn",
    }
    office.app.decisions.taken_down(item_id, "instagram", officer="sam")
    assert office.state(item_id) == "withdrawing"
    assert office.cli("resolve", f"{item_id}/facebook", "--withdrawn").returncode == 0
    assert office.state(item_id) == "withdrawn"
    assert "facebook taken down by hand" in " ".join(office.cli("show", item_id).stdout.split())


def test_an_item_without_any_row_left_is_still_withdrawn(office: Office) -> None:
    """Every row taken out does not make of what is out something that never was: each channel is told."""
    item_id = published(office)
    sql(office, "DELETE FROM delivery WHERE item_id = :item", {"item": item_id})
    withdraw(office, item_id)
    work(office)
    assert office.state(item_id) == "withdrawing"
    steps = office.cli_json("show", item_id)["next"]
    assert {step.split()[3].strip(",") for step in steps} == {"website", "facebook", "twitter", "instagram"}
    with pytest.raises(InputError, match="does not go to 'mastodon'"):
        office.app.decisions.taken_down(item_id, "mastodon", officer="sam")


FORGED_EVENT = """
INSERT INTO event SELECT (SELECT max(id) + 1 FROM event), at, actor, via, action, item_id, :channel, subject,
'sent', 'withdrawing', digest, hash FROM event WHERE item_id = :item AND after = 'sent' AND channel = :like"""
"""An event that tells of a withdrawal, made of the one that tells of the sending."""


@pytest.mark.parametrize("events", [False, True])
def test_a_state_written_by_hand_withdraws_nothing(office: Office, events: bool) -> None:  # noqa: FBT001  # drawn by pytest
    """Neither the state alone, nor with events that say so: that an officer withdrew it is sealed."""
    item_id = published(office)
    row = office.deliveries(item_id)["twitter"]
    names = {"item": item_id, "now": f"{office.clock():%F %T.%f}", "number": row.id}
    sql(office, "UPDATE item SET state = 'withdrawing' WHERE id = :item", names)
    sql(office, "UPDATE delivery SET state = 'withdrawing', due_at = :now WHERE id = :number", names)
    if events:
        for channel in (None, "twitter"):
            sql(office, FORGED_EVENT, names | {"channel": channel, "like": "twitter"})
    office.app.releaser.work_delivery(row.id or 0)
    assert deletions(office) == []
    assert "x" in live(office)


def test_an_older_seal_put_back_withdraws_nothing(office: Office) -> None:
    """An item that a person held once has seals of that time: with states and events forged to them, nothing is deleted."""
    moment = (office.clock() + timedelta(minutes=10)).isoformat()
    queued = office.hand_in(office.news(publish_at=moment))
    office.hold(queued.id, officer="dana", reason="Is the hour right?")
    held = {row.id: row.seal for row in office.deliveries(queued.id).values()}
    approver = office.app.queue.item(queued.id).approver
    office.app.decisions.approve(queued.id, officer="dana", reason="The hour is right")
    office.clock.forward(minutes=11)
    office.release(queued.id)
    assert office.state(queued.id) == "published"
    now = f"{office.clock():%F %T.%f}"
    for number, seal in held.items():
        names = {"number": number, "seal": seal, "now": now}
        forged = "UPDATE delivery SET seal = :seal, state = 'withdrawing', due_at = :now WHERE id = :number"
        sql(office, forged, names)
    back = "UPDATE item SET state = 'withdrawing', approver = :approver WHERE id = :item"
    sql(office, back, {"item": queued.id, "approver": approver})
    for channel in (None, "website", "facebook", "twitter"):
        sql(office, FORGED_EVENT, {"item": queued.id, "channel": channel, "like": channel or "website"})
    assert (
        office.app.clearing.broken(
            office.app.queue.item(queued.id), list(office.deliveries(queued.id).values())
        )
        == ""
    )
    work(office)
    assert live(office) == {"x", "facebook", "instagram"}
    assert "Until 8pm on Thursdays." in page(office, queued.id)


def test_what_a_person_called_sent_is_not_deleted_by_its_address(office: Office) -> None:
    """`resolve --sent URL` is a person's word, and an address may be anybody's: a person takes that one down."""
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.drop_before())
    queued = office.hand_in(office.news())
    office.release(queued.id)
    office.app.decisions.resolve(queued.id, "twitter", officer="sam", url="https://x.com/i/status/1")
    withdraw(office, queued.id)
    work(office)
    row = office.deliveries(queued.id)["twitter"]
    assert (row.state, "number there is not known" in row.reason) == ("withdrawing", True)
    assert not [path for path in deletions(office) if path.startswith("/2/")]


# --- no answer, and noes ---------------------------------------------------------------------------------------------


def test_no_answer_is_asked_again_a_few_times_and_then_left_to_a_person(office: Office) -> None:
    """Repeating does no harm, so doubt is tried again, later each time; in the end somebody looks. The others do not wait."""
    item_id = published(office)
    for _ in range(office.app.config.release.tries):
        office.platforms.x.fail_next("DELETE", r"^/2/tweets/", Fault.drop_before())
    withdraw(office, item_id)
    work(office)
    assert states(office, item_id) == NO_ANSWER
    waits = []
    while (due := office.deliveries(item_id)["twitter"].due_at) is not None:
        waits.append(round((due - office.clock()).total_seconds()))
        office.clock.forward(seconds=waits[-1] + 1)
        work(office)
    assert waits == sorted(waits)
    assert len(waits) == office.app.config.release.tries - 1
    assert "Take it down by hand" in office.deliveries(item_id)["twitter"].reason
    withdraw(office, item_id, "Try once more")
    work(office)
    assert states(office, item_id)["twitter"] == "withdrawn"


def test_what_is_gone_already_is_withdrawn(office: Office) -> None:
    """An answer that was lost: asked again, X says that there is no such post, and that is what was wanted."""
    item_id = published(office)
    office.platforms.x.fail_next("DELETE", r"^/2/tweets/", Fault.commit_then_drop())
    withdraw(office, item_id)
    work(office)
    assert (states(office, item_id)["twitter"], "x" in live(office)) == ("withdrawing", False)
    office.clock.forward(minutes=2)
    work(office)
    assert states(office, item_id)["twitter"] == "withdrawn"


def test_what_facebook_does_not_show_is_not_taken_for_gone(office: Office) -> None:
    """100/33 came for what was there (23 May 2026): a person looks whether the post is gone."""
    item_id = published(office)
    office.platforms.graph.fail_next("DELETE", r"_\d+$", Fault.commit_then_drop())
    withdraw(office, item_id)
    work(office)
    office.clock.forward(minutes=2)
    work(office)
    row = office.deliveries(item_id)["facebook"]
    assert (row.state, row.due_at) == ("withdrawing", None)
    assert "Take it down by hand" in row.reason


def test_a_plain_no_is_left_to_a_person_at_once(office: Office) -> None:
    """A token that may not delete does not learn it by being asked again."""
    item_id = published(office)
    denied = {"error": {"code": 200, "message": "permission missing", "type": "OAuthException"}}
    office.platforms.graph.fail_next("DELETE", r"_\d+$", Fault.refuse(403, denied))
    withdraw(office, item_id)
    work(office)
    row = office.deliveries(item_id)["facebook"]
    assert (row.state, row.due_at, row.tries) == ("withdrawing", None, 1)
    assert f"once the cause is gone: publisher withdraw {item_id} --reason TEXT" in row.reason
    withdraw(office, item_id, "The right is given now")
    work(office)
    assert states(office, item_id)["facebook"] == "withdrawn"


def test_a_wait_that_the_platform_asks_for_is_kept(office: Office) -> None:
    """X says until when its window is used up; before that it is not asked."""
    item_id = published(office)
    until = office.clock() + timedelta(minutes=12)
    body = {"title": "Too Many Requests", "status": 429, "detail": "Too Many Requests", "type": "about:blank"}
    limit = Fault.refuse(429, body, {"x-rate-limit-reset": str(int(until.timestamp()))})
    office.platforms.x.fail_next("DELETE", r"^/2/tweets/", limit)
    withdraw(office, item_id)
    work(office)
    due = office.deliveries(item_id)["twitter"].due_at
    assert due is not None
    assert abs(due - until) < timedelta(seconds=2)


def broken() -> None:
    """What a library does with an answer that it did not expect."""
    raise KeyError("data")


def forbidden() -> None:
    """What the session does with a call that no adapter declared."""
    raise EgressRefused("one-way: DELETE /2/lists/1 is refused")


@pytest.mark.parametrize(("breaks", "again"), [(broken, True), (forbidden, False)])
def test_an_adapter_that_breaks_stops_no_other(
    office: Office, breaks: Callable[[], object], *, again: bool
) -> None:
    """A bug in one channel leaves the others to go; what may help is tried again, what is refused by ourselves is not."""
    item_id = published(office)
    withdraw(office, item_id)
    work(office, with_odd(office, "twitter", withdraw=breaks))
    assert states(office, item_id) == NO_ANSWER
    assert (office.deliveries(item_id)["twitter"].due_at is not None) == again


def test_a_channel_that_was_switched_off_is_left_to_a_person(office: Office) -> None:
    """Its credentials are gone with it: the post is taken down by hand, and the others go."""
    item_id = published(office)
    table = '[channels.twitter]\nadapter = "twitter"\n'
    changed = office.config.read_text(encoding="utf-8").replace(table, f"{table}enabled = false\n")
    office.config.write_text(changed, encoding="utf-8")
    withdraw(office, item_id)
    app = open_app(office.config, now=office.clock)
    work(office, app.releaser)
    app.close()
    assert states(office, item_id) == NO_ANSWER
    assert "switched off" in office.deliveries(item_id)["twitter"].reason


# --- where the item is -----------------------------------------------------------------------------------------------


def test_an_unknown_is_settled_first_and_the_others_go(office: Office) -> None:
    """Nobody can tell whether it is out: it is looked for, and once found it goes like the others."""
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.commit_then_drop())
    queued = office.hand_in(office.news())
    office.release(queued.id)
    assert office.state(queued.id) == "part published"
    withdraw(office, queued.id)
    work(office)
    assert states(office, queued.id) == CALLED_BACK | {"twitter": "unknown", "instagram": "withdrawing"}
    office.clock.forward(seconds=2)
    work(office)
    assert states(office, queued.id)["twitter"] == "withdrawing"
    work(office)
    assert (states(office, queued.id)["twitter"], "x" in live(office)) == ("withdrawn", False)


@pytest.mark.parametrize(("url", "after"), [(None, "not sent"), ("https://x.com/i/status/1", "withdrawing")])
def test_a_person_settles_what_cannot_be_found(office: Office, url: str | None, after: str) -> None:
    """What is not there needs nothing more; what is there waits to be taken down."""
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.drop_before())
    queued = office.hand_in(office.news(channels=["website", "twitter"]))
    office.release(queued.id)
    withdraw(office, queued.id)
    work(office)
    assert office.state(queued.id) == "withdrawing"
    office.app.decisions.resolve(queued.id, "twitter", officer="sam", url=url)
    assert states(office, queued.id)["twitter"] == after
    assert office.state(queued.id) == ("withdrawn" if url is None else "withdrawing")


def test_what_was_withdrawn_in_part_is_never_sent_on(office: Office) -> None:
    """What one channel refused is not retried into a withdrawn item."""
    body = {
        "title": "Forbidden",
        "detail": "Your account is suspended.",
        "type": "about:blank",
        "status": 403,
    }
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.refuse(403, body))
    queued = office.hand_in(office.news())
    office.release(queued.id)
    withdraw(office, queued.id)
    with pytest.raises(IllegalMove, match="nothing to send again"):
        office.app.decisions.retry(queued.id, officer="sam")
    work(office)
    assert states(office, queued.id)["twitter"] == "refused"
    assert live(office) == {"instagram"}


def test_a_held_item_whose_page_is_out_loses_it(tmp_path: Path) -> None:
    """Held after its page went live: the page is taken down, and nothing else goes."""
    elsewhere: dict[str, dict[str, Any]] = {"channels.website": {"folder": "not-served"}, **QUICK}
    with open_office(tmp_path, changes=elsewhere) as office:
        queued = office.hand_in(office.news(channels=["website", "facebook", "twitter"]))
        office.release(queued.id)
        assert (office.state(queued.id), states(office, queued.id)["website"]) == ("held for review", "sent")
        withdraw(office, queued.id)
        work(office)
        assert office.state(queued.id) == "withdrawn"
        assert states(office, queued.id) == {
            "website": "withdrawn", "facebook": "not sent", "twitter": "not sent",
        }  # fmt: skip


def test_an_item_that_still_waits_for_a_channel_is_withdrawn_with_it(office: Office) -> None:
    """X asked to wait: what is out goes down at once, and X is never asked."""
    body = {"title": "Too Many Requests", "status": 429, "detail": "Too Many Requests", "type": "about:blank"}
    later = str(int((office.clock() + timedelta(minutes=5)).timestamp()))
    office.platforms.x.fail_next(
        "POST", r"^/2/tweets$", Fault.refuse(429, body, {"x-rate-limit-reset": later})
    )
    queued = office.hand_in(office.news())
    office.release(queued.id)
    assert office.state(queued.id) == "releasing"
    withdraw(office, queued.id)
    office.clock.forward(minutes=6)
    work(office)
    assert states(office, queued.id) == CALLED_BACK | {"twitter": "not sent", "instagram": "withdrawing"}
    assert live(office) == {"instagram"}


def test_what_is_being_sent_at_this_moment_is_withdrawn_a_minute_later(office: Office) -> None:
    """Whoever asks in the middle of a request is told so: it is known a moment later whether it is out."""
    queued = office.hand_in(office.news())
    told: list[str] = []

    def ask() -> None:
        try:
            withdraw(office, queued.id)
        except IllegalMove as error:
            told.append(str(error))

    with_odd(office, "twitter", publish=ask).work(queued.id)
    assert "at this moment. Ask again in a minute." in told[0]
    assert office.state(queued.id) == "published"


def test_a_withdrawal_in_the_middle_of_a_release_wins(office: Office) -> None:
    """While the last channel is prepared: nothing that was not sent by then is sent."""
    queued = office.hand_in(office.news())
    asked: list[str] = []

    def ask() -> None:
        if not asked:
            asked.append("once")
            withdraw(office, queued.id)

    with_odd(office, "facebook", stage=ask).work(queued.id)
    for _ in range(3):
        work(office)
    assert (office.state(queued.id), live(office)) == ("withdrawn", set())
    assert set(states(office, queued.id).values()) == {"not sent"}


# --- who, and what they are told -------------------------------------------------------------------------------------


def test_only_a_designated_officer_withdraws_and_says_why(office: Office) -> None:
    """As for everything else: somebody on the register, with a reason."""
    item_id = published(office)
    with pytest.raises(NotDesignated):
        office.app.decisions.withdraw(item_id, officer="mallory", reason=WHY)
    with pytest.raises(InputError, match="reason"):
        office.app.decisions.withdraw(item_id, officer="sam", reason=" – ")
    with pytest.raises(NotDesignated):
        office.app.decisions.taken_down(item_id, "instagram", officer="mallory")
    assert office.state(item_id) == "published"


def test_what_is_withdrawn_is_withdrawn_once(office: Office) -> None:
    """There is nothing more to do, and whoever asks is told so."""
    item_id = published(office, channels=["website"])
    withdraw(office, item_id)
    work(office)
    assert office.state(item_id) == "withdrawn"
    with pytest.raises(IllegalMove, match="withdrawn already"):
        withdraw(office, item_id)


def test_a_person_says_only_of_what_waits_for_them_that_it_is_down(office: Office) -> None:
    """Not of what is out, of what the program is still at, nor of a channel that it never went to."""
    item_id = published(office)
    for channel, kind, told in (
        ("instagram", IllegalMove, "not waiting to be taken down"),
        ("myspace", InputError, "does not go to"),
    ):
        with pytest.raises(kind, match=told):
            office.app.decisions.taken_down(item_id, channel, officer="sam")
    withdraw(office, item_id)
    with pytest.raises(IllegalMove, match="taking the post on twitter down itself"):
        office.app.decisions.taken_down(item_id, "twitter", officer="sam")


def test_the_command_line_tells_what_is_left_to_do(office: Office) -> None:
    """`withdraw`, `list`, `show` and `resolve --withdrawn`, as an officer types them."""
    item_id = published(office)
    told = " ".join(office.cli("withdraw", item_id, "--reason", WHY).stdout.split())
    assert "Out, and being taken down: website http" in told
    work(office)
    done = f"publisher resolve {item_id}/instagram --withdrawn"
    for words in (("list",), ("show", item_id)):
        shown = " ".join(office.cli(*words).stdout.split())
        assert "take the post on instagram down by hand at http" in shown, words
        assert done in shown, words
    assert office.cli("resolve", f"{item_id}/instagram", "--withdrawn").returncode == 0
    assert office.cli_json("show", item_id)["state"] == "withdrawn"
    both = office.cli("resolve", f"{item_id}/instagram", "--withdrawn", "--not-sent")
    assert (both.returncode, "one of them is needed" in both.stderr) == (2, True)


def test_a_consent_that_is_taken_back_tells_to_withdraw_what_is_out(office: Office) -> None:
    """The post is not withdrawn by itself, since nobody asked for that; the command for it is told."""
    assert office.cli("consent", "add", "FORM-1").returncode == 0
    photo = {
        "path": "library.jpg",
        "alt": "Two readers",
        "people": True,
        "reference": "FORM-1",
        "basis": "consent",
    }
    queued = office.hand_in(office.news(images=[photo]))
    if office.state(queued.id) == "held for review":
        office.app.decisions.approve(queued.id, officer="dana", reason="The form is signed by both readers")
    office.release(queued.id)
    assert office.state(queued.id) == "published"
    told = " ".join(office.cli("consent", "withdraw", "FORM-1").stdout.split())
    assert f"`publisher withdraw {queued.id} --reason TEXT` takes it down." in told


# --- crashes ---------------------------------------------------------------------------------------------------------


def releaser(office: Office, life: Life) -> tuple[Any, Releaser]:
    """One process that can die, with its app."""
    app = open_app(office.config, now=office.clock)
    mortal = {name: Mortal(channel, life) for name, channel in app.channels.items()}
    return app, Releaser(
        Parts(app.config, app.queue, mortal, app.last_check, app.store, app.proofs, life.now, life.sleep)
    )


@pytest.mark.parametrize("steps", sampled(range(1, 16, 2), 3))
def test_dying_at_any_step_takes_down_what_was_withdrawn_all_the_same(office: Office, steps: int) -> None:
    """Killed before a request, after it, or before its outcome is written: the next process goes on, and nothing is lost."""
    item_id = published(office)
    withdraw(office, item_id)
    lives = [Life(office.clock, steps), Life(office.clock, steps), Life(office.clock, None)]
    for life in lives:
        app, process = releaser(office, life)
        try:
            process.recover()
            for _ in range(4):
                work(office, process)
                office.clock.forward(minutes=5)
        except Died:
            office.clock.forward(minutes=5)
        finally:
            app.close()
    assert states(office, item_id)["website"] == "withdrawn"
    assert live(office) <= {"instagram"}
    for channel in ("twitter", "facebook"):
        row = office.deliveries(item_id)[channel]
        assert row.state == "withdrawn" or (row.due_at is None and "by hand" in row.reason), row
    assert office.deliveries(item_id)["instagram"].due_at is None


def test_what_was_all_down_at_a_crash_is_withdrawn_at_the_next_start(office: Office) -> None:
    """A crash between the last delivery's move and its item's leaves nothing `withdrawing` for ever."""
    item_id = published(office, channels=["website"])
    withdraw(office, item_id)
    with office.app.queue.writing() as connection:
        for row in office.deliveries(item_id).values():
            gone = DeliveryState.WITHDRAWN
            move_delivery(connection, row, gone, actor="scheduler", now=office.clock(), due_at=None)
    office.app.releaser.recover()
    assert office.state(item_id) == "withdrawn"


def test_what_was_erased_is_not_withdrawn_by_any_way(office: Office) -> None:
    """Nobody knows any more where it is out; whoever has a concern about it is told so, and not that a hand was in it."""
    item_id, queue = published(office), office.app.queue
    with queue.writing() as connection:
        item = queue.item(item_id)
        office.app.erasing.wipe(connection, item, queue.deliveries(item_id), actor="scheduler", why="")
    with pytest.raises(IllegalMove, match="was erased"):
        withdraw(office, item_id)
    with queue.writing() as connection, pytest.raises(IllegalMove, match="was erased"):
        office.app.decisions.withdrawn(connection, queue.item(item_id), officer="sam", reason=WHY)
    assert office.state(item_id) == "published"
