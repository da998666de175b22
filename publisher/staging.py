"""Before the moment of release: what can be uploaded is uploaded, so that at the moment only one request is left."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from publisher import renewing
from publisher.channels import Channel, Supplies
from publisher.clearing import Clearing
from publisher.config import ReleaseSettings
from publisher.errors import ChannelFailed, EgressRefused, IllegalMove, OutsideFailed, PublisherError
from publisher.leftovers import ENDED_STATES, taken_away
from publisher.lending import Lender
from publisher.media import MediaStore
from publisher.model import DeliveryState, Judgement, Outcome, Post, Staged
from publisher.moves import demand_same, due_once_given_up, move_delivery, note_requests, set_delivery
from publisher.proofs import Proofs
from publisher.queue import Queue
from publisher.sending import ACTOR, FORBIDDEN, staged_of
from publisher.tables import DeliveryRow
from publisher.transmissions import collecting

log = logging.getLogger("publisher.staging")

READY_KEY = "ready"
"""The key in a delivery's staged values that an adapter sets once nothing is left but the last request."""

POLL = "poll"
"""The key beside it: seconds until the next step, 0 for at once. What a step made is kept before the next begins."""
MOST_STEPS = 100
"""More than any post needs, at ten pictures with their words; what goes on longer lets the others have a turn."""

BROKE_STAGING = (
    "The program broke while preparing this; nothing was sent. It is tried again; the log says more."
)


class Stager:
    """Prepares deliveries; safe to repeat, since nothing that it does is public as a post."""

    def __init__(
        self,
        queue: Queue,
        channels: Mapping[str, Channel],
        clearing: Clearing,
        store: MediaStore,
        settings: ReleaseSettings,
        proofs: Proofs,
        now: Callable[[], datetime],
    ) -> None:
        self._queue, self._channels, self._clearing, self._store = queue, channels, clearing, store
        self._settings, self._proofs, self._now = settings, proofs, now

    def stage(self, item_id: str) -> datetime | None:
        """Takes every waiting delivery of the item a step on. When to come again, None where nothing is left to do."""
        every = self._queue.deliveries(item_id)
        rows = [row for row in every if self._unprepared(row)]
        now = self._now()
        moments = [row.due_at for row in rows if row.due_at is not None and row.due_at > now]
        rows = [row for row in rows if row.due_at is None or row.due_at <= now]
        pages = [row for row in rows if self._channels[row.channel].makes_page]
        others = [row for row in rows if row not in pages]
        site = self._website(every)
        found = [self._step(row, self._supplies(row, site)) for row in pages]
        if others:
            with ThreadPoolExecutor(len(others), thread_name_prefix="stage") as pool:
                found += list(pool.map(lambda row: self._step(row, self._supplies(row, site)), others))
        return min((*moments, *(moment for moment in found if moment)), default=None)

    def expires(self, item_id: str) -> datetime | None:
        """When the first thing prepared for the item stops being good."""
        rows = self._queue.deliveries(item_id)
        ends = [row.staged_until for row in rows if row.state == DeliveryState.STAGED and row.staged_until]
        return min(ends, default=None)

    def _unprepared(self, row: DeliveryRow) -> bool:
        """Also what is prepared, where this process has not seen yet whose account it would go to: it may have been started anew."""
        if row.channel not in self._channels:
            return False
        if row.state == DeliveryState.STAGED:
            is_past = row.staged_until is not None and row.staged_until <= self._now()
            return is_past or not self._proofs.is_proved(row.channel, self._now())
        return row.state == DeliveryState.WAITING

    def _website(self, rows: Sequence[DeliveryRow]) -> Channel | None:
        """The channel of an item that makes its page, None where none does."""
        used = (self._channels[row.channel] for row in rows if row.channel in self._channels)
        return next((channel for channel in used if channel.makes_page), None)

    def _supplies(self, row: DeliveryRow, site: Channel | None) -> Supplies:
        lender = Lender(site, row, self._clearing, self._store.read, self._now)
        return Supplies(self._store.read, lender.lend, lender.take_back)

    def _step(self, row: DeliveryRow, supplies: Supplies) -> datetime | None:
        """As many steps as follow each other at once, each kept before the next. When to come again for what is left."""
        for _ in range(MOST_STEPS):
            now = self._now()
            result = self._made(row, supplies, now)
            try:
                if isinstance(result, Judgement):
                    return self._failed(row, result, now)
                self._keep(row, result, now)
            except (
                IllegalMove
            ) as changed:  # withdrawn or given another moment: what was prepared is for nothing
                log.info("item %s to %s: %s", row.item_id, row.channel, changed)
                self._take_away(row, result, now)
                return None
            if result.values.get(READY_KEY):
                return None
            if pause := float(result.values.get(POLL, 1)):
                return now + timedelta(seconds=pause)
        return self._now() + timedelta(seconds=1)

    def _made(self, row: DeliveryRow, supplies: Supplies, now: datetime) -> Staged | Judgement:
        """What one step came to; what it sent is on record whatever that is."""
        with collecting() as requests:
            result = self._prepared(row, supplies, now)
        if requests:
            with self._queue.writing() as connection:
                note_requests(connection, row, requests, actor=ACTOR, now=now)
        return result

    def _take_away(self, row: DeliveryRow, result: Staged | Judgement, now: datetime) -> None:
        """What came too late to be kept is in no row by which it would be taken away later."""
        if isinstance(result, Staged) and self._queue.delivery(row.id or 0).state in ENDED_STATES:
            with collecting() as requests:
                taken_away(self._channels[row.channel], row, result, now)
            with self._queue.writing() as connection:
                note_requests(connection, row, requests, actor=ACTOR, now=now)

    def _prepared(self, row: DeliveryRow, supplies: Supplies, now: datetime) -> Staged | Judgement:
        """What the adapter prepared, or what its failure means. A bug in one adapter must not stop the others."""
        try:
            self._proofs.demand(row.channel, now)
            post = Post.from_json(row.post)
            before = staged_of(row) if self._clearing.is_prepared_for(row, post) else None
            return self._channels[row.channel].stage(post, supplies, before, now)
        except ChannelFailed as failure:
            return failure.judgement
        except EgressRefused:
            log.exception("item %s to %s: an undeclared request was refused", row.item_id, row.channel)
            return FORBIDDEN
        except OutsideFailed as failure:
            return Judgement(Outcome.WAIT, str(failure))
        except PublisherError as failure:
            return Judgement(Outcome.FIX, str(failure))
        except Exception as error:
            log.exception("item %s to %s: broke while preparing", row.item_id, row.channel)
            return Judgement(Outcome.WAIT, BROKE_STAGING, type(error).__name__)

    def _keep(self, row: DeliveryRow, staged: Staged, now: datetime) -> None:
        """Writes down what is prepared, also in `row`, which the next step goes on from."""
        kept: dict[str, Any] = {
            "staged": self._clearing.prepared(row, Post.from_json(row.post), staged.values),
            "staged_until": staged.expires_at,
            "reason": "",
            "due_at": None,
        }
        after = DeliveryState.STAGED if staged.values.get(READY_KEY) else DeliveryState.WAITING
        with self._queue.writing() as connection:
            demand_same(connection, row)
            if row.state == after:
                set_delivery(connection, row.id, **kept)
            else:
                move_delivery(connection, row, after, actor=ACTOR, now=now, **kept)
        row.state, row.staged, row.staged_until = after.value, kept["staged"], staged.expires_at

    def _failed(self, row: DeliveryRow, judgement: Judgement, now: datetime) -> datetime | None:
        """A step that failed is tried again if waiting helps; else the delivery is refused, and the others go on."""
        log.warning("item %s to %s: %s (%s)", row.item_id, row.channel, judgement.officer, judgement.engineer)
        self._proofs.refused(row.channel, judgement, now)
        detail = {"outcome": str(judgement), "engineer": judgement.engineer}
        if judgement.outcome not in {Outcome.WAIT, Outcome.UNKNOWN}:
            due = due_once_given_up(row, now)
            why = renewing.told(self._channels[row.channel], judgement)
            self._move(row, DeliveryState.REFUSED, now, detail, reason=why, due_at=due, looks=0)
            return None
        again = judgement.wait_until(now, timedelta(seconds=self._settings.back_off))
        if row.state == DeliveryState.STAGED:  # what it had is no longer good: it must not go with that
            self._move(row, DeliveryState.WAITING, now, detail, reason=judgement.officer, due_at=again)
        else:
            with self._queue.writing() as connection:
                demand_same(connection, row)
                set_delivery(connection, row.id, reason=judgement.officer, due_at=again)
        return again

    def _move(
        self,
        row: DeliveryRow,
        after: DeliveryState,
        now: datetime,
        detail: Mapping[str, Any],
        **changes: Any,
    ) -> None:
        with self._queue.writing() as connection:
            demand_same(connection, row)
            move_delivery(connection, row, after, actor=ACTOR, now=now, detail=detail, **changes)
