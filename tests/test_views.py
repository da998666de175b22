"""The JSON shapes that programs rely on (DESIGN §10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from publisher import views
from publisher.record import Event
from publisher.tables import DeliveryRow, ItemRow

LIVE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def item(**changes: Any) -> ItemRow:
    """An item that is out."""
    values: dict[str, Any] = {
        "id": "k3md8s2p", "kind": "news", "title": "Library opens late", "state": "published", "publish_at": LIVE,
        "slug": "news/library", "link": "https://www.example.gov.uk/news/library/?c=k3md8s2p", "content": {"kind": "news"},
        "verdict": {"verdict": "clear", "findings": [], "policy": "p", "digest": "d"}, "author": "sam", "created_at": LIVE,
        "page_live_at": LIVE,
    }  # fmt: skip
    return ItemRow(**values | changes)


def delivery(channel: str, after_ms: int | None, *, page: bool = False, **changes: Any) -> DeliveryRow:
    """A delivery sent so many milliseconds after the page was live; None: not sent."""
    sent_at = None if after_ms is None else LIVE + timedelta(milliseconds=after_ms)
    values: dict[str, Any] = {
        "item_id": "k3md8s2p", "channel": channel, "position": 0, "state": "sent" if sent_at else "waiting",
        "post": {"page": {"path": "news/library/"} if page else None}, "digest": "d", "seal": "s3al", "sent_at": sent_at,
    }  # fmt: skip
    return DeliveryRow(**values | changes)


def test_a_summary_is_the_contracts_shape() -> None:
    """`list --json`: url, reason and sent_at only where there is one."""
    rows = [
        delivery("website", 0, page=True, url="https://a.example"),
        delivery("facebook", None, reason="Busy"),
    ]
    assert views.summary(item(), rows) == {
        "id": "k3md8s2p",
        "kind": "news",
        "title": "Library opens late",
        "state": "published",
        "publish_at": "2026-12-01T09:00:00+00:00",
        "deliveries": [
            {
                "channel": "website",
                "state": "sent",
                "url": "https://a.example",
                "sent_at": "2026-12-01T09:00:00+00:00",
            },
            {"channel": "facebook", "state": "waiting", "reason": "Busy"},
        ],
    }


def test_what_was_released_is_the_rehearsals_shape() -> None:
    """`demo --json`: offsets from the page going live, and the spread between the platforms."""
    rows = [delivery("website", 0, page=True), delivery("facebook", 900), delivery("twitter", 950)]
    shown = views.released(item(), rows)
    assert {"id", "kind", "title", "state", "page_live_at", "spread_ms", "deliveries"} == set(shown)
    assert shown["spread_ms"] == 50
    assert [row["offset_ms"] for row in shown["deliveries"]] == [0, 900, 950]
    assert {"channel", "state", "url", "sent_at", "offset_ms"} <= set(shown["deliveries"][0])


def test_the_page_does_not_count_in_the_spread() -> None:
    """The page goes first by design: the spread is between the platforms."""
    assert views.spread([delivery("website", 0, page=True)]) is None
    assert views.spread([delivery("website", 0, page=True), delivery("twitter", 700)]) == 0


def test_nothing_shown_holds_the_seal() -> None:
    """The seal that lets a post go is shown to nobody."""
    event = Event(1, LIVE, "sam", "", "created", "k3md8s2p", None, None, "", "draft", "", "h", {})
    shown = views.detail(item(), [delivery("facebook", 5)], [event])
    assert "s3al" not in repr(shown)
    assert shown["events"][0]["actor"] == "sam"


@given(st.integers(-10_000_000, 10_000_000))
def test_offsets_are_whole_milliseconds(after: int) -> None:
    """An offset is the difference of the two moments shown, rounded down to a millisecond."""
    sent = LIVE + timedelta(microseconds=after)
    offset = views.milliseconds(LIVE, sent)
    assert offset is not None
    assert 0 <= after - offset * 1000 < 1000
