"""What posts will cost, before anything is sent: the platform's own price, as the adapter states it (`Limits.cost`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from publisher.channels import Limits
from publisher.model import Post

MICRO = 1_000_000
"""Micro-dollars of a dollar: prices have fractions of a cent."""


def price(limits: Limits | None, text: str, described: int) -> int | None:
    """What a post costs, in micro-dollars; None where the channel asks nothing, or is not known.

    `described` is the number of its pictures that have alternative text.
    """
    if limits is None or limits.cost is None:
        return None
    return round(limits.cost(text, described) * MICRO)


def price_of(limits: Limits | None, post: Post) -> int | None:
    """The price of a whole post, as `price` gives it."""
    return price(limits, post.text, sum(bool(media.alt) for media in post.media))


def deletions_usd(channels: Iterable[str], limits: Mapping[str, Limits]) -> dict[str, float]:
    """What platforms charge for taking a post down, in US dollars, by channel; those that ask nothing are left out."""
    known = {name: limits[name].deletion for name in channels if name in limits}
    return {name: cost for name, cost in known.items() if cost}


def total_usd(posts: Iterable[Post], limits: Mapping[str, Limits]) -> float | None:
    """What an item's posts cost together, in US dollars; None where no channel of it asks anything."""
    found = [cost for post in posts if (cost := price_of(limits.get(post.channel), post)) is not None]
    return sum(found) / MICRO if found else None
