"""Deciding, looking, and setting up by the command line."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import policy_support as support
import pytest
from cli_support import (
    APPROVER,
    AUTHOR,
    CHANNELS,
    CONFIG,
    DATES,
    DIRECTOR,
    FOR_BLOCK,
    FOR_REVIEW,
    WHY,
    Bench,
    open_bench,
    out_on,
    soon,
)

from publisher.app import open_app
from publisher.approval import REASON_LEAST
from publisher.cli import deciding
from publisher.model import DeliveryState, ItemState
from publisher.moves import move_delivery, move_item
from publisher.tables import OfficerRow


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready."""
    with open_bench(tmp_path) as made:
        yield made


def test_a_second_officer_approves(bench: Bench) -> None:
    """`approve` queues what was held and names what it let go; its author is told that it takes another."""
    held = bench.held()
    own = bench.run("approve", held["id"], *WHY)
    assert own.code == 1
    assert "author" in own.err
    answer = bench.run("approve", held["id"], *WHY, "--json", officer=APPROVER)
    assert (answer.code, answer.json["state"], answer.json["open"]) == (0, "queued", [])
    assert [one["rule"] for one in answer.json["overrides"]] == ["marking.test-review"]
    assert bench.run("show", held["id"], "--json").json["approver"] == APPROVER


def test_approve_says_what_it_covers_and_until_when(bench: Bench) -> None:
    """Whoever says yes sees to what, and on which day it ends."""
    held, last = bench.held(), soon(24 * 5)[:10]
    finding = held["findings"][0]["id"]
    shown = " ".join(bench.run("approve", held["id"], *WHY, "--until", last, officer=APPROVER).out.split())
    assert f"marking.test-review, finding {finding}: let go by asha until {last}" in shown
    assert "It goes at its time." in shown


def test_approve_says_what_each_finding_was(bench: Bench) -> None:
    """One reason lets several findings go: each is told in its own words, without the reason, and private details masked."""
    bench.write("rules/second.toml", SECOND.replace('override = "approver"', 'override = "approver"\nprivate = true')
                .replace("three pairs of eyes", "{text}"))  # fmt: skip
    summary = ("--summary", "Ask me first, then ask him too.", "--at", soon())
    items = [bench.run("news", f"The fair {number}", *summary, "--json").json["id"] for number in range(2)]
    said = ["Words for two pairs of eyes.", "Words for as• ••• •••."]
    given = bench.run("approve", items[0], *WHY, "--json", officer=APPROVER).json["overrides"]
    assert [one["message"] for one in given] == said
    shown = " ".join(bench.run("approve", items[1], *WHY, officer=APPROVER).out.split())
    for one, message in zip(given, said, strict=True):
        until = f"let go by asha until {one['expires_on']}"
        assert f"{one['rule']}, finding {one['finding']}: {until}: {message} " in shown
    assert WHY[1] not in shown


def test_what_was_let_go_and_is_found_no_more_is_told_so(bench: Bench) -> None:
    """A rule that was taken out since an officer let its finding go has nothing to say; the yes itself is still shown."""
    bench.write("rules/second.toml", SECOND)
    summary = ("--summary", "Ask me first, then ask him too.", "--at", soon(), "--json")
    item = bench.run("news", "The fair", *summary).json
    gone = next(one["id"] for one in item["findings"] if one["rule"] == "marking.test-second")
    bench.run("approve", item["id"], *WHY, "--finding", gone, officer=APPROVER)
    (bench.folder / "rules" / "second.toml").unlink()
    shown = " ".join(bench.run("approve", item["id"], *WHY, officer=APPROVER).out.split())
    assert re.search(
        f"test-second, finding {gone}: let go by asha until [^ ]+; it is no longer found ", shown
    )


@pytest.mark.parametrize(
    ("reason", "told"),
    [("so be it", "10 to 1000 characters"), ("y" * 1_001, "10 to 1000 characters"), ("a" * 12, "this tells nobody why")],
)  # fmt: skip
def test_a_wrong_reason_is_told_what_is_wrong_with_it(bench: Bench, reason: str, told: str) -> None:
    """Who wrote twelve letters is not told to write ten: length and emptiness are two faults, each with its own words."""
    answer = bench.run("approve", bench.held()["id"], "--reason", reason, officer=APPROVER)
    assert (answer.code, told in answer.err) == (2, True)
    assert ("characters" in answer.err) == ("characters" in told)


SITE = support.site("tickets.example.org")


def test_once_a_website_is_registered_an_approval_judges_again(bench: Bench) -> None:
    """Who reads of an item held for its link learns how it is judged again; then nothing is let go, and it keeps its time."""
    words = ("--summary", "Book (external website): https://tickets.example.org/1", "--at", soon(9))
    held = bench.run("news", "The fair", *words, "--json").json["id"]
    told = f"once the website is on the register of sites: `publisher approve {held} --reason TEXT` judges it again"
    for shown in (bench.run("show", held).out, bench.run("list").out):
        assert told in " ".join(shown.split())
    before = bench.run("show", held, "--json").json
    bench.write("rules/sites.toml", SITE)
    answer = " ".join(bench.run("approve", held, *WHY, officer=APPROVER).out.split())
    assert "Nothing had to be let go: the gate finds nothing against it any more." in answer
    after = bench.run("show", held, "--json").json
    assert (after["state"], after["publish_at"]) == ("queued", before["publish_at"])
    assert "No finding was ever let go." in bench.run("policy", "overrides").out


def test_nothing_else_waits_for_a_register(bench: Bench) -> None:
    """An item held for its words is not told of registers."""
    assert "register" not in bench.run("show", bench.held()["id"]).out


def test_a_refused_item_is_put_away(bench: Bench) -> None:
    """What was refused stays in sight until somebody withdraws it, and its line says so; then it needs nobody."""
    held = bench.held()["id"]
    bench.run("refuse", held, "--reason", "The date is wrong", officer=APPROVER)
    away = f"Then `publisher withdraw {held} --reason TEXT` clears this one away."
    assert away in " ".join(bench.run("list").out.split())
    assert bench.run("withdraw", held, "--reason", "A new one was handed in").code == 0
    assert "Next:" not in bench.run("list").out


def test_one_finding_alone_may_be_let_go(bench: Bench) -> None:
    """--finding lets that one go; what is still open is named, and the item waits: exit code 3."""
    bench.write("rules/second.toml", SECOND)
    made = bench.run(
        "news", "The fair", "--summary", "Ask me first, then ask him too.", "--at", soon(), "--json"
    ).json
    first, second = sorted(made["findings"], key=lambda finding: str(finding["rule"]))
    words = ("approve", made["id"], *WHY, "--finding")
    answer = bench.run(*words, first["id"], officer=APPROVER)
    assert answer.code == 3
    assert f"Still open: marking.test-second, finding {second['id']}" in " ".join(answer.out.split())
    rest = bench.run(*words, second["id"], "--json", officer=APPROVER)
    assert (rest.code, rest.json["open"], len(rest.json["overrides"])) == (0, [], 2)


SECOND = """
[[rule]]
id = "marking.test-second"
title = "For tests"
clause = "9z"
severity = "review"
detector = "phrases"
fields = ["summary"]
message = "Words for three pairs of eyes."
remedy = "Ask another officer."
override = "approver"
parameters = { phrases = ["ask him too"] }
examples = { flag = ["Please ask him too."], pass = ["Please ask them."] }
"""


@pytest.mark.parametrize(
    "words",
    [(), ("--reason", "ok"), (*WHY, "--until", "soon"), (*WHY, "--until", "2020-01-01"), (*WHY, "--finding", "0123456789ab")],
    ids=["no reason", "no real reason", "no date", "past", "unknown finding"],
)  # fmt: skip
def test_a_yes_must_be_a_whole_one(bench: Bench, words: tuple[str, ...]) -> None:
    """Without a reason that tells why, with a wrong day or for a finding that is not there, nothing is let go."""
    held = bench.held()
    assert bench.run("approve", held["id"], *words, officer=APPROVER).code == 2
    assert bench.run("show", held["id"], "--json").json["state"] == "held for review"


@pytest.mark.parametrize("verb", ["refuse", "withdraw"])
@pytest.mark.parametrize("reason", ["", "  ", "…"])
def test_a_no_needs_a_reason(bench: Bench, verb: str, reason: str) -> None:
    """Whoever stops an item says why, or its author learns nothing; the way out says so."""
    held = bench.held()
    answer = bench.run(verb, held["id"], "--reason", reason, officer=APPROVER)
    assert answer.code == 2
    assert "Say why" in answer.err
    assert bench.run("show", held["id"], "--json").json["state"] == "held for review"


def test_who_asks_comes_before_what_they_write(bench: Bench) -> None:
    """Nobody polishes a reason for an item that is not there, or that is their own; and each verb is named as it is."""
    held = bench.held()["id"]
    for verb in ("approve", "refuse"):
        assert "reason" not in bench.run(verb, "nowhere1", "--reason", "", officer=APPROVER).err
        own = bench.run(verb, held, "--reason", "")
        assert (own.code, f"cannot also {verb} it" in own.err) == (1, True)


def test_the_help_says_how_long_a_reason_is(bench: Bench) -> None:
    """The least length of an approval's reason is the one that is demanded."""
    assert REASON_LEAST == deciding.REASON_LEAST
    assert f"{REASON_LEAST} characters or more" in " ".join(bench.run("approve", "--help").out.split())


@pytest.mark.parametrize(
    ("at", "until", "told"),
    [
        (24 * 20, 24 * 10, "your yes would run out on"),
        (1, -48, "has passed"),
        (24 * 60, None, "with --until"),
    ],
    ids=["before it goes", "past", "by default before it goes"],
)
def test_a_yes_must_last_until_it_is_needed(bench: Bench, at: int, until: int | None, told: str) -> None:
    """One that ends before the item goes lets nothing go, and a day that has passed is called so."""
    held = bench.run("news", "Photo of the fair", *FOR_REVIEW, "--at", soon(at), "--json").json
    words = () if until is None else ("--until", soon(until)[:10])
    answer = bench.run("approve", held["id"], *WHY, *words, officer=APPROVER)
    assert answer.code == 2
    assert told in answer.err
    assert bench.run("approve", held["id"], *WHY, "--until", soon(at)[:10], officer=APPROVER).code == 0


def test_what_nobody_may_let_go_stays(bench: Bench) -> None:
    """A finding of a rule without an override is refused, with its remedy: exit code 1."""
    made = bench.run("news", "The fair", *FOR_BLOCK, "--at", soon(), "--json").json
    answer = bench.run("approve", made["id"], *WHY, officer=APPROVER)
    assert answer.code == 1
    assert "Say something else." in answer.err


def test_a_second_officer_refuses_with_a_reason(bench: Bench) -> None:
    """`refuse` blocks what was held; who said no and why is shown first, and what its author does now."""
    held = bench.held()
    answer = bench.run("refuse", held["id"], "--reason", "The date is wrong", "--json", officer=APPROVER)
    assert (answer.code, answer.json["state"]) == (0, "blocked")
    shown = " ".join(bench.run("show", held["id"]).out.split())
    assert "State blocked: refused by asha: The date is wrong" in shown
    then = "refused by asha: The date is wrong. Its author hands in a new one."
    assert then in shown
    assert f"Next: {then}" in " ".join(bench.run("list").out.split())


def test_who_was_not_allowed_refused_nothing(bench: Bench) -> None:
    """The record of an attempt that was denied does not read as if an officer had said no to the item."""
    held = bench.held()
    assert bench.run("approve", held["id"], *WHY).code == 1
    shown = " ".join(bench.run("show", held["id"]).out.split())
    assert "sam was not allowed to approve: the author of an item cannot also approve it" in shown
    assert "refused" not in shown
    (event,) = [
        one for one in bench.run("show", held["id"], "--json").json["events"] if one["action"] == "denied"
    ]
    assert event["detail"]["asked"] == "approve"


def test_who_was_late_is_not_called_not_allowed(bench: Bench) -> None:
    """Nobody could do it any more: that is no word against whoever asked."""
    held = bench.held()
    assert bench.run("approve", held["id"], *WHY, officer=APPROVER).code == 0
    assert bench.run("approve", held["id"], *WHY, officer=DIRECTOR).code == 1
    shown = flat(bench.run("show", held["id"]).out)
    late = f"{DIRECTOR} asked to approve, and it could not be done: item {held['id']} is queued, not held for review"
    assert late in shown
    assert "not allowed" not in shown


def test_what_is_withdrawn_stays_so(bench: Bench) -> None:
    """`withdraw` ends an item's life; a second time is refused, with where to look."""
    made = bench.news()
    assert bench.run("withdraw", made["id"], "--reason", "Off", "--json").json["state"] == "withdrawn"
    again = bench.run("withdraw", made["id"], "--reason", "Off")
    assert again.code == 1
    assert f"publisher show {made['id']}" in again.err


def test_an_item_gets_another_time(bench: Bench) -> None:
    """`reschedule` takes wall-clock time, or --now, and exactly one of them."""
    made = bench.news()
    answer = bench.run("reschedule", made["id"], "--at", "2099-07-01 09:00", "--json")
    assert answer.json["publish_at"] == "2099-07-01T08:00:00+00:00"
    now = bench.run("reschedule", made["id"], "--now", "--json")
    assert datetime.fromisoformat(now.json["publish_at"]) <= datetime.now(UTC)
    for words in ((), ("--now", "--at", soon()), ("--at", "2099-03-29 01:30"), ("--at", "2099-03-28")):
        answer = bench.run("reschedule", made["id"], *words)
        assert (answer.code, "--at" in answer.err) == (2, True)
    past = bench.run("reschedule", made["id"], "--at", "2020-01-01 09:00")
    assert past.code == 2
    assert past.err.startswith("publisher: --at: ")
    assert "Use --now instead" in past.err


def test_another_time_takes_the_approval_back(bench: Bench) -> None:
    """What was approved for Monday waits again when it is moved to Friday: said at once, by exit code 3, and by `show`."""
    held = bench.held()
    bench.run("approve", held["id"], *WHY, officer=APPROVER)
    answer = bench.run("reschedule", held["id"], "--at", soon(5))
    told = " ".join(answer.out.split())
    assert answer.code == 3
    assert "The approval by asha is revoked" in told
    assert f"`publisher approve {held['id']} --reason TEXT`" in told
    assert "It goes " not in told
    assert "the approval by asha was revoked (sam)" in " ".join(bench.run("show", held["id"]).out.split())


def test_there_must_be_something_to_send_again(bench: Bench) -> None:
    """`retry` of an item that waits is refused, and to a channel that it does not go to is wrong input, with those named to which it goes."""
    made = bench.news()
    assert bench.run("retry", made["id"]).code == 1
    answer = bench.run("retry", made["id"], "--channel", "facebok")
    assert answer.code == 2
    assert "It goes to: website, facebook" in answer.err


def test_only_what_is_unknown_is_resolved(bench: Bench) -> None:
    """`resolve` settles an unknown delivery with a person's word, and nothing else."""
    made = bench.news()
    place = f"{made['id']}/twitter"
    assert bench.run("resolve", place, "--not-sent").code == 1
    _make_unknown(bench, made["id"], "twitter")
    assert bench.run("resolve", place).code == 2
    assert bench.run("resolve", made["id"], "--not-sent").code == 2
    assert bench.run("resolve", place, "--sent", "javascript:alert(1)").code == 2
    answer = bench.run("resolve", place, "--sent", "https://x.com/council/status/1", "--json")
    sent = next(delivery for delivery in answer.json["deliveries"] if delivery["channel"] == "twitter")
    assert (sent["state"], sent["url"]) == ("sent", "https://x.com/council/status/1")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https:///", "names no website"),
        ("https:x.com/1", "names no website"),
        ("x.com/council/status/1", "https://"),
        ("http://x.com/council/status/1", "https://"),
        ("file://x.com/1", "https://"),
        ("https://user:pw@x.com/1", "user's name"),
        ("https://user@x.com/1", "user's name"),
        ("https://evil.example/x.com", "is not on twitter"),
        ("https://evilx.com/1", "is not on twitter"),
        ("https://x.com.evil.example/1", "is not on twitter"),
        ("https://www.facebook.com/1", "is not on twitter"),
        ("https://www.example.gov.uk/1", "is not on twitter"),
        ("https://localhost/1", "is not on twitter"),
        ("https://\u0445.com/1", "names no website"),
        ("https://evil.example%2f.x.com/1", "names no website"),
        ("https://evil.example\\.x.com/1", "in no address"),
        ("https://x.com/1\x1b]0;owned\x07", "in no address"),
        ("https://x.com/1\u202e", "in no address"),
        ("https://x.com/1\u200b", "in no address"),
        ("https://x.com/1\nX: y", "in no address"),
        ("https://x.com/1 2", "in no address"),
        ('https://x.com/"><script>', "in no address"),
        ("https://x.com:8443/1", "names a port"),
        ("https://x.com:port/1", "cannot be read"),
        ("https://[x.com/1", "cannot be read"),
        ("https://x.com/" + "1" * 2_000, "longer than 2,000"),
    ],
)
def test_a_post_is_out_only_at_an_address_of_its_platform(bench: Bench, url: str, told: str) -> None:
    """It goes into the record, and a person is told later to take the post down there."""
    made = bench.news()
    _make_unknown(bench, made["id"], "twitter")
    answer = bench.run("resolve", f"{made['id']}/twitter", "--sent", url)
    assert (answer.code, told in " ".join(answer.err.split())) == (2, True), answer
    assert "\x1b" not in answer.err
    shown = bench.run("show", made["id"], "--json").json
    assert {one["state"] for one in shown["deliveries"] if one["channel"] == "twitter"} == {"unknown"}


def test_a_page_is_out_only_on_the_council_s_own_website(bench: Bench) -> None:
    """A page has no platform: any other website's address is wrong, and what is right is told."""
    made = bench.news()
    _make_unknown(bench, made["id"], "website")
    answer = bench.run("resolve", f"{made['id']}/website", "--sent", "https://evil.example/news/")
    told = " ".join(answer.err.split())
    assert (answer.code, "is not on website" in told, "example.gov.uk" in told) == (2, True, True)


@pytest.mark.parametrize(
    ("channel", "url"),
    [
        ("twitter", "https://twitter.com/council/status/1"),
        ("twitter", "https://mobile.x.com/council/status/1?s=20#a"),
        ("facebook", "https://www.facebook.com/permalink.php?story_fbid=1&id=2"),
        ("facebook", "https://m.facebook.com/council/posts/1"),
        ("instagram", "https://www.instagram.com/p/Abc_1/"),
        ("website", "https://www.example.gov.uk/news/library-opens-late/"),
    ],
)
def test_the_addresses_that_platforms_show_are_taken(bench: Bench, channel: str, url: str) -> None:
    """Each platform's own websites, and the council's for a page."""
    made = bench.news()
    _make_unknown(bench, made["id"], channel)
    assert bench.run("resolve", f"{made['id']}/{channel}", "--sent", url).code == 0
    shown = bench.run("show", made["id"], "--json").json
    assert [one["url"] for one in shown["deliveries"] if one["channel"] == channel] == [url]


def _make_unknown(bench: Bench, item_id: str, channel: str) -> None:
    _deliver(bench, item_id, channel, DeliveryState.UNKNOWN, reason="No answer came.")


def _deliver(bench: Bench, item_id: str, channel: str, after: DeliveryState, **changes: Any) -> None:
    with contextlib.closing(open_app(bench.folder / "config.toml")) as app:
        for there in (DeliveryState.SENDING, after):
            row = next(row for row in app.queue.deliveries(item_id) if row.channel == channel)
            with app.queue.writing() as connection:
                move_delivery(connection, row, there, actor="test", now=app.now(), **changes)


def _move(bench: Bench, item_id: str, *path: ItemState) -> None:
    with contextlib.closing(open_app(bench.folder / "config.toml")) as app, app.queue.writing() as connection:
        for here, there in pairwise(path):
            move_item(connection, item_id, here, there, actor="test", now=app.now())


def test_withdraw_says_what_is_not_gone_yet(bench: Bench) -> None:
    """What is out is taken down by the daemon, and whoever withdraws is told where it still stands."""
    made = bench.news()
    with contextlib.closing(open_app(bench.folder / "config.toml")) as app:
        row = next(row for row in app.queue.deliveries(made["id"]) if row.channel == "website")
        proof = app.clearing.of_sending(row, "", "https://www.example.gov.uk/x")
    place = {"url": "https://www.example.gov.uk/x", "subject": proof}
    _deliver(bench, made["id"], "website", DeliveryState.SENT, **place)
    shown = " ".join(bench.run("withdraw", made["id"], "--reason", "Off").out.split())
    assert "Out, and being taken down: website https://www.example.gov.uk/x. It goes nowhere else." in shown
    other = bench.news()
    assert "It will not go anywhere." in bench.run("withdraw", other["id"], "--reason", "Off").out


def test_withdraw_says_what_taking_it_down_costs(bench: Bench) -> None:
    """X charges for a deletion, and it is booked; where nothing is deleted by the program nothing is said of it."""
    made = bench.news()["id"]
    out_on(bench, made, "website", "twitter")
    answer = bench.run("withdraw", made, "--reason", "Off")
    assert "Taking it down is charged for: $0.01 on twitter." in flat(answer.out)
    other = bench.news()["id"]
    out_on(bench, other, "website")
    assert "charged" not in bench.run("withdraw", other, "--reason", "Off").out
    doubted = bench.news()["id"]
    _deliver(bench, doubted, "twitter", DeliveryState.SENT, url="https://x.com/council/status/18")
    assert bench.run("withdraw", doubted, "--reason", "Off", "--json").json["deletion_usd"] == {}
    third = bench.news()["id"]
    out_on(bench, third, "website", "twitter")
    assert bench.run("withdraw", third, "--reason", "Off", "--json").json["deletion_usd"] == {"twitter": 0.01}


@pytest.mark.parametrize("out", [(), ("website",), tuple(CHANNELS)])
def test_list_tells_what_was_out_from_what_never_was(bench: Bench, out: tuple[str, ...]) -> None:
    """Once it is withdrawn, too: on how many channels it went."""
    made = bench.news()["id"]
    out_on(bench, made, *out)
    assert bench.run("withdraw", made, "--reason", "The date was wrong").code == 0
    for channel in out:
        _gone(bench, made, channel)
    with contextlib.closing(open_app(bench.folder / "config.toml")) as app:
        app.decisions.settled(made)
    assert bench.states() == ["withdrawn"]
    shown = flat(bench.run("list").out)
    assert f"withdrawn {len(out)}/4" in shown
    assert (f"It was out on {len(out)} of 4 channels." in shown) == bool(out)


def test_a_persons_task_stands_once_and_whole(bench: Bench) -> None:
    """Instagram lets no program take a post down: what to do is said in one place, with a command that can be copied."""
    made = bench.news()["id"]
    out_on(bench, made, "instagram")
    bench.run("withdraw", made, "--reason", "The date was wrong")
    with contextlib.closing(open_app(bench.folder / "config.toml")) as app:
        app.releaser.work(made)
    command = f"publisher resolve {made}/instagram --withdrawn"
    listed, shown = bench.run("list").out, bench.run("show", made).out
    assert flat(listed).count("down by hand") == 1
    assert listed.count(f"`{command}`") == flat(listed).count(command) == 1
    assert "instagram withdrawing: This platform lets no program take a post down." in flat(listed)
    assert shown.count(f"`{command}`") == flat(shown).count(command) == 2
    (row,) = (
        one for one in bench.run("show", made, "--json").json["deliveries"] if one["channel"] == "instagram"
    )
    assert "`" not in row["reason"]


def test_the_task_with_a_post_that_nothing_proves_stands_once(bench: Bench) -> None:
    """A hand was in it, and a person looks for it: what to do is said in one place, why in the other."""
    made = bench.news()["id"]
    _deliver(bench, made, "twitter", DeliveryState.SENT, url="https://x.com/council/status/18")
    bench.run("withdraw", made, "--reason", "The date was wrong")
    listed = bench.run("list").out
    assert flat(listed).lower().count("look on twitter for") == 1
    assert flat(listed).count(f"publisher resolve {made}/twitter --withdrawn") == 1
    assert "The record was changed by hand: `publisher audit verify` says more." in flat(listed)


def _gone(bench: Bench, item_id: str, channel: str) -> None:
    with contextlib.closing(open_app(bench.folder / "config.toml")) as app:
        row = next(row for row in app.queue.deliveries(item_id) if row.channel == channel)
        with app.queue.writing() as connection:
            move_delivery(connection, row, DeliveryState.WITHDRAWN, actor="test", now=app.now(), due_at=None)


def flat(text: str) -> str:
    """What is printed, on one line."""
    return " ".join(text.split())


def test_what_is_not_sent_again_after_all_is_told_so(bench: Bench) -> None:
    """The gate holds it now: who tried again is told that it does not go, why, and what comes next; exit code 3."""
    made = bench.news(title="The pool opens")["id"]
    _deliver(bench, made, "facebook", DeliveryState.REFUSED)
    _move(bench, made, ItemState.QUEUED, ItemState.RELEASING, ItemState.PART_PUBLISHED)
    rules = (bench.folder / "rules" / "own.toml").read_text(encoding="utf-8")
    bench.write("rules/own.toml", rules.replace('"ask me first"', '"ask me first", "the pool"'))
    answer = bench.run("retry", made, "--channel", "facebook")
    assert answer.code == 3
    said = flat(answer.out)
    assert "It is not sent again: Words for two pairs of eyes." in said
    assert f"Next: an approver, not its author, decides: `publisher preview {made}` shows it" in said
    assert "being sent again" not in said
    assert bench.states() == ["held for review"]
    assert bench.run("approve", made, *WHY, officer=APPROVER).code == 0


def test_what_a_person_held_is_told_when_it_goes_on(bench: Bench) -> None:
    """It was no finding that stood in its way: who had stopped it is named, and that it goes on."""
    made = bench.news()["id"]
    words = ("--item", made, "--text", "It is wrong", "--hold", "--to", DIRECTOR, "--as", AUTHOR)
    assert "The post is held" in bench.run("concern", "raise", *words).out
    said = flat(bench.run("approve", made, *WHY, officer=APPROVER).out)
    assert "somebody on the register had stopped it; on your word it goes on. It goes at its time." in said
    assert "Nothing had to be let go" not in said


def test_show_says_when_the_policy_was_asked(bench: Bench) -> None:
    """Registers that were filled since do not show in what it said: with its moment nobody takes it for today's."""
    asked = bench.held()
    shown = bench.run("show", asked["id"]).out
    (held,) = (line for line in shown.splitlines() if "checked → held for review" in line)
    assert f"What the policy said on {held.strip().partition('  ')[0]} (review):" in shown


def test_a_withdrawals_reason_is_told_once(bench: Bench) -> None:
    """Four channels that did not get what was withdrawn are no four troubles."""
    made = bench.news()
    bench.run("withdraw", made["id"], "--reason", "The hall is shut")
    assert bench.run("list").out.count("The hall is shut") == 1


QUEUED, RELEASING = ItemState.QUEUED, ItemState.RELEASING
WAITS = {
    "late": ((QUEUED, ItemState.LATE), "publisher reschedule {}"),
    "held at its release": ((QUEUED, ItemState.HELD), "publisher retry {}"),
    "blocked": ((QUEUED, ItemState.BLOCKED), "publisher withdraw {}"),
    "one refused": ((QUEUED, RELEASING, ItemState.PART_PUBLISHED), "publisher retry {} --channel facebook"),
    "one unknown": ((QUEUED, RELEASING, ItemState.PART_PUBLISHED), "publisher resolve {}/twitter --not-sent"),
}


@pytest.mark.parametrize("case", WAITS)
def test_what_waits_names_its_next_step(bench: Bench, case: str) -> None:
    """`show` and `list` name the command that moves an item on, by its state."""
    path, command = WAITS[case]
    made = bench.news()
    _deliver(bench, made["id"], "facebook", DeliveryState.REFUSED)
    _make_unknown(bench, made["id"], "twitter")
    _move(bench, made["id"], *path)
    for words in (("show", made["id"]), ("list",)):
        assert command.format(made["id"]) in " ".join(bench.run(*words).out.split())
    assert "What to do next:" in bench.run("show", made["id"]).out


def test_what_waits_for_a_second_officer_says_so(bench: Bench) -> None:
    """An item that the gate holds names who decides and how, and what its author can do; a queued one names nothing."""
    held, queued = bench.held()["id"], bench.news()["id"]
    for words in (("show", held), ("list",)):
        shown = " ".join(bench.run(*words).out.split())
        assert "an approver, not its author, decides" in shown
        assert f"`publisher preview {held}`" in shown
        assert f"`publisher approve {held} --reason TEXT` or `publisher refuse {held}" in shown
        assert f"`publisher withdraw {held} --reason TEXT`, and hands in a mended one." in shown
    assert "What to do next" not in bench.run("show", queued).out


def test_every_role_that_must_decide_is_named(bench: Bench) -> None:
    """Two findings of two roles need both, and an author who could give evidence is told so."""
    both = SECOND.replace('override = "approver"', 'override = "monitoring officer"\nevidence = "whose word"')
    bench.write("rules/second.toml", both)
    words = ("--summary", "Ask me first, then ask him too.", "--at", soon())
    shown = " ".join(bench.run("news", "The fair", *words).out.split())
    assert "an approver and the monitoring officer, not its author, decide: " in shown
    assert "or the same with the evidence that a finding accepts" in shown


@pytest.mark.parametrize("severity", ["review", "block"])
def test_a_role_that_nobody_has_is_told(bench: Bench, severity: str) -> None:
    """An author looks for no monitoring officer whom the register does not have; nor counts who wrote it, or is suspended."""
    both = SECOND.replace('override = "approver"', 'override = "monitoring officer"')
    bench.write("rules/second.toml", both.replace('severity = "review"', f'severity = "{severity}"'))
    words = ("--summary", "Ask me first, then ask him too.", "--at", soon())
    made = bench.run("news", "The fair", *words, "--json").json["id"]

    def told(item: str) -> str:
        shown = " ".join(bench.run("show", item).out.split())
        return shown.partition("besides its author has the role of ")[2].partition(":")[0]

    assert told(made) == "monitoring officer"
    roles = ("--role", "officer", "--role", "monitoring officer")
    assert (
        bench.run("officer", "add", "mona", "--name", "Mona Ray", *roles, *DATES, officer=DIRECTOR).code == 0
    )
    own = bench.run("news", "Our fair", *words, "--json", officer="mona").json["id"]
    assert (told(made), told(own)) == ("", "monitoring officer")
    lets = "let it go:" if severity == "block" else "not its author, decide:"
    assert lets in " ".join(bench.run("show", made).out.split())
    assert bench.run("officer", "suspend", "mona", "--reason", "Left the council", officer=DIRECTOR).code == 0
    assert told(made) == "monitoring officer"


@pytest.mark.parametrize("verb", ["approve", "refuse"])
def test_an_author_is_told_what_they_can_do(bench: Bench, verb: str) -> None:
    """Who is no approver asks one, not "another"; either may take their own item back."""
    words = ("news", "The fair", *FOR_REVIEW, "--at", soon(), "--json")
    for author, whom in ((AUTHOR, "an"), (APPROVER, "another")):
        item = bench.run(*words, officer=author).json["id"]
        back = f"Ask {whom} approver, or take it back: `publisher withdraw {item} --reason TEXT`."
        assert bench.run(verb, item, *WHY, officer=author).err.endswith(f"{verb} it. {back}\n")


@pytest.mark.parametrize("verb", ["approve", "refuse"])
def test_what_needs_no_decision_can_be_stopped(bench: Bench, verb: str) -> None:
    """Who would say no to a queued item is told how; of one that is stopped, only where to read."""
    item = bench.news()["id"]
    stop = f"publisher withdraw {item} --reason TEXT"
    assert f"not held for review. To stop it: `{stop}`." in bench.run(verb, item, *WHY, officer=APPROVER).err
    assert bench.run("withdraw", item, *WHY).code == 0
    assert f"See `publisher show {item}`." in bench.run(verb, item, *WHY, officer=APPROVER).err


def test_what_cannot_be_rescheduled_says_how_its_time_is_changed(bench: Bench) -> None:
    """A held item is approved first, a blocked one mended, or either handed in again; one that is off, only read."""
    held = bench.held()["id"]
    blocked = bench.run("news", "The fair", *FOR_BLOCK, "--at", soon(), "--json").json["id"]

    def told(item: str) -> str:
        return bench.run("reschedule", item, "--now").err

    anew = "`publisher withdraw {} --reason TEXT` and hand it in again with the new time."
    assert f"An approver lets it go first, or {anew.format(held)}" in told(held)
    assert f"Mend it: {anew.format(blocked)}" in told(blocked)
    assert bench.run("withdraw", held, *WHY).code == 0
    assert f"can be rescheduled. See `publisher show {held}`." in told(held)
    stopped = bench.news()["id"]
    _move(bench, stopped, ItemState.QUEUED, ItemState.HELD)
    assert f"First `publisher retry {stopped}`, or {anew.format(stopped)}" in told(stopped)


@pytest.mark.long
def test_list_shows_what_needs_somebody(bench: Bench) -> None:
    """The table fits its terminal, and is whole in a pipe; a channel in trouble has a line with its reason."""
    title = "A title that goes on and on, far beyond what any table of eighty columns could show"
    made = bench.news(title=title)
    _make_unknown(bench, made["id"], "twitter")
    assert title in bench.run("list").out
    assert "twitter unknown: No answer came." in bench.run("list").out
    for columns in (80, 100):
        _, shown = bench.terminal(["list", "--no-color"], environment={"COLUMNS": str(columns)})
        assert max(map(len, shown.decode().splitlines())) == columns
    _, shown = bench.terminal(["list"], environment={"COLUMNS": "200"})
    assert title.encode() in shown


def test_list_says_why_an_item_waits(bench: Bench) -> None:
    """What is held or blocked has its reason in the list, so that nobody has to look it up."""
    bench.held()
    assert "Words for two pairs of eyes." in bench.run("list").out


def test_list_can_be_narrowed(bench: Bench) -> None:
    """--state and --late choose; an unknown state names those there are."""
    bench.news()
    bench.held()
    assert [item["state"] for item in bench.run("list", "--state", "queued", "--json").json["items"]] == [
        "queued"
    ]
    assert bench.run("list", "--late", "--json").json["items"] == []
    assert bench.run("list", "--late").out == "Nothing is late.\n"
    assert bench.run("list", "--state", "part published").out == "Nothing is part published.\n"
    answer = bench.run("list", "--state", "nowhere")
    assert answer.code == 2
    assert "held for review" in answer.err


@pytest.mark.long
def test_list_shows_the_last_twenty_that_are_finished(bench: Bench) -> None:
    """What is finished does not bury what waits: 20 of it are shown, the latest; --all shows everything."""
    ids = [bench.news(title=f"Item {number}", *("--channel", "website"))["id"] for number in range(22)]  # noqa: B026
    for item_id in ids:
        bench.run("withdraw", item_id, "--reason", "Off")
    bench.news()
    shown = bench.run("list", "--json").json["items"]
    assert len(shown) == 21
    assert len(bench.run("list", "--all", "--json").json["items"]) == 23


def test_list_goes_by_time_and_ends_with_what_was_withdrawn(bench: Bench) -> None:
    """What comes first stands first; what was stopped is out of the way."""
    off = bench.news(title="Bowls club moves")["id"]
    bench.run("withdraw", off, "--reason", "It is off")
    later = bench.run("news", "Pool opens", "--at", soon(9), "--json").json["id"]
    sooner = bench.run("news", "Park opens", "--at", soon(5), "--json").json["id"]
    assert [item["id"] for item in bench.run("list", "--json").json["items"]] == [sooner, later, off]
    assert "Did you mean queued?" in bench.run("list", "--state", "queud").err


def test_an_empty_queue_says_what_to_do(bench: Bench) -> None:
    """Nothing there is no blank screen."""
    assert "publisher news --help" in bench.run("list").out
    assert bench.run("list", "--json").json == {"items": []}


def test_show_tells_the_whole_story(bench: Bench) -> None:
    """State, times, each channel, the findings and every move."""
    made = bench.run("news", "The fair", *FOR_BLOCK, "--at", soon(), "--json").json
    shown = bench.run("show", made["id"]).out
    assert all(
        text in shown
        for text in ("blocked", "website", "clause 9z", "draft → checked", "checked → blocked", "(sam)")
    )
    assert bench.run("show", made["id"], "--json").json["findings"] == made["findings"]


# --- the register ------------------------------------------------------------------------------------------------


def test_only_a_director_changes_the_register(bench: Bench) -> None:
    """Clause 5a: the director holds the list of designated officers."""
    words = ("officer", "add", "ben", "--name", "Ben Okoro", *DATES)
    assert bench.run(*words).code == 1
    answer = bench.run(*words, "--json", officer=DIRECTOR)
    assert (answer.code, answer.json["roles"], answer.json["policy_read_on"]) == (
        0,
        ["officer"],
        "2026-01-05",
    )
    assert bench.run(*words, officer=DIRECTOR).code == 2


def test_without_the_three_dates_nobody_posts(bench: Bench) -> None:
    """Clause 5c: who is listed without a prerequisite is told which is missing, and cannot queue."""
    added = bench.run(
        "officer", "add", "ben", "--name", "Ben Okoro", "--policy-read", "2026-01-05", officer=DIRECTOR
    )
    assert "has not signed" in added.out
    assert bench.run("news", "Library opens late", officer="ben").code == 1
    assert "has not signed" in bench.run("officer", "list").out


def test_the_register_names_all_that_is_missing(bench: Bench) -> None:
    """Each prerequisite of clause 5c, not the first alone, and every role whole."""
    roles = ("officer", "approver", "director", "monitoring officer")
    words = [word for role in roles for word in ("--role", role)]
    bench.run("officer", "add", "ben", "--name", "Ben Okoro", *words, officer=DIRECTOR)
    shown = " ".join(bench.run("officer", "list").out.split())
    assert ", ".join(roles) in shown
    for text in ("has not confirmed having read", "has not signed", "has no prior written approval"):
        assert text in shown


def test_nobody_is_told_they_can_post_who_cannot(bench: Bench) -> None:
    """`officer add` says what the register says: a date or a role that is missing is named, each of them."""
    dates = ("--aup-signed", "2026-01-05")
    words = ("officer", "add", "ben", "--name", "Ben Okoro", "--role", "approver", *dates)
    told = " ".join(bench.run(*words, officer=DIRECTOR).out.split())
    assert "can post" not in told
    assert all(
        text in told for text in ("role of officer", "confirmed having read", "no prior written approval")
    )
    fine = bench.run("officer", "add", "eve", "--name", "Eve Hall", *DATES, officer=DIRECTOR)
    assert "They can post from now on." in fine.out


@pytest.mark.parametrize("flag", ["--policy-read", "--aup-signed", "--approved"])
def test_what_is_still_to_be_done_was_not_done(bench: Bench, flag: str) -> None:
    """A prerequisite of clause 5c has a day that has come: a later one is refused by its flag, and nobody is added."""
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    answer = bench.run(
        "officer", "add", "ben", "--name", "Ben Okoro", *DATES, flag, tomorrow, officer=DIRECTOR
    )
    assert answer.code == 2
    assert (
        answer.err == f"publisher: {flag}: {tomorrow} has not come yet. Give the day on which it was done.\n"
    )
    assert "ben" not in bench.run("officer", "list").out


def test_a_day_to_come_that_is_on_the_register_is_told(bench: Bench) -> None:
    """An older program took such days: `officer list` says from when the officer may post."""
    row = OfficerRow(login="ben", name="Ben Okoro", roles="officer", policy_read_on=date(2999, 1, 5), added_by=DIRECTOR,
                     added_at=datetime.now(UTC))  # fmt: skip
    with contextlib.closing(open_app(bench.folder / "config.toml")) as app:
        app.register.add(row, now=app.now())
    assert "before 2999-01-05" in " ".join(bench.run("officer", "list").out.split())


def test_a_suspended_officer_is_stopped_at_once(bench: Bench) -> None:
    """`suspend` works from the next moment, and only on who is active."""
    words = ("officer", "suspend", "sam", "--reason", "Left the council")
    assert bench.run(*words, "--json", officer=DIRECTOR).code == 0
    assert bench.run("news", "Library opens late").code == 1
    assert bench.run(*words, officer=DIRECTOR).code == 2
    register = {row["login"]: row for row in bench.run("officer", "list", "--json").json["officers"]}
    assert register["sam"]["suspended_at"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--role", "king"), "role"),
        (("--channel", "facebok"), "facebook"),
        (("--approved", "yesterday"), "--approved"),
    ],
)
def test_a_wrong_entry_is_not_taken(bench: Bench, words: tuple[str, ...], named: str) -> None:
    """Unknown roles and channels, and what is no date, are wrong input, and nobody is added."""
    answer = bench.run("officer", "add", "ben", "--name", "Ben Okoro", *words, officer=DIRECTOR)
    assert answer.code == 2
    assert named in answer.err
    assert "ben" not in bench.run("officer", "list").out


# --- setting up --------------------------------------------------------------------------------------------------


def test_init_makes_everything_once(tmp_path: Path) -> None:
    """A folder with nothing in it becomes ready; the second time changes nothing."""
    bench = Bench(tmp_path)
    words = ("init", "--director", "dana", "--name", "Dana Lund", *DATES)
    first = bench.run(*words)
    assert first.code == 0, first
    assert all(text in first.out for text in ("config.toml", "dana", "Next:", "publisher daemon"))
    assert stat.S_IMODE((tmp_path / "queue" / "seal.key").stat().st_mode) == 0o600
    before = {path: path.read_bytes() for path in (tmp_path / "config.toml", tmp_path / "queue" / "seal.key")}
    again = bench.run(*words, "--json")
    assert (again.code, again.json["officers"]) == (0, ["dana"])
    assert {path: path.read_bytes() for path in before} == before


def test_init_makes_no_key_beside_a_queue(tmp_path: Path) -> None:
    """A lost key comes back from the backup: under a new one all that was sealed would be void."""
    bench = Bench(tmp_path)
    bench.run("init", "--director", "dana", "--name", "Dana Lund", *DATES)
    key = tmp_path / "queue" / "seal.key"
    key.unlink()
    answer = bench.run("init")
    assert (answer.code != 0, "backup" in answer.err, key.exists()) == (True, True, False)


def test_init_closes_what_an_older_program_left_open(tmp_path: Path) -> None:
    """The queue's files are the account's own; a web server may pass through their folder, and no more. It is said."""
    bench = Bench(tmp_path)
    bench.run("init", "--director", "dana", "--name", "Dana Lund", *DATES)
    folder, database = tmp_path / "queue", tmp_path / "queue" / "queue.db"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, database)] == [0o711, 0o600]
    folder.chmod(0o755)
    database.chmod(0o640)
    answer = bench.run("init")
    assert f"closed to others: {database} (mode 0600)" in answer.out
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, database)] == [0o711, 0o600]


def test_init_keeps_the_config_that_is_there(tmp_path: Path) -> None:
    """A council's own config.toml is never overwritten."""
    bench = Bench(tmp_path)
    own = CONFIG.replace('rules = "rules"', "").replace("Example Borough", "Our Own")
    bench.write("config.toml", own)
    assert bench.run("init", "--yes", "--director", "dana").code == 0
    assert (tmp_path / "config.toml").read_text(encoding="utf-8") == own


def test_init_asks_nobody_where_nobody_is(tmp_path: Path) -> None:
    """Without a terminal and without flags the register stays empty, and the next step says how to fill it."""
    bench = Bench(tmp_path)
    answer = bench.run("init")
    assert answer.code == 0
    assert "publisher init --director" in answer.out
    assert bench.run("officer", "list", "--json").json["officers"] == []


def test_init_asks_at_a_terminal(tmp_path: Path) -> None:
    """A person is asked for login, name and the three dates of clause 5c, one by one."""
    bench = Bench(tmp_path)
    code, shown = bench.terminal(["init"], typed=b"dana\nDana Lund\n2026-01-05\n2026-01-06\n2026-01-07\n")
    assert code == 0, shown
    assert shown.count(b"Clause 5c") == 3
    (row,) = bench.run("officer", "list", "--json").json["officers"]
    assert (row["login"], row["name"]) == ("dana", "Dana Lund")
    assert (row["policy_read_on"], row["aup_signed_on"], row["approved_on"]) == (
        "2026-01-05",
        "2026-01-06",
        "2026-01-07",
    )


def test_init_confirms_no_date_by_a_key_pressed_without_thought(tmp_path: Path) -> None:
    """The three dates of clause 5c have no default: Enter alone asks again, and nobody is registered by it."""
    bench = Bench(tmp_path)
    code, shown = bench.terminal(["init"], typed=b"dana\nDana Lund\n\n\n\n\x04")
    assert code == 130, shown
    assert b"[20" not in shown
    assert bench.run("officer", "list", "--json").json["officers"] == []


def test_init_asks_a_wrong_date_again(tmp_path: Path) -> None:
    """A slip in one date costs that answer alone: the question comes again, and those before it do not."""
    bench = Bench(tmp_path)
    typed = b"dana\nDana Lund\n2026-01-05\n5 January\n2999-01-06\n2026-01-06\n2026-01-07\n"
    code, shown = bench.terminal(["init"], typed=typed)
    assert code == 0, shown
    assert b"'5 January' is not a date. Write it like 2026-01-05." in shown
    assert b"2999-01-06 has not come yet." in shown
    assert (shown.count(b"Login of"), shown.count(b"Clause 5c")) == (1, 5)
    (row,) = bench.run("officer", "list", "--json").json["officers"]
    assert (row["login"], row["aup_signed_on"]) == ("dana", "2026-01-06")


def test_leaving_at_a_question_is_an_interruption(tmp_path: Path) -> None:
    """Ctrl-D at a question is exit code 130, and nobody is registered."""
    bench = Bench(tmp_path)
    code, shown = bench.terminal(["init"], typed=b"dana\nDana Lund\n\x04")
    assert code == 130, shown
    assert bench.run("officer", "list", "--json").json["officers"] == []


def test_init_takes_no_half_director(tmp_path: Path) -> None:
    """A director without the dates of clause 5c is asked for them by flag; --yes confirms them in so many words."""
    bench = Bench(tmp_path)
    half = bench.run("init", "--director", "dana", "--name", "Dana Lund")
    assert half.code == 2
    assert "--policy-read" in half.err
    assert bench.run("officer", "list", "--json").json["officers"] == []
    sure = bench.run("init", "--director", "dana", "--yes")
    assert sure.code == 0
    assert "clause 5c" in sure.err


def test_init_takes_no_director_of_tomorrow(tmp_path: Path) -> None:
    """A prerequisite's day that has not come is refused at the first director, too, who is not registered."""
    bench = Bench(tmp_path)
    answer = bench.run(
        "init", "--director", "dana", "--name", "Dana Lund", *DATES, "--approved", "2999-01-05"
    )
    assert (answer.code, "--approved: 2999-01-05 has not come yet." in answer.err) == (2, True)
    assert bench.run("officer", "list", "--json").json["officers"] == []


def test_init_refuses_a_folder_it_may_not_write(tmp_path: Path) -> None:
    """A place that cannot be made is the outside's failure, said in one line."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    answer = Bench(tmp_path).run("init", "--config", "file/config.toml")
    assert answer.code == 4
    assert answer.err.count("\n") == 1


# --- what keeps an item from going, and is not its own ----------------------------------------------------------------


def test_an_item_that_a_hand_changed_is_told_in_list_and_show(bench: Bench) -> None:
    """A state that was written into the database looks like any other: it is said that it will not go, and what to do."""
    blocked = bench.run("news", "The fair", *FOR_BLOCK, "--at", soon(), "--json").json["id"]
    with closing(sqlite3.connect(bench.folder / "data" / "queue.db")) as connection, connection:
        connection.execute("UPDATE item SET state = 'queued' WHERE id = ?", (blocked,))
    connection.close()
    for answer in (bench.run("list"), bench.run("show", blocked)):
        assert "it will not go" in " ".join(answer.out.split())
        assert "publisher audit verify" in " ".join(answer.out.split())


def test_handing_in_says_that_nothing_is_released(bench: Bench) -> None:
    """With an older database whoever hands in is not told that the daemon sends it."""
    database = bench.folder / "data" / "queue.db"
    with sqlite3.connect(database) as there, sqlite3.connect(bench.folder / "older.db") as copy:
        there.backup(copy)
    there.close()
    copy.close()
    bench.news()
    for end in ("", "-wal", "-shm"):
        database.with_name(f"queue.db{end}").unlink(missing_ok=True)
    shutil.copy(bench.folder / "older.db", database)
    told = bench.run("news", "Parks open", "--summary", "At nine.", "--at", soon(), "--json").json["next"]
    assert told[0].startswith("nothing is released at present")


@pytest.mark.parametrize("table", ["item", "delivery"])
@pytest.mark.long
def test_what_cannot_be_read_stops_no_list(bench: Bench, table: str) -> None:
    """Whatever a hand writes into one row: the others are shown, and what cannot be read is named and said to be so."""
    made, other = bench.news()["id"], bench.news(title="Parks open")["id"]
    key = "id" if table == "item" else "item_id"
    with contextlib.closing(sqlite3.connect(bench.folder / "data" / "queue.db")) as connection:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        for column in sorted({*columns} - {"id", "item_id"}):
            query = f"SELECT rowid, {column} FROM {table} WHERE {key} = ?"  # noqa: S608  # our own names
            number, old = connection.execute(query, (made,)).fetchone()
            for garbage in (b"\xff", "never"):
                put = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608  # as above
                try:
                    connection.execute(put, (garbage, number))
                except sqlite3.IntegrityError:
                    continue
                connection.commit()
                listed, shown = bench.run("list"), bench.run("show", made)
                assert (listed.code, shown.code in {0, 1}) == (0, True), (column, garbage, listed, shown)
                assert made in listed.out, (column, garbage)
                assert other in listed.out
                assert (
                    table == "delivery" or column not in {"state", "kind"} or "Not to be read" in listed.out
                )
                connection.execute(put, (old, number))
                connection.commit()
