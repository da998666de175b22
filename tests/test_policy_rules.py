"""Rules as data: every example holds, bad files are named, and no slip in a file lets something through."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import policy_support as support
import pytest
from policy_support import DOMAIN, check, news, post, rules_of

from publisher import config, policy
from publisher.errors import ConfigError
from publisher.model import Severity, VerdictOutcome
from publisher.policy import examples, slips, watching
from publisher.policy.gate import CONSEQUENCES, Gate
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
examples = {examples}
[rule.parameters]
phrases = {phrases}
"""

SITE = """
[[site]]
host = "tickets.example"
terms = "https://tickets.example/terms"
checked_by = "A. Name"
checked_on = 2026-11-01
review_date = 2027-11-01
"""
ELECTION = """
[[election]]
id = "2027"
title = "Borough elections"
kind = "local"
notice = 2027-03-24
poll = 2027-05-06
"""


def own_rule(**changes: str) -> str:
    plain = {"id": "joke.word", "severity": "block", "detector": "phrases", "field": "summary", "status": "active",
             "more": "", "phrases": '["banana"]', "examples": '{ flag = ["A banana"], pass = ["An apple"] }'}  # fmt: skip
    return RULE.format(**plain | changes)


def changed(parameter: str, rule: str = "accessibility.emoji") -> str:
    """A file that changes one parameter of a built-in rule."""
    return f"[[rule]]\nid = '{rule}'\n[rule.parameters]\n{parameter}\n"


def put(file: Path, rules: str = "") -> None:
    """A file of this content, a rule where nothing is said; its folders are made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(rules or own_rule(), encoding="utf-8")


def test_every_example_does_as_its_rule_says(tmp_path: Path) -> None:
    """What a rule file says must flag does, and what it says must pass does."""
    assert list(examples.failures(support.gate(tmp_path), DOMAIN)) == []


def test_a_wrong_example_is_told(tmp_path: Path) -> None:
    """The check of examples can fail: it names the rule and the example."""
    rules = own_rule(examples='{ flag = ["An apple"], pass = ["A banana"] }')
    told = list(examples.failures(support.gate(tmp_path, rules), DOMAIN))
    assert [line.split(":")[0] for line in told] == ["joke.word does not flag", "joke.word does not pass"]


@pytest.mark.parametrize(
    "example", ['{ soul = "a" }', "{ registers = { site = [{ host = 3 }] } }", "{ limits = { weight = 3 } }"]
)
@pytest.mark.long
def test_an_example_that_cannot_be_tried_is_told(tmp_path: Path, example: str) -> None:
    """A slip in an example is told by rule and reason; the others are tried all the same."""
    rules = own_rule(examples=f'{{ flag = [{example}, "An apple"], pass = ["An apple"] }}')
    told = list(examples.failures(support.gate(tmp_path, rules), DOMAIN))
    assert [line.split(":")[0] for line in told] == [
        "joke.word has an example that cannot be tried",
        "joke.word does not flag",
    ]


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
    assert "joke.word is on trial; it would have spoken of: summary" in caplog.text
    assert "banana" not in caplog.text


@pytest.mark.parametrize(
    "other",
    [
        {"severity": "review"},
        {"id": "gossip.word"},
        {"clause": "5b"},
        {"remedy": "Say apple."},
        {"override": "director"},
        {"evidence": "who grew it"},
        {"told_once": False},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_means_something_else_is_told_beside_it(tmp_path: Path, other: dict[str, Any]) -> None:
    """Only findings that mean the same and are settled alike stand for each other: one that is let go must not hide another."""
    the_gate = support.gate(tmp_path, own_rule(phrases='["banana", "fig"]', more="told_once = true"))
    one = the_gate.book.rules["joke.word"]
    two = replace(one, **{"id": "joke.other", "parameters": {"phrases": ["plum"]}} | other)
    the_gate = Gate(replace(the_gate.book, rules={each.id: each for each in (one, two)}), the_gate.council)
    found = check(the_gate, news(summary="A banana, a fig and a plum.")).findings
    assert {finding.message for finding in found} == {
        "The word banana. 1 more finding says the same.",
        "The word plum.",
    }


def test_rules_that_mean_the_same_of_a_text_are_told_once(tmp_path: Path) -> None:
    """The first finding stands for those of all such rules; without the key each is told."""
    once, each = (
        own_rule(phrases='["banana", "fig"]', more=more)
        + own_rule(id="joke.other", phrases='["plum"]', more=more)
        for more in ("told_once = true", "")
    )
    item = news(summary="A banana, a fig and a plum.")
    (finding,) = check(support.gate(tmp_path, once), item).findings
    told = check(support.gate(tmp_path, each), item).findings
    assert finding.message == "The word plum. 2 more findings say the same."
    assert len(told) == len(["banana", "fig", "plum"])
    assert finding.id == told[0].id


def test_a_rule_is_quiet_only_beside_one_as_grave(tmp_path: Path) -> None:
    """What blocks is told beside what only advises on the same words: else the milder rule would let it go."""
    beside = own_rule(id="joke.other", severity="block") + "quiet_beside = ['joke.word']\n"
    told = {
        severity: [
            finding.rule
            for finding in check(
                support.gate(tmp_path, own_rule(severity=severity) + beside), news(summary="A banana.")
            ).findings
        ]
        for severity in ("block", "advise")
    }
    assert told == {"block": ["joke.word"], "advise": ["joke.other", "joke.word"]}


def test_only_words_of_the_text_are_words_that_a_post_repeats(tmp_path: Path) -> None:
    """What a rule says instead of the words, such as a number, may stand in the item by chance: the post is told as well."""
    rules = own_rule(detector="quotation_over", field='summary", "text', more="told_once = true",
                     examples="""{ flag = ['It is "open at nine".'], pass = ["Open"] }""")  # fmt: skip
    item = news(summary='Room 11 is "the old town hall\'s".')
    verdict = check(
        support.gate(tmp_path, rules.replace('phrases = ["banana"]', "characters = 8")),
        item,
        post(item, text='"Room to let"'),
    )
    assert [finding.field for finding in verdict.findings if finding.rule == "joke.word"] == [
        "summary",
        "text",
    ]


def test_what_is_private_stands_in_no_other_rules_message(tmp_path: Path) -> None:
    """A rule that quotes more than a private detail leaves out what another rule found to be private in it."""
    said = "the banana of sam@example.com was found"
    verdict = check(
        support.gate(tmp_path, own_rule(phrases='["the banana of .* was found"]')), news(summary=said)
    )
    assert set(rules_of(verdict)) >= {"joke.word", "personal-data.mailbox"}
    assert [finding.message for finding in verdict.findings if "sam@" in finding.message] == []


def test_a_mark_before_the_first_line_is_left_out(tmp_path: Path) -> None:
    """Some editors begin a file with a byte-order mark: it is no mistake of whoever writes the rules."""
    assert "joke.word" in support.gate(tmp_path, "\ufeff" + own_rule()).book.rules


def test_every_list_of_ours_is_looked_at_by_a_rule() -> None:
    """A list that no rule names would look as if it did something."""
    named = {name for rule in BOOK.rules.values() for _, name in slips.tables_of(rule)}
    assert set(BOOK.tables) == named


def test_a_long_quote_ends_with_a_word(tmp_path: Path) -> None:
    """What a message quotes is cut between words, so that nobody takes a piece for another word."""
    words = "banana bread with walnuts, honey and a generous spoonful of cinnamon for breakfast"
    verdict = check(support.gate(tmp_path, own_rule(phrases='["banana .* breakfast"]')), news(summary=words))
    quoted = verdict.findings[0].message.partition("…")[0].partition("banana")
    assert f"{''.join(quoted[1:])} " in words
    assert len(quoted[2]) > 40


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


@pytest.mark.long
@pytest.mark.parametrize(
    "rules",
    [own_rule(field="soul"), own_rule(phrases='"table:nowhere"')],
    ids=["field", "table"],
)
def test_a_rule_that_lacks_something_asks_for_a_person(tmp_path: Path, rules: str) -> None:
    """Unknown fields and tables never clear anything: a review names the rule, and so does the check of its examples."""
    the_gate = support.gate(tmp_path, rules)
    verdict = check(the_gate, news())
    assert (verdict.outcome, rules_of(verdict)) == (VerdictOutcome.REVIEW, ["format.rule-failed"])
    assert "joke.word" in verdict.findings[0].message
    (told,) = examples.failures(the_gate, DOMAIN)
    assert re.fullmatch(r"joke\.word cannot be applied: there is no (field 'soul'|table 'nowhere')", told)


@pytest.mark.parametrize(
    "changes",
    [{"detector": "guess"}, {"fields": ("soul",)}, {"parameters": {"phrases": "table:nowhere"}}, {"parameters": {"phrases": 7}}, {"parameters": {}}],
    ids=["detector", "field", "table", "shape", "nothing"],
)  # fmt: skip
def test_a_stored_rule_that_cannot_be_applied_asks_for_a_person(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    """Rules that came by no file, such as those of a stored verdict, never clear anything by failing."""
    whole = support.gate(tmp_path, own_rule())
    broken = replace(whole.book.rules["joke.word"], **changes)
    the_gate = Gate(replace(whole.book, rules={**whole.book.rules, broken.id: broken}), whole.council)
    verdict = check(the_gate, news())
    assert (verdict.outcome, rules_of(verdict)) == (VerdictOutcome.REVIEW, ["format.rule-failed"])
    assert "joke.word" in verdict.findings[0].message


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("[[rule]", "own.toml, line 1: it is no TOML: Expected"),
        ("[tables]\nwords = [\n  'a'\n\n", "own.toml, line 3: it is no TOML: Unclosed array"),
        ("[tables]\na = []\na = []", "own.toml, line 3: it is no TOML: Cannot overwrite a value"),
        ("a = " + "[" * 5_000, "own.toml: it is no rule file: lists stand in lists without end"),
        ("\n[[rule]]\ntitle = 'a'", "line 2, rule number 1: it has no id"),
        ("[[rule]]\nid = 'joke.word'", "line 2, rule joke.word: there is no rule of that name to change"),
        ("[[rule]]\nid = 'accessibility.emojis'", "did you mean 'accessibility.emoji'?"),
        (
            "[[rule]]\nid = 'accessibility.emoji'\nparameters = { must = 1 }",
            "rule accessibility.emoji: the detector emoji has no parameter 'must' (did you mean 'most'?)",
        ),
        (own_rule(phrases='["Banana"]'), "line 15, rule joke.word: 'Banana' has a capital letter"),
        (
            "[tables]\ncouncil_phone = ['01632 960100']",
            "line 2, table tables: no rule uses a table 'council_phone'",
        ),
        ("[[rule]]\nid = 'joke.word'\ndetector = 'phrases'", "line 1, rule joke.word: title is missing"),
        (
            own_rule(severity="deadly"),
            "line 6, rule joke.word: severity is 'deadly', but must be one of block",
        ),
        (own_rule(status="asleep"), "line 11, rule joke.word: status is 'asleep'"),
        (own_rule(id="fruit.word"), "line 3, rule fruit.word: an id is CATEGORY.NAME"),
        (own_rule(id="joke"), "CATEGORY.NAME"),
        (own_rule(id="joke."), "CATEGORY.NAME"),
        (
            own_rule(more="colour = 'red'"),
            "line 12, rule joke.word: there is no 'colour' in it; it has channels, clause",
        ),
        (
            own_rule(more="severty = 'block'"),
            "line 12, rule joke.word: there is no 'severty' in it (did you mean 'severity'?)",
        ),
        (
            own_rule(phrases='["draw \\d"]'),
            "line 15: it is no TOML: Unescaped '\\' in a string: write the backslash twice, or put the text in single",
        ),
        (
            own_rule(phrases='["\\bdraw"]'),
            "line 15, rule joke.word: '\\x08draw' holds a backspace, which no text has: write the backslash twice, or",
        ),
        (own_rule(more="kinds = ['song']"), "kinds is \"['song']\", but must be a list of news, event"),
        (own_rule(more="channels = 'twitter'"), "channels is 'twitter', but must be a list of texts"),
        (
            own_rule(more='channels = ["web-site"]'),
            "there is no channel 'web-site' (did you mean 'website'?)",
        ),
        (own_rule(more="review_date = 'soon'"), "review_date is 'soon', but must be a date"),
        (own_rule(more="private = 1"), "private is '1', but must be true or false"),
        (
            own_rule(more="told_once = 'yes'"),
            "line 12, rule joke.word: told_once is 'yes', but must be true or",
        ),
        (
            own_rule(more="told_once = true") + "quiet_beside = ['joke.joke']",
            "line 12, rule joke.word: told_once and quiet_beside do not go together",
        ),
        (own_rule(more="override = 'anybody'"), "line 12, rule joke.word: override is 'anybody'"),
        (own_rule(more="override = 'officer'"), "must be one of approver, director, monitoring officer"),
        (own_rule().replace("{text}", "{word}"), "line 9, rule joke.word: the message has {word}"),
        (
            own_rule(phrases="2027-01-01"),
            "line 15, rule joke.word: parameters.phrases is '2027-01-01', but must be",
        ),
        (own_rule(phrases='["("]'), "line 15, rule joke.word: '(' is no expression: missing )"),
        (own_rule(phrases='["a", "b(?=c)"]'), "'b(?=c)' is no expression"),
        (own_rule(phrases='["(a"]'), "'(a' is no expression: missing ): (a"),
        (own_rule() + "unless = ['[']\n", "line 16, rule joke.word: '[' is no expression"),
        (
            own_rule(phrases='"table:fruit"') + "[tables]\n# of ours\nfruit = ['*']",
            "line 18, table tables: '*' is no",
        ),
        (
            own_rule(phrases='"table:fruit"') + "[tables]\nfruit = ['a']\n[more]\nfruit = ['a)']",
            "line 19, table more: 'a)'",
        ),
        (own_rule() + own_rule(), "line 18, rule joke.word: it is there twice"),
        ("[tables]\nwords = 'one'", "line 2, table tables: the table words must be a list"),
        ("[more]\nshortener = ['a.example']", "to add to (did you mean 'shorteners'?)"),
        ("tables = 3", "line 1: [tables] must be a table whose values are lists"),
        ("rule = 3", "line 1: rules are written as [[rule]]"),
        ("\n[rules]", "line 2: there is no 'rules'"),
        ("[more]\nwords = ['a']", "line 2, table more: there is no table 'words' to add to"),
        ('note = """\n[[rule]]\n"""', "line 1: there is no 'note'"),
        # detectors and their parameters
        (
            own_rule(detector="phrase"),
            "line 7, rule joke.word: there is no detector 'phrase' (did you mean 'phrases'?)",
        ),
        (
            "[[rule]]\nid = 'accessibility.emoji'\ndetector = 'emojis'",
            "line 3, rule accessibility.emoji: there is no",
        ),
        (
            own_rule(detector="mention"),
            "line 15, rule joke.word: the detector mention has no parameter 'phrases'",
        ),
        (
            own_rule() + "unles = ['a']",
            "line 16, rule joke.word: the detector phrases has no parameter 'unles' (did you",
        ),
        (
            changed('most = "two"'),
            "line 4, rule accessibility.emoji: parameters.most is 'two', but must be a whole",
        ),
        (changed("most = 2.5"), "parameters.most is '2.5', but must be a whole number from 0 to"),
        (changed("most = -1"), "parameters.most is '-1', but must be a whole number"),
        (changed("most = true"), "parameters.most is 'True', but must be a whole number"),
        (changed("most = [2]"), "parameters.most is '[2]', but must be a whole number"),
        (
            "[[rule]]\nid = 'accessibility.emoji'\n\nparameters = { most = -1 }",
            "line 4, rule accessibility.emoji",
        ),
        ("[[rule]]\nid = 'accessibility.emoji'\n\nparameters.most = -1", "line 4, rule accessibility.emoji"),
        (
            changed("only_groups = 1", "discrimination.second-reader"),
            "only_groups is '1', but must be true or false",
        ),
        (
            changed("threshold = 1001", "discrimination.second-reader"),
            "must be a whole number from 0 to 1000",
        ),
        (changed("needs = 'referense'", "consent.reference-missing"), "must be one of reference, credit"),
        (
            changed("weights = ''", "junk.wording"),
            "line 4, rule junk.wording: parameters.weights is '', but must be",
        ),
        (own_rule(phrases='"banana"'), "phrases is 'banana', but must be a list of texts, or \"table:NAME\""),
        (own_rule(phrases="7"), "line 15, rule joke.word: parameters.phrases is '7', but must be a list"),
        (own_rule(phrases='["banana", 3]'), "line 15, rule joke.word: parameters.phrases is"),
        (own_rule(phrases="[]"), "line 15, rule joke.word: parameters.phrases is '[]', but must be"),
        (own_rule(phrases="[['banana']]"), "line 15, rule joke.word: parameters.phrases is"),
        (own_rule() + "only_with = []", "line 16, rule joke.word: parameters.only_with is '[]', but must be"),
        (
            own_rule().replace("phrases = [", "unless = ["),
            "line 14, rule joke.word: parameters.phrases is missing",
        ),
        (
            own_rule(detector="together") + "reach = 9\nat_least = 1",
            "parameters.sign_* is missing; the detector together",
        ),
        (
            own_rule(detector="identity_number") + "check = 'iban'\ncues = ['iban']",
            "parameters.before is missing",
        ),
        # what stands in a list
        (own_rule(phrases='["table:fruit"]'), "line 15, rule joke.word: 'table:fruit' stands in a list"),
        (own_rule(phrases='["", "banana"]'), "line 15, rule joke.word: '' fits where nothing is"),
        (own_rule(phrases='["x*", "banana"]'), "line 15, rule joke.word: 'x*' fits where nothing is"),
        (own_rule(phrases='["[A-Z]{2}"]'), "line 15, rule joke.word: '[A-Z]{2}' has a capital letter"),
        (own_rule() + "unless = ['no … more']", "line 16, rule joke.word: 'no … more' has a gap (…)"),
        ("[more]\nshorteners = ['Bit.ly']", "line 2, table more: 'Bit.ly' has a capital letter"),
        (
            "[more]\nshorteners = ['a.example', '.']",
            "line 2, table more: '.' has neither a letter nor a digit",
        ),
        ("[tables]\ncouncil_phones = ['']", "line 2, table tables: '' has no digit"),
        (changed("places = ['side']", "marking.tier"), "'side' is none of line, brackets, start, end"),
        (changed("ranges = ['zz']", "accessibility.styled-letters"), "'zz' is no range such as"),
        (
            own_rule() + "quiet_beside = ['joke.jok']",
            "line 16, rule joke.word: there is no rule 'joke.jok' (did you mean",
        ),
        (
            own_rule() + "quiet_beside = ['joke.word']",
            "line 16, rule joke.word: the rule 'joke.word' may be silent itself: a rule is quiet beside one that",
        ),
        (
            own_rule() + "quiet_beside = 'joke.joke'",
            "quiet_beside is 'joke.joke', but must be a list of rules",
        ),
        (
            changed("targetz = ['a']", "abuse.bullying"),
            "line 4, rule abuse.bullying: no form asks for a parameter 'targetz' (did",
        ),
        (
            changed("forms = ['TARGET {verb}']", "abuse.bullying"),
            "line 4, rule abuse.bullying: 'TARGET {verb}' asks for a",
        ),
        (
            "[more]\nbullying_forms = ['TARGET {verb}']",
            "line 2, table more: 'TARGET {verb}' asks for a parameter 'verb'",
        ),
        # clauses and examples
        (
            own_rule().replace('"5a"', '"5z"'),
            "line 5, rule joke.word: the policy has no clause '5z'; it has 1, 2, 3, 4, 5, 5a",
        ),
        (own_rule().replace('"5a"', '"5a 6"'), "line 5, rule joke.word: the policy has no clause '5a 6'"),
        (own_rule().replace('"5a"', '"5a, "'), "line 5, rule joke.word: the policy has no clause ''"),
        ("[[rule]]\nid = 'joke.joke'\nclause = '9'", "line 3, rule joke.joke: the policy has no clause '9'"),
        (
            "[tables]\nclauses = ['9']",
            "line 2, table tables: the table clauses is our policy's; [more] adds to it",
        ),
        (
            "[tables]\naccepting_evidence = []",
            "line 2, table tables: the table accepting_evidence is made from",
        ),
        (own_rule(examples="{}"), "line 13, rule joke.word: it has no example that must flag"),
        (
            own_rule(examples="{ flag = ['A banana'] }"),
            "line 13, rule joke.word: it has no example that must pass",
        ),
        (
            own_rule(examples="{ flag = ['A banana'], pass = [] }"),
            "line 13, rule joke.word: it has no example that must",
        ),
        (own_rule().replace("examples", "kinds"), "line 13, rule joke.word: kinds is"),
        (own_rule().replace("examples", "# "), "line 2, rule joke.word: it has no example that must flag"),
        (own_rule(examples="{ flag = 'A banana', pass = ['b'] }"), "line 13, rule joke.word: examples is"),
        (own_rule(examples="{ flags = ['A banana'], pass = ['b'] }"), "but must be flag and pass alone"),
        (
            "[[rule]]\nid = 'joke.joke'\n[rule.examples]\nflag = ['a']",
            "line 3, rule joke.joke: it has no example that must pass",
        ),
    ],
)
def test_a_bad_rule_file_is_refused_with_its_reason(tmp_path: Path, rules: str, told: str) -> None:
    """The file with its folder, the line, the rule and the reason: enough to mend it."""
    with pytest.raises(ConfigError) as refused:
        support.gate(tmp_path, rules)
    assert str(tmp_path / "rules" / "own.toml") in str(refused.value)
    assert told in str(refused.value)


def test_a_file_that_is_not_in_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    """An editor that saves otherwise leaves one letter that is none: the line says which."""
    (tmp_path / "own.toml").write_bytes("[tables]\n# bad\nwords = ['café']".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"own\.toml, line 3: it is not in UTF-8"):
        read([BUILT_IN, tmp_path])


def test_a_rule_may_be_due_for_review(tmp_path: Path) -> None:
    """A date that has passed is told by `policy list`; the rule acts until somebody decides otherwise."""
    rules = own_rule(more="review_date = 2020-01-31")
    assert rules_of(check(support.gate(tmp_path, rules), news(summary="A banana."))) == ["joke.word"]


def test_a_council_adds_clauses(tmp_path: Path) -> None:
    """A policy with more clauses than ours has its own below [more]; they are no list that a detector looks at."""
    rules = own_rule().replace('"5a"', '"5a, Protocol 3"') + '[more]\nclauses = ["Protocol 3"]\n'
    book = support.gate(tmp_path, rules).book
    assert book.rules["joke.word"].clause == "5a, Protocol 3"
    assert book.tables == BOOK.tables


def test_classes_of_expressions_have_capitals(tmp_path: Path) -> None:
    """What is written with a capital and stands for no letter is no slip."""
    rules = own_rule(phrases=r"""['banana\B?', '\W{9}', '\p{So}', '\x{1F34C} \pL', '(?P<a>fig)']""")
    assert rules_of(check(support.gate(tmp_path, rules), news(summary="A banana!"))) == ["joke.word"]


def test_a_line_is_counted_past_texts_of_several_lines(tmp_path: Path) -> None:
    """What looks like a rule inside a long text is none, and does not move the lines that are told."""
    first = own_rule(id="joke.first", more="evidence = '''\n[[rule]]\nid = \"joke.no\"\n'''")
    with pytest.raises(ConfigError, match=r"line 24, rule joke\.word: severity"):
        support.gate(tmp_path, first + own_rule(severity="deadly"))


def test_the_file_that_is_wrong_is_named(tmp_path: Path) -> None:
    """Where the files of two folders speak of one rule, the fault is told of the one that has it."""
    put(tmp_path / "one" / "own.toml")
    put(tmp_path / "other" / "later.toml", '[[rule]]\nid = "joke.word"\nstatus = "?"\n')
    with pytest.raises(ConfigError, match=r"later\.toml, line 3, rule joke\.word: status"):
        read([BUILT_IN, tmp_path / "one", tmp_path / "other"])


@pytest.mark.parametrize("key", ["phrases", "unless", "only_with", "not_after", "not_before"])
def test_every_list_of_expressions_is_read_when_the_rules_are(tmp_path: Path, key: str) -> None:
    """A slip in any list of expressions is told at once, and not when the first item comes."""
    rules = own_rule() if key == "phrases" else own_rule() + f"{key} = ['ok', '(']\n"
    with pytest.raises(ConfigError, match="is no expression"):
        support.gate(tmp_path, rules.replace('["banana"]', '["("]') if key == "phrases" else rules)


def test_a_council_adds_words_without_copying_a_list(tmp_path: Path) -> None:
    """`[more]` adds to a table, built-in or its own, and leaves what was there."""
    gate = support.gate(tmp_path, '[more]\nshorteners = ["short.example", "bit.ly"]\n')
    table = gate.book.tables["shorteners"]
    assert table == (*BOOK.tables["shorteners"], "short.example")
    summary = "See (external website) https://bit.ly/a or (external website) https://short.example/a now."
    found = [
        finding
        for finding in check(gate, news(summary=summary)).findings
        if finding.rule == "third-party.shortener"
    ]
    assert len(found) == len(["bit.ly", "short.example"])


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ('[tables]\ncodenames = ["High Street"]\n', "line 2, table tables: the table codenames is in a.toml"),
        (own_rule(), "line 3, rule joke.word: the rule joke.word is in a.toml"),
        ("[[rule]]\nid = 'gossip.rumour'\nstatus = 'shadow'\n", "the rule gossip.rumour is in a.toml"),
    ],
)
def test_two_files_cannot_say_something_of_one_name(tmp_path: Path, rules: str, told: str) -> None:
    """A list or a rule that stands in two files of a folder is refused, with both: one would silently undo the other."""
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(rules, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"b\.toml, .*{re.escape(told)}"):
        read([BUILT_IN, tmp_path])


STRAY = {
    "own.TOML": "Call it own.toml; or own.TOML.bak",
    "own.tml": "Call it own.toml",
    "own.toml.txt": "Call it own.toml",
    "own.toml.off": "Call it own.toml; or own.toml.off.bak",
    "more/own.toml": "Move it up out of more",
    "more/inside/own.Tml": "Move it up out of more/inside",
}


@pytest.mark.parametrize(("name", "way_out"), STRAY.items())
def test_a_file_that_is_meant_as_rules_and_not_read_is_refused(
    tmp_path: Path, name: str, way_out: str
) -> None:
    """A council must not believe that its rules act while nobody reads them: the file is named with its folder, and what to do."""
    put(tmp_path / name)
    with pytest.raises(ConfigError, match=f"{re.escape(str(tmp_path / name))}: .*read") as refused:
        read([BUILT_IN, tmp_path])
    assert way_out in refused.value.way_out


@pytest.mark.parametrize(
    "name",
    [
        "README.md", "own-toml.txt", ".own.toml", ".git/own.toml", "own.toml~", "own.TOML.BAK", "#own.toml#", "notes/README",
        "notes/own.toml.orig",
    ],
)  # fmt: skip
def test_what_is_no_rule_file_is_left_alone(tmp_path: Path, name: str) -> None:
    """Notes, hidden files and what editors leave behind neither act nor stop anything."""
    put(tmp_path / name, "[[rule")
    assert read([BUILT_IN, tmp_path]).rules == BOOK.rules


def test_a_link_to_a_rule_file_is_read(tmp_path: Path) -> None:
    """Where the file lies does not matter, as long as a link in the folder leads to it."""
    put(tmp_path / "elsewhere" / "text")
    put(tmp_path / "rules" / "README")
    (tmp_path / "rules" / "own.toml").symlink_to(tmp_path / "elsewhere" / "text")
    assert "joke.word" in read([BUILT_IN, tmp_path / "rules"]).rules


def test_a_link_to_a_folder_of_rules_is_refused(tmp_path: Path) -> None:
    """Rules behind such a link are not read, like those in any folder below."""
    put(tmp_path / "elsewhere" / "own.toml")
    put(tmp_path / "rules" / "README")
    (tmp_path / "rules" / "more").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match=r"more/own\.toml: "):
        read([BUILT_IN, tmp_path / "rules"])


def test_links_that_lead_round_are_not_followed(tmp_path: Path) -> None:
    """The search for files that are not read comes to an end."""
    put(tmp_path / "notes" / "README")
    (tmp_path / "notes" / "round").symlink_to(tmp_path)
    (tmp_path / "round").symlink_to("round")
    (tmp_path / "nowhere").symlink_to("gone")
    put(tmp_path / "own.toml")
    assert "joke.word" in read([BUILT_IN, tmp_path]).rules


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """It would look like a folder without rules."""
    with pytest.raises(ConfigError, match="gone: cannot be read"):
        read([BUILT_IN, tmp_path / "gone"])


def test_a_running_gate_notices_what_is_not_read(tmp_path: Path) -> None:
    """A file that comes while the program runs stops it like a bad one, until it is mended."""
    support.gate(tmp_path, own_rule())
    rules = watching.Rules(config.load(tmp_path / "config.toml"))
    assert "joke.word" in rules().book.rules
    put(tmp_path / "rules" / "more" / "later.toml", own_rule(id="joke.later"))
    with pytest.raises(ConfigError, match=r"more/later\.toml"):
        rules()
    (tmp_path / "rules" / "more" / "later.toml").rename(tmp_path / "rules" / "later.toml")
    assert "joke.later" in rules().book.rules


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """A council that names a folder for its rules and has none must not run without them."""
    support.gate(tmp_path, own_rule())
    (tmp_path / "rules" / "own.toml").unlink()
    (tmp_path / "rules").rmdir()
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
        "[tables]\ncodenames = ['a']\n",
        "[more]\nshorteners = ['short.example']\n",
        SITE,
        SITE.replace("2027", "2028"),
        ELECTION,
    ]
    versions = {support.gate(tmp_path, rules).version for rules in others}
    assert len(versions | {plain}) == len(others) + 1


def test_a_rule_for_one_channel_looks_at_that_one_only(tmp_path: Path) -> None:
    """`channels` narrows a rule to posts of these channels and to the item itself."""
    gate = support.gate(tmp_path, own_rule(field="text"))
    narrowed = replace(gate.book.rules["joke.word"], channels=("twitter",))
    gate = Gate(replace(gate.book, rules={"joke.word": narrowed}), gate.council, gate.pages)
    item = news(summary="A banana a day.")
    verdict = check(gate, item, post(item), post(item, "twitter"))
    assert [finding.channel for finding in verdict.findings] == ["twitter"]


def test_a_rule_for_events_leaves_news_alone(tmp_path: Path) -> None:
    """`kinds` narrows a rule to news or to events."""
    gate = support.gate(tmp_path, own_rule(more='kinds = ["event"]'))
    assert check(gate, news(summary="A banana.")).findings == ()
    event = news(summary="A banana.", kind="event", starts_at="2026-12-01 09:00")
    assert rules_of(check(gate, event)) == ["joke.word"]
