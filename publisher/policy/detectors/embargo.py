"""Embargoes that have not ended when the item goes (clauses 5d and 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from publisher.policy import patterns
from publisher.policy.detectors.phrases import sentence
from publisher.policy.subject import Hit, Subject
from publisher.times import COUNCIL_ZONE

REACH = 160
"""Characters to each side in which an embargo's date is looked for."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "(" + "|".join(_MONTHS) + ")[a-z]{0,6}"
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_MONTH}\.?,?(?: (\d{{4}}))?\b")
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\.? (\d{{1,2}})(?:st|nd|rd|th)?,?(?: (\d{{4}}))?\b")
_IN_FIGURES = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b")
_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")


def embargo_not_over(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """One of `phrases` with a date in its sentence that comes after the day on which the item goes."""
    day = going_on(subject)
    if day is None:
        return
    for words in subject.texts:
        if not words.likely(parameters["phrases"]):
            continue
        for start, end in patterns.words(parameters["phrases"]).spans(words.plain):
            first, last = sentence(words.lower, start, end, REACH)
            if any(when > day for when in dates(words.lower[first:last], day.year)):
                yield words.hit(start, end)


def going_on(subject: Subject) -> date | None:
    """The council's day on which the item goes: its own time, or today; None where neither is known."""
    moment, today = subject.item.publish_at, subject.context.today
    planned = moment.astimezone(ZoneInfo(COUNCIL_ZONE)).date() if moment else None
    return max((day for day in (planned, today) if day), default=None)


def dates(text: str, year: int) -> Iterator[date]:
    """The dates in a text in lower case, British order in figures; `year` is that of dates without one."""
    for match in _DAY_FIRST.finditer(text):
        yield from _date(match[3] or year, _MONTHS.index(match[2]) + 1, match[1])
    for match in _MONTH_FIRST.finditer(text):
        yield from _date(match[3] or year, _MONTHS.index(match[1]) + 1, match[2])
    for match in _IN_FIGURES.finditer(text):
        yield from _date(match[3], match[2], match[1])
    for match in _ISO.finditer(text):
        yield from _date(match[1], match[2], match[3])


def _date(year: str | int, month: str | int, day: str) -> Iterator[date]:
    try:
        yield date(int(year), int(month), int(day))
    except ValueError:  # 31 June is no date, so no embargo ends on it
        return
