"""Whose account each channel posts to, how its credentials were found, and risks that the director accepted."""

from datetime import date, datetime

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, primary_key=key)


def _moment(name: str, *, null: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, UTCDateTime(), nullable=null)


def _day(name: str) -> sa.Column[date]:
    return sa.Column(name, sa.Date(), nullable=False)


def upgrade() -> None:
    """Adds to the tables of the third schema."""
    op.create_table(
        "identity",
        _text("channel", key=True),
        *(_text(name) for name in ("adapter", "account", "name", "recorded_by")),
        _moment("recorded_at"),
        _text("seal"),
    )
    op.create_table(
        "health",
        _text("channel", key=True),
        _moment("checked_at"),
        *(_text(name) for name in ("account", "name", "problem", "engineer")),
        sa.Column("scopes", sa.JSON(), nullable=True),
        _moment("ends_at", null=True),
        sa.Column("notes", sa.JSON(), nullable=False),
        _moment("warned_at", null=True),
    )
    op.create_table(
        "risk",
        _text("channel", key=True),
        *(_text(name) for name in ("reason", "accepted_by")),
        _moment("accepted_at"),
        _day("review_on"),
        _text("seal"),
    )
