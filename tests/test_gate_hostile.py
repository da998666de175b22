"""Texts made to hold the gate up or to blind it: it answers, no rule fails, and what is behind them is still found."""

from __future__ import annotations

from dataclasses import replace

import policy_support as support
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.hostile import PIECES
from publisher.channels import Limits
from publisher.item import MAX_BODY, Item
from publisher.model import Verdict, VerdictOutcome
from publisher.policy import Context, Gate
from publisher.policy.expressions import Pattern
from publisher.policy.hosts import Council
from publisher.policy.rules import BUILT_IN, read

GATE = Gate(read([BUILT_IN]), Council("Example", (support.DOMAIN,)))
FLOODS = pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
SWEARING = "\n\nHe is a fucking fool.\n"
HATRED = "\n\nI hate Muslims.\n"


def judged(body: str) -> Verdict:
    """The verdict on a news item of that body, however long, and a post that repeats it."""
    item = Item.model_construct(**dict(support.news()) | {"body": body})
    post = support.post(item, text=f"{item.title}\n\n{body}\n\n{support.LINK}")
    return GATE.check(item, [post], Context({post.channel: Limits(text=len(post.text))}))


def rules(verdict: Verdict) -> set[str]:
    """The rules that found something."""
    return set(support.rules_of(verdict))


@FLOODS
@pytest.mark.long
def test_a_flood_of_anything_is_judged(piece: str) -> None:
    """The longest body of any one piece gets an answer, and no rule fails on it."""
    assert "format.rule-failed" not in rules(judged(piece * (MAX_BODY // len(piece))))


@FLOODS
@pytest.mark.long
def test_a_flood_hides_nothing_behind_it(piece: str) -> None:
    """What is blocked alone is blocked behind a flood too: no text is so long or so odd that it clears what follows."""
    flood = piece * (6_000 // len(piece))
    found = rules(judged(flood + SWEARING + flood + HATRED))
    assert {"abuse.swearing", "discrimination.hatred"} <= found


@pytest.mark.parametrize("piece", ["a.a.a.", "\ud800", "a\u0301", "<b>a</b>"])
@pytest.mark.long
def test_what_no_item_may_bring_in_is_judged(piece: str) -> None:
    """Five times the longest text gets an answer all the same."""
    verdict = judged(piece * (5 * MAX_BODY // len(piece)) + SWEARING)
    assert verdict.outcome is VerdictOutcome.BLOCK
    assert "format.rule-failed" not in rules(verdict)


@pytest.mark.long
def test_ten_thousand_links_are_judged() -> None:
    """Each link is looked at; what is told of them has an end."""
    verdict = judged("".join(f"https://evil{n}.com/a " for n in range(10_000)) + SWEARING)
    assert "abuse.swearing" in rules(verdict)
    assert len(verdict.findings) < 10_000


@given(st.text(alphabet="ab é€\U0001f600\ud800", max_size=30), st.sampled_from(["a", "b", "ab", "é", "€b"]))
def test_places_count_characters(text: str, wanted: str) -> None:
    """A match's place is that of Python's own search, whatever the width of the characters before it."""
    spans = list(Pattern(wanted).spans(text))
    assert [text[start:end] for start, end in spans] == [wanted] * text.count(wanted)
    assert [start for start, _ in spans[:1]] == ([text.index(wanted)] if wanted in text else [])
    assert list(Pattern(wanted).spans(text, 5, 20)) == [
        (start + 5, end + 5) for start, end in Pattern(wanted).spans(text[5:20])
    ]


def test_a_wrong_expression_asks_for_a_person() -> None:
    """A rule whose expressions cannot be read fails on every item: nothing is clear because a rule could not look."""
    book = read([BUILT_IN])
    broken = replace(book.rules["violence.threat"], parameters={"phrases": ("(",)})
    gate = Gate(replace(book, rules={broken.id: broken}), GATE.council)
    verdict = gate.check(support.news(), [], Context({}))
    assert rules(verdict) == {"format.rule-failed"}
    assert verdict.outcome is VerdictOutcome.REVIEW


@pytest.mark.parametrize(
    "sentence",
    [
        "I h<b>a</b>te Muslims.",
        "I h&#97;te Muslims.",
        "I h4te\nMusl1ms.",
        "I  h a t e  Muslims.",
        "I h\u0430te <i>Mus</i>lims.",
    ],
)
def test_hatred_is_seen_through_what_terms_are_seen_through(sentence: str) -> None:
    """Tags, entities, digits, gaps and look-alikes hide what is said of people no better than single words."""
    verdict = judged(sentence)
    assert any(rule.startswith("discrimination.hat") for rule in rules(verdict)), verdict.findings
    quoted = {sentence[f.start : f.end] for f in verdict.findings if f.rule.startswith("discrimination.hat")}
    assert all(quote and quote in sentence for quote in quoted)
