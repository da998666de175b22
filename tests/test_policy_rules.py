"""Rules as data: every example holds, bad files are named, and no slip in a file lets something through."""

from __future__ import annotations

import re
from pathlib import Path

import policy_support as support
import pytest
from policy_support import DOMAIN, check, news, post, rules_of

from publisher.errors import ConfigError
from publisher.model import Severity, VerdictOutcome
from publisher.policy import examples
from publisher.policy.gate import CONSEQUENCES
from publisher.policy.rules import BUILT_IN, CATEGORIES, Rule, read

BOOK = read([BUILT_IN])

RULE = """
[[rule]]
id = "{id}"
title = "A word of ours"
clause = "5a"
severity = "{severity}"
detector = "{detector}"
fields = ["{field}"]
message = "The word {{text}}."
remedy = "Leave it out."
status = "{status}"
{more}
[rule.parameters]
phrases = {phrases}
"""


def own_rule(**changes: str) -> str:
    plain = {"id": "joke.word", "severity": "block", "detector": "phrases", "field": "summary", "status": "active",
             "more": "", "phrases": '["banana"]'}  # fmt: skip
    return RULE.format(**plain | changes)


def test_every_example_does_as_its_rule_says(tmp_path: Path) -> None:
    """What a rule file says must flag does, and what it says must pass does."""
    assert list(examples.failures(support.gate(tmp_path), DOMAIN)) == []


def test_a_wrong_example_is_told(tmp_path: Path) -> None:
    """The check of examples can fail: it names the rule and the example."""
    rules = own_rule() + '[rule.examples]\nflag = ["An apple"]\npass = ["A banana"]\n'
    told = list(examples.failures(support.gate(tmp_path, rules), DOMAIN))
    assert [line.split(":")[0] for line in told] == ["joke.word does not flag", "joke.word does not pass"]


@pytest.mark.parametrize("rule", BOOK.rules.values(), ids=lambda rule: rule.id)
def test_every_rule_is_complete(rule: Rule) -> None:
    """Each rule cites a clause, says what to do, when it is looked at again, and shows both kinds of examples."""
    assert rule.id.partition(".")[0] in CATEGORIES
    assert re.fullmatch(r"\d[a-f]?(, \d[a-f]?)*", rule.clause)
    assert rule.review_date is not None
    assert rule.since
    assert rule.examples["flag"]
    assert rule.examples["pass"]


@pytest.mark.parametrize("rule", BOOK.rules.values(), ids=lambda rule: rule.id)
def test_every_remedys_own_words_pass(tmp_path: Path, rule: Rule) -> None:
    """Advice that the gate itself would stop is no advice."""
    assert examples.judge(support.gate(tmp_path), rule.remedy, DOMAIN).outcome is VerdictOutcome.CLEAR


def test_consequences_are_a_table() -> None:
    """Block outweighs review, review outweighs advice, and advice stops nothing."""
    assert CONSEQUENCES == ((Severity.BLOCK, VerdictOutcome.BLOCK), (Severity.REVIEW, VerdictOutcome.REVIEW))


@pytest.mark.parametrize(
    ("severity", "outcome"),
    [("block", VerdictOutcome.BLOCK), ("review", VerdictOutcome.REVIEW), ("advise", VerdictOutcome.CLEAR)],
)
def test_a_council_adds_a_rule(tmp_path: Path, severity: str, outcome: VerdictOutcome) -> None:
    """A rule in the council's own folder acts like a built-in one, without any code."""
    verdict = check(support.gate(tmp_path, own_rule(severity=severity)), news(summary="A Banana a day."))
    assert (verdict.outcome, rules_of(verdict)) == (outcome, ["joke.word"])
    assert verdict.findings[0].message == "The word Banana."


@pytest.mark.parametrize("status", ["shadow", "retired"])
def test_a_rule_that_does_not_act_says_nothing(tmp_path: Path, status: str) -> None:
    """Shadow rules are tried out and retired ones kept: neither stops anybody."""
    verdict = check(support.gate(tmp_path, own_rule(status=status)), news(summary="A banana a day."))
    assert verdict.findings == ()


def test_a_shadow_rule_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What a rule on trial would have said is on the log, by its name and without the words."""
    with caplog.at_level("INFO", "publisher.policy"):
        check(support.gate(tmp_path, own_rule(status="shadow")), news(summary="A banana a day."))
    assert "joke.word" in caplog.text
    assert "banana" not in caplog.text


def test_a_council_changes_a_built_in_rule(tmp_path: Path) -> None:
    """Only what the council's file says changes: here one rule is put on trial, whole as it was."""
    gate = support.gate(tmp_path, '[[rule]]\nid = "one-way.mention"\nstatus = "shadow"\n')
    assert check(gate, news(summary="Thanks @jo.")).outcome is VerdictOutcome.CLEAR
    assert gate.book.rules["one-way.mention"].title == BOOK.rules["one-way.mention"].title


def test_a_council_changes_a_table(tmp_path: Path) -> None:
    """A table of the same name in the council's folder takes the place of the built-in one."""
    gate = support.gate(tmp_path, '[tables]\nshorteners = ["short.example"]\n')
    found = rules_of(check(gate, news(summary="See (external website) https://bit.ly/a and no more.")))
    assert "third-party.shortener" not in found


@pytest.mark.parametrize(
    "rules",
    [
        own_rule(detector="guess"),
        own_rule(field="soul"),
        own_rule(phrases='"table:nowhere"'),
        own_rule(phrases='["("]'),
        own_rule(phrases="7"),
    ],
    ids=["detector", "field", "table", "expression", "shape"],
)
def test_a_rule_that_cannot_be_applied_asks_for_a_person(tmp_path: Path, rules: str) -> None:
    """Unknown detectors, fields and tables and broken expressions never clear anything: a review names the rule."""
    verdict = check(support.gate(tmp_path, rules), news())
    assert (verdict.outcome, rules_of(verdict)) == (VerdictOutcome.REVIEW, ["format.rule-failed"])
    assert "joke.word" in verdict.findings[0].message


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("[[rule]", "line 1"),
        ("[[rule]]\ntitle = 'a'", "number 1: it has no id"),
        ("[[rule]]\nid = 'joke.word'", "joke.word: title is missing"),
        (own_rule(severity="deadly"), "severity is 'deadly'"),
        (own_rule(status="asleep"), "status is 'asleep'"),
        (own_rule(id="fruit.word"), "CATEGORY.NAME"),
        (own_rule(id="joke"), "CATEGORY.NAME"),
        (own_rule(more="colour = 'red'"), "no 'colour'"),
        (own_rule(more="kinds = ['song']"), "kinds is 'song'"),
        (own_rule(more="channels = 'twitter'"), "channels must be a list of texts"),
        (own_rule(more="review_date = 'soon'"), "review_date must be a date"),
        (own_rule(phrases="2027-01-01"), "parameters.phrases must be"),
        (own_rule() + own_rule(), "joke.word: it is there twice"),
        ("[tables]\nwords = 'one'", "the table words must be a list"),
        ("tables = 3", "must be a list"),
        ("rule = 3", "written as [[rule]]"),
        ("[rules]", "no 'rules'"),
    ],
)
def test_a_bad_rule_file_is_refused_with_its_reason(tmp_path: Path, rules: str, told: str) -> None:
    """The file, the rule or line, and the reason: enough to mend it."""
    with pytest.raises(ConfigError) as refused:
        support.gate(tmp_path, rules)
    assert "own.toml" in str(refused.value)
    assert told in str(refused.value)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """A council that names a folder for its rules and has none must not run without them."""
    support.gate(tmp_path, own_rule())
    (tmp_path / "rules" / "own.toml").unlink()
    (tmp_path / "rules").rmdir()
    from publisher import config, policy

    with pytest.raises(ConfigError, match="there is no folder"):
        policy.load(config.load(tmp_path / "config.toml"))


def test_the_version_follows_the_rules(tmp_path: Path) -> None:
    """Any change that may change a verdict changes the policy's version; the same rules give the same."""
    plain = support.gate(tmp_path).version
    assert re.fullmatch(r"[0-9a-f]{12,}", plain)
    assert support.gate(tmp_path).version == plain
    others = [
        own_rule(),
        own_rule(severity="review"),
        own_rule(phrases='["pear"]'),
        "[tables]\nmore = ['a']\n",
    ]
    versions = {support.gate(tmp_path, rules).version for rules in others}
    assert len(versions | {plain}) == len(others) + 1


def test_a_rule_for_one_channel_looks_at_that_one_only(tmp_path: Path) -> None:
    """`channels` narrows a rule to posts of these channels and to the item itself."""
    rules = own_rule(field="text", more='channels = ["twitter"]')
    item = news(summary="A banana a day.")
    verdict = check(support.gate(tmp_path, rules), item, post(item), post(item, "twitter"))
    assert [finding.channel for finding in verdict.findings] == ["twitter"]


def test_a_rule_for_events_leaves_news_alone(tmp_path: Path) -> None:
    """`kinds` narrows a rule to news or to events."""
    gate = support.gate(tmp_path, own_rule(more='kinds = ["event"]'))
    assert check(gate, news(summary="A banana.")).findings == ()
    event = news(summary="A banana.", kind="event", starts_at="2026-12-01 09:00")
    assert rules_of(check(gate, event)) == ["joke.word"]
