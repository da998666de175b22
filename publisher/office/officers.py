"""The register of designated officers, and the editions of the policy that they read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from publisher import views
from publisher.office.operations import Body, Part, Scope, Shown, operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.designating import Standing
    from publisher.editions import Reading
    from publisher.leaving import Left
    from publisher.tables import EditionRow, ItemRow, OfficerRow


class Entry(Body):
    """What of a line is given; what is left out, or null, stays as it is. An empty text takes away what is there."""

    name: str | None = None
    roles: list[str] | None = None
    channels: list[str] | None = None
    policy_read_on: date | None = None
    policy_edition: str | None = None
    policy_reference: str | None = None
    aup_signed_on: date | None = None
    aup_reference: str | None = None
    approved_on: date | None = None
    approval_reference: str | None = None
    expires_on: date | None = None
    trained_on: date | None = None
    training_reference: str | None = None
    manager: str | None = None

    def given(self) -> dict[str, Any]:
        """The columns that are given, by name."""
        named = {name: getattr(self, name) for name in Entry.model_fields}
        return {name: value for name, value in named.items() if value is not None}


class NewOfficer(Entry):
    """A new officer."""

    login: str
    name: str


class Amended(Entry):
    """Changes of a line; `no_end` takes the last day away."""

    no_end: bool = False

    def given(self) -> dict[str, Any]:
        """As Entry.given."""
        return super().given() | ({"expires_on": None} if self.no_end else {})


class Suspension(Body):
    """Why an officer is switched off; `dry_run` only shows what that would reach."""

    reason: str = ""
    dry_run: bool = False


class Confirmation(Body):
    """What an officer has read and understood: an edition by name, else the one to be read next."""

    edition: str = ""
    reference: str = ""


class Edition(Body):
    """An edition of the written policy, in force from a day; `dry_run` only shows whom and what that would reach."""

    edition: str
    in_force_from: date
    reference: str
    dry_run: bool = False


class EditionWithdrawal(Body):
    """That an edition was adopted by mistake; `dry_run` only shows whom and what that would reach."""

    edition: str
    reason: str
    dry_run: bool = False


class OfficersPart(Part):
    """Who may post, where, and on what grounds."""

    @operation("GET", "/officers", Scope.READ)
    def list(self) -> Shown:
        """Everyone on the register, with what keeps each from acting, and what soon will; `gone`: whose line a hand took away."""
        rows = [_shown(one) for one in self._app.designating.standings()]
        return {"officers": rows, "gone": self._app.register.gone(), "today": self._app.today.isoformat()}

    @operation("GET", "/officers/{login}", Scope.READ)
    def show(self, login: str) -> Shown:
        """One line with its history; why somebody was suspended is for directors, and for themselves. Raises InputError."""
        found = self._app.designating.standing(login)
        told = self._app.designating.history(login, asked_by=self._who)
        events = [views.event(event) | ({} if may_read else {"detail": {}}) for event, may_read in told]
        return _shown(found) | {"events": events}

    @operation("POST", "/officers", Scope.DIRECT)
    def add(self, body: NewOfficer) -> Shown:
        """Designates an officer. Raises InputError, NotDesignated."""
        return _shown(self._app.designating.add(body.login, body.given(), officer=self._who))

    @operation("PATCH", "/officers/{login}", Scope.DIRECT)
    def amend(self, login: str, body: Amended) -> Shown:
        """Changes what is given of a line; `held`: what of theirs will be held. Raises InputError, NotDesignated."""
        found = self._app.designating.amend(login, body.given(), officer=self._who)
        return _shown(found) | {"held": _rows(self._app.overview.held_for(login))}

    @operation("POST", "/officers/{login}/suspend", Scope.DIRECT)
    def suspend(self, login: str, body: Suspension) -> Shown:
        """Switches an officer off, and holds what they had on its way. Raises InputError, NotDesignated."""
        leaving = self._app.leaving
        found = (
            leaving.foreseen(login)
            if body.dry_run
            else leaving.suspend(login, officer=self._who, reason=body.reason)
        )
        leads = self._app.designating.led_by(login)
        return {"login": login, "suspended": not body.dry_run, **_left(found), "leads": leads}

    @operation("POST", "/officers/{login}/reinstate", Scope.DIRECT)
    def reinstate(self, login: str) -> Shown:
        """Undoes a suspension. Raises InputError, NotDesignated."""
        return _shown(self._app.designating.reinstate(login, officer=self._who))

    @operation("POST", "/policy/confirmations", Scope.DECIDE)
    def confirm_policy(self, body: Confirmation) -> Shown:
        """Whoever asks has read and understood the policy. Raises InputError, NotDesignated.

        Nobody says that for another (clause 5c), so not by a token that was got for a ticket: whoever issued that might have
        used it (publisher/tokens.py).
        """
        found, anew = self._app.designating.confirm(body.edition, body.reference, officer=self._who)
        return _shown(found) | {"already": not anew}

    @operation("POST", "/policy/editions", Scope.DIRECT)
    def adopt(self, body: Edition) -> Shown:
        """Adopts an edition of the written policy: everybody is asked to read it. Raises InputError, NotDesignated."""
        found = self._app.designating.adopt(
            body.edition, body.in_force_from, body.reference, officer=self._who, dry_run=body.dry_run
        )
        told = {"held": _rows(found.held), "dry_run": body.dry_run}
        return _edition(found.edition, found.reading) | self._asked(found.asked) | told

    @operation("POST", "/policy/editions/withdraw", Scope.DIRECT)
    def withdraw_edition(self, body: EditionWithdrawal) -> Shown:
        """Takes an edition away that was adopted by mistake. Raises InputError, NotDesignated."""
        found = self._app.designating.withdraw_edition(
            body.edition, body.reason, officer=self._who, dry_run=body.dry_run
        )
        now = found.reading.current.edition if found.reading.current else None
        told = {
            "held": _rows(found.held), "dry_run": body.dry_run,
            "given_back": [_reading(row) for row in found.given_back],
        }  # fmt: skip
        return {"edition": found.edition, "in_force": now} | self._asked(found.asked) | told

    def _asked(self, logins: Sequence[str]) -> Shown:
        """Who has to read an edition; and under which of these names websites send events, which read nothing."""
        found = self._app.designating.websites_of(logins)
        websites = [{"source": name, "officer": login} for name, login in found.items()]
        return {"asked": [*logins], "websites": websites}

    @operation("GET", "/policy/editions", Scope.READ)
    def editions(self) -> Shown:
        """Every edition of the written policy, by its first day, and how it stands today."""
        rows, reading = self._app.designating.editions()
        shown = [_edition(row, reading, counts=counts) for row, counts in rows]
        now = reading.current.edition if reading.current else None
        return {"editions": shown, "in_force": now, "today": self._app.today.isoformat()}


def _reading(row: OfficerRow) -> Shown:
    """Which reading of somebody's counts again; no edition where the council had adopted none by then."""
    read_on = row.policy_read_on.isoformat() if row.policy_read_on else None
    return {"login": row.login, "edition": row.policy_edition, "read_on": read_on}


def _edition(row: EditionRow, reading: Reading, *, counts: bool = True) -> Shown:
    """An edition and how it stands on the day of `reading`."""
    now = reading.current.edition if reading.current else None
    ahead = {one.edition for one in reading.coming}
    standing = "in force" if row.edition == now else "to come" if row.edition in ahead else "past"
    return views.edition(row, standing if counts else "changed by hand")


def _shown(found: Standing) -> Shown:
    told = {
        "lacks": [*found.lacks], "soon": [*found.soon], "changed_by_hand": bool(found.line.flaw),
        "only_to_confirm": found.reads,
    }  # fmt: skip
    return views.officer(found.line.row) | told


def _left(found: Left) -> Shown:
    groups = {"held": found.held, "waiting": found.waiting, "releasing": found.going, "out": found.out}
    return {name: _rows(rows) for name, rows in groups.items()}


def _rows(rows: Sequence[ItemRow]) -> list[Shown]:
    return [
        {
            "id": row.id, "title": row.title, "state": row.state, "publish_at": views.stamp(row.publish_at),
            "officers": [*row.officers],
        }
        for row in rows
    ]  # fmt: skip
