"""The policy by the command line: rules read, tried and compared, findings explained, verdicts repeated."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import policy_support as support
import pytest
from cli_support import APPROVER, Bench, open_bench, soon

from publisher import config
from publisher.policy.rules import BUILT_IN, read

BUILT_IN_RULES = read([BUILT_IN]).rules
EXAMPLES = '[rule.examples]\nflag = ["Please ask me first."]\npass = ["Please ask them."]\n'
OWN = """
[[rule]]
id = "joke.fruit"
title = "Fruit"
clause = "5e"
severity = "review"
detector = "phrases"
fields = ["summary"]
message = "The fruit {text}."
remedy = "Name a vegetable."
evidence = "the greengrocer's word"
override = "approver"
review_date = 2020-01-31
since = "2019-01"
parameters = { phrases = "table:fruit" }
[rule.examples]
flag = ["A banana a day."]
pass = ["A carrot a day."]
[tables]
fruit = ["apple", "banana", "cherry", "damson", "elderberry", "fig", "grape", "haw", "jujube", "kiwi"]
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready, with a rule of the council's own."""
    with open_bench(tmp_path) as made:
        made.write("rules/fruit.toml", OWN)
        yield made


def handed_in(bench: Bench, summary: str = "A banana a day.") -> Any:
    """An item that is held for the council's own rule."""
    answer = bench.run("news", "Market day", "--summary", summary, "--at", soon(), "--json")
    assert answer.code == 3, answer
    return answer.json


def fruit_in(item: Any) -> Any:
    """The finding of the council's own rule."""
    return next(finding for finding in item["findings"] if finding["rule"] == "joke.fruit")


# --- list and show -----------------------------------------------------------------------------------------------


def test_list_shows_every_rule_with_what_an_officer_asks(bench: Bench) -> None:
    """Each rule is one line with clause, severity, status, who may overrule, and what it finds."""
    shown = bench.run("policy", "list").out
    assert all(rule.id in shown and rule.title in shown for rule in BUILT_IN_RULES.values())
    (line,) = [line.split() for line in shown.splitlines() if line.startswith("joke.fruit")]
    assert line == ["joke.fruit", "5e", "review", "active", "approver", "Fruit"]


def test_list_names_the_policy_and_what_is_due(bench: Bench) -> None:
    """Below the table: the version, how many of what, the registers, and the rules whose review date has passed."""
    shown = " ".join(bench.run("policy", "list", "--category", "joke").out.split())
    version = bench.run("policy", "list", "--json").json["policy"]
    assert f"Policy {version}:" in shown
    assert "elections" in shown
    assert "sites" in shown
    assert "the date has passed: joke.fruit." in shown


SITES = (
    support.site("tickets.example.org", read="2019-01-31", again="2020-01-31")
    + support.site("maps.example.org")
    + support.site("plays.example.org", read="2998-01-31")
)


def test_list_names_the_websites_to_be_read_again(bench: Bench) -> None:
    """A website whose review is overdue is named with its date and what to do; one that is in date is not."""
    assert "read again" not in bench.run("policy", "list").out
    bench.write("rules/sites.toml", SITES)
    shown = " ".join(bench.run("policy", "list", "--category", "joke").out.split())
    assert "to be read again: tickets.example.org by 2020-01-31." in shown
    assert "put the new checked_on and review_date into the website's [[site]]." in shown
    assert "maps.example.org" not in shown
    due = bench.run("policy", "list", "--json").json["sites_due"]
    assert due == [{"host": "tickets.example.org", "review_date": "2020-01-31"}]


def test_list_names_the_websites_whose_terms_are_not_read_yet(bench: Bench) -> None:
    """A day of reading that has not come is a slip or a plan: the website is named with that day, and no other is."""
    bench.write("rules/sites.toml", SITES)
    shown = " ".join(bench.run("policy", "list", "--category", "joke").out.split())
    assert "entered as read on a day to come: plays.example.org on 2998-01-31. Until then items" in shown
    assert bench.run("policy", "list", "--json").json["sites_not_yet_read"] == [
        {"host": "plays.example.org", "checked_on": "2998-01-31"}
    ]
    bench.write("rules/sites.toml", SITES.replace("2998", "2026"))
    assert "day of reading" not in bench.run("policy", "list").out


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        (("--category", "link"), lambda rule: rule["id"].startswith("link.")),
        (("--status", "active"), lambda rule: rule["status"] == "active"),
        (("--clause", "5d"), lambda rule: "5d" in rule["clause"]),
    ],
    ids=["category", "status", "clause"],
)
def test_list_can_be_narrowed(bench: Bench, words: tuple[str, ...], fits: Any) -> None:
    """By category, status and clause; and nothing that fits is left out."""
    chosen = bench.run("policy", "list", *words, "--json").json["rules"]
    everything = bench.run("policy", "list", "--json").json["rules"]
    assert chosen == [rule for rule in everything if fits(rule)]
    assert chosen


@pytest.mark.parametrize(
    ("words", "named"),
    [(("list", "--category", "lnik"), "link"), (("list", "--status", "shadw"), "shadow"),
     (("show", "joke.friut"), "joke.fruit"), (("test", "joke.friut"), "joke.fruit"),
     (("explain", "joke.friut"), "joke.fruit")],
)  # fmt: skip
def test_a_mistyped_name_gets_the_nearest(bench: Bench, words: tuple[str, ...], named: str) -> None:
    """What is not there is wrong input, and the nearest is named."""
    answer = bench.run("policy", *words)
    assert answer.code == 2
    assert named in answer.err


@pytest.mark.parametrize(
    ("typed", "named"),
    [("joke.rafle", "joke.raffle-tickets"), ("raffle", "joke.raffle-tickets"), ("gossip.rumor", "gossip.rumour"),
     ("personal-data.mobil", "personal-data.mobile"), ("eletions", "elections")],
)  # fmt: skip
def test_the_beginning_of_a_name_is_enough(bench: Bench, typed: str, named: str) -> None:
    """A long name of which only a part was typed, and that wrongly, is named, and not a short one that is less like it."""
    bench.write("rules/fruit.toml", OWN.replace("joke.fruit", "joke.raffle-tickets"))
    assert bench.run("policy", "test", typed).err.endswith(f"Did you mean {named}?\n")


def test_a_narrow_screen_gets_lines_that_fit(bench: Bench) -> None:
    """At a terminal of 80 columns no line is wider, and the title has a line of its own."""
    _, shown = bench.terminal(["policy", "list", "--no-color"], environment={"COLUMNS": "80"})
    lines = shown.decode().splitlines()
    assert max(map(len, lines)) <= 80
    assert "    Fruit" in lines


def test_show_tells_all_of_a_rule(bench: Bench) -> None:
    """Clause, dates, message, remedy, evidence, override, list, examples and the file to change."""
    shown = " ".join(bench.run("policy", "show", "joke.fruit").out.split())
    for text in ("5e", "since 2019-01", "review by 2020-01-31", "The fruit {text}.", "Name a vegetable.",
                 "greengrocer's word", "approver may let", "fruit.toml", "A banana a day.", "A carrot a day."):  # fmt: skip
        assert text in shown
    assert "haw" in shown
    assert "kiwi" not in shown
    assert "and 2 more (--all)" in shown
    assert "kiwi" in bench.run("policy", "show", "joke.fruit", "--all").out
    told = bench.run("policy", "show", "joke.fruit", "--json").json
    assert told["tables"]["fruit"][-1] == "kiwi"
    assert [Path(file).name for file in told["files"]] == ["fruit.toml"]


def test_every_rule_can_be_shown(bench: Bench) -> None:
    """No rule has a shape that `show` and its JSON cannot print."""
    shown = bench.run("policy", "show", "--all", *BUILT_IN_RULES)
    assert shown.code == 0
    assert all(rule.title in shown.out for rule in BUILT_IN_RULES.values())
    told = bench.run("policy", "show", *BUILT_IN_RULES, "--json")
    assert [rule["id"] for rule in told.lines] == list(BUILT_IN_RULES)


# --- test --------------------------------------------------------------------------------------------------------


def test_rules_that_do_as_they_say_pass(bench: Bench) -> None:
    """`policy test RULE` runs its examples and its remedy: exit code 0, and how many were tried."""
    answer = bench.run("policy", "test", "joke.fruit")
    assert (answer.code, answer.out) == (0, "1 rule, 3 texts tried: all as they should be.\n")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('flag = ["A banana', 'flag = ["A carrot', "joke.fruit does not flag"),
        ('pass = ["A carrot', 'pass = ["A banana', "joke.fruit does not pass"),
        ("Name a vegetable", "Name a banana", "its own remedy is stopped by joke.fruit"),
    ],
)
def test_a_rule_that_does_not_do_as_it_says_is_told(bench: Bench, before: str, after: str, told: str) -> None:
    """A wrong example and a remedy that the gate itself stops are faults: exit code 1, each with its rule."""
    bench.write("rules/fruit.toml", OWN.replace(before, after))
    answer = bench.run("policy", "test", "joke.fruit")
    assert answer.code == 1
    assert told in " ".join(answer.out.split())
    assert len(bench.run("policy", "test", "joke.fruit", "--json").json["faults"]) == 1


def test_a_rule_on_trial_is_tried_as_if_it_acted(bench: Bench) -> None:
    """A shadow rule is tested before it acts, or its first day would be its first test."""
    bench.write("rules/fruit.toml", OWN.replace('since = "2019-01"', 'since = "2019-01"\nstatus = "shadow"'))
    assert bench.run("policy", "test", "joke.fruit").code == 0


def test_a_councils_own_items_are_tried(bench: Bench) -> None:
    """Each line of --file says what must come of it; without a word it must pass; a fault names the line."""
    lines = [
        {"kind": "news", "title": "One", "summary": "A carrot a day."},
        {"kind": "news", "title": "Two", "summary": "A banana a day.", "expect": "review"},
        {"kind": "news", "title": "Three", "summary": "A banana a day.", "expect": ["joke.fruit"]},
        {"kind": "news", "title": "Four", "summary": "A banana a day."},
        {"kind": "news", "title": "Five", "summary": "A carrot a day.", "expect": ["joke.fruit"]},
    ]
    bench.write("ours.jsonl", "\n".join(map(json.dumps, lines)))
    answer = bench.run("policy", "test", "joke.fruit", "--file", "ours.jsonl", "--json")
    assert answer.code == 1
    assert [fault.split(":")[0] for fault in answer.json["faults"]] == ["line 4 (Four)", "line 5 (Five)"]
    assert answer.json["tried"] == 8


@pytest.mark.parametrize(
    ("expected", "told"),
    [(["joke.friut"], "line 1: there is no rule 'joke.friut'. Did you mean joke.fruit?"),
     ("held", "line 1: 'held' is no outcome, and no list of rules. There are: block, clear, review."),
     ("reviw", "line 1: 'reviw' is no outcome, and no list of rules. Did you mean review?")],
)  # fmt: skip
def test_what_cannot_be_expected_is_told(bench: Bench, expected: Any, told: str) -> None:
    """A misspelt rule or outcome is a slip of the line, not something that the gate did not find."""
    item = {"kind": "news", "title": "One", "summary": "A banana a day.", "expect": expected}
    bench.write("ours.jsonl", json.dumps(item))
    answer = bench.run("policy", "test", "joke.fruit", "--file", "ours.jsonl")
    assert (answer.code, told in answer.err) == (2, True)


@pytest.mark.parametrize("line", ["{", "[]", '{"kind": "news"}'])
def test_a_line_that_is_no_item_is_named(bench: Bench, line: str) -> None:
    """What cannot be read is wrong input, with its line's number."""
    bench.write("ours.jsonl", f'\n{{"kind": "news", "title": "One"}}\n{line}\n')
    answer = bench.run("policy", "test", "joke.fruit", "--file", "ours.jsonl")
    assert answer.code == 2
    assert "line 3" in answer.err


# --- diff --------------------------------------------------------------------------------------------------------


def test_without_anything_stored_the_councils_rules_are_compared_with_the_built_in(bench: Bench) -> None:
    """On a new queue `policy diff` shows what the council's own folder adds and changes."""
    bench.write("rules/more.toml", '[[rule]]\nid = "one-way.mention"\nstatus = "shadow"\n')
    shown = bench.run("policy", "diff").out
    assert "+ rule joke.fruit (added)" in shown
    assert "+ table fruit (added)" in shown
    assert "~ rule one-way.mention" in shown
    assert "status: active → shadow" in shown


def test_folders_are_compared(bench: Bench) -> None:
    """A folder is tried before it is used: which words come and go in which list."""
    shutil.copytree(bench.folder / "rules", bench.folder / "new")
    bench.write("new/fruit.toml", OWN.replace('"apple", ', "").replace('"kiwi"', '"kiwi", "lemon"'))
    answer = bench.run("policy", "diff", "--from", "rules", "--to", "new", "--json")
    (difference,) = answer.json["differences"]
    (part,) = difference["parts"]
    assert (difference["name"], part["added"], part["removed"]) == ("fruit", ["lemon"], ["apple"])


def test_items_are_judged_by_both(bench: Bench) -> None:
    """--items lists what the new rules judge otherwise, and only that."""
    items = [
        {"kind": "news", "title": f"A {word}", "summary": f"A {word} a day."} for word in ("banana", "carrot")
    ]
    bench.write("items.jsonl", "\n".join(map(json.dumps, items)))
    answer = bench.run(
        "policy", "diff", "--from", "built-in", "--to", "rules", "--items", "items.jsonl", "--json"
    )
    (changed,) = answer.json["judged_otherwise"]
    assert (changed["title"], changed["before"], changed["after"]) == ("A banana", "clear", "review")
    assert changed["came"] == ["joke.fruit (review)"]
    shown = bench.run("policy", "diff", "--from", "built-in", "--to", "rules", "--items", "items.jsonl").out
    assert "Judged otherwise: 1 of 2 items." in shown


def test_the_last_verdicts_rules_are_the_default(bench: Bench) -> None:
    """After an item was judged, `policy diff` shows what changed since, and its version can be named."""
    policy = handed_in(bench)["policy"]
    assert "No difference" in bench.run("policy", "diff").out
    bench.write("rules/fruit.toml", OWN.replace('severity = "review"', 'severity = "advise"'))
    for words in ((), ("--from", policy)):
        shown = bench.run("policy", "diff", *words).out
        assert "severity: review → advise" in shown
        assert "1 difference." in shown


def test_stored_items_are_judged_by_both(bench: Bench) -> None:
    """--stored says which items of the queue the new rules would judge otherwise, without touching any."""
    held, clear = handed_in(bench), bench.news()
    bench.write("rules/fruit.toml", OWN.replace('severity = "review"', 'severity = "block"'))
    answer = bench.run("policy", "diff", "--stored", "--json").json
    assert answer["items"] == 2
    assert [(one["id"], one["after"]) for one in answer["judged_otherwise"]] == [(held["id"], "block")]
    assert bench.run("show", held["id"], "--json").json["state"] == "held for review"
    assert clear["id"] not in str(answer["judged_otherwise"])


@pytest.mark.parametrize("given", ["nowhere", "0123456789abcdef"])
def test_rules_that_are_not_there_are_wrong_input(bench: Bench, given: str) -> None:
    """Neither a folder nor a known version: exit code 2, and what may be given."""
    handed_in(bench)
    answer = bench.run("policy", "diff", "--from", given)
    assert answer.code == 2
    assert given in answer.err


# --- explain, replay, overrides ----------------------------------------------------------------------------------


def test_a_finding_is_explained_with_the_words_and_the_command(bench: Bench) -> None:
    """Rule, clause, the words in their place, what satisfies it, and the line to type for whoever may let it go."""
    item = handed_in(bench)
    finding = fruit_in(item)
    shown = " ".join(bench.run("policy", "explain", finding["id"]).out.split())
    for text in (item["id"], "joke.fruit", "5e", "A »banana« a day.", "greengrocer's word", "joke.fruit=TEXT",
                 f"publisher approve {item['id']} --finding {finding['id']} --reason TEXT"):  # fmt: skip
        assert text in shown
    told = bench.run("policy", "explain", finding["id"], "--json").json
    assert (told["item"], told["finding"]["id"], told["rule"]["id"]) == (
        item["id"],
        finding["id"],
        "joke.fruit",
    )


def test_other_items_with_the_same_finding_are_named(bench: Bench) -> None:
    """The same words give the same finding: an officer who decides on one item is told of the others, a few by name."""
    finding = fruit_in(handed_in(bench))["id"]
    handed_in(bench, "A fig a day.")
    assert "Also in" not in bench.run("policy", "explain", finding).out
    for number in range(4):
        words = ("--summary", "A banana a day.", "--at", soon(number + 2))
        bench.run("news", f"Market day {number}", *words)
    told = bench.run("policy", "explain", finding, "--json").json
    assert len({told["item"], *told["also_in"]}) == 5
    named = f"Also in {', '.join(told['also_in'][:3])}, and 1 more. Each item is decided on its own."
    assert named in " ".join(bench.run("policy", "explain", finding).out.split())


def test_a_rule_is_explained_without_any_queue(bench: Bench) -> None:
    """A rule's name is enough, also for one that nobody may overrule."""
    assert "--finding FINDING" in bench.run("policy", "explain", "joke.fruit").out
    assert "nobody may let it go" in bench.run("policy", "explain", "link.missing").out


def test_a_rule_that_failed_is_explained(bench: Bench) -> None:
    """The finding of a rule that could not be applied has no rule to show, and still says who decides and how."""
    bench.write("rules/fruit.toml", OWN.replace('fields = ["summary"]', 'fields = ["titel"]'))
    item = handed_in(bench, "A carrot a day.")
    (finding,) = [finding for finding in item["findings"] if finding["severity"] == "review"]
    shown = " ".join(bench.run("policy", "explain", finding["id"]).out.split())
    assert "joke.fruit could not be applied" in shown
    assert f"publisher approve {item['id']} --finding {finding['id']} --reason TEXT" in shown


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ('fields = ["summary"]', 'fields = ["titel"]', "there is no field 'titel' (did you mean 'title'?)"),
        ('"table:fruit"', '"table:froot"', "there is no table 'froot'"),
    ],
)
def test_a_rule_that_cannot_be_applied_is_told(bench: Bench, old: str, new: str, missing: str) -> None:
    """It holds every item, so whoever looks at the rules is told which and why; no other rule is blamed for it."""
    bench.write("rules/fruit.toml", OWN.partition("[tables]")[0].replace(old, new))
    told = f"joke.fruit cannot be applied: {missing}"
    assert f"{told}." in " ".join(bench.run("policy", "list").out.split())
    assert f"It cannot be applied: {missing}." in bench.run("policy", "show", "joke.fruit").out
    assert bench.run("policy", "show", "joke.fruit", "--json").json["missing"] == missing
    listed = bench.run("policy", "list", "--json").json["rules"]
    assert {rule["id"]: rule["missing"] for rule in listed if rule["missing"]} == {"joke.fruit": missing}
    tried = bench.run("policy", "test", "joke.fruit", "link.missing", "--json")
    assert (tried.code, tried.json["faults"]) == (1, [told])


def test_a_private_detail_is_not_repeated(bench: Bench) -> None:
    """What the message masks stays masked where a finding is shown or explained."""
    bench.write(
        "rules/fruit.toml", OWN.replace('override = "approver"', 'override = "approver"\nprivate = true')
    )
    finding = fruit_in(handed_in(bench, "A banana or a fig a day."))
    assert "»" in bench.run("policy", "explain", finding["id"]).out
    assert "banana" not in bench.run("policy", "explain", finding["id"]).out


def test_a_private_detail_is_not_repeated_beside_another(bench: Bench) -> None:
    """Round the words of one finding stand those of others: what any of them masks is masked in them and in the title."""
    bench.write(
        "rules/fruit.toml", OWN.replace('override = "approver"', 'override = "approver"\nprivate = true')
    )
    words = ("--summary", "Please ask me first: a banana or a fig a day.", "--at", soon(), "--json")
    item = bench.run("news", "The Banana fair", *words).json
    (open_one,) = [one for one in item["findings"] if one["rule"] == "marking.test-review"]
    shown = bench.run("policy", "explain", open_one["id"]).out
    assert "»ask me first«: a •••••• or a ••• a day." in " ".join(shown.split())
    assert "The •••••• fair" in shown


def test_a_quotation_leaves_out_what_another_finding_masks(bench: Bench) -> None:
    """A finding that means a whole sentence quotes it without the private words in it."""
    bench.write(
        "rules/fruit.toml", OWN.replace('override = "approver"', 'override = "approver"\nprivate = true')
    )
    sentence = "The banana " + "and the carrot " * 40 + "are here."
    shown = bench.run("show", handed_in(bench, sentence)["id"]).out
    assert "This sentence is very long: The [private] and the carrot" in " ".join(shown.split())
    assert "“The •••••• and the carrot" in shown
    (quoted,) = re.findall("“(.*)…”", " ".join(shown.split()))
    assert quoted.endswith(("and", "the", "carrot"))


def test_what_needs_nobody_gets_no_command(bench: Bench) -> None:
    """Once a finding was let go, or its item was taken back, there is nothing to type for it, and the text says why."""
    item, other = handed_in(bench), handed_in(bench, "A fig a day.")
    bench.run("approve", item["id"], "--reason", "The greengrocer agreed", officer=APPROVER)
    bench.run("withdraw", other["id"], "--reason", "The market is off")
    for one, why in ((item, "not needed: it stops nothing"), (other, "not asked for: the item is withdrawn")):
        finding = fruit_in(one)["id"]
        shown = bench.run("policy", "explain", finding).out
        assert why in shown
        assert "publisher approve" not in shown
        assert bench.run("policy", "explain", finding, "--json").json["command"] is None


def test_a_mistyped_finding_gets_the_nearest(bench: Bench) -> None:
    """One digit wrong in an id names the id that is there."""
    right = fruit_in(handed_in(bench))["id"]
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    answer = bench.run("policy", "explain", wrong)
    assert answer.code == 2
    assert right in answer.err


def test_a_finding_that_was_never_handed_in_is_called_so(bench: Bench) -> None:
    """`check` stores nothing, so the id that it printed leads nowhere: the rule does."""
    handed_in(bench)
    item = {"kind": "news", "title": "Market", "summary": "A fig a day."}
    found = bench.run("check", "-", "--json", stdin=json.dumps(item).encode()).json
    answer = bench.run("policy", "explain", fruit_in(found)["id"])
    assert answer.code == 2
    assert "no finding of an item that was handed in" in answer.err
    assert "Name the rule instead" in answer.err


def test_every_finding_is_shown_with_its_id(bench: Bench) -> None:
    """Wherever an officer reads a finding, its id is there to be copied."""
    bench.write("item.json", json.dumps({"kind": "news", "title": "Market", "summary": "A banana a day."}))
    item = handed_in(bench)
    wanted = f"finding {fruit_in(item)['id']}"
    assert wanted in bench.run("show", item["id"]).out
    assert wanted in bench.run("check", "item.json").out
    answer = bench.run("news", "Market day", "--summary", "A banana a day.", "--at", soon())
    assert wanted in answer.out


def test_replay_proves_that_nothing_changed(bench: Bench) -> None:
    """Every stored verdict comes out the same, whatever the rules are now."""
    handed_in(bench)
    bench.news()
    bench.write("rules/fruit.toml", OWN.replace('severity = "review"', 'severity = "block"'))
    answer = bench.run("policy", "replay", "--json")
    assert (answer.code, answer.json["same"], answer.json["different"]) == (0, 2, [])
    assert "2 stored verdicts: 2 the same" in bench.run("policy", "replay").out


def test_replay_needs_no_rules_of_today(bench: Bench) -> None:
    """A slip in today's rule file says nothing of what was judged before: each verdict is made from its own policy."""
    handed_in(bench)
    bench.write("rules/fruit.toml", OWN.replace('severity = "review"', 'severity = "perhaps"'))
    assert bench.run("policy", "list").code == 2
    answer = bench.run("policy", "replay")
    assert (answer.code, answer.out) == (0, "1 stored verdict: 1 the same, 0 not.\n")


def test_what_cannot_be_replayed_is_said_in_one_line(bench: Bench) -> None:
    """Verdicts of another version of the program are counted with the reason, not listed one by one."""
    handed_in(bench)
    bench.news()
    with contextlib.closing(sqlite3.connect(bench.folder / "data" / "queue.db")) as connection:
        connection.execute("UPDATE policy SET engine = 'of old'")
        connection.commit()
    answer = bench.run("policy", "replay")
    assert answer.code == 0
    assert " ".join(answer.out.split()).count("made by engine of old") == 1
    assert "Cannot be repeated here: 2 verdicts" in answer.out


def test_replay_finds_what_was_changed_by_hand(bench: Bench) -> None:
    """A verdict that its input does not give is named with its item: exit code 1."""
    item = handed_in(bench)
    with contextlib.closing(sqlite3.connect(bench.folder / "data" / "queue.db")) as connection:
        connection.execute("UPDATE verdict SET outcome = 'clear'")
        connection.commit()
    answer = bench.run("policy", "replay", "--json")
    assert answer.code == 1
    assert answer.json["different"][0]["item"] == item["id"]
    assert item["id"] in bench.run("policy", "replay").out


def test_overrides_are_listed_with_what_became_of_them(bench: Bench) -> None:
    """Who let what go, why, and until when; of one finding nobody can tell yet whether its rule asks too much."""
    assert "No finding was ever let go." in bench.run("policy", "overrides").out
    item = handed_in(bench)
    words = ("--reason", "The greengrocer agreed", "--until", soon(24 * 20)[:10])
    assert bench.run("approve", item["id"], *words, officer=APPROVER).code == 0
    shown = " ".join(bench.run("policy", "overrides").out.split())
    assert all(text in shown for text in (item["id"], "live", "The greengrocer agreed"))
    assert "was let go" not in shown
    told = bench.run("policy", "overrides", "--json").json
    assert [(row["officer"], row["state"]) for row in told["overrides"]] == [(APPROVER, "live")]
    assert told["rules"][0]["too_often"] is False


def test_a_rule_that_is_let_go_too_often_is_named(bench: Bench) -> None:
    """From five findings on, and more than half of them let go; one that was taken back does not count."""
    fruits = ["apple", "banana", "cherry", "damson", "fig"]
    items = []
    for fruit in fruits:
        words = ("news", f"The {fruit} fair", "--summary", f"Try a {fruit}.", "--at", soon(), "--json")
        items.append(bench.run(*words).json["id"])
    for item in items[:3]:
        assert bench.run("approve", item, "--reason", "The greengrocer agreed", officer=APPROVER).code == 0
    assert "joke.fruit was let go 3 of 5 times" in " ".join(bench.run("policy", "overrides").out.split())
    bench.run("reschedule", items[0], "--at", soon(3))
    assert "was let go" not in bench.run("policy", "overrides").out


def test_a_yes_for_an_item_that_is_still_blocked_waits(bench: Bench) -> None:
    """What was let go of it counts for nothing while something else blocks it, and is not called live."""
    words = ("--summary", "A banana a day, never say this.", "--at", soon(), "--json")
    item = bench.run("news", "Market", *words).json
    yes = ("--finding", fruit_in(item)["id"], "--reason", "The greengrocer agreed")
    bench.run("approve", item["id"], *yes, officer=APPROVER)
    (row,) = bench.run("policy", "overrides", "--json").json["overrides"]
    assert row["state"] == "waiting"


def test_what_evidence_settled_is_listed(bench: Bench) -> None:
    """An author alone gives evidence, so that somebody else can look at it afterwards."""
    words = ("--evidence", "joke.fruit=Mr Plum, greengrocer, on 3 May 2026", "--at", soon(), "--json")
    item = bench.run("news", "Market", "--summary", "A banana a day.", *words).json
    shown = " ".join(bench.run("policy", "overrides").out.split())
    assert f"{item['id']} joke.fruit: settled by evidence of sam, alone: Mr Plum" in shown
    (row,) = bench.run("policy", "overrides", "--json").json["settled_by_evidence"]
    assert (row["item"], row["author"], row["rule"]) == (item["id"], "sam", "joke.fruit")


def test_what_a_council_makes_weaker_is_told_first(bench: Bench) -> None:
    """A rule that a council's folder switches off is named by diff, list and test; nothing is, where it only adds."""
    assert not any("Weaker" in bench.run("policy", verb).out for verb in ("diff", "list"))
    bench.write("rules/more.toml", '[[rule]]\nid = "one-way.mention"\nstatus = "retired"\n')
    first, second, third, *_ = bench.run("policy", "diff").out.splitlines()
    assert first.startswith("From policy")
    assert (second, third) == ("Weaker:", "  ! one-way.mention is retired, so it stops nothing")
    named = "Weaker than the built-in rules, by the council's own folder: one-way.mention."
    for words in (("list",), ("test", "joke.fruit")):
        assert named in " ".join(bench.run("policy", *words).out.split())


def test_a_table_is_shown_with_its_rules(bench: Bench) -> None:
    """A table of words: what is in it, who uses it, how a council fills it; and its name is suggested."""
    shown = " ".join(bench.run("policy", "show", "fruit").out.split())
    for text in (
        "table fruit (10): apple · banana",
        "and 2 more (--all)",
        "Used by: joke.fruit",
        "[more]",
        "[tables]",
    ):
        assert text in shown
    assert bench.run("policy", "show", "fruit", "--json").json["rules"] == ["joke.fruit"]
    assert "Did you mean fruit" in bench.run("policy", "show", "fruitt").err


def test_an_empty_table_says_so_and_how_to_fill_it(bench: Bench) -> None:
    """A table without words is called empty, where a rule names it, too, and says in which file a council fills it."""
    bench.write("rules/fruit.toml", OWN.partition("fruit = [")[0] + "fruit = []\n")
    shown = " ".join(bench.run("policy", "show", "fruit").out.split())
    assert shown.startswith("table fruit (0): it is empty Used by: joke.fruit")
    assert '([policy] rules in config.toml): `fruit = ["…"]` below [more] adds to it' in shown
    assert "table fruit (0): it is empty\n" in bench.run("policy", "show", "joke.fruit").out


def test_curly_quotes_in_a_rule_file_are_told_with_their_line(bench: Bench) -> None:
    """A word processor's quotes are named with file and line, and what to type in place of them."""
    bench.write("rules/fruit.toml", OWN.replace('title = "Fruit"', "title = “Fruit”"))
    answer = bench.run("policy", "list")
    assert answer.code == 2
    assert "fruit.toml, line 4: it has curly quotes. Use straight quotes" in answer.err


def test_no_clause_is_made_up(bench: Bench) -> None:
    """A clause that no rule cites is wrong input, not an empty table."""
    answer = bench.run("policy", "list", "--clause", "5zz")
    assert (answer.code, "5zz" in answer.err) == (2, True)


ELECTION = """
[[election]]
id = "may"
title = "Local elections"
notice = 2027-03-22
poll = 2027-05-06
area = {}
candidates = ["Jo Example"]
[[election.exempt]]
what = "all"
words = ["flood"]
from = 2027-04-02
until = 2027-04-09
reason = "Flood emergency"
authoriser = "M. Officer"
"""
EXEMPTED = "all from 2 Apr 2027 until 9 Apr 2027, only with flood, by M. Officer: Flood emergency"


def test_diff_speaks_plain_words(bench: Bench) -> None:
    """Days as days, no brackets of the programming language, and an empty area as what it means."""
    for folder, area in (("old", '"Ashby"'), ("new", '""')):
        (bench.folder / folder).mkdir()
        bench.write(f"{folder}/elections.toml", ELECTION.format(area))
    shown = bench.run("policy", "diff", "--from", "built-in", "--to", "new").out
    assert "notice: 22 Mar 2027\n" in shown
    assert "area: the whole council\n" in shown
    assert f"exempt: {EXEMPTED}" in " ".join(shown.split())
    assert "parties" not in shown
    assert not {"→", "nothing"} & set(shown.split())
    moved = bench.run("policy", "diff", "--from", "old", "--to", "new").out
    assert "area: Ashby → the whole council" in moved
    assert not set("[]{}'") & set(shown)


def test_a_register_is_shown(bench: Bench) -> None:
    """What is registered, in plain lines and for programs, by the name of the register or of what elections list."""
    assert "elections (0): none is registered" in bench.run("policy", "show", "elections").out
    bench.write("rules/registers.toml", ELECTION.format('"Ashby"') + SITES)
    shown = " ".join(bench.run("policy", "show", "elections", "sites").out.split())
    for text in ("elections (1) may title: Local elections notice: 22 Mar 2027 poll: 6 May 2027", "area: Ashby",
                 f"exempt: {EXEMPTED}", "sites (3) tickets.example.org", "terms: https://tickets.example.org/terms",
                 "checked_on: 31 Jan 2019", "as [[site]] in any .toml file of its own folder"):  # fmt: skip
        assert text in shown
    candidates = bench.run("policy", "show", "candidates")
    assert "may\n    title: Local elections\n    candidates: Jo Example\n" in candidates.out
    told = bench.run("policy", "show", "elections", "sites", "candidates", "--json").lines
    assert [one["register"] for one in told] == ["elections", "sites", "candidates"]
    assert told[0]["entries"][0]["notice"] == "2027-03-22"
    assert told[2]["entries"] == [{"id": "may", "title": "Local elections", "candidates": ["Jo Example"]}]
    assert "It is a register: `publisher policy show sites`." in bench.run("policy", "test", "sites").err


def test_the_first_config_shows_where_rules_go(bench: Bench) -> None:
    """The config.toml of `publisher init` has the [policy] part as a comment, and without its marks it is right."""
    bench.run("--config", "first/config.toml", "init", "--yes")
    first = bench.folder / "first" / "config.toml"
    written = first.read_text(encoding="utf-8")
    meant = re.sub(r"^# (\[policy\]|(?:rules|reader) =)", r"\1", written, flags=re.MULTILINE)
    first.write_text(meant, encoding="utf-8")
    settings = config.load(first).policy
    assert (settings.rules, settings.reader, meant != written) == ("rules", "auto", True)


# --- consents ----------------------------------------------------------------------------------------------------


def test_a_consent_is_entered_listed_and_taken_back(bench: Bench) -> None:
    """A reference, a basis and an end; after the withdrawal the list says so."""
    words = ("FORM-7", "--basis", "consent", "--expires", "2099-03-31")
    added = bench.run("consent", "add", *words, "--json", "--as", "sam")
    assert (added.code, added.json["expires_on"]) == (0, "2099-03-31")
    assert "holds" in bench.run("consent", "list").out
    taken = bench.run("consent", "withdraw", "FORM-7", "--as", "sam")
    assert (taken.code, "FORM-7 is withdrawn." in taken.out) == (0, True)
    assert "withdrawn by sam" in bench.run("consent", "list").out
    assert bench.run("consent", "list", "--json").json["consents"][0]["withdrawn_by"] == "sam"


@pytest.mark.parametrize(
    "words",
    [
        ("add", "FORM-7", "--expires", "soon"),
        ("add", "FORM-7", "--expires", "2020-01-01"),
        ("withdraw", "FORM-7"),
    ],
)
def test_a_consent_that_cannot_be_is_wrong_input(bench: Bench, words: tuple[str, ...]) -> None:
    """No date, a date that has passed, and a reference that is not there."""
    assert bench.run("consent", *words, "--as", "sam").code == 2
    assert "no consent yet" in bench.run("consent", "list").out
