"""The command line asks a real daemon: over its Unix socket and over HTTP with a token, and gets what the database gives."""

from __future__ import annotations

import http.client
import json
import os
import pwd
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from api_support import short_folder
from cli_support import (
    APPROVER,
    AUTHOR,
    DATES,
    DIRECTOR,
    FOR_REVIEW,
    ROOT,
    WHY,
    Answer,
    Bench,
    open_bench,
    soon,
)

NOBODY = 65_534
"""A user of this machine whom root can become: nobody's own account."""
SECRETS = {
    "TEST_FACEBOOK_TOKEN": "x",
    "TEST_X_KEY": "x",
    "TEST_X_SECRET": "x",
    "TEST_X_TOKEN": "1-x",
    "TEST_X_TOKEN_SECRET": "x",
    "TEST_INSTAGRAM_TOKEN": "x",
}
AS_USER = """
import http.client, json, os, socket, sys
uid, path, address, body = sys.argv[1:]
os.setgid(int(uid)); os.setuid(int(uid))
connection = http.client.HTTPConnection("localhost", timeout=30)
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect(path)
connection.request("POST", address, body, {"Content-Type": "application/json"})
print(connection.getresponse().read().decode())
"""
"""Asks as another user; all is imported before, since that user may not see where Python is."""
ME = pwd.getpwuid(os.getuid()).pw_name


@dataclass
class Daemon:
    """A daemon of a bench's folder, with a socket; the bench's config.toml names it."""

    bench: Bench
    socket: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where it listens, as its log says."""
        found = re.search(rb"ready: (http://[0-9.:]+)", self.log)
        assert found
        return found[1].decode()

    @property
    def log(self) -> bytes:
        """What it logged."""
        return (self.bench.folder / "daemon.log").read_bytes()

    def cli(self, *words: str, **environment: str) -> Answer:
        """The command line as this process's user, who names nobody else."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            return self.bench.run(*words, officer="")

    def json(self, *words: str, **environment: str) -> Any:
        """Its JSON."""
        done = self.cli(*words, "--json", **environment)
        assert done.code == 0, done
        return done.json

    def as_user(self, uid: int, address: str, body: Any) -> Any:
        """The API's answer to another user of this machine. Only root can become one."""
        done = subprocess.run(
            [sys.executable, "-c", AS_USER, str(uid), str(self.socket), address, json.dumps(body)],
            capture_output=True,
            check=True,
            timeout=60,
        )
        return json.loads(done.stdout)

    def elsewhere(self, token: str, folder: Path) -> dict[str, str]:
        """The environment of an officer at another machine, who has a config.toml with nothing but the server."""
        folder.mkdir(exist_ok=True)
        (folder / "token.txt").write_text(token)
        (folder / "token.txt").chmod(0o600)
        config = folder / "config.toml"
        config.write_text(f'[client]\nserver = "{self.url}"\ntoken = "file:token.txt"\n')
        return {"PUBLISHER_CONFIG": str(config)}


@contextmanager
def open_daemon(folder: Path) -> Iterator[Daemon]:
    """A daemon on a bench in `folder`; this process's user is an officer on its register."""
    with open_bench(folder / "council") as bench, short_folder() as short:
        short.chmod(0o755)
        added = bench.run(
            "officer", "add", ME, "--name", "Kim Bell", "--role", "officer", *DATES, "--as", DIRECTOR
        )
        assert added.code == 0, added
        file = bench.folder / "config.toml"
        file.write_text(file.read_text() + f'\n[daemon]\nport = 0\nsocket = "{short}/s"\n')
        with (bench.folder / "daemon.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "publisher", "daemon"],
                cwd=bench.folder,
                env={**os.environ, **SECRETS, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )
        daemon = Daemon(bench, short / "s", process)
        try:
            until(lambda: b"ready: " in daemon.log or process.poll() is not None)
            assert process.poll() is None, daemon.log
            yield daemon
        finally:
            process.kill()
            process.wait()


def until(done: Any) -> None:
    for _ in range(600):
        if done():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One daemon for the tests that leave it as it was."""
    with open_daemon(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon


def embedded(daemon: Daemon) -> dict[str, str]:
    """The environment of the single-user mode: the same folder, with no socket named."""
    file = daemon.bench.folder / "embedded.toml"
    file.write_text(re.sub(r'socket = ".*"', "", (daemon.bench.folder / "config.toml").read_text()))
    return {"PUBLISHER_CONFIG": str(file), "PUBLISHER_OFFICER": ME}


@pytest.mark.long
def test_the_same_question_gets_the_same_answer_by_every_door(daemon: Daemon, tmp_path: Path) -> None:
    """Database, socket and token: one operation, one JSON."""
    token = daemon.json("token", "new", "--scope", "read", "--scope", "write")["token"]
    away = daemon.elsewhere(token, tmp_path / "laptop")
    doors: tuple[dict[str, str], ...] = (embedded(daemon), {}, away)
    for number, door in enumerate(doors):
        added = daemon.json("consent", "add", f"FORM/{number} é", **door)
        assert added["recorded_by"] == ME
    item = daemon.json("news", "Library opens late", "--summary", "Until 8pm on Thursdays.", "--at", soon())[
        "id"
    ]
    asked: list[tuple[str, ...]] = [("consent", "list"), ("list", "--all"), ("show", item), ("token", "list")]
    for words in asked:
        first, *others = (daemon.json(*words, **door) for door in doors)
        assert others == [first, first], words
    wrong: list[tuple[str, ...]] = [
        ("consent", "withdraw", "X"),
        ("show", "x"),
        ("consent", "add", "A", "--basis", "x"),
    ]
    for words in wrong:
        told = {(done.code, done.err) for done in (daemon.cli(*words, **door) for door in doors)}
        assert len(told) == 1, told


def test_at_the_socket_the_record_has_the_kernels_word(daemon: Daemon) -> None:
    """Who acts is the user of the process, and the record says by which door."""
    daemon.json("consent", "add", "SOCKET-1")
    found = daemon.json("audit", "log", "--subject", "SOCKET-1", **embedded(daemon))
    (event,) = found["events"]
    assert (event["actor"], event["via"]) == (ME, f"socket uid {os.getuid()}")


@pytest.mark.parametrize("words", [("--as", AUTHOR), ("--as", ME)])
def test_nobody_can_claim_to_be_another(daemon: Daemon, words: tuple[str, ...]) -> None:
    """--as and PUBLISHER_OFFICER are refused where the server knows who asks, even with one's own name."""
    done = daemon.cli("consent", "add", "CLAIM-1", *words)
    assert (done.code, done.err) == (
        2,
        "publisher: --as: the server knows who you are by your login. Leave it out.\n",
    )
    done = daemon.cli("consent", "list", PUBLISHER_OFFICER=words[1])
    assert done.code == 2
    assert "PUBLISHER_OFFICER: the server knows" in done.err
    assert "unset PUBLISHER_OFFICER" in done.err
    assert "CLAIM-1" not in str(daemon.json("consent", "list"))


def test_a_token_in_the_environment_asks_the_server_named_there(daemon: Daemon, tmp_path: Path) -> None:
    """PUBLISHER_SERVER with PUBLISHER_TOKEN needs no config.toml at all; --as is refused there, too."""
    token = daemon.json("token", "new")["token"]
    away = {
        "PUBLISHER_SERVER": daemon.url,
        "PUBLISHER_TOKEN": token,
        "PUBLISHER_CONFIG": str(tmp_path / "none"),
    }
    assert daemon.json("consent", "list", **away) == daemon.json("consent", "list")
    done = daemon.cli("consent", "add", "X", "--as", AUTHOR, **away)
    assert done.code == 2
    assert "by your token" in done.err
    assert token not in done.out + done.err


def test_an_officer_enrols_from_elsewhere(daemon: Daemon, tmp_path: Path) -> None:
    """A director issues a token to enrol with; the officer makes their own of it, which the director never sees; once."""
    ticket = daemon.json("token", "issue", AUTHOR, **embedded(daemon) | {"PUBLISHER_OFFICER": DIRECTOR})[
        "token"
    ]
    laptop = tmp_path / "laptop"
    away = daemon.elsewhere(ticket, laptop)
    refused = daemon.cli("consent", "list", **away)
    assert (refused.code, "not the scope read" in refused.err) == (1, True)
    own = daemon.json("token", "enrol", "--scope", "read", "--label", "laptop", **away)["token"]
    again = daemon.cli("token", "enrol", **away)
    assert (again.code, "this token was used" in again.err) == (1, True)
    away = daemon.elsewhere(own, laptop)
    assert {row["login"] for row in daemon.json("token", "list", **away)["tokens"]} == {AUTHOR}
    for words in (("token", "new"), ("token", "enrol"), ("consent", "add", "X")):
        assert daemon.cli(*words, **away).code == 1


def test_a_token_makes_no_other_token(daemon: Daemon, tmp_path: Path) -> None:
    """Not even one that may do all else: whoever steals it cannot outlive its end."""
    every = [word for scope in ("read", "write", "decide", "direct") for word in ("--scope", scope)]
    token = daemon.json("token", "new", *every)["token"]
    done = daemon.cli("token", "new", "--scope", "read", **daemon.elsewhere(token, tmp_path / "laptop"))
    assert (done.code, "a token makes no other token" in done.err) == (1, True)


@pytest.mark.long
def test_two_officers_on_one_machine_are_two(tmp_path: Path) -> None:
    """Another user is another officer: the author cannot approve, whatever they name themselves, and the second can."""
    with open_daemon(tmp_path) as daemon:
        second = second_officer(daemon)
        item = daemon.cli("news", "Photo of the fair", *FOR_REVIEW, "--at", soon(), "--json")
        assert item.code == 3, item
        name = item.json["id"]
        assert daemon.cli("approve", name, *WHY).code == 1
        assert daemon.cli("approve", name, *WHY, "--as", APPROVER).code == 2
        assert daemon.cli("approve", name, *WHY, PUBLISHER_OFFICER=APPROVER).code == 2
        assert daemon.cli("approve", name, *WHY, USER=APPROVER, LOGNAME=APPROVER).code == 1
        assert daemon.json("show", name)["state"] == "held for review"
        assert second(name)["state"] == "queued"
        assert daemon.json("show", name)["state"] == "queued"


def second_officer(daemon: Daemon) -> Any:
    """Approves as a second officer: another user of this machine, if root runs the tests; else by that officer's token."""
    embedded(daemon)
    if os.getuid() == 0:
        login = pwd.getpwuid(NOBODY).pw_name
        words = (
            "officer",
            "add",
            login,
            "--name",
            "Nat Oboda",
            "--role",
            "officer",
            "--role",
            "approver",
            *DATES,
        )
        added = daemon.bench.run(
            *words, "--as", DIRECTOR, "--config", str(daemon.bench.folder / "embedded.toml")
        )
        assert added.code == 0, added
        daemon.socket.chmod(0o666)
        return lambda item: daemon.as_user(NOBODY, f"/api/v1/items/{item}/approve", {"reason": WHY[1]})
    made = daemon.json(
        "token",
        "new",
        "--scope",
        "decide",
        "--scope",
        "read",
        **embedded(daemon) | {"PUBLISHER_OFFICER": APPROVER},
    )
    away = daemon.elsewhere(made["token"], daemon.bench.folder / "laptop")
    return lambda item: daemon.json("approve", item, *WHY, **away)


@pytest.mark.long
def test_without_its_daemon_the_socket_is_said_to_be_dead(tmp_path: Path) -> None:
    """Where a socket is named, the database is never asked behind its back; the socket goes with its daemon."""
    with open_daemon(tmp_path) as daemon:
        assert stat.S_IMODE(daemon.socket.stat().st_mode) == 0o660
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(30) == 0
        assert not daemon.socket.exists()
        done = daemon.cli("consent", "add", "GONE-1")
        assert done.code == 4
        assert "cannot be reached" in done.err
        assert "publisher daemon" in done.err
        assert daemon.json("consent", "list", **embedded(daemon))["consents"] == []


@pytest.mark.long
def test_a_daemon_that_was_killed_leaves_a_socket_that_the_next_one_takes(tmp_path: Path) -> None:
    """A stale socket is no reason not to start."""
    with open_daemon(tmp_path) as daemon:
        daemon.process.kill()
        daemon.process.wait()
        assert daemon.socket.exists()
        assert daemon.cli("consent", "list").code == 4
        with (daemon.bench.folder / "second.log").open("wb") as log:
            second = subprocess.Popen(
                [sys.executable, "-m", "publisher", "daemon"],
                cwd=daemon.bench.folder,
                env={**os.environ, **SECRETS, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )
        try:
            until(lambda: daemon.cli("consent", "list").code == 0)
        finally:
            second.kill()
            second.wait()


def test_the_log_holds_no_token(daemon: Daemon) -> None:
    """What was sent in a header or in an address is in no log of the daemon's."""
    token = daemon.json("token", "new")["token"]
    for address in (f"/api/v1/caller?token={token}", f"/{token}"):
        connection = http.client.HTTPConnection(daemon.url.removeprefix("http://"), timeout=20)
        connection.request("GET", address, headers={"Authorization": f"Bearer {token}"})
        assert connection.getresponse().status == 400
        connection.close()
    assert token.split("_")[2].encode() not in daemon.log
