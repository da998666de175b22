"""Nothing gets around the gate: each door is tried, and each refusal is on the record (promises 1 and 7).

In every test the platforms' ledgers are the proof: what was refused is on none of them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from gate_support import REASON, ZEBRA, open_gated, rule, write_rules
from support import Office

from publisher import hook, signatures
from publisher.errors import ConfigError, IllegalMove, InputError, NotDesignated
from publisher.model import canonical, digest_of
from publisher.serve import Server
from publisher.times import local


class Doors:
    """An office with rules of its own, and every way that a hand has to get at its queue."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def rules(self, word: str = "zebra", *, severity: str = "review", override: str = "approver") -> None:
        """Changes the council's own rule file."""
        write_rules(self.office, rule(word, severity=severity, override=override))

    def sql(self, statement: str, *values: Any) -> None:
        """What somebody with the database file can do, whatever this program thinks of it."""
        connection = sqlite3.connect(self.office.app.config.database)
        with connection:
            connection.execute(statement, values)
        connection.close()

    def nothing_left(self) -> bool:
        """True while no platform and no page has anything."""
        ledger = self.office.platforms.ledger
        posts = [post for platform in ("x", "facebook", "instagram") for post in ledger.posts(platform)]
        return not posts and not list(self.office.folder.glob("site/current/news/*"))

    def last(self, item_id: str) -> tuple[str, str, Any]:
        """The newest event of an item: action, state after, detail."""
        event = [one for one in self.office.app.queue.events(item_id) if one.action != "judged"][-1]
        return event.action, event.after, event.detail

    def refused(self, item_id: str) -> list[str]:
        """What was refused of an item, by the record."""
        events = self.office.app.queue.events(item_id)
        return [event.detail["asked"] for event in events if event.action == "denied"]

    def demand_held(self, item_id: str, cause: str) -> None:
        """Releases it, and finds it held for this cause, on the record, with nothing sent."""
        self.office.release(item_id)
        assert self.office.state(item_id) == "held for review"
        assert self.last(item_id) == ("moved", "held for review", {"cause": cause})
        assert self.nothing_left()


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    """An office whose own rule asks about zebras."""
    with open_gated(tmp_path) as office:
        yield Doors(office)


# --- the doors by which items come -------------------------------------------------------------------------


def test_the_command_line_is_no_way_round(doors: Doors) -> None:
    """What the gate blocks is kept as blocked whoever types it, and no release sends it."""
    done = doors.office.cli("news", "Library", "--summary", "Thanks @someone.", "--json")
    item_id = json.loads(done.stdout)["id"]
    assert done.returncode == 1
    doors.office.release(item_id)
    assert doors.last(item_id)[:2] == ("moved", "blocked")
    assert doors.nothing_left()


def test_an_import_is_no_way_round(doors: Doors) -> None:
    """Each line of a file passes the same gate."""
    lines = [{"kind": "news", "title": "Library", "summary": words} for words in ("Thanks @someone.", ZEBRA)]
    file = doors.office.folder / "items.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    doors.office.cli("import", str(file), "--yes", "--json")
    rows = doors.office.app.queue.items()
    for row in rows:
        doors.office.release(row.id)
    assert sorted(row.state for row in rows) == ["blocked", "held for review"]
    assert doors.nothing_left()


def told_by_hook(doors: Doors, summary: str) -> requests.Response:
    """What the hook answers to an event that the CMS signed."""
    starts = (doors.office.clock() + timedelta(days=9)).isoformat()
    data = {"external_id": "7", "title": "Fair", "summary": summary, "starts_at": starts}
    body = json.dumps({"type": "event.created", "timestamp": starts, "data": data}).encode()
    signed = signatures.sign(
        doors.office.environment["PUBLISHER_HOOK_SECRET"], "msg_1", doors.office.clock(), body
    )
    with Server(hook.create(doors.office.app)) as server:
        headers = {**signed, "content-type": "application/json"}
        return requests.post(f"{server.url}/hooks/website", data=body, headers=headers, timeout=20)


def test_the_hook_is_no_way_round(doors: Doors) -> None:
    """A signature says who sent it, not that it may go."""
    answer = told_by_hook(doors, "Ask @someone.")
    item_id = answer.json()["id"]
    doors.office.release(item_id)
    assert (answer.json()["state"], doors.office.state(item_id)) == ("blocked", "blocked")
    assert doors.nothing_left()


def test_who_may_not_hand_in_is_on_the_record(doors: Doors) -> None:
    """A refusal leaves no item, and yet a trace."""
    doors.office.app.register.suspend("sam", actor="dana", now=doors.office.clock())
    with pytest.raises(NotDesignated):
        doors.office.hand_in(doors.office.news())
    with doors.office.app.queue.reading() as connection:
        found = connection.exec_driver_sql(
            "SELECT actor, detail FROM event JOIN event_detail ON event_id = event.id WHERE action = 'denied'"
        ).all()
    assert [(actor, json.loads(detail)["asked"]) for actor, detail in found] == [("sam", "hand in")]


# --- a hand in the database ----------------------------------------------------------------------------------


POST_CHANGES = [
    ("text", "Other words entirely"), ("link", "https://www.example.org/"), ("channel", "facebook"), ("title", "Other"),
    ("reference", "zzzzzzzz"), ("hashtags", ["Other"]), ("kind", "event"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), POST_CHANGES)
@pytest.mark.parametrize("digest", [False, True])
def test_a_post_changed_by_hand_does_not_go(doors: Doors, field: str, value: Any, digest: bool) -> None:  # noqa: FBT001
    """Any field of a post, with its digest left or made right: the seal cannot be made right."""
    queued = doors.office.hand_in(doors.office.news())
    row = doors.office.deliveries(queued.id)["twitter"]
    post = {**row.post, field: value}
    changed = digest_of(post) if digest else row.digest
    doors.sql("UPDATE delivery SET post = ?, digest = ? WHERE id = ?", json.dumps(post), changed, row.id)
    doors.demand_held(queued.id, "sealed")


@pytest.mark.parametrize(("field", "value"), [("alt", "Another picture"), ("digest", "0" * 64)])
def test_a_picture_changed_by_hand_does_not_go(doors: Doors, field: str, value: str) -> None:
    """Neither its words nor which picture it is."""
    queued = doors.office.hand_in(
        doors.office.news(images=[{"path": "library.jpg", "alt": "The library at dusk"}])
    )
    row = doors.office.deliveries(queued.id)["facebook"]
    post = {**row.post, "media": [{**row.post["media"][0], field: value}]}
    doors.sql(
        "UPDATE delivery SET post = ?, digest = ? WHERE id = ?", json.dumps(post), digest_of(post), row.id
    )
    doors.demand_held(queued.id, "sealed")


ITEM_CHANGES = [
    ("title", "Other"), ("kind", "event"), ("link", "https://www.example.org/"), ("author", "ann"), ("approver", "ann"),
    ("source", "website"), ("external_id", "9"), ("version", "9"), ("slug", "news/other"),
    ("created_at", "2026-01-01 09:00:00.000000"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value"), ITEM_CHANGES)
def test_an_item_changed_by_hand_does_not_go(doors: Doors, column: str, value: str) -> None:
    """All of an item but its state is under the seal: who wrote it, when it goes, where it came from."""
    queued = doors.office.hand_in(doors.office.news())
    doors.sql(f"UPDATE item SET {column} = ? WHERE id = ?", value, queued.id)  # noqa: S608  # from the list above
    doors.demand_held(queued.id, "sealed")


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_moment_changed_by_hand_does_not_go(doors: Doors, hours: int) -> None:
    """Neither at the new moment nor at the old one."""
    queued = doors.office.hand_in(doors.office.news())
    moment = doors.office.app.queue.item(queued.id).publish_at + timedelta(hours=hours)
    doors.sql("UPDATE item SET publish_at = ? WHERE id = ?", f"{moment:%Y-%m-%d %H:%M:%S.%f}", queued.id)
    doors.demand_held(queued.id, "sealed")


CONTENT_CHANGES = [
    {"evidence": {"junk.zebra": "seen"}}, {"summary": "Other words."}, {"channels": ["website"]}, {"external_id": "9"},
    {"publish_at": "2026-01-01T09:00:00Z"}, {"status": "confirmed"}, {"location": "Elsewhere"},
]  # fmt: skip


@pytest.mark.parametrize("change", CONTENT_CHANGES)
def test_content_changed_by_hand_does_not_go(doors: Doors, change: dict[str, Any]) -> None:
    """What the gate reads at the release is what it read before, evidence and all."""
    queued = doors.office.hand_in(doors.office.news())
    content = doors.office.app.queue.item(queued.id).content | change
    doors.sql("UPDATE item SET content = ? WHERE id = ?", json.dumps(content), queued.id)
    doors.demand_held(queued.id, "sealed")


@pytest.mark.parametrize(
    "change", [{"verdict": "block"}, {"policy": "0" * 16}, {"digest": "0" * 64}, {"findings": [{}]}]
)
def test_a_verdict_changed_by_hand_does_not_go(doors: Doors, change: dict[str, Any]) -> None:
    """The verdict that cleared it is under the seal, policy version and all."""
    queued = doors.office.hand_in(doors.office.news())
    verdict = doors.office.app.queue.item(queued.id).verdict | change
    doors.sql("UPDATE item SET verdict = ? WHERE id = ?", json.dumps(verdict), queued.id)
    doors.demand_held(queued.id, "sealed")


def test_a_delivery_taken_away_by_hand_stops_the_others(doors: Doors) -> None:
    """All channels of an item go together, or a person looks."""
    queued = doors.office.hand_in(doors.office.news())
    doors.sql("DELETE FROM delivery WHERE item_id = ? AND channel = 'facebook'", queued.id)
    doors.demand_held(queued.id, "sealed")


def test_a_delivery_put_in_by_hand_does_not_go(doors: Doors) -> None:
    """A channel that nobody chose, with a good post of the same item under its name."""
    queued = doors.office.hand_in(doors.office.news(channels=["website", "twitter"]))
    columns = "item_id, position, state, post, digest, seal, staged, tries, looks, remote_id, url, reason"
    doors.sql(
        f"INSERT INTO delivery (channel, {columns}) SELECT 'facebook', {columns} FROM delivery"  # noqa: S608  # no values
        " WHERE item_id = ? AND channel = 'twitter'", queued.id,
    )  # fmt: skip
    doors.demand_held(queued.id, "sealed")


def test_the_clearance_of_another_item_does_not_count(doors: Doors) -> None:
    """A seal copied from an item that was cleared, words and all, is no seal of this one."""
    good = doors.office.hand_in(doors.office.news())
    bad = doors.office.hand_in(doors.office.news(summary=ZEBRA))
    for channel, row in doors.office.deliveries(good.id).items():
        doors.sql(
            "UPDATE delivery SET post = ?, digest = ?, seal = ? WHERE item_id = ? AND channel = ?",
            json.dumps(row.post), row.digest, row.seal, bad.id, channel,
        )  # fmt: skip
    verdict = doors.office.app.queue.item(good.id).verdict
    doors.sql("UPDATE item SET state = 'queued', verdict = ? WHERE id = ?", json.dumps(verdict), bad.id)
    doors.demand_held(bad.id, "sealed")


@pytest.mark.parametrize("summary", [ZEBRA, "Thanks @someone for this."])
@pytest.mark.parametrize("verdict", [False, True])
def test_a_state_set_by_hand_lets_nothing_go(doors: Doors, summary: str, verdict: bool) -> None:  # noqa: FBT001
    """Held or blocked, and made "queued" by hand, with an approver and a clear verdict to go with it."""
    queued = doors.office.hand_in(doors.office.news(summary=summary))
    assert queued.state in {"held for review", "blocked"}
    doors.sql("UPDATE item SET state = 'queued', approver = 'ann' WHERE id = ?", queued.id)
    if verdict:
        clear = {**doors.office.app.queue.item(queued.id).verdict, "verdict": "clear", "findings": []}
        doors.sql("UPDATE item SET verdict = ? WHERE id = ?", json.dumps(clear), queued.id)
    doors.demand_held(queued.id, "sealed")


def test_what_was_withdrawn_stays_so_whatever_its_row_says(doors: Doors) -> None:
    """Withdrawing takes the clearance back, so that a state and deliveries set back by hand send nothing."""
    queued = doors.office.hand_in(doors.office.news())
    doors.office.app.decisions.withdraw(queued.id, officer="sam", reason="The date is wrong.")
    doors.sql("UPDATE item SET state = 'queued' WHERE id = ?", queued.id)
    doors.sql("UPDATE delivery SET state = 'waiting' WHERE item_id = ?", queued.id)
    doors.demand_held(queued.id, "sealed")


def test_what_was_held_stays_so_whatever_its_row_says(doors: Doors) -> None:
    """So does a hold that came at the release, of an item that had been cleared."""
    queued = doors.office.hand_in(doors.office.news(summary="A giraffe is in the library."))
    doors.rules("giraffe")
    doors.demand_held(queued.id, "verdict")
    doors.rules("zebra")
    doors.sql("UPDATE item SET state = 'queued' WHERE id = ?", queued.id)
    doors.demand_held(queued.id, "sealed")


def test_what_an_outage_held_stays_so_whatever_its_row_says(tmp_path: Path) -> None:
    """A hold that has nothing to do with the words takes the clearance back as well: a person sends it on."""
    with open_gated(tmp_path, {"channels.website": {"folder": "not-served"}}) as office:
        doors = Doors(office)
        queued = office.hand_in(office.news(channels=["website", "twitter"]))
        doors.demand_held(queued.id, "page")
        doors.sql("UPDATE item SET state = 'queued' WHERE id = ?", queued.id)
        doors.demand_held(queued.id, "sealed")


@pytest.mark.parametrize("seal", ["", "0" * 64])
def test_an_override_written_by_hand_does_not_count(doors: Doors, seal: str) -> None:
    """It lets no release and no retry pass, and the report names it for what it is."""
    queued = doors.office.hand_in(doors.office.news(summary=ZEBRA))
    (finding,) = queued.verdict.findings
    doors.sql(
        "INSERT INTO override (item_id, rule, finding, content, officer, role, reason, given_at, expires_on, seal)"
        " VALUES (?, 'junk.zebra', ?, ?, 'ann', 'approver', 'It is fine so.', '2026-01-01 09:00:00.000000', '2099-01-01', ?)",
        queued.id, finding.id, "0" * 64, seal,
    )  # fmt: skip
    with pytest.raises(IllegalMove, match="second officer"):
        doors.office.app.decisions.retry(queued.id, officer="sam")
    assert doors.refused(queued.id) == ["retry"]
    assert [row.state for row in doors.office.app.overrides.listed()] == ["forged"]
    assert doors.nothing_left()


OVERRIDE_CHANGES = [
    ("expires_on", "2099-01-01"), ("officer", "dana"), ("role", "director"), ("reason", "Because I say so."),
    ("given_at", "2026-01-01 09:00:00.000000"), ("finding", "0" * 12), ("content", "0" * 64), ("rule", "junk.lion"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value"), OVERRIDE_CHANGES)
def test_an_override_changed_by_hand_does_not_count(doors: Doors, column: str, value: str) -> None:
    """Nothing of it can be changed: not its end, not whose it is."""
    queued = doors.office.hand_in(doors.office.news(summary=ZEBRA))
    doors.office.app.decisions.approve(queued.id, officer="ann", reason=REASON)
    doors.sql(f"UPDATE override SET {column} = ?", value)  # noqa: S608  # from the list above
    doors.demand_held(queued.id, "verdict")


def test_an_override_copied_to_another_item_does_not_count(doors: Doors) -> None:
    """The same words in another item are another decision."""
    first, second = (doors.office.hand_in(doors.office.news(summary=ZEBRA, title=t)) for t in ("One", "Two"))
    doors.office.app.decisions.approve(first.id, officer="ann", reason=REASON)
    doors.sql("UPDATE override SET item_id = ?", second.id)
    with pytest.raises(IllegalMove):
        doors.office.app.decisions.retry(second.id, officer="sam")


def test_what_is_stored_and_cannot_be_read_is_held(doors: Doors) -> None:
    """No crash, and no guess."""
    queued = doors.office.hand_in(doors.office.news())
    doors.sql("UPDATE item SET verdict = '{}' WHERE id = ?", queued.id)
    doors.demand_held(queued.id, "damaged")


def test_what_is_damaged_gets_no_new_seal(doors: Doors) -> None:
    """An officer's decision must not make good what a hand changed: it is handed in anew."""
    queued = doors.office.hand_in(doors.office.news(summary=ZEBRA))
    content = doors.office.app.queue.item(queued.id).content | {"summary": "Other words."}
    doors.sql("UPDATE item SET content = ? WHERE id = ?", json.dumps(content), queued.id)
    with pytest.raises(IllegalMove, match="not the one that was checked"):
        doors.office.app.decisions.approve(queued.id, officer="ann", reason=REASON)
    assert doors.refused(queued.id) == ["approve"]


# --- too late, too early, another day -------------------------------------------------------------------------


def test_an_edit_that_comes_too_late_is_refused_and_recorded(doors: Doors) -> None:
    """What is being released has no other moment any more, and is not withdrawn in the middle of a request."""
    queued = doors.office.hand_in(doors.office.news())
    doors.sql("UPDATE item SET state = 'releasing' WHERE id = ?", queued.id)
    later = doors.office.clock() + timedelta(hours=1)
    with pytest.raises(IllegalMove, match="releasing"):
        doors.office.app.decisions.reschedule(queued.id, officer="sam", publish_at=later)
    doors.sql("UPDATE delivery SET state = 'sending' WHERE item_id = ? AND channel = 'twitter'", queued.id)
    with pytest.raises(IllegalMove, match="at this moment"):
        doors.office.app.decisions.withdraw(queued.id, officer="sam", reason="The date is wrong.")
    assert doors.refused(queued.id) == ["reschedule", "withdraw"]


def test_an_approval_that_comes_too_late_is_refused_and_recorded(doors: Doors) -> None:
    """An event that has begun is not announced, whoever says so."""
    starts = (doors.office.clock() + timedelta(minutes=30)).isoformat()
    queued = doors.office.hand_in(doors.office.event(summary=ZEBRA, starts_at=starts))
    doors.office.clock.forward(minutes=31)
    with pytest.raises(IllegalMove, match="too late"):
        doors.office.app.decisions.approve(queued.id, officer="ann", reason=REASON)
    assert doors.refused(queued.id) == ["approve"]
    assert doors.office.state(queued.id) == "held for review"


def test_an_approval_ends_on_its_last_day(doors: Doors) -> None:
    """The clock goes on: the day after, what was let go is open again."""
    moment = doors.office.clock() + timedelta(days=2)
    queued = doors.office.hand_in(doors.office.news(summary=ZEBRA, publish_at=moment.isoformat()))
    today = local(doors.office.clock()).date()
    doors.office.app.decisions.approve(
        queued.id, officer="ann", reason=REASON, until=today + timedelta(days=2)
    )
    doors.office.clock.forward(days=3)
    doors.demand_held(queued.id, "verdict")
    assert [row.state for row in doors.office.app.overrides.listed()] == ["expired"]


def test_a_clock_set_back_makes_nothing_good_again(doors: Doors) -> None:
    """An item on which later decisions are written down than the clock says waits for a person."""
    queued = doors.office.hand_in(doors.office.news())
    doors.office.clock.forward(days=-1)
    doors.sql("UPDATE item SET due_at = '2026-01-01 09:00:00.000000' WHERE id = ?", queued.id)
    doors.office.app.releaser.work(queued.id)
    assert doors.office.state(queued.id) == "held for review"
    assert doors.last(queued.id) == ("moved", "held for review", {"cause": "clock"})
    assert doors.nothing_left()


ELECTION = """
[[election]]
id = "by-election"
title = "By-election"
kind = "by-election"
notice = {notice}
poll = {poll}
candidates = ["Jane Example"]
"""


def test_a_period_that_opens_meanwhile_stops_what_was_clear(doors: Doors) -> None:
    """The gate is asked on the day of release: a candidate's name does not go in a period that began after the check."""
    today = local(doors.office.clock()).date()
    text = ELECTION.format(notice=today + timedelta(days=2), poll=today + timedelta(days=30))
    (doors.office.folder / "rules" / "elections.toml").write_text(text, encoding="utf-8")
    queued = doors.office.hand_in(doors.office.news(summary="Jane Example opened the fair."))
    assert queued.state == "queued"
    doors.office.clock.forward(days=3)
    doors.demand_held(queued.id, "verdict")
    found = doors.office.app.queue.item(queued.id).verdict["findings"]
    assert "political.candidate" in {finding["rule"] for finding in found}


# --- rules and officers that change ---------------------------------------------------------------------------


def test_rules_that_change_stop_what_was_clear(doors: Doors) -> None:
    """A daemon that runs reads a changed rule file before the next release."""
    first, second = (
        doors.office.hand_in(doors.office.news(summary="A giraffe is in the library.", title=title)) for title in ("One", "Two")
    )  # fmt: skip
    doors.rules("giraffe", severity="block", override="")
    doors.demand_held(first.id, "verdict")
    doors.demand_held(second.id, "verdict")
    assert "giraffe" in doors.office.app.queue.item(first.id).reason


def test_rules_that_cannot_be_read_let_nothing_go(doors: Doors) -> None:
    """Not by the rules before them, and not without rules: it is held with the file's fault, and goes once it is mended."""
    queued = doors.office.hand_in(doors.office.news())
    (doors.office.folder / "rules" / "own.toml").write_text("[[rule]]\nid = 'junk.zebra\n", encoding="utf-8")
    doors.demand_held(queued.id, "rules")
    assert "own.toml" in doors.office.app.queue.item(queued.id).reason
    with pytest.raises(ConfigError, match=r"own\.toml"):
        doors.office.hand_in(doors.office.news(title="Another"))
    with pytest.raises(ConfigError, match=r"own\.toml"):
        doors.office.app.decisions.retry(queued.id, officer="sam")
    doors.rules()
    doors.office.app.decisions.retry(queued.id, officer="sam")
    doors.office.release(queued.id)
    assert doors.office.state(queued.id) == "published"


def test_a_cms_is_asked_to_send_again_while_the_rules_cannot_be_read(doors: Doors) -> None:
    """A bad rule file is not the CMS's mistake: 503, nothing stored."""
    (doors.office.folder / "rules" / "own.toml").write_text("rule = 1", encoding="utf-8")
    answer = told_by_hook(doors, "A fair.")
    assert answer.status_code == 503
    assert doors.office.app.queue.items() == []


def test_an_approval_under_changed_rules_is_asked_of_these(doors: Doors) -> None:
    """An approver decides on what the rules say now, not on what they said when it was handed in."""
    queued = doors.office.hand_in(doors.office.news(summary="A zebra and a giraffe are in the library."))
    doors.rules("giraffe", override="director")
    with pytest.raises(NotDesignated, match="director"):
        doors.office.app.decisions.approve(queued.id, officer="ann", reason=REASON)
    assert doors.refused(queued.id) == ["approve"]
    assert doors.office.state(queued.id) == "held for review"


def test_an_author_suspended_meanwhile_stops_the_item(doors: Doors) -> None:
    """Whoever queued it must still be designated when it goes."""
    queued = doors.office.hand_in(doors.office.news())
    doors.office.app.register.suspend("sam", actor="dana", now=doors.office.clock())
    doors.demand_held(queued.id, "verdict")
    assert "suspended" in doors.office.app.queue.item(queued.id).reason


def test_an_approver_suspended_meanwhile_stops_the_item(doors: Doors) -> None:
    """So must whoever let it go; another may then decide in their place."""
    queued = doors.office.hand_in(doors.office.news(summary=ZEBRA))
    doors.office.app.decisions.approve(queued.id, officer="ann", reason=REASON)
    doors.office.app.register.suspend("ann", actor="dana", now=doors.office.clock())
    doors.demand_held(queued.id, "verdict")
    with pytest.raises(IllegalMove, match="second officer"):
        doors.office.app.decisions.retry(queued.id, officer="sam")
    doors.office.app.decisions.approve(queued.id, officer="dana", reason=REASON)
    doors.office.release(queued.id)
    assert doors.office.state(queued.id) == "published"
    assert doors.office.app.queue.item(queued.id).approver == "dana"


def test_an_approver_of_no_finding_counts_as_well(tmp_path: Path) -> None:
    """Whoever sent on what an outage held has decided too, and must still be designated when it goes."""
    with open_gated(tmp_path, {"channels.website": {"folder": "not-served"}}) as office:
        doors = Doors(office)
        queued = office.hand_in(office.news(channels=["website", "twitter"]))
        doors.demand_held(queued.id, "page")
        office.app.decisions.approve(queued.id, officer="ann", reason="The website is back.")
        office.app.register.suspend("ann", actor="dana", now=office.clock())
        doors.demand_held(queued.id, "verdict")


def test_a_consent_withdrawn_meanwhile_stops_the_item(doors: Doors) -> None:
    """People may change their minds until the last moment; the officer is told what that reaches."""
    doors.office.app.consents.add("C-7", "consent", None, "sam")
    image = {"path": "library.jpg", "alt": "Two readers", "people": True, "reference": "C-7"}
    queued = doors.office.hand_in(doors.office.news(images=[image]))
    assert queued.state == "queued"
    withdrawn = doors.office.app.consents.withdraw("C-7", "sam")
    assert [row.id for row in withdrawn.held] == [queued.id]
    doors.demand_held(queued.id, "verdict")


@pytest.mark.parametrize(
    "change", ["withdrawn_at = NULL", "withdrawn_at = NULL, withdrawn_by = NULL", "expires_on = '2099-01-01'"]
)
def test_a_consent_changed_by_hand_counts_as_withdrawn(doors: Doors, change: str) -> None:
    """What was taken back is not given again in the database."""
    doors.office.app.consents.add("C-7", "consent", None, "sam")
    image = {"path": "library.jpg", "alt": "Two readers", "people": True, "reference": "C-7"}
    queued = doors.office.hand_in(doors.office.news(images=[image]))
    doors.office.app.consents.withdraw("C-7", "sam")
    doors.sql(f"UPDATE consent SET {change}")  # noqa: S608  # from the list above
    doors.demand_held(queued.id, "verdict")


def test_the_author_cannot_be_the_second_officer_by_another_door(doors: Doors) -> None:
    """Neither by approving, nor by a row that says so; both are refused."""
    queued = doors.office.hand_in(doors.office.news(summary=ZEBRA), officer="ann")
    with pytest.raises(NotDesignated, match="author"):
        doors.office.app.decisions.approve(queued.id, officer="ann", reason=REASON)
    assert doors.refused(queued.id) == ["approve"]
    with pytest.raises(InputError, match="reason"):
        doors.office.app.decisions.approve(queued.id, officer="dana", reason="ok")


def test_the_same_item_goes_where_nothing_was_tried(doors: Doors) -> None:
    """The doors are closed to hands, not to news: what is clear, and what was rightly let go, goes."""
    clear = doors.office.hand_in(doors.office.news())
    let_go = doors.office.hand_in(doors.office.news(summary=ZEBRA))
    doors.office.app.decisions.approve(let_go.id, officer="ann", reason=REASON)
    for item_id in (clear.id, let_go.id):
        doors.office.release(item_id)
        assert doors.office.state(item_id) == "published"
    assert canonical(doors.office.app.queue.item(let_go.id).approver) == b'"ann"'
