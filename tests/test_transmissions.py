"""What left for a platform stands in the record by the digest of its exact bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from channels_support import Loopback, answer, drop
from support import Office, open_office
from test_wire import judge, session

from publisher.errors import ChannelFailed, EgressRefused
from publisher.model import Phase
from publisher.moves import MOVED, REQUEST
from publisher.record import Event
from publisher.transmissions import collecting
from publisher.wire import Call, Session

NAMES = {"x": "twitter"}
"""What the stand-in platforms call a channel otherwise."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office on stand-in platforms."""
    with open_office(tmp_path) as office:
        yield office


def test_the_digest_is_of_the_bytes_that_arrived() -> None:
    """What the other side received, byte for byte, is what the record can be held against."""
    with Loopback(answer({"id": "7"})) as server, session(server.url) as wire, collecting() as made:
        wire.post(f"{server.url}/posts", json={"text": "Diolch – ŵ"})
        wire.post(f"{server.url}/posts", files={"text": b"\x00\xff picture"})
    received = [request.body for request in server.requests]
    assert [one.body for one in made] == [hashlib.sha256(body).hexdigest() for body in received]
    assert [one.size for one in made] == [len(body) for body in received]
    assert {(one.method, one.place.partition("/")[2], one.status) for one in made} == {("POST", "posts", 200)}


def test_what_only_reads_is_not_kept() -> None:
    """A look at our own post carries nothing of an item."""
    with Loopback(answer({"id": "7"})) as server, session(server.url) as wire, collecting() as made:
        wire.get(f"{server.url}/posts/7")
    assert made == []


@pytest.mark.parametrize(
    ("place", "headers", "told"),
    [
        ("v26.0/7/feed", {"facebook-api-version": "v26.0"}, {"api_version": "v26.0", "answered_by": "v26.0"}),
        ("v21.0/7/feed", {"Facebook-API-Version": "v22.0"}, {"api_version": "v21.0", "answered_by": "v22.0"}),
        ("v26.0/7/feed", {}, {"api_version": "v26.0"}),
        ("v26.0/7/feed", {"facebook-api-version": "v26.0 token=abc"}, {"api_version": "v26.0"}),
        ("posts", {"facebook-api-version": "v26.0"}, {"answered_by": "v26.0"}),
        ("graph/v26.0/v7", {}, {"api_version": "v26.0"}),
    ],
)
def test_the_version_asked_and_the_one_that_answered_are_kept(
    place: str, headers: dict[str, str], told: dict[str, str]
) -> None:
    """Meta serves a version that has ended by another: the record says for each request which one took it."""
    calls = (Call(Phase.CREATE, "POST", f"/{place}", fields=frozenset({"text"})),)
    with (
        Loopback(answer({"id": "7"}, 200, **headers)) as server,
        Session(endpoint=server.url, calls=calls, judge=judge, timeout=5.0) as wire,
        collecting() as made,
    ):
        wire.post(f"{server.url}/{place}", json={"text": "a"})
    detail = made[0].detail()
    assert {name: detail[name] for name in ("api_version", "answered_by") if name in detail} == told


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"id": "https://www.example.gov.uk/"}, [(Phase.READ, "POST")]),
        ({"id": "method=get"}, [(Phase.READ, "POST")]),
        ({"id": "7", "method": "get"}, []),
    ],
)
def test_a_post_that_has_something_of_ours_looked_at_is_kept(
    fields: dict[str, str], kept: list[tuple[Phase, str]]
) -> None:
    """Such as a link that is to be looked at anew; but not a GET in a POST's clothes, which may hold a token."""
    calls = (Call(Phase.READ, "POST", "/look", fields=frozenset({"id", "method"})),)
    with (
        Loopback(answer({"id": "7"})) as server,
        Session(endpoint=server.url, calls=calls, judge=judge, timeout=5.0) as wire,
        collecting() as made,
    ):
        wire.post(f"{server.url}/look", data=fields)
    assert [(one.phase, one.method) for one in made] == kept


def test_what_got_no_answer_is_kept_all_the_same() -> None:
    """It may be live: exactly then somebody asks what was sent."""
    with (
        Loopback(drop) as server,
        session(server.url) as wire,
        collecting() as made,
        pytest.raises(ChannelFailed),
    ):
        wire.post(f"{server.url}/posts", json={"text": "a"})
    assert [(one.phase, one.status, one.answer) for one in made] == [(Phase.CREATE, None, "")]


def test_what_was_refused_here_left_nothing() -> None:
    """No socket was opened, so the record must not say that something was sent."""
    with (
        Loopback(answer({})) as server,
        session(server.url) as wire,
        collecting() as made,
        pytest.raises(EgressRefused),
    ):
        wire.post(f"{server.url}/likes", json={"text": "a"})
    assert made == []


def test_nothing_is_collected_outside() -> None:
    """A list that one delivery collected into is not added to by the next."""
    with Loopback(answer({"id": "7"})) as server, session(server.url) as wire:
        with collecting() as first:
            wire.post(f"{server.url}/posts", json={"text": "a"})
        with collecting() as second:
            wire.post(f"{server.url}/posts", json={"text": "b"})
        wire.post(f"{server.url}/posts", json={"text": "c"})
    assert (len(first), len(second)) == (1, 1)


def released(office: Office) -> list[Event]:
    """The events of an item with a picture that went everywhere."""
    queued = office.hand_in(
        office.news(images=[{"path": "library.jpg", "alt": "The library's new front door"}])
    )
    office.release(queued.id)
    return office.app.queue.events(queued.id)


def test_every_request_of_a_release_is_in_the_record(office: Office) -> None:
    """Each mutating request that the platforms saw stands there once, for its channel; uploads and posts alike."""
    events = released(office)
    recorded = sorted(
        (str(event.channel), event.before.partition(" ")[0], "/" + event.before.partition("/")[2])
        for event in events
        if event.action == REQUEST
    )
    seen = sorted(
        (NAMES.get(call.platform, call.platform), call.method, call.path)
        for call in office.platforms.ledger.calls()
        if call.method != "GET" and call.fields.get("method") != "get"
    )
    assert recorded == seen
    assert {name for name, _, _ in recorded} == {"facebook", "twitter", "instagram"}
    assert all(len(event.after) == 64 for event in events if event.action == REQUEST)


def test_the_record_says_which_version_took_each_send(office: Office) -> None:
    """Of every request to Meta: asked for v26.0, answered by v26.0."""
    details = [
        event.detail for event in released(office) if (event.action, event.channel) == (REQUEST, "facebook")
    ]
    assert [(detail["api_version"], detail["answered_by"]) for detail in details] == [
        ("v26.0", "v26.0")
    ] * len(details)
    assert details


def test_the_record_names_the_post_before_it_is_sent(office: Office) -> None:
    """If this program dies right after, the chain alone tells which post may be live."""
    events = released(office)
    digests = {row.channel: row.digest for row in office.app.queue.deliveries(str(events[0].item_id))}
    sending = {
        event.channel: event.subject for event in events if (event.action, event.after) == (MOVED, "sending")
    }
    assert sending == digests


def test_no_request_in_the_record_holds_a_secret(office: Office) -> None:
    """Addresses are kept without their queries, and headers not at all."""
    told = repr(released(office))
    assert not [secret for secret in office.environment.values() if secret in told]
