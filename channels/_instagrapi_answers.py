"""What the answers of Instagram's private API mean: one table, read by `judge`. Pure.

It is documented nowhere. Sources: what instagrapi makes of each (mixins/private.py, 3.2.2), and answers from the wild:
instagrapi#648 (checkpoint at random), #1505 (500 on configure, tried again by the library), mgp25#1327 and #940 (500 and
a message), mgp25#1552 (feedback_required), mgp25#2250 and toolsig#5 (checkpoints), Osintgram#782 (logged out),
imposting#59 (a 400 that had posted). Whatever is not a no of the door itself, before the request was looked at, is doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from publisher.answers import Meaning, identifier, parsed, retry_after, says_no, told, unclear, well
from publisher.model import Judgement, Outcome, Phase

PLATFORM = "Instagram"
_HOUR = timedelta(hours=1)
_LOGIN = Meaning(
    Outcome.RECONNECT,
    "{platform} has signed the account out: sign in anew, save the session, then retry.",
    "session ended",
)
_PERSON = Meaning(
    Outcome.STOP,
    "{platform} wants a person to sign in to the account in the app and settle something there; then retry.",
    "challenge or checkpoint",
)
_SUSPENDED = Meaning(
    Outcome.STOP, "{platform} has suspended the account: see in the app what it says.", "account suspended"
)
_BUSY = Meaning(
    Outcome.WAIT, "{platform} asks to wait: too many requests. It goes by itself.", "rate limit", _HOUR
)
_OLD = Meaning(
    Outcome.STOP,
    "{platform} no longer takes this way of posting as it is: tell the sysadmin.",
    "app too old",
)
_BLOCKED = Meaning(
    Outcome.UNKNOWN,
    "{platform} says that it blocked this, which it has said of posts that were live. It is looked up.",
    "action blocked",
    _HOUR,
)
_REFUSES = Meaning(
    Outcome.STOP, "{platform} does not accept the request: tell the sysadmin.", "refused, unknown words"
)
_PICTURE = Meaning(
    Outcome.FIX,
    "{platform} does not take the picture: withdraw the item, and hand it in with another picture.",
    "picture refused",
)

WORDS: Mapping[str, Meaning] = {
    "login_required": _LOGIN,
    "user_has_logged_out": _LOGIN,
    "challenge_required": _PERSON,
    "checkpoint_required": _PERSON,
    "checkpoint_challenge_required": _PERSON,
    "checkpoint_logged_out": _PERSON,
    "consent_required": _PERSON,
    "two_factor_required": _PERSON,
    "rate_limit_error": _BUSY,
    "needs_upgrade": _OLD,
    "feedback_required": _BLOCKED,
    "sentry_block": _BLOCKED,
}
"""By the whole of `message` or `error_type`."""
PHRASES: tuple[tuple[str, Meaning], ...] = (
    ("please wait a few minutes", _BUSY),
    ("uploaded image isn't in an allowed aspect ratio", _PICTURE),
    ("uploaded image isn't in the right format", _PICTURE),
)
"""By what `message` begins with (mgp25#280 and #149; private.py for the first)."""
SUSPENDED = "/suspended/"
"""In the address of a challenge (private.py): no person's answer to it helps at once."""
TOO_MANY = 429


def judge(
    phase: Phase, status: int | None, headers: Mapping[str, str] | None, body: bytes | str | Mapping[str, Any]
) -> Judgement:
    """What an answer means. Doubt wins: a post that may be live is UNKNOWN."""
    answer = parsed(body)
    if well(status) and _done(phase, answer):
        return Judgement(Outcome.SENT)
    if not says_no(status) or not isinstance(answer, dict) or answer.get("status") != "fail":
        return unclear(PLATFORM, phase, status, "no plain yes or no")
    meaning = _meaning(phase, status, answer)
    if meaning is None:
        return unclear(PLATFORM, phase, status, "a no in words that are not known")
    return told(PLATFORM, phase, meaning, f"HTTP {status}{_named(answer)}", *retry_after(headers))


def _done(phase: Phase, answer: Any) -> bool:
    """Whether the answer holds what was due. A refused picture comes with "ok", too (private.py: `error_title`)."""
    if not isinstance(answer, dict) or answer.get("status") != "ok" or "error_title" in answer:
        return False
    if phase.makes_public:
        return bool(media_of(answer))
    if phase is Phase.UPLOAD:
        return bool(identifier(answer.get("upload_id")))
    if phase is not Phase.READ:
        return False
    user = answer.get("user")
    return isinstance(answer.get("items"), list) or (
        isinstance(user, dict) and bool(identifier(user.get("pk")))
    )


def media_of(answer: object) -> Mapping[str, Any]:
    """The post in an answer; empty where there is none with a number."""
    media = answer.get("media") if isinstance(answer, dict) else None
    return media if isinstance(media, dict) and identifier(media.get("pk")) else {}


def _meaning(phase: Phase, status: int | None, answer: Mapping[str, Any]) -> Meaning | None:
    """The row for a no; None where none is sure. Where two rows speak, the doubtful one counts."""
    if media_of(answer):
        return _BLOCKED
    rows = list(_rows(answer))
    if doubtful := [row for row in rows if row.outcome is Outcome.UNKNOWN]:
        return doubtful[0]
    if rows:
        return rows[0]
    if status == TOO_MANY:
        return _BUSY
    return None if phase.makes_public else _REFUSES


def _rows(answer: Mapping[str, Any]) -> Iterator[Meaning]:
    challenge = answer.get("challenge")
    if isinstance(challenge, dict) and SUSPENDED in str(challenge.get("url")):
        yield _SUSPENDED
    if answer.get("spam") is True:
        yield _BLOCKED
    for word in _words(answer):
        if word in WORDS:
            yield WORDS[word]
        yield from (meaning for phrase, meaning in PHRASES if word.startswith(phrase))


def _words(answer: Mapping[str, Any]) -> list[str]:
    given = (answer.get("error_type"), answer.get("message"))
    return [text.strip().lower() for text in given if isinstance(text, str)]


def _named(answer: Mapping[str, Any]) -> str:
    """Its kind only: free text could repeat what we sent, and a challenge's address is for its person alone."""
    known = [word for word in _words(answer) if re.fullmatch(r"[a-z_]{1,40}", word)]
    return "".join(f", {word}" for word in dict.fromkeys(known))
