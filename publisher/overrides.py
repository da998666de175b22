"""Second officers' decisions on single findings: each with a reason and an end, bound to the finding and the content.

A row is sealed: one written or changed by hand in the database does not count. Nor does one from before its item was
given another moment, even where its old seal was put back with it: the record tells which approvals came since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import Connection, insert, select, update

from publisher.clearance import Seal
from publisher.config import Config
from publisher.erased import ERASED_WORDS
from publisher.model import ItemState
from publisher.policy import Override
from publisher.queue import Queue, Transaction
from publisher.register import Register, Role
from publisher.tables import EventRow, ItemRow, OverrideRow, VerdictRow
from publisher.times import CLOCK_SLACK, local

_overrides = OverrideRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_items, _verdicts = ItemRow.__table__, VerdictRow.__table__  # type: ignore[attr-defined]  # as above
_events = EventRow.__table__  # type: ignore[attr-defined]  # as above

EXPIRING_DAYS = 7
"""An override that ends within so many days is told of while there is time to ask again."""
TAKEN_BACK = "approval taken back"
"""The action of the event of an approval that counts no more: it was given for another moment."""
APPROVED, RESCHEDULED = "approved", "rescheduled"
"""The actions of the events that tell of a second officer's yes, and that an item was given another moment."""
_SEALED = ("item_id", "rule", "finding", "content", "officer", "role", "reason")
_WENT = frozenset({ItemState.PUBLISHED, ItemState.PART_PUBLISHED, ItemState.WITHDRAWING})
_OFF = frozenset({ItemState.WITHDRAWN, ItemState.CANCELLED})


_Since: TypeAlias = Mapping[str, AbstractSet[tuple[str, datetime]]]
"""By each item that was given another moment the approvals since: by whom, and when."""


class OverrideState(StrEnum):
    """What became of an override."""

    LIVE = "live"
    WAITING = "waiting"
    EXPIRING = "expiring"
    EXPIRED = "expired"
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
        self._seal, self._now = seal, now

    def add(self, connection: Transaction, row: OverrideRow) -> None:
        """Stores an override, sealed."""
        values = {name: getattr(row, name) for name in OverrideRow.model_fields if name != "id"}
        connection.execute(insert(_overrides), values | {"seal": self._sealed(row)})

    def revoke(self, connection: Transaction, item_id: str, now: datetime) -> None:
        """Takes all overrides of an item back: it is no longer what they were given for."""
        for row in self.of_item(item_id):
            if row.revoked_at is None:
                row.revoked_at = now
                change = update(_overrides).where(_overrides.c.id == row.id)
                connection.execute(change, {"revoked_at": now, "seal": self._sealed(row)})

    def erase(self, connection: Transaction, item_id: str, *numbers: int) -> None:
        """Takes the reasons of an item's overrides out (or of those numbers), and the ids of findings, which tell of words.

        Who let what go, and until when, stays; one that was sealed is sealed again, so that a forged one stays forged.
        """
        query = select(_overrides).where(_overrides.c.item_id == item_id)
        chosen = query.where(_overrides.c.id.in_(numbers)) if numbers else query
        since = _approved_since(connection, item_id)
        for row in [OverrideRow(**found._mapping) for found in connection.execute(chosen)]:
            whole, row.reason, row.finding = self._is_whole(row, since), ERASED_WORDS, ""
            values = {"reason": row.reason, "finding": "", "seal": self._sealed(row) if whole else row.seal}
            connection.execute(update(_overrides).where(_overrides.c.id == row.id), values)

    def of_item(self, item_id: str) -> list[OverrideRow]:
        """The overrides of one item that are whole, revoked ones too, in the order in which they were given."""
        query = select(_overrides).where(_overrides.c.item_id == item_id).order_by(_overrides.c.id)
        with self._queue.reading() as connection:
            rows = [OverrideRow(**row._mapping) for row in connection.execute(query)]
            since = _approved_since(connection, item_id)
        return [row for row in rows if self._is_whole(row, since)]

    def counting(self, item: ItemRow) -> list[OverrideRow]:
        """Those that count now: whole, not revoked, and by an officer who still has the role."""
        now = self._now()
        today = local(now, self._config.council.timezone).date()
        return [row for row in self.of_item(item.id) if self._counts(row, now, today)]

    def _counts(self, row: OverrideRow, now: datetime, today: date) -> bool:
        good = row.revoked_at is None and row.given_at <= now + CLOCK_SLACK
        return good and not self._register.problem(row.officer, [], today=today, role=Role(row.role))

    def listed(self) -> list[Listed]:
        """Every override with what became of it, the newest first."""
        query = (
            select(_overrides, _items.c.title, _items.c.state).join(_items).order_by(_overrides.c.id.desc())
        )
        with self._queue.reading() as connection:
            found = [dict(row._mapping) for row in connection.execute(query)]
            since = _approved_since(connection)
        last = self._last_findings({values["item_id"] for values in found})
        return [self._listed(values, last.get(values["item_id"], frozenset()), since) for values in found]

    def _listed(self, values: Mapping[str, Any], last: frozenset[str], since: _Since) -> Listed:
        row = OverrideRow(**{name: values[name] for name in OverrideRow.model_fields})
        whole = self._is_whole(row, since)
        state = self._state(row, ItemState(values["state"]), last) if whole else OverrideState.FORGED
        shown = {name: values[name] for name in Listed.__dataclass_fields__ if name != "state"}
        return Listed(**shown, state=state)

    def _state(self, row: OverrideRow, item: ItemState, last: frozenset[str]) -> OverrideState:
        today = local(self._now(), self._config.council.timezone).date()
        states = (
            (row.revoked_at is not None, OverrideState.REVOKED),
            (row.finding not in last or item in _OFF, OverrideState.UNUSED),
            (item in _WENT, OverrideState.USED),
            (row.expires_on < today, OverrideState.EXPIRED),
            (item is ItemState.BLOCKED, OverrideState.WAITING),  # for what else stops its item
            (row.expires_on < today + timedelta(days=EXPIRING_DAYS), OverrideState.EXPIRING),
        )
        return next((state for holds, state in states if holds), OverrideState.LIVE)

    def _last_findings(self, item_ids: set[str]) -> Mapping[str, frozenset[str]]:
        """The findings of the newest verdict on each item."""
        query = select(_verdicts.c.item_id, _verdicts.c.findings).order_by(_verdicts.c.id)
        with self._queue.reading() as connection:
            rows = connection.execute(query.where(_verdicts.c.item_id.in_(item_ids)))
            return {item_id: frozenset(one["id"] for one in findings) for item_id, findings in rows}

    def _is_whole(self, row: OverrideRow, since: _Since) -> bool:
        """As it was sealed, and not set back to what it was before its item was given another moment."""
        given = (row.officer, row.given_at)
        taken_back = row.item_id in since and given not in since[row.item_id]
        set_back = taken_back and row.revoked_at is None
        return not set_back and self._seal.signed(row.seal, "override", _values(row))

    def _sealed(self, row: OverrideRow) -> str:
        return self._seal.sign("override", _values(row))


def _approved_since(connection: Connection, item_id: str | None = None) -> _Since:
    """By each item that was given another moment: who approved it since, and when, in the order of the record."""
    columns = (_events.c.item_id, _events.c.action, _events.c.actor, _events.c.at)
    query = select(*columns).where(_events.c.action.in_((APPROVED, RESCHEDULED))).order_by(_events.c.id)
    since: dict[str, set[tuple[str, datetime]]] = {}
    for item, action, actor, at in connection.execute(
        query if item_id is None else query.where(_events.c.item_id == item_id)
    ):
        if action == RESCHEDULED:
            since[item] = set()
        elif item in since:
            since[item].add((actor, at))
    return since


def _values(row: OverrideRow) -> Sequence[str | None]:
    revoked = row.revoked_at.astimezone(UTC).isoformat() if row.revoked_at else None
    moments = (row.given_at.astimezone(UTC).isoformat(), row.expires_on.isoformat(), revoked)
    return (*(getattr(row, name) for name in _SEALED), *moments)


def given(rows: Sequence[OverrideRow]) -> tuple[Override, ...]:
    """As the gate takes them."""
    return tuple(
        Override(row.rule, row.finding, row.content, row.officer, row.reason, row.expires_on) for row in rows
    )
