"""How a platform shows a post: what is folded away, which addresses can be followed, whether a link has its card.

Pure. `publisher preview` and the rehearsal's wall draw by the same rules, with the same templates (templates/likeness/): what
an officer sees beforehand is what is seen afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from publisher.page_head import head

SHOWN_LINK = 48
"""Characters of an address that are shown in a text; the rest is an ellipsis, as platforms do."""
MORE = "… more"
_OG = "og:"
_LINK = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:!?')\]])")


@dataclass(frozen=True, slots=True)
class Look:
    """How a platform shows a post in its feed.

    `style` is the class by which it is drawn (templates/likeness/style.css.j2), `sign` its face. `fold` is how many
    characters are seen before "more", None where all are. `follows`: its addresses can be clicked. `card`: a post without
    a picture shows the card of its link. `words_below`: the picture comes first. `open` and `closed` say of answers that
    they are; `closed` is empty where no program can close them.
    """

    name: str
    sign: str
    style: str = ""
    fold: int | None = None
    follows: bool = True
    card: bool = True
    words_below: bool = False
    open: str = "Replies are open"
    closed: str = ""

    @property
    def answers(self) -> str:
        """What is said of answers to a post that went as it should."""
        return self.closed or self.open


PLAIN = Look("the platform", "•")
"""For an outlet that says nothing of how it looks."""


def open_graph(page: str, base: str) -> dict[str, str]:
    """The page's `og:` properties without that prefix (ogp.me); `image` is made absolute. `title` falls back to <title>."""
    read = head(page)
    tags = {
        name.removeprefix(_OG): value for name, value in read.meta.items() if name.startswith(_OG) and value
    }
    found = {"title": (read.title or "").strip()} | tags
    if found.get("image"):
        found["image"] = urljoin(base, found["image"])
    return found


def card(page: str, link: str) -> dict[str, str]:
    """The card that platforms make of a page when a post links to it."""
    found = open_graph(page, link)
    return {
        "url": link, "host": urlsplit(link).netloc, "title": found["title"],
        "description": found.get("description", ""), "image": found.get("image", ""),
    }  # fmt: skip


def of_post(
    look: Look, text: str, media: Sequence[Mapping[str, Any]], link_card: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What templates/likeness/post.html.j2 draws. `media` and `link_card` are shown as they are."""
    seen, folded = _folded(text, look.fold)
    return {
        "name": look.name, "sign": look.sign, "style": look.style, "words_below": look.words_below, "media": list(media),
        "pieces": _pieces(seen, follows=look.follows), "folded": _pieces(folded, follows=look.follows), "more": MORE,
        "card": link_card if look.card and not media else None,
    }  # fmt: skip


def _folded(text: str, fold: int | None) -> tuple[str, str]:
    """What is seen at once, ended with a word, and what only whoever asks for more sees."""
    if fold is None or len(text) <= fold:
        return text, ""
    end = max(text.rfind(" ", 0, fold + 1), text.rfind("\n", 0, fold + 1))
    cut = end if end > 0 else fold
    return text[:cut].rstrip(), text[cut:].lstrip(" ")


def _pieces(text: str, *, follows: bool) -> list[tuple[str, str]]:
    """The text in pieces of (what is shown, where it leads or nothing)."""
    return [
        (_short(piece), piece if follows else "") if number % 2 else (piece, "")
        for number, piece in enumerate(_LINK.split(text))
        if piece
    ]


def _short(link: str) -> str:
    bare = link.partition("://")[2]
    return bare if len(bare) <= SHOWN_LINK else bare[: SHOWN_LINK - 1] + "…"
