"""What a post that is out leaves to a person: the platform took it, and something beside it is not as it must be. Pure.

Such as comments that are still open, or an address that the platform did not tell. The delivery's reason says what it is.
"""

from __future__ import annotations

from publisher.errors import IllegalMove
from publisher.model import DeliveryState
from publisher.tables import DeliveryRow

SETTLED_BY = "Settled by "
"""How the reason of a delivery begins of which a person said what became of it: nothing is left of that."""


def is_left(row: DeliveryRow) -> bool:
    """Whether a person has something left to do there."""
    return row.state == DeliveryState.SENT and bool(row.reason) and not is_settled(row)


def is_settled(row: DeliveryRow) -> bool:
    """Whether a person said what became of it."""
    return row.reason.startswith(SETTLED_BY)


def lacks_address(row: DeliveryRow) -> bool:
    """Whether it is out, and nobody knows where."""
    return row.state == DeliveryState.SENT and not row.url


def demand(row: DeliveryRow) -> None:
    """Raises IllegalMove where nothing is left to a person."""
    if not is_left(row):
        raise IllegalMove(
            f"nothing of the post on {row.channel} is left to a person",
            way_out=f"See `publisher show {row.item_id}`.",
        )


def step(row: DeliveryRow) -> str:
    """What a person types once it is done."""
    place = f"publisher resolve {row.item_id}/{row.channel}"
    if lacks_address(row):
        return f"do on {row.channel} what is said of it, then `{place} --sent URL` with the post's address; or, without one, `{place} --settled`."
    return f"do on {row.channel} what is said of it, then `{place} --settled`."
