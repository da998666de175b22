"""What the Graph API's answers mean, for Facebook and Instagram, read by `judge`; the tables are in _graph_meanings.py. Pure.

Sources: developers.facebook.com, "Handle errors" (v26.0), "Rate limits" and "Instagram error codes" (2 June 2026). The
sub-code beats the code; the localised `error_user_title` and `error_user_msg` are never looked at. Some answers are known
to lie: posts were live after them (koala#699, php-graph-sdk#1141 and #216, hybridauth#219, postiz#1681), so for what makes
public they are UNKNOWN. So is code 100 with a sub-code that is in no table: "these photos were already posted" is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from publisher.channels._graph_meanings import (
    APP_PROOF,
    CODES,
    DOUBTFUL,
    ENDED,
    FAULT,
    GONE,
    IMPERSONATING,
    KNOWN_TO_LIE,
    LATER,
    LIES,
    METHOD_ERROR,
    MISSING,
    ODD,
    PARAMETER,
    PROOF,
    RIGHTS,
    SESSION,
    STATES,
    SUBCODES,
    TWICE,
    UNKNOWN_PATH,
    UNSEEN,
)

from publisher.answers import (
    REFUSED,
    Meaning,
    amount,
    header,
    identifier,
    number,
    parsed,
    plain,
    retry_after,
    says_no,
    told,
    unclear,
    well,
)
from publisher.model import LONGEST_WAIT, Judgement, Outcome, Phase

__all__ = ["DOUBTFUL", "KNOWN_TO_LIE", "judge", "usage"]

BUSINESS_USAGE = "x-business-use-case-usage"
USAGES = (BUSINESS_USAGE, "x-app-usage", "x-page-usage", "x-ad-account-usage")
SHARES = ("call_count", "total_cputime", "total_time", "acc_id_util_pct")
"""What those headers tell in percent of what is allowed ("Rate limits"); they are not there while it is next to nothing."""


@dataclass(frozen=True, slots=True)
class _Error:
    """The error object of an answer, as far as it is looked at."""

    code: int | None
    subcode: int | None
    kind: str
    message: str
    is_transient: bool
    trace: str

    @property
    def names(self) -> str:
        return f"code {self.code}, sub-code {self.subcode}{self.trace}"


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

    `more` is the platform's own table of sub-codes; `doubts(code, sub-code)` says which of the known are no plain no for a
    post. A step before the post believes an error also within a 200.
    """
    answer = parsed(body)
    if well(status) and _done(phase, answer):
        return Judgement(Outcome.SENT)
    error = _error(answer, headers)
    if error is None or not _is_no(phase, status, answer):
        names = f": {error.names}" if error else _trace(headers)
        return unclear(platform, phase, status, f"no plain yes or no{names}")
    detail = f"HTTP {status}, {error.names}"
    meaning = _meaning(error, {**SUBCODES, **more})
    if phase.makes_public and _is_doubtful(error, meaning, doubts):
        sayings = (meaning, CODES.get(error.code or 0), _lie(error))
        meaning = next((one for one in sayings if one and one.outcome is Outcome.UNKNOWN), None)
        if meaning is None:
            return unclear(platform, phase, status, f"{error.names}: not a plain no")
    until, after = _wait(headers)
    return told(platform, phase, _for_step(phase, error, meaning or REFUSED), detail, until, after)


def usage(headers: Mapping[str, str] | None) -> int | None:
    """The highest share of what Meta allows that is used up, in percent (100 and more: no calls); None where none is told."""
    values = [told_[name] for told_ in _usages(headers) for name in SHARES if name in told_]
    shares = [int(amount(value)) for value in values if amount(value) or value in (0, "0")]
    return max(shares, default=None)


def _done(phase: Phase, answer: Any) -> bool:
    """Whether the answer holds what was due."""
    if phase is Phase.DELETE:
        return answer is True or (isinstance(answer, dict) and answer.get("success") is True)
    if not isinstance(answer, dict) or "error" in answer:
        return False
    if phase is Phase.READ:
        return "id" in answer or "url" in answer or isinstance(answer.get("data"), list | dict)
    if phase is Phase.STATUS:
        return isinstance(answer.get("status_code"), str) or isinstance(answer.get("status"), str)
    return bool(identifier(answer.get("id")))


def _is_no(phase: Phase, status: int | None, answer: Mapping[str, Any]) -> bool:
    """Whether the status lets an error be a no. With an id beside it there is something after all."""
    if phase.makes_public:
        return says_no(status) and not identifier(answer.get("id")) and not identifier(answer.get("post_id"))
    return says_no(status) or well(status)


def _error(answer: object, headers: Mapping[str, str] | None) -> _Error | None:
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        return None
    return _Error(
        number(error.get("code")),
        number(error.get("error_subcode")),
        plain(error.get("type")),
        plain(error.get("message")).lower(),
        error.get("is_transient") is True,
        _trace(headers, plain(error.get("fbtrace_id"))),
    )


def _meaning(error: _Error, subcodes: Mapping[int, Meaning]) -> Meaning | None:
    """The row: what the message tells of a code with two meanings, then the sub-code, then the code."""
    by_code: Meaning | None = CODES.get(error.code) if error.code is not None else None
    return _by_message(error) or _by_subcode(error, subcodes) or by_code


def _by_message(error: _Error) -> Meaning | None:
    told_apart = ((190, IMPERSONATING, RIGHTS), (PARAMETER, APP_PROOF, PROOF), (2500, UNKNOWN_PATH, ENDED))
    rows = (row for code, words, row in told_apart if code == error.code and words in error.message)
    return next(rows, None)


def _by_subcode(error: _Error, subcodes: Mapping[int, Meaning]) -> Meaning | None:
    found = subcodes.get(error.subcode) if error.subcode is not None else None
    if error.code in SESSION:
        found = STATES.get(error.subcode, found)
    return replace(UNSEEN, cause=GONE) if (error.code, error.subcode) == (PARAMETER, MISSING) else found


def _is_doubtful(error: _Error, meaning: Meaning | None, doubts: Callable[[int, int | None], bool]) -> bool:
    """Whether this is no plain no for a post."""
    if meaning is None or error.code is None or doubts(error.code, error.subcode):
        return True
    vague = error.code == PARAMETER and bool(error.subcode) and (meaning is REFUSED or _is_unseen(meaning))
    passing = error.is_transient and meaning.outcome is not Outcome.WAIT
    return vague or passing or _lie(error) is not None or meaning.outcome is Outcome.UNKNOWN


def _is_unseen(meaning: Meaning) -> bool:
    return meaning is UNSEEN or meaning.cause == GONE


def _lie(error: _Error) -> Meaning | None:
    """What a message makes doubtful: see LIES."""
    words = next((words for words in LIES if words in error.message), "")
    is_about_call = (
        error.code == PARAMETER
        and error.subcode in {None, 0, MISSING}
        and error.kind == METHOD_ERROR
        and APP_PROOF not in error.message
    )
    meaning: Meaning = TWICE if "already" in words or "duplicate" in words else ODD
    return meaning if words or is_about_call else None


def _for_step(phase: Phase, error: _Error, meaning: Meaning) -> Meaning:
    """Before the post: what Meta itself calls passing is, and a container that it does not show may be there.

    100/33 came for days on containers that were good (23 May 2026, postiz#1562).
    """
    if phase.makes_public or meaning.outcome in {Outcome.WAIT, Outcome.UNKNOWN}:
        return meaning
    passing: Meaning = LATER if phase is Phase.STATUS and _is_unseen(meaning) else FAULT
    return passing if error.is_transient or passing is LATER else meaning


def _trace(headers: Mapping[str, str] | None, told_: str = "") -> str:
    """Meta's own number for the failure, if it looks like one: other text could repeat a token."""
    trace = told_ or header(headers, "x-fb-trace-id")
    return f", trace {trace}" if re.fullmatch(r"[A-Za-z0-9_+/-]{6,24}", trace) else ""


def _usages(headers: Mapping[str, str] | None) -> Iterator[Mapping[str, Any]]:
    """What each header tells; the business one per account, and per kind of use."""
    for name in USAGES:
        usage_ = parsed(header(headers, name))
        if not isinstance(usage_, dict):
            continue
        listed = usage_.values() if name == BUSINESS_USAGE else [[usage_]]
        for kinds in listed:
            yield from (kind for kind in (kinds if isinstance(kinds, list) else []) if isinstance(kind, dict))


def _wait(headers: Mapping[str, str] | None) -> tuple[datetime | None, timedelta | None]:
    """The longest that a usage header tells: minutes per kind of use, seconds for an advertising account. Else Retry-After."""
    waits = [
        timedelta(
            minutes=amount(told_.get("estimated_time_to_regain_access")),
            seconds=amount(told_.get("reset_time_duration")),
        )
        for told_ in _usages(headers)
    ]
    longest = max(waits, default=timedelta(0))
    return (None, min(longest, LONGEST_WAIT)) if longest else retry_after(headers)
