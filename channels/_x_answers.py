"""What X's answers mean, read by `judge`; the tables are in _x_meanings.py. Pure.

Problem types come with either of two hosts, so only the last part of the address counts. Texts are X's own English; none is
localised. A no to a post counts only in a form that X itself uses: a problem (RFC 9457) or its legacy list of errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from publisher.channels._x_meanings import (
    BUSY,
    CODES,
    PICTURE,
    STATUSES,
    TEXTS,
    TYPES,
    WRONG,
)

from publisher.answers import (
    Meaning,
    header,
    identifier,
    number,
    parsed,
    plain,
    plausible,
    retry_after,
    says_no,
    told,
    unclear,
    unix,
    well,
)
from publisher.model import Judgement, Outcome, Phase

PLATFORM = "X"
NOT_THERE, NO_SUCH_POST = "resource-not-found", 144
"""How X says that a post is gone: by problem type, and by the legacy number ("No status found with that ID")."""
WINDOWS = ("x-user-limit-24hour", "x-app-limit-24hour", "x-rate-limit")
"""Each has `-remaining` and `-reset` (Unix seconds); docs.x.com has only the last (node-twitter-api-v2#495, #553)."""
RESET = "x-rate-limit-reset"
SAYINGS = ("title", "detail", "message", "error", "error_description", "reason")


def judge(
    phase: Phase, status: int | None, headers: Mapping[str, str] | None, body: bytes | str | Mapping[str, Any]
) -> Judgement:
    """What an answer of X's means for the delivery. Doubt wins: a post that may be live is UNKNOWN."""
    answer = parsed(body)
    trace = _trace(headers)
    if well(status) and isinstance(answer, dict):
        return _done(phase, status, answer, trace)
    if phase is Phase.DELETE and _is_gone(status, answer):
        return Judgement(Outcome.SENT)
    if status is None or not says_no(status):
        return unclear(PLATFORM, phase, status, f"no plain yes or no{_names(answer)}{trace}")
    meaning = _meaning(phase, status, answer, headers)
    if meaning is None:
        return unclear(PLATFORM, phase, status, f"an unknown no{_names(answer)}{trace}")
    until, after = _wait(headers)
    return told(PLATFORM, phase, meaning, f"HTTP {status}{_names(answer)}{trace}", until, after)


def _done(phase: Phase, status: int | None, answer: Mapping[str, Any], trace: str) -> Judgement:
    """A 200 or 201: done if what was due is in it. A picture's processing is told here too, not by the status."""
    data = answer.get("data")
    if phase in {Phase.UPLOAD, Phase.STATUS} and (failure := _failure(data)):
        return told(PLATFORM, phase, PICTURE, f"HTTP {status}, {failure}{trace}")
    if phase is Phase.READ:
        good = "data" in answer or "meta" in answer or bool(plain(answer.get("access_token")))
    elif phase is Phase.STATUS:
        good = isinstance(data, dict)
    elif phase is Phase.DELETE:
        good = isinstance(data, dict) and data.get("deleted") is True
    else:
        good = isinstance(data, dict) and bool(identifier(data.get("id")) or _is_piece(phase, data))
    if good:
        return Judgement(Outcome.SENT)
    return unclear(PLATFORM, phase, status, f"what was due is not in the answer{_names(answer)}{trace}")


def _failure(data: object) -> str:
    """How the picture failed, nothing where it did not.

    A failed picture is told with HTTP 200 (docs.x.com, "Media upload"), also as in progress with an error
    (node-twitter-api-v2#483).
    """
    info = data.get("processing_info") if isinstance(data, dict) else None
    if not isinstance(info, dict) or not (info.get("state") == "failed" or info.get("error")):
        return ""
    error = info.get("error")
    return f"processing failed, code {number(error.get('code')) if isinstance(error, dict) else None}"


def _is_piece(phase: Phase, data: Mapping[str, Any]) -> bool:
    """What a piece of a picture is answered with: it has no id of its own (OpenAPI, MediaUploadAppendResponse)."""
    return phase is Phase.UPLOAD and bool(number(data.get("expires_at")))


def _is_gone(status: int | None, answer: object) -> bool:
    """Whether X itself says that there is no such post; a bare 404 may come from anyone on the way."""
    if status != HTTPStatus.NOT_FOUND or not isinstance(answer, dict):
        return False
    return any(
        _type(one) == NOT_THERE or number(one.get("code")) == NO_SUCH_POST for one in _problems(answer)
    )


def _meaning(phase: Phase, status: int, answer: object, headers: Mapping[str, str] | None) -> Meaning | None:
    """The row for a no; None where none is sure."""
    row = _row(phase, STATUSES.get(status), answer, headers)
    return PICTURE if phase in {Phase.UPLOAD, Phase.STATUS} and row is WRONG else row


def _row(
    phase: Phase, by_status: Meaning | None, answer: object, headers: Mapping[str, str] | None
) -> Meaning | None:
    """What the answer's words, types and numbers say, else what its status says."""
    if not isinstance(answer, dict):
        is_limiter = by_status is BUSY and any(header(headers, f"{window}-reset") for window in WINDOWS)
        return by_status if is_limiter or not phase.makes_public else None
    if phase.makes_public and (answer.get("data") or not _is_own(answer)):
        return None
    rows = list(_rows(answer))
    doubtful = [row for row in rows if row is None or row.outcome is Outcome.UNKNOWN]
    if doubtful and phase.makes_public:
        return doubtful[0]
    return next((row for row in rows if row), by_status)


def _is_own(answer: Mapping[str, Any]) -> bool:
    """Whether this is a form in which X says no."""
    if plain(answer.get("title")) or plain(answer.get("detail")):
        return True
    return any(plain(error.get("message")) or "code" in error for error in _problems(answer)[1:])


def _rows(answer: Mapping[str, Any]) -> Iterator[Meaning | None]:
    """Every row that the answer points at; None for a type or number that is in no table."""
    text = " ".join(_texts(answer)).lower()
    yield from (meaning for words, meaning in TEXTS if words in text)
    for problem in _problems(answer):
        if "code" in problem and problem is not answer:
            yield CODES.get(number(problem["code"]) or 0)
        if name := _type(problem):
            yield TYPES.get(name)


def _problems(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The answer itself, then what its list of errors holds."""
    errors = answer.get("errors")
    listed = errors if isinstance(errors, list) else []
    return [answer, *(error for error in listed if isinstance(error, dict))]


def _type(problem: Mapping[str, Any]) -> str:
    """`about:blank` says nothing beyond the status (RFC 9457 §4.2.1)."""
    kind = plain(problem.get("type"))
    return "" if kind == "about:blank" else kind.rstrip("/").rpartition("/")[2]


def _texts(answer: Mapping[str, Any]) -> list[str]:
    given = (plain(problem.get(name)) for problem in _problems(answer) for name in SAYINGS)
    return [text for text in given if text]


def _names(answer: object) -> str:
    """Known types, and numbers: any other text could repeat what we sent."""
    problems = _problems(answer) if isinstance(answer, dict) else []
    types = {_type(problem) for problem in problems} - {""}
    names = {name if name in TYPES else "a type that is not known" for name in types}
    numbers = {str(number(problem.get("code"))) for problem in problems if "code" in problem}
    return "".join(f", {name}" for name in sorted(names | numbers))


def _trace(headers: Mapping[str, str] | None) -> str:
    """X's own number for the request, if it looks like one."""
    trace = header(headers, "x-transaction-id")
    return f", trace {trace}" if re.fullmatch(r"[0-9a-f]{8,20}", trace) else ""


def _wait(headers: Mapping[str, str] | None) -> tuple[datetime | None, timedelta | None]:
    """The end of the latest of the windows that are used up; of the plain one where none says that it is. Else Retry-After."""
    used = [f"{window}-reset" for window in WINDOWS if _is_used_up(headers, window)]
    moments = [moment for name in used if (moment := _end(headers, name))]
    until = max(moments, default=None) or _end(headers, RESET)
    return (until, None) if until else retry_after(headers)


def _is_used_up(headers: Mapping[str, str] | None, window: str) -> bool:
    left = number(header(headers, f"{window}-remaining"))
    return left is not None and left <= 0


def _end(headers: Mapping[str, str] | None, name: str) -> datetime | None:
    return plausible(unix(header(headers, name)), headers)
