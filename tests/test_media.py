"""Pictures out: fitted to a channel without cutting what matters, the same bytes each time, and kept by digest."""

import hashlib
import math
import stat
from pathlib import Path

import pytest
from channels_support import load
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures_support import decoded, encoded, near, noise, photo
from PIL import Image, ImageChops, ImageDraw

from publisher import channels, media, opening
from publisher.channels import Limits
from publisher.errors import OutsideFailed
from publisher.media import MediaStore

INSTAGRAM = Limits(
    text=2_200, image_width=1_440, image_ratio=(0.8, 1.91), image_bytes=8 * 1024 * 1024, one_ratio=True
)
X = Limits(text=280, image_width=4_096, image_ratio=(0.3, 4.0), image_bytes=5 * 1024 * 1024)
GREEN, RED, BLUE = (0, 120, 0), (255, 0, 0), (0, 0, 255)


def marked(width: int, height: int, focus: tuple[float, float], *, radius: int = 12) -> Image.Image:
    """Green, with a red spot at the focus."""
    image = photo(width, height, GREEN)
    x, y = focus[0] * width, focus[1] * height
    ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=RED)
    return image


def reds(image: Image.Image) -> int:
    red, green, _ = image.split()
    return sum(ImageChops.subtract(red, green).histogram()[90:])


@settings(max_examples=80)
@given(
    st.integers(320, 900),
    st.integers(1, 2_500),
    st.floats(0.3, 1.0),
    st.floats(1.0, 4.0),
    st.integers(320, 1_000),
    st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_what_is_fitted_is_within_the_limits(
    width: int, height: int, low: float, high: float, most: int, focus: tuple[float, float] | None
) -> None:
    """Width, ratio and bytes hold for any picture, channel and focus, at the very edge too, and nothing is enlarged."""
    limits = Limits(text=1, image_width=most, image_ratio=(low, high))
    data, got_width, got_height = media.fit(media.Picture(photo(width, height)), limits, focus=focus)
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
    image = photo(2_000, 500, GREEN)
    image.paste(RED, (0, 0, 200, 500))
    image.paste(BLUE, (1_800, 0, 2_000, 500))
    data, width, height = media.fit(media.Picture(image), INSTAGRAM)
    shown = decoded(data)
    assert shown.getpixel((5, height // 2))[0] > 200  # type: ignore[index]
    assert shown.getpixel((width - 5, height // 2))[2] > 200  # type: ignore[index]


@pytest.mark.parametrize(
    ("size", "ratio"),
    [((2_400, 800), 1.91), ((800, 2_400), 0.8), ((2_000, 340), 1.91), ((4_000, 1_000), 1.91)],
)
@pytest.mark.parametrize("focus", [(0.0, 0.0), (1.0, 1.0), (0.5, 0.5), (0.05, 0.9), (0.8, 0.3)])
def test_a_focus_is_never_cut(size: tuple[int, int], ratio: float, focus: tuple[float, float]) -> None:
    """The picture is cropped to the channel's ratio, no more, around what matters most; at an edge the crop stays inside."""
    image = marked(*size, focus)
    data, width, height = media.fit(media.Picture(image), INSTAGRAM, focus=focus)
    shown = decoded(data)
    assert abs(width / height - ratio) < 0.01
    scale = min(1.0, 1_440 / min(size[0], size[1] * 1.91))
    assert reds(shown) > 0.7 * reds(image) * scale * scale
    for corner in ((1, 1), (width - 2, 1), (1, height - 2), (width - 2, height - 2)):
        assert near(shown.getpixel(corner), GREEN, by=12) or near(shown.getpixel(corner), RED, by=40)


def test_without_a_focus_nothing_is_cut_and_with_one_no_more_than_needed() -> None:
    """A wide photo keeps its whole height, a tall one its whole width; within the ratio nothing at all is cropped."""
    wide = photo(3_000, 1_000, GREEN)
    wide.paste(RED, (0, 0, 3_000, 20))
    wide.paste(BLUE, (0, 980, 3_000, 1_000))
    shown = decoded(media.fit(media.Picture(wide), INSTAGRAM, focus=(0.2, 0.5))[0])
    assert near(shown.getpixel((700, 4)), RED, by=12)
    assert near(shown.getpixel((700, shown.height - 4)), BLUE, by=12)
    fitting = media.Picture(noise(800, 600))
    assert media.fit(fitting, INSTAGRAM, focus=(0.0, 0.0)) == media.fit(fitting, INSTAGRAM)


def test_a_panorama_is_not_cropped_to_a_strip() -> None:
    """What would be narrower than the narrowest picture that a channel shows keeps that width, and gets a margin."""
    _, width, height = media.fit(media.Picture(photo(2_000, 100, GREEN)), INSTAGRAM, focus=(0.5, 0.5))
    assert (width, round(width / height, 1)) == (320, 1.9)


@settings(max_examples=60)
@given(
    st.integers(320, 1_600),
    st.integers(320, 1_600),
    st.floats(0.8, 1.91),
    st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_one_ratio_holds_to_the_pixel(
    width: int, height: int, ratio: float, focus: tuple[float, float] | None
) -> None:
    """A carousel's pictures have the first one's ratio, so that Instagram crops none, and never go beyond its bounds."""
    _, got_width, got_height = media.fit(
        media.Picture(photo(width, height)), INSTAGRAM, ratio=ratio, focus=focus
    )
    assert 0.8 <= got_width / got_height <= 1.91
    assert abs(got_width - got_height * ratio) <= max(1.0, ratio) + 1e-6


def test_a_margin_has_the_colour_of_plain_edges() -> None:
    """A poster on cream gets a cream margin, so that it looks meant."""
    cream = (250, 240, 220)
    image = photo(600, 1_800, cream)
    image.paste((0, 0, 90), (200, 600, 400, 1_200))
    data, _, height = media.fit(media.Picture(image), INSTAGRAM)
    margin = decoded(data).crop((0, 0, 410, height))
    for part, band in zip(cream, margin.split(), strict=True):
        assert not any(count for shade, count in enumerate(band.histogram()) if abs(shade - part) > 3)


@pytest.mark.parametrize(
    ("size", "focus"), [((1_911, 1_000), None), ((1_911, 1_001), None), ((3_000, 1_001), (0.5, 0.5))]
)
def test_a_margin_is_never_a_scratch(size: tuple[int, int], focus: tuple[float, float] | None) -> None:
    """What is one pixel beyond the ratio is stretched by it: a line of another colour at the edge would look like damage."""
    image = photo(*size, GREEN)
    for left in range(0, size[0], 80):
        image.paste(RED, (left, 0, left + 40, size[1]))
    data, width, height = media.fit(media.Picture(image), INSTAGRAM, focus=focus)
    shown = decoded(data)
    for x in range(10, width, 50):
        for edge, inside in ((0, 12), (height - 1, height - 13)):
            assert near(shown.getpixel((x, edge)), shown.getpixel((x, inside)), by=40)


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
    """The clearance covers bytes: fitting twice must not change them, with a focus and without."""
    data = encoded(noise(900, 300), "PNG")
    for focus in (None, (0.1, 0.9)):
        first, second = (
            media.fit(opening.open_picture(data, field="images[0]"), INSTAGRAM, focus=focus) for _ in range(2)
        )
        assert first == second


@pytest.mark.long
@pytest.mark.parametrize("size", [(4_000, 3_000), (3_000, 4_000), (6_000, 2_000)])
def test_the_heaviest_picture_fits_every_channel(size: tuple[int, int], tmp_path: Path) -> None:
    """Pure noise, the worst there is, comes out within each adapter's bytes, width and ratio, upright and readable."""
    picture = media.Picture(noise(*size))
    for name in channels.names():
        limits = load(name, tmp_path, "http://127.0.0.1:9").limits
        for focus in (None, (0.3, 0.3)):
            data, width, height = media.fit(picture, limits, focus=focus)
            assert len(data) <= limits.image_bytes
            assert decoded(data).size == (width, height)
            assert 320 <= width <= limits.image_width
            assert limits.image_ratio[0] <= width / height <= limits.image_ratio[1]


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
