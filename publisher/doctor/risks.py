"""Channels whose way is against their platform's terms: who accepted that, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from publisher.doctor.check import Check, attention, wrong
from publisher.risks import Standing

if TYPE_CHECKING:
    from publisher.app import App

NAME = "risks"
_STANDS = (Standing.ACCEPTED, Standing.DUE)


def risks(app: App) -> Iterator[Check]:
    """Each such channel that is switched on: never simply good, since its account may be lost any day."""
    for one in app.risks.all():
        if not one.enabled or not one.risk:
            continue
        if one.standing not in _STANDS or one.row is None:
            yield wrong(
                NAME, f"{one.channel} is closed ({one.standing}): {one.risk}", _ACCEPT.format(one.channel)
            )
            continue
        words = f"{one.channel}: {one.risk} Accepted by {one.row.accepted_by} until {one.row.review_on}."
        yield attention(NAME, words, _ACCEPT.format(one.channel) if one.standing is Standing.DUE else _PREFER)


_ACCEPT = "A director decides with `publisher risk accept {} --reason TEXT --review DATE`; else set enabled = false."
_PREFER = 'Use the official way (adapter = "instagram") as soon as the account can.'
