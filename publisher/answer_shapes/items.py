"""Items: handed in, checked, listed, decided on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from publisher.answer_shapes.shape import Shape
from publisher.model import DeliveryState, ItemState, Kind, Severity, VerdictOutcome


class DeliveryShown(Shape):
    """One post on its way to one channel."""

    channel: str
    state: DeliveryState
    url: str | None = None
    reason: str | None = None
    sent_at: datetime | None = None


class TimedDeliveryShown(DeliveryShown):
    """With its moment against that of the page."""

    url: str | None
    reason: str
    sent_at: datetime | None
    offset_ms: int | None
    tries: int


class FindingShown(Shape):
    """What one rule says. `start` and `end` count characters of the field; null where the whole is meant."""

    rule: str
    clause: str
    severity: Severity
    message: str
    remedy: str
    field: str
    channel: str | None
    start: int | None
    end: int | None
    id: str
    override: str
    evidence: str


class PostText(Shape):
    """A post's text, into which findings point."""

    channel: str
    text: str


class VerdictShown(Shape):
    """What the gate says."""

    verdict: VerdictOutcome
    findings: list[FindingShown]
    policy: str
    digest: str


class Summary(Shape):
    """An item in short."""

    id: str
    kind: Kind
    title: str
    state: ItemState
    publish_at: datetime | None
    deliveries: list[DeliveryShown]
    reason: str | None = None


class ItemListed(Summary):
    """An item, and what a person can do now."""

    next: list[str]
    refused_by: str = Field(description="Which second officer said no; empty where none did.")


class ItemsListed(Shape):
    """Items; the ids of those that a hand in the database made unreadable; and what is wrong with channels."""

    items: list[ItemListed]
    unreadable: list[str] = Field(default=[])
    notices: list[str] = Field(
        default=[], description="What is wrong with a channel, or will be, and what to do."
    )


class LeftOut(Shape):
    """A channel that an item does not go to, because it is closed, and why."""

    channel: str
    why: str


class HandedIn(Summary, VerdictShown):
    """An item that is here now, with its verdict."""

    link: str
    left_out: list[LeftOut]
    next: list[str]
    posts: list[PostText]


class Checked(VerdictShown):
    """The gate's verdict on an item that is not handed in, and what its posts would cost."""

    id: str | None
    cost_usd: float
    left_out: list[LeftOut] = Field(default=[], description="There with an officer: else nobody looked.")
    posts: list[PostText]


class Rehearsed(Checked):
    """What handing an item in would say; nothing is stored."""

    state: ItemState
    title: str
    dry_run: bool


class ItemKnown(Shape):
    """An item that is here already."""

    id: str
    state: ItemState
    verdict: VerdictOutcome


class ItemsKnown(Shape):
    """By what they are called where they come from."""

    items: dict[str, ItemKnown]


class EventShown(Shape):
    """One thing that happened."""

    at: datetime
    actor: str
    action: str
    channel: str | None
    subject: str | None
    before: str | None
    after: str | None
    detail: dict[str, Any]
    erased: bool = False


class Correction(Shape):
    """An item that corrects another."""

    id: str
    title: str
    state: ItemState


class ItemWhole(ItemListed, VerdictShown):
    """Everything about one item."""

    deliveries: list[TimedDeliveryShown]  # type: ignore[assignment]  # each is a delivery with more
    reason: str
    page_live_at: datetime | None
    spread_ms: int | None
    link: str
    author: str
    approver: str | None
    source: str
    external_id: str | None
    version: int | None
    created_at: datetime
    erased_at: datetime | None
    starts_at: str | None
    ends_at: str | None
    content: dict[str, Any]
    events: list[EventShown]
    posts: list[PostText]
    corrects: str | None
    corrected_by: list[Correction]


class Override(Shape):
    """A finding that a second officer let go; its message is empty where it is found no more."""

    rule: str
    finding: str
    officer: str
    expires_on: date
    message: str


class ConcernPassed(Shape):
    """A concern about the item that was the caller's, and is not theirs any more; whether anybody has it."""

    id: str
    with_anybody: bool


class ItemReviewed(Summary):
    """An emergency that was looked at afterwards."""

    concerns_passed: list[ConcernPassed] = Field(default=[])


class ItemDecided(ItemListed):
    """An item after a decision on it, by which a concern about it may have passed on."""

    concerns_passed: list[ConcernPassed] = Field(default=[])


class ItemTakenBack(ItemListed):
    """After a withdrawal: what platforms charge for taking it down, in US dollars, by channel."""

    deletion_usd: dict[str, float]


class LetGo(ItemDecided):
    """After an approval: what was let go, what is still open, and who had stopped it."""

    overrides: list[Override]
    open: list[FindingShown]
    held_by: list[str]


class Rescheduled(ItemDecided):
    """Whose approval was taken back by it; empty where there was none."""

    approval_taken_back: str
