"""Concerns (clause 4): raised, read by whom they reach, passed on, closed; and their post held or withdrawn."""

from __future__ import annotations

from publisher import views
from publisher.concerns import Concern, Told
from publisher.office.operations import Body, Part, Scope, Shown, operation
from publisher.office.taking_back import taken_back


class NewConcern(Body):
    """A concern about an item, a person (by login or name), or both; with `hold` its item waits from now on."""

    item: str | None = None
    person: str = ""
    text: str = ""
    to: str = ""
    hold: bool = False


class PassedOn(Body):
    """To whom a concern goes next, and why."""

    to: str
    reason: str


class Closing(Body):
    """What came of a concern."""

    outcome: str


class Why(Body):
    """A reason that is shown with the item."""

    reason: str


class ConcernsPart(Part):
    """Concerns about posts and people. Nobody but who raised one and who has it is told that there is one.

    Each operation has the scope `confide`, which no token has that was got for a ticket (publisher/tokens.py).
    """

    @operation("POST", "/concerns", Scope.CONFIDE)
    def tell(self, body: NewConcern) -> Shown:
        """Raises a concern. Raises InputError, NotDesignated, Refused."""
        told = Told(body.item, body.person, body.text, body.to)
        concern = self._app.concerns.tell(told, officer=self._who)
        if not body.hold:
            return self._shown(concern)
        stopped = self._app.concerns.stop(concern)
        return self._shown(concern) | {"held": not stopped.problem, "problem": stopped.problem}

    @operation("GET", "/concerns", Scope.CONFIDE)
    def list(self) -> Shown:
        """Those that the caller raised, and those that are with them."""
        return {"concerns": [self._shown(one) for one in self._app.concerns.of(self._who)]}

    @operation("GET", "/concerns/{concern_id}", Scope.CONFIDE)
    def show(self, concern_id: str) -> Shown:
        """One of them. Raises InputError for any other, whether it is there or not."""
        return self._shown(self._app.concerns.one(concern_id, self._who))

    @operation("POST", "/concerns/{concern_id}/pass", Scope.CONFIDE)
    def pass_on(self, concern_id: str, body: PassedOn) -> Shown:
        """Gives it to somebody above. Raises InputError, Refused."""
        done = self._app.concerns.pass_on(concern_id, body.to, reason=body.reason, officer=self._who)
        return self._shown(done)

    @operation("POST", "/concerns/{concern_id}/close", Scope.CONFIDE)
    def close(self, concern_id: str, body: Closing) -> Shown:
        """Says what came of it. Raises InputError, Refused."""
        return self._shown(self._app.concerns.close(concern_id, outcome=body.outcome, officer=self._who))

    @operation("POST", "/concerns/{concern_id}/hold", Scope.CONFIDE)
    def hold(self, concern_id: str) -> Shown:
        """Holds the item that it is about. Raises InputError, Refused."""
        return self._shown(self._app.concerns.hold(concern_id, officer=self._who))

    @operation("POST", "/concerns/{concern_id}/withdraw", Scope.CONFIDE)
    def withdraw(self, concern_id: str, body: Why) -> Shown:
        """Takes the item back that it is about; `post` is what is left to do with that. Raises InputError, Refused."""
        done = self._app.concerns.withdraw(concern_id, reason=body.reason, officer=self._who)
        item_id = done.row.item_id if done.row else None
        return self._shown(done) | {"post": taken_back(self._app, item_id) if item_id else None}

    def _shown(self, concern: Concern) -> Shown:
        return _concern(concern, self._who)


def _concern(one: Concern, reader: str) -> Shown:
    """A concern for `reader`, who may read it: all keys always there, empty where a hand was in it."""
    row = one.row
    return {
        "id": one.id,
        "state": one.standing.value,
        "with": one.holder or None,
        "yours": bool(row and row.raised_by == reader),
        "raised_by": row.raised_by if row else None,
        "raised_at": views.stamp(row.raised_at) if row else None,
        "item_id": row.item_id if row else None,
        "title": one.title,
        "item_state": one.item_state,
        "acts": [{"at": views.stamp(act.at), "by": act.by, "did": act.did} for act in one.acts],
        "person": row.person if row else "",
        "words": row.words if row else "",
        "steps": row.steps if row else [],
        "outcome": row.outcome if row else "",
        "closed_by": row.closed_by if row else None,
        "closed_at": views.stamp(row.closed_at) if row else None,
    }
