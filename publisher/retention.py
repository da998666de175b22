"""Retention: what is due by the council's schedule is erased, once a day or when the director says so (UK GDPR article 5(1)(e)).

Nothing that a hold names is touched. Each thing that is erased has its event, and each run has one with its counts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from publisher.config import Config
from publisher.disposal import Kind, Thing
from publisher.erasing import scrub
from publisher.errors import PublisherError
from publisher.holds import Held, Holds
from publisher.queue import Queue, Transaction
from publisher.record import append
from publisher.register import Role
from publisher.schedule import RecordClass, schedule
from publisher.tables import EventRow
from publisher.times import local

log = logging.getLogger("publisher.retention")

_events = EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

RUN = "retention"
"""The action of the event of one run."""
ACTOR = "scheduler"
BATCH = 50
"""Things that are erased in one transaction: whoever releases meanwhile waits for no more than these."""
QUIET = timedelta(minutes=5)
"""Before something is due, nothing is erased by itself: to write the file anew holds every writer up for seconds."""
SILENCE = timedelta(days=31)
"""After so long without a word in the record, the clock may be wrong: then a person says that it is not."""


@dataclass(frozen=True, slots=True)
class Due:
    """A class of record with what of it is due, and what of that is held."""

    kept: RecordClass
    due: tuple[Thing, ...]
    held: tuple[tuple[Thing, str], ...]


class Retention:
    """Erases what is due."""

    def __init__(
        self,
        config: Config,
        queue: Queue,
        holds: Holds,
        kinds: Mapping[str, Kind],
        now: Callable[[], datetime],
    ) -> None:
        self._config, self._queue, self._holds = config, queue, holds
        self._kinds, self._now = kinds, now
        self._classes = schedule(config.retention)

    def report(self) -> list[Due]:
        """Every class with what would be erased now, and what is kept back by a hold, with the hold's reference."""
        now = self._now()
        with self._queue.reading() as connection:
            held = self._holds.held(connection)
            return [self._due(connection, one, now, held) for one in self._classes.values()]

    def apply(self, *, officer: str) -> Mapping[str, int]:
        """Erases what is due, as a director says; how much of each class. Raises NotDesignated."""
        self._holds.demand_keeper(officer, "erase what is due", (Role.DIRECTOR,))
        return self._run(officer)

    def daily(self) -> Mapping[str, int] | None:
        """Erases what is due, where that was not done yet today. None where it was, or now is no time for it."""
        now = self._now()
        soon = self._queue.next_due(now)
        if soon is not None and soon - now < QUIET:
            return None
        with self._queue.reading() as connection:
            last = connection.execute(select(_events.c.at).order_by(_events.c.id.desc()).limit(1)).scalar()
            runs = select(_events.c.at).where(_events.c.action == RUN).order_by(_events.c.id.desc())
            run = connection.execute(runs.limit(1)).scalar()
        if last is None or (run is not None and self._day(run) >= self._day(now)):
            return None
        if now - last > SILENCE or last - now > SILENCE:
            log.error(
                "nothing is erased: the last thing in the record is of %s, and the clock says %s. If it is right, "
                "a director runs `publisher audit retention --apply`.", last, now,
            )  # fmt: skip
            return None
        return self._run(ACTOR)

    def _day(self, moment: datetime) -> date:
        return local(moment, self._config.council.timezone).date()

    def _run(self, actor: str) -> Mapping[str, int]:
        counts = {name: self._erase_all(self._classes[name], actor) for name in self._kinds}
        done = {name: count for name, count in counts.items() if count}
        with self._queue.writing() as connection:
            append(connection, self._now(), actor, RUN, move=("", str(sum(done.values()))), detail=done)
        if done or actor != ACTOR:
            scrub(self._queue)
        return done

    def _erase_all(self, kept: RecordClass, actor: str) -> int:
        count = 0
        while erased := self._erase_some(kept, actor):
            count += erased
        return count

    def _erase_some(self, kept: RecordClass, actor: str) -> int:
        """What is due and held is asked inside the transaction: a hold that was placed just now counts."""
        now = self._now()
        with self._queue.writing() as connection:
            found = self._due(connection, kept, now, self._holds.held(connection))
            for thing in found.due[:BATCH]:
                self._kinds[kept.name].erase(connection, thing, actor, now)
        return len(found.due[:BATCH])

    def _due(self, connection: Transaction, kept: RecordClass, now: datetime, held: Held) -> Due:
        before, kind = kept.due_before(now), self._kinds.get(kept.name)
        things = kind.due(connection, before) if kind is not None and before is not None else []
        holds = [(thing, held.by(thing.item_id)) for thing in things]
        return Due(
            kept,
            tuple(thing for thing, hold in holds if hold is None),
            tuple((thing, hold.reference) for thing, hold in holds if hold is not None),
        )


def run_quietly(retention: Retention) -> None:
    """The daily run, for the daemon: what fails is logged, and tried again the next day."""
    try:
        done = retention.daily()
    except PublisherError:
        log.exception("what is due could not be erased")
    else:
        if done is not None:
            log.info(
                "retention: %s", ", ".join(f"{count} {name}" for name, count in done.items()) or "nothing due"
            )
