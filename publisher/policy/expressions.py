r"""Regular expressions that cannot backtrack: RE2, whose time is linear in the text (the one door of google-re2).

RE2 has no look-around and no back-references, and `\b` and `\w` know ASCII only (its "Syntax" page). So texts are
given in lower case, and the letters beside a match are looked at here.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

import re2

from publisher.policy.lazy import cached_property

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
        stand = [match.start() for match in NOT_ASCII.finditer(self.value)]
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
NOT_ASCII = re.compile("[^\x00-\x7f]")


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
            if not self._whole or stands_alone(readable.value, *span):
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


def stands_alone(text: str, start: int, end: int) -> bool:
    """True where no letter or digit of any script runs on beyond the match."""
    before = start > 0 and _is_word(text[start - 1]) and _is_word(text[start])
    after = end < len(text) and _is_word(text[end]) and _is_word(text[end - 1])
    return not before and not after


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


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


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    options.never_capture = True  # only whole matches are asked for: then RE2 needs no slower engine
    return options


def demand(source: str) -> None:
    """Raises PatternError where RE2 does not take the expression; it is not kept."""
    re2.Set.SearchSet(_options()).Add(source.encode())


def refusal(source: str) -> str:
    """What RE2 says against an expression; empty where it takes it."""
    try:
        re2.compile(source.encode(), _options())
    except PatternError as error:
        told = error.args[0] if error.args else error
        return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    return ""
