"""All about one item on one page that needs nothing else: for an auditor, a Member, a Freedom of Information request.

What was sent, to where and when; who wrote, let go and stopped it, and why; under which rules; what the platforms answered;
what it cost; every event, for who keeps the record with its hash. What was erased is shown as erased. A browser prints it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from publisher import doers, erased, event_words, templates, views
from publisher.chain import Link, links
from publisher.checkpoints import Checkpoints
from publisher.config import Config
from publisher.errors import OutsideFailed
from publisher.logbook import keeps_record
from publisher.media import MediaStore
from publisher.model import OUT, DeliveryState
from publisher.moves import CREATED, MOVED, REQUEST
from publisher.overrides import Overrides
from publisher.page_words import words
from publisher.prices import MICRO
from publisher.queue import Queue
from publisher.record import SCHEDULER, Event
from publisher.refusals import DENIED
from publisher.register import Register
from publisher.tables import DeliveryRow, EventRow, ItemRow, OverrideRow, PolicyRow, VerdictRow
from publisher.verifying import Verifier

_events, _verdicts, _policies = EventRow.__table__, VerdictRow.__table__, PolicyRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_overrides = OverrideRow.__table__  # type: ignore[attr-defined]  # as above

_SEAL_LENGTH = 64
"""Characters of a seal or a digest in hex: nobody reads those as a state."""


_OUTCOMES = {
    DeliveryState.SENT: "it went out", DeliveryState.REFUSED: "it was not taken", DeliveryState.WAITING: "it was to be tried again",
    DeliveryState.UNKNOWN: "nobody could tell whether it was out",
}  # fmt: skip
"""What came of a post that was sent."""
_SHOWN_ABOVE = frozenset({"url", "cost", "outcome"})
"""What the event of that says, and the page says already."""
_PROGRAM = "this program"

_OF_EVENTS = frozenset({"added", "changed", "words"})
"""The kinds of fault of which an event itself is not to be relied on."""


class Bundler:
    """Makes the page."""

    def __init__(
        self, config: Config, queue: Queue, register: Register, overrides: Overrides, store: MediaStore, verifier: Verifier,
        checkpoints: Checkpoints, now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._config, self._queue, self._register, self._overrides = config, queue, register, overrides
        self._store, self._verifier, self._checkpoints, self._now = store, verifier, checkpoints, now

    @staticmethod
    def _doubted(proof: Mapping[str, Any]) -> set[int]:
        """The numbers of events that are not as they were written, also those that a director accepted so."""
        report = proof["report"]
        found = [one for one in (*report.faults, *report.accepted) if one.kind in _OF_EVENTS]
        return {number for one in found for number in range(one.number, one.last + 1)}

    def page(self, item_id: str, *, asked_by: str) -> str:
        """The page; without the numbers and hashes of events for who does not keep the record (publisher/logbook.py).

        Raises InputError where there is no such item, OutsideFailed where the record cannot be read.
        """
        item, rows = self._queue.item(item_id), self._queue.deliveries(item_id)
        history = self._history(item_id)
        verdicts, proof = self._verdicts(item_id), self._proof()
        doubted = self._doubted(proof)
        events = [event for event in self._queue.events(item_id) if event.id not in doubted]
        return templates.render(
            "audit/bundle.html.j2",
            item=item, content=item.content, zone=self._config.council.timezone, council=self._config.council,
            made_at=self._now(), asked_by=self._named(asked_by),
            people=self._people(item, events), all_down=doers.all_down(events), came_from=self._came_from(item, history),
            corrections=self._queue.corrections_of(item_id), lettings=self._lettings(item_id),
            deliveries=[self._delivery(item, row, history, events) for row in rows],
            spread=views.spread(rows), total=_total(rows), pictures=self._pictures(rows),
            verdicts=verdicts, policies=self._policies({one["policy"] for one in verdicts}),
            evidence=dict(item.content.get("evidence") or {}), history=history, proof=proof, doubted=doubted,
            is_proved=keeps_record(asked_by, self._register, self._config, self._now()),
        )  # fmt: skip

    def _named(self, login: str) -> str:
        """`Sam Reed (sam)`; the login alone where the register does not know it."""
        if login == SCHEDULER:
            return _PROGRAM
        officer = self._register.officer(login)
        return f"{officer.name} ({login})" if officer and officer.name else login

    def _history(self, item_id: str) -> list[dict[str, Any]]:
        with self._queue.reading() as connection:
            found = list(links(connection, _events.c.item_id == item_id))
        return [self._event(link) for link in found]

    def _event(self, link: Link) -> dict[str, Any]:
        detail = link.words()
        detail = detail if isinstance(detail, dict) else {}
        told = event_words.told(link.action, detail, self._config.council.timezone)
        return {
            "id": link.id, "at": datetime.fromisoformat(link.at), "who": self._named(link.actor), "door": event_words.door(link.actor, link.via),
            "via": link.via, "action": link.action, "channel": link.channel, "what": _what(link), "detail": told,
            "words": detail, "subject": link.subject, "before": link.before, "after": link.after, "hash": link.hash,
            "erased": bool(link.digest) and link.detail is None,
        }  # fmt: skip

    def _people(self, item: ItemRow, events: Sequence[Event]) -> list[dict[str, Any]]:
        """Who did what to it, and when."""
        return [
            {"did": deed.did, "who": self._named(deed.login), "at": deed.at, "words": deed.words}
            for deed in doers.deeds(item, events)
        ]

    @staticmethod
    def _came_from(item: ItemRow, history: Sequence[Mapping[str, Any]]) -> str:
        """From where it came: an officer by which door, or a website under which number of its own."""
        named = f", as its {item.external_id}" if item.external_id else ""
        door = next((one["door"] for one in history if one["action"] == CREATED), "")
        by = f", {door}" if door and not door.startswith(event_words.FROM) else ""
        return f"{event_words.source(item.source)}{by}{named}"

    def _taken_down(self, channel: str, events: Sequence[Event]) -> dict[str, Any] | None:
        """When a post came down, and by whom."""
        event = doers.taken_down(events, channel)
        if event is None:
            return None
        asked = doers.withdrawer(events)
        by_program = f"{_PROGRAM}, as {self._named(asked)} asked" if asked else _PROGRAM
        by_hand = f"{self._named(event.actor)}, by hand"
        return {"at": event.at, "who": by_program if event.actor == SCHEDULER else by_hand}

    def _lettings(self, item_id: str) -> list[dict[str, Any]]:
        """What second officers let go, and why; one that is not as it was sealed is shown as such."""
        whole = {row.id for row in self._overrides.of_item(item_id)}
        query = select(_overrides).where(_overrides.c.item_id == item_id).order_by(_overrides.c.id)
        with self._queue.reading() as connection:
            rows = [OverrideRow(**row._mapping) for row in connection.execute(query)]
        return [
            {
                "who": self._named(row.officer), "role": row.role, "rule": row.rule, "finding": row.finding,
                "reason": row.reason, "at": row.given_at, "until": row.expires_on, "revoked_at": row.revoked_at,
                "forged": row.id not in whole,
            }
            for row in rows
        ]  # fmt: skip

    def _delivery(
        self, item: ItemRow, row: DeliveryRow, history: Sequence[Mapping[str, Any]], events: Sequence[Event]
    ) -> dict[str, Any]:
        mine = [one for one in history if one["channel"] == row.channel]
        post = dict(row.post)
        gone = item.erased_at is not None or post.get("text") == erased.ERASED_WORDS
        settings = self._config.channels.get(row.channel)
        return {
            "channel": row.channel, "label": (settings.label if settings else "") or row.channel.title(), "state": row.state,
            "out": row.state in OUT, "url": row.url, "remote_id": row.remote_id, "sent_at": row.sent_at, "reason": row.reason,
            "offset": views.milliseconds(item.page_live_at, row.sent_at), "digest": row.digest,
            "cost": None if row.cost is None else row.cost / MICRO, "erased": gone, "text": post.get("text", ""),
            "words": words(str(post.get("text", ""))) if post.get("page") and not gone else [],
            "page": (post.get("page") or {}).get("path") if post.get("page") else None,
            "link": post.get("link", ""), "media": list(post.get("media", ())),
            "requests": [one for one in mine if one["action"] == REQUEST],
            "tries": sum(one["action"] == MOVED and one["after"] == DeliveryState.SENDING for one in mine),
            "taken_down": self._taken_down(row.channel, events),
            "outcomes": [
                {"id": one["id"], "came": _OUTCOMES.get(one["after"], one["after"]), "more": self._more(one["words"])}
                for one in mine if one["action"] == MOVED and one["before"] == DeliveryState.SENDING
            ],
        }  # fmt: skip

    def _more(self, words: Mapping[str, Any]) -> list[tuple[str, str]]:
        left = {name: value for name, value in words.items() if name not in _SHOWN_ABOVE}
        return event_words.told(MOVED, left, self._config.council.timezone)

    def _pictures(self, rows: Iterable[DeliveryRow]) -> dict[str, str]:
        """The pictures as data; one that is not kept any more, or was altered, is left out."""
        found: dict[str, str] = {}
        for digest in {media["digest"] for row in rows for media in row.post.get("media", ())}:
            try:
                found[digest] = "data:image/jpeg;base64," + base64.b64encode(self._store.read(digest)).decode(
                    "ascii"
                )
            except OutsideFailed:
                continue
        return found

    def _verdicts(self, item_id: str) -> list[dict[str, Any]]:
        """Every verdict, in order."""
        columns = (
            _verdicts.c.at,
            _verdicts.c.stage,
            _verdicts.c.policy,
            _verdicts.c.digest,
            _verdicts.c.outcome,
        )
        query = (
            select(*columns, _verdicts.c.findings)
            .where(_verdicts.c.item_id == item_id)
            .order_by(_verdicts.c.id)
        )
        with self._queue.reading() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def _policies(self, versions: set[str]) -> list[dict[str, Any]]:
        columns = (_policies.c.version, _policies.c.engine, _policies.c.first_seen)
        query = select(*columns).where(_policies.c.version.in_(versions)).order_by(_policies.c.first_seen)
        with self._queue.reading() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def _proof(self) -> dict[str, Any]:
        """Whether the whole record held when the page was made, and the last checkpoint that was signed."""
        return {
            "report": self._verifier.verify(),
            "checkpoint": self._checkpoints.last(),
            "key": self._checkpoints.key,
        }


def _what(link: Link) -> str:
    """What happened, in a few words; seals are left out."""
    where = f"{link.channel}: " if link.channel else ""
    if link.action == CREATED:
        return "handed in"
    if link.action == DENIED:
        return "asked, and was refused"
    if link.action == MOVED:
        return f"{where}{link.before} → {link.after}"
    if link.action == REQUEST:
        return f"{where}{link.before}"
    move = " → ".join(part for part in (link.before, link.after) if part and len(part) < _SEAL_LENGTH)
    return f"{where}{link.action}{f' ({move})' if move else ''}"


def _total(rows: Iterable[DeliveryRow]) -> float | None:
    costs = [row.cost for row in rows if row.cost is not None]
    return sum(costs) / MICRO if costs else None
