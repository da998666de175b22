"""The concerns' rows (clause 4): sealed, and told of by events that say neither who nor what.

The chain tells that there is a concern, and when it moved: its events come from nobody, name the concern and hold its
row's seal. So a row that was written, changed, set back or taken away by hand shows. They are shown to whoever keeps the
record, and to nobody else (publisher/logbook.py): beside the hold of an item they would tell what that is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from publisher import references
from publisher.clearance import Seal
from publisher.erased import ERASED, ERASED_WORDS
from publisher.moves import Transaction
from publisher.queue import Queue
from publisher.sealed import Found, Kind, Sealed
from publisher.tables import ConcernRow, EventRow
from publisher.via import coming_via

_concerns, _events = ConcernRow.__table__, EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

IN_CONFIDENCE = "(in confidence)"
"""Stands in the events of concerns for whoever raises or has one, and for the door by which they came."""
RAISED, CHANGED, CLOSED = "concern raised", "concern changed", "concern closed"


def wiped(_row: ConcernRow) -> Mapping[str, Any]:
    """Who raised it, where it went and when it was closed stays."""
    return {"words": ERASED_WORDS, "outcome": ERASED_WORDS, "person": "", "barred": [], "steps": []}


KIND = Kind(
    ConcernRow,
    "concern",
    ("id",),
    (RAISED, CHANGED, CLOSED),
    "The concern {}",
    beside=("erased_at",),
    wiped=wiped,
)
"""Where a hand was in it, its number is told, and nothing of what it is about."""


class Standing(StrEnum):
    """How a concern stands."""

    OPEN = "open"
    CLOSED = "closed"
    ERASED = "erased"
    BY_HAND = "changed by hand"
    GONE = "taken away by hand"


class Drawer:
    """Where concerns are kept. Who may look into it is its caller's to know."""

    def __init__(self, queue: Queue, seal: Seal, now: Callable[[], datetime]) -> None:
        self._queue, self._rows, self._now = queue, Sealed(KIND, seal), now

    def free_id(self) -> str:
        """An id that no concern has, or ever had."""
        return f"c-{references.free(self._is_taken)}"

    def _is_taken(self, drawn: str) -> bool:
        with self._queue.reading() as connection:
            known = select(_events.c.id).where(_events.c.subject == f"c-{drawn}")
            return connection.execute(known).first() is not None

    def put(self, row: ConcernRow) -> None:
        """A new concern, sealed."""
        with self._queue.writing() as connection, coming_via(IN_CONFIDENCE):
            self._rows.store(connection, row, row.raised_at, IN_CONFIDENCE, RAISED)

    def change(
        self, connection: Transaction, row: ConcernRow, action: str, changes: Mapping[str, Any]
    ) -> None:
        """Changes a concern in the caller's transaction, if it is still as `row` says. Raises IllegalMove."""
        before = row.seal
        for name, value in changes.items():
            setattr(row, name, value)
        with coming_via(IN_CONFIDENCE):
            self._rows.store(connection, row, self._now(), IN_CONFIDENCE, action, since=before)

    def rows(self, concern_id: str | None = None) -> list[tuple[ConcernRow, Standing]]:
        """Every concern, or one, with how it stands; oldest first."""
        where: list[ColumnElement[bool]] = [] if concern_id is None else [_concerns.c.id == concern_id]
        with self._queue.reading() as connection:
            found = self._rows.read(connection, *where, order=[_concerns.c.raised_at, _concerns.c.id])
        return [(one.row, _standing(one)) for one in found]

    def gone(self) -> list[str]:
        """The ids of those that the chain tells of, and that are not here any more."""
        with self._queue.reading() as connection:
            return self._rows.gone(connection)


def _standing(found: Found[ConcernRow]) -> Standing:
    if not found.whole:
        return Standing.BY_HAND
    return Standing.ERASED if found.row.erased_at else Standing(found.row.state)


def tells_of_one() -> ColumnElement[bool]:
    """Of an event: whether it tells of a concern, its erasure too (publisher/disposal.py)."""
    erasure = and_(_events.c.action == ERASED, func.coalesce(_events.c.subject, "").startswith("concern "))
    return or_(_events.c.action.in_(KIND.tells), erasure)
