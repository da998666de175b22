"""What differs between two rule books, and between two verdicts on the same item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import policy_support as support
import pytest
from policy_support import news, post

from publisher.channels import Limits
from publisher.policy import Context, Gate
from publisher.policy.compare import Case, Change, Difference, differences, judged_otherwise, weaker
from publisher.policy.origins import origins
from publisher.policy.rules import BUILT_IN, RuleBook, read

RULE = """
[[rule]]
id = "joke.word"
title = "A word of ours"
clause = "5e"
severity = "{severity}"
detector = "phrases"
fields = ["summary"]
message = "The word {{text}}."
remedy = "Leave it out."
parameters = {{ phrases = {phrases} }}
[rule.examples]
flag = ["A banana."]
pass = ["An apple."]
"""


def gate(folder: Path, name: str, rules: str) -> Gate:
    """A gate whose own rules are these; "" for the built-in ones alone."""
    (folder / name).mkdir()
    return support.gate(folder / name, rules)


def rule(severity: str = "block", phrases: str = '["banana"]') -> str:
    return RULE.format(severity=severity, phrases=phrases)


def with_parameters(book: RuleBook, parameters: Mapping[str, Any]) -> RuleBook:
    """The book with other parameters of our rule, such as an earlier version of the program may have stored."""
    changed = replace(book.rules["joke.word"], parameters=parameters)
    return replace(book, rules={**book.rules, changed.id: changed})


def only(before: Gate, after: Gate) -> Difference:
    """The one difference that there is."""
    (found,) = differences(before.book, after.book)
    return found


def test_the_same_rules_do_not_differ(tmp_path: Path) -> None:
    """Two readings of one folder are alike in everything."""
    assert differences(gate(tmp_path, "a", rule()).book, gate(tmp_path, "b", rule()).book) == []


@pytest.mark.parametrize(("turned", "change"), [(False, Change.ADDED), (True, Change.REMOVED)])
def test_a_rule_that_one_book_lacks(tmp_path: Path, turned: bool, change: Change) -> None:  # noqa: FBT001
    """A rule that only the later book has is added; one that only the earlier has is removed."""
    books = [gate(tmp_path, "a", ""), gate(tmp_path, "b", rule())]
    found = only(*(reversed(books) if turned else books))
    assert (found.kind, found.name, found.change) == ("rule", "joke.word", change)


def test_a_changed_value_is_told_with_before_and_after(tmp_path: Path) -> None:
    """A changed key has both values; what did not change is left out."""
    found = only(gate(tmp_path, "a", rule("block")), gate(tmp_path, "b", rule("review")))
    assert [(part.key, part.before, part.after) for part in found.parts] == [("severity", "block", "review")]


@pytest.mark.parametrize(("before", "after"), [(1, 0), (1, True), (0, False), (False, [])])
def test_nothing_is_a_value_too(tmp_path: Path, before: object, after: object) -> None:
    """A limit set to nothing, or to another kind of value that Python finds equal, is no silent change."""
    book = gate(tmp_path, "a", rule()).book
    (found,) = differences(*(with_parameters(book, {"most": value}) for value in (before, after)))
    assert [part.key for part in found.parts] == ["parameters.most"]


def test_a_key_that_is_taken_out_is_told(tmp_path: Path) -> None:
    """What only one of the two says is a change from or to nothing."""
    book = gate(tmp_path, "a", rule()).book
    (found,) = differences(with_parameters(book, {"most": 0}), with_parameters(book, {}))
    (part,) = found.parts
    assert (part.key, part.before, part.after) == ("parameters.most", 0, None)


def test_of_a_changed_list_only_what_came_and_went_is_told(tmp_path: Path) -> None:
    """In a list of hundreds of words an officer looks for the two that changed."""
    one, other = rule(phrases='["apple", "banana"]'), rule(phrases='["banana", "cherry"]')
    (part,) = only(gate(tmp_path, "a", one), gate(tmp_path, "b", other)).parts
    assert (part.key, part.added, part.removed) == ("parameters.phrases", ("cherry",), ("apple",))


def test_a_change_of_examples_is_told(tmp_path: Path) -> None:
    """Examples change no verdict, but whoever reads the change must see that they were weakened."""
    weaker = rule().replace('flag = ["A banana."]', 'flag = ["Banana"]')
    (part,) = only(gate(tmp_path, "a", rule()), gate(tmp_path, "b", weaker)).parts
    assert (part.key, part.added, part.removed) == ("examples.flag", ("Banana",), ("A banana.",))


def test_another_order_of_a_list_is_told(tmp_path: Path) -> None:
    """The order of phrases is part of the policy's version, so a change of it is no silent one."""
    one, other = rule(phrases='["apple", "banana"]'), rule(phrases='["banana", "apple"]')
    (part,) = only(gate(tmp_path, "a", one), gate(tmp_path, "b", other)).parts
    assert (part.before, part.after) == (["apple", "banana"], ["banana", "apple"])


def test_tables_are_compared_word_by_word(tmp_path: Path) -> None:
    """A word that is taken from a table is named, with the table."""
    uses = rule(phrases='"table:fruit"')
    tables = (f'{uses}[tables]\nfruit = ["apple", "banana"]\n', f'{uses}[tables]\nfruit = ["banana"]\n')
    found = only(gate(tmp_path, "a", tables[0]), gate(tmp_path, "b", tables[1]))
    assert (found.kind, found.name, found.parts[0].removed) == ("table", "fruit", ("apple",))


ELECTION = """
[[election]]
id = "local-2027"
title = "Borough council elections"
kind = "local"
notice = 2027-03-22
poll = 2027-05-{day}
candidates = ["Pat Example"]
"""


@pytest.mark.parametrize(
    ("change", "told"),
    [(("[rule.examples]", 'status = "shadow"\n[rule.examples]'), "is shadow, so it stops nothing"),
     (('severity = "block"', 'severity = "review"'), "only asks for review, not block"),
     (('clause = "5e"', 'clause = "5e"\noverride = "approver"'), "may be let go by approver, before by nobody"),
     (('"banana", "fig"', '"banana"'), "no longer looks for 1 of its 2 phrases, such as fig"),
     (('fields = ["summary"]', 'fields = ["title"]'), "looks only at title"),
     (('fields = ["summary"]', 'fields = ["summary", "title"]'), ""),
     (('clause = "5e"', 'clause = "5e"\nkinds = ["event"]'), "is only for event"),
     (('clause = "5e"', 'clause = "5e"\nchannels = ["website"]'), "is only for website"),
     (('detector = "phrases"', 'detector = "embargo_not_over"'), "is looked for by the detector embargo_not_over, not phrases"),
     (("parameters = {", 'parameters = { unless = ["ripe", "dried"],'), "lets more through: 2 more in unless, such as ripe · dried"),
     (("parameters = {", 'parameters = { only_with = ["ripe"],'), "lets more through: it needs one of only_with, such as ripe"),
     (('"banana", "fig"', '"banana", "fig", "kiwi"'), "")],
    ids=["shadow", "severity", "override", "fewer words", "other field", "more fields", "kinds", "channels", "detector", "excuses", "narrower", "more words"],
)  # fmt: skip
def test_what_is_weaker_is_told(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    """Whatever lets more through: a rule switched off or milder, a role that may let it go, a word or place gone, an excuse; no addition."""
    before = rule(phrases='["banana", "fig"]')
    books = [gate(tmp_path, "a", before).book, gate(tmp_path, "b", before.replace(*change)).book]
    assert list(weaker(*books)) == ([f"joke.word {told}"] if told else [])


@pytest.mark.parametrize("severity", ["block", "review", "advise"])
def test_phrases_that_are_replaced_are_a_weaker_rule(tmp_path: Path, severity: str) -> None:
    """Who puts other phrases in place of a rule's own is told how many of how many are gone, with the first of them."""
    books = [
        gate(tmp_path, name, rule(severity, phrases)).book
        for name, phrases in (("a", '["apple", "banana", "cherry", "damson"]'), ("b", '["zzzz"]'))
    ]
    assert list(weaker(*books)) == [
        "joke.word no longer looks for 4 of its 4 phrases, such as apple · banana · cherry"
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ("[[rule]]\nid = 'gossip.rumour'\nparameters = { phrases = ['zzzz'] }\nexamples = { flag = ['zzzz'], pass = ['y'] }",
         {"gossip.rumour no longer looks for 49 of its 49 phrases"}),
        ("[tables]\nrumours = ['zzzz']", {"gossip.rumour no longer looks for 49 of its 49 phrases"}),
        ("[more]\nnot_slurs = ['fig']", {"discrimination.slur lets more through: 1 more in not_terms, such as fig"}),
        ("[more]\npublic_mailboxes = ['mail.example']",
         {"personal-data.mailbox lets more through: 1 more in organisations, such as mail.example"}),
        ("[[rule]]\nid = 'accessibility.emoji'\nparameters = { most = 4 }", {"accessibility.emoji lets more through: most is 4, before 3"}),
        ("[[rule]]\nid = 'accessibility.emoji'\nparameters = { most = 2 }", set()),
        ("[[rule]]\nid = 'personal-data.birth-date'\nparameters = { before = 1 }", {"personal-data.birth-date lets more through: before is 1, before"}),
        ("[[rule]]\nid = 'abuse.second-reader'\nparameters = { only_groups = true }",
         {"abuse.second-reader lets more through: only_groups is true, before false"}),
        ("[[rule]]\nid = 'personal-data.mobile'\nparameters = { quiet_beside = ['joke.joke'] }",
         {"personal-data.mobile lets more through: 1 more in quiet_beside, such as joke.joke"}),
        ("[more]\nexternal_labels = ['shiny']",
         {f"third-party.{name} lets more through: 1 more in labels" for name in ("name-becomes-link", "unlabelled-link", "unlabelled-name")}),
        ("[more]\nrumours = ['zzzz']", set()),
        ("[tables]\ncouncil_phones = ['01632 960100']", set()),
    ],
)  # fmt: skip
def test_what_the_councils_folder_weakens_is_told(tmp_path: Path, changes: str, told: set[str]) -> None:
    """A built-in rule that finds less or excuses more by its own values or by a table is named; one that finds more is not,
    and a list that is there to be filled is no excuse.
    """
    softer = list(weaker(read([BUILT_IN]), gate(tmp_path, "own", changes).book))
    assert all(any(line.startswith(words) for line in softer) for words in told), softer
    assert len(softer) == len(told), softer


def test_registers_are_compared_entry_by_entry(tmp_path: Path) -> None:
    """A poll that moves to another day is told with both days; a new site by its name."""
    site = support.site("ageuk.org.uk")
    one = gate(tmp_path, "a", ELECTION.format(day="06"))
    other = gate(tmp_path, "b", ELECTION.format(day="13") + site)
    moved, added = differences(one.book, other.book)
    assert (moved.kind, moved.name, moved.change) == ("elections", "local-2027", Change.CHANGED)
    assert [(part.key, part.before, part.after) for part in moved.parts] == [
        ("poll", "2027-05-06", "2027-05-13")
    ]
    assert (added.kind, added.name, added.change) == ("sites", "ageuk.org.uk", Change.ADDED)


def case(name: str, summary: str) -> Case:
    item = news(summary=summary)
    posted = post(item)
    return Case(name, item, (posted,), Context({posted.channel: Limits(text=100_000, images_max=10)}))


def test_items_that_are_judged_otherwise_are_named(tmp_path: Path) -> None:
    """Only what the change of rules touches is listed, with the findings that come and go."""
    one, other = gate(tmp_path, "a", rule("block")), gate(tmp_path, "b", rule("review"))
    cases = [case("fruit", "A banana a day."), case("plain", "An apple a day.")]
    (found,) = judged_otherwise(one, other, cases)
    assert found.case.id == "fruit"
    assert (found.before.outcome, found.after.outcome) == ("block", "review")
    assert (found.came, found.went) == (("joke.word (review)",), ("joke.word (block)",))


def test_the_files_of_a_rule_are_known(tmp_path: Path) -> None:
    """Where a council's file changes a built-in rule, both files are named, the one with the last word last."""
    own = tmp_path / "own.toml"
    own.write_text('[[rule]]\nid = "one-way.mention"\nstatus = "shadow"\n', encoding="utf-8")
    built_in, last = origins([BUILT_IN, tmp_path])["one-way.mention"]
    assert (built_in.parent, last) == (BUILT_IN, own)
    assert set(origins([BUILT_IN])) == set(read([BUILT_IN]).rules)
