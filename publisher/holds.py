"""Legal and FOI holds: what they name is not erased while they stand, whatever timer ends and whoever asks.

To erase what somebody asked for under the Freedom of Information Act, so that they do not get it, is an offence (section
77). So a hold stands by what the record's chain tells of it: a row that was taken away or changed by hand still holds.
It ends only by a lifting that is sealed, and that the chain's last event of the reference names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from publisher.clearance import Seal
from publisher.erased import ERASED_WORDS
from publisher.errors import IllegalMove, InputError, NotDesignated, Refused
from publisher.freetext import line
from publisher.moves import Transaction
from publisher.queue import Queue
from publisher.refusals import recorded
from publisher.register import KEEPERS, Register, Role
from publisher.sealed import Kind, Sealed
from publisher.stored_row import UNREADABLE
from publisher.tables import EventRow, HoldRow

_holds, _events = HoldRow.__table__, EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

PLACED, LIFTED, WORDLESS = "legal hold placed", "legal hold lifted", "legal hold's words erased"
"""The actions of the events that tell of a legal hold."""
KIND = Kind(HoldRow, "hold", ("reference",), (PLACED, LIFTED, WORDLESS), "The legal hold {}")
BY_HAND = "(changed by hand: the record tells of it, so it holds)"
"""Stands for the reason of a hold whose row is not as an officer left it."""
MAX_REFERENCE, MAX_REASON = 200, 1_000


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as it counts. `item_id` None: everything is held. `whole`: its row is as an officer left it."""

    reference: str
    item_id: str | None
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    whole: bool = True

    @property
    def stands(self) -> bool:
        """True until it is lifted."""
        return self.lifted_at is None


class _Told(NamedTuple):
    """What the chain tells of a hold, without the words beside it."""

    subject: str
    action: str
    item_id: str | None
    actor: str
    at: datetime
    after: str


@dataclass(frozen=True, slots=True)
class Held:
    """What is held now: by reference what each hold names."""

    standing: tuple[Hold, ...] = field(default=())

    def by(self, item_id: str | None) -> Hold | None:
        """The hold that keeps a thing of this item (None: of no item) from being erased, if one does."""
        named = (hold for hold in self.standing if hold.item_id is None or hold.item_id == item_id)
        return next(named, None)


class Holds:
    """The holds in the queue's database."""

    def __init__(
        self, queue: Queue, register: Register, seal: Seal, now: Callable[[], datetime], today: Callable[[], date]
    ) -> None:  # fmt: skip
        self._queue, self._register, self._seal, self._rows = queue, register, seal, Sealed(KIND, seal)
        self._now, self._today = now, today

    def place(
        self, reference: str, item_id: str | None, *, officer: str, reason: str, everything: bool = False
    ) -> Hold:
        """Holds an item, or everything. Raises InputError (wrong, there already, no such item) and NotDesignated."""
        now = self._now()
        with self._asked(now, officer, "place a legal hold") as connection:
            if (item_id is None) is not everything:
                raise InputError(
                    "it holds one item or everything", field="item", way_out="Give --item ID or --all."
                )
            row = HoldRow(
                reference=line(reference, "reference", MAX_REFERENCE), item_id=None if item_id is None else self._queue.item(item_id).id,
                reason=line(reason, "reason", MAX_REASON), placed_by=officer, placed_at=now,
            )  # fmt: skip
            if self._same(connection, row.reference):
                raise InputError(
                    f"there is a legal hold {row.reference!r} already", field="reference",
                    way_out=f"`publisher audit holds` shows it. Another one needs a reference of its own, such as {row.reference}-2.",
                )  # fmt: skip
            self._rows.store(connection, row, now, officer, PLACED, item_id=row.item_id)
        return _as_hold(row)

    def lift(self, reference: str, *, officer: str, reason: str) -> Hold:
        """Ends a hold, for good. Raises InputError (none), IllegalMove (lifted already) and NotDesignated."""
        now = self._now()
        with self._asked(now, officer, "lift a legal hold") as connection:
            why = line(reason, "reason", MAX_REASON)
            found = self._same(connection, line(reference, "reference", MAX_REFERENCE))
            if not found:
                raise InputError(
                    f"there is no legal hold {reference!r}", field="reference", way_out="`publisher audit holds` shows all."
                )  # fmt: skip
            hold = found[0]
            if not hold.stands:
                raise IllegalMove(f"the legal hold {hold.reference!r} was lifted by {hold.lifted_by} already")
            row = HoldRow(
                reference=hold.reference, item_id=hold.item_id, reason=hold.reason, placed_by=hold.placed_by,
                placed_at=hold.placed_at, lifted_by=officer, lifted_at=now,
            )  # fmt: skip
            detail = {"reason": why}
            self._rows.store(connection, row, now, officer, LIFTED, item_id=row.item_id, detail=detail)
        return _as_hold(row)

    def erase(self, connection: Connection, item_id: str, *, actor: str) -> None:
        """Takes out why holds of an item stood that are lifted; the reference, who and when stays, and that they are over."""
        for hold in self._found(connection):
            if hold.item_id == item_id and not hold.stands:
                row = HoldRow(
                    reference=hold.reference, item_id=item_id, reason=ERASED_WORDS, placed_by=hold.placed_by,
                    placed_at=hold.placed_at, lifted_by=hold.lifted_by, lifted_at=hold.lifted_at,
                )  # fmt: skip
                self._rows.store(connection, row, self._now(), actor, WORDLESS, item_id=item_id)

    def all(self) -> list[Hold]:
        """Every hold, those that stand first, then by the moment it was placed."""
        with self._queue.reading() as connection:
            found = self._found(connection)
        return sorted(found, key=lambda hold: (not hold.stands, hold.placed_at, hold.reference))

    def held(self, connection: Connection) -> Held:
        """What is held, as this transaction sees it."""
        return Held(tuple(hold for hold in self._found(connection) if hold.stands))

    def demand_free(self, connection: Connection, item_id: str | None) -> None:
        """Raises Refused, with the reference, where a hold keeps a thing of this item."""
        if hold := self.held(connection).by(item_id):
            raise Refused(
                f"{item_id} is under the legal hold {hold.reference!r}: nothing of it is erased while that stands "
                "(Freedom of Information Act 2000, section 77)",
                way_out=f"Once it is over: `publisher audit lift {hold.reference} --reason TEXT`.",
            )

    def demand_keeper(self, officer: str, roles: Sequence[Role] = KEEPERS) -> None:
        """Raises NotDesignated where the officer has none of the roles. Asked in the transaction that relies on it."""
        if not self._register.serves(officer, roles, today=self._today()):
            raise NotDesignated(
                f"{officer} is no {' or '.join(roles)}", way_out="Ask the Director of Resources."
            )

    @contextmanager
    def _asked(self, now: datetime, officer: str, asked: str) -> Iterator[Transaction]:
        """One transaction for whether a keeper asks, and what they get; a no is recorded."""
        with recorded(self._queue, now, officer, asked), self._queue.writing() as connection:
            self.demand_keeper(officer)
            yield connection

    # --- what the rows and the chain tell ------------------------------------------------------------------------

    def _same(self, connection: Connection, reference: str) -> list[Hold]:
        """The holds whose reference an eye reads as this one: FOI-7 and foi-7 are one request."""
        return [hold for hold in self._found(connection) if hold.reference.lower() == reference.lower()]

    def _found(self, connection: Connection) -> list[Hold]:
        """By the chain's columns alone, and never by words beside it: those can be taken out."""
        columns = (_events.c[name] for name in ("subject", "action", "item_id", "actor", "at", "after"))
        query = select(*columns).where(_events.c.action.in_(KIND.tells)).order_by(_events.c.id)
        told: dict[str, list[_Told]] = {}
        for subject, *values in connection.execute(query):
            told.setdefault(subject or "", []).append(_Told(subject or "", *values))
        rows = self._sealed_rows(connection)
        known = sorted(rows.keys() | told.keys())
        return [_hold(rows.get(reference), told.get(reference, [])) for reference in known]

    def _sealed_rows(self, connection: Connection) -> dict[str, HoldRow]:
        """The rows that are as an officer left them. One by one: a hand that damages one must not hide the others."""
        found = {}
        for reference in connection.execute(select(_holds.c.reference)).scalars().all():
            with suppress(*UNREADABLE):  # what cannot be read is not sealed
                row = connection.execute(select(_holds).where(_holds.c.reference == reference)).first()
                if row and self._is_sealed(hold := HoldRow(**row._mapping)):
                    found[hold.reference] = hold
        return found

    def _is_sealed(self, row: HoldRow) -> bool:
        return KIND.sign(self._seal, row) == row.seal


def _hold(row: HoldRow | None, told: Sequence[_Told]) -> Hold:
    """A sealed row that the last event names, else what can be told of it: it holds then."""
    if row is not None and (not told or told[-1].after == row.seal):
        return _as_hold(row, lifted=row.lifted_at is None or bool(told))
    first = next((event for event in told if event.action == PLACED), None)
    if first is None and row is not None:  # its events were taken out of the chain, which shows it
        return _as_hold(row, lifted=False)
    last = first or told[-1]  # where only a lifting is told, nobody knows what it lifted
    return Hold(last.subject, last.item_id, BY_HAND, last.actor, last.at, whole=False)


def _as_hold(row: HoldRow, *, lifted: bool = True) -> Hold:
    over = (row.lifted_by, row.lifted_at) if lifted else (None, None)
    return Hold(row.reference, row.item_id, row.reason, row.placed_by, row.placed_at, *over, whole=lifted)
