"""Title cards: an item's words as a picture, readable whatever the words and the colour."""

from pathlib import Path

import pytest
from channels_support import load
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from publisher import cards, channels, contrast, media
from publisher.errors import ConfigError

COUNCIL = "Example Borough Council"
LINES = ["Tuesday 1 December 2026, 9am", "Central Library, High Street"]
WIDTH, HEIGHT, EDGE = 1_200, 630, 72
TALL = (1_080, 1_350)
TITLES = [
    ("Bin", LINES),
    ("word " * 60, LINES * 4),
    ("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 5, ["x" * 500]),
    ("i" * 300, []),
    ("WWWW " * 60, ["Place " * 80]),
]


def card(
    title: str,
    lines: list[str] | None = None,
    council: str = COUNCIL,
    colour: str = "#0b5c5c",
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Image.Image:
    return cards.title_card(
        title=title, lines=LINES if lines is None else lines, council=council, colour=colour, size=size
    )[0]


def inked(image: Image.Image, ink: tuple[int, int, int], box: tuple[int, int, int, int]) -> int:
    """How many pixels of the box have exactly the ink's colour."""
    colours = image.crop(box).getcolors(WIDTH * HEIGHT)
    assert colours is not None
    return sum(count for count, colour in colours if colour == ink)


@pytest.mark.parametrize("adapter", channels.names())
def test_a_card_fits_its_channel(adapter: str, tmp_path: Path) -> None:
    """Each channel's own card is sent as it was drawn: neither shrunk, nor cropped, nor with a margin."""
    limits = load(adapter, tmp_path, "http://127.0.0.1:9").limits
    assert media.fit(media.Picture(card("Library hours", size=limits.card)), limits)[1:] == limits.card


def test_the_alt_text_says_every_word() -> None:
    """Who cannot see the card is told all that is on it: council, title, date, place."""
    _, alt = cards.title_card(title="Library hours change.", lines=LINES, council=COUNCIL, colour="#0b5c5c")
    assert alt == (
        "Example Borough Council. Library hours change. Tuesday 1 December 2026, 9am. Central Library, High Street."
    )
    assert alt == cards.card_alt("Library hours change.", LINES, COUNCIL)


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.integers(0, 255)] * 3), st.sampled_from([(WIDTH, HEIGHT), TALL]))
def test_words_can_be_read_on_any_colour(parts: tuple[int, int, int], size: tuple[int, int]) -> None:
    """Every colour on the card but the ink's own soft edges has 4.5 to 1 to the ink (WCAG 2.2, 1.4.3)."""
    colours = card("", [], council="", colour="#{:02x}{:02x}{:02x}".format(*parts), size=size).getcolors(
        size[0] * size[1]
    )
    assert colours is not None
    shades = {shade for _, shade in colours}
    ink = next(
        shade for shade in (contrast.BLACK, contrast.WHITE) if all(_reads(shade, other) for other in shades)
    )
    assert ink in shades


def _reads(ink: contrast.Colour, other: object) -> bool:
    return ink == other or contrast.ratio(ink, other) >= contrast.ENOUGH  # type: ignore[arg-type]


@pytest.mark.parametrize(("title", "lines"), TITLES)
@pytest.mark.long
def test_words_stay_within_the_edges(title: str, lines: list[str]) -> None:
    """Text wraps, shrinks and at last is cut off; it never runs over the edge or off the card."""
    image = card(title, lines)
    for box in (
        (0, 0, EDGE - 4, HEIGHT),
        (WIDTH - EDGE + 4, 0, WIDTH, HEIGHT),
        (0, HEIGHT - EDGE + 8, WIDTH, HEIGHT),
    ):
        assert inked(image, contrast.WHITE, box) == 0


@pytest.mark.long
@pytest.mark.parametrize(("title", "lines"), TITLES)
@pytest.mark.parametrize("council", [COUNCIL, "Cyngor Sir Gaerfyrddin / Carmarthenshire County Council"])
def test_instagrams_grid_cuts_no_word_off(title: str, lines: list[str], council: str) -> None:
    """All words stand in the middle square of the tall card: Instagram's grid shows 3:4 or 1:1 of the middle."""
    width, height = TALL
    image, above = card(title, lines, council, size=TALL), (height - width) // 2
    for box in (
        (0, 0, width, above),
        (0, height - above, width, height),
        (0, 0, width // 12, height),
        (width - width // 12, 0, width, height),
    ):
        assert inked(image, contrast.WHITE, box) == 0
    assert inked(image, contrast.WHITE, (0, above, width, height - above)) > 500


def test_a_date_stands_on_one_line() -> None:
    """Date and place in letters a little smaller read better than broken in two."""
    lines = ["Thursday 3 December 2026, 5pm to 8pm", "Central Library"]
    image = card("Library opens late on Thursdays", lines, size=TALL)
    band = image.crop((100, 980, 980, 1_215)).convert("L").point(lambda shade: 255 * (shade > 200))
    rows = [any(band.crop((0, y, 880, y + 1)).histogram()[255:]) for y in range(band.height)]
    written = sum(now and not before for before, now in zip([False, *rows], rows, strict=False))
    assert written == 2


@pytest.mark.parametrize("letters", ["ŵ", "ŷ", "Ŵ", "Ŷ", "â", "ẅ", "£", "–", "’", "ł", "Ж"])
def test_letters_of_wales_and_beyond_are_drawn(letters: str) -> None:
    """Welsh has letters that many fonts lack; a card without them would misspell the council's own places."""
    plain, written = card("a", []), card(f"a{letters}", [])
    assert inked(written, contrast.WHITE, (0, 160, WIDTH, 400)) > inked(
        plain, contrast.WHITE, (0, 160, WIDTH, 400)
    )


def test_letters_that_differ_look_different() -> None:
    """No letter is drawn as the box that stands for all that a font has not."""
    assert len({card(letter, []).tobytes() for letter in "ŵŷŴŶwyWY"}) == 8


@pytest.mark.parametrize("title", ["Lights 🎄", "🎅🏽 Lights", "Light\u200bs", "Lights\ufe0f"])
def test_symbols_that_the_font_has_not_are_left_out(title: str) -> None:
    """An emoji is left out of the picture rather than shown as a box."""
    assert card(title).tobytes() == card("Lights").tobytes()


@pytest.mark.parametrize("title", ["اجتماع المجلس", "COVID-19 ویکسین", "会议", "🎄"])
def test_half_a_title_is_worse_than_none(title: str) -> None:
    """A title in letters that the font has not leaves a card with the council's name as its title."""
    assert card(title).tobytes() == card("", council=COUNCIL).tobytes()
    assert card(title).tobytes() != card("", council="").tobytes()


def test_the_same_words_give_the_same_card() -> None:
    """The clearance covers bytes: drawing twice must not change them."""
    assert card("Library hours").tobytes() == card("Library hours").tobytes()


@settings(max_examples=25)
@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=3), st.text(max_size=40))
def test_any_words_give_a_card(title: str, lines: list[str], council: str) -> None:
    """No text, however strange, stops an item from getting its card."""
    assert card(title, lines, council).size == (WIDTH, HEIGHT)


def test_a_colour_that_is_none_is_a_config_error() -> None:
    """A wrong colour in config.toml is named there, not in Pillow's words."""
    with pytest.raises(ConfigError, match="teal"):
        card("Library hours", colour="teal")
