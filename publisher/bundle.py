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

from publisher import erased, templates, views
from publisher.chain import Link, links
from publisher.checkpoints import Checkpoints
from publisher.config import Config
from publisher.errors import OutsideFailed
from publisher.logbook import keeps_record
from publisher.media import MediaStore
from publisher.model import OUT
from publisher.overrides import Overrides
from publisher.page_words import words
from publisher.prices import MICRO
from publisher.queue import CREATED, MOVED, REQUEST, Queue
from publisher.register import Register
from publisher.tables import DeliveryRow, EventRow, ItemRow, OverrideRow, PolicyRow, VerdictRow
from publisher.verifying import Verifier

_events, _verdicts, _policies = EventRow.__table__, VerdictRow.__table__, PolicyRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_overrides = OverrideRow.__table__  # type: ignore[attr-defined]  # as above

_SEAL_LENGTH = 64
"""Characters of a seal or a digest in hex: nobody reads those as a state."""


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
        return templates.render(
            "audit/bundle.html.j2",
            item=item, content=item.content, zone=self._config.council.timezone, council=self._config.council,
            made_at=self._now(), asked_by=self._named(asked_by),
            people=self._people(item, history), lettings=self._lettings(item_id),
            deliveries=[self._delivery(item, row, history) for row in rows],
            spread=views.spread(rows), total=_total(rows), pictures=self._pictures(rows),
            verdicts=verdicts, policies=self._policies({one["policy"] for one in verdicts}),
            evidence=dict(item.content.get("evidence") or {}), history=history, proof=proof, doubted=self._doubted(proof),
            is_proved=keeps_record(asked_by, self._register, self._config, self._now()),
        )  # fmt: skip

    def _named(self, login: str) -> str:
        """`Sam Reed (sam)`; the login alone where the register does not know it."""
        officer = self._register.officer(login)
        return f"{officer.name} ({login})" if officer and officer.name else login

    def _history(self, item_id: str) -> list[dict[str, Any]]:
        with self._queue.reading() as connection:
            found = list(links(connection, _events.c.item_id == item_id))
        return [self._event(link) for link in found]

    def _event(self, link: Link) -> dict[str, Any]:
        detail = link.words() or {}
        return {
            "id": link.id, "at": datetime.fromisoformat(link.at), "actor": link.actor, "who": self._named(link.actor),
            "via": link.via, "action": link.action, "channel": link.channel, "what": _what(link), "detail": _plain(detail),
            "words": detail, "subject": link.subject, "before": link.before, "after": link.after, "hash": link.hash,
            "erased": bool(link.digest) and link.detail is None,
        }  # fmt: skip

    def _people(self, item: ItemRow, history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Who did what to it, by role: its author, those who let it go, those who decided otherwise."""
        people = [{"did": "Wrote it", "who": self._named(item.author), "at": item.created_at}]
        people += [{"did": "Let it go", "who": self._named(login), "at": None} for login in item.approvers]
        known = {item.author, *item.approvers}
        others = dict.fromkeys(one["actor"] for one in history if one["via"] != one["actor"])
        people += [
            {"did": "Acted on it", "who": self._named(login), "at": None}
            for login in others
            if login not in known
        ]
        return people

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
        self, item: ItemRow, row: DeliveryRow, history: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        mine = [one for one in history if one["channel"] == row.channel]
        post = dict(row.post)
        gone = item.erased_at is not None or post.get("text") == erased.ERASED_WORDS
        settings = self._config.channels.get(row.channel)
        return {
            "channel": row.channel, "label": (settings.label if settings else "") or row.channel.title(), "state": row.state,
            "out": row.state in OUT, "url": row.url, "remote_id": row.remote_id, "sent_at": row.sent_at, "reason": row.reason,
            "offset": views.milliseconds(item.page_live_at, row.sent_at), "tries": row.tries, "digest": row.digest,
            "cost": None if row.cost is None else row.cost / MICRO, "erased": gone, "text": post.get("text", ""),
            "words": words(str(post.get("text", ""))) if post.get("page") and not gone else [],
            "page": (post.get("page") or {}).get("path") if post.get("page") else None,
            "link": post.get("link", ""), "media": list(post.get("media", ())),
            "requests": [one for one in mine if one["action"] == REQUEST],
            "outcomes": [one for one in mine if one["action"] == MOVED and one["before"] == "sending"],
        }  # fmt: skip

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
    if link.action == MOVED:
        return f"{where}{link.before} → {link.after}"
    if link.action == REQUEST:
        return f"{where}{link.before}"
    move = " → ".join(part for part in (link.before, link.after) if part and len(part) < _SEAL_LENGTH)
    return f"{where}{link.action}{f' ({move})' if move else ''}"


def _plain(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (str(name), value if isinstance(value, str) else _joined(value)) for name, value in detail.items()
    ]


def _joined(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _total(rows: Iterable[DeliveryRow]) -> float | None:
    costs = [row.cost for row in rows if row.cost is not None]
    return sum(costs) / MICRO if costs else None
