"""How a channel's credentials stand, in words: whose they are, what they may do, when they end, and what to do about it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from publisher.channels import Identity
from publisher.model import Judgement, Outcome

PROOF_LIVES = timedelta(days=1)
"""For so long it counts that an account was proved to be ours; from then on it is proved again before anything goes."""
ENDS_SOON = timedelta(days=14)
"""Before credentials end: enough for a person on leave to get the next."""
ASKED_LATELY = 2 * PROOF_LIVES
"""A look that is older says little: nobody asked yesterday either."""
_NUMBERS = re.compile(r"\d+")
_RENEW = "Make new credentials on the platform, put them where config.toml says, and restart the daemon."


class Standing(StrEnum):
    """How it stands: as it must be, a person should look soon, or nothing can be posted there."""

    GOOD = "good"
    ATTENTION = "attention"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Look:
    """What came of asking a channel's platform whose its credentials are.

    `found` is what it said, None where it said nothing, or there is no account. `fault` is why the channel may not post by
    that, None where it may; `proved_at` when it last was found that it may.
    """

    channel: str
    at: datetime
    found: Identity | None = None
    fault: Judgement | None = None
    proved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is not as it should be. `cause` stays the same from day to day, so that it is not told too often.

    `way_out` is empty where the words say what to do.
    """

    cause: str
    standing: Standing
    words: str
    way_out: str


def troubles(look: Look, needed: frozenset[str], now: datetime, renew: str = _RENEW) -> list[Trouble]:
    """All that a person should know, the gravest first. `needed` are the rights without which the channel cannot post.

    `renew` is what to do where the credentials are taken no more (publisher/renewing.py).
    """
    found = [
        *_of_fault(look, now, renew),
        *_of_age(look, now),
        *_of_rights(look, needed, renew),
        *_of_end(look, now, renew),
        *_of_notes(look),
    ]
    return sorted(found, key=lambda one: one.standing is not Standing.WRONG)


def gravest(found: list[Trouble]) -> Standing:
    """How it stands with all of them together."""
    return max((one.standing for one in found), key=list(Standing).index, default=Standing.GOOD)


def days_left(ends_at: datetime, now: datetime) -> int:
    """Whole days until then; below zero once it is over."""
    return (ends_at - now) // timedelta(days=1)


def _of_fault(look: Look, now: datetime, renew: str) -> Iterator[Trouble]:
    if look.fault is None:
        return
    words = look.fault.officer or "The platform did not say whose account it is."
    if look.fault.outcome is Outcome.RECONNECT:
        yield Trouble("refused", Standing.WRONG, words, renew)
    elif look.fault.outcome not in {Outcome.WAIT, Outcome.UNKNOWN}:
        yield Trouble("account", Standing.WRONG, words, f"`publisher channel show {look.channel}` says more.")
    elif look.proved_at is not None and abs(now - look.proved_at) < PROOF_LIVES:
        way_out = "It is asked again by itself. If this lasts, look at the network, and at the platform's status page."
        yield Trouble("silent", Standing.ATTENTION, f"{words} {_until(look.proved_at)}", way_out)
    else:
        waiting = "Until the platform says whose account it is, nothing is posted there: what is due waits."
        way_out = f"Look at the network, then `publisher channel check {look.channel}`."
        yield Trouble("waits", Standing.WRONG, f"{words} {waiting}", way_out)


def _until(proved_at: datetime) -> str:
    return f"What was proved on {day(proved_at)} counts for a day; then posts wait."


def _of_age(look: Look, now: datetime) -> Iterator[Trouble]:
    if look.fault is None and now - look.at > ASKED_LATELY:
        words = f"Nobody has asked the platform since {day(look.at)}."
        yield Trouble("old", Standing.ATTENTION, words, "Look whether the daemon runs: it asks every day.")


def _of_rights(look: Look, needed: frozenset[str], renew: str) -> Iterator[Trouble]:
    """Only where the platform tells the rights, and the adapter says which it needs."""
    if look.found is None or look.found.scopes is None or not needed:
        return
    if lacking := needed - look.found.scopes:
        words = f"It may not do all that a post needs: {_named(lacking)} is missing."
        way_out = f"Give the app that right on the platform; only new credentials have it. {renew}"
        yield Trouble("rights", Standing.WRONG, words, way_out)
    if more := look.found.scopes - needed:
        words = f"It may do more than a post needs: {_named(more)}. Whoever got hold of the credentials could do that, too."
        way_out = f"Make new ones with these rights alone: {_named(needed)}."
        yield Trouble("more rights", Standing.ATTENTION, words, way_out)


def _of_end(look: Look, now: datetime, renew: str) -> Iterator[Trouble]:
    ends = look.found.ends_at if look.found else None
    if ends is None:
        return
    if ends <= now:
        words = f"Its credentials ended on {day(ends)}: nothing can be posted there."
        yield Trouble("ended", Standing.WRONG, words, renew)
    elif ends - now <= ENDS_SOON:
        left = (ends.astimezone(UTC).date() - now.astimezone(UTC).date()).days
        when = {0: "today", 1: "tomorrow"}.get(left, f"in {left} days")
        words = f"Its credentials end on {day(ends)}, {when}: from then on nothing can be posted there."
        yield Trouble("ends", Standing.ATTENTION, words, renew)


def _of_notes(look: Look) -> Iterator[Trouble]:
    """Each says by itself what to do. The numbers in one may change from day to day; it is the same one."""
    for note in look.found.notes if look.found else ():
        yield Trouble(f"note: {_NUMBERS.sub('#', note)}", Standing.ATTENTION, note, "")


def day(moment: datetime) -> str:
    """`12 Dec 2026`."""
    return f"{moment.day} {moment:%b %Y}"


def _named(rights: frozenset[str]) -> str:
    return ", ".join(sorted(rights))
