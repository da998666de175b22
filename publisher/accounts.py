"""Services' own accounts (clause 5b): a business case is put to the director, who decides; without it nothing is posted there.

One that was written or changed by hand, or set back to how it was before a decision, counts for nothing
(publisher/sealed.py).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func

from publisher.clearance import Seal
from publisher.config import Config, demand_name
from publisher.errors import IllegalMove, InputError, NotDesignated, NotFound
from publisher.freetext import line, passage
from publisher.queue import Queue
from publisher.record import Event, events
from publisher.refusals import recorded
from publisher.register import Register, Role
from publisher.sealed import Found, Kind, Sealed
from publisher.settings import ChannelSettings, is_profile
from publisher.tables import AccountRow, EventRow
from publisher.tickets import issuers
from publisher.times import local

_accounts, _events = AccountRow.__table__, EventRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

MAX_SERVICE, MAX_REASON, MAX_CASE = 100, 1_000, 4_000
"""Characters. The case is a summary for whoever decides; the paper itself stays where it is filed."""
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}")
"""Plain letters only: two references that an eye reads as one could not be told apart. It stands in addresses, too."""
_PROPOSED = "account proposed"


class Standing(StrEnum):
    """What became of a business case."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    BY_HAND = "changed by hand"


_NEXT = {
    Standing.APPROVED: Standing.PROPOSED,
    Standing.DECLINED: Standing.PROPOSED,
    Standing.CLOSED: Standing.APPROVED,
    Standing.WITHDRAWN: Standing.PROPOSED,
}
"""What may become of a case that stands how: its proposer withdraws, a director decides. A new case has a new reference."""
APPROVED = f"account {Standing.APPROVED}"
"""The action of the event of an approval, which stays on record when the account is closed."""
_ACTIONS = (_PROPOSED, *(f"account {decision}" for decision in _NEXT))
KIND = Kind(AccountRow, "account", ("reference",), _ACTIONS, "The business case {}")
_OR_OFF = "or set enabled = false."
_WHY = {
    Standing.PROPOSED: "is not decided on",
    Standing.DECLINED: "was declined",
    Standing.CLOSED: "was closed",
    Standing.WITHDRAWN: "was withdrawn",
    Standing.BY_HAND: "was changed by hand",
}


@dataclass(frozen=True, slots=True)
class Account:
    """A business case, and how it stands."""

    row: AccountRow
    standing: Standing


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is put to the director: a service, its channel's name in config.toml, the account's address, and why."""

    service: str
    channel: str
    address: str
    case: str


class Accounts:
    """The business cases in the queue's database. Officers propose, and a director who did not propose decides."""

    def __init__(
        self, config: Config, queue: Queue, register: Register, seal: Seal, now: Callable[[], datetime]
    ) -> None:
        self._config, self._queue, self._register = config, queue, register
        self._rows, self._now = Sealed(KIND, seal), now

    def propose(self, reference: str, proposal: Proposal, *, officer: str) -> Account:
        """Puts a business case to the director. Raises InputError (wrong, or there already) and NotDesignated."""
        now, asked = self._now(), "propose an account"
        with recorded(self._queue, now, officer, asked), self._queue.writing() as connection:
            self._demand(officer, Role.OFFICER)
            row = _proposed(reference, proposal, officer, now)
            if self._found(row.reference):
                raise _known(row.reference)
            detail = {name: getattr(row, name) for name in ("service", "address")}
            self._rows.store(connection, row, now, officer, _PROPOSED, channel=row.channel, detail=detail)
        return Account(row, Standing.PROPOSED)

    def decide(self, reference: str, decision: Standing, *, reason: str, officer: str) -> Account:
        """A director approves, declines or, later, closes; a proposer withdraws. Raises InputError, NotDesignated, IllegalMove.

        What is on its way to an account that is closed is held when its moment comes.
        """
        role = Role.OFFICER if decision is Standing.WITHDRAWN else Role.DIRECTOR
        now, why = self._now(), line(reason, "reason", MAX_REASON)
        with (
            recorded(self._queue, now, officer, f"account {decision}"),
            self._queue.writing() as connection,
        ):
            self._demand(officer, role)
            account = self.one(reference)
            _demand_decidable(account, decision, officer)
            self._demand_no_ticket(account, decision, officer)
            row, action = account.row, f"account {decision}"
            row.decision, row.decided_by, row.decided_at, row.reason = decision.value, officer, now, why
            self._rows.store(
                connection, row, now, officer, action, channel=row.channel, detail={"reason": why}
            )
        return Account(row, decision)

    def _demand_no_ticket(self, account: Account, decision: Standing, officer: str) -> None:
        """Whoever issued the proposer's ticket might be the proposer: no account opens on one person's word."""
        reference = account.row.reference
        proposed = (
            event for event in self.history(reference).get(reference, []) if event.action == _PROPOSED
        )
        if decision is Standing.APPROVED and officer in issuers(self._queue, proposed):
            raise NotDesignated(
                f"{reference} was proposed by a token for which {officer} issued the ticket: {officer} cannot also approve it",
                way_out="Ask another director; or its proposer makes a token at the server with `publisher token new`, "
                f"takes this back with `{_withdraw(reference)}`, and proposes it anew with that token and another reference.",
            )

    def all(self) -> list[Account]:
        """Every business case, by reference."""
        return self._read()

    def one(self, reference: str) -> Account:
        """The business case of that reference, in capitals or small letters. Raises NotFound."""
        if found := self._found(reference):
            return found
        raise NotFound(
            f"there is no business case {reference!r}",
            field="reference",
            way_out="`publisher account list` shows all.",
        )

    def history(self, reference: str | None = None) -> dict[str, list[Event]]:
        """What the record tells of each business case, or of this one: who proposed and decided, when and why, in order."""
        which = [] if reference is None else [_events.c.subject == reference]
        found: dict[str, list[Event]] = {}
        with self._queue.reading() as connection:
            for event in events(connection, _events.c.action.in_(_ACTIONS), *which):
                found.setdefault(event.subject or "", []).append(event)
        return found

    def problem(self, channels: Sequence[str]) -> str:
        """Why nothing may be posted to one of `channels` (clause 5b); empty where each is corporate or approved."""
        for name, settings in self._owned(channels):
            if why := self._lacking(name, settings):
                return f"{name}'s business case {settings.business_case} {why} (clause 5b)"
        return ""

    def way_out(self, channels: Sequence[str]) -> str:
        """What is done about the `problem` of these channels; a case that was decided on is not decided on again."""
        for name, settings in self._owned(channels):
            if self._lacking(name, settings):
                return self._mended(settings.business_case)
        return ""

    def _owned(self, channels: Sequence[str]) -> Iterator[tuple[str, ChannelSettings]]:
        """Those of `channels` that are a service's own account."""
        for name in channels:
            settings = self._config.channels.get(name)
            if settings is not None and settings.service:
                yield name, settings

    def _mended(self, reference: str) -> str:
        account = self._found(reference)
        if account is None:
            return f"Propose it (`publisher account propose`), {_OR_OFF}"
        if account.standing is Standing.PROPOSED:
            named = shlex.quote(account.row.reference)
            return f"A director decides with `publisher account approve {named} --reason TEXT`; until then set enabled = false there."
        return f"Propose a new one under another reference (`publisher account propose`) and name that in business_case, {_OR_OFF}"

    def _lacking(self, channel: str, settings: ChannelSettings) -> str:
        account = self._found(settings.business_case)
        if account is None:
            return "is not on record"
        if account.standing is not Standing.APPROVED:
            return _WHY[account.standing]
        row = account.row
        for approved, configured, what in (
            (row.channel, channel, "channel"),
            (row.service.casefold(), settings.service.casefold(), "service"),
            (_place(row.address), _place(settings.profile or row.address), "address"),
        ):
            if approved != configured:
                return f"was approved for another {what}"
        return ""

    def _found(self, reference: str) -> Account | None:
        plain = " ".join(reference.split()).lower()
        if not _REFERENCE.fullmatch(plain):
            return None
        return next(iter(self._read(func.lower(_accounts.c.reference) == plain)), None)

    def _read(self, *where: ColumnElement[bool]) -> list[Account]:
        with self._queue.reading() as connection:
            found = self._rows.read(connection, *where, order=[_accounts.c.reference])
        return [Account(one.row, _standing(one)) for one in found]

    def _demand(self, officer: str, role: Role) -> None:
        today = local(self._now(), self._config.council.timezone).date()
        self._register.demand(officer, role, today=today, about=" (clause 5b)")


def _standing(found: Found[AccountRow]) -> Standing:
    if not found.whole:
        return Standing.BY_HAND
    return Standing(found.row.decision) if found.row.decision else Standing.PROPOSED


def _proposed(reference: str, proposal: Proposal, officer: str, now: datetime) -> AccountRow:
    plain = " ".join(reference.split())
    if not _REFERENCE.fullmatch(plain):
        raise InputError(
            f"{reference!r} is not a reference",
            field="reference",
            way_out="Use plain letters, digits, dots and hyphens, like LIB-2026-01.",
        )
    demand_name(proposal.channel, "channel")
    if not is_profile(proposal.address):
        raise InputError(
            f"{proposal.address!r} is not an account's address",
            field="address",
            way_out="Paste the account's https address, like https://www.facebook.com/examplelibraries.",
        )
    case = passage(proposal.case, "case", MAX_CASE)
    _ = line(case, "case", MAX_CASE)
    return AccountRow(
        reference=plain, service=line(proposal.service, "service", MAX_SERVICE), channel=proposal.channel,
        address=proposal.address, case=case, proposed_by=officer, proposed_at=now,
    )  # fmt: skip


def _demand_decidable(account: Account, decision: Standing, officer: str) -> None:
    reference = account.row.reference
    if (officer == account.row.proposed_by) is not (decision is Standing.WITHDRAWN):
        raise _not_theirs(account, officer)
    if account.standing is not _NEXT[decision]:
        raise IllegalMove(
            f"{reference} is {account.standing}: only what is {_NEXT[decision]} can be {decision}",
            way_out=f"See `publisher account show {reference!r}`, or propose it anew with another reference.",
        )


def _not_theirs(account: Account, officer: str) -> NotDesignated:
    """Who proposed a case does not decide on it, and nobody else takes it back."""
    reference = account.row.reference
    if officer != account.row.proposed_by:
        return NotDesignated(
            f"{officer} did not propose {reference}, and does not take it back",
            way_out="A director can decline it.",
        )
    undecided = account.standing is Standing.PROPOSED
    back = f", or take it back with `{_withdraw(reference)}`"
    return NotDesignated(
        f"{officer} proposed {reference}, and does not decide on it",
        way_out=f"Ask another director{back if undecided else ''}.",
    )


def _withdraw(reference: str) -> str:
    return f"publisher account withdraw {shlex.quote(reference)} --reason TEXT"


def _known(reference: str) -> InputError:
    return InputError(
        f"{reference!r} is known already",
        field="reference",
        way_out=f"See `publisher account show {reference!r}`; a new case has a new reference.",
    )


def _place(address: str) -> str:
    """Addresses that lead to the same account."""
    return address.casefold().rstrip("/")
