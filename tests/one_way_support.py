"""Calls every public method of a library's client with every plausible argument, and tells what came of it and who was dialled.

For whoever proves that an adapter is one-way: `sweep(client, Given(own=..., others=...))` beside a Loopback that writes down
what arrived, inside `dialled()`, which sees every connection that Python opens, whoever opens it (PEP 578).
"""

import inspect
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations, islice, product
from typing import Any

from publisher.errors import EgressRefused

EDGES = (
    "feed", "photos", "media", "media_publish", "comments", "likes", "conversations", "messages", "published_posts", "insights",
    "subscribed_apps", "ratings", "blocked", "content_publishing_limit",
)  # fmt: skip
ROUTES = (
    "/2/tweets", "/2/tweets/{node}", "/2/users/me", "/2/users/{node}/tweets", "/2/users/{node}/likes", "/2/users/{node}/mentions",
    "/2/users/{node}/following", "/2/dm_conversations/with/{node}/messages", "/2/media/upload", "/2/tweets/search/recent", "//2/tweets",
    "/2/tweets?method=delete", "/../2/tweets", "/2/oauth2/token", "@evil.example/2/tweets", ".evil.example/2/tweets",
)  # fmt: skip
PATHS = (
    "v26.0/{node}", "v26.0/{node}/feed", "v26.0/{node}/photos", "v26.0/{node}/media_publish", "v26.0/{node}/comments", "v26.0/{node}/likes",
    "v26.0/{node}/conversations", "v26.0/{node}/insights", "v26.0/search", "v26.0/debug_token", "v26.0/", "oauth/access_token", "v2.8/{node}",
    "@evil.example/", "../{node}", "media/{node}/like/", "media/{node}/comment/", "feed/user/{node}/", "direct_v2/inbox/", "feed/timeline/",
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "get", "OPTIONS")
MOST_REQUIRED, MOST_ITEMS = 60, 3
"""Ways in which the required arguments are combined, and items that are asked of a method that gives them one by one."""


@dataclass(frozen=True)
class Given:
    """What arguments are made of: our own account's id, other people's, and the candidates for parameters by name.

    `pairs`: optional arguments are tried two by two as well, which is most of the time that a sweep takes.
    """

    own: str
    others: Sequence[str] = ("123", "me")
    more: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    pairs: bool = True

    def candidates(self, parameter: inspect.Parameter) -> Sequence[Any]:
        """Values that the parameter could well have."""
        name, nodes = parameter.name, (self.own, *self.others)
        known: dict[str, Sequence[Any]] = {
            "method": METHODS,
            "route": self._filled(ROUTES),
            "path": self._filled(PATHS),
            "endpoint": self._filled(PATHS),
            "album_path": [f"{node}/photos" for node in nodes],
            "connection_name": EDGES,
            "text": ["Hello", "@somebody hello"],
            "args": [{}, {"fields": "comments,likes"}, {"access_token": "x"}, {"fields": "id"}],
            "post_args": [{"message": "Hi"}, {"message": "Hi", "link": "https://a.example"}, {"method": "delete"}, {"batch": "[]"}],
            "json": [{"text": "Hi"}, {"text": "Hi", "reply_settings": "mentionedUsers"}, {"text": "Hi", "reply": {"in_reply_to_tweet_id": "7"}}],
            "params": [{}, {"tweet.fields": "public_metrics"}, {"expansions": "author_id"}],
            "files": [{"source": b"x"}],
            "image": [io.BytesIO(b"x")], "file": [io.BytesIO(b"x")],
            "type": ["place"],
            "reply_settings": ["mentionedUsers", "following"],
            "poll_options": [["a", "b"]], "poll_duration_minutes": [60],
            "media_ids": [["7"], ["7", "8"]], "media_tagged_user_ids": [list(self.others)],
            "offline": [False], "user_auth": [True, False],
            "application_id": ["1"], "app_id": ["1"], "app_secret": ["x"], "version": ["3.1"],
            **self.more,
        }  # fmt: skip
        if name in known:
            return known[name]
        if isinstance(parameter.default, bool):
            return [not parameter.default]
        if name.endswith("ids") or name in {"usernames", "ids", "screen_names"}:
            return [[self.own], [self.others[0]], [self.own, *self.others]]
        return nodes

    def _filled(self, patterns: Iterable[str]) -> list[str]:
        nodes = (self.own, self.others[0])
        return list(dict.fromkeys(pattern.replace("{node}", node) for pattern in patterns for node in nodes))


@dataclass
class Swept:
    """What came of it: the methods that were called, how many calls, and how many of them the guard refused."""

    methods: set[str] = field(default_factory=set)
    calls: int = 0
    refused: int = 0
    """Refusals that came out: no library may swallow one."""


def sweep(client: Any, given: Given, *, besides: Iterable[str] = ()) -> Swept:
    """Calls every public method, less those in `besides`. Whatever is raised is the library's own affair: the wire is looked at."""
    found = Swept()
    for name in [each for each in dir(client) if not each.startswith("_") and each not in set(besides)]:
        method = inspect.getattr_static(client, name)
        if isinstance(method, property):
            continue
        work = getattr(client, name)
        if not callable(work) or inspect.isclass(work) or name in _is_object(client):
            continue
        for named in arguments(work, given):
            _call(work, named, found)
        found.methods.add(name)
    return found


def _is_object(client: Any) -> set[str]:
    """Attributes that are things of their own, not methods."""
    return {name for name, value in vars(client).items() if not inspect.isroutine(value)}


def _call(work: Callable[..., Any], named: dict[str, Any], found: Swept) -> None:
    found.calls += 1
    try:
        answer = work(**named)
        if inspect.isgenerator(answer) or isinstance(answer, Iterator):
            list(islice(answer, MOST_ITEMS))
    except EgressRefused:
        found.refused += 1
    except Exception:  # noqa: BLE001  # see `sweep`
        return


def arguments(work: Callable[..., Any], given: Given) -> Iterator[dict[str, Any]]:
    """The required ones in every way, then with each optional one in every way, with each two, and with all.

    Where more are taken by name, such as a Graph call's fields, some of those are tried as well.
    """
    try:
        every = inspect.signature(work).parameters.values()
    except ValueError:  # written in C: nothing is known of it
        return
    plain = [one for one in every if one.kind not in {one.VAR_KEYWORD, one.VAR_POSITIONAL}]
    needed = [one for one in plain if one.default is one.empty]
    optional = [one for one in plain if one.default is not one.empty]
    free = any(one.kind is one.VAR_KEYWORD for one in every)
    extras: list[dict[str, Any]] = [{}]
    if free:
        extras += [
            {"fields": "comments,likes"},
            {"message": "Hi"},
            {"message": "Hi", "link": "https://a.example"},
        ]
    ways = product(*(given.candidates(one) for one in needed))
    for values in islice(ways, MOST_REQUIRED):
        base = {one.name: value for one, value in zip(needed, values, strict=True)}
        yield from (base | extra for extra in extras)
        yield from (base | {one.name: value} for one in optional for value in given.candidates(one))
    first = {one.name: given.candidates(one)[0] for one in plain}
    base = {one.name: first[one.name] for one in needed}
    for chosen in (*(combinations(optional, 2) if given.pairs else ()), optional):
        yield base | {one.name: first[one.name] for one in chosen}


# --- who was dialled --------------------------------------------------------------------------------------------

WATCHED = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg")
_seen: list[str] | None = None
_hooked = False


@contextmanager
def dialled() -> Iterator[list[str]]:
    """Every host and port that this process looks up or connects to inside, each once, as `host:port`."""
    global _seen, _hooked  # noqa: PLW0603  # an audit hook cannot be taken away again: it is switched
    if not _hooked:
        sys.addaudithook(_hear)
        _hooked = True
    before, _seen = _seen, []
    try:
        yield _seen
    finally:
        _seen = before


def _hear(event: str, given: tuple[Any, ...]) -> None:
    seen = _seen
    if seen is None or event not in WATCHED:
        return
    where = given[1] if event != "socket.getaddrinfo" and len(given) > 1 else given
    place = f"{where[0]}:{where[1]}" if isinstance(where, tuple) and len(where) > 1 else str(where)
    if place not in seen:
        seen.append(place)
