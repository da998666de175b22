"""Texts as an eye reads them, and what stands beside a number in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.policy import patterns
from publisher.policy.expressions import Readable
from publisher.policy.subject import Hit, Subject, Words


def readings(subject: Subject, phrases: tuple[str, ...]) -> Iterator[tuple[Words, Readable]]:
    """The texts that may hold one of the phrases, each as an eye reads it."""
    for words in subject.texts:
        if words.likely(phrases):
            yield words, words.seen


def hit(words: Words, start: int, end: int) -> Hit:
    """A hit whose span counts in `words.seen`."""
    return words.hit(*words.folded.span(start, end))


def is_near(text: Readable, start: int, end: int, parameters: Mapping[str, Any]) -> bool:
    """True where one of `cues` is around the span: `before` characters before it, `after` behind it, or in it."""
    first, last = max(0, start - parameters["before"]), min(len(text.value), end + parameters["after"])
    return patterns.words(parameters["cues"]).search(text, first, last) is not None


def digits_of(text: str) -> str:
    """The digits alone."""
    return "".join(filter(str.isdigit, text))


def stands_alone(text: str, start: int, end: int) -> bool:
    """True where no letter or digit runs on beyond the span."""
    return not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum()
