"""`publisher audit retention`, `erase`, `hold`, `lift`, `holds` and `costs`; costs in `check`; erased items in every verb."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cli_support import AUTHOR, DIRECTOR, WHY, Answer, Bench, open_bench, soon

from publisher.cli.looking import _what

TITLE, WORDS = "Quokka census", "Quokka"
WHY_ERASED = ("--reason", "Request DP-7")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder with officers: dana directs, asha approves, sam writes."""
    with open_bench(tmp_path) as found:
        yield found


def ended(bench: Bench) -> str:
    """An item that was let go, stopped, and has something of each kind that is erased; its id."""
    made = bench.run(
        "news", TITLE, "--summary", f"Please ask me first about the {WORDS}.", "--at", soon(), "--json"
    ).json
    item_id = str(made["id"])
    assert (
        bench.run("approve", item_id, "--reason", f"The {WORDS} is a toy in a book", "--as", "asha").code == 0
    )
    assert bench.run("withdraw", item_id, "--reason", f"No {WORDS} came", "--as", "nobody").code == 1
    assert bench.run("withdraw", item_id, "--reason", f"No {WORDS} came").code == 0
    return item_id


def audit(bench: Bench, *words: str, officer: str = DIRECTOR) -> Answer:
    """One of the audit verbs, as an officer; reading ones take nobody."""
    acts = words[0] in {"erase", "hold", "lift", "retention"}
    return bench.run("audit", *words, *(("--as", officer) if acts else ()))


def erased(bench: Bench) -> str:
    """The same, erased."""
    item_id = ended(bench)
    done = audit(bench, "erase", item_id, *WHY_ERASED)
    assert (done.code, done.out) == (
        0, f"{item_id} is erased. What was decided of it stays: `publisher show {item_id}`\n",
    )  # fmt: skip
    return item_id


# --- erased items, wherever they are shown -------------------------------------------------------------------


SHOWING = (
    ("list", "--all"), ("list", "--state", "withdrawn"), ("show", "ID"), ("preview", "ID"), ("policy", "overrides"),
    ("policy", "replay"), ("policy", "diff", "--stored"), ("audit", "log"), ("audit", "verify"), ("audit", "log", "--item", "ID"),
    ("audit", "export", "-o", "out.jsonl", "--as", DIRECTOR), ("audit", "export", "--item", "ID", "-o", "out.html"), ("audit", "retention"),
    ("audit", "holds"), ("audit", "costs"),
)  # fmt: skip
"""Every verb that shows something of items."""
DOING = (("approve", *WHY), ("refuse", *WHY), ("withdraw", *WHY), ("reschedule", "--now"), ("retry",))


@pytest.mark.long
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_no_verb_stumbles_over_an_erased_item(bench: Bench, more: tuple[str, ...]) -> None:
    """Each says what is left, with `(erased)` where words were, and none shows a word of it or fails as a bug."""
    item_id = erased(bench)
    for words in SHOWING:
        answer = bench.run(*(item_id if word == "ID" else word for word in words), *more)
        assert answer.code == 0, (words, answer)
        assert WORDS not in answer.out + answer.err, words
        assert "(erased)" in answer.out or words[0] not in {"list", "show", "preview"}, words
    assert [
        file.name for file in bench.folder.glob("out.*") if WORDS in file.read_text(encoding="utf-8")
    ] == []


def test_nothing_is_done_with_an_erased_item(bench: Bench) -> None:
    """What has no words can neither go nor be decided on: each verb says no in one line."""
    item_id = erased(bench)
    for verb, *words in DOING:
        answer = bench.run(verb, item_id, *words, "--as", "asha")
        assert (answer.code, answer.out, len(answer.err.splitlines())) == (1, "", 1), verb


def test_show_tells_what_stays_of_an_erased_item(bench: Bench) -> None:
    """Who wrote it and let it go, its states and times; and when its words went, by whom."""
    item_id = erased(bench)
    shown = bench.run("show", item_id, "--json").json
    assert (shown["title"], shown["state"], shown["author"]) == ("(erased)", "withdrawn", AUTHOR)
    assert shown["erased_at"] is not None
    assert [event["actor"] for event in shown["events"] if event["action"] == "erased"] == [DIRECTOR]
    shown = " ".join(bench.run("show", item_id).out.split())
    assert "nobody was refused something (its words are erased)" in shown


def test_an_erased_finding_is_no_longer_explained(bench: Bench) -> None:
    """Its id is a digest of few words, which could be guessed: it goes with them."""
    made = bench.run("news", TITLE, "--summary", "Please ask me first.", "--at", soon(), "--json").json
    finding = made["findings"][0]["id"]
    assert bench.run("policy", "explain", finding).code == 0
    bench.run("withdraw", made["id"], "--reason", "Off")
    audit(bench, "erase", made["id"], *WHY_ERASED)
    answer = bench.run("policy", "explain", finding)
    assert (answer.code, WORDS in answer.err) == (2, False)
    assert finding.encode() not in (bench.folder / "data" / "queue.db").read_bytes()


def test_replaying_tells_an_erased_verdict_apart(bench: Bench) -> None:
    """It cannot be repeated, and that is no fault of anybody's."""
    erased(bench)
    answer = bench.run("policy", "replay")
    assert answer.code == 0
    assert "its words were erased" in " ".join(answer.out.split())


# --- who, and what is told -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [("erase", "ID", *WHY_ERASED), ("hold", "FOI-1", "--all", "--reason", "Asked"), ("retention", "--apply")],
)
def test_an_officer_is_told_no_in_one_line(bench: Bench, words: tuple[str, ...]) -> None:
    """Who writes does not erase, nor hold; the line says whom to ask."""
    item_id = ended(bench)
    answer = audit(bench, *(item_id if word == "ID" else word for word in words), officer=AUTHOR)
    assert (answer.code, answer.out) == (1, "")
    assert f"{AUTHOR} is no director" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_a_hold_is_placed_told_and_lifted(bench: Bench) -> None:
    """The way of one FOI request: held, refused with its reference, shown, lifted, erased."""
    item_id = ended(bench)
    placed = audit(bench, "hold", "FOI 2026/114", "--item", item_id, "--reason", "Asked for on Monday")
    assert (placed.code, "publisher audit lift 'FOI 2026/114' --reason TEXT" in placed.out) == (0, True)
    refused = audit(bench, "erase", item_id, *WHY_ERASED)
    assert (refused.code, "under the legal hold 'FOI 2026/114'" in refused.err) == (1, True)
    (row,) = audit(bench, "holds", "--json").json["holds"]
    assert (row["reference"], row["item"], row["stands"], row["placed_by"], row["changed_by_hand"]) == (
        "FOI 2026/114", item_id, True, DIRECTOR, False,
    )  # fmt: skip
    assert "Under a legal hold: FOI 2026/114." in audit(bench, "retention").out
    assert (
        audit(bench, "lift", "FOI 2026/114", "--reason", "Answered").out
        == "The legal hold FOI 2026/114 is lifted.\n"
    )
    assert "Lifted by dana" in " ".join(audit(bench, "holds").out.split())
    assert audit(bench, "erase", item_id, *WHY_ERASED).code == 0


WRONG = (
    (("hold", "R", "--reason", "x"), "Give --item ID or --all"),
    (("hold", "R", "--all", "--item", "some", "--reason", "x"), "Give --item ID or --all"),
    (("hold", "R", "--all"), "--reason"),
    (("hold", "R", "--item", "nosuch", "--reason", "x"), "there is no item"),
    (("lift", "nosuch", "--reason", "x"), "publisher audit holds"),
    (("erase", "nosuch", "--reason", "x"), "there is no item"),
    (("erase", "nosuch"), "--reason"),
    (("costs", "--month", "June"), "Write it like 2026-11"),
    (("costs", "--csv", "--json"), "Choose one"),
)


def test_wrong_input_is_told_in_one_line(bench: Bench) -> None:
    """With the way out."""
    for words, said in WRONG:
        answer = audit(bench, *words)
        assert (answer.code, len(answer.err.splitlines())) == (2, 1), words
        assert said in answer.err, words


def test_the_schedule_is_shown_for_officers(bench: Bench) -> None:
    """Each class in words, with how long, from when, why and on whose word; and what is due."""
    told = " ".join(audit(bench, "retention").out.split())
    assert "published for good 0 0 Words of items that went out" in told
    assert "unsent 180 days 0 0 Items that never went out" in told
    assert "UK GDPR article 5(1)(e)" in told
    assert told.endswith("Nothing is due.")
    classes = {row["class"]: row for row in audit(bench, "retention", "--json").json["classes"]}
    assert (classes["unsent"]["days"], classes["published"]["days"], classes["record"]["fixed"]) == (
        180,
        "keep",
        True,
    )


def test_the_council_s_days_are_shown_as_its_own(bench: Bench) -> None:
    """[retention] in config.toml is the council's schedule."""
    config = bench.folder / "config.toml"
    config.write_text(config.read_text() + "\n[retention]\nunsent = 30\n")
    classes = {row["class"]: row for row in audit(bench, "retention", "--json").json["classes"]}
    assert (classes["unsent"]["days"], classes["unsent"]["source"]) == (
        30,
        "config.toml, the council's own schedule",
    )


def test_what_is_due_is_erased_only_when_told(bench: Bench) -> None:
    """The table is a dry run; --apply does it, and says how much of what."""
    picture = bench.folder / "data" / "media" / f"{'a' * 64}.jpg"
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes(b"jpeg")
    os.utime(picture, (0, 0))
    assert "1 are due." in audit(bench, "retention").out
    assert picture.exists()
    assert audit(bench, "retention", "--apply").out == "Erased: pictures 1.\n"
    assert not picture.exists()
    assert audit(bench, "retention", "--apply", "--json").json == {"erased": {}, "total": 0}


# --- costs ---------------------------------------------------------------------------------------------------


def test_check_shows_what_an_item_will_cost(bench: Bench) -> None:
    """Before anything is stored, for people and programs; nothing where no channel of it charges."""
    item = {"kind": "news", "title": "Pool opens", "summary": "At nine."}
    bench.write("item.json", json.dumps(item))
    assert bench.run("check", "item.json", "--json").json["cost_usd"] == 0.2
    assert "costs $0.20, which the platforms charge for its posts" in bench.run("check", "item.json").out
    assert bench.run("check", "--jsonl", stdin=json.dumps(item).encode()).lines[0]["cost_usd"] == 0.2
    bench.write("free.json", json.dumps(item | {"channels": ["website"]}))
    assert bench.run("check", "free.json", "--json").json["cost_usd"] is None
    assert "costs" not in bench.run("check", "free.json").out


@pytest.mark.parametrize("verb", ["news", "event"])
def test_a_dry_run_shows_what_an_item_will_cost(bench: Bench, verb: str) -> None:
    """As `check` does."""
    words = [verb, "Pool opens", "--summary", "At nine.", "--dry-run"]
    words += ["--starts", soon(48), "--location", "The pool"] if verb == "event" else []
    assert "costs $0.20" in bench.run(*words).out
    assert bench.run(*words, "--json").json["cost_usd"] == 0.2


def booked(bench: Bench) -> None:
    """One post on X that was sent in November 2026, by the rows that the daemon leaves."""
    made = bench.news()
    with closing(sqlite3.connect(bench.folder / "data" / "queue.db")) as connection, connection:
        connection.execute(
            "UPDATE delivery SET state = 'sent', sent_at = '2026-11-25 09:00:00.000000', cost = 15000 "
            "WHERE item_id = ? AND channel = 'twitter'", (made["id"],),
        )  # fmt: skip


def test_costs_are_shown_by_month_service_and_channel(bench: Bench) -> None:
    """As a table with a sum, as JSON, and as CSV; tenths of a cent are not rounded away."""
    assert audit(bench, "costs").out == "Nothing was sent yet.\n"
    booked(bench)
    told = " ".join(audit(bench, "costs").out.split())
    assert told == "MONTH SERVICE CHANNEL POSTS COST 2026-11 corporate twitter 1 $0.015 total 1 $0.015"
    found: Any = audit(bench, "costs", "--month", "2026-11", "--json").json
    assert (found["total_usd"], found["total_micro_usd"], found["currency"]) == (0.015, 15_000, "USD")
    (row,) = csv.DictReader(io.StringIO(audit(bench, "costs", "--csv").out.lstrip("\ufeff")))
    assert row == {
        "month": "2026-11", "service": "", "channel": "twitter", "posts": "1", "cost_usd": "0.015", "unbooked": "0",
    }  # fmt: skip
    assert audit(bench, "costs", "--month", "2026-10").out == "Nothing was sent in 2026-10.\n"


def test_holds_are_told_in_words(bench: Bench) -> None:
    """`show` says what was held under which reference and what was lifted, never a seal; `holds` has a line for each."""
    item_id = str(bench.run("news", TITLE, "--summary", "Come along.", "--at", soon(), "--json").json["id"])
    audit(bench, "hold", "TEST-1", "--item", item_id, "--reason", "Asked for")
    audit(bench, "lift", "TEST-1", "--reason", "Answered")
    shown = bench.run("show", item_id).out
    assert f"put under the legal hold TEST-1  ({DIRECTOR})" in shown
    assert f"legal hold TEST-1 lifted  ({DIRECTOR})" in shown
    assert not re.search("[0-9a-f]{64}", shown)
    lines = [line.strip() for line in audit(bench, "holds").out.splitlines()]
    assert lines[-2] == "Asked for"
    assert re.fullmatch(rf"Lifted by {DIRECTOR} on \w+ \d+ \w+ \d{{4}} \d\d:\d\d\.", lines[-1])


def test_no_seal_is_shown_for_any_event() -> None:
    """An event that is no move and holds a seal is told by its action; who is in brackets already gets no more."""
    event = {
        "action": "consent used",
        "actor": "mona",
        "subject": "C-1",
        "before": "",
        "after": "7a" * 32,
        "detail": {},
    }
    assert _what(event) == "consent used  (mona)"
    assert _what(event | {"before": "ab" * 32}) == "consent used  (mona)"
    held = event | {"before": "queued", "after": "held for review", "actor": "(in confidence)"}
    assert _what(held) == "queued → held for review  (in confidence)"
