"""Items by the office: what any door may ask of them, and that nobody gets further by it than by the command line."""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from cli_support import (
    APPROVER,
    AUTHOR,
    FOR_BLOCK,
    FOR_REVIEW,
    Bench,
    open_bench,
    picture,
    soon,
)

from publisher import office as offices
from publisher.app import App, open_app
from publisher.channel_health import ChannelHealth
from publisher.cli import _input
from publisher.desk import Origin
from publisher.errors import IllegalMove, InputError, NotDesignated
from publisher.item import parse
from publisher.office import Office
from publisher.office.checking import Asked, Previewed
from publisher.office.items import Again, ExternalIds, Moment, NewItem, Outcome, Reason, Yes
from publisher.office.operations import Caller
from publisher.picture_files import MAX_FILE_BYTES

NEWS: dict[str, Any] = {"kind": "news", "title": "Library opens late", "summary": "Until 8pm on Thursdays."}
PICTURED: dict[str, Any] = NEWS | {"images": [{"path": "a.jpg", "alt": "Readers at a table"}]}
HELD, BLOCKED = (NEWS | {"title": "The fair", "summary": words[1]} for words in (FOR_REVIEW, FOR_BLOCK))
WHY = "Read it twice, and it is fine"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready."""
    with open_bench(tmp_path) as made:
        yield made


@pytest.fixture
def app(bench: Bench) -> Iterator[App]:
    """Its app, as a server holds it open."""
    opened = open_app(bench.folder / "config.toml")
    yield opened
    opened.close()


def asking(app: App, login: str = AUTHOR) -> Office:
    """The office for one caller."""
    return offices.here(app, Caller(login, "test"))


def hand_in(app: App, item: object = NEWS, login: str = AUTHOR, **more: Any) -> dict[str, Any]:
    """What the office answers to an item that goes in an hour."""
    later = item | {"publish_at": soon()} if isinstance(item, dict) else item
    return asking(app, login).items.hand_in(NewItem(item=later, **more))


def refused(work: Callable[[], object]) -> InputError:
    """The wrong input that this is."""
    with pytest.raises(InputError) as caught:
        work()
    return caught.value


# --- handing in --------------------------------------------------------------------------------------------------


def test_whoever_calls_is_the_author(app: App) -> None:
    """The author is known by the door: nothing in what is sent can name another."""
    made = hand_in(app, login=APPROVER)
    assert app.queue.item(made["id"]).author == APPROVER
    assert refused(lambda: hand_in(app, NEWS | {"author": "dana"})).field == "author"
    assert refused(lambda: hand_in(app, officer="dana")).field == "officer"


def test_who_is_not_designated_hands_nothing_in(app: App) -> None:
    """Clauses 5a and 5c hold behind every door, and who was told no is on the record."""
    with pytest.raises(NotDesignated):
        hand_in(app, login="mallory")
    assert app.queue.items() == []


def test_pictures_come_as_bytes(app: App) -> None:
    """The bytes that were handed over are what is posted, in base64 or as they are."""
    data = picture()
    plain = hand_in(app, PICTURED, pictures={"a.jpg": data})
    coded = hand_in(
        app, PICTURED | {"title": "Pool opens", "summary": "At 9."},
        pictures={"a.jpg": base64.b64encode(data).decode()},
    )  # fmt: skip
    media = [app.queue.deliveries(made["id"])[0].post["media"] for made in (plain, coded)]
    assert media[0] == media[1]
    assert media[0][0]["alt"] == "Readers at a table"


def test_no_path_is_followed_for_a_caller(app: App, tmp_path: Path) -> None:
    """A file of this machine that an item names is never read: its bytes must come along, or nothing is stored."""
    there = tmp_path / "a.jpg"
    there.write_bytes(picture())
    item = NEWS | {"images": [{"path": str(there), "alt": "Readers at a table"}]}
    for work in (
        lambda: hand_in(app, item),
        lambda: hand_in(app, item, dry_run=True),
        lambda: asking(app).checking.check(Asked(item=item, pictures={})),
        lambda: asking(app).checking.preview(Previewed(item=item)),
    ):
        error = refused(work)
        assert (error.field, "cannot be followed" in str(error)) == ("images[0].path", True)
    assert app.queue.items() == []


@pytest.mark.parametrize(
    ("pictures", "field"),
    [
        ({"a.jpg": picture(), "b.jpg": picture()}, "pictures"),
        ({"a.jpg": b"no picture"}, "images[0].path"),
        ({"a.jpg": b""}, "images[0].path"),
        ({"a.jpg": picture() + b"\0" * MAX_FILE_BYTES}, "images[0].path"),
        ({"a.jpg": "not base64!"}, "pictures.a.jpg"),
        ({"a.jpg": "!" + base64.b64encode(picture()).decode()}, "pictures.a.jpg"),
        ({"a.jpg": 7}, "pictures.a.jpg"),
        ({str(number): b"" for number in range(11)}, "pictures"),
        (["a.jpg"], "pictures"),
    ],
    ids=[
        "nobody's",
        "none",
        "empty",
        "huge",
        "no base64",
        "more than base64",
        "a number",
        "too many",
        "a list",
    ],
)
def test_wrong_pictures_store_nothing(app: App, pictures: object, field: str) -> None:
    """What is no picture, too large, or named by nobody is refused with its place."""
    assert refused(lambda: hand_in(app, PICTURED, pictures=pictures)).field == field
    assert app.queue.items() == []


@pytest.mark.parametrize("item", [None, [], "news", 7, {}, {"kind": "sonnet", "title": "x"}])
def test_what_is_no_item_is_wrong_input(app: App, item: object) -> None:
    """Whatever JSON comes, the answer says what is wrong with it."""
    for work in (
        lambda: hand_in(app, item),
        lambda: asking(app).checking.check(Asked(item=item)),
        lambda: asking(app).checking.preview(Previewed(item=item)),
    ):
        assert str(refused(work))
    assert app.queue.items() == []


def test_a_dry_run_stores_nothing(app: App) -> None:
    """It says what handing in would, for the caller, and leaves no trace."""
    said = hand_in(app, BLOCKED, dry_run=True)
    assert (said["state"], said["verdict"], said["dry_run"]) == ("draft", "block", True)
    assert hand_in(app, login="mallory", dry_run=True)["verdict"] == "block"
    assert app.queue.items() == []


def test_an_item_arrives_as_it_was_read(bench: Bench) -> None:
    """What the command line read is what the server reads, also where the council's own clock is another."""
    item = parse(
        {"kind": "event", "title": "Fair", "starts_at": "2099-12-05", "timezone": "Europe/London"},
        default_zone="Europe/Lisbon",
    )
    given = json.loads(json.dumps(_input.given(item, bench.folder)["item"]))
    assert parse(given, default_zone="Europe/Lisbon") == item


def test_what_comes_next_is_that_of_the_answer(app: App) -> None:
    """Each answer says what its author does next, also where the daemon was quicker and it has moved on since."""
    assert "the daemon sends it" in hand_in(app)["next"][0]
    assert "approver" in hand_in(app, HELD)["next"][0]
    assert hand_in(app, BLOCKED)["next"][0].endswith("Nothing was sent.")


def test_items_of_another_door_are_not_known(app: App) -> None:
    """What a website calls 42 is not what an officer's file calls 42; each known item is told in short."""
    item = parse(NEWS | {"external_id": "42", "publish_at": soon()})
    app.desk.hand_in(item, officer=AUTHOR, origin=Origin("website"))
    asked = ExternalIds(external_ids=["42", "43", "42"])
    assert asking(app).items.known(asked) == {"items": {}}
    made = hand_in(app, BLOCKED | {"external_id": "43"})
    short = {"id": made["id"], "state": "blocked", "verdict": "block"}
    assert asking(app).items.known(asked) == {"items": {"43": short}}
    with pytest.raises(NotDesignated):
        asking(app, "mallory").items.known(asked)
    assert refused(lambda: ExternalIds(external_ids=["x"] * 5_001)).field == "external_ids"


# --- looking -----------------------------------------------------------------------------------------------------


def test_the_list_names_steps_and_states(app: App) -> None:
    """Each item has what to do next; a state that there is not names those there are."""
    made = hand_in(app, HELD)
    hand_in(app)
    (held,) = asking(app).items.list(state="held for review")["items"]
    assert (held["id"], held["refused_by"]) == (made["id"], "")
    assert "`publisher approve" in held["next"][0]
    asking(app, APPROVER).items.refuse(made["id"], Reason(reason="The date is wrong"))
    (blocked,) = asking(app).items.list(state="blocked")["items"]
    assert blocked["refused_by"] == APPROVER
    error = refused(lambda: asking(app).items.list(state="queud"))
    assert (error.field, "Did you mean queued?" in error.way_out) == ("state", True)
    for state in ("", "x" * 100_000):
        assert len(str(refused(partial(asking(app).items.list, state=state)))) < 2_000


def test_the_channels_are_looked_up_once_for_a_list(app: App) -> None:
    """For the items on their way, and for the notices: both are told from one look, which cannot contradict itself."""
    hand_in(app, NEWS | {"publish_at": soon()})
    calls: list[int] = []

    def seen(frame: FrameType, event: str, _arg: object) -> None:
        if event == "call" and frame.f_code is ChannelHealth.rows.__code__:
            calls.append(1)

    sys.setprofile(seen)
    try:
        asking(app).items.list()
    finally:
        sys.setprofile(None)
    assert len(calls) == 1


def test_who_withdrew_is_not_taken_for_who_refused(app: App) -> None:
    """An item that was refused and then cleared away was withdrawn: its reason is the withdrawal's."""
    made = hand_in(app, HELD)
    asking(app, APPROVER).items.refuse(made["id"], Reason(reason="The date is wrong"))
    assert asking(app).items.show(made["id"])["refused_by"] == APPROVER
    gone = asking(app).items.withdraw(made["id"], Reason(reason="A new one was handed in"))
    assert (gone["state"], gone["refused_by"], gone["reason"]) == ("withdrawn", "", "A new one was handed in")


def test_only_texts_that_findings_mean_come_along(app: App) -> None:
    """The words of a post are there where a finding points into them, and not else; no seal is ever there."""
    clear = asking(app).items.show(hand_in(app)["id"])
    assert clear["posts"] == []
    found = asking(app).items.show(hand_in(app, BLOCKED)["id"])
    channels = {finding["channel"] for finding in found["findings"]} - {None}
    assert {post["channel"] for post in found["posts"]} == channels
    seal = app.queue.deliveries(clear["id"])[0].seal
    assert seal
    assert seal not in json.dumps([clear, found])


@pytest.mark.parametrize("item_id", ["", "nowhere1", "x" * 10_000, "' OR 1=1 --", "\udcff"])
def test_an_item_that_is_not_there_is_told_so(app: App, item_id: str) -> None:
    """Looking and deciding say the same of it."""
    items = asking(app, APPROVER).items
    for work in (
        lambda: items.show(item_id),
        lambda: items.preview(item_id),
        lambda: items.approve(item_id, Yes(reason=WHY)),
        lambda: items.refuse(item_id, Reason(reason=WHY)),
        lambda: items.withdraw(item_id, Reason(reason=WHY)),
        lambda: items.reschedule(item_id, Moment()),
        lambda: items.retry(item_id, Again()),
        lambda: items.resolve(item_id, "twitter", Outcome()),
    ):
        assert "there is no item" in str(refused(work))


# --- checking and previewing -------------------------------------------------------------------------------------


def test_a_caller_is_judged_by_the_rules_of_now(bench: Bench, app: App) -> None:
    """A server that runs for months judges by a rule that was added since, from the next caller on."""
    assert asking(app).checking.check(Asked(item=NEWS))["verdict"] == "clear"
    own = (bench.folder / "rules" / "own.toml").read_text(encoding="utf-8")
    bench.write("rules/own.toml", own.replace('phrases = ["never say this"]', 'phrases = ["thursdays"]'))
    later = asking(app).checking
    answers = (later.check(Asked(item=NEWS)), later.preview(Previewed(item=NEWS)))
    assert [answer["verdict"] for answer in answers] == ["block", "block"]


def test_dates_count_where_it_is_asked_for_now(app: App) -> None:
    """A stream judges content whatever its dates; what would be handed in now must be to come."""
    late = NEWS | {"publish_at": "2020-01-01 09:00"}
    assert asking(app).checking.check(Asked(item=late))["verdict"] == "clear"
    assert refused(lambda: asking(app).checking.check(Asked(item=late, now=True))).field == "publish_at"


def test_pictures_are_looked_at_where_they_come_along(app: App) -> None:
    """Without pictures an item is judged as it describes them; with them each must be there and be one."""
    check = asking(app).checking.check
    assert check(Asked(item=PICTURED))["verdict"] == "clear"
    assert check(Asked(item=PICTURED, pictures={"a.jpg": picture()}))["verdict"] == "clear"
    assert refused(lambda: check(Asked(item=PICTURED, now=True))).field == "images[0].path"
    assert refused(lambda: check(Asked(item=PICTURED, pictures={"a.jpg": b"x"}))).field == "images[0].path"


def test_a_check_says_who_may(app: App) -> None:
    """The officer who is asked about is judged, whoever asks; without one nobody is."""
    check = asking(app, "").checking.check
    assert check(Asked(item=NEWS))["verdict"] == "clear"
    assert check(Asked(item=NEWS, officer=AUTHOR))["verdict"] == "clear"
    assert check(Asked(item=NEWS, officer="mallory"))["verdict"] == "block"


def test_previews_can_bring_their_pictures(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures as they would leave come along where they are asked for, by their digests; nothing stays behind."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    given = Previewed(item=PICTURED, pictures={"a.jpg": picture()})
    assert "pictures" not in asking(app).checking.preview(given)
    drawn = asking(app).checking.preview(given.model_copy(update={"drawn": True}))
    digests = {media["digest"] for post in drawn["posts"] for media in post["media"]}
    assert set(drawn["pictures"]) == digests
    assert all(base64.b64decode(data)[:2] == b"\xff\xd8" for data in drawn["pictures"].values())
    assert list((tmp_path / "scratch").iterdir()) == []
    assert app.queue.items() == []
    made = hand_in(app, PICTURED, pictures={"a.jpg": picture()})
    queued = asking(app).items.preview(made["id"], drawn=True)
    assert {post["channel"] for post in queued["posts"]} == {one["channel"] for one in made["deliveries"]}
    assert queued["pictures"]
    assert "pictures" not in asking(app).items.preview(made["id"])


# --- deciding ----------------------------------------------------------------------------------------------------


def test_whoever_calls_decides(app: App) -> None:
    """A second officer is another caller; the author, however they call, is told that it takes another."""
    made = hand_in(app, HELD)
    with pytest.raises(NotDesignated, match="author"):
        asking(app).items.approve(made["id"], Yes(reason=WHY))
    given = asking(app, APPROVER).items.approve(made["id"], Yes(reason=WHY))
    assert (given["state"], given["open"]) == ("queued", [])
    assert [(one["officer"], one["message"]) for one in given["overrides"]] == [
        (APPROVER, "Words for two pairs of eyes.")
    ]


def test_an_approval_tells_what_is_still_open(app: App, bench: Bench) -> None:
    """One finding let go leaves the other open, and the item waits."""
    own = (bench.folder / "rules" / "own.toml").read_text(encoding="utf-8")
    second = own.partition("[[rule]]")[2].partition("[[rule]]")[0]
    second = second.replace("test-review", "test-second").replace("ask me first", "about the fair")
    second = second.replace("Please ask them.", "No.").replace(
        "Please ask me first.", "It is about the fair."
    )
    bench.write("rules/second.toml", f"[[rule]]{second}")
    made = hand_in(app, HELD)
    one = next(found for found in made["findings"] if found["rule"] == "marking.test-review")
    given = asking(app, APPROVER).items.approve(made["id"], Yes(reason=WHY, findings=(one["id"],)))
    assert given["state"] == "held for review"
    assert [found["rule"] for found in given["open"]] == ["marking.test-second"]


def test_a_moment_is_on_the_councils_clock(app: App) -> None:
    """Without an offset a moment is the council's; no moment is now; a day alone, a number or nonsense is refused."""
    made = hand_in(app)
    items = asking(app).items
    moved = items.reschedule(made["id"], Moment(publish_at="2099-07-01 09:00"))
    assert (moved["publish_at"], moved["approval_taken_back"]) == ("2099-07-01T08:00:00+00:00", "")
    for wrong in ("2099-07-01", "soon", "", "2099-03-29 01:30", "9999-12-31T23:59:59-14:00", "1893456000"):
        move = partial(items.reschedule, made["id"], Moment(publish_at=wrong))
        assert refused(move).field == "publish_at"
    number = partial(Moment, publish_at=1893456000)  # type: ignore[arg-type]  # what a program may send
    assert refused(number).field == "publish_at"
    assert items.show(made["id"])["publish_at"] == "2099-07-01T08:00:00+00:00"
    now = datetime.fromisoformat(items.reschedule(made["id"], Moment())["publish_at"])
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)


def test_another_moment_names_whose_approval_is_gone(app: App) -> None:
    """Who approved is told to whoever moved it, and what comes next."""
    made = hand_in(app, HELD)
    asking(app, APPROVER).items.approve(made["id"], Yes(reason=WHY))
    moved = asking(app).items.reschedule(made["id"], Moment(publish_at=soon(5)))
    assert (moved["state"], moved["approval_taken_back"]) == ("held for review", APPROVER)
    assert "`publisher approve" in moved["next"][0]


def test_what_cannot_be_decided_is_told(app: App) -> None:
    """Too late, an unknown channel, or nothing to settle: each with its own kind of no."""
    made = hand_in(app)
    items = asking(app).items
    assert "facebook" in refused(lambda: items.retry(made["id"], Again(channel="facebok"))).way_out
    assert refused(lambda: items.resolve(made["id"], "../twitter", Outcome())).field == "channel"
    late: list[Callable[[], object]] = [
        lambda: items.retry(made["id"], Again()),
        lambda: items.resolve(made["id"], "twitter", Outcome(url="https://x.com/council/status/1")),
    ]
    for work in late:
        with pytest.raises(IllegalMove):
            work()
    items.withdraw(made["id"], Reason(reason="It is off"))
    with pytest.raises(IllegalMove):
        items.withdraw(made["id"], Reason(reason="It is off"))


@pytest.mark.parametrize("more", [{"withdrawn": True}, {"settled": True}])
def test_a_post_became_one_thing(app: App, more: dict[str, bool]) -> None:
    """An address that is told along with something else is not dropped without a word: nothing is done."""
    made, told = hand_in(app), Outcome.model_validate({"url": "https://x.com/council/status/1", **more})
    error = refused(lambda: asking(app).items.resolve(made["id"], "twitter", told))
    assert ("url" in error.field, error.way_out) == (True, "Give one of them.")


def test_every_answer_is_plain_json(app: App) -> None:
    """What a door sends needs no translation."""
    made, held = hand_in(app), hand_in(app, HELD)
    items, second = asking(app).items, asking(app, APPROVER).items
    answers = [
        made, held, hand_in(app, dry_run=True), items.list(everything=True), items.show(made["id"]), items.preview(made["id"]),
        asking(app).checking.check(Asked(item=BLOCKED)), asking(app).checking.preview(Previewed(item=NEWS)),
        second.approve(held["id"], Yes(reason=WHY)), items.reschedule(made["id"], Moment(publish_at=soon(9))),
        items.withdraw(made["id"], Reason(reason="It is off")),
    ]  # fmt: skip
    for answer in answers:
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer
