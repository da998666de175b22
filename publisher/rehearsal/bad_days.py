"""`publisher rehearse`: the same rehearsal on a bad day, and whether the program does what it promises on one."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from publisher import views
from publisher.model import DeliveryState, Post
from publisher.rehearsal.at_rest import Found, at_rest
from publisher.rehearsal.bad_day import BadDay
from publisher.rehearsal.catalogue import BAD_DAYS
from publisher.rehearsal.ledger import Ledger
from publisher.rehearsal.run import (
    Rehearsal,
    alone,
    at_work,
    interrupt,
    keep_running,
    places,
    silent,
)
from publisher.tables import DeliveryRow, ItemRow

PLATFORMS = {"twitter": "x", "facebook": "facebook", "instagram": "instagram"}
"""What the rehearsal calls the platform of each of its channels."""


def listed(out: TextIO, *, as_json: bool) -> None:
    """Prints every bad day that can be rehearsed."""
    if as_json:
        print(json.dumps({"faults": [day.to_json() for day in BAD_DAYS]}), file=out)
        return
    for channel in PLATFORMS:
        print(f"{channel}", file=out)
        for day in (day for day in BAD_DAYS if day.channel == channel):
            print(f"  {day.name:<30} {day.words}", file=out)


def rehearse(days: Sequence[BadDay], *, folder: Path | None, keep: bool, as_json: bool, out: TextIO) -> int:
    """Rehearses with these faults. 0 if all that happened is what may happen on such a day, else 4. Raises PublisherError."""
    signal.signal(signal.SIGTERM, interrupt)
    with alone(folder) as place:
        return _rehearse(days, place, keep=keep, as_json=as_json, out=out)


def _rehearse(days: Sequence[BadDay], place: Path, *, keep: bool, as_json: bool, out: TextIO) -> int:
    say = silent if as_json else lambda line: print(line, file=out, flush=True)
    for day in days:
        say(f"{day.name}: {day.words}")
    with at_work(place, say, days, brisk=True) as (rehearsal, app, ids):
        found = at_rest(app, ids)
        wrong = list(misfits(days, found, rehearsal.platforms.ledger))
        rehearsal.platforms.wall.save(place / "wall.html")
        _report(rehearsal, days, found, wrong, as_json=as_json, out=out)
        if keep:
            keep_running(rehearsal, out)
    return 4 if wrong else 0


def misfits(days: Sequence[BadDay], found: Found, ledger: Ledger) -> Iterator[str]:
    """What must not happen on such a day, one sentence each: a post twice, one that is told wrongly, another channel's trouble."""
    hit = {
        channel: {end for day in days if day.channel == channel for end in day.ends} for channel in PLATFORMS
    }
    for item, rows in found:
        for row in rows:
            may = hit.get(row.channel, set()) | {DeliveryState.SENT}
            if row.state not in may:
                yield f"{item.title}: {row.channel} is {row.state}, which no fault here explains. {row.reason}".strip()
            if row.channel in PLATFORMS:
                yield from _seen_otherwise(item, row, ledger)


def _seen_otherwise(item: ItemRow, row: DeliveryRow, ledger: Ledger) -> Iterator[str]:
    """Where what the public sees is not what the program says of it."""
    link = Post.from_json(row.post).link
    seen = sum(link == post.link or link in post.text for post in ledger.posts(PLATFORMS[row.channel]))
    if seen > 1:
        yield f"{item.title}: {row.channel} shows it {seen} times."
    if row.state == DeliveryState.SENT and not seen:
        yield f"{item.title}: {row.channel} is said to be sent, and shows nothing."
    if row.state == DeliveryState.REFUSED and seen:
        yield f"{item.title}: {row.channel} is said to be refused, and shows it."


def _report(
    rehearsal: Rehearsal,
    days: Sequence[BadDay],
    found: Found,
    wrong: Sequence[str],
    *,
    as_json: bool,
    out: TextIO,
) -> None:
    results = [views.released(item, rows) for item, rows in found]
    if as_json:
        site = str(rehearsal.folder / "site" / "current")
        told: Mapping[str, Any] = {
            "items": results, "faults": [day.to_json() for day in days], "wrong": list(wrong), "site": site,
        }  # fmt: skip
        print(json.dumps({**told, **places(rehearsal)}), file=out, flush=True)
        return
    for result in results:
        print(f"\n{result['title']}: {result['state']}", file=out)
        for delivery in result["deliveries"]:
            words = delivery["reason"] or delivery["url"] or ""
            print(f"  {delivery['channel']:<10} {delivery['state']:<8}  {words}", file=out)
    print(file=out)
    for sentence in wrong:
        print(f"Not as it must be: {sentence}", file=out)
    if not wrong:
        print(
            "As it must be: nothing was posted twice, and each channel says what the public sees.", file=out
        )
    print(f"Posts: {rehearsal.folder / 'wall.html'}", file=out, flush=True)
