"""Costs, the council, holds and retention, emergencies."""

from __future__ import annotations

from datetime import datetime

from publisher.answer_shapes.shape import Shape


class Cost(Shape):
    """What one channel's posts of one month cost."""

    month: str
    service: str
    channel: str
    posts: int
    cost_usd: float
    cost_micro_usd: int
    unbooked: int


class Costs(Shape):
    """What was spent."""

    month: str | None
    currency: str
    costs: list[Cost]
    posts: int
    total_usd: float
    total_micro_usd: int


class ChannelShown(Shape):
    """One channel."""

    name: str
    adapter: str
    label: str
    enabled: bool
    service: str


class CouncilShown(Shape):
    """The council."""

    name: str
    short_name: str
    timezone: str
    domains: list[str]
    language: str
    colour: str
    channels: list[ChannelShown]


class HoldShown(Shape):
    """A hold; `item` null: on everything."""

    reference: str
    item: str | None
    stands: bool
    reason: str
    placed_by: str
    placed_at: datetime | None
    lifted_by: str | None
    lifted_at: datetime | None
    changed_by_hand: bool


class HoldsListed(Shape):
    """Every hold."""

    holds: list[HoldShown]


class RetentionApplied(Shape):
    """How many of each class of record were erased."""

    erased: dict[str, int]
    total: int


class Emergency(Shape):
    """An emergency that is out."""

    id: str
    title: str
    author: str
    approvers: list[str]
    went_at: datetime | None
    emergency: str


class EmergenciesListed(Shape):
    """Those that nobody has looked at yet."""

    emergencies: list[Emergency]
