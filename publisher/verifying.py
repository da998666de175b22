"""The record, held against all that is known of it: its own chain, its end, its checkpoints, the rows that it tells of.

What is found is told by the number of the event and in plain words. A director may accept what was found, as after a
backup was put back: it is told from then on, and stops nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, func, select

from publisher import ends, schema
from publisher.acceptances import Acceptances, sealed
from publisher.chain import Fault, Link, Walk, links
from publisher.checkpoints import Checkpoints
from publisher.clearance import Seal
from publisher.clearing import Clearing
from publisher.ends import EndFile, Kept
from publisher.errors import Refused
from publisher.model import digest_of
from publisher.queue import Queue
from publisher.record import BEGUN, End, end
from publisher.states import States
from publisher.tables import EventRow
from publisher.ties import ROW, Ties
from publisher.times import CLOCK_SLACK
from publisher.witnesses import Against, Witnesses
from publisher.wordless import Wordless

_events = EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

OF_ITEMS = frozenset({"state", "post", "item"})
"""The kinds of fault that are of one item alone: its own last check stops it, and no other."""
STOPS_NOTHING = frozenset({ROW, schema.SCHEMA_FAULT})
"""The kinds that by themselves stop no release: what rests on such a row, or comes of such a trigger, is stopped where it is read."""
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
    """What verifying found. `accepted` are faults that a director accepted; `notes` are none, and worth knowing.

    `checkpoints` is the number of those that fit; `last_at` the last event's moment as it lies there, empty where there is none.
    """

    events: int
    end: End
    erased: int
    checkpoints: int
    faults: tuple[Fault, ...]
    accepted: tuple[Fault, ...]
    notes: tuple[str, ...]
    last_at: str = ""

    @property
    def whole(self) -> bool:
        """True where nothing was found that nobody accepted."""
        return not self.faults

    @property
    def stops(self) -> str:
        """What the faults stop: everything, the items that they are of, what rests on the rows that they are of, or nothing
        (`schema`: but there is something to mend).

        What is told of papers that somebody handed in has no mark, and stops nothing that the record itself does not.
        """
        kinds = {fault.kind for fault in self.faults if fault.mark or fault.kind == schema.HIDING}
        if kinds - OF_ITEMS - STOPS_NOTHING:
            return "everything"
        if kinds & OF_ITEMS:
            return "items"
        if ROW in kinds:
            return "rows"
        return "schema" if kinds else "nothing"


def in_short(faults: Sequence[Fault]) -> str:
    """The first fault, and how many others there are. A checkpoint of what is beyond a wrong end says no more than that end."""
    ends_at = min((one.number for one in faults if one.kind == "end"), default=sys.maxsize)
    told = [one for one in faults if one.kind != "checkpoint" or one.number <= ends_at]
    others = {1: "", 2: " Another thing does not fit either."}
    return told[0].words + others.get(len(told), f" {len(told) - 1} other things do not fit either.")


class Verifier:
    """Looks at the whole record, or quickly at its end."""

    def __init__(
        self, queue: Queue, end_file: EndFile, checkpoints: Callable[[], Checkpoints], seal: Seal
    ) -> None:
        self._queue, self._end_file, self._checkpoints, self._seal = queue, end_file, checkpoints, seal
        self._looking = Lock()
        self.found = ""
        """Why nothing may be released, as the last whole look found; empty where that found nothing."""

    def end_problem(self) -> str:
        """Why the record is not as it was kept: what the last whole look found, or its end. Quick: one file, one row."""
        if self.found:
            return self.found
        found = self._end()
        return f"{found.words} {WAY_OUT}" if found else ""

    def is_at_its_end(self) -> bool:
        """Whether the record ends where it was kept, and its events can be looked up: else what it forgot cannot be known."""
        return self._end() is None

    def _end(self) -> Fault | None:
        return self._end_fault() and self._end_fault()  # the very first event may come between the two looks

    def _end_fault(self) -> Fault | None:
        with self._look() as (connection, kept):
            return ends.fault(connection, end(connection), kept) or schema.hiding(connection)

    def demand_whole(self, *, otherwise: str = "nothing is released") -> None:
        """Raises Refused where the record was tampered with, or is an older one: nothing must be done by its word."""
        if problem := self.whole_problem():
            raise Refused(f"{otherwise}: {problem.removesuffix(f' {WAY_OUT}')}", way_out=WAY_OUT)

    def whole_problem(self) -> str:
        """Why nothing may be released, after a look at all of the record; empty where nothing stops it.

        One at a time, so that an older look does not end after a newer one, and hide what that found.
        """
        with self._looking:
            report = self.verify()
            found = [fault for fault in report.faults if fault.kind not in OF_ITEMS | STOPS_NOTHING]
            self.found = f"the record is not whole. {in_short(found)} {WAY_OUT}" if found else ""
            if not found:  # whoever died right after a commit left it uncertain whether that came
                self._end_file.came(report.end)
            return self.found

    def proof(self, last: End, officer: str, move: tuple[str, str], words: Mapping[str, Any]) -> str:
        """What the event of an acceptance that follows right after `last` must hold, so that it counts."""
        return sealed(self._seal, last, officer, move, words)

    def verify(self, against: Against | None = None) -> Report:
        """Walks the whole record. Raises OutsideFailed where a file or the disk fails."""
        kept = Witnesses(against or Against(), self._checkpoints())
        with self._look() as (connection, end_known):
            seen = _Seen(kept.numbers, self._seal)
            count = connection.execute(select(func.count()).select_from(_events)).scalar() or 0
            for link in links(connection):
                seen.see(link, count)
            last = End(seen.walk.number, seen.walk.hash)
            end_fault = ends.fault(connection, last, end_known)
            found = [
                *_beyond(seen.faults(), end_known), *([end_fault] if end_fault else []),
                *kept.faults(seen.hashes, last, seen.acceptances), *seen.states.faults(connection), *seen.ties.faults(connection),
                *schema.faults(connection),
            ]  # fmt: skip
            notes = [*seen.notes(), *kept.notes, *ends.notes(end_known)]
        open_, accepted = seen.parted(found)
        return Report(
            count,
            last,
            seen.wordless.count,
            kept.fitting(seen.hashes),
            open_,
            accepted,
            tuple(notes),
            seen.last_at,
        )

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

    def __init__(self, wanted: frozenset[int], seal: Seal) -> None:
        self.walk, self.hashes = Walk(), dict[int, str]()
        self.states, self.ties, self.wordless = States(Clearing(seal)), Ties(seal), Wordless()
        self._wanted, self._words, self.acceptances = wanted, list[Fault](), Acceptances(seal)
        self._begun, self._latest, self._set_back = 0, "", list[int]()
        self.last_at = ""

    def see(self, link: Link, count: int) -> None:
        fits = self.walk.see(link)
        told = fits or self.walk.is_after_gap
        if told and not link.has_its_words():
            self._words.append(
                Fault(
                    "words",
                    link.id,
                    link.id,
                    _WORDS,
                    f"words {link.id} {digest_of(repr([link.salt, link.detail]))}",
                )
            )
        self.wordless.see(link, is_fault=told)
        if link.id in self._wanted:
            self.hashes[link.id] = link.hash
        if fits:
            self.acceptances.see(link, self.walk.before)
        self._begun = link.id if link.action == BEGUN else self._begun
        self._time(link)
        self.last_at = link.at
        self.states.see(link)
        self.ties.see(link)
        if (show := _PROGRESS.get()) is not None and self.walk.count % STEP == 0:
            show(self.walk.count, count)

    def _time(self, link: Link) -> None:
        """Moments are of one form (record.chained), in which they sort as they follow each other."""
        if link.at < self._latest and _is_set_back(self._latest, link.at):
            self._set_back.append(link.id)
        self._latest = link.at if self._set_back[-1:] == [link.id] else max(self._latest, link.at)

    def faults(self) -> list[Fault]:
        """Of the chain and of the words."""
        found = [*self.walk.faults(), *self._words, *self.wordless.faults(), *self.acceptances.faults]
        return sorted(found, key=lambda fault: fault.number)

    def parted(self, found: Iterable[Fault]) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
        """Those that nobody accepted, and those that a director did. What was handed in, too, is not told twice."""
        faults = list(found)
        accepted = tuple(fault for fault in faults if self.acceptances.cover(fault))
        left = [fault for fault in faults if not self.acceptances.cover(fault)]
        known = {(fault.number, fault.words) for fault in left if fault.mark}
        return tuple(one for one in left if one.mark or (one.number, one.words) not in known), accepted

    def notes(self) -> Iterator[str]:
        """What is no fault."""
        yield from self.acceptances.notes()
        if self._begun:
            yield (
                f"The events before number {self._begun} were there before the record was a chain: what was done to them "
                "until then cannot be told."
            )
        if self._set_back:
            numbers = ", ".join(map(str, self._set_back[:10]))
            yield f"The clock was set back before event {numbers}{' and others' if len(self._set_back) > 10 else ''}."  # noqa: PLR2004


_WORDS = "Its words were changed: they are not those that its digest was made of."


def _is_set_back(latest: str, at: str) -> bool:
    try:
        return datetime.fromisoformat(latest) - datetime.fromisoformat(at) > CLOCK_SLACK
    except (ValueError, TypeError):
        return False


def _beyond(found: Sequence[Fault], kept: Kept | ValueError | None) -> Iterator[Fault]:
    """What does not fit after the end that was kept was not changed there, but added: the end tells of it."""
    last = max(kept.certain.id, kept.coming.id) if isinstance(kept, Kept) else None
    return (fault for fault in found if last is None or fault.number <= last or fault.kind == "words")
