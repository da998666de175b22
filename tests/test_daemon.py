"""The real daemon in a process of its own: it notices, it ends cleanly, and a crash doubles and loses nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, Office, open_office

from publisher.daemon import Daemon
from publisher.rehearsal.faults import Fault

PATIENCE = 30.0
"""Seconds until a test gives up waiting: many times what a busy machine needs."""
QUICK: dict[str, dict[str, Any]] = {
    "release": {"read_back": [0.2, 0.5], "back_off": 1, "verify": 3, "stage_lead": 600},
    "daemon": {"look_every": 0.2},
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose daemon waits little."""
    with open_office(tmp_path, changes=QUICK) as found:
        yield found


@contextmanager
def daemon(office: Office, *, log: str = "daemon.log") -> Iterator[subprocess.Popen[bytes]]:
    """The daemon's process; killed at the end if it still runs."""
    with (office.folder / log).open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "publisher", "--config", str(office.config), "daemon"],
            env={**os.environ, **office.environment}, cwd=ROOT, stdout=file, stderr=file,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def until(true: Callable[[], bool]) -> bool:
    """True as soon as `true` is, False when the patience is over."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def running(office: Office, log: str = "daemon.log") -> bool:
    """True once the daemon says that it is ready."""
    return until(lambda: b"ready:" in (office.folder / log).read_bytes())


@pytest.mark.long
def test_what_is_added_while_it_runs_goes_out(office: Office) -> None:
    """The daemon notices an item that another process queued, without a restart."""
    with daemon(office):
        assert running(office)
        done = office.cli_json("news", "Library opens late", "--summary", "Until 8pm on Thursdays.")
        assert until(lambda: office.state(done["id"]) == "published")


def test_sigterm_ends_it_cleanly(office: Office) -> None:
    """SIGTERM: exit code 0, what is in flight is finished, the wake-up file is gone."""
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.delay(1.5))
    with daemon(office) as process:
        assert running(office)
        queued = office.hand_in(office.news())
        assert until(lambda: office.deliveries(queued.id)["twitter"].state == "sending")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 0
    assert office.deliveries(queued.id)["twitter"].state == "sent"
    assert not list(office.folder.glob("*.daemon.json"))


def others_sent(office: Office, item_id: str) -> bool:
    """Whether all but the post on X are out, and known to be."""
    rows = office.deliveries(item_id)
    return all(row.state == "sent" for name, row in rows.items() if name != "twitter")


def test_a_kill_in_the_middle_of_sending_doubles_nothing(office: Office) -> None:
    """SIGKILL after the platform took the post and before the answer: found by reading back, never sent twice."""
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.delay(20))
    with daemon(office) as process:
        assert running(office)
        queued = office.hand_in(office.news())
        assert until(lambda: len(office.platforms.ledger.posts("x")) == 1)
        assert until(
            lambda: others_sent(office, queued.id)
        )  # what had not arrived would be a person's to settle
        process.kill()
        process.wait()
    assert office.deliveries(queued.id)["twitter"].state == "sending"
    with daemon(office, log="second.log"):
        assert until(lambda: office.state(queued.id) == "published")
    for platform in ("x", "facebook", "instagram"):
        assert len(office.platforms.ledger.posts(platform)) == 1


@pytest.mark.long
def test_a_kill_before_the_moment_loses_nothing(office: Office) -> None:
    """SIGKILL while an item waits: the next daemon releases it."""
    moment = office.clock() + timedelta(seconds=2)
    queued = office.hand_in(office.news(publish_at=moment.isoformat()))
    with daemon(office):
        assert running(office)
    with daemon(office, log="second.log"):
        assert until(lambda: office.state(queued.id) == "published")
    live = office.app.queue.item(queued.id).page_live_at
    assert live is not None
    assert live >= moment


@pytest.mark.long
def test_a_second_daemon_on_one_queue_refuses_to_start(office: Office) -> None:
    """Two daemons on one file would send everything twice: the second ends with exit code 1 and says why."""
    with daemon(office):
        assert running(office)
        second = office.process("daemon")
        assert second.returncode == 1
        assert "another daemon" in second.stderr


def test_missing_secrets_are_all_named_at_the_start(office: Office) -> None:
    """A daemon without its secrets does not start: exit code 2, and every one that is missing is named."""
    names = list(office.environment)
    for name in names:
        office.environment.pop(name)
        os.environ.pop(name)
    done = office.process("daemon")
    assert done.returncode == 2
    assert [name for name in names if name not in done.stderr] == []


@pytest.mark.long
def test_a_source_without_a_designated_officer_is_told_at_the_start(office: Office) -> None:
    """The sysadmin learns it from the daemon's log, and not from a CMS whose every event is refused."""
    office.app.register.suspend("cms", actor="dana", now=office.clock())
    with daemon(office):
        assert running(office)
    assert (
        b"[sources.website] will be refused: cms is suspended" in (office.folder / "daemon.log").read_bytes()
    )


@pytest.mark.long
def test_a_wrong_rule_file_is_told_at_once(tmp_path: Path) -> None:
    """The daemon's log names it when it starts or the file is saved, once, and when it is right again: before an item is due."""
    (tmp_path / "rules").mkdir()
    with open_office(tmp_path, changes=QUICK | {"policy": {"rules": "rules"}}) as office, daemon(office):
        assert running(office)
        wrong = office.folder / "rules" / "own.toml"

        def told(words: bytes) -> int:
            return (office.folder / "daemon.log").read_bytes().count(words)

        wrong.write_text("rule = 1", encoding="utf-8")
        assert until(lambda: told(b"nothing goes until the rules can be read again") == 1)
        time.sleep(3 * QUICK["daemon"]["look_every"])
        assert told(b"own.toml") == 1
        wrong.unlink()
        assert until(lambda: told(b"INFO publisher.daemon: the rules can be read again") == 1)


def test_a_delivery_that_cannot_be_read_keeps_nothing_else_waiting(office: Office) -> None:
    """A hand that damages one row stops neither another delivery that is due nor the timer for what comes next."""
    later = (office.clock() + timedelta(hours=1)).isoformat()
    item_id = office.hand_in(office.news()).id
    office.hand_in(office.news(title="Pool opens", publish_at=later))
    rows = office.release(item_id)
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        due = "UPDATE delivery SET due_at = '2026-01-01 00:00:00.000000' WHERE id IN (?, ?)"
        connection.execute(due, (rows["website"].id, rows["instagram"].id))
        connection.execute("UPDATE delivery SET post = '{broken' WHERE id = ?", (rows["website"].id,))
    daemon = Daemon(office.app)
    daemon.look()
    assert daemon._timer.get_job("next") is not None  # that it comes is the timer's business
    daemon.stop()
    assert office.deliveries(item_id)["instagram"].due_at is None


def test_whoever_looks_lives_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The disk fails while the rule files are looked at: the ear and the timer hear of it, and go on."""
    there, away = tmp_path / "shared", tmp_path / "away"
    (there / "rules").mkdir(parents=True)
    with open_office(tmp_path, changes={**QUICK, "policy": {"rules": "shared/rules"}}) as office:
        item_id = office.hand_in(office.news()).id
        daemon = Daemon(office.app)
        there.rename(away)
        there.symlink_to("x" * 300)  # no name may be so long: the system says neither yes nor no
        daemon.look()
        assert "looking again soon" in caplog.text
        there.unlink()
        away.rename(there)
        daemon.look()
        assert until(lambda: office.state(item_id) == "published")
        daemon.stop()


@pytest.mark.long
def test_what_is_withdrawn_while_it_runs_is_taken_down(office: Office) -> None:
    """An officer's word from another process is enough; killed in the middle and started again, the daemon goes on."""
    with daemon(office):
        assert running(office)
        item_id = office.cli_json("news", "Library opens late", "--summary", "Until 8pm on Thursdays.")["id"]
        assert until(lambda: office.state(item_id) == "published")
        office.platforms.x.fail_next("DELETE", r"^/2/tweets/", Fault.delay(PATIENCE))
        assert office.cli("withdraw", item_id, "--reason", "The hours were wrong").returncode == 0
        quick = (
            "website",
            "facebook",
        )  # a kill between Facebook's answer and its record leaves that one to a person
        assert until(lambda: {office.deliveries(item_id)[name].state for name in quick} == {"withdrawn"})
    with daemon(office, log="second.log"):
        assert until(lambda: office.deliveries(item_id)["twitter"].state == "withdrawn")
        assert until(lambda: "by hand" in office.deliveries(item_id)["instagram"].reason)
        assert office.cli("resolve", f"{item_id}/instagram", "--withdrawn").returncode == 0
        assert until(lambda: office.state(item_id) == "withdrawn")
