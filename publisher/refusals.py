"""A refusal is recorded: who was told no, of what, and why (promise 7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from publisher.errors import Refused, one_line
from publisher.queue import Queue, note

ACTION = "refused"
"""The action of the event of a refusal."""


@contextmanager
def recorded(
    queue: Queue, now: datetime, actor: str, asked: str, item_id: str | None = None
) -> Iterator[None]:
    """Writes an event for a Refused that passes, in a transaction of its own, and lets it pass."""
    try:
        yield
    except Refused as error:
        detail = {"asked": asked, "why": error.message, "kind": type(error).__name__}
        with queue.writing() as connection:
            note(connection, now, one_line(actor), ACTION, item_id=item_id, detail=detail)
        raise
