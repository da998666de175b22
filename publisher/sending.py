"""The last requests of an item: all at one moment, each tried once, each outcome written down.

`sending` is durable before the request, so whatever dies in between is found as `sending` at the next start and
becomes `unknown`: it may be live, and the program never sends it again (DESIGN §4).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from publisher import renewing
from publisher.answers import FIRST_NO
from publisher.channels import Channel
from publisher.clearing import STAGED_SEAL, Clearing
from publisher.config import ReleaseSettings
from publisher.costs import booking
from publisher.errors import ChannelFailed, ConfigError, EgressRefused, IllegalMove, OutsideFailed
from publisher.model import DeliveryState, ItemState, Judgement, Outcome, Post, Receipt, Staged
from publisher.moves import demand_same, due_once_given_up, move_delivery, note_requests
from publisher.queue import Queue
from publisher.tables import DeliveryRow
from publisher.transmissions import Transmission, collecting

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
    "The program refused its own request because it was not a plain broadcast; nothing left. Tell the sysadmin.",
    "EgressRefused",
)
OTHERS = Judgement(
    Outcome.WAIT,
    "The credentials were replaced just now: whose account they are is asked before anything goes. Nothing was sent.",
    "the proof is not of these credentials",
)

BARRIER_PATIENCE = 5.0
"""Seconds that a request waits for the others of its item: a thread that never came must not hold them for ever."""
GIVEN_UP = "It was tried often enough, or would be late: it no longer goes by itself. Once the cause is gone:"
RECORD_PAUSES = (0.1, 0.5, 2.0, 5.0)
"""Seconds between tries to write down an outcome; the queue itself waits for a lock besides. After them the outcome
is kept in memory, and written as soon as the disk takes it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request: when it began, and what came of it."""

    row: DeliveryRow
    began: datetime
    deadline: datetime
    receipt: Receipt | None = None
    judgement: Judgement | None = None
    requests: tuple[Transmission, ...] = ()


@dataclass(frozen=True, slots=True)
class _Request:
    """All that a request needs, made before the barrier so that nothing but the request is left."""

    row: DeliveryRow
    channel: Channel
    post: Post
    staged: Staged
    deadline: datetime
    barrier: threading.Barrier


def staged_of(row: DeliveryRow) -> Staged:
    """What was prepared for this delivery."""
    values = {name: value for name, value in row.staged.items() if name != STAGED_SEAL}
    return Staged(values, row.staged_until)


def first_look(settings: ReleaseSettings, now: datetime) -> datetime:
    """When an unknown post is looked for first; at once where no interval is set."""
    return now + timedelta(seconds=next(iter(settings.read_back), 0.0))


class Sender:
    """Sends deliveries together and records each outcome."""

    def __init__(
        self,
        queue: Queue,
        channels: Mapping[str, Channel],
        clearing: Clearing,
        settings: ReleaseSettings,
        is_proved: Callable[[str], bool],
        refused: Callable[[str, Judgement, datetime], None],
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`is_proved` says of a channel, this instant, whether its account was proved by what it would send with.

        `refused` is told of every answer that was no yes.
        """
        self._queue, self._channels, self._settings, self._now = queue, channels, settings, now
        self._clearing, self._is_proved, self._refused, self._sleep = clearing, is_proved, refused, sleep
        self._kept: dict[int | None, Attempt] = {}
        self._keeping = threading.Lock()

    def send(self, rows: Sequence[DeliveryRow], *, deadline: datetime) -> None:
        """Sends all `rows` of an item at one moment and records what came of each. `deadline`: after it nothing is tried again.

        Raises IllegalMove, with nothing sent, where somebody decided otherwise since they were checked.
        """
        if not rows:
            return
        barrier = threading.Barrier(len(rows))
        requests = [
            _Request(
                row, self._channels[row.channel], Post.from_json(row.post), staged_of(row), deadline, barrier
            )
            for row in rows
        ]
        self._mark_sending(rows)
        noes: list[tuple[str, Judgement]] = []
        with ThreadPoolExecutor(len(rows), thread_name_prefix="send") as pool:
            for attempt in self._attempts(pool, requests):
                self._record(attempt)
                if attempt.judgement is not None:
                    noes.append((attempt.row.channel, attempt.judgement))
        # All is written down before: this may wait for whoever asks that platform just now.
        for channel, judgement in noes:
            self._refused(channel, judgement, self._now())

    def _attempts(self, pool: ThreadPoolExecutor, requests: Sequence[_Request]) -> Iterator[Attempt]:
        """Each attempt as it ends, the quick ones first: what a slow channel holds up must not be lost in a crash."""
        began = [self._begin(pool, request) for request in requests]
        yield from (found for found in began if isinstance(found, Attempt))
        for future in as_completed(found for found in began if isinstance(found, Future)):
            yield future.result()

    def _begin(self, pool: ThreadPoolExecutor, request: _Request) -> Future[Attempt] | Attempt:
        try:
            return pool.submit(self._request, request)
        except (
            RuntimeError
        ):  # no thread to be had; the pool may still give the request to another of its threads
            log.exception("item %s to %s: no thread for it", request.row.item_id, request.row.channel)
            return Attempt(request.row, self._now(), request.deadline, judgement=BROKE)

    def _mark_sending(self, rows: Sequence[DeliveryRow]) -> None:
        now = self._now()
        with self._queue.writing() as connection:
            self._demand_releasing(rows[0].item_id)
            for row in rows:
                demand_same(connection, row)
                changes: dict[str, Any] = {"tries": row.tries + 1, "due_at": None, "sent_at": now}
                move_delivery(connection, row, DeliveryState.SENDING, actor=ACTOR, now=now, **changes)
                row.state, row.tries = DeliveryState.SENDING.value, row.tries + 1

    def _demand_releasing(self, item_id: str) -> None:
        """Raises IllegalMove where the item was stopped since: what stops it leaves its deliveries as they are."""
        here = self._queue.item(item_id).state
        if here != ItemState.RELEASING:
            raise IllegalMove(f"item {item_id} is {here} now: nothing more of it goes")

    def _request(self, asked: _Request) -> Attempt:
        row = asked.row
        try:
            asked.barrier.wait(BARRIER_PATIENCE)
        except threading.BrokenBarrierError:
            log.warning("item %s to %s: goes without waiting for the others", row.item_id, row.channel)
        began = self._now()
        with collecting() as requests:
            answer = self._published(asked, began, requests)
        receipt, judgement = (answer, None) if isinstance(answer, Receipt) else (None, answer)
        return Attempt(row, began, asked.deadline, receipt, judgement, tuple(requests))

    def _published(
        self, asked: _Request, began: datetime, requests: Sequence[Transmission]
    ) -> Receipt | Judgement:
        """What became of the one request; whatever breaks on the way, the post may be live.

        `requests` fills as they leave: what fails after the post was taken is no word on the post.
        """
        row = asked.row
        try:
            if not self._is_proved(row.channel):
                return OTHERS
            return asked.channel.publish(asked.post, asked.staged, began)
        except ChannelFailed as failure:
            return BROKE if _was_taken(requests) else failure.judgement
        except EgressRefused:
            log.exception("item %s to %s: an undeclared request was refused", row.item_id, row.channel)
            return BROKE if _left(requests) else FORBIDDEN
        except ConfigError as error:  # found while the client is made, before any request
            return BROKE if _left(requests) else Judgement(Outcome.FIX, str(error), "no client")
        except Exception:  # unknown, never a second try
            log.exception("item %s to %s: broke while sending", row.item_id, row.channel)
            return BROKE

    # --- writing down what came of it ------------------------------------------------------------------------

    def _record(self, attempt: Attempt) -> None:
        """Writes an outcome down; a disk that is full or locked does not lose it while this process lives."""
        for pause in RECORD_PAUSES:
            try:
                self._write(attempt)
            except OutsideFailed:
                log.exception("item %s to %s: not written down yet", attempt.row.item_id, attempt.row.channel)
                self._sleep(pause)
            else:
                return
        with self._keeping:
            self._kept[attempt.row.id] = attempt

    def record_kept(self) -> list[str]:
        """Writes down what the disk did not take before; the ids of the items it was of. Raises OutsideFailed."""
        written = []
        with self._keeping:
            for number, attempt in list(self._kept.items()):
                self._write(attempt)
                del self._kept[number]
                written.append(attempt.row.item_id)
        return written

    def _write(self, attempt: Attempt) -> None:
        after, changes = self._meaning(attempt)
        judgement, row = attempt.judgement, attempt.row
        booked: dict[str, Any] = {name: changes[name] for name in ("url", "cost") if name in changes}
        told = {"outcome": str(judgement), "engineer": judgement.engineer} if judgement else booked
        try:
            with self._queue.writing() as connection:
                now = self._now()
                note_requests(connection, row, attempt.requests, actor=ACTOR, now=now)
                proof = self._proof(attempt)
                move_delivery(
                    connection, row, after, actor=ACTOR, now=now, detail=told, subject=proof, **changes
                )
        except (
            IllegalMove
        ):  # somebody else's hand in the database; the others' outcomes must still be written
            log.exception("item %s to %s: %s could not be recorded", row.item_id, row.channel, after)
            with self._queue.writing() as connection:
                note_requests(connection, row, attempt.requests, actor=ACTOR, now=self._now())
            return
        well = after is DeliveryState.SENT and not changes["reason"]
        level = logging.INFO if well else logging.WARNING
        log.log(level, "item %s to %s: %s. %s", row.item_id, row.channel, after, changes["reason"])

    def _proof(self, attempt: Attempt) -> str | None:
        """By which it is known for ever that this post is out under this id: nothing else is ever taken down."""
        receipt = attempt.receipt
        return self._clearing.of_sending(attempt.row, receipt.remote_id, receipt.url) if receipt else None

    def _meaning(self, attempt: Attempt) -> tuple[DeliveryState, dict[str, Any]]:
        now, row = self._now(), attempt.row
        if attempt.receipt is not None:
            receipt = attempt.receipt
            found = {"remote_id": receipt.remote_id, "url": receipt.url, "reason": receipt.note}
            cost = booking(self._channels[row.channel].limits, row.post)
            return DeliveryState.SENT, {**found, **cost, "sent_at": attempt.began}
        judgement = attempt.judgement or BROKE
        if judgement.outcome is Outcome.UNKNOWN:
            return DeliveryState.UNKNOWN, {
                "reason": judgement.officer,
                "due_at": first_look(self._settings, now),
                "looks": 0,
                "sent_at": attempt.began,
            }
        again = judgement.wait_until(now, timedelta(seconds=self._settings.back_off))
        if (
            judgement.outcome is Outcome.WAIT
            and row.tries < self._settings.tries
            and again <= attempt.deadline
        ):
            return DeliveryState.WAITING, {"reason": judgement.officer, "due_at": again, "sent_at": None}
        reason = renewing.told(self._channels[row.channel], judgement)
        if judgement.outcome is Outcome.WAIT:
            reason = f"{reason} {GIVEN_UP} publisher retry {row.item_id} --channel {row.channel}"
        return DeliveryState.REFUSED, {
            "reason": reason, "sent_at": None, "due_at": due_once_given_up(row, now), "looks": 0,
        }  # fmt: skip


def _left(requests: Sequence[Transmission]) -> bool:
    """Whether anything left that may have made the post public."""
    return any(one.phase.makes_public for one in requests)


def _was_taken(requests: Sequence[Transmission]) -> bool:
    """Whether the platform answered the post itself with anything but a no: what came after it failed, if it was no `unknown`."""
    return any(
        one.phase.makes_public and one.status is not None and one.status < FIRST_NO for one in requests
    )
