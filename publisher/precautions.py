"""What is done at once where the database may be an older one that was put back (DESIGN §4).

It has forgotten what it sent: what waits is held, so that a person looks first whether it is out. It has forgotten who
was told to stay out, too: every token is revoked, since one that was revoked later would count again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

from publisher.clearing import Clearing
from publisher.holding import Holding
from publisher.lastcheck import damage
from publisher.model import ItemState
from publisher.queue import Queue, Transaction, move_item
from publisher.tables import TokenRow
from publisher.tokens import Tokens

CAUSE = "older"
"""The cause of the holding, in one word."""
LOOK = "An older database was put back: look on each channel whether this is out already."
SINCE = "an older database was put back: this one may have been revoked since"


class Precautions:
    """Each in the caller's transaction."""

    def __init__(
        self, queue: Queue, tokens: Tokens, holding: Holding, clearing: Clearing, now: Callable[[], datetime]
    ) -> None:
        self._queue, self._tokens, self._holding = queue, tokens, holding
        self._clearing, self._now = clearing, now

    def revoke(self, connection: Transaction, officer: str) -> tuple[TokenRow, ...]:
        """Makes every token worthless; those that counted until now."""
        return tuple(self._tokens.revoke_all(connection, officer, SINCE))

    def hold(self, connection: Transaction, officer: str) -> tuple[str, ...]:
        """Stops what is on its way: it may be out already. The ids of all that it stopped."""
        now = self._now()
        found = self._queue.items([ItemState.QUEUED, ItemState.RELEASING], limit=sys.maxsize)
        for item in found:
            if item.state == ItemState.QUEUED:
                self._holding.held(connection, item, officer=officer, reason=LOOK, cause=CAUSE)
            else:  # in the middle of its release; what of it was being sent is unknown at the next start
                here, detail = ItemState.RELEASING, {"cause": CAUSE}
                if not damage(item, rows := self._queue.deliveries(item.id)):
                    self._clearing.void(connection, item, rows)
                move_item(
                    connection, item.id, here, ItemState.HELD, actor=officer, now=now, detail=detail, reason=LOOK, due_at=None
                )  # fmt: skip
        return tuple(item.id for item in found)
