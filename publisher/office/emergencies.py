"""Emergencies that are out, and what somebody found who looked at them afterwards."""

from __future__ import annotations

from publisher import views
from publisher.erased import ERASED_WORDS
from publisher.office.operations import Body, Part, Scope, Shown, operation
from publisher.office.passing_on import passing_on
from publisher.tables import ItemRow


class Review(Body):
    """What somebody found who looked at an emergency afterwards."""

    reason: str


class EmergenciesPart(Part):
    """The faster lane's other end."""

    @operation("GET", "/emergencies", Scope.READ)
    def list(self) -> Shown:
        """The emergencies that are out and that nobody has looked at yet, the oldest first."""
        return {"emergencies": [_shown(row) for row in self._app.afterwards.waiting()]}

    @operation("POST", "/items/{item_id}/review", Scope.DECIDE)
    def review(self, item_id: str, body: Review) -> Shown:
        """Records what somebody found who looked at it afterwards. Raises NotDesignated, IllegalMove, InputError."""
        with passing_on(self._app, self._caller, item_id) as passed:
            row = self._app.afterwards.review(item_id, officer=self._who, reason=body.reason)
        return views.summary(row, self._app.queue.deliveries(item_id)) | passed


def _shown(row: ItemRow) -> Shown:
    people = {"author": row.author, "approvers": list(row.approvers)}
    moment = {"went_at": views.stamp(row.publish_at), "emergency": row.content.get("emergency", ERASED_WORDS)}
    return {"id": row.id, "title": row.title, **people, **moment}
