"""The words that the second reader knows by sight, so that it reads them through misspelling: "kil", "htae", "iloathe".

The model reads a word that it does not know in pieces, and the pieces say little. So a word that is none of its own is
put right where it is one of the words known by sight written wrongly, or several of them run together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache

from publisher.spelling import respelt, without_vowels

SEEN_MIN = 4
"""Letters of a word that is put right; shorter ones are too many other words written wrongly."""
JOINED_MIN, JOINED_MAX = 5, 40
"""Letters of words run together that are set apart again."""
PART_MIN = 2
"""Letters of each of them, but for "i" and "a"."""
LETTERS = frozenset({"i", "a"})
SWAPPED = 2
"""Letters of a word of which each may come first where it is misspelt."""


class Cues:
    """Puts words right. `is_word` says of any word whether it is one as it stands."""

    def __init__(self, words: Iterable[str], is_word: Callable[[str], bool]) -> None:
        """Made once for a list of words, of which it is the first of two with the same misspelling that is taken."""
        self._is_word = is_word
        self._words = frozenset(words)
        self._parts = frozenset(word for word in self._words if len(word) >= PART_MIN or word in LETTERS)
        self._longest = max(map(len, self._parts), default=0)
        self._by_first: dict[str, list[str]] = {}
        for word in words:
            for letter in dict.fromkeys(word[:SWAPPED]):
                self._by_first.setdefault(letter, []).append(word)
        self._right_of = cache(self._misspelt)

    def put_right(self, sentence: str) -> str:
        """The sentence with the words that are written wrongly put right."""
        return " ".join(self._word(word) for word in sentence.split(" "))

    def _word(self, written: str) -> str:
        word = written.rstrip(".,;:!?)").lower()
        if not word.isalpha() or word in self._words or self._is_word(word):
            return written
        right = self._seen(word) or self._apart(word)
        return right + written[len(word) :] if right else written

    def _seen(self, word: str) -> str:
        """The word known by sight that is written so; empty where there is none."""
        return self._right_of(word[0]).get(word, "") if word[0] in self._by_first else ""

    def _misspelt(self, first: str) -> Mapping[str, str]:
        """The misspellings that begin with a letter, and what is right."""
        right: dict[str, str] = {}
        for word in self._by_first[first]:
            for wrong in _wrong(word):
                if wrong[0] == first and wrong not in self._words and not self._is_word(wrong):
                    right.setdefault(wrong, word)
        return right

    def _apart(self, word: str) -> str:
        """The fewest known words that together are this one; empty where there are none. One way at most from each letter."""
        if not JOINED_MIN <= len(word) <= JOINED_MAX:
            return ""
        ways: list[tuple[str, ...] | None] = [()] + [None] * len(word)
        for end in range(1, len(word) + 1):
            before = (
                (*way, word[start:end])
                for start in range(max(0, end - self._longest), end)
                if (way := ways[start]) is not None and word[start:end] in self._parts
            )
            ways[end] = min(before, key=len, default=None)
        return " ".join(ways[-1] or ())


def _wrong(word: str) -> Collection[str]:
    if len(word) < SEEN_MIN or not word.isalpha():
        return ()
    short = without_vowels(word)
    return sorted({*respelt(word), *({short} if len(short) >= SEEN_MIN - 1 else ())})
