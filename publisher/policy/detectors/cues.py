"""Words that say little alone and much together."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from publisher.policy import patterns
from publisher.policy.expressions import Pattern
from publisher.policy.subject import Hit, Subject, Words

_Words = Pattern | patterns.GapPattern
SIGN = "sign_"
"""What the names of a rule's lists of signs begin with."""


def together(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """The first of `phrases` with signs of at least `at_least` kinds within `reach` characters to each side.

    Every parameter whose name begins with `sign_` is one kind: a list of phrases, of which one is enough.
    None where one of `unless` is as near: what a warning quotes is not meant.
    Once a text: a message of that sort is one finding, not one a phrase.
    """
    signs = tuple(tuple(parameters[name]) for name in sorted(parameters) if name.startswith(SIGN))
    some = _some_of(signs[: len(signs) - parameters["at_least"] + 1])
    kinds = [patterns.words(kind) for kind in signs]
    for words in subject.texts:
        likely = words.likely(parameters["phrases"])
        if likely and some.search(words.plain):
            yield from _first(words, patterns.few(likely), kinds, parameters)


@lru_cache(patterns.KEPT)
def _some_of(signs: tuple[tuple[str, ...], ...]) -> Pattern:
    """What finds, and more, one of so many kinds of signs that all others are not enough: most texts have none of these."""
    return Pattern(patterns.word_source(tuple(phrase for kind in signs for phrase in kind)))


def _first(
    words: Words, wanted: patterns.FewPatterns, kinds: list[_Words], parameters: Mapping[str, Any]
) -> Iterator[Hit]:
    reach, at_least = parameters["reach"], parameters["at_least"]
    signs: list[list[int]] = []
    for left, kind in zip(range(len(kinds), 0, -1), kinds, strict=True):
        if len(signs) + left < at_least:
            return
        if starts := [start for start, _ in kind.spans(words.plain)]:
            signs.append(starts)
    if len(signs) < at_least:
        return
    for start, end in wanted.spans(words.plain):
        if sum(_is_within(starts, start - reach, end + reach) for starts in signs) >= at_least:
            if not _is_quoted(words, start, end, parameters):
                yield words.hit(start, end)
            return


def _is_quoted(words: Words, start: int, end: int, parameters: Mapping[str, Any]) -> bool:
    unless, reach = tuple(parameters.get("unless", ())), parameters["reach"]
    first, past = max(0, start - reach), min(len(words.lower), end + reach)
    return bool(unless) and patterns.anywhere(unless).search(words.plain, first, past) is not None


def _is_within(starts: list[int], first: int, last: int) -> bool:
    position = bisect_left(starts, first)
    return position < len(starts) and starts[position] < last


def quotation_over(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """What stands between two quotation marks of one paragraph, where it is longer than `characters`."""
    for words in subject.texts:
        if '"' not in words.lower:
            continue
        start = 0
        for paragraph in words.lower.split("\n"):
            yield from _quotations(words, start, paragraph, parameters["characters"])
            start += len(paragraph) + 1


def _quotations(words: Words, start: int, paragraph: str, characters: int) -> Iterator[Hit]:
    for number, part in enumerate(paragraph.split('"')):
        if number % 2 and len(part) > characters:
            yield words.hit(start, start + len(part), str(len(part)))
        start += len(part) + 1
