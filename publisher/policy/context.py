"""What a verdict depends on besides the item, its posts and the rules: all of it is given, nothing is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from publisher.channels import Limits
from publisher.times import COUNCIL_ZONE, local


@dataclass(frozen=True, slots=True)
class Designation:
    """The officer who acts. `problem` says why they are not properly designated; empty where they are."""

    login: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the council keeps of one consent (or other basis) to show people: no names, only its reference."""

    reference: str
    basis: str = "consent"
    expires_on: date | None = None
    withdrawn_on: date | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What is on record of a platform's terms of use: until when, that day included, they count as read; None: not read."""

    platform: str
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A second officer's yes to one finding on exactly this content, until a day (included).

    `finding` is the finding's id, `content` the digest that `content_digest` gives.
    """

    rule: str
    finding: str
    content: str
    officer: str
    reason: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of a check. Without `officer` the content alone is judged, without `today` no dated rule acts.

    `unseen` holds the positions of pictures that could not be looked at (a check without files); `consents` those the
    item's pictures name, by reference (None: no register is kept); `repeats` the ids of items with the same words that went or will go;
    `terms` those of the platforms, by channel (None: no record of them is kept).
    """

    limits: Mapping[str, Limits]
    officer: Designation | None = None
    today: date | None = None
    unseen: tuple[int, ...] = ()
    consents: Mapping[str, Consent] | None = None
    repeats: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    terms: Mapping[str, Terms] | None = None

    def judged_on(self, publish_at: datetime | None) -> date | None:
        """The day that dated rules judge: today, or the day in the United Kingdom on which the item is to go, if later.

        What is handed in before an election's period for a moment inside it is so caught at once. None where neither
        is known. At the release today is the day of the release.
        """
        going = local(publish_at, COUNCIL_ZONE).date() if publish_at else None
        days = [day for day in (self.today, going) if day]
        return max(days) if days else None
