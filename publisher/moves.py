"""How items and deliveries move on: a compare-and-set plus an event, in one transaction (DESIGN §4).

model.ITEM_MOVES and model.DELIVERY_MOVES alone say which moves there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, select, update

from publisher.errors import IllegalMove
from publisher.model import DELIVERY_MOVES, ITEM_MOVES, DeliveryState, ItemState
from publisher.record import append
from publisher.tables import DeliveryRow, ItemRow
from publisher.transmissions import Transmission

Transaction: TypeAlias = Connection
"""An open transaction, as `Queue.writing` gives it: the moves made on it happen together or not at all."""

_items, _deliveries = ItemRow.__table__, DeliveryRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

CREATED, MOVED, REQUEST = "created", "moved", "request"
"""The actions of events: an item came, it or a delivery was moved, a request left for a platform."""
SETTLED = "settled by hand"
"""That of the event by which a person says that they did what a post which is out had left to them.

Where nobody knew the post's address, it holds the proof of the one that they tell, as the event of sending does.
"""


def move_item(
    connection: Transaction,
    item_id: str,
    before: ItemState,
    after: ItemState,
    *,
    actor: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Moves an item if it is still in `before`, and writes the event. Raises IllegalMove."""
    if after not in ITEM_MOVES[before]:
        raise IllegalMove(f"an item that is {before} cannot become {after}")
    where = (_items.c.id == item_id, _items.c.state == before.value)
    if connection.execute(update(_items).where(*where), {"state": after.value, **changes}).rowcount != 1:
        raise IllegalMove(f"item {item_id} is no longer {before}", way_out=f"See `publisher show {item_id}`.")
    append(connection, now, actor, MOVED, item_id=item_id, move=(before, after), detail=detail)


def move_delivery(
    connection: Transaction,
    row: DeliveryRow,
    after: DeliveryState,
    *,
    actor: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
    subject: str | None = None,
    **changes: Any,
) -> None:
    """Moves a delivery if it is still as `row` says, and writes the event; that of sending names the post's digest.

    `subject` is what else the event is to hold (publisher/clearing.py). Raises IllegalMove.
    """
    before = DeliveryState(row.state)
    if after not in DELIVERY_MOVES[before]:
        raise IllegalMove(f"a delivery that is {before} cannot become {after}")
    where = (_deliveries.c.id == row.id, _deliveries.c.state == before.value)
    if connection.execute(update(_deliveries).where(*where), {"state": after.value, **changes}).rowcount != 1:
        raise IllegalMove(f"the delivery to {row.channel} is no longer {before}")
    subject = row.digest if after is DeliveryState.SENDING else subject
    append(
        connection, now, actor, MOVED, item_id=row.item_id, channel=row.channel, subject=subject, move=(before, after),
        detail=detail,
    )  # fmt: skip


def due_once_given_up(row: DeliveryRow, now: datetime) -> datetime | None:
    """When a delivery that is given up is looked at again: at once where something was prepared for it (publisher/leftovers.py)."""
    return now if row.staged else None


def demand_same(connection: Transaction, row: DeliveryRow) -> None:
    """Raises IllegalMove where a delivery is in another state, or has another post, than when `row` was read.

    Whoever asked a platform meanwhile knows nothing of what an officer decided: it must not be written over.
    """
    same = select(_deliveries.c.id).filter_by(id=row.id, state=row.state, digest=row.digest)
    if connection.execute(same).first() is None:
        raise IllegalMove(f"the delivery to {row.channel} was changed meanwhile")


def note_requests(
    connection: Transaction, row: DeliveryRow, requests: Sequence[Transmission], *, actor: str, now: datetime
) -> None:
    """Writes down every request that a delivery made: where to, and the digest of the exact bytes."""
    for made in requests:
        place = (f"{made.method} {made.place}", made.body)
        append(
            connection, now, actor, REQUEST, item_id=row.item_id, channel=row.channel, move=place, detail=made.detail()
        )  # fmt: skip


def set_item(connection: Transaction, item_id: str, **changes: Any) -> None:
    """Changes what is not a state, such as the next moment at which something is due. Raises IllegalMove for a state."""
    _demand_no_state(changes)
    connection.execute(update(_items).where(_items.c.id == item_id), changes)


def set_delivery(connection: Transaction, delivery_id: int | None, **changes: Any) -> None:
    """Changes what is not a state. Raises IllegalMove for a state."""
    _demand_no_state(changes)
    connection.execute(update(_deliveries).where(_deliveries.c.id == delivery_id), changes)


def _demand_no_state(changes: Mapping[str, Any]) -> None:
    if "state" in changes:
        raise IllegalMove("a state is changed by a move, which leaves an event, and by nothing else")
