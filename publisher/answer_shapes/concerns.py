"""Concerns, and what was done about each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from publisher.answer_shapes.items import ItemTakenBack
from publisher.answer_shapes.shape import Shape


class Act(Shape):
    """What somebody did about a concern."""

    at: datetime
    by: str
    did: str


class ConcernShown(Shape):
    """A concern, for who may read it."""

    id: str
    state: str
    with_: str | None = Field(alias="with")
    yours: bool
    raised_by: str | None
    raised_at: datetime | None
    item_id: str | None
    title: str | None
    item_state: str | None
    acts: list[Act]
    person: str
    words: str
    steps: list[dict[str, Any]]
    outcome: str
    closed_by: str | None
    closed_at: datetime | None


class ConcernTold(ConcernShown):
    """Where its item was to be held: whether it was, or why not."""

    held: bool | None = None
    problem: str | None = None


class ConcernWithdrawn(ConcernShown):
    """With the post that was taken back by it."""

    post: ItemTakenBack | None


class ConcernsListed(Shape):
    """Those that the caller raised or has."""

    concerns: list[ConcernShown]
