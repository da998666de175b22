"""Keeps the council's own colour readable, whatever it is: WCAG 2.2, success criterion 1.4.3. Pure."""

from __future__ import annotations

import re

from publisher.errors import ConfigError

ENOUGH = 4.5
"""Contrast of text to its background: WCAG 2.2, 1.4.3 (level AA)."""
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
_STEPS = 50
_SRGB_WEIGHTS = (0.2126, 0.7152, 0.0722)

Colour = tuple[int, int, int]


def parse(text: str) -> Colour:
    """`#0b5c5c` as red, green and blue (0 to 255). Raises ConfigError."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ConfigError(
            f"{text!r} is not a colour", field="council.colour", way_out='Write it like "#0b5c5c".'
        )
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def ratio(one: Colour, other: Colour) -> float:
    """The contrast ratio, 1 to 21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable(text: str, background: str, *, enough: float = ENOUGH) -> str:
    """The colour nearest to `text` that can be read on `background`: moved towards black or white, no further than needed."""
    colour, behind = parse(text), parse(background)
    end = BLACK if ratio(BLACK, behind) > ratio(WHITE, behind) else WHITE
    mixes = (_mix(colour, end, step / _STEPS) for step in range(_STEPS + 1))
    return "#{:02x}{:02x}{:02x}".format(*next((mix for mix in mixes if ratio(mix, behind) >= enough), end))


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    """Relative luminance (WCAG 2.2, definitions)."""
    return sum(weight * _linear(part / 255) for weight, part in zip(_SRGB_WEIGHTS, colour, strict=True))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  # sRGB's own
