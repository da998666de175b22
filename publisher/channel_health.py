"""Whose account each channel posts to, how its credentials stand, and what to do: as people are shown it, and programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from publisher import renewing
from publisher.channels import Channel, outdated, refusal
from publisher.config import Config
from publisher.health import Look, Standing, Trouble, days_left, gravest, troubles
from publisher.health_book import HealthBook
from publisher.identities import Identities
from publisher.tables import IdentityRow
from publisher.views import stamp

Row = dict[str, Any]
"""One channel, as plain JSON values."""

_ELSEWHERE = (
    "`{key}` in config.toml leads to {host}, which is not the platform's own {own}: whoever is there can pass for the platform.",
    "All that it sends, its credentials too, goes to {host}, which is not the platform's own {own}.",
)
_NOT_MEANT = (
    "If nobody at the council means that: take that address out of its table in config.toml, restart the daemon, and make new "
    "credentials."
)
UNASKED = "not asked"
"""The cause of a trouble that is none yet."""
OUTDATED = "outdated"
"""That of what must be put right, although posts still go: a version that the platform has ended, and serves another for."""
_METRICS = (
    ("publisher_token_days_left", "Whole days until a channel's credentials end; below zero once they did."),
    ("publisher_channel_well", "1 where posts can go to a channel, by the last look; 0 where none can."),
    ("publisher_channel_proved_timestamp_seconds", "When it was last proved whose account a channel is."),
)  # fmt: skip
"""Name and help of each gauge, labelled by channel."""


class ChannelHealth:
    """The last looks at the channels that are switched on, with what is on record of their accounts. Asks no platform."""

    def __init__(
        self, config: Config, channels: Callable[[], Mapping[str, Channel]], identities: Identities, book: HealthBook,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._config, self._channels, self._identities, self._book, self._now = (
            config,
            channels,
            identities,
            book,
            now,
        )

    def rows(self, looks: Mapping[str, Look] | None = None) -> list[Row]:
        """Every channel, in config.toml's order, by the last looks; those of `looks` are newer."""
        kept, on_record = self._book.looks(), self._identities.on_record()
        return [
            self._row(name, newest(kept.get(name), (looks or {}).get(name)), on_record)
            for name in self._config.live_channels
        ]

    def stopped(self) -> Mapping[str, str]:
        """The channels to which nothing goes, each with why and what to do."""
        return stopped(self.rows())

    def metrics(self) -> list[str]:
        """The gauges, in the text format of Prometheus."""
        now, looks = self._now(), self._book.looks()
        values: list[list[tuple[str, int]]] = [[], [], []]
        for row in self.rows():
            name, look = row["channel"], looks.get(row["channel"])
            if look is None:
                continue
            if look.found and look.found.ends_at:
                values[0].append((name, days_left(look.found.ends_at, now)))
            values[1].append((name, int(not stopped([row]))))
            if look.proved_at:
                values[2].append((name, int(look.proved_at.timestamp())))
        return [
            line
            for (gauge, words), of in zip(_METRICS, values, strict=True)
            if of
            for line in _gauge(gauge, words, of)
        ]

    def _row(self, name: str, look: Look | None, on_record: Mapping[str, IdentityRow | None]) -> Row:
        channel, row = self._channels()[name], on_record.get(name)
        found = look.found if look else None
        known = self._known(name, look, on_record, channel)
        return {
            "channel": name,
            "adapter": self._config.channels[name].adapter,
            "website": channel.makes_page,
            "account": row.account if row else None,
            "name": row.name if row else None,
            "recorded_by": row.recorded_by if row else None,
            "recorded_at": stamp(row.recorded_at) if row else None,
            "found_account": found.account if found else None,
            "found_name": found.name if found else None,
            "asked_at": stamp(look.at) if look else None,
            "proved_at": stamp(look.proved_at) if look else None,
            "scopes": sorted(found.scopes) if found and found.scopes is not None else None,
            "scopes_needed": sorted(channel.scopes),
            "ends_at": stamp(found.ends_at) if found else None,
            "standing": gravest(known).value,
            "troubles": [asdict(one) | {"standing": one.standing.value} for one in known],
        }

    def _of_look(self, look: Look, channel: Channel) -> list[Trouble]:
        return troubles(look, channel.scopes, self._now(), renewing.way(channel))

    def _known(
        self, name: str, look: Look | None, on_record: Mapping[str, IdentityRow | None], channel: Channel
    ) -> list[Trouble]:
        """What the look told, and what a hand did since to what is on record."""
        told = self._of_look(look, channel) if look else _of_none(name, channel)
        if ended := outdated(channel, self._now()):
            told = [
                Trouble(OUTDATED, Standing.WRONG, ended, ""),
                *(one for one in told if one.words != ended),
            ]
            told.sort(key=lambda one: (one.standing is not Standing.WRONG, one.cause == OUTDATED))
        if closed := refusal(channel):  # said once; and who is closed, nobody can ask
            others = (one for one in told if one.words != closed and one.cause != UNASKED)
            told = [Trouble("risk", Standing.WRONG, closed, ""), *others]
        if name in on_record and on_record[name] is None and not any(one.cause == "account" for one in told):
            words = "What is on record of whose account this is was changed by hand in the database: nothing goes there."
            way_out = f"A director looks whose it is, then `publisher channel accept {name} --reason TEXT`."
            told = [Trouble("account", Standing.WRONG, words, way_out), *told]
        return [*told, *_elsewhere(channel)]


def _elsewhere(channel: Channel) -> list[Trouble]:
    """Its requests go to somebody else than the platform, who could answer as the platform would."""
    return [
        Trouble(
            f"elsewhere {key}",
            Standing.ATTENTION,
            _ELSEWHERE[key == "endpoint"].format(key=key, host=host, own=own),
            _NOT_MEANT,
        )
        for key, host, own in channel.settings.elsewhere
    ]


def _of_none(name: str, channel: Channel) -> list[Trouble]:
    """That nobody asked yet: nothing can be said of such a channel. A website has no account to ask for."""
    if channel.makes_page:
        return []
    way_out = f"`publisher channel check {name}`, or start the daemon: it asks by itself."
    return [
        Trouble(
            UNASKED, Standing.ATTENTION, "Nobody has asked the platform yet whose account this is.", way_out
        )
    ]


def notices(rows: Sequence[Row]) -> list[str]:
    """One line for each channel with which something is wrong, or will be soon: what, and what to do.

    That nobody asked yet is neither.
    """
    return [
        f"{row['channel']}: {one['words']} {one['way_out']}".rstrip()
        for row in rows
        for one in row["troubles"][:1]
        if one["cause"] != UNASKED
    ]


def stopped(rows: Sequence[Row]) -> Mapping[str, str]:
    """The channels to which nothing goes, each with why and what to do."""
    found = ((row["channel"], row["troubles"][:1]) for row in rows if row["standing"] == Standing.WRONG)
    return {
        name: f"{one['words']} {one['way_out']}".rstrip()
        for name, most in found
        for one in most
        if one["cause"] != OUTDATED
    }


def newest(kept: Look | None, asked: Look | None) -> Look | None:
    """The later look; with the last proof that the earlier one knew of."""
    if asked is None or kept is None:
        return asked or kept
    return Look(asked.channel, asked.at, asked.found, asked.fault, asked.proved_at or kept.proved_at)


def _gauge(name: str, words: str, values: Sequence[tuple[str, int]]) -> list[str]:
    told = [f'{name}{{channel="{channel}"}} {value}' for channel, value in values]
    return [f"# HELP {name} {words}", f"# TYPE {name} gauge", *told]
