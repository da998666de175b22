"""The website's diary as an iCalendar feed (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from publisher.times import local

PRODUCT = "-//council-publisher//website diary//EN"
REFRESH = timedelta(hours=1)
"""How often a calendar program should look again (RFC 7986, section 5.7)."""


def feed(records: Iterable[Mapping[str, Any]], *, name: str) -> bytes:
    """An iCalendar feed of page records (publisher/pages.py) that are events and are published.

    Times are UTC, which needs no VTIMEZONE and no reader can get wrong; a day-long event has DATE values with an
    exclusive end (RFC 5545, section 3.6.1). Same records, same bytes.
    """
    calendar = _calendar(METHOD="PUBLISH", NAME=name)
    calendar.add("X-WR-CALNAME", name)
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    for record in records:
        calendar.add_component(_event(record))
    return bytes(calendar.to_ical())


def cancelled(record: Mapping[str, Any], now: datetime) -> bytes:
    """What tells a calendar that holds this one event to strike it out (RFC 5545, section 3.8.1.11); without its words."""
    import icalendar

    calendar = _calendar(METHOD="PUBLISH")
    event = icalendar.Event()
    event.add("UID", _uid(record))
    event.add("DTSTAMP", now)
    event.add("SEQUENCE", 1)
    event.add("STATUS", "CANCELLED")
    event.add("SUMMARY", "Withdrawn")
    event.add("URL", record["url"])
    for field, value in _span(record).items():
        event.add(field, value)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _calendar(**more: str) -> Any:
    import icalendar

    calendar = icalendar.Calendar()
    for name, value in {"PRODID": PRODUCT, "VERSION": "2.0", **more}.items():
        calendar.add(name, value)
    return calendar


def _uid(record: Mapping[str, Any]) -> str:
    return f"{record['id']}@{urlsplit(record['url']).hostname}"


def _event(record: Mapping[str, Any]) -> Any:
    import icalendar

    event = icalendar.Event()
    stamp = moment(record.get("updated_at") or record["published_at"])
    event.add("UID", _uid(record))
    event.add("DTSTAMP", stamp)
    event.add("LAST-MODIFIED", stamp)
    event.add("SUMMARY", record["title"])
    event.add("STATUS", "CONFIRMED")
    event.add("URL", record["url"])
    event.add("DESCRIPTION", "\n\n".join(filter(None, (record["summary"], record["url"]))))
    if record["location"]:
        event.add("LOCATION", record["location"])
    for field, value in _span(record).items():
        event.add(field, value)
    return event


def _span(record: Mapping[str, Any]) -> Mapping[str, date]:
    starts = moment(record["starts_at"])
    ends = moment(record["ends_at"]) if record["ends_at"] else None
    if not record["all_day"]:
        return {"DTSTART": starts} | ({"DTEND": ends} if ends and ends > starts else {})
    first = local(starts, record["timezone"]).date()
    # The end is the last second of the last day, or the midnight after it: both mean that day.
    last = local(ends - timedelta(seconds=1), record["timezone"]).date() if ends else first
    return {"DTSTART": first, "DTEND": max(first, last) + timedelta(days=1)}


def moment(text: str) -> datetime:
    """A stored moment (ISO 8601 with offset) as UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
