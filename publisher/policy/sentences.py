"""The sentences of a text as the second reader takes them: short, and without any group's name.

Every word for a group of people ("women", "Muslims", "trans people") is read as "people", one of them as "person", and
an adjective as "local". So the reader cannot tell one group from another: it judges what is said, not of whom. Whether a
group was named is kept, because hatred of a group needs one. The names are tables of rules/reader.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from publisher.spelling import respelt, without_vowels

TEXT_MAX = 20_000
"""Characters of a text that are read: ten pages. What comes later in a longer one is left to the rules."""
SENTENCE_MAX = 240
"""Characters of a sentence before it is cut: about 45 words, what the reader takes at once."""
JOINED_MIN = 5
"""Letters of a group's name that is still seen run together with another word."""
MISSPELT_MIN = 5
"""Letters of one that is still seen misspelt; among shorter words too many are other words."""
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
    """The names of groups: what is read instead of each, how many words one has that begins so, and misspelt ones.

    `parts` are the words of longer names, by how they are misspelt. `joined` are names seen at an end of a longer word;
    `kinds` are so before one of `nouns`.
    """

    stand_ins: Mapping[str, str]
    longest: Mapping[str, int]
    misspelt: Mapping[str, str]
    parts: Mapping[str, str]
    joined: tuple[str, ...]
    kinds: tuple[str, ...]
    nouns: frozenset[str]


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
    kinds, nouns = (*adjectives, *before_people), (*people, *persons)
    stand_ins = dict.fromkeys(adjectives, LOCAL)
    for stand_in, some in ((PEOPLE, people), (PERSON, persons)):
        before = (f"{word} {noun}" for word in kinds for noun in some)
        after = (f"{noun} {words}" for noun in some for words in after_people)
        stand_ins |= dict.fromkeys((*before, *after), stand_in)
    stand_ins |= dict.fromkeys(singular, PERSON) | dict.fromkeys(plural, PEOPLE)
    long = [name for name in (*plural, *singular) if " " not in name and len(name) >= JOINED_MIN]
    misspelt = _misspelt(name for name in long if len(name) >= MISSPELT_MIN)
    return GroupNames(
        stand_ins,
        _longest(stand_ins),
        {wrong: stand_ins[name] for wrong, name in misspelt.items()},
        _misspelt(word for word in (*kinds, *nouns) if len(word) >= JOINED_MIN),
        tuple(name for name in plural if name in long),
        tuple(word for word in kinds if len(word) >= JOINED_MIN),
        frozenset(nouns),
    )


def _longest(names: Iterable[str]) -> dict[str, int]:
    """The number of words in the longest name that begins with a word, for each such word."""
    found: dict[str, int] = {}
    for name in names:
        words = name.split()
        found[words[0]] = max(found.get(words[0], 0), len(words))
    return found


def _misspelt(words: Iterable[str]) -> dict[str, str]:
    return {
        wrong: word
        for word in words
        for wrong in (*respelt(word), without_vowels(word))
        if wrong not in _OTHER_WORDS
    }


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
    said = _LINK.sub(" ", text[start:end]).replace("\u2019", "'")
    found = _WORD.findall(_STRUNG.sub(lambda strung: _BETWEEN.sub(" ", strung[0]), said))
    words, names_group = _without_names(_set_apart(found, names), names)
    readable = any(word[0].isalpha() for word in words)
    return Sentence(_as_text(words) if readable else "", start, end, names_group)


def _set_apart(words: Sequence[str], names: GroupNames) -> list[str]:
    """The words, and two for one where a group's name is run together with the word beside it."""
    apart: list[str] = []
    for word, following in pairwise((*words, "")):
        apart += _parted(word, following.lower(), names) if len(word) > JOINED_MIN else (word,)
    return apart


def _parted(word: str, following: str, names: GroupNames) -> tuple[str, ...]:
    small = word.lower().removesuffix("'s")
    if small in names.longest:
        return (word,)
    ends = (*names.joined, *names.kinds) if following in names.nouns else names.joined
    for name in names.joined if small.startswith(names.joined) else ():
        if small.startswith(name):
            return name, word[len(name) :]
    for name in ends if small.endswith(ends) else ():
        if small.endswith(name):
            return word[: -len(name)], name
    return (word,)


def _without_names(words: Sequence[str], names: GroupNames) -> tuple[list[str], bool]:
    """The words with a stand-in for each name of a group, and whether there was one."""
    small = [word.lower().removesuffix("'s") for word in words]
    read: list[str] = []
    last = ""  # the stand-in just before, if there is one
    named = False
    at = 0
    while at < len(words):
        size, stand_in = _name_at(small, at, names)
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
    for size in range(names.longest.get(words[at], 0), 0, -1):
        stand_in = names.stand_ins.get(" ".join(words[at : at + size]))
        if stand_in and at + size <= len(words):
            return size, stand_in
    return _disguised(words[at : at + 3], names)


def _disguised(words: Sequence[str], names: GroupNames) -> tuple[int, str]:
    """For a group's name that is misspelt, or a word of which is set apart: "wom en", "t rans people"."""
    one, two, three = (*words, "", "")[:3]
    if "-" in one:
        one = one.replace("-", "")
        if one in names.stand_ins:
            return 1, names.stand_ins[one]
    if one in names.misspelt:
        return 1, names.misspelt[one]
    right = f"{names.parts.get(one, one)} {names.parts.get(two, two)}"
    if right in names.stand_ins:
        return 2, names.stand_ins[right]
    joined = one + two
    if len(joined) >= JOINED_MIN and joined.isalpha():
        for size, name in ((3, f"{joined} {three}"), (2, joined)):
            if name in names.stand_ins:
                return size, names.stand_ins[name]
    return 1, ""


def _as_text(words: Sequence[str]) -> str:
    return _ARTICLE.sub(r"\1 \2", _SPACE_BEFORE.sub(r"\1", " ".join(words)))


_OTHER_WORDS = frozenset(
    {
        "back",
        "lack",
        "geek",
        "christina",
        "refuges",
        "moron",
        "koran",
        "tail",
        "tails",
        "backs",
        "hinds",
        "sots",
        "ldy",
        "ad",
        "asn",
    }
)
"""Words that are also a group's name written wrongly, and mostly are not."""
_STOP = re.compile(r"[.!?][\"')\]]?\s|\n")
_WORD = re.compile(r"\w[\w'+-]*|[^\w\s]")
_LINK = re.compile(r"https?://\S+")
_STRUNG = re.compile(r"\w+(?:[_/~+.,-]\w+){2,}|[^\W_]+(?:[_/~][^\W_]+)+")
"""Words strung together: "I_hate_it", "go-home-now". One hyphen alone joins what is one word."""
_BETWEEN = re.compile(r"[_/~+.,-]")
_SPACE_BEFORE = re.compile(r" ([.,;:!?)])")
_ARTICLE = re.compile(r"\b([Aa])n (person|local)\b")
_REFERS = re.compile(
    r"\b(?:they|them|their|theirs|these|those|that|this|such|he|she|him|her|his|hers|it|who|what)\b"
)
"""Words by which a sentence may speak of whom the one before it named."""
