"""An older database that was accepted: what people had to look through then is told until it will have been done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from publisher import acceptances
from publisher.doctor.check import Check, attention, listed
from publisher.times import local

if TYPE_CHECKING:
    from publisher.app import App

TOLD_FOR = timedelta(days=30)
"""A month: the list of those who left, by which the register is looked through, comes from the payroll once a month."""


def older(app: App) -> Iterator[Check]:
    """Who accepted one in these days, and what it may have forgotten; nothing is told where nobody did."""
    with app.queue.reading() as connection:
        every = [one for one in acceptances.all_of(connection, app.seal) if one.older is not None]
    now = app.now()
    lately = [one for one in every if now - datetime.fromisoformat(one.at) <= TOLD_FOR]
    yield from (_told(app, one) for one in lately)
    if lately:
        yield from _pages(app)


def _told(app: App, one: acceptances.Accepted) -> Check:
    known = one.older or {}
    tokens, since = known.get("revoked"), known.get("since")
    until = f" after {_moment(app, since)}" if since else ""
    words = (
        f"{one.actor} accepted an older database on {_moment(app, one.at)}: it knows nothing of what was done{until}; "
        f"{'1 token was' if tokens == 1 else f'{tokens} tokens were'} revoked"
    )
    asks = "; ".join(f"{ask.asks} (`{ask.way_out}`)" for ask in app.forgotten.look().questions)
    mend = f"Look through `publisher officer list`, and ask whether since then {asks}."
    return attention("older database", words, mend)


def _pages(app: App) -> Iterator[Check]:
    """Those that no item owns stay until they are taken out by hand; what to do about the others the item says."""
    pages, _ = app.forgotten.pages()
    if pages:
        named = listed([f"{one.page.path} ({one.channel})" for one in pages])
        words = f"pages on the website that do not fit what is in the queue: {named}"
        mend = "Look at each: it was published, or withdrawn, after the backup."
        if unowned := [one.page.path for one in pages if not one.state]:
            mend += f" No item owns {listed(unowned)}: to take one out, its entry in items.json goes as well as its folder, with the daemon stopped (docs/server.md)."
        yield attention("older database", words, mend)


def _moment(app: App, at: str) -> str:
    there = local(datetime.fromisoformat(at), app.config.council.timezone)
    return f"{there.day} {there:%b} {there.year} {there:%H:%M}"
