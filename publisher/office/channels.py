"""The channels: whose account each posts to, what its credentials may do, and when they end."""

from __future__ import annotations

from publisher import views
from publisher.erased import ERASED_WORDS
from publisher.identities import ACCEPTED
from publisher.office.operations import Body, Part, Scope, Shown, operation
from publisher.record import Event


class Acceptance(Body):
    """Why another account than before is right, for the record."""

    reason: str


class ChannelsPart(Part):
    """Whose account each channel posts to (clause 5a), as its platform itself says, and how its credentials stand."""

    @operation("GET", "/channels", Scope.READ)
    def list(self) -> Shown:
        """Every channel that is switched on, by the last look at it; `troubles` say what is wrong, and what to do. No platform is asked."""
        return {"channels": self._app.channel_health.rows()}

    @operation("GET", "/channels/{name}", Scope.READ)
    def show(self, name: str) -> Shown:
        """One channel, with everything that is on record of its account. Raises NotFound, InputError."""
        self._app.identities.demand_channel(name)
        return self._one(name)

    @operation("POST", "/channels/{name}/check", Scope.WRITE)
    def check(self, name: str) -> Shown:
        """Asks the platform now; a first account that fits config.toml goes on record. Raises InputError, NotDesignated."""
        self._app.proofs.look(name, self._who)
        return self._one(name)

    @operation("POST", "/channels/{name}/accept", Scope.DIRECT)
    def accept(self, name: str, body: Acceptance) -> Shown:
        """A director says that another account than before is right. Raises InputError, NotDesignated, Refused, OutsideFailed."""
        self._app.proofs.accept(name, body.reason, self._who)
        return self._one(name)

    def _one(self, name: str) -> Shown:
        row = next(row for row in self._app.channel_health.rows() if row["channel"] == name)
        return row | {"history": [_step(event) for event in self._app.identities.history(name)]}


def _step(event: Event) -> Shown:
    """One account that went on record."""
    told = event.detail
    return {
        "at": views.stamp(event.at),
        "by": event.actor,
        "did": "accepted" if event.action == ACCEPTED else "recorded",
        "account": str(told.get("account", "")),
        "name": str(told.get("name", "")),
        "earlier": str(told.get("earlier", "")),
        "reason": ERASED_WORDS if event.is_erased else str(told.get("reason", "")),
    }
