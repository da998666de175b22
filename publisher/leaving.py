"""An officer leaves, or is switched off for another reason: what they had on its way is held in the same transaction.

Suspending already stops it at its release. Held now, it is seen while there is time to decide on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_

from publisher.as_stored import items_where
from publisher.errors import InputError, NotFound
from publisher.freetext import demand_reason
from publisher.holding import Holding
from publisher.lookalikes import demand_login
from publisher.model import ItemState
from publisher.moves import Transaction
from publisher.queue import Queue
from publisher.refusals import recorded
from publisher.register import Register
from publisher.tables import ItemRow, OfficerRow

_items = ItemRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

_WAITS = frozenset({ItemState.CHECKED, ItemState.HELD, ItemState.BLOCKED, ItemState.LATE})
_GOING = frozenset({ItemState.RELEASING})
_OUT = frozenset({ItemState.PUBLISHED, ItemState.PART_PUBLISHED})
CAUSE = "suspension"
"""The cause of a hold, for the record. Why an officer was suspended is nobody's business who reads an item."""


@dataclass(frozen=True, slots=True)
class Left:
    """What an officer had: held now; waiting anyhow, and stopped by the gate; just being released; and out already."""

    officer: OfficerRow
    held: tuple[ItemRow, ...]
    waiting: tuple[ItemRow, ...]
    going: tuple[ItemRow, ...]
    out: tuple[ItemRow, ...]


class Leaving:
    """Switches officers off."""

    def __init__(
        self, queue: Queue, register: Register, holding: Holding, now: Callable[[], datetime]
    ) -> None:
        self._queue, self._register, self._holding, self._now = queue, register, holding, now

    def suspend(self, login: str, *, officer: str, reason: str) -> Left:
        """Suspends `login` and holds what they wrote or approved. Raises InputError (no reason), NotDesignated."""
        now = self._now()
        with recorded(self._queue, now, officer, "suspend an officer"), self._queue.writing() as connection:
            ground = demand_reason(reason, "only directors and they themselves read it")
            row = self._register.suspended(connection, login, actor=officer, now=now, reason=ground)
            found = _sorted(row, self._of(connection, login))
            for item in found.held:
                did = "wrote" if item.author == login else "approved"
                why = f"{login}, who {did} it, was suspended."
                self._holding.held(connection, item, officer=officer, reason=why, cause=CAUSE)
        return found

    def foreseen(self, login: str) -> Left:
        """What suspending `login` would reach; nothing is changed. Raises NotFound."""
        demand_login(login)
        row = self._register.officer(login)
        if row is None or row.suspended_at is not None:
            kind = NotFound if row is None else InputError
            raise kind(
                f"there is no active officer {login!r}",
                field="login",
                way_out="See `publisher officer list`.",
            )
        with self._queue.reading() as connection:
            return _sorted(row, self._of(connection, login))

    def _of(self, connection: Transaction, login: str) -> list[ItemRow]:
        """What they wrote, or let go as second officers: a login is one of the words between the commas."""
        theirs = or_(_items.c.author == login, _items.c.approver.contains(login, autoescape=True))
        found, _ = items_where(connection, theirs)
        return [item for item in found if login in item.officers]


def _sorted(row: OfficerRow, items: Sequence[ItemRow]) -> Left:
    def those(*states: ItemState) -> tuple[ItemRow, ...]:
        return tuple(item for item in items if item.state in states)

    return Left(row, those(ItemState.QUEUED), those(*_WAITS), those(*_GOING), those(*_OUT))
