"""A refusal is recorded: who was told no by this program, of what, and why (promise 7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from publisher.errors import Refused, one_line
from publisher.queue import Queue
from publisher.record import append

DENIED = "denied"
"""The action of the event: an officer who refuses an item does something else."""


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
            append(connection, now, one_line(actor), DENIED, item_id=item_id, detail=detail)
        raise
