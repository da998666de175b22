"""The register of officers, and the policy's editions."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from publisher.answer_shapes.items import EventShown
from publisher.answer_shapes.shape import Shape
from publisher.model import ItemState


class OfficerShown(Shape):
    """One line of the register, and what keeps its officer from acting. `channels` null: all."""

    login: str
    name: str
    roles: list[str]
    channels: list[str] | None
    policy_read_on: date | None
    aup_signed_on: date | None
    approved_on: date | None
    approval_reference: str
    suspended_at: datetime | None
    policy_edition: str
    policy_reference: str
    aup_reference: str
    expires_on: date | None
    trained_on: date | None
    training_reference: str
    manager: str | None
    added_by: str
    added_at: datetime | None
    lacks: list[str]
    soon: list[str]
    changed_by_hand: bool
    only_to_confirm: bool


class OfficersListed(Shape):
    """The register. `gone`: whose line a hand took away."""

    officers: list[OfficerShown]
    gone: list[str]
    today: date


class OfficerWhole(OfficerShown):
    """One line with its history."""

    events: list[EventShown]


class ItemReached(Shape):
    """An item that a change of the register reaches."""

    id: str
    title: str
    state: ItemState
    publish_at: datetime | None
    officers: list[str]


class OfficerAmended(OfficerShown):
    """With what of theirs will be held."""

    held: list[ItemReached]


class OfficerLeft(Shape):
    """What a suspension reached, or would reach."""

    login: str
    suspended: bool
    held: list[ItemReached]
    waiting: list[ItemReached]
    releasing: list[ItemReached]
    out: list[ItemReached]
    leads: list[str] = Field(default=[], description="Whose line manager they are.")


class PolicyConfirmed(OfficerShown):
    """`already`: this was on record before."""

    already: bool


class EditionShown(Shape):
    """An edition of the written policy."""

    edition: str
    in_force_from: date
    reference: str
    adopted_by: str
    adopted_at: datetime | None
    standing: str


class WebsiteUnread(Shape):
    """A website of config.toml whose events come under the name of somebody who is asked to read an edition."""

    source: str
    officer: str


class ReadingGivenBack(Shape):
    """Whose earlier reading counts again; `edition` empty: of before the council adopted any."""

    login: str
    edition: str
    read_on: date | None


class EditionAdopted(EditionShown):
    """Who is asked to read it, and what will be held where they do not."""

    asked: list[str]
    websites: list[WebsiteUnread] = Field(default=[])
    held: list[ItemReached]
    dry_run: bool


class EditionWithdrawn(Shape):
    """Which edition is in force then (null: none), who is asked to read it, and what will be held where they do not."""

    edition: str
    in_force: str | None
    asked: list[str]
    websites: list[WebsiteUnread] = Field(default=[])
    held: list[ItemReached]
    dry_run: bool
    given_back: list[ReadingGivenBack] = Field(default=[])


class EditionsListed(Shape):
    """Every edition; `in_force` null where there is none yet."""

    editions: list[EditionShown]
    in_force: str | None
    today: date
