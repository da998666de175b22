"""The wall of posts: every public post as its platform would show it, and the ledger for programs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from publisher import channels, likeness, templates
from publisher.likeness import Look
from publisher.rehearsal.ledger import Ledger, Post
from publisher.times import local

ADAPTERS = {"x": "twitter"}
"""The adapter that says how a platform looks, where its name is another."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
TEMPLATE = "rehearsal/wall.html.j2"


class Wall:
    """Pages of the ledger. `url` is set on start; `/x/{id}` and the like are the posts' permalinks."""

    url = ""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        response = (
            self._response(request)
            if request.method in {"GET", "HEAD"}
            else PlainTextResponse("Read only.\n", 405, HEADERS)
        )
        await response(scope, receive, send)

    def _response(self, request: Request) -> Response:
        match request.url.path.strip("/").split("/"):
            case [""]:
                return self._page(self._ledger.posts()[::-1], single=False)
            case ["ledger.json"]:
                return JSONResponse(self._ledger.as_json(), headers=HEADERS)
            case ["media", picture_id]:
                return self._picture(picture_id)
            case [platform, post_id] if post := self._ledger.post(platform, post_id):
                return self._page([post], single=True)
        return _nothing()

    def save(self, file: Path) -> None:
        """The wall as one file that needs no server: pictures inside, permalinks to places on the page."""
        posts = [
            _shown(post, f"#{post.platform}-{post.id}", self._inside) for post in self._ledger.posts()[::-1]
        ]
        html = templates.render(TEMPLATE, posts=posts, single=False, saved=True)
        file.write_text(html, encoding="utf-8")

    def _page(self, posts: Sequence[Post], *, single: bool) -> Response:
        shown = [_shown(post, f"/{post.platform}/{post.id}", _served) for post in posts]
        html = templates.render(TEMPLATE, posts=shown, single=single, saved=False)
        return HTMLResponse(html, headers=HEADERS)

    def _inside(self, picture_id: str) -> str:
        mime, content = self._ledger.content(picture_id) or ("", b"")
        return f"data:{mime};base64,{base64.b64encode(content).decode()}"

    def _picture(self, picture_id: str) -> Response:
        found = self._ledger.content(picture_id)
        if found is None or not found[0].startswith(PICTURES):
            return _nothing()
        return Response(found[1], media_type=found[0], headers=HEADERS)


def _nothing() -> Response:
    return PlainTextResponse("There is no such thing on the wall.\n", 404, HEADERS)


def _served(picture_id: str) -> str:
    return f"/media/{picture_id}"


def _shown(post: Post, path: str, source: Callable[[str], str]) -> dict[str, Any]:
    """What the template draws: the post as `publisher preview` draws it, and what only the platform knows of it."""
    look, card = _look(post.platform), post.card
    media = [asdict(picture) | {"src": source(picture.id)} for picture in post.media]
    drawn = None
    if card and card.found:
        src = source(card.image_id) if card.image_id else ""
        host = urlsplit(card.url).netloc
        drawn = {
            "url": card.url,
            "host": host,
            "title": card.title,
            "description": card.description,
            "src": src,
        }
    return likeness.of_post(look, post.text, media, drawn) | {
        "key": f"{post.platform}-{post.id}",
        "path": path,
        "arrived": _to_the_millisecond(post.arrived_at),
        "moment": post.arrived_at.isoformat(),
        "broken": card.url if card and not card.found else "",
        "card_words": card.words if card else "no link card",
        "replies": look.closed if post.replies == "closed" else look.open,
    }


def _look(platform: str) -> Look:
    found: Look = channels.adapter(ADAPTERS.get(platform, platform), field="platform").Adapter.look
    return found


def _to_the_millisecond(moment: datetime) -> str:
    """On the council's clock, as exact as the channels' offsets are told."""
    there = local(moment)
    return f"{there.day} {there:%B %Y, %H:%M:%S}.{there.microsecond // 1000:03}"
