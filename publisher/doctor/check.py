"""What a check says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from publisher.health import Standing


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it stands, and what to do; `way_out` is empty where nothing is.

    `channel` is the line of the channels' table that it stands for, if it is of one (publisher/channel_health.py).
    """

    name: str
    standing: Standing
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
    return Check(name, Standing.GOOD, words)


def attention(name: str, words: str, way_out: str) -> Check:
    """A person should look soon."""
    return Check(name, Standing.ATTENTION, words, way_out)


def wrong(name: str, words: str, way_out: str) -> Check:
    """Something does not work, or does not hold."""
    return Check(name, Standing.WRONG, words, way_out)


def listed(names: list[str], most: int = 5) -> str:
    """Some names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f", and {more} more" if more > 0 else "")
