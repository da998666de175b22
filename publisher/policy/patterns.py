r"""Regular expressions that cannot backtrack: RE2, whose time is linear in the text (the one door of google-re2).

RE2 has no look-around and no back-references, and `\b` and `\w` know ASCII only (its "Syntax" page). So texts are
given in lower case, and the letters beside a match are looked at here.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

import re2

from publisher.policy.lazy import cached_property

KEPT = 8192
"""Compiled sets of phrases that are kept: more than two rule books have."""
MEMORY = 256 * 1024 * 1024
"""Most bytes that RE2 may use for one set's states. It takes what it needs: far less."""
PatternError = re2.error
"""What is raised for a pattern that RE2 does not take."""


class Readable:
    """A text as RE2 reads it: UTF-8, with the way back from its bytes to characters."""

    def __init__(self, value: str) -> None:
        self.value = value

    @cached_property
    def data(self) -> bytes:
        """The text as UTF-8. A lone surrogate becomes one character that nothing matches."""
        try:
            return self.value.encode()
        except UnicodeEncodeError:
            return _SURROGATES.sub("\ufffd", self.value).encode()

    @cached_property
    def _wide(self) -> tuple[Sequence[int], Sequence[int]]:
        """The characters of more than one byte: where each stands in the text, and where it ends in `data`.

        Most texts have few of them, and those in ASCII none: there positions are the same.
        """
        if len(self.data) == len(self.value):
            return (), ()
        stand = [match.start() for match in _NOT_ASCII.finditer(self.value)]
        sizes = (len(self.value[place].encode("utf-8", "surrogatepass")) for place in stand)
        more = accumulate(size - 1 for size in sizes)
        return stand, [place + added + 1 for place, added in zip(stand, more, strict=True)]

    def byte(self, position: int) -> int:
        """The byte at which the character at `position` begins."""
        stand, ends = self._wide
        before = bisect_left(stand, position)
        return position + ends[before - 1] - stand[before - 1] - 1 if before else position

    def character(self, byte: int) -> int:
        """The position of the character that begins at `byte`."""
        stand, ends = self._wide
        before = bisect_right(ends, byte)
        return byte - ends[before - 1] + stand[before - 1] + 1 if before else byte


_SURROGATES = re.compile("[\ud800-\udfff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")


class Pattern:
    """One expression, compiled when it is first needed: most of a rule book's never are. Spans count characters."""

    def __init__(self, source: str, *, whole_words: bool = False) -> None:
        """What is wrong with `source` is raised, as PatternError, where it is first looked for."""
        self._source, self._whole = source, whole_words

    @cached_property
    def _compiled(self) -> Any:
        return re2.compile(self._source.encode(), _options())

    def spans(
        self, text: Readable | str, start: int = 0, end: int | None = None
    ) -> Iterator[tuple[int, int]]:
        """Where it matches in `text[start:end]`, from left to right; empty matches are left out."""
        readable = Readable(text) if isinstance(text, str) else text
        begin = readable.byte(start) if start else 0
        last = len(readable.data) if end is None else readable.byte(end)
        for match in self._compiled.finditer(readable.data, begin, last):
            first, past = match.span()
            if first == past:
                continue
            span = readable.character(first), readable.character(past)
            if not self._whole or _stands_alone(readable.value, *span):
                yield span

    def places(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where it matches in lines of UTF-8, in bytes: `^` and `$` stand for the ends of lines; words may run on."""
        return (match.span() for match in self._of_lines.finditer(data))

    @cached_property
    def _of_lines(self) -> Any:
        """The same where it asks for no end: compiled once, and RE2 keeps its states."""
        has_ends = _ENDS.search(_ESCAPED.sub("", self._source))
        return re2.compile(_by_lines(self._source), _options()) if has_ends else self._compiled

    def first(self, data: bytes, start: int) -> tuple[int, int] | None:
        """The first match in UTF-8 from a byte on, in bytes; it may be empty, and words may run on."""
        found = self._compiled.search(data, start)
        return found.span() if found else None

    def search(self, text: Readable | str, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
        """The first match in `text[start:end]`, if there is one."""
        return next(self.spans(text, start, end), None)


_ESCAPED = re.compile(r"\\[^Az]|\[\^")
_ENDS = re.compile(r"\^|\$|\\[Az]")
"""What may ask for a text's end, once escaped characters and the beginnings of classes are gone."""


def _stands_alone(text: str, start: int, end: int) -> bool:
    """True where no letter or digit of any script runs on beyond the match."""
    before = start > 0 and _is_word(text[start - 1]) and _is_word(text[start])
    after = end < len(text) and _is_word(text[end]) and _is_word(text[end - 1])
    return not before and not after


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


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
                if first != past and _stands_alone(text.value, *span):
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
    phrases = tuple(split.head if (split := _split(phrase)) else phrase for phrase in phrases)
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


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    options.never_capture = True  # only whole matches are asked for: then RE2 needs no slower engine
    return options


class PatternSet:
    """Expressions looked for in one pass, whatever their number (RE2's Set). `^` and `$` stand for the ends of lines."""

    def __init__(self, sources: Sequence[str]) -> None:
        """Raises PatternError."""
        self._all = range(len(sources))
        self._set = re2.Set.SearchSet(_options())
        for source in sources:
            self._set.Add(_by_lines(source))
        self._always = self._set.Add(b"")
        self._set.Compile()

    def present(self, data: bytes) -> Sequence[int]:
        """The numbers of those of which there is a match; all, where RE2 had not the memory to tell.

        The empty expression is in every text: where even that was not found RE2 gave up, which its Set tells in no other way.
        """
        found = self._set.Match(data)
        return [number for number in found if number != self._always] if self._always in found else self._all


def _by_lines(source: str) -> bytes:
    """The expression where a text's beginning and end are those of lines."""
    return f"(?m:{_ENDS_OF_TEXT.sub(_as_line_end, source)})".encode()


_ENDS_OF_TEXT = re.compile(r"\\[\s\S]")


def _as_line_end(escape: re.Match[str]) -> str:
    return {r"\A": "^", r"\z": "$"}.get(escape[0], escape[0])


@lru_cache(KEPT)
def demand_readable(phrases: tuple[str, ...]) -> None:
    """Raises PatternError where RE2 does not take the phrases; they are not kept."""
    parts = [part for phrase in phrases for part in parts_of(phrase)]
    re2.Set.SearchSet(_options()).Add(word_source(tuple(parts)).encode())


def refusal(phrase: str) -> str:
    """What RE2 says against a phrase, as it is written or with words' edges round it; empty where it takes both."""
    parts = parts_of(phrase)
    for source in (*parts, *(word_source((part,)) for part in parts)):
        try:
            re2.compile(source.encode(), _options())
        except PatternError as error:
            told = error.args[0] if error.args else error
            return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    return ""


def parts_of(phrase: str) -> tuple[str, ...]:
    """A phrase, or what stands before its gap and after it."""
    split = _split(phrase)
    return (split.head, split.tail) if split else (phrase,)
