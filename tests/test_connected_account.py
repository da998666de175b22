"""An account that is connected in a browser: who renews its tokens, where they lie, and what stops with them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from channels_support import NOW, Loopback, answer, post, supplies
from doctor_support import council, found, one
from support import Office, open_office
from test_daemon import QUICK, daemon, running, until
from token_support import SCOPES, token_file, tokens
from x_support import connected

from publisher import channels, config
from publisher.connecting import Connecting
from publisher.doctor import machine
from publisher.errors import ChannelFailed, ConfigError, InputError, OutsideFailed
from publisher.health import Standing
from publisher.model import Outcome, Staged
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.office import OFFICER
from publisher.token_files import Tokens, only_reading

GOOD, ATTENTION, WRONG = Standing
NOBODY = 65_534
IS_ROOT = os.geteuid() == 0
ROOT = Path(__file__).parent.parent
OAUTH2 = {"auth": "oauth2", "tokens": "file:tokens.json", "client_secret": "env:TWITTER_CLIENT_SECRET"}
TOKENS = "POST", "token$"
ME = "/2/users/me"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A council with which all is well, whose account on X is connected in a browser."""
    with council(tmp_path, {"channels.twitter": OAUTH2}) as made:
        know_the_app(made, monkeypatch)
        connect(made)
        yield made


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The same, for a daemon in a process of its own that waits little."""
    with open_office(tmp_path, changes={**QUICK, "channels.twitter": OAUTH2}) as made:
        know_the_app(made, monkeypatch)
        connect(made)
        yield made


def know_the_app(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = office.platforms.credentials.x
    monkeypatch.setenv("TWITTER_CLIENT_ID", mine.client_id)
    monkeypatch.setenv("TWITTER_CLIENT_SECRET", mine.client_secret)


def connect(office: Office) -> None:
    """What X gives just now is kept, as `publisher connect` does."""
    given = office.platforms.x.tokens.give(SCOPES)
    account = office.platforms.credentials.x.user_id
    pair = tokens(str(given["access_token"]), str(given["refresh_token"]), at=office.clock(), account=account)
    token_file(office.folder).store(pair)


def stored(office: Office) -> Tokens:
    return token_file(office.folder).read()


def due(office: Office, *, over: bool = True) -> Tokens:
    """The stored pair is due to be renewed; `over`: it is worth nothing any more."""
    before = stored(office)
    left = timedelta(minutes=-1) if over else timedelta(minutes=5)
    changed = replace(before, renew_at=office.clock() - timedelta(minutes=2), ends_at=office.clock() + left)
    token_file(office.folder).store(changed)
    return changed


def asked_for_tokens(office: Office) -> int:
    return sum(entry.path.endswith("/oauth2/token") for entry in office.platforms.ledger.calls("x"))


# --- who renews --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("over", [True, False])
def test_the_doctor_renews_nothing(office: Office, *, over: bool) -> None:
    """It changes nothing: a token that is good is used, one that ended is left to the daemon, and that is no trouble."""
    office.app.proofs.look("twitter", OFFICER)
    before, count = due(office, over=over), asked_for_tokens(office)
    check = one(office, "channel twitter")
    assert check.standing is GOOD
    assert ("the daemon does that when it needs it; X was not asked" in check.words) == over
    assert (stored(office), asked_for_tokens(office)) == (before, count)


def test_the_doctor_renews_nothing_once_x_refuses_the_token(office: Office) -> None:
    """A 401 would have the daemon renew it at once: whoever only looks does not."""
    office.platforms.x.fail_next(
        "GET", f"^{ME}$", Fault.refuse(401, {"title": "Unauthorized", "status": 401})
    )
    before = stored(office)
    assert "not asked" in one(office, "channel twitter").words
    assert (stored(office), asked_for_tokens(office)) == (before, 0)


def test_a_look_at_the_command_line_renews_nothing(office: Office) -> None:
    """`publisher channel check` beside the daemon: it says that it did not ask, and what is known stays known."""
    office.app.proofs.look("twitter", OFFICER)
    before = due(office)
    done = office.cli("channel", "check", "twitter")
    assert (done.returncode, "due to be renewed: the daemon does that" in " ".join(done.stdout.split())) == (
        3,
        True,
    )
    assert (stored(office), asked_for_tokens(office)) == (before, 0)
    kept = office.app.health_book.looks()["twitter"]
    assert (kept.fault, kept.proved_at is not None) == (None, True)


def test_whoever_may_renew_does(office: Office) -> None:
    """The daemon's own question has the pair renewed, and asks with the new one."""
    before = due(office)
    assert office.app.proofs.look("twitter", OFFICER).fault is None
    assert stored(office).access != before.access


@pytest.mark.root
@pytest.mark.parametrize("whose", ["file", "folder"])
def test_only_the_account_whose_the_tokens_are_writes_them(whose: str, tmp_path: Path) -> None:
    """What root or anyone else wrote the daemon could not read, and the old pair would be used up: nothing is asked, no file made."""
    folder = tmp_path / "queue"
    folder.mkdir()
    file = token_file(folder)
    if whose == "file":
        file.store(tokens())
        (folder / "tokens.json.lock").unlink()
        os.chown(file.path, 1, 1)
    os.chown(folder, 1, 1)
    before = sorted(folder.iterdir())
    for refused in (
        lambda: file.renewed(tokens(), lambda _: pytest.fail("asked")),
        lambda: file.store(tokens("root's")),
    ):
        with pytest.raises(
            ConfigError, match=r"is daemon's, and only that account writes it.*Run this as daemon"
        ):
            refused()
    assert sorted(folder.iterdir()) == before
    if whose == "file":
        assert file.read() == tokens()


@pytest.mark.root
def test_root_is_told_as_whom_to_connect(office: Office) -> None:
    """Also before there is a queue: its folder says whose the tokens will be. A lock of root's is told by the doctor."""
    (office.folder / "tokens.json").unlink()
    for file in (office.folder, *office.folder.iterdir()):
        os.chown(file, NOBODY, NOBODY)
    os.chown(office.folder / "tokens.json.lock", 0, 0)
    told = " ".join(check.words for check in found(office, "permissions"))
    assert f"{office.folder / 'tokens.json.lock'} (root)" in told
    office.app.config.database.unlink()
    done = office.process("connect", "twitter")
    assert (done.returncode, "sudo -u nobody publisher connect" in done.stderr) == (1, True)


# --- where they lie ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"root:x:0:0\n", b'{"type": "service_account"}', b"SQLite format 3\0", b"\0" * 100_000]
)
def test_nothing_but_tokens_is_written_over(content: bytes, tmp_path: Path) -> None:
    """A setting with a wrong path costs no other file: it is told before anybody logs in, and at the end again."""
    file = token_file(tmp_path)
    file.path.write_bytes(content)
    with pytest.raises(ConfigError, match="holds no tokens: it is not overwritten"):
        file.store(tokens())
    assert file.path.read_bytes() == content
    file.path.unlink()
    os.mkfifo(file.path)
    with pytest.raises(ConfigError, match="holds no tokens"):
        file.demand_free()


@pytest.mark.parametrize("kept", [0, 1, 20, 200])
def test_tokens_that_were_damaged_are_replaced(kept: int, tmp_path: Path) -> None:
    """Cut off anywhere, what is left of a pair is no other's file: the account can be connected again."""
    file = token_file(tmp_path)
    file.store(tokens())
    data = file.path.read_bytes()[:kept] if kept != 1 else b"{}\n"
    file.path.write_bytes(data)
    file.store(tokens("new"))
    assert file.read().access == "new"


def test_connecting_asks_nobody_where_another_file_is(office: Office) -> None:
    """The owner is not sent to a browser for an answer that could not be kept."""
    (office.folder / "tokens.json").write_text("somebody's notes\n", encoding="utf-8")
    made = Connecting(channels.load("twitter", config.load(office.config)))
    with pytest.raises(InputError, match="not overwritten"):
        made.begin(office.clock())
    assert not (office.folder / "tokens.json.asked").exists()


@pytest.mark.parametrize("place", [
    "queue.db", "queue.db-wal", "queue.db.end", "queue.db.lock", "queue.db.checkpoints", "./media/../queue.db", "seal.key", "config.toml",
    "media/t.json", "site/t.json", "site/current/t.json", "checks.jsonl",
])  # fmt: skip
def test_tokens_have_a_place_of_their_own(place: str, office: Office) -> None:
    """No file of the queue's or the record's is named as theirs, and no folder that the public reads, however it is spelt."""
    text = office.config.read_text(encoding="utf-8").replace("file:tokens.json", f"file:{place}")
    office.config.write_text(text + '\n[record]\ncheckpoints = "checks.jsonl"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"channels\.twitter\.tokens: that place is .*twitter-tokens\.json"):
        config.load(office.config)


def test_a_link_to_the_queue_is_the_queue(office: Office) -> None:
    """By another name, too."""
    (office.folder / "tokens.json").unlink()
    (office.folder / "tokens.json").symlink_to("queue.db")
    with pytest.raises(ConfigError, match="the queue's"):
        config.load(office.config)


def test_nobody_is_told_to_close_another_programs_file(office: Office) -> None:
    """`chmod 600 /etc/passwd` would break the machine: what is no tokens is told as that, and its mode is not ours."""
    other = office.folder / "passwd"
    other.write_text("root:x:0:0\n", encoding="utf-8")
    other.chmod(0o644)
    (office.folder / "tokens.json").unlink()
    (office.folder / "tokens.json").symlink_to("passwd")
    assert str(other) not in json.dumps([check.to_json() for check in found(office, "permissions")])
    assert "chmod" not in " ".join(check.way_out for check in found(office, "permissions"))
    assert [check.standing for check in found(office, "secrets")] == [WRONG]


def test_a_folder_that_the_daemon_may_not_write_is_told(office: Office) -> None:
    """Before the first renewal fails, by the folder's name; not as something of the network's."""
    assert found(office, "tokens") == []
    text = office.config.read_text(encoding="utf-8")
    office.config.write_text(text.replace("file:tokens.json", "file:there/tokens.json"), encoding="utf-8")
    office.app.config = config.load(office.config)
    (check,) = machine.tokens(office.app)
    assert (check.standing, f"{office.folder / 'there'}, is not there" in check.words) == (WRONG, True)
    assert "install -d" in check.way_out
    (office.folder / "there").mkdir()
    if IS_ROOT:
        os.chown(office.folder, NOBODY, NOBODY)
    else:
        (office.folder / "there").chmod(0o500)
    (check,) = machine.tokens(office.app)
    assert (check.standing, f"may not write in {office.folder / 'there'}" in check.words) == (WRONG, True)
    assert "ReadWritePaths" in check.way_out
    (office.folder / "there").chmod(0o700)


BARRED = """
import errno, os, sys
from pathlib import Path
sys.path.insert(0, "tests")
from token_support import token_file, tokens
from publisher.errors import ConfigError
folder = Path(sys.argv[1])
os.seteuid(65534)
try:
    token_file(folder).renewed(tokens(), lambda _: print("asked"))
except ConfigError as error:
    print(error)
"""


@pytest.mark.root
def test_what_may_never_be_written_is_no_matter_of_waiting(tmp_path: Path) -> None:
    """A folder of root's: the setting is wrong, and the folder is named; nothing is asked of X."""
    folder = tmp_path / "etc"
    folder.mkdir()
    token_file(folder).store(tokens())
    os.chown(folder / "tokens.json", NOBODY, NOBODY)
    for above in (folder, *folder.parents):
        if above.stat().st_uid == 0 and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o055)
    (folder / "tokens.json.lock").unlink()
    done = subprocess.run([sys.executable, "-c", BARRED, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True)  # fmt: skip
    assert "cannot be written: Permission denied" in done.stdout
    assert f"write in {folder}" in done.stdout
    assert "asked" not in done.stdout


# --- what stops with them ----------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize(
    "damage",
    [lambda file: file.unlink(), lambda file: file.write_text('{\n "access": "a')],
    ids=["none", "half"],
)
def test_tokens_that_are_missing_close_that_channel_alone(
    damage: Callable[[Path], Any], served: Office
) -> None:
    """The daemon starts and says so, the others go, the refusal says what to do; connected, the channel is open without a restart."""
    office = served
    damage(office.folder / "tokens.json")
    with daemon(office):
        assert running(office)
        assert b"nothing goes to twitter until that is mended" in (office.folder / "daemon.log").read_bytes()
        first = office.hand_in(office.news()).id
        assert until(lambda: office.deliveries(first)["twitter"].state == "refused")
        assert "publisher connect twitter" in office.deliveries(first)["twitter"].reason
        assert until(lambda: office.deliveries(first)["facebook"].state == "sent")
        connect(office)
        assert office.cli("retry", first, "--channel", "twitter").returncode == 0
        assert until(lambda: office.deliveries(first)["twitter"].state == "sent")


def test_the_doctor_says_which_channel_is_closed(office: Office) -> None:
    """It is wrong, with the command; that the daemon would not start is not said, since it does."""
    (office.folder / "tokens.json").unlink()
    (check,) = found(office, "secrets")
    assert (check.standing, "nothing goes to twitter" in check.words) == (WRONG, True)
    assert "`publisher connect twitter`" in check.way_out
    assert "does not start" not in check.way_out


def test_the_four_keys_still_stop_the_daemon(tmp_path: Path) -> None:
    """They are the sysadmin's to set before anything runs."""
    with council(tmp_path) as made:
        made.environment.pop("TWITTER_ACCESS_TOKEN")
        os.environ.pop("TWITTER_ACCESS_TOKEN")
        assert made.process("daemon").returncode == 2


# --- X that cannot renew just now --------------------------------------------------------------------------------------


def test_an_x_that_is_busy_renewing_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """503: it did nothing, and renewing posts nothing: at the moment of a post it waits, too, for as long as X says."""
    with Loopback(answer({}, 503, retry_after="30")) as server:
        twitter = connected(tmp_path, server.url, monkeypatch)
        with pytest.raises(ChannelFailed) as failed:
            twitter.publish(post("twitter"), Staged({}), tokens().ends_at)
        with pytest.raises(ChannelFailed) as before:
            twitter.stage(post("twitter"), supplies(), None, tokens().renew_at)
    assert {failed.value.judgement.outcome, before.value.judgement.outcome} == {Outcome.WAIT}
    assert failed.value.judgement.after == timedelta(seconds=30)
    assert token_file(tmp_path).read() == tokens()


def test_a_post_waits_for_an_x_that_is_busy_renewing(office: Office) -> None:
    """Within the grace it goes by itself: nobody need retry."""
    office.app.proofs.look("twitter", OFFICER)
    item = office.hand_in(office.news(publish_at=(office.clock() + timedelta(minutes=5)).isoformat())).id
    office.release(item)
    due(office)
    office.platforms.x.fail_next(*TOKENS, Fault.refuse(503, {}), 1)
    office.clock.forward(minutes=5, seconds=1)
    row = office.release(item)["twitter"]
    assert (row.state, row.reason) != ("refused", "")
    assert row.state in {"waiting", "staged"}
    office.clock.forward(minutes=2)
    assert office.release(item)["twitter"].state == "sent"


def test_an_answer_that_does_not_count_is_told_by_its_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """502: an answer came, so that none is said to be lost."""
    with Loopback(answer(b"<html>", 502)) as server, pytest.raises(ChannelFailed) as failed:
        connected(tmp_path, server.url, monkeypatch).stage(
            post("twitter"), supplies(), None, tokens().renew_at
        )
    judgement = failed.value.judgement
    assert (judgement.outcome, "X answered with HTTP 502" in judgement.officer) == (Outcome.RECONNECT, True)


def test_a_wrong_app_is_told_by_its_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which keys in which table, and which variables hold what they name."""
    with Loopback(answer({"error": "invalid_client"}, 401)) as server, pytest.raises(ChannelFailed) as failed:
        connected(tmp_path, server.url, monkeypatch).stage(
            post("twitter"), supplies(), None, tokens().renew_at
        )
    for named in (
        "client_id (TWITTER_CLIENT_ID)",
        "client_secret (TWITTER_CLIENT_SECRET)",
        "[channels.twitter]",
    ):
        assert named in failed.value.judgement.officer


def test_a_busy_x_does_not_make_the_code_a_late_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects is not told to be quicker where X itself could not."""
    with Loopback(answer({}, 503)) as server, pytest.raises(OutsideFailed) as failed:
        connected(tmp_path, server.url, monkeypatch).connection.exchanged("code", "verifier", NOW)
    assert "says nothing against the code" in str(failed.value)
    assert "30 seconds" not in str(failed.value)


def test_four_keys_are_told_how_to_be_connected(tmp_path: Path) -> None:
    """Whoever wants to connect an account that signs with keys learns which setting comes first."""
    with council(tmp_path) as made, pytest.raises(InputError, match='auth = "oauth2"'):
        Connecting(made.app.channels["twitter"])


def test_another_account_than_the_files_is_called_that(office: Office) -> None:
    """config.toml holds no number then: who is sent there looks for what is not in it."""
    token_file(office.folder).store(replace(stored(office), account="2222"))
    fault = office.app.proofs.look("twitter", OFFICER).fault
    assert fault is not None
    words = fault.officer
    assert "the file tokens.json 2222" in words
    assert "config.toml" not in words


def test_whoever_merely_looks_is_one_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside, nothing is renewed and nothing asked; afterwards it is as before."""
    fresh = {"access_token": "made-up-new", "refresh_token": "made-up-new-2", "expires_in": 7200}
    with Loopback(answer(fresh)) as server:
        twitter = connected(tmp_path, server.url, monkeypatch)
        with only_reading(), pytest.raises(ChannelFailed, match="not asked"):
            twitter.identify(tokens().ends_at)
        assert server.requests == []
        assert twitter.stage(post("twitter"), supplies(), None, tokens().ends_at).values["ready"]
