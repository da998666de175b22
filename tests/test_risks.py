"""A way that is against a platform's terms (clause 5e): open only while a director's word stands, which is said every time."""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from support import Office, open_office
from test_audit_release import backup, put_back
from test_hook import Cms

from publisher import channels, config, hook, risk_standing, starting
from publisher.app import App, open_app
from publisher.channels import Withdrawal
from publisher.checking import checked, rehearsed
from publisher.desk import Origin
from publisher.doctor.risks import risks as doctor_of
from publisher.errors import ChannelFailed, ConfigError, InputError, NotDesignated, NotFound, Refused
from publisher.item import Item
from publisher.model import Kind, Outcome, Post, Staged
from publisher.pages import accounts
from publisher.previewing import of_given
from publisher.record import events
from publisher.rehearsal.office import DIRECTOR, OFFICER
from publisher.risks import Standing
from publisher.serve import Server

NAME = "instagram-app"
TABLE = """
[channels.instagram-app]
adapter = "instagrapi"
user_id = "{user}"
session = "file:session.json"
endpoint = "{url}"
permalink = "{wall}/instagram/{{code}}"
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A council whose only Instagram account is reached as its app would; nobody accepted that yet."""
    with open_office(tmp_path / "office", changes={"channels.instagram": {"enabled": False}}) as made:
        app = made.platforms.instagram_app
        more = TABLE.format(user=app.user_id, url=app.url, wall=made.platforms.wall.url)
        made.config.write_text(made.config.read_text(encoding="utf-8") + more, encoding="utf-8")
        (made.folder / "session.json").write_text(app.saved, encoding="utf-8")
        anew(made)
        yield made


def anew(office: Office) -> None:
    """The program is started again."""
    office.app.close()
    office.app = open_app(office.config, now=office.clock)


def accept(office: Office, days: int = 90, *, officer: str = DIRECTOR, channel: str = NAME, reason: str = "No Page can be linked yet") -> Any:  # fmt: skip
    """A director's word for so many days."""
    review = office.app.today + timedelta(days=days)
    return office.app.risks.accept(channel, reason=reason, review_on=review, officer=officer)


def end(office: Office) -> Any:
    return office.app.risks.end(NAME, reason="The Page is linked now", officer=DIRECTOR)


def by_hand(office: Office, *statements: str) -> None:
    """Somebody with the database file and no key."""
    with contextlib.closing(sqlite3.connect(office.app.config.database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def asked(office: Office) -> list[str]:
    """What the stand-in for Instagram was asked."""
    return [entry.path for entry in office.platforms.ledger.calls("instagram")]


def shown(office: Office) -> list[str]:
    """The posts that the public sees there."""
    return [post.text for post in office.platforms.ledger.posts("instagram")]


def refused(office: Office) -> str:
    """The words with which every door of the channel is shut; nothing is asked of the platform by any of them."""
    before = len(asked(office))
    with pytest.raises(Refused) as at_load:
        channels.load(NAME, config.load(office.config))
    channel: Any = office.app.channels[NAME]
    post = Post(NAME, Kind.NEWS, "Bins", "Bins", "https://a.example/?c=x", "x")
    doors: list[Any] = [
        lambda: channel.stage(post, None, None, office.clock()),
        lambda: channel.publish(post, Staged({}), office.clock()),
        lambda: channel.find(post, None, office.clock()),
        lambda: channel.withdraw(Withdrawal(post, "7"), office.clock()),
        lambda: channel.identify(office.clock()),
    ]
    for door in doors:
        with pytest.raises(ChannelFailed) as failed:
            door()
        assert failed.value.judgement.outcome is Outcome.FIX
        assert f"publisher risk accept {NAME}" in failed.value.judgement.officer
    with pytest.raises(Refused):
        _ = channel.client
    assert len(asked(office)) == before
    return str(at_load.value)


# --- closed ------------------------------------------------------------------------------------------------------


def test_without_a_directors_word_no_door_opens(office: Office) -> None:
    """Nothing is loaded, made or asked; one line says what a director does."""
    said = refused(office)
    assert f"`publisher risk accept {NAME} --reason TEXT --review DATE`" in said
    assert "no director has accepted that risk" in said


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda file: file.unlink(), "cannot be read"), (lambda file: file.write_bytes(b"no database" * 500), "cannot be read"),
        (lambda file: _without(file, "risk"), "cannot be read"), (lambda file: file.write_bytes(b""), "cannot be read"),
    ],
    ids=["none", "damaged", "older", "empty"],
)  # fmt: skip
def test_where_nothing_can_be_read_it_is_refused(spoil: Any, words: str, office: Office) -> None:
    """No database, one that is none, an older program's: no word of a director is in it, and none is made by looking."""
    accept(office)
    database = office.app.config.database
    office.app.close()
    for beside in ("-wal", "-shm"):
        database.with_name(database.name + beside).unlink(missing_ok=True)
    spoil(database)
    was = database.exists()
    with pytest.raises(Refused, match=words):
        channels.load(NAME, config.load(office.config))
    assert database.exists() is was


def _without(file: Path, table: str) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(f"DROP TABLE {table}")


def test_no_seal_no_word(office: Office) -> None:
    """Without the key nobody can tell a director's word from a hand's."""
    accept(office)
    (office.folder / "seal.key").unlink()
    with pytest.raises(Refused, match="seal's key"):
        channels.load(NAME, config.load(office.config))


def test_what_a_hand_wrote_counts_for_nothing(office: Office) -> None:
    """Put in, drawn out to another day, or put back after its end: it does not stand, and the record tells of it."""
    by_hand(
        office,
        "INSERT INTO risk VALUES ('instagram-app', 'I say so', 'dana', '2026-01-01 00:00:00', '2099-01-01', 'x')",
    )
    assert "no director has accepted" in refused(office)
    by_hand(office, "DELETE FROM risk")
    accept(office, 5)
    by_hand(office, "CREATE TABLE kept AS SELECT * FROM risk", "UPDATE risk SET review_on = '2099-01-01'")
    assert "changed by hand" in refused(office)
    assert [one.standing for one in office.app.risks.all()] == [Standing.BY_HAND]
    by_hand(office, "DELETE FROM risk", "INSERT INTO risk SELECT * FROM kept")
    channels.load(NAME, config.load(office.config))
    end(office)
    by_hand(office, "INSERT INTO risk SELECT * FROM kept")
    assert "no director has accepted" in refused(office)
    assert office.app.verifier.verify().stops == "rows"


# --- who may open it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("officer", [OFFICER, "cms", "nobody", ""])
def test_only_a_director_opens_or_ends_it(officer: str, office: Office) -> None:
    """Nobody else's word counts, and that they tried is on record."""
    with pytest.raises(NotDesignated):
        accept(office, officer=officer)
    accept(office)
    with pytest.raises(NotDesignated):
        office.app.risks.end(NAME, reason="I say so", officer=officer)
    channels.load(NAME, config.load(office.config))


@pytest.mark.parametrize(
    ("given", "kind", "field"),
    [
        ({"days": 367}, InputError, "review"), ({"days": -1}, InputError, "review"), ({"reason": ""}, InputError, "reason"),
        ({"reason": " \u200b "}, InputError, "reason"), ({"reason": "x" * 9_999}, InputError, "reason"),
        ({"channel": "facebook"}, InputError, "channel"), ({"channel": "instagrm-app"}, NotFound, "channel"), ({"channel": ""}, NotFound, "channel"),
    ],
)  # fmt: skip
def test_a_word_that_is_none_opens_nothing(given: dict[str, Any], kind: type[InputError], field: str, office: Office) -> None:  # fmt: skip
    """No reason, a review that is over or more than a year ahead, a channel that is not there or keeps its platform's terms."""
    with pytest.raises(kind) as wrong:
        accept(office, **given)
    assert wrong.value.field == field
    assert office.app.risks.all()[0].standing is Standing.NOT_ACCEPTED


def test_it_holds_to_its_last_day_and_a_year_at_most(office: Office) -> None:
    """On the day of the review it is still open; a second word replaces the first; the record keeps both, with the risk in words."""
    accept(office, 366)
    accept(office, 2, reason="Only for the fair")
    (one,) = office.app.risks.all()
    assert (one.standing, one.row and one.row.reason) == (Standing.DUE, "Only for the fair")
    office.clock.forward(days=2)
    assert not office.app.channels[NAME].refusal  # type: ignore[attr-defined]
    office.clock.forward(days=1)
    assert "counts no longer" in office.app.channels[NAME].refusal  # type: ignore[attr-defined]
    assert [one.standing for one in office.app.risks.all()] == [Standing.OVERDUE]
    with office.app.queue.reading() as connection:
        told = [event for event in events(connection) if event.action == "risk accepted"]
    assert [(event.actor, event.channel, event.detail["reason"]) for event in told] == [
        (DIRECTOR, NAME, "No Page can be linked yet"), (DIRECTOR, NAME, "Only for the fair"),
    ]  # fmt: skip
    assert "terms of use forbid" in told[0].detail["risk"]


def test_what_is_ended_is_ended(office: Office) -> None:
    """A second time there is nothing to end."""
    accept(office)
    assert end(office).standing is Standing.NOT_ACCEPTED
    refused(office)
    with pytest.raises(InputError, match="no risk of instagram-app is accepted"):
        end(office)


# --- on the way ------------------------------------------------------------------------------------------------------


def test_with_it_a_post_goes_out_and_every_time_that_is_said(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """At the start, at the send, and of the account: what the risk is, who accepted it, until when."""
    accept(office)
    until = str(office.app.today + timedelta(days=90))
    words = f"terms of use forbid: Instagram may lock or close the account. That was accepted by {DIRECTOR} until {until}"
    with caplog.at_level(logging.WARNING):
        starting.warn_of_risks(office.app)
        assert f"{NAME} is open." in caplog.text
        assert caplog.text.count(words) == 1
        item = office.hand_in(office.news()).id
        rows = office.release(item)
        assert {row.state for row in rows.values()} == {"sent"}
        assert f"{NAME} is sent now." in caplog.text
        assert caplog.text.count(words) == 2
    (post,) = office.platforms.ledger.posts("instagram")
    assert (post.replies, rows[NAME].url, bool(post.media[0].alt)) == ("closed", post.url, True)
    found = office.app.channels[NAME].identify(office.clock())
    assert found is not None
    assert [words in note for note in found.notes] == [True]


def test_an_item_for_all_goes_to_the_others(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """A closed channel is left out of what names none; the others are not held up, and the start says so."""
    with caplog.at_level(logging.WARNING):
        starting.warn_of_risks(office.app)
    assert f"nothing goes to {NAME}; the others are not held up by it" in caplog.text
    rows = office.release(office.hand_in(office.news()).id)
    assert {name: row.state for name, row in rows.items()} == dict.fromkeys(
        ("website", "facebook", "twitter"), "sent"
    )
    assert asked(office) == []


def doors(office: Office) -> dict[str, Callable[[Item], dict[str, Any]]]:
    """Every door at which it is said where an item goes, and its answer."""
    return {
        "hand in": lambda item: office.hand_in(item).to_json(),
        "check": lambda item: checked(office.app, item, {}, officer=OFFICER).to_json(),
        "dry run": lambda item: rehearsed(office.app, item, {}, officer=OFFICER).to_json(),
        "preview": lambda item: of_given(office.app, item, {}, gate=office.app.gate, drawn=False),
    }


@pytest.mark.parametrize("door", ["hand in", "check", "dry run", "preview"])
def test_every_door_leaves_it_out_and_says_so(door: str, office: Office) -> None:
    """Preview is publish: what names no channel goes to the open ones, and each answer tells which is left out and why."""
    answer = doors(office)[door](office.news())
    (left,) = answer["left_out"]
    assert left["channel"] == NAME
    assert "no director has accepted" in left["why"]
    assert f"`publisher risk accept {NAME} --reason TEXT --review DATE`" in left["why"]
    if door == "preview":
        assert [post["channel"] for post in answer["posts"]] == ["website", "facebook", "twitter"]
    accept(office)
    assert doors(office)[door](office.news())["left_out"] == []


@pytest.mark.parametrize("door", ["hand in", "check", "dry run", "preview"])
@pytest.mark.parametrize("named", [["website", NAME], [NAME]])
def test_who_names_a_closed_channel_hears_of_it_at_once(named: list[str], door: str, office: Office) -> None:
    """By every door alike; nothing is stored, and nothing else of the item goes either."""
    item = office.news(channels=named, link="https://www.example.gov.uk/a")
    with pytest.raises(Refused, match="no director has accepted"):
        doors(office)[door](item)
    assert office.app.queue.items() == []
    accept(office)
    assert doors(office)[door](item)["left_out"] == []


def test_an_item_with_no_open_channel_left_is_refused(office: Office) -> None:
    """Where its source may use the closed one alone, there is nothing to leave it out of."""
    with pytest.raises(Refused, match="no director has accepted"):
        office.app.desk.hand_in(office.news(), officer=OFFICER, origin=Origin(channels=(NAME,)))
    queued = office.app.desk.hand_in(
        office.news(), officer=OFFICER, origin=Origin(channels=("website", NAME))
    )
    assert list(queued.left_out) == [NAME]
    assert list(office.deliveries(queued.id)) == ["website"]


ITEM = """
kind = "news"
title = "Library opens late"
summary = "Until 8pm on Thursdays."
images = [{path = "library.jpg", alt = "The library"}]
"""
LEFT_OUT = "Left out: instagram-app posts in a way that its platform's terms forbid, and no director has accepted that risk."


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["preview", "item.toml"], True), (["news", "--dry-run", "item.toml"], True), (["import", "item.toml"], True),
        (["check", "--officer", OFFICER, "item.toml"], True), (["check", "item.toml"], False), (["news", "item.toml"], True),
        (["news", "item.toml", "--channel", "website"], False), (["preview", "item.toml", "--html", "item.html"], True),
    ],
)  # fmt: skip
def test_people_read_what_is_left_out(words: list[str], told: bool, office: Office) -> None:  # noqa: FBT001
    """Once, with why and what to do; not where the item does not go there, nor where nobody looked."""
    (office.folder / "item.toml").write_text(ITEM, encoding="utf-8")
    done = office.cli(*[str(office.folder / word) if word.startswith("item.") else word for word in words])
    assert done.returncode == 0, done.stderr
    page = office.folder / "item.html"
    shown = page.read_text(encoding="utf-8") if page.exists() else done.stdout
    shown = " ".join(shown.replace("&#39;", "'").split())
    assert shown.count(LEFT_OUT) == int(told)
    assert ("publisher risk accept instagram-app" in shown) is told


def test_one_of_many_that_names_it_does_not_hide_the_others(office: Office) -> None:
    """Of a file, and of a stream: its line says why, and the rest are judged."""
    plain = {"kind": "news", "title": "Library opens late", "summary": "Until 8pm on Thursdays."}
    items = [plain | {"channels": ["website", NAME]}, plain]
    (office.folder / "items.json").write_text(json.dumps(items), encoding="utf-8")
    lines = "".join(f"{json.dumps(one)}\n" for one in items)
    (office.folder / "items.jsonl").write_text(lines, encoding="utf-8")
    whole = office.cli("check", str(office.folder / "items.json"), "--officer", OFFICER)
    assert "cannot be taken: instagram-app posts" in " ".join(whole.stdout.split())
    assert (whole.returncode, "Library opens late: clear" in whole.stdout) == (1, True)
    streamed = office.cli("check", "--jsonl", str(office.folder / "items.jsonl"), "--officer", OFFICER)
    first, second = map(json.loads, streamed.stdout.splitlines())
    assert ("no director has accepted" in first["error"], first["field"]) == (True, "")
    assert (second["verdict"], second["left_out"][0]["channel"]) == ("clear", NAME)


def test_a_check_without_an_officer_looks_at_no_database(office: Office) -> None:
    """It says what the policy says, and nothing of channels: neither that one is left out, nor that none is."""
    office.app.close()
    office.app.config.database.unlink()
    for item in (office.news(), office.news(channels=["website", NAME])):
        said = checked(office.app, item, {}).to_json()
        assert (said["verdict"], "left_out" in said) == ("clear", False)


@contextlib.contextmanager
def counted(code: CodeType) -> Iterator[list[int]]:
    """One entry for each call of that code within."""
    calls: list[int] = []

    def seen(frame: FrameType, event: str, _arg: object) -> None:
        if event == "call" and frame.f_code is code:
            calls.append(1)

    sys.setprofile(seen)
    try:
        yield calls
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("is_open", [False, True])
def test_the_word_is_read_once(is_open: bool, office: Office) -> None:  # noqa: FBT001
    """Between two reads a director may end it: one answer would be made of both, and a start would be stopped by it."""
    if is_open:
        accept(office)
    read = risk_standing.accepted.__code__
    with counted(read) as calls:
        office.hand_in(office.news())
    assert len(calls) == 1
    with counted(read) as calls:
        starting.warn_of_risks(office.app)
    assert len(calls) == 1


def prepared(office: Office) -> str:
    """An item that is staged on all channels, to go in five minutes."""
    when = office.clock() + timedelta(minutes=5)
    item = office.hand_in(office.news(publish_at=when.isoformat(timespec="minutes"))).id
    office.app.releaser.work(item)
    assert office.deliveries(item)[NAME].state == "staged"
    office.clock.forward(minutes=6)
    return item


@pytest.mark.parametrize("how", ["ended", "by hand"])
def test_what_is_prepared_does_not_go_once_the_word_is_gone(how: str, office: Office) -> None:
    """Staged while it stood: at the moment that delivery alone is refused, in words; with a new word it goes, without a new start."""
    accept(office, 1)
    item = prepared(office)
    if how == "ended":
        end(office)
    else:
        by_hand(office, "UPDATE risk SET review_on = '2099-01-01'")
    rows = office.release(item)
    assert {name: row.state for name, row in rows.items()} == {
        "website": "sent", "facebook": "sent", "twitter": "sent", NAME: "refused",
    }  # fmt: skip
    assert f"publisher risk accept {NAME}" in rows[NAME].reason
    assert shown(office) == []
    accept(office)
    office.app.decisions.retry(item, officer=OFFICER, channel=NAME)
    assert office.release(item)[NAME].state == "sent"
    assert len(shown(office)) == 1


def test_what_is_prepared_does_not_go_after_the_review_day(office: Office) -> None:
    """Nobody need end it: by the calendar alone the last request is not made."""
    accept(office, 1)
    row = office.deliveries(prepared(office))[NAME]
    office.clock.forward(days=2)
    with pytest.raises(ChannelFailed, match="counts no longer"):
        office.app.channels[NAME].publish(Post.from_json(row.post), Staged(row.staged), office.clock())
    assert shown(office) == []


# --- by the website's hook --------------------------------------------------------------------------------------------


def test_a_website_that_names_a_closed_channel_is_told_no(office: Office) -> None:
    """No bug of ours, and nothing that passes by itself: 403 with the sentence, as for who may not post; what names none goes on."""
    with Server(hook.create(office.app)) as server:
        cms = Cms(office, server.url)
        no = cms.send(cms.event(channels=["website", NAME]))
        assert (no.status_code, no.headers["content-type"]) == (403, "application/problem+json")
        assert "no director has accepted that risk" in no.json()["detail"]
        assert office.app.queue.items() == []
        message = cms.event(external_id="43")
        taken = cms.send(message)
        assert (taken.status_code, [one["channel"] for one in taken.json()["left_out"]]) == (202, [NAME])
        again = cms.send(message)
        assert (again.status_code, again.json()["id"]) == (200, taken.json()["id"])
        accept(office)
        assert cms.send(cms.event(channels=["website", NAME])).status_code == 202


# --- what else goes by it ---------------------------------------------------------------------------------------------


def test_the_doctor_is_never_content_with_it(office: Office) -> None:
    """Closed is wrong; open wants an eye; about to end says how to renew it; the official way is named."""

    def told(app: App) -> tuple[str, str, str]:
        (check,) = doctor_of(app)
        return check.standing.value, check.words, check.way_out

    assert told(office.app)[0] == "wrong"
    accept(office)
    standing, words, way_out = told(office.app)
    adapter: Any = channels.adapter("instagrapi", field="adapter").Adapter
    assert (standing, f"Accepted by {DIRECTOR}" in words, way_out) == (
        "attention",
        True,
        adapter.risk_way_out,
    )
    accept(office, 10)
    assert f"publisher risk accept {NAME}" in told(office.app)[2]


def test_a_closed_channel_lacks_no_secret(office: Office) -> None:
    """Its session need not be there before a director said yes; then it must."""
    (office.folder / "session.json").unlink()
    starting.demand_secrets(office.app)
    accept(office)
    anew(office)
    with pytest.raises(ConfigError, match=NAME):
        starting.demand_secrets(office.app)


def test_the_same_account_is_not_posted_to_in_both_ways(office: Office) -> None:
    """Beside the official adapter it is a second account on Instagram: the same words would go out twice there."""
    text = office.config.read_text(encoding="utf-8").replace("enabled = false", "enabled = true")
    office.config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="a second instagram account"):
        config.load(office.config)
    shown = 'profile = "https://www.instagram.com/examplecouncil"\n'
    services = f'adapter = "instagrapi"\nservice = "Libraries"\nbusiness_case = "LIB-1"\n{shown}'
    text = text.replace('adapter = "instagrapi"\n', services).replace(
        'adapter = "instagram"\n', f'adapter = "instagram"\n{shown}'
    )
    office.config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="are one account by their profile"):
        config.load(office.config)


def test_its_terms_are_instagrams(office: Office) -> None:
    """Whose terms are to be read is the platform, by whichever way one posts there."""
    found = {one.name: one.channels for one in office.app.terms.platforms()}
    assert found["instagram"] == (NAME,)
    assert "instagrapi" not in found


def test_channels_without_a_risk_need_no_word(office: Office) -> None:
    """The others load as ever, without a look into the database."""
    office.app.close()
    office.app.config.database.unlink()
    for name in ("website", "facebook", "twitter"):
        with closing(channels.load(name, config.load(office.config))) as channel:
            assert not hasattr(channel, "refusal")


def test_a_council_without_such_a_channel_has_no_risks(tmp_path: Path) -> None:
    """Nothing is listed, nothing is told."""
    with open_office(tmp_path / "office") as plain:
        assert plain.app.risks.all() == []
        assert list(doctor_of(plain.app)) == []
        assert plain.app.today > date(2026, 1, 1)


def test_the_public_sees_it_as_instagram(office: Office) -> None:
    """On the council's link page it is the platform that is named, never the program behind it."""
    text = office.config.read_text(encoding="utf-8")
    profile = 'adapter = "instagrapi"\nprofile = "https://www.instagram.com/examplecouncil"\n'
    office.config.write_text(text.replace('adapter = "instagrapi"\n', profile), encoding="utf-8")
    (found,) = accounts(config.load(office.config))
    assert found["platform"] == "Instagram"


def test_an_older_database_brings_no_acceptance_back(office: Office) -> None:
    """A director ended the risk after the backup: put back, its acceptance is believed only once one says so again."""
    accept(office)
    copy = backup(office)
    end(office)
    office.app = put_back(office, copy)
    assert office.app.channels[NAME].refusal == ""  # type: ignore[attr-defined]  # nothing goes anyway: the record does not fit
    office.app.accepting.accept(officer=DIRECTOR, reason="The disk failed on Tuesday")
    assert "an older database was accepted since dana accepted that" in refused(office)
    assert [(one.standing, one.is_open) for one in office.app.risks.all()] == [(Standing.FORGOTTEN, False)]
    (told,) = doctor_of(office.app)
    assert f"{NAME} is closed (from before an older database was accepted)" in told.words
    asks = {one.about: one for one in office.app.forgotten.look().questions}
    assert NAME in asks["risks"].here
    assert "publisher risk accept CHANNEL" in asks["risks"].way_out
    assert "publisher channel accept CHANNEL" in asks["accounts"].way_out
    accept(office)
    assert office.app.channels[NAME].refusal == ""  # type: ignore[attr-defined]
    assert [one.standing for one in office.app.risks.all()] == [Standing.ACCEPTED]
