"""Time at the edges: what people and CMSs write becomes an aware UTC moment, or a clear error."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from publisher.errors import InputError

COUNCIL_ZONE = "Europe/London"

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Outside these a year is a slip of the hand; inside, no zone or added day leaves what `datetime` can hold."""

CLOCK_SLACK = timedelta(minutes=5)
"""How far the clock may be behind what was written down before: time servers correct a good clock by less."""

_QUOTED = 60
"""How much of a wrong text an error shows."""


def zone(name: str, *, field: str = "timezone") -> ZoneInfo:
    """The time zone called `name` (IANA). Raises InputError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"{name[:_QUOTED]!r} is not a time zone", field=field, way_out="Use a name like Europe/London."
        ) from error


def parse_moment(text: str, zone_name: str, *, field: str) -> datetime:
    """An ISO 8601 date and time as UTC; without an offset it is wall-clock time in `zone_name`. Raises InputError.

    A wall-clock time that a clock change skips or repeats is refused: guessing would be an hour wrong.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(
            f"{text[:_QUOTED]!r} is not a date and time",
            field=field,
            way_out="Write it like 2026-12-01 09:00.",
        ) from error
    demand_year(moment.year, field=field)
    return (moment if moment.tzinfo else attach_zone(moment, zone_name, field=field)).astimezone(UTC)


def demand_year(year: int, *, field: str) -> None:
    """Raises InputError for a year that nobody means."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InputError(
            f"the year {year} is not between {FIRST_YEAR} and {LAST_YEAR}",
            field=field,
            way_out="Check the year.",
        )


def attach_zone(naive: datetime, zone_name: str, *, field: str) -> datetime:
    """Wall-clock time in a zone, refused where the clocks skip or repeat it. Raises InputError."""
    local = naive.replace(tzinfo=zone(zone_name))
    back = local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None)
    if back != naive:
        raise InputError(
            f"{naive:%Y-%m-%d %H:%M} does not exist in {zone_name}: the clocks go forward over it",
            field=field,
            way_out="Choose a time an hour later.",
        )
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        early, late = (local.replace(fold=fold).isoformat(timespec="minutes") for fold in (0, 1))
        raise InputError(
            f"{naive:%Y-%m-%d %H:%M} happens twice in {zone_name}: the clocks go back",
            field=field,
            way_out=f"Write {early} or {late}.",
        )
    return local


def start_of_day(day: date, zone_name: str) -> datetime:
    """Midnight at the start of `day` in the zone, as UTC."""
    return datetime.combine(day, time.min, zone(zone_name)).astimezone(UTC)


def local(moment: datetime, zone_name: str = COUNCIL_ZONE) -> datetime:
    """The same moment on a wall clock in the zone."""
    return moment.astimezone(zone(zone_name))
