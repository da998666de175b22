r"""Regular expressions that cannot backtrack: RE2, whose time is linear in the text (the one door of google-re2).

RE2 has no look-around and no back-references, and `\b` and `\w` know ASCII only (its "Syntax" page). So texts are
given in lower case, and the letters beside a match are looked at here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import accumulate

import re2

KEPT = 512
"""Compiled sets of phrases that are kept: more than any rule book has."""
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
        return (
            self.value.encode("utf-8") if self.value.isascii() else _without_surrogates(self.value).encode()
        )

    @cached_property
    def _starts(self) -> list[int]:
        """Where in `data` each character begins; empty for ASCII, where positions are the same."""
        if len(self.data) == len(self.value):
            return []
        return list(accumulate((_width(character) for character in self.value), initial=0))

    def byte(self, position: int) -> int:
        """The byte at which the character at `position` begins."""
        return self._starts[position] if self._starts else position

    def character(self, byte: int) -> int:
        """The position of the character that `byte` belongs to."""
        return bisect_right(self._starts, byte) - 1 if self._starts else byte


def _without_surrogates(value: str) -> str:
    return _SURROGATES.sub("\ufffd", value)


_SURROGATES = re.compile("[\ud800-\udfff]")


def _width(character: str) -> int:
    code = ord(character)
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4  # noqa: PLR2004  # RFC 3629 §3


class Pattern:
    """One compiled expression. Spans count characters."""

    def __init__(self, source: str, *, whole_words: bool = False) -> None:
        """Raises PatternError."""
        self._compiled, self._whole = re2.compile(source.encode(), _options()), whole_words

    def spans(
        self, text: Readable | str, start: int = 0, end: int | None = None
    ) -> Iterator[tuple[int, int]]:
        """Where it matches in `text[start:end]`, from left to right; empty matches are left out."""
        readable = Readable(text) if isinstance(text, str) else text
        last = len(readable.data) if end is None else readable.byte(end)
        for match in self._compiled.finditer(readable.data, readable.byte(start), last):
            first, past = match.span()
            if first == past:
                continue
            span = readable.character(first), readable.character(past)
            if not self._whole or _stands_alone(readable.value, *span):
                yield span

    def search(self, text: Readable | str, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
        """The first match in `text[start:end]`, if there is one."""
        return next(self.spans(text, start, end), None)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """True where no letter or digit of any script runs on beyond the match."""
    before = start > 0 and _is_word(text[start - 1]) and _is_word(text[start])
    after = end < len(text) and _is_word(text[end]) and _is_word(text[end - 1])
    return not before and not after


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


@lru_cache(KEPT)
def words(phrases: tuple[str, ...]) -> Pattern:
    """The phrases as one expression for whole words. Raises PatternError."""
    return Pattern(word_source(phrases), whole_words=True)


@lru_cache(KEPT)
def anywhere(phrases: tuple[str, ...]) -> Pattern:
    """The phrases as one expression that may begin and end inside words. Raises PatternError."""
    return Pattern(_any_of(phrases))


@lru_cache(KEPT)
def at_end(phrases: tuple[str, ...]) -> Pattern:
    """The phrases as one expression for whole words at the end of a text. Raises PatternError."""
    return Pattern(rf"\b(?:{_any_of(phrases)})$")


@lru_cache(KEPT)
def at_start(phrases: tuple[str, ...]) -> Pattern:
    """The phrases as one expression for whole words at the start of a text. Raises PatternError."""
    return Pattern(rf"^(?:{word_source(phrases)})")


def word_source(phrases: tuple[str, ...]) -> str:
    """The phrases as the source of one expression for whole words."""
    return _any_of(tuple(f"{_edge(phrase[:1])}(?:{phrase}){_edge(_last_mark(phrase))}" for phrase in phrases))


def _any_of(phrases: tuple[str, ...]) -> str:
    return "|".join(f"(?:{phrase})" for phrase in phrases)


def _edge(mark: str) -> str:
    """A word's edge, where the phrase begins or ends with what may be part of a word."""
    return r"\b" if mark.isalnum() or mark in _MAY_BE_LETTERS else ""


_MAY_BE_LETTERS = frozenset("([)*+?}")
"""Marks at a phrase's beginning or end that stand for what may be letters."""


def _last_mark(phrase: str) -> str:
    r"""What a phrase ends with: nothing where it is an escaped mark (`\?`), so that no word's edge is asked for."""
    return "" if re.search(r"\\[^\w]$|\\b$|\\B$|\$\)?$|\\[^\w]\)?\??$", phrase) else phrase[-1:]


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    return options


class Scanner:
    """Many sets of phrases looked for in one pass, whatever their number (RE2's Set)."""

    def __init__(self, sets: tuple[tuple[str, ...], ...]) -> None:
        """Raises PatternError. A set that is wrong must be caught before: see `words`."""
        self._sets = sets
        self._set = re2.Set.SearchSet(_options())
        for phrases in sets:
            self._set.Add(word_source(phrases).encode())
        self._always = self._set.Add(b"")
        self._set.Compile()

    def present(self, text: Readable) -> frozenset[tuple[str, ...]]:
        """The sets of which a phrase may be in the text. All of them, where RE2 had not the memory to tell.

        The empty phrase is in every text: where even that was not found RE2 gave up, which its Set tells in no other way.
        """
        found = self._set.Match(text.data)
        if self._always not in found:
            return frozenset(self._sets)
        return frozenset(self._sets[number] for number in found if number != self._always)
