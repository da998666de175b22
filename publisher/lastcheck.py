"""The last check before an item goes: seals, officers and gate, all afresh (promise 1), and whether it is still in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from publisher import item as items
from publisher.clearing import Clearing
from publisher.config import Config
from publisher.correcting import outdated
from publisher.desk import why
from publisher.doubts import moved_by_hand
from publisher.errors import ConfigError
from publisher.judging import Judge
from publisher.model import DeliveryState, Post, VerdictOutcome
from publisher.moments import over_at
from publisher.moves import Transaction
from publisher.queue import Queue
from publisher.record import SCHEDULER, Event
from publisher.stored_row import UNREADABLE
from publisher.tables import DeliveryRow, ItemRow
from publisher.times import CLOCK_SLACK
from publisher.verdicts import Judged, Stage, Verdicts

DAMAGED = "damaged"
"""The cause where what is stored cannot even be read."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the last look at an item gave: why it may not go, empty where it may, and the verdict if it came to one.

    `cause` is one word for the record: damaged, sealed, moved, cited, clock, rules, verdict.
    """

    problem: str = ""
    cause: str = ""
    judged: Judged | None = None


class LastCheck:
    """Says why an item may not go now, and keeps the verdict that said so."""

    def __init__(
        self, config: Config, queue: Queue, clearing: Clearing, judge: Judge, verdicts: Verdicts, now: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self._config, self._queue, self.clearing = config, queue, clearing
        self._judge, self._verdicts, self._now = judge, verdicts, now

    def look(self, item: ItemRow, rows: Sequence[DeliveryRow]) -> Looked:
        """Why the item may not go now, or nothing. Nothing is changed; `keep` or `stop` write down what was found."""
        if found := self._by_hand(item, rows, self._queue.events(item.id)):
            return found
        try:
            judged = self._judge.stored(item, [Post.from_json(row.post) for row in rows])
        except ConfigError as error:
            return Looked(f"The rules of the gate cannot be read. {error}", "rules")
        if judged.verdict.outcome is VerdictOutcome.CLEAR:
            return Looked(judged=judged)
        return Looked(why(judged.verdict), "verdict", judged)

    def _by_hand(self, item: ItemRow, rows: Sequence[DeliveryRow], told: Sequence[Event]) -> Looked | None:
        """What is not as this program left it: damaged, unsealed, moved without an event, or decided on later than now.

        And the one thing that others may do to a correction: withdraw what it names.
        """
        if problem := damage(item, rows):
            return Looked(problem, DAMAGED)
        if channel := self.clearing.broken(item, rows, cleared=True):
            return Looked(f"The post for {channel} is not the one that was cleared.", "sealed")
        if moved := moved_by_hand(item, rows, told):
            return Looked(f"The state of {moved} is not the one that it was moved to.", "moved")
        if problem := outdated(self._queue, item, rows):
            return Looked(problem, "cited")
        if self._is_set_back(item, told):
            return Looked(
                "This computer's clock was set back: the record tells of later than now. Set it right.",
                "clock",
            )
        return None

    def by_hand(self, item: ItemRow, rows: Sequence[DeliveryRow]) -> str:
        """Why the item will not go because of what is stored of it; empty where that is as this program left it."""
        found = self._by_hand(item, rows, self._queue.events(item.id, listed=True))
        return found.problem if found else ""

    def keep(self, connection: Transaction, item_id: str, looked: Looked) -> None:
        """Writes the verdict down, if it came to one."""
        if looked.judged is not None:
            self._verdicts.keep(connection, item_id, Stage.RELEASE, looked.judged, actor=SCHEDULER)

    def stop(self, connection: Transaction, item: ItemRow, looked: Looked) -> dict[str, Any]:
        """Takes the clearance back from an item that is stopped; what changes of the item itself.

        A verdict that stops it stands beside it from then on: officers must see what they decide on.
        """
        self.keep(connection, item.id, looked)
        changes = {"verdict": looked.judged.verdict.to_json()} if looked.judged else {}
        self.clearing.void(connection, item, self._queue.deliveries(item.id), **changes)
        return changes

    def _is_set_back(self, item: ItemRow, told: Sequence[Event]) -> bool:
        """What has ended or began, such as an override, a designation or a period, must not do so again by the clock.

        The item's own events tell of it, and the last one of all: an officer's may be later than all of the item's.
        """
        newest = max([*(event.at for event in told), self._queue.last_moment() or item.created_at])
        return newest > self._now() + CLOCK_SLACK

    def is_late(self, item: ItemRow) -> bool:
        """Whether it may no longer go by itself."""
        return self._now() > self.deadline(item)

    def deadline(self, item: ItemRow) -> datetime:
        """The last moment at which the item may go by itself: within its grace, and never after an event began."""
        grace = item.publish_at + timedelta(seconds=self._config.release.grace)
        over = over_at(items.parse(item.content))
        return grace if over is None else min(grace, over)


def damage(item: ItemRow, rows: Sequence[DeliveryRow]) -> str:
    """What of the item's rows cannot be read (a hand in the database, an older program); empty if all can."""
    try:
        items.parse(item.content)
        _ = str(item.verdict["policy"])
        for row in rows:
            _ = Post.from_json(row.post), dict(row.staged), DeliveryState(row.state)
    except UNREADABLE as error:
        return f"What is stored of it is damaged ({type(error).__name__}). Withdraw it and hand it in anew."
    return ""
