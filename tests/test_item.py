"""Items as they arrive: every kind of bad input is one clear line that names the field and the way out."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import EXIT_INPUT, InputError
from publisher.item import MAX_BODY, MAX_ITEM_BYTES, MAX_TITLE, Image, Item, load_line, parse
from publisher.model import Kind
from publisher.times import start_of_day

NEWS: dict[str, Any] = {"kind": "news", "title": "Library opens late"}
EVENT: dict[str, Any] = {"kind": "event", "title": "Carols", "starts_at": "2026-12-18 18:00"}
PICTURE: dict[str, Any] = {"path": "library.jpg", "alt": "The library at dusk"}

TEXTS = ["title", "summary", "body", "link", "location", "external_id", "status", "timezone", "id"]
LISTS = ["images", "channels", "hashtags"]
MOMENTS = ["publish_at", "starts_at", "ends_at"]


def refused(value: object) -> InputError:
    """The error that `value` is answered with; whatever it is, it can be printed, as one short line."""
    with pytest.raises(InputError) as caught:
        parse(value)
    error = caught.value
    line = str(error).encode().decode()
    assert line.isprintable() or "\u200b" in line
    assert len(line) < 2_500
    assert error.exit_code == EXIT_INPUT
    assert error.message
    return error


# --- good input ------------------------------------------------------------------------------------------------


def test_the_least_item_is_a_kind_and_a_title() -> None:
    """All else has a plain default."""
    item = parse(NEWS)
    assert (item.kind, item.title, item.channels, item.timezone) == (
        Kind.NEWS,
        "Library opens late",
        None,
        "Europe/London",
    )


def test_times_are_the_wall_clock_of_the_item_s_zone() -> None:
    """Without an offset a time is London's, or that of `timezone`, or of the source that sent it."""
    assert parse({**EVENT, "starts_at": "2027-06-01 18:00"}).starts_at == datetime(2027, 6, 1, 17, tzinfo=UTC)
    there = {**EVENT, "starts_at": "2027-06-01 18:00", "timezone": "America/New_York"}
    assert parse(there).starts_at == datetime(2027, 6, 1, 22, tzinfo=UTC)
    paris = parse({**EVENT, "starts_at": "2027-06-01 18:00"}, default_zone="Europe/Paris")
    assert (paris.starts_at, paris.timezone) == (datetime(2027, 6, 1, 16, tzinfo=UTC), "Europe/Paris")


def test_toml_s_own_dates_and_times_are_taken() -> None:
    """A TOML file may write a date or time without quotation marks."""
    item = parse(
        tomllib.loads(
            "kind = 'event'\ntitle = 'Carols'\nstarts_at = 2027-06-01T18:00:00\nends_at = 2027-06-01 19:00:00Z"
        )
    )
    assert item.starts_at == datetime(2027, 6, 1, 17, tzinfo=UTC)
    assert item.ends_at == datetime(2027, 6, 1, 19, tzinfo=UTC)
    assert parse({**EVENT, "starts_at": date(2027, 6, 1)}).all_day


def test_an_all_day_event_includes_its_last_day() -> None:
    """Dates without a time make an all-day event; "until 3 May" includes 3 May, in a day that is 25 hours long too."""
    item = parse({**EVENT, "starts_at": "2027-05-01", "ends_at": "2027-05-03"})
    assert item.all_day
    assert item.starts_at == start_of_day(date(2027, 5, 1), "Europe/London")
    assert item.ends_at == start_of_day(date(2027, 5, 4), "Europe/London") - timedelta(seconds=1)
    autumn = parse({**EVENT, "starts_at": "2027-10-31", "ends_at": "2027-10-31"})
    assert autumn.starts_at is not None
    assert autumn.ends_at is not None
    assert autumn.ends_at - autumn.starts_at == timedelta(hours=25, seconds=-1)


def test_one_day_is_a_whole_day_and_ends_no_earlier_than_it_starts() -> None:
    """The same date as start and end is one day, not an event that ends before it starts."""
    assert parse({**EVENT, "starts_at": "2027-05-01", "ends_at": "2027-05-01"}).all_day


def test_space_around_words_is_nobody_s_meaning() -> None:
    """Titles are one line; a summary keeps its lines, in one kind of line end."""
    item = parse({**NEWS, "title": "  Library\n opens \t late ", "summary": " One.\r\nTwo.\rThree. "})
    assert (item.title, item.summary) == ("Library opens late", "One.\nTwo.\nThree.")


def test_text_of_any_language_is_kept_as_it_is() -> None:
    """Welsh, Arabic, combining marks, and emoji joined by U+200D come out as they went in."""
    words = "Tŷ Cyhoeddus 👩‍👩‍👧 مكتبة e\u0301 🏴󠁧󠁢󠁷󠁬󠁳󠁿"  # the point
    assert parse({**NEWS, "title": words, "summary": words}).summary == words


def test_hashtags_are_kept_without_their_sign() -> None:
    """`#Libraries` and `Libraries` are the same tag."""
    assert parse({**NEWS, "hashtags": ["#Libraries", "Tŷ"]}).hashtags == ("Libraries", "Tŷ")


# --- bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, [], "news", 5, True, [NEWS], {}])
def test_what_is_no_item_is_refused(value: object) -> None:
    """Anything but an object, and an empty one, is told what an item looks like or what is missing."""
    assert refused(value).way_out


@pytest.mark.parametrize("missing", ["kind", "title"])
def test_what_is_missing_is_named(missing: str) -> None:
    """A needed field that is not there is named."""
    error = refused({key: value for key, value in NEWS.items() if key != missing})
    assert (error.field, error.message) == (missing, f"{missing}: is needed") or error.detail == "is needed"
    assert error.field == missing


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize("wrong", [5, 1.5, True, ["a"], {"a": 1}], ids=repr)
def test_a_text_is_a_text(field: str, wrong: object) -> None:
    """Numbers, booleans and lists are not read as texts: the program never guesses what was meant."""
    error = refused({**NEWS, field: wrong})
    assert error.field == field
    assert error.way_out


@pytest.mark.parametrize("field", LISTS)
@pytest.mark.parametrize("wrong", ["Libraries", 5, True, {"a": 1}], ids=repr)
def test_a_list_is_a_list(field: str, wrong: object) -> None:
    """One value where a list should be is refused, not taken letter by letter."""
    error = refused({**NEWS, field: wrong})
    assert error.field == field
    assert "[ ]" in error.way_out


@pytest.mark.parametrize("field", LISTS)
@pytest.mark.parametrize("wrong", [5, True, None, ["a"]], ids=repr)
def test_what_is_wrong_in_a_list_is_named_by_its_place(field: str, wrong: object) -> None:
    """The path of the wrong element, as `hashtags[1]`."""
    good: object = PICTURE if field == "images" else "a"
    assert refused({**NEWS, field: [good, wrong]}).field == f"{field}[1]"


@pytest.mark.parametrize("field", MOMENTS)
@pytest.mark.parametrize(
    "wrong",
    [5, 1.5, True, False, ["2026-12-01"], {"a": 1}, "soon", "", "2026-02-30", "2027-03-28 01:30"],
    ids=repr,
)
def test_a_moment_is_a_date_and_time(field: str, wrong: object) -> None:
    """Numbers are no dates (seconds or milliseconds?), nor is a day that no calendar has, nor a skipped hour."""
    error = refused({**EVENT, field: wrong})
    assert error.field == field
    assert error.way_out


@pytest.mark.parametrize("field", MOMENTS)
@pytest.mark.parametrize(
    "edge",
    [
        "0001-01-01",
        "9999-12-31",
        "0001-01-01 00:00",
        "9999-12-31 23:59",
        "9999-12-31T23:59-14:00",
        "0001-01-01T00:00+14:00",
    ],
)
@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Tokyo", "America/New_York"])
def test_the_ends_of_the_calendar_are_wrong_years(field: str, edge: str, zone: str) -> None:
    """Where arithmetic on dates would overflow, the year is refused by name."""
    error = refused({**EVENT, field: edge, "timezone": zone})
    assert error.field == field
    assert "year" in error.message


@pytest.mark.parametrize("wrong", ["yes", "true", 1, 0, [], None], ids=repr)
def test_a_yes_or_no_is_true_or_false(wrong: object) -> None:
    """The word no must never be read as yes."""
    assert refused({**NEWS, "all_day": wrong}).field == "all_day"
    assert refused({**NEWS, "images": [{**PICTURE, "people": wrong}]}).field == "images[0].people"


@pytest.mark.parametrize(
    "wrong", [True, 1.0, -1, 2**63, 10**400, [], "\ud800", "x" * 101], ids=lambda value: repr(value)[:12]
)
def test_a_version_is_a_whole_number_or_a_text(wrong: object) -> None:
    """A version that no database could keep, or that compares oddly, is refused by its own name."""
    assert refused({**NEWS, "version": wrong}).field == "version"


def test_both_kinds_of_version_are_kept_as_they_are() -> None:
    """A number stays a number, a text a text."""
    assert parse({**NEWS, "version": 7}).version == 7
    assert parse({**NEWS, "version": "2026-11-25T09:00Z"}).version == "2026-11-25T09:00Z"
    assert parse({**NEWS, "version": 2**63 - 1}).version == 2**63 - 1


@pytest.mark.parametrize(
    "wrong",
    [[], "text", 5, {"rule": 5}, {"rule": None}, {"rule": "\ud800"}, {"\ud800": "x"}, {"rule": "${x}"}],
    ids=ascii,
)
def test_evidence_is_a_table_of_texts(wrong: object) -> None:
    """Evidence is kept on the record, so it is as clean as any text."""
    assert refused({**NEWS, "evidence": wrong}).field.startswith("evidence")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("titel", "Did you mean title?"),
        ("Title", "Did you mean title?"),
        ("start_at", "Did you mean starts_at?"),
        ("hashtag", "Did you mean hashtags?"),
    ],
)
def test_an_unknown_field_names_the_nearest(wrong: str, hint: str) -> None:
    """A slip of the pen is told with the right word; nothing is ignored in silence."""
    error = refused({**NEWS, wrong: "x"})
    assert (error.field, error.way_out) == (wrong, hint)


def test_an_unknown_field_of_a_picture_names_the_nearest() -> None:
    """The same one level down, with the whole path."""
    error = refused({**NEWS, "images": [PICTURE, {**PICTURE, "atl": "x"}]})
    assert (error.field, error.way_out) == ("images[1].atl", "Did you mean alt?")


@pytest.mark.parametrize(
    "key", ["\ud800", "\x1b[2J", "a\nb", "\u202egnp", "x" * 200_000, ""], ids=lambda key: ascii(key)[:12]
)
def test_a_hostile_field_name_is_safe_to_print(key: str) -> None:
    """A name can neither move the terminal's cursor, nor break the line, nor flood the screen."""
    error = refused({**NEWS, key: 1})
    assert "no such field" in str(error)


@pytest.mark.parametrize(
    "field", ["title", "summary", "body", "location", "link", "external_id", "status", "id"]
)
@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\x92", "\ud800"], ids=ascii)
def test_characters_that_are_no_text_are_refused(field: str, character: str) -> None:
    """Control characters, halves of characters, and the marks of a wrong encoding do not reach a post or a page."""
    error = refused({**NEWS, field: f"Caf{character}e"})
    assert error.field == field
    assert f"U+{ord(character):04X}" in error.message


@pytest.mark.parametrize("code", [0xDC00, 0xDFFF, 0xFFFD, 0x80, 0x9F])
def test_more_characters_that_are_no_text_are_refused(code: int) -> None:
    """The other halves, the mark of a lost letter (U+FFFD), and the C1 controls of a wrong encoding."""
    assert f"U+{code:04X}" in refused({**NEWS, "summary": f"Caf{chr(code)}e"}).message


def test_json_s_escapes_hide_nothing() -> None:
    """A lone surrogate or a null written as an escape is the same as the character."""
    for escape in (r"\ud800", r"\u0000", r"\udc00\ud800"):
        with pytest.raises(InputError, match="control character"):
            parse(load_line(f'{{"kind":"news","title":"x{escape}"}}'))
    assert parse(load_line(r'{"kind":"news","title":"x\ud83d\ude00"}')).title == "x😀"


@pytest.mark.parametrize(
    "left", ["${start}", "{{x}}", "{{ event.title }}", "{{{x}}}", "a ${ b } c", "${}", "{{\n}}"]
)
@pytest.mark.parametrize("field", ["title", "summary", "body", "location"])
def test_a_template_s_placeholder_is_refused(left: str, field: str) -> None:
    """A CMS that failed to fill its template in must not publish it."""
    error = refused({**NEWS, field: f"Starts {left} sharp"})
    assert error.field == field
    assert "placeholder" in error.message


@pytest.mark.parametrize("plain", ["costs $5 {or so}", "a {b} c", "{{", "}}", "${", "$ {x}", "f(x) = {y}}"])
def test_brackets_and_prices_are_no_placeholders(plain: str) -> None:
    """What only looks a little like one is text."""
    assert parse({**NEWS, "summary": plain}).summary == plain


@pytest.mark.parametrize("flood", ["${", "{{", "$", "{", "{{ ${"])
def test_a_flood_of_brackets_is_read_once(flood: str) -> None:
    """Looking for placeholders takes time in proportion to the text, so that 256 KiB cannot hold the hook up.

    With a search that starts again at each bracket this test runs for minutes, where it now takes no time.
    """
    assert refused({**NEWS, "body": flood * (1_000_000 // len(flood))}).field == "body"


@pytest.mark.parametrize("empty", ["", " ", "\n\t", "\u200b", "…", "---", "\u00a0", "🎉"], ids=ascii)
def test_an_empty_title_is_refused(empty: str) -> None:
    """A title needs a letter or a digit: it becomes the page's address and heading."""
    error = refused({**NEWS, "title": empty})
    assert error.field == "title"
    assert "empty" in error.message


@pytest.mark.parametrize(
    ("field", "most"), [("title", MAX_TITLE), ("body", MAX_BODY), ("location", 500), ("external_id", 500)]
)
def test_too_long_is_told_with_the_limit(field: str, most: int) -> None:
    """The limit itself is taken, one more is not, and the error says how many are allowed, not the text again."""
    parse({**NEWS, field: "a" * most})
    error = refused({**NEWS, field: "a" * (most + 1)})
    assert error.field == field
    assert str(most) in error.message


@pytest.mark.parametrize(("field", "one", "most"), [("images", PICTURE, 10), ("hashtags", "a", 30)])
def test_too_many_is_told_with_the_limit(field: str, one: object, most: int) -> None:
    """The same for lists."""
    parse({**NEWS, field: [one] * most})
    error = refused({**NEWS, field: [one] * (most + 1)})
    assert error.field == field
    assert str(most) in error.message


def test_no_channel_at_all_is_not_all_channels() -> None:
    """An empty list would be an item that goes nowhere and looks as if it went."""
    assert refused({**NEWS, "channels": []}).field == "channels"


@pytest.mark.parametrize("kind", ["evnt", "NEWS", "", None, 5, []], ids=repr)
def test_a_kind_is_one_of_two(kind: object) -> None:
    """The error names both."""
    error = refused({**NEWS, "kind": kind})
    assert error.field == "kind"
    assert "'news' or 'event'" in error.message


def test_an_event_has_a_start() -> None:
    """Without one it cannot stand in a diary."""
    error = refused({"kind": "event", "title": "Carols"})
    assert error.field == "starts_at"


def test_an_event_does_not_end_before_it_starts() -> None:
    """The moments are compared, not the texts: the end may look earlier in another zone."""
    assert refused({**EVENT, "ends_at": "2026-12-18 17:59"}).field == "ends_at"
    assert refused({**EVENT, "starts_at": "2027-05-02", "ends_at": "2027-05-01"}).field == "ends_at"
    assert parse({**EVENT, "ends_at": "2026-12-18T17:30-05:00"}).ends_at == datetime(
        2026, 12, 18, 22, 30, tzinfo=UTC
    )


@pytest.mark.parametrize("focus", [[0.5, 0.3], (0, 1), [1, 0.0]])
def test_a_focus_is_two_fractions(focus: Any) -> None:
    """What matters most in a picture, from the left and the top; it survives the way through JSON."""
    item = parse({**NEWS, "images": [{**PICTURE, "focus": focus}]})
    assert item.images[0].focus == tuple(focus)
    assert parse(json.loads(json.dumps(item.to_json()))) == item
    assert parse({**NEWS, "images": [PICTURE]}).images[0].focus is None
    assert "focus" not in parse({**NEWS, "images": [PICTURE]}).to_json()["images"][0]


@pytest.mark.parametrize(
    "focus",
    [
        [], [0.5], [0.5, 0.5, 0.5], [1.01, 0.5], [0.5, -0.01], ["0.5", "0.3"], [True, False], "0.5,0.3", 0.5, {}, [None, 0.5],
        [float("nan"), 0.5], [0.5, float("inf")], [[0.5], 0.5], {"x": 0.5, "y": 0.5}, [10**400, 0],
    ],
)  # fmt: skip
def test_a_focus_that_is_none_is_named(focus: Any) -> None:
    """Anything but two numbers from 0 to 1 is told with an example: percent, pixels and texts are what people try."""
    error = refused({**NEWS, "images": [PICTURE, {**PICTURE, "focus": focus}]})
    assert error.field == "images[1].focus"
    assert "[0.5, 0.3]" in str(error)


@pytest.mark.parametrize(
    "image", [{}, {"alt": "x"}, {"path": "a", "url": "https://b"}, {"path": "", "alt": "x"}]
)
def test_a_picture_is_in_one_place(image: dict[str, str]) -> None:
    """A path or an address, not both and not neither."""
    assert refused({**NEWS, "images": [image]}).field == "images[0]"


@pytest.mark.parametrize("rights", ["mine", "", None, 5])
def test_rights_are_one_of_three(rights: object) -> None:
    """Whose a picture is cannot be made up."""
    error = refused({**NEWS, "images": [{**PICTURE, "rights": rights}]})
    assert error.field == "images[0].rights"
    assert "'consent'" in error.message


@pytest.mark.parametrize(
    "address",
    [
        "https://[",
        "https://[::1",
        "https://x\u2100.com/",
        "https://example.gov.uk:99999/",
        "https://example.gov.uk:x/",
        "https://[x]/",
    ],
    ids=ascii,
)
def test_an_address_can_be_taken_apart(address: str) -> None:
    """What no reader of addresses understands is wrong input, and never a crash further in."""
    assert refused({**NEWS, "link": address}).field == "link"
    assert refused({**NEWS, "images": [{"url": address, "alt": "x"}]}).field == "images[0].url"


@pytest.mark.parametrize("tag", ["", "#", "a b", "a-b", "##x", "x" * 101, "a#b", "@x", "\u200b"], ids=ascii)
def test_a_hashtag_is_letters_digits_and_underscores(tag: str) -> None:
    """Anything else would end the tag on a platform, or be a mention."""
    assert refused({**NEWS, "hashtags": [tag]}).field == "hashtags[0]"


@pytest.mark.parametrize("name", ["Nowhere", "../../etc/passwd", "Europe", "\ud800"], ids=ascii)
def test_a_zone_is_one_that_exists(name: str) -> None:
    """A path is no zone."""
    assert refused({**NEWS, "timezone": name}).field == "timezone"


# --- JSON text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"  ",
        b"{",
        b"null",
        b"[]",
        b'"news"',
        b"\xff\xfe{\0}\0",
        b"\x80",
        '{"kind":"news","title":"Café"}'.encode("latin-1"),
        b"[" * 100_000,
        b'{"a":' * 20_000,
        b'{"kind":"news","title":' + b"9" * 5_000 + b"}",
        b"NaN",
        b'{"kind":"news","title":NaN}',
        b'{"kind":"news",}',
    ],
    ids=lambda line: f"{line[:8]!r}-{len(line)}-{line[-4:]!r}",
)
def test_a_line_that_is_no_item_is_refused(line: bytes) -> None:
    """Nothing, half of something, another encoding, bottomless nesting, endless numbers: one clear line each."""
    with pytest.raises(InputError) as caught:
        parse(load_line(line))
    assert len(str(caught.value)) < 2_500


def test_a_huge_line_is_refused_before_it_is_read() -> None:
    """One byte more than the limit, and the way out; up to the limit the fields' own limits speak."""
    with pytest.raises(InputError, match="256 KiB"):
        load_line(b" " * (MAX_ITEM_BYTES + 1))
    fitting = json.dumps(NEWS).encode()
    assert parse(load_line(fitting + b" " * (MAX_ITEM_BYTES - len(fitting)))) == parse(NEWS)


def test_a_byte_order_mark_is_no_fault() -> None:
    """Windows' editors put one before UTF-8."""
    assert parse(load_line(b"\xef\xbb\xbf" + json.dumps(NEWS).encode())) == parse(NEWS)


@given(st.binary(max_size=200))
def test_no_bytes_whatever_crash_it(line: bytes) -> None:
    """Bytes are an item or an InputError, nothing else."""
    with pytest.raises(InputError):
        parse(load_line(line))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*Item.model_fields, "titel"]), JSON, max_size=6))
def test_no_value_in_any_field_crashes_it(value: dict[str, Any]) -> None:
    """Any JSON value in any field gives an item or an InputError that names a field and can be printed."""
    try:
        item = parse({"kind": "event", "title": "x", "starts_at": "2027-01-01", **value})
    except InputError as error:
        found = error
    else:
        json.dumps(item.to_json(), ensure_ascii=False).encode()
        return
    assert found.field
    str(found).encode()


# --- there and back --------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="{}\ufffd"), max_size=30)
LINE = WORDS.map(lambda text: " ".join(text.split()))
INSTANT = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone
IMAGE = st.builds(
    Image,
    path=st.just("photo.jpg"),
    alt=LINE,
    credit=st.none() | LINE,
    rights=st.sampled_from(["own", "licensed", "consent"]),
    people=st.booleans(),
)


@given(
    st.fixed_dictionaries(
        {"title": LINE.map(lambda text: f"A{text}")},
        optional={
            "summary": WORDS,
            "body": WORDS,
            "images": st.lists(IMAGE.map(lambda image: image.model_dump(exclude_none=True)), max_size=3),
            "channels": st.lists(LINE, min_size=1, max_size=3),
            "publish_at": INSTANT.map(datetime.isoformat),
            "all_day": st.booleans(),
            "timezone": st.sampled_from(["Europe/London", "Europe/Paris", "Asia/Tokyo"]),
            "location": LINE,
            "hashtags": st.lists(st.from_regex(r"\A#?[A-Za-z0-9_]{1,20}\Z"), max_size=3),
            "external_id": LINE,
            "version": st.integers(0, 2**63 - 1) | LINE,
            "status": LINE,
            "evidence": st.dictionaries(LINE, WORDS, max_size=3),
        },
    ),
    st.none() | st.tuples(INSTANT, st.timedeltas(timedelta(), timedelta(days=400))),
    st.sampled_from(["Europe/London", "America/New_York"]),
)
def test_an_item_comes_back_equal_from_its_json(
    fields: dict[str, Any], times: tuple[datetime, timedelta] | None, zone: str
) -> None:
    """What is stored is what was asked for: through JSON text and back, in any zone, nothing is lost or changed."""
    value = {"kind": "news", **fields}
    if times:
        value |= {
            "kind": "event",
            "starts_at": times[0].isoformat(),
            "ends_at": (times[0] + times[1]).isoformat(),
        }
    item = parse(value, default_zone=zone)
    assert parse(json.loads(json.dumps(item.to_json()))) == item


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.integers(0, 30),
    st.sampled_from(["Europe/London", "Asia/Tokyo", "Pacific/Apia"]),
)
def test_an_all_day_event_comes_back_equal_from_its_json(first: date, days: int, zone: str) -> None:
    """Its first and last day stay the same days in its own zone."""
    last = first + timedelta(days=days)
    item = parse(
        {
            "kind": "event",
            "title": "Fair",
            "starts_at": first.isoformat(),
            "ends_at": last.isoformat(),
            "timezone": zone,
        }
    )
    back = parse(json.loads(json.dumps(item.to_json())))
    assert back == item
    assert back.all_day


def test_an_item_s_json_holds_no_defaults() -> None:
    """What was not said is not stored as if it had been."""
    assert parse(NEWS).to_json() == NEWS
