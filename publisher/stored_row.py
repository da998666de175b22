"""One row from what lies in the database, whole or in part: a hand may have written what is no day, no JSON and no text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    Column,
    Date,
    DateTime,
    Integer,
    String,
    Table,
    TypeDecorator,
    type_coerce,
)
from sqlmodel import SQLModel

from publisher.chain import moment_text
from publisher.errors import InputError

Row = TypeVar("Row", bound=SQLModel)


def as_they_lie(table: Table) -> list[Any]:
    """Its columns without what SQLAlchemy makes of them: a hand may have written what is no day, and no JSON."""
    return [type_coerce(column, String).label(column.name) for column in table.c]


def plain_type(kind: Any) -> Any:
    """The type that a column has in the database."""
    return kind.impl if isinstance(kind, TypeDecorator) else kind


def read(model: type[Row], lies: Mapping[Any, Any]) -> Row | None:
    """The row; None where something stands in it that was never written there."""
    try:
        return model(**{column.name: _value(column, lies[column.name]) for column in _columns(model)})
    except UNREADABLE:
        return None


def read_in_part(model: type[Row], lies: Mapping[Any, Any]) -> Row:
    """A row that counts for nothing: with what can be read of it, so that it can be named and entered anew."""
    return model(**{column.name: _value_or_nothing(column, lies[column.name]) for column in _columns(model)})


def _columns(model: type[SQLModel]) -> Iterable[Column[Any]]:
    table: Table = model.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
    return table.c


def _value(column: Column[Any], lies: Any) -> Any:
    """What the program reads there. Raises one of UNREADABLE."""
    if lies is None and column.nullable:
        return None
    read = next(read for of, read in _READ.items() if isinstance(plain_type(column.type), of))
    return read(lies)


def _value_or_nothing(column: Column[Any], lies: Any) -> Any:
    kind = plain_type(column.type)
    if not isinstance(kind, JSON):  # words that nobody sealed may be of any shape
        try:
            return _value(column, lies)
        except UNREADABLE:
            pass
    if isinstance(kind, String):
        return str(lies or "")
    return (
        None if column.nullable else next(nothing for of, nothing in _NOTHING.items() if isinstance(kind, of))
    )


def _text(lies: Any) -> str:
    if not isinstance(lies, str):
        raise TypeError("no text")
    return lies


def _number(lies: Any) -> int:
    if not isinstance(lies, int):
        raise TypeError("no number")
    return lies


def _moment(lies: Any) -> datetime:
    """One that can be told in any zone: at the calendar's ends there is none."""
    moment = datetime.fromisoformat(moment_text(lies))
    if not date.min.year < moment.year < date.max.year:
        raise ValueError("no moment of ours")
    return moment


_READ: dict[type, Callable[[Any], Any]] = {
    JSON: json.loads, DateTime: _moment, Date: date.fromisoformat, Integer: _number, String: _text,
}  # fmt: skip
"""How what lies in a column is read, by its type."""
_NOTHING: dict[type, Any] = {
    JSON: [],
    DateTime: datetime(1970, 1, 1, tzinfo=UTC),
    Date: date(1970, 1, 1),
    Integer: 0,
}
"""What stands for a value that must be there and cannot be read, by its type."""
UNREADABLE = (InputError, AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
"""What reading anything raises that a hand wrote, whole or within its JSON."""
