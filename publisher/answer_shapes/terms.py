"""Terms of use, and risks that a director has accepted."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from publisher.answer_shapes.shape import Shape


class TermShown(Shape):
    """A platform or website, and whether its terms were read."""

    name: str
    kind: str
    standing: str
    channels: list[str]
    address: str | None
    edition: str | None
    read_by: str | None
    read_on: date | None
    review_on: date | None


class TermsRead(TermShown):
    """With the platforms that still lack a record."""

    unread: list[str]


class TermsListed(Shape):
    """Platforms and websites."""

    terms: list[TermShown]
    today: date


class RiskShown(Shape):
    """A channel whose way is against its platform's terms, and how its acceptance stands; null where there is none."""

    channel: str
    risk: str
    standing: str
    open: bool
    enabled: bool
    way_out: str = Field(description="What to do about it, or to keep it open.")
    reason: str | None
    accepted_by: str | None
    accepted_at: datetime | None
    review_on: date | None


class RisksListed(Shape):
    """Such channels, and whatever was accepted and not ended."""

    risks: list[RiskShown]
    today: date
