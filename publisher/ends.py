"""Where the record ends, kept outside the database: what a cut or an older database has forgotten (promise 7).

A small sealed file beside the database. Before each commit that adds to the record it notes the end that is coming, and
afterwards that it came: whatever dies in between, the database ends at one of the two. One that does not was cut, is an
older copy, or was added to by another hand; the file is then left as it is, however much is written after.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, event, select

from publisher import paths
from publisher.chain import Fault
from publisher.clearance import Seal
from publisher.errors import InputError, OutsideFailed
from publisher.record import GREW, NOTHING, End, begins, hash_of
from publisher.tables import EventRow

_events = EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

log = logging.getLogger("publisher.record")

BLOCK = 512
"""Bytes of the file, always: it is written over in place, and no disk tears a sector of this size (ATA, NVMe)."""
VALUES = 5
"""Two ends, each a number and a hash, and the seal."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file knows: the end that is certain, and the one that was about to be committed."""

    certain: End
    coming: End


def _beside(database: Path) -> Path:
    return database.with_name(f"{database.name}.end")


def demand_not_lost(database: Path) -> None:
    """Raises InputError where the database is gone or empty, and its end is still known: another in its place would know nothing."""
    gone = not database.exists() or database.stat().st_size == 0
    if gone and _beside(database).exists():
        raise InputError(
            f"the queue {database} is {'empty' if database.exists() else 'gone'}, and what is kept beside it is not",
            way_out="Put the newest backup back (docs/server.md). To begin anew, without a record, move all of that folder away first.",
        )


class EndFile:
    """The file. Writers of the database take turns, so that its ends come in order."""

    def __init__(self, database: Path, seal: Seal) -> None:
        self.path, self._seal = _beside(database), seal

    @contextmanager
    def still(self) -> Iterator[Kept | None]:
        """What the file knows; nobody writes it meanwhile. None where there is none. Raises ValueError where it is not ours."""
        try:
            handle = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            yield None
            return
        except OSError as error:
            raise ValueError(str(error.strerror)) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)
            yield self._read(handle)
        finally:
            os.close(handle)

    def come(self, found: End, coming: End, *, first: Callable[[], bool]) -> None:
        """Before a commit: from `found` to `coming`. Raises OutsideFailed, so that nothing is committed without it.

        `first` says whether nothing was in the record before, so that there may be no file yet.
        """
        with self._told():
            try:
                handle = os.open(self.path, os.O_RDWR)
            except FileNotFoundError:
                if first():
                    paths.replaced(self.path, self._block(Kept(found, coming)))
                return
            self._change(
                handle, lambda kept: Kept(found, coming) if found in {kept.certain, kept.coming} else None
            )

    def came(self, end: End) -> None:
        """After a commit: `end` is certain. What cannot be written now is made up for by the next commit."""
        try:
            handle = os.open(self.path, os.O_RDWR)
            self._change(handle, lambda kept: Kept(end, end) if kept.coming == end else None, durable=False)
        except FileNotFoundError:
            return
        except OSError as error:
            log.warning("the record's end cannot be noted in %s: %s", self.path, error.strerror)

    def anchor(self, coming: End) -> None:
        """Right before a commit: with it the record ends here, whatever was known. Raises OutsideFailed.

        What was known stays certain until then: where the commit comes to nothing, the database is as far off as it was.
        """
        with self._told():
            paths.replaced(self.path, self._block(Kept(self._certain() or coming, coming)))

    def _certain(self) -> End | None:
        try:
            with self.still() as kept:
                return kept.certain if kept else None
        except ValueError:
            return None

    def written(self) -> datetime | None:
        """When it was last written: until then the database that it knows was at work. None where there is none."""
        try:
            return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        except OSError:
            return None

    def _change(self, handle: int, work: Callable[[Kept], Kept | None], *, durable: bool = True) -> None:
        """Writes what `work` makes of what is known, unless that is None, or the file is not as this program left it."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            try:
                new = work(self._read(handle))
            except ValueError:
                return
            if new is not None:
                os.pwrite(handle, self._block(new), 0)
                if durable:
                    os.fdatasync(handle)
        finally:
            os.close(handle)

    def _block(self, kept: Kept) -> bytes:
        values = _values(kept)
        return json.dumps([*values, self._seal.sign("end", values)]).encode("ascii").ljust(BLOCK - 1) + b"\n"

    def _read(self, handle: int) -> Kept:
        """Raises ValueError where it is not as this program left it."""
        values = json.loads(os.pread(handle, BLOCK, 0))
        whole = isinstance(values, list) and len(values) == VALUES
        if not whole or not self._seal.signed(str(values[-1]), "end", values[:-1]):
            message = "it is not as this program left it"
            raise ValueError(message)
        number, digest, next_number, next_digest = values[:-1]
        return Kept(End(number, digest), End(next_number, next_digest))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutsideFailed(
                f"the record's end cannot be noted in {self.path}: {error.strerror}",
                way_out="Check the disk and who may write there, then try again.",
            ) from error


def _values(kept: Kept) -> list[int | str]:
    return [kept.certain.id, kept.certain.hash, kept.coming.id, kept.coming.hash]


def attach(engine: Engine, file: Callable[[], EndFile]) -> None:
    """Has every commit on `engine` that adds to the record noted beforehand."""

    def begun(connection: Connection) -> None:
        connection.info.pop(GREW, None)  # of a transaction that came to nothing

    def coming(connection: Connection) -> None:
        if (grew := connection.info.pop(GREW, None)) is not None:
            found, end = grew
            file().come(found, end, first=lambda: begins(connection, found))

    event.listen(engine, "begin", begun)
    event.listen(engine, "commit", coming)


# --- what the file says of the database ----------------------------------------------------------------------------


def fault(connection: Connection, last: End, kept: Kept | ValueError | None) -> Fault | None:
    """How the record's end is not the one that was kept outside; None where it is."""
    if isinstance(kept, ValueError):
        return _other(last, NOTHING, f"The file that keeps the record's end cannot be trusted: {kept}.")
    if kept is None:
        lost = (
            "There is no file that keeps the record's end: the database was copied, or the file taken away."
        )
        return None if begins(connection, last) else _other(last, NOTHING, lost)
    if last in {kept.certain, kept.coming}:
        return None
    return _apart(connection, last, kept.certain)


def _apart(connection: Connection, last: End, known: End) -> Fault:
    if last.id < known.id:
        words = (
            f"The record ends at event {last.id}, but event {known.id} was written: it was cut at its end, or this is an "
            "older database."
        )
        return _other(last, known, words)
    if last.id > known.id and hash_of(connection, known.id) == known.hash:
        which = (
            f"Event {last.id} was" if last.id == known.id + 1 else f"Events {known.id + 1} to {last.id} were"
        )
        words = f"{which} added by another hand than this program's."
        return Fault("added", known.id + 1, last.id, words, f"added end {last}")
    words = f"Event {known.id} is another than the one that was written: the record was changed, or is another one."
    return _other(last, known, words)


def _other(last: End, known: End, words: str) -> Fault:
    return Fault("end", last.id, max(last.id, known.id), words, f"end {last} {known}")


def knows_until(connection: Connection, written: datetime | None) -> datetime | None:
    """The moment of the last event that an older database brought with it; None where there is none.

    What was added to it since it was put back came after the file was last `written`.
    """
    newest = select(_events.c.at).order_by(_events.c.id.desc()).limit(1)
    brought = newest if written is None else newest.where(_events.c.at <= written)
    found: datetime | None = connection.execute(brought).scalar() or connection.execute(newest).scalar()
    return found


def notes(kept: Kept | ValueError | None) -> Iterator[str]:
    if kept is None:
        yield "There is no end file: that the record was not cut at its end rests on its checkpoints alone."
