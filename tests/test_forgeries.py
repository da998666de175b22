"""What a hand may try with an item that was rightly cleared: other numbers behind it, records taken away, empty evidence.

The platforms' ledgers are the proof, as in test_gate_doors.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from gate_support import REASON, ZEBRA, open_gated, rule, write_rules
from PIL import Image
from support import Office

from publisher import hook, signatures
from publisher.errors import IllegalMove, InputError
from publisher.model import Media, Post
from publisher.serve import Server
from publisher.tables import DeliveryRow

PEOPLE = {"path": "library.jpg", "alt": "Two readers", "people": True, "reference": "C-7"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose own rule asks about zebras."""
    with open_gated(tmp_path) as found:
        yield found


def sql(office: Office, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """What somebody with the database file can do."""
    connection = sqlite3.connect(office.app.config.database)
    with connection:
        rows: list[tuple[Any, ...]] = connection.execute(statement, values).fetchall()
    connection.close()
    return rows


def public(office: Office) -> list[str]:
    """The words of every public post."""
    return [post.text for post in office.platforms.ledger.posts()]


# --- what was prepared on the platforms ---------------------------------------------------------------------------


def prepared(office: Office, title: str, path: str) -> str:
    """An item that is staged everywhere and goes in five minutes."""
    moment = (office.clock() + timedelta(minutes=5)).isoformat()
    image = {"path": path, "alt": f"The picture of {title}"}
    queued = office.hand_in(office.news(title=title, publish_at=moment, images=[image]))
    while any(row.state == "waiting" for row in office.deliveries(queued.id).values()):
        office.app.releaser.work(queued.id)
    return queued.id


def numbers_of(other: Mapping[str, Any], mine: Mapping[str, Any]) -> dict[str, Any]:
    """The other item's staged values, under the digests of my own pictures."""
    found = dict(other)
    for name in {"media", "photos"} & found.keys():
        found[name] = dict(zip(mine[name], other[name].values(), strict=True))
    return found


def two_prepared(office: Office) -> tuple[str, str]:
    """Two items with a picture each, both cleared and staged."""
    Image.new("RGB", (1_200, 800), (200, 10, 10)).save(office.folder / "other.jpg")
    return prepared(office, "First", "library.jpg"), prepared(office, "Second", "other.jpg")


@pytest.mark.long
@pytest.mark.parametrize("channel", ["facebook", "twitter", "instagram"])
@pytest.mark.parametrize("seal", ["another item's", "its own"])
def test_what_was_prepared_for_another_item_does_not_go(office: Office, channel: str, seal: str) -> None:
    """A platform's number stands for words and pictures: one of another item would publish those, under a whole seal."""
    first, second = two_prepared(office)
    mine, other = (office.deliveries(item_id)[channel] for item_id in (first, second))
    forged = numbers_of(other.staged, mine.staged)
    if seal == "its own":
        forged["seal"] = mine.staged["seal"]
    sql(office, "UPDATE delivery SET staged = ? WHERE id = ?", json.dumps(forged), mine.id)
    office.clock.forward(minutes=6)
    office.release(first)
    assert office.state(first) == "held for review"
    assert public(office) == []


def test_what_was_prepared_stays_good_at_another_moment(office: Office) -> None:
    """Rescheduling changes the page's date, and nothing has to be uploaded again for it."""
    first, _ = two_prepared(office)
    before = office.deliveries(first)["twitter"].staged
    later = office.clock() + timedelta(minutes=8)
    office.app.decisions.reschedule(first, officer="sam", publish_at=later)
    office.clock.forward(minutes=9)
    office.release(first)
    assert office.state(first) == "published"
    assert office.deliveries(first)["twitter"].staged == before


def test_what_was_prepared_is_sealed_for_one_post_and_its_values(office: Office) -> None:
    """Not for other words, and not with another number: staging goes on from nothing else."""
    row = DeliveryRow(item_id="one", channel="instagram", position=0, state="waiting", post={}, digest="")
    media = (Media("0" * 64, "image/jpeg", 1, 1, 1, "A picture"),)
    post = Post.from_json(
        {"channel": "instagram", "kind": "news", "title": "", "text": "Words", "link": "", "reference": "one"}
        | {"media": [], "hashtags": []}
    )  # fmt: skip
    clearing = office.app.clearing
    row.staged = clearing.prepared(row, post, {"waiting": ["1"], "container": "1"})
    assert clearing.is_prepared_for(row, post)
    other = Post(post.channel, post.kind, "", "Other words", "", "one", media)
    assert not clearing.is_prepared_for(row, other)
    row.staged = {**row.staged, "container": "2"}
    assert not clearing.is_prepared_for(row, post)


@pytest.mark.parametrize("state", ["waiting", "staged"])
@pytest.mark.parametrize("of_item", ["queued", "releasing"])
def test_what_went_does_not_go_again_by_a_state_set_by_hand(office: Office, of_item: str, state: str) -> None:
    """Every move leaves an event: a state that none tells of is a hand's, and no request is made."""
    queued = office.hand_in(office.news())
    office.release(queued.id)
    calls = len(office.platforms.ledger.calls())
    sql(office, "UPDATE item SET state = ?", of_item)
    sql(office, "UPDATE delivery SET state = ? WHERE channel <> 'website'", state)
    office.release(queued.id)
    assert office.state(queued.id) == "held for review"
    assert len(office.platforms.ledger.calls()) == calls


def test_events_taken_away_hold_the_item(office: Office) -> None:
    """Without its record nobody can say what became of it: a person looks."""
    queued = office.hand_in(office.news())
    sql(office, "DROP TRIGGER event_no_delete")
    sql(office, "DELETE FROM event_detail")
    sql(office, "DELETE FROM event")
    office.release(queued.id)
    assert office.state(queued.id) == "held for review"
    assert public(office) == []


# --- consents -------------------------------------------------------------------------------------------------------


def withdrawn(office: Office, undo: str, *values: Any) -> str:
    """The state of an item after its consent was withdrawn, and a hand tried to make that undone."""
    office.app.consents.add("C-7", "consent", None, "sam")
    queued = office.hand_in(office.news(images=[PEOPLE]))
    (seal,) = sql(office, "SELECT seal FROM consent")[0]
    office.app.consents.withdraw("c-7", "sam")
    sql(office, undo, *(seal if value == "SEAL" else value for value in values))
    office.release(queued.id)
    return office.state(queued.id)


def test_a_consent_taken_away_by_hand_counts_as_withdrawn(office: Office) -> None:
    """The events tell that there was one: no record is not as good as a record."""
    assert withdrawn(office, "DELETE FROM consent") == "held for review"
    assert public(office) == []


def test_a_consent_set_back_with_its_old_seal_counts_as_withdrawn(office: Office) -> None:
    """A row from before its withdrawal is whole, and yet the events tell of the withdrawal."""
    undo = "UPDATE consent SET withdrawn_at = NULL, withdrawn_by = NULL, seal = ?"
    assert withdrawn(office, undo, "SEAL") == "held for review"
    assert public(office) == []


@pytest.mark.parametrize("written", ["c-7", "C-7"])
def test_a_reference_is_the_same_however_it_is_written(office: Office, written: str) -> None:
    """An author who writes it small does not get round the withdrawal; nor can it be recorded a second time."""
    office.app.consents.add("C-7", "consent", None, "sam")
    office.app.consents.withdraw("C-7", "sam")
    queued = office.hand_in(office.news(images=[{**PEOPLE, "reference": written}]))
    assert [finding.rule for finding in queued.verdict.findings if finding.severity == "block"] == [
        "consent.withdrawn"
    ]
    for unseen in ("", "\u200b", "\u00ad"):
        with pytest.raises(InputError, match="recorded already"):
            office.app.consents.add(f"{written}{unseen}", "consent", None, "sam")
    sql(office, "DELETE FROM consent")
    with pytest.raises(InputError, match="recorded already"):
        office.app.consents.add(written, "consent", None, "sam")


# --- approvals ------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_an_approval_taken_back_does_not_count_again_with_its_old_seal(office: Office) -> None:
    """The record tells that the item was given another moment since: who let it go is asked again, and counts then."""
    queued = office.hand_in(office.news(summary=ZEBRA))
    office.app.decisions.approve(queued.id, officer="ann", reason=REASON)
    (seal,) = sql(office, "SELECT seal FROM override")[0]
    office.app.decisions.reschedule(queued.id, officer="sam", publish_at=office.clock() + timedelta(days=1))
    sql(office, "UPDATE override SET revoked_at = NULL, seal = ?", seal)
    with pytest.raises(IllegalMove, match="second officer"):
        office.app.decisions.retry(queued.id, officer="sam")
    assert [row.state for row in office.app.overrides.listed()] == ["forged"]
    office.app.decisions.approve(queued.id, officer="ann", reason=REASON)
    assert office.state(queued.id) == "queued"
    assert [row.state for row in office.app.overrides.listed()] == ["live", "forged"]
    office.clock.forward(days=2)
    office.release(queued.id)
    assert office.state(queued.id) == "published"
    with office.app.queue.writing() as connection:  # as the schedule does
        office.app.erasing.wipe(
            connection,
            office.app.queue.item(queued.id),
            office.app.queue.deliveries(queued.id),
            actor="dana",
            why="",
        )
    assert [row.state for row in office.app.overrides.listed()][1] == "forged"


# --- evidence -------------------------------------------------------------------------------------------------------

NOTHING_SAID = ["\u200b\u200b", "\u3164", "\u2800", "\u00ad", "n/a", "N/A.", "none", "yes", "tbc", "to be confirmed", "-", "…", "x", "because"]  # fmt: skip
SOMETHING_SAID = ["C-7", "form 12", "Asked the keeper, 3 May", "the keeper's letter"]


def with_evidence(office: Office, given: str) -> str:
    """What becomes of an item with this evidence for a rule that accepts some."""
    write_rules(office, rule("zebra").replace("override =", 'evidence = "who saw it"\noverride ='))
    return office.hand_in(office.news(summary=ZEBRA, evidence={"junk.zebra": given})).state


@pytest.mark.parametrize("given", NOTHING_SAID)
def test_evidence_that_names_nothing_is_none(office: Office, given: str) -> None:
    """A box that was filled in only so that it is not empty satisfies no rule."""
    assert with_evidence(office, given) == "held for review"


@pytest.mark.parametrize("given", SOMETHING_SAID)
def test_evidence_that_can_be_looked_up_is_enough(office: Office, given: str) -> None:
    """A reference, a date, or who and what."""
    assert with_evidence(office, given) == "queued"


# --- the hook -------------------------------------------------------------------------------------------------------


def told(office: Office, **data: Any) -> requests.Response:
    """What the hook answers to an event, rightly signed."""
    starts = (office.clock() + timedelta(days=9)).isoformat()
    given = {"external_id": "7", "title": "Fair", "summary": "A fair.", "starts_at": starts, **data}
    body = json.dumps({"type": "event.created", "timestamp": starts, "data": given}).encode()
    signed = signatures.sign(office.environment["PUBLISHER_HOOK_SECRET"], "msg_1", office.clock(), body)
    with Server(hook.create(office.app)) as server:
        headers = {**signed, "content-type": "application/json"}
        return requests.post(f"{server.url}/hooks/website", data=body, headers=headers, timeout=20)


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"evidence": {"personal-data.mobile": "Consent 2026/17"}}, "#/data/evidence"),
        ({"kind": "news"}, "#/data/kind"),
        ({"channels": ["website", "twitter"]}, "#/data/channels/1"),
        ({"approver": "ann"}, "#/data/approver"),
    ],
)
def test_a_cms_does_not_decide(tmp_path: Path, data: dict[str, Any], pointer: str) -> None:
    """It gives no evidence, no other kind than its type's, and no channel beyond its own: refused, nothing stored."""
    with open_gated(tmp_path, {"sources.website": {"channels": ["website", "facebook"]}}) as office:
        answer = told(office, **data)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
        assert office.app.queue.items() == []


def test_a_cms_may_name_fewer_of_its_channels(tmp_path: Path) -> None:
    """Within what it may use, it chooses; where it does not, all of them are meant."""
    with open_gated(tmp_path, {"sources.website": {"channels": ["website", "facebook"]}}) as office:
        few = told(office, channels=["website"]).json()["id"]
        assert list(office.deliveries(few)) == ["website"]


# --- rule files -----------------------------------------------------------------------------------------------------


def make_pipe(path: Path) -> None:
    """A named pipe, into which nobody writes."""
    os.mkfifo(path)


def make_endless(path: Path) -> None:
    """A link to what never ends."""
    path.symlink_to("/dev/zero")


def make_long(path: Path) -> None:
    """A file longer than any that people write."""
    path.write_text("# words\n" * 300_000, encoding="utf-8")


def make_deep(path: Path) -> None:
    """Brackets without end."""
    path.write_text("x = " + "[" * 100_000, encoding="utf-8")


def make_number(path: Path) -> None:
    """A number of more digits than Python reads."""
    path.write_text("x = " + "9" * 100_000, encoding="utf-8")


@pytest.mark.parametrize("make", [make_pipe, make_endless, make_long, make_deep, make_number])
def test_a_rule_file_that_is_none_holds_the_item(office: Office, make: Any) -> None:
    """Neither waited for nor read for ever, and no crash: the item is held with the file's name."""
    queued = office.hand_in(office.news())
    make(office.folder / "rules" / "a.toml")
    office.release(queued.id)
    assert office.state(queued.id) == "held for review"
    assert "a.toml" in office.app.queue.item(queued.id).reason
    assert public(office) == []
