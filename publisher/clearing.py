"""What a clearance covers, how it is given, and how it is taken back. The one place that seals posts.

An item is cleared only while it is queued, being released, or part published: whatever stops it seals its posts as held.
A state that is changed by hand in the database therefore lets nothing go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from publisher.clearance import Seal
from publisher.errors import IllegalMove
from publisher.model import DeliveryState, ItemState, Media, Post, digest_of
from publisher.moves import Transaction, set_delivery
from publisher.stored_row import UNREADABLE
from publisher.tables import DeliveryRow, ItemRow

HELD_MARK = "(not cleared)"
"""Stands in a seal where the deciding officers will: such a post cannot go, yet a change of it by hand is seen."""
CLEARED = frozenset({ItemState.QUEUED, ItemState.RELEASING, ItemState.PART_PUBLISHED, ItemState.PUBLISHED})
"""The states in which an item's posts are sealed as cleared."""
READY = frozenset({DeliveryState.WAITING, DeliveryState.STAGED})
"""The states of a delivery that may still go by itself."""
STAGED_SEAL = "seal"
"""The key in a delivery's staged values under which their seal stands; no adapter sees it."""

_FACTS = (
    "id", "kind", "title", "slug", "link", "content", "verdict", "author", "source", "external_id", "version",
)  # fmt: skip
"""All of an item that does not change by itself on its way; what is left is its state and what became of it."""
_OFTEN_NONE = ("corrects", "words")
"""What an item may have besides: it corrects another, and by its words it is known when it is said again."""


def facts(item: ItemRow, channels: Sequence[str]) -> str:
    """sha256 (hex) over the whole item: content, evidence, verdict, moment of release, link, channels, origin."""
    moments = [moment.astimezone(UTC).isoformat() for moment in (item.publish_at, item.created_at)]
    given = {name: value for name in _OFTEN_NONE if (value := getattr(item, name)) is not None}
    return digest_of([{name: getattr(item, name) for name in _FACTS} | given, moments, sorted(channels)])


def _left(item: ItemRow, rows: Sequence[DeliveryRow]) -> list[Any]:
    """What an item that was erased still says, and does not change by itself."""
    posts = sorted(
        [row.channel, row.digest, row.cost, row.remote_id or "", row.url or "", row.post] for row in rows
    )
    return [facts(item, [row.channel for row in rows]), item.officers, posts]


def changed(item: ItemRow, **changes: Any) -> ItemRow:
    """The item as it will be after `changes`; itself left as it is."""
    return ItemRow(**{name: getattr(item, name) for name in ItemRow.model_fields} | changes)


class Clearing:
    """Seals the posts of items, and finds those that are not as they were sealed."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def seal(self, item: ItemRow, post: Post, channels: Sequence[str], *, cleared: bool) -> str:
        """The seal for one post of the item as it is, going to `channels` in all."""
        officers = item.officers if cleared else (*item.officers, HELD_MARK)
        policy = item.verdict["policy"]
        return self._seal.make(post, policy=policy, officers=officers, item=facts(item, channels))

    def broken(self, item: ItemRow, rows: Sequence[DeliveryRow], *, cleared: bool | None = None) -> str:
        """The first channel whose post, or whose item, is not as it was sealed; empty where all are.

        `cleared` says which seal is looked for; by itself the one that belongs to the item's state.
        """
        wanted = item.state in CLEARED if cleared is None else cleared
        channels = [row.channel for row in rows]
        return next((row.channel for row in rows if not self._holds(item, row, channels, wanted)), "")

    def _holds(self, item: ItemRow, row: DeliveryRow, channels: Sequence[str], cleared: bool) -> bool:  # noqa: FBT001
        """Whether that seal fits. None was ever made for what cannot be read."""
        try:
            return self._fits(item, row, channels, cleared=cleared)
        except UNREADABLE:
            return False

    def _fits(self, item: ItemRow, row: DeliveryRow, channels: Sequence[str], *, cleared: bool) -> bool:
        post = Post.from_json(row.post)
        whole = post.digest == row.digest and post.channel == row.channel and post.link == item.link
        officers = item.officers if cleared else (*item.officers, HELD_MARK)
        made = {"policy": item.verdict["policy"], "officers": officers, "item": facts(item, channels)}
        prepared = row.state not in READY or not row.staged or self.is_prepared_for(row, post)
        return whole and prepared and self._seal.holds(row.seal, post, **made)

    def prepared(self, row: DeliveryRow, post: Post, values: Mapping[str, Any]) -> dict[str, Any]:
        """What was prepared on a platform for exactly this post, sealed: a platform's numbers say nothing of what is behind.

        A hand that puts another item's numbers there would publish its words and pictures.
        """
        bare = {name: value for name, value in values.items() if name != STAGED_SEAL}
        seal = self._seal.sign("staged", [row.item_id, row.channel, post.digest, bare])
        return bare | {STAGED_SEAL: seal}

    def is_prepared_for(self, row: DeliveryRow, post: Post) -> bool:
        """True where the staged values of `row` are those that were prepared for `post`."""
        values = dict(row.staged)
        seal = str(values.pop(STAGED_SEAL, ""))
        return self._seal.signed(seal, "staged", [row.item_id, row.channel, post.digest, values])

    def lent_name(self, row: DeliveryRow, media: Media) -> str:
        """What a picture is called while it is lent for this delivery: not to be guessed, even by who has the picture.

        Each delivery has its own, so that one that is done with it takes it from no other.
        """
        return f"{self._seal.sign('lent', [row.item_id, row.channel, media.digest])}.jpg"

    def void_each(
        self, connection: Transaction, item: ItemRow, rows: Sequence[DeliveryRow], channels: Sequence[str]
    ) -> None:
        """Takes the clearance of each of these rows back by itself: a changed one must not keep the others from going."""
        for row in rows:
            if self.is_whole(item, row, channels):
                seal = self.seal(item, Post.from_json(row.post), channels, cleared=False)
                set_delivery(connection, row.id, seal=seal)

    def is_whole(self, item: ItemRow, row: DeliveryRow, channels: Sequence[str]) -> bool:
        """Whether this one post, and its item, are as they were sealed for the item's state; the others may not be."""
        return self._holds(item, row, channels, item.state in CLEARED)

    def of_sending(self, row: DeliveryRow, remote_id: str, url: str) -> str:
        """What the event of a sending holds: which post is out, under which id and address."""
        return self._seal.sign("sending", [row.item_id, row.channel, row.digest, remote_id, url])

    def is_of_sending(self, seal: str, row: DeliveryRow) -> bool:
        """Whether a sending gave this post the id and address that are stored beside it."""
        values = [row.item_id, row.channel, row.digest, row.remote_id, row.url]
        return self._seal.signed(seal, "sending", values)

    def of_erased(self, item: ItemRow, rows: Sequence[DeliveryRow]) -> str:
        """What the event of an erasure holds: what is left of an item without its words, and what its posts cost."""
        return self._seal.sign("erased", _left(item, rows))

    def is_of_erased(self, seal: str, item: ItemRow, rows: Sequence[DeliveryRow]) -> bool:
        """Whether an erasure left it so."""
        return self._seal.signed(seal, "erased", _left(item, rows))

    def of_recall(self, row: DeliveryRow) -> str:
        """What the event of a withdrawal holds: that exactly this is to be taken down."""
        return self._seal.sign("recall", [row.item_id, row.channel, row.digest, row.remote_id, row.url])

    def is_of_recall(self, seal: str, row: DeliveryRow) -> bool:
        """Whether exactly this was withdrawn."""
        return self._seal.signed(
            seal, "recall", [row.item_id, row.channel, row.digest, row.remote_id, row.url]
        )

    def demand_whole(self, item: ItemRow, rows: Sequence[DeliveryRow]) -> None:
        """A new seal is only ever given to what the old one was made for. Raises IllegalMove."""
        if channel := self.broken(item, rows):
            raise IllegalMove(
                f"the post for {channel} is not the one that was checked",
                way_out="Withdraw the item and hand it in anew.",
            )

    def give(
        self, connection: Transaction, item: ItemRow, rows: Sequence[DeliveryRow], posts: Sequence[Post], *, cleared: bool
    ) -> None:  # fmt: skip
        """Stores the posts of `rows`, sealed for the item as it will be."""
        channels = [row.channel for row in rows]
        for row, post in zip(rows, posts, strict=True):
            seal = self.seal(item, post, channels, cleared=cleared)
            set_delivery(connection, row.id, post=post.to_json(), digest=post.digest, seal=seal)
            if row.state in READY and row.staged:  # a page's date changes; its pictures lie where they lay
                set_delivery(connection, row.id, staged=self.prepared(row, post, row.staged))

    def void(
        self, connection: Transaction, item: ItemRow, rows: Sequence[DeliveryRow], **changes: Any
    ) -> None:
        """Takes the clearance of an item back as it is stopped with `changes`; what is damaged stays as damaged."""
        if not self.broken(item, rows):
            posts = [Post.from_json(row.post) for row in rows]
            self.give(connection, changed(item, **changes), rows, posts, cleared=False)
