"""Instagram: the exact bytes of each call, containers step by step, comments off, lost posts found."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from channels_support import LINK, NOW, USER_ID, Loopback, answer, load, picture, post, supplies
from rehearsal_support import picture as real_picture
from rehearsal_support import put

from publisher.channels import Supplies, Withdrawal
from publisher.errors import ChannelFailed, EgressRefused
from publisher.model import Outcome, Receipt, Staged
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.platforms import Platforms

pytest_plugins = ["channels_fixtures", "rehearsal_fixtures"]

GRAPH = "https://graph.facebook.com"
USER = f"{GRAPH}/v26.0/{USER_ID}"
SHOWN = f"https://www.example.gov.uk/media/{picture().digest[:8]}.jpg"
ADDRESS = "https://www.instagram.com/p/Cx/"
WAITING = {"container": "7001", "waiting": ["7001"], "ready": False, "poll": 5.0, "began": NOW.isoformat()}
EXPIRES = NOW + timedelta(hours=23)


@pytest.fixture
def instagram(tmp_path: Path, tokens: dict[str, str]) -> Any:
    return load("instagram", tmp_path, GRAPH)


def staged(**changes: object) -> Staged:
    return Staged({**WAITING, **changes}, EXPIRES)


def form(sent: Mapping[str, str]) -> list[Any]:
    return [responses.matchers.urlencoded_params_matcher(dict(sent))]


def query(sent: Mapping[str, str]) -> list[Any]:
    return [responses.matchers.query_param_matcher(dict(sent))]


def failure(ask: Any) -> Any:
    with pytest.raises(ChannelFailed) as failed:
        ask()
    return failed.value.judgement


@responses.activate
def test_the_exact_bytes_of_a_container(instagram: Any) -> None:
    """One picture: its public address, caption and alt text; then its state is asked, once a call."""
    sent = {"image_url": SHOWN, "alt_text": "A bin lorry", "caption": post("instagram").text}
    responses.post(f"{USER}/media", json={"id": "7001"}, match=form(sent))
    states = ["IN_PROGRESS", "FINISHED"]
    for state in states:
        told = {"status_code": state, "status": state.title(), "id": "7001"}
        responses.get(f"{GRAPH}/v26.0/7001", json=told, match=query({"fields": "status_code,status"}))
    whole = post("instagram", picture())
    first = instagram.stage(whole, supplies(), None, NOW)
    assert first == staged()
    second = instagram.stage(whole, supplies(), first, NOW + timedelta(seconds=5))
    assert second == staged()
    assert instagram.stage(whole, supplies(), second, NOW + timedelta(seconds=10)) == staged(ready=True)


@responses.activate
def test_the_exact_bytes_of_publishing(instagram: Any) -> None:
    """Publish, then comments off at once, then the address."""
    responses.post(f"{USER}/media_publish", json={"id": "9001"}, match=form({"creation_id": "7001"}))
    responses.post(f"{GRAPH}/v26.0/9001", json={"success": True}, match=form({"comment_enabled": "false"}))
    responses.get(
        f"{GRAPH}/v26.0/9001", json={"permalink": ADDRESS, "id": "9001"}, match=query({"fields": "permalink"})
    )
    assert instagram.publish(post("instagram", picture()), staged(ready=True), NOW) == Receipt(
        "9001", ADDRESS
    )
    assert [call.request.method for call in responses.calls] == ["POST", "POST", "GET"]


@responses.activate
def test_the_exact_bytes_of_several_pictures(instagram: Any) -> None:
    """Each picture has a container of its own, without caption; the whole is made once all are finished."""
    numbers = {"one": "7001", "two": "7002"}
    for name, number in numbers.items():
        address = f"https://www.example.gov.uk/media/{picture(name).digest[:8]}.jpg"
        sent = {"image_url": address, "alt_text": "A bin lorry", "is_carousel_item": "true"}
        responses.post(f"{USER}/media", json={"id": number}, match=form(sent))
    for number, state in (
        ("7001", "FINISHED"),
        ("7002", "IN_PROGRESS"),
        ("7002", "FINISHED"),
        ("7003", "FINISHED"),
    ):
        responses.get(f"{GRAPH}/v26.0/{number}", json={"status_code": state, "id": number})
    parent = {"media_type": "CAROUSEL", "children": "7001,7002", "caption": post("instagram").text}
    responses.post(f"{USER}/media", json={"id": "7003"}, match=form(parent))
    both, found, steps = post("instagram", picture("one"), picture("two")), None, []
    while found is None or not found.values["ready"]:
        found = instagram.stage(both, supplies("one", "two"), found, NOW)
        steps.append((found.values["container"], found.values["waiting"]))
    assert steps == [
        (None, ["7001", "7002"]),
        (None, ["7001", "7002"]),
        ("7003", ["7003"]),
        ("7003", ["7003"]),
    ]


@responses.activate
def test_the_exact_bytes_of_looking_for_a_lost_post(instagram: Any) -> None:
    """Our own newest posts, matched by the link in the caption; comments are switched off on what is found."""
    told = {
        "data": [
            {"id": "8", "caption": f"{LINK}x"},
            {"id": "9"},
            {"id": "9001", "caption": f"Bins {LINK}", "permalink": ADDRESS},
        ]
    }
    wanted = {"fields": "id,caption,permalink", "limit": "25"}
    responses.get(f"{USER}/media", json=told, match=query(wanted))
    responses.post(f"{GRAPH}/v26.0/9001", json={"success": True}, match=form({"comment_enabled": "false"}))
    assert instagram.find(post("instagram"), staged(), NOW) == Receipt("9001", ADDRESS)


@pytest.mark.parametrize("state", ["PUBLISHED", "FINISHED", "EXPIRED"])
def test_a_published_container_is_proof(state: str, tmp_path: Path, tokens: dict[str, str]) -> None:
    """Where the post is not in the list, its container still tells whether it was published, though not which it is."""
    with Loopback(answer({"data": []}), answer({"status_code": state, "id": "7001"})) as server:
        found = load("instagram", tmp_path, server.url).find(post("instagram"), staged(ready=True), NOW)
    if state == "PUBLISHED":
        assert (found.url, "7001" in found.note) == ("", True)
    else:
        assert found is None


def test_nothing_prepared_nothing_found(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Without a container there is nothing more to ask than the list."""
    with Loopback(answer({"data": [None, {"id": "8", "caption": None}]})) as server:
        assert load("instagram", tmp_path, server.url).find(post("instagram"), None, NOW) is None
    assert len(server.requests) == 1


NO = answer({"error": {"code": 100, "error_subcode": 33, "message": "no"}}, 400)


@pytest.mark.parametrize(
    ("replies", "url", "words"),
    [
        ([NO, answer({"permalink": ADDRESS, "id": "9001"})], ADDRESS, ["comments are still open"]),
        ([answer({"success": True}), NO], "", ["address was not told"]),
        ([answer({"success": True}), answer({"id": "9001"})], "", ["address was not told"]),
        ([answer(b"", 502), NO], "", ["comments are still open", "address was not told"]),
    ],
)  # fmt: skip
def test_a_failure_after_publishing_is_a_note(
    replies: list[bytes], url: str, words: list[str], tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Once it is published the receipt stands; what went wrong after is told to the officer."""
    with Loopback(answer({"id": "9001"}), *replies) as server:
        receipt = load("instagram", tmp_path, server.url).publish(post("instagram", picture()), staged(), NOW)
    assert (receipt.remote_id, receipt.url) == ("9001", url)
    assert [word for word in words if word not in receipt.note] == []


def test_without_a_website_there_is_no_picture(instagram: Any) -> None:
    """Instagram fetches pictures itself, so an item without the website's channel cannot go there."""
    found = failure(lambda: instagram.stage(post("instagram", picture()), supplies(site=None), None, NOW))
    assert found.outcome is Outcome.FIX
    assert "website" in found.officer


def test_only_jpegs_and_never_nothing(instagram: Any) -> None:
    """Instagram takes JPEG alone, and no post without a picture."""
    assert (
        failure(
            lambda: instagram.stage(post("instagram", picture(mime="image/png")), supplies(), None, NOW)
        ).outcome
        is Outcome.FIX
    )
    assert failure(lambda: instagram.stage(post("instagram"), supplies(), None, NOW)).outcome is Outcome.FIX


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("ERROR", "picture"),
        ("ERROR: Media upload has failed with error code 2207010", "caption"),
        ("ERROR: 2207052", "fetch"),
    ],
)
def test_a_container_that_failed_is_for_a_person(
    state: str, words: str, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """ERROR never gets better; its sub-code, where told, says what to change."""
    with Loopback(answer({"status_code": "ERROR", "status": state, "id": "7001"})) as server:
        instagram = load("instagram", tmp_path, server.url)
        found = failure(lambda: instagram.stage(post("instagram", picture()), supplies(), staged(), NOW))
    assert (found.outcome, words in found.officer) == (Outcome.FIX, True)


def test_an_expired_container_is_made_anew(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Whether the clock or Instagram says so, a container that ran out is replaced by itself."""
    whole = post("instagram", picture())
    with Loopback(answer({"status_code": "EXPIRED", "id": "7001"}), answer({"id": "7002"})) as server:
        instagram = load("instagram", tmp_path, server.url)
        said = instagram.stage(whole, supplies(), staged(ready=True), NOW)
        ran_out = instagram.stage(whole, supplies(), staged(ready=True), EXPIRES)
    assert (said.values["container"], said.values["ready"], said.expires_at) == ("7002", False, EXPIRES)
    assert (ran_out.values["waiting"], ran_out.expires_at) == (["7002"], EXPIRES + timedelta(hours=23))
    assert [request.method for request in server.requests] == ["GET", "POST", "POST"]


def test_what_is_published_already_is_not_published_again(tmp_path: Path, tokens: dict[str, str]) -> None:
    """A container that turns out PUBLISHED while it is prepared stops, and says how to settle it."""
    with Loopback(answer({"status_code": "PUBLISHED", "id": "7001"})) as server:
        instagram = load("instagram", tmp_path, server.url)
        found = failure(
            lambda: instagram.stage(post("instagram", picture()), supplies(), staged(ready=True), NOW)
        )
    assert (found.outcome, "resolve" in found.officer) == (Outcome.STOP, True)


def test_waiting_for_a_container_ends(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Instagram says to ask for five minutes at most; then a person looks."""
    with Loopback(answer({"status_code": "IN_PROGRESS", "id": "7001"})) as server:
        instagram = load("instagram", tmp_path, server.url)
        whole = post("instagram", picture())
        assert (
            instagram.stage(whole, supplies(), staged(), NOW + timedelta(seconds=299)).values["ready"]
            is False
        )
        late = failure(lambda: instagram.stage(whole, supplies(), staged(), NOW + timedelta(seconds=300)))
    assert late.outcome is Outcome.FIX


def test_the_token_is_in_the_header_alone(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Addresses and bodies end up in logs and exceptions: no token is ever in one."""
    good = answer(
        {"id": "7001", "status_code": "FINISHED", "success": True, "data": [], "permalink": ADDRESS}
    )
    with Loopback(good) as server:
        instagram = load("instagram", tmp_path, server.url)
        whole = post("instagram", picture())
        instagram.publish(whole, instagram.stage(whole, supplies(), staged(), NOW), NOW)
        instagram.find(whole, staged(), NOW)
    token = tokens["INSTAGRAM_TOKEN"]
    assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {token}"}
    assert not [one for one in server.requests if token in one.path or token.encode() in one.body]


def test_a_spam_block_is_unknown_through_the_library(tmp_path: Path, tokens: dict[str, str]) -> None:
    """4/2207051 ("Action is blocked") came for posts that were live."""
    body = {"error": {"message": "Action is blocked", "code": 4, "error_subcode": 2207051}}
    with Loopback(answer(body, 403)) as server:
        instagram = load("instagram", tmp_path, server.url)
        found = failure(lambda: instagram.publish(post("instagram", picture()), staged(), NOW))
    assert (found.outcome, len(server.requests)) == (Outcome.UNKNOWN, 1)


def test_no_post_is_taken_down_by_program(tmp_path: Path, tokens: dict[str, str]) -> None:
    """That the API deletes is disputed, so a person does it in the app: nothing is asked of Instagram."""
    with Loopback(answer({"success": True})) as server:
        instagram = load("instagram", tmp_path, server.url)
        found = failure(lambda: instagram.withdraw(Withdrawal(post("instagram", picture()), "9001"), NOW))
        with pytest.raises(EgressRefused):
            instagram.client.delete_object("9001")
    assert (found.outcome, instagram.withdraws, server.connections) == (Outcome.STOP, False, 0)


def test_comments_can_only_be_closed(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Even on a post of ours, opening comments or writing a caption is refused."""
    with Loopback(answer({"success": True})) as server:
        instagram = load("instagram", tmp_path, server.url)
        instagram.own_ids.add("9001")
        for fields in (
            {"comment_enabled": "true"},
            {"caption": "x"},
            {"comment_enabled": "false", "message": "x"},
        ):
            with pytest.raises(EgressRefused):
                instagram.client.request("v26.0/9001", post_args=dict(fields), method="POST")
    assert server.connections == 0


# --- on a rehearsal platform ---------------------------------------------------------------------------------


@pytest.fixture
def real(platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    own = platforms.credentials.instagram
    monkeypatch.setenv("INSTAGRAM_TOKEN", own.token)
    return load("instagram", tmp_path, platforms.graph.url, user_id=own.user_id)


def whole_post(platforms: Platforms, folder: Path, *names: str) -> tuple[Any, Supplies]:
    pictures = [picture(name, alt=f"Picture {name}") for name in names]
    where = {
        media.digest: put(platforms, f"{media.digest}.jpg", real_picture(1080, 1080), folder)
        for media in pictures
    }
    given = Supplies(lambda digest: digest.encode(), lambda media: where[media.digest])
    return post("instagram", *pictures), given


def prepared(instagram: Any, whole: Any, given: Supplies) -> Staged:
    found: Staged | None = None
    for _ in range(10):
        stored = Staged(json.loads(json.dumps(found.values)), found.expires_at) if found else None
        found = instagram.stage(whole, given, stored, NOW)
        if found is not None and found.values["ready"]:
            return found
    raise AssertionError(found)


@pytest.mark.parametrize("names", [("one",), ("one", "two", "three")])
def test_a_post_goes_out_and_is_found(
    names: tuple[str, ...], real: Any, platforms: Platforms, folder: Path
) -> None:
    """On a server that fetches the pictures itself: alt texts, caption, comments off, found again by the link."""
    whole, given = whole_post(platforms, folder, *names)
    receipt = real.publish(whole, prepared(real, whole, given), NOW)
    (shown,) = platforms.ledger.posts()
    assert (shown.id, shown.url, shown.text, shown.replies) == (
        receipt.remote_id,
        receipt.url,
        whole.text,
        "closed",
    )
    assert [media.alt for media in shown.media] == [f"Picture {name}" for name in names]
    assert real.find(whole, None, NOW) == receipt
    assert [call.reason or call.fault for call in platforms.ledger.calls() if call.reason or call.fault] == []


def test_a_lost_post_is_found(real: Any, platforms: Platforms, folder: Path) -> None:
    """Committed, then a gateway's page: unknown, found by the link, and its comments are off after all."""
    whole, given = whole_post(platforms, folder, "one")
    held = prepared(real, whole, given)
    platforms.graph.fail_next("POST", "/media_publish", Fault.commit_then_status(502, "<html>"))
    assert failure(lambda: real.publish(whole, held, NOW)).outcome is Outcome.UNKNOWN
    receipt = real.find(whole, held, NOW)
    (shown,) = platforms.ledger.posts()
    assert (receipt.remote_id, receipt.note, shown.replies) == (shown.id, "", "closed")
