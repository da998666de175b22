"""A real website channel in a folder of its own, and real pictures, for the tests of the website."""

import hashlib
import io
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from PIL import Image

from publisher import channels, config, item, pages
from publisher.channels import Channel, Supplies
from publisher.model import Media, Post, Receipt

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
NEWS = {
    "kind": "news",
    "title": "Central Library stays open until 9pm",
    "summary": "Three more hours every weekday evening.",
    "body": "Book a room at https://www.example.gov.uk/rooms today.\n\nSee https://charity.example.org/challenge too.",
    "images": [{"path": "library.jpg", "alt": "People reading under warm lamps", "credit": "A. Reader"}],
    "publish_at": "2026-11-25T09:00:00+00:00",
}
EVENT = {
    "kind": "event",
    "title": "Winter lights in Market Square",
    "summary": "The lights go on at 5pm.",
    "starts_at": "2026-12-05 16:00",
    "ends_at": "2026-12-05 18:30",
    "location": "Market Square, Exampleton",
}


def picture(shade: int = 120, alt: str = "A picture") -> tuple[Media, bytes]:
    """A small JPEG and what the core says of it."""
    out = io.BytesIO()
    Image.new("RGB", (320, 200), (shade % 256, 90, 140)).save(out, "JPEG")
    data = out.getvalue()
    return Media(hashlib.sha256(data).hexdigest(), "image/jpeg", 320, 200, len(data), alt), data


@dataclass
class Website:
    """The channel, and every picture that the core would hold for it."""

    config: config.Config
    channel: Channel
    pictures: dict[str, bytes] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.config.folder / "site"

    def post(self, value: Mapping[str, Any], reference: str = "r1", slug: str = "") -> Post:
        """The item as the frozen post that the core would hand to the channel."""
        parsed = item.parse(dict(value))
        images = [
            picture(sum(reference.encode()) + 20 * n, image.alt) for n, image in enumerate(parsed.images)
        ]
        images = images or [picture(30, "Title card")]
        self.pictures |= {media.digest: data for media, data in images}
        media = tuple(media for media, _ in images)
        about: Any = {"council": self.config.council, "base": self.channel.settings.endpoint, "images": media}
        about_accounts = pages.accounts(self.config)
        record = pages.record(
            parsed,
            reference=reference,
            slug=slug or pages.slug(parsed.title),
            accounts=about_accounts,
            **about,
        )
        html = pages.html(parsed, record, **about)
        link = f"{record['url']}?c={reference}"
        return Post("website", parsed.kind, parsed.title, html, link, reference, media, (), record)

    def supplies(self, post: Post) -> Supplies:
        held = {media.digest: self.pictures[media.digest] for media in post.media}
        return Supplies(held.__getitem__, lambda _media: None)

    def publish(self, post: Post, now: datetime = NOW) -> Receipt:
        """Staged and published."""
        staged = self.channel.stage(post, self.supplies(post), None, now)
        return self.channel.publish(post, staged, now)

    def read(self, name: str) -> str:
        return (self.folder / "current" / name).read_text(encoding="utf-8")

    def served(self) -> dict[str, bytes]:
        """Every file that a web server would serve, except pictures. A strict one follows no link out of the release."""
        root = (self.folder / "current").resolve()
        return {
            file.relative_to(root).as_posix(): file.read_bytes()
            for file in sorted(root.rglob("*"))
            if file.is_file() and "media" not in file.relative_to(root).parts
        }


ACCOUNTS = """
[channels.facebook]
adapter = "facebook"
page_id = "1"
endpoint = "https://graph.facebook.com"
profile = "https://www.facebook.com/examplecouncil"

[channels.twitter]
adapter = "twitter"
label = "X"
endpoint = "https://api.x.com"
profile = "https://x.com/examplecouncil"

[channels.instagram]
adapter = "instagram"
user_id = "1"
endpoint = "https://graph.facebook.com"

[channels.museums-x]
adapter = "twitter"
service = "Museums & Galleries"
business_case = "MUS-1"
access_token = "env:MUSEUMS_X_TOKEN"
endpoint = "https://api.x.com"
profile = "https://x.com/examplemuseums"

[channels.libraries-facebook]
adapter = "facebook"
page_id = "2"
service = "Libraries"
business_case = "LIB-1"
token = "env:LIBRARIES_PAGE_TOKEN"
endpoint = "https://graph.facebook.com"
profile = "https://www.facebook.com/profile.php?id=100000000000009"

[channels.libraries-x]
adapter = "twitter"
service = "Libraries"
business_case = "LIB-2"
access_token = "env:LIBRARIES_X_TOKEN"
endpoint = "https://api.x.com"
profile = "https://x.com/examplelibraries"

[channels.parks-x]
adapter = "twitter"
enabled = false
service = "Parks"
business_case = "PAR-1"
endpoint = "https://api.x.com"
profile = "https://x.com/exampleparks"
"""
"""Accounts of the council: corporate ones, services' own, one without an address, one that is switched off."""


def website(
    folder: Path, endpoint: str = "https://www.example.gov.uk", colour: str = "#0b5c5c", *, more: str = ""
) -> Website:
    """The channel as config.toml would set it up; `more` tables in it."""
    (folder / "config.toml").write_text(
        f'[council]\nname = "Example Council"\ndomains = ["example.gov.uk", "127.0.0.1"]\ncolour = "{colour}"\n'
        f'[channels.website]\nadapter = "site"\nfolder = "site"\nendpoint = "{endpoint}"\n{more}',
        encoding="utf-8",
    )
    loaded = config.load(folder / "config.toml")
    return Website(loaded, channels.load("website", loaded))


def several(site: Website) -> None:
    """News and events, with pictures and without, and some that are hard to show."""
    values: list[dict[str, Any]] = [
        NEWS,
        EVENT,
        {**NEWS, "title": "Bin days", "images": []},
        {**EVENT, "title": "مهرجان الشتاء", "starts_at": "2026-12-12", "ends_at": "2026-12-13"},
        {**NEWS, "title": "</script><script>alert(1)</script> " + "x" * 200},
    ]
    for number, value in enumerate(values):
        site.publish(site.post(value, f"r{number}", f"item-{number}"), NOW + timedelta(hours=number))


class Seen(HTMLParser):
    """A page taken apart: each start tag with its attributes, and the text inside chosen tags."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag in {"h1", "script", "title"}:
            self._open.append(tag)
            self.text.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self.text[self._open[-1]][-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def meta(self, name: str) -> str:
        found = [one["content"] for one in self.all("meta") if name in {one.get("property"), one.get("name")}]
        assert len(found) == 1, f"{name}: {found}"
        return found[0]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """The test's output is not a web server's log."""


@contextmanager
def serving(folder: Path) -> Any:
    """A real web server on loopback for `folder`, which may be made later; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
