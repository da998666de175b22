"""The records that people agreed to be shown, or of another basis: a reference and an end, and no names (clause 5d).

UK GDPR article 7(3): consent may be withdrawn at any time. What names a withdrawn or ended record does not go. One that was
written or changed by hand in the database counts as withdrawn, and so does one that was taken away, or set back to how it
was before its withdrawal (publisher/sealed.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, get_args

from sqlalchemy import ColumnElement, func, or_, select

from publisher.as_stored import read_row, rows
from publisher.clearance import Seal
from publisher.config import Config
from publisher.errors import InputError, NotFound
from publisher.freetext import line
from publisher.item import Basis, Item
from publisher.model import ItemState
from publisher.policy import Consent
from publisher.queue import Queue
from publisher.refusals import recorded
from publisher.register import Register, Role
from publisher.sealed import Found, Kind, Sealed
from publisher.tables import ConsentRow, EventRow, ItemRow
from publisher.times import local

_consents = ConsentRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_items, _events = ItemRow.__table__, EventRow.__table__  # type: ignore[attr-defined]  # as above

MAX_REFERENCE = 200
"""Characters of a reference: it is the number of a form, not the form."""
ADDED, WITHDRAWN, SEALED = "consent added", "consent withdrawn", "consent sealed"
"""The actions of the events that tell of a record; the last is of the upgrade of those from before the record was a chain."""
KIND = Kind(ConsentRow, "consent", ("reference",), (ADDED, WITHDRAWN, SEALED), "The consent {}")
BY_HAND = "(changed by hand)"
"""Stands for who withdrew a record that is not as an officer left it."""
_OUT = frozenset({ItemState.PUBLISHED, ItemState.PART_PUBLISHED, ItemState.RELEASING})
_OFF = frozenset({ItemState.WITHDRAWING, ItemState.WITHDRAWN, ItemState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a withdrawal reaches: items that do not go any more, and those that are out, which `publisher withdraw` takes down.

    `unjudged`: those of which nobody could tell yet; each is judged again at its moment.
    """

    consent: ConsentRow
    held: tuple[ItemRow, ...]
    out: tuple[ItemRow, ...]
    unjudged: tuple[ItemRow, ...] = ()


class Consents:
    """The consents in the queue's database. Only designated officers change them."""

    def __init__(
        self, config: Config, queue: Queue, register: Register, seal: Seal, now: Callable[[], datetime]
    ) -> None:
        self._config, self._queue, self._register = config, queue, register
        self._rows, self._now = Sealed(KIND, seal), now

    def add(self, reference: str, basis: str, expires_on: date | None, officer: str) -> ConsentRow:
        """Records a consent or other basis. Raises InputError (wrong, or there already) and NotDesignated."""
        now, today = self._now(), self._today()
        if expires_on is not None and expires_on < today:
            raise InputError(
                f"{expires_on} has passed", field="expires", way_out="Give the day on which it ends."
            )
        row = ConsentRow(
            reference=line(reference, "reference", MAX_REFERENCE), basis=_ground(basis),
            expires_on=expires_on, recorded_by=officer, recorded_at=now,
        )  # fmt: skip
        with recorded(self._queue, now, officer, "consent"), self._queue.writing() as connection:
            self._register.demand(officer, Role.OFFICER, Role.DIRECTOR, today=self._today())
            self._demand_new(row.reference)
            self._rows.store(connection, row, now, officer, ADDED)
        return row

    def _demand_new(self, reference: str) -> None:
        """Two records whose references an eye reads as one could not be told apart when one is withdrawn."""
        if self._written(reference) or WITHDRAWN in self._told(reference):
            raise _recorded_already(reference)

    def withdraw(self, reference: str, officer: str) -> Withdrawn:
        """Withdraws a consent, at once and for good. Raises InputError (none, or withdrawn) and NotDesignated."""
        now = self._now()
        with recorded(self._queue, now, officer, "consent"), self._queue.writing() as connection:
            self._register.demand(officer, Role.OFFICER, Role.DIRECTOR, today=self._today())
            row = self._one(reference)
            if row.withdrawn_at is not None and row.withdrawn_by != BY_HAND:
                raise InputError(f"{row.reference!r} was withdrawn already", field="reference")
            row.withdrawn_at, row.withdrawn_by = now, officer
            self._rows.store(connection, row, now, officer, WITHDRAWN)
        naming = self._naming(row.reference)
        out = tuple(item for item in naming if item.state in _OUT)
        return Withdrawn(row, tuple(item for item in naming if item.state not in _OUT | _OFF), out)

    def all(self) -> list[ConsentRow]:
        """Every record, by reference."""
        return self._read()

    def for_item(self, item: Item) -> Mapping[str, Consent] | None:
        """The records that the item's pictures name, by reference, as the gate takes them; None where none is kept at all."""
        if not self._is_kept():
            return None
        named = sorted({image.reference for image in item.images if image.reference})
        found = ((reference, self._record(reference)) for reference in named)
        return {reference: record for reference, record in found if record}

    def _is_kept(self) -> bool:
        """A council that keeps its consents elsewhere has none here, and none is missed."""
        with self._queue.reading() as connection:
            anything = select(_events.c.id).where(_events.c.action == ADDED).limit(1)
            return connection.execute(anything).first() is not None

    def _record(self, reference: str) -> Consent | None:
        """The record, however the reference is written; one that was withdrawn counts before any other.

        The events first: one that is entered between the two looks is then no row that a hand took away.
        """
        told = self._told(reference)
        rows = self._written(reference)
        row = min(rows, key=lambda row: row.withdrawn_at is None, default=None)
        if row is None and not told:
            return None
        record = self._given(row) if row else Consent(reference)
        undone = WITHDRAWN in told or row is None
        withdrawn = record.withdrawn_on or (self._today() if undone else None)
        return replace(record, reference=reference, withdrawn_on=withdrawn)

    def _written(self, reference: str) -> list[ConsentRow]:
        """The rows of a reference: C-7 and c-7 are one form."""
        same = or_(_consents.c.reference == reference, func.lower(_consents.c.reference) == reference.lower())
        return self._read(same)

    def _told(self, reference: str) -> set[str]:
        """What the events tell of a reference."""
        query = select(_events.c.action).where(
            _events.c.action.in_((ADDED, WITHDRAWN)), func.lower(_events.c.subject) == reference.lower()
        )
        with self._queue.reading() as connection:
            return set(connection.execute(query).scalars())

    def _read(self, *where: ColumnElement[bool]) -> list[ConsentRow]:
        with self._queue.reading() as connection:
            found = self._rows.read(connection, *where, order=[_consents.c.reference])
        return [_as_it_counts(one) for one in found]

    def _given(self, row: ConsentRow) -> Consent:
        withdrawn = (
            local(row.withdrawn_at, self._config.council.timezone).date() if row.withdrawn_at else None
        )
        return Consent(row.reference, row.basis, row.expires_on, withdrawn)

    def _one(self, reference: str) -> ConsentRow:
        row = next(iter(self._written(" ".join(reference.split()))), None)
        if row is None:
            raise NotFound(
                f"there is no consent {reference!r}", field="reference", way_out="`publisher consent list` shows all."
            )  # fmt: skip
        return row

    def _naming(self, reference: str) -> list[ItemRow]:
        """What cannot be read names nothing, and does not go: its own last check stops it."""
        with self._queue.reading() as connection:
            found = [item for lies in rows(connection, _items) if (item := read_row(ItemRow, lies))]
        naming = [item for item in found if any(_is_same(named, reference) for named in _references(item))]
        return sorted(naming, key=lambda item: (item.publish_at, item.id))

    def _today(self) -> date:
        return local(self._now(), self._config.council.timezone).date()


def _as_it_counts(found: Found[ConsentRow]) -> ConsentRow:
    row = found.row
    if not found.whole:
        row.withdrawn_at, row.withdrawn_by = row.withdrawn_at or row.recorded_at, BY_HAND
    return row


def _references(item: ItemRow) -> set[str]:
    content: Any = item.content  # as it lies there: a hand may have written JSON of any shape
    images = content.get("images") if isinstance(content, dict) else None
    listed = images if isinstance(images, list) else []
    return {str(image.get("reference")) for image in listed if isinstance(image, dict)}


def _is_same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _recorded_already(reference: str) -> InputError:
    return InputError(
        f"{reference!r} is recorded already", field="reference",
        way_out="`publisher consent list` shows it. What was agreed anew has a reference of its own, such as "
        f"{reference}-2; hand the item in again with that.",
    )  # fmt: skip


def _ground(basis: str) -> str:
    """One of the law's. Raises InputError."""
    known = get_args(Basis)
    if basis not in known:
        raise InputError(
            f"{basis!r} is no basis", field="basis", way_out=f"It is one of {', '.join(known)} (UK GDPR article 6)."
        )  # fmt: skip
    return basis
