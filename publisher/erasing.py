"""Erasing an item: its words go, what was decided stays (UK GDPR article 17; promise 7).

What a person has erased was withdrawn before: what is out stays what the record can account for, and can be taken down.

These hold words of an item, or of people in it, and lose them: the item's row (title, content with its evidence, flags and
picture descriptions, verdict, reason, and the digest by which the same words are found again); its deliveries (post, staged,
reason); its verdicts (input, findings); its overrides (reason, and the ids of findings, which are digests of few words); its
lifted legal holds (reason); the answers to the website's messages about it; what any event of it says (why it was approved,
refused, held, moved, withdrawn or denied; the evidence that was kept; requests; receipts); its pictures, where no other
item shows them.

These are kept: ids, states, digests, times, who decided; the addresses and numbers under which something went out, since a
seal over them proves what that was, and the slug and link of such an item; the website's own id for it, without which the
website's next message would bring it back; the cost; the reference of a legal hold. A concern about it (clause 4) has a time
of its own, and is not ended by who can have its item erased; so has another item that corrects it. The chain of events holds
only digests of words, so it stays valid. What is on the website and the platforms is not touched here: published text that
is due by the council's schedule goes from the queue alone, and its page stays until the council takes it down.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, cast, delete, func, select, type_coerce, update

from publisher import doubts, erased
from publisher.as_stored import deliveries_where, items_where
from publisher.clearing import READY, Clearing
from publisher.errors import IllegalMove, OutsideFailed
from publisher.freetext import line
from publisher.holds import MAX_REASON, Holds
from publisher.media import MediaStore
from publisher.model import OUT, DeliveryState, ItemState
from publisher.moves import Transaction, move_delivery, move_item, set_delivery, set_item
from publisher.overrides import Overrides
from publisher.queue import Queue
from publisher.record import Event, append, end
from publisher.refusals import recorded
from publisher.stored_row import UNREADABLE
from publisher.tables import DeliveryRow, EventDetailRow, EventRow, HookReceiptRow, ItemRow, VerdictRow
from publisher.verdicts import JUDGED

_items, _deliveries = ItemRow.__table__, DeliveryRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_events, _details = EventRow.__table__, EventDetailRow.__table__  # type: ignore[attr-defined]  # as above
_verdicts, _receipts = VerdictRow.__table__, HookReceiptRow.__table__  # type: ignore[attr-defined]  # as above

_OPEN = frozenset({DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.WITHDRAWING})
"""The states of a delivery of which nobody knows yet what becomes."""
NEVER_OUT = frozenset(DeliveryState) - OUT - _OPEN
"""Those of which nothing is out."""
ON_ITS_WAY = frozenset({ItemState.QUEUED, ItemState.RELEASING, ItemState.WITHDRAWING})
LEFT_BEHIND = frozenset(
    {ItemState.DRAFT, ItemState.CHECKED, ItemState.HELD, ItemState.BLOCKED, ItemState.LATE}
)
"""States in which an item waits for somebody: a timer ends them, a person withdraws them first."""
NOT_ERASED = "nothing is erased"
"""What a record that is not whole does: a legal hold may have been taken out of it."""
REWRITTEN = "file written anew"
"""The action of the event that erased words left the file; `after` is the number of the last event before that."""
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
CHECKPOINT_TRIES, CHECKPOINT_WAIT_MS, CHECKPOINT_PAUSE = 20, 100, 0.1
"""How often the write-ahead log is emptied, how long each waits, and the seconds between: readers are gone in a moment."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased, and how many pictures went with it."""

    item: ItemRow
    pictures: int


class Erasing:
    """Erases items."""

    def __init__(
        self, queue: Queue, store: MediaStore, holds: Holds, overrides: Overrides, clearing: Clearing,
        now: Callable[[], datetime], demand_whole: Callable[[], None], *, tries: int = CHECKPOINT_TRIES,
    ) -> None:  # fmt: skip
        """`demand_whole` raises Refused where the record is not whole: a legal hold may have been taken out of it.

        `tries` is how often the write-ahead log is emptied before it is told that others read there.
        """
        self.demand_whole = demand_whole
        self._queue, self._store, self._holds = queue, store, holds
        self._overrides, self._clearing, self._now, self._tries = overrides, clearing, now, tries

    def erase(self, item_id: str, *, officer: str, reason: str) -> Erasure:
        """A director or monitoring officer has an item erased, for good.

        Raises NotDesignated, InputError (no such item, no reason), Refused (under a legal hold, or the record is not whole),
        IllegalMove (on its way, out, erased before).
        """
        with recorded(self._queue, self._now(), officer, "erase", item_id):
            self._holds.demand_keeper(officer)  # so that nobody else has all of the record looked at
            self.demand_whole()  # takes its time: no writer waits for it
            named = self._erase(item_id, officer, line(reason, "reason", MAX_REASON))
        try:
            pictures = self.drop(named)
        finally:
            self.write_anew(officer)
        return Erasure(self._queue.item(item_id), pictures)

    def _erase(self, item_id: str, officer: str, why: str) -> set[str]:
        """In one transaction, with whether the officer still may; the digests of the item's pictures."""
        with self._queue.writing() as connection:
            self._holds.demand_keeper(officer)
            item, rows = self._queue.item(item_id), self._queue.deliveries(item_id)
            self._holds.demand_free(connection, item_id)
            if problem := unerasable(item, rows, self._queue.events(item_id)):
                raise IllegalMove(f"item {item_id} {problem[0]}", way_out=problem[1])
            return self.wipe(connection, item, rows, actor=officer, why=why)

    def wipe(
        self, connection: Transaction, item: ItemRow, rows: Sequence[DeliveryRow], *, actor: str, why: str
    ) -> set[str]:
        """Takes the words of an item out, in the caller's transaction. Nothing is asked here.

        Its pictures, by their digests, are for the caller to `drop` after that: no rollback brings a file back.
        """
        now = self._now()
        if item.state in LEFT_BEHIND:
            self._end(connection, item, rows, actor, now)
        named = _digests(_stored(row) for row in rows)
        self._wipe_item(connection, item, rows, now)
        self._overrides.erase(connection, item.id)
        self._holds.erase(connection, item.id, actor=actor)
        _wipe_beside(connection, item.id)
        append(
            connection, now, actor, erased.ERASED, item_id=item.id, move=("", self._seal_of_rest(connection, item.id)),
            detail={"reason": why} if why else None,
        )  # fmt: skip
        return named

    def _seal_of_rest(self, connection: Transaction, item_id: str) -> str:
        """The seal of what is left of an item; empty where a hand wrote what cannot be read, which is told by itself."""
        items, _ = items_where(connection, _items.c.id == item_id)
        rows, unreadable = deliveries_where(connection, _deliveries.c.item_id == item_id)
        return "" if unreadable or not items else self._clearing.of_erased(items[0], rows)

    def _end(
        self, connection: Transaction, item: ItemRow, rows: Sequence[DeliveryRow], actor: str, now: datetime
    ) -> None:
        """What was left behind is withdrawn: without its words nobody could decide on it any more."""
        here = ItemState(item.state)
        move_item(connection, item.id, here, ItemState.WITHDRAWN, actor=actor, now=now, due_at=None)
        for row in rows:
            if row.state in READY:
                move_delivery(connection, row, DeliveryState.NOT_SENT, actor=actor, now=now, due_at=None)

    def _wipe_item(
        self, connection: Transaction, item: ItemRow, rows: Sequence[DeliveryRow], now: datetime
    ) -> None:
        """An address in which words stand is kept where something went there, and only there."""
        out = any(row.state not in NEVER_OUT for row in rows) or item.page_live_at is not None
        link = item.link if out else ""
        changes: dict[str, Any] = {
            "title": erased.ERASED_WORDS, "content": {}, "verdict": _left(erased.verdict, item.verdict), "words": None,
            "reason": "", "erased_at": now, "due_at": None,
            "link": link, "slug": item.slug if out else f"erased/{item.id}",
        }  # fmt: skip
        set_item(connection, item.id, **changes)
        _, unreadable = deliveries_where(connection, _deliveries.c.item_id == item.id)
        posts = {row.id: row.post for row in rows} | {number: {} for number in unreadable}
        for number, post in posts.items():
            kept = {"post": _left(erased.post, post, link), "staged": {}, "staged_until": None}
            set_delivery(connection, number, **kept, reason="", due_at=None)

    def drop(self, digests: Iterable[str]) -> int:
        """Takes away those pictures that nothing in the queue names any more; how many went. Raises OutsideFailed.

        Nobody else can write meanwhile, so that no item comes to name one. One that cannot be taken away keeps no other.
        """
        wanted, gone, failed = set(digests), 0, None
        if not wanted:
            return 0
        with self._queue.writing() as connection:
            for digest in sorted(wanted - named_pictures(connection)):
                try:
                    gone += self._store.drop(digest)
                except OutsideFailed as error:
                    failed = error
        if failed is not None:
            raise failed
        return gone

    def write_anew(self, actor: str) -> None:
        """Where something was erased since the last time, writes the file anew and tells of it. Raises OutsideFailed."""
        with self._queue.reading() as connection:
            if not self.is_unscrubbed(connection):
                return
            seen = end(connection).id
        scrub(self._queue, self._tries)
        with self._queue.writing() as connection:
            append(connection, self._now(), actor, REWRITTEN, move=("", str(seen)))

    @staticmethod
    def is_unscrubbed(connection: Connection) -> bool:
        """True where words that were erased may still lie in the file, or in the log beside it."""
        gone = connection.execute(select(func.max(_events.c.id)).where(_events.c.action == erased.ERASED))
        told = select(_events.c.after).where(_events.c.action == REWRITTEN).order_by(_events.c.id.desc())
        return (gone.scalar() or 0) > int(connection.execute(told.limit(1)).scalar() or 0)


def unerasable(item: ItemRow, rows: Sequence[DeliveryRow], events: Iterable[Event]) -> tuple[str, str] | None:
    """Why an item cannot be erased now by a person, and the way out; None where it can."""
    look, withdraw = f"See `publisher show {item.id}`.", f"`publisher withdraw {item.id} --reason TEXT`"
    if item.erased_at is not None:
        return "was erased already", look
    if item.state in LEFT_BEHIND | {ItemState.QUEUED}:
        return f"is {item.state}", f"First {withdraw}."
    if item.state == ItemState.WITHDRAWING:
        return "is not withdrawn everywhere yet", f"First see to what is left. {look}"
    if unsettled := _unsettled(item, rows):
        return f"is on its way to {', '.join(unsettled)}", f"First settle that, then {withdraw}. {look}"
    sent = [row.channel for row in rows if row.state == DeliveryState.SENT]
    if out := sent or sorted(doubts.lost(rows, events)):
        return f"is out on {', '.join(out)}", f"First {withdraw}."
    return None


def _unsettled(item: ItemRow, rows: Sequence[DeliveryRow]) -> list[str]:
    """The channels of which nobody knows yet what becomes."""
    if item.state in ON_ITS_WAY:
        return [row.channel for row in rows] or ["its channels"]
    return [row.channel for row in rows if row.state in _OPEN]


def is_settled(item: ItemRow, rows: Sequence[DeliveryRow]) -> bool:
    """True where a timer may end it: nothing of it is on its way, and no post of it is in doubt."""
    return not _unsettled(item, rows)


def named_pictures(connection: Connection) -> set[str]:
    """The digests of all pictures that anything in the queue may still need."""
    columns = (_deliveries.c.post, _deliveries.c.staged)
    texts = (cast(column, String) for column in columns)
    return {digest for text in texts for digest in _digests(connection.execute(select(text)).scalars())}


def _digests(texts: Iterable[str]) -> set[str]:
    return {digest for text in texts for digest in _DIGEST.findall(text)}


def _stored(row: DeliveryRow) -> str:
    return json.dumps([row.post, row.staged])


def _left(keep: Callable[..., dict[str, Any]], value: Any, *more: Any) -> dict[str, Any]:
    """What stays of words once they are erased; nothing where a hand gave them another shape."""
    try:
        return keep(value, *more)
    except UNREADABLE:
        return keep({}, *more)


def _wipe_beside(connection: Transaction, item_id: str) -> None:
    """What other tables say of the item in words."""
    of_item = select(_events.c.id).where(_events.c.item_id == item_id)
    connection.execute(delete(_details).where(_details.c.event_id.in_(of_item)))
    mine = _verdicts.c.id.in_(_verdicts_of(connection, item_id))
    for number in connection.execute(select(_verdicts.c.id).where(mine)).scalars().all():
        wipe_verdict(connection, number)
    _wipe_answers(connection, item_id)


def wipe_verdict(connection: Transaction, number: int) -> None:
    """Which rules found something, and how grave, stays of a verdict; nothing where a hand wrote what cannot be read."""
    where = _verdicts.c.id == number
    lies = connection.execute(select(type_coerce(_verdicts.c.findings, String)).where(where)).scalar_one()
    try:
        kept = erased.findings(json.loads(lies))
    except UNREADABLE:
        kept = []
    connection.execute(update(_verdicts).where(where), {"input": {}, "findings": kept})


def _wipe_answers(connection: Transaction, item_id: str) -> None:
    """Sought as text: a hand may have written what is no JSON, and SQLite then reads none of them as JSON."""
    lies = type_coerce(_receipts.c.answer, String).label("answer")
    columns = (_receipts.c.source, _receipts.c.webhook_id, lies)
    naming = select(*columns).where(lies.contains(item_id, autoescape=True))
    for source, webhook_id, answer in connection.execute(naming).all():
        kept = _kept_answer(answer)
        if kept.get("id") in (None, item_id):  # no other's
            where = (_receipts.c.source == source, _receipts.c.webhook_id == webhook_id)
            connection.execute(update(_receipts).where(*where), {"answer": kept})


def _kept_answer(lies: Any) -> dict[str, Any]:
    """Of which item it is, and in which state that was; nothing of what cannot be read."""
    try:
        answer = json.loads(lies)
        return {name: answer.get(name) for name in ("id", "state")}
    except UNREADABLE:
        return {}


def _verdicts_of(connection: Transaction, item_id: str) -> set[int]:
    """By the events that tell of them: a hand may have put another item beside one, so that a hold of its own does not count."""
    told = select(_events.c.subject).where(_events.c.action == JUDGED)
    mine = connection.execute(told.where(_events.c.item_id == item_id)).scalars()
    here = connection.execute(select(_verdicts.c.id).where(_verdicts.c.item_id == item_id)).scalars().all()
    names = [f"verdict {number}" for number in here]
    others = set(
        connection.execute(told.where(_events.c.subject.in_(names), _events.c.item_id != item_id)).scalars()
    )
    known = {int(str(subject).partition(" ")[2]) for subject in mine}
    return known | {number for number in here if f"verdict {number}" not in others}


def scrub(queue: Queue, tries: int = CHECKPOINT_TRIES) -> None:
    """Writes the database's file anew, and empties the log beside it: erased words must not lie in either.

    SQLite leaves old bytes where pages are split and in its write-ahead log (sqlite.org: "VACUUM", "PRAGMA
    wal_checkpoint"; PRAGMA secure_delete overwrites only what is freed). Raises OutsideFailed where others read there.
    """
    with queue.reading() as connection:
        connection.exec_driver_sql("VACUUM")
        patience = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
        try:  # who waits for readers here holds up every writer meanwhile: so in short steps
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {CHECKPOINT_WAIT_MS}")
            emptied = any(_is_emptied(connection) for _ in range(tries))
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience}")
    if not emptied:
        raise OutsideFailed(
            "it is erased, but its words still lie in the queue's write-ahead log: another program reads there",
            way_out="End what holds the queue open, then run `publisher audit retention --apply`.",
        )


def _is_emptied(connection: Connection) -> bool:
    busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
    if busy:
        time.sleep(CHECKPOINT_PAUSE)
    return not busy
