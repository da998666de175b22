"""What officers decide of an item that is in the queue: approve, refuse, withdraw, reschedule, retry, resolve.

Each decides inside one transaction with a compare-and-set, so that a change that comes too late is told so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from publisher import wake
from publisher.clearance import Seal
from publisher.compose import Composer
from publisher.config import Config
from publisher.desk import HELD_MARK, demand_future, stage_from
from publisher.errors import IllegalMove, InputError, NotDesignated
from publisher.item import parse
from publisher.model import DeliveryState, ItemState, Post, VerdictOutcome
from publisher.queue import Queue, Transaction, move_delivery, move_item, set_delivery
from publisher.register import Register, Role
from publisher.tables import DeliveryRow, ItemRow
from publisher.times import local

_NOT_OUT = (ItemState.CHECKED, ItemState.HELD, ItemState.BLOCKED, ItemState.QUEUED, ItemState.LATE)
_UNSENT = {DeliveryState.WAITING, DeliveryState.STAGED, DeliveryState.REFUSED, DeliveryState.NOT_SENT}
_AGAIN = {ItemState.PART_PUBLISHED: ItemState.RELEASING, ItemState.HELD: ItemState.QUEUED}


class Decisions:
    """The decisions. Raises InputError (wrong input), NotDesignated (not theirs to make), IllegalMove (too late)."""

    def __init__(
        self,
        config: Config,
        queue: Queue,
        register: Register,
        composer: Composer,
        seal: Seal,
        now: Callable[[], datetime],
    ) -> None:
        self._config, self._queue, self._register = config, queue, register
        self._composer, self._seal, self._now = composer, seal, now

    def _today(self) -> date:
        return local(self._now(), self._config.council.timezone).date()

    def approve(self, item_id: str, *, officer: str) -> ItemRow:
        """A second officer lets an item go that the gate held for review. Raises NotDesignated for its author."""
        item = self._queue.item(item_id)
        self._demand_second(item, officer)
        now = self._now()
        publish_at = max(item.publish_at, now)
        with self._queue.writing() as connection:
            changes = self._redate(connection, item, publish_at, (item.author, officer))
            move_item(
                connection,
                item_id,
                ItemState.HELD,
                ItemState.QUEUED,
                actor=officer,
                now=now,
                approver=officer,
                **changes,
            )
        wake.call(self._config.database)
        return self._queue.item(item_id)

    def refuse(self, item_id: str, *, officer: str, reason: str) -> ItemRow:
        """A second officer says no to an item that is held for review."""
        self._demand_second(self._queue.item(item_id), officer)
        with self._queue.writing() as connection:
            move_item(
                connection,
                item_id,
                ItemState.HELD,
                ItemState.BLOCKED,
                actor=officer,
                now=self._now(),
                reason=reason,
            )
        return self._queue.item(item_id)

    def _demand_second(self, item: ItemRow, officer: str) -> None:
        if item.state != ItemState.HELD:
            raise IllegalMove(f"item {item.id} is {item.state}, not held for review")
        if officer == item.author:
            raise NotDesignated(
                "the author of an item cannot also approve it", way_out="Ask another approver."
            )
        if problem := self._register.problem(officer, [], today=self._today(), role=Role.APPROVER):
            raise NotDesignated(problem, way_out="Ask an officer with the role of approver.")

    def withdraw(self, item_id: str, *, officer: str, reason: str) -> ItemRow:
        """Stops an item that is not out yet, for good. Raises IllegalMove where it comes too late."""
        item = self._any_officer(item_id, officer)
        here = self._not_out(item)
        with self._queue.writing() as connection:
            move_item(
                connection,
                item_id,
                here,
                ItemState.WITHDRAWN,
                actor=officer,
                now=self._now(),
                reason=reason,
                due_at=None,
            )
            self._close_deliveries(connection, item_id, officer, reason)
        return self._queue.item(item_id)

    def _close_deliveries(self, connection: Transaction, item_id: str, officer: str, reason: str) -> None:
        for row in self._queue.deliveries(item_id):
            if row.state in {DeliveryState.WAITING, DeliveryState.STAGED}:
                move_delivery(
                    connection,
                    row,
                    DeliveryState.NOT_SENT,
                    actor=officer,
                    now=self._now(),
                    reason=reason,
                    due_at=None,
                )

    def reschedule(self, item_id: str, *, officer: str, publish_at: datetime | None) -> ItemRow:
        """Gives an item that is queued or late another moment; None means now. Raises InputError, IllegalMove."""
        item = self._any_officer(item_id, officer)
        moment = publish_at or self._now()
        demand_future(parse(item.content).model_copy(update={"publish_at": publish_at}), self._now())
        with self._queue.writing() as connection:
            changes = self._redate(connection, item, moment, item.officers)
            if item.state == ItemState.LATE:
                move_item(
                    connection,
                    item_id,
                    ItemState.LATE,
                    ItemState.QUEUED,
                    actor=officer,
                    now=self._now(),
                    **changes,
                )
            elif item.state == ItemState.QUEUED:
                self._still_queued(connection, item_id, officer, changes)
            else:
                raise IllegalMove(
                    f"item {item_id} is {item.state}: only a queued or late item can be rescheduled"
                )
        wake.call(self._config.database)
        return self._queue.item(item_id)

    def _redate(
        self, connection: Transaction, item: ItemRow, moment: datetime, officers: tuple[str, ...]
    ) -> dict[str, Any]:
        """Gives the item's posts that are not out the new moment's date, and seals them anew; the item's own changes.

        Only the page holds a date. Its words are the ones that the gate saw, and the release runs the gate again.
        """
        content = parse(item.content).model_copy(update={"publish_at": moment})
        slug, before = item.slug.rpartition("/")[2], self._sealed_by(item)
        for row in self._queue.deliveries(item.id):
            if row.state in _UNSENT | {DeliveryState.UNKNOWN}:
                self._demand_untouched(row, item.verdict["policy"], before)
                post = Post.from_json(row.post)
                if row.state in _UNSENT:  # what may be live stays as it went, or it could not be found again
                    post = self._composer.redated(content, post, slug)
                seal = self._seal.make(post, policy=item.verdict["policy"], officers=officers)
                set_delivery(connection, row.id, post=post.to_json(), digest=post.digest, seal=seal)
        return {
            "publish_at": moment,
            "due_at": stage_from(moment, self._now(), self._config),
            "content": content.to_json(),
            "reason": "",
        }

    def _sealed_by(self, item: ItemRow) -> tuple[str, ...]:
        cleared = item.approver or item.verdict["verdict"] == VerdictOutcome.CLEAR
        return item.officers if cleared else (item.author, HELD_MARK)

    def _demand_untouched(self, row: DeliveryRow, policy: str, officers: tuple[str, ...]) -> None:
        """A new seal is only ever given to what the old one was made for."""
        if not self._seal.holds(row.seal, Post.from_json(row.post), policy=policy, officers=officers):
            raise IllegalMove(
                f"the post for {row.channel} is not the one that was checked",
                way_out="Withdraw the item and hand it in anew.",
            )

    def _still_queued(
        self, connection: Transaction, item_id: str, officer: str, changes: dict[str, Any]
    ) -> None:
        """Through `checked`, so that a release that has begun in the meantime wins and this is told so."""
        now = self._now()
        move_item(connection, item_id, ItemState.QUEUED, ItemState.CHECKED, actor=officer, now=now)
        move_item(connection, item_id, ItemState.CHECKED, ItemState.QUEUED, actor=officer, now=now, **changes)

    def retry(self, item_id: str, *, officer: str, channel: str | None = None) -> ItemRow:
        """Sends again what was definitely not sent (refused, not sent), now. Never what is unknown."""
        item = self._any_officer(item_id, officer)
        rows = [row for row in self._queue.deliveries(item_id) if channel in {None, row.channel}]
        again = [row for row in rows if row.state in {DeliveryState.REFUSED, DeliveryState.NOT_SENT}]
        after = _AGAIN.get(ItemState(item.state))
        if after is None or not rows or not (again or after is ItemState.QUEUED):
            raise IllegalMove(
                f"item {item_id} has nothing to send again",
                way_out=f"See `publisher show {item_id}` for each channel.",
            )
        if (
            after is ItemState.QUEUED
            and item.verdict["verdict"] != VerdictOutcome.CLEAR
            and not item.approver
        ):
            raise IllegalMove(
                f"item {item_id} waits for a second officer", way_out=f"`publisher approve {item_id}`."
            )
        now = self._now()
        with self._queue.writing() as connection:
            for row in again:
                move_delivery(
                    connection, row, DeliveryState.WAITING, actor=officer, now=now, tries=0, reason="", staged={},
                    staged_until=None, due_at=None,
                )  # fmt: skip
            changes = self._redate(connection, item, now, item.officers)
            move_item(connection, item_id, ItemState(item.state), after, actor=officer, now=now, **changes)
        wake.call(self._config.database)
        return self._queue.item(item_id)

    def resolve(self, item_id: str, channel: str, *, officer: str, url: str | None) -> ItemRow:
        """A person says what became of an unknown delivery: `url` where it is live, None where it is not."""
        self._any_officer(item_id, officer)
        row = next((row for row in self._queue.deliveries(item_id) if row.channel == channel), None)
        if row is None or row.state != DeliveryState.UNKNOWN:
            raise IllegalMove(
                f"the delivery to {channel} is not unknown", way_out=f"See `publisher show {item_id}`."
            )
        if url is not None and urlsplit(url).scheme not in {"http", "https"}:
            raise InputError(
                f"{url!r} is not the address of a post",
                field="--sent",
                way_out="Paste the post's https address.",
            )
        now = self._now()
        after = DeliveryState.NOT_SENT if url is None else DeliveryState.SENT
        with self._queue.writing() as connection:
            move_delivery(
                connection, row, after, actor=officer, now=now, url=url or "", due_at=None,
                reason=f"Settled by {officer}.",
            )  # fmt: skip
            others = {other.state for other in self._queue.deliveries(item_id) if other.channel != channel}
            part = self._queue.item(item_id).state == ItemState.PART_PUBLISHED  # as it is now, under the lock
            if part and after is DeliveryState.SENT and others <= {DeliveryState.SENT}:
                here, there = ItemState.PART_PUBLISHED, ItemState.PUBLISHED
                move_item(connection, item_id, here, there, actor=officer, now=now)
        return self._queue.item(item_id)

    def _any_officer(self, item_id: str, officer: str) -> ItemRow:
        item = self._queue.item(item_id)
        if problem := self._register.problem(officer, [], today=self._today()):
            raise NotDesignated(problem, way_out="Ask a designated officer.")
        return item

    def _not_out(self, item: ItemRow) -> ItemState:
        here = ItemState(item.state)
        if here in {ItemState.WITHDRAWN, ItemState.CANCELLED}:
            raise IllegalMove(f"item {item.id} is {here} already", way_out=f"See `publisher show {item.id}`.")
        if here not in _NOT_OUT:
            raise IllegalMove(
                f"item {item.id} is {here}: it is too late to stop it",
                way_out=f"See `publisher show {item.id}`.",
            )
        return here
