"""The first schema: items, deliveries, events, officers, the hook's receipts."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str, *, null: bool = False, key: bool = False, unique: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null, primary_key=key, unique=unique or None)


def _moment(name: str, *, null: bool = True) -> sa.Column[object]:
    return sa.Column(name, UTCDateTime(), nullable=null)


def upgrade() -> None:
    """Creates the tables of publisher/tables.py."""
    _item()
    _delivery()
    _event()
    _officer()
    op.create_table(
        "hook_receipt",
        _text("source", key=True),
        _text("webhook_id", key=True),
        _text("digest"),
        _moment("received_at", null=False),
        sa.Column("answer", sa.JSON(), nullable=False),
    )


def _item() -> None:
    op.create_table(
        "item",
        _text("id", key=True),
        *(_text(name) for name in ("kind", "title", "state")),
        _moment("publish_at", null=False),
        _moment("due_at"),
        _text("slug", unique=True),
        _text("link"),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        _text("author"),
        _text("approver", null=True),
        _text("source"),
        _text("external_id", null=True),
        _text("version", null=True),
        _moment("created_at", null=False),
        _moment("page_live_at"),
        _text("reason"),
        sa.UniqueConstraint("source", "external_id", name="one_item_per_external_id"),
    )
    op.create_index("ix_item_due_at", "item", ["due_at"])


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("item_id", sa.String(), sa.ForeignKey("item.id"), nullable=False),
        _text("channel"),
        sa.Column("position", sa.Integer(), nullable=False),
        _text("state"),
        sa.Column("post", sa.JSON(), nullable=False),
        _text("digest"),
        _text("seal"),
        sa.Column("staged", sa.JSON(), nullable=False),
        _moment("staged_until"),
        _moment("due_at"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        *(_text(name) for name in ("remote_id", "url", "reason")),
        _moment("sent_at"),
        sa.UniqueConstraint("item_id", "channel", name="one_delivery_per_channel"),
    )
    op.create_index("ix_delivery_item_id", "delivery", ["item_id"])
    op.create_index("ix_delivery_due_at", "delivery", ["due_at"])


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), primary_key=True),
        _moment("at", null=False),
        *(_text(name) for name in ("actor", "action")),
        *(_text(name, null=True) for name in ("item_id", "channel")),
        *(_text(name) for name in ("before", "after")),
        sa.Column("detail", sa.JSON(), nullable=False),
    )
    op.create_index("event_of_item", "event", ["item_id", "id"])


def _officer() -> None:
    op.create_table(
        "officer",
        _text("login", key=True),
        *(_text(name) for name in ("name", "roles", "channels")),
        *(
            sa.Column(name, sa.Date(), nullable=True)
            for name in ("policy_read_on", "aup_signed_on", "approved_on")
        ),
        *(_text(name) for name in ("approval_reference", "added_by")),
        _moment("added_at", null=False),
        _moment("suspended_at"),
    )
