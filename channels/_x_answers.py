"""What X's answers mean: one table, read by `judge`. Pure.

Sources: docs.x.com, "Response codes and errors" and OpenAPI 2.167 (problem types); legacy numbers: "Twitter API error
codes". Problem types come with either of two hosts, so only the last part of the address counts. Texts are X's own
English; none is localised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from publisher.answers import (
    Meaning,
    header,
    identifier,
    number,
    parsed,
    retry_after,
    says_no,
    told,
    unclear,
    unix,
    well,
)
from publisher.model import Judgement, Outcome, Phase

PLATFORM = "X"
WINDOW = timedelta(minutes=15)
"""The length of X's rate windows (docs.x.com, "Rate limits")."""
NOT_THERE, NO_SUCH_POST = "resource-not-found", 144
"""How X says that a post is gone: by problem type, and by the legacy number ("No status found with that ID")."""
RESETS = (
    ("x-user-limit-24hour-remaining", "x-user-limit-24hour-reset"),
    ("x-app-limit-24hour-remaining", "x-app-limit-24hour-reset"),
    ("x-rate-limit-remaining", "x-rate-limit-reset"),
)

_AGAIN = Meaning(
    Outcome.UNKNOWN,
    "{platform} had a fault of its own: the post may be live. It is looked up.",
    "server fault",
)
_TWICE = Meaning(
    Outcome.UNKNOWN,
    "{platform} says that it has this text already: the post may be live. It is looked up.",
    "duplicate content",
)
_KEYS = Meaning(
    Outcome.RECONNECT,
    "{platform} does not accept the account's keys: connect the account anew, then retry.",
    "keys refused",
)
_RIGHTS = Meaning(
    Outcome.RECONNECT,
    "{platform}'s app may not post for the account: give it Read and write, make new keys, then retry.",
    "the app or token lacks write permission",
)
_LOCKED = Meaning(
    Outcome.STOP,
    "{platform} has suspended or locked the account: log in there, settle it, then retry.",
    "account locked",
)
_MONEY = Meaning(
    Outcome.STOP,
    "{platform}'s credit or spending limit is used up: top it up, then retry.",
    "credits or cap used up",
)
_BUSY = Meaning(
    Outcome.WAIT, "{platform} asks to wait: too many requests. It goes by itself.", "rate window", WINDOW
)
_DAY = Meaning(
    Outcome.WAIT,
    "{platform}'s daily limit of posts is reached. It goes by itself.",
    "daily limit",
    timedelta(hours=3),
)
_REFUSES = Meaning(Outcome.STOP, "{platform} refuses this: tell the engineers.", "refused")
_ROBOT = Meaning(
    Outcome.STOP,
    "{platform} takes this for spam: log in there, see what it asks for, then retry.",
    "looks automated",
)
_WRONG = Meaning(
    Outcome.FIX,
    "{platform} does not accept the post as it is: change it, then queue it anew.",
    "invalid request",
)
_LONG = Meaning(
    Outcome.FIX, "The text is too long for {platform}: shorten it, then queue it anew.", "text too long"
)
_PICTURE = Meaning(
    Outcome.FIX,
    "{platform} does not accept the picture, or its upload ran out: retry, or change it.",
    "media invalid",
)

TEXTS: tuple[tuple[str, Meaning], ...] = (
    ("duplicate", _TWICE),
    ("already", _TWICE),
    ("suspended", _LOCKED),
    ("locked", _LOCKED),
    ("usagecap", _MONEY),
    ("usage cap", _MONEY),
    ("spendcap", _MONEY),
    ("spend cap", _MONEY),
    ("credits", _MONEY),
    ("too long", _LONG),
    ("media ids are invalid", _PICTURE),
    ("oauth1 app permissions", _RIGHTS),
)
"""Words of `title`, `detail` and messages, in lower case."""

TYPES: Mapping[str, Meaning] = {
    "client-forbidden": _REFUSES,
    "credits": _MONEY,
    "credits-depleted": _MONEY,
    "disallowed-resource": _REFUSES,
    "field-hydration-failure": _AGAIN,
    "field-unauthorized": _AGAIN,
    "internal-error": _AGAIN,
    "invalid-request": _WRONG,
    "not-authorized-for-field": _REFUSES,
    "not-authorized-for-resource": _REFUSES,
    "oauth1-permissions": _RIGHTS,
    "rate-limit-exceeded": _BUSY,
    "resource-not-found": _REFUSES,
    "resource-unavailable": _AGAIN,
    "unsupported-authentication": _KEYS,
    "usage-capped": _MONEY,
    "user-suspended": _LOCKED,
}
"""Problem types, by the last part of their address."""

CODES: Mapping[int, Meaning] = {
    32: _KEYS,
    63: _LOCKED,
    64: _LOCKED,
    87: _REFUSES,
    88: _BUSY,
    89: _KEYS,
    99: _KEYS,
    130: _AGAIN,
    131: _AGAIN,
    135: Meaning(
        Outcome.STOP, "This machine's clock is wrong: set it, then retry.", "timestamp out of bounds"
    ),
    185: _DAY,
    186: _LONG,
    187: _TWICE,
    215: _KEYS,
    220: _KEYS,
    226: _ROBOT,
    261: _RIGHTS,
    324: _PICTURE,
    325: _PICTURE,
    326: _LOCKED,
    453: _REFUSES,
}
"""The legacy numbers, which v2 still sends at times."""

STATUSES: Mapping[int, Meaning] = {
    HTTPStatus.BAD_REQUEST: _WRONG,
    HTTPStatus.UNAUTHORIZED: _KEYS,
    HTTPStatus.PAYMENT_REQUIRED: _MONEY,
    HTTPStatus.FORBIDDEN: _REFUSES,
    HTTPStatus.NOT_FOUND: _REFUSES,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _PICTURE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: _PICTURE,
    HTTPStatus.UNPROCESSABLE_ENTITY: _WRONG,
    HTTPStatus.TOO_MANY_REQUESTS: _BUSY,
}


def judge(
    phase: Phase, status: int | None, headers: Mapping[str, str] | None, body: bytes | str | Mapping[str, Any]
) -> Judgement:
    """What an answer of X's means for the delivery. Doubt wins: a post that may be live is UNKNOWN."""
    answer = parsed(body)
    if well(status) and isinstance(answer, dict):
        return _done(phase, status, answer)
    if phase is Phase.DELETE and _is_gone(status, answer):
        return Judgement(Outcome.SENT)
    if status is None or not says_no(status):
        return unclear(PLATFORM, phase, status, "no plain yes or no")
    meaning = _meaning(phase, status, answer, headers)
    if meaning is None:
        return unclear(PLATFORM, phase, status, "an unknown no")
    until, after = _wait(headers)
    return told(PLATFORM, phase, meaning, f"HTTP {status}{_names(answer)}", until, after)


def _done(phase: Phase, status: int | None, answer: Mapping[str, Any]) -> Judgement:
    data = answer.get("data")
    if phase is Phase.READ:
        good = "data" in answer or "meta" in answer
    elif phase is Phase.DELETE:
        good = isinstance(data, dict) and data.get("deleted") is True
    else:
        good = isinstance(data, dict) and bool(identifier(data.get("id")))
    if good and _processing_failed(data):
        return told(PLATFORM, phase, _PICTURE, f"HTTP {status}, processing failed")
    return (
        Judgement(Outcome.SENT)
        if good
        else unclear(PLATFORM, phase, status, "what was due is not in the answer")
    )


def _is_gone(status: int | None, answer: object) -> bool:
    """Whether X itself says that there is no such post; a bare 404 may come from anyone on the way."""
    if status != HTTPStatus.NOT_FOUND or not isinstance(answer, dict):
        return False
    return any(
        _type(one) == NOT_THERE or number(one.get("code")) == NO_SUCH_POST for one in _problems(answer)
    )


def _processing_failed(data: object) -> bool:
    """A failed picture is told with HTTP 200 (docs.x.com, "Media upload")."""
    info = data.get("processing_info") if isinstance(data, dict) else None
    return isinstance(info, dict) and info.get("state") == "failed"


def _meaning(phase: Phase, status: int, answer: object, headers: Mapping[str, str] | None) -> Meaning | None:
    """The row for a no; None where none is sure."""
    by_status = STATUSES.get(status)
    if not isinstance(answer, dict):
        limited = status == HTTPStatus.TOO_MANY_REQUESTS and header(headers, "x-rate-limit-reset")
        return by_status if limited or not phase.makes_public else None
    if answer.get("data") and phase.makes_public:
        return None
    rows = list(_rows(answer))
    doubtful = [row for row in rows if row is None or row.outcome is Outcome.UNKNOWN]
    if doubtful and phase.makes_public:
        return doubtful[0]
    known = [row for row in rows if row]
    if known:
        return known[0]
    return by_status if _texts(answer) or not phase.makes_public else None


def _rows(answer: Mapping[str, Any]) -> Iterator[Meaning | None]:
    """Every row that the answer points at; None for a type or number that is in no table."""
    text = " ".join(_texts(answer)).lower()
    yield from (meaning for words, meaning in TEXTS if words in text)
    for problem in _problems(answer):
        if (code := number(problem.get("code"))) is not None:
            yield CODES.get(code)
        name = _type(problem)
        if name:
            yield TYPES.get(name)


def _problems(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    errors = answer.get("errors")
    return [
        answer,
        *(error for error in (errors if isinstance(errors, list) else []) if isinstance(error, dict)),
    ]


def _type(problem: Mapping[str, Any]) -> str:
    """`about:blank` says nothing beyond the status (RFC 9457 §4.2.1)."""
    kind = problem.get("type")
    if not isinstance(kind, str) or kind == "about:blank":
        return ""
    return kind.rstrip("/").rpartition("/")[2]


def _texts(answer: Mapping[str, Any]) -> list[str]:
    given = (
        problem.get(name)
        for problem in _problems(answer)
        for name in ("title", "detail", "message", "error", "reason")
    )
    return [text for text in given if isinstance(text, str)]


def _names(answer: object) -> str:
    """Types and numbers only: free text could repeat what we sent."""
    problems = _problems(answer) if isinstance(answer, dict) else []
    names = {_type(problem) for problem in problems} | {
        str(number(problem.get("code")) or "") for problem in problems
    }
    return "".join(f", {name}" for name in sorted(names) if re.fullmatch(r"[a-z0-9-]{1,40}", name))


def _wait(headers: Mapping[str, str] | None) -> tuple[datetime | None, timedelta | None]:
    """The latest of the windows that are used up; the plain one where none says that it is."""
    used = [unix(header(headers, reset)) for remaining, reset in RESETS if header(headers, remaining) == "0"]
    moments = [moment for moment in used if moment] or [
        moment for moment in [unix(header(headers, "x-rate-limit-reset"))] if moment
    ]
    return (max(moments), None) if moments else retry_after(headers)
