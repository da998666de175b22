"""Chain mail, junk, jokes, bait, commercial and internal matters in words (clauses 5a, 5d, 5e and 6)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import policy_support as support
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_support import check, news, rules_of

from publisher import policy
from publisher.model import Severity, VerdictOutcome
from publisher.policy import patterns

CASES = Path(__file__).parents[1] / "bench" / "cases"
FOUND_AT_LEAST = 0.9
"""Of the cases kept beside the benchmark; the benchmark itself prints the exact share."""


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> policy.Gate:
    return support.gate(tmp_path_factory.mktemp("gate"))


def acting(gate: policy.Gate, text: str) -> list[str]:
    """The rules that stop a summary, for review or altogether."""
    verdict = check(gate, news(summary=text))
    return [finding.rule for finding in verdict.findings if finding.severity is not Severity.ADVISE]


def cases(name: str, *, ordinary: bool) -> list[str]:
    read = tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))["case"]
    return [case["text"] for case in read if (case["kind"] == "ordinary") is ordinary]


@pytest.mark.parametrize(
    ("name", "category"), [("chain_mail", "chain-mail."), ("bait", "one-way."), ("premium_spam", "junk.")]
)
def test_the_kept_cases_are_found(gate: policy.Gate, name: str, category: str) -> None:
    """Most cases that no rule file shows as its example are stopped, under the category that they belong to."""
    texts = cases(name, ordinary=False)
    found = [text for text in texts if any(rule.startswith(category) for rule in acting(gate, text))]
    assert len(found) >= FOUND_AT_LEAST * len(texts)


@pytest.mark.parametrize("name", ["chain_mail", "bait", "premium_spam"])
def test_what_looks_like_the_cases_and_is_ordinary_passes(gate: policy.Gate, name: str) -> None:
    """Lotteries at fairs, text alerts, surveys, letters and forms are a council's daily news."""
    assert [(text, acting(gate, text)) for text in cases(name, ordinary=True) if acting(gate, text)] == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("The rates agreed with our supplier are low.", "commercial.sensitive"),
        ("We have agreed with other suppliers to charge the same.", "commercial.anti-competitive"),
        ("Use the code SAVE10 for 10% off.", "commercial.promotion"),
        ("We are in talks with a developer about the depot.", "internal-workings.agreement"),
        ("It has not been announced yet.", "internal-workings.not-announced"),
        ("An internal memo says the depot will close.", "internal-workings.staff-and-papers"),
        ("Photo: Google", "third-party.found-online"),
        ("Knock, knock. Who's there? Your bin.", "joke.joke"),
        ("Call 09050 000 555 for the result.", "junk.premium-rate"),
    ],
)
def test_a_person_is_asked(gate: policy.Gate, text: str, rule: str) -> None:
    """What only a person can judge goes to a second officer and is not refused by the machine."""
    verdict = check(gate, news(summary=text))
    assert (verdict.outcome, rule in rules_of(verdict)) == (VerdictOutcome.REVIEW, True)


def test_evidence_of_publication_settles_internal_workings(gate: policy.Gate) -> None:
    """Where it was made public, and when, turns the finding to advice, kept for the record."""
    text, rule = "We are in talks with a developer about the depot.", "internal-workings.agreement"
    told = news(summary=text, evidence={rule: "Cabinet minutes of 3 November, item 7"})
    assert check(gate, told).outcome is VerdictOutcome.CLEAR
    assert rule in rules_of(check(gate, told))


@pytest.mark.parametrize(
    "number", ["0300 123 1234", "0800 123 1234", "020 7946 0000", "101", "111", "999", "116 123"]
)
def test_a_councils_and_emergency_numbers_are_no_junk(gate: policy.Gate, number: str) -> None:
    """Numbers that cost a local call or nothing pass."""
    assert not [rule for rule in acting(gate, f"Ring {number} for help.") if rule.startswith("junk.")]


@pytest.mark.parametrize("end", ["", " 🎄", " #OurTown", " 👇 #OurTown"])
def test_a_question_to_readers_may_not_be_the_last_word(gate: policy.Gate, end: str) -> None:
    """Emoji and hashtags after a closing question do not hide it; an answer after it makes it a heading."""
    question = "Which stall do you like best?"
    assert acting(gate, f"The market is back. {question}{end}")
    assert not acting(gate, "Which bin do you put glass in? The blue one.")


def test_an_account_named_on_the_page_is_advice(gate: policy.Gate) -> None:
    """The page is the council's own, where an @name links to nobody; in a post it blocks."""
    assert check(gate, news(body="Thanks to @ExampleCharity.")).outcome is VerdictOutcome.CLEAR
    assert check(gate, news(summary="Thanks to @ExampleCharity.")).outcome is VerdictOutcome.BLOCK


def test_a_gap_stays_within_its_sentence() -> None:
    """A phrase with a gap takes other words of the same sentence, and a wide gap those of the same paragraph."""
    narrow, wide = patterns.words(("sent … away",)), patterns.words(("sent …… away",))
    assert narrow.search("it was sent far away") == (7, 20)
    assert narrow.search("it was sent. go away") is None
    assert wide.search("it was sent. go away") == (7, 20)
    assert wide.search("it was sent\ngo away") is None
    assert narrow.search("it was resent far away") is None
    assert narrow.search("sent " + "x" * patterns.REACH + " away") is None


@given(st.text(alphabet="ab …é\n.", max_size=40))
def test_a_gap_finds_what_an_expression_would(text: str) -> None:
    """Looking for the two parts one after the other finds a phrase exactly where both stand in one sentence."""
    found = list(patterns.words(("aa … bb",)).spans(text))
    assert all(text[start:end].startswith("aa") and text[start:end].endswith("bb") for start, end in found)
    assert all("\n" not in text[start:end] for start, end in found)


@pytest.mark.parametrize(
    "text", ["copy ", "a.", "win now! ", '"', "forward this to ", "OFFICIAL ", "é\u0301"]
)
def test_a_flood_of_cues_gets_an_answer(gate: policy.Gate, text: str) -> None:
    """A body of nothing but cues, as long as a body may be, is judged like any other."""
    verdict = check(gate, news(body=(text * 60_000)[:60_000]))
    assert "format.rule-failed" not in rules_of(verdict)
