"""Phrases of rules as expressions: lists of them, of whole words or not, with gaps or without.

A phrase is a regular expression in lower case (expressions.py); one with a gap has other words in its middle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from publisher.policy import expressions
from publisher.policy.expressions import Pattern, Readable, demand, stands_alone

KEPT = 8192
"""Compiled sets of phrases that are kept: more than two rule books have."""


GAP, WIDE_GAP = " … ", " …… "
"""In a phrase: other words of the same sentence, or of the same paragraph. As an expression a gap would make RE2 keep a
state for each word between."""
REACH, WIDE_REACH = 80, 200
"""Most characters in a gap: the rest of a short sentence; of a short message."""
_SENTENCE_ENDS = re.compile(r"[.!?][\"')\]]?\s|\n")
_PARAGRAPH_ENDS = re.compile(r"\n")


@dataclass(frozen=True, slots=True)
class _Split:
    """A phrase with a gap: what stands before it and after it, how far apart they may be, and what may not lie between."""

    head: str
    tail: str
    reach: int
    ends: re.Pattern[str]


def _split(phrase: str) -> _Split | None:
    for gap, reach, ends in ((WIDE_GAP, WIDE_REACH, _PARAGRAPH_ENDS), (GAP, REACH, _SENTENCE_ENDS)):
        head, found, tail = phrase.partition(gap)
        if found:
            return _Split(head, tail, reach, ends)
    return None


class GapPattern:
    """Phrases of which some have a gap: where the part before it is found, the rest is looked for after it."""

    def __init__(self, phrases: tuple[str, ...]) -> None:
        """Raises PatternError."""
        whole = tuple(phrase for phrase in phrases if not _split(phrase))
        self._splits = tuple(split for phrase in phrases if (split := _split(phrase)))
        self._whole = words(whole) if whole else None
        self._heads = words(tuple(split.head for split in self._splits))

    def spans(
        self, text: Readable | str, start: int = 0, end: int | None = None
    ) -> Iterator[tuple[int, int]]:
        """Where they match in `text[start:end]`: first those without a gap, then the others, phrase by phrase."""
        readable = Readable(text) if isinstance(text, str) else text
        if self._whole:
            yield from self._whole.spans(readable, start, end)
        if self._heads.search(readable, start, end):
            for split in self._splits:
                yield from _over_gap(split, readable, start, len(readable.value) if end is None else end)

    def search(self, text: Readable | str, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
        """One match in `text[start:end]`, if there is one."""
        return next(self.spans(text, start, end), None)


class FewPatterns:
    """A few phrases out of a long list, each compiled once, whichever of them come together. It finds what `words` finds."""

    def __init__(self, phrases: tuple[str, ...]) -> None:
        """Raises PatternError."""
        self._whole = [word(phrase) for phrase in phrases if not _split(phrase)]
        self._splits = [split for phrase in phrases if (split := _split(phrase))]

    def spans(self, text: Readable) -> Iterator[tuple[int, int]]:
        """Where they match: first those without a gap, from left to right, then the others, phrase by phrase."""
        if self._whole:
            for first, past in _in_turn(self._whole, text.data):
                span = text.character(first), text.character(past)
                if first != past and stands_alone(text.value, *span):
                    yield span
        for split in self._splits:
            yield from _over_gap(split, text, 0, len(text.value))


def _in_turn(wanted: Sequence[Pattern], data: bytes) -> Iterator[tuple[int, int]]:
    """The matches of `a|b|…`: the one that begins first, of several there the first pattern's; then on behind it."""
    found = [pattern.first(data, 0) for pattern in wanted]
    while there := [span for span in found if span]:
        first, past = min(there, key=_beginning)
        yield first, past
        at = past if past > first else past + 1
        if at > len(data):
            return
        for number, pattern in enumerate(wanted):
            if (span := found[number]) and span[0] < at:
                found[number] = pattern.first(data, at)


def _beginning(span: tuple[int, int]) -> int:
    return span[0]


def _over_gap(split: _Split, text: Readable, start: int, end: int) -> Iterator[tuple[int, int]]:
    tail = words((split.tail,))
    for first, past in words((split.head,)).spans(text, start, end):
        found = tail.search(text, past, min(end, past + 2 * split.reach))
        if found and found[0] <= past + split.reach and not split.ends.search(text.value, past, found[0]):
            yield first, found[1]


@lru_cache(KEPT)
def words(phrases: tuple[str, ...]) -> Pattern | GapPattern:
    """The phrases as one expression for whole words; they may have gaps. See Pattern for what is wrong."""
    if any(map(_split, phrases)):
        return GapPattern(phrases)
    return word(phrases[0]) if len(phrases) == 1 else Pattern(word_source(phrases), whole_words=True)


@lru_cache(KEPT)
def word(phrase: str) -> Pattern:
    """One phrase as an expression for whole words; of one with a gap, what stands before it."""
    return Pattern(word_source((phrase,)), whole_words=True)


@lru_cache(KEPT)
def few(phrases: tuple[str, ...]) -> FewPatterns:
    """See FewPatterns."""
    return FewPatterns(phrases)


@lru_cache(KEPT)
def anywhere(phrases: tuple[str, ...]) -> Pattern:
    """The phrases as one expression that may begin and end inside words. See Pattern for what is wrong."""
    return Pattern(_any_of(phrases))


@lru_cache(KEPT)
def at_end(phrases: tuple[str, ...]) -> Pattern:
    """The phrases as one expression for whole words at the end of a text. See Pattern for what is wrong."""
    return Pattern(rf"\b(?:{_any_of(phrases)})$")


@lru_cache(KEPT)
def at_start(phrases: tuple[str, ...]) -> Pattern:
    """The phrases as one expression for whole words at the start of a text. See Pattern for what is wrong."""
    return Pattern(rf"^(?:{word_source(phrases)})")


def word_source(phrases: tuple[str, ...]) -> str:
    """The phrases as the source of one expression for whole words: of those with a gap, what stands before it."""
    phrases = tuple(parts_of(phrase)[0] for phrase in phrases)
    return _any_of(tuple(f"{_edge(phrase[:1])}(?:{phrase}){_edge(_last_mark(phrase))}" for phrase in phrases))


def _any_of(phrases: tuple[str, ...]) -> str:
    return "|".join(f"(?:{phrase})" for phrase in phrases)


def _edge(mark: str) -> str:
    """A word's edge, where the phrase begins or ends with what may be part of a word."""
    return r"\b" if mark.isalnum() or mark in _MAY_BE_LETTERS else ""


_MAY_BE_LETTERS = frozenset("([)*+?}")
"""Marks at a phrase's beginning or end that stand for what may be letters."""


def open_ends(phrase: str) -> tuple[bool, bool]:
    """Whether the word in which a match begins, and that in which it ends, may run on beyond it."""
    closed_before = _edge(phrase[:1]) or phrase.startswith((r"\b", "^"))
    closed_after = _edge(_last_mark(phrase)) or phrase.endswith((r"\b", "$"))
    return not closed_before, not closed_after


def _last_mark(phrase: str) -> str:
    r"""What a phrase ends with: nothing where it is an escaped mark (`\?`), so that no word's edge is asked for."""
    return "" if _ENDS_IN_MARK.search(phrase) else phrase[-1:]


_ENDS_IN_MARK = re.compile(r"\\[^\w]$|\\b$|\\B$|\$\)?$|\\[^\w]\)?\??$")


@lru_cache(KEPT)
def demand_readable(phrases: tuple[str, ...]) -> None:
    """Raises PatternError where RE2 does not take the phrases; they are not kept."""
    demand(word_source(tuple(part for phrase in phrases for part in parts_of(phrase))))


def refusal(phrase: str) -> str:
    """What RE2 says against a phrase, as it is written or with words' edges round it; empty where it takes both."""
    parts = parts_of(phrase)
    sources = (*parts, *(word_source((part,)) for part in parts))
    return next(filter(None, map(expressions.refusal, sources)), "")


def parts_of(phrase: str) -> tuple[str, ...]:
    """A phrase, or what stands before its gap and after it: a phrase may have several."""
    split = _split(phrase)
    return (*parts_of(split.head), *parts_of(split.tail)) if split else (phrase,)
