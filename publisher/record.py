"""The record: everything that happened, in a chain in which a changed, removed, reordered or added row shows (promise 7).

Each event's hash is over the event and the hash before it. What an event says in words lies beside the chain, which holds
only its salted digest, so that words can be erased and the chain stays whole. Where the chain ends is also kept outside
the database (publisher/ends.py) and signed now and then (publisher/checkpoints.py); publisher/verifying.py looks at it all.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, String, insert, select, type_coerce

from publisher.chain import moment_text
from publisher.model import digest_of
from publisher.tables import EventDetailRow, EventRow
from publisher.via import via

_events, _details = EventRow.__table__, EventDetailRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

SCHEDULER = "scheduler"
"""The door of what the daemon does by itself, and the actor that it is done by: no person came in."""
REFUSED = "refused"
"""The action of the event that a second officer said no to an item, for good."""
BEGUN = "record begun"
"""The action of the event that the migration adds after those that were there before there was a chain."""
SALT_BYTES = 16
"""As many as keep anyone from trying all salts (NIST SP 800-132, section 5.1)."""


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


_OVER_ORPHANS = insert(_details).prefix_with("OR REPLACE", dialect="sqlite")
"""Words that a hand left, or put, under a number that is yet to come keep nothing from being written."""


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
    number, before = last.id + 1, last.hash
    salt, words = secrets.token_hex(SALT_BYTES), dict(detail or {})
    row = EventRow(
        id=number, at=now, actor=actor, via=via() or _own_door(actor), action=action, item_id=item_id, channel=channel,
        subject=subject, before=str(move[0]), after=str(move[1]), digest=digest_of([salt, words]) if words else "", hash="",
    )  # fmt: skip
    row.hash = chained(before, row)
    connection.execute(insert(_events), {name: getattr(row, name) for name in EventRow.model_fields})
    if words:
        connection.execute(_OVER_ORPHANS, {"event_id": number, "salt": salt, "detail": words})
    connection.info[ENDS] = End(number, row.hash)
    connection.info[GREW] = (connection.info.get(GREW, (last,))[0], connection.info[ENDS])


def _own_door(actor: str) -> str:
    """Threads of the daemon's begin without the door of whoever started them."""
    return SCHEDULER if actor == SCHEDULER else ""


@dataclass(frozen=True, slots=True)
class End:
    """Where the chain ends: the last event's number and hash."""

    id: int
    hash: str

    def __str__(self) -> str:
        return f"{self.id} {self.hash}".rstrip()


NOTHING = End(0, "")
"""The end of a record in which nothing is yet."""

ENDS = "publisher.record.end"
"""Where a connection notes the end that its open transaction gave the chain (SQLAlchemy's `Connection.info`)."""
GREW = "publisher.record.grew"
"""Where it notes both ends: the one that the transaction found, and the one that it gave."""


def end(connection: Connection) -> End:
    """The chain's end as this connection sees it; NOTHING while nothing has happened."""
    row = connection.execute(
        select(_events.c.id, _events.c.hash).order_by(_events.c.id.desc()).limit(1)
    ).first()
    return End(row.id, row.hash) if row else NOTHING


def hash_of(connection: Connection, number: int) -> str:
    """The hash of one event; that of nothing is empty, and so is that of one that is not there."""
    found = connection.execute(select(_events.c.hash).where(_events.c.id == number)).scalar()
    return str(found or "")


def begins(connection: Connection, at: End) -> bool:
    """True where nothing but the migration has written to the record as far as `at`."""
    last = select(_events.c.action).where(_events.c.id == at.id)
    return at == NOTHING or connection.execute(last).scalar() == BEGUN


def chained(before: str, row: EventRow | Event) -> str:
    """The hash (sha256, hex) of an event after the one with the hash `before`; `row.hash` itself does not count."""
    told = (row.actor, row.via, row.action, row.item_id, row.channel, row.subject, row.before, row.after)
    return digest_of([before, row.id, row.at.astimezone(UTC).isoformat(), *told, row.digest])


def events(connection: Connection, *where: Any) -> Iterator[Event]:
    """The events that meet all of `where`, in order, each with its words.

    Of one that a hand changed, words that cannot be read are none, and a moment that cannot be is long ago: verifying tells it.
    """
    columns = [column for column in _events.c if column.name != "at"]
    at, words = type_coerce(_events.c.at, String).label("at"), type_coerce(_details.c.detail, String)
    query = select(*columns, at, words.label("detail")).outerjoin(
        _details, _details.c.event_id == _events.c.id
    )
    for row in connection.execute(query.where(*where).order_by(_events.c.id)):
        values = dict(row._mapping)
        yield Event(**values | {"at": _moment(values["at"]), "detail": _words(values["detail"])})


def _moment(stored: Any) -> datetime:
    try:
        return datetime.fromisoformat(moment_text(stored))
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)


def _words(stored: Any) -> Mapping[str, Any]:
    try:
        found = json.loads(stored) if stored else {}
    except (TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
