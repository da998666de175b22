"""Pictures in: each kind is taken, upright and in sRGB, with no metadata; what is damaged or made to do harm is refused."""

import io
import random
import resource
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import heic_support as heif
import pi_heif
import pytest
from channels_support import load
from heic_support import heic
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures_support import (
    DISPLAY_P3,
    GPS,
    LATITUDE,
    ORIENTATION,
    SECRET,
    chunk,
    decoded,
    encoded,
    full_of_metadata,
    in_srgb_of_p3,
    linear_grey,
    near,
    noise,
    opened,
    photo,
    png,
    profile_with,
    refusal,
    with_place,
)
from PIL import Image, UnidentifiedImageError

from publisher import channels, media, opening
from publisher.errors import InputError, OutsideFailed
from publisher.picture_files import MAX_FILE_BYTES

ROOT = Path(__file__).parent.parent
RED, BLUE = (200, 30, 30), (30, 30, 200)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"/>'
PROLOGUE = b'<?xml version="1.0"?>\n<!-- drawn -->\n<!DOCTYPE svg [<!ENTITY a "b">]>\n'
"""What may stand before an SVG's first element."""


def tiff_of(exif: Image.Exif) -> bytes:
    return exif.tobytes().removeprefix(b"Exif\0\0")


@cache
def whole_files() -> dict[str, bytes]:
    """A file of each kind and way of packing."""
    picture = noise(340, 260)
    return {
        "JPEG": encoded(picture),
        "progressive JPEG": encoded(picture, progressive=True),
        "PNG": encoded(picture, "PNG"),
        "WebP": encoded(picture, "WEBP"),
        "lossless WebP": encoded(picture, "WEBP", lossless=True),
        "HEIC": heic(heif.photo()),
    }


# --- what is taken -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_three_kinds_of_picture_are_taken(kind: str) -> None:
    """JPEG, PNG and WebP are opened, whatever the file's name said."""
    assert opened(encoded(photo(), kind)).size == (640, 480)


@pytest.mark.parametrize("coded", [heif.COLOUR, heif.TEN], ids=["8 bits", "10 bits"])
def test_an_iphones_photo_is_taken(coded: heif.Coded) -> None:
    """HEIC is opened in its true colours, and Pillow itself opens no HEIC afterwards."""
    picture = opened(heic(heif.photo(coded=coded)))
    assert (picture.size, picture.mode) == ((640, 480), "RGB")
    assert near(picture.getpixel((600, 400)), RED)
    assert near(picture.getpixel((20, 20)), BLUE)
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(heic(heif.photo())))


def test_a_heic_is_one_by_its_general_brand_too() -> None:
    """Some programs name the box alone (`mif1`) and not what is coded in it; AVIF, which does so too, is another kind."""
    assert opened(heic(heif.photo(), brand=b"mif1")).size == (640, 480)


def test_the_primary_picture_of_several_is_taken() -> None:
    """A HEIC file may hold several pictures; the one that it names first in rank is the photo."""
    data = heic(heif.photo(), heif.photo(heif.turned(2)), primary=2)
    assert near(opened(data).getpixel((620, 460)), BLUE)


def test_a_photo_in_tiles_is_put_together() -> None:
    """Phones write a large photo as a grid of smaller pictures."""
    about = bytes([0, 0, 0, 1]) + (1_280).to_bytes(2, "big") + (480).to_bytes(2, "big")
    grid = heif.Item(b"grid", about, (heif.size(1_280, 480),), {b"dimg": [2, 3]})
    picture = opened(heic(grid, heif.photo(), heif.photo()))
    assert picture.size == (1_280, 480)
    assert near(picture.getpixel((660, 20)), BLUE)


@pytest.mark.parametrize(
    ("properties", "corner"),
    [
        ((heif.turned(1),), "bottom left"),
        ((heif.turned(2),), "bottom right"),
        ((heif.turned(3),), "top right"),
        ((heif.mirrored(0),), "bottom left"),
        ((heif.mirrored(1),), "top right"),
        ((heif.turned(1), heif.mirrored(1)), "bottom right"),
    ],
)
def test_a_heic_stands_upright_by_its_own_word(properties: tuple[bytes, ...], corner: str) -> None:
    """HEIC turns by its boxes; EXIF's orientation repeats them, and applied as well it would turn the photo twice."""
    plain = heic(heif.photo(*properties))
    also_told = heic(heif.photo(*properties), heif.exif(tiff_of(with_place(6))))
    for picture in map(opened, (plain, also_told)):
        spot = (
            picture.width - 20 if "right" in corner else 20,
            picture.height - 20 if "bottom" in corner else 20,
        )
        assert near(picture.getpixel(spot), BLUE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright(kind: str, orientation: int) -> None:
    """All eight of EXIF's orientations are applied to the pixels, since the EXIF itself is dropped."""
    upright = photo(640, 400)
    upright.paste(BLUE, (0, 0, 100, 100))
    back = {  # what a camera would have stored, held so (CIPA DC-008, "Orientation")
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(back[orientation]) if orientation in back else upright
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    shown = opened(encoded(stored, kind, exif=exif))
    assert shown.size == (640, 400)
    assert near(shown.getpixel((20, 20)), BLUE, by=8)
    assert near(shown.getpixel((620, 380)), RED, by=8)


def test_a_phones_jpeg_with_a_second_picture_is_a_photo() -> None:
    """Phones hide a depth map behind the photo (MPO); the photo is taken, the rest does not leave."""
    data = encoded(photo(), "MPO", save_all=True, append_images=[photo(colour=(0, 0, 255))])
    assert near(opened(data).getpixel((10, 10)), RED)


def test_damaged_exif_costs_nothing_and_prints_nothing(tmp_path: Path) -> None:
    """A photo whose EXIF is cut off is a photo; in the real program no library's warning reaches the screen."""
    (tmp_path / "photo.jpg").write_bytes(encoded(photo(), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x02"))
    code = f"from pathlib import Path; from publisher import opening; print(opening.open_picture(Path({str(tmp_path / 'photo.jpg')!r}).read_bytes(), field='x').size)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("(640, 480)\n", "")


# --- what is refused ---------------------------------------------------------------------------------------------------


REFUSED = {
    "nothing": (b"", "empty"),
    "a word": (b"hello", "a text"),
    "noise": (b"\x81\x82\x83" * 400, "something else"),
    "SVG": (SVG, "an SVG"),
    "SVG with a prologue": (b"\xef\xbb\xbf \n" + PROLOGUE + SVG, "an SVG"),
    "SVG with a prefix": (SVG.replace(b"svg ", b"svg:svg "), "an SVG"),
    "SVG in UTF-16": ((PROLOGUE + SVG).decode().encode("utf-16"), "an SVG"),
    "SVG in HTML": (b"<html><body>" + SVG, "an SVG"),
    "SVGZ": (zlib.compress(PROLOGUE + SVG, wbits=31), "an SVG"),
    "gzip": (zlib.compress(b"a text", wbits=31), "an archive"),
    "HTML": (b"<html>", "a web page"),
    "PDF": (b"%PDF-1.7", "a PDF"),
    "PDF further down": (b"\n\n%PDF-1.7", "a PDF"),
    "GIF": (encoded(photo(), "GIF"), "a GIF"),
    "BMP": (encoded(photo(), "BMP"), "a BMP"),
    "TIFF": (encoded(photo(), "TIFF"), "a TIFF"),
    "icon": (encoded(photo(), "ICO"), "an icon"),
    "JPEG 2000": (encoded(photo(), "JPEG2000"), "a JPEG 2000"),
    "AVIF": (heif.box(b"ftyp", b"avif", bytes(4), b"avifmif1miaf"), "an AVIF"),
    "AVIF by its second brand": (heif.box(b"ftyp", b"mif1", bytes(4), b"mif1avif"), "an AVIF"),
    "MP4": (heif.box(b"ftyp", b"isom", bytes(4), b"isommp42"), "a video"),
    "ZIP": (b"PK\x03\x04" + bytes(40), "a ZIP archive or an Office document"),
    "EXE": (b"MZ" + bytes(80), "a program"),
    "thumbnail": (encoded(photo(319, 800)), "319 pixels wide"),
    "huge": (encoded(photo(50, 50)) + b"\0" * MAX_FILE_BYTES, "larger than 20 MB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_usable_picture_is_refused_with_a_way_out(name: str) -> None:
    """Each unusable file gets one line that names the field, says what it is, and what to do."""
    data, said = REFUSED[name]
    assert said in refusal(data).detail


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_an_animation_is_refused(kind: str) -> None:
    """A picture that moves is refused rather than shown as whichever frame comes first."""
    frames = [photo(colour=(shade, 0, 0)) for shade in (0, 120, 240)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert "animated" in refusal(data).detail


@pytest.mark.parametrize("transfer", [16, 18], ids=["PQ", "HLG"])
def test_an_hdr_photo_is_refused(transfer: int) -> None:
    """Its brightness read as sRGB would be a grey picture, and nobody would know why."""
    assert "HDR" in refusal(heic(heif.photo(heif.numbered(9, transfer, 9)))).detail


@pytest.mark.parametrize("kind", [b"av01", b"jpeg", b"avc1"])
def test_a_heic_of_another_coding_is_told_as_such(kind: bytes) -> None:
    """The box is HEIC's, what lies in it is not HEVC: the file is whole, so that copying it again would help nobody."""
    about = heif.box({b"av01": b"av1C"}.get(kind, b"free"), b"\x81\0\0\0")
    data = heic(heif.Item(kind, bytes(50), (heif.size(640, 480), about)))
    assert "cannot be read here" in refusal(data).detail


@pytest.mark.parametrize("tenths", range(1, 10))
@pytest.mark.parametrize("kind", whole_files())
def test_a_file_that_was_cut_off_is_refused(kind: str, tenths: int) -> None:
    """A copy that stopped on its way is told: never a picture that is grey from the middle down."""
    data = whole_files()[kind]
    assert opened(data).width >= 320
    assert "cut off" in refusal(data[: len(data) * tenths // 10]).detail


def test_a_file_whose_end_is_missing_or_blank_is_refused() -> None:
    """A card that was pulled out leaves the file's length and no content behind the middle; even its last bytes count."""
    jpeg, whole_png = (whole_files()[kind] for kind in ("JPEG", "PNG"))
    for data in (jpeg, whole_png):
        half = len(data) // 2
        for cut in (data[:-1], data[:half] + bytes(len(data) - half)):
            assert "cut off" in refusal(cut).detail


def test_a_png_whose_pixels_changed_on_their_way_is_refused() -> None:
    """A PNG holds a checksum of its pixels: one bit of them that fell over is told, wherever it lies."""
    data = bytearray(encoded(noise(340, 260), "PNG", compress_level=0))
    for at in (200, len(data) // 2, len(data) - 40):
        changed = data.copy()
        changed[at] ^= 1
        assert "damaged" in refusal(bytes(changed)).detail


@settings(max_examples=60)
@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
def test_a_damaged_file_is_an_input_error_and_nothing_else(kind: str, data: st.DataObject) -> None:
    """Whatever bytes are changed or cut, the answer is a picture or an InputError: never a crash."""
    whole = bytearray(encoded(photo(330, 20), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        opening.open_picture(bytes(whole[: data.draw(st.integers(1, len(whole)))]), field="images[0]")
    except InputError as error:
        assert error.field == "images[0]"  # noqa: PT017  # both outcomes are right


@pytest.mark.parametrize("kind", ["JPEG", "HEIC"])
def test_a_bug_of_ours_is_not_told_as_a_damaged_picture(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks once the file is read is no fault of the file: it goes up, and is logged whole, and no officer is blamed."""

    def breaks(*_given: object, **_named: object) -> None:
        raise KeyError("ours")

    data = whole_files()[kind]
    monkeypatch.setattr(Image.Image, "paste", breaks)  # by which the picture is drawn anew
    with pytest.raises(KeyError):
        opening.open_picture(data, field="images[0]")


@pytest.mark.parametrize("step", ["new", "open"])
def test_too_little_memory_is_not_told_as_a_damaged_picture(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine is at fault, whichever step needed it, and it may be tried again."""

    def breaks(*_given: object, **_named: object) -> Image.Image:
        raise MemoryError

    data = whole_files()["JPEG"]
    monkeypatch.setattr(Image, step, breaks)
    with pytest.raises(OutsideFailed, match="memory"):
        opening.open_picture(data, field="images[0]", path="a.jpg")


@pytest.mark.long
@pytest.mark.parametrize("kind", [*whole_files(), "HEIC in tiles"])
def test_five_hundred_damaged_files_take_neither_time_nor_memory(kind: str) -> None:
    """Bytes changed, doubled, cut out and moved, in headers above all: a good picture or one line, within bounds."""
    about = bytes([0, 0, 0, 1]) + (1_280).to_bytes(2, "big") + (480).to_bytes(2, "big")
    grid = heif.Item(b"grid", about, (heif.size(1_280, 480),), {b"dimg": [2, 3]})
    files = whole_files() | {"HEIC in tiles": heic(grid, heif.photo(), heif.photo(), heif.alpha())}
    data, dice, began = files[kind], random.Random(5), time.monotonic()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(500):
        changed = _damaged(data, dice)
        try:
            picture = opening.open_picture(changed, field="images[0]").image
        except InputError as error:
            assert error.field == "images[0]"  # noqa: PT017  # both outcomes are right
        else:
            assert (picture.mode, picture.info) == ("RGB", {})
            assert picture.width * picture.height <= 50_000_000
    assert time.monotonic() - began < 120
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_000_000  # kB


def _damaged(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(min(len(changed), dice.choice((64, 700, len(changed)))))
        length = dice.randint(1, 8)
        match dice.randrange(4):
            case 0:
                changed[at : at + length] = dice.randbytes(length)
            case 1:
                changed[at:at] = changed[at : at + length]
            case 2:
                del changed[at : at + length]
            case _:
                changed[at : at + length] = dice.choice((b"\xff", b"\0", b"\x7f")) * length
    return bytes(changed)


# --- what would fill the memory ----------------------------------------------------------------------------------------


def _jpeg_of(width: int, height: int) -> bytes:
    data = bytearray(encoded(photo(400, 300)))
    frame = data.index(b"\xff\xc0") + 5
    data[frame : frame + 4] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(data)


def _webp_of(width: int, height: int) -> bytes:
    """Lossless: 14 bits each, less one (WebP Lossless Bitstream, 3)."""
    data = bytearray(encoded(photo(400, 300), "WEBP", lossless=True))
    at = data.index(b"VP8L") + 9
    data[at : at + 4] = (
        int.from_bytes(data[at : at + 4], "little") >> 28 << 28 | (height - 1) << 14 | (width - 1)
    ).to_bytes(4, "little")
    return bytes(data)


def _tiles(width: int, height: int, promised: tuple[int, int]) -> bytes:
    """900 tiles, called a picture of another size than they make."""
    about = bytes([0, 1, 29, 29]) + width.to_bytes(4, "big") + height.to_bytes(4, "big")
    grid = heif.Item(b"grid", about, (heif.size(*promised),), {b"dimg": list(range(2, 902))})
    return heic(grid, *[heif.photo()] * 900)


@pytest.mark.parametrize(
    "data",
    [
        png(8_000, 7_000, b""),
        png(30_000, 30_000, b""),
        _jpeg_of(8_000, 7_000),
        _jpeg_of(65_000, 65_000),
        _webp_of(8_000, 7_000),
        _webp_of(16_383, 16_383),
        heic(heif.photo(dimensions=(8_000, 7_000))),
        heic(heif.photo(dimensions=(60_000, 60_000))),
    ],
)
def test_a_decompression_bomb_is_refused_unopened(data: bytes) -> None:
    """A small file that unpacks to gigabytes is stopped at its header."""
    assert "50 megapixels" in refusal(data).detail


@pytest.mark.parametrize(
    "data",
    [
        png(400, 300, b"", more=chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000)))),
        png(400, 300, b"", more=chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(bytes(50_000_000)))),
        png(400, 300, b"", more=chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(50_000_000)))),
        _tiles(19_200, 14_400, promised=(640, 480)),
        _tiles(19_200, 14_400, promised=(19_200, 14_400)),
        heic(
            heif.photo(), heif.exif(bytes(99_000)), *[heif.Item(b"Exif", b"", (), {b"cdsc": [1]}, at=2)] * 90
        ),
        heic(heif.photo(heif.profiled(bytes(300_000)))),
        encoded(photo(400, 300))[:-2] + b"\xff\xda\0\x08\1\1\0\0\x3f\0" * 200 + b"\xff\xd9",
        encoded(photo(400, 300))[:-2] + b"\xff\xfe\0\2" * 200_000 + b"\xff\xd9",
        png(400, 300, b"", more=chunk(b"prIv", b"") * 200_000),
        png(400, 300, b"", more=chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(999_999))) * 5_000),
    ],
    ids=[
        "zTXt", "iTXt", "iCCP", "tiles that lie", "tiles", "the same EXIF often", "profile", "scans", "segments", "chunks",
        "many texts",
    ],
)  # fmt: skip
def test_a_bomb_beside_the_pixels_is_refused_unopened(data: bytes) -> None:
    """Texts, profiles, tiles and layers that unpack without end are refused before anything unpacks them."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "memory or time" in refusal(data).detail
    assert time.monotonic() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_metadata_that_many_pictures_share_is_not_handed_out_to_each() -> None:
    """Nine megabytes of EXIF, said to belong to a hundred pictures, are read once at most."""
    plain = heif.photo()
    others = [heif.Item(b"hvc1", b"", plain.properties, at=1)] * 99
    shared = heif.Item(b"Exif", bytes(9_000_000), (), {b"cdsc": list(range(1, 101))})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert opened(heic(plain, *others, shared)).size == (640, 480)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


# --- what must not leave -----------------------------------------------------------------------------------------------


def _heic_with_metadata() -> bytes:
    return heic(
        heif.photo(heif.profiled(profile_with(*DISPLAY_P3))),
        heif.exif(tiff_of(with_place())),
        heif.xmp(b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"),
    )


SOURCES = {kind: full_of_metadata(kind) for kind in ("JPEG", "PNG", "WEBP")} | {"HEIC": _heic_with_metadata()}


@pytest.mark.parametrize("adapter", channels.names())
def test_no_metadata_leaves(adapter: str, tmp_path: Path) -> None:
    """The place where a photo was taken, who took it, texts and profiles are in the file, and in nothing that a channel gets."""
    limits = load(adapter, tmp_path, "http://127.0.0.1:9").limits
    for kind, data in SOURCES.items():
        assert SECRET in data
        assert _place_in(kind, data) == (51.0, 30.0, 12.24)
        picture = opening.open_picture(data, field="images[0]")
        assert picture.located
        for focus in (None, (0.5, 0.5)):
            _demand_bare(media.fit(picture, limits, focus=focus)[0])


def _place_in(kind: str, data: bytes) -> object:
    """The latitude that anybody can read from the file."""
    exif = Image.Exif()
    if kind == "HEIC":
        exif.load(pi_heif.open_heif(data).info["exif"])
    else:
        exif = decoded(data).getexif()
    return exif.get_ifd(GPS)[LATITUDE]


def _demand_bare(sent: bytes) -> None:
    """Nothing but a JPEG's own head and its pixels."""
    shown = decoded(sent)
    assert SECRET not in sent
    assert not dict(shown.getexif())
    assert not shown.getexif().get_ifd(GPS)
    assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
    assert set(_segments(sent)) <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


def _segments(jpeg: bytes) -> Iterator[int]:
    """The kinds of a JPEG's segments, in order, up to its pixels (ITU-T T.81, B.1.1.3): none is application data but JFIF's."""
    at, code = 2, 0
    while code != 0xDA:
        code = jpeg[at + 1]
        yield code
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")


def test_a_photo_without_a_place_tells_none() -> None:
    """Who is told that a place was taken out must be able to believe it."""
    for data in (encoded(photo()), encoded(photo(), "PNG"), heic(heif.photo())):
        assert not opening.open_picture(data, field="images[0]").located


# --- colours -----------------------------------------------------------------------------------------------------------


def test_transparency_becomes_white() -> None:
    """A logo on a transparent ground is shown on white, not on the black that hides in its file."""
    clear = photo(400, 400, (0, 0, 0, 0), "RGBA")
    palette = photo(400, 400, 0, "P")
    grey = photo(400, 400, (0, 0), "LA")
    sources = (
        encoded(clear, "PNG"),
        encoded(clear, "WEBP"),
        encoded(grey, "PNG"),
        encoded(palette, "PNG", transparency=0),
        heic(heif.photo(), heif.alpha()),
    )
    for data in sources:
        picture = opened(data)
        assert picture.getpixel((picture.width - 5, 5)) == (255, 255, 255)
    assert near(opened(sources[-1]).getpixel((20, 20)), BLUE)


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "CMYK", "I;16"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    """Grey, palette, print colours and 16 bits are all converted; platforms take RGB only."""
    grey = {"L": 128, "LA": (128, 255), "1": 1, "P": 0, "CMYK": (0, 0, 0, 127), "I;16": 128 * 256}[mode]
    image = photo(400, 300, grey, mode)
    picture = opened(encoded(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert picture.mode == "RGB"
    if mode in {"L", "LA", "CMYK", "I;16"}:
        assert near(picture.getpixel((9, 9)), (128, 128, 128), by=2)


def test_sixteen_bits_of_colour_become_eight() -> None:
    """A scanner's PNG has 65,536 steps of each colour; they are scaled, not cut off."""
    row = b"\0" + (200 * 257).to_bytes(2, "big") * 400 + (30 * 257).to_bytes(2, "big") * 800
    assert near(opened(png(400, 300, row * 300, depth=16)).getpixel((5, 5)), (200, 200, 200), by=1)


def test_a_colour_profile_is_applied() -> None:
    """Colours in Display P3 become sRGB's by the numbers of its definition, since the profile is dropped with the metadata."""
    profile = profile_with(*DISPLAY_P3)
    for colour in ((200, 90, 60), (60, 120, 90), (90, 80, 200), (128, 128, 128)):
        expected = in_srgb_of_p3(colour)
        for kind in ("PNG", "JPEG", "WEBP"):
            options = {"quality": 100} if kind != "PNG" else {}
            shown = opened(encoded(photo(colour=colour), kind, icc_profile=profile, **options))
            assert near(shown.getpixel((3, 3)), expected), (kind, colour)


@pytest.mark.parametrize("property_", [heif.profiled(profile_with(*DISPLAY_P3)), heif.numbered(12)])
def test_an_iphones_colours_are_converted(property_: bytes) -> None:
    """HEIC tells its colours by a profile or by a number; both are the same Display P3."""
    assert near(opened(heic(heif.photo(property_))).getpixel((600, 400)), in_srgb_of_p3(RED), by=8)


def test_a_profile_of_grey_is_applied() -> None:
    """Half the light is 188 of 255 in sRGB (IEC 61966-2-1)."""
    picture = opened(encoded(photo(400, 300, 128, "L"), "PNG", icc_profile=linear_grey()))
    assert near(picture.getpixel((3, 3)), (188, 188, 188), by=2)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_profile_of_other_colours_is_nothing_to_go_by(mode: str) -> None:
    """A grey profile on a photo, or the other way round: the picture is shown as it would be without."""
    image = photo(400, 300, {"L": 128, "RGB": RED, "CMYK": (0, 0, 0, 127)}[mode], mode)
    profile = linear_grey() if mode == "RGB" else profile_with(*DISPLAY_P3)
    shown = opened(encoded(image, icc_profile=profile, quality=100)).getpixel((3, 3))
    assert near(shown, RED if mode == "RGB" else (128, 128, 128))


def test_a_damaged_colour_profile_is_read_as_srgb() -> None:
    """A profile that is no profile does not cost the council its picture."""
    assert opened(encoded(photo(), "PNG", icc_profile=b"rubbish")).getpixel((3, 3)) == RED


@pytest.mark.long
@pytest.mark.parametrize("size", [(7_000, 7_000), (320, 100_000), (49_000, 1_000)])
def test_no_more_of_a_picture_is_kept_than_any_channel_can_use(size: tuple[int, int]) -> None:
    """Ten huge pictures at once must not fill the memory of whoever takes them in; what a channel shows is not touched."""
    out = io.BytesIO()
    Image.new("RGB", size, (10, 90, 90)).save(out, "PNG")
    kept = opening.open_picture(out.getvalue(), field="images[0].path").image
    assert kept.width * kept.height <= max(opening.MOST_KEPT * 1.01, 320 * kept.height)
    assert kept.width >= 320
    assert kept.width / kept.height == pytest.approx(size[0] / size[1], rel=0.02)


def test_one_picture_is_decoded_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever hands in ten large photos at once, by whatever door, takes the memory of one."""
    libraries_own, busy, most = Image.open, threading.Semaphore(1), []

    def watched(*given: object, **named: object) -> Image.Image:
        most.append(busy.acquire(blocking=False))
        time.sleep(0.05)
        if most[-1]:
            busy.release()
        return libraries_own(*given, **named)  # type: ignore[arg-type]  # handed on as they came

    data = whole_files()["JPEG"]
    monkeypatch.setattr(Image, "open", watched)
    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(opened, [data] * 4))) == 4
    assert most == [True] * 4


def test_a_phones_photo_is_kept_whole() -> None:
    """12 megapixels, as most phones take, are not resampled."""
    out = io.BytesIO()
    Image.new("RGB", (4_000, 3_000), (10, 90, 90)).save(out, "JPEG")
    assert opening.open_picture(out.getvalue(), field="images[0].path").size == (4_000, 3_000)
