"""The sentences of a text as the second reader takes them: short, and without any group's name.

Every word for a group of people ("women", "Muslims", "trans people") is read as "people", one of them as "person", and
an adjective as "local". So the reader cannot tell one group from another: it judges what is said, not of whom. Whether a
group was named is kept, because hatred of a group needs one. The names are tables of rules/reader.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from publisher.policy.spelling import respelt

TEXT_MAX = 20_000
"""Characters of a text that are read: ten pages. What comes later in a longer one is left to the rules."""
SENTENCE_MAX = 240
"""Characters of a sentence before it is cut: about 45 words, what the reader takes at once."""
JOINED_MIN = 5
"""Letters of a group's name that is still seen run together with another word."""
MISSPELT_MIN = 6
"""Letters of one that is still seen misspelt; among shorter words too many are other words."""
WORDS_MAX = 5
"""Words in the longest name of a group, such as "people with a learning disability"."""
PEOPLE, PERSON, LOCAL = "people", "person", "local"


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is read, where it stands in the text, and whether it names a group of people."""

    words: str
    start: int
    end: int
    names_group: bool


@dataclass(frozen=True, slots=True)
class GroupNames:
    """The names of groups: what is read instead of each, those seen misspelt, and those seen within longer words."""

    stand_ins: Mapping[str, str]
    misspelt: Mapping[str, str]
    joined: tuple[str, ...]


@lru_cache(4)
def group_names(
    plural: tuple[str, ...],
    singular: tuple[str, ...],
    adjectives: tuple[str, ...],
    before_people: tuple[str, ...],
    after_people: tuple[str, ...],
    people: tuple[str, ...],
    persons: tuple[str, ...],
) -> GroupNames:
    """The names from the tables: `before_people` and `after_people` name a group only beside one of `people`, `persons`."""
    stand_ins = dict.fromkeys(adjectives, LOCAL)
    for stand_in, nouns in ((PEOPLE, people), (PERSON, persons)):
        before = (f"{word} {noun}" for word in (*adjectives, *before_people) for noun in nouns)
        after = (f"{noun} {words}" for noun in nouns for words in after_people)
        stand_ins |= dict.fromkeys((*before, *after), stand_in)
    stand_ins |= dict.fromkeys(singular, PERSON) | dict.fromkeys(plural, PEOPLE)
    long = {
        name: stand_ins[name] for name in (*plural, *singular) if " " not in name and len(name) >= JOINED_MIN
    }
    misspelt = {
        wrong: stand_in
        for name, stand_in in long.items()
        if len(name) >= MISSPELT_MIN
        for wrong in respelt(name)
    }
    joined = tuple(name for name in plural if name in long)
    return GroupNames(stand_ins, misspelt, joined)


def sentences(text: str, names: GroupNames) -> list[Sentence]:
    """The sentences of a text. One that names a group is there again with the next one, where that refers back."""
    spans = list(_spans(text[:TEXT_MAX]))
    single = [_sentence(text, start, end, names) for start, end in spans]
    return [each for each in (*single, *_pairs(text, single)) if each.words]


def _pairs(text: str, single: Sequence[Sentence]) -> Iterator[Sentence]:
    for one, other in pairwise(single):
        if one.names_group and other.words and _REFERS.search(text[other.start : other.end].lower()):
            yield Sentence(f"{one.words} {other.words}", one.start, other.end, names_group=True)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    begin = 0
    for stop in _STOP.finditer(text):
        yield from _cut(text, begin, stop.start() + 1)
        begin = stop.end()
    yield from _cut(text, begin, len(text))


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence in pieces of bearable length, cut between words where there are any."""
    while end - start > SENTENCE_MAX:
        gap = text.rfind(" ", start + SENTENCE_MAX // 2, start + SENTENCE_MAX)
        stop = gap if gap > start else start + SENTENCE_MAX
        yield start, stop
        start = stop
    if start < end:
        yield start, end


def _sentence(text: str, start: int, end: int, names: GroupNames) -> Sentence:
    found = _WORD.findall(_LINK.sub(" ", text[start:end]).replace("\u2019", "'"))
    words, names_group = _without_names(found, names)
    readable = any(word[0].isalpha() for word in words)
    return Sentence(_as_text(words) if readable else "", start, end, names_group)


def _without_names(words: Sequence[str], names: GroupNames) -> tuple[list[str], bool]:
    """The words with a stand-in for each name of a group, and whether there was one."""
    read: list[str] = []
    last = ""  # the stand-in just before, if there is one
    named = False
    at = 0
    while at < len(words):
        size, stand_in = _name_at(words, at, names)
        if stand_in and last and _takes_in(last, stand_in):
            read.pop()
        read.append(stand_in or words[at])
        last, named = stand_in, named or bool(stand_in)
        at += size
    return read, named


def _takes_in(last: str, stand_in: str) -> bool:
    """Whether two stand-ins side by side are one: "Muslim women" are people, not people people."""
    return stand_in != LOCAL or last == LOCAL


def _name_at(words: Sequence[str], at: int, names: GroupNames) -> tuple[int, str]:
    """How many words from here name a group and what to read instead; one word and nothing where none is named."""
    for size in range(min(WORDS_MAX, len(words) - at), 0, -1):
        stand_in = names.stand_ins.get(" ".join(words[at : at + size]).lower().removesuffix("'s"))
        if stand_in:
            return size, stand_in
    return 1, _disguised(words[at].lower(), names)


def _disguised(word: str, names: GroupNames) -> str:
    """For a group's name that is misspelt or run together with the word beside it."""
    if len(word) < JOINED_MIN - 1:
        return ""
    if word in names.misspelt:
        return names.misspelt[word]
    return PEOPLE if word.startswith(names.joined) or word.endswith(names.joined) else ""


def _as_text(words: Sequence[str]) -> str:
    return _ARTICLE.sub(r"\1 \2", _SPACE_BEFORE.sub(r"\1", " ".join(words)))


_STOP = re.compile(r"[.!?][\"')\]]?\s|\n")
_WORD = re.compile(r"\w[\w'+-]*|[^\w\s]")
_LINK = re.compile(r"https?://\S+")
_SPACE_BEFORE = re.compile(r" ([.,;:!?)])")
_ARTICLE = re.compile(r"\b([Aa])n (person|local)\b")
_REFERS = re.compile(
    r"\b(?:they|them|their|theirs|these|those|that|this|such|he|she|him|her|his|hers|it|who|what)\b"
)
"""Words by which a sentence may speak of whom the one before it named."""
