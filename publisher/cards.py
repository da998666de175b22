"""Title cards: an item without a picture gets its words as one, since Instagram cannot post text (DESIGN §8)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import contrast

if TYPE_CHECKING:
    from PIL import Image, ImageDraw
    from PIL.ImageFont import FreeTypeFont as Font

CARD_SIZE = (1200, 630)
"""1.905 to 1: within Instagram's 1.91 to 1, and what Facebook and X show whole."""
_FONT_FILE = Path(__file__).parent / "fonts" / "SourceSans3.ttf"
_WEIGHTS = {"Regular": 420, "Bold": 680}
_EDGE = 72
_INSIDE = CARD_SIZE[0] - 2 * _EDGE
_BAR_TOP, _TITLE_TOP, _GAP = 132, 168, 16
_BAR = (120, 10)
_TITLE_SIZES = tuple(range(92, 31, -4))
_LINE_SIZES = tuple(range(40, 25, -2))
_LEADING = 1.18
"""Height of a line of text to the size of its letters."""
_LINES_SHARE = 190
"""Pixels at the bottom that date and place may take."""
_SHADE = 0.12
_IN_NO_FONT = "\U0010fffe"
"""Unicode will never give it a letter."""


def card_alt(title: str, lines: Sequence[str], council: str) -> str:
    """The words of a title card as its alt text. Pure, so that the gate can see it before anything is drawn."""
    words = (" ".join(text.split()).rstrip(".") for text in (council, title, *lines))
    return "".join(f"{text}. " for text in words if text).strip()


def title_card(*, title: str, lines: Sequence[str], council: str, colour: str) -> tuple[Image.Image, str]:
    """A picture with the words on the council's colour, for an item without a picture, and its alt text.

    Symbols that the font has not are left out, and so is a whole text with letters that it has not: half a name is
    worse than none. The alt text always has all. Raises ConfigError for a colour that is none.
    """
    from PIL import Image, ImageDraw

    field = contrast.parse(colour)
    ink = max((contrast.BLACK, contrast.WHITE), key=lambda shade: contrast.ratio(shade, field))
    image = Image.new("RGB", CARD_SIZE, field)
    draw = ImageDraw.Draw(image)
    _decorate(draw, field, ink)
    name, heading = _drawable(council), _drawable(title)
    if heading and name:
        above = _fitted([name], "Bold", _LINE_SIZES, _BAR_TOP - _EDGE // 2 - _GAP)
        _write(draw, above, _BAR_TOP - _GAP - above.height, ink)
    details = _fitted(
        [text for line in lines if (text := _drawable(line))], "Regular", _LINE_SIZES, _LINES_SHARE
    )
    bottom = CARD_SIZE[1] - _EDGE - details.height
    _write(draw, details, bottom, ink)
    _write(
        draw,
        _fitted([heading or name], "Bold", _TITLE_SIZES, bottom - _TITLE_TOP - 2 * _GAP),
        _TITLE_TOP,
        ink,
    )
    return image, card_alt(title, lines, council)


def _decorate(draw: ImageDraw.ImageDraw, field: contrast.Colour, ink: contrast.Colour) -> None:
    """A large round in the corner, shaded away from the ink so that words over it only gain contrast, and the bar."""
    away = contrast.BLACK if ink == contrast.WHITE else contrast.WHITE
    shade = tuple(round(a + (b - a) * _SHADE) for a, b in zip(field, away, strict=True))
    width, height = CARD_SIZE
    draw.ellipse((width - height, height // 3, width + height // 2, height * 11 // 6), fill=shade)
    draw.rectangle((_EDGE, _BAR_TOP, _EDGE + _BAR[0], _BAR_TOP + _BAR[1]), fill=ink)


@dataclass(frozen=True, slots=True)
class _Block:
    font: Font
    lines: tuple[str, ...]

    @property
    def step(self) -> int:
        return round(self.font.size * _LEADING)

    @property
    def height(self) -> int:
        return self.step * len(self.lines)

    @property
    def width(self) -> float:
        return max(map(self.font.getlength, self.lines), default=0.0)


def _write(draw: ImageDraw.ImageDraw, block: _Block, top: int, ink: contrast.Colour) -> None:
    for number, line in enumerate(block.lines):
        draw.text((_EDGE, top + number * block.step), line, font=block.font, fill=ink)


def _fitted(texts: Sequence[str], weight: str, sizes: Sequence[int], height: int) -> _Block:
    """The texts in the largest size in which they fit, words whole; in the smallest, cut off with an ellipsis."""
    blocks = (_block(texts, _font(weight, size)) for size in sizes)
    if fitting := next(
        (block for block in blocks if block.height <= height and block.width <= _INSIDE), None
    ):
        return fitting
    block = _block(texts, _font(weight, sizes[-1]))
    room = max(1, height // block.step)
    pieces = tuple(piece for line in block.lines for piece in _broken(line, block.font))
    return _Block(
        block.font,
        pieces if len(pieces) <= room else (*pieces[: room - 1], _cut(pieces[room - 1], block.font)),
    )


def _block(texts: Sequence[str], font: Font) -> _Block:
    return _Block(font, tuple(line for text in texts for line in _wrapped(text, font)))


def _wrapped(text: str, font: Font) -> list[str]:
    """The text in as few lines as it takes, and these as even as can be: no last word on its own."""
    lines = _greedy(text, font, _INSIDE)
    for width in range(_INSIDE // 2, _INSIDE, 24):
        even = _greedy(text, font, width)
        if len(even) == len(lines) and all(font.getlength(line) <= width for line in even):
            return even
    return lines


def _greedy(text: str, font: Font, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _broken(line: str, font: Font) -> list[str]:
    pieces = [""]
    for letter in line:
        if font.getlength(pieces[-1] + letter) > _INSIDE:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _cut(line: str, font: Font) -> str:
    while line and font.getlength(f"{line}…") > _INSIDE:
        line = line[:-1]
    return f"{line.rstrip(' ,.;:–-')}…"


def _drawable(text: str) -> str:
    """The text as the font can draw it; empty where a letter or digit is missing."""
    composed = unicodedata.normalize("NFC", text)
    drawn = [_known(letter) for letter in composed]
    lost = any(not glyph and letter.isalnum() for letter, glyph in zip(composed, drawn, strict=True))
    return "" if lost else " ".join("".join(drawn).split())


def _known(letter: str) -> str:
    """The letter, or its plain form (a ligature's two letters), or nothing."""
    if letter.isspace():
        return " "
    forms = (letter, unicodedata.normalize("NFKC", letter))
    return next((form for form in forms if form.isprintable() and all(map(_has_glyph, form))), "")


@lru_cache(maxsize=2048)
def _has_glyph(letter: str) -> bool:
    """Whether the font draws something else than its mark for what it has not."""
    return _drawn(letter) != _drawn(_IN_NO_FONT)


def _drawn(letter: str) -> tuple[bytes, float]:
    font = _font("Regular", _LINE_SIZES[0])
    return bytes(font.getmask(letter)), font.getlength(letter)


@lru_cache(maxsize=64)
def _font(weight: str, size: int) -> Font:
    """Source Sans 3: every Welsh letter, Latin, Greek and Cyrillic. Pillow's own font has not even a pound sign."""
    from PIL import ImageFont

    font = ImageFont.truetype(_FONT_FILE, size, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([_WEIGHTS[weight]])
    return font
