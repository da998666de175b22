"""References: letters by which an item is known, in its link and at an officer's desk."""

from __future__ import annotations

import policy_support as support
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher import policy, references
from publisher.policy.detectors import terms as terms_of


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> policy.Gate:
    """The built-in rules."""
    return support.gate(tmp_path_factory.mktemp("council"))


@given(st.text(references.ALPHABET, min_size=references.LENGTH, max_size=references.LENGTH))
@example("bbhwtthd")
def test_no_reference_reads_like_a_word(gate: policy.Gate, reference: str) -> None:
    """Whatever letters an item is given, its link says nothing that a rule could take for words of its author."""
    item = support.news(link=f"{support.LINK}?c={reference}")
    assert support.rules_of(support.check(gate, item, support.post(item, reference=reference))) == []


def test_no_term_can_be_spelt_by_a_reference(gate: policy.Gate) -> None:
    """Every word that is found through any disguise needs a letter that references have not."""
    book = gate.book
    named = [rule.parameters["terms"] for rule in book.rules.values() if rule.detector == "terms"]
    terms = [term for each in named for term in (book.tables[each[6:]] if isinstance(each, str) else each)]
    assert len(terms) > 100
    letters = {term: set(term.removesuffix(terms_of.PLURAL)) - set(" -=") for term in terms}
    assert [term for term in terms if letters[term] <= set(references.ALPHABET)] == []


def test_a_sample_is_like_a_reference_and_goes_by_the_content() -> None:
    """What stands for a reference before there is one is as long, of the same letters, and repeatable."""
    one, other = references.sample({"title": "One"}), references.sample({"title": "Other"})
    assert one == references.sample({"title": "One"}) != other
    drawn = references.free(set().__contains__)
    assert {len(one), len(drawn)} == {references.LENGTH}
    assert set(one + drawn) <= set(references.ALPHABET)


def test_a_reference_in_use_is_not_given_again() -> None:
    """Whatever is drawn that an item has already, another is drawn."""
    drawn: list[str] = []

    def is_taken(reference: str) -> bool:
        drawn.append(reference)
        return len(drawn) < 3

    assert references.free(is_taken) == drawn[2]
    assert len(set(drawn)) == 3
