"""Items and deliveries, held against the events that tell of them, and against their seals. Rows as they lie."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from publisher import erased
from publisher.as_stored import facts, orphans, read_row, stored
from publisher.chain import Fault, Link, moment_text
from publisher.clearing import CLEARED, Clearing
from publisher.model import DELIVERY_MOVES, ITEM_MOVES, OUT, DeliveryState, digest_of
from publisher.moves import CREATED, MOVED, SETTLED
from publisher.record import BEGUN
from publisher.stored_row import UNREADABLE
from publisher.tables import DeliveryRow, ItemRow
from publisher.times import CLOCK_SLACK

_items = ItemRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

_GONE = frozenset(state.value for state in OUT | {DeliveryState.SENDING})
"""States of a delivery whose post left, or may have."""
_OUT = frozenset(state.value for state in OUT)
_NEVER_OUT = frozenset(
    {"", DeliveryState.WAITING, DeliveryState.STAGED, DeliveryState.REFUSED, DeliveryState.NOT_SENT}
)
"""States of a delivery whose post never was anywhere; at first no event tells of any."""
_KNOWN = frozenset({DeliveryState.SENT, DeliveryState.WITHDRAWING, DeliveryState.WITHDRAWN})
"""States of a delivery whose post is known to have left: under which number, and for what."""


@dataclass(slots=True)
class _Told:
    """What the events tell of one item (channel None), or of its delivery to one channel."""

    number: int = 0
    state: str = ""
    actor: str = ""
    created: int = 0
    digest: str | None = None
    proof: str | None = None
    booked: dict[str, Any] | None = None
    began: str = ""
    ended: str = ""


_NOTHING = _Told()


class States:
    """What the events say became of items and their deliveries."""

    def __init__(self, clearing: Clearing) -> None:
        self._clearing = clearing
        self._told: dict[tuple[str, str | None], _Told] = {}
        self._erased: dict[str, Link] = {}
        self._moves: list[Fault] = []
        self._begun = 0

    def see(self, link: Link) -> None:
        """The next event."""
        if link.action == BEGUN:
            self._begun = link.id
        if link.item_id is None:
            return
        if link.action in {CREATED, MOVED}:
            about = (link.item_id, link.channel)
            told = self._told.setdefault(about, _Told())
            if link.action == MOVED:
                self._moves += self._move(about, link)
            told.number, told.state = link.id, link.after
            if link.action == CREATED:
                told.actor, told.created = link.actor, link.id
            if link.channel is not None:
                _see_delivery(told, link)
        elif (
            link.action == SETTLED
            and link.subject
            and (found := self._told.get((link.item_id, link.channel)))
        ):
            found.proof = link.subject
        elif link.action == erased.ERASED and link.subject is None:
            self._erased[link.item_id] = link

    def _move(self, about: tuple[str, str | None], link: Link) -> Iterator[Fault]:
        """A move from where the last one did not lead, or that no life knows: a hand had put another state into the row.

        It stays in the record for good, whatever is put right in the row afterwards.
        """
        first = "" if about[1] is None else DeliveryState.WAITING.value
        told = self._told[about].state or first
        if told and link.before != told:
            words = f"{_name(about)} went from {link.before} to {link.after} with event {link.id}, but it was {told}"
            yield self._state_fault(about, link.before, told)._replace(
                number=link.id, last=link.id, words=f"Item {about[0]}: {words}: a hand had changed that."
            )
        lives: Mapping[Any, Container[Any]] = ITEM_MOVES if about[1] is None else DELIVERY_MOVES
        if link.after not in lives.get(link.before, ()):
            words = f"{_name(about)} cannot go from {link.before} to {link.after}, as event {link.id} tells"
            mark = f"state {link.id} {about[0]}/{about[1]} {link.before} {link.after}"
            yield Fault("state", link.id, link.id, f"Item {about[0]}: {words}.", mark)

    def faults(self, connection: Connection, item_id: str | None = None) -> Iterator[Fault]:
        """Where a row is another than its events or its seal say, by item; or of one item, if only its events were seen."""
        yield from (move for move in self._moves if move.number > self._begun)
        there: set[tuple[str, str | None]] = set()
        of_it = () if item_id is None else (_items.c.id == item_id,)
        for item, rows in stored(connection, *of_it):
            there |= {(item["id"], None), *((item["id"], row["channel"]) for row in rows)}
            yield from self._item(item, rows)
        yield from self._missing(there)
        for about in orphans(connection) if item_id is None else ():
            yield self._fault("state", about, f"{_name(about)} is there, but no item")

    def _missing(self, there: set[tuple[str, str | None]]) -> Iterator[Fault]:
        for item_id, channel in sorted(self._told.keys() - there, key=str):
            if channel is None:
                yield self._fault("state", (item_id, None), "the item was taken out of the database")
            elif (item_id, None) in there:
                words = f"the delivery to {channel} was taken out of the database"
                yield self._fault("state", (item_id, channel), words)

    # --- items -------------------------------------------------------------------------------------------------------

    def _item(self, item: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Iterator[Fault]:
        about = (item["id"], None)
        told = self._told.get(about, _NOTHING)
        yield from self._state(about, item["state"], "")
        if told.created and item["author"] != told.actor:
            words = f"its author is {item['author']} in the database, but {told.actor} handed it in"
            yield self._fault("item", about, words)
        yield from self._erasure(about, item["erased_at"])
        good = []
        for row in rows:
            found = list(self._delivery((item["id"], row["channel"]), row))
            yield from found
            good += [row] if not any(fault.kind == "post" for fault in found) else []
        if erasure := self._erased.get(about[0]):
            yield from self._left(erasure, item, rows)
        elif told.created > self._begun or told.state in CLEARED:
            yield from self._seals(about, item, rows, good)

    def _left(self, erasure: Link, item: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Iterator[Fault]:
        """What is left of an item without its words; erasures by older programs sealed none."""
        whole, posts = read_row(ItemRow, item), [read_row(DeliveryRow, row) for row in rows]
        readable = [post for post in posts if post is not None]
        fits = whole is not None and len(readable) == len(rows)
        if erasure.after and not (fits and self._is_left(erasure.after, whole, readable)):
            words = "what was left of it when its words were erased was changed by hand"
            yield self._fault("item", (item["id"], None), words, [facts(item), [facts(row) for row in rows]])

    def _is_left(self, seal: str, item: ItemRow | None, rows: Sequence[DeliveryRow]) -> bool:
        try:
            return item is not None and self._clearing.is_of_erased(seal, item, rows)
        except UNREADABLE:
            return False

    def _erasure(self, about: tuple[str, None], stored: Any) -> Iterator[Fault]:
        when = "" if stored is None else moment_text(stored)
        erasure = self._erased.get(about[0])
        if when != (erasure.at if erasure else ""):
            tells = "at another moment" if when and about[0] in self._erased else "but no event tells of it"
            words = f"it is marked as erased, {tells}" if when else "it was erased, and is not marked as that"
            yield self._fault("item", about, words, when)

    def _seals(
        self, about: tuple[str, None], item: dict[str, Any], rows: Sequence[dict[str, Any]], good: Sequence[dict[str, Any]]
    ) -> Iterator[Fault]:  # fmt: skip
        """The posts, and with each the whole item, as they were sealed for the state that the events tell of."""
        channels, whole = [row["channel"] for row in rows], read_row(ItemRow, item)
        if whole is not None:
            whole.state = self._told.get(about, _NOTHING).state
        broken = [row for row in good if whole is None or not self._is_whole(whole, row, channels)]
        if broken and len(broken) == len(good):
            words = "its words, its verdict, its officers, its moment or its channels were changed by hand"
            yield self._fault("item", about, words, [facts(item), [facts(row) for row in rows]])
            return
        for row in broken:
            there = (about[0], row["channel"])
            words = f"what is kept of {_name(there)} is not as it was checked: it was changed by hand"
            yield self._fault("post", there, words, [facts(item), facts(row)])

    def _is_whole(self, item: ItemRow, row: dict[str, Any], channels: Sequence[str]) -> bool:
        post = read_row(DeliveryRow, row)
        if post is None:
            return False
        post.state = self._told.get((item.id, post.channel), _NOTHING).state or DeliveryState.WAITING.value
        try:
            return self._clearing.is_whole(item, post, channels)
        except UNREADABLE:
            return False

    # --- deliveries --------------------------------------------------------------------------------------------------

    def _delivery(self, about: tuple[str, str | None], row: dict[str, Any]) -> Iterator[Fault]:
        told = self._told.get(about, _NOTHING)
        yield from self._state(about, row["state"], DeliveryState.WAITING)
        yield from self._post(about, row)
        if told.state in _NEVER_OUT and any(row[name] for name in ("remote_id", "url", "cost")):
            words = (
                f"{_name(about)} never went, and has an address, a number or a cost: a hand put that there"
            )
            yield self._fault("post", about, words, [row["remote_id"], row["url"], row["cost"]])
        if told.proof is not None and told.state in _KNOWN:
            yield from self._sending(about, row, told)
        if told.began and told.state in _OUT and not _is_between(told.began, row["sent_at"], told.ended):
            words = f"{_name(about)} went at another moment than is kept: that was changed by hand"
            yield self._fault("post", about, words, row["sent_at"])

    def _sending(self, about: tuple[str, str | None], row: dict[str, Any], told: _Told) -> Iterator[Fault]:
        """What the event of sending holds is of exactly this number and address; older programs sealed none."""
        sent = read_row(DeliveryRow, row)
        if sent is not None:
            sent.digest = told.digest or sent.digest
        if sent is None or not self._is_of_sending(str(told.proof), sent):
            words = f"the address or number of {_name(about)} is not the one that it went out under: it was changed by hand"
            yield self._fault("post", about, words, [row["remote_id"], row["url"]])
        if told.booked is not None and told.booked.get("cost") != row["cost"]:
            words = f"the cost of {_name(about)} is not what was booked: it was changed by hand"
            yield self._fault("post", about, words, row["cost"])

    def _is_of_sending(self, proof: str, sent: DeliveryRow) -> bool:
        try:
            return self._clearing.is_of_sending(proof, sent)
        except UNREADABLE:
            return False

    def _state(self, about: tuple[str, str | None], state: str, first: str) -> Iterator[Fault]:
        told = self._told.get(about, _NOTHING).state or first
        if state != told:
            yield self._state_fault(about, state, told)

    def _state_fault(self, about: tuple[str, str | None], state: Any, told: str) -> Fault:
        """Whoever accepted that a row is in this state accepted the move that led on from there, too: one mark for both."""
        tells = f"the last event says {told}" if told else "no event tells of it"
        return self._fault("state", about, f"{_name(about)} is {state} in the database, but {tells}")

    def _post(self, about: tuple[str, str | None], row: dict[str, Any]) -> Iterator[Fault]:
        if row["state"] not in _GONE:
            return
        sent, digest = self._told.get(about, _NOTHING).digest, row["digest"]
        if sent is not None and sent != digest:
            words = f"what is kept of {_name(about)} has another digest than what was sent"
            yield self._fault("post", about, words, digest)
        elif about[0] not in self._erased and _digest(row["post"]) != digest:
            words = f"what is kept of {_name(about)} is not what was sent: it was changed"
            yield self._fault("post", about, words, [digest, row["post"]])

    def _fault(self, kind: str, about: tuple[str, str | None], words: str, found: Any = None) -> Fault:
        """`found` is what lies there: another that is put there afterwards is another fault."""
        number = self._told.get(about, _NOTHING).number
        mark = (
            f"{kind} {number if found is None else ''} {about[0]}/{about[1]} {words} {digest_of(repr(found))}"
        )
        return Fault(kind, number, number, f"Item {about[0]}: {words}.", mark)


def _see_delivery(told: _Told, link: Link) -> None:
    if link.after == DeliveryState.SENDING:
        told.began, told.ended = link.at, ""
        told.digest = link.subject or told.digest
        return
    told.ended = told.ended or link.at
    if link.after == DeliveryState.SENT:
        told.proof, told.booked = link.subject, _booked(link)
    elif link.after == DeliveryState.WITHDRAWN and "cost" in (booked := _booked(link) or {}):
        told.booked = booked


def _booked(link: Link) -> dict[str, Any] | None:
    """What the event of a sending says in words; None where they were erased."""
    words = link.words() if link.digest else {}
    return words if isinstance(words, dict) else None


def _name(about: tuple[str, str | None]) -> str:
    return "the item" if about[1] is None else f"the delivery to {about[1]}"


def _digest(stored: Any) -> str:
    try:
        return digest_of(json.loads(stored) if isinstance(stored, str) else stored)
    except UNREADABLE:
        return ""


def _is_between(began: str, stored: Any, ended: str) -> bool:
    """Whether a moment lies between two, give or take what a clock may be set by."""
    try:
        moment = datetime.fromisoformat(moment_text(stored))
        first = datetime.fromisoformat(began) - CLOCK_SLACK
        return first <= moment and (not ended or moment <= datetime.fromisoformat(ended) + CLOCK_SLACK)
    except UNREADABLE:
        return False
