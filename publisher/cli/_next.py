"""What to do next with an item that waits for somebody: one line for each thing, with the words to type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from publisher.model import DeliveryState, ItemState

if TYPE_CHECKING:
    from publisher.tables import DeliveryRow, ItemRow


def next_steps(row: ItemRow, deliveries: Sequence[DeliveryRow]) -> list[str]:
    """What a person can do now, by the item's state; empty where nothing waits for anybody."""
    match row.state:
        case ItemState.HELD:
            return [_held(row)]
        case ItemState.LATE:
            return [f"give it another time: `publisher reschedule {row.id} --now`, or --at, or withdraw it."]
        case ItemState.BLOCKED:
            return [blocked(row.id)]
        case ItemState.PART_PUBLISHED:
            return [step for delivery in deliveries if (step := _delivery(row.id, delivery))]
        case _:
            return []


def blocked(item_id: str) -> str:
    """What its author does with a blocked item."""
    return (
        "change what the findings name, and hand it in again; then "
        f"`publisher withdraw {item_id} --reason TEXT` clears this one away."
    )


def undecided(item_id: str) -> str:
    """What a second officer does with an item that the gate holds."""
    return (
        f"another officer decides: `publisher approve {item_id} --reason TEXT` or "
        f"`publisher refuse {item_id} --reason TEXT`."
    )


def _held(row: ItemRow) -> str:
    """A clear item is held by what happened at its release; of another something is still open."""
    if row.verdict["verdict"] != "clear":
        return undecided(row.id)
    return f"mend the cause, then `publisher retry {row.id}`."


def _delivery(item_id: str, row: DeliveryRow) -> str:
    match row.state:
        case DeliveryState.REFUSED | DeliveryState.NOT_SENT:
            return f"mend the cause, then `publisher retry {item_id} --channel {row.channel}`."
        case DeliveryState.UNKNOWN:
            place = f"publisher resolve {item_id}/{row.channel}"
            return f"look at {row.channel}, then `{place} --sent URL` or `{place} --not-sent`."
        case _:
            return ""
