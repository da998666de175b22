"""What reading any platform's answer has in common: never failing on it, and never calling doubtful what is sure.

Pure. Shared by all adapters' `judge` (DESIGN §4).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from publisher.errors import ChannelFailed, ConfigError
from publisher.model import LONGEST_WAIT, Judgement, Media, Outcome, Phase, Post
from publisher.settings import ChannelSettings

FIRST_NO, LAST_NO = 400, 499
UNSURE_STATUSES = frozenset({408, 409, 425, 499})
"""4xx that do not say that nothing was done: a time-out (RFC 9110 §15.5.9), a conflict, "too early" (RFC 8470), and the
client that closed (nginx's own)."""
EARLIEST, LATEST = datetime(2010, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""A moment outside of these is none, whatever the time is now: seconds that were meant from now, or a slip of digits."""
LONGEST_ID = 40
"""X's have 19 digits, Meta's 15 to 18, its posts two of them."""

MAYBE_LIVE = (
    "{platform} gave no clear answer: the post may be live. It is looked up; it is not sent again by itself."
)
TRY_AGAIN = "{platform} gave no clear answer; this step is tried again by itself."
STILL_SEEN = (
    "{platform} did not say that the post is gone: it may still be seen. It is tried again by itself."
)
LEADS_ELSEWHERE = "{platform}'s address leads elsewhere: tell the sysadmin."


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row of an adapter's table: what an answer means, for the officer and for the engineer.

    `after` is how long to wait where the answer itself does not say. `cause` is the judgement's (publisher/model.py).
    """

    outcome: Outcome
    officer: str
    engineer: str
    after: timedelta | None = None
    cause: str = ""


REFUSED = Meaning(Outcome.STOP, "{platform} refuses this: tell the sysadmin.", "refused")
"""For what no officer can mend."""


def parsed(body: object) -> Any:
    """The body as JSON values, None where it is not JSON: bytes are UTF-8 (RFC 8259 §8.1), a byte order mark says nothing."""
    if isinstance(body, Mapping):
        return dict(body)
    try:
        text = body.decode() if isinstance(body, bytes | bytearray) else plain(body)
        return json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None


def plain(value: object) -> str:
    """The value if it is text, else nothing: what is nested is no message and no name."""
    return value if isinstance(value, str) else ""


def header(headers: Mapping[str, str] | None, name: str) -> str:
    """A header's value, whatever the case of its name; empty where it is not there."""
    found = ((str(key).lower(), str(value).strip()) for key, value in (headers or {}).items())
    return next((value for key, value in found if key == name), "")


def identifier(value: object) -> str:
    """A platform's id as text; empty where it is none. Meta's pages have `page_post`. 0 is none: nothing was posted then."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = value if isinstance(value, str) else str(value) if 0 < value < 10**LONGEST_ID else ""
    return text if len(text) <= LONGEST_ID and re.fullmatch(r"[1-9][0-9]*(_[1-9][0-9]*)?", text) else ""


def number(value: object) -> int | None:
    """A code as a number, also where it came as text."""
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"-?[0-9]{1,12}", value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12 else None


def amount(value: object) -> float:
    """How much a header tells, 0 where it tells nothing that can be meant: a text, less than nothing, no number, for ever."""
    if isinstance(value, str):
        value = number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return min(float(value), 1e9) if math.isfinite(value) and value > 0 else 0.0


def says_no(status: int | None) -> bool:
    """True for a 4xx that means: this was not done."""
    return status is not None and FIRST_NO <= status <= LAST_NO and status not in UNSURE_STATUSES


def well(status: int | None) -> bool:
    """True for 200 and 201: all other 2xx say less than that it was done."""
    return status in {HTTPStatus.OK, HTTPStatus.CREATED}


def unclear(platform: str, phase: Phase, status: int | None, why: str) -> Judgement:
    """Nothing to go by: unknown where it may be public, else tried again; a redirect is somebody's mistake."""
    engineer = f"{phase.value}: HTTP {status}, {why}"
    if phase.makes_public:
        return Judgement(Outcome.UNKNOWN, MAYBE_LIVE.format(platform=platform), engineer)
    if status is not None and HTTPStatus.MULTIPLE_CHOICES <= status < FIRST_NO:
        officer = LEADS_ELSEWHERE.format(platform=platform)
        return Judgement(Outcome.STOP, officer, f"{engineer}; see `endpoint` in config.toml")
    return Judgement(Outcome.WAIT, _once_more(phase).format(platform=platform), engineer)


def _once_more(phase: Phase) -> str:
    return STILL_SEEN if phase is Phase.DELETE else TRY_AGAIN


def told(
    platform: str,
    phase: Phase,
    meaning: Meaning,
    detail: str,
    until: datetime | None = None,
    after: timedelta | None = None,
) -> Judgement:
    """A row of the table as a judgement.

    What is doubtful for a post is merely tried again for a step before it; what would have to be written anew is of no
    help to a read or a deletion.
    """
    engineer = f"{phase.value}: {meaning.engineer} ({detail})"
    if meaning.outcome is Outcome.UNKNOWN and not phase.makes_public:
        again = _once_more(phase).format(platform=platform)
        return Judgement(Outcome.WAIT, again, engineer, after=meaning.after, cause=meaning.cause)
    if meaning.outcome is Outcome.FIX and phase in {Phase.READ, Phase.DELETE}:
        return Judgement(
            REFUSED.outcome, REFUSED.officer.format(platform=platform), engineer, cause=meaning.cause
        )
    officer = meaning.officer.format(platform=platform)
    if meaning.outcome is not Outcome.WAIT:
        return Judgement(meaning.outcome, officer, engineer, cause=meaning.cause)
    wait = after or (None if until else meaning.after)
    return Judgement(Outcome.WAIT, officer, engineer, until, wait, meaning.cause)


def unix(text: str) -> datetime | None:
    """A moment from Unix seconds, None where there is none."""
    try:
        return datetime.fromtimestamp(int(text), UTC) if re.fullmatch(r"[0-9]{1,11}", text) else None
    except (ValueError, OverflowError, OSError):
        return None


def plausible(moment: datetime | None, headers: Mapping[str, str] | None) -> datetime | None:
    """The moment, None where it cannot be meant: past or far off by the answer's own clock (its Date), or by any.

    Where the answer has no Date, `Judgement.wait_until` sees to the rest.
    """
    said = _date(header(headers, "date"))
    earliest, latest = (
        (said, said + LONGEST_WAIT) if said and EARLIEST < said < LATEST else (EARLIEST, LATEST)
    )
    return moment if moment and earliest < moment <= latest else None


def retry_after(headers: Mapping[str, str] | None) -> tuple[datetime | None, timedelta | None]:
    """Retry-After (RFC 9110 §10.2.3): a moment, or how long from now. Neither where it is nonsense."""
    text = header(headers, "retry-after")
    if re.fullmatch(r"[0-9]{1,9}", text):
        return None, min(timedelta(seconds=int(text)), LONGEST_WAIT) or None
    return plausible(_date(text), headers), None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def carries(texts: Iterable[object], post: Post) -> bool:
    """True if one of the texts holds exactly this post's link; a longer parameter is another's."""
    link = re.compile(re.escape(post.link) + r"(?![\w%&=-])")
    return any(isinstance(text, str) and link.search(text) for text in texts)


def distinct(pictures: Iterable[Media]) -> list[Media]:
    """Each picture once: platforms refuse a post that names one upload twice."""
    return list({media.digest: media for media in pictures}.values())


def fail(outcome: Outcome, officer: str, engineer: str) -> ChannelFailed:
    """What an adapter itself finds wrong, before or after a call."""
    return ChannelFailed(Judgement(outcome, officer, engineer))


def checked(settings: ChannelSettings, key: str, pattern: str, wanted: str) -> str:
    """A setting that goes into addresses, of the right form. Raises ConfigError."""
    value = str(getattr(settings, key))
    if not re.fullmatch(pattern, value, re.ASCII):
        raise ConfigError(f"{wanted} is needed", field=f"channels.{settings.name}.{key}")
    return value
