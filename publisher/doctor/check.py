"""What a check says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Health(StrEnum):
    """How it stands: as it must be, a person should look soon, or something does not work."""

    GOOD = "good"
    ATTENTION = "attention"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it stands, and what to do; `way_out` is empty where nothing is.

    `channel` is the line of the channels' table that it stands for, if it is of one (publisher/channel_health.py).
    """

    name: str
    standing: Health
    words: str
    way_out: str = ""
    channel: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, str]:
        """As plain JSON values."""
        return {
            "name": self.name,
            "standing": self.standing.value,
            "words": self.words,
            "way_out": self.way_out,
        }


def good(name: str, words: str) -> Check:
    """All is as it must be."""
    return Check(name, Health.GOOD, words)


def attention(name: str, words: str, way_out: str) -> Check:
    """A person should look soon."""
    return Check(name, Health.ATTENTION, words, way_out)


def wrong(name: str, words: str, way_out: str) -> Check:
    """Something does not work, or does not hold."""
    return Check(name, Health.WRONG, words, way_out)


def listed(names: list[str], most: int = 5) -> str:
    """Some names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f", and {more} more" if more > 0 else "")
