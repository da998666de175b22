r"""The words that a text must have for a phrase to be in it, so that most phrases need not be looked for at all.

"share (?:this|it)" needs "share", and one of "this" and "it". What is said here is always true of every match, and
often less than could be said: where an expression leaves too much open, nothing is. A word is what stands between two
places where RE2 finds `\b`: ASCII letters, digits and `_`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, product
from math import prod

from publisher.policy.lazy import cached_property
from publisher.policy.patterns import open_ends
from publisher.policy.short_words import USUAL

HOLE = "\0"
"""Stands in an outline for what may be anything, or nothing."""
MOST = 512
"""Most outlines of one part of a phrase: of a part with more nothing is said."""
MOST_PAIRS = 4 * MOST
"""Most pairs of words that may be next to each other: they are worked out only where a text asks for them."""
MOST_IN_CLASS = 4
"""Characters of a class that are tried one by one."""
_WORD = re.compile(r"[a-z0-9_\0]+")
_TOKEN = re.compile(
    r"""(?P<run>[^\\()\[\]|?*+{}.^$]+(?![?*+{]))
    |(?P<bar>\|)
    |(?P<choice>\((?:\?:)?[^\\()\[\]?*+{}.^$]+\))
    |(?P<open>\((?:\?:)?(?!\?))
    |(?P<close>\))
    |(?P<class>\[\^?\]?(?:\\p\{\w+\}|\\x\{\w+\}|\\.|\[:\w+:\]|[^\]\\])*\])
    |(?P<escape>\\(?:p\{So\}|[bBwWdDsS]|[^\w]))
    |(?P<mark>[^\\()\[\]|?*+{}])""",
    re.VERBOSE,
)
_OFTEN = re.compile(r"(?:[?*+]|\{\d*(?:,\d*)?\})\??")
_PLAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_' -]*[a-z0-9_])?")
"""Words alone, which begin and end whole: most phrases are no more."""
_PIECE = re.compile(r"[a-z0-9_]+|[^a-z0-9_]+")
_SHORT_CLASS = re.compile(rf"[a-z0-9]{{1,{MOST_IN_CLASS}}}")
_NO_WORDS_CLASS = re.compile(r"(?:[^\w^\\]|\\[^\w]|\\s|\\n|\\p\{So\})+", re.ASCII)
_RANGE = re.compile(r".-.")
_NOT_SPELT = " "
"""Stands in an outline for one or more characters that are no part of a word."""

Outlines = frozenset[str]
_NOTHING: Outlines = frozenset([""])
_ANYTHING: Outlines = frozenset([HOLE])
_GAP: Outlines = frozenset([_NOT_SPELT])


class Row:
    """Parts that words may run through; before and after a row is what is no word, or the match's end."""

    def __init__(self, parts: Sequence[Outlines]) -> None:
        self._parts = parts
        self.size = prod(map(len, parts))

    @cached_property
    def outlines(self) -> Outlines:
        """What the row stands for."""
        return _joined(self._parts)

    @cached_property
    def words(self) -> frozenset[str]:
        """Words of which one is there: the longest of each outline. Nothing where one has none."""
        found = [_longest_word(outline) for outline in self.outlines]
        return frozenset(found) if all(found) else frozenset()


class Neighbours:
    """Two rows, one behind the other."""

    def __init__(self, one: Row, two: Row) -> None:
        self._one, self._two = one, two
        self.size = one.size * two.size

    @cached_property
    def words(self) -> frozenset[str]:
        """Two words, with a blank between, of which one pair is there, next to each other. Nothing where that is not known."""
        last = {found and found[1] for found in map(_LAST_WORD.search, self._one.outlines)}
        first = {found and found[1] for found in map(_FIRST_WORD.match, self._two.outlines)}
        if None in last | first or len(last) * len(first) > MOST_PAIRS:
            return frozenset()
        return frozenset(f"{before} {after}" for before in last for after in first)


_LAST_WORD = re.compile(r"(?<![a-z0-9_\0])([a-z0-9_]+)[^a-z0-9_\0]*$")
_FIRST_WORD = re.compile(r"[^a-z0-9_\0]*([a-z0-9_]+)(?![a-z0-9_\0])")


class Needs:
    """What a match must have: of each of its `rows` a word, and of all `neighbours` two."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._in_order = rows
        self.rows = sorted(rows, key=_size)

    @cached_property
    def neighbours(self) -> Sequence[Neighbours]:
        """Of each of these two words."""
        return [Neighbours(one, two) for one, two in pairwise(self._in_order)]

    def rarest(self) -> frozenset[str]:
        """Words of which one is there, such as few texts have; none where nothing can be said."""
        best: frozenset[str] = frozenset()
        for row in self.rows:
            if best and (row.size > MANY or _commonness(best) <= min(row.size, RARE)):
                break
            best = min((words for words in (best, row.words) if words), key=_commonness, default=best)
        return best


@lru_cache(4096)
def _commonness(words: frozenset[str]) -> int:
    """How often texts have one of the words, as far as words by themselves tell: only an order is made of it."""
    return sum(OF_SHORT if len(word) <= SHORT else OF_USUAL if word in USUAL else 1 for word in words)


OF_SHORT, OF_USUAL, SHORT = 30, 6, 3
"""Rare words that together are about as common as a word of three letters, and as a usual one."""
RARE, MANY = 8, 64
"""Rare words that are rare enough together; and outlines of a row that is not worth to be worked out, if there is another."""


def _size(row: Row) -> int:
    return row.size


def _longest_word(outline: str) -> str:
    """The longest word without a hole; empty where there is none."""
    if outline.isascii() and outline.isalnum():
        return outline
    return max((word for word in _WORD.findall(outline) if HOLE not in word), key=len, default="")


def needed(phrase: str) -> tuple[Needs, ...]:
    """What a match of a phrase without a gap needs: one of these. Empty where it has something that is not known here."""
    if _PLAIN.fullmatch(phrase):
        return (Needs([Row([_literal(word)]) for word in _WORD.findall(phrase)]),)
    try:
        alternatives = _Parser().parsed(phrase)
    except _UnknownError:
        return ()
    open_before, open_after = open_ends(phrase)
    before, after = _ANYTHING if open_before else _NOTHING, _ANYTHING if open_after else _NOTHING
    return tuple(Needs(list(_rows([before, *parts, after]))) for parts in alternatives)


def _rows(parts: Sequence[Outlines]) -> Iterator[Row]:
    """Parts put together, as far as words may run through them."""
    row: list[Outlines] = []
    for part in (*parts, _GAP):
        if not _is_wordless(part):
            row.append(part)
        elif row:
            yield Row(row)
            row = []


@lru_cache(4096)
def _is_wordless(part: Outlines) -> bool:
    return all(outline and not _WORD.search(outline) for outline in part)


def _joined(parts: Sequence[Outlines]) -> Outlines:
    """The outlines of parts that follow each other."""
    if len(parts) == 1:
        return parts[0]
    found = _NOTHING
    for part in parts:
        many = len(found) * len(part) > MOST
        found = frozenset(map("".join, product(found, _ANYTHING if many else part)))
    return found


class _UnknownError(ValueError):
    """The expression has something that is not known here."""


class _Parser:
    """Reads an expression of RE2 into the outlines of its parts, token by token."""

    def __init__(self) -> None:
        self._rows: list[list[Outlines]] = []
        self._row: list[Outlines] = []
        self._outer: list[tuple[list[list[Outlines]], list[Outlines]]] = []

    def parsed(self, source: str) -> list[list[Outlines]]:
        """The alternatives of the expression, each as a row of parts. Raises _UnknownError."""
        at = 0
        while at < len(source):
            token = _TOKEN.match(source, at)
            if token is None:
                raise _UnknownError(source)
            often = _OFTEN.match(source, token.end())
            self._take(token.lastgroup or "", token[0], often[0] if often else "")
            at = often.end() if often else token.end()
        if self._outer:
            raise _UnknownError(source)
        return [*self._rows, self._row]

    def _take(self, kind: str, text: str, often: str) -> None:
        if kind == "run":
            self._row += [_literal(text)] if self._outer else map(_literal, _PIECE.findall(text))
        elif kind == "open":
            self._outer.append((self._rows, self._row))
            self._rows, self._row = [], []
        elif kind == "bar":
            self._rows.append(self._row)
            self._row = []
        else:
            part = self._closed() if kind == "close" else _part(kind, text)
            self._row.append(_repeated(part, often) if often else part)

    def _closed(self) -> Outlines:
        """The group that ends here, as one part."""
        if not self._outer:
            raise _UnknownError
        alternatives = [*self._rows, self._row]
        self._rows, self._row = self._outer.pop()
        return _at_most(frozenset().union(*map(_joined, alternatives)))


@lru_cache(4096)
def _part(kind: str, text: str) -> Outlines:
    """What a token stands for."""
    return _READ[kind](text)


def _choice(text: str) -> Outlines:
    return _at_most(frozenset(text.removeprefix("(").removeprefix("?:")[:-1].split("|")))


def _class(text: str) -> Outlines:
    inside = text[1:-1]
    if _SHORT_CLASS.fullmatch(inside):
        return frozenset(inside)
    wordless = _NO_WORDS_CLASS.fullmatch(inside) and not _RANGE.search(inside)
    return _GAP if wordless else _ANYTHING


def _escape(text: str) -> Outlines:
    return _OF_ESCAPES.get(text[1], _ANYTHING) if text[1].isalpha() else frozenset(text[1])


def _mark(text: str) -> Outlines:
    return _OF_MARKS.get(text) or frozenset(text)


_READ = {"choice": _choice, "class": _class, "escape": _escape, "mark": _mark}
_OF_ESCAPES = {"b": _NOTHING, "s": _GAP, "W": _GAP, "p": _GAP}
_OF_MARKS = {".": _ANYTHING, "^": _NOTHING, "$": _NOTHING}


@lru_cache(1024)
def _literal(text: str) -> Outlines:
    return frozenset([text])


def _at_most(outlines: Outlines) -> Outlines:
    return outlines if len(outlines) <= MOST else _ANYTHING


@lru_cache(4096)
def _repeated(part: Outlines, often: str) -> Outlines:
    """What a part stands for that comes as often as this says."""
    if often[0] == "?":
        return part | _NOTHING
    many = frozenset([_end(part, 0) + HOLE + _end(part, -1)])
    return many if often[0] == "+" or _AT_LEAST_ONE.match(often) else many | _NOTHING


_AT_LEAST_ONE = re.compile(r"\{0*[1-9]")


def _end(part: Outlines, end: int) -> str:
    """A mark of no word, where each outline of the part has one at this end."""
    return _NOT_SPELT if all(outline and not _WORD.match(outline[end]) for outline in part) else ""
