"""The rehearsal X: as strict as the documented one, spoken to by tweepy."""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
import requests
import tweepy
from rehearsal_support import Clock, bearer, describe, picture, upload
from token_support import SCOPES

from publisher.rehearsal.platforms import Platforms

pytest_plugins = ["rehearsal_fixtures"]


def test_tweepy_posts_with_picture_alt_text_and_card(
    platforms: Platforms, twitter: tweepy.Client, clock: Clock
) -> None:
    """A post by the real library is public with its alt text, its arrival on our clock, and the link card."""
    link = f"{platforms.website.url}/news/bins/"
    media = upload(twitter)["id"]
    describe(twitter, media, "Two bins")
    answer = twitter.create_tweet(
        text=f"New days. {link}", media_ids=[media], reply_settings="mentionedUsers"
    )
    (post,) = platforms.ledger.posts("x")
    assert (post.id, post.text, post.link) == (answer["data"]["id"], f"New days. {link}", link)
    assert (post.media[0].alt, post.replies, post.arrived_at) == ("Two bins", "closed", clock.moment)
    assert post.card is not None
    assert (post.card.status, post.card.title, post.card.words) == (
        200,
        "Bins on Monday & Tuesday",
        "card: 200",
    )
    assert post.card.image == f"{platforms.website.url}/media/bins.jpg"
    assert platforms.ledger.content(post.card.image_id) == ("image/jpeg", picture(1200, 630))


def test_x_refuses_a_signature_for_another_host(platforms: Platforms) -> None:
    """Signed for api.twitter.com and sent elsewhere is signed wrongly: 401, and nothing is posted."""
    x = platforms.credentials.x
    auth = tweepy.OAuth1UserHandler(
        x.consumer_key, x.consumer_secret, x.access_token, x.access_token_secret
    ).apply_auth()
    signed = requests.Request(
        "POST", "https://api.twitter.com/2/tweets", json={"text": "hello"}, auth=auth
    ).prepare()
    signed.url = f"{platforms.x.url}/2/tweets"
    with requests.Session() as session:
        assert session.send(signed).status_code == 401
    assert platforms.ledger.posts() == []
    assert "signature" in platforms.ledger.calls("x")[0].reason


@pytest.mark.parametrize("wrong", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"])
def test_x_refuses_each_wrong_key(platforms: Platforms, twitter: tweepy.Client, wrong: str) -> None:
    """Each of the four keys matters."""
    setattr(twitter, wrong, "1-other")
    with pytest.raises(tweepy.Unauthorized):
        twitter.create_tweet(text="hello")


def test_x_refuses_the_same_request_twice(platforms: Platforms) -> None:
    """A nonce counts once (RFC 5849 §3.3), so a request that the transport sends again is refused."""
    x, url = platforms.credentials.x, f"{platforms.x.url}/2/users/me"
    auth = tweepy.OAuth1UserHandler(
        x.consumer_key, x.consumer_secret, x.access_token, x.access_token_secret
    ).apply_auth()
    signed = requests.Request("GET", url, auth=auth).prepare()
    with requests.Session() as session:
        assert [session.send(signed).status_code, session.send(signed).status_code] == [200, 401]


def test_x_takes_the_users_bearer_token(platforms: Platforms, web: requests.Session) -> None:
    """OAuth 2.0 is as good as OAuth 1.0a; another token is not, nor is none."""
    url, own = f"{platforms.x.url}/2/users/me", platforms.credentials.x
    assert web.get(url, headers=bearer(own.bearer_token)).json()["data"]["id"] == own.user_id
    assert web.get(url, headers=bearer("other")).status_code == 401
    assert web.get(url).status_code == 401


def test_x_refuses_a_duplicate(platforms: Platforms, twitter: tweepy.Client) -> None:
    """The same text again is the documented 403, with no id of the first."""
    twitter.create_tweet(text="Once")
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        twitter.create_tweet(text="Once")
    assert len(platforms.ledger.posts("x")) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "a", "colour": "red"}, 400),
        ({"text": "a", "media": {"media_ids": ["123"]}}, 400),
        ({"text": "a", "media": {"media_ids": []}}, 400),
        ({"text": "a", "media": {"media_ids": ["1"], "alt": "b"}}, 400),
        ({"text": "a", "reply_settings": "everyone"}, 400),
        ({"text": 7}, 400),
        ({}, 400),
        ({"text": "a", "reply": {"in_reply_to_tweet_id": "1"}}, 403),
        ({"text": "a", "quote_tweet_id": "1"}, 403),
        ({"text": "a" * 281}, 403),
        ({"text": "界" * 141}, 403),
    ],
)
def test_x_refuses_a_post_that_breaks_the_schema(
    platforms: Platforms, web: requests.Session, body: dict[str, Any], status: int
) -> None:
    """Unknown fields, unknown media, conversations and texts over 280 are refused, and leave no post."""
    url, headers = f"{platforms.x.url}/2/tweets", bearer(platforms.credentials.x.bearer_token)
    assert web.post(url, json=body, headers=headers).status_code == status
    assert platforms.ledger.posts() == []
    assert [(entry.status, bool(entry.reason)) for entry in platforms.ledger.calls("x")] == [(status, True)]


@pytest.mark.parametrize(("letters", "posts"), [(253, 1), (254, 0)])
def test_x_counts_as_x_does(platforms: Platforms, web: requests.Session, letters: int, posts: int) -> None:
    """An address weighs 23 however long, an emoji 2 with all that is joined to it: 280 go, 281 do not."""
    text = f"{'a' * letters} 👩‍👩‍👧 https://example.org/{'b' * 200}"
    headers = bearer(platforms.credentials.x.bearer_token)
    web.post(f"{platforms.x.url}/2/tweets", json={"text": text}, headers=headers)
    assert len(platforms.ledger.posts("x")) == posts


def test_x_uploads_in_pieces(platforms: Platforms, twitter: tweepy.Client) -> None:
    """initialize, append, finalize give usable media once every byte has come."""
    content = picture(30, 30, "PNG")
    half = len(content) // 2
    start = {"media_type": "image/png", "total_bytes": len(content), "media_category": "tweet_image"}
    media = twitter.request("POST", "/2/media/upload/initialize", json=start, user_auth=True).json()["data"][
        "id"
    ]
    for index, piece in enumerate((content[:half], content[half:])):
        body = {"segment_index": index, "media": base64.b64encode(piece).decode()}
        twitter.request("POST", f"/2/media/upload/{media}/append", json=body, user_auth=True)
    twitter.request("POST", f"/2/media/upload/{media}/finalize", json={}, user_auth=True)
    twitter.create_tweet(text="Pieces", media_ids=[media])
    assert platforms.ledger.content(media) == ("image/png", content)


def test_x_processes_video(platforms: Platforms, twitter: tweepy.Client) -> None:
    """A video is usable only once STATUS says succeeded; asking for a picture's status is a 400."""
    start = {"media_type": "video/mp4", "total_bytes": 3, "media_category": "tweet_video"}
    media = twitter.request("POST", "/2/media/upload/initialize", json=start, user_auth=True).json()["data"][
        "id"
    ]
    body = {"segment_index": 0, "media": base64.b64encode(b"mp4").decode()}
    twitter.request("POST", f"/2/media/upload/{media}/append", json=body, user_auth=True)
    told = twitter.request("POST", f"/2/media/upload/{media}/finalize", json={}, user_auth=True).json()
    assert told["data"]["processing_info"]["state"] == "pending"
    with pytest.raises(tweepy.BadRequest):
        twitter.create_tweet(text="Too early", media_ids=[media])
    ask = {"command": "STATUS", "media_id": media}
    told = twitter.request("GET", "/2/media/upload", params=ask, user_auth=True).json()
    assert told["data"]["processing_info"]["state"] == "succeeded"
    with pytest.raises(tweepy.BadRequest):
        twitter.request(
            "GET", "/2/media/upload", params=ask | {"media_id": upload(twitter)["id"]}, user_auth=True
        )


@pytest.mark.parametrize(
    ("segments", "body", "why"),
    [
        ({0: 0, 2: 1}, {}, "do not add up"),
        ({0: 0}, {}, "do not add up"),
        ({}, {}, "do not add up"),
        ({1: 0, 2: 1}, {}, "do not add up"),
        ({0: 0, 1: 1}, None, "must be a JSON object"),
        ({0: 0, 1: 1}, {"media_id": "1"}, "not defined in the schema"),
    ],
)
def test_x_takes_pieces_without_a_gap(
    platforms: Platforms, twitter: tweepy.Client, segments: dict[int, int], body: Any, why: str
) -> None:
    """Pieces count from 0, all bytes are there, and the end is a JSON object; else the picture is none."""
    content = picture(30, 30, "PNG")
    halves = content[:40], content[40:]
    media = begun(twitter, len(content))
    for index, half in segments.items():
        twitter.request(
            "POST", f"/2/media/upload/{media}/append", json=piece(index, halves[half]), user_auth=True
        )
    with pytest.raises(tweepy.BadRequest):
        twitter.request("POST", f"/2/media/upload/{media}/finalize", json=body, user_auth=True)
    assert why in platforms.ledger.calls("x")[-1].reason
    with pytest.raises(tweepy.BadRequest):
        twitter.create_tweet(text="Half", media_ids=[media])


def test_x_takes_no_more_than_was_said(platforms: Platforms, twitter: tweepy.Client) -> None:
    """More bytes than `total_bytes`, a segment over 999, a piece after the end: 400 each."""
    content = picture(30, 30, "PNG")
    media = begun(twitter, len(content))
    twitter.request("POST", f"/2/media/upload/{media}/append", json=piece(0, content), user_auth=True)
    for index in (1, 1000):
        with pytest.raises(tweepy.BadRequest):
            twitter.request(
                "POST", f"/2/media/upload/{media}/append", json=piece(index, b"more"), user_auth=True
            )
    twitter.request("POST", f"/2/media/upload/{media}/append", json=piece(0, content), user_auth=True)
    twitter.request("POST", f"/2/media/upload/{media}/finalize", json={}, user_auth=True)
    with pytest.raises(tweepy.BadRequest):
        twitter.request("POST", f"/2/media/upload/{media}/append", json=piece(1, b"more"), user_auth=True)
    with pytest.raises(tweepy.BadRequest):
        begun(twitter, 5 * 1024 * 1024 + 1)


def begun(twitter: tweepy.Client, total: int) -> str:
    start = {"media_type": "image/png", "total_bytes": total, "media_category": "tweet_image"}
    told = twitter.request("POST", "/2/media/upload/initialize", json=start, user_auth=True).json()
    return str(told["data"]["id"])


def piece(index: int, content: bytes) -> dict[str, Any]:
    return {"segment_index": index, "media": base64.b64encode(content).decode()}


def test_x_may_work_on_a_picture(platforms: Platforms, twitter: tweepy.Client) -> None:
    """`looks`: pending, in progress so often, then usable; `spoils`: failed with HTTP 200, and never usable."""
    ask = {"command": "STATUS", "media_id": ""}
    for spoils, states in ((False, ["in_progress", "succeeded"]), (True, ["in_progress", "failed"])):
        platforms.x.media.looks, platforms.x.media.spoils = 1, spoils
        told = upload(twitter)
        assert told["processing_info"] == {"state": "pending", "check_after_secs": 1}
        ask["media_id"] = told["id"]
        answers = [
            twitter.request("GET", "/2/media/upload", params=ask, user_auth=True).json() for _ in states
        ]
        assert [one["data"]["processing_info"]["state"] for one in answers] == states
        if spoils:
            with pytest.raises(tweepy.BadRequest):
                twitter.create_tweet(text="Spoilt", media_ids=[told["id"]])
        else:
            twitter.create_tweet(text="Usable", media_ids=[told["id"]])


# --- OAuth 2.0 ---------------------------------------------------------------------------------------------------


def renew(platforms: Platforms, web: requests.Session, **changes: str) -> requests.Response:
    own = platforms.credentials.x
    form = {"grant_type": "refresh_token", "client_id": own.client_id, **changes}
    return web.post(f"{platforms.x.url}/2/oauth2/token", data=form, auth=(own.client_id, own.client_secret))


def test_x_tokens_last_two_hours_and_replace_each_other(
    platforms: Platforms, web: requests.Session, clock: Clock
) -> None:
    """A refresh token counts once; an access token ends by the rehearsal's clock; the new pair is another."""
    url, first = f"{platforms.x.url}/2/users/me", platforms.x.tokens.give(SCOPES)
    assert web.get(url, headers=bearer(str(first["access_token"]))).status_code == 200
    clock.moment += timedelta(hours=2)
    assert web.get(url, headers=bearer(str(first["access_token"]))).status_code == 401
    second = renew(platforms, web, refresh_token=str(first["refresh_token"])).json()
    assert (second["expires_in"], second["token_type"]) == (7200, "bearer")
    assert set(second["scope"].split()) == SCOPES
    assert web.get(url, headers=bearer(second["access_token"])).status_code == 200
    again = renew(platforms, web, refresh_token=str(first["refresh_token"]))
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")
    assert renew(platforms, web, refresh_token=second["refresh_token"]).status_code == 200


def test_x_wants_to_know_the_app(platforms: Platforms, web: requests.Session) -> None:
    """A confidential client by Basic, a public one by its id in the form; a refused call uses nothing up."""
    url, given = f"{platforms.x.url}/2/oauth2/token", platforms.x.tokens.give(SCOPES)
    form = {"grant_type": "refresh_token", "refresh_token": str(given["refresh_token"])}
    form["client_id"] = platforms.credentials.x.client_id
    assert web.post(url, data=form).json()["error"] == "unauthorized_client"
    assert web.post(url, data=form, auth=(form["client_id"], "other")).status_code == 401
    assert (
        web.post(url, json=form, auth=(form["client_id"], platforms.credentials.x.client_secret)).status_code
        == 401
    )
    platforms.x.tokens.public = True
    assert web.post(url, data=form | {"client_id": "other"}).status_code == 401
    assert web.post(url, data=form).status_code == 200


@pytest.mark.parametrize("lacking", sorted(SCOPES - {"offline.access"}))
def test_x_knows_what_a_token_may_do(platforms: Platforms, web: requests.Session, lacking: str) -> None:
    """Each scope matters where X's own table says so: 403 without it."""
    given = platforms.x.tokens.give(SCOPES - {lacking})
    headers, url = bearer(str(given["access_token"])), platforms.x.url
    needs = {
        "/2/tweets": {"tweet.read", "tweet.write", "users.read"}, "/2/media/upload": {"media.write"},
    }  # fmt: skip
    for path, needed in needs.items():
        assert (web.post(url + path, json={"text": "a"}, headers=headers).status_code == 403) == (
            lacking in needed
        )
    assert (web.get(url + "/2/users/me", headers=headers).status_code == 403) == (
        lacking in {"tweet.read", "users.read"}
    )


def test_x_gives_a_refresh_token_only_to_stay_connected(platforms: Platforms) -> None:
    """Without offline.access there is none."""
    assert "refresh_token" not in platforms.x.tokens.give(SCOPES - {"offline.access"})


@pytest.mark.parametrize(
    "change",
    [{"code_verifier": "other"}, {"redirect_uri": "http://127.0.0.1/other"}, {"code": "other"}, {}],
)
def test_x_exchanges_a_code_once_for_the_one_who_asked(
    platforms: Platforms, web: requests.Session, clock: Clock, change: dict[str, str]
) -> None:
    """PKCE: only who made the challenge, at the same callback, within 30 seconds, once."""
    own, verifier = platforms.credentials.x, "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code", "client_id": own.client_id, "redirect_uri": "http://127.0.0.1/c", "scope": "tweet.read users.read",
        "state": "s", "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    led = web.get(f"{platforms.x.url}/i/oauth2/authorize", params=asked, allow_redirects=False).headers[
        "location"
    ]
    code = led.partition("code=")[2]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "http://127.0.0.1/c",
        "code_verifier": verifier,
    }

    def exchanged(**more: str) -> int:
        auth = (own.client_id, own.client_secret)
        return web.post(f"{platforms.x.url}/2/oauth2/token", data=form | more, auth=auth).status_code

    assert exchanged(**change) == (400 if change else 200)
    assert exchanged() == (200 if "code" in change else 400)
    assert led.startswith("http://127.0.0.1/c?state=s&code=")


@pytest.mark.parametrize("change", [{"client_id": "other"}, {"scope": "everything"}, {"scope": ""}, {"state": ""}, {"code_challenge_method": "plain"}, {"response_type": "token"}, {"redirect_uri": None}])  # fmt: skip
def test_x_shows_an_error_for_a_bent_address(
    platforms: Platforms, web: requests.Session, change: dict[str, str | None]
) -> None:
    """What is asked wrongly, or not at all, leads to no callback."""
    own = platforms.credentials.x
    asked = {
        "response_type": "code", "client_id": own.client_id, "redirect_uri": "http://127.0.0.1/c", "scope": "tweet.read",
        "state": "s", "code_challenge": "c", "code_challenge_method": "S256",
    } | change  # fmt: skip
    assert (
        web.get(f"{platforms.x.url}/i/oauth2/authorize", params=asked, allow_redirects=False).status_code
        == 400
    )


def test_x_tells_the_level_to_keys_alone(
    platforms: Platforms, twitter: tweepy.Client, web: requests.Session
) -> None:
    """`x-access-level` comes with OAuth 1.0a; an app that may only read cannot post."""
    own = twitter.request("GET", "/2/users/me", user_auth=True)
    assert own.headers["x-access-level"] == "read-write"
    token = bearer(platforms.credentials.x.bearer_token)
    assert "x-access-level" not in web.get(f"{platforms.x.url}/2/users/me", headers=token).headers
    platforms.x.access_level = "read"
    assert twitter.request("GET", "/2/users/me", user_auth=True).headers["x-access-level"] == "read"
    with pytest.raises(tweepy.Forbidden, match="oauth1 app permissions"):
        twitter.create_tweet(text="No")


def test_x_keeps_no_token_in_the_ledger(platforms: Platforms, web: requests.Session) -> None:
    """Neither what was given nor what it was given for is written down."""
    given = platforms.x.tokens.give(SCOPES)
    told = renew(platforms, web, refresh_token=str(given["refresh_token"])).json()
    web.get(f"{platforms.x.url}/2/users/me", headers=bearer(told["access_token"]))
    own = platforms.credentials.x
    secret = (
        given["refresh_token"],
        given["access_token"],
        told["access_token"],
        told["refresh_token"],
        own.client_id,
        own.client_secret,
    )
    written = json.dumps(platforms.ledger.as_json())
    assert [one for one in secret if str(one) in written] == []


def test_x_media_expire(platforms: Platforms, twitter: tweepy.Client, clock: Clock) -> None:
    """After expires_after_secs the id is as good as none."""
    media = upload(twitter)
    clock.moment += timedelta(seconds=media["expires_after_secs"])
    with pytest.raises(tweepy.BadRequest):
        twitter.create_tweet(text="Late", media_ids=[media["id"]])


def test_x_takes_alt_text_up_to_1000_before_the_post(twitter: tweepy.Client) -> None:
    """1,000 characters are taken, 1,001 not; and none after the post."""
    media = upload(twitter)["id"]
    assert describe(twitter, media, "a" * 1000).json()["data"]["id"] == media
    with pytest.raises(tweepy.BadRequest):
        describe(twitter, media, "a" * 1001)
    twitter.create_tweet(text="With a picture", media_ids=[media])
    with pytest.raises(tweepy.BadRequest):
        describe(twitter, media, "too late")


def test_x_refuses_what_is_no_picture(twitter: tweepy.Client) -> None:
    """The bytes are looked at, not believed."""
    with pytest.raises(tweepy.BadRequest):
        upload(twitter, b"not a picture")


def test_x_own_posts_tell_the_true_address(platforms: Platforms, twitter: tweepy.Client) -> None:
    """The text read back holds t.co; the address that was sent stands in entities.urls, if asked for."""
    user, link = platforms.credentials.x.user_id, f"{platforms.website.url}/news/bins/?c=1"
    assert "data" not in twitter.get_users_tweets(user, user_auth=True)
    twitter.create_tweet(text=f"Bins {link}")
    (told,) = twitter.get_users_tweets(user, tweet_fields=["entities", "created_at"], user_auth=True)["data"]
    assert "https://t.co/" in told["text"]
    assert (told["entities"]["urls"][0]["expanded_url"], told["created_at"]) == (
        link,
        "2026-12-01T09:00:00.000Z",
    )
    assert "entities" not in twitter.get_users_tweets(user, user_auth=True)["data"][0]
    with pytest.raises(tweepy.NotFound):
        twitter.get_users_tweets("1", user_auth=True)


def test_x_deletes_own_posts(platforms: Platforms, twitter: tweepy.Client) -> None:
    """What is deleted is off the wall, and cannot be deleted again."""
    post_id = twitter.create_tweet(text="Wrong")["data"]["id"]
    assert twitter.delete_tweet(post_id)["data"] == {"deleted": True}
    assert platforms.ledger.posts() == []
    with pytest.raises(tweepy.NotFound):
        twitter.delete_tweet(post_id)
