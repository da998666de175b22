"""Reading back: what became of a post that nobody could tell of, by looking among our own posts for its link.

Nothing is sent here. An empty answer proves nothing, so after a few looks a person decides (DESIGN §4).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from publisher.channels import Channel, find_is_proof
from publisher.clearing import Clearing
from publisher.config import ReleaseSettings
from publisher.costs import booking
from publisher.errors import ChannelFailed, EgressRefused, IllegalMove
from publisher.model import DeliveryState, Post, Receipt
from publisher.moves import Transaction, demand_same, move_delivery, set_delivery
from publisher.queue import Queue
from publisher.sending import ACTOR, staged_of
from publisher.tables import DeliveryRow

log = logging.getLogger("publisher.readback")


class ReadBack:
    """Looks for unknown deliveries on their channels, and records what was found."""

    def __init__(
        self,
        queue: Queue,
        channels: Mapping[str, Channel],
        clearing: Clearing,
        settings: ReleaseSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._clearing = clearing
        self._queue, self._channels, self._settings, self._now = queue, channels, settings, now

    def look(self, row: DeliveryRow) -> None:
        """One look for an unknown post; it is never sent again."""
        receipt, now = self._found_by(row), self._now()
        with _settled_meanwhile(row, receipt), self._queue.writing() as connection:
            demand_same(connection, row)
            if receipt:
                self._found(connection, row, receipt, now)
            else:
                self._look_again(connection, row, now)

    def settle_page(self, row: DeliveryRow) -> None:
        """A page found in `unknown` at a restart: our own website can tell for sure whether it is there."""
        channel = self._channels[row.channel]
        if row.state != DeliveryState.UNKNOWN or not find_is_proof(channel):
            return
        try:
            receipt = channel.find(Post.from_json(row.post), staged_of(row), self._now())
        except ChannelFailed as failure:
            log.warning("item %s to %s: could not look: %s", row.item_id, row.channel, failure)
            return
        now = self._now()
        with _settled_meanwhile(row, receipt), self._queue.writing() as connection:
            demand_same(connection, row)
            if receipt:
                self._found(connection, row, receipt, now)
                return
            move_delivery(connection, row, DeliveryState.NOT_SENT, actor=ACTOR, now=now, due_at=None)
            row.state = DeliveryState.NOT_SENT.value
            move_delivery(connection, row, DeliveryState.WAITING, actor=ACTOR, now=now)

    def _found_by(self, row: DeliveryRow) -> Receipt | None:
        """What the channel finds; whatever breaks while looking proves nothing, and counts as one of the looks."""
        try:
            channel = self._channels[row.channel]
            return channel.find(Post.from_json(row.post), staged_of(row), self._now())
        except (ChannelFailed, EgressRefused) as failure:
            log.warning("item %s to %s: could not look: %s", row.item_id, row.channel, failure)
        except Exception:
            log.exception("item %s to %s: broke while looking", row.item_id, row.channel)
        return None

    def _cost(self, row: DeliveryRow) -> Mapping[str, int]:
        """What the post costs, now that it is known to be out."""
        channel = self._channels.get(row.channel)
        return booking(channel.limits if channel else None, row.post)

    def _found(self, connection: Transaction, row: DeliveryRow, receipt: Receipt, now: datetime) -> None:
        found = {"remote_id": receipt.remote_id, "url": receipt.url, "reason": receipt.note, "due_at": None}
        cost, proof = self._cost(row), self._clearing.of_sending(row, receipt.remote_id, receipt.url)
        detail = {"found": receipt.url, **cost}
        move_delivery(
            connection, row, DeliveryState.SENT, actor=ACTOR, now=now, detail=detail, subject=proof, **found, **cost
        )  # fmt: skip

    def _look_again(self, connection: Transaction, row: DeliveryRow, now: datetime) -> None:
        waits = self._settings.read_back[row.looks + 1 :]
        due = now + timedelta(seconds=waits[0]) if waits else None
        reason = row.reason if waits else f"{row.reason} Look on {row.channel}, then: {_answers(row)}"
        set_delivery(connection, row.id, looks=row.looks + 1, due_at=due, reason=reason)


def _answers(row: DeliveryRow) -> str:
    """What a person types who looked."""
    place = f"publisher resolve {row.item_id}/{row.channel}"
    return f"{place} --sent URL or {place} --not-sent"


@contextmanager
def _settled_meanwhile(row: DeliveryRow, receipt: Receipt | None) -> Iterator[None]:
    """Where a person settled it while the platform was asked, their word stands; what was found is in the log."""
    try:
        yield
    except IllegalMove as changed:
        found = f"it was found at {receipt.url}" if receipt else "it was not found"
        log.warning("item %s to %s: %s, but %s", row.item_id, row.channel, found, changed)
