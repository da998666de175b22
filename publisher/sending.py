"""The last requests of an item: all at one moment, each tried once, each outcome written down.

`sending` is durable before the request, so whatever dies in between is found as `sending` at the next start and
becomes `unknown`: it may be live, and the program never sends it again (DESIGN §4).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from publisher.channels import Channel
from publisher.config import ReleaseSettings
from publisher.errors import ChannelFailed, EgressRefused
from publisher.model import DeliveryState, Judgement, Outcome, Post, Receipt, Staged
from publisher.queue import Queue, move_delivery
from publisher.tables import DeliveryRow

log = logging.getLogger("publisher.sending")

ACTOR = "scheduler"
"""Who the record names where the daemon acts by itself."""

BROKE = Judgement(
    Outcome.UNKNOWN,
    "The program stopped in the middle of sending: the post may be live. It will not be sent again by itself.",
    "an error between the request and its answer; see the log",
)
FORBIDDEN = Judgement(
    Outcome.STOP,
    "The program refused its own request because it was not a plain broadcast; nothing left. Tell the engineers.",
    "EgressRefused",
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request: when it began, and what came of it."""

    row: DeliveryRow
    began: datetime
    receipt: Receipt | None = None
    judgement: Judgement | None = None


def staged_of(row: DeliveryRow) -> Staged:
    """What was prepared for this delivery."""
    return Staged(row.staged, row.staged_until)


class Sender:
    """Sends deliveries together and records each outcome."""

    def __init__(
        self,
        queue: Queue,
        channels: Mapping[str, Channel],
        settings: ReleaseSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._queue, self._channels, self._settings, self._now = queue, channels, settings, now

    def send(self, rows: Sequence[DeliveryRow], *, deadline: datetime) -> None:
        """Sends all `rows` at one moment and records what came of each. `deadline`: after it nothing is tried again."""
        if not rows:
            return
        self._mark_sending(rows)
        barrier = threading.Barrier(len(rows))
        with ThreadPoolExecutor(len(rows), thread_name_prefix="send") as pool:
            for attempt in pool.map(lambda row: self._request(row, barrier), rows):
                self._record(attempt, deadline)

    def _mark_sending(self, rows: Sequence[DeliveryRow]) -> None:
        now = self._now()
        with self._queue.writing() as connection:
            for row in rows:
                changes: dict[str, Any] = {"tries": row.tries + 1, "due_at": None, "sent_at": now}
                move_delivery(connection, row, DeliveryState.SENDING, actor=ACTOR, now=now, **changes)
                row.state, row.tries = DeliveryState.SENDING.value, row.tries + 1

    def _request(self, row: DeliveryRow, barrier: threading.Barrier) -> Attempt:
        channel, post, staged = self._channels[row.channel], Post.from_json(row.post), staged_of(row)
        barrier.wait()
        began = self._now()
        try:
            return Attempt(row, began, receipt=channel.publish(post, staged, began))
        except ChannelFailed as failure:
            return Attempt(row, began, judgement=failure.judgement)
        except EgressRefused:
            log.exception("item %s to %s: an undeclared request was refused", row.item_id, row.channel)
            return Attempt(row, began, judgement=FORBIDDEN)
        except Exception:  # whatever broke, the post may be live: unknown, never a second try
            log.exception("item %s to %s: broke while sending", row.item_id, row.channel)
            return Attempt(row, began, judgement=BROKE)

    def _record(self, attempt: Attempt, deadline: datetime) -> None:
        after, changes = self._meaning(attempt, deadline)
        judgement = attempt.judgement
        detail = (
            {"outcome": str(judgement), "engineer": judgement.engineer}
            if judgement
            else {"url": changes["url"]}
        )
        with self._queue.writing() as connection:
            move_delivery(
                connection, attempt.row, after, actor=ACTOR, now=self._now(), detail=detail, **changes
            )
        level = logging.INFO if after is DeliveryState.SENT else logging.WARNING
        log.log(
            level, "item %s to %s: %s. %s", attempt.row.item_id, attempt.row.channel, after, changes["reason"]
        )

    def _meaning(self, attempt: Attempt, deadline: datetime) -> tuple[DeliveryState, dict[str, Any]]:
        now, row = self._now(), attempt.row
        if attempt.receipt is not None:
            receipt = attempt.receipt
            found = {"remote_id": receipt.remote_id, "url": receipt.url, "reason": receipt.note}
            return DeliveryState.SENT, {**found, "sent_at": attempt.began}
        judgement = attempt.judgement or BROKE
        if judgement.outcome is Outcome.UNKNOWN:
            look = now + timedelta(seconds=self._settings.read_back[0])
            return DeliveryState.UNKNOWN, {
                "reason": judgement.officer,
                "due_at": look,
                "sent_at": attempt.began,
            }
        again = judgement.wait_until(now, timedelta(seconds=self._settings.back_off))
        if judgement.outcome is Outcome.WAIT and row.tries < self._settings.tries and again <= deadline:
            return DeliveryState.WAITING, {"reason": judgement.officer, "due_at": again, "sent_at": None}
        return DeliveryState.REFUSED, {"reason": judgement.officer, "sent_at": None}
