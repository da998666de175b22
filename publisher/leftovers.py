"""What was prepared on a platform for a post that does not go: taken away again, so that nothing of it is left there.

Only where it is certain that nothing was published: what was prepared may be part of a post that is out. And only by this
program's own word for it: a number that a hand wrote into the database may be that of anything on the account.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from publisher import channels
from publisher.channels import Channel
from publisher.clearing import Clearing
from publisher.config import ReleaseSettings
from publisher.errors import ChannelFailed, ConfigError, EgressRefused
from publisher.lending import take_all_back
from publisher.model import DeliveryState, Judgement, Outcome, Post, Staged
from publisher.moves import MOVED, Transaction, note_requests, set_delivery
from publisher.queue import Queue
from publisher.sending import ACTOR, FORBIDDEN, staged_of
from publisher.stored_row import UNREADABLE
from publisher.tables import DeliveryRow
from publisher.transmissions import collecting

log = logging.getLogger("publisher.leftovers")

ENDED_STATES = frozenset({DeliveryState.REFUSED, DeliveryState.NOT_SENT})
"""The states of a delivery that does not go by itself any more, and is not out."""
_MAY_BE_OUT = frozenset({DeliveryState.SENT, DeliveryState.UNKNOWN})
TRIES = 5
"""What a platform does not take away after so many times stays: unpublished, nobody sees it but the account's people."""


class Leftovers:
    """Takes away what was prepared in vain."""

    def __init__(
        self, queue: Queue, channels: Mapping[str, Channel], clearing: Clearing, settings: ReleaseSettings,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._queue, self._channels, self._clearing = queue, channels, clearing
        self._settings, self._now = settings, now

    def clear(self, row: DeliveryRow) -> None:
        """Takes away what was prepared for a delivery that is given up; what may be out, or is not ours, stays."""
        if row.state in ENDED_STATES:
            self._take_back(row)
        channel = self._channels.get(row.channel)
        if channel is None or not self._is_ours_to_take(row):
            with self._queue.writing() as connection:
                set_delivery(connection, row.id, due_at=None)
            return
        with collecting() as requests:
            judgement = taken_away(channel, row, staged_of(row), self._now())
        with self._queue.writing() as connection:
            note_requests(connection, row, requests, actor=ACTOR, now=self._now())
            self._settle(connection, row, judgement)

    def _take_back(self, row: DeliveryRow) -> None:
        """Its pictures are lent no longer; what cannot be ended here the daemon ends within the hour once a day is over."""
        try:
            take_all_back(self._channels, self._clearing, row)
        except (ChannelFailed, *UNREADABLE) as failure:
            log.warning(
                "item %s to %s: its pictures are lent for a day: %s", row.item_id, row.channel, failure
            )

    def _is_ours_to_take(self, row: DeliveryRow) -> bool:
        if row.state not in ENDED_STATES or not row.staged:
            return False
        told = self._queue.events(row.item_id)
        moves = [event.after for event in told if event.channel == row.channel and event.action == MOVED]
        if _MAY_BE_OUT & set(moves) or moves[-1:] != [
            row.state
        ]:  # a person's word, or a hand's, may be mistaken
            return False
        try:
            return self._clearing.is_prepared_for(row, Post.from_json(row.post))
        except UNREADABLE:
            return False

    def _settle(self, connection: Transaction, row: DeliveryRow, judgement: Judgement | None) -> None:
        if judgement is None:
            self._change(connection, row, staged={}, staged_until=None, due_at=None, looks=0)
            return
        log.warning(
            "item %s to %s: what was prepared is still on the platform: %s (%s)",
            row.item_id, row.channel, judgement.officer, judgement.engineer,
        )  # fmt: skip
        again = judgement.outcome in {Outcome.WAIT, Outcome.UNKNOWN} and row.looks + 1 < TRIES
        moment = judgement.wait_until(self._now(), timedelta(seconds=self._settings.back_off))
        self._change(connection, row, looks=row.looks + 1, due_at=moment if again else None)

    def _change(self, connection: Transaction, row: DeliveryRow, **changes: Any) -> None:
        """Nothing of a delivery that an officer sends again meanwhile: by that, what was prepared is forgotten already."""
        if self._queue.delivery(row.id or 0).state in ENDED_STATES:
            set_delivery(connection, row.id, **changes)


def taken_away(channel: Channel, row: DeliveryRow, staged: Staged, now: datetime) -> Judgement | None:
    """Takes away what was prepared for `row`, with whatever that meets: None once nothing is left, else why something is."""
    try:
        channels.discard(channel, staged, now)
    except ChannelFailed as failure:
        return failure.judgement
    except ConfigError as error:  # found while the client is made
        return Judgement(Outcome.FIX, str(error), "no client")
    except EgressRefused:
        log.exception("item %s to %s: an undeclared request was refused", row.item_id, row.channel)
        return FORBIDDEN
    except Exception as error:
        log.exception("item %s to %s: broke while taking away what was prepared", row.item_id, row.channel)
        return Judgement(Outcome.WAIT, "The program broke.", type(error).__name__)
    return None
