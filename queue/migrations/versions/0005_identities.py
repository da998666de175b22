"""On which host an account was proved, and how its credentials were found. No version wrote to these two tables before this."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, primary_key=key)


def _moment(name: str, *, null: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, UTCDateTime(), nullable=null)


def upgrade() -> None:
    """Makes two tables of the fourth schema anew; they are empty."""
    op.drop_table("identity")
    op.drop_table("health")
    op.create_table(
        "identity",
        _text("channel", key=True),
        *(_text(name) for name in ("adapter", "account", "name", "host", "recorded_by")),
        _moment("recorded_at"),
        _text("seal"),
    )
    op.create_table(
        "health",
        _text("channel", key=True),
        _moment("checked_at"),
        _moment("proved_at", null=True),
        *(_text(name) for name in ("account", "name", "outcome", "problem", "engineer")),
        sa.Column("scopes", sa.JSON(), nullable=True),
        _moment("ends_at", null=True),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("warned", sa.JSON(), nullable=False),
    )
