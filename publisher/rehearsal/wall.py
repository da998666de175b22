"""The wall of posts: every public post as its platform would show it, and the ledger for programs."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from publisher import templates
from publisher.rehearsal.ledger import Ledger, Post
from publisher.times import local

NAMES = {"x": "X", "facebook": "Facebook", "instagram": "Instagram"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
TEMPLATE = "rehearsal/wall.html.j2"
SHOWN_LINK = 48
"""Characters of an address that are shown in a text; the rest is an ellipsis, as platforms do."""
_LINK = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:!?')\]])")


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
        posts = [_shown(post, f"#{post.platform}-{post.id}") for post in self._ledger.posts()[::-1]]
        html = templates.render(TEMPLATE, posts=posts, single=False, saved=True, source=self._inside)
        file.write_text(html, encoding="utf-8")

    def _page(self, posts: Sequence[Post], *, single: bool) -> Response:
        shown = [_shown(post, f"/{post.platform}/{post.id}") for post in posts]
        html = templates.render(TEMPLATE, posts=shown, single=single, saved=False, source=_served)
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


def _shown(post: Post, path: str) -> dict[str, Any]:
    return {
        "post": post,
        "name": NAMES[post.platform],
        "path": path,
        "arrived": _to_the_millisecond(post.arrived_at),
        "pieces": _pieces(post.text),
        "card": post.card,
        "host": post.card.url.partition("://")[2].partition("/")[0] if post.card else "",
        "replies": _replies(post),
    }


def _to_the_millisecond(moment: datetime) -> str:
    """On the council's clock, as exact as the channels' offsets are told."""
    there = local(moment)
    return f"{there.day} {there:%B %Y, %H:%M:%S}.{there.microsecond // 1000:03}"


def _pieces(text: str) -> list[tuple[str, str]]:
    """The text in pieces of (what is shown, where it links to or nothing)."""
    return [
        (_short(piece), piece) if number % 2 else (piece, "")
        for number, piece in enumerate(_LINK.split(text))
        if piece
    ]


def _short(link: str) -> str:
    bare = link.partition("://")[2]
    return bare if len(bare) <= SHOWN_LINK else bare[: SHOWN_LINK - 1] + "…"


def _replies(post: Post) -> str:
    if post.replies == "closed":
        return "Only accounts mentioned can reply" if post.platform == "x" else "Comments are off"
    return "Comments cannot be closed on Facebook" if post.platform == "facebook" else "Replies are open"
