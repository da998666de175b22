"""Posts for several accounts, items that repeat themselves, and how easily a text is read."""

from __future__ import annotations

import policy_support as support
import pytest
from policy_support import LINK, news, post, rules_of

from publisher.channels import Limits
from publisher.item import Item
from publisher.model import Severity, Verdict, VerdictOutcome
from publisher.policy import Context, Gate

X = Limits(text=100_000, measure="x")
OTHER = Limits(text=100_000)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    """The built-in rules."""
    return support.gate(tmp_path_factory.mktemp("gate"))


def twice(gate: Gate, item: Item, first: str, second: str, limits: Limits = X) -> Verdict:
    """The verdict on the item's posts for two accounts with these texts."""
    posts = [post(item, "parks", text=first), post(item, "town", text=second)]
    return gate.check(item, posts, Context({"parks": limits, "town": limits}))


@pytest.mark.parametrize(
    ("second", "rules", "outcome"),
    [
        (
            f"The library opens at 9am on Monday with tea, cake and music. {LINK}",
            ["format.same-on-x"],
            VerdictOutcome.BLOCK,
        ),
        (
            f"#Tea\n\nTHE LIBRARY opens at 9am on Monday, with tea, cake and music! {LINK}",
            ["format.same-on-x"],
            VerdictOutcome.BLOCK,
        ),
        (
            f"The library opens at 10am this Monday with tea, cake and music. {LINK}",
            ["format.similar-on-x"],
            VerdictOutcome.REVIEW,
        ),
        (f"In the park on Monday: see what the new library looks like. {LINK}", [], VerdictOutcome.CLEAR),
    ],
)
def test_accounts_on_x_do_not_say_the_same(
    gate: Gate, second: str, rules: list[str], outcome: VerdictOutcome
) -> None:
    """The same words are blocked, much the same are for a second officer, others go; links do not count."""
    first = f"The library opens at 9am on Monday with tea, cake and music. {LINK}"
    verdict = twice(gate, news(), first, second)
    assert (rules_of(verdict), verdict.outcome) == (rules, outcome)


def test_other_platforms_may_have_the_same_words(gate: Gate) -> None:
    """The rule is X's own: the same post on Facebook and Instagram is what the council wants."""
    assert rules_of(twice(gate, news(), f"Open. {LINK}", f"Open. {LINK}", OTHER)) == []


def test_a_post_on_x_alone_repeats_nobody(gate: Gate) -> None:
    """One account on X beside one elsewhere is the usual case."""
    item = news()
    posts = [post(item, "parks"), post(item, "town")]
    assert gate.check(item, posts, Context({"parks": X, "town": OTHER})).findings == ()


def test_words_handed_in_before_are_for_a_second_officer(gate: Gate) -> None:
    """A repeated item names the one that it repeats, and an approver may let a reminder go."""
    (finding,) = gate.check(news(), [], Context({}, repeats=("news-7", "news-9"))).findings
    assert (finding.rule, finding.severity) == ("format.repeat", Severity.REVIEW)
    assert "news-7" in finding.message
    assert gate.book.rules["format.repeat"].override == "approver"


@pytest.mark.parametrize(
    ("title", "rules"),
    [
        ("LIBRARY NEWS", ["accessibility.capitals"]), ("ROAD CLOSED: HIGH STREET", ["accessibility.capitals"]), ("NHS and DVLA", []), ("NHS FAQ", []),
        ("Library NEWS", []), ("BINS", []),
    ],
)  # fmt: skip
def test_a_title_in_capitals_is_advised_against(gate: Gate, title: str, rules: list[str]) -> None:
    """Two words or more, none of them in small letters, abbreviations aside."""
    verdict = gate.check(news(title=title), [], Context({}))
    assert (rules_of(verdict), verdict.outcome) == (rules, VerdictOutcome.CLEAR)


@pytest.mark.parametrize(("words", "rules"), [(40, []), (41, ["accessibility.long-sentence"])])
def test_a_very_long_sentence_is_advised_against(gate: Gate, words: int, rules: list[str]) -> None:
    """More than 40 words in one sentence; two sentences of 40 are fine."""
    sentence = " ".join(["word"] * words) + "."
    assert rules_of(gate.check(news(summary=sentence), [], Context({}))) == rules
    assert rules_of(gate.check(news(summary=f"{sentence} {sentence}"), [], Context({}))) == rules * 2
