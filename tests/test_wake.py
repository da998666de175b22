"""How the daemon hears at once that the queue changed."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest

from publisher import wake

WAIT_S = 10
"""How long a test waits for what must come; it does not wait where it came."""


def address_file(database: Path) -> Path:
    """Where the daemon writes its port."""
    return database.with_name("queue.db.daemon.json")


def test_a_call_is_heard(tmp_path: Path) -> None:
    """Every datagram is told on, from a thread of the listener's own."""
    database, heard, threads = tmp_path / "queue.db", threading.Semaphore(0), []

    def hear() -> None:
        threads.append(threading.current_thread())
        heard.release()

    listener = wake.Listener(database, hear)
    listener.start()
    for _ in range(2):
        assert wake.call(database)
        assert heard.acquire(timeout=WAIT_S)
    listener.close()
    assert threading.current_thread() not in threads


def test_nobody_there_is_no_failure(tmp_path: Path) -> None:
    """Without a daemon a change is stored all the same: the call says False."""
    assert wake.call(tmp_path / "queue.db") is False
    assert wake.call(tmp_path / "no" / "such" / "queue.db") is False


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"5",
        b'{"port": null}',
        b'{"port": "x"}',
        b'{"port": -1}',
        b'{"port": 99999999}',
        b'{"port": []}',
        b"{}",
        b"\xff",
        b'{"port": 1e400}',
    ],
    ids=ascii,
)
def test_a_damaged_note_is_no_failure(tmp_path: Path, content: bytes) -> None:
    """Whatever stands where the port should: no command of an officer fails because of it."""
    database = tmp_path / "queue.db"
    address_file(database).write_bytes(content)
    assert wake.call(database) is False


def test_a_note_that_a_dead_daemon_left_is_no_failure(tmp_path: Path) -> None:
    """A datagram to a port where nobody listens is lost, and nothing is raised."""
    database = tmp_path / "queue.db"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind((wake.LOOPBACK, 0))
        port = closed.getsockname()[1]
    address_file(database).write_text(json.dumps({"port": port, "pid": 1}), encoding="utf-8")
    wake.call(database)
    wake.call(database)


def test_a_new_daemon_takes_a_stale_note_over(tmp_path: Path) -> None:
    """What a killed one left does not stop the next from being called."""
    database, heard = tmp_path / "queue.db", threading.Event()
    address_file(database).write_text('{"port": 1, "pid": 1}', encoding="utf-8")
    listener = wake.Listener(database, heard.set)
    listener.start()
    assert wake.call(database)
    assert heard.wait(WAIT_S)
    listener.close()


def test_closing_ends_the_thread_and_takes_the_note_away(tmp_path: Path) -> None:
    """Nothing of it is left, it tells no more, and a second closing does nothing."""
    database, calls = tmp_path / "queue.db", []
    listener = wake.Listener(database, lambda: calls.append(1))
    listener.start()
    assert address_file(database).exists()
    listener.close()
    assert list(tmp_path.iterdir()) == []
    assert "wake" not in {thread.name for thread in threading.enumerate()}
    assert wake.call(database) is False
    listener.close()
    assert calls == []


def test_one_that_never_listened_can_be_closed(tmp_path: Path) -> None:
    """A daemon that fails at start-up cleans up without a second failure, and leaves another's note alone."""
    database = tmp_path / "queue.db"
    running = wake.Listener(database, lambda: None)
    running.start()
    wake.Listener(database, lambda: None).close()
    assert wake.call(database)
    running.close()


def test_an_old_daemon_does_not_silence_a_new_one(tmp_path: Path) -> None:
    """One that ends while another has begun leaves the other's note where it is."""
    database, heard = tmp_path / "queue.db", threading.Event()
    old, new = wake.Listener(database, lambda: None), wake.Listener(database, heard.set)
    old.start()
    new.start()
    old.close()
    assert wake.call(database)
    assert heard.wait(WAIT_S)
    new.close()


def test_it_listens_on_this_machine_only_and_says_nothing(tmp_path: Path) -> None:
    """The port is on loopback; the note holds the port and the process, no more."""
    database = tmp_path / "queue.db"
    listener = wake.Listener(database, lambda: None)
    listener.start()
    assert listener._socket.getsockname()[0] == "127.0.0.1"  # nothing else shows the address
    assert set(json.loads(address_file(database).read_text(encoding="utf-8"))) == {"port", "pid"}
    listener.close()


@pytest.mark.parametrize("datagram", [b"", b"stop", b"x" * 9_000])
def test_a_forged_datagram_is_only_a_look(tmp_path: Path, datagram: bytes) -> None:
    """Whatever anyone on this machine sends, the daemon looks at its own queue, and listens on."""
    database, heard = tmp_path / "queue.db", threading.Semaphore(0)
    listener = wake.Listener(database, heard.release)
    listener.start()
    port = json.loads(address_file(database).read_text(encoding="utf-8"))["port"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(datagram, (wake.LOOPBACK, port))
    assert heard.acquire(timeout=WAIT_S)
    assert wake.call(database)
    assert heard.acquire(timeout=WAIT_S)
    listener.close()
