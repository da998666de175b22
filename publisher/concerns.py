"""Concerns about a post or a person (clause 4): raised, passed on, closed; read by nobody but who raised it and who has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from publisher.concern_drawer import CHANGED, CLOSED, Drawer, Standing
from publisher.concern_ways import Ways, who
from publisher.decisions import Decisions
from publisher.errors import IllegalMove, InputError, NotDesignated, NotFound, Refused
from publisher.freetext import line, passage
from publisher.holding import SOMEBODY, Act, Holding, acts, holder
from publisher.moves import Transaction
from publisher.queue import Queue
from publisher.refusals import recorded
from publisher.register import Register, Role
from publisher.routing import People
from publisher.tables import ConcernRow, ItemRow
from publisher.via import coming_via

MAX_WORDS, MAX_PERSON, MAX_REASON = 10_000, 200, 2_000
"""Characters: of what is raised, of a name, and of why it is passed on or what came of it."""
HELD_WORDS = "Held until a person has looked at it again."
"""Why an item is held, as everyone may read it: not what is said of it. Whoever raised a concern, and whoever has it, hold
as somebody on the register. That somebody asked for the post to be looked at is told by that, and cannot be hidden."""
HELD_ONCE = (
    "You had it held before, and somebody has looked at it since. Your concern is raised all the same."
)
_ID = re.compile(r"c-[a-z]{8}")


@dataclass(frozen=True, slots=True)
class Concern:
    """A concern as whoever may read it sees it; `row` None where a hand was in it, and nothing of it can be relied on.

    `holder` has it now: whoever it was routed to, or, once they left, the next; empty where nobody is left. Of its item,
    where it has one: the title, the state, and who held it, let it go on or withdrew it.
    """

    id: str
    standing: Standing
    row: ConcernRow | None = None
    holder: str = ""
    title: str = ""
    item_state: str = ""
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody tells: about an item, a person (by login or name), or both; to whom, where they choose."""

    item_id: str | None = None
    person: str = ""
    words: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A concern, and whether its item is held now; `problem` says why it is not."""

    concern: Concern
    problem: str = ""


class Concerns:
    """The concerns in the queue's database.

    A refusal of a concern is not recorded: it would tell who asked about what. That an item could not be held or taken
    back is, as it would be without one.
    """

    def __init__(
        self, queue: Queue, register: Register, drawer: Drawer, holding: Holding, decisions: Decisions,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._queue, self._drawer, self._ways = queue, drawer, Ways(queue, register)
        self._holding, self._decisions, self._now = holding, decisions, now

    # --- raising -----------------------------------------------------------------------------------------

    def tell(self, told: Told, *, officer: str) -> Concern:
        """Raises a concern and routes it. Raises InputError, NotDesignated (not on the register), Refused (nobody may have it)."""
        people = self._people(officer)
        row = ConcernRow(
            id=self._drawer.free_id(), raised_by=officer, raised_at=self._now(),
            item_id=self._queue.item(told.item_id).id if told.item_id else None,
            person=line(told.person, "person", MAX_PERSON) if told.person.strip() else "",
            words=_said(told.words, "text", MAX_WORDS), barred=[], routed_to="", state=Standing.OPEN.value, steps=[],
        )  # fmt: skip
        if not (row.item_id or row.person):
            raise InputError(
                "a concern is about a post or a person", way_out="Name it with --item ID or --person NAME."
            )
        row.barred = self._ways.barred(row, people)
        row.routed_to = self._ways.start(row, told.to, people)
        self._drawer.put(row)
        return self._shown(row, people)

    def stop(self, concern: Concern) -> Stopped:
        """Holds the item of a concern that was just raised: that is safe, so that whoever raises it may. Never raises Refused.

        Each person once by item: one alone must not keep a post from going for good.
        """
        row = concern.row
        if row is None or not row.item_id:
            return Stopped(concern, "It is about no post, so there is nothing to hold.")
        if self._held_before(row):
            return Stopped(concern, "" if holder(self._queue.events(row.item_id)) else HELD_ONCE)
        try:
            with coming_via(SOMEBODY):
                self._hold(row, row.raised_by)
        except Refused as error:
            return Stopped(concern, str(error))
        return Stopped(concern)

    def _held_before(self, row: ConcernRow) -> bool:
        """Whether whoever raised this had the same item held because of another."""
        others = [
            one
            for one, standing in self._drawer.rows()
            if standing is not Standing.BY_HAND and one.item_id == row.item_id and one.id != row.id
        ]
        return any(row.raised_by in who(one, "held") for one in others)

    def _hold(self, row: ConcernRow, officer: str) -> None:
        """Holds its item as somebody, and writes down in the concern who it was."""
        with self._stopping(row, SOMEBODY, "hold") as (connection, item):
            self._holding.held(connection, item, officer=SOMEBODY, reason=HELD_WORDS)
            self._act(connection, row, officer, "held", "")

    # --- reading -----------------------------------------------------------------------------------------

    def of(self, reader: str) -> list[Concern]:
        """Those that `reader` raised or has, oldest first. Raises NotDesignated."""
        people = self._people(reader)
        return [*self._readable(reader, people), *self._gone(reader, people)]

    def one(self, concern_id: str, reader: str) -> Concern:
        """One of them. Raises NotFound as if there were none where it is not theirs to read, and NotDesignated."""
        people, plain = self._people(reader), concern_id.strip().lower()
        found = self._readable(reader, people, plain) if _ID.fullmatch(plain) else ()
        for concern in found:
            return concern
        raise NotFound(f"there is no concern {concern_id!r}", way_out="`publisher concern list` shows yours.")  # fmt: skip

    def _readable(self, reader: str, people: People, concern_id: str | None = None) -> Iterator[Concern]:
        for row, standing in self._drawer.rows(concern_id):
            if standing is Standing.BY_HAND:
                if reader in {row.raised_by, row.routed_to} or _watches(reader, people):
                    yield Concern(row.id, standing)
            elif reader in {row.raised_by, (shown := self._shown(row, people, standing)).holder}:
                yield shown

    def _gone(self, reader: str, people: People) -> list[Concern]:
        """What the chain tells of and nobody can read any more is told to the monitoring officer."""
        ids = self._drawer.gone() if _watches(reader, people) else []
        return [Concern(concern_id, Standing.GONE) for concern_id in ids]

    def _shown(self, row: ConcernRow, people: People, standing: Standing = Standing.OPEN) -> Concern:
        has_it = row.routed_to if standing is Standing.ERASED else self._ways.holder(row, people)
        found, item = Concern(row.id, standing, row, has_it), self._ways.item(row)
        if item is None:
            return found
        done = tuple(acts(self._queue.events(item.id, listed=True)))
        return replace(found, title=item.title, item_state=item.state, acts=done)

    @contextmanager
    def passing_on(self, item_id: str, officer: str) -> Iterator[dict[str, bool]]:
        """What becomes of the concerns about an item that are with `officer`, by what they do with it.

        Filled once that is done: those that are not theirs any more, each with whether anybody has it.
        """
        had = [one for one, holder in self._holders(item_id).items() if holder == officer]
        passed: dict[str, bool] = {}
        yield passed
        now = self._holders(item_id) if had else {}
        passed.update({one: bool(now[one]) for one in had if now.get(one, officer) != officer})

    def _holders(self, item_id: str) -> dict[str, str]:
        """Who has each open concern about an item."""
        people = self._ways.everyone()
        return {
            row.id: self._ways.holder(row, people)
            for row, standing in self._drawer.rows()
            if standing is Standing.OPEN and row.item_id == item_id
        }

    # --- handling ----------------------------------------------------------------------------------------

    def pass_on(self, concern_id: str, to: str, *, reason: str, officer: str) -> Concern:
        """Whoever has it gives it to somebody above, a director or the monitoring officer. Raises InputError, Refused."""
        row, people = self._mine(concern_id, officer), self._people(officer)
        why = line(reason, "reason", MAX_REASON)
        chosen = self._ways.onward(row, to, people)
        with self._queue.writing() as connection:
            self._act(connection, row, officer, "passed", why, to=chosen)
        return self._shown(row, people)

    def close(self, concern_id: str, *, outcome: str, officer: str) -> Concern:
        """Whoever has it says what came of it. Raises InputError, Refused."""
        row = self._mine(concern_id, officer)
        said = _said(outcome, "outcome", MAX_REASON)
        closed = {
            "state": Standing.CLOSED.value,
            "outcome": said,
            "closed_by": officer,
            "closed_at": self._now(),
        }
        with self._queue.writing() as connection:
            self._change(connection, row, CLOSED, {"routed_to": officer} | closed)
        return self._shown(row, self._people(officer), Standing.CLOSED)

    def hold(self, concern_id: str, *, officer: str) -> Concern:
        """Whoever has it holds its item, which reads like any other hold for a concern: that they have one is not told.

        Raises InputError (about none), Refused (too late).
        """
        row = self._mine(concern_id, officer)
        with coming_via(SOMEBODY):
            self._hold(row, officer)
        return self._shown(row, self._people(officer))

    def withdraw(self, concern_id: str, *, reason: str, officer: str) -> Concern:
        """Whoever has it takes its item back, in their own name and for a reason that all may read. Raises as `hold` does."""
        row, why = self._mine(concern_id, officer), line(reason, "reason", MAX_REASON)
        with self._stopping(row, officer, "withdraw") as (connection, item):
            self._decisions.withdrawn(connection, item, officer=officer, reason=why)
            self._act(connection, row, officer, "withdrew", why)
        self._decisions.settled(item.id)
        return self._shown(row, self._people(officer))

    @contextmanager
    def _stopping(self, row: ConcernRow, actor: str, asked: str) -> Iterator[tuple[Transaction, ItemRow]]:
        """One transaction for the item and the concern: neither says what is not so of the other."""
        item_id = _item_of(row)
        with (
            recorded(self._queue, self._now(), actor, asked, item_id),
            self._queue.writing() as connection,
        ):
            yield connection, self._queue.item(item_id)

    def _mine(self, concern_id: str, officer: str) -> ConcernRow:
        """The row of an open concern that `officer` has. Raises InputError, NotDesignated, IllegalMove."""
        concern = self.one(concern_id, officer)
        if concern.row is None or concern.standing is not Standing.OPEN:
            raise IllegalMove(
                f"{concern.id} is {concern.standing}", way_out=f"See `publisher concern show {concern.id}`."
            )
        if concern.holder != officer:
            raise NotDesignated(
                f"{concern.id} is with {concern.holder or 'nobody'}, not with you",
                way_out=f"See `publisher concern show {concern.id}`.",
            )
        return concern.row

    def _act(
        self, connection: Transaction, row: ConcernRow, by: str, did: str, words: str, *, to: str = ""
    ) -> None:
        """Writes down what was done with a concern; whoever did it has it, unless they passed it on, or raised it."""
        moment = self._now().astimezone(UTC).isoformat()
        steps = [*row.steps, {"at": moment, "by": by, "did": did, "to": to, "words": words}]
        has_it = to or (row.routed_to if by == row.raised_by else by)
        self._change(connection, row, CHANGED, {"routed_to": has_it, "steps": steps})

    def _change(
        self, connection: Transaction, row: ConcernRow, action: str, changes: Mapping[str, Any]
    ) -> None:
        barred = self._ways.barred(row, self._ways.everyone())
        self._drawer.change(connection, row, action, {"barred": barred, **changes})

    # --- what both need ----------------------------------------------------------------------------------

    def _people(self, asking: str) -> People:
        """Everyone on the register, `asking` among them. Raises NotDesignated where they are not, or have left."""
        people = self._ways.everyone()
        if asking not in people or not people[asking].is_active:
            raise NotDesignated(
                f"{asking} is not on the register, or is suspended (clause 4)",
                way_out="Tell your line manager or the Monitoring Officer in person.",
            )
        return people


def _watches(reader: str, people: People) -> bool:
    """Whether somebody is told that a hand was in the concerns, though of none of them what it says."""
    return Role.MONITORING in people[reader].roles


def _said(words: str, field: str, most: int) -> str:
    """Words in paragraphs of which something can be read. Raises InputError."""
    said = passage(words, field, most)
    _ = line(said, field, most)
    return said


def _item_of(row: ConcernRow) -> str:
    if row.item_id is None:
        raise InputError(f"{row.id} is about no post", way_out="What a person posts elsewhere is beyond us.")
    return row.item_id
