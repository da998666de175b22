"""Rows that decide something, tied to the record: each is sealed, and the last event that tells of it holds its seal.

So a row that was written or changed by a hand in the database does not count, nor does an older one that was put back, and
one that was taken away is missed. Each kind is declared once (Kind), beside what speaks of it; whoever reads its rows and
whoever verifies the record (publisher/ties.py) go by that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    DateTime,
    Select,
    String,
    Table,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlmodel import SQLModel

from publisher.chain import moment_text
from publisher.clearance import Seal
from publisher.erased import ERASED
from publisher.errors import IllegalMove
from publisher.record import append, end
from publisher.stored_row import UNREADABLE, as_they_lie, plain_type, read, read_in_part
from publisher.tables import EventRow

_events = EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True)
class Kind(Generic[Row]):
    """A kind of row that decides something.

    `name` stands in its seal, and before its key in the event of an erasure. `tells` are the actions of the events that
    tell of a row, `ends` of those that it was rightly taken away. `key` are the columns that name a row: after `prefix`,
    the subject of its events. `shown` is what people call one, with `{}` for its key.
    `beside` are columns that no seal covers. `wiped` gives what erasing its words leaves in its columns; without it, what
    is erased is taken away. `with_item`: its words go with its item's. `began` is the column of its moment where rows may
    be from before the record told of this kind.
    """

    model: type[Row]
    name: str
    key: tuple[str, ...]
    tells: tuple[str, ...]
    shown: str
    ends: tuple[str, ...] = ()
    prefix: str = ""
    beside: tuple[str, ...] = ()
    wiped: Callable[[Row], Mapping[str, Any]] | None = None
    with_item: bool = False
    began: str = ""
    numbered: bool = False
    """Whether a row's number is that of the event that tells of it: a number that was free again would hide a removed row."""

    @cached_property
    def table(self) -> Table:
        """Its table."""
        table: Table = self.model.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
        return table

    @property
    def has_seal(self) -> bool:
        """Whether the seal stands beside the row, too."""
        return "seal" in self.table.c

    def subject(self, values: Mapping[str, Any]) -> str:
        """The subject of a row's events."""
        return self.prefix + " ".join(str(values[name]) for name in self.key)

    def named(self, subject: str) -> str:
        """A row as people call it, by the subject of its events."""
        return self.shown.format(subject.removeprefix(self.prefix))

    @cached_property
    def covered(self) -> tuple[str, ...]:
        """The columns that its seal covers: all, in the table's order, but the seal itself and what changes beside it."""
        return tuple(name for name in self.model.model_fields if name not in {"seal", *self.beside})

    @cached_property
    def _texts(self) -> list[tuple[str, Callable[[str], str]]]:
        """The columns whose text is not what is sealed, and how that is made of it."""
        types = {column.name: plain_type(column.type) for column in self.table.c}
        return [
            (name, digest_of_text if isinstance(kind, JSON) else moment_text)
            for name, kind in types.items()
            if isinstance(kind, JSON | DateTime)
        ]

    def plain(self, lies: Mapping[str, Any]) -> dict[str, Any]:
        """A row's values as they are sealed, from what lies there; what is no text where one belongs stays, and fits nothing."""
        texts = {name: made(lies[name]) for name, made in self._texts if isinstance(lies[name], str)}
        return {**lies, **texts}

    def sign(self, seal: Seal, row: Row, changes: Mapping[str, Any] | None = None) -> str:
        """The seal of a row, or of what it is after `changes`."""
        values = _values(row) | dict(changes or {})
        return seal.sign(self.name, [plain(values[name]) for name in self.covered])

    @cached_property
    def reading(self) -> Select[Any]:
        """The statement that reads its rows, and what is told of each; made once, as it is asked at every step."""
        told = _events.alias("told")
        tells = [told.c[name].label(f"told_{name}") for name in _TOLD]
        there = self.table.outerjoin(told, told.c.id == self._last())
        return select(*as_they_lie(self.table), *tells, self._erased(told.c.id)).select_from(there)

    @property
    def gone_by(self) -> tuple[str, ...]:
        """The actions of the events after which a row is not there, those of an erasure that takes it away among them."""
        return self.ends if self.wiped else (*self.ends, ERASED)

    def subjects(self) -> ColumnElement[str]:
        """The subject of each row's events, in a statement."""
        name = _joined(*(cast(self.table.c[name], String) for name in self.key))
        return literal(self.prefix) + name if self.prefix else name

    def _last(self) -> Any:
        """The number of the last event that tells of a row, or that it was taken away."""
        of_it = (
            _events.c.subject == self.subjects(),
            _events.c.action.in_((*self.tells, *self.gone_by)),
        )
        return select(func.max(_events.c.id)).where(*of_it).correlate(self.table).scalar_subquery()

    def _erased(self, since: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether its words were erased since."""
        if self.wiped is None:
            return literal(False).label("is_erased")  # a column
        wiped = _events.alias("wiped")
        name = literal(f"{self.name} ") + _joined(*(cast(self.table.c[one], String) for one in self.key))
        about: ColumnElement[bool] = wiped.c.subject == name
        if self.with_item:
            about = or_(about, and_(wiped.c.subject.is_(None), wiped.c.item_id == self.table.c.item_id))
        found = select(wiped.c.id).where(wiped.c.action == ERASED, wiped.c.id > since, about)
        return found.correlate(self.table, since.table).exists().label("is_erased")


class Told(NamedTuple):
    """What the record tells of a row by its last event: the seal that it has, and the one that it has once its words are erased."""

    number: int
    seal: str
    wiped: str = ""
    is_erased: bool = False
    is_gone: bool = False
    action: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Found(Generic[Row]):
    """A row that is there, what is told of it, and whether it is as its last event left it.

    Of one that is not, what cannot be read is nothing in `row`: empty, or long ago.
    """

    row: Row
    told: Told | None
    whole: bool

    @property
    def was_left(self) -> bool:
        """Whether the record tells that such a row is there: one that a hand added is nobody's loss."""
        return self.told is not None and not self.told.is_gone


def is_whole(kind: Kind[Any], seal: Seal, values: Mapping[str, object], told: Told | None) -> bool:
    """Whether a row is as the last event that tells of it left it: the one rule, for whoever reads and whoever verifies.

    `values` are those of its columns, plain.
    """
    if told is None or not told.seal:  # no event tells of it, or the last one that it was taken away
        return False
    if "erased_at" in values and told.is_erased is (values["erased_at"] is None):
        return False
    if kind.has_seal and not told.is_erased and values["seal"] != told.seal:
        return False
    covered = [values[name] for name in kind.covered]
    try:
        return seal.signed(told.wiped if told.is_erased else told.seal, kind.name, covered)
    except UNREADABLE:  # a hand wrote what no value of that column is
        return False


class Sealed(Generic[Row]):
    """The rows of one kind: written with their events, and read with how they stand."""

    def __init__(self, kind: Kind[Row], seal: Seal) -> None:
        self.kind, self._seal = kind, seal
        self._table = kind.table

    # --- writing -----------------------------------------------------------------------------------------

    def store(  # noqa: PLR0913  # a row's, and its event's columns
        self, connection: Connection, row: Row, now: datetime, actor: str, action: str, *,
        item_id: str | None = None, channel: str | None = None, detail: Mapping[str, Any] | None = None, since: str | None = None,
    ) -> None:  # fmt: skip
        """Writes a row, new or changed, sealed, and the event that tells of it.

        `since` is the seal that it must still have. Raises IllegalMove where it has another.
        """
        kind = self.kind
        if is_new := kind.numbered and getattr(row, "id", None) is None:
            setattr(row, "id", self._free_number(connection))  # noqa: B010  # any model's
        made = kind.sign(self._seal, row)
        wiped = kind.sign(self._seal, row, kind.wiped(row)) if kind.wiped else ""
        if kind.has_seal:
            setattr(row, "seal", made)  # noqa: B010  # as above
        values = _values(row)
        if values.get("id", "") is None:
            del values["id"]  # the database gives it
        same = self._is(values) if since is None else and_(self._is(values), self._table.c.seal == since)
        if is_new or connection.execute(update(self._table).where(same), values).rowcount == 0:
            if since is not None:
                raise IllegalMove(
                    f"{kind.named(kind.subject(values))} was changed in the meantime",
                    way_out="Look at it again.",
                )
            connection.execute(insert(self._table), values)
        append(
            connection, now, actor, action, item_id=item_id, channel=channel, subject=kind.subject(values),
            move=(wiped, made), detail=detail,
        )  # fmt: skip

    def take_away(
        self, connection: Connection, key: Mapping[str, Any], now: datetime, actor: str, action: str, *,
        channel: str | None = None, detail: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Takes the row with that key away, with one of the events that tell so."""
        connection.execute(delete(self._table).where(self._is(key)))
        append(connection, now, actor, action, channel=channel, subject=self.kind.subject(key), detail=detail)

    def _is(self, values: Mapping[str, Any]) -> ColumnElement[bool]:
        return and_(*(self._table.c[name] == values[name] for name in self.kind.key))

    def _free_number(self, connection: Connection) -> int:
        """That of the event to come, or the first free one after it: rows from before the record told of them may have gone further.

        Not that after the greatest one: a hand may have written the greatest that there is.
        """
        free = end(connection).id + 1
        further = select(self._table.c.id).where(self._table.c.id >= free).order_by(self._table.c.id)
        for taken in connection.execute(further).scalars():
            if taken != free:
                break
            free += 1
        return free

    # --- reading -----------------------------------------------------------------------------------------

    def read(self, connection: Connection, *where: ColumnElement[bool], order: Sequence[Any] = ()) -> list[Found[Row]]:  # fmt: skip
        """The rows that are there. One statement, so that nobody's change comes between a row and the events that tell of it."""
        query = self.kind.reading.where(*where).order_by(*order)
        return [self._found(dict(row._mapping)) for row in connection.execute(query)]

    def was_sealed(self, row: Row, seal: str) -> bool:
        """Whether `seal`, as an event holds it, is that of such a row."""
        values = {name: plain(value) for name, value in _values(row).items()}
        return is_whole(self.kind, self._seal, {**values, "seal": seal}, Told(0, seal))

    def gone(self, connection: Connection) -> list[str]:
        """The subjects of those that the record tells of, and that a hand took away."""
        actions = (*self.kind.tells, *self.kind.gone_by)
        last = select(func.max(_events.c.id)).where(_events.c.action.in_(actions)).group_by(_events.c.subject)
        there = select(self.kind.subjects())
        query = select(_events.c.subject).where(
            _events.c.id.in_(last), _events.c.action.in_(self.kind.tells), _events.c.subject.not_in(there)
        )
        return sorted(map(str, connection.execute(query).scalars()))

    def _found(self, values: dict[str, Any]) -> Found[Row]:
        number, seal, wiped, action = (values.pop(f"told_{name}") for name in _TOLD)
        is_erased, is_gone = values.pop("is_erased"), action in self.kind.gone_by
        told = None if number is None else Told(number, seal, wiped, is_erased, is_gone, action)
        of = (self.kind.model, values)
        row = read(*of) if is_whole(self.kind, self._seal, self.kind.plain(values), told) else None
        return Found(row or read_in_part(*of), told, row is not None)


_TOLD = ("id", "after", "before", "action")
"""What is read of the event that tells of a row."""


def _joined(*names: ColumnElement[str]) -> ColumnElement[str]:
    first, *others = names
    for other in others:
        first = first + literal(" ") + other
    return first


def _values(row: SQLModel) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row).model_fields}


def plain(value: object) -> object:
    """A column's value as it is sealed: moments in UTC; what is stored as JSON by the digest of its text, which is long."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, dict | list):
        return digest_of_text(json.dumps(value))
    return value.isoformat() if isinstance(value, date) else value


def digest_of_text(text: str) -> str:
    """sha256 (hex) of JSON as it lies in the database: as json.dumps makes it, which SQLAlchemy writes it by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
