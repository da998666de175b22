"""The register of designated officers: who may post, where, and on what grounds (clauses 5a and 5c).

A line is sealed, and the event that tells of its last change holds its seal: one that was written, changed, or set back
to how it was before by a hand in the database does not count. Only a director changes the register.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from publisher import readings
from publisher.chain import links
from publisher.clearance import Seal
from publisher.designation import (
    PREREQUISITES,
    Line,
    Role,
    awaits_reading,
    demand_form,
    demand_new_login,
    demand_one_person,
    reasons,
)
from publisher.editions import Editions
from publisher.errors import InputError, NotDesignated, NotFound
from publisher.lookalikes import demand_login, is_login
from publisher.queue import Queue
from publisher.readings import READING
from publisher.record import Event
from publisher.sealed import Found, Kind, Sealed, plain
from publisher.tables import EventRow, OfficerRow
from publisher.times import COUNCIL_ZONE, local

__all__ = ["PREREQUISITES", "Line", "Register", "Role"]

_officers, _events = OfficerRow.__table__, EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass


ADDED, AMENDED, CONFIRMED = "officer added", "officer amended", "policy confirmed"
SUSPENDED, REINSTATED, SEALED = "officer suspended", "officer reinstated", "register sealed"
GIVEN_BACK = "earlier reading counts again"
ACTIONS = (ADDED, AMENDED, CONFIRMED, SUSPENDED, REINSTATED, SEALED, GIVEN_BACK)
"""The events that tell of a line; each holds the line's seal, but for those of before there were seals."""
_READ = (ADDED, AMENDED, CONFIRMED, GIVEN_BACK)
"""Those after which a line may name another reading of the policy."""
KIND = Kind(OfficerRow, "officer", ("login",), ACTIONS, "The entry of {} on the register")
CONFIRM = "`publisher officer confirm-policy`"
"""What somebody types who has read the policy (clause 5c): for themselves, and for nobody else."""
KEEPERS = (Role.DIRECTOR, Role.MONITORING)
"""Who keeps the record, hands it over and places legal holds: the Director of Resources (clause 3), the Monitoring Officer."""
_ASK = {Role.OFFICER: "Ask a designated officer.", Role.DIRECTOR: "Ask the Director of Resources."}
_ANEW = "a director enters it anew with `publisher officer add`"
_UNSEALED = f"is on a register that is not sealed yet (run `publisher init` once; where that leaves the entry, {_ANEW})"
_BY_HAND = f"does not count: the entry was changed by hand in the database ({_ANEW})"


class Register:
    """The officers in the queue's database."""

    def __init__(self, queue: Queue, seal: Seal, editions: Editions, zone_name: str = COUNCIL_ZONE) -> None:
        self._queue, self._editions, self._zone = queue, editions, zone_name
        self._rows = Sealed(KIND, seal)

    # --- who is on it ------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        """Everyone, suspended ones and those that do not count too, by login."""
        with self._queue.reading() as connection:
            return self._lines(connection)

    def line(self, login: str) -> Line | None:
        """The line of this login, if there is one."""
        with self._queue.reading() as connection:
            return self._one(connection, login)

    def officers(self) -> list[OfficerRow]:
        """Everyone whose line counts, suspended ones too, by login."""
        return [line.row for line in self.lines() if not line.flaw]

    def gone(self) -> list[str]:
        """Those of whom the record tells, and whose lines a hand took away: nobody leaves the register but by suspension."""
        with self._queue.reading() as connection:
            return self._rows.gone(connection)

    def officer(self, login: str) -> OfficerRow | None:
        """The officer with this login, if there is one and the line counts; suspended or not."""
        line = self.line(login)
        return line.row if line and not line.flaw else None

    def is_director(self, login: str, *, today: date) -> bool:
        """Whether this login keeps the register."""
        line = self.line(login)
        return line is not None and line.directs(today)

    def problem(self, login: str, channels: Sequence[str], *, today: date, role: Role = Role.OFFICER) -> str:
        """Why `login` may not post to (or approve for) `channels` today, all of it; empty where they may."""
        line = self.line(login)
        if line is None:
            return f"{login} is not on the register of designated officers"
        found = reasons(line, channels, today, self._editions.reading(today), role)
        lacks = "; ".join(found)
        return f"{login} {lacks}" if lacks else ""

    def way_out(
        self, login: str, channels: Sequence[str], *, today: date, role: Role = Role.OFFICER, otherwise: str = ""
    ) -> str:  # fmt: skip
        """What `login` can do by themselves about their `problem`; where that is nothing, `otherwise`."""
        line = self.line(login)
        if line and awaits_reading(line, channels, today, self._editions.reading(today), role):
            return f"{login} reads it, and confirms that with {CONFIRM}."
        return otherwise

    def demand(self, login: str, *roles: Role, today: date, about: str = "") -> None:
        """Raises NotDesignated, with what can be done, where `login` may act in none of the roles today.

        The first role is the one that is told of, and `about` is said after it.
        """
        problems = [self.problem(login, [], today=today, role=role) for role in roles]
        if all(problems):
            ask = _ASK.get(roles[0], f"Ask an officer with the role of {roles[0]}.")
            way_out = self.way_out(login, [], today=today, role=roles[0], otherwise=ask)
            raise NotDesignated(f"{problems[0]}{about}", way_out=way_out)

    def serves(self, login: str, roles: Collection[Role], *, today: date) -> bool:
        """Whether `login` has one of the roles, papers or none: who looks after the record does not post."""
        line = self.line(login)
        return line is not None and any(line.serves_as(role, today) for role in roles)

    # --- changes -----------------------------------------------------------------------------------------

    def add(self, officer: OfficerRow, *, now: datetime) -> None:
        """Adds an officer; the first on an empty register must be a director, who then adds the others.

        A line that does not count, changed by hand, is entered anew. Raises InputError (wrong or taken login, unknown
        role, looks like another) and NotDesignated (who adds is no director).
        """
        demand_form(officer)
        with self._queue.writing() as connection:
            known = self._lines(connection)
            if known:
                self.demand_director(connection, officer.added_by, now=now)
            else:
                self._demand_first(connection, officer)
            same = next((line for line in known if line.row.login == officer.login), None)
            if same is not None and not same.flaw:
                raise InputError(
                    f"{officer.login} is on the register already", field="login",
                    way_out=f"`publisher officer amend {officer.login} --help` shows how to change the entry.",
                )  # fmt: skip
            others = [line for line in known if line is not same]
            demand_new_login(officer, others)
            demand_one_person(officer, others)
            self._rows.store(
                connection, officer, now, officer.added_by, ADDED, detail={"roles": officer.roles}
            )

    def first(self, officer: OfficerRow, *, now: datetime) -> None:
        """Makes the first director, and nobody else. Raises NotDesignated where the register has lines, InputError."""
        demand_form(officer)
        with self._queue.writing() as connection:
            if known := self._lines(connection):
                raise NotDesignated(
                    f"{officer.login} was not made director: the register has {', '.join(line.row.login for line in known)} already",
                    way_out=f"A director of it adds others: `publisher officer add {officer.login} --help`.",
                )  # fmt: skip
            self._demand_first(connection, officer)
            self._rows.store(
                connection, officer, now, officer.added_by, ADDED, detail={"roles": officer.roles}
            )

    def _demand_first(self, connection: Connection, officer: OfficerRow) -> None:
        """In the transaction that adds: two who both find the register empty must not both become its first director.

        A register that was emptied by hand is no new one: whoever could do that would become its director.
        """
        told = select(_events.c.id).where(_events.c.action.in_(ACTIONS)).limit(1)
        if connection.execute(told).first() is not None:
            raise NotDesignated(
                "the register was emptied by hand in the database: the record tells of officers",
                way_out="Restore the queue from the backup.",
            )
        if Role.DIRECTOR not in officer.roles.split(","):
            raise NotDesignated(
                "the first on the register must be the director", way_out="Add --role director."
            )
        if officer.expires_on is not None:
            raise InputError(
                "the first director has no last day", field="expires", way_out="Add another director first."
            )

    def demand_director(self, connection: Connection, login: str, *, now: datetime) -> None:
        """In the transaction in which a director decides. Raises NotDesignated."""
        line = self._one(connection, login)
        if line is None or not line.directs(local(now, self._zone).date()):
            why = f"{login} {line.flaw}" if line and line.flaw else f"{login} is not a director"
            raise NotDesignated(
                f"{why}: only a director changes the register (clause 5a)",
                way_out="Ask the Director of Resources, or name who you are with --as LOGIN.",
            )

    def amend(self, login: str, changes: Mapping[str, Any], *, actor: str, now: datetime) -> OfficerRow:
        """Changes an officer's line. Raises InputError (nothing changes, looks like another) and NotDesignated."""
        return self._change(login, lambda _row: changes, AMENDED, actor=actor, now=now)

    def suspend(self, login: str, *, actor: str, now: datetime) -> None:
        """Switches an officer off; what they queued is stopped at release. Raises InputError, NotDesignated.

        The last active director stays: without one, nobody could change the register ever again.
        """
        with self._queue.writing() as connection:
            self.suspended(connection, login, actor=actor, now=now)

    def suspended(
        self, connection: Connection, login: str, *, actor: str, now: datetime, reason: str = ""
    ) -> OfficerRow:
        """Switches an officer off in the caller's transaction. Raises as `suspend` does."""

        def off(row: OfficerRow) -> Mapping[str, Any]:
            if row.suspended_at is not None:
                raise _nobody(f"there is no active officer {login!r}")
            return {"suspended_at": now}

        detail = {"reason": reason} if reason else None
        return self._changed(connection, login, off, SUSPENDED, actor=actor, now=now, detail=detail)

    def reinstate(self, login: str, *, actor: str, now: datetime) -> OfficerRow:
        """Undoes a suspension. Raises InputError (not suspended, looks like another) and NotDesignated."""

        def on(row: OfficerRow) -> Mapping[str, Any]:
            if row.suspended_at is None:
                raise _nobody(f"{login} is not suspended")
            return {"suspended_at": None}

        return self._change(login, on, REINSTATED, actor=actor, now=now)

    def confirm(self, login: str, edition: str, *, reference: str, today: date, now: datetime) -> bool:
        """An officer says for themselves that they read and understood the policy. Raises NotDesignated.

        False where they said so before: nothing is written then. What an earlier confirmation said stays in the event.
        """
        with self._queue.writing() as connection:
            line = self._one(connection, login)
            if line is None or not line.is_active:
                raise NotDesignated(
                    self.problem(login, (), today=today), way_out="Ask the Director of Resources."
                )
            row = line.row
            if _is_confirmed(row, edition, today):
                return False
            earlier = {name: plain(getattr(row, name)) for name in READING}
            row.policy_read_on, row.policy_edition, row.policy_reference = today, edition, reference
            detail: dict[str, Any] = {"edition": edition, "reference": reference}
            if earlier["policy_read_on"]:
                detail |= {"earlier": earlier}
            self._rows.store(connection, row, now, login, CONFIRMED, detail=detail)
        return True

    def replaced(self, connection: Connection, edition: str, editions: Collection[str]) -> list[OfficerRow]:
        """The lines that name an edition, as they were before: each with the reading of another, where the record has one."""
        found = []
        for line in self._lines(connection, _officers.c.policy_edition == edition):
            told = links(connection, _events.c.subject == line.row.login, _events.c.action.in_(_READ))
            before = None if line.flaw else readings.earlier(line.row, told, editions)
            if before is not None:
                found.append(OfficerRow(**line.row.model_dump() | before))
        return found

    def give_back(self, connection: Connection, row: OfficerRow, *, actor: str, now: datetime) -> None:
        """Stores what `replaced` found of one line, in the transaction in which the other edition is taken away."""
        line = self._one(connection, row.login)
        before = {name: getattr(line.row, name) if line else None for name in READING}
        told = {
            name: [plain(before[name]), plain(getattr(row, name))]
            for name in READING
            if before[name] != getattr(row, name)
        }
        stored = OfficerRow(**row.model_dump())  # its seal is another; what was found stays as it was
        self._rows.store(connection, stored, now, actor, GIVEN_BACK, detail={"changed": told})

    def seal_old(self, *, actor: str, now: datetime) -> tuple[list[str], list[str]]:
        """Seals the lines of before there were seals, once; those that are as the record tells. Who was sealed, who was not."""
        with self._queue.writing() as connection:
            sealed_ever = select(_events.c.id).where(_events.c.action.in_(ACTIONS), _events.c.after != "")
            old = [line.row for line in self._lines(connection) if line.flaw == _UNSEALED]
            if not old or connection.execute(sealed_ever.limit(1)).first() is not None:
                return [], [row.login for row in old]
            good = [row for row in old if _is_as_told(row, self._queue.events_of(row.login))]
            for row in good:
                self._rows.store(connection, row, now, actor, SEALED)
        return [row.login for row in good], [row.login for row in old if row not in good]

    def _change(
        self, login: str, change: Callable[[OfficerRow], Mapping[str, Any]], action: str, *, actor: str, now: datetime
    ) -> OfficerRow:  # fmt: skip
        with self._queue.writing() as connection:
            return self._changed(connection, login, change, action, actor=actor, now=now)

    def _changed(
        self, connection: Connection, login: str, change: Callable[[OfficerRow], Mapping[str, Any]], action: str, *,
        actor: str, now: datetime, detail: Mapping[str, Any] | None = None,
    ) -> OfficerRow:  # fmt: skip
        demand_login(login)
        self.demand_director(connection, actor, now=now)
        known = self._lines(connection)
        line = next((line for line in known if line.row.login == login), None)
        if line is None:
            raise _nobody(f"there is no officer {login!r}", NotFound)
        if line.flaw:
            raise InputError(f"{login} {line.flaw}", field="login")
        before = line.row.model_dump()
        row = OfficerRow(**before | dict(change(line.row)))
        demand_form(row)
        changed = {name: value for name, value in row.model_dump().items() if value != before[name]}
        if not changed:
            raise InputError(
                f"nothing of {login}'s entry would change", way_out="Say what is to be otherwise."
            )
        others = [other for other in known if other is not line]
        if row.suspended_at is None and changed.keys() & {"name", "suspended_at"}:
            demand_one_person(row, others)
        if not any(one.keeps_the_register for one in (*others, Line(row))):
            raise NotDesignated(
                f"{login} is the last active director: the register would be closed for good",
                way_out="Add another director first.",
            )
        told = {name: [plain(before[name]), plain(value)] for name, value in changed.items()}
        self._rows.store(connection, row, now, actor, action, detail=detail or {"changed": told})
        return row

    # --- rows --------------------------------------------------------------------------------------------

    def _one(self, connection: Connection, login: str) -> Line | None:
        """The line of a login; what has not the form of one is not asked for: no database takes every text."""
        found = self._lines(connection, _officers.c.login == login) if is_login(login) else []
        return next(iter(found), None)

    def _lines(self, connection: Connection, *where: ColumnElement[bool]) -> list[Line]:
        found = self._rows.read(connection, *where, order=[_officers.c.login])
        return [Line(one.row, "" if one.whole else _flaw(one)) for one in found]


def _flaw(found: Found[OfficerRow]) -> str:
    is_old = found.told is not None and found.told.seal == found.row.seal == ""
    return _UNSEALED if is_old else _BY_HAND


def _is_confirmed(row: OfficerRow, edition: str, today: date) -> bool:
    """An edition is confirmed once; where the council adopts none, again on another day."""
    if row.policy_read_on is None or row.policy_edition != edition:
        return False
    return bool(edition) or row.policy_read_on == today


def _nobody(words: str, kind: type[InputError] = InputError) -> InputError:
    return kind(words, field="login", way_out="See `publisher officer list`.")


def _is_as_told(row: OfficerRow, events: Sequence[Event]) -> bool:
    """Whether an old line agrees with its events: the roles that were given, and whether it was suspended."""
    told = [event for event in events if event.action in {ADDED, SUSPENDED}]
    roles = next((event.detail.get("roles") for event in told if event.action == ADDED), None)
    return roles == row.roles and (told[-1].action == SUSPENDED) == (row.suspended_at is not None)
