"""How the daemon hears at once that the queue changed: a datagram on loopback that says nothing but "look".

The daemon listens on a port that the system chose and writes it beside the database; whoever commits a change sends one
datagram there. It carries no data and grants nothing, so a forged or lost one does no harm: the daemon looks by
itself every few seconds as well.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from publisher import paths

LOOPBACK = "127.0.0.1"


def _address_file(database: Path) -> Path:
    return database.with_name(database.name + ".daemon.json")


def call(database: Path) -> bool:
    """Tells the daemon to look; False where none runs. Never fails: the daemon would notice by itself."""
    try:
        port = int(json.loads(_address_file(database).read_text(encoding="utf-8"))["port"])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"look", (LOOPBACK, port))
    except (OSError, OverflowError, ValueError, KeyError, TypeError):
        return False
    return True


def since(database: Path) -> datetime | None:
    """When the daemon that can be called started; None where none can, or where that cannot be seen."""
    try:
        return datetime.fromtimestamp(_address_file(database).stat().st_mtime, UTC)
    except OSError:
        return None


class Listener:
    """The daemon's ear: calls `heard` (from its own thread) for every datagram, until closed."""

    def __init__(self, database: Path, heard: Callable[[], None]) -> None:
        self._file, self._heard = _address_file(database), heard
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, 0))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="wake", daemon=True)

    def start(self) -> None:
        """Publishes the port and begins to listen."""
        waiting = self._file.with_suffix(".new")
        with os.fdopen(paths.open_private(waiting, os.O_WRONLY | os.O_TRUNC), "w", encoding="utf-8") as file:
            file.write(self._note())
        waiting.replace(self._file)
        self._thread.start()

    def close(self) -> None:
        """Stops listening and takes the port's file away, unless a newer daemon's is there. May be called twice."""
        if self._closing.is_set():
            return
        self._closing.set()
        if self._thread.is_alive():
            with contextlib.suppress(FileNotFoundError):
                if self._file.read_text(encoding="utf-8") == self._note():
                    self._file.unlink()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(b"stop", self._socket.getsockname())
            self._thread.join(timeout=5)
        self._socket.close()

    def _note(self) -> str:
        return json.dumps({"port": self._socket.getsockname()[1], "pid": os.getpid()})

    def _listen(self) -> None:
        while not self._closing.is_set():
            self._socket.recv(16)
            if not self._closing.is_set():
                self._heard()
