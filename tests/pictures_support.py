"""Pictures for tests: drawn, packed, and damaged."""

import io
import random
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from publisher import opening
from publisher.errors import InputError

ORIENTATION, ARTIST, GPS, LATITUDE = 0x0112, 0x013B, 0x8825, 2
SECRET = b"51.5034N-Downing"
"""What is written into every field of metadata, and must be found in nothing that leaves."""


def photo(
    width: int = 640, height: int = 480, colour: object = (200, 30, 30), mode: str = "RGB"
) -> Image.Image:
    return Image.new(mode, (width, height), colour)  # type: ignore[arg-type]


def noise(width: int, height: int, seed: int = 7) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def opened(data: bytes) -> Image.Image:
    return opening.open_picture(data, field="images[0]").image


def refusal(data: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        opening.open_picture(data, field="images[0]")
    assert caught.value.field == "images[0]"
    assert caught.value.way_out
    assert "\n" not in str(caught.value)
    return caught.value


def chunk(name: bytes, body: bytes) -> bytes:
    """A part of a PNG."""
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def png(width: int, height: int, body: bytes, *, depth: int = 8, colour: int = 2, more: bytes = b"") -> bytes:
    """A PNG of raw rows, or of what only pretends to have them."""
    about = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([depth, colour, 0, 0, 0])
    parts = chunk(b"IHDR", about) + more + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def with_place(orientation: int = 1) -> Image.Exif:
    """EXIF with a place, an author, and which way is up."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[ARTIST] = orientation, SECRET.decode()
    exif.get_ifd(GPS)[LATITUDE] = (51.0, 30.0, 12.24)
    exif.get_ifd(GPS)[29] = SECRET.decode()  # GPSDateStamp, as text
    return exif


def full_of_metadata(kind: str, image: Image.Image | None = None) -> bytes:
    """A JPEG, PNG or WebP with all metadata that it can have."""
    image, xmp = image or photo(), b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more: dict[str, object] = {"xmp": xmp}
    if kind == "JPEG":
        more["comment"] = SECRET
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", SECRET.decode())
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        more = {"pnginfo": text}
    return encoded(image, kind, exif=with_place(), icc_profile=profile, **more)


DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
"""Its primaries as a profile counts them (CSS Color 4, "Sample code for color conversions", adapted to D50)."""


def profile_with(*primaries: tuple[float, float, float]) -> bytes:
    """The ICC profile of sRGB with other primaries."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for name, parts in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True):
        at = int.from_bytes(profile[profile.index(name) + 4 :][:4], "big") + 8
        profile[at : at + 12] = b"".join(round(p * 65_536).to_bytes(4, "big", signed=True) for p in parts)
    return bytes(profile)


def linear_grey() -> bytes:
    """An ICC profile of grey whose numbers are amounts of light (ICC.1:2022, 8.4)."""
    curve = b"curv" + bytes(4) + (0).to_bytes(4, "big")
    white = b"XYZ " + bytes(4) + b"".join(n.to_bytes(4, "big") for n in (63_190, 65_536, 54_061))
    table = (2).to_bytes(4, "big")
    for name, start, length in ((b"kTRC", 156, 12), (b"wtpt", 168, 20)):
        table += name + start.to_bytes(4, "big") + length.to_bytes(4, "big")
    head = (188).to_bytes(4, "big") + bytes(4) + b"\x02\x40\0\0mntrGRAYXYZ " + bytes(12) + b"acsp" + bytes(28)
    light = b"".join(n.to_bytes(4, "big") for n in (63_190, 65_536, 54_061))
    return head + light + bytes(48) + table + curve + white


def in_srgb_of_p3(colour: tuple[int, int, int]) -> tuple[int, ...]:
    """A colour of Display P3 in sRGB, by the numbers of CSS Color 4 alone."""
    rows = ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979))
    light = [_light(part / 255) for part in colour]
    mixed = (sum(share * part for share, part in zip(row, light, strict=True)) for row in rows)
    return tuple(round(255 * _number(min(1.0, max(0.0, part)))) for part in mixed)


def _light(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _number(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def near(one: object, other: object, by: int = 4) -> bool:
    """Whether two colours are the same but for rounding."""
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))  # type: ignore[call-overload]
