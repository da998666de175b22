"""Instagram content publishing on the Graph API: containers, status, publish, comments off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from publisher.rehearsal import pictures, stranger
from publisher.rehearsal.api import Answer, Api, Call, Refusal, Routes
from publisher.rehearsal.graph_words import (
    NODE,
    error,
    flag,
    limit,
    new_id,
    parameters,
    picked,
    text,
    told_time,
)
from publisher.rehearsal.instagram_rules import (
    LEAST_CHILDREN,
    MAX_ALT,
    MAX_CAPTION,
    MOST_CHILDREN,
    caption_of,
    listed,
    wrong_picture,
)
from publisher.rehearsal.ledger import Picture, Post

PLATFORM = "instagram"
USERNAME = "council_rehearsal"
QUOTA, QUOTA_SECONDS = 50, 86_400
EXPIRES = timedelta(days=1)
CONTAINER = frozenset({"image_url", "caption", "alt_text", "is_carousel_item", "media_type", "children"})


@dataclass(slots=True)
class _Container:
    id: str
    at: datetime
    caption: str
    pictures: tuple[Picture, ...]
    is_child: bool
    polls: int
    published: bool = False
    expired: bool = False
    error: int | None = None
    """The sub-code of what went wrong with it; 0 where none is told."""


@dataclass(slots=True)
class _Media:
    id: str
    container: _Container
    at: datetime
    comments: bool = True


class Instagram:
    """One professional account. A container is FINISHED once its status was asked `polls` times.

    `fetched` are the addresses of pictures that it got, in order.
    """

    def __init__(self, api: Api, user_id: str, *, polls: int) -> None:
        self._api, self._user, self._polls = api, user_id, polls
        self._containers: dict[str, _Container] = {}
        self._media: dict[str, _Media] = {}
        self._used_elsewhere, self._quota_total = 0, QUOTA
        self._spoiled: list[int] = []
        self._comments_stay, self._blocks = 0, 0
        self.fetched: list[str] = []

    # --- bad days, to order ------------------------------------------------------------------------------------

    def slow_down(self, polls: int) -> None:
        """From now on a new container is IN_PROGRESS until its state was asked for so often."""
        self._polls = polls

    def spoil(self, *subcodes: int) -> None:
        """The next containers come to ERROR, each with the next of these sub-codes in its status; 0 tells none."""
        self._spoiled += subcodes

    def expire(self) -> None:
        """Every container made so far runs out now, as each does by itself after a day."""
        for container in self._containers.values():
            container.expired = True

    def use_quota(self, posts: int, *, total: int = QUOTA) -> None:
        """So many posts of the moving day are used by other programs, of `total`."""
        self._used_elsewhere, self._quota_total = posts, total

    def keep_comments_open(self, times: int) -> None:
        """So many requests to switch comments off fail."""
        self._comments_stay = times

    def block_yet_publish(self) -> None:
        """The next post is published, and the answer says that it was blocked (4/2207051)."""
        self._blocks += 1

    # --- the API -----------------------------------------------------------------------------------------------

    @property
    def routes(self) -> Routes:
        user, node = f"{NODE}/{self._user}", rf"{NODE}/(?P<id>\d+)"
        return (
            ("GET", user, self._identity),
            ("POST", f"{user}/media", self._create),
            ("POST", f"{user}/media_publish", self._publish),
            ("GET", f"{user}/media", self._own_media),
            ("GET", f"{user}/content_publishing_limit", self._quota),
            ("GET", node, self._read),
            ("POST", node, self._update),
        )

    def owns(self, node: str) -> bool:
        return node == self._user or node in self._containers or node in self._media

    async def _identity(self, call: Call) -> Answer:
        node = {"id": self._user, "username": USERNAME, "name": "Council (rehearsal)"}
        return Answer(picked(node, parameters(call, {"fields"}).get("fields", ""), "IGUser"))

    async def _create(self, call: Call) -> Answer:
        given = parameters(call, CONTAINER)
        caption, alt = caption_of(given), text(given, "alt_text", MAX_ALT)
        is_child, kind = flag(given, "is_carousel_item", otherwise=False), given.get("media_type")
        if kind not in (None, "IMAGE", "CAROUSEL") or (is_child and (caption or kind == "CAROUSEL")):
            raise error(
                100,
                "Param media_type is IMAGE (or none) or CAROUSEL; a carousel's item has no caption of its own",
            )
        held = self._children(given) if kind == "CAROUSEL" else (await self._fetched(given, alt),)
        spoiled = self._spoiled.pop(0) if self._spoiled else None
        container = _Container(new_id(17), call.at, caption, held, is_child, self._polls, error=spoiled)
        self._containers[container.id] = container
        return Answer({"id": container.id}, ids=(container.id,))

    async def _fetched(self, given: Mapping[str, Any], alt: str) -> Picture:
        """The picture, got by the platform itself from where it is said to be."""
        url = text(given, "image_url", MAX_CAPTION)
        if not url.isascii() or not url or "children" in given:
            raise error(100, "The parameter image_url (an ASCII address) is required")
        seen = await stranger.look(url)
        if not seen.good or seen.mime != "image/jpeg":
            raise error(
                9004,
                f"The media could not be fetched from this URI: {seen.status or seen.error}",
                subcode=2207052,
            )
        self.fetched.append(url)
        facts = pictures.facts(seen.body)
        if wrong := wrong_picture(facts, len(seen.body)):
            raise wrong
        assert facts is not None  # noqa: S101  # or it would have been wrong
        picture = Picture(new_id(), alt, facts.mime, facts.width, facts.height)
        self._api.ledger.keep(picture.id, facts.mime, seen.body)
        return picture

    def _children(self, given: Mapping[str, Any]) -> tuple[Picture, ...]:
        ids = listed(given.get("children"))
        if not LEAST_CHILDREN <= len(ids) <= MOST_CHILDREN or {"image_url", "alt_text"} & given.keys():
            raise error(
                100,
                f"A carousel has {LEAST_CHILDREN} to {MOST_CHILDREN} children, and no picture of its own",
                subcode=2207028,
            )
        held = [self._containers.get(child) for child in ids]
        pictures_held = [
            child.pictures[0] for child in held if child and child.is_child and not self._expired(child)
        ]
        if len(pictures_held) != len(ids):
            raise error(
                24, "The requested resource does not exist: a child is no carousel item", subcode=2207006
            )
        return tuple(pictures_held)

    def _expired(self, container: _Container) -> bool:
        return container.expired or self._api.ledger.now() >= container.at + EXPIRES

    def _status(self, container: _Container) -> str:
        if container.published:
            return "PUBLISHED"
        if self._expired(container):
            return "EXPIRED"
        if container.polls > 0:
            return "IN_PROGRESS"
        return "FINISHED" if container.error is None else "ERROR"

    async def _publish(self, call: Call) -> Answer:
        given = parameters(call, {"creation_id"})
        container = self._containers.get(str(given.get("creation_id")))
        if container is None or container.is_child:
            raise error(24, "The requested resource does not exist", subcode=2207006)
        if wrong := self._unpublishable(container):
            raise wrong
        container.published = True
        media = _Media(new_id(17), container, call.at)
        self._media[media.id] = media
        self._show(media)
        if self._blocks:
            self._blocks -= 1
            raise error(4, "Application request limit reached", subcode=2207051, status=403)
        return Answer({"id": media.id}, ids=(media.id, container.id))

    def _unpublishable(self, container: _Container) -> Refusal | None:
        status = self._status(container)
        if status == "PUBLISHED":
            return error(100, "The container has been published already")
        if status == "EXPIRED":
            return error(-2, "The container has expired", subcode=2207020)
        if status == "IN_PROGRESS":
            return error(9007, "Media ID is not available: it is not ready for publishing", subcode=2207027)
        if status == "ERROR":
            return error(9007, "Media ID is not available", subcode=2207027)
        if self._used() >= self._quota_total:
            return error(9, "Application request limit reached", subcode=2207042)
        return None

    def _used(self) -> int:
        start = self._api.ledger.now() - timedelta(seconds=QUOTA_SECONDS)
        return self._used_elsewhere + sum(media.at > start for media in self._media.values())

    def _show(self, media: _Media) -> None:
        held = media.container
        self._api.ledger.publish(
            Post(
                PLATFORM, media.id, held.caption, self._permalink(media), media.at, media=held.pictures,
                replies="open" if media.comments else "closed",
            )
        )  # fmt: skip

    def _permalink(self, media: _Media) -> str:
        return f"{self._api.wall}/instagram/{media.id}"

    async def _quota(self, call: Call) -> Answer:
        node = {
            "id": None,
            "quota_usage": self._used(),
            "config": {"quota_total": self._quota_total, "quota_duration": QUOTA_SECONDS},
        }
        fields = parameters(call, {"fields"}).get("fields", "quota_usage")
        return Answer({"data": [picked(node, fields, "ContentPublishingLimitResponse")]})

    async def _own_media(self, call: Call) -> Answer:
        given = parameters(call, {"fields", "limit"})
        newest = list(reversed(self._media.values()))[: limit(given)]
        return Answer(
            {"data": [picked(self._node(media), given.get("fields", ""), "IGMedia") for media in newest]}
        )

    async def _read(self, call: Call) -> Answer:
        fields, node = parameters(call, {"fields"}).get("fields", ""), call.groups["id"]
        if container := self._containers.get(node):
            return Answer(picked(self._polled(container), fields, "IGContainer"))
        if media := self._media.get(node):
            return Answer(picked(self._node(media), fields, "IGMedia"))
        raise self._api.no_such_route(call)

    def _polled(self, container: _Container) -> dict[str, Any]:
        status = self._status(container)
        container.polls -= 1
        told = f"{status.title()}: rehearsed"
        if status == "ERROR":
            told = f"Error: Media upload has failed with error code {container.error or 'unknown'}"
        return {"id": container.id, "status_code": status, "status": told}

    def _node(self, media: _Media) -> dict[str, Any]:
        held = media.container
        return {
            "id": media.id,
            "permalink": self._permalink(media),
            "caption": held.caption or None,
            "timestamp": told_time(media.at),
            "media_type": "CAROUSEL_ALBUM" if len(held.pictures) > 1 else "IMAGE",
            "media_url": f"{self._api.wall}/media/{held.pictures[0].id}",
            "alt_text": held.pictures[0].alt or None,
            "is_comment_enabled": media.comments,
            "username": USERNAME,
        }

    async def _update(self, call: Call) -> Answer:
        given, media = parameters(call, {"comment_enabled"}), self._media.get(call.groups["id"])
        if media is None:
            raise self._api.no_such_route(call)
        if "comment_enabled" not in given:
            raise error(100, "The parameter comment_enabled is required")
        if self._comments_stay:
            self._comments_stay -= 1
            raise error(1, "An unknown error occurred", status=500)
        media.comments = flag(given, "comment_enabled", otherwise=True)
        self._show(media)
        return Answer({"success": True}, ids=(media.id,))
