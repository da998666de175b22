"""All phrases of a rule book looked for in all texts of an item at once.

Most phrases need a word that no text has: those are not looked for. The few that are left are, one after the other, in
the texts put together. RE2's Set would look for all in one pass, but makes its states anew for nearly every new text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from publisher.policy.expressions import Pattern, PatternSet, Readable
from publisher.policy.lazy import cached_property
from publisher.policy.literals import Needs, Neighbours, needed, rarest
from publisher.policy.patterns import parts_of, word, word_source

Phrases = tuple[str, ...]
"""A list of phrases, as a rule has it."""
CLOSELY = 32 * 1024
"""Bytes of texts that are looked at closely: in more, a phrase counts as there where the words are that it needs."""
KEPT = 8192
"""Phrases of which it is kept what they need: more than two rule books have."""
_IN_WORDS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_")
_WORDS_ALONE = bytes(code if code in _IN_WORDS else ord(" ") for code in range(256))
_NO_MARKS = bytes(_IN_WORDS) + b" \n"
_BETWEEN = b"\n\n"


class Scanner:
    """Looks for lists of phrases. An expression is compiled when a text has its words: most of a rule book's never are."""

    def __init__(self, lists: Iterable[Phrases]) -> None:
        """Raises PatternError for what RE2 does not take. `known` are the lists, `lists_of` those with a phrase."""
        self.known = frozenset(lists)
        self._by_word: dict[str, list[_Way]] = {}
        self._alone: dict[str, list[_Way]] = {}
        self._by_pair: dict[str, list[_Way]] = {}
        self._paired: set[_Way] = set()
        self.lists_of: dict[str, list[Phrases]] = {}
        for phrases in sorted(self.known):
            for phrase in phrases:
                self.lists_of.setdefault(phrase, []).append(phrases)
        wordless = [sought for phrase in self.lists_of if not self._filed(sought := _sought(phrase))]
        self._within = _Together([sought for sought in wordless if not sought.crosses])
        self._across = _Together([sought for sought in wordless if sought.crosses])

    def _filed(self, sought: _Sought) -> bool:
        """Files a phrase under the words of which it needs one; False where it needs none."""
        for way in sought.ways:
            for needed_word in way.rarest:
                self._by_word.setdefault(needed_word, []).append(way)
        return bool(sought.ways)

    def holders(self, texts: Sequence[str]) -> Mapping[str, Collection[int]]:
        """Of each phrase, the numbers of the texts that may hold it. Phrases that none holds are left out."""
        paragraphs, whole = _paragraphs(texts), _whole(texts)
        likely = (*self._across.present(whole), *self._within.present(paragraphs), *self._likely(paragraphs))
        found = {
            sought.phrase: (whole if sought.crosses else paragraphs).holding(sought.pattern)
            for sought in likely
        }
        return {phrase: numbers for phrase, numbers in found.items() if numbers}

    def _likely(self, paragraphs: _Joined) -> Collection[_Sought]:
        """The phrases of which the texts have the words, each once."""
        words = paragraphs.data.translate(_WORDS_ALONE).decode("ascii").split()
        marks = paragraphs.data.translate(None, _NO_MARKS).decode()
        there, pairs = frozenset([*words, *marks]), frozenset(map(" ".join, pairwise(words)))
        ways = [way for each in there & self._by_word.keys() for way in self._known_by(each)]
        for pair in pairs & self._by_pair.keys():
            ways += self._by_pair[pair]
        fit = (way.sought for way in dict.fromkeys(ways) if way.may_be_in(there, pairs, paragraphs.data))
        return dict.fromkeys(fit)

    def _known_by(self, each: str) -> list[_Way]:
        """The ways that a word alone announces. When it is first met, those that need a pair are filed under that.

        Pairs are rare, and too many to be worked out for words that no text has. Threads may do this at once: a way is
        under its pairs before it is no longer told by the word.
        """
        if each not in self._alone:
            for way in self._by_word[each]:
                if way not in self._paired:
                    for pair in way.pairs:
                        self._by_pair.setdefault(pair, []).append(way)
                    self._paired.add(way)
            self._alone[each] = [way for way in self._by_word[each] if not way.pairs]
        return self._alone[each]


class _Sought:
    """A phrase, and how it is looked for: in no way where it needs no word, so that it is always looked for."""

    def __init__(self, phrase: str) -> None:
        self.phrase = phrase
        self.crosses = (
            _MAY_CROSS.search(phrase) is not None and _CROSSING.search(_WITHIN.sub("", phrase)) is not None
        )
        ways = [_Way(self, parts) for parts in _needed(phrase)]
        self.ways = ways if all(way.rarest for way in ways) else []

    @property
    def source(self) -> str:
        """Its expression; of a phrase with a gap what stands before it."""
        return word_source((self.phrase,))

    @cached_property
    def pattern(self) -> Pattern:
        """What finds it in lines, and again, for the rules, in texts."""
        return word(self.phrase)


_MAY_CROSS = re.compile(r"[\\^\n]|\(\?[a-zA-Z]|\[:")
_WITHIN = re.compile(r"\[\^[^\]]*\\n[^\]]*\]")
"""A class of all but line ends and others: what it stands for is within a line."""
_CROSSING = re.compile(r"\\(?:[sWDPnrtvfaCxQ0-9]|p(?!\{So\}))|\[\^|\[:|\n|\(\?[a-zA-Z]*s")
"""What else may stand for a line's end, so that a match may go on behind it."""


@lru_cache(KEPT)
def _sought(phrase: str) -> _Sought:
    """Worked out once for all rule books of the process: they hold mostly the same."""
    return _Sought(phrase)


class _Together:
    """Phrases that are looked for in every text, in one pass."""

    def __init__(self, phrases: Sequence[_Sought]) -> None:
        self._phrases = phrases
        self._set = PatternSet([sought.source for sought in phrases])

    def present(self, joined: _Joined) -> Iterator[_Sought]:
        """Those that are there."""
        return (self._phrases[number] for number in self._set.present(joined.data))


class _Way:
    """One way in which a phrase may be in a text: what is needed before its gap, and, where it has gaps, after them."""

    def __init__(self, sought: _Sought, parts: Sequence[Needs]) -> None:
        self.sought, self._parts = sought, parts
        self._rows = [row for part in parts for row in part.rows]
        self.rarest = rarest(parts[0].rows)

    @cached_property
    def _neighbours(self) -> Sequence[Neighbours]:
        """None of a phrase that goes on behind a paragraph: it may have its words in two that are not next to each other here."""
        return [] if self.sought.crosses else [pair for part in self._parts for pair in part.neighbours]

    @cached_property
    def pairs(self) -> frozenset[str]:
        """Two words next to each other, with a blank between, of which one pair is needed; none where that is not known."""
        return rarest(sorted(self._neighbours, key=lambda each: each.size))

    def may_be_in(self, words: frozenset[str], pairs: frozenset[str], data: bytes) -> bool:
        """Whether all that is needed is there. What is needed is worked out as far as it is asked: most of it never is."""
        for row in self._rows:
            if not row.may_be_in(words, data):
                return False
        return not any(pairs.isdisjoint(each.words) and each.words for each in self._neighbours)


def _needed(phrase: str) -> Iterator[Sequence[Needs]]:
    """What a match of the phrase needs: one of these. Nothing where nothing can be said."""
    heads, *tails = map(needed, parts_of(phrase))
    after = [ways[0] for ways in tails if len(ways) == 1]
    yield from ([head, *after] for head in heads)


class _Joined:
    """Pieces of texts put together, each on lines of its own; `owners` are the numbers of the texts that a piece is of."""

    def __init__(self, pieces: Sequence[str], owners: Sequence[Sequence[int]]) -> None:
        read = [Readable(piece).data for piece in pieces]
        self.data = _BETWEEN.join(read)
        self._owners = owners
        self._begins = [0, *accumulate(len(data) + len(_BETWEEN) for data in read[:-1])]

    def holding(self, pattern: Pattern) -> set[int]:
        """The numbers of the texts that a match touches; of long texts all, without a look.

        A match that runs over several may hide one that begins in a later one: all that it touches are taken.
        """
        if len(self.data) > CLOSELY:
            return {number for owners in self._owners for number in owners}
        touched = (
            self._owners[piece]
            for first, past in pattern.places(self.data)
            for piece in range(self._piece_at(first), self._piece_at(max(first, past - 1)) + 1)
        )
        return {number for owners in touched for number in owners}

    def _piece_at(self, place: int) -> int:
        return bisect_right(self._begins, place) - 1


def _whole(texts: Sequence[str]) -> _Joined:
    return _Joined(texts, [[number] for number in range(len(texts))])


def _paragraphs(texts: Sequence[str]) -> _Joined:
    """Each paragraph once: the posts of an item say the same."""
    owners: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        for paragraph in text.split("\n\n"):
            owners.setdefault(paragraph, []).append(number)
    return _Joined(list(owners), list(owners.values()))
