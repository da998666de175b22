"""Numbers that belong to one person: found by their shape, then by their check digits (the one door of python-stdnum)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from publisher.policy import patterns
from publisher.policy.detectors.reading import digits_of, hit, is_near, readings, stands_alone
from publisher.policy.expressions import Readable
from publisher.policy.subject import Hit, Subject, Words


@dataclass(frozen=True, slots=True)
class Candidate:
    """What has a number's shape: as it is read (small letters, without hidden characters), and as it is written.

    Where its text is not `cued`, only what is certain matters.
    """

    text: str
    written: str
    cued: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Where in a candidate a number is. One that is not `sure` counts only with a cue beside it."""

    start: int
    end: int
    sure: bool


def identity_number(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Numbers of the shapes `phrases` that pass `check` (a name in CHECKS).

    Some are certain by themselves, unless they stand right after one of `not_after`; the others need one of `cues` at most
    `before` characters before them or `after` behind them. Numbers in `published` (digits alone count) are the council's
    own and pass, as do those that only a cue makes one and that stand right after one of `specimen`, such as "for example".
    """
    published = frozenset(map(digits_of, parameters.get("published", ())))
    for words, text in readings(subject, parameters["phrases"]):
        cued = _is_cued(text, parameters)
        if not cued and parameters["check"] in NEVER_SURE:
            continue
        for first, last, sure in _numbers(words, text, parameters, cued=cued):
            if digits_of(text.value[first:last]) in published:
                continue
            told = (
                cued and is_near(text, first, last, parameters) and not _is_specimen(text, first, parameters)
            )
            if told or (sure and _is_bare(words, text, first, parameters)):
                yield hit(words, first, last)


def _is_cued(text: Readable, parameters: Mapping[str, Any]) -> bool:
    """True where a cue is anywhere in the text, so that it is worth looking beside each number."""
    return "cues" in parameters and patterns.words(parameters["cues"]).search(text) is not None


def _numbers(
    words: Words,
    text: Readable,
    parameters: Mapping[str, Any],
    *,
    cued: bool,
) -> Iterator[tuple[int, int, bool]]:
    """Where in the text a number of the right shape passes its check, and whether it is certain."""
    find = CHECKS[parameters["check"]]
    for start, end in patterns.anywhere(parameters["phrases"]).spans(text):
        for found in find(Candidate(text.value[start:end], _written(words, start, end), cued)):
            first, last = start + found.start, start + found.end
            if stands_alone(text.value, first, last):
                yield first, last, found.sure


def _written(words: Words, start: int, end: int) -> str:
    first, last = words.folded.span(start, end)
    return words.value[first:last]


def _is_specimen(text: Readable, start: int, parameters: Mapping[str, Any]) -> bool:
    """True where the number only shows how such numbers look."""
    if "specimen" not in parameters:
        return False
    before = text.value[max(0, start - NAMED_REACH) : start].rstrip(" :,(\"'")
    return patterns.at_end(parameters["specimen"]).search(before) is not None


def _is_bare(words: Words, text: Readable, start: int, parameters: Mapping[str, Any]) -> bool:
    """True where nothing around it says that it is another number, such as that of a page or telephone."""
    before = text.value[max(0, start - NAMED_REACH) : start].rstrip(" :.(+")
    named = "not_after" in parameters and patterns.at_end(parameters["not_after"]).search(before) is not None
    return not named and not _in_link(words, start)


NAMED_REACH = 40
"""Characters before a number in which it is named."""


def _in_link(words: Words, start: int) -> bool:
    """True inside a link: pages and posts are numbered too."""
    position = words.folded.at[start]
    before = bisect_right(words.links, position, key=lambda link: link.start)
    return before > 0 and position < words.links[before - 1].end


_GROUP = re.compile(r"\d+")
_BETWEEN = re.compile(r"[^a-z0-9]+")


def _compact(text: str) -> str:
    return _BETWEEN.sub("", text)


@dataclass(frozen=True, slots=True)
class _Digits:
    """Some neighbouring groups of digits."""

    start: int
    end: int
    value: str
    groups: tuple[int, ...]


def _runs(text: str, lengths: range, looks: re.Pattern[str]) -> Iterator[_Digits]:
    """All runs of neighbouring groups with as many digits as `lengths` says that look right: others may stand beside them."""
    groups = [match.span() for match in _GROUP.finditer(text)]
    digits = "".join(text[start:end] for start, end in groups)
    until = list(accumulate((end - start for start, end in groups), initial=0))
    ending = {count: position for position, count in enumerate(until)}
    for first, before in enumerate(until[:-1]):
        for length in lengths if looks.match(digits, before, before + lengths[-1]) else ():
            past = ending.get(before + length)
            if past and looks.fullmatch(digits, before, before + length):
                sizes = tuple(end - start for start, end in groups[first:past])
                yield _Digits(groups[first][0], groups[past - 1][1], digits[before : before + length], sizes)


def _first_of(
    text: str, lengths: range, looks: re.Pattern[str], strength: Callable[[_Digits], bool | None]
) -> Iterator[Found]:
    """The runs that `strength` takes (None: no number; else whether it is certain), none inside another."""
    past = 0
    for run in _runs(text, lengths, looks):
        if run.start >= past and (sure := strength(run)) is not None:
            past = run.end
            yield Found(run.start, run.end, sure)


NI_NUMBER = re.compile(r"[abceghj-prstw-z][abceghj-nprstw-z]\d{6}[a-d]?")
NI_UNUSED = frozenset(["bg", "gb", "nk", "kn", "tn", "nt", "zz"])
"""Prefixes never given out (HMRC, National Insurance Manual NIM39110, which also lists the letters)."""
_NI_GROUPS = re.compile(r"[a-z]{2}[^a-z0-9]*(?:\d{6}|\d\d[^a-z0-9]+\d\d[^a-z0-9]+\d\d)[^a-z0-9]*[a-d]")


def _national_insurance(candidate: Candidate) -> Iterator[Found]:
    """Certain where it is written together, or in capitals and the usual groups: "on 12 11 26 a" is a date."""
    number = _compact(candidate.text)
    if NI_NUMBER.fullmatch(number) and number[:2] not in NI_UNUSED:
        usual = _NI_GROUPS.fullmatch(candidate.text) is not None and candidate.written[:2].isupper()
        together = number == candidate.text and not number[-1].isdigit()
        yield Found(0, len(candidate.text), usual or together)


TEN = range(10, 11)
TEN_DIGITS = re.compile("0{0,9}[1-9][0-9]*")
"""Zeros alone are a blank."""
NHS_GROUPS = (3, 3, 4)
"""NHS Data Dictionary, NHS NUMBER: ten digits, the last by modulus 11; written 3-3-4."""
NHS_FIRST = frozenset("3456789")
"""0, 1 and 2 begin Scotland's, which look like many other numbers (NHS Data Dictionary, NHS NUMBER, on its ranges)."""


def _nhs(candidate: Candidate) -> Iterator[Found]:
    from stdnum.gb import nhs

    def strength(run: _Digits) -> bool | None:
        spaced = run.groups == NHS_GROUPS and " " in candidate.text[run.start : run.end]
        sure = spaced and run.value[0] in NHS_FIRST
        return sure if (sure or candidate.cued) and nhs.is_valid(run.value) else None

    return _first_of(candidate.text, TEN, TEN_DIGITS, strength)


def _utr(candidate: Candidate) -> Iterator[Found]:
    from stdnum.gb import utr

    return _first_of(candidate.text, TEN, TEN_DIGITS, lambda run: False if utr.is_valid(run.value) else None)


CARD_DIGITS = range(12, 20)
"""ISO/IEC 7812: up to 19 digits; Maestro's shortest have 12."""
ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12,15}"  # Discover
    r"|35\d{14}|(?:1800|2131)\d{11}"  # JCB
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners Club
    r"|(?:5[06-9]|6\d)\d{10,17}|0604\d{8,15}"  # Maestro, UnionPay and other cards of 12 to 19 digits
)
"""First digits and lengths by scheme, as the schemes publish them."""
CARD_SURE = 14
"""Shorter numbers are barcodes and references too."""
CARD_GROUPS = frozenset([(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3)])


def _card(candidate: Candidate) -> Iterator[Found]:
    from stdnum import luhn

    def strength(run: _Digits) -> bool | None:
        sure = len(run.value) >= CARD_SURE and (len(run.groups) == 1 or run.groups in CARD_GROUPS)
        return sure if (sure or candidate.cued) and luhn.is_valid(run.value) else None

    return _first_of(candidate.text, CARD_DIGITS, ISSUERS, strength)


IBAN_LENGTHS = range(15, 35)
"""ISO 13616: Norway's is the shortest; 34 characters at most."""
IBAN_DIGITS = 8
"""Every country's has more; words rarely do."""


def _iban(candidate: Candidate) -> Iterator[Found]:
    """The longest beginning of the candidate that is one: the words behind it look alike."""
    from stdnum import iban

    places = [position for position, mark in enumerate(candidate.text) if mark.isalnum()]
    number = _compact(candidate.text)
    if len(digits_of(number)) < IBAN_DIGITS:
        return
    for length in reversed(IBAN_LENGTHS):
        if length > len(places):
            continue
        end = places[length - 1] + 1
        if not candidate.text[end : end + 1].isalnum() and iban.is_valid(
            number[:length], check_country=False
        ):
            yield Found(0, end, sure=True)
            return


LICENCE = re.compile(
    r"(?:[a-z]{5}|[a-z]{4}9|[a-z]{3}99|[a-z]{2}999|[a-z]9999)"
    r"\d(?:[05][1-9]|[16][0-2])(?:0[1-9]|[12]\d|3[01])\d[a-z9]{2}\d[a-z]{2}(?:\d\d)?"
)
"""GB driver number (DVLA, INF1D): five of the surname, decade, month (+ 50 for women), day, year, initials, 9, check;
often with the two digits of the issue."""


def _licence(candidate: Candidate) -> Iterator[Found]:
    if LICENCE.fullmatch(_compact(candidate.text)):
        yield Found(0, len(candidate.text), sure=True)


def _pupil(candidate: Candidate) -> Iterator[Found]:
    from stdnum.gb import upn

    if upn.is_valid(candidate.text):
        yield Found(0, len(candidate.text), sure=True)


def _as_written(candidate: Candidate) -> Iterator[Found]:
    """No check digits: only a cue beside it tells what it is."""
    yield Found(0, len(candidate.text), sure=False)


CHECKS: Mapping[str, Callable[[Candidate], Iterator[Found]]] = {
    "card": _card,
    "cue": _as_written,
    "driving licence": _licence,
    "iban": _iban,
    "national insurance": _national_insurance,
    "nhs": _nhs,
    "pupil": _pupil,
    "utr": _utr,
}
"""By the name that rule files use."""
NEVER_SURE = frozenset(["cue", "utr"])
"""Checks that find nothing without a cue."""
