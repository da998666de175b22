"""What a web page says of itself, as platforms read it: its type, its one address, its title, its Open Graph tags. Pure.

One reader for the look at our own page, for previews and for the rehearsal: what passes the look is what the card shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Head(HTMLParser):
    """The first canonical link, the first <title>, and the first of each meta property (ogp.me), by its name in small letters."""

    canonical: str | None = None
    title: str | None = None
    meta: dict[str, str] = field(default_factory=dict)
    _in_title: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._in_title = tag == "title" and self.title is None
        if self._in_title:
            self.title = ""
        if tag == "link" and "canonical" in values.get("rel", "").lower().split() and self.canonical is None:
            self.canonical = values.get("href", "")
        if tag == "meta" and "property" in values:
            self.meta.setdefault(values["property"].lower(), values.get("content", ""))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  # HTMLParser's signature
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title = (self.title or "") + data

    def set_cdata_mode(self, elem: str, *, escapable: bool = False) -> None:
        """Python 3.13.6 and later would read <title> up to its end tag, tags and all: a page is read alike on each Python."""
        if not escapable:
            super().set_cdata_mode(elem)

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: FBT001, FBT002  # HTMLParser's signature
        """`<![` is a comment up to the next `>`, as browsers have it; Python's own raises AssertionError for most of such."""
        return self.parse_bogus_comment(i, report)


def head(page: str) -> Head:
    """Never raises: what is no HTML says nothing."""
    found = Head()
    found.feed(page)
    return found


def media_type(header: str | None) -> str:
    """The type that a Content-Type header names, in small letters and without its parameters (RFC 9110 §8.3.1)."""
    return (header or "").partition(";")[0].strip().lower()
