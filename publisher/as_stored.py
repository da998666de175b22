"""Rows as they lie in the database: a hand may have written what is no JSON, and no moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Integer,
    Row,
    String,
    Table,
    TypeDecorator,
    select,
    type_coerce,
)

from publisher.chain import moment_text
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
    query = select(*_raw(_items)).where(*where).order_by(_items.c.id).limit(BATCH)
    following = query
    while batch := [_values(row) for row in connection.execute(following)]:
        rows: dict[str, list[dict[str, Any]]] = {item["id"]: [] for item in batch}
        of_these = select(*_raw(_deliveries)).where(_deliveries.c.item_id.in_(list(rows)))
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
    query = select(*_raw(table)).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=BATCH).execute(query):
        yield _values(row)


def _raw(table: Table) -> list[Any]:
    """Its columns, each as it lies there: a hand may have written what is no JSON and no moment."""
    return [
        type_coerce(column, String).label(column.name) if _is_coded(column.type) else column
        for column in table.c
    ]


def _is_coded(kind: Any) -> bool:
    return isinstance(plain_type(kind), JSON | DateTime | Date)


def plain_type(kind: Any) -> Any:
    """The type that a column has in the database."""
    return kind.impl if isinstance(kind, TypeDecorator) else kind


def _values(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)


def read_row(model: type[_Model], values: dict[str, Any]) -> _Model | None:
    """The row as the program reads it; made once. None where something stands in it that was never written there."""
    if _MADE not in values:
        try:
            values[_MADE] = model(**{name: _read(kind, values[name]) for name, kind in _KINDS[model]})
        except (OverflowError, TypeError, ValueError, RecursionError):
            values[_MADE] = None
    made: _Model | None = values[_MADE]
    return made


_MADE = ""
"""The key of the row as the program reads it, beside its columns."""
_KINDS = {
    model: [(column.name, plain_type(column.type)) for column in table.c]
    for model, table in ((ItemRow, _items), (DeliveryRow, _deliveries))
}
_PLAIN = ((String, str), (Integer, int))


def _read(kind: Any, stored: Any) -> Any:
    """What the program reads there. Raises TypeError or ValueError where it is none of the column's values."""
    if stored is None:
        return None
    if isinstance(kind, JSON):
        return json.loads(stored)
    if isinstance(kind, DateTime | Date):
        return datetime.fromisoformat(moment_text(stored))
    if not all(isinstance(stored, value) for column, value in _PLAIN if isinstance(kind, column)):
        raise TypeError(f"{type(stored).__name__} where there is none")
    return stored
