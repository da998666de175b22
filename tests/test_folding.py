"""Folding: what an eye reads, and the way back to where it stood; and what is hidden in a text is told."""

# ruff: noqa: RUF001  # look-alikes are what this file is about

from __future__ import annotations

import unicodedata

import policy_support as support
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.policy import Gate
from publisher.policy.evasions import Evasions
from publisher.policy.folding import fold
from publisher.policy.hosts import Council
from publisher.policy.markup import without_markup
from publisher.policy.rules import BUILT_IN, RuleBook, read

BOOK = read([BUILT_IN])
HIDDEN = ("format.hidden-characters", "format.markup")
GATE = Gate(
    RuleBook({name: BOOK.rules[name] for name in HIDDEN}, BOOK.tables), Council("Example", (support.DOMAIN,))
)


@pytest.mark.parametrize(
    ("given_text", "read_as"),
    [
        ("Fuel", "fuel"),
        ("Ｆｕｅｌ", "fuel"),
        ("𝓕𝓾𝓮𝓵", "fuel"),
        ("𝔽𝕦𝕖𝕝", "fuel"),
        ("𝙵𝚞𝚎𝚕", "fuel"),
        ("Ⓕⓤⓔⓛ", "fuel"),
        ("🅵🆄🅴🅻", "fuel"),
        ("🄵🅄🄴🄻", "fuel"),
        ("🇫🇺🇪🇱", "fuel"),
        ("⒡⒰⒠⒧", "fuel"),
        ("ꜰᴜᴇʟ", "fuel"),
        ("ᶠᵘᵉˡ", "fuel"),
        ("f\u0336u\u0336e\u0336l", "fuel"),
        ("f\u200bu\u200ce\u200dl", "fuel"),
        ("f\u00adu\u2060e\ufe0fl", "fuel"),
        ("\u202efuel\u202c", "fuel"),
        ("сохранер", "coxpahep"),
        ("ΗΟΤΕΙ", "hotei"),
        ("հօս", "hou"),
        ("ᎪᏢᏢᏞᎬ", "apple"),
        ("ꭺꮲꮲꮮꭼ", "apple"),
        ("Zoë’s café – Łódź", "zoe's cafe - lodz"),
        ("Straße, ﬁre, Æsop", "strasse, fire, aesop"),
        ("ıİ", "ii"),
        ("١٢٣ ①②", "123 12"),
        ("a\u00a0b\u2003c\u2028d", "a b c\nd"),
        ("ﾊ日本", "ハ日本"),
        ("", ""),
    ],
)
def test_what_is_read(given_text: str, read_as: str) -> None:
    """Letters are read as the small Latin letters they look like; other scripts and signs stay."""
    assert fold(given_text).text == read_as


@pytest.mark.parametrize(
    "text", ["£5 and €6", "日本語", "हिन्दी".replace("\u094d", "").replace("\u093f", "").replace("\u0940", "")]
)
def test_what_looks_like_no_letter_stays(text: str) -> None:
    """Signs of money and letters of scripts that are not like Latin are left alone."""
    assert fold(text).text == text


@given(st.text())
def test_every_letter_leads_back(text: str) -> None:
    """Positions rise, stay within the text, and each leads to a character that is read as what stands there."""
    folded = fold(text)
    places = list(folded.at)
    assert len(places) == len(folded.text)
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)
    assert all(letter in fold(text[place]).text for letter, place in zip(folded.text, places, strict=True))


@given(st.text(), st.text())
def test_a_text_is_read_letter_by_letter(one: str, two: str) -> None:
    """What stands beside a character changes nothing in how it is read."""
    assert fold(one + two).text == fold(one).text + fold(two).text


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_ascii_only_becomes_small(text: str) -> None:
    """Plain text keeps its positions."""
    folded = fold(text)
    assert (folded.text, list(folded.at)) == (text.lower(), list(range(len(text))))


@given(st.text(alphabet=st.characters(categories=["Mn", "Cf", "Me"])))
def test_what_cannot_be_seen_is_gone(text: str) -> None:
    """Marks and format characters leave nothing."""
    assert fold(text).text == ""


def test_spans_lead_back() -> None:
    """The span of a word is where it stood, with what was hidden inside."""
    folded = fold("A b\u200bu\u0301s stop")
    start = folded.text.index("bus")
    first, past = folded.span(start, start + 3)
    assert "A b\u200bu\u0301s stop"[first:past] == "b\u200bu\u0301s"


def test_every_latin_letter_of_unicode_is_read() -> None:
    """No small letter of the alphabets made for mathematics or in full width is missed."""
    missed = [
        chr(code)
        for code in range(0x80, 0x1F200)
        if unicodedata.normalize("NFKD", chr(code)).lower() in "abcdefghijklmnopqrstuvwxyz"
        and len(unicodedata.normalize("NFKD", chr(code))) == 1
        and fold(chr(code)).text not in set("abcdefghijklmnopqrstuvwxyz")
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A <b>bus</b>", "A bus"),
        ("b&#117;s", "bus"),
        ("b&#x75;s", "bus"),
        ("b&amp;#117;s", "bus"),
        ("One<br>two", "One two"),
        ("b<!-- x -->us", "bus"),
        ("5 < 6 & 7 > 2", "5 < 6 & 7 > 2"),
        ("<<<<", "<<<<"),
    ],
)
def test_markup_is_read_as_a_browser_shows_it(text: str, shown: str) -> None:
    """Tags are gone, entities are what they stand for, and each character knows where it stood."""
    bare, at = without_markup(text)
    assert bare == shown
    assert len(at) in {0, len(bare)}


@pytest.mark.parametrize(
    "text",
    [
        "lib\u200brary",
        "lib\u2060rary",
        "lib\ufeffrary",
        "lib\u200drary",
        "lib\ufe0frary",
        "\u202eyrarbil",
        "a \u2066b\u2069",
        "x\U000e0041",
    ],
)
def test_hidden_characters_are_told(text: str) -> None:
    """What cannot be seen between letters, and what turns the text, stops an item."""
    verdict = support.check(GATE, support.news(summary=text))
    assert support.rules_of(verdict) == ["format.hidden-characters"] * len(verdict.findings)
    assert verdict.outcome == "block"
    assert "U+" in verdict.findings[0].message


@pytest.mark.parametrize(
    "text",
    [
        "A family \U0001f468\u200d\U0001f469\u200d\U0001f467 day",
        "Caerdydd \U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
        "I \u2764\ufe0f parks",
        "می\u200cخواهم",
        "क्\u200dष",
        "שלום\u200f! \u2067abc\u2069",
        "co\u00adoperation",
        "e\u0301clair",
        "Fish & chips, 5 < 6, AT&T; <jo@example.com>",
    ],
)
def test_emoji_and_real_scripts_pass(text: str) -> None:
    """Joiners, directions and marks where a script or an emoji needs them are no disguise."""
    assert support.check(GATE, support.news(summary=text)).findings == ()


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("m e n  a r e  l a t e", "men are late"),
        ("W.O.M.E.N R.U.N the shop", "women run the shop"),
        ("T R 0 0 N S out", "troons out"),
        ("i r u n  a  c a f e", "irun a cafe"),
        ("wom*n r#n it", "womn rn it"),
        ("gl.um and ver-mi", "glum and vermi"),
        ("blaaacks", "blacks"),
        ("terrrier", "terrier"),
        ("mus1ims and fi1th, ki11", "muslims and filth, kill"),
        ("v1olent cr1me", "violent crime"),
        ("mus1ims g0 h0me gl.um", "muslims go home glum"),
    ],
)
def test_words_are_seen_behind_marks_gaps_and_repeats(written: str, seen: str) -> None:
    """Letters set apart, masked, repeated or written as digits are put together as an eye does it, and lead back."""
    views = [view for view in Evasions(written, fold(written)).views if view.text == seen]
    assert views, written
    assert views[0].span(0, len(seen)) == (0, len(written))


@pytest.mark.parametrize(
    "text",
    [
        "W. G. Grace",
        "wi-fi at bbc.com, on a two-week trial",
        "see www.example.org",
        "**bold**, 5 * 4 and # 3",
        "Henry VIII",
    ],
)
def test_clean_marks_are_left_alone(text: str) -> None:
    """Initials, addresses, compounds and numbers are no disguise: such a text is read once."""
    assert Evasions(text, fold(text)).views == ()
