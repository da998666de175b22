"""What is seen beforehand is what is sent: previews, the wall and the posts themselves are held against each other."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import Office, open_office, sampled

from publisher import likeness
from publisher.likeness import Look

PLATFORM = {"facebook": "facebook", "twitter": "x", "instagram": "instagram"}
FOLDING = Look("A place", "a", fold=20)
PICTURE = {"src": "a.jpg", "alt": "A library", "width": 10, "height": 10}
CARD = {
    "url": "https://www.example.gov.uk/a",
    "host": "www.example.gov.uk",
    "title": "A",
    "description": "",
    "src": "",
}


def words(pieces: list[tuple[str, str]]) -> str:
    return "".join(text for text, _ in pieces)


@given(st.text(st.sampled_from("ab \n"), max_size=80))
def test_what_is_folded_away_is_still_there(text: str) -> None:
    """Before the fold and behind it stands the whole text, and no word is cut that fits."""
    shown = likeness.of_post(FOLDING, text, [], None)
    seen, folded = words(shown["pieces"]), words(shown["folded"])
    assert len(seen) <= 20
    assert seen.split() + folded.split() == text.split() or not any(space in text[1:21] for space in " \n")
    assert "".join((seen + folded).split()) == "".join(text.split())
    assert bool(folded.strip()) <= (len(text) > 20)


def test_a_card_is_shown_only_where_there_is_no_picture() -> None:
    """X and Facebook show a link's card in the place where a picture would be."""
    assert likeness.of_post(Look("X", "x"), "a", [], CARD)["card"] == CARD
    assert likeness.of_post(Look("X", "x"), "a", [PICTURE], CARD)["card"] is None
    assert likeness.of_post(Look("I", "i", card=False), "a", [], CARD)["card"] is None


def test_an_address_leads_somewhere_only_where_it_can_be_followed() -> None:
    """A link in a caption on Instagram is words."""
    text = "See https://www.example.gov.uk/news/a-very-long-address-indeed-that-goes-on-and-on/?c=1."
    followed = likeness.of_post(Look("X", "x"), text, [], None)["pieces"]
    assert followed[1][1] == text[4:-1]
    assert len(followed[1][0]) == likeness.SHOWN_LINK
    assert not any(
        href for _, href in likeness.of_post(Look("I", "i", follows=False), text, [], None)["pieces"]
    )


def test_a_card_is_made_of_the_pages_own_tags() -> None:
    """Open Graph tags say what a card shows; a page without them is known by its title."""
    page = '<title>T</title><meta property="og:title" content="Bins &amp; more"><meta property="og:image" content="/a.jpg">'
    card = likeness.card(page, "https://www.example.gov.uk/news/bins/?c=1")
    assert (card["title"], card["host"]) == ("Bins & more", "www.example.gov.uk")
    assert card["image"] == "https://www.example.gov.uk/a.jpg"
    assert likeness.card("<title>Only this</title>", "https://a.example/")["title"] == "Only this"


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ('<title>T</title><meta name="og:title" content="Other">', "T"),
        ('<title>T</title><meta property="OG:Title" content="Own">', "Own"),
        (
            '<meta property="og:title" content=""><title> T </title><meta property="og:title" content="Late">',
            "T",
        ),
        ("<title>T</title><svg><title>An arrow</title></svg>", "T"),
        ("<title></title><svg><title>An arrow</title></svg>", ""),
        ("<title>T", "T"),
        ("<title>T<b>old</b></title>", "T"),
        ("<![if !mso]><![pasted from a word processor]]><title>T</title>", "T"),
        ("<![endif]--><title>T</title>", "T"),
        ("<![", ""),
        ("no page at all", ""),
        ("", ""),
    ],
)
def test_a_card_is_read_as_the_page_is_looked_at(page: str, title: str) -> None:
    """Only `property` counts, whatever its letters, the first of each, and the first <title>: no picture's joins it."""
    assert likeness.card(page, "https://a.example/")["title"] == title


@given(
    st.lists(st.sampled_from(["<![", "<!", "<!--", "<?", "</", "<title", ">", "]", "a", " ", "&#", '"', "="]))
)
def test_no_page_is_too_odd_to_be_read(parts: list[str]) -> None:
    """Whatever a website sends is a page that says something or nothing: the look at it, and the release, go on."""
    assert isinstance(likeness.card("".join(parts), "https://a.example/")["title"], str)


@pytest.fixture(params=sampled(["photo", "event", "long"], most=1))
def rehearsed(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """An item as it is previewed while it waits, then as the platforms took it."""
    with open_office(tmp_path) as office:
        item = _items(office)[request.param]
        queued = office.hand_in(item)
        before = office.cli_json("preview", queued.id)["items"][0]
        rows = office.release(queued.id)
        assert {row.state for row in rows.values()} == {"sent"}
        yield office, before


def _items(office: Office) -> dict[str, Any]:
    photo = {"images": [{"path": "library.jpg", "alt": "The library at dusk"}]}
    return {
        "photo": office.news(**photo, hashtags=["Libraries"]),
        "event": office.event(),
        "long": office.news(
            summary="The pool opens again with new hours for everybody who swims. " * 20, **photo
        ),
    }


def test_the_preview_is_what_the_platforms_take(rehearsed: Any) -> None:
    """Word for word, picture for picture, alternative text for alternative text, link card for link card."""
    office, before = rehearsed
    for shown in before["posts"]:
        if shown["channel"] not in PLATFORM:
            continue
        (post,) = office.platforms.ledger.posts(PLATFORM[shown["channel"]])
        assert post.text == shown["text"]
        assert [picture.alt for picture in post.media] == [media["alt"] for media in shown["media"]]
        contents = [office.platforms.ledger.content(picture.id) for picture in post.media]
        assert [hashlib.sha256(content[1]).hexdigest() for content in contents] == [
            media["digest"] for media in shown["media"]
        ]
        if post.card is not None:
            card = shown["card"]
            assert (post.card.title, post.card.description) == (card["title"], card["description"])
            assert post.card.image == card["image"]
            picture = office.platforms.ledger.content(post.card.image_id)
            assert hashlib.sha256(picture[1]).hexdigest() == card["digest"]


def test_the_wall_and_the_preview_draw_alike(rehearsed: Any, tmp_path: Path) -> None:
    """What the page of previews shows of each post stands on the wall in the same form, and it asks nobody for anything."""
    office, before = rehearsed
    office.cli("preview", before["id"], "--html", str(tmp_path / "preview.html"))
    office.platforms.wall.save(tmp_path / "wall.html")
    page = (tmp_path / "preview.html").read_text("utf-8")
    assert "content=\"default-src 'none'; img-src data:;" in page
    assert re.findall(r'src="(?!data:)', page) == []
    drawn = {name: _articles((tmp_path / f"{name}.html").read_text("utf-8")) for name in ("preview", "wall")}
    for style in PLATFORM.values():
        assert _body(drawn["preview"][style]) == _body(drawn["wall"][style])


def _articles(page: str) -> dict[str, str]:
    """Each post as it is drawn, by its style."""
    found = {}
    for part in page.split("<article ")[1:]:
        style = part.partition('class="')[2].partition('"')[0]
        found[style] = part.partition("</article>")[0]
    return found


def _body(article: str) -> list[str]:
    """From the end of the head to the foot: the words, the pictures, the card."""
    _, inside = re.split(r"</div>\s*</div>", article, maxsplit=1)
    return inside.partition('<p class="bottom">')[0].split()
