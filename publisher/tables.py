"""The queue's tables. Models give the shape; queue.py and register.py speak SQL to them.

Moments are aware UTC (sqlmodel's UTCDateTime refuses naive ones). States are stored as the words of model.py.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class ItemRow(SQLModel, table=True):
    """One item: what was asked for, the gate's verdict on it, and where in its life it is."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("source", "external_id", name="one_item_per_external_id"),)

    id: str = Field(primary_key=True)
    kind: str
    title: str
    state: str
    publish_at: datetime
    due_at: datetime | None = Field(default=None, index=True)
    slug: str = Field(unique=True)
    link: str
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    verdict: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    author: str
    approver: str | None = None
    source: str = "cli"
    external_id: str | None = None
    version: str | None = None
    created_at: datetime
    page_live_at: datetime | None = None
    reason: str = ""
    words: str | None = Field(default=None, index=True)

    @property
    def approvers(self) -> tuple[str, ...]:
        """The second officers who let it go, where the gate asked for any; a login holds no comma."""
        return tuple(self.approver.split(",")) if self.approver else ()

    @property
    def officers(self) -> tuple[str, ...]:
        """Who decided that it may go: its author, and the second officers."""
        return (self.author, *self.approvers)


class DeliveryRow(SQLModel, table=True):
    """One post on its way to one channel: the exact bytes, their seal, and where in its life it is."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("item_id", "channel", name="one_delivery_per_channel"),)

    id: int | None = Field(default=None, primary_key=True)
    item_id: str = Field(foreign_key="item.id", index=True)
    channel: str
    position: int
    state: str
    post: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str
    seal: str = ""
    staged: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    staged_until: datetime | None = None
    due_at: datetime | None = Field(default=None, index=True)
    tries: int = 0
    looks: int = 0
    remote_id: str = ""
    url: str = ""
    reason: str = ""
    sent_at: datetime | None = None


class EventRow(SQLModel, table=True):
    """One thing that happened: written in the same transaction as the change it tells of."""

    __tablename__ = "event"
    __table_args__ = (Index("event_of_item", "item_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    action: str
    item_id: str | None = None
    channel: str | None = None
    before: str = ""
    after: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class OfficerRow(SQLModel, table=True):
    """A designated officer (clause 5a), with the three prerequisites of clause 5c. `channels` empty means all."""

    __tablename__ = "officer"

    login: str = Field(primary_key=True)
    name: str
    roles: str = "officer"
    channels: str = ""
    policy_read_on: date | None = None
    aup_signed_on: date | None = None
    approved_on: date | None = None
    approval_reference: str = ""
    added_by: str
    added_at: datetime
    suspended_at: datetime | None = None


class HookReceiptRow(SQLModel, table=True):
    """What a source sent under one webhook-id, so that a repeat is answered and never done twice."""

    __tablename__ = "hook_receipt"

    source: str = Field(primary_key=True)
    webhook_id: str = Field(primary_key=True)
    digest: str
    received_at: datetime
    answer: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class OverrideRow(SQLModel, table=True):
    """A second officer's yes to one finding on exactly one content, until a day (included); sealed."""

    __tablename__ = "override"

    id: int | None = Field(default=None, primary_key=True)
    item_id: str = Field(foreign_key="item.id", index=True)
    rule: str
    finding: str
    content: str
    officer: str
    role: str
    reason: str
    given_at: datetime
    expires_on: date
    revoked_at: datetime | None = None
    seal: str = ""


class ConsentRow(SQLModel, table=True):
    """The record that people agreed to be shown, or another basis: its reference, and no names; sealed."""

    __tablename__ = "consent"

    reference: str = Field(primary_key=True)
    basis: str
    expires_on: date | None = None
    recorded_by: str
    recorded_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    seal: str = ""


class PolicyRow(SQLModel, table=True):
    """One version of the policy, whole, so that any verdict under it can be repeated."""

    __tablename__ = "policy"

    version: str = Field(primary_key=True)
    engine: str
    snapshot: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    first_seen: datetime


class VerdictRow(SQLModel, table=True):
    """One verdict on an item, with all that it was made from."""

    __tablename__ = "verdict"

    id: int | None = Field(default=None, primary_key=True)
    item_id: str = Field(foreign_key="item.id", index=True)
    at: datetime
    stage: str
    policy: str = Field(foreign_key="policy.version")
    digest: str
    outcome: str
    input: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    findings: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
