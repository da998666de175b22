"""Service accounts, and the channels' standing."""

from __future__ import annotations

from datetime import datetime

from publisher.answer_shapes.shape import Shape


class AccountShown(Shape):
    """A service's own account: its business case, and how it stands."""

    reference: str
    service: str
    channel: str
    address: str
    case: str
    standing: str
    proposed_by: str
    proposed_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    approved_by: str | None
    approved_at: datetime | None
    approved_reason: str | None


class AccountStep(Shape):
    """One step of a case."""

    at: datetime
    by: str
    standing: str
    reason: str


class AccountWhole(AccountShown):
    """With its history."""

    history: list[AccountStep]


class AccountsListed(Shape):
    """Every business case."""

    accounts: list[AccountShown]


class TroubleShown(Shape):
    """One thing that is not as it should be, and what to do about it."""

    cause: str
    standing: str
    words: str
    way_out: str


class ChannelHealthShown(Shape):
    """Whose account a channel posts to, by the record and by the last look; null where that is not known, or there is none."""

    channel: str
    adapter: str
    website: bool
    account: str | None
    name: str | None
    recorded_by: str | None
    recorded_at: datetime | None
    found_account: str | None
    found_name: str | None
    asked_at: datetime | None
    proved_at: datetime | None
    scopes: list[str] | None
    scopes_needed: list[str]
    ends_at: datetime | None
    standing: str
    troubles: list[TroubleShown]


class AccountOnRecord(Shape):
    """One account that went on record for a channel, and why, where it came in the place of an `earlier` one."""

    at: datetime
    by: str
    did: str
    account: str
    name: str
    earlier: str
    reason: str


class ChannelHealthWhole(ChannelHealthShown):
    """With every account that was on record."""

    history: list[AccountOnRecord]


class ChannelsListed(Shape):
    """The channels that are switched on."""

    channels: list[ChannelHealthShown]
