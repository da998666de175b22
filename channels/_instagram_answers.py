"""What Instagram's own sub-codes mean, beside those of the Graph API (channels/_graph_answers.py). Pure.

Source: developers.facebook.com, "Instagram error codes", 2 June 2026; the doubts: postiz#1681 and the outage of 23 May 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from publisher.channels._graph_meanings import BLOCKED, DOUBTFUL, FAULT

from publisher.answers import Meaning, parsed, plain
from publisher.model import Judgement, Outcome

_CONTENT = Meaning(
    Outcome.FIX,
    "Instagram does not take the caption or picture as it is: withdraw the item, and hand it in changed.",
    "content refused",
)
PICTURE = Meaning(
    Outcome.FIX,
    "Instagram does not take the picture: withdraw the item, and hand it in with another picture.",
    "picture refused",
)
_FETCH = Meaning(
    Outcome.FIX,
    "Instagram could not fetch the picture: see that the website shows it to anyone, then retry.",
    "fetch failed",
)
_LATER = Meaning(
    Outcome.WAIT, "Instagram is not ready yet; it goes by itself.", "not ready", timedelta(seconds=30)
)
_GONE = Meaning(
    Outcome.STOP, "Instagram no longer knows what was prepared: retry the post.", "media not found"
)

SUBCODES: Mapping[int, Meaning] = {
    2207001: FAULT,
    2207003: FAULT,
    2207004: PICTURE,
    2207005: PICTURE,
    2207006: _GONE,
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
    2207032: FAULT,
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
    2207051: BLOCKED,
    2207052: _FETCH,
    2207053: FAULT,
    2207057: _CONTENT,
}
"""developers.facebook.com, "Instagram error codes", 2 June 2026."""
SURE = frozenset({(-2, 2207020)})
"""An expired container cannot have been published by this call."""
UNSURE = frozenset({2207006})
"""No plain no for a post, whatever the code: "the media with this id cannot be found" may tell of the post just made, which
cannot be read yet (reads of fresh media failed for days from 23 May 2026, postiz#1562)."""
VAGUE = frozenset({24, 100})
"""Only with a listed sub-code are these a plain no: 100/33 came for what was there (23 May 2026)."""
OURS = range(2_207_000, 2_208_000)
"""Instagram's sub-codes; one that is not listed may lie as 4/2207051 did, whatever its code."""


def doubts(code: int, subcode: int | None) -> bool:
    """Whether these are no plain no for a post."""
    if subcode in SUBCODES:
        return subcode in UNSURE or (code in DOUBTFUL and (code, subcode) not in SURE)
    return code in DOUBTFUL | VAGUE or subcode in OURS


_IN_PROGRESS, _EXPIRED = "IN_PROGRESS", "EXPIRED"
GOING_ON = frozenset({_IN_PROGRESS, _EXPIRED})
"""States of a container, and the causes of what is judged by them: the adapter itself asks again, or makes a new one."""
_GOES_ON = {
    _IN_PROGRESS: "Instagram is still at the picture; it goes on by itself.",
    _EXPIRED: "What was prepared has expired; it is prepared anew by itself.",
}
_GOOD = frozenset({"FINISHED", "PUBLISHED"})
_NOT_MADE = "Instagram could not prepare the picture: retry the post."


def container_state(body: bytes | str) -> Judgement | None:
    """What a container's own state means; None where it is good.

    Sources: developers.facebook.com, "IG Container" (the five states); trypost#351 for a `status` that alone tells.
    """
    found = parsed(body)
    told = found if isinstance(found, Mapping) else {}
    state, words = plain(told.get("status_code")).upper(), plain(told.get("status"))
    if state in _GOOD:
        return None
    if state in GOING_ON:
        return Judgement(Outcome.WAIT, _GOES_ON[state], f"status: container state {state}", cause=state)
    if state == "ERROR" or (not state and words.startswith("Error")):
        return _error_state(words)
    return Judgement(
        Outcome.WAIT,
        "Instagram does not say how far the picture is; it is asked again.",
        "status: container state unknown",
    )


def _error_state(status: str) -> Judgement:
    """Nothing is published, and the container stays as it is: another picture, or at least another container, is needed."""
    told = re.search(r"(?<!\d)2207\d{3}(?!\d)", status, re.ASCII)
    meaning = SUBCODES.get(int(told[0]), PICTURE) if told else PICTURE
    words = f"status: container state ERROR, sub-code {told[0] if told else 'not told'}"
    if meaning.outcome is Outcome.STOP and meaning is not _GONE:
        return Judgement(Outcome.STOP, meaning.officer, words)
    return Judgement(Outcome.FIX, meaning.officer if meaning.outcome is Outcome.FIX else _NOT_MADE, words)
