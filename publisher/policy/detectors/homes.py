"""Where people live and when they were born: told by the words around it, since neither has check digits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from publisher.model import Kind
from publisher.policy import patterns
from publisher.policy.detectors.phrases import sentence
from publisher.policy.detectors.reading import hit, readings, stands_alone
from publisher.policy.expressions import Readable
from publisher.policy.subject import Hit, Subject, Words

ADDRESS_REACH = 150
"""Characters from a house number to its postcode: six lines of 25."""
VENUE_REACH = 80
"""Characters before an address in which whose it is would be named."""
SENTENCE_REACH = 160
_FLAT = r"\b(?P<flat>(?i:flat|apartment|apt\.?|bedsit|maisonette))\s{1,3}\d{1,4}[A-Za-z]?\b"
_STUDIO = r"\b(?i:studio)\s{1,3}\d{1,4}[A-Za-z]?\b"
_HOUSE = r"(?<![\w.,:/£$€#-])\d{1,5}(?:[A-Za-z]|[-/]\d{1,4})?(?=[ ,]{1,3}(?P<street>[^\W\d_]{2,40}))"
_NAMED_HOUSE = r"\b[^\W\d_a-z][^\W\d_]{1,30} (?:Cottage|Bungalow|Villa|Farmhouse)\b"
_PREMISE = re.compile(f"{_FLAT}|{_STUDIO}|{_NAMED_HOUSE}|{_HOUSE}")
"""Where an address begins: a flat, a house with a name, or a house number with a word behind it."""
_AT_PLACE = re.compile(
    r"(?:\b(?:at|visit) (?:the )?|\bthe )(?:[^\W\d_a-z][\w'’&.-]{1,30} ){0,3}(?!Cottage|Lodge|Villa|Bungalow)"
    r"[^\W\d_a-z][\w'’&.-]{1,30},?[ (\n]{1,3}$|\bThe (?:[^\W\d_a-z][\w'’&.-]{1,30} ?){1,4},?[ (\n]{1,3}$"
)
"""A name that "at" or "The" leads to, right before an address: a shop, a pub, a venue."""
_BELONGS_TO = re.compile(r"[ ,(–-]{1,4}(?:which is |is )?(?:our|the|home (?:of|to))\b")
"""Right behind an address this says whose it is."""
BELONGS_REACH = 50
_TIMES = frozenset([
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
])  # fmt: skip
"""Behind a number these make it a day, not a house."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORD = re.compile(r"[^\W_]+(?:['’.&/-][^\W_]+)*")
_LINKING = frozenset([
    "of", "the", "on", "upon", "le", "la", "by", "in", "and", "under", "with", "de", "y", "near", "next", "to",
])  # fmt: skip
"""Words in small letters that are parts of British place names."""
ROAD_WORDS = (
    r"(?i:road|rd|street|st|avenue|ave|close|lane|drive|way|crescent|court|gardens|place"
    r"|terrace|grove|hill|row|mews|walk|view|rise|park|square|green)"
)
"""Last words of the names of roads; the source of an expression."""
_ROAD = re.compile(rf"[ ,]{{1,3}}(?:[^\W\d_]{{2,30}} ){{1,3}}{ROAD_WORDS}\b", re.IGNORECASE)
_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_IN_WORDS = (
    rf"(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:{_UNITS}))?|{_UNITS}|ten|eleven|twelve"
    r"|(?:thir|four|fif|six|seven|eigh|nine)teen)"
)
HOUSE_NUMBER = rf"(?i:(?:number|no\.?|house) )?(?:\d{{1,4}}[A-Za-z]?|(?i:{_IN_WORDS}))"
"""A house's number in digits or words; the source of an expression."""
_STOP = re.compile(r"[!;]|[^\W\d_]{4,40}[.?]\s")


def home_address(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A house number or flat, then words of an address up to a postcode, however many lines it has.

    `phrases` are the shapes of postcodes. Unless it is a flat, it passes where one of `venues` is named before
    it, where `places` such as "town hall" are in it, or where `registers` in its sentence say that it is published by
    law; words of `personal` outweigh that. The place of an event is its `location` and passes.
    """
    postcodes = patterns.words(parameters["phrases"])
    for words, text in readings(subject, parameters["phrases"]):
        past = 0
        for start, end in postcodes.spans(text):
            first, last = words.folded.span(start, end)
            found = _premise(words.value, max(past, first - ADDRESS_REACH), first)
            if found and not _is_public(subject, words, (past, found, last), parameters):
                yield words.hit(found.start(), last)
            past = last


def _premise(text: str, floor: int, postcode: int) -> re.Match[str] | None:
    """The first beginning of an address from which nothing but an address leads to the postcode."""
    return next(
        (
            found
            for found in _PREMISE.finditer(text, floor, postcode)
            if _is_house(found, text) and _leads_on(text, found, postcode)
        ),
        None,
    )


def _is_house(found: re.Match[str], text: str) -> bool:
    street = found["street"]
    if street is None:
        return True
    if street.lower() in _TIMES or (_YEAR.fullmatch(found[0]) and text[found.end()] == ","):
        return False
    return street[0].isupper() or _ROAD.match(text, found.end()) is not None


def _leads_on(text: str, found: re.Match[str], postcode: int) -> bool:
    between = text[found.end() : postcode].rstrip(" .,\n")
    if _STOP.search(between):
        return False
    small = [word for word in _WORD.findall(between) if word[0].islower() and word not in _LINKING]
    casual = text[postcode].islower() and (found["flat"] or _ROAD.match(text, found.end()))
    return not small or bool(casual)


def _is_public(
    subject: Subject, words: Words, place: tuple[int, re.Match[str], int], parameters: Mapping[str, Any]
) -> bool:
    """True where the address is an organisation's, a venue's, or in a register that the law makes public.

    `place` is the end of the address before it, its own beginning, and its own end.
    """
    past, found, end = place
    if found["flat"]:
        return False
    start = found.start()
    if subject.item.kind is Kind.EVENT and _is_place(subject, words, words.value[start:end]):
        return True
    first, last = sentence(words.lower, start, end, SENTENCE_REACH)
    before = _last_lines(words.lower[max(first, past, start - VENUE_REACH) : start])
    if patterns.words(parameters["personal"]).search(before):
        return False
    venues = patterns.words(parameters["venues"])
    behind = words.lower[end : min(last, end + BELONGS_REACH)]
    return (
        venues.search(before) is not None
        or _AT_PLACE.search(words.value, max(past, start - VENUE_REACH), start) is not None
        or (_BELONGS_TO.match(behind) is not None and venues.search(behind) is not None)
        or patterns.words(parameters["places"]).search(words.lower[start:end]) is not None
        or patterns.words(parameters["registers"]).search(words.lower[first:last]) is not None
    )


def _last_lines(text: str) -> str:
    """The line that leads to an address and the one before it: further up stand people, whose names may be Hall or Park."""
    return "\n".join([line for line in text.split("\n") if line.strip()][-2:])


def _is_place(subject: Subject, words: Words, address: str) -> bool:
    """True where an address is that of the event's place, or begins like it."""
    street = _LINE_END.split(address, maxsplit=1)[0]
    return words.kind == "location" or street in (subject.item.location or "")


_LINE_END = re.compile(r"[,\n]")


_STREET = r"\d{1,5}[A-Za-z]?(?:[-/]\d{1,4})?"
_NAME = r"[^\W\d_a-z][\w'’.-]{1,40}"
_PART = rf"(?:{_NAME}|\d{{1,5}}\b|(?:do|da|de|dos|du|des|del|della|la|le|el|van|den|der|the|of|on)(?= ))"
_TOLD = re.compile(
    rf"[\s:>,\"'(-]{{0,6}}(?P<home>{_STREET}(?:[ ,]{{1,2}}\d{{1,4}})?[ ,]{{1,3}}{_NAME}(?:[ ,]{{1,3}}{_PART}){{1,5}})"
)
_TOLD_SMALL = re.compile(
    rf"[\s:>,\"'(-]{{0,6}}(?P<home>(?:{_STREET}|{HOUSE_NUMBER}){_ROAD.pattern})", re.IGNORECASE
)


def home_told(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A house number and street right behind one of `phrases` such as "lives at", whether or not a postcode follows."""
    cues = patterns.words(parameters["phrases"])
    for words, text in readings(subject, parameters["phrases"]):
        for start, end in cues.spans(text):
            _, behind = words.folded.span(start, end)
            found = _TOLD.match(words.value, behind) or _TOLD_SMALL.match(words.value, behind)
            if found and not _is_day(found["home"]):
                yield words.hit(*found.span("home"))


_SOMEBODY = re.compile(
    r"\b(?:(?P<titled>(?:Mr|Mrs|Ms|Miss|Mx|Master|Dr|Sir|Lady)\.? (?:[^\W\d_a-z][\w'’-]{0,20} ?){1,3})"
    r"|(?P<named>(?:[^\W\d_a-z][\w'’-]{1,20} ?){2,3}))(?P<link>, |,? ?(?:of|from|(?:who )?lives at) | at )$"
)
NAMED_REACH = 80
"""Characters before a house number in which the one who lives there is named."""


def home_named(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A person's name right before a house number and street, whether or not a postcode follows.

    `phrases` are such addresses. Without a title only "of" and its like make a name a person's. It passes where one of
    `venues` is in the name, `places` in the address, or `registers` in the sentence.
    """
    addresses = patterns.words(parameters["phrases"])
    for words, text in readings(subject, parameters["phrases"]):
        for span in addresses.spans(text):
            start, end = words.folded.span(*span)
            found = _SOMEBODY.search(words.value, max(0, start - NAMED_REACH), start)
            if found and _lives_there(words, found, end, parameters):
                yield words.hit(found.start(), end)


def _lives_there(words: Words, found: re.Match[str], end: int, parameters: Mapping[str, Any]) -> bool:
    first, last = sentence(words.lower, found.start(), end, SENTENCE_REACH)
    if patterns.words(parameters["registers"]).search(words.lower[first:last]):
        return False
    if patterns.words(parameters["places"]).search(words.lower[found.end() : end]):
        return False
    if not found["named"]:
        return True
    return found["link"] not in {", ", " at "} and not patterns.words(parameters["venues"]).search(
        found["named"].lower()
    )


def flat(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A flat of the shapes `phrases` with a name behind it: nobody but residents has one."""
    shapes = patterns.anywhere(parameters["phrases"])
    for words, text in readings(subject, parameters["phrases"]):
        for start, end in shapes.spans(text):
            first, last = words.folded.span(start, end)
            found = _FLAT_NAMED.match(words.value, first)
            if found and not words.value[first - 1 : first].isalnum():
                yield words.hit(first, max(last, found.end()))


_FLAT_NAMED = re.compile(rf"{_FLAT}[\s,]{{1,4}}(?:\d{{1,4}}[A-Za-z]?[\s,]{{1,4}})?{_NAME}(?: {_NAME})?")


def _is_day(home: str) -> bool:
    second = _WORD.findall(home)[1]
    return second.lower() in _TIMES


def birth_date(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A full date of the shapes `phrases` which words around it say is when somebody was born.

    One of `cues` stands at most `before` characters before it, or one of `labels` right behind it; `unless` are words
    among them that speak of many, such as "born on or after". Dates before the year `earliest` are history, and so is
    whoever has one of `dead` said of them near by: data protection is for the living (UK GDPR, recital 27).
    """
    shapes, labels = patterns.anywhere(parameters["phrases"]), patterns.at_start(parameters["labels"])
    for words, text in readings(subject, parameters["phrases"]):
        for start, end in shapes.spans(text):
            if (
                not stands_alone(text.value, start, end)
                or _year(text.value[start:end]) < parameters["earliest"]
            ):
                continue
            behind = text.value[end : end + parameters["after"]].lstrip(" ,-(")
            told = labels.search(behind) is not None or _is_told(text, start, parameters)
            if told and not _is_of_the_dead(text, start, parameters):
                yield hit(words, start, end)


def _is_told(text: Readable, start: int, parameters: Mapping[str, Any]) -> bool:
    first = max(0, start - parameters["before"])
    if patterns.words(parameters["cues"]).search(text, first, start) is None:
        return False
    return patterns.words(parameters["unless"]).search(text, first, start) is None


OBITUARY = 250
"""Characters to each side in which it is said that somebody has died: two sentences or so."""


def _is_of_the_dead(text: Readable, start: int, parameters: Mapping[str, Any]) -> bool:
    first, last = max(0, start - OBITUARY), min(len(text.value), start + OBITUARY)
    dead = parameters.get("dead", ())
    return bool(dead) and patterns.words(dead).search(text, first, last) is not None


YEAR_DIGITS = 4
_NUMBER = re.compile(r"\d+")


def _year(written: str) -> int:
    """The year of a date. Two digits are of the last hundred years, so never history."""
    years = [int(number) for number in _NUMBER.findall(written) if len(number) == YEAR_DIGITS]
    return years[0] if years else date.max.year
