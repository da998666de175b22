"""The chain, walked link by link: what does not fit, and which kind of hand it shows. Rows are read as they lie.

A hash is over an event and the hash before it, so one wrong link makes its neighbours wrong too; what was done is told
apart by trying the links that do not fit in each other's places.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, String, select, type_coerce

from publisher.model import digest_of
from publisher.tables import EventDetailRow, EventRow

_events, _details = EventRow.__table__, EventDetailRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

AT_ONCE = 2_000
"""Rows that are fetched at a time."""
TRIED = 400
"""Links that do not fit, of which it is found out what was done to them; the rest are only named."""
FAR = 50
"""How many rows taken out, or put in, with all others numbered anew, are recognised."""


class Link(NamedTuple):
    """One event as it lies in the database. `at` is the moment as it was hashed; `detail` its words' JSON, None where there are none."""

    id: int
    at: str
    actor: str
    via: str
    action: str
    item_id: str | None
    channel: str | None
    subject: str | None
    before: str
    after: str
    digest: str
    hash: str
    salt: str | None
    detail: str | None

    def follows(self, before: str, number: int | None = None) -> str:
        """The hash that this link has after `before` (as number `number`); empty where its values are of no event."""
        try:
            return digest_of([before, self.id if number is None else number, *self[1:11]])
        except (TypeError, ValueError):
            return ""

    def content(self) -> str:
        """A digest of all that lies there but the words: what a fault's mark names."""
        return digest_of(repr(self[:12]))

    def words(self) -> Any:
        """What it says, as it was written; None where nothing lies beside it, or it cannot be read."""
        try:
            return None if self.detail is None else json.loads(self.detail)
        except (TypeError, ValueError, RecursionError):
            return None

    def has_its_words(self) -> bool:
        """True where what lies beside it is what its digest was made of, or where nothing does."""
        if self.detail is None and self.salt is None:
            return True
        try:
            return self.digest != "" and digest_of([self.salt, self.words()]) == self.digest
        except (TypeError, ValueError, RecursionError):
            return False


def links(connection: Connection, *where: Any) -> Iterator[Link]:
    """The events that meet all of `where`, by number. What a hand wrote that is no value of its column comes as it is."""
    columns = [column if column.name != "at" else type_coerce(column, String) for column in _events.c]
    words = (_details.c.salt, type_coerce(_details.c.detail, String))
    query = select(*columns, *words).outerjoin(_details, _details.c.event_id == _events.c.id)
    rows = connection.execution_options(yield_per=AT_ONCE).execute(query.where(*where).order_by(_events.c.id))
    for number, at, *others in rows:
        yield Link(number, moment_text(at), *others)


def moment_text(stored: Any) -> str:
    """A moment as it lies in the database, as record.chained hashes it; what is no moment stays, and fits nothing."""
    try:
        moment = stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)
        return (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
    except (TypeError, ValueError, OverflowError):  # the calendar's first hours are in no other zone
        return str(stored)


class Fault(NamedTuple):
    """Something that was done to the chain. `number` is the event's, `last` the last one's where it is several.

    `mark` names exactly this, so that a director who accepted it accepted nothing else; what has none cannot be accepted.
    """

    kind: str
    number: int
    last: int
    words: str
    mark: str


class _Misfit(NamedTuple):
    """A link that does not follow from the one before it, whose hash is `before`; `earlier` are those before that."""

    link: Link
    before: str
    earlier: Sequence[str]


class Walk:
    """One pass over the whole chain. Give it every link in order, then ask for the faults."""

    def __init__(self) -> None:
        self.count, self.number, self.hash = 0, 0, ""
        self.before = ""
        """The hash before the link that was seen last."""
        self.is_after_gap = False
        """Whether that link stands behind a gap, so that nothing says whether it is as it was."""
        self._gaps: list[Fault] = []
        self._misfits: list[_Misfit] = []
        self._earlier = deque[str](maxlen=FAR)

    def see(self, link: Link) -> bool:
        """The next link; False where its values are not what its hash was made of, or nothing says whether they are."""
        self.count += 1
        self.before, self.is_after_gap = self.hash, link.id > self.number + 1
        if link.id < 1:
            self._gaps.append(_fault("added", link, "It was added: the first event has the number 1."))
            return False
        fits = True
        if link.id != self.number + 1:
            self._gaps.append(_gap(self.number + 1, link))
            fits = False
        elif link.follows(self.hash) != link.hash:
            self._misfits.append(
                _Misfit(link, self.hash, () if self._is_in_a_run(link) else tuple(self._earlier))
            )
            fits = False
        self._earlier.append(self.hash)
        self.number, self.hash = link.id, link.hash
        return fits

    def _is_in_a_run(self, link: Link) -> bool:
        return bool(self._misfits) and self._misfits[-1].link.id == link.id - 1

    def faults(self) -> list[Fault]:
        """What was done, by number."""
        return sorted([*self._gaps, *_Diagnosis(self._misfits).faults()], key=lambda fault: fault.number)


class _Diagnosis:
    """Finds out what was done to links that do not fit, from the first to the last."""

    def __init__(self, misfits: Sequence[_Misfit]) -> None:
        self._misfits = misfits
        self._links = {one.link.id: one.link for one in misfits}
        self._right: dict[int, str] = {}
        self._shift = 0

    def faults(self) -> list[Fault]:
        """One for each that was touched; those that only stand behind one, or were numbered anew with others, are none."""
        found: list[Fault] = []
        for misfit in self._misfits:
            before = self._right.get(misfit.link.id - 1, misfit.before)
            if not self._fits(misfit.link, before, misfit.before):
                found += self._fault(misfit, before, thoroughly=len(found) < TRIED)
        return found

    def _fits(self, link: Link, before: str, stored: str) -> bool:
        shifted = self._shift != 0 and link.follows(stored, link.id + self._shift) == link.hash
        fits = shifted or link.follows(before) == link.hash
        if fits:
            self._right[link.id] = link.hash
        return fits

    def _fault(self, misfit: _Misfit, before: str, *, thoroughly: bool) -> list[Fault]:
        tries = (self._put_in_before, self._put_in, self._taken_out, self._out_of_order) if thoroughly else ()
        for one in tries:
            if fault := one(misfit, before):
                return [fault]
        return [] if misfit.link.id in self._right else [_changed(misfit.link, before)]

    def _put_in_before(self, misfit: _Misfit, _before: str) -> Fault | None:
        """Links that fit were put in before it, and it was numbered anew with all that follows: the next one shows it."""
        link, following = misfit.link, self._links.get(misfit.link.id + 1)
        if following is None:
            return None
        for far, hash_before in enumerate(reversed(misfit.earlier), start=1):
            shifted = following.follows(link.hash, following.id - far) == following.hash
            if shifted and link.follows(hash_before, link.id - far) == link.hash:
                self._shift -= far
                self._right[link.id] = link.hash
                return _added(link, link.id - far, link.id - 1)
        return None

    def _put_in(self, misfit: _Misfit, before: str) -> Fault | None:
        """It was put in, with others perhaps, and what follows was numbered anew: two of those show it."""
        number = misfit.link.id
        for far in range(1, FAR + 1):
            first, second = self._links.get(number + far), self._links.get(number + far + 1)
            if first is None or second is None:
                return None
            if (
                first.follows(before, number) == first.hash
                and second.follows(first.hash, number + 1) == second.hash
            ):
                self._right |= dict.fromkeys(range(number, number + far), "") | {number + far: first.hash}
                self._shift = -far
                return _added(misfit.link, number, number + far - 1)
        return None

    def _taken_out(self, misfit: _Misfit, _before: str) -> Fault | None:
        """What stood before it was taken out, and it was numbered anew with all that follows: the next one shows it."""
        link, following = misfit.link, self._links.get(misfit.link.id + 1)
        if following is None:
            return None
        for far in range(1, FAR + 1):
            if following.follows(link.hash, following.id + self._shift + far) == following.hash:
                self._shift += far
                self._right[link.id] = link.hash
                words = f"Before it {_so_many(far)} taken out, and it was numbered anew with all that follow."
                return _fault("removed", link, words)
        return None

    def _out_of_order(self, misfit: _Misfit, before: str) -> Fault | None:
        """Another one fits here: they changed places."""
        link = misfit.link
        for other in self._others():
            if other.id != link.id and other.follows(before, link.id) == other.hash:
                self._right[link.id] = other.hash
                words = f"It is out of order: what belongs here stands as event {other.id}."
                return _fault("reordered", link, words, other.hash)
        return None

    def _others(self) -> Iterator[Link]:
        return (one.link for one in self._misfits[:TRIED])


def _fault(kind: str, link: Link, words: str, mark: str = "", last: int | None = None) -> Fault:
    ends = link.id if last is None else last
    named = f"{kind} {link.id}-{ends} {link.hash} {link.content()} {mark}"
    return Fault(kind, link.id, ends, words, named.rstrip())


def _gap(first: int, link: Link) -> Fault:
    last = link.id - 1
    which = (
        f"Event {first} is missing: it was"
        if first == last
        else f"Events {first} to {last} are missing: they were"
    )
    mark = f"removed {first}-{last} {link.hash} {link.content()}"
    return Fault("removed", first, last, f"{which} taken out.", mark)


def _added(link: Link, first: int, last: int) -> Fault:
    words = f"{_so_many(last - first + 1).capitalize()} added here, and what follows was numbered anew."
    return Fault("added", first, last, words, f"added {first}-{last} {link.hash}")


def _changed(link: Link, before: str) -> Fault:
    made = link.follows(before)
    either = f" (or event {link.id - 1} was, and its hash was made anew)" if link.id > 1 else ""
    return _fault(
        "changed", link, f"It was changed{either}: it does not follow from the one before it.", made
    )


def _so_many(count: int) -> str:
    return "one event was" if count == 1 else f"{count} events were"
