"""An item that was just withdrawn, as every door shows it: by a decision, or because of a concern about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher import views
from publisher.model import DeliveryState
from publisher.prices import deletions_usd

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.office.operations import Shown


def taken_back(app: App, item_id: str) -> Shown:
    """The item as it is listed. `deletion_usd`: what platforms charge for taking it down, by channel, of those that the program asks."""
    one = app.overview.seen(item_id)
    asked = [
        row.channel
        for row in one.deliveries
        if row.state == DeliveryState.WITHDRAWING and row.due_at is not None
    ]
    costs = deletions_usd(asked, app.sketcher.limits) if asked else {}
    return views.listed(one.row, one.deliveries, one.steps, one.refused_by) | {"deletion_usd": costs}
