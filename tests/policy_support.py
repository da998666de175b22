"""A gate for one council, from a real config.toml, and items and posts to show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from publisher import config, policy
from publisher import item as items
from publisher.channels import Limits
from publisher.item import Item
from publisher.model import Media, Post, Verdict

DOMAIN = "example.gov.uk"
LINK = f"https://www.{DOMAIN}/news/example"

CONFIG = """
[council]
name = "Example Borough Council"
domains = ["{domain}"]

[policy]
rules = "{rules}"
reader = "{reader}"

[channels.website]
adapter = "site"
folder = "site"
endpoint = "{endpoint}"
"""


def gate(
    folder: Path, rules: str = "", *, endpoint: str = f"https://www.{DOMAIN}", reader: str = "off"
) -> policy.Gate:
    """The gate of a council whose own rule file is `rules`, if any; without the second reader unless asked for.

    Made once for the same council: a gate never changes, and its patterns take a while.
    """
    if rules:
        (folder / "rules").mkdir(exist_ok=True)
        (folder / "rules" / "own.toml").write_text(rules, encoding="utf-8")
    file = folder / "config.toml"
    file.write_text(
        CONFIG.format(domain=DOMAIN, rules="rules" if rules else "", endpoint=endpoint, reader=reader),
        encoding="utf-8",
    )
    key = (rules, endpoint, reader)
    if key not in _MADE:
        _MADE[key] = policy.load(config.load(file))
    return _MADE[key]


_MADE: dict[tuple[str, str, str], policy.Gate] = {}


def news(**fields: Any) -> Item:
    """A plain news item, changed."""
    plain = {"kind": "news", "title": "Library news", "summary": "The library opens at 9am.", "link": LINK}
    return items.parse(plain | fields)


def post(item: Item, channel: str = "facebook", **fields: Any) -> Post:
    """A post of the item as a plain template makes it, changed."""
    link = item.link or LINK
    media = tuple(Media(str(n), "image/jpeg", 1, 1, 1, image.alt) for n, image in enumerate(item.images))
    plain: dict[str, Any] = {
        "channel": channel, "kind": item.kind, "title": item.title, "text": f"{item.title}\n\n{item.summary}\n\n{link}",
        "link": link, "reference": "", "media": media,
    }  # fmt: skip
    return Post(**plain | fields)


def check(the_gate: policy.Gate, item: Item, *posts: Post, **more: Any) -> Verdict:
    """The verdict with roomy limits for every channel of the posts."""
    limits = {each.channel: Limits(text=100_000, images_max=10) for each in posts}
    return the_gate.check(item, posts, policy.Context(**{"limits": limits} | more))


def rules_of(verdict: Verdict) -> list[str]:
    """The rules that found something, in the verdict's order."""
    return [finding.rule for finding in verdict.findings]


def site(host: str, *, read: str = "2026-01-31", again: str = "2999-01-31") -> str:
    """A website of the register as a rule file has it: its terms were read on one day, and are to be read again by another."""
    return (
        f'[[site]]\nhost = "{host}"\nterms = "https://{host}/terms"\nchecked_by = "A. Name"\n'
        f"checked_on = {read}\nreview_date = {again}\n"
    )
