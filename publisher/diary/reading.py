"""An officer's iCalendar file (RFC 5545) as items: what calendars really export, and what must not be guessed."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from publisher import repeats
from publisher.errors import InputError
from publisher.item import MAX_SUMMARY
from publisher.times import attach_zone

Moment = date
"""A day, or (a subclass) a moment in time."""
MAX_BYTES = 5 * 1024 * 1024
MAX_EVENTS = 5_000
_USED = frozenset(
    {None, "DTSTART", "DTEND", "DURATION", "RRULE", "EXDATE", "RECURRENCE-ID", "SEQUENCE", "LAST-MODIFIED"}
)
"""A mistake in one of these stops the import; None is a line that is no iCalendar at all. Others do not reach a post."""
_PRIVATE = frozenset({"PRIVATE", "CONFIDENTIAL"})
_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT"})
_EXPORT = "Export the calendar again as iCalendar (.ics) in UTF-8."
# Web calendars write HTML into texts. No pattern may look far ahead, or a hostile text would keep us busy for hours.
MAX_HTML = 120_000
_INLINE = re.compile(r"</?(?:b|i|u|em|strong|span|font)(?:\s[^<>]*)?>", re.IGNORECASE)
_PARAGRAPH = re.compile(r"</(?:p|div|ul|ol|h\d)>\s*", re.IGNORECASE)
_BREAK = re.compile(r"<br\s?/?>\n?|</li>\s*", re.IGNORECASE)
_ANCHOR = re.compile(r'<a\s[^<>]{0,200}?href="([^"<>]{1,800})"[^<>]{0,200}>([^<]{0,500})</a>', re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in a diary: items as JSON values (DESIGN §10), and what a person should know of each."""

    items: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]


def read(data: bytes, *, default_zone: str, now: datetime | None = None) -> list[dict[str, Any]]:
    """The events of an iCalendar file as items in JSON; see `read_noted`, which also says what was left out."""
    return list(read_noted(data, default_zone=default_zone, now=now).items)


def read_noted(data: bytes, *, default_zone: str, now: datetime | None = None) -> Reading:
    """The events of an iCalendar file (RFC 5545) as items in JSON, with notes. Raises InputError that names the event.

    Times without a zone are wall-clock times in `default_zone`. Of a repeating event one date is taken: the first, or,
    given `now` (aware), the next. Private events are left out.
    """
    notes: list[str] = []
    public = [event for event in _events(data) if not _is_private(event, notes)]
    series = {_text(event, "UID") for event in public if "RECURRENCE-ID" not in event}
    changes: dict[str, dict[Moment, Any]] = {uid: {} for uid in series}
    ours = []
    for event in public:
        if "RECURRENCE-ID" in event and _text(event, "UID") in series:
            changes[_text(event, "UID")][_one(event, "RECURRENCE-ID").dt] = event
        else:
            ours.append(event)
    items = [
        _checked_item(event, changes.get(_text(event, "UID"), {}), default_zone, now, notes) for event in ours
    ]
    return Reading(tuple(items), tuple(notes))


def _events(data: bytes) -> list[Any]:
    events = [event for calendar in _calendars(_decoded(data)) for event in _walked(calendar)]
    if not events:
        raise InputError("there is no event in the calendar", way_out=_EXPORT)
    for event in events:
        for name, message in event.errors:
            if name in _USED:
                raise _fault(event, name or "", f"cannot be read: {message}")
    return events


def _walked(calendar: Any) -> Sequence[Any]:
    """The calendar's events; in one that cancels (RFC 5546, section 3.2.5) each is cancelled."""
    events: Sequence[Any] = calendar.walk("VEVENT")
    if str(calendar.get("METHOD", "")).upper() == "CANCEL":
        for event in events:
            event["STATUS"] = "CANCELLED"
    return events


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise InputError(f"a calendar is at most {MAX_BYTES // 1024**2} MB", way_out="Export fewer months.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(f"line {line} of the calendar is not UTF-8", way_out=_EXPORT) from error
    if text.upper().count("BEGIN:VEVENT") > MAX_EVENTS:
        raise InputError(f"a calendar has at most {MAX_EVENTS} events", way_out="Export fewer months.")
    return text


def _calendars(text: str) -> list[Any]:
    import icalendar

    try:
        return list(icalendar.Calendar.from_ical(text, multiple=True))
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"not an iCalendar file: {reason}", way_out=_EXPORT) from error


def _fault(
    event: Any, name: str, message: str, way_out: str = "Mend it in the calendar, and export again."
) -> InputError:
    return InputError(
        " ".join(message.split())[:300], field=f"{_label(event)} {name}".strip(), way_out=way_out
    )


def _label(event: Any) -> str:
    return f"event {str(event.get('UID') or event.get('SUMMARY') or 'without UID')[:80]!r}"


def _one(event: Any, name: str) -> Any:
    value = event.get(name)
    if isinstance(value, list):
        raise _fault(event, name, "is there more than once")
    return value


def _text(event: Any, name: str) -> str:
    """A text of the event without the HTML that web calendars put into it."""
    text = str(_one(event, name) or "").replace("\r\n", "\n")
    if len(text) > MAX_HTML:
        raise _fault(
            event,
            name,
            f"has more than {MAX_HTML} characters",
            "Shorten it in the calendar, and export again.",
        )
    text = _BREAK.sub("\n", _PARAGRAPH.sub("\n\n", _INLINE.sub("", text)))
    return html.unescape(_TAG.sub("", _ANCHOR.sub(_with_address, text))).strip()


def _with_address(link: re.Match[str]) -> str:
    address, words = link.groups()
    return address if words.strip() == address else f"{words} ({address})"


def _is_private(event: Any, notes: list[str]) -> bool:
    private = _text(event, "CLASS").upper() in _PRIVATE
    if private:
        notes.append(f"{_label(event)} is marked private and was left out.")
    return private


def _checked_item(
    event: Any, changes: Mapping[Moment, Any], default_zone: str, now: datetime | None, notes: list[str]
) -> dict[str, Any]:
    try:
        return _item(event, changes, default_zone, now, notes)
    except OverflowError as error:
        raise _fault(event, "", "its dates leave the calendar, which ends with the year 9999") from error


def _item(
    event: Any, changes: Mapping[Moment, Any], default_zone: str, now: datetime | None, notes: list[str]
) -> dict[str, Any]:
    starts, ends = _times(event, default_zone)
    if "RRULE" in event or "RDATE" in event:
        dropped = _excluded(event, default_zone) | {
            when for when, change in changes.items() if _is_cancelled(change)
        }
        chosen = _next(event, starts, dropped, now, notes)
        starts, ends = chosen, ends + (chosen - starts) if ends else None
        if starts in changes and starts not in dropped:
            event = changes[starts]
            starts, ends = _times(event, default_zone)
    summary, body = _paragraphs(_text(event, "DESCRIPTION"))
    found = {
        "kind": "event",
        "title": _text(event, "SUMMARY"),
        "summary": summary,
        "body": body,
        **_written(starts, ends, default_zone),
        "location": _text(event, "LOCATION"),
        "link": str(_one(event, "URL") or "").strip(),
        "external_id": _identity(event),
        "version": _version(event),
        "status": "cancelled" if _is_cancelled(event) else None,
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


def _is_cancelled(event: Any) -> bool:
    return _text(event, "STATUS").upper() == "CANCELLED"


def _identity(event: Any) -> str:
    """The UID; a changed date whose series is not in the file is an event of its own."""
    when = _one(event, "RECURRENCE-ID")
    return _text(event, "UID") + (f" {when.dt.isoformat()}" if when else "")


def _version(event: Any) -> int | str | None:
    """SEQUENCE, else LAST-MODIFIED: Plone writes only that."""
    sequence, modified = _one(event, "SEQUENCE"), _one(event, "LAST-MODIFIED")
    if sequence is not None:
        return int(sequence)
    return str(modified.dt.isoformat()) if modified else None


def _paragraphs(text: str) -> tuple[str, str]:
    """The first paragraph is the summary, the rest the body; all is the body where the first is too long."""
    first, _, rest = text.partition("\n\n")
    return (first.strip(), rest.strip()) if len(first) <= MAX_SUMMARY else ("", text)


def _times(event: Any, default_zone: str) -> tuple[Moment, Moment | None]:
    """Start and end: both moments, or both days, the end then exclusive (RFC 5545, section 3.6.1)."""
    starts = _when(event, "DTSTART", default_zone)
    if starts is None:
        raise _fault(event, "DTSTART", "is missing")
    ends = _when(event, "DTEND", default_zone) or _after(event, starts)
    if ends is not None and isinstance(ends, datetime) != isinstance(starts, datetime):
        raise _fault(event, "DTEND", "is a day where the start has a time, or the other way round")
    if ends is not None and ends < starts:
        raise _fault(event, "DTEND", "the event ends before it starts")
    return starts, ends


def _after(event: Any, starts: Moment) -> Moment | None:
    duration = _one(event, "DURATION")
    if duration is None:
        return None
    if not isinstance(duration.dt, timedelta):
        raise _fault(event, "DURATION", "is not a length of time")
    return starts + duration.dt


def _when(event: Any, name: str, default_zone: str) -> Moment | None:
    value = _one(event, name)
    return None if value is None else _placed(event, name, value, default_zone)


def _placed(event: Any, name: str, value: Any, default_zone: str) -> Moment:
    """A day, or an aware moment; a time without a zone is one in `default_zone`."""
    when = value.dt
    if not isinstance(when, date):
        raise _fault(event, name, "is neither a date nor a time")
    if not isinstance(when, datetime) or when.tzinfo:
        return when
    if zone_name := value.params.get("TZID"):
        raise _fault(event, name, f"the time zone {zone_name!r} is not known")
    return attach_zone(when, default_zone, field=f"{_label(event)} {name}")


def _written(starts: Moment, ends: Moment | None, default_zone: str) -> dict[str, Any]:
    """The times as an item has them: an all-day event ends on its last day, not on the day after it."""
    if isinstance(starts, datetime):
        key = getattr(starts.tzinfo, "key", None)
        zone_name = default_zone if key is None or key in _UTC_NAMES else key
        end = ends.isoformat() if ends and ends > starts else None
        return {"starts_at": starts.isoformat(), "ends_at": end, "timezone": zone_name}
    last = ends - timedelta(days=1) if ends else starts
    end = last.isoformat() if last > starts else None
    return {"starts_at": starts.isoformat(), "ends_at": end, "all_day": True, "timezone": default_zone}


def _excluded(event: Any, default_zone: str) -> set[Moment]:
    given = event.get("EXDATE", [])
    return {
        _placed(event, "EXDATE", value, default_zone)
        for dates in (given if isinstance(given, list) else [given])
        for value in dates.dts
    }


def _next(event: Any, first: Moment, dropped: set[Moment], now: datetime | None, notes: list[str]) -> Any:
    """The first date of a series, or the next from `now`; what was taken is noted."""
    rule = _one(event, "RRULE")
    if rule is None or not repeats.understood(rule):
        notes.append(
            f"{_label(event)} repeats in a way that is not worked out here; only its first date was taken."
        )
        return first
    today = (
        _day(first) if now is None else max(_day(first), now.astimezone(getattr(first, "tzinfo", UTC)).date())
    )
    dates = (first + (day - _day(first)) for day in repeats.days(rule, _day(first), today))
    wanted = (when for when in dates if when not in dropped and _not_over(when, now) and _in_time(when, rule))
    chosen = next(wanted, None)
    which = "has no date to come; its first" if chosen is None else "repeats; only its date"
    chosen = first if chosen is None else chosen
    notes.append(f"{_label(event)} {which} ({_day(chosen)}) was taken.")
    return chosen


def _day(when: Moment) -> date:
    return when.date() if isinstance(when, datetime) else when


def _not_over(when: Moment, now: datetime | None) -> bool:
    return now is None or not isinstance(when, datetime) or when >= now


def _in_time(when: Moment, rule: Mapping[str, Sequence[Any]]) -> bool:
    """Whether a date is not after the rule's UNTIL, which may be a day, a UTC moment or a wall-clock time."""
    until = rule["UNTIL"][0] if "UNTIL" in rule else None
    if until is None:
        return True
    if isinstance(until, datetime) and isinstance(when, datetime) and until.tzinfo:
        return when <= until
    return _day(when) <= _day(until)
