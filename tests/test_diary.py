"""Diaries as offices really export them become items; private, broken and hostile ones do not slip through."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher import diary, repeats
from publisher.errors import InputError
from publisher.item import parse

LONDON = "Europe/London"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def calendar(*events: str, head: str = "") -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{head}{body}END:VCALENDAR\n".replace(
        "\n", "\r\n"
    ).encode()


def event(times: str, *more: str, uid: str = "1@example") -> str:
    return "\n".join((f"UID:{uid}", "SUMMARY:Council meeting", times, *more))


def read(*events: str, head: str = "", now: datetime | None = None) -> list[dict[str, object]]:
    items = diary.read(calendar(*events, head=head), default_zone=LONDON, now=now)
    for item in items:
        parse(item)
    return items


def only(*events: str, head: str = "", now: datetime | None = None) -> dict[str, object]:
    (item,) = read(*events, head=head, now=now)
    return item


def refused(data: bytes, said: str) -> InputError:
    with pytest.raises(InputError, match=said) as caught:
        diary.read(data, default_zone=LONDON)
    assert "\n" not in str(caught.value)
    assert caught.value.way_out
    return caught.value


OUTLOOK = """
CLASS:PUBLIC
CREATED:20261101T120000Z
DESCRIPTION:The full council meets. Members of the public are welcome\\, and
  may ask questions.\\n\\nAgenda: https://www.example.gov.uk/agenda\\n
DTEND;TZID="GMT Standard Time":20260615T210000
DTSTAMP:20261101T120000Z
DTSTART;TZID="GMT Standard Time":20260615T183000
LAST-MODIFIED:20261101T120000Z
LOCATION:Council Chamber\\; Town Hall
PRIORITY:5
SEQUENCE:2
SUMMARY;LANGUAGE=en-gb:Full council
TRANSP:OPAQUE
UID:040000008200E00074C5B7101A82E008
X-ALT-DESC;FMTTYPE=text/html:<html><body>other</body></html>
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
BEGIN:VALARM
TRIGGER:-PT15M
ACTION:DISPLAY
DESCRIPTION:Reminder
END:VALARM
"""
OUTLOOK_ZONE = """BEGIN:VTIMEZONE
TZID:GMT Standard Time
BEGIN:STANDARD
DTSTART:16011028T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0100
TZOFFSETTO:-0000
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T010000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:-0000
TZOFFSETTO:+0100
END:DAYLIGHT
END:VTIMEZONE
"""


def test_an_outlook_export_becomes_an_item() -> None:
    """Folded lines, escapes, Microsoft's zone names and alarms are read as Outlook means them."""
    assert only(OUTLOOK, head=OUTLOOK_ZONE) == {
        "kind": "event",
        "title": "Full council",
        "summary": "The full council meets. Members of the public are welcome, and may ask questions.",
        "body": "Agenda: https://www.example.gov.uk/agenda",
        "starts_at": "2026-06-15T18:30:00+01:00",
        "ends_at": "2026-06-15T21:00:00+01:00",
        "timezone": LONDON,
        "location": "Council Chamber; Town Hall",
        "external_id": "040000008200E00074C5B7101A82E008",
        "version": 2,
    }


def test_a_google_export_loses_its_html() -> None:
    """Google writes HTML into descriptions; posts are plain text, and a link keeps its address."""
    item = only(
        event(
            "DTSTART:20260615T090000Z",
            "DTEND:20260615T100000Z",
            r'DESCRIPTION:<p>Bring <b>ID</b> &amp\; <a href="https://www.example.gov.uk/book">book here</a>.</p>Free<br>Drop in',
            "STATUS:CONFIRMED",
        )
    )
    assert item["summary"] == "Bring ID & book here (https://www.example.gov.uk/book)."
    assert item["body"] == "Free\nDrop in"
    assert item["timezone"] == LONDON
    assert parse(item).starts_at == datetime(2026, 6, 15, 9, tzinfo=UTC)


def test_a_plone_export_without_sequence_has_a_version() -> None:
    """Plone writes no SEQUENCE; its LAST-MODIFIED orders versions instead, and URL is the item's link."""
    item = only(
        event(
            "DTSTART;TZID=Europe/London:20261201T090000",
            "LAST-MODIFIED:20261122T201000Z",
            "URL:https://www.example.gov.uk/events/fair",
        )
    )
    assert item["version"] == "2026-11-22T20:10:00+00:00"
    assert item["link"] == "https://www.example.gov.uk/events/fair"
    assert "ends_at" not in item


def test_a_link_is_taken_from_url_only() -> None:
    """An address in the text is not the item's page: only URL says which page is."""
    assert "link" not in only(event("DTSTART:20261201T090000Z", "DESCRIPTION:See https://elsewhere.example"))


def test_an_own_zone_is_read_by_its_rules() -> None:
    """A zone that only the file knows is applied, and shown to people in the council's own zone."""
    zone = (
        OUTLOOK_ZONE.replace("GMT Standard Time", "Our Office")
        .replace("-0000", "+0200")
        .replace("+0100", "+0300")
    )
    item = only(event("DTSTART;TZID=Our Office:20261201T090000"), head=zone)
    assert parse(item).starts_at == datetime(2026, 12, 1, 7, tzinfo=UTC)
    assert item["timezone"] == LONDON


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("20260601T090000", datetime(2026, 6, 1, 8, tzinfo=UTC)),
        ("20261201T090000", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("20261025T003000", datetime(2026, 10, 24, 23, 30, tzinfo=UTC)),
        ("20261025T023000", datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_the_councils(written: str, utc: datetime) -> None:
    """Floating times are wall-clock times in the given zone, summer time included."""
    assert parse(only(event(f"DTSTART:{written}"))).starts_at == utc


@pytest.mark.parametrize(
    ("written", "said"), [("20260329T013000", "does not exist"), ("20261025T013000", "happens twice")]
)
def test_a_time_that_the_clocks_skip_or_repeat_is_refused(written: str, said: str) -> None:
    """Guessing at a clock change would be an hour wrong for everybody; the event is named instead."""
    error = refused(calendar(event(f"DTSTART:{written}", uid="dst@example")), said)
    assert "dst@example" in error.field


@pytest.mark.parametrize(
    ("times", "last"),
    [
        ("DTSTART;VALUE=DATE:20261201", None),
        ("DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261202", None),
        ("DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261201", None),
        ("DTSTART;VALUE=DATE:20261201\nDURATION:P1D", None),
        ("DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261204", "2026-12-03"),
        ("DTSTART;VALUE=DATE:20261201\nDURATION:P3D", "2026-12-03"),
    ],
)
def test_an_all_day_event_ends_on_its_last_day(times: str, last: str | None) -> None:
    """The end in iCalendar is the day after; people and items mean the last day."""
    item = only(event(times))
    assert (item["starts_at"], item.get("ends_at"), item["all_day"]) == ("2026-12-01", last, True)


def test_a_duration_is_an_end() -> None:
    """DURATION stands for DTEND."""
    item = only(event("DTSTART;TZID=Europe/London:20261201T090000", "DURATION:PT1H30M"))
    assert item["ends_at"] == "2026-12-01T10:30:00+00:00"


def test_a_cancelled_event_says_so() -> None:
    """STATUS:CANCELLED arrives as a cancellation, never as an announcement."""
    assert only(event("DTSTART:20261201T090000Z", "STATUS:CANCELLED"))["status"] == "cancelled"
    assert only(event("DTSTART:20261201T090000Z"), head="METHOD:CANCEL\n")["status"] == "cancelled"
    assert "status" not in only(event("DTSTART:20261201T090000Z", "STATUS:CONFIRMED"))


@pytest.mark.parametrize("privacy", ["PRIVATE", "confidential"])
def test_a_private_event_is_left_out(privacy: str) -> None:
    """An entry marked private in somebody's calendar is never announced, and the person importing is told."""
    data = calendar(event(f"DTSTART:20261201T090000Z\nCLASS:{privacy}", uid="secret@example"))
    found = diary.read_noted(data, default_zone=LONDON)
    assert found.items == ()
    assert "secret@example" in found.notes[0]


WEEKLY = event(
    "DTSTART;TZID=Europe/London:20261006T180000",
    "DTEND;TZID=Europe/London:20261006T190000",
    "RRULE:FREQ=WEEKLY",
)


def test_of_a_repeating_event_one_date_is_taken_and_said() -> None:
    """A series is announced by one date, the first or the next, and a note says which."""
    assert only(WEEKLY)["starts_at"] == "2026-10-06T18:00:00+01:00"
    found = diary.read_noted(calendar(WEEKLY), default_zone=LONDON, now=NOW)
    assert found.items[0]["starts_at"] == "2026-12-01T18:00:00+00:00"
    assert found.items[0]["ends_at"] == "2026-12-01T19:00:00+00:00"
    assert found.notes == ("event '1@example' repeats; only its date (2026-12-01) was taken.",)


def test_a_date_that_began_today_is_over() -> None:
    """The next date is the next to begin: an hour after this week's began, it is next week's."""
    assert (
        only(WEEKLY, now=datetime(2026, 12, 1, 18, 0, tzinfo=UTC))["starts_at"] == "2026-12-01T18:00:00+00:00"
    )
    assert (
        only(WEEKLY, now=datetime(2026, 12, 1, 19, 0, tzinfo=UTC))["starts_at"] == "2026-12-08T18:00:00+00:00"
    )


def test_a_date_that_was_taken_out_is_not_announced() -> None:
    """A date that EXDATE or a cancelled change takes out of a series is passed over."""
    gone = WEEKLY + "\nEXDATE;TZID=Europe/London:20261201T180000"
    assert only(gone, now=NOW)["starts_at"] == "2026-12-08T18:00:00+00:00"
    called_off = event(
        "DTSTART;TZID=Europe/London:20261208T180000",
        "RECURRENCE-ID;TZID=Europe/London:20261208T180000",
        "STATUS:CANCELLED",
    )
    assert only(gone, called_off, now=NOW)["starts_at"] == "2026-12-15T18:00:00+00:00"


def test_a_date_that_was_moved_is_announced_where_it_is_now() -> None:
    """A changed date of a series takes the place of the one that it changes."""
    moved = event(
        "DTSTART;TZID=Europe/London:20261202T100000", "RECURRENCE-ID;TZID=Europe/London:20261201T180000"
    )
    assert only(WEEKLY, moved, now=NOW)["starts_at"] == "2026-12-02T10:00:00+00:00"


def test_a_moved_date_without_its_series_is_an_event_of_its_own() -> None:
    """An export of one changed date has no series beside it; its identity says which date it is."""
    item = only(event("DTSTART:20261202T100000Z", "RECURRENCE-ID:20261201T180000Z"))
    assert item["external_id"] == "1@example 2026-12-01T18:00:00+00:00"


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", "FREQ=DAILY;BYHOUR=9"]
)
def test_a_rule_that_is_not_understood_gives_the_first_date(rule: str) -> None:
    """A rule that cannot be worked out gives the first date and a note, never a wrong date."""
    data = calendar(event("DTSTART:20261201T090000Z", f"RRULE:{rule}"))
    found = diary.read_noted(data, default_zone=LONDON, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert found.items[0]["starts_at"] == "2026-12-01T09:00:00+00:00"
    assert "only its first date" in found.notes[0]


def test_a_series_that_is_over_says_so() -> None:
    """A series that ended has no date to come; the first one is given and the note says why."""
    data = calendar(event("DTSTART:20260106T180000Z", "RRULE:FREQ=WEEKLY;UNTIL=20260201T000000Z"))
    found = diary.read_noted(data, default_zone=LONDON, now=NOW)
    assert "no date to come" in found.notes[0]


def days(text: str, first: date, today: date, number: int) -> list[str]:
    rule: dict[str, Sequence[str]] = {
        name: value.split(",") for name, _, value in (part.partition("=") for part in text.split(";"))
    }
    assert repeats.understood(rule)
    return [day.isoformat() for day in islice(repeats.days(rule, first, today), number)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY", ["2026-01-06", "2026-01-07", "2026-01-08"]),
        ("FREQ=DAILY;INTERVAL=10", ["2026-01-06", "2026-01-16", "2026-01-26"]),
        ("FREQ=DAILY;COUNT=2", ["2026-01-06", "2026-01-07"]),
        ("FREQ=WEEKLY", ["2026-01-06", "2026-01-13", "2026-01-20"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", ["2026-01-06", "2026-01-08", "2026-01-20"]),
        ("FREQ=MONTHLY", ["2026-01-06", "2026-02-06", "2026-03-06"]),
        ("FREQ=MONTHLY;BYDAY=1TU", ["2026-01-06", "2026-02-03", "2026-03-03"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["2026-01-06", "2026-01-30", "2026-02-27"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["2026-01-06", "2026-01-31", "2026-02-28"]),
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=6", ["2026-01-06", "2026-03-06", "2026-05-06"]),
        ("FREQ=YEARLY", ["2026-01-06", "2027-01-06", "2028-01-06"]),
        ("FREQ=YEARLY;BYMONTH=5;BYDAY=1MO", ["2026-01-06", "2026-05-04", "2027-05-03"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", ["2026-01-06"]),
    ],
)
def test_days_follow_the_rule(rule: str, expected: list[str]) -> None:
    """The rules that councils use give the days that a calendar program shows; the first day always counts."""
    first = date(2026, 1, 6)
    assert days(rule, first, first, 3) == expected


def test_a_count_counts_from_the_first_day() -> None:
    """COUNT covers the dates gone by, so that a series that is over does not come back."""
    assert days("FREQ=WEEKLY;COUNT=3", date(2026, 1, 6), date(2026, 1, 10), 9) == ["2026-01-13", "2026-01-20"]
    assert days("FREQ=WEEKLY;COUNT=3", date(2026, 1, 6), date(2026, 3, 1), 9) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no event|not an iCalendar"),
        (b"hello", "not an iCalendar file"),
        (b"\x89PNG\r\n\x1a\n", "line 1 of the calendar is not UTF-8"),
        (calendar(), "no event"),
        (calendar(event("DTSTART:20261201T090000Z"))[:60], "no event|not an iCalendar"),
        (calendar(event("SEQUENCE:1")), "DTSTART: is missing"),
        (calendar(event("DTSTART:20261301T090000Z")), "DTSTART: cannot be read"),
        (calendar(event("DTSTART:soon")), "DTSTART: cannot be read"),
        (calendar(event("DTSTART:20261201T090000Z", "SEQUENCE:x")), "SEQUENCE: cannot be read"),
        (
            calendar(event("DTSTART:20261201T090000Z", "DTSTART:20261202T090000Z")),
            "DTSTART: is there more than once",
        ),
        (calendar(event("DTSTART:20261201T090000Z", "SUMMARY:Another")), "SUMMARY: is there more than once"),
        (
            calendar(event("DTSTART;TZID=Nowhere/Here:20261201T090000")),
            "time zone 'Nowhere/Here' is not known",
        ),
        (calendar(event("DTSTART;TZID=../../etc/passwd:20261201T090000")), "is not known"),
        (calendar(event("DTSTART:20261201T090000Z", "DTEND:20261201T080000Z")), "ends before it starts"),
        (
            calendar(event("DTSTART:20261201T090000Z", "DTEND;VALUE=DATE:20261202")),
            "a day where the start has a time",
        ),
        (calendar(event("DTSTART:20261201T090000Z", "DURATION:20261201")), "DURATION"),
        (calendar(event("DTSTART:99991231T235900Z", "DURATION:P9999D")), "year 9999"),
        (calendar(event("DTSTART:20261201T090000Z", "this line lost its folding")), "cannot be read"),
        (b"BEGIN:VEVENT\r\n" * 5_001, "at most 5000 events"),
        (
            b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 20_000 + b"END:X\r\n" * 20_000,
            "not an iCalendar|no event",
        ),
        (
            calendar(event("DTSTART:20261201T090000Z", "DESCRIPTION:" + "<a " * 50_000)),
            "more than 120000 characters",
        ),
        (b" " * (5 * 1024 * 1024 + 1), "at most 5 MB"),
    ],
)
def test_a_bad_calendar_is_one_clear_line(data: bytes, said: str) -> None:
    """Empty, foreign, cut off, contradictory or hostile: one line with a way out, never a guess."""
    refused(data, said)


def test_a_bad_event_is_named() -> None:
    """Among many events the one with the mistake is named by its UID."""
    data = calendar(
        *(event("DTSTART:20261201T090000Z", uid=f"good-{n}") for n in range(3)),
        event("DTSTART:soon", uid="bad-7"),
    )
    assert refused(data, "bad-7").field == "event 'bad-7' DTSTART"


def test_mistakes_that_reach_no_post_are_passed_over() -> None:
    """A damaged time stamp of the exporting program costs nobody the import."""
    assert (
        only(event("DTSTART:20261201T090000Z", "DTSTAMP:rubbish", "X-UNKNOWN;A=B:1"))["title"]
        == "Council meeting"
    )


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_calendar_is_an_input_error_and_nothing_else(data: st.DataObject) -> None:
    """Whatever bytes are changed or cut, the answer is items or an InputError: never a crash."""
    whole = bytearray(calendar(OUTLOOK, WEEKLY, head=OUTLOOK_ZONE))
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        diary.read(bytes(whole[: data.draw(st.integers(1, len(whole)))]), default_zone=LONDON, now=NOW)
    except InputError as error:
        assert error.way_out  # noqa: PT017  # both outcomes are right


def test_what_the_website_offers_can_be_read_back() -> None:
    """Our own feed is a calendar like any other: reading it gives the event that was published."""
    record = {
        "id": "abc", "url": "https://www.example.gov.uk/events/fair", "title": "Fair", "summary": "All welcome.",
        "location": "Market Place", "published_at": NOW.isoformat(), "updated_at": None, "timezone": LONDON,
        "starts_at": "2026-12-01T00:00:00+00:00", "ends_at": "2026-12-03T23:59:59+00:00", "all_day": True,
    }  # fmt: skip
    (item,) = diary.read(diary.feed([record], name="Diary"), default_zone=LONDON)
    assert (item["title"], item["starts_at"], item["ends_at"]) == ("Fair", "2026-12-01", "2026-12-03")
    assert item["link"] == record["url"]
