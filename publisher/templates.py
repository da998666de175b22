"""Every text that leaves is rendered here, from templates/. Nothing else touches Jinja2."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from publisher import lengths, paths
from publisher.times import COUNCIL_ZONE, local

EXTERNAL_MARK = "(external website)"
"""Clause 5e: a reader must see that a link leads to a third party's website."""


def render(name: str, **context: Any) -> str:
    """The template `name` (a path below templates/) filled in; an unknown name in it is an error, never a blank."""
    return _environment().get_template(name).render(**context)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(paths.TEMPLATES),
        autoescape=_is_markup,  # noqa: S701  # on for pages; posts are plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,  # a template changes with the program, not while it runs
    )
    environment.globals.clear()  # no template uses Jinja's own, and each text would be given them anew
    environment.filters.update(
        long_date=long_date,
        clock=clock,
        when=when,
        iso=iso,
        paragraphs=paragraphs,
        fit=lengths.fit,
        hashtags=hashtags,
    )
    return environment


def _is_markup(name: str | None) -> bool:
    return bool(name) and str(name).endswith((".html.j2", ".xml.j2"))


def long_date(moment: datetime, zone_name: str = COUNCIL_ZONE) -> str:
    """`Tuesday 1 December 2026`, on the wall clock of the zone."""
    there = local(moment, zone_name)
    return f"{there:%A} {there.day} {there:%B %Y}"


def clock(moment: datetime, zone_name: str = COUNCIL_ZONE) -> str:
    """`9am`, `2.30pm`, `midday`, `midnight`: GOV.UK style ("Times", style guide A to Z)."""
    there = local(moment, zone_name)
    if there.minute == 0 and there.hour in {0, 12}:
        return "midnight" if there.hour == 0 else "midday"
    minutes = f".{there.minute:02}" if there.minute else ""
    return f"{there.hour % 12 or 12}{minutes}{'am' if there.hour < 12 else 'pm'}"  # noqa: PLR2004  # noon


def when(
    starts: datetime,
    ends: datetime | None = None,
    all_day: bool = False,  # noqa: FBT001, FBT002  # a template filter's arguments are positional
    zone_name: str = COUNCIL_ZONE,
) -> str:
    """When an event is, for people: `Tuesday 1 December 2026, 9am to 5pm`."""
    first = long_date(starts, zone_name)
    last = long_date(ends, zone_name) if ends else first
    if all_day:
        return first if first == last else f"{first} to {last}"
    start = f"{first}, {clock(starts, zone_name)}"
    if ends is None or ends - starts < timedelta(minutes=1):
        return start
    end = clock(ends, zone_name)
    return f"{start} to {end}" if first == last else f"{start} to {last}, {end}"


def iso(moment: datetime, zone_name: str = COUNCIL_ZONE) -> str:
    """ISO 8601 with the zone's offset, to the second."""
    return local(moment, zone_name).isoformat(timespec="seconds")


def hashtags(tags: Sequence[str]) -> str:
    """`#CleanAir #Budget`: all of them; where that is too many for a channel the gate says so."""
    return " ".join(f"#{tag}" for tag in tags)


def paragraphs(text: str, own_domains: Sequence[str] = ()) -> list[Markup]:
    """Plain text as safe HTML paragraphs; its links are live, and those to other websites say so."""
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    return [_paragraph(block.strip(), own_domains) for block in blocks]


def _paragraph(block: str, own_domains: Sequence[str]) -> Markup:
    parts, at = [], 0
    for link in lengths.links(block):
        parts += [_lines(block[at : link.start]), _anchor(link, own_domains, block[link.end :])]
        at = link.end
    return Markup("").join([*parts, _lines(block[at:])])


def _lines(text: str) -> Markup:
    return escape(text).replace("\n", Markup("<br>\n"))


def _anchor(link: lengths.Link, own_domains: Sequence[str], after: str) -> Markup:
    shown = link.url if link.explicit else f"https://{link.url}"
    if is_own(link.host, own_domains):
        return Markup('<a href="{}">{}</a>').format(shown, link.url)
    mark = "" if after.lstrip().lower().startswith("(external") else f" {EXTERNAL_MARK}"
    return Markup('<a href="{}" rel="external noopener">{}</a>{}').format(shown, link.url, mark)


def is_own(host: str, own_domains: Sequence[str]) -> bool:
    """True where `host` is one of the council's domains or below one."""
    return any(host == domain or host.endswith(f".{domain}") for domain in own_domains)
