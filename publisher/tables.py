"""The queue's tables. Models give the shape; tests/test_layout.py lists the modules that speak SQL to them.

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
    corrects: str | None = None
    erased_at: datetime | None = None

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
    cost: int | None = None


class EventRow(SQLModel, table=True):
    """One thing that happened: written in the same transaction as the change it tells of, and never changed.

    `digest` is over the detail and its salt (EventDetailRow), `hash` over this row and the `hash` before it
    (publisher/record.py). `subject` names what it is about where that is no item: a login, a reference. `via` says by
    which door the actor came.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("event_of_item", "item_id", "id"),
        Index("event_of_subject", "subject", "id"),
        Index("event_of_action", "action", "id"),
    )

    id: int = Field(primary_key=True)
    at: datetime
    actor: str
    via: str = ""
    action: str
    item_id: str | None = None
    channel: str | None = None
    subject: str | None = None
    before: str = ""
    after: str = ""
    digest: str = ""
    hash: str


class EventDetailRow(SQLModel, table=True):
    """What an event says in words, kept beside the chain so that it can be erased: the chain holds only its digest.

    The salt keeps anyone from guessing short words by their digest once they are gone; it is erased with them.
    """

    __tablename__ = "event_detail"

    event_id: int = Field(primary_key=True, foreign_key="event.id")
    salt: str
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class CheckpointRow(SQLModel, table=True):
    """The chain's end at a moment, signed (Ed25519), so that an outsider can hold the record against it."""

    __tablename__ = "checkpoint"

    id: int | None = Field(default=None, primary_key=True)
    event_id: int
    hash: str
    at: datetime
    signature: str


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
    policy_edition: str = ""
    policy_reference: str = ""
    aup_reference: str = ""
    expires_on: date | None = None
    trained_on: date | None = None
    training_reference: str = ""
    manager: str = ""
    added_by: str
    added_at: datetime
    suspended_at: datetime | None = None
    seal: str = ""


class EditionRow(SQLModel, table=True):
    """One edition of the written policy that officers read: each must have read the one in force; sealed."""

    __tablename__ = "edition"

    edition: str = Field(primary_key=True)
    in_force_from: date
    reference: str = ""
    adopted_by: str
    adopted_at: datetime
    seal: str = ""


class TokenRow(SQLModel, table=True):
    """An officer's own token for asking from elsewhere: its digest, never itself; sealed. `scopes` are separated by commas."""

    __tablename__ = "token"

    id: str = Field(primary_key=True)
    login: str = Field(index=True)
    digest: str
    scopes: str
    label: str = ""
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    seal: str = ""


class AccountRow(SQLModel, table=True):
    """A business case for a service's own account (clause 5b), and what the director decided; sealed."""

    __tablename__ = "account"

    reference: str = Field(primary_key=True)
    service: str
    channel: str
    address: str
    case: str
    proposed_by: str
    proposed_at: datetime
    decision: str = ""
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = ""
    seal: str = ""


class LinkRow(SQLModel, table=True):
    """That a person linked one of the council's accounts to another by hand (clause 5a), since no API does; sealed."""

    __tablename__ = "link"
    __table_args__ = (UniqueConstraint("from_account", "to_account", name="one_link_each_way"),)

    id: int | None = Field(default=None, primary_key=True)
    from_account: str
    to_account: str
    done_by: str
    done_on: date
    recorded_by: str
    recorded_at: datetime
    seal: str = ""


class TermsRow(SQLModel, table=True):
    """Who read a platform's terms of use last (clause 5e): which, when, and when they are to be read again; sealed."""

    __tablename__ = "terms"

    platform: str = Field(primary_key=True)
    address: str
    edition: str = ""
    read_by: str
    read_on: date
    review_on: date
    recorded_by: str
    recorded_at: datetime
    seal: str = ""


class ConcernRow(SQLModel, table=True):
    """A concern (clause 4): what it is about, to whom it goes, and what came of it. Only those may read it; sealed."""

    __tablename__ = "concern"

    id: str = Field(primary_key=True)
    raised_by: str
    raised_at: datetime
    item_id: str | None = None
    person: str = ""
    words: str
    barred: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    routed_to: str
    state: str
    steps: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    outcome: str = ""
    closed_by: str | None = None
    closed_at: datetime | None = None
    erased_at: datetime | None = None
    seal: str = ""


class HoldRow(SQLModel, table=True):
    """A legal or FOI hold: what it names is not erased while it stands, whatever timer ends; sealed."""

    __tablename__ = "hold"

    reference: str = Field(primary_key=True)
    item_id: str | None = None
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    seal: str = ""


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


class IdentityRow(SQLModel, table=True):
    """Whose account a channel posts to: recorded when it was first proved, and held against what is proved since; sealed.

    `host` is who said so: where the channel's requests went.
    """

    __tablename__ = "identity"

    channel: str = Field(primary_key=True)
    adapter: str
    account: str
    name: str
    host: str
    recorded_by: str
    recorded_at: datetime
    seal: str = ""


class HealthRow(SQLModel, table=True):
    """What a channel's credentials were found to be when they were last asked about. It decides nothing.

    `proved_at` is when they last were what they must be. `outcome`, `problem` and `engineer` are empty where they are now;
    `scopes` is null where the platform does not tell them. `warned`: by cause, when somebody was last told of it.
    """

    __tablename__ = "health"

    channel: str = Field(primary_key=True)
    checked_at: datetime
    proved_at: datetime | None = None
    account: str = ""
    name: str = ""
    outcome: str = ""
    problem: str = ""
    engineer: str = ""
    scopes: list[str] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    ends_at: datetime | None = None
    notes: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    warned: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class RiskRow(SQLModel, table=True):
    """That the director accepted, by name and until a day, a risk against a platform's terms of use (clause 5e); sealed."""

    __tablename__ = "risk"

    channel: str = Field(primary_key=True)
    reason: str
    accepted_by: str
    accepted_at: datetime
    review_on: date
    seal: str = ""
