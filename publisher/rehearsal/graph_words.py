"""How the Graph API reads parameters and says no (developers.facebook.com, "Handle errors", v26.0)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from publisher.rehearsal.api import Call, Refusal, unknown

VERSION = "v26.0"
NODE = rf"/{re.escape(VERSION)}"
_EVERYWHERE = frozenset({"access_token", "appsecret_proof"})
_FIELD = re.compile(r"\w+(\{[^{}]*\})?")


def error(
    code: int, message: str, *, subcode: int | None = None, status: int = 400, fault: str = ""
) -> Refusal:
    told: dict[str, Any] = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code}
    if subcode is not None:
        told["error_subcode"] = subcode
    told["fbtrace_id"] = secrets.token_hex(6)
    return Refusal(
        status,
        {"error": told},
        reason=f"{code}/{subcode}: {message}" if subcode else f"{code}: {message}",
        fault=fault,
    )


def parameters(call: Call, known: Collection[str]) -> dict[str, Any]:
    """Query and body as one, less the credentials. An unknown one is refused, where the real one may overlook it."""
    given = {name: value for name, value in {**call.query, **call.fields}.items() if name not in _EVERYWHERE}
    if odd := unknown(given, known):
        raise error(100, f"Param {odd[0]} is not allowed here")
    return given


def text(given: Mapping[str, Any], name: str, most: int) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise error(100, f"Param {name} must be a string")
    if len(value) > most:
        raise error(100, f"Param {name} must be no longer than {most} characters")
    return value


def flag(given: Mapping[str, Any], name: str, otherwise: bool) -> bool:  # noqa: FBT001  # the default, not a switch
    """`true` or `false`, as JSON spells them: Python's `False` is a mistake that real servers have read as yes."""
    value = given.get(name, otherwise)
    spelled = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value not in spelled:
        raise error(100, f"Param {name} must be a boolean")
    return spelled[value]


def picked(node: Mapping[str, Any], fields: object, kind: str) -> dict[str, Any]:
    """What `fields` asks of a node, and its id. `field{subfield}` gives the whole field."""
    if not isinstance(fields, str):
        raise error(100, "Param fields must be a string")
    if not fields:
        return {"id": node["id"]}
    names = [found[0].partition("{")[0] for found in _FIELD.finditer(fields)]
    for name in names:
        if name not in node:
            raise error(100, f"Tried accessing nonexisting field ({name}) on node type ({kind})")
    return {name: node[name] for name in (*names, "id") if node[name] is not None}


def limit(given: Mapping[str, Any], otherwise: int = 25, most: int = 100) -> int:
    value = str(given.get("limit", otherwise))
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise error(100, f"Param limit must be 1 to {most}")
    return int(value)


def moment(given: Mapping[str, Any], name: str, otherwise: datetime) -> datetime:
    """`since` and `until`: Unix seconds, or ISO 8601."""
    value = str(given.get(name, ""))
    try:
        if not value:
            return otherwise
        found = (
            datetime.fromtimestamp(int(value), UTC) if value.isdecimal() else datetime.fromisoformat(value)
        )
    except (ValueError, OverflowError, OSError) as wrong:
        raise error(100, f"Param {name} must be a time") from wrong
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def told_time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}+0000"


def new_id(digits: int = 16) -> str:
    return str(10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1)))
