"""Facebook Pages on the Graph API: posts, photos with alt text, reading back, fresh link cards."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from publisher.rehearsal import pictures, stranger
from publisher.rehearsal.api import Answer, Api, Call, Routes
from publisher.rehearsal.graph_words import (
    NODE,
    error,
    flag,
    limit,
    moment,
    new_id,
    parameters,
    picked,
    text,
    told_time,
)
from publisher.rehearsal.ledger import Card, Picture, Post
from publisher.rehearsal.pictures import MEGABYTE

PLATFORM = "facebook"
PAGE_NAME = "Council (rehearsal)"
MAX_MESSAGE = 63_206
MAX_PHOTO_BYTES = 10 * MEGABYTE
MAX_ALT = 10_000
"""No limit is documented for alt_text_custom; this one only keeps nonsense out."""
PHOTO_FORMATS = frozenset({"JPEG", "PNG", "GIF", "BMP", "TIFF"})
FEED = frozenset({"message", "link", "attached_media", "published", "fields"})
PHOTO = frozenset({"source", "url", "caption", "message", "alt_text_custom", "published", "temporary"})
_ATTACHED = re.compile(r"attached_media\[\d+\]")
_URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?')\]]")


@dataclass(frozen=True, slots=True)
class _PagePost:
    id: str
    message: str
    link: str
    at: datetime
    photos: tuple[str, ...]
    published: bool
    card: Card | None = None


class Pages:
    """One Page. `api` gives the ledger, the wall's address and the stranger's look."""

    def __init__(self, api: Api, page_id: str) -> None:
        self._api, self._page = api, page_id
        self._posts: dict[str, _PagePost] = {}
        self._photos: dict[str, Picture] = {}
        self._used: set[str] = set()
        self._hidden: set[str] = set()
        self.scraped: list[str] = []
        """The links looked at anew on demand, in order."""

    def hide(self, post_id: str) -> None:
        """From now on the list of posts leaves this one out, as the real one, which is ranked, may: it is public all the same."""
        self._hidden.add(post_id)

    def leftovers(self) -> list[str]:
        """The photos that were uploaded and are in no post."""
        return [photo for photo in self._photos if photo not in self._used]

    @property
    def routes(self) -> Routes:
        page = f"{NODE}/{self._page}"
        return (
            ("GET", page, self._identity),
            ("POST", f"{page}/feed", self._feed),
            ("POST", f"{page}/photos", self._photo),
            ("GET", f"{page}/published_posts", self._published),
            ("GET", rf"{NODE}/(?P<id>{self._page}_\d+)", self._read),
            ("DELETE", rf"{NODE}/(?P<id>(?:{self._page}_)?\d+)", self._delete),
            ("POST", rf"/|{NODE}/", self._scrape),
        )

    async def _identity(self, call: Call) -> Answer:
        return self.itself(call)

    def itself(self, call: Call) -> Answer:
        """What the Page tells of itself."""
        node = {
            "id": self._page,
            "name": PAGE_NAME,
            "link": f"{self._api.wall}/",
            "category": "Local government",
        }
        return Answer(picked(node, parameters(call, {"fields"}).get("fields", "id,name"), "Page"))

    async def _feed(self, call: Call) -> Answer:
        given = parameters(call, FEED | {name for name in call.fields if _ATTACHED.fullmatch(name)})
        message, link = text(given, "message", MAX_MESSAGE), text(given, "link", MAX_MESSAGE)
        photos, published = self._attached(given), flag(given, "published", otherwise=True)
        if not (message or link or photos):
            raise error(100, "A message, a link or attached_media is required")
        if link and photos:
            raise error(100, "A post has a link or photos, not both")
        post = _PagePost(self._new_post_id(), message, link, call.at, photos, published)
        picked(
            self._node(post), given.get("fields", ""), "Post"
        )  # a field that is not there is refused before anything is done
        self._used.update(photos)
        await self._accept(post)
        return Answer(
            picked(self._node(self._posts.get(post.id, post)), given.get("fields", ""), "Post"),
            ids=(post.id,),
        )

    def _new_post_id(self) -> str:
        return f"{self._page}_{new_id()}"

    def _attached(self, given: Mapping[str, Any]) -> tuple[str, ...]:
        """`attached_media` as one JSON list, or one JSON object in each of `attached_media[0]`, `attached_media[1]`, ..."""
        listed = _json(given["attached_media"]) if "attached_media" in given else []
        each = [_json(value) for name, value in given.items() if _ATTACHED.fullmatch(name)]
        ids = []
        for item in [*(listed if isinstance(listed, list) else [None]), *each]:
            match item:
                case {"media_fbid": str(photo), **more} if (
                    not more and photo in self._photos and photo not in self._used
                ):
                    ids.append(photo)
                case _:
                    raise error(
                        100,
                        'Param attached_media must be a list of {"media_fbid": "..."}, each an unused photo',
                    )
        return tuple(dict.fromkeys(ids))

    async def _accept(self, post: _PagePost) -> None:
        self._posts[post.id] = post
        if not post.published:
            return
        self._show(post)
        found = _URL.search(post.message)
        link = post.link or (found[0] if found else "")
        card = await self._api.look_at(link) if link else None
        if card and post.id in self._posts:  # it may have been deleted in the meantime
            self._posts[post.id] = replace(post, card=card)
            self._show(self._posts[post.id])

    def _show(self, post: _PagePost) -> None:
        link = post.card.url if post.card else post.link
        media = tuple(self._photos[photo] for photo in post.photos)
        shown = Post(PLATFORM, post.id, post.message, self._permalink(post), post.at, link, media, post.card)
        self._api.ledger.publish(shown)

    def _permalink(self, post: _PagePost) -> str:
        return f"{self._api.wall}/facebook/{post.id}"

    async def _photo(self, call: Call) -> Answer:
        given = parameters(call, PHOTO)
        caption = text(given, "caption", MAX_MESSAGE) or text(given, "message", MAX_MESSAGE)
        alt, published = text(given, "alt_text_custom", MAX_ALT), flag(given, "published", otherwise=True)
        if flag(given, "temporary", otherwise=False) and published:
            raise error(100, "Param temporary is for photos with published=false")
        content = await self._content(given)
        photo = self._keep(content, alt)
        if not published:
            return Answer({"id": photo.id}, ids=(photo.id,))
        self._used.add(photo.id)
        post = _PagePost(self._new_post_id(), caption, "", call.at, (photo.id,), published=True)
        await self._accept(post)
        return Answer({"id": photo.id, "post_id": post.id}, ids=(photo.id, post.id))

    async def _content(self, given: Mapping[str, Any]) -> bytes:
        source, url = given.get("source"), text(given, "url", MAX_MESSAGE)
        if isinstance(source, bytes) and not url:
            return source
        if source is not None or not url:
            raise error(100, "One of source (a file) and url is required")
        seen = await stranger.look(url)
        if not seen.good:
            raise error(324, f"Missing or invalid image file: {seen.status or seen.error}")
        return seen.body

    def _keep(self, content: bytes, alt: str) -> Picture:
        facts = pictures.facts(content)
        if facts is None or facts.format not in PHOTO_FORMATS:
            raise error(324, "Missing or invalid image file")
        if len(content) >= MAX_PHOTO_BYTES:
            raise error(1, "The photo is too large", subcode=1366046)
        photo = Picture(new_id(), alt, facts.mime, facts.width, facts.height)
        self._photos[photo.id] = photo
        self._api.ledger.keep(photo.id, facts.mime, content)
        return photo

    async def _published(self, call: Call) -> Answer:
        given = parameters(call, {"fields", "since", "until", "limit"})
        since = moment(given, "since", datetime.min.replace(tzinfo=UTC))
        until = moment(given, "until", datetime.max.replace(tzinfo=UTC))
        found = [
            post
            for post in reversed(self._posts.values())
            if post.published and since <= post.at <= until and post.id not in self._hidden
        ]
        fields = given.get("fields", "id,message,created_time")
        return Answer({"data": [picked(self._node(post), fields, "Post") for post in found[: limit(given)]]})

    async def _read(self, call: Call) -> Answer:
        post = self._posts.get(call.groups["id"])
        if post is None:
            raise self._api.no_such_route(call)
        return Answer(picked(self._node(post), parameters(call, {"fields"}).get("fields", ""), "Post"))

    def _node(self, post: _PagePost) -> dict[str, Any]:
        return {
            "id": post.id,
            "message": post.message or None,
            "created_time": told_time(post.at),
            "permalink_url": self._permalink(post),
            "is_published": post.published,
            "attachments": {"data": self._attachments(post)} if post.link or post.photos else None,
        }

    def _attachments(self, post: _PagePost) -> list[dict[str, Any]]:
        if post.link:
            title = post.card.title if post.card else ""
            return [{"type": "share", "title": title, "url": post.link, "unshimmed_url": post.link}]
        return [{"type": "photo", "target": {"id": photo}} for photo in post.photos]

    async def _delete(self, call: Call) -> Answer:
        parameters(call, ())
        node = call.groups["id"]
        if node in self._photos and node not in self._used:
            del self._photos[node]
        elif self._posts.pop(node, None):
            self._api.ledger.unpublish(PLATFORM, node)
        else:
            raise self._api.no_such_route(call)
        return Answer({"success": True}, ids=(node,))

    async def _scrape(self, call: Call) -> Answer:
        given = parameters(call, {"id", "scrape", "fields"})
        url = text(given, "id", MAX_MESSAGE)
        if not url or not flag(given, "scrape", otherwise=False):
            raise error(100, "The id (an address) and scrape=true are required")
        self.scraped.append(url)
        card = await self._api.look_at(url)
        if not card.found:
            raise error(1609005, f"The link could not be scraped: {card.status or card.error}")
        image = [{"url": card.image}] if card.image else []
        return Answer({"id": url, "url": url, "type": "website", "title": card.title, "image": image})


def _json(value: object) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None
