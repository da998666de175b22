"""The council's accounts, linked to each other (clause 5a): what a person does by hand, and who did it when.

No platform lets a program do it any more: likes by a Page ended with Meta's New Pages Experience, and following is no part
of what this program may ever do (DESIGN §7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from publisher.accounts import Accounts
from publisher.clearance import Seal
from publisher.config import Config
from publisher.errors import InputError, NotFound
from publisher.queue import Queue
from publisher.refusals import recorded
from publisher.register import Register, Role
from publisher.sealed import Kind, Sealed
from publisher.settings import ChannelSettings
from publisher.tables import LinkRow
from publisher.times import local

LINKED, UNLINKED = "accounts linked", "accounts unlinked"
"""The actions of the events; their subject is both accounts, and the channel is the one that is linked to."""
KIND = Kind(
    LinkRow, "link", ("from_account", "to_account"), (LINKED,), "That {} are linked",
    ends=(UNLINKED,), beside=("id",),
)  # fmt: skip
BY_HAND = {
    "facebook": "Switch to {start} on Facebook, open {end}, and press Like, or Follow where there is no Like.",
    "instagram": "Sign in to Instagram as {start}, open {end}, and press Follow.",
    "twitter": "Sign in to X as {start}, open {end}, and press Follow.",
}
"""What a person does on each platform, by the name of its first adapter."""
PLATFORMS = {"facebook": "Facebook", "instagram": "Instagram", "twitter": "X"}
"""What people call each platform, by the name of its first adapter."""
ELSEWHERE = "Sign in as {start}, open {end}, and follow or like it, whatever there is."


@dataclass(frozen=True, slots=True)
class Link:
    """From the corporate account to a service's on the same platform; `row` None while nobody has done it."""

    start: str
    end: str
    service: str
    to_do: str
    row: LinkRow | None


class Links:
    """What is to be linked, by config.toml, and what is."""

    def __init__(
        self,
        config: Config,
        queue: Queue,
        register: Register,
        accounts: Accounts,
        seal: Seal,
        now: Callable[[], datetime],
    ) -> None:
        self._config, self._queue, self._register = config, queue, register
        self._accounts, self._rows, self._now = accounts, Sealed(KIND, seal), now

    def all(self) -> list[Link]:
        """Every pair of accounts that belong together, in config.toml's order. None to a service without its approval.

        What a hand wrote counts as not done.
        """
        channels, rows = self._config.channels, self._done()
        return [
            Link(start, end, channels[end].service, self._to_do(start, end), rows.get((start, end)))
            for start in self._config.corporate_channels
            for end in self._config.live_channels
            if channels[end].service
            and channels[end].platform == channels[start].platform
            and not self._accounts.problem([end])
        ]

    def alone(self) -> list[tuple[str, str]]:
        """Approved accounts of services on platforms where no corporate one is switched on: each with its platform."""
        channels = self._config.channels
        corporate = {channels[name].platform for name in self._config.corporate_channels}
        return [
            (name, PLATFORMS.get(channels[name].platform, channels[name].platform))
            for name in self._config.live_channels
            if channels[name].service
            and channels[name].platform not in corporate
            and not self._accounts.problem([name])
        ]

    def done(self, start: str, end: str, on: date | None, *, officer: str) -> Link:
        """Records that a person linked the two, on a day; again: the newer word counts. Raises InputError, NotDesignated."""
        now = self._now()
        day, today = on or self._today(), self._today()
        if day > today:
            raise InputError(
                f"{day} has not come yet", field="on", way_out="Give the day on which it was done."
            )
        row = LinkRow(
            from_account=start, to_account=end, done_by=officer, done_on=day, recorded_by=officer, recorded_at=now
        )  # fmt: skip
        with recorded(self._queue, now, officer, "record a link"), self._queue.writing() as connection:
            link = self._demand(start, end, officer)
            self._rows.store(connection, row, now, officer, LINKED, channel=end, detail={"on": str(day)})
        return Link(start, end, link.service, link.to_do, row)

    def undo(self, start: str, end: str, *, officer: str) -> Link:
        """Takes the word back. Raises InputError where nobody gave it, and NotDesignated."""
        now = self._now()
        with recorded(self._queue, now, officer, "take a link back"), self._queue.writing() as connection:
            link = self._demand(start, end, officer)
            if link.row is None:
                raise InputError(
                    f"{start} and {end} are not recorded as linked", way_out="See `publisher account links`."
                )
            key = {"from_account": start, "to_account": end}
            self._rows.take_away(connection, key, now, officer, UNLINKED, channel=end)
        return Link(start, end, link.service, link.to_do, None)

    def _demand(self, start: str, end: str, officer: str) -> Link:
        self._register.demand(officer, Role.OFFICER, Role.DIRECTOR, today=self._today())
        for name in (start, end):
            self._config.channel(name, field="account", kind=NotFound)
        known = self.all()
        if found := next((link for link in known if (link.start, link.end) == (start, end)), None):
            return found
        raise InputError(
            f"{start} is not to be linked to {end}: it goes from a corporate account to an approved service's on the same platform",
            field="account",
            way_out=self._way_out(known),
        )

    def _way_out(self, known: Sequence[Link]) -> str:
        if known:
            return f"There are: {', '.join(f'{link.start} {link.end}' for link in known)}."
        lacking = [f"{name} has no corporate account on {platform}" for name, platform in self.alone()]
        if lacking:
            return f"{'; '.join(lacking)} that is switched on."
        return (
            "No service's account in config.toml is approved and switched on: see `publisher account list`."
        )

    def _done(self) -> dict[tuple[str, str], LinkRow]:
        with self._queue.reading() as connection:
            rows = [one.row for one in self._rows.read(connection) if one.whole]
        return {(row.from_account, row.to_account): row for row in rows}

    def _to_do(self, start: str, end: str) -> str:
        channels = self._config.channels
        words = BY_HAND.get(channels[end].platform, ELSEWHERE)
        return words.format(start=_shown(channels[start]), end=_shown(channels[end]))

    def _today(self) -> date:
        return local(self._now(), self._config.council.timezone).date()


def _shown(settings: ChannelSettings) -> str:
    """An account as a person finds it; where config.toml names none, whose it is, and what its table is called."""
    whose = f"the account of {settings.service}" if settings.service else "the corporate account"
    return settings.profile or settings.label or f"{whose} ({settings.name})"
