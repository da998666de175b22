"""A person stops an item that is on its way: it is held for review, and goes on only by somebody's decision.

That is an approver's or a director's, for a reason, who had no part in the item: whoever wrote it or let it go would
undo what another stopped. Callers know that the officer may hold: a director who suspends (clause 5a), or whoever
raised or has a concern (clause 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.clearing import Clearing
from publisher.emergencies import REVIEWED
from publisher.errors import IllegalMove, NotDesignated
from publisher.freetext import demand_reason
from publisher.model import DeliveryState, ItemState
from publisher.moves import CREATED, MOVED, Transaction, move_item, set_item
from publisher.overrides import APPROVED, GIVEN, RESCHEDULED
from publisher.queue import Queue
from publisher.record import REFUSED, Event, append
from publisher.stopping import rest
from publisher.tables import ItemRow
from publisher.tickets import issuers

HELD = "held by a person"
"""The action of the event; what holds an item by itself (the gate, the last check) has none of it."""
SOMEBODY = "somebody on the register"
"""Stands in the record for whoever has an item held because of a concern (clause 4), and for the door by which they came."""
HELD_IT, LET_GO_ON, WITHDREW_IT = "held it", "let it go on", "withdrew it"
"""What people did with an item that was held (Act.did)."""
_OFF = frozenset({ItemState.WITHDRAWING, ItemState.WITHDRAWN, ItemState.CANCELLED})
_PARTS = frozenset({CREATED, APPROVED, GIVEN, REFUSED, RESCHEDULED, REVIEWED})
_ON = frozenset({ItemState.QUEUED, ItemState.RELEASING})


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done with an item: when, by whom, and what."""

    at: datetime
    by: str
    did: str


class Holding:
    """Holds items."""

    def __init__(self, queue: Queue, clearing: Clearing, now: Callable[[], datetime]) -> None:
        self._queue, self._clearing, self._now = queue, clearing, now

    def held(
        self, connection: Transaction, item: ItemRow, *, officer: str, reason: str, cause: str = ""
    ) -> None:
        """Holds an item in the caller's transaction, in which it was read. `cause` is one word for the record.

        One that is held already stays so, and is from now on held by a person, too. Raises IllegalMove (too late),
        InputError (no reason).
        """
        here, now = _stoppable(item), self._now()
        why = demand_reason(reason)
        append(connection, now, officer, HELD, item_id=item.id, detail={"reason": why, "cause": cause})
        if here is ItemState.HELD:
            set_item(connection, item.id, reason=why)
            return
        rows = self._queue.deliveries(item.id)
        self._clearing.void(connection, item, rows)
        move_item(connection, item.id, here, ItemState.HELD, actor=officer, now=now, reason=why, due_at=None)
        rest(connection, rows)


def _stoppable(item: ItemRow) -> ItemState:
    """The state of an item that can be held. Raises IllegalMove for one that is not on its way, or out already."""
    here = ItemState(item.state)
    if here in {ItemState.QUEUED, ItemState.HELD}:
        return here
    if here in _OFF:
        raise IllegalMove(f"item {item.id} is {here} already", way_out=f"See `publisher show {item.id}`.")
    if here in {ItemState.BLOCKED, ItemState.LATE, ItemState.CHECKED, ItemState.DRAFT}:
        raise IllegalMove(
            f"item {item.id} is {here}, and does not go by itself",
            way_out=f"To stop it for good: `publisher withdraw {item.id} --reason TEXT`.",
        )
    raise IllegalMove(
        f"item {item.id} is {here}: it is too late to hold it", way_out=f"See `publisher show {item.id}`."
    )


def acts(events: Iterable[Event]) -> list[Act]:
    """Who held an item, let it go on, or withdrew it, by its events."""
    found: list[Act] = []
    for event in events:
        if did := _did(event, is_held=bool(found) and found[-1].did == HELD_IT):
            found.append(Act(event.at, event.actor, did))
    return found


def _did(event: Event, *, is_held: bool) -> str:
    if event.action == HELD:
        return HELD_IT
    if event.action != MOVED or event.channel is not None:
        return ""
    if event.after in _OFF and event.before not in _OFF:
        return WITHDREW_IT
    return LET_GO_ON if is_held and event.after == ItemState.QUEUED else ""


def holder(events: Iterable[Event]) -> str:
    """The person who holds an item, by its events; empty where nobody does, or it was let go on or withdrawn since."""
    last = acts(events)[-1:]
    return last[0].by if last and last[0].did == HELD_IT else ""


def parts(events: Iterable[Event]) -> frozenset[str]:
    """Everyone who wrote an item, let it go or refused it, moved it on, or said what became of it; also where that was taken back.

    Whoever only stopped it had no part in it.
    """
    return frozenset(event.actor for event in events if event.action in _PARTS or _is_moved_on(event))


def issuers_behind(queue: Queue, item_id: str) -> set[str]:
    """Who issued the tickets behind the tokens by which anybody had a part in an item."""
    return issuers(queue, (event for event in queue.events(item_id) if parts([event])))


def _is_moved_on(event: Event) -> bool:
    return _is_on(event) or (event.action == MOVED and event.before == DeliveryState.UNKNOWN)


def _is_on(event: Event) -> bool:
    """Whether an item is on its way from this event on."""
    return event.action == MOVED and event.channel is None and event.after in _ON


def demand_other(item: ItemRow, events: Sequence[Event], officer: str) -> None:
    """Raises NotDesignated where somebody who had a part in an item lets it go on that a person holds.

    Having let it go on before is none: else whoever has it held again and again soon leaves nobody who may.
    """
    if (by := holder(events)) and officer in parts(_but_let_on(events)) | {item.author}:
        raise NotDesignated(
            f"item {item.id} is held by {by}: {officer} had a part in it, and so does not let it go on",
            way_out=f"Ask another approver or a director, who reads it with `publisher preview {item.id}` first.",
        )


def _but_let_on(events: Iterable[Event]) -> Iterator[Event]:
    """The events, but those by which what a person held was let go on. A yes to a finding is an event of its own."""
    is_held = False
    for event in events:
        is_on = _is_on(event)
        if not (is_held and (is_on or event.action == APPROVED)):
            yield event
        is_held = event.action == HELD or (is_held and not is_on)


def demand_nobody(item: ItemRow, events: Sequence[Event]) -> None:
    """Raises IllegalMove where a person holds an item: then a second one lets it go on, for a reason."""
    if by := holder(events):
        raise IllegalMove(
            f"item {item.id} is held by {by}",
            way_out="An approver or a director who had no part in it lets it go on: "
            f"`publisher approve {item.id} --reason TEXT`.",
        )
