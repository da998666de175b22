"""What the gate keeps: overrides, consents, the policy's versions, verdicts; and which items say the same."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(name: str, *, null: bool = False, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null, primary_key=key)


def _moment(name: str, *, null: bool = True) -> sa.Column[object]:
    return sa.Column(name, UTCDateTime(), nullable=null)


def _item() -> sa.Column[str]:
    return sa.Column("item_id", sa.String(), sa.ForeignKey("item.id"), nullable=False)


def upgrade() -> None:
    """Adds to the tables of the first schema."""
    op.add_column("item", _text("words", null=True))
    op.create_index("ix_item_words", "item", ["words"])
    _override()
    _consent()
    _policy()
    _verdict()


def _override() -> None:
    op.create_table(
        "override",
        sa.Column("id", sa.Integer(), primary_key=True),
        _item(),
        *(_text(name) for name in ("rule", "finding", "content", "officer", "role", "reason")),
        _moment("given_at", null=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        _moment("revoked_at"),
        _text("seal"),
    )
    op.create_index("ix_override_item_id", "override", ["item_id"])


def _consent() -> None:
    op.create_table(
        "consent",
        _text("reference", key=True),
        _text("basis"),
        sa.Column("expires_on", sa.Date(), nullable=True),
        _text("recorded_by"),
        _moment("recorded_at", null=False),
        _text("withdrawn_by", null=True),
        _moment("withdrawn_at"),
        _text("seal"),
    )


def _policy() -> None:
    op.create_table(
        "policy",
        _text("version", key=True),
        _text("engine"),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        _moment("first_seen", null=False),
    )


def _verdict() -> None:
    op.create_table(
        "verdict",
        sa.Column("id", sa.Integer(), primary_key=True),
        _item(),
        _moment("at", null=False),
        _text("stage"),
        sa.Column("policy", sa.String(), sa.ForeignKey("policy.version"), nullable=False),
        *(_text(name) for name in ("digest", "outcome")),
        sa.Column("input", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
    )
    op.create_index("ix_verdict_item_id", "verdict", ["item_id"])
