"""The record: everything that happened, in a chain in which a changed, removed, reordered or added row shows (promise 7).

Each event's hash is over the event and the hash before it. What an event says in words lies beside the chain, which holds
only its salted digest, so that words can be erased and the chain stays whole. The last hash is written, sealed, into a
file beside the database after every commit: a chain that is cut at its end, or a restored old database, is behind it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import secrets
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from publisher.clearance import Seal
from publisher.model import digest_of
from publisher.tables import EventDetailRow, EventRow

_events, _details = EventRow.__table__, EventDetailRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

SALT_BYTES = 16
"""As many as keep anyone from trying all salts (NIST SP 800-132, section 5.1)."""
_VIA: ContextVar[str] = ContextVar("via", default="")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `detail` is empty where there was none or it was erased; `digest` tells which."""

    id: int
    at: datetime
    actor: str
    via: str
    action: str
    item_id: str | None
    channel: str | None
    subject: str | None
    before: str
    after: str
    digest: str
    hash: str
    detail: Mapping[str, Any]

    @property
    def is_erased(self) -> bool:
        """True where it said something once, and the words were taken out."""
        return bool(self.digest) and not self.detail


@contextlib.contextmanager
def coming_via(door: str) -> Iterator[None]:
    """Every event that is written inside says by which door its actor came: `socket uid 1001`, `token 3f9a`, `hook website`."""
    before = _VIA.set(door)
    try:
        yield
    finally:
        _VIA.reset(before)


def append(  # noqa: PLR0913  # an event's columns, each named where it is given
    connection: Connection,
    now: datetime,
    actor: str,
    action: str,
    *,
    item_id: str | None = None,
    channel: str | None = None,
    subject: str | None = None,
    move: tuple[str, str] = ("", ""),
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Adds one event to the chain's end, in the caller's transaction: who holds it is the only writer.

    `move` is the state before and after. The detail holds no secret and no text of a person.
    """
    last = end(connection)
    number, before = (last.id + 1, last.hash) if last else (1, "")
    salt, words = secrets.token_hex(SALT_BYTES), dict(detail or {})
    row = EventRow(
        id=number, at=now, actor=actor, via=_VIA.get(), action=action, item_id=item_id, channel=channel,
        subject=subject, before=str(move[0]), after=str(move[1]), digest=digest_of([salt, words]) if words else "", hash="",
    )  # fmt: skip
    row.hash = chained(before, row)
    connection.execute(insert(_events), {name: getattr(row, name) for name in EventRow.model_fields})
    if words:
        connection.execute(insert(_details), {"event_id": number, "salt": salt, "detail": words})
    connection.info[ENDS] = End(number, row.hash)


@dataclass(frozen=True, slots=True)
class End:
    """Where the chain ends: the last event's number and hash."""

    id: int
    hash: str


ENDS = "publisher.record.end"
"""Where a connection notes the end that its open transaction gave the chain (SQLAlchemy's `Connection.info`)."""


def end(connection: Connection) -> End | None:
    """The chain's end as this connection sees it; None while nothing has happened."""
    row = connection.execute(
        select(_events.c.id, _events.c.hash).order_by(_events.c.id.desc()).limit(1)
    ).first()
    return End(row.id, row.hash) if row else None


def chained(before: str, row: EventRow | Event) -> str:
    """The hash (sha256, hex) of an event after the one with the hash `before`; `row.hash` itself does not count."""
    told = (row.actor, row.via, row.action, row.item_id, row.channel, row.subject, row.before, row.after)
    return digest_of([before, row.id, row.at.astimezone(UTC).isoformat(), *told, row.digest])


def events(connection: Connection, *where: Any) -> Iterator[Event]:
    """The events that meet all of `where`, in order, each with its words."""
    query = select(_events, _details.c.detail).outerjoin(_details, _details.c.event_id == _events.c.id)
    for row in connection.execute(query.where(*where).order_by(_events.c.id)):
        values = dict(row._mapping)
        yield Event(**values | {"detail": values["detail"] or {}})


# --- the end, kept outside the database -----------------------------------------------------------------------------


class EndFile:
    """The chain's last known end in a file beside the database, sealed: what the database may have forgotten."""

    def __init__(self, database: Path, seal: Seal) -> None:
        self._path, self._seal = database.with_name(database.name + ".end"), seal

    def keep(self, new: End) -> None:
        """Writes the end down, unless a later one is there (two processes may commit at once and write in turn)."""
        with self._path.with_name(self._path.name + ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self._read()
            if known is None or known.id < new.id:
                waiting = self._path.with_name(self._path.name + ".new")
                values = [new.id, new.hash]
                waiting.write_text(json.dumps([*values, self._seal.sign("end", values)]), encoding="ascii")
                waiting.replace(self._path)

    def known(self) -> End | None:
        """The end that was written down last; None where there is no file, or it is not as this program left it."""
        return self._read()

    def _read(self) -> End | None:
        try:
            number, digest, seal = json.loads(self._path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        good = isinstance(number, int) and self._seal.signed(str(seal), "end", [number, digest])
        return End(number, str(digest)) if good else None
