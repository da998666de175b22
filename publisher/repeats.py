"""On which days a repeating event is (RFC 5545, section 3.3.10): the rules that diaries use, decided day by day. Pure.

No library that expands rules is used: some rules never end and some never begin, and a calendar from outside must not
be able to keep us busy. A day is asked about, at most DAYS_AHEAD of them, and the answer is yes or no.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

DAYS_AHEAD = 800
"""How far ahead a next date is looked for: two years and a little, enough for a yearly event."""
DAYS_COUNTED = 366 * 20
"""How long ago an event with a COUNT may have begun; each date since then has to be counted."""
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST"})
_BYDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_MONTHS = 12
_WEEK = 7

Rule = Mapping[str, Sequence[Any]]
"""An RRULE's parts; each value is a list, as in BYDAY=MO,TU."""


def understood(rule: Rule) -> bool:
    """Whether `days` can answer for this rule: daily to yearly, by weekday, day of the month and month."""
    names = {name.upper() for name in rule}
    return (
        names <= _KNOWN and _frequency(rule) in _STEPS and all(map(_BYDAY.fullmatch, _texts(rule, "BYDAY")))
    )


def days(rule: Rule, first: date, today: date) -> Iterator[date]:
    """The rule's days on or after `today`, in order, none more than DAYS_AHEAD after it. UNTIL is left to the caller."""
    count = int(rule["COUNT"][0]) if "COUNT" in rule else None
    begin = first if count is not None else max(first, today)
    if (today - first).days > DAYS_COUNTED and count is not None:
        return
    seen = 0
    for day in _each_day(begin, max(first, today)):
        if day == first or _matches(rule, first, day):
            seen += 1
            if count is not None and seen > count:
                return
            if day >= today:
                yield day


def _each_day(begin: date, today: date) -> Iterator[date]:
    length = min((today - begin).days + DAYS_AHEAD, (date.max - begin).days)
    return (begin + timedelta(days=number) for number in range(length + 1))


def _matches(rule: Rule, first: date, day: date) -> bool:
    interval = max(1, int(rule["INTERVAL"][0])) if "INTERVAL" in rule else 1
    months = [int(month) for month in rule.get("BYMONTH", ())]
    if months and day.month not in months:
        return False
    return _STEPS[_frequency(rule)](first, day) % interval == 0 and _on_its_day(rule, first, day, months)


def _on_its_day(rule: Rule, first: date, day: date, months: Sequence[int]) -> bool:
    frequency = _frequency(rule)
    weekdays, numbers = _texts(rule, "BYDAY"), [int(number) for number in rule.get("BYMONTHDAY", ())]
    if weekdays or numbers:
        by_weekday = not weekdays or any(_is_weekday(text, day, frequency) for text in weekdays)
        return by_weekday and (not numbers or day.day in numbers or day.day - _length(day) - 1 in numbers)
    if frequency == "WEEKLY":
        return day.weekday() == first.weekday()
    same_month = frequency != "YEARLY" or bool(months) or day.month == first.month
    return frequency == "DAILY" or (day.day == first.day and same_month)


def _is_weekday(text: str, day: date, frequency: str) -> bool:
    """`TU` is any Tuesday, `1TU` the first of the month, `-1TU` the last."""
    found = _BYDAY.fullmatch(text)
    if found is None or found[2] != WEEKDAYS[day.weekday()]:
        return False
    if not found[1] or frequency in {"DAILY", "WEEKLY"}:
        return True
    nth = (day.day - 1) // _WEEK + 1
    nth_from_end = -((_length(day) - day.day) // _WEEK + 1)
    return int(found[1]) in {nth, nth_from_end}


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _frequency(rule: Rule) -> str:
    return str(rule["FREQ"][0]).upper() if rule.get("FREQ") else ""


def _texts(rule: Rule, name: str) -> list[str]:
    return [str(value).upper() for value in rule.get(name, ())]


def _weeks(first: date, day: date) -> int:
    monday = first - timedelta(days=min(first.weekday(), (first - date.min).days))
    return (day - monday).days // _WEEK


def _months(first: date, day: date) -> int:
    return (day.year - first.year) * _MONTHS + day.month - first.month


_STEPS: Mapping[str, Callable[[date, date], int]] = {
    "DAILY": lambda first, day: (day - first).days,
    "WEEKLY": _weeks,
    "MONTHLY": _months,
    "YEARLY": lambda first, day: day.year - first.year,
}
"""How many of its own steps a day is after the first, by FREQ."""
