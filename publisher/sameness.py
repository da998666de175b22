"""Which items say the same: a second announcement of one thing is junk to whoever reads both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from publisher.item import Item
from publisher.model import ItemState, digest_of
from publisher.policy.folding import fold
from publisher.queue import Queue
from publisher.tables import ItemRow

_items = ItemRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_OFF = (ItemState.WITHDRAWING, ItemState.WITHDRAWN, ItemState.CANCELLED, ItemState.BLOCKED)
"""What is not announced is not said twice."""


def words_of(item: Item) -> str:
    """sha256 (hex) over what the item says, read as an eye reads it: title, summary, when and where."""
    said = [_folded(text) for text in (item.title, item.summary, item.location)]
    return digest_of([*said, item.starts_at.isoformat() if item.starts_at else None])


def _folded(text: str) -> str:
    return " ".join(fold(text).text.split())


def earlier(
    queue: Queue, words: str, *, item_id: str, external_id: str | None, before: datetime
) -> tuple[str, ...]:
    """The ids of items handed in before this one with the same words, the oldest first. No item repeats itself."""
    query = select(_items.c.id).where(
        _items.c.words == words,
        _items.c.state.not_in([state.value for state in _OFF]),
        _items.c.id != item_id,
        _items.c.created_at <= before,
    )
    if external_id is not None:
        query = query.where(or_(_items.c.external_id.is_(None), _items.c.external_id != external_id))
    with queue.reading() as connection:
        return tuple(connection.execute(query.order_by(_items.c.created_at, _items.c.id)).scalars())
