"""The record: events, checkpoints, what a look at it found, bundles."""

from __future__ import annotations

from typing import Any

from publisher.answer_shapes.shape import Shape


class LoggedEvent(Shape):
    """An event as the log shows it; its number is null for who may not read the whole record."""

    event: int | None
    at: str
    actor: str
    via: str
    action: str
    item_id: str | None
    channel: str | None
    subject: str | None
    before: str | None
    after: str | None
    detail: dict[str, Any]
    erased: bool
    withheld: bool


class Log(Shape):
    """The last events that are sought; `nothing` says why there are none."""

    events: list[LoggedEvent]
    count: int
    timezone: str
    nothing: str


class ProvedEvent(Shape):
    """An event with all that proves it; its number and the hashes are null for who may not read the whole record."""

    event: int | None
    at: str
    actor: str
    via: str
    action: str
    item_id: str | None
    channel: str | None
    subject: str | None
    before: str | None
    after: str | None
    digest: str
    previous: str | None
    hash: str | None
    salt: str | None
    detail: dict[str, Any] | None
    erased: bool


class EventsPage(Shape):
    """Events; `next` is the `after` of the next page, null at the end."""

    events: list[ProvedEvent]
    next: int | None


class CheckpointShown(Shape):
    """Where the record ended at a moment, signed; all in hex."""

    event: int
    hash: str
    at: str
    key: str
    signature: str


class KeyShown(Shape):
    """The public key of the checkpoints."""

    algorithm: str
    key: str
    pem: str


class RecordHead(KeyShown):
    """Of what record, and where it ends: null for who may not read the whole record."""

    format: int
    council: str
    events: int | None
    hash: str | None
    checkpoints: list[CheckpointShown]


class FaultShown(Shape):
    """Something that is not as it was written; `last` where it is a run of events."""

    kind: str
    event: int | None
    last: int | None
    words: str


class Verified(Shape):
    """What a look at the whole record found; what counts events is null for who may not read the whole record."""

    whole: bool
    events: int | None
    hash: str | None
    erased: int | None
    checkpoints: int | None
    faults: list[FaultShown]
    accepted: list[FaultShown]
    notes: list[str]
    stops: str
    last_at: str | None
    timezone: str


class Bundle(Shape):
    """All about one item, as one page."""

    id: str
    html: str
