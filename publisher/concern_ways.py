"""Whom a concern is about, and who has it now (clause 4), by the register of today and by what its row tells."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from publisher.concern_drawer import Standing
from publisher.errors import InputError, Refused
from publisher.holding import parts
from publisher.queue import Queue
from publisher.register import AMENDED, SUSPENDED, Register, Role
from publisher.routing import People, by_default, choices, meant, person
from publisher.tables import ConcernRow, ItemRow


class Ways:
    """Finds them. Who may be told is its caller's to know."""

    def __init__(self, queue: Queue, register: Register) -> None:
        self._queue, self._register = queue, register

    def everyone(self) -> People:
        """Everyone on the register."""
        return {one.row.login: person(one) for one in self._register.lines()}

    def start(self, row: ConcernRow, to: str, people: People) -> str:
        """Who gets a new concern: whom its raiser chose, else the first who may.

        Raises InputError where that may not be, or it is not known whom it is about and nobody is safe; Refused where nobody is left.
        """
        closed = {*self.barred(row, people), row.raised_by}
        may = choices(row.raised_by, closed, people)
        chosen = to or self._first(row, may, people)
        if may and not chosen:
            raise InputError(
                "nobody on the register is called that: this must not go to whom it is about",
                field="to", way_out=f"Choose who is to have it with --to: {', '.join(may)}.",
            )  # fmt: skip
        return _chosen(chosen, may, _in_person(closed, people))

    def onward(self, row: ConcernRow, to: str, people: People) -> str:
        """Who gets it from whoever has it. Raises InputError and Refused as `start` does."""
        holder, barred = self.holder(row, people), self.barred(row, people)
        may = choices(row.raised_by, barred, people, holder=holder)
        return _chosen(to, may, _in_person({*barred, row.raised_by, holder}, people))

    def holder(self, row: ConcernRow, people: People) -> str:
        """Who has it now: not somebody who left, nor whom it turned out to be about.

        A closed one stays with whoever closed it, whatever part they have in its item since: they know what it says.
        """
        closer = row.closed_by or ""
        if row.state == Standing.CLOSED and self._keeps(closer, row, people):
            return closer
        barred = {*self.barred(row, people), row.raised_by}
        known = people.get(row.routed_to)
        if known and known.is_active and row.routed_to not in barred:
            return row.routed_to
        if not self._is_known(row, people):
            barred |= self._made_way(row, people)
        passed = who(row, "passed")
        left = choices(row.raised_by, barred | passed, people) or choices(row.raised_by, barred, people)
        return self._first(row, left, people)

    @staticmethod
    def _keeps(login: str, row: ConcernRow, people: People) -> bool:
        known = people.get(login)
        return known is not None and known.is_active and login not in meant(row.person, people)

    def barred(self, row: ConcernRow, people: People) -> list[str]:
        """Whom it is about: whoever it was when it was raised and last moved, whoever is called so today, and all who had a
        part in the item, also where that was taken back. It is never fewer: another name makes nobody free to read it.
        """
        return sorted({*row.barred, *meant(row.person, people), *self._hands(row)})

    def _hands(self, row: ConcernRow) -> set[str]:
        if row.item_id is None:
            return set()
        item = self.item(row)
        return {*parts(self._queue.events(row.item_id, listed=True)), *(item.officers if item else ())}

    def _first(self, row: ConcernRow, may: Sequence[str], people: People) -> str:
        """Who gets it where nobody is chosen; empty where nobody does."""
        return by_default(may, people, is_known=self._is_known(row, people))

    def _is_known(self, row: ConcernRow, people: People) -> bool:
        """Whether the register tells whom it is about. Its raiser is not whom they name."""
        named = meant(row.person, people) | ({*row.barred} - self._hands(row))
        return not row.person or bool(named - {row.raised_by})

    def _made_way(self, row: ConcernRow, people: People) -> set[str]:
        """Who switched off who had it, or gave themselves another role, since it was raised: it may be about them."""
        since = [
            event
            for login in people
            for event in self._queue.events_of(login, listed=True)
            if event.at >= row.raised_at
        ]
        off = {event.actor for event in since if event.action == SUSPENDED and event.subject == row.routed_to}
        return off | {
            event.actor for event in since if event.action == AMENDED and event.subject == event.actor
        }

    def item(self, row: ConcernRow) -> ItemRow | None:
        """Its item; None where it has none, or a hand took the item away: that must not take the concern with it."""
        if row.item_id is None or not self._queue.has(row.item_id):
            return None
        return self._queue.item(row.item_id)


def _chosen(to: str, may: Sequence[str], in_person: str) -> str:
    if not may:
        raise Refused("there is nobody on the register to whom this may go", way_out=in_person)
    if to not in may:
        raise InputError(f"it cannot go to {to!r}", field="to", way_out=f"It may go to: {', '.join(may)}.")
    return to


def _in_person(closed: Collection[str], people: People) -> str:
    """Whom to tell where nobody on the register may have it: nobody to whom it must not go.

    A director is always on the register: here it is about them, or they raised it, or have it. The Chief Executive is
    above all.
    """
    roles = {role for login in closed if login in people for role in people[login].roles}
    others = "" if Role.MONITORING in roles else "the Monitoring Officer or "
    return f"Tell {others}the Chief Executive in person."


def who(row: ConcernRow, did: str) -> set[str]:
    """Who did something with a concern."""
    return {step["by"] for step in row.steps if step["did"] == did}
