"""Rows for tests of the queue itself, as the desk would store them; and somebody else who comes between two statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import get_ident
from typing import Any

from sqlalchemy import event

from publisher.queue import Queue
from publisher.tables import DeliveryRow, ItemRow

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def item_row(item_id: str = "one", **changes: Any) -> ItemRow:
    """A draft of a news item."""
    values: dict[str, Any] = {
        "id": item_id,
        "kind": "news",
        "title": "Library opens late",
        "state": "draft",
        "publish_at": NOW,
        "slug": f"news/{item_id}",
        "link": f"https://www.example.gov.uk/news/{item_id}",
        "content": {"kind": "news", "title": "Library opens late"},
        "verdict": {},
        "author": "pat",
        "created_at": NOW,
    }
    return ItemRow(**(values | changes))


def delivery_row(item_id: str = "one", channel: str = "twitter", **changes: Any) -> DeliveryRow:
    """A waiting delivery of it."""
    values: dict[str, Any] = {
        "item_id": item_id,
        "channel": channel,
        "position": 0,
        "state": "waiting",
        "post": {},
        "digest": "0" * 64,
    }
    return DeliveryRow(**(values | changes))


@contextmanager
def between(queue: Queue, words: str, act: Callable[[], object], *, patience: float = 1) -> Iterator[None]:
    """Right after the first statement with `words`, somebody else does something, or waits for the one at it.

    `patience`: seconds after which that counts as waiting; more where nobody waits, and a slow disk must not look like it.
    """
    others = ThreadPoolExecutor(1)
    begun: list[Future[object]] = []
    ours = get_ident()  # what the other says with these words, before `submit` is back, begins nothing

    def after(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if words in statement and get_ident() == ours and not begun:
            begun.append(others.submit(act))
            wait(begun, timeout=patience)

    event.listen(queue.engine, "after_cursor_execute", after)
    try:
        yield
    finally:
        others.shutdown()
        event.remove(queue.engine, "after_cursor_execute", after)
    begun[0].result()
