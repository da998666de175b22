"""For the tests of adapters: a loopback server that answers as told, and adapters built from a real config.toml."""

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from support import lay_queue

from publisher import channels, config
from publisher.app import open_app
from publisher.channels import Supplies
from publisher.model import Kind, Media, Post
from publisher.rehearsal.office import DIRECTOR, designate

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
REFERENCE = "k7mpq2xz"
LINK = f"https://www.example.gov.uk/news/bins?c={REFERENCE}"
PAGE_ID, USER_ID, ACCOUNT_ID = "100000000000001", "17840000000000001", "1234567890"
SECRET_NAMES = (
    "FACEBOOK_PAGE_TOKEN", "INSTAGRAM_TOKEN", "TWITTER_CONSUMER_KEY", "TWITTER_CONSUMER_SECRET",
    "TWITTER_ACCESS_TOKEN", "TWITTER_ACCESS_TOKEN_SECRET", "INSTAGRAPI_SESSIONID",
)  # fmt: skip
TABLES = {
    "site": {"folder": "site"},
    "facebook": {"page_id": PAGE_ID},
    "twitter": {},
    "instagram": {"user_id": USER_ID},
    "instagrapi": {"user_id": ACCOUNT_ID},
}

Reply = bytes | Callable[[socket.socket], None]


def answer(body: object, status: int = 200, **headers: str) -> bytes:
    """A whole HTTP answer; `body` is JSON unless it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"content-type": "application/json", "content-length": str(len(content)), "connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + content


def drop(_connection: socket.socket) -> None:
    """No answer: the connection ends."""


@dataclass(frozen=True)
class Received:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def route(self) -> str:
        return f"{self.method} {urlsplit(self.path).path}"

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Loopback:
    """A server on 127.0.0.1: the replies in turn, then the last one for ever. One request a connection."""

    def __init__(self, *replies: Reply, before: bool = False) -> None:
        self._replies, self._before = list(replies), before
        self.requests: list[Received] = []
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def routes(self) -> list[str]:
        return [request.route for request in self.requests]

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            if self._before or not (received := _read(connection)):
                return
            self.requests.append(received)
            reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
            try:
                connection.sendall(reply) if isinstance(reply, bytes) else reply(connection)
            except OSError:  # the other side gave up, as it should
                return


def _read(connection: socket.socket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (chunk := connection.recv(65_536)):
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65_536)
    method, path, _ = first.split(" ")
    return Received(method, path, headers, body)


def load(name: str, folder: Path, endpoint: str, **keys: object) -> Any:
    """The adapter as the product loads it, from a config.toml; its secrets come from the environment."""
    table = {"adapter": name, "endpoint": endpoint, **TABLES[name], **keys}
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in table.items())
    council = '[council]\nname = "Example Borough Council"\ndomains = ["example.gov.uk"]\n'
    (folder / "config.toml").write_text(f"{council}[channels.{name}]\n{lines}\n", encoding="utf-8")
    read = config.load(folder / "config.toml")
    if name == "instagrapi" and not read.database.exists():
        accept(folder / "config.toml", name)
    return channels.load(name, read)


def session(sessionid: str, account: str = ACCOUNT_ID) -> str:
    """A saved session as instagrapi's dump_settings writes it, so far as it matters."""
    known = {"ds_user_id": account, "sessionid": sessionid, "should_use_header_over_cookies": True}
    return json.dumps(
        {"uuids": {"uuid": "4c1f", "phone_id": "77aa"}, "cookies": {}, "authorization_data": known}
    )


def accept(config_file: Path, channel: str) -> None:
    """A director accepts the channel's risk, for a good while."""
    with closing(open_app(config_file, create=True)) as app:
        lay_queue(app.config.database)
        designate(app)
        review = app.today + timedelta(days=300)
        app.risks.accept(channel, reason="For a test", review_on=review, officer=DIRECTOR)


def picture(name: str = "one", alt: str = "A bin lorry", mime: str = "image/jpeg") -> Media:
    content = name.encode()
    return Media(hashlib.sha256(content).hexdigest(), mime, 1200, 630, len(content), alt)


def supplies(*names: str, site: str | None = "https://www.example.gov.uk") -> Supplies:
    held = {picture(name).digest: name.encode() for name in names or ("one",)}
    return Supplies(held.__getitem__, lambda media: f"{site}/media/{media.digest[:8]}.jpg" if site else None)


def post(channel: str, *pictures: Media, link: str = LINK) -> Post:
    return Post(channel, Kind.NEWS, "Bins", f"New bin days. Read more: {link}", link, REFERENCE, pictures)
