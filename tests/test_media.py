"""Pictures: opened with suspicion, fitted without cropping, stripped, kept by digest."""

import hashlib
import io
import math
import random
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from publisher import media
from publisher.channels import Limits
from publisher.errors import InputError, OutsideFailed
from publisher.media import MediaStore
from publisher.picture_files import MAX_FILE_BYTES

ROOT = Path(__file__).parent.parent
ORIENTATION, ARTIST, GPS = 0x0112, 0x013B, 0x8825
INSTAGRAM = Limits(text=2_200, image_width=1_440, image_ratio=(0.8, 1.91), image_bytes=8 * 1024 * 1024)
X = Limits(text=280, image_width=4_096, image_ratio=(0.3, 4.0), image_bytes=5 * 1024 * 1024)


def photo(
    width: int = 640, height: int = 480, colour: object = (200, 30, 30), mode: str = "RGB"
) -> Image.Image:
    return Image.new(mode, (width, height), colour)  # type: ignore[arg-type]


def noise(width: int, height: int) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(7).randbytes(width * height * 3))


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def opened(data: bytes) -> Image.Image:
    return media.open_picture(data, field="images[0]").image


def refusal(data: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        media.open_picture(data, field="images[0]")
    assert caught.value.field == "images[0]"
    assert caught.value.way_out
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_three_kinds_of_picture_are_taken(kind: str) -> None:
    """JPEG, PNG and WebP are opened, whatever the file's name said."""
    assert opened(encoded(photo(), kind)).size == (640, 480)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"hello", "something else"),
        (b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIC"),
        (b"%PDF-1.7", "PDF"),
        (encoded(photo(), "GIF"), "GIF"),
        (encoded(photo(), "BMP"), "something else"),
        (encoded(photo())[:900], "damaged"),
        (encoded(photo(), "PNG")[:200], "damaged"),
        (encoded(photo(319, 800)), "319 pixels wide"),
        (encoded(photo(50, 50)) + b"\0" * MAX_FILE_BYTES, "larger than 20 MB"),
    ],
)
def test_what_is_no_usable_picture_is_refused_with_a_way_out(data: bytes, said: str) -> None:
    """Each unusable file gets one line that names the field, says what it is, and what to do."""
    assert said in refusal(data).detail


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_an_animation_is_refused(kind: str) -> None:
    """A picture that moves is refused rather than shown as whichever frame comes first."""
    frames = [photo(colour=(shade, 0, 0)) for shade in (0, 120, 240)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert "animated" in refusal(data).detail


def test_a_phones_jpeg_with_a_second_picture_is_a_photo() -> None:
    """Phones hide a depth map behind the photo (MPO); the photo is taken, the rest does not leave."""
    data = encoded(photo(), "MPO", save_all=True, append_images=[photo(colour=(0, 0, 255))])
    red, _, blue = opened(data).getpixel((10, 10))  # type: ignore[misc]
    assert red > 150 > blue


@pytest.mark.parametrize(("width", "height"), [(8_000, 7_000), (30_000, 30_000)])
def test_a_decompression_bomb_is_refused_unopened(width: int, height: int) -> None:
    """A small file that unpacks to gigabytes is stopped at its header."""
    header = b"\x89PNG\r\n\x1a\n" + _chunk(
        b"IHDR", width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    )
    assert "50 megapixels" in refusal(header + _chunk(b"IDAT", b"") + _chunk(b"IEND", b"")).detail


def _chunk(name: bytes, body: bytes) -> bytes:
    import zlib

    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


@settings(max_examples=60)
@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
def test_a_damaged_file_is_an_input_error_and_nothing_else(kind: str, data: st.DataObject) -> None:
    """Whatever bytes are changed or cut, the answer is a picture or an InputError: never a crash."""
    whole = bytearray(encoded(photo(330, 20), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        media.open_picture(bytes(whole[: data.draw(st.integers(1, len(whole)))]), field="images[0]")
    except InputError as error:
        assert error.field == "images[0]"  # noqa: PT017  # both outcomes are right


def test_a_photo_taken_sideways_stands_upright() -> None:
    """EXIF orientation is applied to the pixels, since the EXIF itself is dropped."""
    image = photo(640, 400, (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, 100, 400))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    upright = opened(encoded(image, exif=exif))
    assert upright.size == (400, 640)
    assert upright.getpixel((200, 20))[0] > 200  # type: ignore[index]


def test_damaged_exif_costs_nothing_and_prints_nothing(tmp_path: Path) -> None:
    """A photo whose EXIF is cut off is a photo; in the real program no library's warning reaches the screen."""
    (tmp_path / "photo.jpg").write_bytes(encoded(photo(), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x02"))
    code = f"from pathlib import Path; from publisher import media; print(media.open_picture(Path({str(tmp_path / 'photo.jpg')!r}).read_bytes(), field='x').size)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("(640, 480)\n", "")


def test_no_metadata_leaves() -> None:
    """Place, author, comment and hidden text are gone from what is sent, whichever field they were in."""
    secret = b"51.5034N"
    exif = Image.Exif()
    exif[ARTIST] = secret.decode()
    exif.get_ifd(GPS)[29] = secret.decode()
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", secret.decode())
    sources = (
        encoded(photo(), exif=exif, comment=secret, xmp=b"<x>" + secret + b"</x>") + b"<script>" + secret,
        encoded(photo(), "PNG", exif=exif, pnginfo=text),
        encoded(photo(), "WEBP", exif=exif, xmp=secret),
    )
    for data in sources:
        assert secret in data
        sent, _, _ = media.fit(media.open_picture(data, field="images[0]"), X)
        assert secret not in sent
        assert not {"exif", "comment", "xmp", "icc_profile"} & decoded(sent).info.keys()


def test_transparency_becomes_white() -> None:
    """A logo on a transparent ground is shown on white, not on the black that hides in its file."""
    clear = photo(400, 400, (0, 0, 0, 0), "RGBA")
    palette = photo(400, 400, 0, "P")
    for data in (encoded(clear, "PNG"), encoded(clear, "WEBP"), encoded(palette, "PNG", transparency=0)):
        assert opened(data).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "CMYK", "I;16"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    """Grey, palette, print colours and 16 bits are all converted; platforms take RGB only."""
    grey = {"L": 128, "LA": (128, 255), "1": 1, "P": 0, "CMYK": (0, 0, 0, 127), "I;16": 128 * 256}[mode]
    image = photo(400, 300, grey, mode)
    picture = opened(encoded(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert picture.mode == "RGB"
    if mode in {"L", "LA", "CMYK", "I;16"}:
        assert all(abs(part - 128) <= 2 for part in picture.getpixel((9, 9)))  # type: ignore[union-attr]


def test_a_colour_profile_is_applied() -> None:
    """Colours in another space are converted to sRGB, since the profile is dropped with the metadata."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    swapped = bytearray(lab.tobytes())
    red, blue = swapped.index(b"rXYZ"), swapped.index(b"bXYZ")
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    picture = opened(encoded(photo(colour=(255, 0, 0)), "PNG", icc_profile=bytes(swapped)))
    assert picture.getpixel((3, 3))[2] > 200  # type: ignore[index]


def test_a_damaged_colour_profile_is_read_as_srgb() -> None:
    """A profile that is no profile does not cost the council its picture."""
    assert opened(encoded(photo(), "PNG", icc_profile=b"rubbish")).getpixel((3, 3)) == (200, 30, 30)


@settings(max_examples=40)
@given(
    st.integers(320, 900),
    st.integers(1, 2_500),
    st.floats(0.3, 1.0),
    st.floats(1.0, 4.0),
    st.integers(320, 1_000),
)
def test_what_is_fitted_is_within_the_limits(
    width: int, height: int, low: float, high: float, most: int
) -> None:
    """Width, ratio and bytes hold for any picture and any channel, and the picture is never enlarged."""
    limits = Limits(text=1, image_width=most, image_ratio=(low, high))
    data, got_width, got_height = media.fit(media.Picture(photo(width, height)), limits)
    assert decoded(data).size == (got_width, got_height)
    assert got_width <= most
    assert got_height <= max(height, math.ceil(got_width / low))
    assert low <= got_width / got_height + 1e-9
    assert got_width / got_height <= high + 1e-9


@pytest.mark.parametrize(
    ("width", "height"), [(2_000, 700), (700, 2_000), (1_910, 1_000), (1_440, 1_800), (4_001, 2_095)]
)
def test_instagrams_ratio_holds_exactly(width: int, height: int) -> None:
    """4:5 to 1.91:1 is the platform's own check, so that a pixel beyond it is a refused post."""
    _, got_width, got_height = media.fit(media.Picture(photo(width, height)), INSTAGRAM)
    assert 0.8 <= got_width / got_height <= 1.91
    assert got_width <= 1_440


def test_nobody_is_cropped_away() -> None:
    """A group photo too wide for the channel keeps both ends; the margin is above and below."""
    image = photo(2_000, 500, (0, 120, 0))
    image.paste((255, 0, 0), (0, 0, 200, 500))
    image.paste((0, 0, 255), (1_800, 0, 2_000, 500))
    data, width, height = media.fit(media.Picture(image), INSTAGRAM)
    shown = decoded(data)
    assert shown.getpixel((5, height // 2))[0] > 200  # type: ignore[index]
    assert shown.getpixel((width - 5, height // 2))[2] > 200  # type: ignore[index]


def test_a_margin_has_the_colour_of_plain_edges() -> None:
    """A poster on cream gets a cream margin, so that it looks meant."""
    cream = (250, 240, 220)
    image = photo(600, 1_800, cream)
    image.paste((0, 0, 90), (200, 600, 400, 1_200))
    data, _, height = media.fit(media.Picture(image), INSTAGRAM)
    margin = decoded(data).crop((0, 0, 410, height))
    for part, band in zip(cream, margin.split(), strict=True):
        assert not any(count for shade, count in enumerate(band.histogram()) if abs(shade - part) > 3)


def test_a_small_picture_is_not_enlarged() -> None:
    """What is within the limits keeps its size: enlarging only blurs."""
    assert media.fit(media.Picture(photo(400, 300)), X)[1:] == (400, 300)


def test_a_heavy_picture_loses_quality_then_size_until_it_fits() -> None:
    """The byte limit holds for a picture that does not compress, at the cost of quality and then of size."""
    limits = Limits(text=1, image_bytes=60_000)
    data, width, height = media.fit(media.Picture(noise(800, 600)), limits)
    assert len(data) <= 60_000
    assert 320 <= width < 800
    assert abs(width / height - 800 / 600) < 0.02


def test_a_limit_that_no_picture_can_meet_is_said() -> None:
    """An impossible limit ends with one line, not in an endless loop."""
    with pytest.raises(OutsideFailed, match="100 bytes"):
        media.fit(media.Picture(noise(400, 300)), Limits(text=1, image_bytes=100))


def test_fine_grain_can_be_sent() -> None:
    """A picture of pure noise, the hardest to compress, is encoded at full quality without an error."""
    data, *_ = media.fit(media.Picture(noise(900, 700)), INSTAGRAM)
    assert decoded(data).size == (900, 700)


def test_the_same_picture_gives_the_same_bytes() -> None:
    """The clearance covers bytes: fitting twice must not change them."""
    data = encoded(noise(900, 300), "PNG")
    first, second = (media.fit(media.open_picture(data, field="images[0]"), INSTAGRAM) for _ in range(2))
    assert first == second


def test_a_picture_is_kept_by_its_digest(tmp_path: Path) -> None:
    """What was put is read back, under the sha256 of its bytes, for the group to read and nobody else."""
    store = MediaStore(tmp_path / "media")
    digest = store.put(b"picture")
    assert digest == hashlib.sha256(b"picture").hexdigest()
    assert store.read(digest) == b"picture"
    assert stat.S_IMODE(store.path(digest).stat().st_mode) == 0o600


def test_putting_twice_keeps_one_file(tmp_path: Path) -> None:
    """Putting is idempotent and leaves no half-written file behind."""
    store = MediaStore(tmp_path)
    assert store.put(b"picture") == store.put(b"picture")
    assert [file.name for file in tmp_path.iterdir()] == [f"{hashlib.sha256(b'picture').hexdigest()}.jpg"]


def test_an_altered_picture_is_never_sent(tmp_path: Path) -> None:
    """Bytes that changed after the check are refused, and put again heals them."""
    store = MediaStore(tmp_path)
    digest = store.put(b"picture")
    store.path(digest).write_bytes(b"another")
    with pytest.raises(OutsideFailed, match="altered"):
        store.read(digest)
    store.put(b"picture")
    assert store.read(digest) == b"picture"


def test_a_missing_picture_is_said(tmp_path: Path) -> None:
    """A picture that somebody deleted is one clear line with its path."""
    with pytest.raises(OutsideFailed, match="cannot be read"):
        MediaStore(tmp_path).read("0" * 64)


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_name_that_is_no_digest_leads_nowhere(tmp_path: Path, digest: str) -> None:
    """A row written into the database cannot make the program read another file."""
    with pytest.raises(OutsideFailed, match="not a digest"):
        MediaStore(tmp_path).read(digest)


def test_a_store_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A full or read-only disk is one line with a way out."""
    (tmp_path / "media").write_text("a file where the folder should be")
    with pytest.raises(OutsideFailed, match="cannot be kept"):
        MediaStore(tmp_path / "media").put(b"picture")
