"""Phrases as data: each is a regular expression in lower case, matched at the beginning of a word.

Each begins with a letter, so that the search skips the insides of words; none may repeat a repetition, so that every
search is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from publisher.policy.subject import Hit, Subject, Words

KEPT = 256
"""Compiled sets of phrases that are kept: far more than any rule book has."""


def phrases(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Each of `phrases` in the texts, unless one of `not_after` stands right before it or `unless` is in its sentence."""
    wanted = compiled(parameters["phrases"])
    excused = parameters.get("unless", ())
    before = parameters.get("not_after", ())
    for words in subject.texts:
        for match in wanted.finditer(words.lower):
            start, end = match.span()
            if (
                end > start
                and not _follows(before, words, start)
                and not _excused(excused, words, start, end)
            ):
                yield words.hit(start, end)


@lru_cache(KEPT)
def compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """The phrases as one expression for whole words. Raises re.error, which the gate turns into a finding."""
    return re.compile(rf"(?<!\w)(?:{_any_of(patterns)})(?!(?<=\w)\w)")


@lru_cache(KEPT)
def anywhere(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """The phrases as one expression that may begin and end inside words. Raises re.error."""
    return re.compile(_any_of(patterns))


@lru_cache(KEPT)
def at_end(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """The phrases as one expression for whole words at the end of a text. Raises re.error."""
    return re.compile(rf"\b(?:{_any_of(patterns)})$")


def _any_of(patterns: tuple[str, ...]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


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


def _follows(endings: tuple[str, ...], words: Words, start: int) -> bool:
    return (
        bool(endings)
        and at_end(endings).search(words.lower[max(0, start - _REACH) : start].rstrip()) is not None
    )


def _excused(patterns: tuple[str, ...], words: Words, start: int, end: int) -> bool:
    if not patterns:
        return False
    first, last = sentence(words.lower, start, end, _REACH)
    return anywhere(patterns).search(words.lower, first, last) is not None
