"""What the rehearsal platforms were asked and what they took: every call, every public post. Never a secret."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

HIDDEN = "[secret]"
SECRET_FIELDS = frozenset(
    {
        "access_token",
        "appsecret_proof",
        "client_secret",
        "refresh_token",
        "code",
        "code_verifier",
        "input_token",
    }
)
MAX_RECORDED = 4_000
"""Characters of one value that are kept: no text of ours is longer, while a picture in base64 is."""
REFUSED_FROM = 400


@dataclass(frozen=True, slots=True)
class Card:
    """What a stranger saw at a post's link when the platform looked, once, on accepting the post.

    `status` is None where nothing answered, or where the address is not on this machine; `error` says which.
    """

    url: str
    status: int | None
    title: str = ""
    description: str = ""
    image: str = ""
    image_id: str = ""
    error: str = ""

    @property
    def found(self) -> bool:
        return self.status == 200  # noqa: PLR2004  # the only good one

    @property
    def words(self) -> str:
        """`card: 200`, `card: 404`, or `card: ` and what went wrong."""
        return f"card: {self.status or self.error}"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture the platform holds; `id` finds its bytes in the ledger."""

    id: str
    alt: str = ""
    mime: str = "image/jpeg"
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """One public post. `arrived_at` is when its request arrived, aware, UTC; `replies` is `open` or `closed`."""

    platform: str
    id: str
    text: str
    url: str
    arrived_at: datetime
    link: str = ""
    media: tuple[Picture, ...] = ()
    card: Card | None = None
    replies: str = "open"

    def as_json(self) -> dict[str, Any]:
        card = asdict(self.card) | {"words": self.card.words} if self.card else None
        return asdict(self) | {"arrived_at": self.arrived_at.isoformat(), "card": card}


@dataclass(frozen=True, slots=True)
class Entry:
    """One call as it arrived; `ids` are those it made, `fault` a scripted fault or a breach of good practice."""

    at: datetime
    platform: str
    method: str
    path: str
    status: int | None
    query: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    reason: str = ""
    fault: str = ""

    @property
    def accepted(self) -> bool:
        return self.status is not None and self.status < REFUSED_FROM

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"at": self.at.isoformat(), "accepted": self.accepted}


class Ledger:
    """Safe to use from any thread. `now` is the clock; `secrets` are struck out wherever they turn up."""

    def __init__(self, now: Callable[[], datetime], secrets: Collection[str] = ()) -> None:
        self.now = now
        self._secrets = tuple(secret for secret in secrets if secret)
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._posts: dict[tuple[str, str], Post] = {}
        self._bytes: dict[str, tuple[str, bytes]] = {}

    def record(self, entry: Entry) -> None:
        clean = replace(
            entry,
            path=self._scrub(entry.path),
            query=self._clean(entry.query),
            fields=self._clean(entry.fields),
            reason=self._scrub(entry.reason),
        )
        with self._lock:
            self._entries.append(clean)

    def calls(self, platform: str | None = None) -> list[Entry]:
        """Every call, refused ones too, in the order they ended."""
        with self._lock:
            return [entry for entry in self._entries if platform in {None, entry.platform}]

    def faults(self, platform: str | None = None) -> list[Entry]:
        """The calls on which a scripted fault fell, or which did what no client should, such as a token in an address."""
        return [entry for entry in self.calls(platform) if entry.fault]

    def publish(self, post: Post) -> None:
        """Shows a post, or shows it as it is now."""
        with self._lock:
            self._posts[post.platform, post.id] = post

    def unpublish(self, platform: str, post_id: str) -> None:
        with self._lock:
            self._posts.pop((platform, post_id), None)

    def posts(self, platform: str | None = None) -> list[Post]:
        """The posts the public can see, oldest first."""
        with self._lock:
            return [post for post in self._posts.values() if platform in {None, post.platform}]

    def post(self, platform: str, post_id: str) -> Post | None:
        with self._lock:
            return self._posts.get((platform, post_id))

    def keep(self, picture_id: str, mime: str, content: bytes) -> None:
        with self._lock:
            self._bytes[picture_id] = mime, content

    def content(self, picture_id: str) -> tuple[str, bytes] | None:
        """MIME type and bytes of a picture."""
        with self._lock:
            return self._bytes.get(picture_id)

    def as_json(self) -> dict[str, Any]:
        return {
            "posts": [post.as_json() for post in self.posts()],
            "calls": [entry.as_json() for entry in self.calls()],
        }

    def _clean(self, value: Any, name: str = "") -> Any:
        if name in SECRET_FIELDS:
            return HIDDEN
        if isinstance(value, Mapping):
            return {key: self._clean(inner, key) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean(inner) for inner in value]
        if isinstance(value, bytes):
            return f"[{len(value)} bytes]"
        return self._scrub(value) if isinstance(value, str) else value

    def _scrub(self, text: str) -> str:
        if len(text) > MAX_RECORDED:
            return f"[{len(text)} characters]"
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text
