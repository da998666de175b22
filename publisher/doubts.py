"""What of a withdrawn item the program cannot prove: rows that are not as its own events say. Pure.

Of such a row no address is named to anybody: it may be that of somebody else's post, and people do as they are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from publisher.model import DeliveryState
from publisher.moves import CREATED, MOVED
from publisher.record import Event
from publisher.tables import DeliveryRow, ItemRow

NOT_OURS = "What is stored of it is not as this program sent it, and no post is deleted on a doubt."
"""How a delivery's reason begins that nothing proves."""
NOT_PROVED = "not proved"
"""What the event that keeps the evidence tells of such a delivery, in the chain."""
TAKEN_DOWN = "taken down by hand"
"""The action of the event by which an officer says so of a post whose delivery is gone."""
_MOVES = frozenset({CREATED, MOVED})
_OUT = frozenset(
    {DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.WITHDRAWING}
)
"""The states of a delivery of which something is out, or may be."""


def lost(rows: Sequence[DeliveryRow], events: Iterable[Event]) -> Mapping[str, str]:
    """The channels to which the events say that something went, while no row says so: each with the digest of what went.

    What is out leaves its state by a move from that state alone: another move tells of a row that a hand had changed.
    """
    told: dict[str, str] = {}
    digests: dict[str, str] = {}
    for event in events:
        if event.channel is None:
            continue
        here = told.get(event.channel, "")
        if event.action == MOVED and (here not in _OUT or event.before == here):
            told[event.channel] = event.after
            if event.after == DeliveryState.SENDING:
                digests[event.channel] = event.subject or ""
        elif event.action == TAKEN_DOWN:
            told[event.channel] = DeliveryState.WITHDRAWN
    there = {row.channel for row in rows if row.state in _OUT}
    gone = [name for name, state in told.items() if state in _OUT and name not in there]
    return {name: digests.get(name, "") for name in gone}


def moved_by_hand(item: ItemRow, rows: Sequence[DeliveryRow], told: Iterable[Event]) -> str:
    """What is in another state than its last event says, so that nothing that went goes again; empty where all agree."""
    states = {event.channel: event.after for event in told if event.action in _MOVES}
    if item.state != states.get(None):
        return "the item"
    wrong = (row for row in rows if row.state != states.get(row.channel, DeliveryState.WAITING))
    return next((f"the delivery to {row.channel}" for row in wrong), "")


def is_doubted(row: DeliveryRow) -> bool:
    """Whether the program found that nothing proves what is stored of the post."""
    return row.state == DeliveryState.WITHDRAWING and row.reason.startswith(NOT_OURS)


def reason(item_id: str, channel: str) -> str:
    """Why a person has to look for a post of which nothing proves what is stored, and what they do."""
    step = look(item_id, channel).replace("`", "")
    return f"{NOT_OURS} The record was changed by hand: publisher audit verify says more. {step[:1].upper()}{step[1:]}"


def look(item_id: str, channel: str) -> str:
    """What a person does about it: they look for the post themselves, as the row may name another's."""
    done = f"`publisher resolve {item_id}/{channel} --withdrawn`"
    return f"look on {channel} for the item's title and link, take down what is there, then {done}."


def look_for_lost(item_id: str, channel: str) -> str:
    """The same where the delivery is gone, or in another state than it was moved to."""
    why = f"it went to {channel}, and what was stored of that was changed by hand (`publisher audit verify`)"
    return f"{why}: {look(item_id, channel)}"
