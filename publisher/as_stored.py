"""Rows as they lie in the database: a hand may have written what is no JSON, and no moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table, select

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
