"""What is said of one person, which rule speaks where two would, and which files of a folder are rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import policy_support as support
import pytest
from policy_support import check, news, post, rules_of

from publisher.model import VerdictOutcome
from publisher.policy import Gate
from publisher.policy.registers import of_tables

INSIDE = date(2027, 4, 1)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    """The built-in rules."""
    return support.gate(tmp_path_factory.mktemp("gate"))


def with_elections(gate: Gate, *titles: str) -> Gate:
    """A gate that knows of elections with these titles, all with one candidate and one period."""
    plain: dict[str, Any] = {
        "notice": date(2027, 3, 24),
        "poll": date(2027, 5, 6),
        "candidates": ["Jane Example"],
    }
    return gate.with_registers(
        of_tables({"election": [{"id": title, "title": title} | plain for title in titles]})
    )


@pytest.mark.parametrize("fact", ["has autism", "was diagnosed with cancer", "owes rent", "is a Muslim"])
@pytest.mark.parametrize(
    ("who", "known"),
    [
        ("Mrs Bloggs", True),
        ("Jo Bloggs, 41,", True),
        ("The resident of flat 4", True),
        ("A neighbour", False),
        ("Somebody in Great Yarmouth", False),
        ("Beth, who lives here,", False),
    ],
)
def test_a_fact_needs_a_person_whom_readers_can_know(gate: Gate, *, who: str, known: bool, fact: str) -> None:
    """Neither a fact of nobody in particular nor a first name is a finding; a person with a fact is for a second officer."""
    verdict = check(gate, news(summary=f"{who} {fact}."))
    assert (verdict.outcome is VerdictOutcome.REVIEW) is known


def test_consent_satisfies_what_is_said_of_a_person(gate: Gate) -> None:
    """Whoever tells their own story may: the consent is evidence, and the finding stays as advice."""
    given = {"personal-data.health": "Signed consent C-2026-17 of 3 November 2026"}
    verdict = check(gate, news(summary="Jo Bloggs has epilepsy.", evidence=given))
    assert rules_of(verdict) == ["personal-data.health"]
    assert verdict.outcome is VerdictOutcome.CLEAR


@pytest.mark.parametrize("text", ["OFFICIAL-SENSITIVE: the depot will move.", "DM us for details."])
def test_a_sure_rule_speaks_alone(gate: Gate, text: str) -> None:
    """Where a rule that blocks finds the words, the one that only suspects them says nothing."""
    assert len(rules_of(check(gate, news(summary=text)))) == 1


def test_a_finding_of_a_period_names_the_election_and_its_last_day(gate: Gate) -> None:
    """One finding, however many elections are on, that says which they are and until when."""
    found = check(
        with_elections(gate, "Borough election", "Mayoral election"),
        news(summary="Jane Example sang."),
        today=INSIDE,
    )
    messages = [each.message for each in found.findings if each.rule == "political.candidate"]
    assert len(messages) == 1
    assert "Borough election, until 6 May 2027; Mayoral election, until 6 May 2027" in messages[0]


def test_a_member_is_found_by_title_and_name(gate: Gate) -> None:
    """The finding shows whom it is about, not the bare title."""
    found = check(
        with_elections(gate, "Borough election"),
        news(summary="The fair was opened by Cllr Jo Sample."),
        today=INSIDE,
    )
    assert "(Cllr Jo Sample)" in next(
        each.message for each in found.findings if each.rule == "political.member-named"
    )


def test_a_name_in_addresses_is_said_once(gate: Gate) -> None:
    """The posts of several channels with one page's address give one finding on the candidate in it."""
    item = news(link=f"{support.LINK}/jane-example")
    posts = [post(item, channel) for channel in ("facebook", "twitter", "instagram")]
    found = rules_of(check(with_elections(gate, "Borough election"), item, *posts, today=INSIDE))
    assert found.count("political.candidate") == 1


def test_a_hidden_file_is_no_rule_file(tmp_path: Path) -> None:
    """What an editor or a file system leaves behind, with a dot before its name, is not read."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "._own.toml").write_bytes(b"\x00\x05\x16\x07")
    before = support.gate(tmp_path).version
    assert support.gate(tmp_path, '[[rule]]\nid = "gossip.rumour"\nstatus = "retired"\n').version != before
