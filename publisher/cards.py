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
"""1.905 to 1: what Facebook and X show whole beside a link."""
_FONT_FILE = Path(__file__).parent / "fonts" / "SourceSans3.ttf"
_WEIGHTS = {"Regular": 420, "Bold": 680}
_LEADING = 1.18
"""Height of a line of text to the size of its letters."""
_TALL_WIDTH = 1_080
"""Of the tall card that the figures below are made for (Instagram's own, 1080 by 1350)."""
_TALL_UNIT = 1.35
"""How much larger things are on it: it is seen on a phone only, and nothing beside it."""
_TITLE_BELOW_BAR, _NAME_ABOVE_BAR, _GAP, _BAR = 36, 80, 16, (120, 10)
_NOT_MUCH_SMALLER = 0.8
"""A date on one line reads better than a larger one on two."""
_TRIAL_SIZE = 40
_SHADE = 0.12
_IN_NO_FONT = "\U0010fffe"
"""Unicode will never give it a letter."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand on a card, in pixels. `bar` and `bottom` are heights from the top: of the bar, and where words end.

    `title` and `line` are the largest letters, `smallest` those of a line; `details` is what date and place may take.
    """

    size: tuple[int, int]
    edge: int
    bar: int
    bottom: int
    title: int
    line: int
    smallest: int
    details: int
    unit: float

    @property
    def inside(self) -> int:
        """The width that words may take."""
        return self.size[0] - 2 * self.edge

    def px(self, of_wide: float) -> int:
        """So many pixels of the wide card in this one."""
        return round(of_wide * self.unit)

    @property
    def title_sizes(self) -> Sequence[int]:
        """Sizes of letters to try, largest first."""
        return range(self.title, self.px(32) - 1, -4)

    @property
    def line_sizes(self) -> Sequence[int]:
        """As title_sizes, for the small lines."""
        return range(self.line, self.smallest - 1, -2)


def _layout(size: tuple[int, int]) -> _Layout:
    """A wide card, or a tall one, whose words all stand in its middle square.

    Instagram shows 4:5 whole in its feed, but in its grid 3:4 or, on older apps, 1:1 of the middle.
    """
    width, height = size
    if width > height:
        unit = width / CARD_SIZE[0]
        figures = (unit * part for part in (72, 132, 92, 40, 26, 190))
        edge, bar, title, line, smallest, details = map(round, figures)
        return _Layout(size, edge, bar, height - edge, title, line, smallest, details, unit)
    unit, above = width / _TALL_WIDTH, (height - width) // 2
    edge, bar, title, line, smallest, details = (round(unit * part) for part in (100, 190, 128, 54, 30, 320))
    return _Layout(
        size, edge, above + bar, height - above - edge, title, line, smallest, details, unit * _TALL_UNIT
    )


def card_alt(title: str, lines: Sequence[str], council: str) -> str:
    """The words of a title card as its alt text. Pure, so that the gate can see it before anything is drawn."""
    words = (" ".join(text.split()).rstrip(".") for text in (council, title, *lines))
    return "".join(f"{text}. " for text in words if text).strip()


def title_card(
    *, title: str, lines: Sequence[str], council: str, colour: str, size: tuple[int, int] = CARD_SIZE
) -> tuple[Image.Image, str]:
    """A picture with the words on the council's colour, for an item without a picture, and its alt text.

    Symbols that the font has not are left out, and so is a whole text with letters that it has not: half a name is
    worse than none. The alt text always has all. Raises ConfigError for a colour that is none.
    """
    from PIL import Image, ImageDraw

    field = contrast.parse(colour)
    ink = max((contrast.BLACK, contrast.WHITE), key=lambda shade: contrast.ratio(shade, field))
    layout = _layout(size)
    image = Image.new("RGB", size, field)
    draw = ImageDraw.Draw(image)
    _decorate(draw, layout, field, ink)
    name, heading = _drawable(council), _drawable(title)
    gap, top = layout.px(_GAP), layout.bar + layout.px(_TITLE_BELOW_BAR)
    if heading and name:
        room = layout.px(_NAME_ABOVE_BAR)
        above = _fitted([name], "Bold", layout.line_sizes, (layout.inside, room))
        _write(draw, above, (layout.edge, layout.bar - gap - above.height), ink)
    told = [text for line in lines if (text := _drawable(line))]
    details = _fitted(told, "Regular", layout.line_sizes, (layout.inside, layout.details))
    bottom = layout.bottom - details.height
    _write(draw, details, (layout.edge, bottom), ink)
    room = bottom - top - 2 * gap
    _write(
        draw,
        _fitted([heading or name], "Bold", layout.title_sizes, (layout.inside, room)),
        (layout.edge, top),
        ink,
    )
    return image, card_alt(title, lines, council)


def _decorate(
    draw: ImageDraw.ImageDraw, layout: _Layout, field: contrast.Colour, ink: contrast.Colour
) -> None:
    """A large round in the corner, shaded away from the ink so that words over it only gain contrast, and the bar."""
    away = contrast.BLACK if ink == contrast.WHITE else contrast.WHITE
    shade = tuple(round(a + (b - a) * _SHADE) for a, b in zip(field, away, strict=True))
    width, height = layout.size
    across = min(width, height)
    draw.ellipse(
        (width - across, height - across * 2 // 3, width + across // 2, height + across * 5 // 6), fill=shade
    )
    bar = layout.px(_BAR[0]), layout.px(_BAR[1])
    draw.rectangle((layout.edge, layout.bar, layout.edge + bar[0], layout.bar + bar[1]), fill=ink)


@dataclass(frozen=True, slots=True)
class _Block:
    font: Font
    lines: tuple[str, ...]

    def is_whole(self, texts: Sequence[str], largest: _Block) -> bool:
        """Whether each text stands on a line of its own, in letters not much smaller than they could be."""
        return len(self.lines) == len(texts) and self.font.size >= largest.font.size * _NOT_MUCH_SMALLER

    @property
    def step(self) -> int:
        return round(self.font.size * _LEADING)

    @property
    def height(self) -> int:
        return self.step * len(self.lines)

    @property
    def width(self) -> float:
        return max(map(self.font.getlength, self.lines), default=0.0)


def _write(draw: ImageDraw.ImageDraw, block: _Block, place: tuple[int, int], ink: contrast.Colour) -> None:
    for number, line in enumerate(block.lines):
        draw.text((place[0], place[1] + number * block.step), line, font=block.font, fill=ink)


def _fitted(texts: Sequence[str], weight: str, sizes: Sequence[int], room: tuple[int, int]) -> _Block:
    """The texts in the largest size in which they fit, words whole; in the smallest, cut off with an ellipsis."""
    width, height = room
    blocks = (_block(texts, _font(weight, size), width) for size in sizes)
    fitting = (block for block in blocks if block.height <= height and block.width <= width)
    if (largest := next(fitting, None)) is not None:
        smaller = fitting if len(largest.lines) > len(texts) > 1 else ()
        block = next((block for block in smaller if block.is_whole(texts, largest)), largest)
        return _Block(block.font, tuple(line for text in texts for line in _even(text, block.font, width)))
    block = _block(texts, _font(weight, sizes[-1]), width)
    most = max(1, height // block.step)
    pieces = tuple(piece for line in block.lines for piece in _broken(line, block.font, width))
    if len(pieces) > most:
        pieces = (*pieces[: most - 1], _cut(pieces[most - 1], block.font, width))
    return _Block(block.font, pieces)


def _block(texts: Sequence[str], font: Font, width: int) -> _Block:
    return _Block(font, tuple(line for text in texts for line in _greedy(text, font, width)))


def _even(text: str, font: Font, most: int) -> list[str]:
    """The text in as few lines as it takes, and these as even as can be: no last word on its own."""
    lines = _greedy(text, font, most)
    for width in range(most // 2, most, 24) if len(lines) > 1 else ():
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


def _broken(line: str, font: Font, width: int) -> list[str]:
    pieces = [""]
    for letter in line:
        if font.getlength(pieces[-1] + letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _cut(line: str, font: Font, width: int) -> str:
    while line and font.getlength(f"{line}…") > width:
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
    font = _font("Regular", _TRIAL_SIZE)
    return bytes(font.getmask(letter)), font.getlength(letter)


@lru_cache(maxsize=128)
def _font(weight: str, size: int) -> Font:
    """Source Sans 3: every Welsh letter, Latin, Greek and Cyrillic. Pillow's own font has not even a pound sign."""
    from PIL import ImageFont

    font = ImageFont.truetype(_FONT_FILE, size, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([_WEIGHTS[weight]])
    return font
