"""Whoever issued a ticket might have used it, and so might be behind what was done by the token that was got for it.

The record tells who that is: an event says by which token its actor came, that token's own event by which ticket it
was made, and the ticket's event who issued it.
"""

from __future__ import annotations

from collections.abc import Iterable

from publisher.queue import Queue
from publisher.record import Event
from publisher.tokens import KIND, MADE


def issuers(queue: Queue, done: Iterable[Event]) -> set[str]:
    """Who issued the tickets behind the tokens by which this was done."""
    tokens = [made for door in {event.via for event in done} if (made := _made(queue, door))]
    return {ticket.actor for token in tokens if (ticket := _made(queue, token.via))}


def _made(queue: Queue, door: str) -> Event | None:
    """The event by which the token was made that somebody came in by; None for any other door."""
    told = queue.events_of(door) if door.startswith(KIND.prefix) else []
    return next((event for event in told if event.action == MADE), None)
