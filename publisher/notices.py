"""What a page says once it is no longer so: that it was corrected, or withdrawn. Pure; the website's adapter writes it.

A page is never made anew for this: what was approved stays as it is, and the notice stands above it. Of a page that is
withdrawn nothing is left but that it was, and when: neither its title nor its pictures, which may be why it went. So its
title goes from the pages that correct it, too, with the address, in which the title's words stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from publisher import templates
from publisher.diary import moment
from publisher.pages import CITES, cited, page_context

Record = Mapping[str, Any]

CORRECTIONS, WITHDRAWN_AT = "corrections", "withdrawn_at"
"""What the website's record of a page says besides: the pages that correct it, and since when it is withdrawn."""
_MAIN = '<main id="main" tabindex="-1">\n'
"""Where every page's own words begin (templates/site/base.html.j2); an item's words cannot hold it, being escaped."""
_NOTICE = re.compile(re.escape(_MAIN) + r'<aside class="notice narrow".*?</aside>\n', re.DOTALL)
_CITED = re.compile(r' *<p class="cites">.*?</p>\n', re.DOTALL)
"""Where a correction's page says what it corrects (templates/site/cites.html.j2); an item's words cannot hold it either."""
_DEPTH = 2
"""How many folders below the website's root an item's page lies."""


def told(html: str, entry: Record, council: Record, base: str) -> str:
    """The page with all that its record says of it by now."""
    return corrected(uncited(html, entry, council, base), entry.get(CORRECTIONS, []), council, base)


def corrected(html: str, corrections: Sequence[Record], council: Record, base: str) -> str:
    """The page with a notice that names what corrects it, instead of any notice that it had; none where nothing does."""
    plain = _NOTICE.sub(_MAIN, html, count=1)
    if not corrections:
        return plain
    notice = templates.render(
        "site/corrected.html.j2", corrections=_dated(corrections), **_context(council, base)
    )
    return plain.replace(_MAIN, f"{_MAIN}{notice}\n", 1)


def uncited(html: str, entry: Record, council: Record, base: str) -> str:
    """The correction's page, which names nothing of what it corrects; as it is where the record still names it."""
    told = entry.get(CITES)
    if not told or told["url"]:
        return html
    anew = templates.render("site/cites.html.j2", cites=cited(told), **_context(council, base))
    return _CITED.sub(lambda _: f"{anew}\n", html, count=1)


def without_citation(entry: Record) -> dict[str, Any]:
    """The record of a correction once what it corrects is withdrawn: that, and when it was published, is all it tells."""
    return {**entry, CITES: {**entry[CITES], "title": "", "url": ""}}


def withdrawn(entry: Record, council: Record, base: str) -> str:
    """The page that stands where a withdrawn one was."""
    return templates.render(
        "site/withdrawn.html.j2",
        withdrawn_at=moment(entry[WITHDRAWN_AT]),
        corrections=_dated(entry[CORRECTIONS]),
        **_context(council, base),
    )


def left_of(entry: Record, now: datetime) -> dict[str, Any]:
    """What the website still keeps of a page that is withdrawn: where it was, so that nothing else takes its place."""
    kept = {name: entry[name] for name in ("id", "kind", "path", "url")}
    moment_ = now.isoformat(timespec="seconds")
    return {**kept, CORRECTIONS: entry.get(CORRECTIONS, []), WITHDRAWN_AT: moment_, "digest": ""}


def with_correction(entry: Record, new: Record) -> dict[str, Any]:
    """The record of a page that the page with the record `new` corrects."""
    told = {name: new[name] for name in ("id", "title", "path")} | {"at": new["published_at"]}
    return {**entry, CORRECTIONS: [*_others(entry, new["id"]), told]}


def without_correction(entry: Record, new_id: str) -> dict[str, Any]:
    """The same once that page is withdrawn: nobody is sent to a page that is not there."""
    return {**entry, CORRECTIONS: _others(entry, new_id)}


def is_withdrawn(entry: Record) -> bool:
    """Whether nothing but the notice is left of a page."""
    return bool(entry.get(WITHDRAWN_AT))


def _others(entry: Record, new_id: str) -> list[Record]:
    return [one for one in entry.get(CORRECTIONS, []) if one["id"] != new_id]


def _dated(corrections: Sequence[Record]) -> list[dict[str, Any]]:
    return [{**one, "at": moment(one["at"])} for one in corrections]


def _context(council: Record, base: str) -> dict[str, Any]:
    return page_context(council, base, depth=_DEPTH)
