"""What of each class of record is due to be erased, and how one thing of it is erased. What is held is not known here.

By the word of a row that a hand was in, nothing is erased: its moment, or the item that a hold names, may have been put
there for that. What is not as its last event left it stays, `publisher audit verify` names it, and a person decides.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    String,
    and_,
    cast,
    delete,
    func,
    or_,
    select,
    true,
    type_coerce,
    update,
)

from publisher import concern_drawer, erased, overrides, tokens, verdicts
from publisher.as_stored import deliveries_where, items_where
from publisher.chain import links
from publisher.clearance import Seal
from publisher.clearing import CLEARED, Clearing, changed
from publisher.erasing import (
    LEFT_BEHIND,
    NEVER_OUT,
    ON_ITS_WAY,
    Erasing,
    is_settled,
    named_pictures,
    wipe_verdict,
)
from publisher.media import MediaStore
from publisher.model import Post
from publisher.moves import CREATED, MOVED, Transaction, set_item
from publisher.record import BEGUN, append
from publisher.refusals import DENIED
from publisher.sealed import Row, Sealed
from publisher.states import States
from publisher.stored_row import UNREADABLE, as_they_lie, read
from publisher.tables import (
    ConcernRow,
    DeliveryRow,
    EventDetailRow,
    EventRow,
    HookReceiptRow,
    ItemRow,
    OverrideRow,
    TokenRow,
    VerdictRow,
)

_items, _deliveries = ItemRow.__table__, DeliveryRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_events, _details = EventRow.__table__, EventDetailRow.__table__  # type: ignore[attr-defined]  # as above
_verdicts, _overrides = VerdictRow.__table__, OverrideRow.__table__  # type: ignore[attr-defined]  # as above
_receipts, _tokens = HookReceiptRow.__table__, TokenRow.__table__  # type: ignore[attr-defined]  # as above
_concerns = ConcernRow.__table__  # type: ignore[attr-defined]  # as above


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that may be due: its name in the record, the item that it is of, and since when its time runs.

    `in_confidence`: nobody is told of which item it is.
    """

    name: str
    item_id: str | None
    since: datetime
    in_confidence: bool = False

    @property
    def key(self) -> str:
        """What its table or store knows it by: the name without what it is."""
        return self.name.partition(" ")[2] or self.name


Among: TypeAlias = Collection[Thing] | None
"""The things that are asked about again; None: all that there are."""


class Kind(Protocol):
    """One class of record that can be due."""

    def due(self, connection: Connection, before: datetime, among: Among = None) -> list[Thing]:
        """What is older than `before`; with `among`, what of those still is."""

    def erase(self, connection: Transaction, thing: Thing, actor: str, now: datetime) -> Collection[str]:
        """Takes the words of one thing out, and writes the event.

        The digests of the pictures that went with it: their files go once that is committed, and not before.
        """


@dataclass(frozen=True, slots=True)
class Items:
    """Items whose time has come: those that went out, or those that never did."""

    erasing: Erasing
    clearing: Clearing
    went_out: bool

    def due(self, connection: Connection, before: datetime, among: Among = None) -> list[Thing]:
        """Their time runs from what was last done with them, or from their moment if that is later."""
        last = (
            select(_events.c.item_id, func.max(_events.c.at).label("at"))
            .where(_events.c.action.in_((CREATED, MOVED)), _only(_events.c.item_id, among))
            .group_by(_events.c.item_id)
            .subquery()
        )
        done = func.coalesce(last.c.at, _items.c.created_at)
        mine = _only(_items.c.id, among)
        old = (_items.c.erased_at.is_(None), _items.c.publish_at < before, done < before, mine)
        query = (
            select(*as_they_lie(_items), last.c.at.label("last"))
            .select_from(_items)
            .outerjoin(last, last.c.item_id == _items.c.id)
            .where(*old)
        )
        things = []
        for row in connection.execute(query.order_by(_items.c.publish_at, _items.c.id)).all():
            item = read(ItemRow, row._mapping)
            if item and self._is_mine(connection, item) and self._is_as_left(connection, item.id):
                things.append(Thing(item.id, item.id, max(item.publish_at, row.last or item.created_at)))
        return things

    def _is_mine(self, connection: Connection, item: ItemRow) -> bool:
        rows, unreadable = deliveries_where(connection, _deliveries.c.item_id == item.id)
        if unreadable:
            return False
        out = item.page_live_at is not None or any(row.state not in NEVER_OUT for row in rows)
        left = out and item.state in LEFT_BEHIND  # a person still has to say what becomes of it
        return out is self.went_out and is_settled(item, rows) and not left

    def _is_as_left(self, connection: Connection, item_id: str) -> bool:
        states = States(self.clearing)
        for link in links(connection, or_(_events.c.item_id == item_id, _events.c.action == BEGUN)):
            states.see(link)
        return not any(states.faults(connection, item_id))

    def erase(self, connection: Transaction, thing: Thing, actor: str, now: datetime) -> Collection[str]:
        """As a person would have it erased."""
        del now
        (item,), rows = _read_whole(connection, thing.name)
        return self.erasing.wipe(connection, item, rows, actor=actor, why="")


def _read_whole(connection: Connection, item_id: str) -> tuple[list[ItemRow], list[DeliveryRow]]:
    """An item and its deliveries; none at all where a hand wrote into any of them what cannot be read."""
    found, unreadable = items_where(connection, _items.c.id == item_id)
    rows, others = deliveries_where(connection, _deliveries.c.item_id == item_id)
    return ([], []) if unreadable or others else (found, rows)


def _as_left(rows: Sealed[Row], connection: Connection, *where: ColumnElement[bool]) -> list[Row]:
    """The rows that are as their last event left them."""
    return [found.row for found in rows.read(connection, *where) if found.whole]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What verdicts were made from, of items that are no longer on their way."""

    rows: Sealed[VerdictRow]

    def due(self, connection: Connection, before: datetime, among: Among = None) -> list[Thing]:
        """By the moment of the verdict. Of those from before the record told of verdicts nothing says how they were left."""
        there = cast(_verdicts.c.input, String) != "{}"
        old = (there, _verdicts.c.at < before, _is_over(_verdicts.c.item_id), _only(_verdicts.c.id, among))
        found = self.rows.read(connection, *old)
        begun = connection.execute(select(_events.c.at).where(_events.c.action == BEGUN)).scalar()
        good = [one.row for one in found if one.whole or (one.told is None and begun and one.row.at <= begun)]
        return [Thing(f"verdict {row.id}", row.item_id, row.at) for row in good]

    def erase(self, connection: Transaction, thing: Thing, actor: str, now: datetime) -> Collection[str]:
        """The outcome, the findings' rules and the digest stay."""
        _wipe_input(connection, thing, actor, now)
        return ()


def _wipe_input(connection: Transaction, thing: Thing, actor: str, now: datetime) -> None:
    wipe_verdict(connection, _number(thing))
    tell(connection, thing, actor, now)


@dataclass(frozen=True, slots=True)
class Reasons:
    """Reasons that second officers gave, of items that are no longer on their way."""

    overrides: overrides.Overrides
    rows: Sealed[OverrideRow]
    clearing: Clearing

    def due(self, connection: Connection, before: datetime, among: Among = None) -> list[Thing]:
        """By the last day on which any of the item's counted: what is told of its approvals cannot be told apart."""
        there = _overrides.c.reason != erased.ERASED_WORDS
        last = (func.max(_overrides.c.expires_on), func.max(_overrides.c.given_at))
        old = and_(last[0] < before.date(), last[1] < before)
        ripe = select(_overrides.c.item_id).where(there).group_by(_overrides.c.item_id).having(old)
        mine = _overrides.c.item_id
        found = self.rows.read(connection, mine.in_(ripe), there, _is_over(mine))
        by_hand = {one.row.item_id for one in found if not one.whole}
        items = {one.row.item_id for one in found} - by_hand
        by_hand |= {item_id for item_id in items if not _read_whole(connection, item_id)[0]}
        wanted = None if among is None else {_number(thing) for thing in among}
        return [
            Thing(f"override {row.id}", row.item_id, row.given_at)
            for row in (one.row for one in found)
            if row.item_id not in by_hand and (wanted is None or row.id in wanted)
        ]

    def erase(self, connection: Transaction, thing: Thing, actor: str, now: datetime) -> Collection[str]:
        """Who let what go, and until when, stays. The item's verdicts quote the reason, and were made from it."""
        item_id = str(thing.item_id)
        self.overrides.erase(connection, item_id, _number(thing))
        lies = type_coerce(_verdicts.c.input, String)
        verdicts = connection.execute(select(_verdicts.c.id, lies).where(_verdicts.c.item_id == item_id))
        for number, given in verdicts.all():
            if _holds_reasons(given):
                _wipe_input(connection, Thing(f"verdict {number}", item_id, now), actor, now)
        self._unquote(connection, item_id)
        told = select(_events.c.id).where(
            _events.c.item_id == item_id, _events.c.action == overrides.APPROVED
        )
        connection.execute(delete(_details).where(_details.c.event_id.in_(told)))
        tell(connection, thing, actor, now)
        return ()

    def _unquote(self, connection: Transaction, item_id: str) -> None:
        """Takes it out of the verdict that stands beside the item, which is sealed again where it was whole."""
        (item,), rows = _read_whole(connection, item_id)
        verdict = erased.unquoted(item.verdict)
        if item.erased_at is not None or verdict == item.verdict:
            return
        whole, cleared = not self.clearing.broken(item, rows), item.state in CLEARED
        set_item(connection, item_id, verdict=verdict)
        if whole:
            posts = [Post.from_json(row.post) for row in rows]
            self.clearing.give(connection, changed(item, verdict=verdict), rows, posts, cleared=cleared)


def _holds_reasons(lies: Any) -> bool:
    """Whether a verdict was made from reasons, by its input as it lies there: what cannot be read may be."""
    try:
        return bool(json.loads(lies).get("context", {}).get("overrides"))
    except UNREADABLE:
        return True


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures that nothing in the queue names. Young ones may be of an item that is just being handed in."""

    store: MediaStore

    def due(self, connection: Connection, before: datetime, among: Among = None) -> list[Thing]:
        """By the moment at which it was kept."""
        kept = self.store.kept() if among is None else {thing.key: thing.since for thing in among}
        old = {digest: at for digest, at in kept.items() if at < before}
        named = named_pictures(connection) if old else set()
        return [
            Thing(f"picture {digest}", None, at) for digest, at in sorted(old.items()) if digest not in named
        ]

    def erase(self, connection: Transaction, thing: Thing, actor: str, now: datetime) -> Collection[str]:
        """One whose file could not be taken away is tried again, and told of once."""
        told = (
            _events.c.subject == thing.name,
            _events.c.action == erased.ERASED,
            _events.c.at >= thing.since,
        )
        if connection.execute(select(_events.c.id).where(*told).limit(1)).first() is None:
            tell(connection, thing, actor, now)
        return (thing.key,)


class Receipts:
    """What was answered to websites' messages."""

    def due(self, connection: Connection, before: datetime, among: Among = None) -> list[Thing]:
        """By the moment at which the message came. Of which item one is that cannot be read, nobody knows, and who holds it."""
        name: ColumnElement[str] = _receipts.c.source + "/" + _receipts.c.webhook_id
        where = (_receipts.c.received_at < before, _only(name, among))
        found = connection.execute(select(*as_they_lie(_receipts)).where(*where)).all()
        rows = (read(HookReceiptRow, lies._mapping) for lies in found)
        return [
            Thing(f"receipt {row.source}/{row.webhook_id}", row.answer.get("id"), row.received_at)
            for row in rows
            if row and _names_an_item(row.answer)
        ]

    def erase(self, connection: Transaction, thing: Thing, actor: str, now: datetime) -> Collection[str]:
        """The row goes; the item is still known by the website's own id for it."""
        source, _, webhook_id = thing.key.partition("/")
        where = (_receipts.c.source == source, _receipts.c.webhook_id == webhook_id)
        connection.execute(delete(_receipts).where(*where))
        tell(connection, thing, actor, now)
        return ()


def _names_an_item(answer: Any) -> bool:
    """Whether it says of which item it is, or that it is of none."""
    if not isinstance(answer, dict):
        return False
    item_id = answer.get("id")
    return item_id is None or (isinstance(item_id, str) and item_id.isascii())


class Denials:
    """Words of refusals."""

    def due(self, connection: Connection, before: datetime, among: Among = None) -> list[Thing]:
        """By the moment of the refusal."""
        query = select(_events.c.id, _events.c.item_id, _events.c.at).join(_details)
        query = query.where(_only(_events.c.id, among))
        rows = connection.execute(query.where(_events.c.action == DENIED, _events.c.at < before))
        return [Thing(f"event {number}", item_id, at) for number, item_id, at in rows]

    def erase(self, connection: Transaction, thing: Thing, actor: str, now: datetime) -> Collection[str]:
        """The event stays in the chain, with the digest of what it said."""
        connection.execute(delete(_details).where(_details.c.event_id == _number(thing)))
        tell(connection, thing, actor, now)
        return ()


@dataclass(frozen=True, slots=True)
class Concerns:
    """Words of concerns that are closed."""

    rows: Sealed[ConcernRow]

    def due(self, connection: Connection, before: datetime, among: Among = None) -> list[Thing]:
        """By the moment at which it was closed."""
        where = (
            _concerns.c.closed_at < before,
            _concerns.c.erased_at.is_(None),
            _only(_concerns.c.id, among),
        )
        return [
            Thing(f"concern {row.id}", row.item_id, row.closed_at, in_confidence=True)
            for row in _as_left(self.rows, connection, *where)
            if row.closed_at is not None
        ]

    def erase(self, connection: Transaction, thing: Thing, actor: str, now: datetime) -> Collection[str]:
        """Who raised it, where it went and when it was closed stays."""
        concern_id = thing.key
        words = dict.fromkeys(("words", "outcome"), erased.ERASED_WORDS)
        gone = words | {"person": "", "barred": [], "steps": [], "erased_at": now}
        connection.execute(update(_concerns).where(_concerns.c.id == concern_id), gone)
        told = select(_events.c.id).where(_events.c.subject == concern_id)
        connection.execute(delete(_details).where(_details.c.event_id.in_(told)))
        tell(connection, thing, actor, now)
        return ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens that open nothing any more."""

    rows: Sealed[TokenRow]

    def due(self, connection: Connection, before: datetime, among: Among = None) -> list[Thing]:
        """By the moment at which it was revoked, or ran out."""
        ended = func.coalesce(_tokens.c.revoked_at, _tokens.c.expires_at)
        rows = _as_left(self.rows, connection, ended < before, _only(_tokens.c.id, among))
        return [Thing(f"token {row.id}", None, row.revoked_at or row.expires_at) for row in rows]

    def erase(self, connection: Transaction, thing: Thing, actor: str, now: datetime) -> Collection[str]:
        """The row goes."""
        connection.execute(delete(_tokens).where(_tokens.c.id == thing.key))
        tell(connection, thing, actor, now)
        return ()


def tell(connection: Transaction, thing: Thing, actor: str, now: datetime) -> None:
    """One event for one thing that was erased."""
    item_id = None if thing.in_confidence else thing.item_id
    append(connection, now, actor, erased.ERASED, item_id=item_id, subject=thing.name)


def kinds(
    erasing: Erasing, given: overrides.Overrides, clearing: Clearing, store: MediaStore, seal: Seal
) -> Mapping[str, Kind]:
    """What can be due, by the name of its class."""
    return {
        "published": Items(erasing, clearing, went_out=True),
        "unsent": Items(erasing, clearing, went_out=False),
        "verdicts": Inputs(Sealed(verdicts.VERDICT, seal)),
        "overrides": Reasons(given, Sealed(overrides.KIND, seal), clearing),
        "pictures": Pictures(store),
        "receipts": Receipts(),
        "denied": Denials(),
        "concerns": Concerns(Sealed(concern_drawer.KIND, seal)),
        "tokens": Tokens(Sealed(tokens.KIND, seal)),
    }


def _is_over(item_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Of an item that is over: what waits for somebody may still be judged."""
    open_states = [state.value for state in LEFT_BEHIND | ON_ITS_WAY]
    return item_id.in_(select(_items.c.id).where(_items.c.state.not_in(open_states)))


def _only(name: ColumnElement[Any], among: Among) -> ColumnElement[bool]:
    """Only the things that were found before, where there are such."""
    if among is None:
        return true()
    number = isinstance(name.type, Integer)
    return name.in_([_number(thing) if number else thing.key for thing in among])


def _number(thing: Thing) -> int:
    return int(thing.key)
