"""The API: every operation of the office over HTTP, generated from its declaration; nothing is written by hand for one.

FastAPI routes and describes (OpenAPI, /api/openapi.json). What a request holds is read by our own hand, in this order: who
is asking, whether they may ask for that, then the body, no further than its limit.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Asked

from publisher import __version__, hook, openapi, problems, strict_json
from publisher.app import App
from publisher.errors import InputError, NotFound, Refused
from publisher.knocking import Knock, Porter, Turned
from publisher.office import PARTS, part_class
from publisher.office.carrying import arguments, unpack
from publisher.office.operations import Caller, Operation, Part, operations
from publisher.serve import peer_uid
from publisher.token_form import LOOKS_LIKE
from publisher.via import coming_via

BASE = "/api/v1"
BODY_MOST, PICTURES_MOST = 1024 * 1024, 64 * 1024 * 1024
"""Bytes of a body; the larger where it may hold pictures (base64)."""
BODY_SECONDS, PICTURES_SECONDS = 30.0, 300.0


def create(app: App, alive: Callable[[], bool] = lambda: True, porter: Porter | None = None) -> ASGIApp:
    """The daemon's web application: the hook, the health pages and the API, none of which takes a token in an address."""
    porter = porter or Porter(app)
    return _Addresses(_AsSent(_api(app, porter)), hook.create(app, alive), porter)


# --- before anything is routed -----------------------------------------------------------------------------------


class _Addresses:
    """Turns away every request with a token in its address, whatever it asks for; what is under /api/ is the API's."""

    def __init__(self, api: ASGIApp, others: ASGIApp, porter: Porter) -> None:
        self._api, self._others, self._porter = api, others, porter

    async def __call__(self, scope: Asked, receive: Receive, send: Send) -> None:
        tokens = _tokens_in(scope) if scope["type"] == "http" else []
        if not tokens:
            is_ours = scope["type"] == "http" and scope["path"].startswith("/api/")
            await (self._api if is_ours else self._others)(scope, receive, send)
            return
        turned = await asyncio.to_thread(self._porter.leaked, _knock(scope), tokens)
        await problems.of_turned(turned)(scope, receive, send)


def _tokens_in(scope: Asked) -> list[str]:
    """However it is quoted: a proxy may quote what is quoted once more."""
    address = (scope["raw_path"] + b"?" + scope["query_string"]).decode("latin-1")
    texts = {address, once := unquote_plus(address), unquote_plus(once)}
    return sorted({found for text in texts for found in LOOKS_LIKE.findall(text)})


class _AsSent:
    """Paths are matched as they were sent: a slash within a reference (%2F) is no border. Parameters are unquoted later."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Asked, receive: Receive, send: Send) -> None:
        path = scope["raw_path"].decode("latin-1")
        await self._inner({**scope, "path": path, "path_params": {}}, receive, send)


def _knock(scope: Asked) -> Knock:
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return Knock(peer_uid(scope), (scope.get("client") or ("", 0))[0], headers)


# --- the operations ----------------------------------------------------------------------------------------------


def _api(app: App, porter: Porter) -> FastAPI:
    """FastAPI with a route for each operation, and their description."""

    async def lost(request: Request, error: Exception) -> Response:
        """Each operation is a route of its own, which knows only its own method."""
        found = [route for route in api.routes if isinstance(route, APIRoute)]
        path = request.scope["path"]
        fitting = sorted(
            one for route in found if route.path_regex.match(path) for one in route.methods or ()
        )
        return problems.lost(error, fitting)

    api = FastAPI(
        title="Publisher", version=__version__, openapi_url=None, redirect_slashes=False,
        separate_input_output_schemas=False, exception_handlers=problems.HANDLERS | {HTTPException: lost},
    )  # fmt: skip
    api.router.route_class = _Route
    for name in PARTS:
        part = part_class(name)
        for called, operation in operations(part).items():
            api.add_api_route(
                f"{BASE}{operation.path}",
                _Answer(app, porter, part, called, operation),
                methods=[operation.method],
                operation_id=f"{name}.{called}",
                tags=[name],
                **openapi.of_route(f"{name}.{called}", getattr(part, called), operation),
            )

    @cache
    def described() -> bytes:
        """Made when it is first asked for: it takes longer than all else that a start does."""
        return json.dumps(openapi.description(api)).encode("ascii")

    async def description(request: Request) -> Response:
        await asyncio.to_thread(porter.demand_here, _knock(request.scope))
        return Response(await asyncio.to_thread(described), media_type="application/json")

    api.add_route(openapi.PLACE, description, include_in_schema=False)
    return api


class _Route(APIRoute):
    """A route of FastAPI's whose request is read by the operation itself, once it is known who asks."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer: _Answer = self.endpoint  # type: ignore[assignment]  # _api gives no other
        return answer.answer


class _Answer:
    """Answers one operation. FastAPI sees its signature, and describes it."""

    def __init__(self, app: App, porter: Porter, part: type[Part], called: str, operation: Operation) -> None:
        self._app, self._porter = app, porter
        self._part, self._called, self._operation = part, called, operation
        self._arguments = arguments(getattr(part, called), operation)
        self._asked = f"{operation.method} {operation.path}"
        self.__name__, self.__signature__ = called, openapi.signature(self._arguments)

    def __call__(self, **given: Any) -> None:
        """Only its signature is read; `answer` does the work."""
        raise NotImplementedError

    async def answer(self, request: Request) -> Response:
        """One request: known, then read, then done, on a thread, since the office waits for the disk."""
        knock = _knock(request.scope)
        caller = await asyncio.to_thread(self._let_in, knock)
        body = await self._read(request)
        return await asyncio.to_thread(self._answered, knock, caller, request, body)

    def _let_in(self, knock: Knock) -> Caller:
        caller, scope = self._porter.caller(knock), self._operation.scope
        if scope not in caller.scopes:
            turned = _too_narrow(scope)
            self._porter.too_narrow(knock, caller, scope, self._asked, turned.error.message)
            raise turned
        return caller

    async def _read(self, request: Request) -> bytes:
        most, seconds = BODY_MOST, BODY_SECONDS
        if self._operation.pictures:
            most, seconds = PICTURES_MOST, PICTURES_SECONDS
        _demand_length(request, most)
        body = await hook.read(request, most, seconds)
        if body:
            _demand_json(request)
        return body

    def _answered(self, knock: Knock, caller: Caller, request: Request, body: bytes) -> Response:
        query, values = _query(request), _values(body)
        given = unpack(self._arguments, request.path_params, query, values)
        if self._operation.judging:
            self._app.start_reader()
        if _has_body(request):  # it may have come slowly, and its token be revoked since
            caller = self._let_in(knock)
        try:
            with coming_via(caller.via):
                found = getattr(self._part(self._app, caller), self._called)(**given)
        except NotFound as missing:
            if self._arguments.path:
                raise
            raise Turned(HTTPStatus.UNPROCESSABLE_ENTITY, missing) from None  # not the address is wrong
        return problems.answer(HTTPStatus.OK, found)


def _too_narrow(scope: str) -> Turned:
    """RFC 6750 §3.1."""
    error = Refused(
        f"this token may not be used for that: it has not the scope {scope}",
        way_out=f"Make one with --scope {scope}, at the server; or do it there.",
    )
    challenge = f'Bearer realm="publisher", error="insufficient_scope", scope="{scope}"'
    return Turned(HTTPStatus.FORBIDDEN, error, {"WWW-Authenticate": challenge})


# --- what is sent ------------------------------------------------------------------------------------------------


def _has_body(request: Request) -> bool:
    """Whether one is announced, of whatever length (RFC 9112 §6.3)."""
    return bool({"content-length", "transfer-encoding"} & set(request.headers))


def _demand_length(request: Request, most: int) -> None:
    """Who says beforehand that it is too long need not send it. Two ways to tell the length are one too many (RFC 9112 §6.3)."""
    if {"content-length", "transfer-encoding"} <= set(request.headers):
        raise Turned(HTTPStatus.BAD_REQUEST, InputError("its length is told in two ways", field="body"))
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > most:
        raise Turned(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, InputError(f"at most {most} bytes are taken", field="body")
        )


def _demand_json(request: Request) -> None:
    kind, _, more = request.headers.get("content-type", "").partition(";")
    charset = more.partition("charset=")[2].strip('" ').lower()
    coding = request.headers.get("content-encoding", "identity")
    if kind.strip().lower() != "application/json" or charset not in {"", "utf-8"} or coding != "identity":
        raise Turned(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            InputError("JSON in UTF-8 is needed", field="body", way_out="Send it as application/json."),
        )


def _values(body: bytes) -> Any:
    try:
        return strict_json.read(body) if body else None
    except InputError as error:
        raise Turned(HTTPStatus.BAD_REQUEST, error) from None


def _query(request: Request) -> Sequence[tuple[str, str]]:
    text = request.scope["query_string"].decode("latin-1")
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError:  # not UTF-8, or too many
        raise Turned(HTTPStatus.BAD_REQUEST, InputError("the query is not UTF-8")) from None
