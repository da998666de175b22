"""Retention: what is due by the council's schedule is erased, once a day or when the director says so (UK GDPR article 5(1)(e)).

Nothing that a hold names is touched. Each thing that is erased has its event, and each run has one with its counts.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from publisher.config import Config
from publisher.disposal import Kind, Thing
from publisher.erasing import Erasing
from publisher.errors import OutsideFailed, PublisherError
from publisher.holds import Held, Holds
from publisher.queue import Queue
from publisher.record import append
from publisher.refusals import recorded
from publisher.register import Role
from publisher.schedule import RecordClass, schedule
from publisher.stored_row import UNREADABLE
from publisher.tables import EventRow
from publisher.times import local

log = logging.getLogger("publisher.retention")

_events = EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

RUN = "retention"
"""The action of the event of one run; its subject names the classes of which something could not be erased."""
ACTOR = "scheduler"
RETRY = timedelta(hours=1)
"""After a daily run that failed: what a person has to mend is not mended within minutes."""
BATCH = 50
"""Things that are erased in one transaction: whoever releases meanwhile waits for no more than these."""
QUIET = timedelta(minutes=5)
"""Before something is due, nothing is erased by itself: to write the file anew holds every writer up for seconds."""
_FAILURES = (PublisherError, *UNREADABLE)
"""What keeps one class from being erased, and no other."""
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
        erasing: Erasing,
        now: Callable[[], datetime],
    ) -> None:
        self._config, self._queue, self._holds = config, queue, holds
        self._kinds, self._erasing, self._now = kinds, erasing, now
        self._failed_at: datetime | None = None
        self._classes = schedule(config.retention)

    def report(self) -> list[Due]:
        """Every class with what would be erased now, and what is kept back by a hold, with the hold's reference."""
        now = self._now()
        with self._queue.reading() as connection:
            held = self._holds.held(connection)
            return [self._due(connection, one, now, held) for one in self._classes.values()]

    def apply(self, *, officer: str) -> Mapping[str, int]:
        """Erases what is due, as a director says; how much of each class.

        Raises NotDesignated, Refused (the record is not whole), and where something could not be erased the first such
        error, once all else is. A no is recorded.
        """

        def may() -> None:
            self._holds.demand_keeper(officer, (Role.DIRECTOR,))

        with recorded(self._queue, self._now(), officer, "erase what is due"):
            may()
            return self._run(officer, may)

    def daily(self) -> Mapping[str, int] | None:
        """Erases what is due, where that was not done yet today. None where it was, or now is no time for it.

        Raises as `apply` does, and is tried again after RETRY then.
        """
        now = self._now()
        if self._failed_at is not None and abs(now - self._failed_at) < RETRY:
            return None
        soon = self._queue.next_due(now)
        if soon is not None and soon - now < QUIET:
            return None
        with self._queue.reading() as connection:
            last = connection.execute(select(_events.c.at).order_by(_events.c.id.desc()).limit(1)).scalar()
            whole = (_events.c.action == RUN, _events.c.subject.is_(None))
            runs = select(_events.c.at).where(*whole).order_by(_events.c.id.desc())
            run = connection.execute(runs.limit(1)).scalar()
            unscrubbed = self._erasing.is_unscrubbed(connection)
        done = run is not None and self._day(run) >= self._day(now)
        if last is None or (done and not unscrubbed):
            return None
        if now - last > SILENCE or last - now > SILENCE:
            log.error(
                "nothing is erased: the last thing in the record is of %s, and the clock says %s. If it is right, "
                "a director runs `publisher audit retention --apply`.", last, now,
            )  # fmt: skip
            return None
        self._failed_at = now  # until it is done
        erased = self._scrub(ACTOR) if done else self._run(ACTOR, lambda: None)
        self._failed_at = None
        return erased

    def _scrub(self, actor: str) -> Mapping[str, int]:
        self._erasing.write_anew(actor)
        return {}

    def _day(self, moment: datetime) -> date:
        return local(moment, self._config.council.timezone).date()

    def _run(self, actor: str, may: Callable[[], None]) -> Mapping[str, int]:
        """Each class for itself: what cannot be erased keeps nothing of another class. Raises Refused: the record is not whole.

        `may` raises NotDesignated where the actor may not; it is asked in each transaction.
        """
        self._erasing.demand_whole()
        done: Counter[str] = Counter()
        failed: dict[str, PublisherError] = {}
        for name in self._kinds:
            try:
                for count in self._erase_all(self._classes[name], actor, may):
                    done[name] += count
            except _FAILURES as error:
                words = "not all that is due of the class %s could be erased: %s"
                log.warning(words, name, error, exc_info=_bug(error))
                failed[name] = _told(name, error)
        counts = {name: count for name, count in done.items() if count}
        self._tell(actor, counts, sorted(failed))
        self._erasing.write_anew(actor)
        if failed:
            raise next(iter(failed.values()))
        return counts

    def _tell(self, actor: str, counts: Mapping[str, int], failed: Sequence[str]) -> None:
        detail = {**counts, **({"failed": failed} if failed else {})}
        with self._queue.writing() as connection:
            append(
                connection, self._now(), actor, RUN, subject=",".join(failed) or None,
                move=("", str(sum(counts.values()))), detail=detail,
            )  # fmt: skip

    def _erase_all(self, kept: RecordClass, actor: str, may: Callable[[], None]) -> Iterator[int]:
        """What is due is looked for without the writers' lock; how much of it is erased, some at a time."""
        with self._queue.reading() as connection:
            due = self._due(connection, kept, self._now(), self._holds.held(connection)).due
        for start in range(0, len(due), BATCH):
            count, pictures = self._erase_some(kept, due[start : start + BATCH], actor, may)
            yield count
            self._erasing.drop(pictures)

    def _erase_some(
        self, kept: RecordClass, chosen: Sequence[Thing], actor: str, may: Callable[[], None]
    ) -> tuple[int, set[str]]:
        """What of it is still due and free is asked inside the transaction: a hold that was placed just now counts."""
        now, pictures = self._now(), set[str]()
        with self._queue.writing() as connection:
            may()
            found = self._due(connection, kept, now, self._holds.held(connection), chosen).due
            for thing in found:
                pictures |= set(self._kinds[kept.name].erase(connection, thing, actor, now))
        return len(found), pictures

    def _due(
        self,
        connection: Connection,
        kept: RecordClass,
        now: datetime,
        held: Held,
        among: Collection[Thing] | None = None,
    ) -> Due:
        before, kind = kept.due_before(now), self._kinds.get(kept.name)
        things = kind.due(connection, before, among) if kind is not None and before is not None else []
        holds = [(thing, held.by(thing.item_id)) for thing in things]
        return Due(
            kept,
            tuple(thing for thing, hold in holds if hold is None),
            tuple((thing, hold.reference) for thing, hold in holds if hold is not None),
        )


def _told(name: str, error: Exception) -> PublisherError:
    """What somebody can do about a class of which not all could be erased."""
    if isinstance(error, PublisherError):
        return error
    return OutsideFailed(
        f"not all that is due of the class {name} could be erased: something there cannot be read, as if a hand had written it",
        way_out="`publisher audit verify` and `publisher doctor` may name it; the program's log says more.",
    )


def _bug(error: Exception) -> Exception | None:
    """What is told with its traceback: it may be a bug of ours."""
    return None if isinstance(error, PublisherError) else error


def run_quietly(retention: Retention) -> None:
    """The daily run, for the daemon: what fails is logged, and tried again an hour later (RETRY)."""
    try:
        done = retention.daily()
    except _FAILURES as error:
        log.error("what is due could not be erased: %s", error, exc_info=_bug(error))  # noqa: TRY400  # told when a bug
    else:
        if done is not None:
            log.info(
                "retention: %s", ", ".join(f"{count} {name}" for name, count in done.items()) or "nothing due"
            )
