"""Terms as data: plain words that are found whatever they are disguised as (publisher/policy/evasions.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from publisher.policy.detectors.phrases import excused
from publisher.policy.evasions import LOOKS_LIKE, Evasions, in_squeezed, masked, spelt, squeezed
from publisher.policy.expressions import Pattern
from publisher.policy.folding import View
from publisher.policy.readings import Reading, Scan
from publisher.policy.short_words import USUAL
from publisher.policy.subject import Hit, Subject

WIDE = 7
"""Letters from which a term of a rule with `wide` is seen across a gap between two usual words."""
SHORT = 3
"""Letters of terms that clean text forms too easily out of two words, or out of more single letters."""
GAP = 6
"""Most characters between two letters or fragments that are still seen as one word."""
ENDINGS = ("s", "es", "d", "ed", "er", "ers", "ing", "ings", "in", "n", "y", "z")
"""What a term may end with. `in` and `n` are "ing" as it is spoken, `z` is slang for `s`."""
EXACT, PLURAL = "=", "+s"
"""What a term ends with in a table, where it has no inflections, or only its plural."""
VOWELS = frozenset("aeiou")


def terms(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Each of `terms` in the texts: plain words or two words, in any case, with usual endings, through any disguise.

    A term that ends with `=` is taken exactly, one with `+s` also in the plural. `inside` are terms found inside longer
    words; `not_terms` are words that are none though they hold or look like one. `wide` also joins two usual words.
    `not_after`, `not_before`, `unless` and `only_with` are those of the detector `phrases`.
    """
    sought = _sought(
        parameters["terms"],
        parameters.get("inside", ()),
        parameters.get("not_terms", ()),
        wide=bool(parameters.get("wide", False)),
    )
    if subject.scan and not sought.may_be_in(subject.scan):
        return
    for words in subject.texts:
        past = -1
        for span in words.reading.once(sought, sought.spans):
            start, end = words.evasions.origin(*span)
            if start >= past and not excused(parameters, words, start, end):
                past = end
                yield words.hit(start, end)


@dataclass(frozen=True, eq=False)
class Sought:
    """A rule's terms, ready to be looked for. `masked` is by length, first and last letter; the rest are expressions."""

    squeezed: Pattern
    apart: Pattern
    inside: Pattern | None
    masked: Mapping[tuple[int, str, str], tuple[str, ...]]
    not_terms: tuple[str, ...]
    wide: bool

    def may_be_in(self, scan: Scan) -> bool:
        """False where none of the terms is in any text: told in one quick look at all of them."""
        return self.squeezed.search(scan.squeezed) is not None or any(map(self._is_masked, scan.masked))

    def spans(self, given: Reading) -> list[tuple[int, int]]:
        """Where the terms are in the text of the text's evasions, from left to right, the longest first."""
        found = [*self._spelt(given.evasions), *self._masked(given.evasions.text)]
        return sorted(found, key=lambda span: (span[0], -span[1]))

    def _masked(self, text: str) -> Iterator[tuple[int, int]]:
        return ((each.start, each.end) for each in masked(text) if self._is_masked(each.text))

    def _spelt(self, evasions: Evasions) -> Iterator[tuple[int, int]]:
        if self.squeezed.search(squeezed([evasions.text])) is None:
            return
        for stream in evasions.streams:
            for start, end in _spans(self.apart, stream):
                if self._is_one(stream, evasions.text, start, end):
                    yield stream.at[start], stream.at[end - 1] + 1
            if self.inside:
                yield from self._inside(self.inside, stream)

    def _is_one(self, stream: View, text: str, start: int, end: int) -> bool:
        """Whether what was found is a term, and not an exception, a code, or words that only stand side by side."""
        seen = stream.text[start:end].replace("_", "")
        if seen in self.not_terms or " " * (GAP + 1) in seen or _is_code(seen):
            return False
        parts = seen.strip("CL ").split()
        if len(parts) == 1:
            return True
        if all(len(part) == 1 for part in parts):
            return len(parts) > SHORT or not _has_single_beside(stream.text, start, end)
        between = text[stream.at[start] : stream.at[end - 1]]
        return _BETWEEN_WORDS.isdisjoint(between) or not self._may_be_words(parts)

    def _may_be_words(self, parts: list[str]) -> bool:
        """Whether clean text may hold these fragments side by side."""
        letters = sum(map(len, parts))
        if letters <= SHORT or not all(part.isalpha() and part.islower() for part in parts):
            return True
        return all(part in USUAL for part in parts) and not (self.wide and letters >= WIDE)

    def _inside(self, pattern: Pattern, stream: View) -> Iterator[tuple[int, int]]:
        for start, end in pattern.spans(stream.readable):
            if not stream.text[start].islower():  # "(until" is no "cuntil"
                continue
            first, last = _word_round(stream.text, start, end)
            word = stream.text[first:last].replace("_", "")
            if pattern.search(_without(word, self.not_terms)) is not None:
                yield stream.at[start], stream.at[end - 1] + 1

    def _is_masked(self, text: str) -> bool:
        shape = (len(text), text[0], text[-1])
        return any(_hides(text, form) for form in self.masked.get(shape, ()))


def _spans(pattern: Pattern, stream: View) -> Iterator[tuple[int, int]]:
    """The spans without the blanks and digits at their ends."""
    for start, end in pattern.spans(stream.readable):
        found = stream.text[start:end]
        first = start + len(found) - len(found.lstrip(_ENDS))
        yield first, first + len(found.strip(_ENDS))


_ENDS = " _"
_EDGE = r"[\dCL]*"
"""Digits, and marks read as letters, may be stuck to a word: `(word!`."""
_BETWEEN_WORDS = frozenset(" \t\n,;:/&\"()'")


def _is_code(text: str) -> bool:
    """True for numbers, and for a letter before or after one: W09, 900k."""
    return _CODE.fullmatch(text) is not None


_CODE = re.compile(r"[\dCL ]*[a-z]?|[a-z][\dCL]{1,4}")


def _has_single_beside(text: str, start: int, end: int) -> bool:
    """True where the letters found are part of a longer row of single letters."""
    before, after = text[max(0, start - GAP) : start].split(), text[end : end + GAP].split()
    return (bool(before) and len(before[-1]) == 1) or (len(after) > 1 and len(after[0]) == 1)


def _word_round(text: str, start: int, end: int) -> tuple[int, int]:
    """The whole word that the span is in, as far as it matters."""
    first, last = text.rfind(" ", max(0, start - REACH), start), text.find(" ", end, end + REACH)
    return (first + 1 if first >= 0 else max(0, start - REACH)), (
        last if last >= 0 else min(len(text), end + REACH)
    )


REACH = 40
"""Letters round a term in which the word is looked for that it may be a harmless part of."""


def _without(word: str, not_terms: tuple[str, ...]) -> str:
    for each in not_terms:
        word = word.replace(each, " ")
    return word


def _hides(seen: str, form: str) -> bool:
    """True where all letters that are shown are the form's. Weak marks stand for one vowel in a word that is not short."""
    pairs = list(zip(seen, form, strict=True))
    if not all(shown in {"*", "-", letter} or shown in LOOKS_LIKE.get(letter, "") for shown, letter in pairs):
        return False
    weak = [letter for shown, letter in pairs if shown == "-"]
    if "*" in seen:
        return not weak
    return len(form) > SHORT and len(weak) == 1 and weak[0] in VOWELS


@lru_cache(64)
def _sought(
    terms: tuple[str, ...], inside: tuple[str, ...], not_terms: tuple[str, ...], *, wide: bool
) -> Sought:
    by_shape: dict[tuple[int, str, str], list[str]] = {}
    for form in sorted({form for term in terms for form in _forms(term)}):
        by_shape.setdefault((len(form), form[0], form[-1]), []).append(form)
    longest_first = sorted(terms, key=lambda term: (-len(term), term))
    apart = "|".join(source for term in longest_first for source in _sources(term))
    stems = {stem for term in terms for stem, _ in _stems(term)}
    return Sought(
        Pattern("|".join(map(in_squeezed, sorted({*stems, *inside})))),
        Pattern(rf"\b{_EDGE}(?:{apart}){_EDGE}\b"),
        Pattern("|".join(spelt(term, between="") for term in inside)) if inside else None,
        {shape: tuple(forms) for shape, forms in by_shape.items()},
        not_terms,
        wide,
    )


def _stems(term: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A term, and what is left of it before an ending that takes its last letter; each with what may follow."""
    bare = "".join(letter for letter in term.lower() if letter.isalnum())
    if term.endswith(EXACT):
        yield bare, ()
    elif term.endswith(PLURAL):
        yield bare[:-1], ("s",)
    elif bare.endswith("e"):
        yield from ((bare, ("s", "d", "r", "rs", "z")), (bare[:-1], ("ing", "ings", "in", "y")))
    elif bare.endswith("y"):
        yield from ((bare, ("s", "z")), (bare[:-1], ("ies", "ied", "ier")))
    else:
        yield bare, ENDINGS


def _source(stem: str, endings: tuple[str, ...], bare: str) -> str:
    """The source of one expression for a stem with its endings; nothing stands between these two but an apostrophe."""
    more = "|".join(spelt(ending) for ending in endings)
    return spelt(stem) + (f"_?(?:{more}){'?' if stem == bare else ''}" if more else "")


def _forms(term: str) -> Iterator[str]:
    """All forms of a term; the last letter may be doubled before an ending."""
    for stem, endings in _stems(term):
        yield from (stem + ending for ending in endings)
        yield from (stem + stem[-1] + ending for ending in endings if ending[0] in VOWELS)
    yield next(_stems(term))[0]


def _sources(term: str) -> Iterator[str]:
    bare = next(_stems(term))[0]
    if term.endswith(PLURAL) and len(bare) <= SHORT:
        yield " +".join(f"{bare}s")  # three single letters are too few to be a word: its "s" is the fourth
    yield from (_source(stem, endings, bare) for stem, endings in _stems(term))
