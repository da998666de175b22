"""The queue: what is to go where and when, and every move that it made. SQLite (WAL, synchronous=FULL).

How what is in it moves on is in publisher/moves.py. The schema's history is in queue/migrations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    String,
    and_,
    cast,
    func,
    insert,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.exc import IntegrityError

from publisher.as_stored import cannot_be_read, deliveries_where, items_where, read_item
from publisher.chain import moment_text
from publisher.database import BUSY_TIMEOUT_MS, open_database, reading, writing
from publisher.errors import InputError, NotFound
from publisher.model import DeliveryState, ItemState
from publisher.moves import CREATED, Transaction, move_item
from publisher.record import ENDS, End, Event, append, events
from publisher.stored_row import as_they_lie, read
from publisher.tables import DeliveryRow, EventRow, HookReceiptRow, ItemRow

_items, _deliveries, _events = ItemRow.__table__, DeliveryRow.__table__, EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_receipts = HookReceiptRow.__table__  # type: ignore[attr-defined]  # as above


@dataclass(frozen=True, slots=True)
class Due:
    """What has something to be done now: ids of items; of deliveries the numbers, each with the id of its item.

    `ahead`: some item is among them whose moment is still to come; until then it is only prepared.
    """

    items: tuple[str, ...]
    deliveries: tuple[tuple[int, str], ...]
    ahead: bool = False


class Queue:
    """The queue in one database file. Thread-safe: every call uses a connection of its own."""

    def __init__(self, engine: Engine, ended: Callable[[End], None] = lambda _end: None) -> None:
        """`ended` is told where the record ends after each commit that added to it."""
        self.engine, self._ended = engine, ended

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; all of it happens or nothing. Raises OutsideFailed where the disk or a lock fails."""
        with writing(self.engine) as connection:
            connection.info.pop(ENDS, None)
            yield connection
            end = connection.info.pop(ENDS, None)
        if end is not None:
            self._ended(end)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading: no transaction, so that no writer waits for it. Raises OutsideFailed."""
        with reading(self.engine) as connection:
            yield connection

    def close(self) -> None:
        """Gives the connections back."""
        self.engine.dispose()

    # --- items -------------------------------------------------------------------------------------------

    def add(
        self,
        item: ItemRow,
        deliveries: Sequence[DeliveryRow],
        path: Sequence[ItemState],
        *,
        now: datetime,
        receipt: HookReceiptRow | None = None,
        also: Callable[[Transaction], None] | None = None,
    ) -> None:
        """Stores a new item with its deliveries, moved along `path` from draft, and the hook's receipt for it.

        All in one transaction, with what `also` writes. Raises InputError where the item, or the receipt, is here already.
        """
        with self.writing() as connection:
            try:
                connection.execute(insert(_items), _values(item) | {"state": ItemState.DRAFT.value})
                if receipt is not None:
                    connection.execute(insert(_receipts), _values(receipt))
                if deliveries:
                    connection.execute(
                        insert(_deliveries), [_values(delivery, "id") for delivery in deliveries]
                    )
            except IntegrityError as error:
                raise InputError(
                    "an item with this external_id or address is in the queue already",
                    field="external_id",
                    way_out="`publisher list --all` shows it.",
                ) from error
            append(connection, now, item.author, CREATED, item_id=item.id, move=("", ItemState.DRAFT))
            here = ItemState.DRAFT
            for there in path:
                move_item(connection, item.id, here, there, actor=item.author, now=now, reason=item.reason)
                here = there
            if also is not None:
                also(connection)

    def item(self, item_id: str) -> ItemRow:
        """The item. Raises NotFound if there is none."""
        row = None
        if item_id.isascii():  # as all ids are; SQLite cannot be asked for bytes that are no UTF-8
            with self.reading() as connection:
                row = connection.execute(select(*as_they_lie(_items)).where(_items.c.id == item_id)).first()
        if row is None:
            raise NotFound(
                f"there is no item {item_id!r}", way_out="`publisher list --all` shows every item."
            )
        if item := read_item(row._mapping):
            return item
        raise cannot_be_read(f"item {item_id}")

    def has(self, item_id: str) -> bool:
        """Whether there is an item of that reference."""
        with self.reading() as connection:
            return connection.execute(select(_items.c.id).where(_items.c.id == item_id)).first() is not None

    def items(
        self, states: Sequence[ItemState] = (), *, limit: int | None = None, latest: bool = False
    ) -> list[ItemRow]:
        """Items by the moment of their release, soonest first; all states where none is named.

        All of them; where a `limit` is given and there are more, the first ones; with `latest` the last ones.
        """
        order = (
            (_items.c.publish_at.desc(), _items.c.id.desc()) if latest else (_items.c.publish_at, _items.c.id)
        )
        rows, _ = self.sorted_out(states, order=order, limit=limit)
        return rows[::-1] if latest else rows

    def sorted_out(
        self, states: Sequence[ItemState] = (), *, order: Sequence[Any] = (), limit: int | None = None
    ) -> tuple[list[ItemRow], list[str]]:
        """The items in these states, and the ids of those in whose rows a hand wrote what never stands there.

        One whose state is none of ours is among the latter, whichever are asked for.
        """
        asked, known = ([state.value for state in states] for states in (states or ItemState, ItemState))
        where = or_(_items.c.state.in_(asked), _items.c.state.not_in(known))
        with self.reading() as connection:
            return items_where(connection, where, order=order, limit=limit)

    def known(self, source: str, external_id: str) -> ItemRow | None:
        """The item that `source` calls `external_id`, if it is here."""
        where = (_items.c.source == source, _items.c.external_id == external_id)
        with self.reading() as connection:
            found, unreadable = items_where(connection, *where, limit=1)
        if unreadable:
            raise cannot_be_read(f"item {unreadable[0]}")
        return next(iter(found), None)

    def slugs_like(self, slug: str) -> set[str]:
        """The addresses already taken that begin like `slug`."""
        query = select(_items.c.slug).where(_items.c.slug.startswith(slug, autoescape=True))
        with self.reading() as connection:
            return set(connection.execute(query).scalars())

    def deliveries(self, item_id: str) -> list[DeliveryRow]:
        """An item's deliveries, the page's first; less those that cannot be read, which is as if a hand had taken them out."""
        with self.reading() as connection:
            return deliveries_where(connection, _deliveries.c.item_id == item_id)[0]

    def delivery(self, delivery_id: int) -> DeliveryRow:
        """One delivery by its number. Raises InputError if there is none."""
        with self.reading() as connection:
            query = select(*as_they_lie(_deliveries)).where(_deliveries.c.id == delivery_id)
            row = connection.execute(query).first()
        if row is None:
            raise InputError(f"there is no delivery {delivery_id}")
        if delivery := read(DeliveryRow, row._mapping):
            return delivery
        raise cannot_be_read(f"delivery {delivery_id}")

    def delivery_to(self, item_id: str, channel: str) -> DeliveryRow:
        """An item's delivery to a channel. Raises InputError where it does not go there."""
        rows = {row.channel: row for row in self.deliveries(item_id)}
        if channel not in rows:
            raise InputError(
                f"item {item_id} does not go to {channel!r}", field="channel",
                way_out=f"It goes to: {', '.join(rows) or 'no channel yet'}.",
            )  # fmt: skip
        return rows[channel]

    def events(self, item_id: str, *, listed: bool = False) -> list[Event]:
        """What happened to an item, in order. `listed` goes by the index, for what many are looked at for."""
        with self.reading() as connection:
            return list(events(connection, _of(_events.c.item_id, item_id, listed=listed)))

    def events_of(self, subject: str, *, listed: bool = False) -> list[Event]:
        """What happened to what is no item: an officer by login, a record by reference; in order. `listed` goes by the index, for what many are looked at for."""
        with self.reading() as connection:
            return list(events(connection, _of(_events.c.subject, subject, listed=listed)))

    def showing(self, digest: str) -> list[str]:
        """The items of which some post has the picture with this digest."""
        holds = cast(_deliveries.c.post, String).contains(digest, autoescape=True)
        with self.reading() as connection:
            query = select(_deliveries.c.item_id).where(holds).distinct().order_by(_deliveries.c.item_id)
            return list(connection.execute(query).scalars())

    def corrections_of(self, item_id: str) -> list[ItemRow]:
        """The items that correct this one, the oldest first."""
        with self.reading() as connection:
            order = (_items.c.created_at, _items.c.id)
            return items_where(connection, _items.c.corrects == item_id, order=order)[0]

    def counts(self) -> dict[str, int]:
        """How many items are in each state."""
        query = select(_items.c.state, func.count()).group_by(_items.c.state)
        with self.reading() as connection:
            return {str(state): int(count) for state, count in connection.execute(query)}

    # --- what is due ---------------------------------------------------------------------------------------

    def due(self, now: datetime, *, besides: Collection[str] = ()) -> Due:
        """What has something to be done at `now`; less what cannot be read, which goes nowhere and keeps nothing else.

        `besides` the items of these ids: many may be due at one moment, and those that somebody is at are not read again.
        What is queued is due at its own moment, which is sealed, even where a hand took out when to look at it.
        """
        moment_came = and_(_items.c.state == ItemState.QUEUED, _items.c.publish_at <= now)
        is_due = or_(_items.c.due_at <= now, moment_came)
        others = (_items.c.id.not_in(besides), _deliveries.c.item_id.not_in(besides))
        with self.reading() as connection:
            items, _ = items_where(connection, is_due, others[0], order=(_items.c.due_at,))
            rows, _ = deliveries_where(connection, _deliveries.c.due_at <= now, others[1])
        return Due(
            tuple(item.id for item in items),
            tuple((row.id or 0, row.item_id) for row in rows),
            ahead=any(item.publish_at > now for item in items),
        )

    def next_due(self, after: datetime) -> datetime | None:
        """The next moment later than `after` at which something has to be done; None where nothing waits.

        What a hand wrote there that is no moment keeps nothing else from its own.
        """
        with self.reading() as connection:
            moments = [_soonest(connection, table.c.due_at, after) for table in (_items, _deliveries)]
        return min((moment for moment in moments if moment), default=None)

    def in_state(self, state: ItemState) -> list[str]:
        """The ids of all items in one state."""
        with self.reading() as connection:
            return list(
                connection.execute(select(_items.c.id).where(_items.c.state == state.value)).scalars()
            )

    def sending(self) -> list[int]:
        """The numbers of all deliveries that are being sent."""
        query = select(_deliveries.c.id).where(_deliveries.c.state == DeliveryState.SENDING.value)
        with self.reading() as connection:
            return list(connection.execute(query.order_by(_deliveries.c.id)).scalars())

    def last_moment(self) -> datetime | None:
        """When the last thing happened, of all that is in the record; None where nothing did yet."""
        with self.reading() as connection:
            return connection.execute(select(_events.c.at).order_by(_events.c.id.desc()).limit(1)).scalar()

    # --- the hook's receipts -------------------------------------------------------------------------------

    def receipt(self, source: str, webhook_id: str) -> HookReceiptRow | None:
        """What this source sent before under this id; None, too, where that cannot be read."""
        where = (_receipts.c.source == source, _receipts.c.webhook_id == webhook_id)
        with self.reading() as connection:
            row = connection.execute(select(*as_they_lie(_receipts)).where(*where)).first()
        return read(HookReceiptRow, row._mapping) if row else None


def _soonest(connection: Connection, column: Any, after: datetime) -> datetime | None:
    """The first moment in a column later than `after`; what is none is passed over."""
    lies = type_coerce(column, String)
    for stored in connection.execute(select(lies).where(column > after).order_by(column)).scalars():
        with suppress(ValueError):
            return datetime.fromisoformat(moment_text(stored))
    return None


def _of(column: Any, wanted: str, *, listed: bool) -> ColumnElement[bool]:
    """Each event is looked at: a hand may have made an index that hides one from whoever decides (publisher/schema.py).

    That takes some 15 ms for 100,000 events. Where much is only `listed`, the index says which they are.
    """
    where: ColumnElement[bool] = (column if listed else column.concat("")) == wanted
    return where


def _values(row: ItemRow | DeliveryRow | HookReceiptRow, *without: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row).model_fields if name not in without}


def open_queue(
    database: Path,
    *,
    create: bool = False,
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
    ended: Callable[[End], None] = lambda _end: None,
) -> Queue:
    """The queue in `database`, brought to the newest schema; a writer waits `busy_timeout_ms` for another.

    `ended` as in Queue.

    Raises InputError where there is none and not `create`, or a newer program made it; OutsideFailed where the disk,
    the lock or the file fails.
    """
    return Queue(open_database(database, create=create, busy_timeout_ms=busy_timeout_ms), ended)
