"""The record, to be read and handed over: events by what they are about, and with all that proves them (docs: the export's format)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, not_, select

from publisher.chain import Link, links
from publisher.checkpoints import Checkpoints
from publisher.concern_drawer import tells_of_one
from publisher.config import Config
from publisher.errors import InputError, NotDesignated
from publisher.model import digest_of
from publisher.queue import Queue
from publisher.record import end
from publisher.refusals import recorded
from publisher.register import KEEPERS, Register
from publisher.tables import EventRow
from publisher.times import local, start_of_day
from publisher.views import numberless

_events = EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

FORMAT = 1
"""The export's format; another number once a line means something else."""
CHAINED = ("at", "actor", "via", "action", "item_id", "channel", "subject", "before", "after", "digest")
"""What of an event is hashed, in this order, after the hash before it and its number."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which events: all that meet every one that is given. Days are the council's, both included."""

    item: str | None = None
    subject: str | None = None
    actor: str | None = None
    action: str | None = None
    since: date | None = None
    until: date | None = None


class Logbook:
    """Reads the record. Nothing is changed by it; who may not read it is written down."""

    def __init__(
        self, config: Config, queue: Queue, checkpoints: Checkpoints, register: Register, now: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self._config, self._queue, self._checkpoints = config, queue, checkpoints
        self._register, self._now = register, now

    def demand_known(self, login: str) -> None:
        """Raises NotDesignated for who is not on the register, or is suspended: at this machine as over the network.

        Whose line a hand changed is let in, since they may be who has to find that out.
        """
        line = self._register.line(login)
        if line is None or not (line.flaw or line.is_active):
            why = "is not on the register of designated officers" if line is None else "is suspended"
            raise NotDesignated(f"{login or 'nobody'} {why}", way_out="Ask the Director of Resources.")

    def demand_keeper(self, login: str, asked: str, *, rather: str = "") -> None:
        """Raises NotDesignated for who does not keep the record and asks for what counts its events. A no is recorded."""
        with recorded(self._queue, self._now(), login, asked):
            if not self.keeps(login):
                who, ask = login or "nobody on the register", f"ask a {' or a '.join(KEEPERS)}."
                way_out = f"{rather}, or {ask}" if rather else ask
                raise NotDesignated(
                    f"{who} does not keep the record", way_out=way_out[:1].upper() + way_out[1:]
                )

    def log(self, sought: Sought, limit: int, *, asked_by: str) -> tuple[list[dict[str, Any]], int]:
        """The last `limit` events that are sought, in order, and how many there are in all.

        What is said of people is for those who keep the record, and for the people themselves: others see that it happened.
        Of concerns they do not even see that (clause 4); nor do they see numbers, of which those of concerns would be missing.
        """
        reads_all = self.keeps(asked_by)
        where = [*self._where(sought), *_shown(reads_all=reads_all)]
        if not reads_all and sought.subject != numberless(sought.subject):
            return [], 0  # whoever asks for a number and is answered knows it
        with self._queue.reading() as connection:
            count = connection.execute(select(func.count()).select_from(_events).where(*where)).scalar() or 0
            newest = select(_events.c.id).where(*where).order_by(_events.c.id.desc()).limit(limit).subquery()
            found = list(links(connection, _events.c.id.in_(select(newest.c.id))))
        lines = [_told(link, withheld=not (reads_all or _is_for(link, asked_by))) for link in found]
        return (lines if reads_all else [_unnumbered(line) for line in lines]), count

    def nothing(self, sought: Sought, *, asked_by: str) -> str:
        """Why nothing was found: no such item or action, as far as who asks is told, or nothing that meets it all."""
        shown = _shown(reads_all=self.keeps(asked_by))
        if sought.item is not None and not self._holds(_events.c.item_id == sought.item):
            return f"There is no item {sought.item!r}. `publisher list --all` shows every one."
        if sought.action is not None and not self._holds(_events.c.action == sought.action, *shown):
            with self._queue.reading() as connection:
                known = list(connection.execute(select(_events.c.action).where(*shown).distinct()).scalars())
            return (
                f"No action in the record is called {sought.action!r}. There are: {', '.join(sorted(known))}."
            )
        return "Nothing like that is in the record."

    def _holds(self, *where: ColumnElement[bool]) -> bool:
        with self._queue.reading() as connection:
            return connection.execute(select(_events.c.id).where(*where).limit(1)).first() is not None

    def page(
        self, sought: Sought, after: int, limit: int, *, asked_by: str
    ) -> tuple[list[dict[str, Any]], int | None]:
        """The events after number `after`, each with all that proves it; and after which the next page begins, if any does.

        Who does not keep the record gets an item's without numbers and hashes, by which those of concerns would be missing;
        to them `after` is how many of its events they have. Raises NotDesignated where they ask for more than one item's.
        """
        keeps = self.keeps(asked_by)
        if sought.item is None:
            self.demand_keeper(asked_by, "export the record", rather="ask for one item")
        where = (_events.c.id > (after if keeps else 0), *self._where(sought))
        skipped = 0 if keeps else after
        with self._queue.reading() as connection:
            found = list(islice(links(connection, *where), skipped, skipped + limit + 1))
            before = _hashes_before(connection, found)
        lines = [_proved(link, before.get(link.id - 1, "")) for link in found[:limit]]
        last = found[limit - 1].id if len(found) > limit else None
        if keeps:
            return lines, last
        return [_unproved(line) for line in lines], None if last is None else after + limit

    def head(self, *, asked_by: str) -> dict[str, Any]:
        """What stands before exported events: of what record they are, where it ends, and by which key it is signed.

        Where it ends and its checkpoints, the newest first, are numbers, too: they are for those who keep the record.
        """
        keeps = self.keeps(asked_by)
        with self._queue.reading() as connection:
            last = end(connection)
        return {
            "format": FORMAT, "council": self._config.council.name, "events": last.id if keeps else None,
            "hash": last.hash if keeps else None, "algorithm": "Ed25519", "key": self._checkpoints.key,
            "pem": self._checkpoints.pem,
            "checkpoints": [one.to_json() for one in self._checkpoints.stored()] if keeps else [],
        }  # fmt: skip

    def keeps(self, login: str) -> bool:
        """Whether somebody is one of those to whom all of the record is shown."""
        return keeps_record(login, self._register, self._config, self._now())

    def _where(self, sought: Sought) -> list[Any]:
        zone = self._config.council.timezone
        if sought.since and sought.until and sought.until < sought.since:
            raise InputError(
                f"{sought.until} is before {sought.since}", field="until", way_out="Swap the days."
            )
        equal = {
            "item_id": sought.item,
            "subject": sought.subject,
            "actor": sought.actor,
            "action": sought.action,
        }
        where: list[Any] = [_events.c[name] == value for name, value in equal.items() if value is not None]
        if sought.since:
            where.append(_events.c.at >= start_of_day(sought.since, zone))
        if sought.until:
            where.append(_events.c.at < start_of_day(sought.until + timedelta(days=1), zone))
        return where


def keeps_record(login: str, register: Register, config: Config, now: datetime) -> bool:
    """Whether somebody is one of those to whom all of the record is shown: its numbers, its proofs, that there are concerns."""
    return register.serves(login, KEEPERS, today=local(now, config.council.timezone).date())


def _hashes_before(connection: Connection, found: Sequence[Link]) -> dict[int, str]:
    numbers = [link.id - 1 for link in found]
    rows = connection.execute(select(_events.c.id, _events.c.hash).where(_events.c.id.in_(numbers)))
    return {row.id: str(row.hash) for row in rows}


def _shown(*, reads_all: bool) -> list[ColumnElement[bool]]:
    """Which events somebody is shown at all."""
    return [] if reads_all else [not_(tells_of_one())]


def _is_for(link: Link, login: str) -> bool:
    """What is said of an item any officer may read; what is said of people, they themselves and whoever did it."""
    return link.item_id is not None or login in {link.actor, link.subject}


def _told(link: Link, *, withheld: bool) -> dict[str, Any]:
    """As the log shows it."""
    return {
        "event": link.id, **{name: getattr(link, name) for name in CHAINED if name != "digest"},
        "detail": {} if withheld else link.words() or {}, "erased": bool(link.digest) and link.detail is None,
        "withheld": withheld and link.detail is not None,
    }  # fmt: skip


def _proved(link: Link, before: str) -> dict[str, Any]:
    """With the hash before it, so that whoever has the line can make its hash again, and that of its words."""
    chained = {name: getattr(link, name) for name in CHAINED}
    proof = {"previous": before, "hash": link.hash, "salt": link.salt, "detail": link.words()}
    return {"event": link.id, **chained, **proof, "erased": bool(link.digest) and link.detail is None}


def _unproved(line: Mapping[str, Any]) -> dict[str, Any]:
    """Without what counts events: its number, and the hashes that are made of it."""
    return _unnumbered(line) | {"previous": None, "hash": None}


def _unnumbered(line: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: numberless(line[name]) for name in ("subject", "before", "after")}
    return dict(line) | words | {"event": None}


def is_proved(line: Mapping[str, Any]) -> bool:
    """True where an exported event's hash is that of its own values, and its words, where it has them, are its digest's."""
    try:
        values = [line["previous"], line["event"], *(line[name] for name in CHAINED)]
        has_words = line["salt"] is not None
        words = digest_of([line["salt"], line["detail"]]) if has_words else line["digest"]
        return bool(digest_of(values) == line["hash"] and words == line["digest"])
    except (KeyError, TypeError):
        return False
