"""What posts cost: told before, booked when they were sent, and accounted by month, service and channel.

A council accounts for what it spends on publicity (Local Government Act 1986, section 5). The price is the platform's own,
as the adapter states it (`Limits.cost`); amounts are whole micro-dollars, since prices have fractions of a cent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from publisher.channels import Limits
from publisher.config import Config
from publisher.errors import InputError
from publisher.model import OUT, DeliveryState
from publisher.prices import MICRO, price
from publisher.queue import Queue
from publisher.tables import DeliveryRow
from publisher.times import local

_deliveries = DeliveryRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_BILLED = OUT - {DeliveryState.UNKNOWN}
"""What a platform took, and so bills; taking it down again gives nothing back, and is booked with the post."""


def booking(limits: Limits | None, post: Mapping[str, Any]) -> dict[str, int]:
    """The cost of a stored post as its delivery's columns take it, once the post was sent; nothing where it costs nothing."""
    described = sum(bool(media["alt"]) for media in post.get("media", ()))
    found = price(limits, str(post.get("text", "")), described)
    return {} if found is None else {"cost": found}


def with_deletion(limits: Limits | None, booked: int | None) -> dict[str, Any]:
    """The cost of a post once it was taken down, in the same form: what was booked, and the deletion with it."""
    if limits is None or not limits.deletion:
        return {}
    return {"cost": (booked or 0) + deletion(limits)}


def deletion(limits: Limits | None) -> int:
    """What a platform asks for taking a post down alone, in micro-dollars."""
    return round((limits.deletion or 0) * MICRO) if limits else 0


@dataclass(frozen=True, slots=True)
class Spent:
    """What was sent in one month for one service on one channel. `unbooked` posts went before their cost was booked."""

    month: str
    service: str
    channel: str
    posts: int
    micro_usd: int
    unbooked: int


class Costs:
    """The account of what was spent."""

    def __init__(self, config: Config, queue: Queue, limits: Callable[[], Mapping[str, Limits]]) -> None:
        self._config, self._queue, self._limits = config, queue, limits

    def spent(self, month: str | None = None) -> list[Spent]:
        """By month on the council's clock, service and channel; one month where it is named. Raises InputError."""
        if month is not None and not _MONTH.fullmatch(month):
            raise InputError(f"{month!r} is no month", field="month", way_out="Write it like 2026-11.")
        sums: dict[tuple[str, str, str], list[int]] = {}
        for channel, key_month, cost in self._sent():
            if month in {None, key_month}:
                found = sums.setdefault((key_month, self._service(channel), channel), [0, 0, 0])
                found[0] += 1
                found[1] += cost or 0
                found[2] += cost is None and self._charges(channel)
        return [Spent(*key, *values) for key, values in sorted(sums.items())]

    def _sent(self) -> list[tuple[str, str, int | None]]:
        query = select(_deliveries.c.channel, _deliveries.c.sent_at, _deliveries.c.cost).where(
            _deliveries.c.state.in_([state.value for state in _BILLED]), _deliveries.c.sent_at.is_not(None)
        )
        zone = self._config.council.timezone
        with self._queue.reading() as connection:
            rows = connection.execute(query).all()
        return [(channel, f"{local(at, zone):%Y-%m}", cost) for channel, at, cost in rows]

    def _service(self, channel: str) -> str:
        """Whose account it is; empty for the corporate ones, and for what is no longer in config.toml."""
        settings = self._config.channels.get(channel)
        return settings.service if settings else ""

    def _charges(self, channel: str) -> bool:
        limits = self._limits().get(channel)
        return limits is not None and limits.cost is not None
