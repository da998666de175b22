"""What a platform tells of an account, made fit to be kept and shown: it may be of any type and length. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from publisher.channels import Identity
from publisher.errors import one_line
from publisher.secrecy import STRUCK_OUT
from publisher.tables import IdentityRow

MAX_ACCOUNT, MAX_NAME, MAX_NOTE = 64, 100, 300
"""Characters of an account's number, of its name or a right's, and of a note: those that there are, are far shorter."""
MAX_SCOPES, MAX_NOTES = 100, 10
"""How many rights and notes are kept."""


def shown(one: Identity | IdentityRow) -> str:
    """An account as people know it: its name and its number."""
    return f"{one.name} ({one.account})" if one.name else one.account


def fit(told: Identity) -> Identity | None:
    """The same, as one can keep it; None where it names no account. A number is the same as its digits in text."""
    account = _number(told.account)
    if not account:
        return None
    scopes = None if told.scopes is None else frozenset(sorted(map(_line, told.scopes))[:MAX_SCOPES])
    notes = tuple(_line(note, MAX_NOTE) for note in told.notes[:MAX_NOTES])
    return Identity(account, _line(told.name), scopes, _moment(told.ends_at), notes)


def _number(told: object) -> str:
    text = str(told).strip() if isinstance(told, str | int) and not isinstance(told, bool) else ""
    is_one = text.isascii() and text.isprintable() and len(text) <= MAX_ACCOUNT and STRUCK_OUT not in text
    return text if is_one else ""


def _moment(told: object) -> datetime | None:
    if not isinstance(told, datetime):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _line(told: object, most: int = MAX_NAME) -> str:
    return one_line(told).strip()[:most] if isinstance(told, str) else ""
