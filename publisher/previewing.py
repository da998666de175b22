"""What each channel shows of an item, exactly: one in the queue, or one that is not handed in. Nothing is stored."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher import correcting, pages, references, views
from publisher.checking import checked
from publisher.compose import Composer, told
from publisher.errors import IllegalMove
from publisher.item import Item
from publisher.lastcheck import damage
from publisher.likeness import Look
from publisher.media import MediaStore
from publisher.model import Post, VerdictOutcome
from publisher.pictures import Pictures, opened
from publisher.policy import Gate

if TYPE_CHECKING:
    from publisher.app import App


def of_queued(app: App, item_id: str, *, drawn: bool) -> dict[str, Any]:
    """An item in the queue, byte for byte as it waits. Raises InputError where there is none, and IllegalMove where it is damaged."""
    row, deliveries = app.queue.item(item_id), app.queue.deliveries(item_id)
    if row.erased_at is None and (problem := damage(row, deliveries)):
        raise IllegalMove(problem, way_out=f"See `publisher show {item_id}`.")
    posts = [Post.from_json(delivery.post) for delivery in deliveries]
    verdict = VerdictOutcome.CLEAR.value if row.approver else row.verdict["verdict"]
    shown = views.preview(row.title, posts, app.sketcher.limits, _looks(app), item_id=row.id, verdict=verdict)
    return shown | (_drawn(posts, app.store.read) if drawn else {})


def of_given(app: App, item: Item, pictures: Pictures, *, gate: Gate, drawn: bool) -> dict[str, Any]:
    """An item as it would be queued now. `drawn`: with its pictures' bytes. Raises InputError, and Refused for a closed channel.

    `located` numbers the pictures, from 0, whose files tell where they were taken, which nothing that leaves does.
    `left_out` are the closed channels that it does not go to, each with why.
    """
    routed = app.sketcher.routed(item)
    item = routed.item
    verdict = checked(app, item, pictures, gate=gate).verdict.outcome.value
    given = list(opened(item, pictures))
    located = [position for position, one in enumerate(given) if one.content and one.content.located]
    with tempfile.TemporaryDirectory(prefix="publisher-") as folder:
        store = MediaStore(Path(folder))
        composed = Composer(app.config, app.channels, store).compose(
            item, reference=references.sample(item.to_json()), slug=pages.slug(item.title),
            pictures=given, cites=_cites(app, item),
        )  # fmt: skip
        shown = views.preview(
            item.title, composed.posts, app.sketcher.limits, _looks(app), item_id=item.id, verdict=verdict
        )
        beside = {"located": located, "left_out": told(routed.left_out)}
        return shown | beside | (_drawn(composed.posts, store.read) if drawn else {})


def _looks(app: App) -> dict[str, Look]:
    return {name: channel.look for name, channel in app.channels.items()}


def _cites(app: App, item: Item) -> dict[str, Any] | None:
    """What a correction's page will cite."""
    return correcting.cites(app.queue, item, app.sketcher.channels_of(item)) if item.corrects else None


def _drawn(posts: Sequence[Post], read: Callable[[str], bytes]) -> dict[str, Any]:
    """The pictures of posts in base64, by their digests."""
    digests = {media.digest for post in posts for media in post.media}
    return {
        "pictures": {digest: base64.b64encode(read(digest)).decode("ascii") for digest in sorted(digests)}
    }
