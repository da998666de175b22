"""X (Twitter) by API v2: tweepy signs and posts; pictures and alt text go through its request method.

Least rights: an app with "Read and write", no access to direct messages. With OAuth 1.0a the account's id stands in the access
token (the part before the dash); with OAuth 2.0 it was proved when the account was connected. Replies are closed as far as X
allows (`reply_settings`). The signing is in _x_auth.py, the pictures in _x_media.py, what answers mean in _x_answers.py.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar, final

from publisher.channels._x_answers import judge
from publisher.channels._x_auth import LEVELS, REFRESH_LIVES, SCOPES, TOKEN_REFUSED, TokenDesk, levels
from publisher.channels._x_media import MOST_BYTES, Entry, Uploads, prepared, still_good
from publisher.channels._x_settings import Settings

from publisher.answers import carries, distinct, fail, identifier, plain
from publisher.channels import Identity, Limits, Supplies, Withdrawal
from publisher.conversing import converses
from publisher.errors import ChannelFailed
from publisher.held import HoldsSecrets
from publisher.likeness import Look
from publisher.model import Judgement, Outcome, Phase, Post, Receipt, Staged
from publisher.own_doors import LIBRARIES

if TYPE_CHECKING:
    from publisher.token_files import Tokens
    from publisher.wire import Call, Sent

__all__ = ["Adapter", "Settings"]

_Said = TypeVar("_Said")

ORIGIN = "https://api.twitter.com"
"""Hard-coded in tweepy.Client.request; replaced by the endpoint before the request is signed."""
READ_MOST = 25
"""Own posts looked through for a lost one: the newest come first, and each one read is billed."""
READ_FIELDS = ("created_at", "entities")
MAX_PICTURES = 4


@final
class Adapter(HoldsSecrets):
    """One account on X."""

    template = "twitter.j2"
    makes_page = False
    post_hosts = ("x.com", "twitter.com")
    withdraws = True
    look = Look("X", "𝕏", "x", closed="Only accounts mentioned can reply")  # noqa: RUF001  # its own sign

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.scopes = SCOPES if settings.signs_anew else LEVELS
        self.limits = Limits(
            text=280,
            measure="x",
            alt=1_000,
            images_max=MAX_PICTURES,
            image_bytes=MOST_BYTES,
            image_width=1_600,
            cost=settings.cost,
            deletion=settings.deletion_price,
        )
        self._leaving: set[str] = set()
        self._uploads = Uploads(settings.timeout)
        self._desk = TokenDesk(self)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call that may leave. The one for tokens has a session of its own: tweepy's does not let it through."""
        return (*self._posting_calls, self._desk.call)

    @cached_property
    def _posting_calls(self) -> tuple[Call, ...]:
        from publisher.wire import Call

        post, looked = (
            frozenset({"text", "media", "reply_settings"}),
            frozenset({"max_results", "tweet.fields"}),
        )
        return (
            Call(Phase.CREATE, "POST", "/2/tweets", fields=post, check=self._is_plain),
            *self._uploads.calls,
            Call(Phase.DELETE, "DELETE", "/2/tweets/(?P<id>[0-9]+)", check=self._is_leaving),
            Call(Phase.READ, "GET", "/2/users/me"),
            Call(Phase.READ, "GET", "/2/users/(?P<id>[0-9]+)/tweets", query=looked, check=self._is_own_posts),
        )

    @cached_property
    def client(self) -> Any:
        """tweepy.Client over the guarded session. Raises ConfigError where a secret is missing."""
        import tweepy

        from publisher.wire import session_for

        for name in LIBRARIES:  # they write signatures and headers to their DEBUG log
            log = logging.getLogger(name)
            log.setLevel(max(log.level, logging.INFO))
        client = tweepy.Client(**self._keys(), return_type=dict, wait_on_rate_limit=False)
        client.session = session_for(self, origin=ORIGIN, calls=self._posting_calls, judge=self._judge_token)
        return client

    def _keys(self) -> dict[str, str]:
        given = self.settings
        if given.signs_anew:
            given.secret(given.client_id)  # needed only when the token is renewed: it is missed now, not then
            return {"bearer_token": self._desk.held().access}
        names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
        keys = {name: self.held[getattr(given, name)] for name in names}
        _ = given.account
        return keys

    @property
    def _user_auth(self) -> bool:
        return not self.settings.signs_anew

    @property
    def connection(self) -> TokenDesk | None:
        """By which the account is connected; None where it signs with keys that do not end."""
        return self._desk if self.settings.signs_anew else None

    def credentials(self) -> str:
        """As for all that hold secrets; tokens that end are read anew each time, and what we renewed ourselves is of the same."""
        found: str = self._desk.credentials() if self.settings.signs_anew else super().credentials()
        return found

    # --- signing ---------------------------------------------------------------------------------------------

    def _fresh_until(self, now: datetime) -> datetime | None:
        """Sees to a token that is good; until when it counts as fresh, None where it does not end."""
        if self._user_auth:
            return None
        tokens: Tokens = self._desk.current(now)
        return tokens.renew_at

    @contextmanager
    def _signing(self, now: datetime, *, last_moment: bool = False) -> Iterator[Any]:
        """The client with a good token, in these hands alone: another thread may renew it, and this request carries what it has.

        A token that X refuses is not used again.
        """
        if self._user_auth:
            yield self.client
            return
        client, access = copy(self.client), self._desk.current(now, last_moment=last_moment).access
        client.bearer_token = access
        try:
            yield client
        except ChannelFailed as failure:
            if failure.judgement.cause == TOKEN_REFUSED:
                self._desk.refuse(access)
            raise

    def _said(self, work: Callable[[Any], _Said], now: datetime) -> _Said:
        """What a request that makes nothing public gives: after a 401 it was not done, and is made once more with a new token."""
        try:
            with self._signing(now) as client:
                return work(client)
        except ChannelFailed as failure:
            if failure.judgement.cause != TOKEN_REFUSED:
                raise
        with self._signing(now) as client:
            return work(client)

    def _judge_token(
        self, phase: Phase, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement:
        """As `judge`, and says where X refuses the token."""
        found = self.judge(phase, status, headers, body)
        if self._user_auth or status != HTTPStatus.UNAUTHORIZED or found.outcome is not Outcome.RECONNECT:
            return found
        return replace(found, cause=TOKEN_REFUSED)

    # --- the verbs -------------------------------------------------------------------------------------------

    def stage(self, post: Post, supplies: Supplies, staged: Staged | None, now: datetime) -> Staged:
        """Uploads the next picture that is missing, with its alt text; one that is still good is kept. Raises ChannelFailed."""
        fresh = self._fresh_until(now)
        before: dict[str, Entry] = staged.values.get("media", {}) if staged else {}
        self._uploads.remember(before)
        kept, left = {}, None
        for media in distinct(post.media):
            if entry := still_good(before.get(media.digest), media, now):
                kept[media.digest] = entry
            if left is None and (entry is None or "since" in entry):
                left = media
        if left is not None:
            ask = partial(self._ask, now)
            kept[left.digest] = self._uploads.step(
                ask, left, supplies.read(left.digest), kept.get(left.digest), now
            )
        whole: Staged = prepared(post, kept, fresh)
        return whole

    def _ask(self, now: datetime, method: str, route: str, **given: Any) -> Mapping[str, Any]:
        def work(client: Any) -> Mapping[str, Any]:
            answer = client.request(method, route, user_auth=self._user_auth, **given).json()
            data: Mapping[str, Any] = answer["data"]
            return data

        return self._said(work, now)

    def publish(self, post: Post, staged: Staged, now: datetime) -> Receipt:
        """The one post. Raises ChannelFailed."""
        uploads: dict[str, Entry] = staged.values.get("media", {})
        if any("since" in uploads.get(media.digest, {"since": ""}) for media in post.media):
            raise fail(
                Outcome.WAIT, "The picture is not on X yet; it is uploaded first.", "publish before stage"
            )
        self._uploads.remember(uploads)
        ids = list(dict.fromkeys(uploads[media.digest]["id"] for media in post.media))
        with self._signing(now, last_moment=True) as client:
            answer = client.create_tweet(
                text=post.text,
                media_ids=ids or None,
                reply_settings=self.settings.reply_settings,
                user_auth=self._user_auth,
            )
        return self._receipt(answer["data"]["id"])

    def find(self, post: Post, staged: Staged | None, now: datetime) -> Receipt | None:
        """Our own newest posts, searched for the link. X stores t.co links; the true ones are in `entities`."""
        asked = {"max_results": READ_MOST, "tweet_fields": list(READ_FIELDS), "user_auth": self._user_auth}
        answer = self._said(lambda client: client.get_users_tweets(self.settings.account, **asked), now)
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
            self._said(lambda client: client.delete_tweet(asked.remote_id, user_auth=self._user_auth), now)
        except tweepy.NotFound:  # let through by the session only where `judge` says that it is gone
            return
        finally:
            self._leaving.discard(asked.remote_id)

    def identify(self, now: datetime) -> Identity:
        """The account that the keys belong to, as X says, and what they may do. Raises ChannelFailed."""
        if not self.settings.signs_anew:
            self.take_up()
        user_auth = self._user_auth
        answer = self._said(lambda client: client.request("GET", "/2/users/me", user_auth=user_auth), now)
        found = answer.json().get("data")
        if not isinstance(found, dict) or not identifier(found.get("id")):
            raise fail(
                Outcome.WAIT, "X does not say whose account it is; it is asked again.", "no id in users/me"
            )
        account, name = identifier(found["id"]), plain(found.get("username"))
        if not self.settings.signs_anew:
            level = levels(answer.headers)
            return Identity(account, name, level)
        tokens: Tokens = self._desk.held()
        return Identity(account, name, tokens.scopes, tokens.came_at + REFRESH_LIVES)

    def judge(
        self, phase: Phase | str, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement:
        """What an answer means (DESIGN §4): the table is in channels/_x_answers.py."""
        judgement: Judgement = judge(Phase(phase.lower()), status, headers, body)
        return judgement

    def _receipt(self, post_id: object) -> Receipt:
        return Receipt(str(post_id), self.settings.permalink.replace("{id}", str(post_id)))

    def _is_leaving(self, sent: Sent) -> bool:
        """Only the post that is being withdrawn: no other method of the library deletes any."""
        return sent.groups["id"] in self._leaving

    def _is_own_posts(self, sent: Sent) -> bool:
        """No metrics: the account broadcasts, and nobody is measured."""
        asked = set(filter(None, sent.query.get("tweet.fields", "").split(",")))
        return sent.groups["id"] == self.settings.account and asked <= set(READ_FIELDS)

    def _is_plain(self, sent: Sent) -> bool:
        """Text, our pictures, replies closed: nothing that answers, quotes, tags, mentions or asks."""
        media = sent.fields.get("media")
        return (
            isinstance(sent.fields.get("text"), str)
            and bool(sent.fields["text"])
            and not converses(sent.fields["text"])
            and sent.fields.get("reply_settings") == self.settings.reply_settings
            and ("media" not in sent.fields or self._is_media(media))
        )

    def _is_media(self, media: object) -> bool:
        """Pictures alone, one to four, that this account uploaded; nobody is tagged."""
        ids = media.get("media_ids") if isinstance(media, dict) and media.keys() == {"media_ids"} else None
        return (
            isinstance(ids, list)
            and 0 < len(ids) <= MAX_PICTURES
            and all(isinstance(one, str) for one in ids)
            and self._uploads.are_ours(ids)
        )


def _links(post: Mapping[str, Any]) -> list[object]:
    entities = post.get("entities")
    urls = entities.get("urls") if isinstance(entities, dict) else None
    entries = [entry for entry in urls if isinstance(entry, dict)] if isinstance(urls, list) else []
    return [entry.get(name) for entry in entries for name in ("expanded_url", "unwound_url")]
