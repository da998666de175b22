"""Items and deliveries, held against the events that tell of them: states, and the posts that went out. Rows as they lie."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, String, select, type_coerce

from publisher import erased
from publisher.chain import Fault, Link
from publisher.model import OUT, DeliveryState, digest_of
from publisher.queue import CREATED, MOVED
from publisher.tables import DeliveryRow, ItemRow

_items, _deliveries = ItemRow.__table__, DeliveryRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

_GONE = frozenset(state.value for state in OUT | {DeliveryState.SENDING})
"""States of a delivery whose post left, or may have."""


class States:
    """What the events say became of items and their deliveries."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str | None], tuple[int, str]] = {}
        self._sent: dict[tuple[str, str | None], str] = {}
        self._erased: set[str] = set()

    def see(self, link: Link) -> None:
        """The next event."""
        if link.item_id is None:
            return
        about = (link.item_id, link.channel)
        if link.action in {CREATED, MOVED}:
            self._told[about] = (link.id, link.after)
            if link.after == DeliveryState.SENDING and link.subject:
                self._sent[about] = link.subject
        elif link.action == erased.ERASED:
            self._erased.add(link.item_id)

    def faults(self, connection: Connection) -> Iterator[Fault]:
        """Where a row is another than its events say, by item."""
        there = set()
        for item_id, state in connection.execute(select(_items.c.id, _items.c.state).order_by(_items.c.id)):
            there.add(item_id)
            yield from self._state((item_id, None), state, "")
        for item_id in sorted({item_id for item_id, _ in self._told} - there):
            yield self._fault("state", (item_id, None), "the item was taken out of the database")
        columns = (_deliveries.c.item_id, _deliveries.c.channel, _deliveries.c.state, _deliveries.c.digest)
        post = type_coerce(_deliveries.c.post, String)
        for item_id, channel, state, digest, stored in connection.execute(
            select(*columns, post).order_by(_deliveries.c.id)
        ):
            yield from self._state((item_id, channel), state, DeliveryState.WAITING)
            yield from self._post((item_id, channel), state, digest, stored)

    def _state(self, about: tuple[str, str | None], state: str, first: str) -> Iterator[Fault]:
        _, told = self._told.get(about, (0, first))
        if state != told:
            tells = f"the last event says {told}" if told else "no event tells of it"
            yield self._fault("state", about, f"{_name(about)} is {state} in the database, but {tells}")

    def _post(self, about: tuple[str, str | None], state: str, digest: str, stored: Any) -> Iterator[Fault]:
        if state not in _GONE:
            return
        sent = self._sent.get(about)
        if sent is not None and sent != digest:
            yield self._fault(
                "post", about, f"what is kept of {_name(about)} has another digest than what was sent"
            )
        elif about[0] not in self._erased and _digest(stored) != digest:
            yield self._fault(
                "post", about, f"what is kept of {_name(about)} is not what was sent: it was changed"
            )

    def _fault(self, kind: str, about: tuple[str, str | None], words: str) -> Fault:
        number, _ = self._told.get(about, (0, ""))
        return Fault(
            kind, number, number, f"Item {about[0]}: {words}.", f"{kind} {about[0]}/{about[1]} {words}"
        )


def _name(about: tuple[str, str | None]) -> str:
    return "the item" if about[1] is None else f"the delivery to {about[1]}"


def _digest(stored: Any) -> str:
    try:
        return digest_of(json.loads(stored) if isinstance(stored, str) else stored)
    except (TypeError, ValueError):
        return ""
