"""X API v2 as documented (OpenAPI 2.167, docs.x.com): media, alt text, posts, own posts read back."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from publisher.rehearsal import oauth1
from publisher.rehearsal.api import Answer, Api, Call, Refusal, Routes
from publisher.rehearsal.credentials import XCredentials, same
from publisher.rehearsal.ledger import Ledger, Post
from publisher.rehearsal.x_answers import (
    forbidden,
    invalid,
    lacks_permission,
    new_id,
    not_found,
    refuse_unknown,
    unauthorized,
)
from publisher.rehearsal.x_media import MediaDesk
from publisher.rehearsal.x_tokens import PATH, SCOPES, TokenDesk, demand

MAX_MEDIA = 4
MAX_WEIGHT = 280
"""Weighted characters of a post (docs.x.com, "Counting characters")."""
URL_WEIGHT = 23
_LIGHT = re.compile("[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
"""What counts one; everything else counts two (twitter-text configuration v3)."""
_JOINED = re.compile("\u200d.|[\ufe0f\U0001f3fb-\U0001f3ff]")
"""What an emoji draws into itself; it adds no weight."""
_URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?')\]]")
REPLY_SETTINGS = frozenset({"following", "mentionedUsers", "subscribers", "verified"})
POST_FIELDS = frozenset(
    {
        "text", "media", "reply", "quote_tweet_id", "poll", "reply_settings", "edit_options", "made_with_ai",
        "paid_partnership", "geo", "nullcast", "community_id", "share_with_followers", "card_uri",
        "for_super_followers_only", "direct_message_deep_link",
    }
)  # fmt: skip
READ_QUERY = frozenset(
    {
        "max_results", "tweet.fields", "user.fields", "media.fields", "place.fields", "poll.fields", "expansions",
        "start_time", "end_time", "since_id", "until_id", "exclude", "pagination_token",
    }
)  # fmt: skip
_READ = frozenset({"tweet.read", "users.read"})
NEEDED = (
    ("POST", "/2/tweets", _READ | {"tweet.write"}),
    ("DELETE", "/2/tweets/", _READ | {"tweet.write"}),
    ("GET", "/2/users/", _READ),
    ("POST", "/2/media/", frozenset({"media.write"})),
    ("GET", "/2/media/", frozenset({"media.write"})),
)
"""The scopes that a call needs, by how its path begins (docs.x.com, "X API v2 authentication mapping"; OpenAPI 2.167)."""
READ_LEAST, READ_MOST, READ_DEFAULT = 5, 100, 10
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."


@dataclass(frozen=True, slots=True)
class _Post:
    id: str
    text: str
    created_at: datetime
    urls: tuple[dict[str, Any], ...]
    media_ids: tuple[str, ...]
    asked: str


class X(Api):
    """The account's corner of X. It takes OAuth 1.0a with a true signature, or an OAuth 2.0 token of the user.

    `access_level` is the app's, for OAuth 1.0a: `read`, `read-write` or `read-write-directmessages`. `tokens` is the app's desk
    for OAuth 2.0.
    """

    name = "x"
    username = "council_rehearsal"

    def __init__(self, ledger: Ledger, credentials: XCredentials) -> None:
        super().__init__(ledger)
        self._credentials = credentials
        self._nonces: set[str] = set()
        self._posts: dict[str, _Post] = {}
        self.media = MediaDesk(ledger)
        self.tokens = TokenDesk(ledger, credentials)
        self.access_level = "read-write"

    @property
    def routes(self) -> Routes:
        return (
            *self.media.routes,
            *self.tokens.routes,
            ("POST", "/2/tweets", self._create),
            ("DELETE", r"/2/tweets/(?P<id>\d+)", self._delete),
            ("GET", "/2/users/me", self._me),
            ("GET", r"/2/users/(?P<id>\d+)/tweets", self._own_posts),
            ("GET", rf"/(?:i/web|{self.username})/status/(?P<id>\d+)", self._page),
        )

    def check(self, call: Call) -> None:
        if not call.path.startswith("/2/") or call.path == PATH:
            return  # what people see; and the app's own desk, which asks for the app
        scheme, _, token = call.authorization.partition(" ")
        if scheme.lower() == "bearer":
            _demand_scopes(call, self._granted(token))
            return
        if why := self._wrong_signature(call):
            raise unauthorized(why)
        if call.method != "GET" and "write" not in self.access_level:
            raise lacks_permission()

    def _granted(self, token: str) -> frozenset[str]:
        if same(token, self._credentials.bearer_token):
            return SCOPES
        if found := self.tokens.granted(token):
            return found
        raise unauthorized("the token is not known, or has ended")

    def _wrong_signature(self, call: Call) -> str:
        given, own = oauth1.parameters(call.authorization), self._credentials
        if missing := [name for name in oauth1.NEEDED if not given.get(name)]:
            return f"no OAuth 1.0a ({missing[0]} is missing) and no valid bearer token"
        if not same(given["oauth_consumer_key"], own.consumer_key) or not same(
            given["oauth_token"], own.access_token
        ):
            return "the consumer key or the access token is not known"
        if given["oauth_nonce"] in self._nonces:
            return "a nonce was used twice: the same request was sent again"
        self._nonces.add(given["oauth_nonce"])
        form = list(call.fields.items()) if call.kind == "application/x-www-form-urlencoded" else []
        right = oauth1.verify(
            call.method, call.url, given=given, sent=[*call.query.items(), *form],
            consumer_secret=own.consumer_secret, token_secret=own.access_token_secret,
        )  # fmt: skip
        return "" if right else f"the signature is not the one for {call.url.partition('?')[0]}"

    def no_such_route(self, call: Call) -> Refusal:
        return not_found(f"no {call.method} {call.path}")

    def malformed(self, why: str) -> Refusal:
        return invalid(why)

    async def _create(self, call: Call) -> Answer:
        fields = call.fields
        refuse_unknown(fields, POST_FIELDS, "")
        text, media_ids = self._text(fields), self._media_ids(fields)
        if not text and not media_ids:
            raise invalid("a post needs text or media")
        if fields.get("reply_settings", "verified") not in sorted(REPLY_SETTINGS):
            raise invalid("$.reply_settings: does not have a value in the enumeration")
        _refuse_conversation(fields)
        if text and any(post.asked == text for post in self._posts.values()):
            raise forbidden(DUPLICATE)
        return await self._accept(call, text, media_ids)

    async def _accept(self, call: Call, text: str, media_ids: tuple[str, ...]) -> Answer:
        short, urls = _shortened(text)
        post = _Post(new_id(), short, call.at, urls, media_ids, text)
        self._posts[post.id] = post
        self.media.attach(media_ids)
        link = urls[0]["expanded_url"] if urls else ""
        shown = Post(
            self.name, post.id, text, f"{self.wall}/x/{post.id}", call.at, link,
            tuple(self.media.picture(media_id) for media_id in media_ids),
            replies="closed" if "reply_settings" in call.fields else "open",
        )  # fmt: skip
        self.ledger.publish(shown)
        card = await self.look_at(link) if link else None
        if card and post.id in self._posts:  # it may have been deleted in the meantime
            self.ledger.publish(replace(shown, card=card))
        data = {"id": post.id, "text": post.text, "edit_history_tweet_ids": [post.id]}
        return Answer({"data": data}, 201, ids=(post.id,))

    def _text(self, fields: Mapping[str, Any]) -> str:
        text = fields.get("text", "")
        if not isinstance(text, str):
            raise invalid("$.text: a string is expected")
        if _weight(text) > MAX_WEIGHT:
            raise forbidden("Your Tweet text is too long.")
        return text

    def _media_ids(self, fields: Mapping[str, Any]) -> tuple[str, ...]:
        media = fields.get("media", {})
        if not isinstance(media, dict) or ("media" in fields and "media_ids" not in media):
            raise invalid("$.media.media_ids: is missing but it is required")
        refuse_unknown(media, frozenset({"media_ids", "tagged_user_ids"}), "media.")
        ids = media.get("media_ids", [])
        if not isinstance(ids, list) or len(ids) > MAX_MEDIA or ("media" in fields and not ids):
            raise invalid(f"$.media.media_ids: 1 to {MAX_MEDIA} items are expected")
        if not all(isinstance(media_id, str) and self.media.usable(media_id) for media_id in ids):
            raise invalid("Your media IDs are invalid.")
        return tuple(ids)

    async def _delete(self, call: Call) -> Answer:
        post_id = call.groups["id"]
        if self._posts.pop(post_id, None) is None:
            raise not_found("no such post of this account")
        self.ledger.unpublish(self.name, post_id)
        return Answer({"data": {"deleted": True}}, ids=(post_id,))

    async def _me(self, call: Call) -> Answer:
        """The level is told to OAuth 1.0a alone."""
        refuse_unknown(call.query, READ_QUERY, "")
        own = {"id": self._credentials.user_id, "name": "Council (rehearsal)", "username": self.username}
        level = {"x-access-level": self.access_level} if oauth1.parameters(call.authorization) else {}
        return Answer({"data": own}, headers=level)

    async def _own_posts(self, call: Call) -> Answer:
        refuse_unknown(call.query, READ_QUERY, "")
        if call.groups["id"] != self._credentials.user_id:
            raise not_found("no such account here: only the account's own posts can be read")
        most = call.query.get("max_results", str(READ_DEFAULT))
        if not most.isdecimal() or not READ_LEAST <= int(most) <= READ_MOST:
            raise invalid(f"max_results is not between {READ_LEAST} and {READ_MOST}")
        asked = set(call.query.get("tweet.fields", "").split(","))
        found = [_read(post, asked) for post in reversed(self._posts.values())][: int(most)]
        meta = {"result_count": len(found)} | (
            {"newest_id": found[0]["id"], "oldest_id": found[-1]["id"]} if found else {}
        )
        return Answer({"data": found, "meta": meta} if found else {"meta": meta})

    async def _page(self, call: Call) -> Answer:
        """Where x.com would show the post, the wall does."""
        return Answer("", 302, {"location": f"{self.wall}/x/{call.groups['id']}"})


def _demand_scopes(call: Call, granted: frozenset[str]) -> None:
    for method, begins, needed in NEEDED:
        if call.method == method and call.path.startswith(begins):
            demand(granted, needed)


def _refuse_conversation(fields: Mapping[str, Any]) -> None:
    """Self-serve access: no replies unless summoned (Feb 2026), no quote posts (Apr 2026)."""
    if "reply" in fields or "quote_tweet_id" in fields:
        raise forbidden("Replies and quote posts are not permitted at this access level.")


def _weight(text: str) -> int:
    """The platform's own count, written apart from the program's so that each checks the other."""
    bare, links = _URL.subn("", text)
    return links * URL_WEIGHT + sum(1 if _LIGHT.match(char) else 2 for char in _JOINED.sub("", bare))


def _shortened(text: str) -> tuple[str, tuple[dict[str, Any], ...]]:
    """The text with t.co in place of each address, as X stores it, and the entities that tell the true ones."""
    entities: list[dict[str, Any]] = []

    def shorten(found: re.Match[str]) -> str:
        short = f"https://t.co/{secrets.token_hex(5)}"
        entities.append({"url": short, "expanded_url": found[0], "display_url": found[0].partition("://")[2]})
        return short

    return _URL.sub(shorten, text), tuple(entities)


def _read(post: _Post, asked: set[str]) -> dict[str, Any]:
    """A post as X tells it: id, text and edit history always, the rest where `tweet.fields` asks."""
    told: dict[str, Any] = {"id": post.id, "text": post.text, "edit_history_tweet_ids": [post.id]}
    if "created_at" in asked:
        told["created_at"] = f"{post.created_at:%Y-%m-%dT%H:%M:%S}.{post.created_at.microsecond // 1000:03}Z"
    if "entities" in asked and post.urls:
        told["entities"] = {"urls": list(post.urls)}
    if "attachments" in asked and post.media_ids:
        told["attachments"] = {"media_keys": [f"3_{media_id}" for media_id in post.media_ids]}
    return told
