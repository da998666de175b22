"""What platforms check of a picture before they take it."""

from __future__ import annotations

import io
from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Facts:
    """`format` is Pillow's name: JPEG, PNG, MPO (a JPEG that holds more than one picture), ..."""

    format: str
    mime: str
    width: int
    height: int


def facts(content: bytes) -> Facts | None:
    """None where the bytes are no whole picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            name = image.format or ""
            return Facts(name, Image.MIME.get(name, ""), image.width, image.height)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
