"""The record, held against all that is known of it: its own chain, its end, its checkpoints, the rows that it tells of.

What is found is told by the number of the event and in plain words. A director may accept what was found, as after a
backup was put back: it is told from then on, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from publisher import ends
from publisher.chain import Fault, Link, Walk, links
from publisher.checkpoints import Checkpoints
from publisher.ends import EndFile, Kept
from publisher.errors import Refused
from publisher.model import digest_of
from publisher.queue import Queue
from publisher.record import BEGUN, End, end
from publisher.states import States
from publisher.tables import EventRow
from publisher.times import CLOCK_SLACK
from publisher.witnesses import Against, Witnesses

_events = EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

ACCEPTED = "record accepted"
"""The action of the event by which a director accepts what was found; `before` and `after` are the ends."""
OF_ITEMS = frozenset({"state", "post"})
"""The kinds of fault that are of one item alone: its own last check stops it, and no other."""
STEP = 5_000
"""Events between two tellings of how far it has come."""
WAY_OUT = (
    "`publisher audit verify` says what. Put the newest database back; or, once it is known why, a director runs "
    "`publisher audit accept --reason TEXT`."
)
_PROGRESS: ContextVar[Callable[[int, int], None] | None] = ContextVar("progress", default=None)


@contextmanager
def told_to(show: Callable[[int, int], None]) -> Iterator[None]:
    """Whoever verifies inside is told how many events of how many were looked at."""
    before = _PROGRESS.set(show)
    try:
        yield
    finally:
        _PROGRESS.reset(before)


@dataclass(frozen=True, slots=True)
class Report:
    """What verifying found. `accepted` are faults that a director accepted; `notes` are none, and worth knowing."""

    events: int
    end: End
    erased: int
    checkpoints: int
    faults: tuple[Fault, ...]
    accepted: tuple[Fault, ...]
    notes: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """True where nothing was found that nobody accepted."""
        return not self.faults


class Verifier:
    """Looks at the whole record, or quickly at its end."""

    def __init__(self, queue: Queue, end_file: EndFile, checkpoints: Callable[[], Checkpoints]) -> None:
        self._queue, self._end_file, self._checkpoints = queue, end_file, checkpoints

    def end_problem(self) -> str:
        """Why the record's end is not the one that was kept; empty where it is. Quick: one file, one row."""
        found = self._end_fault() and self._end_fault()  # the very first event may come between the two looks
        return f"{found.words} {WAY_OUT}" if found else ""

    def _end_fault(self) -> Fault | None:
        with self._look() as (connection, kept):
            return ends.fault(connection, end(connection), kept)

    def demand_whole(self) -> None:
        """Raises Refused where the record was tampered with, or is an older one: nothing must be released by it."""
        found = [fault for fault in self.verify().faults if fault.kind not in OF_ITEMS]
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            raise Refused(
                f"nothing is released: the record is not whole{more}. {found[0].words}", way_out=WAY_OUT
            )

    def verify(self, against: Against | None = None) -> Report:
        """Walks the whole record. Raises OutsideFailed where a file or the disk fails."""
        kept = Witnesses(against or Against(), self._checkpoints())
        with self._look() as (connection, end_known):
            seen = _Seen(kept.numbers)
            count = connection.execute(select(func.count()).select_from(_events)).scalar() or 0
            for link in links(connection):
                seen.see(link, count)
            last = End(seen.walk.number, seen.walk.hash)
            end_fault = ends.fault(connection, last, end_known)
            found = [
                *_beyond(seen.faults(), end_known), *([end_fault] if end_fault else []), *kept.faults(seen.hashes, last),
                *seen.states.faults(connection),
            ]  # fmt: skip
            notes = [*seen.notes(), *kept.notes, *ends.notes(end_known)]
        open_, accepted = seen.parted(found)
        return Report(count, last, seen.erased, kept.count, open_, accepted, tuple(notes))

    @contextmanager
    def _look(self) -> Iterator[tuple[Connection, Kept | ValueError | None]]:
        """A view of the database in which nothing changes, and what the end file knew when it began."""
        with self._queue.reading() as connection:
            try:
                with self._end_file.still() as kept:
                    self._hold_still(connection)
                    known: Kept | ValueError | None = kept
            except ValueError as error:
                self._hold_still(connection)
                known = error
            try:
                yield connection, known
            finally:
                connection.exec_driver_sql("ROLLBACK")

    def _hold_still(self, connection: Connection) -> None:
        """SQLite's view of a read transaction is that of its first read (sqlite.org/isolation.html)."""
        connection.exec_driver_sql("BEGIN")
        end(connection)


class _Seen:
    """What one walk over the events saw, besides the chain itself."""

    def __init__(self, wanted: frozenset[int]) -> None:
        self.walk, self.states, self.hashes = Walk(), States(), dict[int, str]()
        self.erased = 0
        self._wanted, self._words, self._accepted = wanted, list[Fault](), set[str]()
        self._begun, self._latest, self._set_back = 0, "", list[int]()
        self._acceptances: list[str] = []

    def see(self, link: Link, count: int) -> None:
        fits = self.walk.see(link)
        if fits and not link.has_its_words():
            self._words.append(
                Fault(
                    "words",
                    link.id,
                    link.id,
                    _WORDS,
                    f"words {link.id} {digest_of(repr([link.salt, link.detail]))}",
                )
            )
        self.erased += bool(link.digest) and link.detail is None
        if link.id in self._wanted:
            self.hashes[link.id] = link.hash
        if link.action == ACCEPTED and fits and isinstance(words := link.words(), dict):
            self._accepted |= set(words.get("found", ()))
            self._acceptances.append(_accepted(link))
        self._begun = link.id if link.action == BEGUN else self._begun
        self._time(link)
        self.states.see(link)
        if (show := _PROGRESS.get()) is not None and self.walk.count % STEP == 0:
            show(self.walk.count, count)

    def _time(self, link: Link) -> None:
        """Moments are of one form (record.chained), in which they sort as they follow each other."""
        if link.at < self._latest and _is_set_back(self._latest, link.at):
            self._set_back.append(link.id)
        self._latest = link.at if self._set_back[-1:] == [link.id] else max(self._latest, link.at)

    def faults(self) -> list[Fault]:
        """Of the chain and of the words."""
        return sorted([*self.walk.faults(), *self._words], key=lambda fault: fault.number)

    def parted(self, found: Iterable[Fault]) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
        """Those that nobody accepted, and those that a director did."""
        faults = list(found)
        return (
            tuple(fault for fault in faults if fault.mark not in self._accepted),
            tuple(fault for fault in faults if fault.mark in self._accepted),
        )

    def notes(self) -> Iterator[str]:
        """What is no fault."""
        yield from self._acceptances
        if self._begun:
            yield (
                f"The events before number {self._begun} were there before the record was a chain: what was done to them "
                "until then cannot be told."
            )
        if self._set_back:
            numbers = ", ".join(map(str, self._set_back[:10]))
            yield f"The clock was set back before event {numbers}{' and others' if len(self._set_back) > 10 else ''}."  # noqa: PLR2004


_WORDS = "Its words were changed: they are not those that its digest was made of."


def _accepted(link: Link) -> str:
    known, there = (end.partition(" ")[0] for end in (link.before, link.after))
    known = f"known to end at event {known}" if known.isdecimal() else "whose end was not known"
    return f"With event {link.id} {link.actor} accepted the record, {known}, as it ended at event {there}."


def _is_set_back(latest: str, at: str) -> bool:
    try:
        return datetime.fromisoformat(latest) - datetime.fromisoformat(at) > CLOCK_SLACK
    except (ValueError, TypeError):
        return False


def _beyond(found: Sequence[Fault], kept: Kept | ValueError | None) -> Iterator[Fault]:
    """What does not fit after the end that was kept was not changed there, but added: the end tells of it."""
    last = max(kept.certain.id, kept.coming.id) if isinstance(kept, Kept) else None
    return (fault for fault in found if last is None or fault.number <= last or fault.kind == "words")
