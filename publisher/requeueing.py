"""Puts an item that was stopped, or is given another moment, before the gate again, and stores what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from publisher import item as items
from publisher.clearing import CLEARED, Clearing, changed
from publisher.compose import Composer
from publisher.config import Config
from publisher.desk import OUTCOME_STATES, stage_from, why
from publisher.item import Item
from publisher.judging import Judge
from publisher.model import DeliveryState, ItemState, Post
from publisher.moves import Transaction, move_item, set_item
from publisher.queue import Queue
from publisher.tables import DeliveryRow, ItemRow, OverrideRow
from publisher.verdicts import Judged, Stage, Verdicts

UNSENT = frozenset(
    {DeliveryState.WAITING, DeliveryState.STAGED, DeliveryState.REFUSED, DeliveryState.NOT_SENT}
)
"""The states of a delivery whose post is certainly not out: what may be live stays as it went, to be found again."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item as it would go at another moment: its row, content, deliveries and posts. Nothing is stored yet."""

    before: ItemRow
    row: ItemRow
    item: Item
    deliveries: tuple[DeliveryRow, ...]
    posts: tuple[Post, ...]


class Requeuer:
    """Judges items of the queue afresh."""

    def __init__(
        self, config: Config, queue: Queue, composer: Composer, clearing: Clearing, judge: Judge, verdicts: Verdicts,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._config, self._queue, self._composer, self._clearing = config, queue, composer, clearing
        self._judge, self._verdicts, self._now = judge, verdicts, now

    def prepare(self, item: ItemRow, moment: datetime, approvers: Sequence[str] = ()) -> Prepared:
        """The item for `moment`, decided by `approvers`. Raises IllegalMove where it is not as it was checked.

        Only the page holds a date, so only its post changes.
        """
        rows = tuple(self._queue.deliveries(item.id))
        self._clearing.demand_whole(item, rows)
        content = items.parse(item.content).model_copy(update={"publish_at": moment})
        slug = item.slug.rpartition("/")[2]
        posts = tuple(self._redated(row, content, slug) for row in rows)
        values = {"publish_at": moment, "content": content.to_json(), "approver": ",".join(approvers) or None}
        return Prepared(item, changed(item, **values), content, rows, posts)

    def _redated(self, row: DeliveryRow, content: Item, slug: str) -> Post:
        post = Post.from_json(row.post)
        return self._composer.redated(content, post, slug) if row.state in UNSENT else post

    def judge(self, prepared: Prepared, overrides: Sequence[OverrideRow]) -> Judged:
        """The gate's answer on it now. Raises ConfigError where the rules cannot be read."""
        return self._judge.again(prepared.row, prepared.item, prepared.posts, overrides)

    def store(
        self, connection: Transaction, prepared: Prepared, judged: Judged, stage: Stage, *, actor: str,
        clear: ItemState = ItemState.QUEUED, detail: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Stores the item with its verdict: in `clear` and sealed where the gate let it through, else held or blocked."""
        after = self._after(prepared.before, judged, clear)
        row = changed(prepared.row, verdict=judged.verdict.to_json(), reason=why(judged.verdict))
        if after not in CLEARED:
            row.approver = None
        self._clearing.give(connection, row, prepared.deliveries, prepared.posts, cleared=after in CLEARED)
        due = stage_from(row.publish_at, self._now(), self._config) if after in CLEARED else None
        names = ("publish_at", "content", "approver", "verdict", "reason")
        changes = {name: getattr(row, name) for name in names} | {"due_at": due}
        self._move(connection, prepared.before, after, changes, actor=actor, detail=detail or {})
        self._verdicts.keep(connection, row.id, stage, judged, actor=actor)

    def _after(self, item: ItemRow, judged: Judged, clear: ItemState) -> ItemState:
        """What is out in part is held, never blocked: what is left of it is still to be decided."""
        after = OUTCOME_STATES[judged.verdict.outcome]
        if after is ItemState.QUEUED:
            return clear
        return ItemState.HELD if item.state == ItemState.PART_PUBLISHED else after

    def _move(
        self, connection: Transaction, item: ItemRow, after: ItemState, changes: dict[str, Any], *, actor: str,
        detail: dict[str, Any],
    ) -> None:  # fmt: skip
        """In two steps, so that what happened in the meantime wins and this is told so."""
        here, now = ItemState(item.state), self._now()
        between = ItemState.RELEASING if here is ItemState.PART_PUBLISHED else ItemState.CHECKED
        move_item(connection, item.id, here, between, actor=actor, now=now, detail=detail)
        if after is between:
            set_item(connection, item.id, **changes)
        else:
            move_item(connection, item.id, between, after, actor=actor, now=now, **changes)
