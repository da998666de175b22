"""Channels whose way is against their platform's terms: who accepted that, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from publisher.doctor.check import Check, attention, wrong

if TYPE_CHECKING:
    from publisher.app import App

NAME = "risks"


def risks(app: App) -> Iterator[Check]:
    """Each such channel that is switched on: never simply good, since its account may be lost any day."""
    for one in app.risks.all():
        if not one.enabled or not one.risk:
            continue
        if one.row is None or not one.is_open:
            yield wrong(NAME, f"{one.channel} is closed ({one.standing}): {one.risk}", one.way_out)
            continue
        words = f"{one.channel}: {one.risk} Accepted by {one.row.accepted_by} until {one.row.review_on}."
        yield attention(NAME, words, one.way_out)
