"""Risks against a platform's terms of use (clause 5e): a director accepts one by name, with a reason, until a day, or ends it.

The policy binds officers to the terms of each platform. An adapter that cannot keep them says so (`risk`), and starts only
while such an acceptance stands (publisher/risk_standing.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from publisher import acceptances, channels
from publisher.clearance import Seal
from publisher.config import Config
from publisher.errors import InputError, NotFound
from publisher.freetext import demand_answer
from publisher.queue import Queue
from publisher.refusals import recorded
from publisher.register import Register, Role
from publisher.risk_standing import ACCEPTED, ENDED, KIND, is_forgotten, way_to_open
from publisher.sealed import Found, Sealed
from publisher.tables import RiskRow
from publisher.times import demand_year, local

LONGEST = timedelta(days=366)
"""A review comes at most a year ahead: the same day of the next year, leap years included."""
DUE_DAYS = 30
"""An acceptance that ends within so many days is told of while there is time."""
_READ_BY = "it is shown wherever the risk is"


class Standing(StrEnum):
    """How it stands with a channel's risk."""

    ACCEPTED = "accepted"
    DUE = f"due within {DUE_DAYS} days"
    OVERDUE = "overdue"
    NOT_ACCEPTED = "not accepted"
    BY_HAND = "changed by hand"
    FORGOTTEN = "from before an older database was accepted"


@dataclass(frozen=True, slots=True)
class Risk:
    """A channel's risk, and what is on record of it. `risk` is empty for one that config.toml has no more, or not so.

    `official` is the way that its platform does allow, in one sentence.
    """

    channel: str
    risk: str
    official: str
    standing: Standing
    enabled: bool
    row: RiskRow | None = None

    @property
    def is_open(self) -> bool:
        """Whether a director's word stands today."""
        return self.standing in {Standing.ACCEPTED, Standing.DUE}

    @property
    def way_out(self) -> str:
        """What to do about it: a director's word where it lacks or soon will, else the way that is allowed; empty without a risk."""
        if not self.risk:
            return ""
        return self.official if self.standing is Standing.ACCEPTED else way_to_open(self.channel)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; what is not on record is null."""
        row = self.row
        return {
            "channel": self.channel,
            "risk": self.risk,
            "standing": self.standing.value,
            "open": self.is_open,
            "enabled": self.enabled,
            "way_out": self.way_out,
            "reason": row.reason if row else None,
            "accepted_by": row.accepted_by if row else None,
            "accepted_at": row.accepted_at.isoformat() if row else None,
            "review_on": row.review_on.isoformat() if row else None,
        }


class Risks:
    """What directors accepted, in the queue's database."""

    def __init__(
        self, config: Config, queue: Queue, register: Register, seal: Seal, now: Callable[[], datetime]
    ) -> None:
        self._config, self._queue, self._register = config, queue, register
        self._rows, self._seal, self._now = Sealed(KIND, seal), seal, now

    def accept(self, channel: str, *, reason: str, review_on: date, officer: str) -> Risk:
        """A director takes the risk on; given again, the newer word counts. Raises InputError, NotDesignated."""
        now, today = self._now(), self._today()
        with recorded(self._queue, now, officer, "accept a risk"), self._queue.writing() as connection:
            self._register.demand(officer, Role.DIRECTOR, today=today)
            self._demand_risky(channel)
            _demand_day(review_on, today)
            why = demand_answer(reason, _READ_BY)
            row = RiskRow(
                channel=channel, reason=why, accepted_by=officer, accepted_at=now, review_on=review_on
            )
            risk = risk_of(self._config, channel).words
            told = {"reason": why, "review_on": review_on.isoformat(), "risk": risk}
            self._rows.store(connection, row, now, officer, ACCEPTED, channel=channel, detail=told)
        return self._shown(channel, row)

    def end(self, channel: str, *, reason: str, officer: str) -> Risk:
        """A director ends it: nothing more goes there. Raises InputError where there is none, and NotDesignated."""
        now = self._now()
        with recorded(self._queue, now, officer, "end a risk"), self._queue.writing() as connection:
            self._register.demand(officer, Role.DIRECTOR, today=self._today())
            why = demand_answer(reason, _READ_BY)
            if not self._rows.read(connection, KIND.table.c.channel == channel):
                raise InputError(
                    f"no risk of {channel} is accepted", field="channel", way_out="See `publisher risk list`."
                )
            key, told = {"channel": channel}, {"reason": why}
            self._rows.take_away(connection, key, now, officer, ENDED, channel=channel, detail=told)
        return self._shown(channel, None)

    def all(self) -> list[Risk]:
        """Every channel whose way is against its platform's terms, and whatever was accepted and not ended."""
        with self._queue.reading() as connection:
            found = {one.row.channel: one for one in self._rows.read(connection) if one.was_left}
            gone, older = self._rows.gone(connection), acceptances.last_older(connection, self._seal)
        names = [name for name in self._config.channels if risk_of(self._config, name).words]
        every = dict.fromkeys([*names, *found, *gone])
        return [self._found(name, found.get(name), older, gone=name in gone) for name in every]

    def _found(self, name: str, found: Found[RiskRow] | None, older: int, *, gone: bool) -> Risk:
        if gone or (found and not found.whole):
            return self._risk(name, Standing.BY_HAND)
        if found and is_forgotten(found, older):
            return self._risk(name, Standing.FORGOTTEN, found.row)
        return self._shown(name, found.row if found else None)

    def _shown(self, name: str, row: RiskRow | None) -> Risk:
        return self._risk(name, _standing(row, self._today()) if row else Standing.NOT_ACCEPTED, row)

    def _risk(self, name: str, standing: Standing, row: RiskRow | None = None) -> Risk:
        found, is_on = risk_of(self._config, name), name in self._config.live_channels
        return Risk(name, found.words, found.way_out, standing, is_on, row)

    def _demand_risky(self, channel: str) -> None:
        self._config.channel(channel, field="channel", kind=NotFound)
        if not risk_of(self._config, channel).words:
            risky = [name for name in self._config.channels if risk_of(self._config, name).words]
            known = f"These do not: {', '.join(risky)}." if risky else "So does every channel in config.toml."
            raise InputError(
                f"{channel} keeps its platform's terms: there is nothing to accept", field="channel", way_out=known
            )  # fmt: skip

    def _today(self) -> date:
        return local(self._now(), self._config.council.timezone).date()


def risk_of(config: Config, name: str) -> channels.Danger:
    """The risk of a channel's adapter; no words where it keeps its platform's terms, or is not there."""
    settings = config.channels.get(name)
    if settings is None:
        return channels.Danger()
    return channels.risk_of(settings.adapter, field=f"channels.{name}.adapter")


def _standing(row: RiskRow, today: date) -> Standing:
    if row.review_on < today:
        return Standing.OVERDUE
    return Standing.DUE if row.review_on <= today + timedelta(days=DUE_DAYS) else Standing.ACCEPTED


def _demand_day(day: date, today: date) -> None:
    demand_year(day.year, field="review")
    if not today <= day <= today + LONGEST:
        raise InputError(
            f"{day} is not within a year from today", field="review",
            way_out=f"Give a day from {today} to {today + LONGEST} on which the risk is looked at again.",
        )  # fmt: skip
