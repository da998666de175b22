"""What the Graph API's answers mean, for Facebook and Instagram: one table, read by `judge`. Pure.

Sources: developers.facebook.com, "Handle errors" (v26.0) and "Instagram error codes" (2 June 2026). The sub-code beats
the code; the localised `error_user_title` and `error_user_msg` are never looked at. Some codes are known to lie: posts
were live after them (koala#699, php-graph-sdk#1141, postiz#1681), so for what makes public they are UNKNOWN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from publisher.answers import (
    LONGEST_WAIT,
    Meaning,
    header,
    identifier,
    number,
    parsed,
    retry_after,
    says_no,
    told,
    unclear,
    well,
)
from publisher.model import Judgement, Outcome, Phase

_HOUR = timedelta(hours=1)
_FAULT = Meaning(
    Outcome.UNKNOWN,
    "{platform} had a fault of its own: the post may be live. It is looked up.",
    "server fault, known to publish",
)
_BLOCKED = Meaning(
    Outcome.UNKNOWN,
    "{platform} says that it blocked this, which it has said of posts that were live. It is looked up.",
    "policy block or repeat",
    _HOUR,
)
_TWICE = Meaning(
    Outcome.UNKNOWN,
    "{platform} says that it has this post already: it may be live. It is looked up.",
    "duplicate",
)
_TOKEN = Meaning(
    Outcome.RECONNECT,
    "{platform} no longer accepts the account's token: connect the account anew, then retry.",
    "token refused",
)
_PERSON = Meaning(
    Outcome.STOP,
    "{platform} wants the person behind the token to log in and settle something, or they lost their role on the Page.",
    "checkpoint or lost role, no expiry",
)
_RIGHTS = Meaning(
    Outcome.STOP, "{platform} says that the token may not do this: have its permissions mended.", "permission"
)
_ENDED = Meaning(
    Outcome.STOP,
    "{platform} no longer knows this kind of call: tell the engineers.",
    "capability or version ended",
)
_BUSY = Meaning(
    Outcome.WAIT, "{platform} asks to wait: too many requests. It goes by itself.", "rate limit", _HOUR
)
_REFUSES = Meaning(
    Outcome.STOP, "{platform} does not accept the request: tell the engineers.", "invalid parameter"
)
_UNSEEN = Meaning(
    Outcome.STOP,
    "{platform} does not show the account or picture to this token: check page_id or user_id and the token's rights.",
    "object missing or not visible",
)
_LINK = Meaning(
    Outcome.FIX,
    "{platform} could not read the page behind the link: see that it is public, then retry.",
    "link scrape",
)
_SIZE = Meaning(
    Outcome.FIX, "The picture is too large for {platform}: use a smaller one.", "picture too large"
)
_IMAGE = Meaning(Outcome.FIX, "{platform} does not take the picture: use another JPEG.", "invalid picture")
_STANDARDS = Meaning(
    Outcome.STOP,
    "{platform} refuses it under its standards or wants the account verified: log in there and see.",
    "standards",
)

MEANINGS: Mapping[int, Meaning] = {
    -2: _FAULT,
    -1: _FAULT,
    1: _FAULT,
    2: _FAULT,
    3: _ENDED,
    4: _BUSY,
    9: _BUSY,
    10: _RIGHTS,
    12: _ENDED,
    17: _BUSY,
    32: _BUSY,
    33: _UNSEEN,
    100: _REFUSES,
    102: _TOKEN,
    104: _TOKEN,
    190: _TOKEN,
    **dict.fromkeys(range(200, 300), _RIGHTS),
    324: _IMAGE,
    341: _BUSY,
    368: _BLOCKED,
    458: _TOKEN,
    459: _PERSON,
    460: _TOKEN,
    463: _TOKEN,
    464: _PERSON,
    467: _TOKEN,
    492: _PERSON,
    506: _TWICE,
    613: _BUSY,
    2500: _TOKEN,
    2635: _ENDED,
    **dict.fromkeys(range(80_000, 80_015), _BUSY),
    1366046: _SIZE,
    1366051: _TWICE,
    1404006: _STANDARDS,
    1404078: _PERSON,
    1404102: _STANDARDS,
    1404112: _STANDARDS,
    1609005: _LINK,
    1609008: Meaning(
        Outcome.FIX, "The link leads to {platform} itself: use the website's page.", "link to Facebook"
    ),
}
"""Codes and sub-codes in one table: no number is both with two meanings."""

DOUBTFUL = frozenset({-2, -1, 1, 2, 368, 506})
"""Codes after which posts were found live, whatever the sub-code."""

KNOWN_TO_LIE = frozenset({2207051, 1366051})
"""Sub-codes that came with posts that were live, whatever their code and channel ("Action is blocked"; "already posted")."""

IMPERSONATING = "before impersonating a user's page"
"""Code 190 with this is a missing permission, no expired token. `message` is never localised."""


def judge(
    platform: str,
    phase: Phase,
    status: int | None,
    headers: Mapping[str, str] | None,
    body: bytes | str | Mapping[str, Any],
    *,
    more: Mapping[int, Meaning],
    doubts: Callable[[int, int | None], bool],
) -> Judgement:
    """What an answer of the Graph API means. Doubt wins: a post that may be live is UNKNOWN.

    `more` is the platform's own table; `doubts(code, sub-code)` says which of the known are no plain no for a post.
    """
    answer = parsed(body)
    if well(status) and _done(phase, answer):
        return Judgement(Outcome.SENT)
    error = answer.get("error") if isinstance(answer, dict) else None
    if not says_no(status) or not isinstance(error, dict):
        return unclear(platform, phase, status, "no plain yes or no")
    code, subcode = number(error.get("code")), number(error.get("error_subcode"))
    detail = f"HTTP {status}, code {code}, sub-code {subcode}{_trace(error)}"
    meaning = _meaning(error, code, subcode, {**MEANINGS, **more})
    if phase.makes_public and (meaning is None or code is None or doubts(code, subcode)):
        sayings = (meaning, MEANINGS.get(code) if code is not None else None)
        meaning = next((one for one in sayings if one and one.outcome is Outcome.UNKNOWN), None)
        if meaning is None:
            return unclear(platform, phase, status, f"{detail}: not a plain no")
    until, after = _wait(headers)
    return told(platform, phase, meaning or _REFUSES, detail, until, after)


def _done(phase: Phase, answer: Any) -> bool:
    """Whether the answer holds what was due."""
    if phase is Phase.DELETE:
        return answer is True or (isinstance(answer, dict) and answer.get("success") is True)
    if not isinstance(answer, dict) or "error" in answer:
        return False
    if phase is Phase.READ:
        return "id" in answer or isinstance(answer.get("data"), list)
    if phase is Phase.STATUS:
        return isinstance(answer.get("status_code"), str)
    return bool(identifier(answer.get("id")))


def _meaning(
    error: Mapping[str, Any], code: int | None, subcode: int | None, table: Mapping[int, Meaning]
) -> Meaning | None:
    if code == 190 and IMPERSONATING in str(error.get("message", "")):  # noqa: PLR2004  # see IMPERSONATING
        return _RIGHTS
    by_subcode = table.get(subcode) if subcode else None
    return by_subcode or (table.get(code) if code is not None else None)


def _trace(error: Mapping[str, Any]) -> str:
    """Meta's own number for the failure, if it looks like one: other text could repeat a token."""
    trace = str(error.get("fbtrace_id", ""))
    return f", trace {trace}" if re.fullmatch(r"[A-Za-z0-9_-]{6,32}", trace) else ""


def _wait(headers: Mapping[str, str] | None) -> tuple[datetime | None, timedelta | None]:
    """X-Business-Use-Case-Usage tells minutes per kind of use ("Rate limits"); else Retry-After."""
    usage = parsed(header(headers, "x-business-use-case-usage"))
    kinds = [
        kind
        for listed in (usage.values() if isinstance(usage, dict) else [])
        if isinstance(listed, list)
        for kind in listed
    ]
    minutes = [
        number(kind.get("estimated_time_to_regain_access")) or 0 for kind in kinds if isinstance(kind, dict)
    ]
    if longest := max(minutes, default=0):
        return None, min(timedelta(minutes=longest), LONGEST_WAIT)
    return retry_after(headers)
