"""What the second reader finds: sentences that read like abuse. It only ever asks for a second officer (clause 6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from publisher.policy.sentences import GroupNames, Sentence, group_names, sentences
from publisher.policy.subject import Hit, Subject

NAMES = ("plural", "singular", "adjectives", "before_people", "after_people", "people", "persons")
"""The tables with the names of groups, in the order in which `group_names` takes them; parameters of the rules."""
SENTENCES_MAX = 24
"""Different sentences read of one item, those that name a group first: an answer within a second, whatever comes.

Those that are harmless at a glance do not count.
"""
_ORDER = ("title", "summary", "text", "alt", "body")
"""Where sentences are taken from first where there are too many."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A sentence, and the hit that it would be."""

    sentence: Sentence
    hit: Hit


def second_reader(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Sentences that the reader's `head` scores at `threshold` less `band` or higher; none where there is no reader.

    With `only_groups` it reads sentences that name a group of people, otherwise all. The band is there so that no
    rounding of another processor can make the difference: within it a person decides, as above.
    """
    if subject.reader is None:
        return
    names = group_names(*(parameters[name] for name in NAMES))
    found = _sentences(subject, names, only_groups=parameters["only_groups"])
    in_order = sorted(found, key=lambda each: not each.sentence.names_group)
    to_read = (each for each in in_order if not subject.reader.finds_harmless(each.sentence.words))
    first = list(islice(to_read, SENTENCES_MAX))
    scores = subject.reader.scores([each.sentence.words for each in first], parameters["head"])
    least = parameters["threshold"] - parameters["band"]
    yield from (each.hit for each, score in zip(first, scores, strict=True) if score >= least)


def _sentences(subject: Subject, names: GroupNames, *, only_groups: bool) -> Iterable[_Found]:
    """Each different sentence, and where it stands first."""
    found: dict[str, _Found] = {}
    for words in sorted(subject.texts, key=lambda words: _ORDER.index(words.kind)):
        view = words.reading.views[-1]  # as the eye reads it: without leet, hidden letters and gaps
        for sentence in sentences(view.text, names):
            if sentence.names_group or not only_groups:
                place = words.hit(*view.span(sentence.start, sentence.end))
                found.setdefault(sentence.words, _Found(sentence, place))
    return found.values()
