"""Consents of people shown."""

from __future__ import annotations

from datetime import date, datetime

from publisher.answer_shapes.shape import Shape


class ConsentShown(Shape):
    """A record that people may be shown."""

    reference: str
    basis: str
    expires_on: date | None
    recorded_by: str
    recorded_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None


class ConsentsListed(Shape):
    """Consents, and the day by which they hold or not."""

    consents: list[ConsentShown]
    today: date


class ConsentWithdrawn(ConsentShown):
    """With the ids of what was stopped (`held`, `unjudged`), of what is `out`, and their titles."""

    held: list[str]
    unjudged: list[str]
    out: list[str]
    titles: dict[str, str]
