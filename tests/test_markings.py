"""Markings, handling notes and embargoes stop an item; the same words as ordinary words do not (clause 5d)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import policy_support as support
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_support import check, news

from publisher import policy
from publisher.model import VerdictOutcome
from publisher.policy.detectors.embargo import dates
from publisher.policy.detectors.markings import marking
from publisher.policy.hosts import Council
from publisher.policy.readings import Scan
from publisher.policy.scanner import Scanner
from publisher.policy.subject import Subject, words_of

BLOCK, CLEAR, REVIEW = VerdictOutcome.BLOCK, VerdictOutcome.CLEAR, VerdictOutcome.REVIEW
TIERS = ("SECRET", "TOP SECRET", "RESTRICTED", "CONFIDENTIAL", "OFFICIAL-SENSITIVE", "OFFICIAL - SENSITIVE")
FRAMES = ("{0}\n{1}", "{1}\n{0}", "[{0}] {1}", "({0}) {1}", "*** {0} ***\n{1}", "{0}: {1}", "{0} - {1}", "{1} - {0}",
          "Classification: {0}\n{1}", "{0} // page 1\n{1}")  # fmt: skip
WORDS = "The depot moves to Mill Lane in the spring."


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> policy.Gate:
    return support.gate(tmp_path_factory.mktemp("gate"))


def outcome(gate: policy.Gate, **fields: Any) -> VerdictOutcome:
    return check(gate, news(**fields)).outcome


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("field", ["summary", "body"])
def test_a_marking_blocks_wherever_markings_stand(
    gate: policy.Gate, frame: str, tier: str, field: str
) -> None:
    """A tier in capitals on its own line, in brackets, or set off by a separator blocks."""
    assert outcome(gate, **{field: frame.format(tier, WORDS)}) is BLOCK


@pytest.mark.parametrize("caveat", ["COMMERCIAL", "PERSONAL", "LOCSEN"])
@pytest.mark.parametrize(
    "form", ["OFFICIAL-SENSITIVE-{}", "OFFICIAL-SENSITIVE [{}]", "OFFICIAL SENSITIVE - {}"]
)
def test_handling_caveats_block_within_a_line_too(gate: policy.Gate, caveat: str, form: str) -> None:
    """In capitals, a tier with its caveat is never ordinary words, so it blocks inside a sentence as well."""
    assert outcome(gate, summary=f"The plan is {form.format(caveat)} and shows the depot.") is BLOCK


@pytest.mark.parametrize(
    "words",
    [
        "The official opening is on Monday.", "Restricted parking on match days.", "The secret garden is open.",
        "Our confidential helpline is free.", "Protect our parks.", "Top Secret: a spy trail for children.",
        "TOP SECRET: A SPY TRAIL FOR CHILDREN", "Draft minutes are on our website.", "Some vehicles are exempt.",
        "The meeting may be closed for an item with exempt information under Schedule 12A.", "A secret ballot is held.",
        "Speak to us in confidence.", "The arms embargo has ended.", "Protected trees stay.", "Sensitive restoration of the chapel.",
    ],
)  # fmt: skip
def test_ordinary_words_pass(gate: policy.Gate, words: str) -> None:
    """The words of markings are also words of gardens, trails and helplines."""
    assert outcome(gate, summary=words) is CLEAR


@pytest.mark.parametrize(
    "note",
    [
        "NOT FOR PUBLICATION", "Private and Confidential", "Internal use only", "Do not circulate", "Draft - not for release",
        "Without prejudice", "Legally privileged", "Exempt information under Schedule 12A paragraph 3", "Part 2 report",
        "Commercial in confidence", "Not for onward circulation", "EMBARGOED until 00:01 on Thursday 3 December 2026",
        "Not for release before 9am on 3 December 2026", "Strictly embargoed",
    ],
)  # fmt: skip
def test_a_note_left_at_the_top_blocks(gate: policy.Gate, note: str) -> None:
    """Handling notes and embargoes that were copied in with the text stop it, in any letters."""
    assert outcome(gate, summary=f"{note}\n{WORDS}") is BLOCK
    assert outcome(gate, summary=f"{WORDS} ({note})") is BLOCK


def test_a_marking_in_an_alt_text_or_file_name_blocks(gate: policy.Gate) -> None:
    """A picture of a marked document is marked too."""
    marked = {"path": "a.jpg", "alt": "A page headed OFFICIAL-SENSITIVE with a map"}
    named = {"path": "OFFICIAL-SENSITIVE_plan.jpg", "alt": "A map of the depot"}
    plain = {"path": "official-opening.jpg", "alt": "The mayor at the official opening"}
    assert [outcome(gate, images=[image]) for image in (marked, named, plain)] == [BLOCK, BLOCK, CLEAR]


@pytest.mark.parametrize(
    ("goes", "wanted"),
    [("2026-12-02 09:00", BLOCK), ("2026-12-03 09:00", CLEAR), ("2026-12-04 09:00", CLEAR)],
)
def test_an_embargo_in_words_holds_until_its_day(
    gate: policy.Gate, goes: str, wanted: VerdictOutcome
) -> None:
    """Prose that names an embargo's day blocks what would go before that day, and nothing after it."""
    words = "The results were embargoed until 3 December 2026 by the office."
    assert outcome(gate, summary=words, publish_at=goes) is wanted


def test_the_later_of_plan_and_today_counts(gate: policy.Gate) -> None:
    """An item that goes late is judged by the day on which it goes."""
    item = news(summary="It was kept quiet until 3 December 2026.", publish_at="2026-12-01 09:00")
    late = check(gate, item, today=date(2026, 12, 5))
    early = check(gate, item, today=date(2026, 12, 1))
    assert "marking.embargo-in-words" not in support.rules_of(late)
    assert "marking.embargo-in-words" in support.rules_of(early)


@given(
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%d %B %Y", "%B %d, %Y", "%d/%m/%Y", "%Y-%m-%d", "%dth %b %Y"]),
)
def test_dates_are_read_in_british_and_other_orders(day: date, form: str) -> None:
    """Whatever the order in which a date is written, it is the same day."""
    assert list(dates(f"until {day.strftime(form).lower()} at noon", 2026)) == [day]


def test_a_councils_code_names_block(tmp_path: Path) -> None:
    """A council fills in its own list of names for what is not announced yet."""
    own = support.gate(tmp_path, '[tables]\ncodenames = ["project kingfisher"]\n')
    assert outcome(own, summary="Project Kingfisher starts on Monday.") is BLOCK
    assert outcome(own, summary="A kingfisher nests by the weir.") is CLEAR


@given(st.text(alphabet="SECRET\n []().-:*É\u200b", max_size=60))
def test_any_frame_gets_an_answer(text: str) -> None:
    """No mixture of marks, brackets and letters breaks the search for markings."""
    item = news(summary=f"a {text}".strip())
    subject = Subject(
        item, (), policy.Context({}), Council("Example", ("example.gov.uk",)),
        everything=words_of(item, (), frozenset(), Scan(Scanner([]))), fields=("summary",),
    )  # fmt: skip
    given = {"phrases": ("secret",), "places": ("line", "brackets", "start", "end"), "capitals": "needed"}
    for hit in marking(subject, given):
        assert item.summary[hit.start : hit.end].upper() == "SECRET"
