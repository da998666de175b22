"""What a correction cites: the item that it corrects, which must be out, or have been (DESIGN §10, `corrects`).

A correction is an item like any other: it goes through the gate, and has its own approval and release. No item can
correct itself, or one that corrects it: what it names is there before it, and is never changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from publisher.clearing import READY
from publisher.errors import InputError
from publisher.item import Item
from publisher.model import DeliveryState, ItemState
from publisher.pages import CITES
from publisher.queue import Queue
from publisher.tables import DeliveryRow, ItemRow
from publisher.verify import without_reference
from publisher.views import stamp

_SEEN = frozenset({DeliveryState.SENT, DeliveryState.WITHDRAWING, DeliveryState.WITHDRAWN})
"""What the public saw for certain; of what nobody can tell, a person tells first."""
_OFF = frozenset({ItemState.WITHDRAWING, ItemState.WITHDRAWN})


def cites(queue: Queue, item: Item, channels: Sequence[str]) -> dict[str, Any] | None:
    """What the correction's page says of the item that it corrects (pages.record); None for what corrects nothing.

    Raises InputError where there is no such item, it never was out, or its page would not learn of the correction.
    What was withdrawn or erased is named neither by its title, which may be why, nor by its address, in which its words
    stand. What has no page of ours is named by its address alone: no swap would take its title out again.
    """
    if item.corrects is None:
        return None
    row = _found(queue, item.corrects)
    seen = [delivery for delivery in queue.deliveries(row.id) if delivery.state in _SEEN]
    if not seen:
        raise InputError(
            f"item {row.id} is {row.state}, and the public has not seen it",
            field="corrects",
            way_out=f"What is not out is withdrawn and handed in anew: `publisher withdraw {row.id} --reason TEXT`.",
        )
    _demand_page(row, seen, channels)
    published = row.page_live_at or min((one.sent_at for one in seen if one.sent_at), default=row.publish_at)
    title = row.title if any(one.post.get("page") for one in seen) else ""
    url = without_reference(row.link)
    named = {"title": "", "url": ""} if is_unnamed(row) else {"title": title, "url": url}
    return {"id": row.id, **named, "published_at": stamp(published)}


def is_unnamed(row: ItemRow) -> bool:
    """Whether nothing may name the item to the public any more: it was withdrawn, or erased."""
    return row.state in _OFF or row.erased_at is not None


def outdated(queue: Queue, item: ItemRow, rows: Sequence[DeliveryRow]) -> str:
    """Why a correction may not go as it was cleared: its page names what may not be named any more. Empty where it may."""
    pages = [page for row in rows if row.state in READY and (page := row.post.get("page"))]
    named = any(page.get(CITES) and (page[CITES]["title"] or page[CITES]["url"]) for page in pages)
    if item.corrects is None or not named or not is_unnamed(queue.item(item.corrects)):
        return ""
    anew = f"`publisher withdraw {item.id} --reason TEXT`, and hand it in anew: then it does not"
    return (
        f"What it corrects, {item.corrects}, was withdrawn or erased since, and its page names that. {anew}."
    )


def _found(queue: Queue, item_id: str) -> ItemRow:
    try:
        return queue.item(item_id)
    except InputError as error:
        raise InputError(error.detail, field="corrects", way_out=error.way_out) from error


def _demand_page(row: ItemRow, seen: Sequence[DeliveryRow], channels: Sequence[str]) -> None:
    """The old page says that it was corrected once the new one is there, so that one must be made."""
    missing = [one.channel for one in seen if one.post.get("page") and one.channel not in channels]
    if missing:
        raise InputError(
            f"item {row.id} has a page on {missing[0]}, and the correction would not be there",
            field="channels",
            way_out=f"Add {missing[0]} to its channels, or name none.",
        )
