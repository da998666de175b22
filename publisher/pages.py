"""An item's own page on the council's website: its address, its HTML and its record, made once and then frozen.

The record is the page in plain JSON: what the website's index, feeds and link page are made from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from publisher import contrast, lengths, templates
from publisher.config import Config, Council
from publisher.item import Item
from publisher.model import Kind, Media
from publisher.times import local

MAX_SLUG = 80
MAX_DESCRIPTION = 200
"""Characters of og:description: Facebook and search engines show fewer, and cut the rest off."""
MAX_HEADLINE = 110
"""Google's advice for an article's headline in structured data."""
MEDIA_NAME_DIGITS = 32
"""Hex digits of a picture's digest in its address: 128 bits, so that no two pictures share one. It is no secret: whoever
guesses the words of a title card can draw it. So a picture is public with its page, and not before."""
FOLDERS = {Kind.NEWS: "news", Kind.EVENT: "events"}
PATH = re.compile(r"(news|events)/[a-z0-9]+(-[a-z0-9]+)*/")
"""What the path of a page looks like; nothing else is ever written to."""
CITES = "corrects"
"""The record's key for what a correction corrects."""
_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png"}


def slug(title: str, taken: Collection[str] = ()) -> str:
    """The title as a part of an address: ASCII, at most MAX_SLUG characters, never empty, none of `taken`."""
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", folded.replace("'", "")).strip("-") or "item"
    first, number = _shortened(words, MAX_SLUG), 1
    found = first
    while found in taken:
        number += 1
        found = f"{_shortened(first, MAX_SLUG - len(str(number)) - 1)}-{number}"
    return found


def _shortened(words: str, most: int) -> str:
    """Cut between words where there are any."""
    if len(words) <= most:
        return words
    return (words[: most + 1].rpartition("-")[0] or words[:most]).strip("-")


def path(item: Item, slug: str) -> str:
    """Where the page lies below the website's address; it holds no date, so that rescheduling does not move it."""
    return f"{FOLDERS[item.kind]}/{slug}/"


def media_path(media: Media) -> str:
    """Where a picture lies below the website's address."""
    return f"media/{media.digest[:MEDIA_NAME_DIGITS]}.{_SUFFIXES.get(media.mime, 'jpg')}"


def html(
    item: Item, record: Mapping[str, Any], *, council: Council, base: str, images: Sequence[Media]
) -> str:
    """The page of an item with this record. `base` is the website's address."""
    context = page_context(council_record(council), base, depth=2)
    return templates.render(
        "site/page.html.j2",
        **context,
        record=record,
        published_at=item.publish_at,
        starts_at=item.starts_at,
        ends_at=item.ends_at,
        summary=templates.paragraphs(item.summary, council.domains),
        body=templates.paragraphs(item.body, council.domains),
        description=_description(item),
        pictures=_pictures(item, images, context["root"]),
        data=_structured(item, record, council),
        cites=cited(record.get(CITES)),
    )


def accounts(config: Config) -> list[dict[str, str]]:
    """The council's accounts that say where the public finds them, for the link page: corporate ones first, then by service.

    A platform is called what its corporate account's label says.
    """
    live = [config.channels[name] for name in config.live_channels]
    names = {one.platform: one.label or one.platform.title() for one in reversed(live) if not one.service}
    found = [
        {
            "service": one.service,
            "platform": names.get(one.platform, one.platform.title()),
            "address": one.profile,
        }
        for one in live
        if one.profile
    ]
    return sorted(found, key=lambda one: one["service"].casefold())


def cited(cites: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a correction cites, with its moment read."""
    if not cites:
        return None
    return {**cites, "published_at": datetime.fromisoformat(cites["published_at"])}


def council_record(council: Council, accounts: Sequence[Mapping[str, str]] = ()) -> dict[str, Any]:
    """What every page of the website says of the council, as plain JSON. Raises ConfigError for a colour that is none."""
    contrast.parse(council.colour)
    return {
        "name": council.name,
        "language": council.language,
        "timezone": council.timezone,
        "colour": council.colour,
        "accounts": [dict(one) for one in accounts],
    }


def page_context(council: Mapping[str, Any], base: str, *, depth: int) -> dict[str, Any]:
    """What the frame of every page needs. `depth`: how many folders below the root the page lies."""
    return {"council": council, "base": base, "root": "../" * depth or "./"}


def record(
    item: Item, *, reference: str, slug: str, council: Council, base: str, images: Sequence[Media],
    accounts: Sequence[Mapping[str, str]] = (), cites: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What the website keeps of an item, as plain JSON. `base` is the website's address; `accounts` the council's own.

    `published_at` is the planned moment or None; the website's adapter sets the real one. `cites` is what a correction
    corrects: the item's `id`, its page's `title` and `url` (neither once it is withdrawn), and when it was `published_at`.
    """
    where = path(item, slug)
    return ({CITES: dict(cites)} if cites else {}) | {
        "id": reference,
        "kind": item.kind.value,
        "title": item.headline,
        "summary": item.summary,
        "path": where,
        "url": f"{base}/{where}",
        "published_at": item.publish_at.isoformat() if item.publish_at else None,
        "starts_at": item.starts_at.isoformat() if item.starts_at else None,
        "ends_at": item.ends_at.isoformat() if item.ends_at else None,
        "all_day": item.all_day,
        "timezone": item.timezone,
        "location": item.location,
        "image": _image(images[0], base, title_card=not item.images) if images else None,
        "council": council_record(council, accounts),
    }


def _image(media: Media, base: str, *, title_card: bool) -> dict[str, Any]:
    return {
        "url": f"{base}/{media_path(media)}",
        "path": media_path(media),
        "mime": media.mime,
        "width": media.width,
        "height": media.height,
        "alt": media.alt,
        "title_card": title_card,
    }


def _pictures(item: Item, images: Sequence[Media], root: str) -> list[dict[str, Any]]:
    """The pictures to show. A title card only repeats the heading, so the page itself does without it."""
    return [
        {"src": root + media_path(media), "media": media, "credit": image.credit or ""}
        for image, media in zip(item.images, images, strict=False)
    ]


def _description(item: Item) -> str:
    text = " ".join((item.summary or item.body).split())
    if not text and item.starts_at:
        text = templates.when(item.starts_at, item.ends_at, item.all_day, item.timezone)
    return lengths.cut(text, MAX_DESCRIPTION) or item.headline


def _structured(item: Item, record: Mapping[str, Any], council: Council) -> dict[str, Any]:
    """schema.org as JSON-LD: NewsArticle or Event."""
    organisation = {"@type": "GovernmentOrganization", "name": council.name}
    common = {
        "@context": "https://schema.org",
        "url": record["url"],
        "description": _description(item),
        "image": [record["image"]["url"]] if record["image"] else [],
        "inLanguage": council.language,
    }
    return common | (
        _event(item, organisation) if item.kind is Kind.EVENT else _article(item, organisation, record)
    )


def _article(item: Item, organisation: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    article = {
        "@type": "NewsArticle",
        "headline": item.headline[:MAX_HEADLINE],
        "mainEntityOfPage": record["url"],
        "author": organisation,
        "publisher": organisation,
    }
    dates = {"datePublished": templates.iso(item.publish_at, item.timezone)} if item.publish_at else {}
    return article | dates


def _event(item: Item, organisation: Mapping[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = {
        "@type": "Event",
        "name": item.headline,
        "eventStatus": "https://schema.org/EventScheduled",
        "organizer": organisation,
    }
    for name, moment in (("startDate", item.starts_at), ("endDate", item.ends_at)):
        if moment:
            there = local(moment, item.timezone)
            event[name] = there.date().isoformat() if item.all_day else there.isoformat(timespec="seconds")
    if item.location:
        event["location"] = {"@type": "Place", "name": item.location, "address": item.location}
    return event
