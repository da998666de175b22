"""What is done at once where the database may be an older one that was put back (DESIGN §4).

It has forgotten what it sent: whatever can go, by itself or by an officer's word, is held, so that a second person looks
first whether it is out. It has forgotten who was told to stay out, too: every token is revoked, since one that was revoked
later would count again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from publisher.clearing import CLEARED, Clearing, changed
from publisher.holding import Holding
from publisher.model import ItemState
from publisher.moves import Transaction, move_item
from publisher.queue import Queue
from publisher.record import SCHEDULER
from publisher.tables import ItemRow, TokenRow
from publisher.tokens import Tokens

CAUSE = "older"
"""The cause of the holding, in one word."""
LOOK = "An older database was put back: look on each channel whether this is out already."
SINCE = "an older database was put back: this one may have been revoked since"

_MAY_GO = (ItemState.QUEUED, ItemState.RELEASING, ItemState.HELD, ItemState.LATE, ItemState.PART_PUBLISHED)
"""What goes by itself, or by a word of its author's (`retry`, `reschedule`)."""
_WAYS: Mapping[ItemState, tuple[ItemState, ...]] = {
    ItemState.RELEASING: (ItemState.HELD,),  # what of it was being sent is unknown at the next start
    ItemState.LATE: (ItemState.CHECKED, ItemState.HELD),
    ItemState.PART_PUBLISHED: (ItemState.RELEASING, ItemState.HELD),
}
"""How what is not simply held gets there (model.ITEM_MOVES)."""


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
        """Stops all that may be out already and could go once more. The ids of all that it stopped."""
        found = self._queue.items(_MAY_GO)
        for item in found:
            stopped = self._stopped(connection, item, officer)
            self._holding.held(connection, stopped, officer=officer, reason=LOOK, cause=CAUSE)
        return tuple(item.id for item in found)

    def _stopped(self, connection: Transaction, item: ItemRow, officer: str) -> ItemRow:
        """The item, put where it can be held. Nobody gets a part in it by that: the officer may let it go on later."""
        here, now = ItemState(item.state), self._now()
        way = _WAYS.get(here, ())
        if here in CLEARED and way:
            self._clearing.void(connection, item, self._queue.deliveries(item.id))
        for after in way:
            actor, detail = officer if after is ItemState.HELD else SCHEDULER, {"cause": CAUSE}
            move_item(connection, item.id, here, after, actor=actor, now=now, detail=detail, due_at=None)
            here = after
        return changed(item, state=here.value)
