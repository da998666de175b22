"""What the second reader learned, as training writes it (bench/train_reader.py): whole numbers, and words. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Head:
    """One weight for each figure of a sentence, one for what the glance says, in hundredths, and one for all sentences.

    `pairs` are weights of traits two by two: whole numbers of four bytes, one row for each trait.
    """

    weights: tuple[int, ...]
    glance: int
    bias: int
    pairs: bytes


@dataclass(frozen=True, slots=True)
class Lens:
    """What turns figures into traits: weights of two bytes, one row for each trait, and what is taken off each of them."""

    weights: bytes
    middle: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """A weight for each word or part of one; what they are together is told from `least` on."""

    weights: Mapping[int, int]
    least: int

    def of(self, parts: Sequence[int]) -> int:
        """What it says of a sentence as the tokenizer gives it: how far it is above `least`."""
        return sum(self.weights.get(part, 0) for part in set(parts)) - self.least


@dataclass(frozen=True, slots=True)
class Learned:
    """What training gives (bench/train_reader.py): the heads, their lens, the glance, and the words known by sight (cues.py)."""

    heads: Mapping[str, Head]
    lens: Lens
    glance: Glance
    words: tuple[str, ...]


def learned_from(content: bytes) -> Learned:
    """What a file of heads holds. Raises ValueError for one that is none of ours."""
    try:
        given = json.loads(content)
        heads = {
            name: Head(
                tuple(map(int, head["weights"])),
                int(head["glance"]),
                int(head["bias"]),
                base64.b64decode(head["pairs"]),
            )
            for name, head in given["heads"].items()
        }
        glance = Glance(
            {int(part): int(weight) for part, weight in given["glance"]["weights"].items()},
            int(given["glance"]["least"]),
        )
        lens = Lens(base64.b64decode(given["lens"]["weights"]), tuple(map(int, given["lens"]["middle"])))
        return Learned(heads, lens, glance, tuple(map(str, given["words"])))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(type(error).__name__) from error
