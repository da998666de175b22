"""Emergencies in the record: that one was called, that somebody looked at it afterwards, and which still wait for that."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select

from publisher.as_stored import items_where
from publisher.model import ItemState
from publisher.moves import Transaction
from publisher.queue import Queue
from publisher.record import append
from publisher.tables import EventRow, ItemRow

_items, _events = ItemRow.__table__, EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

CALLED = "called an emergency"
"""The action of the event that an item was handed in as one."""
REVIEWED = "looked at afterwards"
"""The action of the event that somebody looked at it."""


def call(connection: Transaction, item: ItemRow, now: datetime) -> None:
    """Writes down that its author calls the item an emergency. Events alone say so: no hand takes one off the list."""
    append(connection, now, item.author, CALLED, item_id=item.id)


def waiting(queue: Queue) -> list[ItemRow]:
    """The emergencies that went, whatever became of them since, and that nobody has looked at; the oldest first."""
    other = _events.alias()
    looked_at = exists().where(other.c.item_id == _events.c.item_id, other.c.action == REVIEWED)
    went = exists().where(other.c.item_id == _events.c.item_id, other.c.after == ItemState.RELEASING.value)
    called = select(_events.c.item_id).where(_events.c.action == CALLED, ~looked_at, went)
    with queue.reading() as connection:
        return items_where(connection, _items.c.id.in_(called))[0]
