"""Title cards: an item's words as a picture, readable whatever the words and the colour."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from publisher import cards, contrast, media
from publisher.channels import Limits
from publisher.errors import ConfigError

COUNCIL = "Example Borough Council"
LINES = ["Tuesday 1 December 2026, 9am", "Central Library, High Street"]
WIDTH, HEIGHT, EDGE = 1_200, 630, 72


def card(
    title: str, lines: list[str] | None = None, council: str = COUNCIL, colour: str = "#0b5c5c"
) -> Image.Image:
    return cards.title_card(
        title=title, lines=LINES if lines is None else lines, council=council, colour=colour
    )[0]


def inked(image: Image.Image, ink: tuple[int, int, int], box: tuple[int, int, int, int]) -> int:
    """How many pixels of the box have exactly the ink's colour."""
    colours = image.crop(box).getcolors(WIDTH * HEIGHT)
    assert colours is not None
    return sum(count for count, colour in colours if colour == ink)


def test_a_card_fits_every_channel() -> None:
    """1200 by 630 is within Instagram's 4:5 to 1.91:1."""
    picture = media.Picture(card("Library hours"))
    fitted = media.fit(picture, Limits(text=1, image_width=1_440, image_ratio=(0.8, 1.91)))
    assert fitted[1:] == (WIDTH, HEIGHT)


def test_the_alt_text_says_every_word() -> None:
    """Who cannot see the card is told all that is on it: council, title, date, place."""
    _, alt = cards.title_card(title="Library hours change.", lines=LINES, council=COUNCIL, colour="#0b5c5c")
    assert alt == (
        "Example Borough Council. Library hours change. Tuesday 1 December 2026, 9am. Central Library, High Street."
    )
    assert alt == cards.card_alt("Library hours change.", LINES, COUNCIL)


@settings(max_examples=30)
@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_words_can_be_read_on_any_colour(parts: tuple[int, int, int]) -> None:
    """Every colour on the card but the ink's own soft edges has 4.5 to 1 to the ink (WCAG 2.2, 1.4.3)."""
    colours = card("", [], council="", colour="#{:02x}{:02x}{:02x}".format(*parts)).getcolors(WIDTH * HEIGHT)
    assert colours is not None
    shades = {shade for _, shade in colours}
    ink = next(
        shade for shade in (contrast.BLACK, contrast.WHITE) if all(_reads(shade, other) for other in shades)
    )
    assert ink in shades


def _reads(ink: contrast.Colour, other: object) -> bool:
    return ink == other or contrast.ratio(ink, other) >= contrast.ENOUGH  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("Bin", LINES),
        ("word " * 60, LINES * 4),
        ("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 5, ["x" * 500]),
        ("i" * 300, []),
        ("WWWW " * 60, ["Place " * 80]),
    ],
)
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
