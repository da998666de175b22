"""Whether a director's yes to a way that is against a platform's terms stands today (clause 5e): read where it is asked.

It is read from the queue's file itself, which is not changed by that, each time anew: by whoever loads such a channel, and
by the daemon at each of its calls. Where nothing can be read, it does not stand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import Connection, NullPool, create_engine

from publisher import acceptances
from publisher.clearance import Seal, open_seal
from publisher.database import reading
from publisher.errors import PublisherError, Refused
from publisher.sealed import Found, Kind, Sealed
from publisher.tables import RiskRow
from publisher.times import local

if TYPE_CHECKING:
    from publisher.config import Config

ACCEPTED, ENDED = "risk accepted", "risk ended"
"""The actions of the events; their subject is the channel."""
KIND = Kind(RiskRow, "risk", ("channel",), (ACCEPTED,), "The acceptance of the risk of {}", ends=(ENDED,))
PATIENCE = 5.0
"""Seconds for whoever holds the file: readers need not wait for a writer (sqlite.org/wal.html), only for one who locks it all."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That a director accepted the risk of a channel: who, and the last day on which that holds."""

    channel: str
    accepted_by: str
    review_on: date

    def __str__(self) -> str:
        return f"accepted by {self.accepted_by} until {self.review_on}"


def accepted(config: Config, channel: str, now: datetime) -> Acceptance:
    """What stands for the channel at that moment. Raises Refused, with what a director does."""
    today = local(now, config.council.timezone).date()
    try:
        with _opened(config.database) as connection:
            return stands(connection, open_seal(config.path(config.queue.seal_key)), channel, today)
    except Refused:
        raise
    except PublisherError as error:
        raise _refused(channel, f"whether a director accepted it cannot be read: {error.message}") from error


def stands(connection: Connection, seal: Seal, channel: str, today: date) -> Acceptance:
    """As `accepted`, of an open database."""
    found = Sealed(KIND, seal).read(connection, KIND.table.c.channel == channel)
    if not found or not found[0].was_left:
        raise _refused(channel, "no director has accepted that risk")
    if not found[0].whole:
        raise _refused(channel, "the director's acceptance was changed by hand, and counts for nothing")
    if is_forgotten(found[0], acceptances.last_older(connection, seal)):
        why = f"an older database was accepted since {found[0].row.accepted_by} accepted that: it may have been ended meanwhile"
        raise _refused(channel, why)
    row = found[0].row
    if row.review_on < today:
        why = f"{row.accepted_by}'s acceptance was to be reviewed by {row.review_on}, and counts no longer"
        raise _refused(channel, why)
    return Acceptance(channel, row.accepted_by, row.review_on)


def is_forgotten(found: Found[RiskRow], older: int) -> bool:
    """Whether an acceptance is from before event `older`, by which an older database was accepted: that knows of no later end."""
    return found.told is not None and found.told.number < older


def way_to_open(channel: str) -> str:
    """What opens a closed channel, and keeps an open one so."""
    return f"A director decides with `publisher risk accept {channel} --reason TEXT --review DATE`; else set enabled = false."


def _refused(channel: str, why: str) -> Refused:
    words = f"{channel} posts in a way that its platform's terms forbid, and {why}"
    return Refused(words, way_out=way_to_open(channel))


@contextmanager
def _opened(database: Path) -> Iterator[Connection]:
    """The queue's file, for reading alone: no table is made, no schema brought up. Raises Refused, OutsideFailed."""
    address = f"file:{quote(str(database))}?mode=ro"
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, timeout=PATIENCE, uri=True), poolclass=NullPool,
        hide_parameters=True,
    )  # fmt: skip
    try:
        with reading(engine) as connection:
            yield connection
    finally:
        engine.dispose()
