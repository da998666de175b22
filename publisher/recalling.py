"""Recalling what is out: the decision, and what it rests on. Evidence is kept before anything is asked of a platform.

What is withdrawn stays in the store for as long as its class of record is kept; the platforms' copies go. Who carries it
out is publisher/withdrawing.py, or a person where a platform lets no program do so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from publisher import doubts
from publisher.clearing import READY, Clearing
from publisher.errors import IllegalMove
from publisher.model import OUT, DeliveryState, ItemState
from publisher.moves import MOVED, SETTLED, Transaction, move_delivery, move_item, set_delivery, set_item
from publisher.queue import Queue
from publisher.record import Event, append
from publisher.sending import ACTOR
from publisher.stopping import leave
from publisher.tables import DeliveryRow, ItemRow
from publisher.views import stamp

EVIDENCE, AGAIN = "evidence kept", "withdrawal asked again"
"""The actions of the events: what was out, and where, when it was withdrawn; that an officer had it tried again."""
_TO_COME = frozenset({*READY, DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.WITHDRAWING})
"""The states of a delivery of which something is left to do."""


class Recalls:
    """Withdraws items of which something is, or may be, out. Who may ask is its callers' to know."""

    def __init__(self, queue: Queue, clearing: Clearing, now: Callable[[], datetime]) -> None:
        self._queue, self._clearing, self._now = queue, clearing, now

    def is_out(self, item: ItemRow) -> bool:
        """Whether the public saw some of it, or may see some at any moment: by its rows, or by the events of them."""
        rows = self._queue.deliveries(item.id)
        out = item.state == ItemState.RELEASING or any(row.state in OUT for row in rows)
        return out or bool(doubts.lost(rows, self._queue.events(item.id)))

    def ask(self, connection: Transaction, item: ItemRow, *, officer: str, reason: str) -> None:
        """Keeps the evidence, then has everything that is out taken down. Raises IllegalMove while something is being sent."""
        rows, now = self._queue.deliveries(item.id), self._now()
        if busy := [row.channel for row in rows if row.state == DeliveryState.SENDING]:
            raise IllegalMove(
                f"item {item.id} is being sent to {', '.join(busy)} at this moment",
                way_out="Ask again in a minute.",
            )
        events = self._queue.events(item.id)
        unproved = {row.channel for row in rows if not self._is_as_sent(item, row, rows, events)}
        self._keep_evidence(connection, rows, unproved, officer, reason, now)
        self._tell_lost(connection, item.id, doubts.lost(rows, events), officer, reason, now)
        self._clearing.void_each(connection, item, rows, _channels(rows, events))
        here, after = ItemState(item.state), ItemState.WITHDRAWING
        move_item(connection, item.id, here, after, actor=officer, now=now, reason=reason, due_at=now)
        leave(connection, rows, actor=officer, now=now, reason=reason)
        for row in rows:
            if row.state == DeliveryState.SENT:
                self._recall(connection, row, officer, now, proved=row.channel not in unproved)

    def again(self, connection: Transaction, item: ItemRow, *, officer: str, reason: str) -> None:
        """What waits for a person is tried once more by the program: its cause may be gone, and asking again does no harm."""
        now = self._now()
        append(connection, now, officer, AGAIN, item_id=item.id, detail={"reason": reason})
        for row in self._queue.deliveries(item.id):
            still = doubts.is_doubted(row) and not self.is_proved(item, row)
            if row.state == DeliveryState.WITHDRAWING and row.due_at is None and not still:
                set_delivery(connection, row.id, due_at=now, tries=0, reason="")

    def taken_down(self, connection: Transaction, item: ItemRow, channel: str, *, officer: str) -> None:
        """A person took a post down. Raises IllegalMove where the program is still at it, or nothing is withdrawn; InputError."""
        rows, now = self._queue.deliveries(item.id), self._now()
        if item.state == ItemState.WITHDRAWING and channel in doubts.lost(rows, self._queue.events(item.id)):
            append(connection, now, officer, doubts.TAKEN_DOWN, item_id=item.id, channel=channel)
            set_item(connection, item.id, due_at=now)
            return
        row = self._queue.delivery_to(item.id, channel)
        self._demand_persons(row)
        done, told = DeliveryState.WITHDRAWN, {"by hand": True, "url": row.url}
        move_delivery(
            connection, row, done, actor=officer, now=now, detail=told, reason=f"Taken down by {officer}.", due_at=None
        )  # fmt: skip
        set_item(connection, row.item_id, due_at=now)  # whatever dies now, the item is settled after it

    @staticmethod
    def _demand_persons(row: DeliveryRow) -> None:
        """Raises IllegalMove where the post does not wait for a person."""
        if row.state != DeliveryState.WITHDRAWING:
            raise IllegalMove(
                f"the post on {row.channel} is {row.state}, not waiting to be taken down",
                way_out=f"See `publisher show {row.item_id}`.",
            )
        if row.due_at is not None:
            raise IllegalMove(
                f"the program is taking the post on {row.channel} down itself",
                way_out=f"`publisher show {row.item_id}` tells when it is your turn.",
            )

    def settle(self, item_id: str) -> None:
        """Takes down what was found to be out since; says that the item is withdrawn once nothing of it is left to do."""
        with self._queue.writing() as connection:
            item, rows, now = self._queue.item(item_id), self._queue.deliveries(item_id), self._now()
            if item.state != ItemState.WITHDRAWING:
                return
            events = self._queue.events(item_id)
            found = [row for row in rows if row.state == DeliveryState.SENT]
            for row in found:
                proved = self._is_as_sent(item, row, rows, events)
                unproved = set() if proved else {row.channel}
                self._keep_evidence(connection, [row], unproved, ACTOR, item.reason, now)
                self._recall(connection, row, ACTOR, now, proved=proved)
            if found or doubts.lost(rows, events) or any(row.state in _TO_COME for row in rows):
                set_item(connection, item_id, due_at=None)
            else:
                here, after = ItemState.WITHDRAWING, ItemState.WITHDRAWN
                move_item(connection, item_id, here, after, actor=ACTOR, now=now, due_at=None)

    def is_proved(self, item: ItemRow, row: DeliveryRow) -> bool:
        """Whether exactly this post went out under this id and address, and was withdrawn since, by this program's own word.

        A hand that writes another id beside a post of ours must not have that one deleted.
        """
        rows, events = self._queue.deliveries(item.id), self._queue.events(item.id)
        moves = _moves(events, row.channel)
        return (
            self._is_as_sent(item, row, rows, events)
            and moves[-1].after == DeliveryState.WITHDRAWING
            and self._clearing.is_of_recall(moves[-1].subject or "", row)
        )

    def _is_as_sent(
        self, item: ItemRow, row: DeliveryRow, rows: Sequence[DeliveryRow], events: Sequence[Event]
    ) -> bool:
        """Whether this post is whole, and what is stored of where it went is what this program wrote when it went.

        Channels whose rows are gone still count as the item's, so that one row taken out keeps no other post from going.
        """
        if not self._clearing.is_whole(item, row, _channels(rows, events)):
            return False
        proofs = [one.subject for one in events if one.channel == row.channel and _tells_where(one)]
        return bool(proofs) and self._clearing.is_of_sending(proofs[-1] or "", row)

    def _recall(
        self, connection: Transaction, row: DeliveryRow, actor: str, now: datetime, *, proved: bool
    ) -> None:
        """What nothing proves is a person's from the start."""
        seal = self._clearing.of_recall(row)
        why = "" if proved else doubts.reason(row.item_id, row.channel)
        move_delivery(
            connection, row, DeliveryState.WITHDRAWING, actor=actor, now=now, subject=seal,
            due_at=now if proved else None, tries=0, reason=why,
        )  # fmt: skip

    def _tell_lost(
        self, connection: Transaction, item_id: str, lost: Mapping[str, str], actor: str, reason: str, now: datetime
    ) -> None:  # fmt: skip
        """A row that is gone does not have its channel forgotten: what went there is known by its digest."""
        for channel, digest in lost.items():
            append(
                connection, now, actor, EVIDENCE, item_id=item_id, channel=channel, subject=digest or None,
                move=("", doubts.NOT_PROVED), detail={"reason": reason},
            )  # fmt: skip

    def _keep_evidence(
        self, connection: Transaction, rows: Sequence[DeliveryRow], unproved: Collection[str], actor: str, reason: str,
        now: datetime,
    ) -> None:  # fmt: skip
        for row in rows:
            if row.state in OUT:
                told = {
                    "state": row.state, "url": row.url, "remote_id": row.remote_id, "sent_at": stamp(row.sent_at),
                    "reason": reason,
                }  # fmt: skip
                in_doubt = row.state == DeliveryState.SENT and row.channel in unproved
                append(
                    connection, now, actor, EVIDENCE, item_id=row.item_id, channel=row.channel, subject=row.digest,
                    move=("", doubts.NOT_PROVED if in_doubt else ""), detail=told,
                )  # fmt: skip


def _tells_where(event: Event) -> bool:
    """Whether it holds under which id and address a post is out: it was sent, or a person told the address later."""
    is_sent = event.action == MOVED and event.after == DeliveryState.SENT
    return is_sent or (event.action == SETTLED and bool(event.subject))


def _moves(events: Sequence[Event], channel: str) -> list[Event]:
    return [one for one in events if one.action == MOVED and one.channel == channel]


def _channels(rows: Sequence[DeliveryRow], events: Sequence[Event]) -> list[str]:
    """All channels that the item ever had: those of its rows, and those that its events moved."""
    moved = {one.channel for one in events if one.action == MOVED and one.channel is not None}
    return sorted({row.channel for row in rows} | moved)
