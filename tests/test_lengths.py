"""How platforms count, and where links are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import lengths

MANY = 1_000_000


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("abc", 3),
        ("…", 2),
        ("•€", 4),
        ("ŵŷ", 2),
        ("ẃẁ", 4),
        ("“quoted” – ‘so’", 15),
        ("日本語", 6),
        ("e\u0301", 1),
        ("A\u0301B", 2),
        ("\u202a\uffff", 4),
    ],
)
def test_words_weigh_what_x_says(text: str, weight: int) -> None:
    """Weights by code point, after NFC: docs.x.com, "Counting characters"."""
    assert lengths.weighted(text) == weight


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("https://www.example.gov.uk/news/a-very-long-address-indeed?c=abcdef", 23),
        ("example.gov.uk", 23),
        ("t.co", 23),
        ("see example.gov.uk/bins.", 28),
        ("(https://example.gov.uk/a_(b))", 25),
        ("http://test.co http://test.co", 47),
        ("jo@example.gov.uk", 17),
        ("#example.com", 12),
        ("$example.com", 12),
        ("日本語。example.com/pathです", 35),
        ("http://127.0.0.1:8123/news/a-very-long-address-indeed", 23),
        ("end.Then", 8),
        ("a" * 64 + ".com", 68),
        ("https://" + "a" * 64 + ".com", 76),
        ("http://t.co/abc's", 25),
        ("https://example.com/abc,", 24),
        ("1.5 and e.g. this", 17),
    ],
)
def test_a_link_weighs_23(text: str, weight: int) -> None:
    """Every link weighs 23, bare names included; what is no link weighs its characters."""
    assert lengths.weighted(text) == weight


@pytest.mark.parametrize("text", ["http://intranet/" + "a" * 50, "https://user:word@example.com/" + "b" * 50])
def test_a_doubtful_link_weighs_no_less_than_its_characters(text: str) -> None:
    """Where X may not make a link, its characters are counted: more rather than less."""
    assert lengths.weighted(text) == len(text)


@pytest.mark.parametrize(
    "text",
    ["😀", "🙋🏽", "👨\u200d🎤", "👨\u200d👩\u200d👧\u200d👦", "🇬🇧", "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
     "1\ufe0f\u20e3", "❤\ufe0f", "☀", "🏳\ufe0f\u200d🌈", "🧕🏾", "©\ufe0f", "🅿\ufe0f"],
)  # fmt: skip
def test_an_emoji_weighs_2(text: str) -> None:
    """Sequences count as one: skin tones, joined people, flags, keycaps."""
    assert lengths.weighted(text) == 2
    assert lengths.emoji(text) == [(0, len(text))]


@pytest.mark.parametrize(("text", "weight"), [("😡🏽", 4), ("😀\u200d😀", 5), ("©", 1), ("1", 1), ("日", 2)])
def test_what_is_no_emoji_sequence_is_not_counted_as_one(text: str, weight: int) -> None:
    """A sequence that Unicode does not list weighs as its parts, so that nothing is counted too low."""
    assert lengths.weighted(text) == weight


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("See https://www.nhs.uk/flu.", ["https://www.nhs.uk/flu"]),
        ("nhs.uk/flu, www.gov.uk", ["nhs.uk/flu", "www.gov.uk"]),
        ("HTTPS://WWW.NHS.UK/Flu", ["HTTPS://WWW.NHS.UK/Flu"]),
        ("jo@nhs.uk and @nhs.uk", []),
        ("a.b.c and 10.30am and v1.2.3", []),
        ("http://[::1]:80/x", ["http://[::1]:80/x"]),
        ("foo.comm foo.co.jp wrong.c_o_m", ["foo.co.jp"]),
        ("https://example.com/(", ["https://example.com/"]),
    ],
)
def test_links_are_found_as_people_write_them(text: str, urls: list[str]) -> None:
    """A link ends before the sentence's own marks, and an e-mail address is none."""
    assert [link.url for link in lengths.links(text)] == urls


def test_a_link_says_whose_it_is() -> None:
    """The host is what the browser would open, whatever stands before an @ in the address."""
    (link,) = lengths.links("http://www.example.gov.uk@evil.com/pay")
    assert (link.host, link.sure, link.explicit, link.bare_name) == ("evil.com", False, True, False)


@pytest.mark.parametrize(
    "part",
    [
        "a.a.a.",
        "((((",
        "@@@@",
        "http://",
        "https://a.com/(((",
        "a.co/(",
        "www.",
        ".-_",
        "http://a@",
        "😀",
        "é.",
        "中a.com",
    ],
)
@pytest.mark.long
def test_a_megabyte_of_anything_is_counted(part: str) -> None:
    """Whatever is repeated, each character is read a bounded number of times; a quadratic search would never end."""
    text = part * (MANY // len(part))
    assert lengths.weighted(text) > 0


@given(st.text())
def test_links_lie_in_the_text_in_order(text: str) -> None:
    """Spans are slices of the text that do not overlap, for any text at all."""
    at = 0
    for link in lengths.links(text):
        assert at <= link.start < link.end
        assert text[link.start : link.end] == link.url
        at = link.end


@given(st.text(), st.integers(0, 60), st.sampled_from(["x", "characters"]))
def test_what_is_fitted_fits(text: str, limit: int, measure: str) -> None:
    """The result is never longer than the limit by the platform's own count."""
    assert lengths.count(lengths.fit(text, limit, measure), measure) <= limit


def test_a_text_that_fits_is_left_alone() -> None:
    """No ellipsis, no lost space, where there is room."""
    assert lengths.fit("Two words. ", 20, "x") == "Two words. "


def test_a_long_text_ends_after_a_sentence() -> None:
    """A whole sentence reads better than a cut one, if it fills most of the room."""
    text = "The library opens at nine. The café follows an hour later, at ten."
    assert lengths.fit(text, 40, "x") == "The library opens at nine."


def test_a_long_sentence_ends_after_a_word() -> None:
    """A cut inside a sentence shows itself by an ellipsis, which X counts as two."""
    assert lengths.fit("The library opens at nine in the morning", 20, "x") == "The library opens…"


def test_a_long_word_is_cut() -> None:
    """One word without spaces is still made to fit."""
    assert lengths.fit("abcdefghij", 5, "characters") == "abcd…"


def test_a_link_is_not_cut_in_two() -> None:
    """A link stays whole or goes: half an address leads nowhere."""
    assert lengths.fit("Read www.example.gov.uk/news/a-long-way-down now or later", 34, "x") == (
        "Read www.example.gov.uk/news/a-long-way-down now…"
    )
