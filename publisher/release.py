"""The moment of release, decided here and nowhere else (DESIGN §6): stage, check again, page, verify, all at once.

The queue is the truth; every step is safe to repeat after a crash at any point, because each begins by reading where
the item and its deliveries are.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.channels import Channel
from publisher.clearing import READY
from publisher.config import Config
from publisher.errors import IllegalMove, OutsideFailed
from publisher.lastcheck import DAMAGED, LastCheck, Looked, damage
from publisher.leftovers import Leftovers
from publisher.looks_anew import LooksAnew
from publisher.media import MediaStore
from publisher.model import DeliveryState, ItemState
from publisher.moves import Transaction, move_delivery, move_item, set_delivery, set_item
from publisher.proofs import Proofs
from publisher.queue import Queue
from publisher.readback import ReadBack
from publisher.recalling import Recalls
from publisher.sending import ACTOR, Sender, first_look
from publisher.staging import Stager
from publisher.stopping import OPEN, Stopper
from publisher.stored_row import UNREADABLE
from publisher.tables import DeliveryRow, ItemRow
from publisher.verify import verify_page
from publisher.withdrawing import Withdrawer

log = logging.getLogger("publisher.release")

SLICE = 0.2
"""Seconds of waiting after which it is seen that the daemon is asked to stop."""
LEAST_LOOK = 0.1
"""Seconds that the last look at the page may take, however little time is left."""


@dataclass(frozen=True)
class Parts:
    """What the release works with; built once, in app.py."""

    config: Config
    queue: Queue
    channels: Mapping[str, Channel]
    check: LastCheck
    store: MediaStore
    proofs: Proofs
    now: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep


class Releaser:
    """Takes items through staging and release. One caller at a time for each item."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._queue, self._now = parts, parts.queue, parts.now
        self._settings = parts.config.release
        self._stopping = threading.Event()
        self._check, self._stopper = parts.check, Stopper(parts.queue, parts.check, parts.now)
        self._stager = Stager(
            parts.queue,
            parts.channels,
            parts.check.clearing,
            parts.store,
            self._settings,
            parts.proofs,
            parts.now,
        )
        clearing, self._recalls = parts.check.clearing, Recalls(parts.queue, parts.check.clearing, parts.now)
        self._readback = ReadBack(parts.queue, parts.channels, clearing, self._settings, parts.now)
        self._sender = Sender(
            parts.queue,
            parts.channels,
            clearing,
            self._settings,
            parts.proofs.is_of_these,
            parts.proofs.refused,
            parts.now,
            parts.sleep,
        )
        self._looks = LooksAnew(parts.queue, parts.channels, parts.now)
        self._leftovers = Leftovers(parts.queue, parts.channels, clearing, self._settings, parts.now)
        self._withdrawer = Withdrawer(parts.queue, parts.channels, self._recalls, self._settings, parts.now)

    # --- what the daemon calls -----------------------------------------------------------------------------

    def recover(self) -> None:
        """At start-up: what was sending is unknown, what was releasing goes on, what is all out is published.

        Each by itself: what a hand made unreadable keeps no other from going on.
        """
        now = self._now()
        for delivery_id in self._queue.sending():
            with _going_on(f"delivery {delivery_id}"):
                self._doubt(self._queue.delivery(delivery_id), now)
        for item_id in self._queue.in_state(ItemState.RELEASING):
            with self._queue.writing() as connection:
                set_item(connection, item_id, due_at=now)
        for item_id in self._queue.in_state(ItemState.PART_PUBLISHED):
            with _going_on(f"item {item_id}"):
                self._settle(item_id)  # a crash may have come between a delivery's last move and its item's
        for item_id in self._queue.in_state(ItemState.WITHDRAWING):
            with _going_on(f"item {item_id}"):
                self._recalls.settle(item_id)  # likewise

    def _doubt(self, row: DeliveryRow, now: datetime) -> None:
        reason = (
            "The daemon stopped while this was being sent: it may be live. It is not sent again by itself."
        )
        look = first_look(self._settings, now)
        with self._queue.writing() as connection:
            move_delivery(
                connection, row, DeliveryState.UNKNOWN, actor=ACTOR, now=now, reason=reason, due_at=look, looks=0
            )  # fmt: skip

    def stop(self) -> None:
        """What merely waits is left for the next start; requests that have begun are finished."""
        self._stopping.set()

    def record_kept(self) -> None:
        """Writes down outcomes that the disk did not take at their time. Raises OutsideFailed."""
        for item_id in self._sender.record_kept():
            self._settle(item_id)

    def work(self, item_id: str) -> None:
        """Does what is due for an item: stages it before its moment, releases it from then on."""
        item = self._queue.item(item_id)
        if item.state == ItemState.WITHDRAWING:
            self._withdrawer.work(item_id)
            return
        if item.state not in OPEN:
            self._stopper.rest(item_id)
            return
        if problem := damage(item, self._queue.deliveries(item_id)):  # nothing can be asked of it before
            self._stopper.hold(item, Looked(problem, DAMAGED))
            return
        self._refuse_closed(item_id)
        if item.state == ItemState.QUEUED and self._now() < item.publish_at:
            self._stage_ahead(item)
        else:
            self._release(item)

    def work_delivery(self, delivery_id: int) -> None:
        """Does what is due for one delivery: looks an unknown one up, or sends a waiting one."""
        row = self._queue.delivery(delivery_id)
        if row.state == DeliveryState.UNKNOWN:
            self._readback.look(row)
            self._settle(row.item_id)
            self._recalls.settle(row.item_id)
        elif row.state == DeliveryState.WITHDRAWING:
            self._withdrawer.work(row.item_id)
        elif row.state in READY:
            self.work(row.item_id)
        else:
            self._leftovers.clear(row)

    # --- before the moment -----------------------------------------------------------------------------------

    def _stage_ahead(self, item: ItemRow) -> None:
        """Stages; comes again for what is not ready, for what expires before the moment, and at the moment itself."""
        if (
            self._checked(item.id) is None
        ):  # what is prepared is on the platforms already, though nobody sees it
            return
        moments = [item.publish_at, self._stager.stage(item.id), self._stager.expires(item.id)]
        with self._queue.writing() as connection:
            here = self._queue.item(item.id)  # stopped, or given another moment, it is due when that says so
            if here.state == ItemState.QUEUED and here.publish_at == item.publish_at:
                set_item(connection, item.id, due_at=min(moment for moment in moments if moment))

    def _refuse_closed(self, item_id: str) -> None:
        """A channel that config.toml no longer has cannot be sent to; the others go on."""
        for row in self._queue.deliveries(item_id):
            if row.state in READY and row.channel not in self._parts.channels:
                reason = (
                    f"The channel {row.channel} is not switched on in the config.toml with which the daemon started. "
                    "Switch it on there, have the daemon restarted, then retry."
                )
                with self._queue.writing() as connection:
                    move_delivery(
                        connection, row, DeliveryState.REFUSED, actor=ACTOR, now=self._now(), reason=reason, due_at=None
                    )  # fmt: skip

    # --- the moment ------------------------------------------------------------------------------------------

    def _release(self, item: ItemRow) -> None:
        for row in self._pages(item.id):
            self._readback.settle_page(row)
        if self._is_out(item):
            self._settle(item.id)
            return
        begun = self._begin(item.id)
        if begun is None or not self._finish_staging(begun) or (rows := self._checked(item.id)) is None:
            return
        if not self._page_is_live(begun, rows):
            return
        self._looks.anew(self._queue.deliveries(item.id))
        if (rows := self._checked(item.id)) is None:
            return
        staged = [row for row in rows if row.state == DeliveryState.STAGED]
        self._send(begun, staged)
        self._settle(item.id)

    def _send(self, item: ItemRow, rows: list[DeliveryRow]) -> bool:
        """Sends them together; False, with nothing sent, where somebody stopped the item since it was checked.

        One whose account is not proved any more stays behind: it is asked about before that one is tried again.
        """
        proved = [row for row in rows if self._is_proved(row)]
        try:
            self._sender.send(proved, deadline=self._check.deadline(item))
        except IllegalMove as changed:
            log.info("item %s: %s", item.id, changed)
            return False
        return True

    def _is_proved(self, row: DeliveryRow) -> bool:
        """By what is known and on record at this moment; nobody is asked. Staging proved it, and since then it may have ended."""
        if self._parts.proofs.is_proved(row.channel, self._now()):
            return True
        log.warning(
            "item %s to %s: not sent now: whose account it is must be proved anew", row.item_id, row.channel
        )
        return False

    def _checked(self, item_id: str) -> list[DeliveryRow] | None:
        """The deliveries as they were found good just now: these, and not what is stored a moment later, may go.

        None where the item may not go any more: it is held then, or late. Staging and the page take their time, so it is
        asked again after each.
        """
        with self._queue.writing() as connection:
            item, rows = self._queue.item(item_id), self._queue.deliveries(item_id)
            if item.state in OPEN and not self._is_stopped(connection, item, rows):
                return rows
        self._settle(item_id)
        return None

    def _is_stopped(self, connection: Transaction, item: ItemRow, rows: list[DeliveryRow]) -> bool:
        """Also late: an event may begin while it is prepared, or while its page is looked at."""
        if self._check.is_late(item):
            self._stopper.late(connection, item, rows)
            return True
        looked = self._check.look(item, rows)
        if looked.problem:
            self._stopper.held(connection, item, looked)
        else:
            self._check.keep(connection, item.id, looked)
        return bool(looked.problem)

    def _is_out(self, item: ItemRow) -> bool:
        """True where a crash came after the last request: nothing is left but to say so."""
        left = any(row.state in READY for row in self._queue.deliveries(item.id))
        return item.state == ItemState.RELEASING and item.page_live_at is not None and not left

    def _begin(self, item_id: str) -> ItemRow | None:
        """Takes the item for release, as it is now: what an officer changes comes before this transaction or after it.

        None where it must not go: changed, late, or no longer clear. It stays due until it is settled, so that
        whatever breaks on the way, it is taken up again.
        """
        with self._queue.writing() as connection:
            item, rows, now = self._queue.item(item_id), self._queue.deliveries(item_id), self._now()
            if item.state not in OPEN or (item.state == ItemState.QUEUED and now < item.publish_at):
                return None
            if not self._is_stopped(connection, item, rows):
                if item.state == ItemState.QUEUED:
                    here, after = ItemState.QUEUED, ItemState.RELEASING
                    move_item(connection, item_id, here, after, actor=ACTOR, now=now, due_at=now)
                    item.state = after.value
                return item
        self._settle(item_id)
        return None

    def _finish_staging(self, item: ItemRow) -> bool:
        """What staging is left is done now, for a bounded time; a channel that is not ready then follows alone.

        False where the daemon stops meanwhile: the item goes on at the next start.
        """
        until = self._now() + timedelta(seconds=self._settings.stage_wait)
        while (again := self._stager.stage(item.id)) is not None:
            if again > until:
                self._leave_behind(item, again)
                return True
            if not self._pause((again - self._now()).total_seconds()):
                return False
        return not self._stopping.is_set()

    def _pause(self, seconds: float) -> bool:
        """Waits; False as soon as the daemon is asked to stop."""
        while seconds > 0 and not self._stopping.is_set():
            self._parts.sleep(min(SLICE, seconds))
            seconds -= SLICE
        return not self._stopping.is_set()

    def _leave_behind(self, item: ItemRow, again: datetime) -> None:
        with self._queue.writing() as connection:
            for row in self._queue.deliveries(item.id):
                if row.state == DeliveryState.WAITING and row.due_at is None:
                    set_delivery(connection, row.id, due_at=again)

    # --- the page --------------------------------------------------------------------------------------------

    def _pages(self, item_id: str) -> list[DeliveryRow]:
        return self._pages_of(self._queue.deliveries(item_id))

    def _pages_of(self, rows: list[DeliveryRow]) -> list[DeliveryRow]:
        channels = self._parts.channels
        return [row for row in rows if row.channel in channels and channels[row.channel].makes_page]

    def _page_is_live(self, item: ItemRow, rows: list[DeliveryRow]) -> bool:
        """Publishes the page and sees it as a stranger would; if that fails the other channels are held (DESIGN §6).

        Also where it was seen before: what goes out later links to it as well, and no row is believed for that.
        """
        staged = [row for row in self._pages_of(rows) if row.state == DeliveryState.STAGED]
        if not self._send(item, staged):
            self._settle(item.id)
            return False
        pages = self._pages(item.id)
        if any(row.state == DeliveryState.STAGED for row in pages):
            self._settle(item.id)
            return False
        if failed := [row for row in pages if row.state != DeliveryState.SENT]:
            self._stopper.hold(item, Looked(f"The website did not take the page: {failed[0].reason}", "page"))
            return False
        problem = self._verify(item.link)
        if problem and not self._stopping.is_set():
            self._stopper.hold(item, Looked(f"{problem} Then: publisher retry {item.id}", "page"))
        if problem:
            return False
        if staged or item.page_live_at is None:
            item.page_live_at = max((row.sent_at for row in pages if row.sent_at), default=self._now())
            with self._queue.writing() as connection:
                set_item(connection, item.id, page_live_at=item.page_live_at)
        return True

    def _verify(self, link: str) -> str:
        """Empty once the page is as it must be, else what is wrong. Counts by a clock that nobody sets back."""
        ends = time.monotonic() + self._settings.verify
        while True:
            try:
                verify_page(
                    link,
                    timeout=max(LEAST_LOOK, ends - time.monotonic()),
                    domains=self._parts.config.council.domains,
                )
            except (OutsideFailed, ValueError) as failure:  # ValueError: an address in the page that is none
                if time.monotonic() >= ends or not self._pause(self._settings.verify_every):
                    return str(failure)
            else:
                return ""

    # --- afterwards ------------------------------------------------------------------------------------------

    def _settle(self, item_id: str) -> None:
        """Says what became of the item, from what became of its deliveries."""
        with self._queue.writing() as connection:
            item, rows = self._queue.item(item_id), self._queue.deliveries(item_id)
            states, here = {DeliveryState(row.state) for row in rows}, ItemState(item.state)
            if here not in {ItemState.RELEASING, ItemState.PART_PUBLISHED}:
                return
            if states & {*READY, DeliveryState.SENDING}:
                self._wait(connection, item, rows)
            elif states & {DeliveryState.SENT, DeliveryState.UNKNOWN}:
                self._out(connection, item, states)
            elif here is ItemState.RELEASING:
                self._stopper.held(connection, item, Looked("No channel took it.", "channels"))

    def _wait(self, connection: Transaction, item: ItemRow, rows: list[DeliveryRow]) -> None:
        """What is left goes at its own moment; the item is due then too, so that none is forgotten."""
        later = self._now() + timedelta(seconds=self._settings.back_off)
        moments = [row.due_at or later for row in rows if row.state in READY]
        set_item(connection, item.id, due_at=min(moments, default=later))

    def _out(self, connection: Transaction, item: ItemRow, states: set[DeliveryState]) -> None:
        here = ItemState(item.state)
        after = ItemState.PUBLISHED if states == {DeliveryState.SENT} else ItemState.PART_PUBLISHED
        if after is not here:
            move_item(connection, item.id, here, after, actor=ACTOR, now=self._now(), due_at=None)
            log.info("item %s: %s", item.id, after)


@contextmanager
def _going_on(what: str) -> Iterator[None]:
    """Whatever cannot be read of one thing is logged, and the others are looked at."""
    try:
        yield
    except (IllegalMove, *UNREADABLE):
        log.exception("%s cannot be read: something stands in it that was never written there", what)
