"""The rehearsal's photo: drawn here, so that the program ships no picture of anybody's."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1_600, 1_000
_SKY = ((24, 38, 74), (236, 146, 92))
_GROUND, _WALL, _ROOF = (38, 48, 44), (92, 74, 66), (58, 46, 44)
_LIGHT, _TREE = (255, 221, 140), (22, 40, 34)


def draw_photo(path: Path) -> None:
    """Writes a dusk scene with a library, WIDTH x HEIGHT, as JPEG."""
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    pen = ImageDraw.Draw(picture)
    _sky(pen)
    pen.rectangle((0, 780, WIDTH, HEIGHT), fill=_GROUND)
    _library(pen)
    _tree(pen, 240)
    _lamp(pen, 1_420)
    picture.save(path, "JPEG", quality=90)


def _sky(pen: ImageDraw.ImageDraw) -> None:
    top, bottom = _SKY
    for y in range(780):
        share = y / 780
        pen.line(
            (0, y, WIDTH, y), fill=tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        )


def _library(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((460, 420, 1_240, 800), fill=_WALL)
    pen.polygon([(420, 420), (850, 250), (1_280, 420)], fill=_ROOF)
    for left in range(510, 1_200, 120):
        for top in (460, 600):
            pen.rectangle((left, top, left + 70, top + 90), fill=_LIGHT)
            pen.line((left + 35, top, left + 35, top + 90), fill=_WALL, width=5)
    pen.rectangle((800, 690, 900, 800), fill=_LIGHT)


def _tree(pen: ImageDraw.ImageDraw, x: int) -> None:
    pen.rectangle((x - 18, 560, x + 18, 840), fill=_ROOF)
    for dx, dy, size in ((-90, 470, 110), (70, 450, 120), (0, 370, 130), (0, 530, 120)):
        pen.ellipse((x + dx - size, dy - size, x + dx + size, dy + size), fill=_TREE)


def _lamp(pen: ImageDraw.ImageDraw, x: int) -> None:
    pen.rectangle((x - 6, 480, x + 6, 850), fill=_TREE)
    pen.ellipse((x - 34, 420, x + 34, 490), fill=_LIGHT)
