"""The records that people agreed to be shown, or of another basis: a reference and an end, and no names (clause 5d).

UK GDPR article 7(3): consent may be withdrawn at any time. What names a withdrawn or ended record does not go. A row is
sealed: one written or changed by hand in the database counts as withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from publisher.clearance import Seal
from publisher.config import Config
from publisher.errors import InputError, NotDesignated
from publisher.item import Item
from publisher.model import ItemState
from publisher.policy import Consent
from publisher.queue import Queue, note
from publisher.refusals import recorded
from publisher.register import Register
from publisher.tables import ConsentRow, ItemRow
from publisher.times import local

_consents = ConsentRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_items = ItemRow.__table__  # type: ignore[attr-defined]  # as above

MAX_REFERENCE = 200
"""Characters of a reference: it is the number of a form, not the form."""
MAX_BASIS = 200
"""Characters of a basis: it is named, not argued."""
BY_HAND = "(changed by hand)"
"""Stands for who withdrew a record that is not as an officer left it."""
_OUT = frozenset({ItemState.PUBLISHED, ItemState.PART_PUBLISHED, ItemState.RELEASING})
_OFF = frozenset({ItemState.WITHDRAWN, ItemState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a withdrawal reaches: items that will be held, and items that are out and must be taken down by hand."""

    consent: ConsentRow
    held: tuple[ItemRow, ...]
    out: tuple[ItemRow, ...]


class Consents:
    """The consents in the queue's database. Only designated officers change them."""

    def __init__(
        self, config: Config, queue: Queue, register: Register, seal: Seal, now: Callable[[], datetime]
    ) -> None:
        self._config, self._queue, self._register = config, queue, register
        self._seal, self._now = seal, now

    def add(self, reference: str, basis: str, expires_on: date | None, officer: str) -> ConsentRow:
        """Records a consent or other basis. Raises InputError (wrong, or there already) and NotDesignated."""
        self._demand_officer(officer)
        now, today = self._now(), self._today()
        if expires_on is not None and expires_on < today:
            raise InputError(
                f"{expires_on} has passed", field="expires", way_out="Give the day on which it ends."
            )
        row = ConsentRow(
            reference=_line(reference, "reference", MAX_REFERENCE), basis=_line(basis, "basis", MAX_BASIS),
            expires_on=expires_on, recorded_by=officer, recorded_at=now,
        )  # fmt: skip
        row.seal = self._sealed(row)
        try:
            with self._queue.writing() as connection:
                connection.execute(insert(_consents), row.model_dump())
                note(connection, now, officer, "consent added", detail={"reference": row.reference})
        except IntegrityError as error:
            raise InputError(
                f"{row.reference!r} is recorded already", field="reference", way_out="`publisher consent list` shows it."
            ) from error  # fmt: skip
        return row

    def withdraw(self, reference: str, officer: str) -> Withdrawn:
        """Takes a consent back, at once and for good. Raises InputError (none, or taken back) and NotDesignated."""
        self._demand_officer(officer)
        row, now = self._found(reference), self._now()
        row.withdrawn_at, row.withdrawn_by = now, officer
        row.seal = self._sealed(row)
        values = {name: getattr(row, name) for name in ("withdrawn_at", "withdrawn_by", "seal")}
        where = (_consents.c.reference == row.reference, _consents.c.withdrawn_at.is_(None))
        with self._queue.writing() as connection:
            if connection.execute(update(_consents).where(*where), values).rowcount != 1:
                raise InputError(f"{row.reference!r} was withdrawn already", field="reference")
            note(connection, now, officer, "consent withdrawn", detail={"reference": row.reference})
        naming = self._naming(row.reference)
        out = tuple(item for item in naming if item.state in _OUT)
        return Withdrawn(row, tuple(item for item in naming if item.state not in _OUT | _OFF), out)

    def all(self) -> list[ConsentRow]:
        """Every record, by reference."""
        with self._queue.reading() as connection:
            rows = connection.execute(select(_consents).order_by(_consents.c.reference))
            return [self._read(ConsentRow(**row._mapping)) for row in rows]

    def for_item(self, item: Item) -> Mapping[str, Consent]:
        """The records that the item's pictures name, by reference, as the gate takes them."""
        named = {image.reference for image in item.images if image.reference}
        query = select(_consents).where(_consents.c.reference.in_(named)).order_by(_consents.c.reference)
        with self._queue.reading() as connection:
            rows = [self._read(ConsentRow(**row._mapping)) for row in connection.execute(query)]
        return {row.reference: self._given(row) for row in rows}

    def _read(self, row: ConsentRow) -> ConsentRow:
        if not self._is_whole(row):
            row.withdrawn_at, row.withdrawn_by = row.withdrawn_at or row.recorded_at, BY_HAND
        return row

    def _given(self, row: ConsentRow) -> Consent:
        withdrawn = (
            local(row.withdrawn_at, self._config.council.timezone).date() if row.withdrawn_at else None
        )
        return Consent(row.reference, row.basis, row.expires_on, withdrawn)

    def _found(self, reference: str) -> ConsentRow:
        row = next((row for row in self.all() if row.reference == reference.strip()), None)
        if row is None:
            raise InputError(
                f"there is no consent {reference!r}", field="reference", way_out="`publisher consent list` shows all."
            )  # fmt: skip
        return row

    def _naming(self, reference: str) -> list[ItemRow]:
        with self._queue.reading() as connection:
            rows = connection.execute(select(_items).order_by(_items.c.publish_at, _items.c.id))
            found = [ItemRow(**row._mapping) for row in rows]
        return [item for item in found if reference in _references(item)]

    def _demand_officer(self, officer: str) -> None:
        with recorded(self._queue, self._now(), officer, "consent"):
            if problem := self._register.problem(officer, [], today=self._today()):
                raise NotDesignated(problem, way_out="Ask a designated officer.")

    def _today(self) -> date:
        return local(self._now(), self._config.council.timezone).date()

    def _is_whole(self, row: ConsentRow) -> bool:
        return self._seal.signed(row.seal, "consent", _values(row))

    def _sealed(self, row: ConsentRow) -> str:
        return self._seal.sign("consent", _values(row))


def _values(row: ConsentRow) -> Sequence[str | None]:
    ends = row.expires_on.isoformat() if row.expires_on else None
    withdrawn = row.withdrawn_at.astimezone(UTC).isoformat() if row.withdrawn_at else None
    recorded_at = row.recorded_at.astimezone(UTC).isoformat()
    return (row.reference, row.basis, ends, row.recorded_by, recorded_at, row.withdrawn_by, withdrawn)


def _references(item: ItemRow) -> set[str]:
    return {str(image.get("reference")) for image in item.content.get("images", ())}


def _line(text: str, field: str, most: int) -> str:
    plain = " ".join(text.split())
    if not plain or len(plain) > most:
        raise InputError(
            f"1 to {most} characters are needed", field=field, way_out="Shorten it, or fill it in."
        )
    return plain
