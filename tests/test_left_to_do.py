"""What a post that is out leaves to a person: it is told with the words to type, done once, and on record."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_support import open_council
from cli_support import AUTHOR, DIRECTOR, Bench, open_bench, out_on
from support import open_office

from publisher.app import App, open_app
from publisher.errors import InputError
from publisher.event_words import told
from publisher.model import DeliveryState, ItemState
from publisher.moves import move_delivery, move_item, set_delivery
from publisher.picture_kinds import demand_kind
from publisher.rehearsal.faults import Fault

NOTE = "It is published, but its comments are open: turn them off in the app."
ADDRESS = "https://www.instagram.com/p/17/"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready."""
    with open_bench(tmp_path) as found:
        yield found


@contextlib.contextmanager
def inside(bench: Bench) -> Iterator[App]:
    """The app of the bench."""
    with contextlib.closing(open_app(bench.folder / "config.toml")) as app:
        yield app


def released(app: App, item_id: str, *states: ItemState) -> None:
    """The item on its way, as the daemon moves it."""
    for before, after in zip((ItemState.QUEUED, *states), states, strict=False):
        with app.queue.writing() as connection:
            move_item(connection, item_id, before, after, actor="test", now=app.now(), due_at=None)


def noted(bench: Bench, **found: Any) -> str:
    """An item that is out, and on Instagram left something to a person; its id."""
    item_id, channel = str(bench.news()["id"]), "instagram"
    values = {"remote_id": "17", "url": ADDRESS} | found
    with inside(bench) as app:
        row = app.queue.delivery_to(item_id, channel)
        proof = app.clearing.of_sending(row, values["remote_id"], values["url"])
        for state in (DeliveryState.SENDING, DeliveryState.SENT):
            row = app.queue.delivery_to(item_id, channel)
            is_sent = state == DeliveryState.SENT
            sent = {**values, "reason": NOTE, "sent_at": app.now()} if is_sent else {}
            with app.queue.writing() as connection:
                move_delivery(
                    connection,
                    row,
                    state,
                    actor="test",
                    now=app.now(),
                    subject=proof if is_sent else None,
                    **sent,
                )
        released(app, item_id, ItemState.RELEASING, ItemState.PUBLISHED)
    return item_id


def flat(text: str) -> str:
    """As one line, however it was wrapped."""
    return re.sub(r"\s+", " ", text)


def test_what_is_left_is_told_with_its_command_and_settled_once(bench: Bench) -> None:
    """`list` names the command although all is published; it takes the note away, says who did it, and then says no."""
    item_id = noted(bench)
    command = f"publisher resolve {item_id}/instagram --settled"
    listed = flat(bench.run("list").out)
    assert NOTE in listed
    assert f"`{command}`" in listed
    done = bench.run(*command.split()[1:])
    assert done.code == 0, done
    assert NOTE not in flat(bench.run("list").out)
    shown = bench.run("show", item_id, "--json").json
    assert shown["next"] == []
    (event,) = (one for one in shown["events"] if one["action"] == "settled by hand")
    assert (event["actor"], event["channel"], event["detail"]) == (AUTHOR, "instagram", {"note": NOTE})
    again = bench.run(*command.split()[1:])
    assert (again.code, "nothing of the post on instagram is left to a person" in again.err) == (1, True)


def test_an_address_that_nobody_knew_is_told_and_proved(bench: Bench) -> None:
    """It is checked as any address is, and the post is as surely ours afterwards: the record is whole, and it is withdrawn there."""
    item_id = noted(bench, remote_id="", url="")
    place = f"{item_id}/instagram"
    assert f"`publisher resolve {place} --sent URL`" in flat(bench.run("list").out)
    for wrong in ("javascript:alert(1)", "https://evil.example/p/17/"):
        assert bench.run("resolve", place, "--sent", wrong).code == 2
    assert bench.run("resolve", place, "--sent", ADDRESS).code == 0
    (row,) = (
        one
        for one in bench.run("show", item_id, "--json").json["deliveries"]
        if one["channel"] == "instagram"
    )
    assert (row["state"], row["url"], row["reason"]) == ("sent", ADDRESS, "")
    assert bench.run("audit", "verify").code == 0
    assert bench.run("resolve", place, "--sent", ADDRESS).code == 1
    assert bench.run("withdraw", item_id, "--reason", "It was wrong").code == 0
    (row,) = (
        one
        for one in bench.run("show", item_id, "--json").json["deliveries"]
        if one["channel"] == "instagram"
    )
    assert (row["state"], row["url"], row["reason"]) == ("withdrawing", ADDRESS, "")


def test_an_address_by_a_hand_is_still_found(bench: Bench) -> None:
    """Whoever writes another address into the database after a person told one is found out."""
    item_id = noted(bench, remote_id="", url="")
    assert bench.run("resolve", f"{item_id}/instagram", "--sent", ADDRESS).code == 0
    with inside(bench) as app, app.queue.writing() as connection:
        row = app.queue.delivery_to(item_id, "instagram")
        set_delivery(connection, row.id, url="https://www.instagram.com/p/18/")
    assert bench.run("audit", "verify").code == 1


def test_at_a_server_it_is_the_same(tmp_path: Path) -> None:
    """Who asks the API may settle it, too, and no more than once."""
    with open_council(tmp_path) as council:
        place = f"/items/{noted(council.bench)}/deliveries/instagram/resolve"
        answers = [council.ask("POST", place, {"settled": True}, token=council.token()) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 409], answers


def test_a_post_that_may_be_live_is_not_counted_as_sent(bench: Bench) -> None:
    """Nobody knows it: the list says 0 until somebody does, and then nothing more of it; and that it was out only of what was."""
    item_id = str(bench.news()["id"])
    with inside(bench) as app:
        for state in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
            row = app.queue.delivery_to(item_id, "twitter")
            with app.queue.writing() as connection:
                move_delivery(connection, row, state, actor="test", now=app.now(), sent_at=app.now())
        released(app, item_id, ItemState.RELEASING, ItemState.PART_PUBLISHED)
    assert re.search(r"part published +0/4", bench.run("list").out)
    out_on(bench, item_id, "website")
    assert re.search(r"part published +1/4", bench.run("list").out)
    said = bench.run("resolve", f"{item_id}/twitter", "--sent", "https://x.com/council/status/1")
    assert said.code == 0, said
    listed = bench.run("list").out
    assert re.search(r"part published +2/4", listed)
    assert "Settled by" not in listed


def test_what_a_person_said_was_not_sent_has_no_cause_to_mend(bench: Bench) -> None:
    """After `--not-sent` the next step is to send it again, or nothing."""
    item_id = str(bench.news()["id"])
    with inside(bench) as app:
        for state in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
            row = app.queue.delivery_to(item_id, "twitter")
            with app.queue.writing() as connection:
                move_delivery(connection, row, state, actor="test", now=app.now(), due_at=None)
        released(app, item_id, ItemState.RELEASING, ItemState.PART_PUBLISHED)
    assert bench.run("resolve", f"{item_id}/twitter", "--not-sent").code == 0
    (step,) = bench.run("show", item_id, "--json").json["next"]
    assert step == f"`publisher retry {item_id} --channel twitter` sends it again, if it is still to go."


def test_what_is_looked_for_in_vain_is_left_with_commands_that_work(tmp_path: Path) -> None:
    """As typed they are taken: what is live is told with its address, what is not with a word of its own."""
    with open_office(tmp_path, changes={"release": {"read_back": [0.01]}}) as office:
        office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.refuse(503, {}))
        item_id = office.hand_in(office.news()).id
        number = office.release(item_id)["twitter"].id or 0
        for _ in range(2):
            office.app.releaser.work_delivery(number)
        row = office.deliveries(item_id)["twitter"]
        place = f"publisher resolve {item_id}/twitter"
        assert row.reason.endswith(f"Look on twitter, then: {place} --sent URL or {place} --not-sent"), row
        listed = flat(office.cli("list").stdout)
        assert listed.count(place) == 2
        assert office.cli(*f"{place} --not-sent".split()[1:]).returncode == 0


def test_what_the_step_cost_is_told_apart_from_what_all_cost() -> None:
    """A withdrawal books what it cost itself, and says that the other number is of all of it."""
    said = dict(told("moved", {"url": ADDRESS, "deletion": 10_000, "cost": 215_000}, "Europe/London"))
    assert (said["cost of taking it down"], said["cost in all"]) == ("US$0.010", "US$0.215")
    assert dict(told("moved", {"cost": 205_000}, "Europe/London")) == {"cost": "US$0.205"}


@pytest.mark.parametrize("words", [("channel", "accept", "facebook"), ("risk", "end", "facebook")])
def test_a_directors_word_says_why(bench: Bench, words: tuple[str, ...]) -> None:
    """As an approver's does: "ok" tells nobody why."""
    answer = bench.run(*words, "--reason", "ok", "--as", DIRECTOR)
    assert (answer.code, "a reason of 10 to 1,000 characters is needed" in answer.err) == (2, True), answer


def test_a_token_that_is_refused_says_where_the_next_one_goes(tmp_path: Path) -> None:
    """Nobody is sent to connect what needs no connecting: the setting is named, by its place and never by what is in it."""
    dead = {"error": {"code": 190, "error_subcode": 460, "message": "Error validating access token"}}
    with open_office(tmp_path) as office:
        office.platforms.graph.fail_next("POST", "/feed$", Fault.refuse(400, dead), None)
        item_id = office.hand_in(office.news()).id
        row = office.release(item_id)["facebook"]
        (step,) = office.cli_json("show", item_id)["next"]
    assert (row.state, "connect" in row.reason) == ("refused", False)
    assert "put new ones where config.toml says (env:FACEBOOK_PAGE_TOKEN; docs/channels.md" in row.reason
    assert "restart the daemon" in row.reason
    assert step == f"mend the cause, then `publisher retry {item_id} --channel facebook`."


def test_after_the_directors_word_the_way_on_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused for its account is sent again once that is right: it is not said to be stopped for good."""
    other = {"data": {"id": "999999999999999", "name": "Parish", "username": "parish"}}
    with open_office(tmp_path) as office:
        office.cli("channel", "check", "twitter")
        monkeypatch.setenv("TWITTER_ACCESS_TOKEN", "999999999999999-made-up-0123456789")
        office.platforms.x.fail_next("GET", "^/2/users/me$", Fault.refuse(200, other), None)
        item_id = office.hand_in(office.news()).id
        row = office.release(item_id)["twitter"]
        (step,) = office.cli_json("show", item_id)["next"]
    assert (row.state, "publisher channel accept twitter" in row.reason) == ("refused", True)
    assert (
        step
        == f"once a director has said that the account is right, `publisher retry {item_id} --channel twitter`."
    )


@pytest.mark.parametrize(
    ("data", "said"), [(b"%PDF-1.7 a", False), (b"PK\x03\x04 aaaa", False), (b"GIF89a aaaaa", True)]
)
def test_what_is_no_picture_is_not_to_be_saved_as_one(data: bytes, *, said: bool) -> None:
    """Nobody saves a document as JPEG: it says that a photo is wanted."""
    with pytest.raises(InputError) as refused:
        demand_kind(data, "images[0]")
    assert (("Save it as JPEG or PNG" in refused.value.way_out), "give a photo" in refused.value.way_out) == (
        said,
        not said,
    )
