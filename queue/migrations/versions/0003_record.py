"""The record: events in a chain, their words beside it; officers' terms, tokens, accounts, terms of use, concerns, holds."""

import hashlib
import json
import secrets
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(name: str, *, null: bool = False, key: bool = False, later: bool = False) -> sa.Column[str]:
    """`later`: a column that rows which are there already get empty."""
    default = "" if later and not null else None
    return sa.Column(name, sa.String(), nullable=null, primary_key=key, server_default=default)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [_text(name) for name in names]


def _moment(name: str, *, null: bool = True) -> sa.Column[datetime]:
    return sa.Column(name, UTCDateTime(), nullable=null)


def _day(name: str, *, null: bool = True) -> sa.Column[date]:
    return sa.Column(name, sa.Date(), nullable=null)


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def upgrade() -> None:
    """Chains the events that are there, and adds to the tables of the second schema."""
    _events()
    _existing()
    _people()
    _accounts()
    _terms()
    _concerns()


def _events() -> None:
    op.drop_index("event_of_item", "event")
    op.rename_table("event", "event_before")
    op.create_table(
        "event",
        _number(),
        _moment("at", null=False),
        *_texts("actor", "via", "action"),
        *(_text(name, null=True) for name in ("item_id", "channel", "subject")),
        *_texts("before", "after", "digest", "hash"),
    )
    for of in ("item_id", "subject", "action"):
        op.create_index(f"event_of_{of.removesuffix('_id')}", "event", [of, "id"])
    op.create_table(
        "event_detail",
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("event.id"), primary_key=True),
        _text("salt"),
        sa.Column("detail", sa.JSON(), nullable=False),
    )
    op.create_table("checkpoint", _number(), sa.Column("event_id", sa.Integer(), nullable=False), _text("hash"),
                    _moment("at", null=False), _text("signature"))  # fmt: skip
    _chain()
    op.drop_table("event_before")
    for done in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_no_{done.lower()} BEFORE {done} ON event "
            "BEGIN SELECT RAISE(ABORT, 'the record is only ever added to'); END"
        )


def _chain() -> None:
    """As publisher/record.py chains events; written out here, since that may change and this must not."""
    bind, last, number = op.get_bind(), "", 0
    kept = sa.text("INSERT INTO event_detail (event_id, salt, detail) VALUES (:id, :salt, :detail)")
    for number, row in enumerate(
        bind.execute(sa.text("SELECT * FROM event_before ORDER BY id")).mappings(), start=1
    ):
        detail, salt = json.loads(row["detail"]), secrets.token_hex(16)
        digest = _digest([salt, detail]) if detail else ""
        subject = None if row["item_id"] else detail.get("reference") or detail.get("login")
        last = _link(last, dict(row) | {"id": number, "subject": subject, "digest": digest})
        if detail:
            bind.execute(kept, {"id": number, "salt": salt, "detail": row["detail"]})
    if number:
        _begin(last, number)


def _begin(last: str, number: int) -> None:
    """Says from where on the chain speaks: what was done to what is there until now, it cannot tell.

    Rows that are sealed already are told of with their seals, as every later change of them will be (publisher/sealed.py).
    """
    consents = (
        "SELECT 'consent sealed' AS action, NULL AS item_id, reference AS subject, seal AS after FROM consent"
    )
    overrides = "SELECT 'override sealed', item_id, 'override ' || id, seal FROM override"
    told = [
        dict(row) for row in op.get_bind().execute(sa.text(f"{consents} UNION ALL {overrides}")).mappings()
    ]
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    nothing = {"item_id": None, "channel": None, "subject": None, "before": "", "after": "", "digest": ""}
    common = nothing | {"at": at, "actor": "upgrade"}
    for event in [*told, {"action": "record begun"}]:
        number += 1
        last = _link(last, common | event | {"id": number})


def _link(last: str, row: dict[str, Any]) -> str:
    """Adds one event after the hash `last`; its own hash."""
    at = datetime.fromisoformat(row["at"]).replace(tzinfo=UTC).isoformat()
    told = [row[name] for name in ("item_id", "channel", "subject", "before", "after")]
    made = _digest([last, row["id"], at, row["actor"], "", row["action"], *told, row["digest"]])
    columns = "id, at, actor, via, action, item_id, channel, subject, before, after, digest, hash"
    values = ":id, :at, :actor, '', :action, :item_id, :channel, :subject, :before, :after, :digest, :hash"
    op.get_bind().execute(sa.text(f"INSERT INTO event ({columns}) VALUES ({values})"), row | {"hash": made})  # noqa: S608  # names
    return made


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _existing() -> None:
    for column in (
        _text("corrects", null=True),
        _moment("erased_at"),
    ):
        op.add_column("item", column)
    op.add_column("delivery", sa.Column("cost", sa.Integer(), nullable=True))
    officer: list[sa.Column[str] | sa.Column[date]] = [
        *(_text(name, later=True) for name in ("policy_edition", "policy_reference", "aup_reference")),
        _day("expires_on"),
        _day("trained_on"),
        *(_text(name, later=True) for name in ("training_reference", "manager", "seal")),
    ]
    for more in officer:
        op.add_column("officer", more)


def _people() -> None:
    op.create_table("edition", _text("edition", key=True), _day("in_force_from", null=False), *_texts("reference", "adopted_by"),
                    _moment("adopted_at", null=False), _text("seal"))  # fmt: skip
    op.create_table(
        "token",
        _text("id", key=True),
        *_texts("login", "digest", "scopes", "label", "created_by"),
        *(_moment(name, null=False) for name in ("created_at", "expires_at")),
        _moment("revoked_at"),
        _text("seal"),
    )
    op.create_index("ix_token_login", "token", ["login"])


def _accounts() -> None:
    op.create_table(
        "account",
        _text("reference", key=True),
        *_texts("service", "channel", "address", "case", "proposed_by"),
        _moment("proposed_at", null=False),
        _text("decision"),
        _text("decided_by", null=True),
        _moment("decided_at"),
        *_texts("reason", "seal"),
    )
    op.create_table(
        "link",
        _number(),
        *_texts("from_account", "to_account", "done_by"),
        _day("done_on", null=False),
        _text("recorded_by"),
        _moment("recorded_at", null=False),
        _text("seal"),
        sa.UniqueConstraint("from_account", "to_account", name="one_link_each_way"),
    )


def _terms() -> None:
    op.create_table(
        "terms",
        _text("platform", key=True),
        *_texts("address", "edition", "read_by"),
        *(_day(name, null=False) for name in ("read_on", "review_on")),
        _text("recorded_by"),
        _moment("recorded_at", null=False),
        _text("seal"),
    )


def _concerns() -> None:
    op.create_table(
        "concern",
        _text("id", key=True),
        _text("raised_by"),
        _moment("raised_at", null=False),
        _text("item_id", null=True),
        *_texts("person", "words"),
        sa.Column("barred", sa.JSON(), nullable=False),
        *_texts("routed_to", "state"),
        sa.Column("steps", sa.JSON(), nullable=False),
        _text("outcome"),
        _text("closed_by", null=True),
        *(_moment(name) for name in ("closed_at", "erased_at")),
        _text("seal"),
    )
    op.create_table(
        "hold",
        _text("reference", key=True),
        _text("item_id", null=True),
        *_texts("reason", "placed_by"),
        _moment("placed_at", null=False),
        _text("lifted_by", null=True),
        _moment("lifted_at"),
        _text("seal"),
    )
