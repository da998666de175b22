"""The record: whether it is whole, signed lately, and in step with the clock; and whether what is due was erased."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from publisher import right_key
from publisher.doctor.check import Check, attention, good, wrong
from publisher.retention import RUN
from publisher.tables import EventRow
from publisher.times import CLOCK_SLACK
from publisher.verifying import WAY_OUT, in_short

if TYPE_CHECKING:
    from publisher.app import App

_events = EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

LATE = timedelta(days=3)
"""The daemon signs the record, and erases what is due, once a day: after three, a weekend's stop does not explain it."""
_LOG = "The daemon does it once a day; its log says why it did not."


def whole(app: App) -> Iterator[Check]:
    """The chain, its end in the file beside the database, its checkpoints, and the rows that it tells of."""
    right_key.demand(app.register, app.end_file)
    report = app.verifier.verify()
    if report.whole:
        accepted = len(report.accepted)
        but = (
            f", but for what a director accepted ({accepted}; `publisher audit verify` names it)"
            if accepted
            else ""
        )
        yield good("record", f"it is whole{but}; events: {report.events}, checkpoints: {report.checkpoints}")
        return
    yield wrong("record", f"it is not whole: {in_short(report.faults)}", WAY_OUT)


def checkpoints(app: App) -> Iterator[Check]:
    """The record was signed since it last grew, or not long ago; and the file of that is where it should be."""
    last, file = app.checkpoints.last(), app.checkpoints.file
    since = _first_after(app, last.event if last else 0)
    if last and not file.exists():
        yield wrong(
            "checkpoints", f"the file {file} is gone: only the database still holds what was signed",
            "Put it back from where copies of it are kept; `publisher audit checkpoint` makes a new one.",
        )  # fmt: skip
    elif since and app.now() - since > LATE:
        words = f"what happened since {_day(since)} is not signed"
        yield attention("checkpoints", words, f"`publisher audit checkpoint` signs it. {_LOG}")
    elif last:
        yield good("checkpoints", f"the newest is of {last.at[:10]}, in {file}")
    else:
        yield good("checkpoints", "none yet: the daemon makes one a day")


def retention(app: App) -> Iterator[Check]:
    """What is due was erased within the last days, and all of it."""
    last, begun = _last(app, _events.c.action == RUN), _first_after(app, 0)
    failed = str(last.subject or "") if last else ""
    ran = last.at if last else begun
    if failed:
        words = f"the last run, of {_day(ran)}, could not erase all that is due of: {failed}"
        yield wrong("retention", words, "`publisher audit retention` shows what is due; the daemon's log says why.")  # fmt: skip
    elif ran and app.now() - ran > LATE:
        words = f"what is due was last erased on {_day(ran)}" if last else "what is due was never erased"
        yield attention("retention", words, f"{_LOG} A director can: `publisher audit retention --apply`.")
    else:
        yield good("retention", f"last done on {_day(ran)}" if last else "not due yet: the daemon does it once a day")  # fmt: skip


def clock(app: App) -> Iterator[Check]:
    """A clock that is behind the record would release late, and write what cannot be."""
    last = _last(app)
    if last and last.at - app.now() > CLOCK_SLACK:
        words = f"this machine says {_moment(app.now())}, but the record's last event is of {_moment(last.at)} (UTC)"
        yield wrong("clock", words, "Set the clock right (`timedatectl`) before anything is released.")
    else:
        yield good("clock", "it is not behind the record")


def _last(app: App, *where: Any) -> Any:
    """The last event that meets `where`; None where there is none."""
    query = select(_events.c.at, _events.c.subject).where(*where).order_by(_events.c.id.desc()).limit(1)
    with app.queue.reading() as connection:
        return connection.execute(query).first()


def _first_after(app: App, number: int) -> datetime | None:
    """When the first event after that number happened; None where nothing did."""
    query = select(_events.c.at).where(_events.c.id > number).order_by(_events.c.id).limit(1)
    with app.queue.reading() as connection:
        return connection.execute(query).scalar()


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
