"""What officers decide of an item that is in the queue: approve, refuse, withdraw, reschedule, retry, resolve.

Each decides inside one transaction with a compare-and-set, so that a change that comes too late is told so. Every
refusal is recorded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from publisher import wake
from publisher.approval import Approval
from publisher.clearing import Clearing
from publisher.config import Config
from publisher.consents import Withdrawn
from publisher.desk import why
from publisher.doubts import moved_by_hand
from publisher.errors import ConfigError, IllegalMove
from publisher.freetext import demand_reason
from publisher.holding import demand_nobody
from publisher.item import parse
from publisher.judging import Judge
from publisher.model import DeliveryState, ItemState, Verdict, VerdictOutcome
from publisher.moments import demand_future
from publisher.moves import (
    Transaction,
    due_once_given_up,
    move_delivery,
    move_item,
)
from publisher.overrides import RESCHEDULED, REVOKED, Overrides
from publisher.queue import Queue
from publisher.recalling import Recalls
from publisher.record import append
from publisher.refusals import recorded
from publisher.register import Role
from publisher.requeueing import Requeuer
from publisher.settling import Settling
from publisher.tables import DeliveryRow, ItemRow
from publisher.verdicts import Stage
from publisher.views import stamp

log = logging.getLogger(__name__)

_MOVABLE = frozenset({ItemState.QUEUED, ItemState.LATE})
_AGAIN = {ItemState.PART_PUBLISHED: ItemState.RELEASING, ItemState.HELD: ItemState.QUEUED}
_FAILED = frozenset({DeliveryState.REFUSED, DeliveryState.NOT_SENT})


class Decisions:
    """The decisions. Raises InputError (wrong input), NotDesignated (not theirs to make), IllegalMove (too late)."""

    def __init__(
        self, config: Config, queue: Queue, judge: Judge, overrides: Overrides, requeuer: Requeuer, clearing: Clearing,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._config, self._queue, self._judge, self._overrides = config, queue, judge, overrides
        self._requeuer, self._clearing, self._now = requeuer, clearing, now
        self._recalls = Recalls(queue, clearing, now)
        self._settling = Settling(config, queue, judge, clearing, now)
        self._approval = Approval(config, queue, judge, overrides, requeuer, now)

    def approve(
        self, item_id: str, *, officer: str, reason: str, findings: Sequence[str] = (), until: date | None = None
    ) -> ItemRow:  # fmt: skip
        """A second officer lets findings go (publisher/approval.py)."""
        return self._approval.approve(item_id, officer=officer, reason=reason, findings=findings, until=until)

    def refuse(self, item_id: str, *, officer: str, reason: str) -> ItemRow:
        """A second officer says no, for good, to an item that is held for review."""
        return self._approval.refuse(item_id, officer=officer, reason=reason)

    def withdraw(self, item_id: str, *, officer: str, reason: str) -> ItemRow:
        """Stops an item for good; what is out of it already is taken down (publisher/recalling.py).

        Asked again, what is left to a person is tried once more. Raises IllegalMove (off already, or being sent at this
        moment) and InputError without a reason.
        """
        now = self._now()
        with recorded(self._queue, now, officer, "withdraw", item_id), self._queue.writing() as connection:
            item = self._any_officer(item_id, officer)
            self.withdrawn(connection, item, officer=officer, reason=reason)
        return self.settled(item_id)

    def withdrawn(self, connection: Transaction, item: ItemRow, *, officer: str, reason: str) -> None:
        """Withdraws an item in the caller's transaction, in which it was read; `settled` follows. Raises as `withdraw` does.

        Callers know that the officer may: whoever has a concern about it (clause 4) takes it back without being
        designated, since nothing is posted by that.
        """
        why = demand_reason(reason)
        _demand_words(item)
        if item.state == ItemState.WITHDRAWING:
            self._recalls.again(connection, item, officer=officer, reason=why)
        elif self._not_off(item) and self._recalls.is_out(item):
            self._recalls.ask(connection, item, officer=officer, reason=why)
        else:
            self._stop_for_good(connection, item, officer, why)

    def settled(self, item_id: str) -> ItemRow:
        """The item, once what was decided is carried on; whatever comes of that, the daemon is woken for the rest."""
        try:
            self._recalls.settle(item_id)
        finally:
            wake.call(self._config.database)
        return self._queue.item(item_id)

    def _stop_for_good(self, connection: Transaction, item: ItemRow, officer: str, why: str) -> None:
        if item.state == ItemState.QUEUED:
            self._clearing.void(connection, item, self._queue.deliveries(item.id))
        here, after = ItemState(item.state), ItemState.WITHDRAWN
        move_item(connection, item.id, here, after, actor=officer, now=self._now(), reason=why, due_at=None)
        self._close_deliveries(connection, item.id, officer, why)

    def _close_deliveries(self, connection: Transaction, item_id: str, officer: str, reason: str) -> None:
        now, after = self._now(), DeliveryState.NOT_SENT
        for row in self._queue.deliveries(item_id):
            if row.state in {DeliveryState.WAITING, DeliveryState.STAGED}:
                due = due_once_given_up(row, now)
                move_delivery(
                    connection, row, after, actor=officer, now=now, reason=reason, due_at=due, looks=0
                )

    def reschedule(self, item_id: str, *, officer: str, publish_at: datetime | None) -> str:
        """Gives an item that is queued or late another moment; None means now. Raises InputError, IllegalMove.

        Another moment is another decision: what second officers let go is asked of them again. Returns who that is,
        as the item names its approvers; empty where nobody is.
        """
        now = self._now()
        with recorded(self._queue, now, officer, "reschedule", item_id), self._queue.writing() as connection:
            item = self._any_officer(item_id, officer)
            demand_future(parse(item.content).model_copy(update={"publish_at": publish_at}), now)
            if item.state == ItemState.HELD:
                demand_nobody(item, self._queue.events(item_id))
            if item.state not in _MOVABLE:
                raise IllegalMove(
                    f"item {item_id} is {item.state}: only a queued or late item can be rescheduled",
                    way_out=_before_moving(item),
                )
            self._overrides.revoke(connection, item_id, actor=officer, now=now)
            moments = {"from": stamp(item.publish_at), "to": stamp(publish_at or now)}
            append(connection, now, officer, RESCHEDULED, item_id=item_id, detail=moments)
            if item.approver:
                append(connection, now, officer, REVOKED, item_id=item_id, detail={"approver": item.approver})
            prepared = self._requeuer.prepare(item, publish_at or now)
            judged = self._requeuer.judge(prepared, [])
            self._requeuer.store(connection, prepared, judged, Stage.RESCHEDULED, actor=officer)
        wake.call(self._config.database)
        return item.approver or ""

    def retry(self, item_id: str, *, officer: str, channel: str | None = None) -> ItemRow:
        """Sends again what was definitely not sent (refused, not sent): now, or at its moment where that is to come.

        Never what is unknown, nor what a person holds. What second officers let go stays so: the same words go, only later.
        """
        now = self._now()
        with recorded(self._queue, now, officer, "retry", item_id), self._queue.writing() as connection:
            item = self._any_officer(item_id, officer)
            if channel is not None:
                self._queue.delivery_to(item_id, channel)
            demand_nobody(item, self._queue.events(item_id))
            self._demand_as_moved(item)
            after, again = self._to_send_again(item, channel)
            overrides = self._overrides.counting(item)
            moment = max(item.publish_at, now)
            prepared = self._requeuer.prepare(item, moment, sorted({row.officer for row in overrides}))
            judged = self._requeuer.judge(prepared, overrides)
            if after is ItemState.QUEUED and judged.verdict.outcome is not VerdictOutcome.CLEAR:
                raise _not_clear(item_id, judged.verdict)
            for row in again:
                move_delivery(
                    connection, row, DeliveryState.WAITING, actor=officer, now=now, tries=0, reason="", staged={},
                    staged_until=None, due_at=None,
                )  # fmt: skip
            self._requeuer.store(connection, prepared, judged, Stage.RETRIED, actor=officer, clear=after)
        wake.call(self._config.database)
        return self._queue.item(item_id)

    def _demand_as_moved(self, item: ItemRow) -> None:
        """Raises IllegalMove where a hand put something in another state: what it calls refused may be out, and goes twice."""
        rows, told = self._queue.deliveries(item.id), self._queue.events(item.id)
        if moved := moved_by_hand(item, rows, told):
            raise IllegalMove(
                f"the state of {moved} is not the one that it was moved to: somebody was in the database",
                way_out="Look on the channel whether it is out; `publisher audit verify` says more.",
            )

    def _to_send_again(self, item: ItemRow, channel: str | None) -> tuple[ItemState, list[DeliveryRow]]:
        rows = [row for row in self._queue.deliveries(item.id) if channel in {None, row.channel}]
        again = [row for row in rows if row.state in _FAILED]
        after = _AGAIN.get(ItemState(item.state))
        if after is None or not rows or not (again or after is ItemState.QUEUED):
            raise IllegalMove(
                f"item {item.id} has nothing to send again",
                way_out=f"See `publisher show {item.id}` for each channel.",
            )
        return after, again

    def withdraw_consent(self, reference: str, *, officer: str) -> Withdrawn:
        """Takes a consent back and stops what names it and waits, at once. Raises InputError and NotDesignated.

        What cannot be judged now stays as it is: its release judges it again, and holds it. It is said which.
        """
        found = self._judge.consents.withdraw(reference, officer)
        held, unjudged = [], []
        for item in found.held:
            try:
                with self._queue.writing() as connection:
                    stopped = self._stop(connection, item.id, officer)
            except (ConfigError, IllegalMove) as error:
                log.warning("item %s was not stopped when a consent was withdrawn: %s", item.id, error)
                unjudged.append(item)
                continue
            if stopped:
                held.append(item)
        return replace(found, held=tuple(held), unjudged=tuple(unjudged))

    def _stop(self, connection: Transaction, item_id: str, officer: str) -> bool:
        """Where an item is queued and the gate does not let it go any more; whether it was."""
        item = self._queue.item(item_id)
        if item.state != ItemState.QUEUED:
            return False
        overrides = self._overrides.counting(item)
        prepared = self._requeuer.prepare(item, item.publish_at, sorted({row.officer for row in overrides}))
        judged = self._requeuer.judge(prepared, overrides)
        stopped = judged.verdict.outcome is not VerdictOutcome.CLEAR
        if stopped:
            self._requeuer.store(connection, prepared, judged, Stage.RECALLED, actor=officer)
        return stopped

    def resolve(self, item_id: str, channel: str, *, officer: str, url: str | None) -> ItemRow:
        """A person says what became of an unknown delivery (publisher/settling.py): `url` where it is live, None where it is not."""
        with recorded(self._queue, self._now(), officer, "resolve", item_id):
            self._any_officer(item_id, officer)
            self._settling.resolve(self._queue.delivery_to(item_id, channel), officer=officer, url=url)
        return self.settled(item_id)

    def saw_to(self, item_id: str, channel: str, *, officer: str) -> ItemRow:
        """A person did what a post that is out had left to them. Raises IllegalMove where it had left nothing."""
        with recorded(self._queue, self._now(), officer, "resolve", item_id):
            self._any_officer(item_id, officer)
            self._settling.saw_to(self._queue.delivery_to(item_id, channel), officer=officer)
        return self.settled(item_id)

    def taken_down(self, item_id: str, channel: str, *, officer: str) -> ItemRow:
        """A person says that they took a withdrawn post down. Raises IllegalMove where that does not wait for anybody."""
        now = self._now()
        with recorded(self._queue, now, officer, "resolve", item_id), self._queue.writing() as connection:
            item = self._any_officer(item_id, officer)
            self._recalls.taken_down(connection, item, channel, officer=officer)
        return self.settled(item_id)

    def _any_officer(self, item_id: str, officer: str) -> ItemRow:
        item = self._queue.item(item_id)
        self._judge.register.demand(officer, Role.OFFICER, today=self._judge.today)
        _demand_words(item)
        return item

    def _not_off(self, item: ItemRow) -> bool:
        """True; raises IllegalMove where nothing of the item is left to stop."""
        if item.state in {ItemState.WITHDRAWN, ItemState.CANCELLED}:
            raise IllegalMove(
                f"item {item.id} is {item.state} already", way_out=f"See `publisher show {item.id}`."
            )
        return True


def _demand_words(item: ItemRow) -> None:
    if item.erased_at is not None:
        raise IllegalMove(
            f"item {item.id} was erased", way_out=f"`publisher show {item.id}` tells what is left."
        )


def _not_clear(item_id: str, verdict: Verdict) -> IllegalMove:
    """Why an item does not go again by itself: it waits for a yes, or for what nobody may let go."""
    if verdict.outcome is VerdictOutcome.REVIEW:
        way_out = f"`publisher approve {item_id} --reason TEXT`."
        return IllegalMove(f"item {item_id} waits for a second officer", way_out=way_out)
    shown = f"`publisher show {item_id}` says what to do."
    return IllegalMove(f"item {item_id} may not go: {why(verdict)}", way_out=shown)


def _before_moving(item: ItemRow) -> str:
    """How an item gets another time that is not on its way: nothing does that for what is out, or off."""
    anew = f"`publisher withdraw {item.id} --reason TEXT` and hand it in again with the new time"
    if item.state == ItemState.BLOCKED:
        return f"Mend it: {anew}."
    if item.state != ItemState.HELD:
        return f"See `publisher show {item.id}`."
    if item.verdict["verdict"] == VerdictOutcome.CLEAR:
        return f"First `publisher retry {item.id}`, or {anew}."
    return f"An approver lets it go first, or {anew}."
