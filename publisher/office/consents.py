"""Consents: entered, taken back, listed."""

from __future__ import annotations

from datetime import date

from publisher import views
from publisher.office.operations import Body, Part, Scope, Shown, operation


class NewConsent(Body):
    """A consent, or another basis, under the reference that pictures name."""

    reference: str
    basis: str = "consent"
    expires_on: date | None = None


class ConsentsPart(Part):
    """Whether people agreed to be shown, by reference; no names are kept."""

    @operation("POST", "/consents", Scope.WRITE)
    def add(self, body: NewConsent) -> Shown:
        """Enters a consent. Raises InputError, NotDesignated."""
        return views.consent(self._app.consents.add(body.reference, body.basis, body.expires_on, self._who))

    @operation("POST", "/consents/{reference}/withdraw", Scope.WRITE, judging=True)
    def withdraw(self, reference: str) -> Shown:
        """Takes a consent back: what names it and waits is stopped at once. Raises InputError, NotDesignated."""
        found = self._app.decisions.withdraw_consent(reference, officer=self._who)
        every = {"held": found.held, "unjudged": found.unjudged, "out": found.out}
        reached = {name: [row.id for row in rows] for name, rows in every.items()}
        titles = {row.id: row.title for rows in every.values() for row in rows}
        return views.consent(found.consent) | reached | {"titles": titles}

    @operation("GET", "/consents", Scope.READ)
    def list(self) -> Shown:
        """Every consent, with `today` as the council's day, by which they hold or not."""
        rows = [views.consent(row) for row in self._app.consents.all()]
        return {"consents": rows, "today": self._app.today.isoformat()}
