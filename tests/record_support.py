"""What tests of the record share: a record in a folder, with all that watches over it, and a hand in its database."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from publisher.chain import Fault
from publisher.checkpoints import Checkpoints
from publisher.clearance import Seal
from publisher.ends import EndFile, attach
from publisher.queue import Queue, open_queue
from publisher.record import append
from publisher.schema import GUARDS
from publisher.verifying import Report, Verifier

START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
NO_TRIGGERS = ("DROP TRIGGER IF EXISTS event_no_update", "DROP TRIGGER IF EXISTS event_no_delete")
"""What a hand does first: it may do whatever the file's owner may."""


@dataclass
class Record:
    """A queue's database with its end file and checkpoints, as the app wires them."""

    folder: Path
    queue: Queue
    end_file: EndFile
    checkpoints: Checkpoints
    verifier: Verifier

    @property
    def database(self) -> Path:
        """The file."""
        return self.folder / "queue.db"

    def write(self, count: int = 1, at: datetime = START) -> None:
        """Adds events, each in a transaction of its own; every other one has words."""
        for number in range(count):
            with self.queue.writing() as connection:
                detail = {"reason": f"because {number}"} if number % 2 else None
                append(connection, at, "sam", "noted", subject=f"s{number}", detail=detail)

    def verify(self) -> Report:
        """What verifying finds."""
        return self.verifier.verify()

    def faults(self) -> list[tuple[str, int, int]]:
        """The kind and the numbers of all that it finds."""
        return [told(fault) for fault in self.verify().faults]

    def by_hand(self, *statements: str) -> None:
        """Changes the database as somebody would who has the file."""
        by_hand(self.database, *statements)

    def copy(self, name: str) -> Path:
        """A copy of the database as it is now, as a backup makes it."""
        to = self.folder / name
        with closing(sqlite3.connect(self.database)) as here, closing(sqlite3.connect(to)) as there:
            here.backup(there)
        return to

    def put_back(self, backup: Path) -> None:
        """Puts an older database in the place of this one."""
        self.queue.close()
        for ending in ("", "-wal", "-shm"):
            self.database.with_name(self.database.name + ending).unlink(missing_ok=True)
        shutil.copy(backup, self.database)


def told(fault: Fault) -> tuple[str, int, int]:
    """A fault's kind and numbers."""
    return fault.kind, fault.number, fault.last


def by_hand(database: Path, *statements: str) -> None:
    """Changes a database as somebody would who has the file: past the triggers, which are back afterwards, and this program."""
    with closing(sqlite3.connect(database)) as connection:
        for statement in (*NO_TRIGGERS, *statements, *GUARDS.values()):
            connection.execute(statement)
        connection.commit()


@contextmanager
def open_record(folder: Path, events: int = 0) -> Iterator[Record]:
    """A record in `folder` with some events; the one that is there, if one is."""
    if not (folder / "queue.db").exists():
        shutil.copytree(_template(events), folder, dirs_exist_ok=True)
    record = _open(folder)
    try:
        yield record
    finally:
        record.queue.close()


@cache
def _template(events: int) -> Path:
    """Made once, and copied for each test."""
    folder = Path(tempfile.mkdtemp(prefix="publisher-test-"))
    atexit.register(shutil.rmtree, folder)
    record = _open(folder)
    record.write(events)
    record.queue.close()
    return folder


def _open(folder: Path) -> Record:
    seal = Seal(b"k" * 32)
    end_file = EndFile(folder / "queue.db", seal)
    queue = open_queue(folder / "queue.db", create=True, ended=end_file.came)
    attach(queue.engine, lambda: end_file)
    made: list[Checkpoints] = []
    verifier = Verifier(queue, end_file, lambda: made[0], seal)
    later = START + timedelta(hours=1)
    made.append(
        Checkpoints(queue, seal, folder / "queue.db.checkpoints", lambda: later, verifier.whole_problem)
    )
    return Record(folder, queue, end_file, made[0], verifier)
