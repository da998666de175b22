"""Everything on the website that is about several items: index, what's on, link page, feeds, style. Pure.

Made anew from the records (publisher/pages.py) each time a page is published.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from publisher import contrast, diary, templates
from publisher.pages import page_context
from publisher.times import local

Record = Mapping[str, Any]

PER_PAGE = 50
IN_FEED = 50
IN_ASIDE = 6
IN_PAST = 100
ON_LINK_PAGE = 24
DARKEST_LIGHT_SURFACE = "#f1efe9"
LIGHTEST_DARK_SURFACE = "#262c31"
"""The backgrounds that coloured text has least contrast to, in the light and the dark style."""

CALM = 6.0
"""Contrast of links in the dark style: above the least that is allowed, since thin light strokes look dimmer."""

_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What an XML 1.0 document may not hold in any form (section 2.2, Char)."""


def files(records: Sequence[Record], council: Record, base: str, now: datetime) -> dict[str, bytes]:
    """Path to content, for every file that is not an item's own page. `base` is the website's address."""
    newest = sorted((_dated(record) for record in records), key=lambda one: one["published"], reverse=True)
    coming, past = _diary(newest, council, now)
    made = _index(newest, coming, council, base)
    made["events/index.html"] = _page("events", 1, council, base, coming=coming, past=past[:IN_PAST])
    made["links/index.html"] = _links(newest[:ON_LINK_PAGE], council, base)
    made["404.html"] = _missing(council, base)
    made["style.css"] = _style(council)
    made["icon.svg"] = templates.render("site/icon.svg.xml.j2", **_icon(council))
    made["atom.xml"] = _atom(newest[:IN_FEED], council, base, now)
    done = {name: text.encode() for name, text in made.items()}
    events = sorted(
        (one for one in records if one["starts_at"]), key=lambda one: (one["starts_at"], one["id"])
    )
    return done | {"events.ics": diary.feed(events, name=council["name"])}


def _dated(record: Record) -> dict[str, Any]:
    """The record with its moments read, for the templates."""
    published = diary.moment(record["published_at"])
    changed = record.get("updated_at")
    return {
        **record,
        "published": published,
        "updated": diary.moment(changed) if changed else published,
        "starts": diary.moment(record["starts_at"]) if record["starts_at"] else None,
        "ends": diary.moment(record["ends_at"]) if record["ends_at"] else None,
    }


def _diary(newest: Sequence[Record], council: Record, now: datetime) -> tuple[list[Record], list[Record]]:
    """The events still to come or going on today, soonest first; and those that are over, latest first."""
    midnight = local(now, council["timezone"]).replace(hour=0, minute=0, second=0, microsecond=0)
    events = sorted((one for one in newest if one["starts"]), key=lambda one: one["starts"])
    coming = [one for one in events if (one["ends"] or one["starts"]) >= midnight]
    return coming, [one for one in reversed(events) if one not in coming]


def _index(newest: Sequence[Record], coming: Sequence[Record], council: Record, base: str) -> dict[str, str]:
    pages = max(1, -(-len(newest) // PER_PAGE))
    return {
        _index_path(number): _page(
            "index",
            0 if number == 1 else 2,
            council,
            base,
            items=newest[(number - 1) * PER_PAGE : number * PER_PAGE],
            coming=coming[:IN_ASIDE] if number == 1 else [],
            number=number,
            pages=pages,
        )
        for number in range(1, pages + 1)
    }


def _index_path(number: int) -> str:
    return "index.html" if number == 1 else f"page/{number}/index.html"


def _page(name: str, depth: int, council: Record, base: str, **more: Any) -> str:
    return templates.render(f"site/{name}.html.j2", **page_context(council, base, depth=depth), **more)


def _links(newest: Sequence[Record], council: Record, base: str) -> str:
    """The pages behind the latest posts, and the council's accounts, together by whose they are.

    A council's record from before accounts were kept in it has none.
    """
    accounts = [{**one, "host": _host(one["address"])} for one in council.get("accounts", ())]
    owners = [(owner, list(its)) for owner, its in groupby(accounts, key=lambda one: one["service"])]
    return _page("links", 1, council, base, items=newest, owners=owners)


def _host(address: str) -> str:
    """The website that a link leads to, as people know it (clause 5e: it is said where another's begins)."""
    return (urlsplit(address).hostname or "").removeprefix("www.")


def _missing(council: Record, base: str) -> str:
    """A web server shows this page at any address, so its links start at the website's own."""
    return templates.render("site/404.html.j2", council=council, base=base, root=f"{base}/")


def _style(council: Record) -> str:
    return templates.render(
        "site/style.css.j2",
        brand=contrast.readable(council["colour"], "#ffffff"),
        link_light=contrast.readable(council["colour"], DARKEST_LIGHT_SURFACE),
        link_dark=contrast.readable(council["colour"], LIGHTEST_DARK_SURFACE, enough=CALM),
        surface_light=DARKEST_LIGHT_SURFACE,
        surface_dark=LIGHTEST_DARK_SURFACE,
    )


def _icon(council: Record) -> dict[str, str]:
    return {"brand": contrast.readable(council["colour"], "#ffffff"), "letter": council["name"][:1].upper()}


def _atom(newest: Sequence[Record], council: Record, base: str, now: datetime) -> str:
    """RFC 4287. An entry's id is its page's address, which never changes."""
    feed = templates.render(
        "site/atom.xml.j2",
        council=council,
        base=base,
        items=newest,
        updated=max(
            (one["updated"] for one in newest), default=now - timedelta(microseconds=now.microsecond)
        ),
    )
    return _NOT_XML.sub("", feed)
