"""Rows as they lie in the database: a hand may have written what is no JSON, and no moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table, select

from publisher.errors import IllegalMove
from publisher.model import ItemState, Kind
from publisher.stored_row import as_they_lie, read
from publisher.tables import DeliveryRow, ItemRow

_items, _deliveries = ItemRow.__table__, DeliveryRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_Model = TypeVar("_Model", ItemRow, DeliveryRow)

BATCH = 500
"""Items that are looked at together: SQLite takes as many values in one statement, and they fit in the memory."""
_CHANGING = frozenset(
    {"", "state", "due_at", "reason", "page_live_at", "tries", "looks", "sent_at", "cost", "remote_id", "url"}
)
"""What changes by itself on the way, and no seal covers."""


def facts(row: dict[str, Any]) -> list[Any]:
    """All of a row that stays as it is on its way."""
    return [value for name, value in row.items() if name not in _CHANGING]


def stored(
    connection: Connection, *where: ColumnElement[bool]
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Every item that meets all of `where`, with its deliveries, a batch at a time."""
    query = select(*as_they_lie(_items)).where(*where).order_by(_items.c.id).limit(BATCH)
    following = query
    while batch := [_values(row) for row in connection.execute(following)]:
        rows: dict[str, list[dict[str, Any]]] = {item["id"]: [] for item in batch}
        of_these = select(*as_they_lie(_deliveries)).where(_deliveries.c.item_id.in_(list(rows)))
        for row in connection.execute(of_these.order_by(_deliveries.c.position, _deliveries.c.id)):
            rows[row.item_id].append(_values(row))
        yield from ((item, rows[item["id"]]) for item in batch)
        if len(batch) < BATCH:  # nor is an id that is no UTF-8 asked for again and again
            return
        following = query.where(_items.c.id > batch[-1]["id"])


def orphans(connection: Connection) -> Iterator[tuple[str, str]]:
    """Deliveries of no item."""
    joined = select(_deliveries.c.item_id, _deliveries.c.channel).outerjoin(_items)
    found = connection.execute(joined.where(_items.c.id.is_(None)).order_by(_deliveries.c.id))
    yield from ((row.item_id, row.channel) for row in found)


def rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Every row of a table, a batch at a time: they need not fit in the memory."""
    query = select(*as_they_lie(table)).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=BATCH).execute(query):
        yield _values(row)


def _values(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)


def read_row(model: type[_Model], values: dict[str, Any]) -> _Model | None:
    """The row as the program reads it; made once. None where something stands in it that was never written there."""
    if _MADE not in values:
        values[_MADE] = read(model, values)
    made: _Model | None = values[_MADE]
    return made


_MADE = ""
"""The key of the row as the program reads it, beside its columns."""


def items_where(
    connection: Connection, *where: ColumnElement[bool], order: Sequence[Any] = (), limit: int | None = None
) -> tuple[list[ItemRow], list[str]]:
    """The items that meet all of `where`, soonest first if not said; and the ids of those of them that cannot be read."""
    query = (
        select(*as_they_lie(_items)).where(*where).order_by(*(order or (_items.c.publish_at, _items.c.id)))
    )
    found, unreadable = list[ItemRow](), list[str]()
    for row in connection.execute(query.limit(limit)):
        item = read_item(row._mapping)
        if item is None:
            unreadable.append(str(row.id))
        else:
            found.append(item)
    return found, unreadable


def deliveries_where(
    connection: Connection, *where: ColumnElement[bool]
) -> tuple[list[DeliveryRow], list[int]]:
    """The deliveries that meet all of `where`, an item's page first; and the numbers of those of them that cannot be read."""
    query = select(*as_they_lie(_deliveries)).where(*where).order_by(_deliveries.c.position)
    found, unreadable = list[DeliveryRow](), list[int]()
    for row in connection.execute(query):
        delivery = read(DeliveryRow, row._mapping)
        if delivery is None:
            unreadable.append(row.id)
        else:
            found.append(delivery)
    return found, unreadable


def read_item(lies: Mapping[Any, Any]) -> ItemRow | None:
    """The item; None where something stands in it that was never written there, its state and kind among that."""
    item = read(ItemRow, lies)
    return item if item and item.state in _STATES and item.kind in _ITEM_KINDS else None


_STATES, _ITEM_KINDS = frozenset(map(str, ItemState)), frozenset(map(str, Kind))


def cannot_be_read(what: str) -> IllegalMove:
    """What is said of a row that cannot be read."""
    return IllegalMove(
        f"{what} cannot be read: a hand wrote into the database what never stands there",
        way_out="It does not go. Hand the item in anew, or put the newest database back; `publisher audit verify` says more.",
    )
