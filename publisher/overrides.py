"""Second officers' decisions on single findings: each with a reason and an end, bound to the finding and the content.

One written or changed by hand in the database does not count, nor does one that was set back to how it was before its item
was given another moment (publisher/sealed.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import String, select, type_coerce, update

from publisher.clearance import Seal
from publisher.config import Config
from publisher.erased import ERASED_WORDS
from publisher.model import ItemState
from publisher.moves import Transaction
from publisher.policy import Override
from publisher.queue import Queue
from publisher.register import Register, Role
from publisher.sealed import Kind, Sealed
from publisher.tables import ItemRow, OverrideRow, VerdictRow
from publisher.times import CLOCK_SLACK, local
from publisher.verdicts import read_findings

_overrides = OverrideRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_items, _verdicts = ItemRow.__table__, VerdictRow.__table__  # type: ignore[attr-defined]  # as above

EXPIRING_DAYS = 7
"""An override that ends within so many days is told of while there is time to ask again."""
APPROVED, RESCHEDULED, REVOKED = "approved", "rescheduled", "approval revoked"
"""The actions of the events that tell of an item's approval, of another moment for it, and that the one ended the other."""
TELLS = ("override given", "override revoked", "override sealed")
"""The actions of the events that tell of one override; the last is of the upgrade of those from before the record was a chain."""
GIVEN, _REVOKED, _ = TELLS
_WENT = frozenset({ItemState.PUBLISHED, ItemState.PART_PUBLISHED, ItemState.WITHDRAWING})
_OFF = frozenset({ItemState.WITHDRAWN, ItemState.CANCELLED})


_WIPED = {"reason": ERASED_WORDS, "finding": ""}
"""The reason goes, and the finding's id, which tells of words. Who let what go, and until when, stays."""

KIND = Kind(
    OverrideRow, "override", ("id",), TELLS, "The yes of a second officer (override {})", prefix="override ",
    beside=("id",), wiped=lambda _row: _WIPED, with_item=True, numbered=True,
)  # fmt: skip


class OverrideState(StrEnum):
    """What became of an override."""

    LIVE = "live"
    WAITING = "waiting"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    NOT_COUNTING = "no longer counts"
    UNUSED = "unused"
    USED = "used"
    REVOKED = "revoked"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Listed:
    """An override as the report shows it."""

    id: int
    item_id: str
    title: str
    rule: str
    finding: str
    officer: str
    role: str
    reason: str
    given_at: datetime
    expires_on: date
    revoked_at: datetime | None
    state: OverrideState


class Overrides:
    """The overrides in the queue's database."""

    def __init__(
        self, config: Config, queue: Queue, register: Register, seal: Seal, now: Callable[[], datetime]
    ) -> None:
        self._config, self._queue, self._register = config, queue, register
        self._rows, self._now = Sealed(KIND, seal), now

    def add(self, connection: Transaction, row: OverrideRow) -> None:
        """Stores an override."""
        self._rows.store(connection, row, row.given_at, row.officer, GIVEN, item_id=row.item_id)

    def revoke(self, connection: Transaction, item_id: str, *, actor: str, now: datetime) -> None:
        """Takes all overrides of an item back: it is no longer what they were given for."""
        for row in self.of_item(item_id):
            if row.revoked_at is None:
                row.revoked_at = now
                self._rows.store(connection, row, now, actor, _REVOKED, item_id=item_id)

    @staticmethod
    def erase(connection: Transaction, item_id: str, *numbers: int) -> None:
        """Takes the words of an item's overrides out, or of those numbers. The caller tells of it."""
        chosen = update(_overrides).where(_overrides.c.item_id == item_id)
        connection.execute(chosen.where(_overrides.c.id.in_(numbers)) if numbers else chosen, _WIPED)

    def of_item(self, item_id: str) -> list[OverrideRow]:
        """The overrides of one item that are whole, revoked ones too, in the order in which they were given."""
        with self._queue.reading() as connection:
            found = self._rows.read(connection, _overrides.c.item_id == item_id, order=[_overrides.c.id])
        return [one.row for one in found if one.whole]

    def counting(self, item: ItemRow) -> list[OverrideRow]:
        """Those that count now: whole, not revoked, and by an officer who still has the role."""
        now = self._now()
        today = local(now, self._config.council.timezone).date()
        return [row for row in self.of_item(item.id) if self._counts(row, now, today)]

    def _counts(self, row: OverrideRow, now: datetime, today: date) -> bool:
        good = row.revoked_at is None and row.given_at <= now + CLOCK_SLACK
        return good and self._may_give(row.officer, row.role, today)

    def _may_give(self, officer: str, role: str, today: date) -> bool:
        return not self._register.problem(officer, [], today=today, role=Role(role))

    def listed(self) -> list[Listed]:
        """Every override with what became of it, the newest first."""
        with self._queue.reading() as connection:
            found = self._rows.read(connection, order=[_overrides.c.id.desc()])
            known = connection.execute(select(_items.c.id, _items.c.title, _items.c.state))
            items = {row.id: row for row in known if row.state in set(ItemState)}
        last = self._last_findings({one.row.item_id for one in found})
        today = local(self._now(), self._config.council.timezone).date()
        givers = {(one.row.officer, one.row.role) for one in found if one.whole}
        may = {giver for giver in givers if self._may_give(*giver, today)}
        listed = []
        for one in (one for one in found if one.row.item_id in items):
            item, findings = items[one.row.item_id], last.get(one.row.item_id, frozenset[str]())
            counts = (one.row.officer, one.row.role) in may
            state = _state(one.row, ItemState(item.state), findings, today, counts=counts)
            listed.append(_listed(one.row, item.title, state if one.whole else OverrideState.FORGED))
        return listed

    def _last_findings(self, item_ids: set[str]) -> Mapping[str, frozenset[str]]:
        """The findings of the newest verdict on each item."""
        stored = type_coerce(_verdicts.c.findings, String)
        query = select(_verdicts.c.item_id, stored).order_by(_verdicts.c.id)
        with self._queue.reading() as connection:
            rows = connection.execute(query.where(_verdicts.c.item_id.in_(item_ids)))
            return {item_id: frozenset(one["id"] for one in read_findings(found)) for item_id, found in rows}


def _listed(row: OverrideRow, title: str, state: OverrideState) -> Listed:
    columns = {
        name: getattr(row, name) for name in OverrideRow.model_fields if name not in {"content", "seal"}
    }
    return Listed(**columns, title=title, state=state)


def _state(
    row: OverrideRow, item: ItemState, last: frozenset[str], today: date, *, counts: bool
) -> OverrideState:
    """`last` are the findings of the newest verdict on the item; `counts`: whether its officer may still give it."""
    states = (
        (row.revoked_at is not None, OverrideState.REVOKED),
        (row.finding not in last or item in _OFF, OverrideState.UNUSED),
        (item in _WENT, OverrideState.USED),
        (row.expires_on < today, OverrideState.EXPIRED),
        (not counts, OverrideState.NOT_COUNTING),
        (item is ItemState.BLOCKED, OverrideState.WAITING),  # for what else stops its item
        (row.expires_on < today + timedelta(days=EXPIRING_DAYS), OverrideState.EXPIRING),
    )
    return next((state for holds, state in states if holds), OverrideState.LIVE)


def given(rows: Sequence[OverrideRow]) -> tuple[Override, ...]:
    """As the gate takes them."""
    return tuple(
        Override(row.rule, row.finding, row.content, row.officer, row.reason, row.expires_on) for row in rows
    )
