"""Rows for tests of the queue itself: an item and its deliveries as the desk would store them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from publisher.tables import DeliveryRow, ItemRow

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def item_row(item_id: str = "one", **changes: Any) -> ItemRow:
    """A draft of a news item."""
    values: dict[str, Any] = {
        "id": item_id,
        "kind": "news",
        "title": "Library opens late",
        "state": "draft",
        "publish_at": NOW,
        "slug": f"news/{item_id}",
        "link": f"https://www.example.gov.uk/news/{item_id}",
        "content": {"kind": "news", "title": "Library opens late"},
        "verdict": {},
        "author": "pat",
        "created_at": NOW,
    }
    return ItemRow(**(values | changes))


def delivery_row(item_id: str = "one", channel: str = "twitter", **changes: Any) -> DeliveryRow:
    """A waiting delivery of it."""
    values: dict[str, Any] = {
        "item_id": item_id,
        "channel": channel,
        "position": 0,
        "state": "waiting",
        "post": {},
        "digest": "0" * 64,
    }
    return DeliveryRow(**(values | changes))
