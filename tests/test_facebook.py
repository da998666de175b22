"""Facebook: the exact bytes of each call, no token anywhere but in the header, lost posts found by their link."""

import json
from pathlib import Path
from typing import Any

import pytest
import responses
from channels_support import LINK, NOW, PAGE_ID, Loopback, answer, load, picture, post, supplies
from rehearsal_support import picture as real_picture

from publisher.channels import Supplies, Withdrawal
from publisher.errors import ChannelFailed, EgressRefused
from publisher.model import Outcome, Receipt, Staged
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
    return Staged({"ready": True, "photos": photos})


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
    assert "code 10" in receipt.note


def test_a_picture_is_not_uploaded_again(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Staging may be repeated: only what is missing, or has other alt text, goes up."""
    with Loopback(answer({"id": "7001"}), answer({"id": "7002"})) as server:
        facebook = load("facebook", tmp_path, server.url)
        first = facebook.stage(post("facebook", picture()), supplies(), None, NOW)
        assert facebook.stage(post("facebook", picture()), supplies(), first, NOW) == first
        assert len(server.requests) == 1
        other = facebook.stage(post("facebook", picture(alt="Other words")), supplies(), first, NOW)
        assert other.values["photos"][picture().digest]["id"] == "7002"


def test_the_token_is_in_the_header_alone(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Addresses and bodies end up in logs and exceptions: no token is ever in one."""
    good = answer({"id": POST_ID, "data": [], "success": True})
    with Loopback(good) as server:
        facebook = load("facebook", tmp_path, server.url)
        whole = post("facebook", picture())
        facebook.publish(whole, facebook.stage(whole, supplies(), None, NOW), NOW)
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
    receipt = facebook.publish(whole, facebook.stage(whole, given, None, NOW), NOW)
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
    receipt = facebook.publish(whole, facebook.stage(whole, given, None, NOW), NOW)
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
        facebook.publish(whole, facebook.stage(whole, given, None, NOW), NOW)
        assert facebook.find(whole, None, NOW)
        assert {call.status for call in platforms.ledger.calls("facebook")} == {200}
        assert str(own.app_secret) not in json.dumps([call.as_json() for call in platforms.ledger.calls()])
