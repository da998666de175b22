"""The policy asked for through the office: plain JSON for every door, in portions, and with rules that somebody drafts."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from api_support import open_council
from cli_support import RULES, Bench, open_bench, soon

from publisher import office, trials
from publisher.app import open_app
from publisher.cli import _policy_trial
from publisher.errors import InputError
from publisher.office import Office
from publisher.office.operations import Caller
from publisher.office.rules import Comparison, Line, Named, Rules, Tried
from publisher.policy.rules import BUILT_IN, read

CHANGED = RULES.replace('severity = "review"', 'severity = "block"')


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready."""
    with open_bench(tmp_path) as made:
        yield made


@contextlib.contextmanager
def opened(bench: Bench) -> Iterator[Office]:
    """The office of the bench, as the API opens it."""
    app = open_app(bench.folder / "config.toml")
    try:
        yield office.here(app, Caller("sam", "test"))
    finally:
        app.close()


def drafted(bench: Bench, text: str) -> Rules:
    """The bench's rules with another own file, as whoever drafts them sends them along."""
    folder = bench.folder / "draft"
    folder.mkdir(exist_ok=True)
    (folder / "own.toml").write_text(text, encoding="utf-8")
    return Rules(sent=json.loads(json.dumps(trials.packed(read([BUILT_IN, folder])))))


ASKED: dict[str, Callable[[Office], Any]] = {
    "list": lambda o: o.rules.list(category="marking"),
    "show": lambda o: o.rules.show(Named(names=("link.missing", "no_names", "elections"))),
    "test": lambda o: o.rules.test(Named(names=("marking.test-review",))),
    "test_items": lambda o: o.rules.test_items(
        Tried(lines=(Line(number=1, item={"kind": "news", "title": "A", "summary": "B"}),))
    ),
    "diff": lambda o: o.rules.diff(Comparison(before=Rules(named="built-in"), stored=True)),
    "explain": lambda o: o.rules.explain("marking.test-review", quoted=True),
    "overrides": lambda o: o.rules.overrides(),
    "replay": lambda o: o.rules.replay(),
}


@pytest.mark.long
@pytest.mark.parametrize("name", ASKED)
def test_every_answer_is_plain_json(bench: Bench, name: str) -> None:
    """What the office says can be sent to whoever asks, and means the same there: nothing in it is more than JSON."""
    assert bench.run("news", "Fair", "--summary", "Please ask me first.", "--at", soon()).code == 3
    with opened(bench) as the_office:
        found = ASKED[name](the_office)
    assert json.loads(json.dumps(found)) == found
    assert isinstance(found, dict)


def test_every_rule_can_be_sent(bench: Bench) -> None:
    """No rule, table or register has a value that is not plain: all of the book can be shown from elsewhere."""
    with opened(bench) as the_office:
        names = tuple(rule["id"] for rule in the_office.rules.list()["rules"])
        found = the_office.rules.show(Named(names=names))["entries"]
    assert [entry["id"] for entry in found] == list(names)
    assert json.loads(json.dumps(found)) == found


def test_rules_that_are_sent_are_the_rules_of_the_folder(bench: Bench) -> None:
    """Rules, tables and examples arrive whole: against the same folder there is no difference, nor in the version."""
    with opened(bench) as the_office:
        same = the_office.rules.diff(Comparison(before=drafted(bench, RULES)))
        other = the_office.rules.diff(Comparison(before=drafted(bench, CHANGED)))
        example = RULES.replace("Please ask them.", "Please ask nobody.")
        examples = the_office.rules.diff(Comparison(before=drafted(bench, example)))
    assert (same["from"], same["differences"]) == (same["to"], [])
    assert [(one["name"], one["parts"][0]["key"]) for one in other["differences"]] == [
        ("marking.test-review", "severity")
    ]
    assert [one["parts"][0]["key"] for one in examples["differences"]] == ["examples.pass"]


def test_only_what_a_draft_changes_is_sent(bench: Bench) -> None:
    """A server takes no more than 1 MiB: the built-in rules are there already, and need not travel."""
    draft = drafted(bench, RULES)
    assert draft.sent is not None
    assert [rule["id"] for rule in draft.sent["rules"]] == ["marking.test-block", "marking.test-review"]
    assert len(json.dumps(draft.sent)) < 10_000


def test_long_lines_are_sent_apart(bench: Bench) -> None:
    """However long the items are, what is asked at once stays below what a server takes."""
    item = {"kind": "news", "title": "Library", "summary": "Open.", "body": "\u00e9 " * 8_000}
    bench.write("ours.jsonl", f"{json.dumps(item, ensure_ascii=False)}\n" * 30)
    with contextlib.chdir(bench.folder):
        portions = list(_policy_trial.portions("ours.jsonl"))
    assert [line.number for portion in portions for line in portion] == list(range(1, 31))
    sizes = [len(json.dumps([line.model_dump() for line in portion])) for portion in portions]
    assert len(portions) == 3
    assert max(sizes) < 900 * 1024


def test_rules_that_are_sent_judge_what_is_stored(bench: Bench) -> None:
    """Whoever drafts rules elsewhere learns what they would do to the items here, and changes none."""
    assert bench.run("news", "Fair", "--summary", "Please ask me first.", "--at", soon()).code == 3
    with opened(bench) as the_office:
        found = the_office.rules.diff(Comparison(after=drafted(bench, CHANGED), stored=True))
    assert [(one["before"], one["after"]) for one in found["judged_otherwise"]] == [("review", "block")]
    assert bench.states() == ["held for review"]


@pytest.mark.parametrize(
    "sent",
    [
        {}, {"rules": []}, {"rules": 7, "tables": {}, "registers": {}}, {"rules": [{}], "tables": {}, "registers": {}},
        {"rules": [7], "tables": {}, "registers": {}}, {"rules": [], "tables": {"a": 7}, "registers": {}},
        {"rules": [], "tables": {}, "registers": {"sites": [{}]}}, {"rules": [], "tables": {}, "registers": 7},
    ],
)  # fmt: skip
def test_what_is_no_set_of_rules_is_told(bench: Bench, sent: dict[str, Any]) -> None:
    """Damaged or made up, it is wrong input, and never a failure of the program."""
    with opened(bench) as the_office, pytest.raises(InputError, match="no set of rules"):
        the_office.rules.diff(Comparison(after=Rules(sent=sent)))


def test_a_detector_that_is_none_asks_for_a_person(bench: Bench) -> None:
    """A rule that was sent and cannot be applied clears nothing, as one of a file does not."""
    draft = drafted(bench, RULES)
    assert draft.sent is not None
    (rule,) = [rule for rule in draft.sent["rules"] if rule["id"] == "marking.test-review"]
    rule["detector"] = "__import__"
    line = Line(number=1, item={"kind": "news", "title": "Library", "summary": "It opens at 9am."})
    with opened(bench) as the_office:
        found = the_office.rules.diff(Comparison(after=draft, lines=(line,)))
    assert [(one["before"], one["after"]) for one in found["judged_otherwise"]] == [("clear", "review")]
    assert found["judged_otherwise"][0]["came"] == ["format.rule-failed (review)"]


def test_two_folders_need_no_queue_and_no_rules_of_today(bench: Bench) -> None:
    """Rules are drafted before there is a queue, and while a file of today's is wrong."""
    shutil.rmtree(bench.folder / "data")
    for folder, text in (("old", RULES), ("new", CHANGED)):
        (bench.folder / folder).mkdir()
        bench.write(f"{folder}/own.toml", text)
    bench.write("rules/own.toml", RULES.replace('severity = "review"', 'severity = "perhaps"'))
    answer = bench.run("policy", "diff", "--from", "old", "--to", "new")
    assert answer.code == 0
    assert "severity: review → block" in answer.out
    wrong = bench.run("policy", "diff", "--from", "old", "--to", "rules")
    assert (wrong.code, "own.toml" in wrong.err, "perhaps" in wrong.err) == (2, True, True)


def test_a_folders_rules_may_be_for_the_councils_channels_alone(bench: Bench) -> None:
    """A misspelt channel is told when a draft is compared, as it is when it is used."""
    (bench.folder / "new").mkdir()
    bench.write(
        "new/own.toml", RULES.replace('severity = "block"', 'severity = "block"\nchannels = ["facebok"]', 1)
    )
    answer = bench.run("policy", "diff", "--to", "new")
    assert (answer.code, "facebook" in answer.err) == (2, True)


@pytest.mark.long
def test_a_long_file_is_asked_about_in_portions(bench: Bench) -> None:
    """However many lines there are, each is judged once, is told by its own number, and the sums are right."""
    lines = _policy_trial.LINES_AT_ONCE + 3
    plain = {"kind": "news", "title": "Library", "summary": "It opens at 9am."}
    items = [plain] * (lines - 1) + [plain | {"summary": "Please ask me first."}]
    bench.write("ours.jsonl", "\n".join(map(json.dumps, items)))
    tried = bench.run("policy", "test", "marking.test-review", "--file", "ours.jsonl", "--json").json
    assert (tried["tried"], [fault.split(" ")[:2] for fault in tried["faults"]]) == (
        lines + 3,
        [["line", f"{lines}"]],
    )
    compared = bench.run("policy", "diff", "--from", "built-in", "--items", "ours.jsonl", "--json").json
    assert (compared["items"], [one["after"] for one in compared["judged_otherwise"]]) == (lines, ["review"])
    assert len(compared["differences"]) == 2


@pytest.mark.long
def test_stored_items_are_counted_once(bench: Bench) -> None:
    """A file in several portions does not make the items of the queue be judged again with each."""
    bench.news()
    plain = json.dumps({"kind": "news", "title": "Library", "summary": "It opens at 9am."})
    bench.write("ours.jsonl", f"{plain}\n" * (_policy_trial.LINES_AT_ONCE + 1))
    told = bench.run("policy", "diff", "--items", "ours.jsonl", "--stored", "--json").json
    assert told["items"] == _policy_trial.LINES_AT_ONCE + 2


def test_an_empty_file_of_items_is_no_item(bench: Bench) -> None:
    """Nothing but blank lines: the rules are compared, and nothing is judged."""
    bench.write("ours.jsonl", "\n\n")
    told = bench.run("policy", "diff", "--from", "built-in", "--items", "ours.jsonl", "--json").json
    assert (told["items"], len(told["differences"])) == (0, 2)
    assert bench.run("policy", "test", "marking.test-review", "--file", "ours.jsonl").code == 0


# --- from elsewhere ----------------------------------------------------------------------------------------------------

BY_EVERY_DOOR = [
    ("list", "--category", "marking"),
    ("list", "--clause", "9z", "--json"),
    ("show", "marking.test-review", "no_names", "elections"),
    ("show", "marking.test-review", "no_names", "elections", "--json"),
    ("show", "marking.test-revew"),
    ("test", "marking.test-review", "--file", "ours.jsonl"),
    ("diff", "--from", "built-in", "--stored", "--items", "ours.jsonl"),
    ("diff", "--to", "draft", "--stored"),
    ("diff", "--from", "draft", "--to", "built-in", "--json"),
    ("diff", "--from", "nowhere"),
    ("explain", "marking.test-review"),
    ("explain", "FINDING"),
    ("explain", "FINDING", "--json"),
    ("overrides",),
    ("replay",),
]


@pytest.mark.long
def test_the_policy_is_asked_for_by_every_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the API, with a token that only reads, every verb prints what it prints on the database; folders stay one's own."""
    with open_council(tmp_path / "council") as council:
        bench = council.bench
        drafted(bench, CHANGED)
        lines = [
            {
                "kind": "news",
                "title": "Fair",
                "summary": "Please ask me first.",
                "expect": ["marking.test-block"],
            }
        ]
        bench.write("ours.jsonl", "\n".join(map(json.dumps, lines)))
        held = bench.held()
        finding = next(one["id"] for one in held["findings"] if one["rule"] == "marking.test-review")
        asked = [tuple(word.replace("FINDING", finding) for word in words) for words in BY_EVERY_DOOR]
        here = [bench.run("policy", *words) for words in asked]
        monkeypatch.setenv("PUBLISHER_SERVER", council.server.url)
        monkeypatch.setenv("PUBLISHER_TOKEN", council.token("sam", "read"))
        (bench.folder / "config.toml").rename(bench.folder / "elsewhere.toml")
        there = [bench.run("policy", *words) for words in asked]
    assert dict(zip(asked, there, strict=True)) == dict(zip(asked, here, strict=True))
    assert {answer.code for answer in here} == {0, 1, 2}
