"""Acceptances: the events by which a director let the record count again, and how a real one is known.

Such an event silences what verifying finds, so it is sealed: over its own number, the hash before it, who accepted, both
ends, and every word of it. A hand that writes one into the database, or another place, has accepted nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from publisher.chain import Fault, Link, links
from publisher.clearance import Seal
from publisher.record import End, hash_of
from publisher.tables import EventRow

_events = EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

ACCEPTED = "record accepted"
"""The action of the event; `before` and `after` are the ends, `subject` its seal."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An acceptance that is real: event `number`, by whom and when, and where the record ended that was accepted.

    `older` is there where the database may have been an older one: up to when it knows what happened, and how many tokens
    that counted were `revoked`.
    """

    number: int
    actor: str
    at: str
    known: str
    ended: int
    found: frozenset[str]
    older: Mapping[str, Any] | None

    def told(self) -> str:
        """In words, for whoever verifies."""
        known = f"known to end at event {self.known}" if self.known.isdecimal() else "whose end was not known"
        return f"With event {self.number} {self.actor} accepted the record, {known}, as it ended at event {self.ended}."


def sealed(seal: Seal, last: End, actor: str, move: tuple[str, str], words: Mapping[str, Any]) -> str:
    """The seal of the acceptance that follows right after `last`."""
    return seal.sign("acceptance", [last.id + 1, last.hash, actor, *move, dict(words)])


def read(seal: Seal, link: Link, before: str) -> Accepted | None:
    """What this event accepts, where a director of this record accepted it here; `before` is the hash before it."""
    words = link.words()
    if not isinstance(words, dict) or not link.has_its_words() or not isinstance(words.get("found"), list):
        return None
    move = (link.before, link.after)
    if sealed(seal, End(link.id - 1, before), link.actor, move, words) != link.subject:
        return None
    known, ended = (end.partition(" ")[0] for end in move)
    marks = frozenset(filter(None, words["found"]))
    return Accepted(link.id, link.actor, link.at, known, int(ended), marks, words.get("older"))


def all_of(connection: Connection, seal: Seal) -> Iterator[Accepted]:
    """Every real one, the oldest first. Whether the record around it is whole, only a look at all of it tells."""
    for link in links(connection, _events.c.action == ACCEPTED):
        if found := read(seal, link, hash_of(connection, link.id - 1)):
            yield found


def last_older(connection: Connection, seal: Seal) -> int:
    """The number of the event by which an older database was accepted last; 0 where none was. What it had forgotten came before."""
    return max((one.number for one in all_of(connection, seal) if one.older is not None), default=0)


class Acceptances:
    """What directors accepted, as one walk over the events finds it."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._real: list[Accepted] = []
        self.faults: list[Fault] = []

    def see(self, link: Link, before: str) -> None:
        """An event that fits the one before it, whose hash is `before`."""
        if link.action != ACCEPTED:
            return
        if found := read(self._seal, link, before):
            self._real.append(found)
        else:
            mark = f"acceptance {link.id} {link.hash} {link.content()}"
            self.faults.append(Fault("acceptance", link.id, link.id, _FORGED, mark))

    def cover(self, fault: Fault) -> bool:
        """Whether a director accepted exactly this; what has no mark cannot be accepted."""
        return bool(fault.mark) and any(fault.mark in one.found for one in self._real)

    def after(self, number: int, at: str) -> Accepted | None:
        """The one that accepted a record without event `number`, as it was known at that moment: it had been lost.

        Moments are of one form (record.chained), in which they sort as they follow each other.
        """
        return next((one for one in self._real if one.ended < number and at < one.at), None)

    def notes(self) -> Iterator[str]:
        """Each in words."""
        return (one.told() for one in self._real)


_FORGED = "It says that a director accepted the record, but its words or its seal are not this program's: it accepts nothing."
