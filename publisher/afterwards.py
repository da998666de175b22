"""Emergencies are looked at afterwards, by somebody who neither wrote nor let them go (clause 5a; publisher/policy's emergency.toml)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from publisher import emergencies
from publisher.errors import IllegalMove, NotDesignated
from publisher.freetext import demand_reason
from publisher.holding import issuers_behind, parts
from publisher.judging import Judge
from publisher.queue import Queue
from publisher.record import append
from publisher.refusals import recorded
from publisher.register import Role
from publisher.tables import ItemRow

MAY_REVIEW = (Role.DIRECTOR, Role.MONITORING, Role.APPROVER)
"""Who may look at one, as the Director of Resources answers for the policy (clause 3)."""


class Afterwards:
    """What is left to be looked at once an emergency is out."""

    def __init__(self, queue: Queue, judge: Judge, now: Callable[[], datetime]) -> None:
        self._queue, self._judge, self._now = queue, judge, now

    def waiting(self) -> list[ItemRow]:
        """The emergencies that went and that nobody has looked at, the oldest first."""
        return emergencies.waiting(self._queue)

    def review(self, item_id: str, *, officer: str, reason: str) -> ItemRow:
        """Records that somebody looked at an emergency, and what they found. Raises as approval.approve does."""
        now = self._now()
        with recorded(self._queue, now, officer, "review", item_id), self._queue.writing() as connection:
            item = self._queue.item(item_id)
            if item_id not in {waiting.id for waiting in self.waiting()}:
                raise IllegalMove(
                    f"item {item_id} is no emergency that waits for this",
                    way_out="`publisher review` lists those.",
                )
            self._demand_other(item, officer)
            append(
                connection,
                now,
                officer,
                emergencies.REVIEWED,
                item_id=item_id,
                detail={"reason": demand_reason(reason)},
            )
        return self._queue.item(item_id)

    def _demand_other(self, item: ItemRow, officer: str) -> None:
        if officer in parts(self._queue.events(item.id)) | {*item.officers}:
            raise NotDesignated(
                f"{officer} wrote this item, let it go, moved it on or said what became of it, and so cannot look at it afterwards",
                way_out="Ask another officer.",
            )
        if officer in issuers_behind(self._queue, item.id):
            raise NotDesignated(
                f"this item came by a token for which {officer} issued the ticket: {officer} cannot also look at it afterwards",
                way_out="Ask another officer.",
            )
        today = self._judge.today
        problems = [self._judge.register.problem(officer, [], today=today, role=role) for role in MAY_REVIEW]
        if all(problems):
            raise NotDesignated(
                problems[-1],
                way_out=f"It is looked at by a {', '.join(MAY_REVIEW[:-1])} or {MAY_REVIEW[-1]}.",
            )
