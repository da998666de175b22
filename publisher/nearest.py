"""Which of the names that there are may have been meant by one that there is not. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LIKE = 0.6
"""How alike two names are of which one may be meant by the other (difflib's ratio)."""
BESIDE = 0.1
"""How much less alike than the nearest name another one is that may have been meant as well."""
LONG_ENOUGH = 4
"""Letters of a word that may be the beginning of a longer name, or a part of it."""
BEGUN = 0.95
"""What a name counts that the word is like only as far as it goes: a whole name goes before it."""


def alike(word: str, known: Iterable[str], most: int = 1, least: float = LIKE) -> list[str]:
    """The names most like the word, or whose beginning is, or that it is a part of; the most alike first."""
    ratios = {name: _ratio(word, name) for name in sorted(set(map(str, known)))}
    least = max(least, max(ratios.values(), default=0) - BESIDE)
    found = sorted(ratios, key=lambda each: -ratios[each])
    return [name for name in found[:most] if ratios[name] >= least]


def _ratio(word: str, name: str) -> float:
    compared = difflib.SequenceMatcher(a=name, b=word)
    whole = compared.ratio()
    if len(word) < LONG_ENOUGH or len(name) <= len(word):
        return whole
    if word in name:
        return max(whole, BEGUN)
    compared.set_seq1(name[: len(word) + 1])
    return max(whole, compared.ratio() * BEGUN)


def meant(
    word: str, known: Iterable[str], otherwise: str, *, least: float = LIKE, most: int = 1, shown: str = "{}"
) -> str:
    """Asks whether the name most like the word was meant, each as `shown`; where none is like it, `otherwise`."""
    found = alike(word, known, most, least)
    return f"Did you mean {' or '.join(map(shown.format, found))}?" if found else otherwise


def near(name: str, known: Iterable[str]) -> str:
    """A hint at the name that may have been meant, for the end of a clause; empty where none is like it."""
    found = alike(name, known)
    return f" (did you mean {found[0]!r}?)" if found else ""
