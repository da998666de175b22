"""What posts will cost, before anything is sent: the platform's own price, as the adapter states it (`Limits.cost`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from publisher.channels import Limits
from publisher.model import Post

MICRO = 1_000_000
"""Micro-dollars of a dollar: prices have fractions of a cent."""


def price(limits: Limits | None, text: str) -> int | None:
    """What a post with this text costs, in micro-dollars; None where the channel asks nothing, or is not known."""
    return round(limits.cost(text) * MICRO) if limits is not None and limits.cost is not None else None


def total_usd(posts: Iterable[Post], limits: Mapping[str, Limits]) -> float | None:
    """What an item's posts cost together, in US dollars; None where no channel of it asks anything."""
    found = [cost for post in posts if (cost := price(limits.get(post.channel), post.text)) is not None]
    return sum(found) / MICRO if found else None
