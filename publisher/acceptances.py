"""Acceptances: the events by which a director let the record count again, and how a real one is known.

Such an event silences what verifying finds, so it is sealed: over its own number, the hash before it, who accepted, both
ends, and every word of it. A hand that writes one into the database, or another place, has accepted nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.chain import Fault, Link
from publisher.clearance import Seal
from publisher.record import End

ACCEPTED = "record accepted"
"""The action of the event; `before` and `after` are the ends, `subject` its seal."""


def sealed(seal: Seal, last: End, actor: str, move: tuple[str, str], words: Mapping[str, Any]) -> str:
    """The seal of the acceptance that follows right after `last`."""
    return seal.sign("acceptance", [last.id + 1, last.hash, actor, *move, dict(words)])


class Acceptances:
    """What directors accepted, as one walk over the events finds it."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._marks: set[str] = set()
        self.faults: list[Fault] = []
        self.notes: list[str] = []

    def see(self, link: Link, before: str) -> None:
        """An event that fits the one before it, whose hash is `before`."""
        if link.action != ACCEPTED:
            return
        if words := self._words(link, before):
            self._marks |= {mark for mark in words["found"] if mark}
            self.notes.append(_told(link))
        else:
            mark = f"acceptance {link.id} {link.hash} {link.content()}"
            self.faults.append(Fault("acceptance", link.id, link.id, _FORGED, mark))

    def _words(self, link: Link, before: str) -> dict[str, Any]:
        """What it says, where a director of this record said it here; else nothing."""
        words = link.words()
        if (
            not isinstance(words, dict)
            or not link.has_its_words()
            or not isinstance(words.get("found"), list)
        ):
            return {}
        last, move = End(link.id - 1, before), (link.before, link.after)
        return words if sealed(self._seal, last, link.actor, move, words) == link.subject else {}

    def cover(self, fault: Fault) -> bool:
        """Whether a director accepted exactly this; what has no mark cannot be accepted."""
        return bool(fault.mark) and fault.mark in self._marks


_FORGED = "It says that a director accepted the record, but its words or its seal are not this program's: it accepts nothing."


def _told(link: Link) -> str:
    known, there = (end.partition(" ")[0] for end in (link.before, link.after))
    known = f"known to end at event {known}" if known.isdecimal() else "whose end was not known"
    return f"With event {link.id} {link.actor} accepted the record, {known}, as it ended at event {there}."
