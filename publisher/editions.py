"""The editions of the written policy, which a director adopts: everybody on the register reads the one in force (clause 5c).

One that a hand wrote, changed or set back in the database does not count, and one that it took away is missed
(publisher/sealed.py); it stops nobody where the record proves that it is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from sqlalchemy import Connection, select

from publisher.chain import Link, links
from publisher.clearance import Seal
from publisher.errors import InputError
from publisher.lookalikes import folded
from publisher.queue import Queue
from publisher.sealed import Kind, Sealed
from publisher.tables import EditionRow, EventRow

_editions, _events = EditionRow.__table__, EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

ADOPTED, WITHDRAWN = "edition adopted", "edition withdrawn"
"""The actions of its events; a second adoption of the same edition gives it another day."""
KIND = Kind(EditionRow, "edition", ("edition",), (ADOPTED,), "Edition {} of the policy", ends=(WITHDRAWN,))
BY_HAND = (
    "was changed by hand in the database, and does not count: a director adopts it again with `publisher policy adopt NAME`, "
    "or takes it away with `publisher policy withdraw-edition NAME`"
)
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
        self._queue, self._rows = queue, Sealed(KIND, seal)

    def adopt(self, connection: Connection, row: EditionRow) -> None:
        """Stores an edition, sealed; one that is there already gets another day. Who calls knows that a director decides.

        Raises InputError where another edition begins on that day, or its name reads like another's, or like that of one that
        was withdrawn: who had confirmed that would not be asked.
        """
        self._demand_free(connection, row)
        detail = {"from": row.in_force_from.isoformat(), "reference": row.reference}
        self._rows.store(connection, row, row.adopted_at, row.adopted_by, ADOPTED, detail=detail)

    def withdraw(
        self, connection: Connection, edition: str, *, actor: str, now: datetime, reason: str
    ) -> None:
        """Takes an edition away that was adopted by mistake. That somebody confirmed it stays on record. Raises InputError."""
        key = {"edition": self._known(connection, edition)}
        self._rows.take_away(connection, key, now, actor, WITHDRAWN, detail={"reason": reason})

    def all(self) -> list[tuple[EditionRow, bool]]:
        """Every edition that is stored, by its first day, and whether it counts."""
        order = [_editions.c.in_force_from, _editions.c.edition]
        with self._queue.reading() as connection:
            return [(one.row, one.whole) for one in self._rows.read(connection, order=order)]

    def reading(self, today: date) -> Reading:
        """What is to be read on a day."""
        with self._queue.reading() as connection:
            return self._read(connection, today)

    def as_if(self, connection: Connection, row: EditionRow, today: date) -> Reading:
        """What would be to be read on a day, were `row` adopted. Raises InputError as `adopt` does; nothing is stored."""
        self._demand_free(connection, row)
        return self._read(connection, today, without=row.edition, more=[row])

    def as_if_without(self, connection: Connection, edition: str, today: date) -> Reading:
        """The same, were an edition withdrawn. Raises InputError where there is none."""
        return self._read(connection, today, without=self._known(connection, edition))

    def _read(
        self, connection: Connection, today: date, without: str = "", more: Sequence[EditionRow] = ()
    ) -> Reading:
        found = [one for one in self._rows.read(connection) if one.row.edition != without]
        whole = sorted([*(one.row for one in found if one.whole), *more], key=lambda row: row.in_force_from)
        past = [row for row in whole if row.in_force_from <= today]
        coming = tuple(row for row in whole if row.in_force_from > today)
        current = past[-1] if past else None
        changed = (one.row.edition for one in found if not one.whole and one.was_left)
        gone = (name for name in self._rows.gone(connection) if name != without)
        broken = (name for name in chain(changed, gone) if not self._is_over(connection, name, current))
        return Reading(current, coming, next(broken, ""))

    def _is_over(self, connection: Connection, edition: str, current: EditionRow | None) -> bool:
        """Whether the record proves that an edition began before the one in force: its event's seal is that of a row which did."""
        if current is None:
            return False
        told = list(links(connection, _events.c.subject == edition, _events.c.action == ADOPTED))[-1:]
        row = next(map(_as_told, told), None)
        return (
            row is not None
            and self._rows.was_sealed(row, told[0].after)
            and row.in_force_from < current.in_force_from
        )

    def _demand_free(self, connection: Connection, row: EditionRow) -> None:
        _demand_single(row, [one.row for one in self._rows.read(connection) if one.whole])
        withdrawn = select(_events.c.subject).where(_events.c.action == WITHDRAWN)
        for name in map(str, connection.execute(withdrawn).scalars()):
            if folded(name) == folded(row.edition):
                raise InputError(
                    f"an edition {name!r} was withdrawn: who confirmed that one would not be asked to read this one",
                    field="edition", way_out=f"Choose another name, such as '{row.edition[: NAME_MOST - 2]}b'.",
                )  # fmt: skip

    def _known(self, connection: Connection, edition: str) -> str:
        """The name of an edition, also of one that a hand changed or took away. Raises InputError."""
        known = {*(one.row.edition for one in self._rows.read(connection)), *self._rows.gone(connection)}
        if (name := " ".join(edition.split())) in known:
            return name
        raise InputError(
            f"there is no edition {edition!r} of the policy", field="edition", way_out="`publisher policy editions` shows all."
        )  # fmt: skip


def _as_told(link: Link) -> EditionRow | None:
    """The edition that an event tells was adopted; None where its words are gone, or are no such words."""
    words = link.words()
    try:
        return EditionRow(
            edition=str(link.subject), in_force_from=date.fromisoformat(words["from"]), reference=words["reference"],
            adopted_by=link.actor, adopted_at=datetime.fromisoformat(link.at),
        )  # fmt: skip
    except (LookupError, TypeError, ValueError):
        return None


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
