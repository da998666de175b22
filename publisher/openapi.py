"""The API's description: OpenAPI as FastAPI writes it, with what it cannot know: how one is known, what a problem holds."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.params import Query

from publisher.answer_shapes import SHAPES
from publisher.office import PARTS, part_class
from publisher.office.carrying import Arguments
from publisher.office.operations import Operation
from publisher.problems import PROBLEM, SCHEMA

PLACE = "/api/openapi.json"
_SCHEME = "token"
_BARE = ": an object whose keys are not described here"
_REFUSED: dict[str, Any] = {
    "description": "The answer is no, or what was asked is wrong.",
    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def of_route(name: str, work: Callable[..., Any], operation: Operation) -> dict[str, Any]:
    """What FastAPI is told of the route of the operation `name`, beside its signature."""
    summary, rest = _said(work)
    shape = SHAPES.get(name)
    return {
        "summary": summary,
        "description": rest or summary,
        "response_description": f"The answer, as the command line prints it with --json{'' if shape else _BARE}.",
        "response_model": shape or dict[str, Any],
        "responses": dict.fromkeys(("4XX", "5XX"), _REFUSED),
        "openapi_extra": {"security": [{_SCHEME: [operation.scope.value]}, {}]},
    }


def _said(work: Callable[..., Any]) -> tuple[str, str]:
    """An operation's docstring as summary and description; which errors there are is said by the problems."""
    text = " ".join((inspect.getdoc(work) or "").split()).partition(" Raises ")[0]
    summary, _, rest = text.partition(". ")
    return summary.rstrip("."), rest


def signature(of: Arguments) -> inspect.Signature:
    """An operation's, with what is asked for in the query marked as such: a list would be looked for in the body."""
    return of.signature.replace(parameters=[_marked(one, of) for one in of.signature.parameters.values()])


def _marked(one: inspect.Parameter, of: Arguments) -> inspect.Parameter:
    named = one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
    if one.name not in of.query:
        return named
    return named.replace(default=Query() if one.default is one.empty else Query(one.default))


def description(api: FastAPI) -> dict[str, Any]:
    """The whole of it."""
    found = get_openapi(
        title=api.title,
        version=api.version,
        summary="What a council says, on every channel at one moment.",
        description=(
            "All that the command line can do. On the Unix socket the caller is known by their login and sends nothing "
            "else; over HTTPS by a token in the header Authorization, and nowhere else. An unknown field or parameter "
            "is an error."
        ),
        routes=api.routes,
        tags=[{"name": name, "description": inspect.getdoc(part_class(name))} for name in PARTS],
    )
    parts = found.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = SCHEMA
    parts["securitySchemes"] = {
        _SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "pub_<id>_<secret>",
            "description": "An officer's own token, with the scope that the operation names. None on the Unix socket.",
        }
    }
    return found
