"""Taking down what was withdrawn, on the platforms that let a program do so; the others wait for a person.

A delivery is `withdrawing` before its platform is asked, and its tries are counted before each request. Unlike sending,
asking again does no harm: a post that is gone stays gone. So what gave no answer is asked for again, a few times, and
what died half way is taken up where it was. No channel waits for another.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from publisher.channels import Channel, Withdrawal
from publisher.config import ReleaseSettings
from publisher.costs import deletion, with_deletion
from publisher.doubts import NOT_OURS, reason
from publisher.errors import ChannelFailed, ConfigError, EgressRefused, IllegalMove
from publisher.model import DeliveryState, Judgement, Media, Outcome, Post
from publisher.moves import demand_same, move_delivery, note_requests, set_delivery
from publisher.queue import Queue
from publisher.recalling import Recalls
from publisher.record import append
from publisher.sending import ACTOR, FORBIDDEN
from publisher.tables import DeliveryRow
from publisher.transmissions import Transmission, collecting

log = logging.getLogger("publisher.withdrawing")

LEFT = "left to a person"
"""The action of the event where the program goes no further with a post."""
NO_NUMBER = "Its number there is not known to this program."
NO_PROGRAM = "This platform lets no program take a post down."
CLOSED = "The channel is switched off in config.toml."
BROKE = Judgement(
    Outcome.WAIT,
    "The program broke while taking this down; it is tried again, and the log says more.",
    "see the log",
)
LONGEST_PAUSE = timedelta(hours=1)
_GONE = frozenset({DeliveryState.WITHDRAWING, DeliveryState.WITHDRAWN, DeliveryState.NOT_SENT})
"""The states of a page's delivery in which it shows no picture, or will not for long."""


class Withdrawer:
    """Takes down the posts of withdrawn items. One caller at a time for each item."""

    def __init__(
        self, queue: Queue, channels: Mapping[str, Channel], recalls: Recalls, settings: ReleaseSettings,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._queue, self._channels, self._recalls = queue, channels, recalls
        self._settings, self._now = settings, now

    def work(self, item_id: str) -> None:
        """Takes down all of the item that is due, each channel for itself."""
        now = self._now()
        due = [row for row in self._queue.deliveries(item_id) if _is_due(row, now)]
        if due:
            with ThreadPoolExecutor(len(due), thread_name_prefix="withdraw") as pool:
                list(pool.map(self._take_down, due))
        self._recalls.settle(item_id)

    def _take_down(self, row: DeliveryRow) -> None:
        try:
            self._try(row)
        except IllegalMove as changed:  # by a person, or a hand in the database; the others go on
            log.warning("item %s from %s: %s", row.item_id, row.channel, changed)

    def _try(self, row: DeliveryRow) -> None:
        if why := self._not_by_program(row):
            self._leave(row, why)
            return
        self._begin(row)
        with collecting() as requests:
            judgement = self._asked(row)
        self._write(row, judgement, requests)

    def _not_by_program(self, row: DeliveryRow) -> str:
        """Why a person has to do it; empty where the program may. What nothing proves comes first: it names no address."""
        if not self._recalls.is_proved(self._queue.item(row.item_id), row):
            return NOT_OURS
        channel = self._channels.get(row.channel)
        if channel is None:
            return CLOSED
        if not channel.withdraws:
            return NO_PROGRAM
        return "" if row.remote_id else NO_NUMBER

    def _begin(self, row: DeliveryRow) -> None:
        """Counted, and due again later, before the request: whatever dies in between, it is asked for again."""
        row.tries += 1
        with self._queue.writing() as connection:
            demand_same(connection, row)
            set_delivery(connection, row.id, tries=row.tries, due_at=self._now() + self._pause(row))

    def _pause(self, row: DeliveryRow) -> timedelta:
        """Longer after each try."""
        return min(timedelta(seconds=self._settings.back_off) * 2.0 ** (row.tries - 1), LONGEST_PAUSE)

    def _asked(self, row: DeliveryRow) -> Judgement | None:
        """None once it is gone, else what the answer means. A bug in one adapter must not stop the others."""
        try:
            asked = Withdrawal(Post.from_json(row.post), row.remote_id, self._own_pictures(row.item_id))
            self._channels[row.channel].withdraw(asked, self._now())
        except ChannelFailed as failure:
            return failure.judgement
        except EgressRefused:
            log.exception("item %s from %s: an undeclared request was refused", row.item_id, row.channel)
            return FORBIDDEN
        except ConfigError as error:
            return Judgement(Outcome.FIX, str(error), "no client")
        except Exception:
            log.exception("item %s from %s: broke while taking it down", row.item_id, row.channel)
            return BROKE
        return None

    def _own_pictures(self, item_id: str) -> tuple[Media, ...]:
        """The item's pictures, less those that another item's page shows as well."""
        posts = [Post.from_json(row.post) for row in self._queue.deliveries(item_id)]
        every = dict.fromkeys(media for post in posts for media in post.media)
        return tuple(media for media in every if not self._is_shown(media, besides=item_id))

    def _is_shown(self, media: Media, *, besides: str) -> bool:
        others = [other for other in self._queue.showing(media.digest) if other != besides]
        pages = (row for other in others for row in self._queue.deliveries(other) if row.post.get("page"))
        return any(row.state not in _GONE for row in pages)

    # --- writing down what came of it ------------------------------------------------------------------------

    def _write(self, row: DeliveryRow, judgement: Judgement | None, requests: Sequence[Transmission]) -> None:
        now = self._now()
        with self._queue.writing() as connection:
            note_requests(connection, row, requests, actor=ACTOR, now=now)
        if judgement is None:
            self._done(row, now)
        elif judgement.outcome in {Outcome.WAIT, Outcome.UNKNOWN} and row.tries < self._settings.tries:
            again = max(judgement.wait_until(now, self._pause(row)), now + self._pause(row))
            log.warning(
                "item %s from %s: %s (%s)", row.item_id, row.channel, judgement.officer, judgement.engineer
            )
            with self._queue.writing() as connection:
                demand_same(connection, row)
                set_delivery(connection, row.id, due_at=again, reason=judgement.officer)
        else:
            self._leave(row, judgement.officer, judgement)

    def _done(self, row: DeliveryRow, now: datetime) -> None:
        gone = DeliveryState.WITHDRAWN
        limits = self._channels[row.channel].limits
        cost = with_deletion(limits, row.cost)
        own = {"deletion": deletion(limits)} if cost else {}
        with self._queue.writing() as connection:
            demand_same(connection, row)
            move_delivery(
                connection, row, gone, actor=ACTOR, now=now, detail={"url": row.url, **own, **cost}, reason="", due_at=None, **cost
            )  # fmt: skip
        log.info("item %s from %s: %s", row.item_id, row.channel, gone)

    def _leave(self, row: DeliveryRow, why: str, judgement: Judgement | None = None) -> None:
        """A person takes it down; it is not tried again by itself."""
        told = reason(row.item_id, row.channel) if why == NOT_OURS else self._by_hand(row, why)
        if judgement:
            told = f"{told} Or, once the cause is gone: publisher withdraw {row.item_id} --reason TEXT"
        engineer = {"outcome": str(judgement), "engineer": judgement.engineer} if judgement else {}
        with self._queue.writing() as connection:
            demand_same(connection, row)
            set_delivery(connection, row.id, due_at=None, reason=told)
            append(
                connection, self._now(), ACTOR, LEFT, item_id=row.item_id, channel=row.channel, detail={"why": why, **engineer}
            )  # fmt: skip
        log.warning("item %s from %s: %s", row.item_id, row.channel, told)

    @staticmethod
    def _by_hand(row: DeliveryRow, why: str) -> str:
        place = f" at {row.url}" if row.url else ""
        return f"{why} Take it down by hand{place}, then: publisher resolve {row.item_id}/{row.channel} --withdrawn"


def _is_due(row: DeliveryRow, now: datetime) -> bool:
    return row.state == DeliveryState.WITHDRAWING and row.due_at is not None and row.due_at <= now
