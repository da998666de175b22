"""Waits until what was handed in goes on no more by itself: a rehearsal tells then what became of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from publisher.app import App
from publisher.model import DeliveryState, ItemState
from publisher.tables import DeliveryRow, ItemRow

RESTS_WITHIN = 90.0
"""Seconds: several times what a slow machine with two busy cores was seen to need on a good day.

The longest bad day, a platform that asks to wait for a minute, takes little more than one.
"""
_MOVING = frozenset({DeliveryState.WAITING, DeliveryState.STAGED, DeliveryState.SENDING})

Found = Sequence[tuple[ItemRow, Sequence[DeliveryRow]]]


def at_rest(app: App, ids: Sequence[str]) -> Found:
    """The items once nothing of them goes on by itself, or as they stand when the time is up."""
    until, moment = time.monotonic() + RESTS_WITHIN, app.now() + timedelta(seconds=RESTS_WITHIN)
    while True:
        found = [(app.queue.item(item_id), app.queue.deliveries(item_id)) for item_id in ids]
        if not any(_goes_on(item, rows, moment) for item, rows in found) or time.monotonic() > until:
            return found
        time.sleep(0.05)


def _goes_on(item: ItemRow, rows: Sequence[DeliveryRow], until: datetime) -> bool:
    """Whether something happens by itself before `until`: what waits for an hour is not waited for."""
    if item.state in {ItemState.BLOCKED, ItemState.HELD}:
        return False
    soon = [row for row in rows if row.due_at is None or row.due_at <= until]
    moving = any(row.state in _MOVING or row.due_at is not None for row in soon)
    return (
        moving
        or item.state == ItemState.QUEUED
        or (item.state == ItemState.RELEASING and len(soon) == len(rows))
    )
