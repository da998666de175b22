"""`publisher connect`: the owner says yes in a browser, what that gives is proved, and only then kept."""

import contextlib
import os
import pty
import pwd
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cli_support import CONFIG, ROOT, Answer, Bench, open_bench
from token_support import SCOPES, token_file, tokens

from publisher import channels, config
from publisher.app import open_app
from publisher.connecting import Connecting
from publisher.errors import ChannelFailed, InputError, OutsideFailed, Refused
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.platforms import Platforms
from publisher.rehearsal.x import X

CALLBACK = "http://127.0.0.1/connected"
OAUTH1 = re.compile(r'endpoint = "http://127.0.0.1:9"\nconsumer_key.*?\n\n', re.DOTALL)


@pytest.fixture
def platforms(tmp_path: Path) -> Iterator[Platforms]:
    with Platforms(site_folder=tmp_path / "pages") as running:
        yield running


@pytest.fixture
def x(platforms: Platforms) -> X:
    return platforms.x


@pytest.fixture
def bench(tmp_path: Path, platforms: Platforms, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A council whose X account is to be connected."""
    with open_bench(tmp_path / "council") as found:
        mine = platforms.credentials.x
        monkeypatch.setenv("TEST_CLIENT_ID", mine.client_id)
        monkeypatch.setenv("TEST_CLIENT_SECRET", mine.client_secret)
        table = (
            f'endpoint = "{platforms.x.url}"\nauth = "oauth2"\nclient_id = "env:TEST_CLIENT_ID"\n'
            f'client_secret = "env:TEST_CLIENT_SECRET"\ntokens = "file:tokens.json"\n'
            f'authorize = "{platforms.x.url}/i/oauth2/authorize"\n\n'
        )
        changed, count = OAUTH1.subn(table, CONFIG)
        assert count == 1
        found.write("config.toml", changed)
        yield found


@pytest.fixture
def connecting(bench: Bench) -> Connecting:
    return Connecting(channels.load("twitter", config.load(bench.folder / "config.toml")))


def say_yes(address: str) -> str:
    """What the owner's browser does: the address that it is led to."""
    answer = requests.get(address, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def asked(bench: Bench) -> str:
    """The address that a run without a terminal gives."""
    found: str = bench.run("connect", "twitter", "--json").json["address"]
    return found


def now() -> datetime:
    return datetime.now(UTC)


def connected(bench: Bench) -> Answer:
    return bench.run("connect", "twitter", "--answer", say_yes(asked(bench)), "--json")


# --- the way that it goes --------------------------------------------------------------------------------------


def test_an_account_is_connected_in_two_runs(bench: Bench, platforms: Platforms) -> None:
    """The first gives the address, the second takes the answer; whose account it is comes from X, and the tokens are kept."""
    first = bench.run("connect", "twitter")
    assert (first.code, first.err) == (3, "")
    address = next(line for line in first.out.splitlines() if line.startswith("http"))
    done = bench.run("connect", "twitter", "--answer", say_yes(address))
    own = platforms.credentials.x.user_id
    assert done.code == 0, done
    assert f"twitter is council_rehearsal ({own})" in done.out
    kept = token_file(bench.folder).read()
    assert (kept.account, kept.scopes) == (own, SCOPES)
    made = channels.load("twitter", config.load(bench.folder / "config.toml"))
    proved = made.identify(now())
    assert proved is not None
    assert (proved.account, made.settings.account) == (own, own)


def test_the_address_asks_for_what_posting_needs(connecting: Connecting, platforms: Platforms) -> None:
    """PKCE by S256, a state of its own each time, the app, the callback and the five scopes: nothing secret is in it."""
    first, second = (urlsplit(connecting.begin(now())) for _ in range(2))
    given = {name: value for name, (value,) in parse_qs(first.query).items()}
    other = {name: value for name, (value,) in parse_qs(second.query).items()}
    assert f"{first.scheme}://{first.netloc}{first.path}" == f"{platforms.x.url}/i/oauth2/authorize"
    assert given["state"] != other["state"]
    assert given["code_challenge"] != other["code_challenge"]
    assert re.fullmatch("[A-Za-z0-9_-]{43}", given["code_challenge"])
    assert given | {"state": "", "code_challenge": ""} == {
        "response_type": "code", "client_id": platforms.credentials.x.client_id, "redirect_uri": CALLBACK,
        "scope": "media.write offline.access tweet.read tweet.write users.read", "state": "", "code_challenge": "",
        "code_challenge_method": "S256",
    }  # fmt: skip


def test_what_is_kept_is_this_accounts_alone(bench: Bench) -> None:
    """The question while it waits, the tokens afterwards: 0600, and nothing else is left."""
    address = asked(bench)
    before = set(bench.folder.iterdir())
    (question,) = bench.folder.glob("tokens.json*")
    assert stat.S_IMODE(question.stat().st_mode) == 0o600
    assert bench.run("connect", "twitter", "--answer", say_yes(address)).code == 0
    assert stat.S_IMODE((bench.folder / "tokens.json").stat().st_mode) == 0o600
    assert {each.name for each in set(bench.folder.iterdir()) ^ before} == {
        "tokens.json", "tokens.json.lock", "tokens.json.asked",
    }  # fmt: skip
    assert not (bench.folder / "tokens.json.asked").exists()


def test_json_tells_the_same(bench: Bench, platforms: Platforms) -> None:
    """A program learns the account, its rights and when it ends; no token is in it."""
    done = connected(bench)
    kept = token_file(bench.folder).read()
    ends = kept.came_at + timedelta(days=180)
    assert done.json == {
        "channel": "twitter", "account": platforms.credentials.x.user_id, "name": "council_rehearsal",
        "scopes": sorted(SCOPES), "ends_at": ends.isoformat(),
    }  # fmt: skip
    assert not {kept.access, kept.refresh} & set(re.findall(r"[\w-]+", done.out + done.err))


def test_at_a_terminal_the_answer_is_pasted(bench: Bench, platforms: Platforms) -> None:
    """One run: it shows the address, and waits for what the browser was led to."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "publisher", "connect", "twitter"], stdin=theirs, stdout=theirs, stderr=theirs,
        cwd=bench.folder, env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while b"led to:" not in shown:
        shown += os.read(ours, 65_536)
    found = re.search(rb"http://\S+authorize\S+", shown)
    assert found
    os.write(ours, say_yes(found[0].decode()).encode() + b"\n")
    with contextlib.suppress(OSError):  # Linux says EIO where nobody holds the other end any more
        while more := os.read(ours, 65_536):
            shown += more
    os.close(ours)
    assert running.wait(timeout=60) == 0, shown
    assert b"Connected: twitter is council_rehearsal" in shown


def test_the_answer_may_come_by_standard_input(bench: Bench) -> None:
    """So that the code stands in no list of processes; blanks from pasting do no harm."""
    answer = say_yes(asked(bench))
    done = bench.run(
        "connect", "twitter", "--answer", "-", stdin=f"  {answer[:60]} {answer[60:]}  \n".encode()
    )
    assert done.code == 0, done


def test_a_public_app_is_connected_too(bench: Bench, platforms: Platforms) -> None:
    """An app without a secret says who it is in the form."""
    platforms.x.tokens.public = True
    text = (bench.folder / "config.toml").read_text(encoding="utf-8")
    bench.write("config.toml", text.replace('client_secret = "env:TEST_CLIENT_SECRET"\n', ""))
    assert connected(bench).code == 0


def test_a_channel_that_is_switched_off_can_be_connected(bench: Bench) -> None:
    """It is connected first and switched on then: the daemon does not start on a channel that lacks its secret."""
    text = (bench.folder / "config.toml").read_text(encoding="utf-8")
    bench.write("config.toml", text.replace('auth = "oauth2"', 'auth = "oauth2"\nenabled = false'))
    assert connected(bench).code == 0


# --- what is no answer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    ["", "   ", "code", "http://127.0.0.1/connected", "http://127.0.0.1/connected?state=a", "http://[", "?" + "a=1&" * 50, "a" * 100_000],
)  # fmt: skip
def test_an_address_without_an_answer_is_told(answer: str, bench: Bench) -> None:
    """Half an address, nonsense, nothing: one line with the way out, and the question still waits."""
    address = asked(bench)
    told = bench.run("connect", "twitter", "--answer", answer)
    assert (told.code, told.out) == (2, "")
    assert "Paste the whole address" in told.err
    assert bench.run("connect", "twitter", "--answer", say_yes(address)).code == 0


@pytest.mark.parametrize("change", ["", "other", "é", "x" * 10_000])
def test_an_answer_to_another_question_is_refused(change: str, bench: Bench, platforms: Platforms) -> None:
    """Somebody else's address, pasted by mistake or on purpose, connects nothing, and asks X for nothing."""
    given = parse_qs(urlsplit(say_yes(asked(bench))).query)
    answer = (
        requests.Request("GET", CALLBACK, params={"code": given["code"][0], "state": change}).prepare().url
    )
    told = bench.run("connect", "twitter", "--answer", str(answer))
    assert (told.code, "another question" in told.err) == (1, True)
    assert "POST" not in {entry.method for entry in platforms.ledger.calls("x")}
    assert not (bench.folder / "tokens.json").exists()


def test_a_name_that_stands_twice_is_refused(bench: Bench) -> None:
    """Of two codes nobody could say which was meant."""
    told = bench.run("connect", "twitter", "--answer", say_yes(asked(bench)) + "&code=other")
    assert (told.code, "stands twice" in told.err) == (2, True)


def test_an_owner_who_says_no_is_told(bench: Bench, x: X) -> None:
    """Nothing is kept, and the same question is not answered again."""
    x.tokens.consents = False
    answer = say_yes(asked(bench))
    told = bench.run("connect", "twitter", "--answer", answer)
    assert (told.code, "owner said no" in told.err) == (1, True)
    assert list(bench.folder.glob("tokens.json")) == []


@pytest.mark.parametrize("said", ["server_error", "<b>x</b>", "a" * 500])
def test_another_error_is_named_if_it_is_a_name(said: str, connecting: Connecting) -> None:
    """What stands in an address could be anybody's words: only a plain name is repeated."""
    state = parse_qs(urlsplit(connecting.begin(now())).query)["state"][0]
    with pytest.raises(Refused) as told:
        connecting.finish(f"{CALLBACK}?error={said}&state={state}", now())
    assert ("server_error" if said == "server_error" else "an error") in str(told.value)
    assert "<b>" not in str(told.value)


def test_an_answer_counts_once(bench: Bench, connecting: Connecting) -> None:
    """The same address again is no answer any more, and what was connected stays."""
    answer = say_yes(asked(bench))
    assert bench.run("connect", "twitter", "--answer", answer).code == 0
    kept = token_file(bench.folder).read()
    told = bench.run("connect", "twitter", "--answer", answer)
    assert (told.code, "nothing was asked" in told.err) == (2, True)
    assert token_file(bench.folder).read() == kept


@pytest.mark.parametrize("later", [timedelta(minutes=15, seconds=1), timedelta(seconds=-1)])
def test_an_old_question_is_not_answered(later: timedelta, connecting: Connecting) -> None:
    """After a quarter of an hour, or with a clock that went back, it is asked anew."""
    asked_at = now()
    answer = say_yes(connecting.begin(asked_at))
    with pytest.raises(InputError, match="15 minutes ago"):
        connecting.finish(answer, asked_at + later)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"state": 7, "verifier": 7, "at": 7}', b"\xff"])
def test_a_broken_question_is_asked_anew(content: bytes, bench: Bench, connecting: Connecting) -> None:
    """Half a file counts as none."""
    answer = say_yes(connecting.begin(now()))
    (bench.folder / "tokens.json.asked").write_bytes(content)
    with pytest.raises(InputError, match="nothing was asked"):
        connecting.finish(answer, now())


# --- what X does not give --------------------------------------------------------------------------------------


def test_a_code_that_came_late_is_told(bench: Bench, platforms: Platforms) -> None:
    """30 seconds: whoever pastes later learns why, and starts anew."""
    answer = say_yes(asked(bench))
    platforms.ledger.now = lambda: datetime.now(UTC) + timedelta(seconds=31)
    told = bench.run("connect", "twitter", "--answer", answer)
    assert (told.code, "30 seconds" in told.err) == (4, True)
    assert not (bench.folder / "tokens.json").exists()


@pytest.mark.parametrize(
    "fault", [Fault.drop_before(), Fault.commit_then_drop(), Fault.html_502(), Fault.refuse(429, {"title": "Too Many"})]
)  # fmt: skip
def test_a_lost_exchange_keeps_nothing(fault: Fault, bench: Bench, x: X) -> None:
    """No tokens, no half of them; the next go connects."""
    x.fail_next("POST", "token$", fault)
    told = connected(bench)
    assert told.code == 4
    assert list(bench.folder.glob("tokens.json")) == []
    assert connected(bench).code == 0


@pytest.mark.parametrize("name", ["TEST_CLIENT_ID", "TEST_CLIENT_SECRET"])
def test_a_wrong_app_is_told_as_that(name: str, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as a code that came late: nobody should try that ten times."""
    answer = say_yes(asked(bench))
    monkeypatch.setenv(name, "made-up-and-wrong")
    told = bench.run("connect", "twitter", "--answer", answer)
    assert (told.code, "client id and secret" in told.err) == (4, True)


def test_fewer_rights_than_asked_for_are_refused(bench: Bench) -> None:
    """An app that may not upload would fail at the first picture: it is told now, and nothing is kept."""
    address = asked(bench).replace("media.write+", "")
    told = bench.run("connect", "twitter", "--answer", say_yes(address))
    assert (told.code, "media.write is lacking" in told.err) == (1, True)
    assert not list(bench.folder.glob("tokens.json"))
    assert not list(bench.folder.glob("*.trial*"))


def test_more_rights_than_needed_are_told(bench: Bench) -> None:
    """It works, and whoever looks after it learns what to take away."""
    address = asked(bench).replace("media.write", "media.write+dm.read")
    done = bench.run("connect", "twitter", "--answer", say_yes(address))
    assert done.code == 0
    assert "more than it needs: dm.read" in done.out


def test_an_account_that_cannot_be_proved_is_not_kept(bench: Bench, x: X) -> None:
    """Tokens whose account X does not tell stay out, what was there before stays, and it is said that nobody tries it again."""
    before = tokens("before-1", "before-2", at=now())
    token_file(bench.folder).store(before)
    x.fail_next("GET", "/2/users/me", Fault.html_502())
    failed = connected(bench)
    assert (
        failed.code,
        "is not tried again by itself. Run `publisher connect twitter` again" in failed.err,
    ) == (4, True), failed
    assert token_file(bench.folder).read() == before
    assert not list(bench.folder.glob("*.trial*"))


def test_a_pair_that_was_renewed_while_it_was_tried_is_the_one_that_is_kept(bench: Bench, x: X) -> None:
    """A refresh token counts once: the pair that the code gave is worth nothing any more, and would lose the account."""
    unauthorized = Fault.refuse(401, {"title": "Unauthorized", "status": 401, "detail": "Unauthorized"})
    x.fail_next("GET", "/2/users/me", unauthorized)
    assert connected(bench).code == 0
    kept = token_file(bench.folder).read()
    x.fail_next("GET", "/2/users/me", unauthorized)
    proved = channels.load("twitter", config.load(bench.folder / "config.toml")).identify(now())
    assert proved is not None
    assert (proved.account, token_file(bench.folder).read().refresh != kept.refresh) == (kept.account, True)


def test_another_account_takes_no_channel_over(bench: Bench, platforms: Platforms) -> None:
    """Somebody was logged in with their own account: what was there stays, unless it is said that the channel moves."""
    before = tokens("before-1", "before-2", at=now(), account="999")
    token_file(bench.folder).store(before)
    told = connected(bench)
    assert (told.code, "the channel has been 999" in told.err) == (1, True)
    assert token_file(bench.folder).read() == before
    done = bench.run("connect", "twitter", "--another-account", "--answer", say_yes(asked(bench)))
    assert done.code == 0
    assert token_file(bench.folder).read().account == platforms.credentials.x.user_id


def test_the_same_account_is_connected_again(bench: Bench) -> None:
    """After an end, or before one: the new tokens take the old ones' place."""
    assert connected(bench).code == 0
    first = token_file(bench.folder).read()
    assert connected(bench).code == 0
    assert token_file(bench.folder).read().access != first.access


# --- where it cannot be done -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("facebook", "Set its secrets: TEST_FACEBOOK_TOKEN"),
        ("website", "It has no account"),
        ("twiter", "twitter"),
        ("", "there is no channel"),
    ],
)
def test_a_channel_that_needs_no_connecting_says_what_it_needs(
    channel: str, words: str, bench: Bench
) -> None:
    """The names of its secrets, or that there is none; a mistyped name gets the nearest one."""
    told = bench.run("connect", channel)
    assert (told.code, told.out) == (2, "")
    assert words in told.err


def test_keys_that_do_not_end_need_no_connecting(tmp_path: Path) -> None:
    """X by OAuth 1.0a: the four variables are named."""
    with open_bench(tmp_path / "council") as found:
        told = found.run("connect", "twitter")
    assert told.code == 2
    assert "TEST_X_KEY, TEST_X_SECRET, TEST_X_TOKEN, TEST_X_TOKEN_SECRET" in told.err


def test_a_place_that_cannot_be_written_is_told_before_anybody_logs_in(bench: Bench) -> None:
    """The owner is not troubled for tokens that could not be kept."""
    text = (bench.folder / "config.toml").read_text(encoding="utf-8")
    bench.write("config.toml", text.replace("file:tokens.json", "file:nowhere/tokens.json"))
    told = bench.run("connect", "twitter")
    assert (told.code, told.out) == (4, "")
    assert "cannot be written" in told.err


def test_a_file_of_something_else_is_told_before_anybody_logs_in(bench: Bench) -> None:
    """Tokens would be written over it: the owner is not troubled before another place is named, and it stays as it is."""
    bench.write("tokens.json", "The minutes of the meeting.")
    told = bench.run("connect", "twitter")
    assert (told.code, told.out, "is not overwritten" in told.err) == (2, "", True), told
    assert (bench.folder / "tokens.json").read_text(encoding="utf-8") == "The minutes of the meeting."


def test_a_disk_that_fails_later_keeps_what_was_there(bench: Bench, connecting: Connecting) -> None:
    """What cannot be stored is not used, and the old tokens stay."""
    before = tokens("before-1", "before-2", at=now(), account="")
    token_file(bench.folder).store(before)
    answer = say_yes(connecting.begin(now()))
    (bench.folder / "tokens.json.new").mkdir()
    with pytest.raises(OutsideFailed, match="cannot be written"):
        connecting.finish(answer, now())
    assert token_file(bench.folder).read() == before


def test_from_elsewhere_it_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes a secret beside the queue: an officer's own machine is the wrong place for that."""
    monkeypatch.setenv("PUBLISHER_SERVER", "https://publisher.example.gov.uk")
    monkeypatch.setenv("PUBLISHER_TOKEN", f"pub_{'0' * 12}_{'0' * 64}")
    told = bench.run("connect", "twitter")
    assert (told.code, "Run it on the server" in told.err) == (2, True)
    assert not list(bench.folder.glob("tokens.json*"))


def test_another_accounts_queue_is_not_given_tokens_that_it_cannot_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run as root, the daemon could not read what was made: the right command is given."""
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    told = bench.run("connect", "twitter")
    assert (told.code, told.out) == (1, "")
    assert f"sudo -u {pwd.getpwuid(owner).pw_name} publisher connect" in told.err


def test_no_secret_is_shown(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """The code, the verifier and the tokens are in no line, log or failure; only the address to open is."""
    caplog.set_level(0)
    address = asked(bench)
    answer = say_yes(address)
    question = (bench.folder / "tokens.json.asked").read_text(encoding="utf-8")
    done = bench.run("connect", "twitter", "--answer", answer)
    kept = token_file(bench.folder).read()
    code = parse_qs(urlsplit(answer).query)["code"][0]
    verifier = re.findall(r'"verifier": "([^"]+)"', question)[0]
    everything = done.out + done.err + caplog.text + address
    assert [one for one in (code, verifier, kept.access, kept.refresh) if one in everything] == []


def test_help_has_examples(bench: Bench) -> None:
    """Whoever asks learns where, as whom, and within what time."""
    told = bench.run("connect", "--help")
    assert told.code == 0
    for words in ("Examples:", "publisher connect twitter", "30 seconds", "account that runs the daemon"):
        assert words in " ".join(told.out.split())
    assert "connect" in bench.run("--help").out


def test_a_failure_of_the_platform_is_its_own(connecting: Connecting, x: X) -> None:
    """As everywhere: a judgement, with words for the officer."""
    answer = say_yes(connecting.begin(now()))
    x.fail_next("POST", "token$", Fault.html_502())
    with pytest.raises(ChannelFailed) as failed:
        connecting.finish(answer, now())
    assert "connect again" in failed.value.judgement.officer


def test_it_is_told_that_nothing_goes_to_another_account_yet(bench: Bench, x: X) -> None:
    """Whatever is prepared: who connects another account than is on record learns what stops, and who lets it go on."""
    assert connected(bench).code == 0
    with contextlib.closing(open_app(bench.folder / "config.toml")) as app:
        app.proofs.demand("twitter", app.now())
    x.fail_next("GET", "/2/users/me", Fault.refuse(200, {"data": {"id": "222", "username": "parish"}}))
    another = ("connect", "twitter", "--another-account", "--answer")
    words = " ".join(bench.run(*another, say_yes(asked(bench))).out.split())
    assert "Nothing goes to the new account before a director accepts it" in words
    assert "publisher channel accept twitter" in words
    back = bench.run(*another, say_yes(asked(bench)))
    assert (back.code, "Nothing goes" in back.out) == (0, False)
