"""Protective markings and handling instructions, told from ordinary words by where and how they stand (clause 5d).

The tiers and caveats are those of the Government Security Classifications Policy (Cabinet Office, 5 August 2024).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from publisher.policy import patterns
from publisher.policy.detectors.phrases import sentence
from publisher.policy.subject import Hit, Subject, Words


class Place(StrEnum):
    """Where in a text a marking stands."""

    LINE = "line"
    BRACKETS = "brackets"
    START = "start"
    END = "end"


EDGE = 80
"""Characters beside a phrase that are looked at: more than any frame of stars and labels round a marking."""
REACH = 160
"""Characters to each side in which the rest of a phrase's sentence is looked for."""
OPENING, CLOSING = "([{<*=_#~\"'|", ")]}>*=_#~\"'|"
SEPARATORS = ":-–—|/.!;,•·]})>*="
STOPS = ":-–—|/.!?;•·\n([{<*="


def marking(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Each of `phrases` that stands as a marking does: in one of `places` (see Place) of its line.

    With `capitals` = "needed" it must also be in capitals; with "enough" capitals make it a marking anywhere.
    `unless` are phrases in its sentence that make it ordinary words.
    """
    wanted, places = patterns.words(parameters["phrases"]), frozenset(parameters["places"])
    capitals, excuses = parameters.get("capitals", ""), parameters.get("unless", ())
    for words in subject.texts:
        if not words.likely(parameters["phrases"]):
            continue
        for start, end in wanted.spans(words.plain):
            if _stands(words, start, end, places, capitals) and not _excused(words, start, end, excuses):
                yield words.hit(start, end)


def _stands(words: Words, start: int, end: int, places: frozenset[str], capitals: str) -> bool:
    if capitals and _in_capitals(words, start, end):
        return capitals == "enough" or bool(places & _places(words.value, start, end))
    return capitals != "needed" and bool(places & _places(words.value, start, end))


def _in_capitals(words: Words, start: int, end: int) -> bool:
    """True for capitals that are chosen: in a line that is all capitals they say nothing."""
    first, last = _line(words.value, start, end)
    around = words.value[first:start] + words.value[end:last]
    return words.value[start:end].isupper() and not (around.isupper() and len(around.split()) > _SHOUTED)


_SHOUTED = 3
"""Words of capitals beside a marking that are still its caveats, dates and page numbers."""


def _line(text: str, start: int, end: int) -> tuple[int, int]:
    """The line around a span, at most EDGE characters to each side."""
    before, after = max(0, start - EDGE), min(len(text), end + EDGE)
    last = text.find("\n", end, after)
    return max(before, text.rfind("\n", before, start) + 1), last if last >= 0 else after


def _places(text: str, start: int, end: int) -> frozenset[str]:
    first, last = _line(text, start, end)
    begins = (first == 0 or text[first - 1] == "\n") and _is_frame(text[first:start])
    ends = (last == len(text) or text[last] == "\n") and _is_frame(text[end:last])
    before, after = text[first:start].rstrip(), text[end:last].lstrip()
    found = {
        Place.LINE: begins and ends,
        Place.BRACKETS: before[-1:] in OPENING and after[:1] in CLOSING and bool(before and after),
        Place.START: begins and after[:1] in SEPARATORS and bool(after),
        Place.END: ends and (before[-1:] in STOPS) and bool(before),
    }
    return frozenset(place for place, is_there in found.items() if is_there)


def _is_frame(beside: str) -> bool:
    """True where nothing but marks, numbers and a label such as "Classification:" stands beside a marking."""
    letters = "".join(mark if mark.isalpha() else " " for mark in beside.lower()).split()
    return not letters or " ".join(letters) in LABELS


LABELS = frozenset(
    [
        "classification", "security classification", "protective marking", "marking", "status", "handling",
        "handling instructions", "document status", "sensitivity", "page", "page of", "subject", "re", "title",
    ]
)  # fmt: skip
"""What may stand before a marking on its line."""


def _excused(words: Words, start: int, end: int, excuses: tuple[str, ...]) -> bool:
    if not excuses:
        return False
    first, last = sentence(words.lower, start, end, REACH)
    return patterns.anywhere(excuses).search(words.plain, first, last) is not None


def marked_file_name(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A picture whose file's name holds one of `phrases` in any letters, or one of `in_capitals` in capitals.

    In a file's name `-`, `_`, `.` and `+` stand for spaces. The name itself does not leave, but what it marks does.
    """
    for position, image in enumerate(subject.item.images):
        name = unquote((image.path or image.url or "").replace("\\", "/").rpartition("/")[2])
        spaced = "".join(mark if mark.isalnum() else " " for mark in name)
        found = patterns.words(parameters["phrases"]).search(spaced.lower())
        if not found:
            spans = patterns.words(parameters["in_capitals"]).spans(spaced.lower())
            found = next((span for span in spans if spaced[slice(*span)].isupper()), None)
        if found and len(spaced.lower()) == len(spaced):
            field = "path" if image.path else "url"
            yield Hit(f"images[{position}].{field}", text=name[slice(*found)])
