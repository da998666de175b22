"""The rehearsal X: as strict as the documented one, spoken to by tweepy."""

import base64
from datetime import timedelta
from typing import Any

import pytest
import requests
import tweepy
from rehearsal_support import Clock, bearer, describe, picture, upload

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
    twitter.request("POST", f"/2/media/upload/{media}/finalize", user_auth=True)
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
    told = twitter.request("POST", f"/2/media/upload/{media}/finalize", user_auth=True).json()
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
