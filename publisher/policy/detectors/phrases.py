"""Phrases as data: each is a regular expression in lower case (RE2's dialect), matched as whole words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from publisher.policy import patterns
from publisher.policy.subject import Hit, Subject, Words


def phrases(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Each of `phrases` in the texts, unless what is around it excuses it.

    `not_after` are phrases that may not stand right before it, `not_before` those that may not stand right after it;
    `unless` are phrases anywhere in its sentence, `only_with` phrases of which one must be in its sentence.
    """
    for words in subject.texts:
        if likely := words.likely(parameters["phrases"]):
            for start, end in patterns.few(likely).spans(words.plain):
                if not excused(parameters, words, start, end):
                    yield words.hit(start, end)


def sought(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """What must be in a text for any detector that goes by `phrases` to find something."""
    return tuple(parameters["phrases"])


def sentence(text: str, start: int, end: int, reach: int) -> tuple[int, int]:
    """The sentence around a span, at most `reach` characters to each side."""
    before, after = max(0, start - reach), min(len(text), end + reach)
    for stop in _STOP.finditer(text, before, start):
        before = stop.end()
    stop_after = _STOP.search(text, end, after)
    return before, stop_after.start() + 1 if stop_after else after


_STOP = re.compile(r"[.!?][\"')\]]?\s|\n\s{0,9}\n")
_REACH = 160
"""Characters to each side in which the rest of a phrase's sentence is looked for."""


def excused(parameters: Mapping[str, Any], words: Words, start: int, end: int) -> bool:
    """Whether what is around a span excuses it; the parameters are those of `phrases`."""
    return (
        _follows(parameters.get("not_after", ()), words, start)
        or _precedes(parameters.get("not_before", ()), words, end)
        or _in_sentence(parameters.get("unless", ()), words, start, end)
        or not _in_sentence(parameters.get("only_with", (".",)), words, start, end)
    )


def _follows(endings: tuple[str, ...], words: Words, start: int) -> bool:
    return bool(endings) and (
        patterns.at_end(endings).search(words.lower[max(0, start - _REACH) : start].rstrip()) is not None
    )


def _precedes(beginnings: tuple[str, ...], words: Words, end: int) -> bool:
    return bool(beginnings) and (
        patterns.at_start(beginnings).search(words.lower[end : end + _REACH].lstrip()) is not None
    )


def _in_sentence(wanted: tuple[str, ...], words: Words, start: int, end: int) -> bool:
    if not wanted:
        return False
    first, last = sentence(words.lower, start, end, _REACH)
    return patterns.anywhere(wanted).search(words.plain, first, last) is not None
