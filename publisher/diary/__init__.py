"""Diaries as iCalendar (RFC 5545): the website's feed, and officers' files. The one door to the icalendar library."""

from publisher.diary.feed import cancelled, feed, moment
from publisher.diary.reading import MAX_BYTES, MAX_EVENTS, Reading, read, read_noted

__all__ = ["MAX_BYTES", "MAX_EVENTS", "Reading", "cancelled", "feed", "moment", "read", "read_noted"]
