"""Tokens: how an officer is known who asks from elsewhere. Each has their own; no token is ever shared or kept in words.

A token is `pub_<id>_<secret>`: the secret is 256 random bits, shown once and stored as its digest, which needs no salt and
no slow hash at that length (NIST SP 800-63B, 5.1.2.2). A row counts while its seal holds and the last event of that token
tells of just this row: one written by hand, or an older one put back, does not.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, func, select

from publisher.clearance import Seal
from publisher.errors import InputError, NotDesignated, NotFound, Refused
from publisher.moves import Transaction
from publisher.queue import Queue
from publisher.record import append
from publisher.refusals import DENIED, recorded
from publisher.register import SUSPENDED, Register
from publisher.sealed import Found, Kind, Sealed
from publisher.tables import EventRow, TokenRow
from publisher.times import CLOCK_SLACK, local
from publisher.token_form import FORM

_tokens = TokenRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_events = EventRow.__table__  # type: ignore[attr-defined]  # as above

DAYS, DAYS_MOST, ENROL_DAYS = 90, 365, 7
LIVE_MOST = 20
"""Tokens of one officer that may count at the same time: somebody would lose sight of more."""
MAX_LABEL = 100
ENROL = "enrol"
"""The one scope of a token that is for getting one's own."""
WORKING = ("read", "write", "confide", "decide", "direct")
"""What one's own token may be used for."""
ENROLLED = frozenset({"read", "write"})
"""What a token got by enrolling may be used for: whoever issued the ticket might have used it, and must not so let go
what they wrote themselves, nor read what was said in confidence of them (clause 4). For that, an officer makes a token
at the server, where the kernel knows them.
"""
MADE, REVOKED, USED = "token made", "token revoked", "token used"
KIND = Kind(TokenRow, "token", ("id",), (MADE, REVOKED, USED), "Token {}", prefix="token ")
UNKNOWN = "(unknown)"
"""Stands for whoever holds a token that does not count: it may be the officer or a thief."""
_NOBODY = hashlib.sha256(b"").hexdigest()
"""What an unknown id is compared with, so that it takes as long to refuse as a wrong secret."""


class Standing(StrEnum):
    """What a token is worth."""

    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED = "used"
    SUSPENDED = "suspended"
    FORGED = "changed by hand"


_WHY_NOT = {
    Standing.EXPIRED: "this token is expired",
    Standing.REVOKED: "this token is revoked",
    Standing.USED: "this token was used: it is good once, for getting one's own",
    Standing.SUSPENDED: "this token ended when its officer was suspended: who comes back needs a new one",
    Standing.FORGED: "this token was changed by hand in the database",
}
"""What is said of a token that does not count."""


class BadToken(Exception):
    """A token that does not count. `row` is there where its secret was right: it was once somebody's."""

    def __init__(self, why: str, row: TokenRow | None = None) -> None:
        super().__init__(why)
        self.row = row


class Tokens:
    """The tokens in the queue's database."""

    def __init__(
        self, queue: Queue, register: Register, seal: Seal, now: Callable[[], datetime], zone_name: str
    ) -> None:
        self._queue, self._register, self._rows = queue, register, Sealed(KIND, seal)
        self._now, self._zone = now, zone_name

    # --- being known by one --------------------------------------------------------------------------------

    def known(self, text: str) -> TokenRow:
        """The token that `text` is, where it counts now. Raises BadToken."""
        found = FORM.fullmatch(text)
        token_id, secret = found.groups() if found else ("", "")
        row, standing = self._found(token_id) or (None, Standing.FORGED)
        right = hmac.compare_digest(row.digest if row else _NOBODY, _digest(secret))
        if row is None or not right:
            raise BadToken("this token is not known")
        if standing is not Standing.LIVE:
            raise BadToken(_WHY_NOT[standing], row)
        return row

    def leaked(self, text: str, why: str) -> bool:
        """Revokes a token that was seen where none may be; False where it is none of ours, or counts no more."""
        if self._counting(text) is None:  # whoever merely guesses holds no writer up
            return False
        with self._queue.writing() as connection:
            if row := self._counting(text):  # else somebody else was quicker
                self._revoke(connection, row, UNKNOWN, why)
        return row is not None

    def _counting(self, text: str) -> TokenRow | None:
        """The token that `text` is, if it counts now."""
        with suppress(BadToken):
            return self.known(text)
        return None

    def denied(self, login: str, why: str, actor: str = UNKNOWN, asked: str = "to come in") -> None:
        """Records that somebody was turned away under a login: its token may have been stolen, or they have left."""
        with self._queue.writing() as connection:
            detail = {"asked": asked, "why": why}
            append(connection, self._now(), actor, DENIED, subject=login, detail=detail)

    # --- making and revoking -------------------------------------------------------------------------------

    def new(
        self, login: str, scopes: Sequence[str], days: int, label: str, *, by_token: str = ""
    ) -> tuple[TokenRow, str]:
        """A token for oneself, and its words, which are kept nowhere. Raises InputError, NotDesignated, Refused.

        `by_token` is the one by which they came, if any: a stolen one must not make others.
        """
        with self._asked(login, "token new") as connection:
            if by_token:
                raise Refused(
                    "a token makes no other token",
                    way_out="Make it at the server, or ask a director for one to enrol with.",
                )
            self._demand_known(login)
            row, text = self._made(login, login, _scopes(scopes), _days(days), label)
            self._add(connection, row)
        return row, text

    def issue(self, login: str, director: str) -> tuple[TokenRow, str]:
        """A token with which `login` can get their own, and do nothing else. Raises InputError, NotDesignated, Refused."""
        with self._asked(director, "token issue") as connection:
            self._demand_director(director)
            if (officer := self._register.officer(login)) is None or officer.suspended_at is not None:
                raise InputError(
                    f"there is no active officer {login!r}",
                    field="login",
                    way_out="See `publisher officer list`.",
                )
            row, text = self._made(login, director, ENROL, ENROL_DAYS, "to enrol with")
            self._add(connection, row)
        return row, text

    def enrol(
        self, token_id: str, login: str, scopes: Sequence[str], days: int, label: str
    ) -> tuple[TokenRow, str]:
        """A token of one's own for the one that was issued, which is used up by it. Raises InputError, NotDesignated, Refused."""
        with self._asked(login, "token enrol") as connection:
            self._demand_known(login)
            ticket, _ = self._found(token_id) or (None, None)
            if ticket is None or ticket.login != login or ticket.scopes != ENROL:
                raise Refused(
                    "only a token that was issued for it can be exchanged for one's own",
                    way_out="Here `publisher token new` makes one; from elsewhere, ask a director for one to enrol with.",
                )
            if more := sorted(set(scopes) - ENROLLED):
                raise InputError(
                    f"a token got from elsewhere is not for: {', '.join(more)}", field="scopes",
                    way_out="Leave that out; for it, log in at the server and make one there with `publisher token new`.",
                )  # fmt: skip
            row, text = self._made(login, login, _scopes(scopes), _days(days), label)
            self._revoke(connection, ticket, login, "", USED)
            self._add(connection, row)
        return row, text

    def revoke(self, token_id: str, login: str, *, anyones: bool) -> TokenRow:
        """Makes a token worthless at once: one's own, or, for a director who may, any. Raises NotFound."""
        with self._asked(login, "token revoke") as connection:
            row, _ = self._found(token_id) or (None, None)
            if row is None or (row.login != login and not (anyones and self._is_director(login))):
                raise NotFound(
                    f"there is no token {token_id!r} of yours",
                    field="token",
                    way_out="`publisher token list` shows them; a director may revoke any.",
                )
            self._revoke(connection, row, login, "")
        return row

    def revoke_all(self, connection: Transaction, by: str, why: str) -> list[TokenRow]:
        """Every token of everybody, in the caller's transaction; gives back those that counted until now.

        One that has run out goes too: the clock that says so may be wrong. One changed by hand counts for nothing anyhow.
        """
        counted = []
        for one, standing in self._stand(connection, _tokens.c.revoked_at.is_(None)):
            if one.whole:
                self._revoke(connection, one.row, by, why)
                counted += [one.row] if standing is Standing.LIVE else []
        return counted

    def listed(self, login: str, *, everyones: bool) -> list[tuple[TokenRow, Standing]]:
        """One's own tokens, or, for a director who asks, all; the newest first."""
        every = everyones and self._is_director(login)
        return self._read(*(() if every else (_tokens.c.login == login,)))

    @contextmanager
    def _asked(self, login: str, asked: str) -> Iterator[Transaction]:
        """One transaction for who asks and what they get, so that no suspension comes between; a no is recorded."""
        with recorded(self._queue, self._now(), login, asked), self._queue.writing() as connection:
            yield connection

    def _made(self, login: str, by: str, scopes: str, days: int, label: str) -> tuple[TokenRow, str]:
        now, secret = self._now(), secrets.token_hex(32)
        row = TokenRow(
            id=secrets.token_hex(6), login=login, digest=_digest(secret), scopes=scopes, label=_line(label),
            created_by=by, created_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
        return row, f"pub_{row.id}_{secret}"

    def _add(self, connection: Transaction, row: TokenRow) -> None:
        live = (
            _tokens.c.login == row.login,
            _tokens.c.revoked_at.is_(None),
            _tokens.c.expires_at > self._now(),
        )
        if (connection.execute(select(func.count()).where(*live)).scalar() or 0) >= LIVE_MOST:
            raise Refused(
                f"{row.login} has {LIVE_MOST} tokens already",
                way_out="Revoke those that are not used any more.",
            )
        detail = {"for": row.login, "scopes": row.scopes, "until": row.expires_at.astimezone(UTC).isoformat()}
        self._rows.store(connection, row, self._now(), row.created_by, MADE, detail=detail)

    def _revoke(
        self, connection: Transaction, row: TokenRow, by: str, why: str, action: str = REVOKED
    ) -> None:
        if row.revoked_at is not None:
            raise InputError("this token was revoked or used already", field="token")
        row.revoked_at = self._now()
        detail = {"of": row.login} | ({"why": why} if why else {})
        self._rows.store(connection, row, row.revoked_at, by, action, detail=detail, since=row.seal)

    # --- who may -------------------------------------------------------------------------------------------

    def _demand_known(self, login: str) -> None:
        if (officer := self._register.officer(login)) is None:
            raise NotDesignated(
                f"{login} is not on the register of designated officers", way_out="Ask a director."
            )
        if officer.suspended_at is not None:
            raise NotDesignated(f"{login} is suspended", way_out="Ask a director.")

    def _demand_director(self, login: str) -> None:
        if not self._is_director(login):
            raise NotDesignated(
                f"{login} is not a director: only a director gives tokens to others",
                way_out="Ask the Director of Resources.",
            )

    def _is_director(self, login: str) -> bool:
        return self._register.is_director(login, today=local(self._now(), self._zone).date())

    # --- rows ----------------------------------------------------------------------------------------------

    def _found(self, token_id: str) -> tuple[TokenRow, Standing] | None:
        """The token of that id, and what it is worth now."""
        found = self._read(_tokens.c.id == token_id) if token_id.isascii() else []
        return next(iter(found), None)

    def _read(self, *where: ColumnElement[bool]) -> list[tuple[TokenRow, Standing]]:
        """Tokens and what each is worth now, the newest first."""
        with self._queue.reading() as connection:
            return [(one.row, standing) for one, standing in self._stand(connection, *where)]

    def _stand(
        self, connection: Connection, *where: ColumnElement[bool]
    ) -> list[tuple[Found[TokenRow], Standing]]:
        found = self._rows.read(connection, *where, order=[_tokens.c.created_at.desc(), _tokens.c.id])
        theirs = (_events.c.action == SUSPENDED, _events.c.subject.in_({one.row.login for one in found}))
        left = select(_events.c.subject, func.max(_events.c.id)).where(*theirs).group_by(_events.c.subject)
        suspended = {row[0]: row[1] for row in connection.execute(left)}
        return [(one, self._standing(one, suspended.get(one.row.login, 0))) for one in found]

    def _standing(self, found: Found[TokenRow], left: int) -> Standing:
        """What it is worth. Who comes back after a suspension (event `left`) gets new ones: nobody knows where the old ones were."""
        now, row, told = self._now(), found.row, found.told
        states = (
            (told is None or not found.whole or row.created_at > now + CLOCK_SLACK, Standing.FORGED),
            (told is not None and told.action == USED, Standing.USED),
            (row.revoked_at is not None, Standing.REVOKED),
            (row.expires_at <= now, Standing.EXPIRED),
            (told is not None and left > told.number, Standing.SUSPENDED),
        )
        return next((state for holds, state in states if holds), Standing.LIVE)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _scopes(scopes: Sequence[str]) -> str:
    if not scopes or not set(scopes) <= set(WORKING):
        raise InputError(f"a token is for one or more of {', '.join(WORKING)}", field="scopes")
    return ",".join(one for one in WORKING if one in scopes)


def _days(days: int) -> int:
    if not 1 <= days <= DAYS_MOST:
        raise InputError(
            f"a token lasts 1 to {DAYS_MOST} days", field="days", way_out=f"Leave it out for {DAYS} days."
        )
    return days


def _line(label: str) -> str:
    plain = " ".join(label.split())
    if len(plain) > MAX_LABEL or not plain.isprintable():
        raise InputError(f"at most {MAX_LABEL} printable characters are taken", field="label")
    return plain
