"""Who stopped an item, for whoever decides on it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from publisher.holding import HELD, SOMEBODY, holder
from publisher.leaving import CAUSE
from publisher.model import ItemState
from publisher.moves import MOVED
from publisher.record import Event


def stoppers(events: Iterable[Event]) -> list[str]:
    """Everyone who stopped it since it was last let go on; first whoever asked for that in a concern, who must stay in sight.

    Not who suspended its officer: that is said of the officer.
    """
    found: dict[str, None] = {}
    for event in events:
        if event.action == HELD and event.detail.get("cause") != CAUSE:
            found[event.actor] = None
        elif event.action == MOVED and event.channel is None and event.after == ItemState.QUEUED:
            found.clear()
    return sorted(found, key=lambda by: by != SOMEBODY)


def still_stopped_by(events: Sequence[Event]) -> list[str]:
    """Everyone whose word keeps it from going, whoever suspended its officer among them; empty where nobody's does."""
    return (stoppers(events) or [holder(events)]) if holder(events) else []
