"""The items of the queue as people look at them: which, how each stands, and what can be done about it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from publisher import emergencies, next_steps, views
from publisher.errors import InputError
from publisher.model import ItemState, VerdictOutcome
from publisher.queue import Queue
from publisher.record import Event
from publisher.register import Register
from publisher.tables import DeliveryRow, ItemRow

FINISHED_SHOWN = 20
"""How many finished items are shown below what still waits."""
_STOPPED = {ItemState.WITHDRAWN, ItemState.CANCELLED}


@dataclass(frozen=True, slots=True)
class Seen:
    """An item as it stands: its deliveries, what a person can do next, and the second officer who said no, if one did."""

    row: ItemRow
    deliveries: Sequence[DeliveryRow]
    steps: Sequence[str]
    refused_by: str


class Overview:
    """What is in the queue, for people."""

    def __init__(self, queue: Queue, register: Register) -> None:
        self._queue, self._register = queue, register

    def listed(self, state: str | None = None, *, everything: bool = False) -> list[Seen]:
        """The items in a state; else all of them; else what is not finished, and the last that are.

        Raises InputError for a state that there is not.
        """
        officers, unseen = cache(self._register.officers), self._unseen()
        return [self._seen(row, officers, unseen) for row in self._chosen(state, everything=everything)]

    def seen(self, item_id: str) -> Seen:
        """One item. Raises InputError where there is none."""
        return self._seen(self._queue.item(item_id), self._register.officers, self._unseen())

    def _unseen(self) -> frozenset[str]:
        """The ids of emergencies that nobody has looked at yet."""
        return frozenset(row.id for row in emergencies.waiting(self._queue))

    def whole(self, item_id: str) -> tuple[Seen, list[Event]]:
        """One item with everything that happened to it. Raises InputError where there is none."""
        return self.seen(item_id), self._queue.events(item_id)

    def corrections_of(self, item_id: str) -> list[ItemRow]:
        """The items that correct this one, the oldest first."""
        return self._queue.corrections_of(item_id)

    def handed_in(self, item_id: str, outcome: VerdictOutcome) -> Seen:
        """An item that was handed in just now, with what comes next by the gate's answer."""
        row = self._queue.item(item_id)
        steps = next_steps.after_handing_in(self._register.officers, row, outcome)
        return Seen(row, self._queue.deliveries(item_id), steps, "")

    def _chosen(self, state: str | None, *, everything: bool) -> Sequence[ItemRow]:
        if state is not None:
            return self._queue.items([_state(state)])
        if everything:
            return self._queue.items(limit=views.NO_LIMIT)
        waiting = self._queue.items([one for one in ItemState if one not in views.FINISHED])
        finished = self._queue.items(list(views.FINISHED), limit=FINISHED_SHOWN, latest=True)
        chosen = {row.id: row for row in (*emergencies.waiting(self._queue), *finished, *waiting)}
        return sorted(chosen.values(), key=lambda row: (row.state in _STOPPED, row.publish_at))

    def _seen(self, row: ItemRow, officers: next_steps.Officers, unseen: frozenset[str]) -> Seen:
        deliveries = self._queue.deliveries(row.id)
        events = self._queue.events(row.id) if row.state == ItemState.BLOCKED else []
        steps = next_steps.next_steps(officers, row, deliveries, events)
        if row.id in unseen:
            steps = [*steps, next_steps.look_afterwards(row)]
        return Seen(row, deliveries, steps, views.refused_by(events))


def _state(word: str) -> ItemState:
    try:
        return ItemState(word)
    except ValueError as error:
        near = difflib.get_close_matches(word[:40], list(ItemState), n=1, cutoff=0.5)
        meant = f"Did you mean {near[0]}? " if near else ""
        way_out = f"{meant}The states are: {', '.join(ItemState)}."
        raise InputError(f"there is no state {word!r}", field="state", way_out=way_out) from error
