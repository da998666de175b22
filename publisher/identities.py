"""Whose account each channel posts to: what the platform says is held against config.toml and against what is on record.

The first account that fits config.toml goes on record, sealed, with the host that told it: another could name the same account
rightly and keep the credentials. From then on nothing goes to another account or host until a director says that it is right. What a hand in the database changed, put back or took away counts as none, and stops the channel.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime

from sqlalchemy import Connection

from publisher.account_told import fit, shown
from publisher.answers import fail
from publisher.channels import Channel, Identity
from publisher.clearance import Seal
from publisher.config import Config
from publisher.errors import (
    ChannelFailed,
    EgressRefused,
    InputError,
    NotFound,
    OutsideFailed,
    PublisherError,
    Refused,
)
from publisher.freetext import demand_answer
from publisher.health import Look, day
from publisher.model import Judgement, Outcome
from publisher.queue import Queue
from publisher.record import Event, events
from publisher.refusals import recorded
from publisher.register import Register, Role
from publisher.sealed import Kind, Sealed
from publisher.tables import EventRow, IdentityRow
from publisher.times import local

log = logging.getLogger("publisher.identities")

_events = EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

RECORDED, ACCEPTED = "account recorded", "account accepted"
"""The actions of the events: the first account of a channel, and another one in its place."""
KIND = Kind(
    IdentityRow, "identity", ("channel",), (RECORDED, ACCEPTED), "The record of whose account {} posts to"
)
BROKE = "The program broke while asking whose account this is; nothing was sent. It is asked again; the log says more."
FORBIDDEN = "The program refused its own request for whose account this is. Tell the sysadmin."


class Identities:
    """The accounts on record, in the queue's database."""

    def __init__(  # the parts that it is wired to
        self, config: Config, queue: Queue, channels: Callable[[], Mapping[str, Channel]], register: Register, seal: Seal,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._config, self._queue, self._channels = config, queue, channels
        self._register, self._rows, self._now = register, Sealed(KIND, seal), now

    # --- asking ------------------------------------------------------------------------------------------

    def look(self, name: str, recorder: str | None = None) -> Look:
        """Asks the channel's platform, once. A first account that fits goes on record in the name of `recorder`, where one is given.

        Raises OutsideFailed where the database does not answer.
        """
        at, found = self._now(), None
        try:
            found = self._asked(name, at)
            fault = self.fault(name, found)
            if fault is None and found is not None and recorder is not None:
                self._record(name, found, recorder)
                fault = self.fault(name, found)  # another may have been quicker, with another account
        except ChannelFailed as failure:
            fault = failure.judgement
        return Look(name, at, self._with_name(name, found), fault, at if fault is None else None)

    def fault(self, name: str, found: Identity | None) -> Judgement | None:
        """Why nothing may go to the channel, as it is `found` to be this account; None where it may. No platform is asked."""
        if found is None:
            is_website = self._channels()[name].makes_page
            return None if is_website else Judgement(Outcome.WAIT, _SILENT.format(name=name), "no account")
        settings = self._config.channels[name]
        try:
            told = settings.account
        except PublisherError as error:
            return Judgement(Outcome.FIX, str(error), "the account by config.toml")
        if told and told != found.account:
            words = _OTHER_THAN_TOLD.format(
                name=name,
                found=shown(found),
                told=told,
                by=settings.account_told_by,
                key=self._key(name, told),
            )
            return Judgement(Outcome.STOP, words, "another than is told here")
        return self._other_than_recorded(name, found)

    def _key(self, name: str, told: str) -> str:
        """What else may be wrong: the key of config.toml that says whose account it is."""
        settings = self._config.channels[name]
        key = next((key for key in settings.identity if getattr(settings, key) == told), "")
        return f", or change `{key}` in its table of config.toml," if key else ""

    def _other_than_recorded(self, name: str, found: Identity) -> Judgement | None:
        rows = self.on_record()
        if name in rows and (row := rows[name]) is None:
            return Judgement(Outcome.STOP, _BY_HAND.format(name=name), "changed by hand")
        if name in rows and row is not None and _account(row) != (self._adapter(name), found.account):
            since = f"{shown(row)}, since {day(row.recorded_at)}"
            words = _OTHER_THAN_BEFORE.format(name=name, found=shown(found), before=since)
            return Judgement(Outcome.STOP, words, "another than on record")
        if name in rows and row is not None and row.host != self._host(name):
            words = _OTHER_HOST.format(name=name, host=self._host(name), before=row.host)
            return Judgement(Outcome.STOP, words, "another host than on record")
        if other := self._shares(name, found, rows):
            words = _SHARED.format(name=name, other=other, found=shown(found))
            return Judgement(Outcome.STOP, words, "one account for two channels")
        return None

    def _shares(self, name: str, found: Identity, rows: Mapping[str, IdentityRow | None]) -> str:
        """Another channel that is switched on and has the account on record; empty where none has: it would say the same twice."""
        mine = (self._adapter(name), found.account)
        others = (other for other in self._config.live_channels if other != name)
        return next((other for other in others if (row := rows.get(other)) and _account(row) == mine), "")

    def _asked(self, name: str, now: datetime) -> Identity | None:
        """What the platform says, made fit to be kept. Raises ChannelFailed, whatever breaks on the way."""
        try:
            told = self._channels()[name].identify(now)
            return None if told is None else self._fit(name, told)
        except ChannelFailed:
            raise
        except EgressRefused:
            log.exception("%s: an undeclared request was refused", name)
            raise fail(Outcome.STOP, FORBIDDEN, "EgressRefused") from None
        except OutsideFailed as failure:
            raise fail(Outcome.WAIT, str(failure), type(failure).__name__) from None
        except PublisherError as failure:
            raise fail(Outcome.FIX, str(failure), type(failure).__name__) from None
        except Exception as error:  # an answer of a shape that nobody foresaw
            log.exception("%s: broke while asking whose account it is", name)
            raise fail(Outcome.WAIT, BROKE, type(error).__name__) from None

    def _fit(self, name: str, told: Identity) -> Identity:
        if (found := fit(told)) is None:
            raise fail(Outcome.WAIT, _SILENT.format(name=name), "no account, or none that can be one")
        return found

    def _with_name(self, name: str, found: Identity | None) -> Identity | None:
        """With a note where people call the account otherwise than when it went on record: that stops nothing."""
        row = self.on_record().get(name) if found else None
        if found is None or row is None or row.account != found.account or row.name == found.name:
            return found
        note = f"The account is called {found.name or 'nothing'} now; when it went on record it was {row.name or 'nothing'}."
        return Identity(found.account, found.name, found.scopes, found.ends_at, (*found.notes, note))

    # --- the record --------------------------------------------------------------------------------------

    def on_record(self) -> Mapping[str, IdentityRow | None]:
        """By channel the account that its last event tells of; None where a hand changed that, or took it away."""
        with self._queue.reading() as connection:
            return self._counting(connection)

    def history(self, name: str) -> list[Event]:
        """What the record tells of the channel's account: who recorded and accepted which, when and why, in order."""
        with self._queue.reading() as connection:
            return [
                *events(connection, _events.c.action.in_((RECORDED, ACCEPTED)), _events.c.subject == name)
            ]

    def demand_may_ask(self, officer: str) -> None:
        """Each question costs money on X, and may put an account on record. Raises NotDesignated."""
        with recorded(self._queue, self._now(), officer, "ask whose account a channel is"):
            self._register.demand(officer, Role.OFFICER, Role.DIRECTOR, today=self._today())

    def accept(self, name: str, reason: str, officer: str) -> IdentityRow:
        """A director says that another account than before is right: the platform is asked, and what it says goes on record.

        Raises InputError, NotDesignated, Refused where config.toml says otherwise, and OutsideFailed.
        """
        self.demand_channel(name)
        now = self._now()
        with recorded(self._queue, now, officer, f"accept the account of {name}"):
            self._register.demand(officer, Role.DIRECTOR, today=self._today())
            why = demand_answer(reason, "it is kept on the record")
            try:
                found = self._asked(name, now)
            except ChannelFailed as failure:
                raise _not_now(failure) from None
            if found is None:
                raise InputError(
                    f"{name} has no account on a platform",
                    field="channel",
                    way_out="There is nothing to accept.",
                )
            self._demand_fits(name, found)
            with self._queue.writing() as connection:
                self._register.demand(officer, Role.DIRECTOR, today=self._today())
                before = self._counting(connection)
                self._demand_other(name, found, before)
                row, earlier = self._row(name, found, officer), before.get(name)
                detail = _told(row) | {"reason": why} | ({"earlier": shown(earlier)} if earlier else {})
                self._rows.store(connection, row, now, officer, ACCEPTED, channel=name, detail=detail)
        return row

    def demand_channel(self, name: str) -> None:
        """Raises NotFound where config.toml has no such channel, and InputError where it is switched off."""
        self._config.channel(name, field="channel", kind=NotFound)
        if name not in self._config.live_channels:
            raise InputError(
                f"{name} is switched off", field="channel", way_out="Set enabled = true in its table first."
            )

    def _demand_fits(self, name: str, found: Identity) -> None:
        told = self._config.channels[name].account
        if told and told != found.account:
            told_by = self._config.channels[name].account_told_by
            raise Refused(
                f"the credentials of {name} are of {shown(found)}, and {told_by} says {told}",
                way_out="Put right whichever is wrong, and restart the daemon; then accept it.",
            )

    def _demand_other(self, name: str, found: Identity, rows: Mapping[str, IdentityRow | None]) -> None:
        if other := self._shares(name, found, rows):
            raise Refused(
                f"{shown(found)} is the account of {other}: the same words would go out twice there",
                way_out=f"Give {name} credentials of its own, or set enabled = false for one of them.",
            )
        row = rows.get(name)
        is_same = row is not None and _account(row) == (self._adapter(name), found.account)
        if row is not None and is_same and row.host == self._host(name):
            raise InputError(
                f"{shown(found)} is on record for {name} already",
                field="channel",
                way_out=f"There is nothing to accept; `publisher channel check {name}` asks how it stands now.",
            )

    def _record(self, name: str, found: Identity, recorder: str) -> None:
        with self._queue.writing() as connection:
            if name in self._counting(connection):
                return
            row, now = self._row(name, found, recorder), self._now()
            self._rows.store(connection, row, now, recorder, RECORDED, channel=name, detail=_told(row))

    def _row(self, name: str, found: Identity, recorder: str) -> IdentityRow:
        return IdentityRow(
            channel=name, adapter=self._adapter(name), account=found.account, name=found.name,
            host=self._host(name), recorded_by=recorder, recorded_at=self._now(),
        )  # fmt: skip

    def _counting(self, connection: Connection) -> dict[str, IdentityRow | None]:
        found = [one for one in self._rows.read(connection) if one.was_left]
        gone = self._rows.gone(connection)
        return {one.row.channel: one.row if one.whole else None for one in found} | dict.fromkeys(gone)

    def _adapter(self, name: str) -> str:
        return self._config.channels[name].adapter

    def _host(self, name: str) -> str:
        return self._config.channels[name].host

    def _today(self) -> date:
        return local(self._now(), self._config.council.timezone).date()


_UNTIL = "A director says whether it is right, with `publisher channel accept {name} --reason TEXT`; before that, nothing goes there."
_SILENT = "The platform of {name} did not say whose account it is; nothing was sent. It is asked again."
_OTHER_THAN_TOLD = (
    "The credentials of {name} are of another account than {by} says: the platform says {found}, {by} {told}. "
    "Put in the credentials of that account{key} and restart the daemon; before that, nothing goes there."
)
_OTHER_THAN_BEFORE = (
    "The credentials of {name} are of another account than before: the platform says {found}, on record is {before}. "
    f"Put the former ones back, if nobody meant that. {_UNTIL}"
)
_OTHER_HOST = (
    "{name} is asked and posted to at another host than before: config.toml says {host}, on record is {before}. Whoever is there "
    "gets its credentials. Put the former `endpoint` back, and restart the daemon; if they were sent there, make new ones. "
    f"{_UNTIL}"
)
_BY_HAND = f"Whose account {{name}} is was changed by hand in the database; `publisher audit verify` says more. {_UNTIL}"
_SHARED = (
    "The credentials of {name} are of the account of {other}: {found}. The same words would go out twice there, so nothing goes "
    "there from {name} until it has credentials of its own."
)


def _not_now(failure: ChannelFailed) -> OutsideFailed:
    """What a director is told: the words for a look, which is tried again by itself, promise that of an acceptance, too."""
    if failure.judgement.outcome not in {Outcome.WAIT, Outcome.UNKNOWN}:
        return failure
    way_out = "Nothing went on record, and an acceptance is not tried again by itself: give this command again in a while."
    return OutsideFailed(failure.judgement.officer, way_out=way_out)


def _account(row: IdentityRow) -> tuple[str, str]:
    return row.adapter, row.account


def _told(row: IdentityRow) -> dict[str, str]:
    return {"adapter": row.adapter, "account": row.account, "name": row.name, "host": row.host}
