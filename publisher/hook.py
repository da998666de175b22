"""The website's hook: a CMS posts a signed event, it is stored durably, and only then answered with 202.

Standard Webhooks signatures (publisher/signatures.py), RFC 9457 problems for every refusal. What a CMS gets wrong is
never a 5xx, never a redirect and never 410: Ghost, for one, deletes its webhook for good on a 410.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from publisher import item as items
from publisher import signatures, strict_json
from publisher.app import App
from publisher.config import Source
from publisher.desk import Origin, Queued
from publisher.errors import ConfigError, InputError, OutsideFailed, PublisherError, Refused
from publisher.model import canonical
from publisher.settings import reveal
from publisher.tables import HookReceiptRow
from publisher.via import coming_via

log = logging.getLogger("publisher.hook")

PROBLEM = "application/problem+json"
"""RFC 9457 §3."""
_TITLES = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Content Too Large", HTTPStatus.UNPROCESSABLE_ENTITY: "Unprocessable Content",
}  # fmt: skip
"""RFC 9110's words (sections 15.5.14 and 15.5.21), where a Python before 3.13 has older ones."""
BODY_SECONDS = 30.0
"""How long a whole message may take to arrive: connections that never end would use up the daemon's open files."""
JSON_TYPES = ("application/json", "application/cloudevents+json")
TYPES = {"event.created": "event", "event.updated": "event", "news.created": "news", "news.updated": "news"}
"""What a message may be; an update of something unknown is its creation, since messages arrive in any order."""


class Problem(Exception):
    """A refusal, as RFC 9457 wants it said."""

    def __init__(self, status: HTTPStatus, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, errors


def create(
    app: App,
    alive: Callable[[], bool] = lambda: True,
    *,
    body_seconds: float = BODY_SECONDS,
) -> Starlette:
    """The hook and the health pages. `alive` says whether the timer runs."""
    hook = Hook(app, body_seconds)

    async def receive(request: Request) -> Response:
        return await hook.receive(request)

    return Starlette(
        routes=[
            Route("/hooks/{source}", receive, methods=["POST"]),
            *_health(app, alive),
        ],
        exception_handlers={Problem: _problem, HTTPException: _http_problem, Exception: _bug},
    )


class Hook:
    """Takes messages in for one configuration."""

    def __init__(self, app: App, body_seconds: float) -> None:
        self._app, self._body_seconds = app, body_seconds

    async def receive(self, request: Request) -> Response:
        """One message: verified over its raw bytes, before anything is parsed."""
        name = request.path_params["source"]
        source = self._app.config.sources.get(name)
        if source is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"There is no source {name!r}.")
        body = await read(request, source.max_bytes, self._body_seconds)
        webhook_id = self._verified(source, request.headers, body)
        if not request.headers.get("content-type", "").split(";")[0].strip().lower().endswith("json"):
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send {JSON_TYPES[0]}.")
        return await run_in_threadpool(self._take, name, source, webhook_id, body)

    def _verified(self, source: Source, headers: Mapping[str, str], body: bytes) -> str:
        secrets = [reveal(ref, self._app.config.folder, field="sources") for ref in source.secrets]
        try:
            return signatures.verify(secrets=secrets, headers=headers, body=body, now=self._app.now())
        except signatures.BadSignature as error:
            raise Problem(HTTPStatus.UNAUTHORIZED, str(error)) from error

    def _take(self, name: str, source: Source, webhook_id: str, body: bytes) -> Response:
        digest = hashlib.sha256(body).hexdigest()
        origin = Origin(name, channels=source.channels, webhook_id=webhook_id, body_digest=digest)
        try:
            return self._repeated(origin) or self._taken(_item(_message(body), source), source, origin)
        except OutsideFailed as error:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{error.message}. Send it again later.") from error

    def _repeated(self, origin: Origin) -> Response | None:
        """The first answer, to a message that came before.

        Not where it names an item that is not there: a hand wrote that, and the website would believe that its item goes out.
        """
        known = self._app.queue.receipt(origin.source, origin.webhook_id)
        if known is None:
            return None
        if not self._is_here(known.answer):
            log.error(
                "the kept answer to %s of %s names an item that is not there",
                origin.webhook_id,
                origin.source,
            )
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "What is kept here of this message was changed by hand."
            )
        return _again(known, origin.body_digest)

    def _is_here(self, answer: object) -> bool:
        """Whether the item that a kept answer names is in the queue; one whose words were erased names none, or one that is."""
        named = answer.get("id") if isinstance(answer, dict) else ""
        return named is None or self._app.queue.has(str(named))

    def _here(self, item: items.Item, origin: Origin) -> Response | None:
        """The answer to an item that is here already, by the website's own id for it."""
        if item.external_id and (row := self._app.queue.known(origin.source, item.external_id)):
            return _known(row.id, row.state, same=row.content == _filled_in(row.content) | item.to_json())
        return None

    def _taken(self, item: items.Item, source: Source, origin: Origin) -> Response:
        if told := self._here(item, origin):
            return told
        try:
            queued = self._hand_in(item, source, origin)
        except Problem:
            if told := self._repeated(origin) or self._here(item, origin):
                return told  # the same message arrived twice at once, and the other was quicker
            raise
        return JSONResponse(queued.to_json(), HTTPStatus.ACCEPTED)

    def _hand_in(self, item: items.Item, source: Source, origin: Origin) -> Queued:
        try:
            with coming_via(f"hook {origin.source}"):
                return self._app.desk.hand_in(item, officer=source.officer, origin=origin)
        except ConfigError as error:  # a rule file is bad: ours to mend, and the CMS sends it again
            log.exception("the rules cannot be read, so nothing is taken")
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "The policy's rules cannot be read here. Send it again later."
            ) from error
        except InputError as error:
            raise _unprocessable(error) from error
        except Refused as error:  # sent again it would be no better: a person must open the way first
            raise Problem(HTTPStatus.FORBIDDEN, str(error)) from error


async def read(request: Request, limit: int, seconds: float) -> bytes:
    """The raw body, read no further than `limit` bytes and no longer than `seconds`. Raises Problem."""
    try:
        async with asyncio.timeout(seconds):
            return await _body(request, limit)
    except TimeoutError as error:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "The message took too long to arrive.") from error


async def _body(request: Request, limit: int) -> bytes:
    """Whatever the headers promise."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {limit} bytes are taken.")
    except ClientDisconnect as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "The message was cut off.") from error
    return bytes(body)


def _message(body: bytes) -> Mapping[str, Any]:
    try:
        message = strict_json.read(body)
    except InputError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"{error.detail[:1].upper()}{error.detail[1:]}.") from error
    if not isinstance(message, dict):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "The message is not a JSON object.", [_error("", "an object")]
        )
    return message


def _item(message: Mapping[str, Any], source: Source) -> items.Item:
    kind = TYPES.get(str(message.get("type")))
    if kind not in source.kinds:
        taken = ", ".join(name for name, of in TYPES.items() if of in source.kinds)
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "This type is not taken here.",
            [_error("/type", f"one of {taken}")],
        )
    data = message.get("data")
    if not isinstance(data, dict):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "The message has no data.", [_error("/data", "an object")]
        )
    _demand_ours(data, kind)
    try:
        return items.parse({**data, "kind": kind}, default_zone=source.timezone)
    except InputError as error:
        raise _unprocessable(error) from error


def _demand_ours(data: Mapping[str, Any], kind: str | None) -> None:
    """What a CMS may not say: that a rule is satisfied, which is for a person to answer for; and another kind than its type."""
    if data.get("evidence"):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "Evidence is given by an officer, not by a website.",
            [_error("/data/evidence", "left out")],
        )
    if data.get("emergency"):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "An emergency is called by an officer, not by a website.",
            [_error("/data/emergency", "left out")],
        )
    if data.get("kind", kind) != kind:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "The kind is another than the message's type says.",
            [_error("/data/kind", f"{kind}, or left out")],
        )


def _unprocessable(error: InputError) -> Problem:
    detail = f"{error.detail} {error.way_out}".strip()
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, str(error), [_error(f"/data{_pointer(error.field)}", detail)]
    )


def _pointer(field: str) -> str:
    """`images[0].alt` as an RFC 6901 pointer, `/images/0/alt`."""
    parts = re.findall(r"[^.\[\]]+", field)
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _error(pointer: str, detail: str) -> dict[str, str]:
    return {"pointer": f"#{pointer}", "detail": detail}


def _again(known: HookReceiptRow, digest: str) -> Response:
    """The same message again gets the first answer; another body under the same id is refused."""
    if known.digest != digest:
        raise Problem(HTTPStatus.CONFLICT, "This webhook-id was used before, for another message.")
    return JSONResponse(known.answer, HTTPStatus.ACCEPTED)


def _filled_in(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the desk fills in as it stores an item that does not say it: no difference from a message that still does not."""
    return {name: content[name] for name in ("publish_at", "channels") if name in content}


def _known(item_id: str, state: str, *, same: bool) -> Response:
    if same:
        return JSONResponse({"id": item_id, "state": state, "note": "already here"}, HTTPStatus.OK)
    raise Problem(
        HTTPStatus.CONFLICT,
        f"This event is here already as {item_id}, and is {state}. Changes are not taken by the hook yet: "
        f"an officer can withdraw it (publisher withdraw {item_id}) and enter it anew.",
    )


# --- health ------------------------------------------------------------------------------------------------------


def _health(app: App, alive: Callable[[], bool]) -> list[Route]:
    def healthz(_request: Request) -> Response:
        status = HTTPStatus.OK if alive() else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"alive": alive()}, status)

    def readyz(_request: Request) -> Response:
        try:
            app.queue.counts()
        except PublisherError as error:
            return not_ready(error.message)
        if app.verifier.end_problem():
            return not_ready("the record is not the one that was kept; the log says why")
        try:
            app.rules()
        except ConfigError:  # its words name folders; the daemon's log has them
            return not_ready("the rules cannot be read; the log says why")
        return JSONResponse({"ready": True}, HTTPStatus.OK)

    def not_ready(reason: str) -> Response:
        return JSONResponse({"ready": False, "reason": reason}, HTTPStatus.SERVICE_UNAVAILABLE)

    def metrics(_request: Request) -> Response:
        lines = ["# HELP publisher_items Items by state.", "# TYPE publisher_items gauge"]
        try:
            counts, channels = app.queue.counts(), app.channel_health.metrics()
        except PublisherError as error:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, error.message) from error
        lines += [f'publisher_items{{state="{state}"}} {count}' for state, count in sorted(counts.items())]
        lines += channels
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


# --- refusals ----------------------------------------------------------------------------------------------------


def title(status: HTTPStatus) -> str:
    """What RFC 9457 section 4.2.1 asks of a problem without a type of its own: the status in words, the same on any Python."""
    return _TITLES.get(status, status.phrase)


def _respond(status: HTTPStatus, detail: str, errors: list[dict[str, str]] | None = None) -> Response:
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": title(status),
        "status": status.value,
        "detail": detail,
    }
    if errors:
        content["errors"] = errors
    return Response(canonical(content), status, media_type=PROBLEM)


async def _problem(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)  # noqa: S101  # Starlette hands it only this class
    return _respond(problem.status, problem.detail, problem.errors)


async def _http_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # as above
    return _respond(HTTPStatus(error.status_code), error.detail)


async def _bug(request: Request, error: Exception) -> Response:
    log.error("a bug while answering %s %s", request.method, request.url.path, exc_info=error)
    return _respond(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The program failed here; its log says why. Send it again later."
    )
