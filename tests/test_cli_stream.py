"""The gate as a stream: whatever a line holds, it gets one answer, and nothing else happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import open_bench
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.app import open_app
from publisher.cli.checking import answer_line
from publisher.item import Item
from publisher.office import Office, here
from publisher.office.operations import Caller

TIMES = st.sampled_from(
    [
        "2099-12-05 10:00",
        "2099-12-05",
        "0001-01-01",
        "9999-12-31T23:59:59-14:00",
        "2099-03-29 01:30",
        "now",
        "",
    ]
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40) | TIMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
IMAGE = st.fixed_dictionaries(
    {"path": st.text(max_size=20)}, optional={"alt": st.text(max_size=30), "people": ANY}
)
LIKELY = {
    "id": st.text(max_size=10), "title": st.text(max_size=80), "summary": st.text(max_size=200), "body": st.text(max_size=80),
    "publish_at": TIMES, "starts_at": TIMES, "ends_at": TIMES, "timezone": st.sampled_from(["Europe/London", "UTC", "../x", "Mars/X"]),
    "images": st.lists(IMAGE, max_size=2), "hashtags": st.lists(st.text(max_size=10), max_size=2),
    "link": st.sampled_from(["https://www.example.gov.uk/x", "https://[", "http://a@b:99999/", "javascript:1", "x"]),
    "channels": st.lists(st.sampled_from(["website", "facebook", "twitter", "nowhere"]), max_size=3), "all_day": st.booleans(),
}  # fmt: skip
KIND = st.sampled_from(["news", "event"])
ITEMS = st.fixed_dictionaries({"kind": KIND}, optional=LIKELY)
ODD = st.fixed_dictionaries(
    {"kind": KIND}, optional=dict.fromkeys(sorted(set(Item.model_fields) - {"kind"}), ANY)
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The gate of a bench, as the command line asks it; no queue is opened."""
    with open_bench(tmp_path_factory.mktemp("bench")) as bench:
        opened = open_app(bench.folder / "config.toml")
        yield here(opened, Caller("", "test"))
        opened.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(value=ITEMS | ODD)
def test_every_object_gets_one_answer(office: Office, value: object) -> None:
    """Any object is judged or refused with its reason: never a crash, never both, and the answer is one JSON line."""
    answer = answer_line(office, json.dumps(value).encode(), None)
    assert ("verdict" in answer) is not ("error" in answer)
    assert b"\n" not in json.dumps(answer).encode()


@settings(max_examples=60)
@given(line=st.binary(max_size=200).filter(lambda line: b"\n" not in line))
def test_any_bytes_get_an_answer(office: Office, line: bytes) -> None:
    """Bytes that are no item are their own line's error."""
    assert answer_line(office, line, None)["error"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(value=ITEMS)
def test_findings_point_into_what_was_given(office: Office, value: dict[str, object]) -> None:
    """Where a finding has a place in one of the item's own texts, the place is inside it."""
    answer = answer_line(office, json.dumps(value).encode(), None)
    for finding in answer.get("findings", ()):
        if (
            finding["start"] is not None
            and finding["channel"] is None
            and finding["field"] in {"title", "summary", "body"}
        ):
            assert 0 <= finding["start"] <= finding["end"] <= len(str(value[finding["field"]]))


def test_a_stream_touches_nothing(office: Office, tmp_path: Path) -> None:
    """A picture's path in a stream is never followed: what comes over a wire must not read this machine's files."""
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"not for them")
    item = {
        "kind": "news",
        "title": "Library",
        "summary": "Late.",
        "images": [{"path": str(secret), "alt": "Readers at a table"}],
    }
    there = answer_line(office, json.dumps(item).encode(), None)
    secret.unlink()
    assert answer_line(office, json.dumps(item).encode(), None) == there
