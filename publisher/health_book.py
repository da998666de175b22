"""What was found when the channels' platforms were last asked, kept to be shown. It decides nothing: a hand may have been in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from publisher.channels import Identity
from publisher.health import Look
from publisher.model import Judgement, Outcome
from publisher.queue import Queue
from publisher.stored_row import as_they_lie, read, read_in_part
from publisher.tables import HealthRow

_health = HealthRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

TOLD_AGAIN = timedelta(days=1)
"""While something holds, it is told once a day."""


class HealthBook:
    """One row for each channel, in the queue's database."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def looks(self) -> dict[str, Look]:
        """The last look at each channel, with what can be read of it."""
        with self._queue.reading() as connection:
            found = [dict(row._mapping) for row in connection.execute(select(*as_they_lie(_health)))]
        return {row.channel: _look(row) for row in map(_row, found)}

    def keep(self, look: Look) -> None:
        """The newest look takes the place of the one before; when the account was last proved stays known."""
        values = _values(look)
        with self._queue.writing() as connection:
            same = _health.c.channel == look.channel
            if connection.execute(update(_health).where(same), values).rowcount == 0:
                connection.execute(insert(_health), {"proved_at": None} | values | {"warned": {}})

    def told(self, channel: str) -> set[str]:
        """The causes that people were told of, and that were not over when that was last looked at."""
        with self._queue.reading() as connection:
            lies = connection.execute(
                select(*as_they_lie(_health)).where(_health.c.channel == channel)
            ).first()
        return set(_moments(_row(lies._mapping).warned)) if lies else set()

    def to_tell(self, channel: str, causes: Collection[str], now: datetime) -> list[str]:
        """Those of the causes that nobody was told of within a day; they count as told from now on. One that went is forgotten.

        A moment to come was written by a hand, or by a clock that was wrong: it counts as none.
        """
        with self._queue.writing() as connection:
            same = _health.c.channel == channel
            lies = connection.execute(select(*as_they_lie(_health)).where(same)).first()
            warned = _moments(_row(lies._mapping).warned) if lies else {}
            due = [one for one in dict.fromkeys(causes) if not _is_late(warned.get(one), now)]
            kept = {one: now if one in due else warned[one] for one in causes}
            if due or kept.keys() != warned.keys():
                stamps = {one: moment.isoformat() for one, moment in kept.items()}
                connection.execute(update(_health).where(same), {"warned": stamps})
        return due


def _is_late(told: datetime | None, now: datetime) -> bool:
    return told is not None and timedelta() <= now - told < TOLD_AGAIN


def _moments(warned: object) -> dict[str, datetime]:
    found = {}
    for cause, stamp in warned.items() if isinstance(warned, dict) else ():
        try:
            moment = datetime.fromisoformat(stamp)
        except (TypeError, ValueError):
            continue
        if moment.tzinfo:
            found[cause] = moment
    return found


def _values(look: Look) -> dict[str, Any]:
    found, fault = look.found, look.fault
    values: dict[str, Any] = {
        "channel": look.channel, "checked_at": look.at, "account": found.account if found else "", "name": found.name if found else "",
        "outcome": fault.outcome.value if fault else "", "problem": fault.officer if fault else "",
        "engineer": fault.engineer if fault else "", "scopes": sorted(found.scopes) if found and found.scopes is not None else None,
        "ends_at": found.ends_at if found else None, "notes": list(found.notes) if found else [],
    }  # fmt: skip
    return values | ({"proved_at": look.proved_at} if look.proved_at else {})


def _row(lies: Mapping[Any, Any]) -> HealthRow:
    return read(HealthRow, lies) or read_in_part(HealthRow, lies)


def _look(row: HealthRow) -> Look:
    found = None
    if row.account:
        scopes = None if row.scopes is None else frozenset(_texts(row.scopes))
        found = Identity(row.account, row.name, scopes, row.ends_at, _texts(row.notes))
    return Look(row.channel, row.checked_at, found, _fault(row), row.proved_at)


def _texts(value: object) -> tuple[str, ...]:
    """JSON that a hand wrote may be of any shape."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _fault(row: HealthRow) -> Judgement | None:
    if not row.outcome:
        return None
    outcome = next((one for one in Outcome if one.value == row.outcome), Outcome.UNKNOWN)
    return Judgement(outcome, row.problem, row.engineer)
