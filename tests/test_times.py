"""Time at the edges: what people and CMSs write, clock changes included."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import EXIT_INPUT, InputError
from publisher.times import FIRST_YEAR, LAST_YEAR, attach_zone, local, parse_moment, start_of_day, zone

LONDON = "Europe/London"
ZONES = st.sampled_from(
    [LONDON, "Europe/Paris", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe", "UTC"]
)
MOMENTS = st.datetimes(
    min_value=datetime(FIRST_YEAR, 1, 3),  # noqa: DTZ001  # hypothesis adds the zone
    max_value=datetime(LAST_YEAR, 12, 29),  # noqa: DTZ001  # as above
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("written", "zone_name", "utc"),
    [
        ("2026-12-01 09:00", LONDON, "2026-12-01T09:00:00+00:00"),
        ("2027-06-01 09:00", LONDON, "2027-06-01T08:00:00+00:00"),
        ("2027-06-01T09:00:30", LONDON, "2027-06-01T08:00:30+00:00"),
        (" 2027-06-01 09:00\n", LONDON, "2027-06-01T08:00:00+00:00"),
        ("2027-06-01T09:00Z", LONDON, "2027-06-01T09:00:00+00:00"),
        ("2027-06-01T09:00+05:30", LONDON, "2027-06-01T03:30:00+00:00"),
        ("2027-06-01 09:00", "America/New_York", "2027-06-01T13:00:00+00:00"),
        ("2027-03-28 00:59", LONDON, "2027-03-28T00:59:00+00:00"),
        ("2027-03-28 02:00", LONDON, "2027-03-28T01:00:00+00:00"),
        ("2027-10-31 00:59", LONDON, "2027-10-30T23:59:00+00:00"),
        ("2027-10-31 02:00", LONDON, "2027-10-31T02:00:00+00:00"),
        ("2027-10-31T01:30+01:00", LONDON, "2027-10-31T00:30:00+00:00"),
        ("2027-10-31T01:30+00:00", LONDON, "2027-10-31T01:30:00+00:00"),
    ],
)
def test_what_is_written_is_the_moment_that_is_meant(written: str, zone_name: str, utc: str) -> None:
    """Without an offset it is the zone's wall clock, summer time included; an offset says what it says."""
    moment = parse_moment(written, zone_name, field="publish_at")
    assert moment.isoformat() == utc
    assert moment.tzinfo == UTC


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    """28 March 2027, 01:30 in London does not exist; to guess would be an hour wrong."""
    with pytest.raises(
        InputError, match=r"publish_at: 2027-03-28 01:30 does not exist in Europe/London.*an hour later"
    ) as caught:
        parse_moment("2027-03-28 01:30", LONDON, field="publish_at")
    assert caught.value.field == "publish_at"
    assert caught.value.exit_code == EXIT_INPUT


def test_a_time_that_the_clocks_repeat_is_refused_with_both_readings() -> None:
    """31 October 2027, 01:30 in London happens twice: the officer is shown how to write each, and either is taken."""
    with pytest.raises(InputError) as caught:
        parse_moment("2027-10-31 01:30", LONDON, field="starts_at")
    assert caught.value.way_out == "Write 2027-10-31T01:30+01:00 or 2027-10-31T01:30+00:00."
    early, late = (
        parse_moment(text, LONDON, field="starts_at")
        for text in ("2027-10-31T01:30+01:00", "2027-10-31T01:30+00:00")
    )
    assert late - early == timedelta(hours=1)


@pytest.mark.parametrize(
    "when",
    ["2027-10-31 01:00", "2027-10-31 01:59:59.999999", "2027-03-28 01:00", "2027-03-28 01:59:59.999999"],
)
def test_the_whole_hour_of_a_clock_change_is_refused(when: str) -> None:
    """The edges of the skipped and the repeated hour belong to it."""
    with pytest.raises(InputError):
        parse_moment(when, LONDON, field="publish_at")


def test_a_day_that_a_zone_skipped_is_refused() -> None:
    """Samoa had no 30 December 2011."""
    with pytest.raises(InputError, match="does not exist in Pacific/Apia"):
        parse_moment("2011-12-30 12:00", "Pacific/Apia", field="starts_at")


@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        " ",
        "tomorrow",
        "1 December 2026",
        "2026-13-01 09:00",
        "2026-02-30 09:00",
        "2026-12-01 25:00",
        "2026-12-01 09:60",
        "01/12/2026 09:00",
        "2026-12-01 09:00 pm",
        "2026-12-01T09:00+99:00",
        "\ud800",
        "\0",
        "9" * 10_000,
        "\uff12\uff10\uff12\uff16-12-01 09:00",
    ],
)
def test_what_is_no_date_and_time_is_one_clear_line(rubbish: str) -> None:
    """It names the field, shows how to write it, and stays short however long the rubbish is."""
    with pytest.raises(
        InputError, match=r"is not a date and time\. Write it like 2026-12-01 09:00\."
    ) as caught:
        parse_moment(rubbish, LONDON, field="ends_at")
    assert str(caught.value).startswith("ends_at: ")
    assert len(str(caught.value)) < 300
    str(caught.value).encode()


@pytest.mark.parametrize(
    "edge",
    [
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-12:00",
        "0001-01-01 00:00",
        "9999-12-31 23:59:59",
        "1899-12-31 23:59",
        "3000-01-01 00:00",
    ],
)
@pytest.mark.parametrize("zone_name", [LONDON, "Asia/Tokyo", "America/New_York"])
def test_years_that_nobody_means_are_refused(edge: str, zone_name: str) -> None:
    """The ends of the calendar, where arithmetic would overflow, are told as a wrong year."""
    with pytest.raises(InputError, match="is not between 1900 and 2999"):
        parse_moment(edge, zone_name, field="publish_at")


@pytest.mark.parametrize(
    "name",
    ["", "Nowhere/Land", "../etc/passwd", "/etc/localtime", "Europe", "a" * 5_000, "\0", "\ud800", "GMT+25"],
)
def test_what_is_no_time_zone_is_one_clear_line(name: str) -> None:
    """Whatever stands where a zone should, a path included, is refused by the field's name, and nothing is opened."""
    with pytest.raises(InputError, match="is not a time zone") as caught:
        zone(name)
    assert caught.value.field == "timezone"
    assert len(str(caught.value)) < 400


@given(MOMENTS, ZONES)
def test_what_a_wall_clock_shows_reads_back_as_the_same_moment(moment: datetime, zone_name: str) -> None:
    """local() and parse_moment() undo each other at every moment, both readings of a repeated hour included."""
    assert parse_moment(local(moment, zone_name).isoformat(), "Asia/Tokyo", field="x") == moment


@given(MOMENTS, ZONES)
def test_a_wall_clock_time_is_taken_only_where_it_means_one_moment(moment: datetime, zone_name: str) -> None:
    """A naive time is either refused or is the one moment at which the zone's clocks show it."""
    naive = local(moment, zone_name).replace(tzinfo=None, fold=0)
    readings = {naive.replace(tzinfo=ZoneInfo(zone_name), fold=fold).astimezone(UTC) for fold in (0, 1)}
    if len(readings) == 1:
        assert attach_zone(naive, zone_name, field="x") == moment
    else:
        with pytest.raises(InputError):
            attach_zone(naive, zone_name, field="x")


@given(MOMENTS, st.integers(-23 * 60, 23 * 60))
def test_an_offset_is_believed_whatever_the_zone(moment: datetime, minutes: int) -> None:
    """The zone matters only where no offset is written."""
    written = moment.astimezone(timezone(timedelta(minutes=minutes)))
    if FIRST_YEAR <= written.year <= LAST_YEAR:
        assert parse_moment(written.isoformat(), LONDON, field="x") == moment


def test_a_day_begins_at_its_own_midnight() -> None:
    """In summer London's day begins at 23:00 UTC the day before."""
    assert start_of_day(date(2027, 6, 1), LONDON) == datetime(2027, 5, 31, 23, tzinfo=UTC)
    assert start_of_day(date(2027, 1, 1), LONDON) == datetime(2027, 1, 1, tzinfo=UTC)
    assert local(datetime(2027, 6, 1, 8, tzinfo=UTC)).isoformat() == "2027-06-01T09:00:00+01:00"
