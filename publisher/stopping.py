"""What stops an item on its way: held for a person, or late. Its clearance goes with it, and nothing of it is due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from publisher.clearing import READY
from publisher.lastcheck import LastCheck, Looked
from publisher.model import DeliveryState, ItemState
from publisher.moves import Transaction, due_once_given_up, move_delivery, move_item, set_delivery, set_item
from publisher.queue import Queue
from publisher.sending import ACTOR
from publisher.tables import DeliveryRow, ItemRow

log = logging.getLogger("publisher.release")

LATE = "It could not go in time; nothing goes late by itself."
OPEN = frozenset({ItemState.QUEUED, ItemState.RELEASING})
"""The states of an item that is on its way."""
_MAY_BE_OUT = frozenset({DeliveryState.SENT, DeliveryState.UNKNOWN})


class Stopper:
    """Stops items."""

    def __init__(self, queue: Queue, check: LastCheck, now: Callable[[], datetime]) -> None:
        self._queue, self._check, self._now = queue, check, now

    def hold(self, item: ItemRow, looked: Looked) -> None:
        """Holds an item for a person, in a transaction of its own; one that a person stopped meanwhile stays as it is."""
        with self._queue.writing() as connection:
            if self._queue.item(item.id).state == item.state:
                self.held(connection, item, looked)

    def held(self, connection: Transaction, item: ItemRow, looked: Looked) -> None:
        """Holds an item for a person, with the reason."""
        self._stop(connection, item, ItemState.HELD, looked)
        log.warning("item %s is held: %s", item.id, looked.problem)

    def late(self, connection: Transaction, item: ItemRow, rows: Sequence[DeliveryRow]) -> None:
        """Late is a state, not a burst: a person decides (DESIGN §4). What is out of it stays out."""
        if item.state == ItemState.RELEASING and any(row.state in _MAY_BE_OUT for row in rows):
            leave(connection, rows, actor=ACTOR, now=self._now(), reason=LATE)
        else:
            self._stop(connection, item, ItemState.LATE, Looked(LATE, "late"))
        log.warning("item %s: %s", item.id, LATE)

    def _stop(self, connection: Transaction, item: ItemRow, after: ItemState, looked: Looked) -> None:
        changes = self._check.stop(connection, item, looked)
        here, detail = ItemState(item.state), {"cause": looked.cause}
        move_item(
            connection, item.id, here, after, actor=ACTOR, now=self._now(), detail=detail, reason=looked.problem,
            due_at=None, **changes,
        )  # fmt: skip
        rest(connection, self._queue.deliveries(item.id))

    def rest(self, item_id: str) -> None:
        """Nothing is done by itself for an item that is not on its way."""
        with self._queue.writing() as connection:
            if self._queue.item(item_id).state not in OPEN:
                set_item(connection, item_id, due_at=None)
                rest(connection, self._queue.deliveries(item_id))


def rest(connection: Transaction, rows: Sequence[DeliveryRow]) -> None:
    """Nothing of what has not gone is due any more."""
    for row in rows:
        if row.state in READY:
            set_delivery(connection, row.id, due_at=None)


def leave(
    connection: Transaction, rows: Sequence[DeliveryRow], *, actor: str, now: datetime, reason: str
) -> None:
    """What has not gone does not go any more."""
    for row in rows:
        if row.state in READY:
            after = DeliveryState.NOT_SENT
            due = due_once_given_up(row, now)
            move_delivery(connection, row, after, actor=actor, now=now, reason=reason, due_at=due, looks=0)
