"""The texts that leave: whole links and hashtags, within the limits, tidy, and safe in a page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import TemplateNotFound, UndefinedError

from publisher import lengths, templates
from publisher.channels import Limits

LINK = "https://www.example.gov.uk/news/library-opens-late?r=k7m2p9"
LIMITS = Limits(text=280, measure="x", hashtags=5)
PLATFORMS = ["twitter.j2", "facebook.j2", "instagram.j2"]
PROSE = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(" .!?\n"), max_size=400).map(
    lambda text: "\n".join(line.rstrip() for line in text.strip().splitlines())
)
LINE = PROSE.map(lambda text: " ".join(text.split()))
TAGS = st.lists(st.from_regex(r"\A[A-Za-z0-9]{1,20}\Z"), max_size=5)
LONG_WORDS = "Carols in the square with the town band. " * 20


def rendered(template: str, **changes: Any) -> str:
    """A post's text as publisher/compose.py asks for it."""
    values: dict[str, Any] = {
        "title": "Library opens late",
        "summary": "Until 8pm on Thursdays.",
        "when": "",
        "location": "",
        "link": LINK,
        "link_label": "Read more",
        "tags": (),
        "limits": LIMITS,
        "measure": lambda words: lengths.count(words, "x"),
    }
    return templates.render(template, **(values | changes)).strip()


# --- posts -----------------------------------------------------------------------------------------------------


@given(
    title=LINE.map(lambda text: f"A{text}"),
    summary=PROSE,
    when=st.sampled_from(["", "Friday 18 December 2026, 6pm"]),
    location=LINE,
    tags=TAGS,
)
@example(
    title="A" * 150 + " opens! See you there",
    summary=LONG_WORDS,
    when="Friday, 6pm",
    location="Market Square",
    tags=["Libraries"],
)
@example(title="Library opens late", summary="x" * 400, when="", location="", tags=[])
@example(title="See example.com. Or not", summary="see example.com. " * 40, when="", location="", tags=["A"])
def test_a_tweet_is_within_the_limit_and_whole_where_it_matters(
    title: str, summary: str, when: str, location: str, tags: list[str]
) -> None:
    """Title, time, place, link and hashtags are never cut; the summary is; what remains too long is the title's fault alone."""
    text = rendered("twitter.j2", title=title, summary=summary, when=when, location=location, tags=tags)
    lead = title + (f"\n{when}" + (f", {location}" if location else "") if when else "")
    tail = f"\n\n{LINK}" + ("\n" + " ".join(f"#{tag}" for tag in tags) if tags else "")
    assert text.startswith(lead)
    assert text.endswith(tail)
    assert lengths.count(text, "x") <= max(280, lengths.count(lead + tail, "x"))


def test_a_summary_that_fits_is_not_touched() -> None:
    """To the last unit of the limit; one more and it is shortened, with a sign that it was."""
    room = 280 - lengths.count(f"Library opens late\n\n\n\n{LINK}", "x")
    exact = rendered("twitter.j2", summary="x" * room)
    assert "x" * room in exact
    assert lengths.count(exact, "x") == 280
    over = rendered("twitter.j2", summary="x" * (room + 1))
    assert "…" in over
    assert lengths.count(over, "x") <= 280


def test_a_summary_with_next_to_no_room_is_left_out() -> None:
    """Three letters and an ellipsis tell nobody anything."""
    text = rendered("twitter.j2", title="a" * 240, summary="Until 8pm on Thursdays.")
    assert text == f"{'a' * 240}\n\n{LINK}"


@pytest.mark.parametrize("template", PLATFORMS)
@given(
    title=LINE.map(lambda text: f"A{text}"),
    summary=PROSE.filter(lambda text: "\n\n\n" not in text),
    event=st.booleans(),
    location=LINE,
    tags=TAGS,
)
def test_a_post_is_tidy(
    template: str,
    title: str,
    summary: str,
    event: bool,  # noqa: FBT001  # by hypothesis
    location: str,
    tags: list[str],
) -> None:
    """No blanks at the end of a line, no two empty lines together, whatever parts are missing; nothing escaped as in a page."""
    text = rendered(
        template,
        title=title,
        summary=summary,
        when="Friday, 6pm" if event else "",
        location=location,
        tags=tags,
    )
    assert "\n\n\n" not in text
    assert re.search(r"[ \t]+$", text, re.MULTILINE) is None
    assert LINK in text
    assert text.startswith(title)
    assert all(f"#{tag}" in text.split() for tag in tags)


@pytest.mark.parametrize("template", PLATFORMS)
def test_an_event_says_when_and_where(template: str) -> None:
    """Below the title, on a line of their own."""
    text = rendered(template, title="Carols", when="Friday 18 December 2026, 6pm", location="Market Square")
    assert text.splitlines()[:3] == ["Carols", "Friday 18 December 2026, 6pm, Market Square", ""]


@pytest.mark.parametrize("template", PLATFORMS)
def test_a_post_is_plain_text(template: str) -> None:
    """Signs that a page would escape are sent as they are."""
    assert rendered(template, title='Tea & cake <free> "today"', summary="It's on.").startswith(
        'Tea & cake <free> "today"'
    )


@pytest.mark.parametrize("template", PLATFORMS)
def test_what_looks_like_a_template_in_a_text_is_text(template: str) -> None:
    """An officer's words are never run."""
    words = "{{ 7 * 7 }} {% raw %} {# x #} ${7*7}"
    text = rendered(template, title=words, summary=words)
    assert text.count(words) == 2
    assert "49" not in text


@pytest.mark.parametrize("template", PLATFORMS)
def test_an_unknown_word_in_a_template_is_an_error(template: str) -> None:
    """A blank where a link should be would go out unseen; so would a template that is not there."""
    rest = {"title": "x", "summary": "", "when": "", "location": "", "link_label": "Read more", "tags": ()}
    with pytest.raises(UndefinedError, match="link"):
        templates.render(template, **rest, limits=LIMITS, measure=len)
    with pytest.raises(TemplateNotFound):
        templates.render("../config.toml")


# --- text in pages ---------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """What a browser would see of a piece of page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collects the tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        """A comment is as bad as a tag."""
        self.tags.append(("comment", {data: data}))

    def handle_data(self, data: str) -> None:
        """Collects the words."""
        self.text += data


def read(text: str) -> Reader:
    """`text` as paragraphs, read as a browser would."""
    reader = Reader()
    for paragraph in templates.paragraphs(text, ["example.gov.uk"]):
        reader.feed(f"{paragraph}\n")
    reader.close()
    return reader


PIECES = [
    "<script>",
    "</a>",
    "<img src=x onerror=alert(1)>",
    '"',
    "'",
    "&lt;",
    "&",
    "<!--",
    "javascript:alert(1)",
    "data:text/html,x",
]
PIECES += [
    "https://example.com/",
    "http://a.example.gov.uk/?a=1&b=2",
    "www.example.org",
    'https://x.com/"onmouseover="x',
    " ",
    "\n",
    "\n\n",
    "(",
    ")",
]
HOSTILE = st.lists(
    st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6), max_size=12
).map("".join)


@given(HOSTILE)
@example('https://example.com/"><script>alert(1)</script>')
@example("https://example.com/'onclick='x' <a href=javascript:x>")
@example("0https://example.com/https://example.com/")
@example("http://example.gov.uk@evil.example.org/ &#106;avascript:x")
def test_no_tag_of_a_text_survives_in_a_page(text: str) -> None:
    """Whatever an item holds, a page gets links of ours and line breaks only, each to http or https, and the words."""
    reader = read(text)
    for tag, attributes in reader.tags:
        assert tag in {"a", "br"}
        assert set(attributes) <= {"href", "rel"}
        if tag == "a":
            assert re.match(r"https?://", str(attributes["href"]), re.IGNORECASE)
            assert not set(str(attributes["href"])) & set(' \n<>"')
    kept = re.sub(r"\s", "", reader.text.replace(templates.EXTERNAL_MARK, ""))
    assert (
        kept == re.sub(r"\s", "", text.replace(templates.EXTERNAL_MARK, "")).replace("\0", "�")
        or "\r" in text
    )


def test_a_link_to_another_website_says_so() -> None:
    """Clause 5e: the mark follows each link that leads elsewhere, once, and none of the council's own."""
    (page,) = templates.paragraphs(
        "See https://www.example.gov.uk/a and https://example.org/b.", ["example.gov.uk"]
    )
    assert str(page) == (
        'See <a href="https://www.example.gov.uk/a">https://www.example.gov.uk/a</a> and '
        '<a href="https://example.org/b" rel="external noopener">https://example.org/b</a> (external website).'
    )
    (marked,) = templates.paragraphs("https://example.org/b (external website)", ["example.gov.uk"])
    assert str(marked).count("(external website)") == 1


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("example.gov.uk", True),
        ("www.example.gov.uk", True),
        ("notexample.gov.uk", False),
        ("example.gov.uk.evil.org", False),
        ("gov.uk", False),
        ("", False),
    ],
)
def test_a_domain_is_own_or_below_one_of_ours(host: str, own: bool) -> None:  # noqa: FBT001
    """A name that only ends or begins alike is somebody else's."""
    assert templates.is_own(host, ["example.gov.uk"]) is own


def test_paragraphs_and_lines_are_kept() -> None:
    """An empty line parts paragraphs, a single line end is a line break, and empty ones vanish."""
    assert [str(part) for part in templates.paragraphs("\n\na\nb\n \n\n\nc & d\n")] == [
        "a<br>\nb",
        "c &amp; d",
    ]
    assert templates.paragraphs(" \n\n ") == []


# --- times for people ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("utc", "shown"),
    [
        ("2026-12-01T09:00", "9am"),
        ("2026-12-01T14:30", "2.30pm"),
        ("2026-12-01T12:00", "midday"),
        ("2026-12-01T00:00", "midnight"),
        ("2026-12-01T00:05", "12.05am"),
        ("2026-12-01T12:05", "12.05pm"),
        ("2027-06-01T08:00", "9am"),
    ],
)
def test_a_time_is_in_the_style_of_gov_uk(utc: str, shown: str) -> None:
    """On London's clocks, summer time included; the words for 12 where it is exactly that."""
    assert templates.clock(datetime.fromisoformat(utc).replace(tzinfo=UTC)) == shown


def test_when_an_event_is() -> None:
    """One day, a span of hours, over midnight, whole days: each reads as a person would say it."""
    start = datetime(2026, 12, 18, 18, tzinfo=UTC)
    assert templates.when(start) == "Friday 18 December 2026, 6pm"
    assert templates.when(start, start) == "Friday 18 December 2026, 6pm"
    assert templates.when(start, start + timedelta(hours=2)) == "Friday 18 December 2026, 6pm to 8pm"
    assert (
        templates.when(start, start + timedelta(hours=8))
        == "Friday 18 December 2026, 6pm to Saturday 19 December 2026, 2am"
    )
    midnight = datetime(2026, 12, 18, tzinfo=UTC)
    assert (
        templates.when(midnight, midnight + timedelta(days=1, seconds=-1), True) == "Friday 18 December 2026"
    )
    assert (
        templates.when(midnight, midnight + timedelta(days=2, seconds=-1), True)
        == "Friday 18 December 2026 to Saturday 19 December 2026"
    )
    assert templates.when(start, zone_name="America/New_York") == "Friday 18 December 2026, 1pm"


def test_a_machine_s_time_has_the_zone_s_offset() -> None:
    """As HTML's time element and schema.org want it."""
    assert templates.iso(datetime(2027, 6, 1, 8, 0, 0, 5, tzinfo=UTC)) == "2027-06-01T09:00:00+01:00"


def test_every_hashtag_is_kept() -> None:
    """None is dropped in silence: too many for a channel is the gate's to say."""
    assert templates.hashtags(["A", "B", "C"]) == "#A #B #C"
    assert templates.hashtags([]) == ""
