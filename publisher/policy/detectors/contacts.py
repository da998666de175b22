"""Telephone numbers and mailboxes: whose they are decides, not that they are there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from publisher.policy import patterns
from publisher.policy.detectors.reading import digits_of, hit, readings, stands_alone
from publisher.policy.hosts import is_below
from publisher.policy.subject import Hit, Subject

UK = "44"
UK_DIGITS = 11
"""What is dialled within the UK has at most as many, with its 0 (Ofcom, National Telephone Numbering Plan)."""
PHONE_DIGITS = range(7, 16)
"""A local number without its area code has 7; ITU-T E.164 allows 15."""


def mobile(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """UK mobile numbers of the shapes `phrases`, but for those in `published`."""
    shapes = patterns.anywhere(parameters["phrases"])
    published = _nationals(parameters["published"])
    for words, text in readings(subject, parameters["phrases"]):
        for start, end in shapes.spans(text):
            if stands_alone(text.value, start, end) and national(text.value[start:end]) not in published:
                yield hit(words, start, end)


def personal_phone(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Any other telephone number with one of `cues` beside it that says it is a person's.

    Cues stand at most `before` characters before it, or are one of `labels` right behind it. Numbers in `published`,
    and those that begin like one of `organisations` (as dialled in the UK), pass.
    """
    shapes, published = patterns.anywhere(parameters["phrases"]), _nationals(parameters["published"])
    cues, labels = patterns.words(parameters["cues"]), patterns.at_start(parameters["labels"])
    for words, text in readings(subject, parameters["phrases"]):
        for start, end in shapes.spans(text):
            number = national(text.value[start:end])
            passes = number in published or number.startswith(parameters["organisations"])
            if passes or not _is_phone(text.value, start, end):
                continue
            behind = text.value[end : end + parameters["after"]].lstrip(" ,-(\\")
            if cues.search(text, max(0, start - parameters["before"]), start) or labels.search(behind):
                yield hit(words, start, end)


_YEARS = re.compile(r"(?:19|20)\d\d[ /-]{1,3}(?:19|20)?\d\d")


def _is_phone(text: str, start: int, end: int) -> bool:
    written = text[start:end]
    counted = len(digits_of(written)) in PHONE_DIGITS
    return counted and stands_alone(text, start, end) and not _YEARS.fullmatch(written)


def national(written: str) -> str:
    """A number as dialled within the UK: digits alone, 0 for +44 or 0044; other countries' as they are."""
    digits = digits_of(written)
    bare = digits.removeprefix("00")
    if bare.startswith(UK) and ("+" in written or digits.startswith("00") or len(bare) > UK_DIGITS):
        return "0" + bare.removeprefix(UK).removeprefix("0")
    return digits


def _nationals(numbers: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(national, numbers))


def mailbox(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """E-mail addresses of the shapes `phrases` that may be one person's.

    The council's own and those below `organisations` pass, as do role mailboxes: a part of the name before the at sign is
    one of `roles`, or it begins or ends with one of `role_words`, or is the name of the site.
    """
    shapes = patterns.anywhere(parameters["phrases"])
    passing = (*subject.council.domains, *parameters["organisations"])
    roles, role_words = frozenset(parameters["roles"]), tuple(parameters["role_words"])
    for words, text in readings(subject, parameters["phrases"]):
        for start, end in shapes.spans(text):
            local, host = _parts(text.value[start:end])
            if not host or is_below(host, passing) or _is_role(local, host, roles, role_words):
                continue
            yield hit(words, start, end)


_DOT = re.compile(r"\s{0,3}[\[({<]\s?(?:dot|\.)\s?[\])}>]\s{0,3}|\s{1,3}dot\s{1,3}|\s{1,2}\.\s{1,2}")
_AT = re.compile(r"\s{0,3}[\[({<]\s?(?:at|@)\s?[\])}>]\s{0,3}|\s{1,3}at\s{1,3}|\s{0,3}@\s{0,3}")


def _parts(written: str) -> tuple[str, str]:
    """The name and the site of an address, whether in signs or in words ("jo dot bloggs at example dot com")."""
    local, _, host = _AT.sub("@", _DOT.sub(".", written)).rpartition("@")
    return local, host.strip(".-")


_PART = re.compile(r"[a-z]+")


def _is_role(local: str, host: str, roles: frozenset[str], role_words: tuple[str, ...]) -> bool:
    parts = _PART.findall(local)
    name = "".join(parts)
    return (
        not roles.isdisjoint(parts)
        or name.startswith(role_words)
        or name.endswith(role_words)
        or name in host.replace("-", "").split(".")[:-1]
    )
