r"""The words that a text must have for a phrase to be in it, so that most phrases need not be looked for at all.

"share (?:this|it)" needs "share", and one of "this" and "it". What is said here is always true of every match, and
often less than could be said: where an expression leaves too much open, nothing is. A word is what stands between two
places where RE2 finds `\b`: ASCII letters, digits and `_`. Any other character that is seen, such as @, is a word here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from math import prod

from publisher.policy.lazy import cached_property
from publisher.policy.outlines import (
    ANYTHING,
    EDGE,
    GAP,
    HOLE,
    MOST,
    NOTHING,
    WORD,
    WORDS_EDGE,
    Outlines,
    UnknownError,
    alternatives,
    is_wordless,
    joined,
    literal,
)
from publisher.policy.patterns import open_ends
from publisher.policy.short_words import EVERYWHERE, USUAL

MOST_PAIRS = 4 * MOST
"""Most pairs of words that may be next to each other: they are worked out only where a text asks for them."""
MOST_PIECES = 8
"""Most parts of words of which one is looked for: more take as long as the phrase itself."""
_PART_OF_WORD = re.compile(r"[a-z0-9_]+")
_MARK = re.compile(rf"[^a-z0-9_{HOLE}{EDGE}\s]")
_PLAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_' -]*[a-z0-9_])?")
"""Words alone, which begin and end whole: most phrases are no more."""
_UNSEEN = frozenset([NOTHING, GAP, WORDS_EDGE])


class Row:
    """Parts that words may run through; before and after a row is what is no word, or the match's end."""

    def __init__(self, parts: Sequence[Outlines]) -> None:
        self._parts = parts
        self.size = prod(map(len, parts))

    @cached_property
    def outlines(self) -> Outlines:
        """What the row stands for."""
        return joined(self._parts)

    @cached_property
    def words(self) -> frozenset[str]:
        """Words of which one is there: the rarest of each outline. Nothing where one has none."""
        return frozenset(map(_rarest, self._by_outline))

    def may_be_in(self, words: frozenset[str], data: bytes) -> bool:
        """Whether all words of one of the outlines are there; of a row without words, parts of them."""
        if not self.words:
            return not self._pieces or any(piece in data for piece in self._pieces)
        if not words.isdisjoint(self._alone):
            return True
        there = words.intersection(self._several)
        return any(several <= words for rarest in there for several in self._several[rarest])

    @cached_property
    def _by_outline(self) -> frozenset[frozenset[str]]:
        """The words of each outline. Nothing where one has none."""
        found = frozenset(map(_words_of, self.outlines))
        return found if all(found) else frozenset()

    @cached_property
    def _alone(self) -> frozenset[str]:
        """The words of outlines that have no other."""
        return frozenset().union(*(words for words in self._by_outline if len(words) == 1))

    @cached_property
    def _several(self) -> Mapping[str, Sequence[frozenset[str]]]:
        """The words of all other outlines, by the rarest of them."""
        found: dict[str, list[frozenset[str]]] = {}
        for words in self._by_outline:
            if words.isdisjoint(self._alone):
                found.setdefault(_rarest(words), []).append(words)
        return found

    @cached_property
    def _pieces(self) -> frozenset[bytes]:
        """Parts of words, in UTF-8, of which one is there: the longest of each outline. Nothing where one has none, or a short one."""
        found = {max(_PART_OF_WORD.findall(outline), key=len, default="") for outline in self.outlines}
        telling = len(found) <= MOST_PIECES and min(map(len, found)) >= SHORT
        return frozenset(map(str.encode, found)) if telling else frozenset()


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
    """What a match must have: all words of one outline of each of its `rows`, and of all `neighbours` two words."""

    def __init__(self, rows: Sequence[Row], marks: Sequence[Row] = ()) -> None:
        """`marks` are what stands between rows, where that is seen."""
        self._in_order = rows
        self.rows = sorted([*rows, *marks], key=_size)

    @cached_property
    def neighbours(self) -> Sequence[Neighbours]:
        """Of each of these two words."""
        return [Neighbours(one, two) for one, two in pairwise(self._in_order)]


def rarest(needs: Sequence[Row] | Sequence[Neighbours]) -> frozenset[str]:
    """Words, or pairs, of which one is there, such as few texts have; none where nothing can be said. The smallest needs come first."""
    best: frozenset[str] = frozenset()
    for need in needs:
        if best and (need.size > MANY or _commonness(best) <= min(need.size, RARE)):
            break
        best = min((words for words in (best, need.words) if words), key=_commonness, default=best)
    return best


@lru_cache(4096)
def _commonness(words: frozenset[str]) -> int:
    """How often texts have one of the words or pairs, as far as words by themselves tell: only an order is made of it."""
    return sum(min(map(_commonness_of, each.split(" "))) for each in words)


@lru_cache(8192)
def _commonness_of(word: str) -> int:
    if word in EVERYWHERE or word in COMMON_MARKS:
        return OF_EVERYWHERE
    return OF_USUAL if word in USUAL else 1


OF_EVERYWHERE, OF_USUAL = 60, 6
"""Rare words that together are about as common as one that is everywhere, and as a usual one."""
SHORT = 3
"""Letters of a part of a word that is worth to be looked for."""
COMMON_MARKS = frozenset(".,:;'-/!?()&")
"""Marks that most texts have."""
RARE, MANY = 8, 64
"""Rare words that are rare enough together; and outlines of a row that is not worth to be worked out, if there is another."""


def _size(row: Row) -> int:
    return row.size


def _words_of(outline: str) -> frozenset[str]:
    """The whole words and the marks of an outline."""
    if outline.isascii() and outline.replace(" ", "").isalnum():
        return frozenset(outline.split())
    words = (word for word in WORD.findall(outline) if HOLE not in word)
    return frozenset([*words, *_MARK.findall(outline)])


def _rarest(words: frozenset[str]) -> str:
    return min(words, key=_rank) if len(words) > 1 else next(iter(words))


def _rank(word: str) -> tuple[int, int, str]:
    return _commonness_of(word), -len(word), word


def needed(phrase: str) -> tuple[Needs, ...]:
    """What a match of a phrase without a gap needs: one of these. Empty where it has something that is not known here."""
    if _PLAIN.fullmatch(phrase):
        return (Needs([Row([literal(word)]) for word in WORD.findall(phrase)]),)
    try:
        ways = alternatives(phrase)
    except UnknownError:
        return ()
    open_before, open_after = open_ends(phrase)
    before, after = ANYTHING if open_before else NOTHING, ANYTHING if open_after else NOTHING
    return tuple(Needs(list(_rows([before, *parts, after])), list(_marks(parts))) for parts in ways)


def _marks(parts: Sequence[Outlines]) -> Iterator[Row]:
    """The parts that are no words, where each of their outlines has a mark."""
    for part in parts:
        if part not in _UNSEEN and is_wordless(part) and all(map(_MARK.search, part)):
            yield Row([part])


def _rows(parts: Sequence[Outlines]) -> Iterator[Row]:
    """Parts put together, as far as words may run through them."""
    row: list[Outlines] = []
    for part in (*parts, GAP):
        if not is_wordless(part):
            row.append(part)
        elif row:
            yield Row(row)
            row = []
