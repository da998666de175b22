"""What Instagram's own sub-codes mean, beside those of the Graph API (channels/_graph_answers.py). Pure.

Source: developers.facebook.com, "Instagram error codes", 2 June 2026; the doubts: postiz#1681 and the outage of 23 May 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from publisher.channels._graph_answers import DOUBTFUL

from publisher.answers import Meaning, parsed
from publisher.model import Judgement, Outcome

_CONTENT = Meaning(
    Outcome.FIX, "Instagram does not take the caption or picture as it is: change it.", "content refused"
)
PICTURE = Meaning(
    Outcome.FIX, "Instagram does not take the picture: a JPEG of 4:5 to 1.91:1 is needed.", "picture refused"
)
_FETCH = Meaning(
    Outcome.FIX,
    "Instagram could not fetch the picture: see that the website shows it to anyone, then retry.",
    "fetch failed",
)
_LATER = Meaning(
    Outcome.WAIT, "Instagram is not ready yet; it goes by itself.", "not ready", timedelta(seconds=30)
)
_FAULT = Meaning(
    Outcome.UNKNOWN,
    "Instagram had a fault of its own: the post may be live. It is looked up.",
    "server fault",
)

SUBCODES: Mapping[int, Meaning] = {
    2207001: _FAULT,
    2207003: _FAULT,
    2207004: PICTURE,
    2207005: PICTURE,
    2207006: Meaning(
        Outcome.STOP, "Instagram no longer knows what was prepared: retry the post.", "media not found"
    ),
    2207008: _LATER,
    2207009: PICTURE,
    2207010: _CONTENT,
    2207020: Meaning(
        Outcome.WAIT, "What was prepared has expired; it is prepared anew by itself.", "container expired"
    ),
    2207023: _CONTENT,
    2207026: _CONTENT,
    2207027: _LATER,
    2207028: _CONTENT,
    2207032: _FAULT,
    2207035: _CONTENT,
    2207036: _CONTENT,
    2207037: _CONTENT,
    2207040: _CONTENT,
    2207042: Meaning(
        Outcome.WAIT,
        "Instagram's daily limit of posts is reached. It goes by itself.",
        "publishing quota",
        timedelta(hours=1),
    ),
    2207050: Meaning(
        Outcome.STOP,
        "Instagram has restricted the account: log in there, settle it, then retry.",
        "restricted",
    ),
    2207051: Meaning(
        Outcome.UNKNOWN,
        "Instagram says that it blocked this, which it has said of posts that were live. It is looked up.",
        "spam block, known to publish",
        timedelta(hours=1),
    ),
    2207052: _FETCH,
    2207053: _FAULT,
    2207057: _CONTENT,
}
"""developers.facebook.com, "Instagram error codes", 2 June 2026."""
SURE = frozenset({(-2, 2207020)})
"""An expired container cannot have been published by this call."""
VAGUE = frozenset({24, 100})
"""Only with a listed sub-code are these a plain no: 100/33 came for what was there (23 May 2026)."""
OURS = range(2_207_000, 2_208_000)
"""Instagram's sub-codes; one that is not listed may lie as 4/2207051 did, whatever its code."""


def doubts(code: int, subcode: int | None) -> bool:
    """Whether these are no plain no for a post."""
    if subcode in SUBCODES:
        return code in DOUBTFUL and (code, subcode) not in SURE
    return code in DOUBTFUL | VAGUE or subcode in OURS


_IN_PROGRESS, _EXPIRED = "container state IN_PROGRESS", "container state EXPIRED"
GOING_ON: Mapping[str, str] = {_IN_PROGRESS: "IN_PROGRESS", _EXPIRED: "EXPIRED"}
"""Judgements, by their engineer's words, that the adapter itself acts on: it asks again, or makes a new container."""


def container_state(body: bytes | str) -> Judgement | None:
    """What a container's own state means; None where it is good (FINISHED, PUBLISHED) or not told."""
    found = parsed(body)
    state = str(found.get("status_code")) if isinstance(found, Mapping) else ""
    if state == "IN_PROGRESS":
        return Judgement(
            Outcome.WAIT, "Instagram is still at the picture; it goes on by itself.", _IN_PROGRESS
        )
    if state == "EXPIRED":
        return Judgement(
            Outcome.WAIT, "What was prepared has expired; it is prepared anew by itself.", _EXPIRED
        )
    return (
        _error_state(str(found.get("status", "")))
        if state == "ERROR" and isinstance(found, Mapping)
        else None
    )


def _error_state(status: str) -> Judgement:
    told = re.search(r"\b2207[0-9]{3}\b", status)
    meaning = SUBCODES.get(int(told[0]), PICTURE) if told else PICTURE
    words = f"container state ERROR, sub-code {told[0] if told else 'not told'}"
    return Judgement(Outcome.FIX, meaning.officer, words)
