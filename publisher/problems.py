"""Refusals over HTTP: RFC 9457 problems that carry the error as it was raised, so that a client can raise it again."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from publisher import hook
from publisher.errors import (
    KINDS,
    ChannelFailed,
    ConfigError,
    IllegalMove,
    InputError,
    NotFound,
    OutsideFailed,
    PublisherError,
    Refused,
)
from publisher.knocking import Turned

log = logging.getLogger("publisher.api")

PROBLEM = hook.PROBLEM
STATUSES: tuple[tuple[type[PublisherError], HTTPStatus], ...] = (
    (ConfigError, HTTPStatus.SERVICE_UNAVAILABLE),  # ours to mend, not the caller's
    (NotFound, HTTPStatus.NOT_FOUND),
    (InputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (IllegalMove, HTTPStatus.CONFLICT),
    (Refused, HTTPStatus.FORBIDDEN),
    (ChannelFailed, HTTPStatus.BAD_GATEWAY),
    (OutsideFailed, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""The status of each kind of failure; the first that fits."""
SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457, with the failure as the command line tells it.",
    "required": ["type", "title", "status", "detail", "kind", "field", "way_out"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "kind": {"type": "string", "enum": [kind.__name__ for kind in KINDS]},
        "field": {"type": "string", "description": "Which field is wrong; empty where it is none."},
        "way_out": {"type": "string", "description": "What to do."},
    },
}


def answer(
    status: HTTPStatus,
    content: Mapping[str, Any],
    kind: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """JSON that every reader takes, and that nobody on the way keeps."""
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    return Response(text, status, media_type=kind, headers={"Cache-Control": "no-store", **(headers or {})})


def problem(status: HTTPStatus, error: PublisherError, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal, with the error as it was raised."""
    content = {
        "type": "about:blank",
        "title": hook.title(status),
        "status": status.value,
        "detail": error.detail if isinstance(error, InputError) else error.message,
        "kind": next((kind.__name__ for kind in type(error).__mro__ if kind in KINDS), Refused.__name__),
        "field": getattr(error, "field", ""),
        "way_out": error.way_out,
    }
    return answer(status, content, PROBLEM, headers)


def of_turned(turned: Turned) -> Response:
    """What somebody hears who is turned away."""
    return problem(turned.status, turned.error, turned.headers)


async def _turned_away(_request: Request, turned: Exception) -> Response:
    assert isinstance(turned, Turned)  # noqa: S101  # Starlette hands it only this class
    return of_turned(turned)


async def _failed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, PublisherError)  # noqa: S101  # as above
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), HTTPStatus.FORBIDDEN)
    return problem(status, error)


async def _unread(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, hook.Problem)  # noqa: S101  # as above
    return problem(refusal.status, InputError(refusal.detail, field="body"))


def lost(error: Exception, methods: Sequence[str]) -> Response:
    """What somebody hears who asks for what is no operation; `methods` are those of the address, if it is one."""
    assert isinstance(error, HTTPException)  # noqa: S101  # as above
    status = HTTPStatus(error.status_code)
    kind = NotFound if status is HTTPStatus.NOT_FOUND else InputError
    told = kind(f"there is nothing to ask here: {status.phrase.lower()}")
    return problem(status, told, {"Allow": ", ".join(methods)} if methods else error.headers)


async def _bug(request: Request, error: Exception) -> Response:
    log.error("a bug while answering %s %s", request.method, request.url.path, exc_info=error)
    failed = OutsideFailed("the server failed here", way_out="Its log says why; tell whoever looks after it.")
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, failed)


HANDLERS: dict[Any, Any] = {
    Turned: _turned_away,
    PublisherError: _failed,
    hook.Problem: _unread,
    Exception: _bug,
}
"""By what is raised: who answers it."""
