"""The moment of release, decided here and nowhere else (DESIGN §6): stage, check again, page, verify, all at once.

The queue is the truth; every step is safe to repeat after a crash at any point, because each begins by reading where
the item and its deliveries are.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from publisher import item as items
from publisher.channels import Channel, Limits
from publisher.clearance import Seal
from publisher.config import Config
from publisher.errors import ChannelFailed, OutsideFailed
from publisher.media import MediaStore
from publisher.model import DeliveryState, ItemState, Kind, Post, Receipt, VerdictOutcome
from publisher.policy import Designation, Gate
from publisher.queue import Queue, Transaction, move_delivery, move_item, set_delivery, set_item
from publisher.register import Register, Role
from publisher.sending import ACTOR, Sender, staged_of
from publisher.staging import Stager
from publisher.tables import DeliveryRow, ItemRow
from publisher.times import local
from publisher.verify import verify_page

log = logging.getLogger("publisher.release")

_READY = {DeliveryState.WAITING, DeliveryState.STAGED}


@dataclass(frozen=True)
class Parts:
    """What the release works with; built once, in app.py."""

    config: Config
    queue: Queue
    channels: Mapping[str, Channel]
    gate: Gate
    seal: Seal
    register: Register
    store: MediaStore
    now: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep

    @property
    def limits(self) -> Mapping[str, Limits]:
        """Each channel's limits, for the gate."""
        return {name: channel.limits for name, channel in self.channels.items()}


class Releaser:
    """Takes items through staging and release. One caller at a time for each item."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._queue, self._now = parts, parts.queue, parts.now
        self._settings = parts.config.release
        self._stager = Stager(parts.queue, parts.channels, parts.store, self._settings, parts.now)
        self._sender = Sender(parts.queue, parts.channels, self._settings, parts.now)

    # --- what the daemon calls -----------------------------------------------------------------------------

    def recover(self) -> None:
        """At start-up: what was in the middle of sending is unknown; what was releasing goes on."""
        now = self._now()
        with self._queue.writing() as connection:
            for row in self._queue.in_state(DeliveryState.SENDING):
                reason = "The daemon stopped while this was being sent: it may be live. It is not sent again by itself."
                look = now + timedelta(seconds=self._settings.read_back[0])
                move_delivery(
                    connection, row, DeliveryState.UNKNOWN, actor=ACTOR, now=now, reason=reason, due_at=look
                )
            for item in self._queue.items([ItemState.RELEASING]):
                set_item(connection, item.id, due_at=now)

    def work(self, item_id: str) -> None:
        """Does what is due for an item: stages it before its moment, releases it from then on."""
        item = self._queue.item(item_id)
        if item.state == ItemState.QUEUED and self._now() < item.publish_at:
            self._stage_ahead(item)
        elif item.state in {ItemState.QUEUED, ItemState.RELEASING}:
            self._release(item)
        else:
            with self._queue.writing() as connection:
                set_item(connection, item_id, due_at=None)

    def work_delivery(self, delivery_id: int) -> None:
        """Does what is due for one delivery: looks an unknown one up, or sends a waiting one."""
        row = self._queue.delivery(delivery_id)
        if row.state == DeliveryState.UNKNOWN:
            self._look(row)
        elif row.state in _READY:
            self.work(row.item_id)
        else:
            with self._queue.writing() as connection:
                set_delivery(connection, row.id, due_at=None)

    # --- before the moment -----------------------------------------------------------------------------------

    def _stage_ahead(self, item: ItemRow) -> None:
        again = self._stager.stage(item.id)
        due = min(again, item.publish_at) if again else item.publish_at
        with self._queue.writing() as connection:
            set_item(connection, item.id, due_at=due)

    # --- the moment ------------------------------------------------------------------------------------------

    def _release(self, item: ItemRow) -> None:
        if self._now() > self.deadline(item):
            self._too_late(item)
            return
        if problem := self._not_cleared(item):
            self._hold(item, problem)
            return
        if item.state == ItemState.QUEUED:
            with self._queue.writing() as connection:
                move_item(
                    connection,
                    item.id,
                    ItemState.QUEUED,
                    ItemState.RELEASING,
                    actor=ACTOR,
                    now=self._now(),
                    due_at=None,
                )
            item.state = ItemState.RELEASING.value
        self._finish_staging(item)
        if self._page_is_live(item):
            rows = [
                row for row in self._queue.deliveries(item.id) if row.state in _READY and self._is_due(row)
            ]
            self._sender.send(rows, deadline=self.deadline(item))
            self._settle(item.id)

    def deadline(self, item: ItemRow) -> datetime:
        """The last moment at which the item may go by itself: within its grace, and never after an event began."""
        grace = item.publish_at + timedelta(seconds=self._settings.grace)
        content = items.parse(item.content)
        if content.kind is not Kind.EVENT or content.starts_at is None:
            return grace
        began = (
            content.ends_at or content.starts_at + timedelta(days=1) if content.all_day else content.starts_at
        )
        return min(grace, began)

    def _not_cleared(self, item: ItemRow) -> str:
        """Why the item may not go now, or nothing: seal, officers and gate, all afresh (promise 1)."""
        rows = self._queue.deliveries(item.id)
        posts = [Post.from_json(row.post) for row in rows]
        officers = item.officers
        for row, post in zip(rows, posts, strict=True):
            sealed = self._parts.seal.holds(row.seal, post, policy=item.verdict["policy"], officers=officers)
            if post.digest != row.digest or not sealed:
                return f"The post for {row.channel} is not the one that was cleared."
        today = local(self._now(), self._parts.config.council.timezone).date()
        problem = self._designation(item, [row.channel for row in rows], today)
        officer = Designation(item.author, problem)
        verdict = self._parts.gate.check(
            items.parse(item.content), posts, limits=self._parts.limits, officer=officer, today=today
        )
        if verdict.outcome is VerdictOutcome.CLEAR or (
            verdict.outcome is VerdictOutcome.REVIEW and item.approver
        ):
            return ""
        return next((finding.message for finding in verdict.findings), "The gate did not clear it.")

    def _designation(self, item: ItemRow, channels: Sequence[str], today: date) -> str:
        problem = self._parts.register.problem(item.author, channels, today=today)
        if problem or not item.approver:
            return problem
        return self._parts.register.problem(item.approver, [], today=today, role=Role.APPROVER)

    def _finish_staging(self, item: ItemRow) -> None:
        """What staging is left is done now, for a bounded time; a channel that is not ready then follows alone."""
        until = self._now() + timedelta(seconds=self._settings.stage_wait)
        while (again := self._stager.stage(item.id)) is not None:
            if again > until:
                self._leave_behind(item, again)
                return
            self._parts.sleep(max(0.0, (again - self._now()).total_seconds()))

    def _leave_behind(self, item: ItemRow, again: datetime) -> None:
        with self._queue.writing() as connection:
            for row in self._queue.deliveries(item.id):
                if row.state == DeliveryState.WAITING:
                    set_delivery(connection, row.id, due_at=again)

    def _is_due(self, row: DeliveryRow) -> bool:
        return row.due_at is None or row.due_at <= self._now()

    # --- the page --------------------------------------------------------------------------------------------

    def _page_is_live(self, item: ItemRow) -> bool:
        """Publishes the page and sees it as a stranger would; if that fails the other channels are held (DESIGN §6)."""
        if item.page_live_at is not None:
            return True
        pages = [
            row for row in self._queue.deliveries(item.id) if self._parts.channels[row.channel].makes_page
        ]
        for row in pages:
            self._find_lost_page(row)
        ready = [
            row
            for row in self._queue.deliveries(item.id)
            if row.id in {p.id for p in pages} and row.state in _READY
        ]
        self._sender.send(ready, deadline=self.deadline(item))
        pages = [self._queue.delivery(row.id or 0) for row in pages]
        if failed := [row for row in pages if row.state != DeliveryState.SENT]:
            self._hold(item, f"The website did not take the page: {failed[0].reason}")
            return False
        if problem := self._verify(item.link):
            self._hold(item, f"The page could not be seen as the public would see it: {problem}")
            return False
        live = max((row.sent_at for row in pages if row.sent_at), default=self._now())
        with self._queue.writing() as connection:
            set_item(connection, item.id, page_live_at=live)
        return True

    def _find_lost_page(self, row: DeliveryRow) -> None:
        """A page found in `unknown` at a restart: our own website can tell for sure whether it is there."""
        channel = self._parts.channels[row.channel]
        if row.state != DeliveryState.UNKNOWN or not getattr(channel, "find_is_proof", False):
            return
        receipt = channel.find(Post.from_json(row.post), staged_of(row), self._now())
        now = self._now()
        with self._queue.writing() as connection:
            if receipt:
                _found(connection, row, receipt, now)
                return
            move_delivery(connection, row, DeliveryState.NOT_SENT, actor=ACTOR, now=now, due_at=None)
            row.state = DeliveryState.NOT_SENT.value
            move_delivery(connection, row, DeliveryState.WAITING, actor=ACTOR, now=now)

    def _verify(self, link: str) -> str:
        until = self._now() + timedelta(seconds=self._settings.verify)
        while True:
            try:
                verify_page(link, timeout=self._settings.verify)
            except OutsideFailed as failure:
                if self._now() >= until:
                    return str(failure)
                self._parts.sleep(self._settings.verify_every)
            else:
                return ""

    # --- afterwards ------------------------------------------------------------------------------------------

    def _settle(self, item_id: str) -> None:
        """Says what became of the item, from what became of its deliveries."""
        item = self._queue.item(item_id)
        states = {DeliveryState(row.state) for row in self._queue.deliveries(item_id)}
        here = ItemState(item.state)
        if states & _READY or here not in {ItemState.RELEASING, ItemState.PART_PUBLISHED}:
            return
        if not states & {DeliveryState.SENT, DeliveryState.UNKNOWN}:
            self._hold(item, "No channel took it.")
            return
        after = ItemState.PUBLISHED if states == {DeliveryState.SENT} else ItemState.PART_PUBLISHED
        if after is not here:
            with self._queue.writing() as connection:
                move_item(connection, item_id, here, after, actor=ACTOR, now=self._now(), due_at=None)
            log.info("item %s: %s", item_id, after)

    def _hold(self, item: ItemRow, reason: str) -> None:
        here = ItemState(item.state)
        if here is ItemState.PART_PUBLISHED:
            return
        with self._queue.writing() as connection:
            move_item(
                connection,
                item.id,
                here,
                ItemState.HELD,
                actor=ACTOR,
                now=self._now(),
                reason=reason,
                due_at=None,
            )
        log.warning("item %s is held: %s", item.id, reason)

    def _too_late(self, item: ItemRow) -> None:
        """Late is a state, not a burst: a person decides (DESIGN §4)."""
        rows = self._queue.deliveries(item.id)
        gone = [row for row in rows if row.state in {DeliveryState.SENT, DeliveryState.UNKNOWN}]
        now, reason = self._now(), "It could not go in time; nothing goes late by itself."
        with self._queue.writing() as connection:
            if not gone:
                move_item(
                    connection, item.id, ItemState(item.state), ItemState.LATE, actor=ACTOR, now=now,
                    reason=reason, due_at=None,
                )  # fmt: skip
            for row in rows if gone else []:
                if row.state in _READY:
                    move_delivery(
                        connection,
                        row,
                        DeliveryState.NOT_SENT,
                        actor=ACTOR,
                        now=now,
                        reason=reason,
                        due_at=None,
                    )
        log.warning("item %s: %s", item.id, reason)
        self._settle(item.id)

    def _look(self, row: DeliveryRow) -> None:
        """Looks for an unknown post among our own; a few looks, then a person decides. It is never sent again."""
        channel, now = self._parts.channels[row.channel], self._now()
        try:
            receipt = channel.find(Post.from_json(row.post), staged_of(row), now)
        except ChannelFailed as failure:
            log.warning("item %s to %s: could not look: %s", row.item_id, row.channel, failure)
            receipt = None
        with self._queue.writing() as connection:
            if receipt:
                _found(connection, row, receipt, now)
            else:
                self._look_again(connection, row, now)
        self._settle(row.item_id)

    def _look_again(self, connection: Transaction, row: DeliveryRow, now: datetime) -> None:
        waits = self._settings.read_back[row.looks + 1 :]
        due = now + timedelta(seconds=waits[0]) if waits else None
        reason = (
            row.reason
            if waits
            else f"{row.reason} Look on {row.channel}, then: publisher resolve {row.item_id}/{row.channel}"
        )
        set_delivery(connection, row.id, looks=row.looks + 1, due_at=due, reason=reason)


def _found(connection: Transaction, row: DeliveryRow, receipt: Receipt, now: datetime) -> None:
    found = {"remote_id": receipt.remote_id, "url": receipt.url, "reason": receipt.note, "due_at": None}
    move_delivery(
        connection, row, DeliveryState.SENT, actor=ACTOR, now=now, detail={"found": receipt.url}, **found
    )
