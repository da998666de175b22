"""For the contract suite: a loopback platform that answers each call of an adapter well, or ill at the moment that a test says."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from channels_support import (
    ACCOUNT_ID,
    LINK,
    NOW,
    PAGE_ID,
    USER_ID,
    Loopback,
    Received,
    answer,
    load,
    picture,
    post,
    supplies,
)  # fmt: skip

from publisher.model import Phase, Staged

MOST_STEPS = 40
"""Steps after which a stage that is never ready counts as stuck: far more than any post takes."""
ACCOUNTS = {"facebook": PAGE_ID, "instagram": USER_ID, "instagrapi": ACCOUNT_ID, "twitter": ACCOUNT_ID}


class Platform:
    """Answers every declared call as the platform would; `ill` takes the place of the answers whose numbers are in it."""

    def __init__(self, name: str, ill: Mapping[int, bytes] | None = None) -> None:
        self._name, self._ill = name, ill or {}
        self._server = Loopback(self._reply)
        self._made = 100

    @contextmanager
    def running(self) -> Iterator[Loopback]:
        with self._server as server:
            yield server

    def _reply(self, connection: Any) -> None:
        number = len(self._server.requests) - 1
        connection.sendall(self._ill.get(number) or answer(self._good(self._server.requests[number])))

    def _good(self, asked: Received) -> Any:
        self._made += 1
        here = {"facebook": _meta, "instagram": _meta, "instagrapi": _app, "twitter": _x}[self._name]
        return here(asked, str(self._made))


_META_TELLS: dict[str, dict[str, Any]] = {
    "/debug_token": {"data": {"is_valid": True, "scopes": ["pages_manage_posts"], "expires_at": 0, "profile_id": PAGE_ID}},
    "/me": {"id": PAGE_ID, "name": "Example Council"},
    "/content_publishing_limit": {"data": [{"config": {"quota_total": 50, "quota_duration": 86_400}, "quota_usage": 1}]},
}  # fmt: skip


def _meta(asked: Received, made: str) -> Any:
    path = asked.route.partition(" ")[2]
    if asked.method == "DELETE" or "comment_enabled" in asked.body.decode(errors="replace"):
        return {"success": True}
    if told := next((told for end, told in _META_TELLS.items() if path.endswith(end)), None):
        return told
    if asked.method == "GET" and path.endswith(("published_posts", "/media")):
        post_id = f"{PAGE_ID}_9001" if path.endswith("published_posts") else "9001"
        one = {"id": post_id, "message": f"New bin days {LINK}", "caption": f"New bin days {LINK}"}
        return {
            "data": [
                one
                | {
                    "permalink_url": "https://www.facebook.com/9001",
                    "permalink": "https://www.instagram.com/p/9001",
                }
            ]
        }
    if asked.method == "GET":
        own = next((number for number in (PAGE_ID, USER_ID) if path.endswith(number)), made)
        return {"id": own, "name": "Example Council", "username": "council", "status_code": "FINISHED", "link": "https://a.example",
                "permalink_url": "https://www.facebook.com/1", "permalink": "https://www.instagram.com/p/1"}  # fmt: skip
    return {"id": f"{PAGE_ID}_{made}" if path.endswith("/feed") else made, "success": True}


def _x(asked: Received, made: str) -> Any:
    path = asked.route.partition(" ")[2]
    if asked.method == "DELETE":
        return {"data": {"deleted": True}}
    if path.endswith("/me"):
        return {"data": {"id": ACCOUNT_ID, "username": "council", "name": "Council"}}
    if path.endswith("/tweets") and asked.method == "GET":
        link = {"expanded_url": LINK, "url": "https://t.co/a"}
        return {"data": [{"id": "9001", "text": "New bin days https://t.co/a", "entities": {"urls": [link]}}]}
    return {"data": {"id": made, "text": "x", "expires_after_secs": 86_400}}


def _app(asked: Received, made: str) -> Any:
    path = asked.route.partition(" ")[2]
    if "rupload" in path:
        found = re.search(r"rupload_igphoto/([0-9]+)_", path)
        return {"upload_id": found[1] if found else made, "status": "ok"}
    user = {
        "pk": ACCOUNT_ID,
        "pk_id": ACCOUNT_ID,
        "username": "council",
        "full_name": "Council",
        "is_private": False,
    }
    media = {
        "pk": made,
        "id": f"{made}_{ACCOUNT_ID}",
        "code": "Cabc",
        "caption": {"text": f"New bin days {LINK}"},
        "user": user,
    }
    if "feed/user" in path:
        return {"items": [media], "num_results": 1, "more_available": False, "status": "ok"}
    return {"media": media, "user": user, "status": "ok"}


def phase_of(made: Any, asked: Received) -> Phase | None:
    """What a request was for, by the adapter's own table."""
    path = asked.route.partition(" ")[2]
    fitting = [call for call in made.calls if call.method == asked.method and re.fullmatch(call.path, path)]
    body = asked.body.decode(errors="replace")
    named = [
        call for call in fitting if call.raw or not call.fields or any(field in body for field in call.fields)
    ]
    return next((call.phase for call in named or fitting), None)


class Outlet:
    """One adapter in front of its platform, with a post of two pictures."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.account, self._folder = name, ACCOUNTS[name], folder
        self.post = post(name, picture("one"), picture("two"))
        self._url = ""

    @contextmanager
    def running(self, ill: Mapping[int, bytes] | None = None) -> Iterator[Loopback]:
        """The platform; `ill` are the answers, by number, that are other than they should be."""
        with Platform(self.name, ill).running() as server:
            self._url = server.url
            yield server

    def load(self) -> Any:
        """The adapter as a new process has it."""
        return load(self.name, self._folder, self._url)

    def staged(
        self, *, crash: bool = False, held: Staged | None = None, seen: Callable[[Staged], None] | None = None
    ) -> Staged:
        """Stages step by step until it is ready, as the core does: each step is stored. `crash`: another process goes on."""
        made = self.load()
        for _ in range(MOST_STEPS):
            held = stored(made.stage(self.post, supplies("one", "two"), held, NOW))
            if seen is not None:
                seen(held)
            if held.values["ready"]:
                return held
            made = self.load() if crash else made
        raise AssertionError(f"never ready: {held}")

    def made(self, server: Loopback) -> int:
        """How many requests made something on the platform."""
        adapter = self.load()
        return sum(phase_of(adapter, asked) in {Phase.UPLOAD, Phase.CONTAINER} for asked in server.requests)


def stored(staged: Staged) -> Staged:
    """What is left of it once it was in the database."""
    return Staged(json.loads(json.dumps(dict(staged.values))), staged.expires_at)
