"""What reads like one kind of message by its words: chain mail, bait or junk (clauses 5a and 5e).

Each word, each pair of words and the look of a text has a weight for each kind, learned from examples
(bench/train_wording.py). Weights and scores are whole numbers, so the same text has the same score everywhere.
This may ask for a second officer, never more: what it finds no single phrase shows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import isqrt
from pathlib import Path
from typing import Any

from publisher.errors import ConfigError
from publisher.lengths import ELLIPSIS
from publisher.policy.readings import Reading
from publisher.policy.subject import Hit, Subject

WEIGHTS = Path(__file__).parents[1] / "wording" / "weights.json"
DIGEST_SHOWN = 16
"""Hex digits of the weights' digest in a rule: the policy's version covers the weights by it."""
READ_MAX = 3000
"""Characters of a text that are read: a post is shorter, and so is a summary."""
SCALE = 1000
"""Weights and scores are this many times what they stand for."""
FEWEST = 12
"""A text with fewer features counts as one with so many: one strong word alone says little."""
STRONGEST = 4
"""Words that a finding shows."""
STEM = 5
"""Letters of a longer word that count: `forward`, `forwards` and `forwarding` are one."""
PUBLIC = (".gov.uk", ".nhs.uk", ".police.uk", ".ac.uk", ".gov.scot", ".gov.wales", ".parliament.uk")
"""Ends of hosts of public bodies: a link to one says nothing of the kind of a text."""

KEPT = 8192
"""Words of which it is kept what counts of them: more than the texts of one council have."""
SHOUTED = 2
"""Letters of a word in capitals that is no shout: an abbreviation such as UK."""

_PARTS = re.compile(r"[a-z]+(?:'[a-z]+)?|<link>|\d[\d,.]*|[£$@#%]|[!?]+|_{3,}|\.{3,}|[^\x00-\x7f]")
_SMALL_FIRST = re.compile(r"\s?[a-z]")
_SMALL_LATER = re.compile(r"[.!?]\s\s?[a-z]")
_WORDS = re.compile(r"[a-z']+(?: (?:… )?[a-z']+)?")
"""A feature that people can read."""
_EMOJI = "\u2190"
"""Arrows begin here, and after them come the signs and pictures."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What each kind of message is known by: a bias for each of `kinds`, and for each feature a weight for each of them."""

    kinds: tuple[str, ...]
    biases: tuple[int, ...]
    by_feature: Mapping[str, tuple[int, ...]]

    def scores(self, features: frozenset[str]) -> tuple[int, ...]:
        """For each kind SCALE times the logarithm of the odds that a text with these features is of it."""
        known = filter(None, map(self.by_feature.get, features))
        length = isqrt(SCALE * SCALE * max(len(features), FEWEST))
        totals = map(sum, zip(self._none, *known, strict=True))
        return tuple(bias + total * SCALE // length for bias, total in zip(self.biases, totals, strict=True))

    @property
    def _none(self) -> tuple[int, ...]:
        return (0,) * len(self.kinds)

    def of(self, reading: Reading) -> tuple[int, ...]:
        """The scores of a text."""
        return self.scores(reading.once(features, features))

    def strongest(self, kind: int, features: frozenset[str]) -> list[str]:
        """The features that speak most for a kind, by its number, and can be shown, the strongest first."""
        weights = {each: self.by_feature[each][kind] for each in features if each in self.by_feature}
        shown = [each for each, weight in weights.items() if weight > 0 and _WORDS.fullmatch(each)]
        return sorted(shown, key=lambda each: (-weights[each], each))[:STRONGEST]


def wording(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Texts whose words score `least` or more as messages of `kind`; `weights` is the digest they were chosen for.

    A post that repeats its item's summary, or begins to, is not read again. Raises ConfigError where the weights are others.
    """
    weights = _weights(parameters["weights"])
    kind = weights.kinds.index(parameters["kind"])
    for words in subject.texts:
        if words.kind == "text" and _repeats(words.value, subject.item.summary):
            continue
        if words.reading.once(weights, weights.of)[kind] >= parameters["least"]:
            strongest = weights.strongest(kind, words.reading.once(features, features))
            yield words.hit(0, len(words.value), '", "'.join(_as_written(strongest, words.lower)))


def _as_written(shown: Sequence[str], text: str) -> Iterator[str]:
    """The features with the words of the text in place of their beginnings, each once."""
    written: dict[str, str] = {}
    for word in _PARTS.findall(text):
        written.setdefault(_part(word), word)
    yield from dict.fromkeys(" ".join(written.get(part, part) for part in each.split()) for each in shown)


def _repeats(text: str, summary: str) -> bool:
    """Whether the post's longest paragraph is the summary, or its beginning, cut off to fit."""
    if summary and summary in text:
        return True
    longest = max(text.split("\n\n"), key=len)
    return longest.endswith(ELLIPSIS) and summary.startswith(longest.removesuffix(ELLIPSIS).rstrip())


def features(reading: Reading) -> frozenset[str]:
    """What is weighed: words by their beginnings, pairs of words next to each other or one apart, and the text's look."""
    text = _without_links(reading)
    small = reading.lower if text == reading.value else Reading(text).lower
    words = ["^", *map(_part, _PARTS.findall(small)), "$"]
    found = set(words)
    found.update(map(" ".join, pairwise(words)))
    found.update(map(" … ".join, zip(words, words[2:], strict=False)))
    found.update(_look(text, len(words)))
    return frozenset(found)


def _without_links(reading: Reading) -> str:
    """The text with a mark in place of each link, and nothing in place of a public body's."""
    text, past, kept = reading.value[:READ_MAX], 0, []
    for link in reading.links:
        kept += [text[past : max(past, link.start)], "" if link.host.endswith(PUBLIC) else " <link> "]
        past = max(past, link.end)
    return "".join([*kept, text[past:]])


@lru_cache(KEPT)
def _part(part: str) -> str:
    """What counts of a word, number or mark."""
    if part[0].isdigit():
        return f"<{min(sum(each.isdigit() for each in part), 6)} digits>"
    if part[0] in "!?":
        return part if len(part) == 1 else "!!"
    if part[0] > "\x7f":
        return part if part.isalpha() or part < _EMOJI else "<emoji>"
    return part[:STEM] if part.isalpha() else part


def _look(text: str, words: int) -> Iterator[str]:
    """Length, capitals, marks, and sentences that begin with a small letter: each in a few steps."""
    yield f"<length {min(words // 10, 6)}>"
    yield f"<capitals {min(sum(each.isupper() and len(each) > SHOUTED for each in text.split()), 4)}>"
    yield f"<! {min(text.count('!'), 3)}>"
    yield f"<? {min(text.count('?'), 2)}>"
    small = len(_SMALL_LATER.findall(text)) + bool(_SMALL_FIRST.match(text))
    yield f"<small {min(small, 2)}>"


@lru_cache(2)
def _weights(digest: str) -> Weights:
    content = _read()
    if digest_of(content) != digest:
        raise ConfigError(
            f"The rules of wording were written for other weights than those in {WEIGHTS.name}. "
            "Train them again with bench/train_wording.py, and name their digest in the rules."
        )
    said = json.loads(content)["kinds"]
    given = [kind["weights"] for kind in said.values()]
    every = frozenset().union(*given)
    return Weights(
        tuple(said),
        tuple(kind["bias"] for kind in said.values()),
        {feature: tuple(weights.get(feature, 0) for weights in given) for feature in every},
    )


def _read() -> bytes:
    try:
        return WEIGHTS.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{WEIGHTS.name} cannot be read ({type(error).__name__}). Install the package again."
        ) from error


def digest_of(content: bytes) -> str:
    """What a rule names weights by."""
    return hashlib.sha256(content).hexdigest()[:DIGEST_SHOWN]
