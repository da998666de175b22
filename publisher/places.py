"""The words of an item and of its posts by their places, into which findings point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def texts(
    content: Mapping[str, Any], posts: Iterable[Mapping[str, Any]] = ()
) -> dict[tuple[str | None, str], str]:
    """The words that findings point into, by (channel, field): the item's own, and each post's text."""
    own: dict[tuple[str | None, str], str] = {
        (None, name): value for name, value in content.items() if isinstance(value, str)
    }
    for position, image in enumerate(content.get("images", ())):
        own |= {
            (None, f"images[{position}].{name}"): value
            for name, value in image.items()
            if isinstance(value, str)
        }
    for position, tag in enumerate(content.get("hashtags", ())):
        own[(None, f"hashtags[{position}]")] = tag
    return own | {(post["channel"], "text"): post["text"] for post in posts}


def pointed_into(
    findings: Iterable[Mapping[str, Any]], posts: Iterable[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """The posts into which findings point: their channels and texts, and nothing else of them."""
    channels = {finding["channel"] for finding in findings}
    return [
        {"channel": post["channel"], "text": post["text"]} for post in posts if post["channel"] in channels
    ]
