"""Whose terms of use were read (clause 5e): by whom, which, when, and when they are to be read again.

The platforms' are recorded here; those of other organisations' websites are dated data beside the rules
(publisher/policy/registers.py). A record that was changed by hand, or an older one that was put back in its place, counts as
none (publisher/sealed.py). Earlier ones stay in the events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from publisher import channels, policy
from publisher.clearance import Seal
from publisher.config import Config
from publisher.errors import InputError, NotFound
from publisher.freetext import line
from publisher.nearest import meant
from publisher.policy import Gate
from publisher.policy.registers import Site, is_terms_address
from publisher.queue import Queue
from publisher.refusals import recorded
from publisher.register import Register, Role
from publisher.sealed import Kind, Sealed, plain
from publisher.tables import TermsRow
from publisher.times import demand_year, local

READ = "terms read"
"""The action of the event of a record."""
KIND = Kind(TermsRow, "terms", ("platform",), (READ,), "The record that {}'s terms were read")
DUE_DAYS = 30
"""Terms that are to be read again within so many days are told of while there is time."""
_TOLD = ("address", "edition", "read_by", "read_on", "review_on")
"""What the event says in words, so that it stays when the terms are read again."""
MAX_EDITION = 100
"""Characters of an edition: what the terms call themselves, such as "1 January 2026"."""


class Standing(StrEnum):
    """How it stands with somebody's terms."""

    GOOD = "good"
    DUE = f"due within {DUE_DAYS} days"
    OVERDUE = "overdue"
    UNREAD = "nobody has read it"
    BY_HAND = "changed by hand"


@dataclass(frozen=True, slots=True)
class Reading:
    """That somebody read a platform's terms: where they are, which edition, who, on which day, and the last day on which that holds.

    Without `read_by` it is whoever records it, without `read_on` today.
    """

    platform: str
    address: str
    review_on: date
    read_on: date | None = None
    edition: str = ""
    read_by: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on record of one platform or website. `channels` are those of the platform that are switched on."""

    name: str
    kind: str
    standing: Standing
    channels: tuple[str, ...] = ()
    address: str = ""
    edition: str = ""
    read_by: str = ""
    read_on: date | None = None
    review_on: date | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; what is not on record is null."""
        days = {
            name: day and day.isoformat()
            for name, day in (("read_on", self.read_on), ("review_on", self.review_on))
        }
        words = {
            "address": self.address or None,
            "edition": self.edition or None,
            "read_by": self.read_by or None,
        }
        return {
            "name": self.name, "kind": self.kind, "standing": self.standing.value, "channels": list(self.channels),
            **words, **days,
        }  # fmt: skip


class Terms:
    """The record of the platforms' terms in the queue's database, beside that of the websites in the rules."""

    def __init__(  # the parts that it is wired to
        self, config: Config, queue: Queue, register: Register, seal: Seal, rules: Callable[[], Gate], now: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self._config, self._queue, self._register = config, queue, register
        self._rows, self._rules, self._now = Sealed(KIND, seal), rules, now

    def read(self, given: Reading, officer: str) -> Kept:
        """Records that a platform's terms were read; the newest record counts. Raises InputError, NotDesignated."""
        now = self._now()
        with recorded(self._queue, now, officer, "terms"), self._queue.writing() as connection:
            self._register.demand(officer, Role.OFFICER, Role.DIRECTOR, today=self._today())
            row = self._row(given, officer, now)
            detail = {name: plain(getattr(row, name)) for name in _TOLD}
            self._rows.store(connection, row, now, officer, READ, detail=detail)
        return self._of_platform(row.platform, {row.platform: row})

    def _row(self, given: Reading, officer: str, now: datetime) -> TermsRow:
        today = self._today()
        row = TermsRow(
            platform=_platform(given.platform), address=_address(given.address), edition=_edition(given.edition),
            read_by=self._reader(given.read_by or officer), read_on=given.read_on or today, review_on=given.review_on,
            recorded_by=officer, recorded_at=now,
        )  # fmt: skip
        _demand_days(row, today)
        return row

    def platforms(self) -> list[Kept]:
        """The platforms of the channels that are switched on, each with what counts of its record."""
        counting = self._counting()
        return [self._of_platform(platform, counting) for platform in sorted(platforms(self._config))]

    def sites(self) -> list[Kept]:
        """The websites that may be linked to. Raises ConfigError where the rules cannot be read."""
        return websites(self._rules(), self._today())

    def for_gate(self) -> Mapping[str, policy.Terms] | None:
        """What counts of each channel's platform, as the gate takes it; None where no record was ever kept."""
        if not (counting := self._counting()):
            return None
        found: dict[str, policy.Terms] = {}
        for platform, names in platforms(self._config).items():
            row = counting.get(platform)
            found |= dict.fromkeys(names, policy.Terms(platform, row.review_on if row else None))
        return found

    def _counting(self) -> Mapping[str, TermsRow | None]:
        """By platform the record that its last event tells of; None where that was changed by hand, or taken away."""
        with self._queue.reading() as connection:
            found = [one for one in self._rows.read(connection) if one.was_left]
            gone = self._rows.gone(connection)
        return {one.row.platform: one.row if one.whole else None for one in found} | dict.fromkeys(gone)

    def _of_platform(self, platform: str, counting: Mapping[str, TermsRow | None]) -> Kept:
        names = platforms(self._config).get(platform, ())
        row = counting.get(platform)
        if row is None:
            return Kept(
                platform, "platform", Standing.BY_HAND if platform in counting else Standing.UNREAD, names
            )
        return Kept(
            platform, "platform", _standing(row.read_on, row.review_on, self._today()), names,
            row.address, row.edition, row.read_by, row.read_on, row.review_on,
        )  # fmt: skip

    def _reader(self, login: str) -> str:
        """Whoever read them must be somebody, who is still there to ask."""
        known = self._register.officer(login)
        if known is None or known.suspended_at:
            why = "is suspended" if known else "is not on the register of designated officers"
            raise InputError(
                f"{login} {why}",
                field="by",
                way_out="Let somebody read them who is: `publisher officer list`.",
            )
        return known.login

    def _today(self) -> date:
        return local(self._now(), self._config.council.timezone).date()


def websites(gate: Gate, today: date) -> list[Kept]:
    """The websites of the rules' register, with how each stands on that day."""
    return [_of_site(site, today) for site in gate.book.registers.sites]


def platforms(config: Config) -> dict[str, tuple[str, ...]]:
    """The platforms, by the names of their first adapters, each with its channels that are switched on. The website is none."""
    found: dict[str, tuple[str, ...]] = {}
    for name in config.live_channels:
        settings = config.channels[name]
        if not _makes_page(settings.adapter):
            found[settings.platform] = (*found.get(settings.platform, ()), name)
    return found


def _makes_page(adapter: str) -> bool:
    return bool(channels.adapter(adapter, field="platform").Adapter.makes_page)


def _standing(read_on: date, review_on: date, today: date) -> Standing:
    if today < read_on:
        return Standing.UNREAD
    if review_on < today:
        return Standing.OVERDUE
    return Standing.DUE if review_on <= today + timedelta(days=DUE_DAYS) else Standing.GOOD


def _of_site(site: Site, today: date) -> Kept:
    standing = _standing(site.checked_on, site.review_date, today)
    return Kept(
        site.host, "website", standing, address=site.terms, read_by=site.checked_by, read_on=site.checked_on,
        review_on=site.review_date,
    )  # fmt: skip


def _platform(name: str) -> str:
    """A platform that the program can post to, switched on or not. Raises NotFound that names the nearest."""
    adapters = [adapter for adapter in channels.names() if not _makes_page(adapter)]
    known = sorted({channels.settings_type(one, field="platform").speaks_to or one for one in adapters})
    if name in known:
        return name
    raise NotFound(
        f"there is no platform {name!r}",
        field="platform",
        way_out=meant(name.lower(), known, f"The platforms are: {', '.join(known)}."),
    )


def _address(text: str) -> str:
    plain = text.strip()
    if not is_terms_address(plain):
        raise InputError(
            "is no address of a website's terms", field="address",
            way_out="Give it whole, as the browser shows it: https://…",
        )  # fmt: skip
    return plain


def _edition(text: str) -> str:
    """Its number or its date on one line; empty where nobody gave one."""
    return line(text, "edition", MAX_EDITION) if text.strip() else ""


def _demand_days(row: TermsRow, today: date) -> None:
    """Raises InputError for a reading to come, and for a review before it. One that is over already may be told late."""
    for day, field in ((row.read_on, "on"), (row.review_on, "review")):
        demand_year(day.year, field=field)
    if row.read_on > today:
        raise InputError(
            f"{row.read_on} has not come yet", field="on", way_out="Give the day on which they were read."
        )
    if row.review_on < row.read_on:
        raise InputError(
            f"{row.review_on} is before {row.read_on}, on which they were read", field="review",
            way_out="Give the last day on which that holds.",
        )  # fmt: skip
