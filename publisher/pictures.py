"""The pictures of an item as they are handed in: their bytes, by the paths that the item names.

No path is ever followed here. Whoever hands an item in has read the files (publisher/picture_files.py): what comes over
a wire must not read this machine's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from publisher.compose import Picture
from publisher.errors import InputError
from publisher.item import Item

Pictures = Mapping[str, bytes]


def opened(item: Item, pictures: Pictures) -> Iterator[Picture]:
    """The item's pictures, in order, each opened when it is asked for. Raises InputError that names the picture's field."""
    for position, (image, data) in enumerate(zip(item.images, handed_over(item, pictures), strict=True)):
        from publisher.opening import open_picture

        content = open_picture(data, field=_path_of(position), path=image.path)
        yield Picture(image.alt, content, hashlib.sha256(data).hexdigest(), image.focus)


def handed_over(item: Item, pictures: Pictures) -> list[bytes]:
    """The bytes of each of the item's pictures, in order. Raises InputError where some are missing, or nobody named them."""
    found = [_bytes_of(position, image.path, pictures) for position, image in enumerate(item.images)]
    named = {image.path for image in item.images}
    for path in pictures:
        if path not in named:
            raise InputError(
                f"{path!r} is no picture of this item", field="pictures",
                way_out="Name its path in images, or leave it out.",
            )  # fmt: skip
    return found


def _bytes_of(position: int, path: str | None, pictures: Pictures) -> bytes:
    if path is None:
        raise InputError(
            "a picture by address cannot be fetched yet",
            field=f"images[{position}].url",
            way_out="Save it, and give its path.",
        )
    if path not in pictures:
        raise InputError(
            "a path cannot be followed from here", field=_path_of(position),
            way_out="Send the picture itself with the item, or the item without it.",
        )  # fmt: skip
    return pictures[path]


def _path_of(position: int) -> str:
    return f"images[{position}].path"
