"""The items of the queue as people look at them: which, how each stands, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from publisher import emergencies, next_steps, views
from publisher.clearing import READY
from publisher.designation import Line, awaits_reading, reasons
from publisher.editions import Editions
from publisher.errors import InputError
from publisher.holding import holder
from publisher.model import ItemState, VerdictOutcome
from publisher.nearest import meant
from publisher.next_steps import Stop
from publisher.queue import Queue
from publisher.record import Event
from publisher.register import Register, Role
from publisher.tables import DeliveryRow, ItemRow, OfficerRow
from publisher.times import local

FINISHED_SHOWN = 20
"""How many finished items are shown below what still waits."""
_MAY_GO = {ItemState.QUEUED, ItemState.HELD, ItemState.BLOCKED}
"""The states in which it is said who could not act at the item's moment."""
_ON_ITS_WAY = {ItemState.QUEUED, ItemState.RELEASING}
_STOPPED_BY_SOMEBODY = {ItemState.HELD, ItemState.BLOCKED}
"""The states whose events tell of a person who stopped the item."""
_TOLD_OF = {*_STOPPED_BY_SOMEBODY, ItemState.WITHDRAWING}
"""The states whose events say what comes next."""
_STOPPED = {ItemState.WITHDRAWN, ItemState.CANCELLED}


@dataclass(frozen=True, slots=True)
class Seen:
    """An item as it stands: its deliveries, what a person can do next, and the second officer who said no, if one did."""

    row: ItemRow
    deliveries: Sequence[DeliveryRow]
    steps: Sequence[str]
    refused_by: str


class Outlook:
    """The register, the editions and the record's end, each read once, and only where something is said of an item."""

    def __init__(
        self, register: Register, editions: Editions, today: date, zone_name: str, stopped: Callable[[], str],
        channels: Callable[[], Mapping[str, str]],
    ) -> None:  # fmt: skip
        self._today, self._zone = today, zone_name
        self._lines = cache(register.lines)
        self._reading = cache(editions.reading)
        self.stopped, self.channels = cache(stopped), cache(channels)

    def officers(self) -> list[OfficerRow]:
        """Everyone whose entry counts."""
        return [line.row for line in self._lines() if not line.flaw]

    def stop(self, item: ItemRow, channels: Sequence[str]) -> Stop | None:
        """The first of those who decided on it, its author before all, who may not at its moment; None where all may."""
        goes = max(self._today, local(item.publish_at, self._zone).date())
        decided = [(item.author, channels, Role.OFFICER), *((login, (), None) for login in item.approvers)]
        for login, where, role in decided:
            if found := self._lacking(login, where, goes, role, wrote=role is not None):
                return found
        return None

    def _lacking(
        self, login: str, channels: Sequence[str], day: date, role: Role | None, *, wrote: bool
    ) -> Stop | None:
        line = next((line for line in self._lines() if line.row.login == login), None)
        if line is None:
            return Stop(login, wrote, ("is not on the register",), suspended=False, reads=False)
        reading = self._reading(day)
        if not (lacks := tuple(reasons(line, channels, day, reading, role))):
            return None
        reads = awaits_reading(line, channels, day, reading, role)
        return Stop(login, wrote, lacks, _is_suspended(line), reads)


def _is_suspended(line: Line) -> bool:
    return not line.flaw and line.row.suspended_at is not None


class Overview:
    """What is in the queue, for people."""

    def __init__(
        self, queue: Queue, register: Register, editions: Editions, today: Callable[[], date], zone_name: str,
        stopped: Callable[[], str], by_hand: Callable[[ItemRow, Sequence[DeliveryRow]], str],
        channels: Callable[[], Mapping[str, str]] = dict,
    ) -> None:  # fmt: skip
        """`stopped` says why nothing at all is released, `by_hand` why one item will not be: a hand was in what is stored of it,
        and `channels` to which of them nothing goes, and why.
        """
        self._queue, self._register, self._editions = queue, register, editions
        self._today, self._zone = today, zone_name
        self._stopped, self._by_hand, self._channels = stopped, by_hand, channels

    def listed(
        self, state: str | None = None, *, everything: bool = False, channels: Mapping[str, str] | None = None
    ) -> tuple[list[Seen], list[str]]:
        """The items in a state; else all of them; else what is not finished, and the last that are.

        And the ids of those that cannot be shown: a hand wrote into their rows what never stands there. `channels` are those
        to which nothing goes, where the caller has read them already. Raises InputError for a state that there is not.
        """
        outlook, unseen = self._outlook(channels), self._unseen()
        rows, unreadable = self._chosen(state, everything=everything)
        return [self._seen(row, outlook, unseen) for row in rows], unreadable

    def seen(self, item_id: str) -> Seen:
        """One item. Raises InputError where there is none."""
        return self._seen(self._queue.item(item_id), self._outlook(), self._unseen())

    def _unseen(self) -> frozenset[str]:
        """The ids of emergencies that nobody has looked at yet."""
        return frozenset(row.id for row in emergencies.waiting(self._queue))

    def whole(self, item_id: str) -> tuple[Seen, list[Event]]:
        """One item with everything that happened to it. Raises InputError where there is none."""
        return self.seen(item_id), self._queue.events(item_id, listed=True)

    def corrections_of(self, item_id: str) -> list[ItemRow]:
        """The items that correct this one, the oldest first."""
        return self._queue.corrections_of(item_id)

    def handed_in(self, item_id: str, outcome: VerdictOutcome) -> Seen:
        """An item that was handed in just now, with what comes next by the gate's answer."""
        row, deliveries, outlook = self._queue.item(item_id), self._queue.deliveries(item_id), self._outlook()
        stop = outlook.stop(row, _channels(deliveries))
        steps = next_steps.after_handing_in(outlook.officers, row, outcome, stop)
        return Seen(row, deliveries, [*self._warned(row, deliveries, outlook), *steps], "")

    def _warned(self, row: ItemRow, deliveries: Sequence[DeliveryRow], outlook: Outlook) -> list[str]:
        """What keeps an item on its way from going, and is not its own: it is said before what else comes next."""
        if row.state not in _ON_ITS_WAY:
            return []
        if problem := outlook.stopped():
            return [f"nothing is released at present: {problem}"]
        problem = self._by_hand(row, deliveries)
        if problem and self._is_as_read(row, deliveries):
            return [
                f"it will not go: {problem} `publisher audit verify` says more; its author hands it in anew, and {next_steps.clears_away(row.id)}"
            ]
        waiting = [one.channel for one in deliveries if one.state in READY]
        return [outlook.channels()[name] for name in waiting if name in outlook.channels()]

    def _is_as_read(self, row: ItemRow, deliveries: Sequence[DeliveryRow]) -> bool:
        """False where the daemon moved it on since: what was read then does not fit the events of now, and no hand did that."""
        now = [self._queue.item(row.id).state, *(one.state for one in self._queue.deliveries(row.id))]
        return now == [row.state, *(one.state for one in deliveries)]

    def held_for(self, login: str) -> list[ItemRow]:
        """What `login` wrote or approved, and will be held when its moment comes, as things stand."""
        outlook, found = self._outlook(), []
        for row in self._queue.items([ItemState.QUEUED]):
            stop = (
                outlook.stop(row, _channels(self._queue.deliveries(row.id)))
                if login in row.officers
                else None
            )
            if stop is not None and stop.login == login:
                found.append(row)
        return found

    def _outlook(self, channels: Mapping[str, str] | None = None) -> Outlook:
        read = self._channels if channels is None else lambda: channels
        return Outlook(self._register, self._editions, self._today(), self._zone, self._stopped, read)

    def _chosen(self, state: str | None, *, everything: bool) -> tuple[Sequence[ItemRow], list[str]]:
        if state is not None:
            return self._queue.sorted_out([_state(state)])
        if everything:
            return self._queue.sorted_out()
        waiting, unreadable = self._queue.sorted_out([one for one in ItemState if one not in views.FINISHED])
        finished = self._queue.items(list(views.FINISHED), limit=FINISHED_SHOWN, latest=True)
        chosen = {row.id: row for row in (*emergencies.waiting(self._queue), *finished, *waiting)}
        return sorted(chosen.values(), key=lambda row: (row.state in _STOPPED, row.publish_at)), unreadable

    def _seen(self, row: ItemRow, outlook: Outlook, unseen: frozenset[str]) -> Seen:
        deliveries = self._queue.deliveries(row.id)
        told = self._queue.events(row.id, listed=True) if row.state in _TOLD_OF else []
        events = told if row.state in _STOPPED_BY_SOMEBODY else []
        stop = outlook.stop(row, _channels(deliveries)) if row.state in _MAY_GO else None
        steps = next_steps.next_steps(outlook.officers, row, deliveries, told, stop, holder(events))
        if row.id in unseen:
            steps = [*steps, next_steps.look_afterwards(row)]
        steps = [*self._warned(row, deliveries, outlook), *steps]
        return Seen(row, deliveries, steps, views.refused_by(events))


def _channels(deliveries: Sequence[DeliveryRow]) -> list[str]:
    return [row.channel for row in deliveries]


def _state(word: str) -> ItemState:
    try:
        return ItemState(word)
    except ValueError as error:
        way_out = f"{meant(word[:40], ItemState, '')} The states are: {', '.join(ItemState)}.".lstrip()
        raise InputError(f"there is no state {word!r}", field="state", way_out=way_out) from error
