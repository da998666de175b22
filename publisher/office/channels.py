"""The channels: whose account each posts to, what its credentials may do, and when they end."""

from __future__ import annotations

from publisher import views
from publisher.erased import ERASED_WORDS
from publisher.health import Standing
from publisher.identities import ACCEPTED
from publisher.model import NOT_RENEWED
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
        look = self._app.proofs.look(name, self._who)
        found = self._one(name)
        if look.fault is not None and look.fault.cause == NOT_RENEWED:
            return _unasked(found, look.fault.officer)
        return found

    @operation("POST", "/channels/{name}/accept", Scope.DIRECT)
    def accept(self, name: str, body: Acceptance) -> Shown:
        """A director says that another account than before is right. Raises InputError, NotDesignated, Refused, OutsideFailed."""
        self._app.proofs.accept(name, body.reason, self._who)
        return self._one(name)

    def _one(self, name: str) -> Shown:
        row = next(row for row in self._app.channel_health.rows() if row["channel"] == name)
        return row | {"history": [_step(event) for event in self._app.identities.history(name)]}


def _unasked(found: Shown, words: str) -> Shown:
    """The channel as it was learned last, and that the platform was not asked now."""
    way_out = "What is shown is what it learned last."
    trouble = {"cause": NOT_RENEWED, "standing": Standing.ATTENTION.value, "words": words, "way_out": way_out}
    standing = max(Standing(found["standing"]), Standing.ATTENTION, key=list(Standing).index)
    return found | {"troubles": [*found["troubles"], trouble], "standing": standing.value}


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
