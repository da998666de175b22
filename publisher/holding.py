"""A person stops an item that is on its way: it is held for review, and goes on only by somebody's decision.

Not by its author's: whoever let it go on in the meantime would have undone what another stopped. Callers know that
the officer may hold: a director who suspends (clause 5a), or who raised a concern (clause 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from publisher.approval import demand_reason
from publisher.clearing import READY, Clearing
from publisher.errors import IllegalMove, NotDesignated
from publisher.lastcheck import damage
from publisher.lookalikes import is_login
from publisher.model import ItemState
from publisher.queue import Queue, Transaction, move_item, set_delivery, set_item
from publisher.record import Event, append
from publisher.refusals import recorded
from publisher.tables import DeliveryRow, ItemRow

HELD = "held by a person"
"""The action of the event; what holds an item by itself (the gate, the last check) has none of it."""
_OFF = frozenset({ItemState.WITHDRAWING, ItemState.WITHDRAWN, ItemState.CANCELLED})


class Holding:
    """Holds items."""

    def __init__(self, queue: Queue, clearing: Clearing, now: Callable[[], datetime]) -> None:
        self._queue, self._clearing, self._now = queue, clearing, now

    def hold(self, item_id: str, *, officer: str, reason: str, cause: str = "") -> ItemRow:
        """Holds an item in a transaction of its own. Raises IllegalMove (too late), InputError (no such item, no reason)."""
        now = self._now()
        with recorded(self._queue, now, officer, "hold", item_id), self._queue.writing() as connection:
            self.held(connection, self._queue.item(item_id), officer=officer, reason=reason, cause=cause)
        return self._queue.item(item_id)

    def held(
        self, connection: Transaction, item: ItemRow, *, officer: str, reason: str, cause: str = ""
    ) -> None:
        """Holds an item in the caller's transaction, in which it was read. `cause` is one word for the record.

        One that is held already stays so, and is from now on held by a person, too. Raises as `hold` does.
        """
        here, now = _stoppable(item), self._now()
        why = demand_reason(reason)
        append(connection, now, officer, HELD, item_id=item.id, detail={"reason": why, "cause": cause})
        if here is ItemState.HELD:
            set_item(connection, item.id, reason=why)
            return
        rows = self._queue.deliveries(item.id)
        if not damage(item, rows):
            self._clearing.void(connection, item, rows)
        move_item(connection, item.id, here, ItemState.HELD, actor=officer, now=now, reason=why, due_at=None)
        _nothing_due(connection, rows)


def _stoppable(item: ItemRow) -> ItemState:
    """The state of an item that can be held. Raises IllegalMove for one that is not on its way, or out already."""
    here = ItemState(item.state)
    if here in {ItemState.QUEUED, ItemState.HELD}:
        return here
    if here in _OFF:
        raise IllegalMove(f"item {item.id} is {here} already", way_out=f"See `publisher show {item.id}`.")
    if here in {ItemState.BLOCKED, ItemState.LATE, ItemState.CHECKED, ItemState.DRAFT}:
        raise IllegalMove(
            f"item {item.id} is {here}, and does not go by itself",
            way_out=f"To stop it for good: `publisher withdraw {item.id} --reason TEXT`.",
        )
    raise IllegalMove(
        f"item {item.id} is {here}: it is too late to hold it", way_out=f"See `publisher show {item.id}`."
    )


def _nothing_due(connection: Transaction, rows: Sequence[DeliveryRow]) -> None:
    for row in rows:
        if row.state in READY:
            set_delivery(connection, row.id, due_at=None)


def holder(events: Iterable[Event]) -> str:
    """The person who holds an item, by its events; empty where nobody does, or it was let go since."""
    by = ""
    for event in events:
        if event.action == HELD:
            by = event.actor
        elif event.channel is None and event.after == ItemState.QUEUED:
            by = ""
    return by


def demand_other(item: ItemRow, events: Iterable[Event], officer: str) -> None:
    """Raises NotDesignated where an author lets go on what another officer held."""
    if officer == item.author and (by := holder(events)):
        named = f", {by}" if is_login(by) else ""  # whoever raised a concern is not told
        raise NotDesignated(
            f"item {item.id} is held by a person{named}: its author does not let it go on",
            way_out=f"Ask another officer, who reads it with `publisher preview {item.id}` first.",
        )
