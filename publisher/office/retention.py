"""Retention: how long each class of record is kept, what is held, and what is erased."""

from __future__ import annotations

from publisher import views
from publisher.disposal import Thing
from publisher.holds import Hold
from publisher.office.operations import Body, Part, Scope, Shown, operation
from publisher.retention import Due


class NewHold(Body):
    """A legal or FOI hold under a reference: on one item, or on everything."""

    reference: str
    item: str | None = None
    everything: bool = False
    reason: str


class Lifting(Body):
    """The end of a hold. In the body, since a reference may hold a slash."""

    reference: str
    reason: str


class Erasure(Body):
    """Why an item is erased."""

    reason: str


class RetentionPart(Part):
    """The council's retention schedule, its holds, and erasure."""

    @operation("GET", "/retention", Scope.READ)
    def classes(self) -> Shown:
        """Every class of record: how long it is kept, why, and how much of it is due now, or held.

        Of concerns a director and the monitoring officer alone are told that any is due (clause 4).
        """
        keeps = self._app.logbook.keeps(self._who)
        classes = [_class(one, in_confidence=keeps) for one in self._app.retention.report()]
        return {"classes": classes, "holds": self._standing()}

    @operation("POST", "/retention/apply", Scope.DIRECT)
    def apply(self) -> Shown:
        """Erases what is due now. Raises NotDesignated, Refused (the record is not whole)."""
        done = self._app.retention.apply(officer=self._who)
        return {"erased": dict(done), "total": sum(done.values())}

    @operation("POST", "/items/{item_id}/erase", Scope.DIRECT)
    def erase(self, item_id: str, body: Erasure) -> Shown:
        """Erases an item, for good. Raises InputError, NotDesignated, Refused (under a legal hold), IllegalMove (out)."""
        found = self._app.erasing.erase(item_id, officer=self._who, reason=body.reason)
        return {
            "id": found.item.id,
            "state": found.item.state,
            "erased_at": views.stamp(found.item.erased_at),
            "pictures": found.pictures,
        }

    @operation("GET", "/holds", Scope.READ)
    def holds(self) -> Shown:
        """Every hold, those that stand first."""
        return {"holds": [_hold(hold) for hold in self._app.holds.all()]}

    @operation("POST", "/holds", Scope.DIRECT)
    def hold(self, body: NewHold) -> Shown:
        """Holds an item, or everything. Raises InputError and NotDesignated."""
        return _hold(
            self._app.holds.place(
                body.reference, body.item, everything=body.everything, officer=self._who, reason=body.reason
            )
        )

    @operation("POST", "/holds/lift", Scope.DIRECT)
    def lift(self, body: Lifting) -> Shown:
        """Ends a hold. Raises InputError, IllegalMove and NotDesignated."""
        return _hold(self._app.holds.lift(body.reference, officer=self._who, reason=body.reason))

    def _standing(self) -> list[Shown]:
        return [_hold(hold) for hold in self._app.holds.all() if hold.stands]


def _class(one: Due, *, in_confidence: bool) -> Shown:
    kept = one.kept
    return {
        "class": kept.name,
        "what": kept.what,
        "days": kept.days,
        "from": kept.since,
        "why": kept.why,
        "source": "config.toml, the council's own schedule" if kept.overruled else kept.source,
        "fixed": kept.fixed,
        "due": [
            _thing(thing, numbered=in_confidence)
            for thing in one.due
            if in_confidence or not thing.in_confidence
        ],
        "held": [
            _thing(thing, numbered=in_confidence) | {"hold": held}
            for thing, held in one.held
            if not thing.in_confidence
        ],
    }


def _thing(thing: Thing, *, numbered: bool) -> Shown:
    """What is in confidence (clause 4) is one of its class and no more; under which legal hold it is would tell of which item.

    Numbers of events are for whoever keeps the record: those of concerns would be missing to others.
    """
    if thing.in_confidence:
        return {"what": "in confidence", "item": None, "since": None}
    what = thing.name if numbered else views.numberless(thing.name)
    return {"what": what, "item": thing.item_id, "since": views.stamp(thing.since)}


def _hold(hold: Hold) -> Shown:
    return {
        "reference": hold.reference,
        "item": hold.item_id,
        "stands": hold.stands,
        "reason": hold.reason,
        "placed_by": hold.placed_by,
        "placed_at": views.stamp(hold.placed_at),
        "lifted_by": hold.lifted_by,
        "lifted_at": views.stamp(hold.lifted_at),
        "changed_by_hand": not hold.whole,
    }
