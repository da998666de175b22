"""Before the moment of release: what can be uploaded is uploaded, so that at the moment only one request is left."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from publisher.channels import Channel, Supplies
from publisher.config import ReleaseSettings
from publisher.errors import ChannelFailed, EgressRefused, OutsideFailed
from publisher.media import MediaStore
from publisher.model import DeliveryState, Judgement, Media, Outcome, Post
from publisher.queue import Queue, move_delivery, set_delivery
from publisher.sending import ACTOR, FORBIDDEN, staged_of
from publisher.tables import DeliveryRow

log = logging.getLogger("publisher.staging")

READY = "ready"
"""The key in a delivery's staged values that an adapter sets once nothing is left but the last request."""


class Stager:
    """Prepares deliveries; safe to repeat, since nothing that it does is public as a post."""

    def __init__(
        self,
        queue: Queue,
        channels: Mapping[str, Channel],
        store: MediaStore,
        settings: ReleaseSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._queue, self._channels, self._store = queue, channels, store
        self._settings, self._now = settings, now

    def stage(self, item_id: str) -> datetime | None:
        """Takes every waiting delivery of the item a step on. When to come again, None where nothing is left to do."""
        rows = [row for row in self._queue.deliveries(item_id) if self._needs_staging(row)]
        supplies = self._supplies(item_id)
        pages = [row for row in rows if self._channels[row.channel].makes_page]
        others = [row for row in rows if row not in pages]
        moments = [self._step(row, supplies) for row in pages]
        if others:
            with ThreadPoolExecutor(len(others), thread_name_prefix="stage") as pool:
                moments += list(pool.map(lambda row: self._step(row, supplies), others))
        return min((moment for moment in moments if moment), default=None)

    def _needs_staging(self, row: DeliveryRow) -> bool:
        if row.state == DeliveryState.STAGED:
            return row.staged_until is not None and row.staged_until <= self._now()
        return row.state == DeliveryState.WAITING

    def _supplies(self, item_id: str) -> Supplies:
        rows = self._queue.deliveries(item_id)
        page = next(
            (self._channels[row.channel] for row in rows if self._channels[row.channel].makes_page), None
        )
        address: Callable[[Media], str | None] = getattr(page, "media_url", lambda _media: None)
        return Supplies(self._store.read, address, _pictures(rows))

    def _step(self, row: DeliveryRow, supplies: Supplies) -> datetime | None:
        now = self._now()
        channel = self._channels[row.channel]
        try:
            staged = channel.stage(
                Post.from_json(row.post), supplies, staged_of(row) if row.staged else None, now
            )
        except ChannelFailed as failure:
            return self._failed(row, failure.judgement)
        except EgressRefused:
            log.exception("item %s to %s: an undeclared request was refused", row.item_id, row.channel)
            return self._failed(row, FORBIDDEN)
        except OutsideFailed as failure:
            return self._failed(row, Judgement(Outcome.WAIT, str(failure)))
        kept: dict[str, Any] = {
            "staged": dict(staged.values),
            "staged_until": staged.expires_at,
            "reason": "",
        }
        with self._queue.writing() as connection:
            if row.state == DeliveryState.STAGED:
                set_delivery(connection, row.id, **kept)
            elif staged.values.get(READY):
                move_delivery(connection, row, DeliveryState.STAGED, actor=ACTOR, now=now, **kept)
            else:
                set_delivery(connection, row.id, **kept)
        return (
            None if staged.values.get(READY) else now + timedelta(seconds=float(staged.values.get("poll", 1)))
        )

    def _failed(self, row: DeliveryRow, judgement: Judgement) -> datetime | None:
        """A step that failed is tried again if waiting helps; else the delivery is refused, and the others go on."""
        log.warning("item %s to %s: %s (%s)", row.item_id, row.channel, judgement.officer, judgement.engineer)
        now = self._now()
        if judgement.outcome in {Outcome.WAIT, Outcome.UNKNOWN}:
            with self._queue.writing() as connection:
                set_delivery(connection, row.id, reason=judgement.officer)
            return judgement.wait_until(now, timedelta(seconds=self._settings.back_off))
        detail = {"outcome": str(judgement), "engineer": judgement.engineer}
        with self._queue.writing() as connection:
            move_delivery(
                connection,
                row,
                DeliveryState.REFUSED,
                actor=ACTOR,
                now=now,
                detail=detail,
                reason=judgement.officer,
            )
        return None


def _pictures(rows: Sequence[DeliveryRow]) -> tuple[Media, ...]:
    """Every picture of every post of an item, once."""
    return tuple(dict.fromkeys(media for row in rows for media in Post.from_json(row.post).media))
