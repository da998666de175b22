"""The editions of the written policy, which a director adopts: everybody on the register reads the one in force (clause 5c).

A row is sealed, and the event that tells of it holds its seal: one that was written, changed or set back by hand does
not count, and one that was taken away is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from publisher.clearance import Seal
from publisher.errors import InputError
from publisher.lookalikes import folded
from publisher.queue import Queue
from publisher.record import append
from publisher.tables import EditionRow, EventRow

_editions = EditionRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_events = EventRow.__table__  # type: ignore[attr-defined]  # as above

ADOPTED = "edition adopted"
"""The action of the event; a second one for the same edition gives it another day."""
BY_HAND = "was changed by hand in the database, and does not count"
NAME_MOST = 60
"""Characters of an edition's name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be read: the edition in force, those that come after it, and one that was changed by hand, if any was."""

    current: EditionRow | None
    coming: tuple[EditionRow, ...]
    broken: str = ""

    @property
    def ahead(self) -> list[EditionRow]:
        """The edition in force, and those to come, in order."""
        return [row for row in (self.current, *self.coming) if row]

    def is_read(self, edition: str) -> bool:
        """Whether who read `edition` has read the one in force: a later one stands for it."""
        return self.current is None or self.covers(edition, self.current)

    def covers(self, edition: str, wanted: EditionRow) -> bool:
        """Whether who read `edition` has read `wanted` or what comes after it."""
        return edition in {row.edition for row in self.ahead if row.in_force_from >= wanted.in_force_from}


class Editions:
    """The editions in the queue's database."""

    def __init__(self, queue: Queue, seal: Seal) -> None:
        self._queue, self._seal = queue, seal

    def adopt(self, connection: Connection, row: EditionRow) -> None:
        """Stores an edition, sealed; one that is there already gets another day. Who calls knows that a director decides.

        Raises InputError where another edition begins on that day, or its name reads like another's.
        """
        known = [other for _, other in self._told(connection) if other]
        _demand_single(row, known)
        row.seal = self._seal.sign("edition", _values(row))
        values = row.model_dump()
        same = update(_editions).where(_editions.c.edition == row.edition)
        if connection.execute(same, values).rowcount == 0:
            connection.execute(insert(_editions), values)
        append(
            connection, row.adopted_at, row.adopted_by, ADOPTED, subject=row.edition, move=("", row.seal),
            detail={"from": row.in_force_from.isoformat(), "reference": row.reference},
        )  # fmt: skip

    def all(self) -> list[tuple[EditionRow, bool]]:
        """Every edition that is stored, by its first day, and whether it counts. One statement, as in `_told`."""
        mine = (_events.c.subject == _editions.c.edition, _events.c.action == ADOPTED)
        told = select(_events.c.after).where(*mine).order_by(_events.c.id.desc()).limit(1).scalar_subquery()
        query = select(_editions, told.label("told")).order_by(_editions.c.in_force_from, _editions.c.edition)
        with self._queue.reading() as connection:
            rows = [dict(row._mapping) for row in connection.execute(query)]
        read = [(one.pop("told") or "", one) for one in rows]
        return [(EditionRow(**values), self._is_whole(told, values)) for told, values in read]

    def reading(self, today: date) -> Reading:
        """What is to be read on a day."""
        with self._queue.reading() as connection:
            return self._read(connection, today)

    def as_if(self, connection: Connection, row: EditionRow, today: date) -> Reading:
        """What would be to be read on a day, were `row` adopted. Raises InputError as `adopt` does; nothing is stored."""
        _demand_single(row, [other for _, other in self._told(connection) if other])
        return self._read(connection, today, row)

    def _read(self, connection: Connection, today: date, more: EditionRow | None = None) -> Reading:
        told = [(name, row) for name, row in self._told(connection) if more is None or name != more.edition]
        told += [(more.edition, more)] if more else []
        whole = sorted((row for _, row in told if row), key=lambda row: row.in_force_from)
        past = [row for row in whole if row.in_force_from <= today]
        coming = tuple(row for row in whole if row.in_force_from > today)
        broken = next((name for name, row in told if row is None), "")
        return Reading(past[-1] if past else None, coming, broken)

    def _told(self, connection: Connection) -> Iterator[tuple[str, EditionRow | None]]:
        """Each edition that the record tells of, with its row; without one where that is gone, or not as it was left.

        One statement, so that nobody's adoption comes between the events and the rows.
        """
        query = (
            select(_events.c.subject, _events.c.after, _editions)
            .outerjoin(_editions, _editions.c.edition == _events.c.subject)
            .where(_events.c.action == ADOPTED)
            .order_by(_events.c.id)
        )
        last = {row.subject: row for row in connection.execute(query)}
        for subject, found in last.items():
            values = {name: found._mapping[name] for name in EditionRow.model_fields}
            yield subject, EditionRow(**values) if self._is_whole(found.after, values) else None

    def _is_whole(self, told: str, values: Mapping[str, Any]) -> bool:
        if values["edition"] is None or told != values["seal"]:
            return False
        return self._seal.signed(told, "edition", _values(EditionRow(**values)))


def _values(row: EditionRow) -> Sequence[str]:
    adopted_at = row.adopted_at.astimezone(UTC).isoformat()
    return (row.edition, row.in_force_from.isoformat(), row.reference, row.adopted_by, adopted_at)


def _demand_single(row: EditionRow, known: Sequence[EditionRow]) -> None:
    for other in known:
        if other.edition == row.edition:
            continue
        if folded(other.edition) == folded(row.edition):
            raise InputError(
                f"{row.edition!r} reads like {other.edition!r}, which is there already", field="edition",
                way_out="Write it the same to give that one another day, or choose another name.",
            )  # fmt: skip
        if other.in_force_from == row.in_force_from:
            raise InputError(
                f"{other.edition!r} is in force from that day", field="from", way_out="Choose another day."
            )
