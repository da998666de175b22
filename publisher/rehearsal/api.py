"""What the rehearsal platforms share: a request taken apart, a table of routes, faults to order, the ledger."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from publisher.likeness import open_graph
from publisher.page_head import media_type
from publisher.rehearsal import stranger
from publisher.rehearsal.faults import Fault, Script
from publisher.rehearsal.ledger import Card, Entry, Ledger
from publisher.serve import hang_up

JSON, RAW = "application/json", "application/octet-stream"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Call:
    """A request taken apart. `kind` is the body's media type; an uploaded file is a field of bytes.

    `unreadable` says why the body is not what its type claims; there are no fields then.
    """

    method: str
    path: str
    url: str
    at: datetime
    authorization: str = ""
    kind: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """`ids` are those that the call made; they go to the ledger."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    ids: tuple[str, ...] = ()


class Refusal(Exception):
    """The platform says no. `reason` is for the ledger, `fault` too: a breach of good practice."""

    def __init__(self, status: int, body: Any, *, reason: str = "", fault: str = "") -> None:
        super().__init__(reason)
        self.answer = Answer(body, status)
        self.reason = reason
        self.fault = fault


class Unreadable(Exception):
    """A body that is not what its content type says."""


Handler = Callable[[Call], Awaitable[Answer]]
Routes = tuple[tuple[str, str, Handler], ...]


class Api(ABC):
    """One platform's ASGI app. A subclass gives its `routes`, and says in its own words what is wrong.

    `url` is set when the server has started. `wall` is the address of the wall of posts, likewise.
    """

    name = ""
    url = ""
    wall = ""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._script = Script()

    def fail_next(self, method: str, path_regex: str, fault: Fault, times: int | None = 1) -> None:
        """The next calls of `method` whose path (without its query) holds `path_regex` meet `fault`: one, `times`, or all."""
        self._script.add(method, path_regex, fault, times)

    @property
    @abstractmethod
    def routes(self) -> Routes:
        """Method, pattern of the path, and what answers."""

    @abstractmethod
    def check(self, call: Call) -> None:
        """Whoever calls is who they must be. Raises Refusal."""

    @abstractmethod
    def no_such_route(self, call: Call) -> Refusal:
        """The platform's words for an address that it does not have."""

    @abstractmethod
    def malformed(self, why: str) -> Refusal:
        """The platform's words for a request that it cannot read."""

    def platform_of(self, call: Call) -> str:  # noqa: ARG002  # one host may be two platforms
        """The platform that the ledger books the call to."""
        return self.name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, at = Request(scope, receive), self.ledger.now()
        try:
            call = await _take_apart(request, at)
        except ClientDisconnect:
            return
        fault = self._script.take(call.method, call.path)
        answer = await self._answer(call, fault)
        if fault:
            await _lateness(fault.seconds, receive)
        if answer is None:
            await hang_up(scope)
        else:
            await _response(answer)(scope, receive, send)

    async def _answer(self, call: Call, fault: Fault | None) -> Answer | None:
        """What the caller gets to see; None for nothing at all. The ledger keeps what really happened."""
        entry = Entry(
            call.at, self.platform_of(call), call.method, call.path, None, call.query, call.fields,
            fault=fault.name if fault else "",
        )  # fmt: skip
        if fault is None:
            return await self._done(call, entry)
        if not fault.commit:
            self.ledger.record(replace(entry, status=fault.status))
            return _instead(None, fault)
        return _instead(await self._done(call, entry), fault)

    async def _done(self, call: Call, entry: Entry) -> Answer:
        try:
            answer = await self._handled(call)
        except Refusal as refusal:
            status, fault = refusal.answer.status, refusal.fault or entry.fault
            self.ledger.record(replace(entry, status=status, reason=refusal.reason, fault=fault))
            return refusal.answer
        self.ledger.record(replace(entry, status=answer.status, ids=answer.ids))
        return answer

    async def _handled(self, call: Call) -> Answer:
        self.check(call)
        for method, path, handler in self.routes:
            if call.method == method and (found := re.fullmatch(path, call.path)):
                if call.unreadable:
                    raise self.malformed(call.unreadable)
                return await handler(replace(call, groups=found.groupdict()))
        raise self.no_such_route(call)

    async def look_at(self, link: str) -> Card:
        """The link card, made on accepting a post from what a stranger sees at that moment."""
        seen = await stranger.look(link)
        if not seen.good:
            return Card(link, seen.status, error=seen.error)
        found = open_graph(seen.body.decode("utf-8", errors="replace"), link)
        image = found.get("image", "")
        return Card(
            link,
            seen.status,
            found.get("title", ""),
            found.get("description", ""),
            image,
            await self._card_image(image),
        )

    async def _card_image(self, url: str) -> str:
        """The picture's id in the ledger, or nothing where there is none to be had."""
        seen = await stranger.look(url) if url else stranger.Seen(None)
        if not seen.good or not seen.mime.startswith("image/"):
            return ""
        picture_id = f"card-{hashlib.sha256(seen.body).hexdigest()[:16]}"
        self.ledger.keep(picture_id, seen.mime, seen.body)
        return picture_id


def unknown(given: Collection[str], known: Collection[str]) -> list[str]:
    return sorted(set(given) - set(known))


async def _take_apart(request: Request, at: datetime) -> Call:
    kind = media_type(request.headers.get("content-type"))
    call = Call(
        method=request.method,
        path=request.url.path,
        url=str(request.url),
        at=at,
        authorization=request.headers.get("authorization", ""),
        kind=kind,
        query=dict(parse_qsl(request.url.query, keep_blank_values=True)),
    )
    try:
        return replace(call, fields=await _fields(request, kind))
    except Unreadable as error:
        return replace(call, unreadable=str(error))


async def _fields(request: Request, kind: str) -> dict[str, Any]:
    if kind in FORMS:
        return await _form(request)
    body = await request.body()
    if not body:
        return {}
    if kind == RAW:
        return {"": body}
    if kind != JSON:
        raise Unreadable(f"a body of type {kind or 'nothing'}")
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except ValueError as error:
        raise Unreadable("the body is not JSON") from error
    if not isinstance(value, dict):
        raise Unreadable("the body is not a JSON object")
    return value


async def _form(request: Request) -> dict[str, Any]:
    try:
        async with request.form() as form:
            pairs = [(name, await _value(value)) for name, value in form.multi_items()]
    except (MultiPartException, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error
    if len(fields := dict(pairs)) != len(pairs):
        raise Unreadable("a field stands twice")
    return fields


async def _value(value: UploadFile | str) -> bytes | str:
    return value if isinstance(value, str) else await value.read()


def _instead(answer: Answer | None, fault: Fault) -> Answer | None:
    if fault.drop:
        return None
    return answer if fault.status is None else Answer(fault.body, fault.status, fault.headers)


async def _lateness(seconds: float, receive: Receive) -> None:
    """Waits, but not on a caller who has left."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return


def _response(answer: Answer) -> Response:
    headers = dict(answer.headers)
    if isinstance(answer.body, str):
        return Response(
            answer.body,
            answer.status,
            headers,
            media_type=None if "content-type" in headers else "text/plain",
        )
    return JSONResponse(answer.body, answer.status, headers)
