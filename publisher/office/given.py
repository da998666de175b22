"""Items as they are handed over at any door: JSON, with the bytes of their pictures beside them."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from publisher.item import MAX_IMAGES
from publisher.office.operations import Body


def _bytes(value: object) -> object:
    """A picture as it is, or as JSON can hold it (RFC 4648 section 4)."""
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        message = "a picture's bytes are needed in base64"
        raise ValueError(message) from error


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


PictureBytes = Annotated[
    bytes,
    BeforeValidator(_bytes),
    PlainSerializer(_text, when_used="json"),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
AnyItem = Annotated[
    Any, WithJsonSchema({"type": "object", "description": "An item as JSON: see README, Contracts."})
]
Pictures = Annotated[dict[str, PictureBytes], Field(max_length=MAX_IMAGES)]
"""The bytes of an item's pictures, by the paths that the item names. No path is followed on this side."""


class GivenItem(Body):
    """An item and its pictures."""

    item: AnyItem
    pictures: Pictures = Field(default_factory=dict)
