"""Risks against a platform's terms of use: accepted and ended by a director, and listed."""

from __future__ import annotations

from datetime import date

from publisher.office.operations import Body, Part, Scope, Shown, operation


class NewAcceptance(Body):
    """Why the risk is taken, and the last day on which that holds."""

    reason: str
    review_on: date


class Ending(Body):
    """Why it is taken no longer."""

    reason: str


class RisksPart(Part):
    """Ways of posting that a platform's terms forbid (clause 5e)."""

    @operation("POST", "/risks/{channel}", Scope.DIRECT)
    def accept(self, channel: str, body: NewAcceptance) -> Shown:
        """The director takes a channel's risk on, until a day. Raises InputError, NotDesignated."""
        made = self._app.risks.accept(
            channel, reason=body.reason, review_on=body.review_on, officer=self._who
        )
        return made.to_json()

    @operation("POST", "/risks/{channel}/end", Scope.DIRECT)
    def end(self, channel: str, body: Ending) -> Shown:
        """The director ends it: nothing more is sent there. Raises InputError, NotDesignated."""
        return self._app.risks.end(channel, reason=body.reason, officer=self._who).to_json()

    @operation("GET", "/risks", Scope.READ)
    def list(self) -> Shown:
        """Every channel with such a risk, and how it stands."""
        return {
            "risks": [one.to_json() for one in self._app.risks.all()],
            "today": self._app.today.isoformat(),
        }
