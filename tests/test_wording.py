"""What is worded like chain mail, bait or junk, by the weights of words (clauses 5a and 5e)."""

from __future__ import annotations

import re
from pathlib import Path

import policy_support as support
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_support import check, news, post, rules_of

from publisher import policy
from publisher.model import Severity, VerdictOutcome
from publisher.policy.detectors import wording
from publisher.policy.readings import Reading
from publisher.policy.rules import BUILT_IN, read

RULES = ("chain-mail.wording", "junk.wording", "one-way.wording")
CHAIN = (
    "My aunt's plumber swears that thieves leave a coin on your car. Please forward it to everybody "
    "before somebody gets hurt!!"
)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> policy.Gate:
    return support.gate(tmp_path_factory.mktemp("gate"))


def test_the_rules_name_the_weights_that_come_with_them() -> None:
    """The policy's version covers the weights: other weights need other rules."""
    digest = wording.digest_of(wording.WEIGHTS.read_bytes())
    rules = read([BUILT_IN]).rules
    assert {rules[each].parameters["weights"] for each in RULES} == {digest}


def test_it_asks_for_a_person_and_never_blocks() -> None:
    """Weights are no proof: what they find a second officer may let go."""
    rules = read([BUILT_IN]).rules
    assert {(rules[each].severity, rules[each].override) for each in RULES} == {(Severity.REVIEW, "approver")}


def test_other_weights_stop_what_is_checked(tmp_path: Path) -> None:
    """With weights that the rules do not know nothing passes unseen."""
    changed = '[[rule]]\nid = "junk.wording"\n[rule.parameters]\nweights = "0123456789abcdef"\n'
    assert check(support.gate(tmp_path, changed), news()).outcome is not VerdictOutcome.CLEAR


def test_a_finding_is_told_once_and_with_words_of_the_text(gate: policy.Gate) -> None:
    """The posts repeat the item: an officer reads one finding, for the whole summary, with the words that weigh most."""
    item = news(summary=CHAIN)
    found = check(gate.only("chain-mail.wording"), item, post(item), post(item, "twitter")).findings
    assert [(each.field, each.start, each.end) for each in found] == [("summary", 0, len(CHAIN))]
    shown = [word for quoted in re.findall('"(.*?)"', found[0].message) for word in quoted.split(" … ")]
    assert shown
    assert all(re.search(rf"\b{word}\b", CHAIN.lower()) for word in shown), found[0].message


def test_a_post_that_says_something_else_is_read(gate: policy.Gate) -> None:
    """What only a post holds is weighed as well."""
    item = news()
    verdict = check(gate.only("chain-mail.wording"), item, post(item, "twitter", text=CHAIN))
    assert "chain-mail.wording" in rules_of(verdict)


@pytest.mark.parametrize("link", ["https://www.example.gov.uk/news", "www.example.nhs.uk"])
def test_a_link_to_a_public_body_says_nothing(link: str) -> None:
    """A council's posts all link to it, and that makes them no more and no less like junk."""
    assert wording.features(Reading(f"The fair opens. {link}")) == wording.features(
        Reading("The fair opens.")
    )


def test_any_other_link_is_seen_and_which_is_not() -> None:
    """Crooks change their addresses daily: weights hold on to none."""
    one, other = (
        wording.features(Reading(f"Pay now: https://{host}/x")) for host in ("a-bank.com", "my-parcel.co.uk")
    )
    assert one == other != wording.features(Reading("Pay now: "))


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_has_features(text: str) -> None:
    """Lone surrogates, marks and letters of any script are read without failing."""
    assert wording.features(Reading(text)) >= {"^", "$"}


@given(st.sampled_from(["send", "share", "a", "<", "7", "!"]), st.integers(1, 20))
def test_what_lies_beyond_a_posts_length_is_not_read(word: str, times: int) -> None:
    """A text of a megabyte costs no more than the longest post."""
    text = "bins " * wording.READ_MAX
    assert wording.features(Reading(text)) == wording.features(Reading(text + f" {word}" * times))
