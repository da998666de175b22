"""Pictures in and out: opened with suspicion, fitted to a channel, stripped of metadata, kept by digest.

The door to Pillow, with publisher/cards.py, which draws. Nothing of a picture's file survives but its pixels: what leaves is drawn anew, so a location
in EXIF, a comment, or bytes hidden behind the picture cannot leave with it.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import struct
import tempfile
import warnings
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from math import ceil
from pathlib import Path

from PIL import Image, ImageCms, ImageFilter, ImageOps, ImageStat, UnidentifiedImageError

from publisher import contrast, paths
from publisher.channels import Limits
from publisher.errors import InputError, OutsideFailed
from publisher.picture_files import demand_size, of_file

MAX_PIXELS = 50_000_000
"""More than any phone's usual photo; decoded, it takes about 200 MB."""
MIN_WIDTH = 320
"""The narrowest picture that Instagram shows without enlarging it (its Content Publishing guide)."""
FORMATS = ("JPEG", "PNG", "WEBP")
_PHONE_JPEG = "MPO"
"""A JPEG with more pictures behind it (depth, brightness), as phones write it; the first is the photo."""
_FORMAT_HELP = "Save it as JPEG or PNG."
_OTHER_KINDS = (
    (
        re.compile(
            rb"^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg", re.DOTALL | re.IGNORECASE
        ),
        "an SVG drawing",
    ),
    (re.compile(rb"^....ftyp(heic|heix|mif1|msf1|avif)", re.DOTALL), "a HEIC or AVIF photo"),
    (re.compile(rb"^GIF8"), "a GIF"),
    (re.compile(rb"^%PDF"), "a PDF document"),
)
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for files that are cut off or damaged."""

# A picture whose header promises more pixels than this is an error before any are decoded (Pillow, "Decompression bombs").
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
# Damaged EXIF costs the orientation at most, and is dropped with the rest: nothing to print on an officer's screen.
warnings.filterwarnings("ignore", module=r"PIL\.(TiffImagePlugin|Image)$", category=UserWarning)


@dataclass(frozen=True, slots=True)
class Picture:
    """An opened picture: upright, sRGB, without transparency or metadata."""

    image: Image.Image
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
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), paths.PRIVATE)
                os.fsync(file.fileno())
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
        _sync_folder(self._folder)


def _sync_folder(folder: Path) -> None:
    """A renamed file is durable once its folder is (fsync(2))."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_picture(data: bytes, *, field: str, path: str | None = None) -> Picture:
    """A JPEG, PNG or WebP, by its content. Raises InputError that names the field, and the file where there is one."""
    with of_file(path):
        return _opened(data, field)


def _opened(data: bytes, field: str) -> Picture:
    demand_size(data, field)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _demand_one_picture(image, field)
            return _demand_width(Picture(_plain(image)), field)
    except UnidentifiedImageError as error:
        raise InputError(
            f"is {_kind(data)}, not a JPEG, PNG or WebP picture", field=field, way_out=_FORMAT_HELP
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(
            f"has more than {MAX_PIXELS // 1_000_000} megapixels",
            field=field,
            way_out="Make it smaller, 2000 pixels wide will do.",
        ) from error
    except _BROKEN as error:
        raise InputError("is damaged or cut off", field=field, way_out="Export or copy it again.") from error


def _demand_one_picture(image: Image.Image, field: str) -> None:
    if image.format != _PHONE_JPEG and getattr(image, "n_frames", 1) > 1:
        raise InputError("is animated", field=field, way_out="Save one frame of it as JPEG or PNG.")


def _demand_width(picture: Picture, field: str) -> Picture:
    width = picture.image.width
    if width < MIN_WIDTH:
        raise InputError(
            f"is {width} pixels wide; {MIN_WIDTH} are the least",
            field=field,
            way_out="Use the original, not a thumbnail.",
        )
    return picture


def _kind(data: bytes) -> str:
    return next((kind for pattern, kind in _OTHER_KINDS if pattern.search(data[:2048])), "something else")


def _plain(image: Image.Image) -> Image.Image:
    """Upright, sRGB, on white, and new: an image that was never in a file has no metadata."""
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    alpha = upright.convert("RGBA").getchannel("A") if upright.has_transparency_data else None
    plain = Image.new("RGB", upright.size, contrast.WHITE)
    plain.paste(_srgb(upright, profile), mask=alpha)
    return plain


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits of grey; Pillow's own conversion cuts off instead of scaling
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    colours = image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")
    if not profile:
        return colours.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            colours, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return colours.convert(
            "RGB"
        )  # a damaged profile says nothing; browsers show such pictures as sRGB, too
    return converted or colours.convert("RGB")


_QUALITIES = (90, 85, 80, 75, 70, 60, 50)
"""JPEG qualities, best first; below 50 blocks show, and a smaller picture looks better."""
_SHRINK = 0.8
_FLAT = 6.0
"""Standard deviation of an edge's colours, of 255, below which it counts as one colour."""
_BLUR_WIDTH = 96
_BLUR_RADIUS = 8


def fit(picture: Picture, limits: Limits) -> tuple[bytes, int, int]:
    """The picture as a JPEG within the channel's limits, with its width and height. Same picture, same bytes.

    It is never enlarged and never cropped: a picture too wide or too tall gets a margin instead, since cropping
    could cut people out of it.
    """
    width = limits.image_width
    while True:
        image = _framed(picture.image, width, limits.image_ratio)
        packed = picture.jpeg if image is picture.image else partial(_jpeg, image)
        for quality in _QUALITIES:
            data = packed(quality)
            if len(data) <= limits.image_bytes:
                return data, *image.size
        if image.width <= MIN_WIDTH:
            raise OutsideFailed(
                f"no picture fits into {limits.image_bytes} bytes", way_out="Raise the adapter's limit."
            )
        width = max(MIN_WIDTH, int(image.width * _SHRINK))


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    # Neither optimize nor progressive: both need the whole file in a buffer that Pillow guesses, too small for fine grain.
    image.save(out, "JPEG", quality=quality, subsampling=0)
    return out.getvalue()


def _framed(image: Image.Image, most: int, ratio: tuple[float, float]) -> Image.Image:
    """The image at most `most` pixels wide with its margin, as wide to its height as `ratio` allows."""
    lowest, highest = ratio
    scale = min(1.0, most / max(image.width, image.height * lowest))
    width, height = (max(1, int(side * scale)) for side in image.size)
    scaled = image if scale == 1 else image.resize((width, height), Image.Resampling.LANCZOS)
    frame = (max(width, min(most, ceil(height * lowest))), max(height, ceil(width / highest)))
    if frame == (width, height):
        return scaled
    framed = _margin(scaled, frame)
    framed.paste(scaled, ((frame[0] - width) // 2, (frame[1] - height) // 2))
    return framed


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
