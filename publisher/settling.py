"""What a person says became of one post: whether an unknown one is live, and where; that what it had left to them is done.

The program never decides that by itself (DESIGN §4): each word is an event with who said it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from publisher import left_to_do, post_address
from publisher.clearing import Clearing
from publisher.config import Config
from publisher.costs import booking
from publisher.errors import IllegalMove
from publisher.judging import Judge
from publisher.model import DeliveryState, ItemState
from publisher.moves import SETTLED, demand_same, move_delivery, move_item, set_delivery, set_item
from publisher.queue import Queue
from publisher.record import append
from publisher.tables import DeliveryRow


class Settling:
    """Writes down what a person found. Whether they may say so, and what comes of it, is its caller's to see to."""

    def __init__(
        self, config: Config, queue: Queue, judge: Judge, clearing: Clearing, now: Callable[[], datetime]
    ) -> None:
        self._config, self._queue, self._judge = config, queue, judge
        self._clearing, self._now = clearing, now

    def resolve(self, row: DeliveryRow, *, officer: str, url: str | None) -> None:
        """An unknown delivery is live at `url`, or, with None, nowhere. Of one that is out, and nobody knows where, `url` tells that.

        Raises IllegalMove (it is not unknown, or was moved meanwhile) and InputError (no address of the channel's).
        """
        is_address = url is not None and left_to_do.lacks_address(row)
        if not is_address:
            _demand_unknown(row)
        if url is not None:
            post_address.demand(url, row.channel, self._config)
        if is_address:
            self._saw_to(row, officer, url or "")
        else:
            self._resolve(row, officer, url)

    def saw_to(self, row: DeliveryRow, *, officer: str) -> None:
        """What the post had left to a person is done. Raises IllegalMove where it had left nothing."""
        left_to_do.demand(row)
        self._saw_to(row, officer, "")

    def _saw_to(self, row: DeliveryRow, officer: str, url: str) -> None:
        """`url` is the post's address, where nobody knew it: from then on it is proved to be there, as what is sent is."""
        proof = self._clearing.of_sending(row, row.remote_id, url) if url else None
        told = {"url": url} if url else {}
        with self._queue.writing() as connection:
            demand_same(connection, row)
            set_delivery(connection, row.id, reason="", **told)
            append(
                connection, self._now(), officer, SETTLED, item_id=row.item_id, channel=row.channel, subject=proof,
                detail={"note": row.reason, **told},
            )  # fmt: skip

    def _resolve(self, row: DeliveryRow, officer: str, url: str | None) -> None:
        now = self._now()
        after = DeliveryState.NOT_SENT if url is None else DeliveryState.SENT
        cost = booking(self._judge.limits().get(row.channel), row.post) if url is not None else {}
        proof = self._clearing.of_sending(row, "", url) if url is not None else None
        with self._queue.writing() as connection:
            move_delivery(
                connection, row, after, actor=officer, now=now, url=url or "", due_at=None,
                reason=f"{left_to_do.SETTLED_BY}{officer}.", detail=cost, subject=proof, **cost,
            )  # fmt: skip
            state = self._queue.item(row.item_id).state  # as it is now, under the lock
            if state == ItemState.WITHDRAWING:
                set_item(connection, row.item_id, due_at=now)  # whatever dies now, it is settled after it
            others = [other for other in self._queue.deliveries(row.item_id) if other.channel != row.channel]
            all_sent = {after, *(DeliveryState(other.state) for other in others)} == {DeliveryState.SENT}
            if state == ItemState.PART_PUBLISHED and all_sent:
                here, there = ItemState.PART_PUBLISHED, ItemState.PUBLISHED
                move_item(connection, row.item_id, here, there, actor=officer, now=now)


def _demand_unknown(row: DeliveryRow) -> None:
    if row.state != DeliveryState.UNKNOWN:
        raise IllegalMove(
            f"the delivery to {row.channel} is not unknown", way_out=f"See `publisher show {row.item_id}`."
        )
