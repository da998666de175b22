"""`publisher doctor` and the channels: whose account each is, what it may do, when it ends, and what to do about it."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_support import open_council
from cli_support import AUTHOR, CHANNELS, Bench
from doctor_support import answering, council, one
from support import Office, sampled

from publisher import doctor
from publisher.channels import Identity
from publisher.cli import run
from publisher.doctor import channels
from publisher.health import Look, Standing
from publisher.model import Judgement, Outcome
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.office import OFFICER

GOOD, ATTENTION, WRONG = Standing
X = "channel twitter"
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
OTHER = "999999999999999"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A council with which all is well."""
    with council(tmp_path) as made:
        yield made


def x_is(office: Office, fault: Fault, times: int | None = None) -> None:
    """What X answers to whose account it is."""
    office.platforms.x.fail_next("GET", "^/2/users/me$", fault, times)


def account(number: str, name: str = "parish") -> Fault:
    """That it is this one."""
    return Fault.refuse(200, {"data": {"id": number, "name": "x", "username": name}})


def called(office: Office, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The verb as the sysadmin types it."""
    code = run(["--config", str(office.config), "doctor", *words])
    return code, capsys.readouterr().out


# --- what is asked -----------------------------------------------------------------------------------------------------


def test_each_platform_is_asked_now(office: Office) -> None:
    """Whose account each channel is stands there, before anything is on record; nothing is recorded by looking."""
    check = one(office, X)
    assert (check.standing, office.platforms.credentials.x.user_id in check.words) == (GOOD, True)
    assert "goes on record when the daemon starts" in check.words
    assert (office.app.identities.on_record(), office.app.health_book.looks()) == ({}, {})
    assert "no account to prove" in one(office, "channel website").words


def test_another_account_than_before_is_wrong(office: Office) -> None:
    """The doctor says whose it is, whose it was, and who may say that it is right."""
    office.app.proofs.look("twitter", OFFICER)
    x_is(office, account(OTHER))
    check = one(office, X)
    assert (check.standing, OTHER in check.words) == (WRONG, True)
    assert "publisher channel show twitter" in check.way_out


def test_a_token_that_is_dead_is_wrong(office: Office) -> None:
    """401: new credentials are needed, and that is said."""
    x_is(office, Fault.refuse(401, {"title": "Unauthorized", "status": 401}))
    check = one(office, X)
    assert (check.standing, "put new ones where config.toml says" in check.way_out) == (WRONG, True)


def test_a_platform_that_does_not_answer_leaves_what_the_daemon_learned(office: Office) -> None:
    """A silent platform is a person's business soon while this morning's proof counts, and wrong once it does not."""
    office.app.proofs.look("twitter", OFFICER)
    x_is(office, Fault.drop_before())
    check = one(office, X)
    assert (check.standing, "counts for a day" in check.words) == (ATTENTION, True)
    office.clock.forward(days=2)
    assert one(office, X).standing is WRONG


def test_offline_nobody_is_asked(office: Office) -> None:
    """What the daemon learned last is shown, and no platform hears of it."""
    office.app.proofs.look("twitter", OFFICER)
    x_is(office, account(OTHER))
    (check,) = [one for one in doctor.examine(office.app, offline=True) if one.name == X]
    assert (check.standing, office.platforms.credentials.x.user_id in check.words) == (GOOD, True)


def test_all_are_asked_at_once_and_none_for_long() -> None:
    """One that is slow keeps nobody waiting beyond the limit, and one that breaks no other."""
    never, look = threading.Event(), Look("a", NOW)

    def slow() -> Look:
        never.wait(30)
        return look

    def breaks() -> Look:
        raise RuntimeError("a bug")

    began = time.monotonic()
    work = {"slow": slow, "well": lambda: look, "broken": breaks}
    found = channels.together(work, seconds=0.3)
    never.set()
    assert (found, time.monotonic() - began < 5) == ({"slow": None, "well": look, "broken": None}, True)


def test_without_its_secrets_a_channel_is_not_asked_here(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in the daemon's environment alone: its last look is shown, and the missing secrets are told as ever."""
    office.app.proofs.look("twitter", OFFICER)
    monkeypatch.delenv("TWITTER_CONSUMER_SECRET")
    x_is(office, account(OTHER))
    check = one(office, X)
    assert (check.standing, "It was not asked from here" in check.words) == (ATTENTION, True)
    assert office.platforms.credentials.x.user_id == (check.channel or {})["account"]
    assert "TWITTER_CONSUMER_SECRET" in one(office, "secrets").words


def test_what_nobody_asked_yet_is_told_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a first day without the secrets: one sentence for a channel, and no advice to ask from where nobody can."""
    monkeypatch.delenv("TWITTER_CONSUMER_SECRET")
    check = one(office, X)
    assert [each["cause"] for each in (check.channel or {})["troubles"]] == ["unasked"]
    assert "channel check" not in check.way_out


def test_a_hand_in_the_record_is_told_without_a_look(office: Office) -> None:
    """Whose account it is was changed in the database since: nothing goes there, whatever the last look says."""
    office.app.proofs.look("twitter", OFFICER)
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        connection.execute("DELETE FROM identity")
    for offline in (True, False):
        (check,) = [one for one in doctor.examine(office.app, offline=offline) if one.name == X]
        assert (check.standing, "changed by hand" in check.words) == (WRONG, True)


# --- the table ---------------------------------------------------------------------------------------------------------


def fixed(office: Office) -> None:
    """What the daemon learned of each channel: one thing of each kind."""
    now, book = office.clock(), office.app.health_book
    own = office.platforms.credentials
    office.app.proofs.daily()
    needed = office.app.channels["facebook"].scopes
    more = Identity(
        own.facebook.page_id, "Council (rehearsal)", needed | {"pages_messaging"}, now + timedelta(days=9)
    )
    book.keep(Look("facebook", now, more, None, now))
    book.keep(Look("twitter", now, None, Judgement(Outcome.RECONNECT, "X does not take the keys any more.")))


def test_the_table_says_what_to_do(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """Channel, account with its number, when it was proved, what it may do, when it ends; below it what is wrong, and the way out."""
    fixed(office)
    code, shown = called(office, "--offline", "--no-color", capsys=capsys)
    lines = shown.splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("STANDING"))
    assert lines[head].split() == ["STANDING", "CHANNEL", "ACCOUNT", "PROVED", "MAY", "DO", "ENDS"]
    table = "\n".join(lines[head:])
    page = office.platforms.credentials.facebook.page_id
    assert re.search(
        rf"^attention  facebook   Council \(rehearsal\) \({page}\) .* too much .* \d+ \w+ 20\d\d$",
        table,
        re.MULTILINE,
    )
    assert re.search(r"^wrong      twitter .*", table, re.MULTILINE)
    assert re.search(r"^good       website    none: a website$", table, re.MULTILINE)
    flat = re.sub(r"\s+", " ", table)
    assert "more than a post needs: pages_messaging" in flat
    assert "→ Make new ones with these rights alone" in flat
    assert "in 8 days" in flat or "in 9 days" in flat
    assert "X does not take the keys any more. → On the server: put new ones" in flat
    assert code == 1


def test_rights_that_lack_are_too_little(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """The table says it in two words, even where there is one too many as well; below it stands which are lacking."""
    now, number = office.clock(), office.platforms.credentials.instagram.user_id
    few = Identity(number, "council", frozenset({"instagram_basic", "instagram_manage_insights"}))
    office.app.health_book.keep(Look("instagram", now, few, None, now))
    shown = called(office, "--offline", "--no-color", capsys=capsys)[1]
    assert re.search(rf"^wrong +instagram .*\({number}\) .* too little ", shown, re.MULTILINE), shown
    assert "instagram_content_publish" in shown


def test_the_same_as_json(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get every column and every trouble by itself, and the sums count the channels."""
    fixed(office)
    code, shown = called(office, "--offline", "--json", capsys=capsys)
    told = json.loads(shown)
    rows = {row["channel"]: row for row in told["channels"]}
    assert list(rows) == ["website", "facebook", "twitter", "instagram"]
    assert [one["cause"] for one in rows["facebook"]["troubles"]] == ["more rights", "ends"]
    assert (rows["twitter"]["standing"], rows["twitter"]["proved_at"] is not None) == ("wrong", True)
    assert {"account", "name", "scopes", "scopes_needed", "ends_at", "recorded_by", "recorded_at"} <= rows[
        "facebook"
    ].keys()
    named = {check["name"]: check["standing"] for check in told["checks"]}
    assert (named["channel facebook"], named["channel twitter"], told["wrong"]) == ("attention", "wrong", 1)
    assert code == 1
    assert all(secret not in shown for secret in office.platforms.credentials.secrets)


def test_colour_is_off_where_it_is_not_wanted(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """NO_COLOR, --no-color and a pipe: no escape sequence."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in called(office, "--offline", capsys=capsys)[1]


@pytest.mark.parametrize("columns", sampled([36, 60, 80, 130], most=1))
def test_it_fits_the_terminal(office: Office, columns: int) -> None:
    """However narrow: the account's number stays whole, to be compared with the platform's."""
    fixed(office)
    _, shown = Bench(office.folder).terminal(["doctor", "--offline"], columns=columns)
    table = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).replace("\r", "").split("\n\n")[1]
    assert max(map(len, table.splitlines())) <= columns
    assert table.startswith("STANDING") is (columns > 60)
    for number in (office.platforms.credentials.facebook.page_id, office.platforms.credentials.x.user_id):
        assert any(number in line for line in table.splitlines())


# --- on an officer's own machine -----------------------------------------------------------------------------------------

ROW: dict[str, Any] = {
    "channel": "facebook", "adapter": "facebook", "website": False, "account": "17", "name": "Council", "recorded_by": "sam",
    "recorded_at": "2026-11-01T09:00:00+00:00", "found_account": "17", "found_name": "Council", "asked_at": None,
    "proved_at": "2026-11-28T09:00:00+00:00", "scopes": None, "scopes_needed": ["post"], "ends_at": None, "standing": "good",
    "troubles": [],
}  # fmt: skip


def test_what_the_server_knows_is_shown(tmp_path: Path) -> None:
    """An officer sees the same lines, and nobody's platform is asked from there."""
    with answering(answers={channels.PLACE: {"channels": [ROW]}}) as port:
        (check,) = channels.known_there(f"http://127.0.0.1:{port}")
    assert (check.name, check.standing, "Council (17)" in check.words) == ("channel facebook", GOOD, True)
    assert check.channel == ROW


@pytest.mark.parametrize(
    "told",
    [
        {"channels": 7},
        {"channels": [7]},
        {"channels": [{}]},
        {"channels": [{**ROW, "standing": "lovely"}]},
        {"channels": [{**ROW, "troubles": [7]}]},
        {"channels": [{**ROW, "ends_at": "soon"}]},
        {"channels": [{**ROW, "scopes": 7}]},
        {},
    ],
)
def test_a_server_that_speaks_otherwise_breaks_nothing(told: dict[str, Any]) -> None:
    """Another version, or something else: one line says so."""
    with answering(answers={channels.PLACE: told}) as port:
        (check,) = channels.known_there(f"http://127.0.0.1:{port}")
    assert (check.standing, check.channel) == (ATTENTION, None)


def test_what_a_server_tells_steers_no_terminal() -> None:
    """Names come from platforms, and through a server: no control character gets to the screen."""
    wild = {**ROW, "name": "\x1b[2J\nwrong", "standing": "wrong"}
    wild["troubles"] = [{"cause": "x", "standing": "wrong", "words": "\x1b]0;x\x07", "way_out": "\u202e"}]
    with answering(answers={channels.PLACE: {"channels": [wild]}}) as port:
        (check,) = channels.known_there(f"http://127.0.0.1:{port}")
    assert not re.search(
        r"[\x00-\x1f\u202e]", json.dumps(check.channel, ensure_ascii=False) + check.words + check.way_out
    )


def test_an_officer_at_the_socket_sees_what_the_daemon_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may open none of its files: the daemon is asked, as whoever they are there."""
    with open_council(tmp_path / "served") as served:
        served.here(AUTHOR)
        daemon = served.app.config.daemon.model_copy(update={"socket": str(served.socket)})
        served.app.config = served.app.config.model_copy(update={"daemon": daemon})
        owner = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
        checks = [check for check in doctor.examine(served.app) if check.channel]
    assert [check.name for check in checks] == [f"channel {name}" for name in CHANNELS]
    asked = {check.name: check.standing for check in checks}
    assert asked.pop("channel website") == GOOD
    assert set(asked.values()) == {ATTENTION}  # nobody has asked yet


def test_who_may_not_ask_there_is_told_that_by_itself() -> None:
    """No token, or a wrong one: nothing is said of the channels, since who one is, is told already."""
    with answering() as port:
        assert [*channels.known_there(f"http://127.0.0.1:{port}")] == []
