"""Pictures in: opened with suspicion, turned upright, brought to sRGB, and drawn anew without anything else of their file.

The door to Pillow and pi_heif, with publisher/media.py, which fits, and publisher/cards.py, which draws. Nothing of a
picture's file survives but its pixels, so that a place in EXIF, a comment, or bytes hidden behind the picture cannot leave.
"""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial

from PIL import Image, ImageCms, ImageOps

from publisher import contrast, heif_boxes
from publisher.errors import InputError, OutsideFailed
from publisher.media import MIN_WIDTH, Picture
from publisher.picture_files import demand_size, of_file
from publisher.picture_kinds import HEIC, MAX_PIXELS, demand_kind

MOST_KEPT = 16_000_000
"""Pixels of an opened picture that are kept: a crop to half of it is still twice as wide as any channel shows."""
_GAP = 2.0
"""How much larger than the result a picture is reduced to before it is resampled (Pillow, Image.resize)."""
_at_a_time = threading.Lock()
"""One picture is decoded at a time: each may take several hundred megabytes for a moment, and anybody may hand ten in."""
_PHONE_JPEG = "MPO"
"""A JPEG with more pictures behind it (depth, brightness), as phones write it; the first is the photo."""
_SMALLER = "Make it smaller, 2000 pixels wide will do."
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What Pillow and pi_heif raise for files that are cut off or damaged. A bug of ours would raise such, too: see `_reading`."""
_UNSUPPORTED = "not been built in"
"""In libheif's words for a file whose pictures are coded in a way that it cannot decode."""
_GPS = 0x8825
"""The tag under which EXIF keeps the place (CIPA DC-008, 4.6.3)."""

# A picture whose header promises more pixels than this is an error before any are decoded (Pillow, "Decompression bombs").
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
# Damaged EXIF costs the orientation at most, and is dropped with the rest: nothing to print on an officer's screen.
warnings.filterwarnings("ignore", module=r"PIL\.", category=UserWarning)


def open_picture(data: bytes, *, field: str, path: str | None = None) -> Picture:
    """A JPEG, PNG, WebP or HEIC, by its content. Raises InputError that names the field, and the file where there is one.

    And OutsideFailed where there is no memory for it.
    """
    with of_file(path):
        demand_size(data, field)
        kind = demand_kind(data, field)
        try:
            with _at_a_time:
                return _kept(_demand_width(_decoded(data, kind, field), field))
        except MemoryError as error:
            raise OutsideFailed(
                "there is not enough memory to open the picture",
                way_out="Try again later, or make it smaller.",
            ) from error


def _decoded(data: bytes, kind: str, field: str) -> Picture:
    return _heic(data, field) if kind == HEIC else _opened(data, kind, field)


def _kept(picture: Picture) -> Picture:
    """The picture with no more pixels than any channel can use: an item may have ten, all open at once."""
    width, height = picture.image.size
    scale = max((MOST_KEPT / (width * height)) ** 0.5, MIN_WIDTH / width)
    if scale >= 1:
        return picture
    size = max(MIN_WIDTH, round(width * scale)), max(1, round(height * scale))
    return replace(picture, image=picture.image.resize(size, Image.Resampling.LANCZOS, reducing_gap=_GAP))


@contextmanager
def _reading(field: str) -> Iterator[None]:
    """Around what a library itself does with the file, and nothing else: what breaks in there is the file's fault."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(field) from error
    except _BROKEN as error:
        raise _unreadable(error, field) from error


def _too_large(field: str) -> InputError:
    return InputError(f"has more than {MAX_PIXELS // 1_000_000} megapixels", field=field, way_out=_SMALLER)


def _unreadable(error: Exception, field: str) -> InputError:
    if _UNSUPPORTED in str(error):
        return _unknown(field)
    return InputError("is damaged or cut off", field=field, way_out="Export or copy it again.")


def _unknown(field: str) -> InputError:
    return InputError(
        "is a kind of HEIC that cannot be read here", field=field, way_out="Save it as JPEG or PNG."
    )


def _opened(data: bytes, kind: str, field: str) -> Picture:
    with _reading(field):
        image = Image.open(io.BytesIO(data), formats=(kind,))
    with image:
        with _reading(field):
            frames = getattr(image, "n_frames", 1)
        if image.format != _PHONE_JPEG and frames > 1:
            raise InputError("is animated", field=field, way_out="Save one frame of it as JPEG or PNG.")
        with _reading(field):
            image.load()
            upright = ImageOps.exif_transpose(image)
        return Picture(_plain(upright, image.info.get("icc_profile")), located=_tells_place(image.getexif))


def _demand_width(picture: Picture, field: str) -> Picture:
    width = picture.image.width
    if width < MIN_WIDTH:
        raise InputError(
            f"is {width} pixels wide; {MIN_WIDTH} are the least",
            field=field,
            way_out="Use the original, not a thumbnail.",
        )
    return picture


def _tells_place(exif: Callable[[], Image.Exif]) -> bool:
    """Whether a photo said where it was taken; what cannot be read says nothing, and is dropped all the same."""
    try:
        return bool(exif().get_ifd(_GPS))
    except _BROKEN:
        return False


# --- HEIC --------------------------------------------------------------------------------------------------------------

_P3, _BT2020 = 12, 9
_BRIGHTER = frozenset({16, 18})
"""Transfer characteristics of HDR: PQ and HLG; the others are near enough to sRGB's (ITU-T H.273, tables 2 and 3)."""


def _heic(data: bytes, field: str) -> Picture:
    """The primary picture of a HEIC file. libheif turns it by the file's own word (`irot`, `imir`), and EXIF's then counts no more.

    pi_heif's own opener is not registered with Pillow: that would open HEIC for everybody in this process.
    """
    import pi_heif

    boxes = heif_boxes.read(data)
    if boxes is None:
        raise ValueError(field)  # demand_kind() has seen to it
    bare = boxes.bare()
    with _reading(field):
        found = pi_heif.open_heif(bare, convert_hdr_to_8bit=True)
    if not len(found):
        raise _unknown(field)
    with _reading(field):
        primary = found[found.primary_index]
        width, height = primary.size
    if width * height > MAX_PIXELS:
        raise _too_large(field)
    colours = primary.info.get("nclx_profile") or {}
    if colours.get("transfer_characteristics") in _BRIGHTER:
        raise InputError(
            "is an HDR photo, whose colours no channel shows", field=field, way_out="Save it as JPEG."
        )
    profile = primary.info.get("icc_profile") or _profile_of(colours.get("color_primaries"))
    with _reading(field):
        image = primary.to_pillow()
    return Picture(_plain(image, profile), located=_tells_place(partial(_exif, boxes)))


def _exif(boxes: heif_boxes.Boxes) -> Image.Exif:
    exif = Image.Exif()
    exif.load(boxes.exif)
    return exif


_COLOURS = {
    _P3: ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)),
    _BT2020: ((0.67348, 0.27904, -0.00193), (0.16568, 0.67535, 0.02998), (0.12504, 0.04561, 0.79686)),
}
"""Red, green and blue as XYZ under D50, which profiles count in, of spaces that a number stands for (CSS Color 4, 10.4)."""


@lru_cache(maxsize=len(_COLOURS))
def _profile_of(primaries: int | None) -> bytes | None:
    """An ICC profile like sRGB's with other primaries; None where these are sRGB's, or nobody knows them."""
    if primaries not in _COLOURS:
        return None
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for tag, parts in zip((b"rXYZ", b"gXYZ", b"bXYZ"), _COLOURS[primaries], strict=True):
        entry = profile.index(tag)  # in the table of tags: name, place, length (ICC.1, 7.3)
        place = int.from_bytes(profile[entry + 4 : entry + 8], "big") + 8
        profile[place : place + 12] = struct.pack(">3i", *(round(part * 65_536) for part in parts))
    return bytes(profile)


# --- pixels ------------------------------------------------------------------------------------------------------------


def _plain(upright: Image.Image, profile: bytes | None) -> Image.Image:
    """sRGB, on white, and new: an image that was never in a file has no metadata."""
    if upright.mode in {"La", "RGBa"}:  # colours already mixed with black by their transparency
        upright = upright.convert(upright.mode.upper())
    alpha = upright.convert("RGBA").getchannel("A") if upright.has_transparency_data else None
    plain = Image.new("RGB", upright.size, contrast.WHITE)
    plain.paste(_srgb(upright, profile), mask=alpha)
    return plain


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    colours = _eight_bits(image)
    if not profile:
        return colours.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            colours, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        # A damaged profile, or one of other colours, says nothing; browsers show such pictures as sRGB, too.
        return colours.convert("RGB")
    return converted or colours.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """As L, RGB or CMYK."""
    if image.mode.startswith("I"):  # 16 bits of grey; Pillow's own conversion cuts off instead of scaling
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in {"1", "LA"}:
        return image.convert("L")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")
