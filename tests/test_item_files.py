"""Files of items in every form that officers and systems write, and one clear line for those that are wrong."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import item_files
from publisher.errors import InputError
from publisher.item import Item

LONDON = "Europe/London"
NEWS = {"kind": "news", "title": "Library hours change"}
EVENT = {"kind": "event", "title": "Fair", "starts_at": "2026-06-01 09:00"}
ICS = (
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:7@example\r\nSUMMARY:Fair\r\nDTSTART:20260601T090000\r\n"
    b"RRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def read(data: bytes | str | object, name: str | None = None) -> list[Item]:
    given_bytes = (
        data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode()
    )
    return list(item_files.read_file(Path(name) if name else None, given_bytes, default_zone=LONDON).items)


def refused(
    data: bytes | str | object, said: str | None = None, name: str | None = "items.json"
) -> InputError:
    with pytest.raises(InputError, match=said) as caught:
        read(data, name)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("name", ["items.json", None, "items.txt"])
@pytest.mark.parametrize("data", [NEWS, [NEWS], {"items": [NEWS]}])
def test_json_may_be_one_item_a_list_or_items(data: object, name: str | None) -> None:
    """The three shapes that people write all give the items, by suffix and by content alike."""
    assert [item.title for item in read(data, name)] == ["Library hours change"]


@pytest.mark.parametrize("name", ["items.jsonl", None])
def test_json_lines_are_items(name: str | None) -> None:
    """One object a line; blank lines and a separator inside a text are no end of an item."""
    odd = json.dumps(NEWS | {"summary": "one\u2028two"}, ensure_ascii=False)
    items = read(f"{json.dumps(NEWS)}\r\n\n{odd}\n{json.dumps(EVENT)}\n", name)
    assert [item.title for item in items] == ["Library hours change", "Library hours change", "Fair"]


@pytest.mark.parametrize("name", ["item.json", None])
def test_json_over_several_lines_is_one_item(name: str | None) -> None:
    """An item as people lay it out is no JSON Lines."""
    assert len(read(json.dumps(NEWS, indent=2), name)) == 1
    assert len(read(json.dumps([NEWS, NEWS], indent=2), name)) == 2


@pytest.mark.parametrize("name", ["item.toml", None])
def test_toml_may_be_one_item(name: str | None) -> None:
    """A table is an item, and TOML's own dates and times are taken as they are written."""
    (item,) = read(
        'kind = "event"\ntitle = "Fair"\nstarts_at = 2026-06-01T09:00:00\npublish_at = 2026-05-01 10:00:00+02:00\n',
        name,
    )
    assert item.starts_at == datetime(2026, 6, 1, 8, tzinfo=UTC)
    assert item.publish_at == datetime(2026, 5, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("name", ["items.toml", None])
def test_toml_may_be_many_items(name: str | None) -> None:
    """[[items]] begins each; a plain date makes an event all-day."""
    text = '[[items]]\nkind = "news"\ntitle = "One"\n[[items]]\nkind = "event"\ntitle = "Two"\nstarts_at = 2026-06-01\n'
    one, two = read(text, name)
    assert (one.title, two.title, two.all_day) == ("One", "Two", True)


@pytest.mark.parametrize("name", ["diary.ics", "DIARY.ICS", None])
def test_a_calendar_is_items(name: str | None) -> None:
    """An .ics file gives its events, floating times in the given zone."""
    (item,) = read(ICS, name)
    assert item.starts_at == datetime(2026, 6, 1, 8, tzinfo=UTC)
    assert item.external_id == "7@example"


def test_notes_of_a_calendar_are_kept() -> None:
    """What a person should know, such as which date of a series was taken, comes with the items."""
    found = item_files.read_file(
        Path("diary.ics"), ICS, default_zone=LONDON, now=datetime(2026, 7, 1, tzinfo=UTC)
    )
    assert found.items[0].starts_at == datetime(2026, 7, 6, 8, tzinfo=UTC)
    assert "2026-07-06" in found.notes[0]


def test_a_byte_order_mark_is_no_fault() -> None:
    """Windows editors put one before the text."""
    for data, name in (
        (json.dumps(NEWS).encode(), "a.json"),
        (b'kind="news"\ntitle="x"', "a.toml"),
        (ICS, "a.ics"),
        (ICS, None),
    ):
        assert len(read(b"\xef\xbb\xbf" + data, name)) == 1


def test_times_without_a_zone_are_in_the_given_one() -> None:
    """The file's times are the council's wall clock, unless an item names another zone."""
    london, paris = read([EVENT, EVENT | {"timezone": "Europe/Paris"}])
    assert (london.starts_at, paris.starts_at) == (
        datetime(2026, 6, 1, 8, tzinfo=UTC),
        datetime(2026, 6, 1, 7, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (EVENT | {"starts_at": "soon"}, "items[2].starts_at"),
        (EVENT | {"starts_at": "2026-03-29 01:30"}, "items[2].starts_at"),
        (EVENT | {"starts_at": 5}, "items[2].starts_at"),
        (EVENT | {"ends_at": "2026-05-01 09:00"}, "items[2].ends_at"),
        (NEWS | {"title": 7}, "items[2].title"),
        (NEWS | {"title": ""}, "items[2].title"),
        (NEWS | {"titel": "x"}, "items[2].titel"),
        (NEWS | {"images": [{"path": "a.jpg", "alt": 3}]}, "items[2].images[0].alt"),
        (NEWS | {"timezone": "Mars/Base"}, "items[2].timezone"),
        ({"title": "x"}, "items[2].kind"),
        ("text", "items[2]"),
        (None, "items[2]"),
        ([NEWS], "items[2]"),
    ],
)
def test_a_wrong_item_is_named_by_number_and_field(wrong: object, field: str) -> None:
    """Among many items the first wrong one is named, with the path of its field."""
    assert refused([NEWS, EVENT, wrong]).field == field


def test_one_items_field_needs_no_number() -> None:
    """Where there is one item, its field alone says it."""
    assert refused(NEWS | {"title": ""}).field == "title"


def test_a_wrong_item_is_named_by_its_own_name_too() -> None:
    """Who exported two hundred events looks for the UID, not for a number."""
    assert (
        "7@example"
        in refused(ICS.replace(b"SUMMARY:Fair", b"SUMMARY:${title}"), "placeholder", "a.ics").detail
    )


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "a.json", "empty"),
        (b" \r\n\t", None, "empty"),
        (b"[]", "a.json", "no item"),
        (b'{"items": []}', "a.json", "no item"),
        (b'{"items": {}}', "a.json", "items: a list is needed"),
        (b'{"items": [], "extra": 1}', "a.json", "extra: stands beside items"),
        (b"\xff\xfe{\0}\0", "a.json", "line 1 is not UTF-8"),
        (b'kind = "news"\ntitle = "caf\xe9"', "a.toml", "line 2 is not UTF-8"),
        (b'{"kind": "news",\n"title": }', "a.json", "line 2 is not JSON"),
        (b'{"kind": "news", "title": "x"}\n{"kind"', "a.jsonl", "line 2 is not JSON"),
        (b'{"kind": "news", "title": "x", "title": "y"}', "a.json", "'title' is given twice"),
        (b'{"kind": "news", "title": NaN}', "a.json", "NaN is no JSON"),
        (b'{"version": ' + b"9" * 5_000 + b"}", "a.json", "not JSON: a number has too many digits"),
        (b"version = " + b"9" * 5_000, "a.toml", "endless number"),
        (b"[" * 100_000, "a.json", "nested too deeply"),
        (b"x = " + b"[" * 100_000, "a.toml", "nested too deeply"),
        (b"a." * 500_000, None, "line 1 has no end"),
        (b'title = "x"\nx = {' + b"a." * 500_000, "a.toml", "line 2 has no end"),
        (b"5", "a.json", "an item is a JSON object"),
        (b"hello there", None, "not TOML"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "not UTF-8"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", None, "no event"),
        (b"[" + b"{}," * 5_000 + b"{}]", "a.json", "at most 5000 items"),
        (b" " * (20 * 1024 * 1024) + b"{}", "a.json", "at most 20 MB"),
    ],
)
def test_a_file_that_is_no_file_of_items_is_one_clear_line(data: bytes, name: str | None, said: str) -> None:
    """Empty, huge, wrongly encoded, cut off, contradictory or hostile: one line that says what to do."""
    assert refused(data, said, name).way_out


def test_nothing_is_given_where_one_item_is_wrong() -> None:
    """A file is taken whole or not at all, so that nothing is stored halfway."""
    refused([NEWS, NEWS | {"title": ""}], r"items\[1\]\.title")


@given(
    st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)),
    st.sampled_from([None, "a.json", "a.jsonl", "a.toml", "a.ics"]),
)
def test_any_bytes_are_items_or_an_input_error(data: bytes, name: str | None) -> None:
    """Whatever a file holds, the answer is items or an InputError: never a crash."""
    try:
        assert read(data, name)
    except InputError as error:
        assert str(error)  # noqa: PT017  # both outcomes are right


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*Item.model_fields, "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_json_is_items_or_an_input_error(value: object) -> None:
    """A wrong type in any field is an error that names it: never a crash."""
    try:
        read([{**NEWS, **value} if isinstance(value, dict) else value], "a.json")
    except InputError as error:
        assert error.field.startswith("items[0]") or "no JSON" in str(error)  # noqa: PT017  # both outcomes are right
