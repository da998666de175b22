"""Pictures out: fitted to a channel and kept by digest; publisher/opening.py takes them in."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from math import ceil, floor
from pathlib import Path

from PIL import Image, ImageFilter, ImageOps, ImageStat

from publisher import paths
from publisher.channels import Limits
from publisher.errors import OutsideFailed

MIN_WIDTH = 320
"""The narrowest picture that Instagram shows without enlarging it (its Content Publishing guide)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An opened picture: upright, sRGB, without transparency or metadata. `located`: its file told where it was taken."""

    image: Image.Image
    located: bool = False
    _jpegs: dict[int, bytes] = field(default_factory=dict, repr=False, compare=False)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.size

    def jpeg(self, quality: int) -> bytes:
        """It as it is, as a JPEG; packed once, since most pictures fit several channels so."""
        if quality not in self._jpegs:
            self._jpegs[quality] = _jpeg(self.image, quality)
        return self._jpegs[quality]


class MediaStore:
    """JPEGs in one folder, each named by the sha256 of its bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: str) -> Path:
        """Where the picture is kept. Raises OutsideFailed for what is no digest, so that no name leads elsewhere."""
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise OutsideFailed(
                "a picture's name in the queue is not a digest", way_out="Restore the queue from a backup."
            )
        return self._folder / f"{digest}.jpg"

    def put(self, data: bytes) -> str:
        """Keeps the bytes, durably and whole or not at all; their sha256 (hex). Raises OutsideFailed."""
        digest = hashlib.sha256(data).hexdigest()
        try:
            if not self._holds(digest):
                self._write(self.path(digest), data)
        except OSError as error:
            raise OutsideFailed(
                f"a picture cannot be kept in {self._folder}: {error.strerror}",
                way_out="Free space, or mend its permissions.",
            ) from error
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes, proved by their digest. Raises OutsideFailed where they are missing or were altered."""
        path = self.path(digest)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise OutsideFailed(
                f"the picture {path} cannot be read: {error.strerror}", way_out="Queue the item again."
            ) from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise OutsideFailed(
                f"the picture {path} was altered after it was checked", way_out="Queue the item again."
            )
        return data

    def drop(self, digest: str) -> bool:
        """Takes the picture away; False where it was not there. Raises OutsideFailed."""
        path = self.path(digest)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise OutsideFailed(
                f"the picture {path} cannot be taken away: {error.strerror}", way_out="Mend its permissions."
            ) from error
        return True

    def kept(self) -> dict[str, datetime]:
        """The digests of all pictures, each with the moment at which it was kept."""
        found = {
            path.stem: path for path in self._folder.glob("*.jpg") if re.fullmatch(r"[0-9a-f]{64}", path.stem)
        }
        return {digest: datetime.fromtimestamp(path.stat().st_mtime, UTC) for digest, path in found.items()}

    def _holds(self, digest: str) -> bool:
        path = self.path(digest)
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest

    def _write(self, path: Path, data: bytes) -> None:
        paths.make_private_folder(self._folder)
        paths.replaced(path, data)


_QUALITIES = (90, 85, 80, 75, 70, 60, 50)
"""JPEG qualities, best first; below 50 blocks show, and a smaller picture looks better."""
_SHRINK = 0.8
_FLAT = 6.0
"""Standard deviation of an edge's colours, of 255, below which it counts as one colour."""
_BLUR_WIDTH = 96
_BLUR_RADIUS = 8


def fit(
    picture: Picture,
    limits: Limits,
    *,
    focus: tuple[float, float] | None = None,
    ratio: float | None = None,
) -> tuple[bytes, int, int]:
    """The picture as a JPEG within the channel's limits, with its width and height. Same picture, same bytes.

    It is never enlarged. One too wide or too tall gets a margin, since cropping could cut people out of it; with a
    `focus`, what matters most (fractions from the left and the top), it is cropped around that instead. `ratio` is the
    one that it must have, of width to height, where the channel shows several pictures alike.
    """
    shape = (ratio, ratio) if ratio else limits.image_ratio
    cropped = picture.image if focus is None else _cropped(picture.image, shape, focus)
    width = limits.image_width
    while True:
        image = _framed(cropped, width, shape, limits.image_ratio)
        packed = picture.jpeg if image is picture.image else partial(_jpeg, image)
        if data := _light_enough(packed, limits.image_bytes):
            return data, *image.size
        if image.width <= MIN_WIDTH:
            raise OutsideFailed(
                f"no picture fits into {limits.image_bytes} bytes", way_out="Raise the adapter's limit."
            )
        width = max(MIN_WIDTH, int(image.width * _SHRINK))


def _light_enough(packed: Callable[[int], bytes], most: int) -> bytes | None:
    return next((data for data in map(packed, _QUALITIES) if len(data) <= most), None)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    # Neither optimize nor progressive: both need the whole file in a buffer that Pillow guesses, too small for fine grain.
    image.save(out, "JPEG", quality=quality, subsampling=0)
    return out.getvalue()


def _cropped(image: Image.Image, shape: tuple[float, float], focus: tuple[float, float]) -> Image.Image:
    """As much of the image as has the shape, around the focus as near as the edges allow; never narrower than MIN_WIDTH."""
    lowest, highest = shape
    width = min(image.width, max(MIN_WIDTH, floor(image.height * highest)))
    height = min(image.height, floor(image.width / lowest)) if lowest else image.height
    if (width, height) == image.size:
        return image
    left, top = (
        min(max(0, round(part * whole - side / 2)), whole - side)
        for part, whole, side in zip(focus, image.size, (width, height), strict=True)
    )
    return image.crop((left, top, left + width, top + height))


def _framed(
    image: Image.Image, most: int, shape: tuple[float, float], bounds: tuple[float, float]
) -> Image.Image:
    """The image at most `most` pixels wide with its margin, as wide to its height as `shape` allows.

    Where the shape is one ratio alone it holds to the pixel, and the channel's own `bounds` without fail.
    """
    scale = min(1.0, most / max(image.width, image.height * shape[0]))
    width, height = (max(1, int(side * scale)) for side in image.size)
    frame = _frame(width, height, shape, bounds)
    if max(frame[0] - width, frame[1] - height) <= 1:  # a line of one pixel would be a scratch, not a margin
        return image if frame == image.size else image.resize(frame, Image.Resampling.LANCZOS)
    scaled = image if scale == 1 else image.resize((width, height), Image.Resampling.LANCZOS)
    framed = _margin(scaled, frame)
    framed.paste(scaled, ((frame[0] - width) // 2, (frame[1] - height) // 2))
    return framed


def _frame(
    width: int, height: int, shape: tuple[float, float], bounds: tuple[float, float]
) -> tuple[int, int]:
    wanted = ceil(height * shape[0]), ceil(width / shape[1])
    most = floor(height * bounds[1]), floor(width / bounds[0]) if bounds[0] else wanted[1]
    return max(width, min(wanted[0], most[0])), max(height, min(wanted[1], most[1]))


def _margin(image: Image.Image, frame: tuple[int, int]) -> Image.Image:
    """What is seen beside the picture: the colour of its edges where they have one, else itself, blurred."""
    width, height = image.size
    sides = (
        ((0, 0, 1, height), (width - 1, 0, width, height))
        if frame[0] > width
        else ((0, 0, width, 1), (0, height - 1, width, height))
    )
    edges = [ImageStat.Stat(image.crop(side)) for side in sides]
    shades = [tuple(round(value) for value in edge.mean) for edge in edges]
    if (
        max(max(edge.stddev) for edge in edges) < _FLAT
        and max(abs(a - b) for a, b in zip(*shades, strict=True)) < _FLAT
    ):
        return Image.new("RGB", frame, shades[0])
    small = ImageOps.fit(image, (_BLUR_WIDTH, max(1, round(_BLUR_WIDTH * frame[1] / frame[0]))))
    return small.filter(ImageFilter.GaussianBlur(_BLUR_RADIUS)).resize(frame, Image.Resampling.BICUBIC)
