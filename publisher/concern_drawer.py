"""The concerns' rows (clause 4): sealed, and told of by events that say neither who nor what.

The chain tells that there is a concern, and when it moved: its events come from nobody, name the concern and hold its
row's seal. So a row that was written, changed, set back or taken away by hand shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from publisher import references
from publisher.clearance import Seal
from publisher.erased import ERASED
from publisher.errors import IllegalMove
from publisher.queue import Queue, Transaction
from publisher.record import append
from publisher.tables import ConcernRow, EventRow
from publisher.via import coming_via

_concerns, _events = ConcernRow.__table__, EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

IN_CONFIDENCE = "(in confidence)"
"""Stands in the record for whoever raises or has a concern, and for the door by which they came."""
RAISED, CHANGED, CLOSED = "concern raised", "concern changed", "concern closed"
_ACTIONS = (RAISED, CHANGED, CLOSED)


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
        self._queue, self._seal, self._now = queue, seal, now

    def free_id(self) -> str:
        """An id that no concern has, or ever had."""
        return f"c-{references.free(self._is_taken)}"

    def _is_taken(self, drawn: str) -> bool:
        with self._queue.reading() as connection:
            known = select(_events.c.id).where(_events.c.subject == f"c-{drawn}")
            return connection.execute(known).first() is not None

    def put(self, row: ConcernRow) -> None:
        """A new concern, sealed."""
        row.seal = self._sealed(row)
        with self._queue.writing() as connection, coming_via(IN_CONFIDENCE):
            connection.execute(insert(_concerns), row.model_dump())
            append(connection, row.raised_at, IN_CONFIDENCE, RAISED, subject=row.id, move=("", row.seal))

    def change(
        self, connection: Transaction, row: ConcernRow, action: str, changes: Mapping[str, Any]
    ) -> None:
        """Changes a concern in the caller's transaction, if it is still as `row` says. Raises IllegalMove."""
        before = row.seal
        for name, value in changes.items():
            setattr(row, name, value)
        row.seal = self._sealed(row)
        where = (_concerns.c.id == row.id, _concerns.c.seal == before)
        with coming_via(IN_CONFIDENCE):
            if connection.execute(update(_concerns).where(*where), row.model_dump()).rowcount != 1:
                raise IllegalMove(f"{row.id} was changed in the meantime", way_out="Look at it again.")
            now, move = self._now(), (before, row.seal)
            append(connection, now, IN_CONFIDENCE, action, subject=row.id, move=move)

    def rows(self, concern_id: str | None = None) -> list[tuple[ConcernRow, Standing]]:
        """Every concern, or one, with how it stands; oldest first.

        In one statement, so that nobody's change comes between a row and the event that tells of it.
        """
        told = select(_events.c.after).where(
            _events.c.subject == _concerns.c.id, _events.c.action.in_(_ACTIONS)
        )
        last = told.order_by(_events.c.id.desc()).limit(1).scalar_subquery()
        wiped = select(_events.c.id).where(
            _events.c.action == ERASED, _events.c.subject == "concern " + _concerns.c.id
        )
        query = select(_concerns, last.label("told"), wiped.exists().label("wiped"))
        where: list[ColumnElement[bool]] = [] if concern_id is None else [_concerns.c.id == concern_id]
        with self._queue.reading() as connection:
            found = connection.execute(query.where(*where).order_by(_concerns.c.raised_at, _concerns.c.id))
            rows = [dict(one._mapping) for one in found]
        read = [(one.pop("told"), one.pop("wiped"), ConcernRow(**one)) for one in rows]
        return [(row, self._standing(row, told, wiped=wiped)) for told, wiped, row in read]

    def _standing(self, row: ConcernRow, told: str | None, *, wiped: bool) -> Standing:
        if wiped and row.erased_at and row.closed_at:
            return Standing.ERASED
        if row.erased_at or row.seal != told or not self._seal.signed(row.seal, "concern", _values(row)):
            return Standing.BY_HAND
        return Standing(row.state)

    def gone(self) -> list[str]:
        """The ids of those that the chain tells of, and that are not here any more."""
        here = select(_concerns.c.id).scalar_subquery()
        query = select(_events.c.subject).where(_events.c.action == RAISED, _events.c.subject.not_in(here))
        with self._queue.reading() as connection:
            return list(connection.execute(query).scalars())

    def _sealed(self, row: ConcernRow) -> str:
        return self._seal.sign("concern", _values(row))


def _values(row: ConcernRow) -> list[object]:
    moments = [
        moment.astimezone(UTC).isoformat() if moment else None for moment in (row.raised_at, row.closed_at)
    ]
    return [
        row.id, row.raised_by, row.item_id, row.person, row.words, row.routed_to, row.state, row.steps, row.outcome,
        row.closed_by, *moments,
    ]  # fmt: skip
