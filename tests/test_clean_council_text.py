"""What councils really publish passes the gate untouched: every topic of the bench's clean news and diary events."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from bench.council import Council, opened
from bench.texts import CASES
from publisher.model import VerdictOutcome

EVENT_TIME = {"starts_at": "2026-12-12 10:00"}
"""Any moment after the bench's day."""
FILES: dict[str, dict[str, Any]] = {
    "council_news": {"kind": "news"},
    "council_events": {"kind": "event", **EVENT_TIME},
    "council_lines": {"kind": "news", "title": "Notice"},
}
"""The files of clean cases, each with what its cases need to be an item."""
MOST_EXPECTED = 5
"""Cases that may be marked for a second officer: a file of clean texts must not excuse its false alarms."""
FEWEST, FEWEST_TOPICS = 900, 50
"""Fewer would say little of the one in a hundred that may be stopped by mistake."""
Case = dict[str, str]


def cases(name: str) -> list[Case]:
    found: list[Case] = tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))["case"]
    return found


def name_of(case: Case) -> str:
    return case.get("title", case["summary"])


def topics() -> list[tuple[str, str]]:
    return list(dict.fromkeys((name, case["kind"]) for name in FILES for case in cases(name)))


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Council:
    """The made-up council of the bench, on a day with no election near, without the second reader."""
    return opened(tmp_path_factory.mktemp("council"), '[policy]\nreader = "off"')


def verdict_of(council: Council, name: str, case: Case) -> tuple[VerdictOutcome, list[str]]:
    """The outcome, and the rules above advice with the words that they found."""
    texts = {key: case[key] for key in ("title", "summary", "body", "location") if key in case}
    judged = council.judge(FILES[name] | texts)
    return judged.verdict.outcome, judged.rules()


@pytest.mark.parametrize(("name", "topic"), topics())
def test_clean_council_text_passes_untouched(council: Council, name: str, topic: str) -> None:
    """No item of this topic is stopped or handed to anybody, but for the few that say so."""
    chosen = [case for case in cases(name) if case["kind"] == topic and "expect" not in case]
    verdicts = {name_of(case): verdict_of(council, name, case) for case in chosen}
    assert verdicts == {each: (VerdictOutcome.CLEAR, []) for each in verdicts}


@pytest.mark.parametrize("name", FILES)
def test_what_needs_a_second_officer_is_handed_to_one(council: Council, name: str) -> None:
    """A case that expects review gets it: neither a pass nor a refusal."""
    marked = [case for case in cases(name) if "expect" in case]
    outcomes = {name_of(case): verdict_of(council, name, case)[0].value for case in marked}
    assert outcomes == {name_of(case): case["expect"] for case in marked}


def test_the_clean_texts_are_many_and_varied() -> None:
    """The texts cover what councils publish, no text is there twice, and hardly any is excused."""
    everything = [case for name in FILES for case in cases(name)]
    assert len(everything) >= FEWEST
    assert len({name_of(case) for case in everything}) == len(everything)
    assert len({case["kind"] for case in everything}) >= FEWEST_TOPICS
    assert sum("expect" in case for case in everything) <= MOST_EXPECTED
