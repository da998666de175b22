"""What a bad day is, and how its faults are put on a rehearsal's platforms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from publisher.model import DeliveryState
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.platforms import Platforms

Put = Callable[[Platforms], None]


@dataclass(frozen=True, slots=True)
class BadDay:
    """One thing that a platform does, and how a delivery to `channel` that meets it may end (`ends`).

    `posts` is how many posts of the item the public sees on that platform in the end: 0, 1, or either (None).
    """

    name: str
    channel: str
    words: str
    source: str
    ends: frozenset[DeliveryState]
    posts: int | None
    put: Put

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "name": self.name, "channel": self.channel, "words": self.words, "source": self.source,
            "ends": sorted(state.value for state in self.ends),
        }  # fmt: skip


def on_x(method: str, path: str, *faults: Fault, times: int | None = 1) -> Put:
    def put(platforms: Platforms) -> None:
        for fault in faults:
            platforms.x.fail_next(method, path, fault, times)

    return put


def on_graph(method: str, path: str, *faults: Fault, times: int | None = 1) -> Put:
    def put(platforms: Platforms) -> None:
        for fault in faults:
            platforms.graph.fail_next(method, path, fault, times)

    return put


def on_made(method: str, fault: Fault, times: int | None = 1) -> Put:
    """On what Instagram made of ours, containers and posts, and not on the accounts themselves."""

    def put(platforms: Platforms) -> None:
        accounts = (platforms.credentials.instagram.user_id, platforms.credentials.facebook.page_id)
        platforms.graph.fail_next(method, rf"/(?!(?:{'|'.join(accounts)})$)\d+$", fault, times)

    return put


def state(code: str, words: str) -> Fault:
    """What a container says of itself ("IG Container", status_code and status)."""
    return Fault.refuse(200, {"status_code": code, "status": words, "id": "17900000000000000"})


def both(*puts: Put) -> Put:
    def put(platforms: Platforms) -> None:
        for one in puts:
            one(platforms)

    return put


def problem(title: str, detail: str, status: int, kind: str = "about:blank") -> dict[str, Any]:
    """X's answer when it says no (docs.x.com, "Response codes and errors")."""
    return {"title": title, "detail": detail, "status": status, "type": kind}


def error(code: int, message: str, subcode: int | None = None) -> dict[str, Any]:
    """The Graph API's (developers.facebook.com, "Handle errors")."""
    told: dict[str, Any] = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "AbCdEfGhIjK",
    }
    return {"error": told | ({"error_subcode": subcode} if subcode else {})}


def no(status: int, body: Any, **headers: str) -> Fault:
    return Fault.refuse(status, body, {name.replace("_", "-"): value for name, value in headers.items()})
