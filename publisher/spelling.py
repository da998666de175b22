"""How a word is written wrongly: two of its letters swapped, or one left out."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

MIN_SWAPPED, MIN_SHORTENED = 4, 5
"""Letters of a word that is still read with two of them swapped, or with one left out."""


@lru_cache(4096)
def respelt(word: str) -> frozenset[str]:
    """The ways to misspell a word by two letters swapped or one left out. Its first and last letters are not left out."""
    letters = list(word)
    found = set()
    if len(word) >= MIN_SWAPPED:
        for n, (left, right) in enumerate(pairwise(letters)):
            found.add("".join([*letters[:n], right, left, *letters[n + 2 :]]))
    if len(word) >= MIN_SHORTENED:
        found |= {word[:n] + word[n + 1 :] for n in range(1, len(word) - 1)}
    return frozenset(found - {word})


def without_vowels(word: str) -> str:
    """The word as it is written in haste: its first letter, and of the rest no vowels ("wmn", "mslms")."""
    return word[:1] + word[1:].translate(_NO_VOWELS)


_NO_VOWELS = str.maketrans("", "", "aeiou")
