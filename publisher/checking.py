"""The gate alone: what the policy would say of an item, with nothing stored and no database, key or secret needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from publisher import pages, references
from publisher.compose import Picture, told
from publisher.item import Item
from publisher.model import Post, Verdict
from publisher.moments import demand_future
from publisher.pictures import Pictures, opened
from publisher.places import pointed_into
from publisher.policy import Context, Gate
from publisher.prices import total_usd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.app import App


@dataclass(frozen=True, slots=True)
class Checked:
    """What the gate says of an item that is not queued, and the posts that it was asked of.

    `left_out` are the closed channels that it does not go to, each with why; None where nobody looked.
    """

    item: Item
    verdict: Verdict
    posts: tuple[Post, ...]
    cost_usd: float | None = None
    left_out: Mapping[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """The verdict as DESIGN §10 has it, what its posts cost, and `posts`: the texts into which its findings point."""
        said = self.verdict.to_json()
        texts = ({"channel": post.channel, "text": post.text} for post in self.posts)
        posts = pointed_into(said["findings"], texts)
        looked = {} if self.left_out is None else {"left_out": told(self.left_out)}
        return {"id": self.item.id, **said, "cost_usd": self.cost_usd, **looked, "posts": posts}


def checked(
    app: App, item: Item, pictures: Pictures | None = None, *, officer: str | None = None, gate: Gate | None = None
) -> Checked:  # fmt: skip
    """What the gate says of an item that is not queued. Raises InputError (unknown channel, no link, bad picture).

    With `pictures` each must be there and be a picture; without, they are taken as described and unseen. With an
    `officer` it is what the desk would say: who asks, consents, earlier items and closed channels count (Refused, as
    there), which needs the queue. `gate` is the policy as it is to be read, else as this program first read it.
    """
    routed = None if officer is None else app.sketcher.routed(item)
    item = item if routed is None else routed.item
    posts, unseen = sketch(app, item, pictures)
    if officer is not None:
        _demand_citable(app, item)
        verdict = app.judge.new(item, posts, officer, references.sample(item.to_json()), unseen).verdict
    else:
        verdict = (gate or app.gate).check(item, posts, Context(app.sketcher.limits, None, app.today, unseen))
    left_out = None if routed is None else routed.left_out
    return Checked(item, verdict, posts, total_usd(posts, app.sketcher.limits), left_out)


def rehearsed(
    app: App, item: Item, pictures: Pictures, *, officer: str | None = None, gate: Gate | None = None
) -> Checked:
    """What handing the item in now would say. Raises InputError, also where its moment has passed, as the desk does."""
    demand_future(item, app.now())
    return checked(app, item, pictures, officer=officer, gate=gate)


def _demand_citable(app: App, item: Item) -> None:
    """Raises InputError where the item corrects one that is not there, or was never out."""
    if item.corrects is not None:
        from publisher import correcting  # needs the queue, which a check alone does without

        correcting.cites(app.queue, item, app.sketcher.channels_of(item))


def sketch(app: App, item: Item, pictures: Pictures | None) -> tuple[tuple[Post, ...], tuple[int, ...]]:
    """The item's posts as the gate sees them, and the positions of the pictures that nobody looked at."""
    digests = [""] * len(item.images) if pictures is None else [one.digest for one in opened(item, pictures)]
    described = [
        Picture(image.alt, digest=digest) for image, digest in zip(item.images, digests, strict=True)
    ]
    composed = app.sketcher.compose(
        item, reference=references.sample(item.to_json()), slug=pages.slug(item.title), pictures=described
    )
    return composed.posts, tuple(position for position, digest in enumerate(digests) if not digest)
