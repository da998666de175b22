"""What directors decide of the register, and officers confirm for themselves. Every refusal is recorded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from publisher import freetext
from publisher.config import Config
from publisher.designation import LINE_MOST, Line, awaits_reading, reasons, soon
from publisher.editions import NAME_MOST, Editions, Reading
from publisher.errors import InputError, NotFound
from publisher.lookalikes import demand_login
from publisher.model import ItemState
from publisher.queue import Queue
from publisher.record import Event
from publisher.refusals import recorded
from publisher.register import ACTIONS, PREREQUISITES, Register, Role
from publisher.tables import EditionRow, ItemRow, OfficerRow
from publisher.times import demand_year, local

DONE = (*PREREQUISITES, "trained_on")
"""What is done on a day that has come."""
REASON_MOST = 1_000
"""Characters of why an edition is withdrawn."""
_DIRECTOR = (Role.DIRECTOR, Role.OFFICER, Role.APPROVER)
"""What the first director may do, who has nobody else yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A line with all that keeps its officer from acting, and what soon will."""

    line: Line
    lacks: tuple[str, ...]
    soon: tuple[str, ...]
    reads: bool = False
    """Whether nothing is missing but that they confirm having read the policy."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """An edition, what is to be read with it, who must confirm it, and which of their items are held unless they do."""

    edition: EditionRow
    reading: Reading
    asked: tuple[str, ...]
    held: tuple[ItemRow, ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An edition that is taken away, what is to be read without it, who must confirm that, and what of theirs is held till then."""

    edition: str
    reading: Reading
    asked: tuple[str, ...]
    held: tuple[ItemRow, ...]
    given_back: tuple[OfficerRow, ...] = ()
    """Whose line named it, and has the reading from before again: nobody is the worse for having read it early."""


class Designating:
    """Changes the register. Raises InputError (wrong input) and NotDesignated (not theirs to change)."""

    def __init__(
        self, config: Config, queue: Queue, register: Register, editions: Editions, now: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self._config, self._queue, self._register, self._editions = config, queue, register, editions
        self._now = now

    # --- looking -----------------------------------------------------------------------------------------

    def standings(self) -> list[Standing]:
        """Everyone on the register, by login."""
        today, reading = self._today, self._editions.reading(self._today)
        return [self._standing(line, today, reading) for line in self._register.lines()]

    def standing(self, login: str) -> Standing:
        """One line. Raises InputError."""
        return self._standing(self._line(login), self._today, self._editions.reading(self._today))

    def led_by(self, login: str) -> list[str]:
        """Whose line manager somebody is, of those who are not suspended."""
        rows = (line.row for line in self._register.lines() if line.is_active)
        return [row.login for row in rows if row.manager == login]

    def websites_of(self, logins: Collection[str]) -> dict[str, str]:
        """The websites of config.toml whose events come under one of these names, each with that: a website reads nothing."""
        sources = self._config.sources.items()
        return {name: source.officer for name, source in sources if source.officer in logins}

    def history(self, login: str, *, asked_by: str) -> list[tuple[Event, bool]]:
        """What was done with a line, in order, and whether `asked_by` may read why: a director, and whom it is about."""
        may_read = asked_by == login or self._register.is_director(asked_by, today=self._today)
        return [
            (event, may_read)
            for event in self._queue.events_of(login, listed=True)
            if event.action in ACTIONS
        ]

    def editions(self) -> tuple[list[tuple[EditionRow, bool]], Reading]:
        """Every edition and whether its row counts; and what is to be read today."""
        return self._editions.all(), self._editions.reading(self._today)

    # --- deciding ----------------------------------------------------------------------------------------

    def first(self, login: str, given: Mapping[str, Any]) -> Standing:
        """Makes the first director, by whoever sets the program up."""
        row = self._row(login, {**given, "roles": _DIRECTOR}, added_by=login)
        with self._recorded(login, "become the first director"):
            self._register.first(row, now=self._now())
        return self.standing(login)

    def add(self, login: str, given: Mapping[str, Any], *, officer: str) -> Standing:
        """Designates an officer. Without every prerequisite of clause 5c they are listed, and may not post yet."""
        row = self._row(login, given, added_by=officer)
        with self._recorded(officer, "add an officer"):
            self._register.add(row, now=self._now())
        return self.standing(login)

    def amend(self, login: str, given: Mapping[str, Any], *, officer: str) -> Standing:
        """Changes what is given, and nothing else, of a line."""
        changes = self._checked(login, given)
        with self._recorded(officer, "amend an officer"):
            self._register.amend(login, changes, actor=officer, now=self._now())
        return self.standing(login)

    def reinstate(self, login: str, *, officer: str) -> Standing:
        """Undoes a suspension; what was held stays held until somebody else lets it go on."""
        with self._recorded(officer, "reinstate an officer"):
            self._register.reinstate(login, actor=officer, now=self._now())
        return self.standing(login)

    def confirm(self, edition: str, reference: str, *, officer: str) -> tuple[Standing, bool]:
        """An officer says that they read and understood an edition of the policy; without a name, the one to be read next.

        And whether that is new: who confirmed it already is told so.
        """
        row, reading = self._line(officer).row, self._editions.reading(self._today)
        chosen = _named(edition, row, reading) if edition else _next(row, reading)
        filed = freetext.line(reference, "reference", LINE_MOST) if reference.strip() else ""
        with self._recorded(officer, "confirm the policy"):
            anew = self._register.confirm(
                officer, chosen, reference=filed, today=self._today, now=self._now()
            )
        return self.standing(officer), anew

    def adopt(
        self, edition: str, in_force_from: date, reference: str, *, officer: str, dry_run: bool = False
    ) -> Adopted:
        """A director adopts an edition: from its first day, who has not read it may not post. `dry_run` stores nothing."""
        now = self._now()
        demand_year(in_force_from.year, field="from")
        row = EditionRow(
            edition=freetext.line(edition, "edition", NAME_MOST), in_force_from=in_force_from,
            reference=freetext.line(reference, "reference", LINE_MOST), adopted_by=officer, adopted_at=now,
        )  # fmt: skip
        with self._recorded(officer, "adopt an edition"), self._queue.writing() as connection:
            self._register.demand_director(connection, officer, now=now)
            today, first = self._today, max(self._today, in_force_from)
            reading = self._editions.as_if(connection, row, today)
            asked = self._asked(row, self._editions.as_if(connection, row, first))
            if not dry_run:
                self._editions.adopt(connection, row)
        return Adopted(row, reading, tuple(asked), tuple(self._reached(asked, first)))

    def withdraw_edition(
        self, edition: str, reason: str, *, officer: str, dry_run: bool = False
    ) -> Withdrawn:
        """A director takes an edition away that was adopted by mistake. `dry_run` changes nothing."""
        now, why = self._now(), freetext.line(reason, "reason", REASON_MOST)
        name = " ".join(edition.split())
        left = {row.edition for row, counts in self._editions.all() if counts} - {name}
        with self._recorded(officer, "withdraw an edition"), self._queue.writing() as connection:
            self._register.demand_director(connection, officer, now=now)
            reading = self._editions.as_if_without(connection, edition, self._today)
            back = self._register.replaced(connection, name, left)
            if not dry_run:
                self._editions.withdraw(connection, edition, actor=officer, now=now, reason=why)
                for row in back:
                    self._register.give_back(connection, row, actor=officer, now=now)
        asked = self._unread(reading, {row.login: row.policy_edition for row in back})
        return Withdrawn(name, reading, tuple(asked), tuple(self._reached(asked, self._today)), tuple(back))

    def _asked(self, row: EditionRow, reading: Reading) -> list[str]:
        """Who must confirm an edition from its first day; nobody one that is over by then."""
        if reading.current is None or reading.current.edition != row.edition:
            return []
        return self._unread(reading)

    def _unread(self, reading: Reading, instead: Mapping[str, str] = MappingProxyType({})) -> list[str]:
        """Who has not read the edition in force; `instead` is what some have read, whatever their lines say yet."""
        rows = (line.row for line in self._register.lines() if line.is_active and line.is_asked)
        return [row.login for row in rows if not reading.is_read(instead.get(row.login, row.policy_edition))]

    def _reached(self, asked: Sequence[str], first: date) -> Iterator[ItemRow]:
        """The items on their way that one of `asked` wrote or approved, and that go on that day or later."""
        for item in self._queue.items([ItemState.QUEUED]):
            goes = max(self._today, local(item.publish_at, self._config.council.timezone).date())
            if goes >= first and set(asked) & set(item.officers):
                yield item

    # --- what is given -----------------------------------------------------------------------------------

    def _row(self, login: str, given: Mapping[str, Any], *, added_by: str) -> OfficerRow:
        demand_login(login)
        values = {"roles": [Role.OFFICER], **given}
        return OfficerRow(
            login=login, added_by=added_by, added_at=self._now(), **self._checked(login, values)
        )

    def _checked(self, login: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """What is given as columns of the line. Raises InputError that names the wrong field."""
        values = dict(given)
        for name in DONE:
            self._demand_done(name, values.get(name))
        for channel in values.get("channels", ()):
            self._config.channel(channel, kind=InputError)
        for name in ("roles", "channels"):
            if name in values:
                values[name] = ",".join(dict.fromkeys(values[name]))
        if manager := values.get("manager"):
            self._demand_manager(login, manager)
        if edition := values.get("policy_edition"):
            values["policy_edition"] = self._edition(edition)
        elif values.get("policy_read_on"):
            read = self._editions.reading(values["policy_read_on"]).current
            values["policy_edition"] = read.edition if read else ""
        return values

    def _demand_done(self, name: str, day: date | None) -> None:
        if day and day > self._today:
            raise InputError(
                f"{day} has not come yet", field=name, way_out="Give the day on which it was done."
            )

    def _demand_manager(self, login: str, manager: str) -> None:
        if manager == login:
            raise InputError(
                f"{login} is not their own line manager", field="manager", way_out="Name another."
            )
        managers = {row.login: row.manager for row in self._register.officers()}
        if manager not in managers:
            raise InputError(
                f"there is no officer {manager!r}", field="manager", way_out="See `publisher officer list`."
            )
        above = [manager]
        while (upper := managers.get(above[-1])) and upper not in above:
            above.append(upper)
        if login in above:
            circle = ", whose is ".join(above[: above.index(login) + 1])
            raise InputError(
                f"{login}'s line manager would be {circle}: a circle, in which nobody is above the others",
                field="manager", way_out=f"Change {above[above.index(login) - 1]}'s line manager first, or name another.",
            )  # fmt: skip

    def _edition(self, name: str) -> str:
        """The edition of that name. Raises InputError where there is none that counts."""
        known = [row.edition for row, counts in self._editions.all() if counts]
        wanted = " ".join(name.split())
        if wanted not in known:
            raise InputError(
                f"there is no edition {name!r} of the policy", field="edition",
                way_out=f"There {'are' if len(known) > 1 else 'is'}: {', '.join(known) or 'none yet'}.",
            )  # fmt: skip
        return wanted

    def _line(self, login: str) -> Line:
        demand_login(login)
        if line := self._register.line(login):
            return line
        raise NotFound(
            f"there is no officer {login!r}", field="login", way_out="See `publisher officer list`."
        )

    def _standing(self, line: Line, today: date, reading: Reading) -> Standing:
        lacks = [*reasons(line, (), today, reading, None), *self._switched_off(line)]
        reads = awaits_reading(line, (), today, reading, None) and not self._switched_off(line)
        return Standing(line, tuple(lacks), tuple(soon(line, today, reading)), reads)

    def _switched_off(self, line: Line) -> list[str]:
        """That none of the channels to which they may post is switched on."""
        named = line.row.channels.split(",") if line.row.channels else []
        if not named or set(named) & set(self._config.live_channels) or Role.OFFICER not in line.roles:
            return []
        return [f"may post only to {', '.join(named)}, switched off in config.toml"]

    @contextmanager
    def _recorded(self, officer: str, asked: str) -> Iterator[None]:
        with recorded(self._queue, self._now(), officer, asked):
            yield

    @property
    def _today(self) -> date:
        return local(self._now(), self._config.council.timezone).date()


def _next(row: OfficerRow, reading: Reading) -> str:
    """What is to be read next: the edition in force, or where that is read, the one to come; else what was read last."""
    unread = (one for one in reading.ahead if not reading.covers(row.policy_edition, one))
    return next((one.edition for one in unread), row.policy_edition)


def _named(edition: str, row: OfficerRow, reading: Reading) -> str:
    """An edition that is in force, or to come. Raises InputError for another, and for one before what they have read."""
    name = " ".join(edition.split())
    wanted = next((one for one in reading.ahead if one.edition == name), None)
    if wanted is None:
        known = ", ".join(one.edition for one in reading.ahead) or "none yet"
        raise InputError(
            f"{edition!r} is no edition that is in force, or to come", field="edition", way_out=f"To be read: {known}."
        )  # fmt: skip
    if name != row.policy_edition and reading.covers(row.policy_edition, wanted):
        raise InputError(
            f"{row.login} has read {row.policy_edition}, which comes after it", field="edition",
            way_out="Nothing is left to confirm.",
        )  # fmt: skip
    return name
