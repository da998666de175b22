"""Services' own accounts and how they are linked: proposed, decided, listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from publisher import views
from publisher.accounts import APPROVED, Account, Proposal, Standing
from publisher.erased import ERASED_WORDS
from publisher.links import Link
from publisher.office.operations import Body, Part, Scope, Shown, operation
from publisher.record import Event


class NewAccount(Body):
    """A business case for a service's own account (clause 5b)."""

    reference: str
    service: str
    channel: str
    address: str
    case: str


class Decision(Body):
    """What a director gives with a decision, and a proposer who takes a case back."""

    reason: str


class Done(Body):
    """That two accounts were linked by hand; without a day: today."""

    on: date | None = None


class AccountsPart(Part):
    """Services' own accounts (clause 5b), and the links between the council's accounts (clause 5a)."""

    @operation("POST", "/accounts", Scope.WRITE)
    def propose(self, body: NewAccount) -> Shown:
        """Puts a business case to the director. Raises InputError, NotDesignated."""
        proposal = Proposal(body.service, body.channel, body.address, body.case)
        return _account(self._app.accounts.propose(body.reference, proposal, officer=self._who))

    @operation("POST", "/accounts/{reference}/approve", Scope.DIRECT)
    def approve(self, reference: str, body: Decision) -> Shown:
        """The director approves it. Raises InputError, NotDesignated, IllegalMove."""
        return self._decide(reference, Standing.APPROVED, body)

    @operation("POST", "/accounts/{reference}/decline", Scope.DIRECT)
    def decline(self, reference: str, body: Decision) -> Shown:
        """The director says no. Raises as `approve` does."""
        return self._decide(reference, Standing.DECLINED, body)

    @operation("POST", "/accounts/{reference}/close", Scope.DIRECT)
    def close(self, reference: str, body: Decision) -> Shown:
        """The director closes an approved account: what is on its way there is held. Raises as `approve` does."""
        return self._decide(reference, Standing.CLOSED, body)

    @operation("POST", "/accounts/{reference}/withdraw", Scope.WRITE)
    def withdraw(self, reference: str, body: Decision) -> Shown:
        """Its proposer takes a case back that is not decided on. Raises as `approve` does."""
        return self._decide(reference, Standing.WITHDRAWN, body)

    def _decide(self, reference: str, decision: Standing, body: Decision) -> Shown:
        done = self._app.accounts.decide(reference, decision, reason=body.reason, officer=self._who)
        return _account(done, self._history(done))

    def _history(self, one: Account) -> Sequence[Event]:
        return self._app.accounts.history(one.row.reference).get(one.row.reference, [])

    @operation("GET", "/accounts", Scope.READ)
    def list(self) -> Shown:
        """Every business case."""
        told = self._app.accounts.history()
        return {
            "accounts": [_account(one, told.get(one.row.reference, [])) for one in self._app.accounts.all()]
        }

    @operation("GET", "/accounts/{reference}", Scope.READ)
    def show(self, reference: str) -> Shown:
        """One business case, whole, with its history. Raises InputError."""
        found = self._app.accounts.one(reference)
        told = self._history(found)
        return _account(found, told) | {"history": [_step(event) for event in told]}

    @operation("GET", "/links", Scope.READ)
    def links(self) -> Shown:
        """Which of the council's accounts are to be linked by hand, which are, and which have no corporate one to link."""
        links = self._app.links
        alone = [{"channel": name, "platform": platform} for name, platform in links.alone()]
        return {"links": [_link(one) for one in links.all()], "alone": alone}

    @operation("POST", "/links/{start}/{end}", Scope.WRITE)
    def linked(self, start: str, end: str, body: Done) -> Shown:
        """Records that a person linked two accounts. Raises InputError, NotDesignated."""
        return _link(self._app.links.done(start, end, body.on, officer=self._who))

    @operation("POST", "/links/{start}/{end}/undo", Scope.WRITE)
    def unlinked(self, start: str, end: str) -> Shown:
        """Takes the word back that they are linked. Raises InputError, NotDesignated."""
        return _link(self._app.links.undo(start, end, officer=self._who))


def _account(one: Account, told: Sequence[Event] = ()) -> Shown:
    """A service's own account: its business case, how it stands, and who approved it, whatever came after."""
    row = one.row
    approval = next((_step(event) for event in told if event.action == APPROVED), {})
    return {
        "reference": row.reference,
        "service": row.service,
        "channel": row.channel,
        "address": row.address,
        "case": row.case,
        "standing": one.standing.value,
        "proposed_by": row.proposed_by,
        "proposed_at": views.stamp(row.proposed_at),
        "decided_by": row.decided_by,
        "decided_at": views.stamp(row.decided_at),
        "reason": row.reason,
        "approved_by": approval.get("by"),
        "approved_at": approval.get("at"),
        "approved_reason": approval.get("reason"),
    }


def _step(event: Event) -> Shown:
    """One step in a case's history: `standing` is how it stood from then on."""
    reason = ERASED_WORDS if event.is_erased else event.detail.get("reason", "")
    standing = event.action.removeprefix("account ")
    return {"at": views.stamp(event.at), "by": event.actor, "standing": standing, "reason": reason}


def _link(one: Link) -> Shown:
    """From the corporate account to a service's: what is to be done by hand, and who did it when."""
    row = one.row
    return {
        "from": one.start,
        "to": one.end,
        "service": one.service,
        "to_do": one.to_do,
        "done": row is not None,
        "done_by": row.done_by if row else None,
        "done_on": row.done_on.isoformat() if row else None,
    }
