"""X (Twitter) by API v2: tweepy signs (OAuth 1.0a) and posts; pictures and alt text go through its request method.

Least rights: an app with "Read and write", no access to direct messages. The account's id stands in the access token
(the part before the dash), so nothing needs to be read to know whose account it is. Replies are closed as far as X
allows (`reply_settings`).
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

from publisher.channels._x_answers import judge

from publisher.answers import carries, distinct, fail, identifier
from publisher.channels import Identity, Limits, Supplies, Withdrawal
from publisher.errors import ConfigError
from publisher.model import Judgement, Media, Outcome, Phase, Post, Receipt, Staged
from publisher.settings import ChannelSettings, Endpoint, SecretRef

if TYPE_CHECKING:
    from publisher.wire import Call, Sent

ORIGIN = "https://api.twitter.com"
"""Hard-coded in tweepy.Client.request; replaced by the endpoint before the request is signed."""
POST_COST, POST_COST_WITH_LINK, ALT_COST, DELETION_COST = 0.015, 0.200, 0.005, 0.010
"""US dollars for a post, for each picture's alternative text ("metadata"), and for taking a post down (docs.x.com, "Pricing", since 20 April 2026)."""
UPLOAD_LIVES = 86_400
"""Seconds, where the answer to an upload does not say (docs.x.com, "Media upload")."""
UPLOAD_SHARE = 0.9
"""An upload counts as expired a tenth early: at the moment of release it must still be good."""
READ_MOST = 25
"""Own posts looked through for a lost one: the newest come first, and each one read is billed."""
READ_FIELDS = ("created_at", "entities")
MAX_PICTURES = 4
QUIET = ("oauthlib", "requests_oauthlib", "tweepy")
"""These write signatures and headers to their DEBUG log."""


class Settings(ChannelSettings):
    """`reply_settings` closes replies as far as X can; `permalink` is where a post of ours is shown."""

    identity: ClassVar[tuple[str, ...]] = ("access_token",)
    endpoint: Endpoint = "https://api.x.com"
    consumer_key: SecretRef = "env:TWITTER_CONSUMER_KEY"
    consumer_secret: SecretRef = "env:TWITTER_CONSUMER_SECRET"  # noqa: S105  # where it is, not what
    access_token: SecretRef = "env:TWITTER_ACCESS_TOKEN"  # noqa: S105
    access_token_secret: SecretRef = "env:TWITTER_ACCESS_TOKEN_SECRET"  # noqa: S105
    reply_settings: Literal["mentionedUsers", "following", "verified", "subscribers"] = "mentionedUsers"
    permalink: str = "https://x.com/i/status/{id}"

    @property
    def account(self) -> str:
        """The account's number, without asking X for it. Raises ConfigError."""
        found = self.secret(self.access_token).partition("-")[0]
        if not re.fullmatch("[0-9]+", found):
            raise ConfigError(
                "the access token does not begin with the account's number",
                field=f"channels.{self.name}.access_token",
                way_out="Copy it anew from X's developer pages.",
            )
        return found


def cost(text: str, described: int) -> float:
    """US dollars for a post with this text and so many pictures that have alternative text. Failed requests are not billed."""
    return (POST_COST_WITH_LINK if "://" in text else POST_COST) + described * ALT_COST


@final
class Adapter:
    """One account on X."""

    template = "twitter.j2"
    makes_page = False
    post_hosts = ("x.com", "twitter.com")
    withdraws = True
    scopes: frozenset[str] = frozenset()
    limits = Limits(
        text=280,
        measure="x",
        alt=1_000,
        images_max=MAX_PICTURES,
        image_bytes=5 * 1024 * 1024,
        image_width=1_600,
        cost=cost,
        deletion=DELETION_COST,
    )

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._leaving: set[str] = set()

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call that may leave."""
        from publisher.wire import Call

        post, alt = frozenset({"text", "media", "reply_settings"}), frozenset({"id", "metadata"})
        upload, looked = frozenset({"media", "media_category"}), frozenset({"max_results", "tweet.fields"})
        return (
            Call(Phase.CREATE, "POST", "/2/tweets", fields=post, check=self._is_plain),
            Call(Phase.UPLOAD, "POST", "/2/media/upload", fields=upload, check=_is_picture),
            Call(Phase.UPLOAD, "POST", "/2/media/metadata", fields=alt, check=_is_alt_text),
            Call(Phase.DELETE, "DELETE", "/2/tweets/(?P<id>[0-9]+)", check=self._is_leaving),
            Call(Phase.READ, "GET", "/2/users/me"),
            Call(Phase.READ, "GET", "/2/users/(?P<id>[0-9]+)/tweets", query=looked, check=self._is_own_posts),
        )

    @cached_property
    def client(self) -> Any:
        """tweepy.Client over the guarded session. Raises ConfigError where a secret is missing."""
        import tweepy

        from publisher.wire import Session

        for name in QUIET:
            log = logging.getLogger(name)
            log.setLevel(max(log.level, logging.INFO))
        given, secret = self.settings, self.settings.secret
        client = tweepy.Client(
            consumer_key=secret(given.consumer_key),
            consumer_secret=secret(given.consumer_secret),
            access_token=secret(given.access_token),
            access_token_secret=secret(given.access_token_secret),
            return_type=dict,
            wait_on_rate_limit=False,
        )
        _ = self._account
        client.session = Session(
            endpoint=given.endpoint, origin=ORIGIN, calls=self.calls, judge=self.judge, timeout=given.timeout
        )
        return client

    @cached_property
    def _account(self) -> str:
        """The account's id: it is read once."""
        return self.settings.account

    def stage(self, post: Post, supplies: Supplies, staged: Staged | None, now: datetime) -> Staged:
        """Uploads each picture with its alt text; one that is still good is kept. Raises ChannelFailed."""
        before = staged.values.get("media", {}) if staged else {}
        kept = {
            media.digest: _still_good(before.get(media.digest), media, now)
            or self._upload(media, supplies.read(media.digest), now)
            for media in distinct(post.media)
        }
        ends = [datetime.fromisoformat(upload["until"]) for upload in kept.values()]
        return Staged({"ready": True, "media": kept}, min(ends, default=None))

    def _upload(self, media: Media, content: bytes, now: datetime) -> dict[str, str]:
        body = {"media": base64.b64encode(content).decode(), "media_category": "tweet_image"}
        data = self.client.request("POST", "/2/media/upload", json=body, user_auth=True).json()["data"]
        lives = data.get("expires_after_secs")
        seconds = lives if isinstance(lives, int) and 0 < lives <= UPLOAD_LIVES else UPLOAD_LIVES
        if media.alt:
            alt = {"id": str(data["id"]), "metadata": {"alt_text": {"text": media.alt}}}
            self.client.request("POST", "/2/media/metadata", json=alt, user_auth=True)
        until = now + timedelta(seconds=seconds * UPLOAD_SHARE)
        return {"id": str(data["id"]), "alt": media.alt, "until": until.isoformat()}

    def publish(self, post: Post, staged: Staged, now: datetime) -> Receipt:
        """The one post. Raises ChannelFailed."""
        uploads = staged.values.get("media", {})
        if any(media.digest not in uploads for media in post.media):
            raise fail(
                Outcome.WAIT, "The picture is not on X yet; it is uploaded first.", "publish before stage"
            )
        ids = list(dict.fromkeys(uploads[media.digest]["id"] for media in post.media))
        answer = self.client.create_tweet(
            text=post.text, media_ids=ids or None, reply_settings=self.settings.reply_settings, user_auth=True
        )
        return self._receipt(answer["data"]["id"])

    def find(self, post: Post, staged: Staged | None, now: datetime) -> Receipt | None:
        """Our own newest posts, searched for the link. X stores t.co links; the true ones are in `entities`."""
        answer = self.client.get_users_tweets(
            self._account, max_results=READ_MOST, tweet_fields=list(READ_FIELDS), user_auth=True
        )
        found = answer.get("data")
        for one in found if isinstance(found, list) else []:
            if isinstance(one, dict) and identifier(one.get("id")) and carries(_links(one), post):
                return self._receipt(one["id"])
        return None

    def withdraw(self, asked: Withdrawal, now: datetime) -> None:
        """Deletes the post; its pictures go with it. Raises ChannelFailed."""
        import tweepy

        self._leaving.add(asked.remote_id)
        try:
            self.client.delete_tweet(asked.remote_id, user_auth=True)
        except tweepy.NotFound:  # let through by the session only where `judge` says that it is gone
            return
        finally:
            self._leaving.discard(asked.remote_id)

    def identify(self, now: datetime) -> Identity:
        """The account that the keys belong to. Raises ChannelFailed."""
        found = self.client.get_me(user_auth=True)["data"]
        return Identity(str(found["id"]), str(found.get("username", "")))

    def judge(
        self, phase: Phase | str, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement:
        """What an answer means (DESIGN §4): the table is in channels/_x_answers.py."""
        judgement: Judgement = judge(Phase(phase.lower()), status, headers, body)
        return judgement

    def close(self) -> None:
        """Frees the connections."""
        if "client" in self.__dict__:
            self.client.session.close()

    def _receipt(self, post_id: object) -> Receipt:
        return Receipt(str(post_id), self.settings.permalink.replace("{id}", str(post_id)))

    def _is_leaving(self, sent: Sent) -> bool:
        """Only the post that is being withdrawn: no other method of the library deletes any."""
        return sent.groups["id"] in self._leaving

    def _is_own_posts(self, sent: Sent) -> bool:
        """No metrics: the account broadcasts, and nobody is measured."""
        asked = set(filter(None, sent.query.get("tweet.fields", "").split(",")))
        return sent.groups["id"] == self._account and asked <= set(READ_FIELDS)

    def _is_plain(self, sent: Sent) -> bool:
        """Text, our pictures, replies closed: nothing that answers, quotes, tags or asks."""
        media = sent.fields.get("media")
        return (
            isinstance(sent.fields.get("text"), str)
            and bool(sent.fields["text"])
            and sent.fields.get("reply_settings") == self.settings.reply_settings
            and ("media" not in sent.fields or _is_media(media))
        )


def _still_good(upload: dict[str, str] | None, media: Media, now: datetime) -> dict[str, str] | None:
    good = upload and upload["alt"] == media.alt and datetime.fromisoformat(upload["until"]) > now
    return upload if good else None


def _is_media(media: object) -> bool:
    ids = media.get("media_ids") if isinstance(media, dict) and media.keys() == {"media_ids"} else None
    return (
        isinstance(ids, list)
        and 0 < len(ids) <= MAX_PICTURES
        and all(isinstance(one, str) and one.isdigit() for one in ids)
    )


def _is_picture(sent: Sent) -> bool:
    return sent.fields.get("media_category") == "tweet_image"


def _is_alt_text(sent: Sent) -> bool:
    match sent.fields:
        case {"id": str(), "metadata": {"alt_text": {"text": str(), **more}, **other}}:
            return not more and not other
    return False


def _links(post: Mapping[str, Any]) -> list[object]:
    entities = post.get("entities")
    urls = entities.get("urls") if isinstance(entities, dict) else None
    entries = [entry for entry in urls if isinstance(entry, dict)] if isinstance(urls, list) else []
    return [entry.get(name) for entry in entries for name in ("expanded_url", "unwound_url")]
