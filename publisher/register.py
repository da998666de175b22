"""The register of designated officers: who may post, where, and on what grounds (clauses 5a and 5c)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from publisher.errors import InputError, NotDesignated
from publisher.queue import Queue
from publisher.record import append
from publisher.tables import OfficerRow

_officers = OfficerRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Role(StrEnum):
    """What an officer may do: post, approve what another wrote, keep the register, be told of concerns (clause 4)."""

    OFFICER = "officer"
    APPROVER = "approver"
    DIRECTOR = "director"
    MONITORING = "monitoring officer"


PREREQUISITES = {
    "policy_read_on": "has not confirmed having read and understood the policy",
    "aup_signed_on": "has not signed the Email and Internet Acceptable Use Policy",
    "approved_on": "has no prior written approval from the Director of Resources",
}
"""Clause 5c: each must be in place before work-related social media is used."""


class Register:
    """The officers in the queue's database."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def officers(self) -> list[OfficerRow]:
        """Everyone on the register, suspended ones too, by login."""
        with self._queue.reading() as connection:
            return _rows(connection)

    def officer(self, login: str) -> OfficerRow | None:
        """The officer with this login, if there is one."""
        if not _LOGIN.fullmatch(login):
            return None
        with self._queue.reading() as connection:
            row = connection.execute(select(_officers).where(_officers.c.login == login)).first()
        return OfficerRow(**row._mapping) if row else None

    def add(self, officer: OfficerRow, *, now: datetime) -> None:
        """Adds an officer; the first on an empty register must be a director, who then adds the others.

        Raises InputError (wrong or taken login, unknown role) and NotDesignated (who adds is no director).
        """
        if not _LOGIN.fullmatch(officer.login):
            raise InputError(
                f"{officer.login!r} is not a login",
                field="login",
                way_out="Use small letters, digits, dots and hyphens.",
            )
        for role in officer.roles.split(","):
            if role not in set(Role):
                raise InputError(
                    f"there is no role {role!r}", field="role", way_out=f"Roles: {', '.join(Role)}."
                )
        try:
            with self._queue.writing() as connection:
                self._director_decides(connection, officer)
                values = {name: getattr(officer, name) for name in OfficerRow.model_fields}
                connection.execute(insert(_officers), values)
                append(
                    connection,
                    now,
                    officer.added_by,
                    "officer added",
                    subject=officer.login,
                    detail={"roles": officer.roles},
                )
        except IntegrityError as error:
            raise InputError(f"{officer.login} is on the register already", field="login") from error

    def _director_decides(self, connection: Connection, officer: OfficerRow) -> None:
        """In the transaction that adds: two who both find the register empty must not both become its first director."""
        if not _rows(connection):
            if Role.DIRECTOR not in officer.roles.split(","):
                raise NotDesignated(
                    "the first on the register must be the director", way_out="Add --role director."
                )
            return
        _demand_director(connection, officer.added_by)

    def suspend(self, login: str, *, actor: str, now: datetime) -> None:
        """Switches an officer off; what they queued is stopped at release. Raises InputError, NotDesignated.

        The last active director stays: without one, nobody could change the register ever again.
        """
        with self._queue.writing() as connection:
            _demand_director(connection, actor)
            if [row.login for row in _rows(connection) if _is_director(row)] == [login]:
                raise NotDesignated(
                    f"{login} is the last active director: the register would be closed for good",
                    way_out="Add another director first.",
                )
            change = update(_officers).where(_officers.c.login == login, _officers.c.suspended_at.is_(None))
            if connection.execute(change, {"suspended_at": now}).rowcount != 1:
                raise InputError(
                    f"there is no active officer {login!r}",
                    field="login",
                    way_out="See `publisher officer list`.",
                )
            append(connection, now, actor, "officer suspended", subject=login)

    def problem(self, login: str, channels: Sequence[str], *, today: date, role: Role = Role.OFFICER) -> str:
        """Why `login` may not post to (or approve for) `channels` today; empty where they may."""
        known = self.officer(login)
        if known is None:
            return f"{login} is not on the register of designated officers"
        if known.suspended_at is not None:
            return f"{login} is suspended"
        if role not in known.roles.split(","):
            return f"{login} has not the role of {role}"
        for prerequisite, words in PREREQUISITES.items():
            done: date | None = getattr(known, prerequisite)
            if done is None or done > today:
                return f"{login} {words}"
        allowed = known.channels.split(",") if known.channels else list(channels)
        closed = [channel for channel in channels if channel not in allowed]
        return f"{login} may not post to {', '.join(closed)}" if closed else ""


def _rows(connection: Connection) -> list[OfficerRow]:
    return [
        OfficerRow(**row._mapping)
        for row in connection.execute(select(_officers).order_by(_officers.c.login))
    ]


def _is_director(officer: OfficerRow) -> bool:
    return officer.suspended_at is None and Role.DIRECTOR in officer.roles.split(",")


def _demand_director(connection: Connection, login: str) -> None:
    if not any(row.login == login and _is_director(row) for row in _rows(connection)):
        raise NotDesignated(
            f"{login} is not a director: only a director changes the register (clause 5a)",
            way_out="Ask the Director of Resources, or name who you are with --as LOGIN.",
        )
