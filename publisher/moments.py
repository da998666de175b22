"""Moments as people give them, and when an item may still be announced."""

from __future__ import annotations

from datetime import datetime, timedelta

from publisher.errors import InputError
from publisher.item import Item, demand_time
from publisher.model import Kind
from publisher.times import local, parse_moment


def moment_given(text: str, zone_name: str, field: str) -> datetime:
    """A date and time as a person gives it, on the council's wall clock, as UTC. Raises InputError."""
    demand_time(text, field=field)
    return parse_moment(text, zone_name, field=field)


def demand_future(item: Item, now: datetime) -> None:
    """Raises InputError where the item's moment has passed, or its event will have begun by then."""
    if item.publish_at and item.publish_at < now - timedelta(minutes=1):
        raise InputError(
            f"{local(item.publish_at, item.timezone):%Y-%m-%d %H:%M} has passed",
            field="publish_at",
            way_out="Leave it out to publish now.",
        )
    over = over_at(item)
    if over is not None and (item.publish_at or now) >= over:
        raise InputError(
            "the event would be announced after it began",
            field="starts_at",
            way_out="Check the dates and the year.",
        )


def over_at(item: Item) -> datetime | None:
    """From when on an event is not announced: once it began, or, where it lasts whole days, ended. None for news."""
    if item.kind is not Kind.EVENT or item.starts_at is None:
        return None
    return (item.ends_at or item.starts_at + timedelta(days=1)) if item.all_day else item.starts_at
