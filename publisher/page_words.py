"""What a page of HTML says, for people to read before it is there."""

from __future__ import annotations

import re
from html.parser import HTMLParser


def words(html: str) -> list[tuple[int, str]]:
    """What a page's <main> says, block by block: (level of a heading, else 0; text). All of it where no main is."""
    reader = _Words(whole="<main" not in html.lower())
    reader.feed(html)
    reader.close()
    joined = ((level, " ".join(text.split())) for level, text in reader.found)
    return [block for block in joined if block[1]]


class _Words(HTMLParser):
    """Text by block; what no browser shows is left out."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = [(0, "")]
        self._inside, self._hidden = whole, 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # the base class passes it
        self._inside = self._inside or tag == "main"
        self._hidden += tag in _UNSEEN
        if tag in _BLOCKS:
            self.found.append((_level(tag), ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "main"
        self._hidden = max(0, self._hidden - (tag in _UNSEEN))
        if tag in _BLOCKS:
            self.found.append((0, ""))

    def handle_data(self, data: str) -> None:
        if self._inside and not self._hidden:
            level, text = self.found[-1]
            self.found[-1] = (level, text + data)


_UNSEEN = {"script", "style", "title", "template"}
_BLOCKS = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "dt", "dd", "div", "figcaption", "br"}


def _level(tag: str) -> int:
    return int(tag[1]) if re.fullmatch("h[1-6]", tag) else 0
