"""Facebook: the exact bytes of each call, no token anywhere but in the header, lost posts found by their link."""

import json
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from channels_support import LINK, NOW, PAGE_ID, Loopback, answer, load, picture, post, supplies
from rehearsal_support import picture as real_picture

from publisher import secrecy
from publisher.channels import Supplies, Withdrawal
from publisher.errors import ChannelFailed, EgressRefused
from publisher.model import Outcome, Post, Receipt, Staged
from publisher.rehearsal.credentials import Credentials, FacebookCredentials
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.platforms import Platforms

pytest_plugins = ["channels_fixtures", "rehearsal_fixtures"]

GRAPH = "https://graph.facebook.com"
PAGE = f"{GRAPH}/v26.0/{PAGE_ID}"
POST_ID = f"{PAGE_ID}_9001"
ADDRESS = "https://www.facebook.com/council/posts/9001"


@pytest.fixture
def facebook(tmp_path: Path, tokens: dict[str, str]) -> Any:
    return load("facebook", tmp_path, GRAPH)


def staged(*ids: str) -> Staged:
    photos = {
        picture(name).digest: {"id": number, "alt": "A bin lorry"}
        for name, number in zip(("one", "two"), ids, strict=False)
    }
    return Staged({"ready": True, "poll": 0, "photos": photos, "left": []})


def prepared(facebook: Any, whole: Post, given: Supplies) -> Staged:
    """All of `stage`'s steps, each from what the one before returned."""
    found: Staged = facebook.stage(whole, given, None, NOW)
    while not found.values["ready"]:
        found = facebook.stage(whole, given, found, NOW)
    return found


@responses.activate
def test_the_exact_bytes_of_a_picture(facebook: Any) -> None:
    """Each picture goes up unpublished (`false`, as JSON spells it), with its alt text, and is not public."""
    responses.post(f"{PAGE}/photos", json={"id": "7001"})
    found = facebook.stage(post("facebook", picture()), supplies(), None, NOW)
    assert found == staged("7001")
    body = responses.calls[0].request.body
    assert isinstance(body, bytes)
    boundary = body.split(b"\r\n", 1)[0]
    assert body == boundary.join([
        b"", b'\r\nContent-Disposition: form-data; name="published"\r\n\r\nfalse\r\n',
        b'\r\nContent-Disposition: form-data; name="alt_text_custom"\r\n\r\nA bin lorry\r\n',
        b'\r\nContent-Disposition: form-data; name="source"; filename="picture.jpg"\r\nContent-Type: image/jpeg\r\n\r\none\r\n', b"--\r\n",
    ])  # fmt: skip


@responses.activate
def test_the_exact_bytes_of_a_post_with_pictures(facebook: Any) -> None:
    """All pictures are attached, as JSON: a plain list would lose all but one without a word."""
    attached = '[{"media_fbid": "7001"}, {"media_fbid": "7002"}]'
    sent = {"message": post("facebook").text, "attached_media": attached}
    responses.post(
        f"{PAGE}/feed", json={"id": POST_ID}, match=[responses.matchers.urlencoded_params_matcher(sent)]
    )
    wanted = [responses.matchers.query_param_matcher({"fields": "permalink_url"})]
    responses.get(f"{GRAPH}/v26.0/{POST_ID}", json={"permalink_url": ADDRESS, "id": POST_ID}, match=wanted)
    both = post("facebook", picture("one"), picture("two"))
    assert facebook.publish(both, staged("7001", "7002"), NOW) == Receipt(POST_ID, ADDRESS)


@responses.activate
def test_the_exact_bytes_of_a_link_post(facebook: Any) -> None:
    """Without a picture, the page's own link card is shown."""
    sent = {"message": post("facebook").text, "link": LINK}
    responses.post(
        f"{PAGE}/feed", json={"id": POST_ID}, match=[responses.matchers.urlencoded_params_matcher(sent)]
    )
    responses.get(f"{GRAPH}/v26.0/{POST_ID}", json={"permalink_url": ADDRESS, "id": POST_ID})
    assert facebook.publish(post("facebook"), Staged({"ready": True, "photos": {}}), NOW).url == ADDRESS


@responses.activate
def test_the_exact_bytes_of_looking_for_a_lost_post(facebook: Any) -> None:
    """One read of our own published posts, matched by the exact link in the message."""
    wanted = {"fields": "id,message,permalink_url", "limit": "100"}
    told = {
        "data": [
            {"id": "1_8", "message": f"{LINK}x"},
            {"id": "1_9"},
            {"id": POST_ID, "message": f"Bins {LINK}."},
        ]
    }
    responses.get(
        f"{PAGE}/published_posts", json=told, match=[responses.matchers.query_param_matcher(wanted)]
    )
    assert facebook.find(post("facebook"), None, NOW) == Receipt(
        POST_ID, f"https://www.facebook.com/{POST_ID}"
    )


@pytest.mark.parametrize(
    "data",
    [
        [],
        [None, "x", {}],
        [{"id": "1_8", "message": None}],
        [{"message": LINK}],
        [{"id": "1_8", "message": LINK + "-2"}],
    ],
)
def test_another_link_is_another_post(data: object, tmp_path: Path, tokens: dict[str, str]) -> None:
    """An odd or empty answer, or a longer link, proves nothing."""
    with Loopback(answer({"data": data})) as server:
        assert load("facebook", tmp_path, server.url).find(post("facebook"), None, NOW) is None


def test_a_post_whose_address_is_not_told_stands(tmp_path: Path, tokens: dict[str, str]) -> None:
    """The post is asked for its address afterwards: a no to that is no failure of the post."""
    with Loopback(answer({"id": POST_ID}), answer({"error": {"code": 10, "message": "no"}}, 403)) as server:
        receipt = load("facebook", tmp_path, server.url).publish(post("facebook"), Staged({}), NOW)
    assert (receipt.remote_id, receipt.url) == (POST_ID, f"https://www.facebook.com/{POST_ID}")
    assert "open it, and see that it is there" in receipt.note
    assert "code" not in receipt.note


def test_a_picture_is_not_uploaded_again(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Staging may be repeated: only what is missing, or has other alt text, goes up."""
    with Loopback(answer({"id": "7001"}), answer({"id": "7002"})) as server:
        facebook = load("facebook", tmp_path, server.url)
        first = facebook.stage(post("facebook", picture()), supplies(), None, NOW)
        assert facebook.stage(post("facebook", picture()), supplies(), first, NOW) == first
        assert len(server.requests) == 1
        other = facebook.stage(post("facebook", picture(alt="Other words")), supplies(), first, NOW)
        assert (other.values["photos"][picture().digest]["id"], other.values["left"]) == ("7002", ["7001"])
        assert facebook.stage(post("facebook", picture(alt="Other words")), supplies(), other, NOW) == other


def test_a_picture_with_more_than_its_number_is_refused(tmp_path: Path, tokens: dict[str, str]) -> None:
    """A photo of ours goes as it is: what stands beside its number may tag somebody, or say other words."""
    with Loopback(answer({"id": "7"})) as server:
        facebook = load("facebook", tmp_path, server.url)
        facebook.own_ids.add("7001")
        attached = [{"media_fbid": "7001", "message": "With Jo"}]
        fields = {"message": "a", "attached_media": json.dumps(attached)}
        with pytest.raises(EgressRefused):
            facebook.client.request(f"v26.0/{PAGE_ID}/feed", post_args=fields, method="POST")
    assert server.connections == 0


def test_the_token_is_in_the_header_alone(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Addresses and bodies end up in logs and exceptions: no token is ever in one."""
    good = answer({"id": POST_ID, "data": [], "success": True})
    with Loopback(good) as server:
        facebook = load("facebook", tmp_path, server.url)
        whole = post("facebook", picture())
        facebook.publish(whole, prepared(facebook, whole, supplies()), NOW)
        facebook.find(whole, None, NOW)
    token = tokens["FACEBOOK_PAGE_TOKEN"]
    assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {token}"}
    assert not [one for one in server.requests if token in one.path or token.encode() in one.body]
    assert facebook.client.access_token is None


def test_a_failure_holds_no_token(tmp_path: Path, tokens: dict[str, str]) -> None:
    """facebook-sdk's own exceptions show the address with its token; ours has none to show."""
    with Loopback(lambda _: None) as server, pytest.raises(ChannelFailed) as failed:
        load("facebook", tmp_path, server.url).publish(post("facebook"), Staged({}), NOW)
    chain = (
        f"{failed.value!r} {failed.value.judgement} {failed.value.__context__!r} {failed.value.__cause__!r}"
    )
    assert tokens["FACEBOOK_PAGE_TOKEN"] not in chain


@responses.activate
def test_only_what_is_being_withdrawn_is_deleted(facebook: Any) -> None:
    """A deletion leaves for the one post that is withdrawn, at that moment alone: not even for another of ours."""
    responses.delete(f"{GRAPH}/v26.0/{POST_ID}", json={"success": True})
    facebook.own_ids.update({"7001", POST_ID})
    for _ in range(2):
        for one in ("7001", POST_ID):
            with pytest.raises(EgressRefused):
                facebook.client.delete_object(one)
        facebook.withdraw(Withdrawal(post("facebook"), POST_ID), NOW)
    assert [str(call.request.url) for call in responses.calls] == [f"{GRAPH}/v26.0/{POST_ID}"] * 2


@pytest.mark.parametrize("number", ["", "7001", "100000000000002_7", f"{PAGE_ID}_7/comments", PAGE_ID])
def test_only_a_post_of_the_page_is_deleted(number: str, tmp_path: Path, tokens: dict[str, str]) -> None:
    """Whatever number stands beside a post: another Page's post, a comment or the Page itself is out of reach."""
    with Loopback(answer({"success": True})) as server, pytest.raises(EgressRefused):
        load("facebook", tmp_path, server.url).withdraw(Withdrawal(post("facebook"), number), NOW)
    assert server.connections == 0


def test_a_post_that_is_not_shown_is_not_taken_for_gone(tmp_path: Path, tokens: dict[str, str]) -> None:
    """100/33 says "gone, or not for you to see", and came for what was there."""
    body = {"error": {"message": "Unsupported delete request.", "code": 100, "error_subcode": 33}}
    with Loopback(answer(body, 400)) as server, pytest.raises(ChannelFailed) as failed:
        load("facebook", tmp_path, server.url).withdraw(Withdrawal(post("facebook"), POST_ID), NOW)
    assert failed.value.judgement.outcome is Outcome.STOP


def test_a_code_that_lies_is_unknown_through_the_library(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Code 2 ("Please retry your request later") had published each time."""
    body = {"error": {"message": "Please retry your request later", "code": 2, "is_transient": True}}
    with Loopback(answer(body, 400)) as server, pytest.raises(ChannelFailed) as failed:
        load("facebook", tmp_path, server.url).publish(post("facebook"), Staged({}), NOW)
    assert failed.value.judgement.outcome is Outcome.UNKNOWN


# --- one picture a step, and none left behind ---------------------------------------------------------------


@responses.activate
def test_each_picture_is_a_step_of_its_own(facebook: Any) -> None:
    """What is up is handed back before the next goes up, so that no failure or crash between loses its number."""
    responses.post(f"{PAGE}/photos", json={"id": "7001"})
    responses.post(f"{PAGE}/photos", json={"error": {"code": 2, "message": "later"}}, status=500)
    responses.post(f"{PAGE}/photos", json={"id": "7002"})
    whole, held = post("facebook", picture("one"), picture("two")), supplies("one", "two")
    first = facebook.stage(whole, held, None, NOW)
    assert (first.values["ready"], first.values["poll"]) == (False, 0)
    assert [photo["id"] for photo in first.values["photos"].values()] == ["7001"]
    with pytest.raises(ChannelFailed) as failed:
        facebook.stage(whole, held, first, NOW)
    assert failed.value.judgement.outcome is Outcome.WAIT
    second = facebook.stage(whole, held, first, NOW)
    assert second == staged("7001", "7002")
    assert facebook.stage(whole, held, second, NOW) == second
    assert len(responses.calls) == 3


@responses.activate
def test_the_exact_bytes_of_taking_photos_away(facebook: Any) -> None:
    """Each photo that was uploaded is deleted by its number, those of a picture since changed too."""
    for number in ("7001", "7002", "6999"):
        responses.delete(f"{GRAPH}/v26.0/{number}", json={"success": True})
    left = Staged({**staged("7001", "7002").values, "left": ["6999"]})
    facebook.discard(left, NOW)
    sent = [(call.request.method, call.request.url, call.request.body) for call in responses.calls]
    assert sent == [("DELETE", f"{GRAPH}/v26.0/{number}", None) for number in ("7001", "7002", "6999")]


@responses.activate
def test_one_photo_that_stays_keeps_no_other_from_going(facebook: Any) -> None:
    """One that is gone already is no failure; one that Facebook keeps is, told once all the others were tried."""
    gone = {"error": {"message": "Unsupported delete request.", "code": 100, "error_subcode": 33}}
    responses.delete(f"{GRAPH}/v26.0/7001", json={"error": {"code": 2, "message": "later"}}, status=500)
    responses.delete(f"{GRAPH}/v26.0/7002", json=gone, status=400)
    with pytest.raises(ChannelFailed) as failed:
        facebook.discard(staged("7001", "7002"), NOW)
    assert (failed.value.judgement.outcome, len(responses.calls)) == (Outcome.WAIT, 2)
    responses.replace(responses.DELETE, f"{GRAPH}/v26.0/7001", json=gone, status=400)
    facebook.discard(staged("7001", "7002"), NOW)


@responses.activate
@pytest.mark.parametrize("subcode", [33001, 3390002, 0, None, "33 or so"])
def test_only_what_is_gone_counts_as_gone(subcode: object, facebook: Any) -> None:
    """100/33 alone says so: a photo that Facebook keeps for another reason, however its number begins, is not forgotten."""
    kept = {"error": {"message": "No.", "code": 100, "error_subcode": subcode, "type": "OAuthException"}}
    responses.delete(f"{GRAPH}/v26.0/7001", json=kept, status=400)
    with pytest.raises(ChannelFailed):
        facebook.discard(staged("7001"), NOW)


@responses.activate
def test_of_several_failures_the_passing_one_is_told(facebook: Any) -> None:
    """Whoever asked tries again by it: where one photo may still go, the rights that another lacks are not the last word."""
    responses.delete(f"{GRAPH}/v26.0/7001", json={"error": {"code": 200, "message": "no"}}, status=403)
    responses.delete(f"{GRAPH}/v26.0/7002", json={"error": {"code": 4, "message": "slow down"}}, status=400)
    with pytest.raises(ChannelFailed) as failed:
        facebook.discard(staged("7001", "7002"), NOW)
    assert failed.value.judgement.outcome is Outcome.WAIT


@pytest.mark.parametrize("number", ["", PAGE_ID, POST_ID, "7001/comments", "me"])
def test_only_a_photo_is_taken_away(number: str, tmp_path: Path, tokens: dict[str, str]) -> None:
    """Whatever stands among what was prepared: a post, the Page itself or anything below them is out of reach."""
    with Loopback(answer({"success": True})) as server, pytest.raises(EgressRefused):
        load("facebook", tmp_path, server.url).discard(staged(number), NOW)
    assert server.connections == 0


def test_a_photo_is_deleted_only_while_it_is_taken_away(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Not before, not after, and not because it is ours."""
    with Loopback(answer({"success": True})) as server:
        facebook = load("facebook", tmp_path, server.url)
        facebook.own_ids.add("7001")
        facebook.discard(staged("7001"), NOW)
        with pytest.raises(EgressRefused):
            facebook.client.delete_object("7001")
    assert server.routes() == ["DELETE /v26.0/7001"]


def test_nothing_prepared_is_nothing_to_take_away(tmp_path: Path, tokens: dict[str, str]) -> None:
    """A link post has no photos: not a single request."""
    with Loopback(answer({"success": True})) as server:
        facebook = load("facebook", tmp_path, server.url)
        for nothing in (Staged({}), prepared(facebook, post("facebook"), supplies())):
            facebook.discard(nothing, NOW)
    assert server.connections == 0


# --- the page behind a link ------------------------------------------------------------------------------------


@responses.activate
def test_the_exact_bytes_of_looking_at_a_page_anew(facebook: Any) -> None:
    """The link and the wish, in the body: Facebook forgets what it saw before the page was there."""
    sent = {"id": LINK, "scrape": "true"}
    matches = [
        responses.matchers.urlencoded_params_matcher(sent),
        responses.matchers.query_string_matcher(""),
    ]
    responses.post(f"{GRAPH}/v26.0/", json={"url": LINK, "type": "website", "id": "1015"}, match=matches)
    facebook.page_is_live(post("facebook"), NOW)
    assert len(responses.calls) == 1


def test_a_post_with_pictures_shows_no_card(tmp_path: Path, tokens: dict[str, str]) -> None:
    """So nobody waits for one."""
    with Loopback(answer({"id": "1"})) as server:
        load("facebook", tmp_path, server.url).page_is_live(post("facebook", picture()), NOW)
    assert server.connections == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "https://www.facebook.com/somebody", "scrape": "true"},
        {"id": f"{LINK}2", "scrape": "true"},
        {"id": LINK},
        {"id": LINK, "scrape": "false"},
        {"id": LINK, "scrape": "true", "fields": "engagement"},
        {"id": PAGE_ID, "scrape": "true"},
    ],
)
def test_only_the_link_of_the_post_is_looked_at(
    fields: dict[str, str], tmp_path: Path, tokens: dict[str, str]
) -> None:
    """No other address, nothing but a look, even while the post's own link is being looked at; and afterwards nothing."""
    refused: list[str] = []
    loaded: list[Any] = []

    def meanwhile(connection: socket.socket) -> None:
        try:
            loaded[0].client.request("v26.0/", post_args=dict(fields), method="POST")
        except EgressRefused:
            refused.append("meanwhile")
        connection.sendall(answer({"id": "1"}))

    with Loopback(meanwhile) as server:
        facebook = load("facebook", tmp_path, server.url)
        loaded.append(facebook)
        facebook.page_is_live(post("facebook"), NOW)
        for late in (fields, {"id": LINK, "scrape": "true"}):
            with pytest.raises(EgressRefused):
                facebook.client.request("v26.0/", post_args=dict(late), method="POST")
    assert (refused, len(server.requests)) == (["meanwhile"], 1)


def test_a_look_at_the_page_is_bounded(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Every channel's post waits for it: no longer than its own setting says, however long others may take."""
    held = threading.Event()

    def hold(_connection: socket.socket) -> None:
        held.wait(30)

    with Loopback(hold) as server:
        facebook = load("facebook", tmp_path, server.url, scrape_timeout=0.2, timeout=20.0)
        began = time.monotonic()
        with pytest.raises(ChannelFailed) as failed:
            facebook.page_is_live(post("facebook"), NOW)
        took = time.monotonic() - began
        held.set()
    assert failed.value.judgement.outcome is Outcome.WAIT
    assert took < 5


# --- what facebook-sdk would do by itself ----------------------------------------------------------------------

UNTOLD: list[tuple[bytes, Outcome]] = [
    (answer(b"false", 400), Outcome.UNKNOWN),
    (answer({"surprise": 1}, 500), Outcome.UNKNOWN),
    (answer({"id": POST_ID}, 500), Outcome.UNKNOWN),
    (answer(b"<html><h1>Sorry</h1></html>", 200, content_type="text/html"), Outcome.UNKNOWN),
    (answer(b"<html><h1>Sorry</h1></html>", 502, content_type="text/html"), Outcome.UNKNOWN),
    (answer(b"access_token=abc", 200, content_type="text/plain"), Outcome.UNKNOWN),
    (answer({"error": {"code": 200, "message": "no"}}, 403), Outcome.STOP),
]


@pytest.mark.parametrize(("told", "outcome"), UNTOLD)
def test_the_status_counts(told: bytes, outcome: Outcome, tmp_path: Path, tokens: dict[str, str]) -> None:
    """The library looks at no status: what it would return, or fail over in its own words, is judged before it sees it."""
    with Loopback(told) as server, pytest.raises(ChannelFailed) as failed:
        load("facebook", tmp_path, server.url).publish(post("facebook"), Staged({}), NOW)
    assert (failed.value.judgement.outcome, len(server.requests)) == (outcome, 1)


def test_an_answer_without_a_type_is_read(tmp_path: Path, tokens: dict[str, str]) -> None:
    """The library fails with a KeyError where the type is missing; the post is out all the same."""
    body = json.dumps({"id": POST_ID}).encode()
    bare = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body
    with Loopback(bare) as server:
        receipt = load("facebook", tmp_path, server.url).publish(post("facebook"), Staged({}), NOW)
    assert receipt.remote_id == POST_ID


def test_a_bare_yes_is_read_whatever_its_type(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Meta has answered deletions with `true` as text/javascript, over which the library fails: the post is gone all the same."""
    with Loopback(answer(b"true", content_type="text/javascript; charset=UTF-8")) as server:
        facebook = load("facebook", tmp_path, server.url)
        facebook.withdraw(Withdrawal(post("facebook"), POST_ID), NOW)
        facebook.discard(staged("7001"), NOW)
    assert len(server.requests) == 2


@pytest.mark.parametrize("published", [False, True, "true", None])
def test_a_picture_that_would_be_public_is_refused(
    published: object, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Python's False goes out as "False", which is no JSON, and a picture without the word is public at once."""
    fields = {"alt_text_custom": "x"} | ({} if published is None else {"published": published})
    with Loopback(answer({"id": "7"})) as server, pytest.raises(EgressRefused):
        load("facebook", tmp_path, server.url).client.put_photo(b"x", f"{PAGE_ID}/photos", **fields)
    assert server.connections == 0


def test_pictures_that_the_library_mangles_are_refused(tmp_path: Path, tokens: dict[str, str]) -> None:
    """It turns a list of objects into their keys, and Facebook would post without pictures."""
    fields = {"message": "a", "attached_media": [{"media_fbid": "7001"}, {"media_fbid": "7002"}]}
    with Loopback(answer({"id": "7"})) as server:
        facebook = load("facebook", tmp_path, server.url)
        facebook.own_ids.update({"7001", "7002"})
        with pytest.raises(EgressRefused):
            facebook.client.request(f"v26.0/{PAGE_ID}/feed", post_args=fields, method="POST")
    assert server.connections == 0


@pytest.mark.parametrize("path", [f"{PAGE_ID}", f"{PAGE_ID}/photos", "7001"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_token_in_the_library_s_hands_goes_nowhere(
    method: str, path: str, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """It puts a token into the address, that of a POST without fields too: such a request does not leave."""
    with Loopback(answer({"id": "7", "success": True})) as server:
        facebook = load("facebook", tmp_path, server.url)
        facebook.client.access_token = tokens["FACEBOOK_PAGE_TOKEN"]
        facebook.own_ids.add("7001")
        empty: dict[str, str] | None = {} if method == "POST" else None
        with pytest.raises(EgressRefused) as refused:
            facebook.client.request(f"v26.0/{path}", post_args=empty, method=method)
    assert server.connections == 0
    assert tokens["FACEBOOK_PAGE_TOKEN"] not in str(refused.value)


# --- on a rehearsal platform ---------------------------------------------------------------------------------


def at(platforms: Platforms, folder: Path, monkeypatch: pytest.MonkeyPatch, **keys: object) -> Any:
    own = platforms.credentials.facebook
    monkeypatch.setenv("FACEBOOK_PAGE_TOKEN", own.token)
    return load("facebook", folder, platforms.graph.url, page_id=own.page_id, **keys)


def whole_post(platforms: Platforms, *names: str) -> tuple[Any, Supplies]:
    pictures = [picture(name, alt=f"Picture {name}") for name in names]
    contents = {media.digest: real_picture(1200, 630 + number) for number, media in enumerate(pictures)}
    link = f"{platforms.website.url}/news/bins/?c=k7mpq2xz"
    return post("facebook", *pictures, link=link), Supplies(contents.__getitem__, lambda _: None)


@pytest.mark.parametrize("names", [(), ("one",), ("one", "two", "three")])
def test_a_post_goes_out_and_is_found(
    names: tuple[str, ...], platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a server with the real one's manners: all pictures with alt text, our link, found again by it."""
    facebook = at(platforms, tmp_path, monkeypatch)
    whole, given = whole_post(platforms, *names)
    receipt = facebook.publish(whole, prepared(facebook, whole, given), NOW)
    (shown,) = platforms.ledger.posts()
    assert (shown.id, shown.url, shown.text, shown.link) == (
        receipt.remote_id,
        receipt.url,
        whole.text,
        whole.link,
    )
    assert [media.alt for media in shown.media] == [f"Picture {name}" for name in names]
    assert facebook.find(whole, None, NOW) == receipt
    assert [call.reason or call.fault for call in platforms.ledger.calls() if call.reason or call.fault] == []


def test_a_lost_post_is_found(platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Committed, and the connection gone: unknown, and the read-back finds it."""
    facebook = at(platforms, tmp_path, monkeypatch)
    whole, _ = whole_post(platforms)
    platforms.graph.fail_next("POST", "/feed", Fault.commit_then_drop())
    with pytest.raises(ChannelFailed) as failed:
        facebook.publish(whole, Staged({}), NOW)
    assert failed.value.judgement.outcome is Outcome.UNKNOWN
    assert facebook.find(whole, None, NOW).remote_id == platforms.ledger.posts()[0].id


def test_a_post_is_taken_down(platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was posted with its pictures is gone from the Page."""
    facebook = at(platforms, tmp_path, monkeypatch)
    whole, given = whole_post(platforms, "one")
    receipt = facebook.publish(whole, prepared(facebook, whole, given), NOW)
    facebook.withdraw(Withdrawal(whole, receipt.remote_id), NOW)
    assert platforms.ledger.posts() == []


def test_the_apps_secret_proves_each_call(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With "Require App Secret", every call, in body or query, carries the right proof; the secret itself never leaves."""
    made = Credentials.made_up()
    own = FacebookCredentials(made.facebook.page_id, made.facebook.token, "app-" + made.x.consumer_key)
    monkeypatch.setenv("FACEBOOK_APP_SECRET", own.app_secret or "")
    with Platforms(folder, credentials=Credentials(made.x, own, made.instagram)) as platforms:
        facebook = at(platforms, tmp_path, monkeypatch, app_secret="env:FACEBOOK_APP_SECRET")
        whole, given = whole_post(platforms, "one")
        facebook.publish(whole, prepared(facebook, whole, given), NOW)
        assert facebook.find(whole, None, NOW)
        facebook.discard(facebook.stage(whole, given, None, NOW), NOW)
        facebook.page_is_live(whole_post(platforms)[0], NOW)
        assert facebook.identify(NOW).notes == ()
        assert {call.status for call in platforms.ledger.calls("facebook")} == {200}
        assert str(own.app_secret) not in json.dumps([call.as_json() for call in platforms.ledger.calls()])


def test_the_proof_is_struck_out_of_what_is_told(
    tmp_path: Path, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made of two secrets, and as good as the token wherever that is known: whoever logs it logs nothing."""
    monkeypatch.setenv("FACEBOOK_APP_SECRET", tokens["INSTAGRAM_TOKEN"])
    with Loopback(answer({"id": PAGE_ID, "data": {"is_valid": True}})) as server:
        load("facebook", tmp_path, server.url, app_secret="env:FACEBOOK_APP_SECRET").identify(NOW)
    sent = server.requests[0].query["appsecret_proof"]
    assert sent not in secrecy.scrub(f"it was {sent}, they say")


def test_what_was_prepared_in_vain_is_gone(
    platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post that Facebook refused leaves no photo on the Page, after one, two or all of them; and again is harmless."""
    facebook = at(platforms, tmp_path, monkeypatch)
    whole, given = whole_post(platforms, "one", "two", "three")
    held = None
    for count in (1, 2, 3):
        held = facebook.stage(whole, given, held, NOW)
        assert len(platforms.graph.pages.leftovers()) == count
    refusal = {"error": {"code": 200, "message": "no", "type": "OAuthException"}}
    platforms.graph.fail_next("POST", "/feed", Fault.refuse(403, refusal))
    with pytest.raises(ChannelFailed) as failed:
        facebook.publish(whole, held, NOW)
    assert failed.value.judgement.outcome is Outcome.STOP
    for _ in range(2):
        facebook.discard(held, NOW)
        assert platforms.graph.pages.leftovers() == []


def test_ten_pictures_are_one_post(
    platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as an item may have, in their order, each with its own alt text."""
    facebook = at(platforms, tmp_path, monkeypatch)
    names = [str(number) for number in range(facebook.limits.images_max)]
    whole, given = whole_post(platforms, *names)
    facebook.publish(whole, prepared(facebook, whole, given), NOW)
    (shown,) = platforms.ledger.posts()
    assert [media.alt for media in shown.media] == [f"Picture {name}" for name in names]
    assert platforms.graph.pages.leftovers() == []


def test_a_page_is_looked_at_anew(
    platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link post's page once, and that of a post with pictures not at all; a page that is not there is a failure."""
    facebook = at(platforms, tmp_path, monkeypatch)
    whole, _ = whole_post(platforms)
    facebook.page_is_live(whole, NOW)
    facebook.page_is_live(whole_post(platforms, "one")[0], NOW)
    assert platforms.graph.pages.scraped == [whole.link]
    with pytest.raises(ChannelFailed):
        facebook.page_is_live(post("facebook", link=f"{platforms.website.url}/none/?c=k7mpq2xz"), NOW)


def test_whose_page_it_is_on_a_platform(
    platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Page, its token's rights and end, by the platform's own clock; once it is over, the token is refused."""
    facebook = at(platforms, tmp_path, monkeypatch)
    token = platforms.graph.tokens["facebook"]
    token.ends_at = NOW + timedelta(days=60)
    token.data_access_ends_at = NOW + timedelta(days=30)
    found = facebook.identify(NOW)
    assert (found.account, found.scopes) == (platforms.credentials.facebook.page_id, facebook.scopes)
    assert (found.ends_at, found.notes) == (NOW + timedelta(days=30), ())
    token.kind = "SYSTEM_USER"
    with pytest.raises(ChannelFailed, match="a system user's and not the Page's own"):
        facebook.identify(NOW)
    token.may_ask = False
    assert facebook.identify(NOW).account == token.user
    token.ends_at = NOW - timedelta(seconds=1)
    with pytest.raises(ChannelFailed) as failed:
        facebook.identify(NOW)
    assert failed.value.judgement.outcome is Outcome.RECONNECT


def test_a_post_that_the_list_leaves_out_is_not_found(
    platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is ranked: nothing found, with the post in plain sight."""
    facebook = at(platforms, tmp_path, monkeypatch)
    whole, _ = whole_post(platforms)
    receipt = facebook.publish(whole, Staged({}), NOW)
    platforms.graph.pages.hide(receipt.remote_id)
    assert facebook.find(whole, None, NOW) is None
    assert [shown.id for shown in platforms.ledger.posts()] == [receipt.remote_id]


def test_an_outage_of_reads_is_no_outage_of_posts(
    platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100/33 on everything that is read, for days, with a good token: the post goes, its address is not told."""
    facebook = at(platforms, tmp_path, monkeypatch)
    whole, _ = whole_post(platforms)
    platforms.graph.hide_objects("facebook")
    receipt = facebook.publish(whole, Staged({}), NOW)
    assert (receipt.remote_id, "did not tell its address" in receipt.note) == (
        platforms.ledger.posts()[0].id,
        True,
    )
