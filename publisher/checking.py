"""The gate alone: what the policy would say of an item, with nothing stored and no database, key or secret needed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher import pages, references
from publisher.compose import Composed, Composer, Picture
from publisher.errors import InputError
from publisher.item import MAX_ITEM_BYTES, Item, parse_line
from publisher.model import Post, Verdict
from publisher.moments import demand_future
from publisher.policy import Context

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.media import MediaStore


def sketch_verdict(
    app: App, item: Item, *, folder: Path | None = None, officer: str | None = None
) -> Verdict:
    """The gate's verdict on an item that is not queued. Raises InputError (unknown channel, no link, bad picture).

    With a `folder` the pictures must be there and be pictures; without one they are taken as described and unseen.
    With an `officer` it is what the desk would say: who asks, consents and earlier items count, which needs the queue.
    """
    posts, unseen = sketch(app, item, folder)
    if officer is not None:
        return app.judge.new(item, posts, officer, references.sample(item.to_json()), unseen).verdict
    return app.gate.check(item, posts, Context(app.sketcher.limits, None, app.today, unseen))


def rehearsed_verdict(app: App, item: Item, *, folder: Path, officer: str | None = None) -> Verdict:
    """What handing the item in now would say. Raises InputError, also where its moment has passed, as the desk does."""
    demand_future(item, app.now())
    return sketch_verdict(app, item, folder=folder, officer=officer)


def sketch(app: App, item: Item, folder: Path | None) -> tuple[tuple[Post, ...], tuple[int, ...]]:
    """The item's posts as the gate sees them, and the positions of the pictures that nobody looked at."""
    digests = [_digest(position, image.path, folder) for position, image in enumerate(item.images)]
    pictures = [Picture(image.alt, digest=digest) for image, digest in zip(item.images, digests, strict=True)]
    composed = app.sketcher.compose(
        item, reference=references.sample(item.to_json()), slug=pages.slug(item.title), pictures=pictures
    )
    return composed.posts, tuple(position for position, digest in enumerate(digests) if not digest)


def compose_preview(app: App, item: Item, *, folder: Path, store: MediaStore) -> Composed:
    """The item's posts with their pictures as they would leave, drawn into `store`. Raises InputError."""
    from publisher import media

    pictures = [
        Picture(
            image.alt,
            media.open_picture(
                _bytes(position, image.path, folder), field=_path_of(position), path=image.path
            ),
        )
        for position, image in enumerate(item.images)
    ]
    composer = Composer(app.config, app.channels, store)
    return composer.compose(
        item, reference=references.sample(item.to_json()), slug=pages.slug(item.title), pictures=pictures
    )


def answer_line(app: App, line: bytes, *, officer: str | None = None) -> dict[str, Any]:
    """The verdict on one line of JSON, in the shape of DESIGN §10; `{"error"}` for a line that is no item."""
    if not line.strip():
        return {"error": "the line is empty. Give one item a line.", "field": ""}
    try:
        item = parse_line(line, default_zone=app.config.council.timezone)
        return {"id": item.id, **sketch_verdict(app, item, officer=officer).to_json()}
    except InputError as error:
        return _named(line) | {"error": str(error), "field": error.field}


def _named(line: bytes) -> dict[str, Any]:
    """The id that a bad line gives, where it can be read: whoever sent it can find it again."""
    if len(line) > MAX_ITEM_BYTES:
        return {}
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    found = value.get("id") if isinstance(value, dict) else None
    return {"id": found} if isinstance(found, str | int) else {}


def _digest(position: int, path: str | None, folder: Path | None) -> str:
    """sha256 (hex) of the picture's file, proved to be a picture; empty where it is not looked at."""
    if path is None or folder is None:
        return ""
    from publisher import media

    data = _bytes(position, path, folder)
    media.open_picture(data, field=_path_of(position), path=path)
    return hashlib.sha256(data).hexdigest()


def _bytes(position: int, path: str | None, folder: Path) -> bytes:
    if path is None:
        raise InputError(
            "a picture by address cannot be fetched yet",
            field=f"images[{position}].url",
            way_out="Save it, and give its path.",
        )
    from publisher import media

    return media.load_bytes(folder / path, field=_path_of(position))


def _path_of(position: int) -> str:
    return f"images[{position}].path"
