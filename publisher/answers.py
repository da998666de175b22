"""What reading any platform's answer has in common: never failing on it, and never calling doubtful what is sure.

Pure. Shared by all adapters' `judge` (DESIGN §4).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from publisher.errors import ChannelFailed, ConfigError
from publisher.model import Judgement, Media, Outcome, Phase, Post
from publisher.settings import ChannelSettings

FIRST_NO, LAST_NO = 400, 499
UNSURE_STATUSES = frozenset({408, 409, 425, 499})
"""4xx that do not say that nothing was done: a time-out (RFC 9110 §15.5.9), a conflict, "too early" (RFC 8470), and the
client that closed (nginx's own)."""
LONGEST_WAIT = timedelta(days=30)
"""No platform asks for more; a longer one is a mistake in the answer."""

MAYBE_LIVE = (
    "{platform} gave no clear answer: the post may be live. It is looked up; it is not sent again by itself."
)
TRY_AGAIN = "{platform} gave no clear answer; this step is tried again by itself."
LEADS_ELSEWHERE = "{platform}'s address leads elsewhere: correct `endpoint` in config.toml."


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row of an adapter's table: what an answer means, for the officer and for the engineer.

    `after` is how long to wait where the answer itself does not say.
    """

    outcome: Outcome
    officer: str
    engineer: str
    after: timedelta | None = None


def parsed(body: bytes | str | Mapping[str, Any]) -> Any:
    """The body as JSON values, None where it is not JSON."""
    if isinstance(body, Mapping):
        return dict(body)
    try:
        return json.loads(body)
    except (ValueError, RecursionError, TypeError):
        return None


def header(headers: Mapping[str, str] | None, name: str) -> str:
    """A header's value, whatever the case of its name; empty where it is not there."""
    return next((str(value) for key, value in (headers or {}).items() if key.lower() == name), "").strip()


def identifier(value: object) -> str:
    """A platform's id as text; empty where it is none. Meta's pages have `page_post`."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if re.fullmatch(r"[0-9]+(_[0-9]+)?", text) else ""


def number(value: object) -> int | None:
    """A code as a number, also where it came as text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return int(value) if re.fullmatch(r"-?[0-9]{1,12}", str(value)) else None


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
        return Judgement(Outcome.STOP, LEADS_ELSEWHERE.format(platform=platform), engineer)
    return Judgement(Outcome.WAIT, TRY_AGAIN.format(platform=platform), engineer)


def told(
    platform: str,
    phase: Phase,
    meaning: Meaning,
    detail: str,
    until: datetime | None = None,
    after: timedelta | None = None,
) -> Judgement:
    """A row of the table as a judgement. What is doubtful for a post is merely tried again for a step before it."""
    engineer = f"{phase.value}: {meaning.engineer} ({detail})"
    officer = meaning.officer.format(platform=platform)
    if meaning.outcome is Outcome.UNKNOWN and not phase.makes_public:
        return Judgement(Outcome.WAIT, TRY_AGAIN.format(platform=platform), engineer, after=meaning.after)
    if meaning.outcome is not Outcome.WAIT:
        return Judgement(meaning.outcome, officer, engineer)
    return Judgement(Outcome.WAIT, officer, engineer, until, after or (None if until else meaning.after))


def unix(text: str) -> datetime | None:
    """A moment from Unix seconds, None where there is none."""
    try:
        return datetime.fromtimestamp(int(text), UTC) if re.fullmatch(r"[0-9]{1,11}", text) else None
    except (ValueError, OverflowError, OSError):
        return None


def retry_after(headers: Mapping[str, str] | None) -> tuple[datetime | None, timedelta | None]:
    """Retry-After (RFC 9110 §10.2.3): a moment, or how long from now."""
    text = header(headers, "retry-after")
    if re.fullmatch(r"[0-9]{1,9}", text):
        return None, min(timedelta(seconds=int(text)), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None, None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC), None


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
