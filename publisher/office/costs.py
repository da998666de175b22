"""Costs: what posts cost, by month, service and channel."""

from __future__ import annotations

from publisher.office.operations import Part, Scope, Shown, operation
from publisher.prices import MICRO


class CostsPart(Part):
    """The account of what was spent on publicity (Local Government Act 1986, section 5)."""

    @operation("GET", "/costs", Scope.READ)
    def spent(self, month: str | None = None) -> Shown:
        """What was sent and what it cost, in US dollars, with the total; one month where it is named. Raises InputError."""
        rows = self._app.costs.spent(month)
        total = sum(row.micro_usd for row in rows)
        return {
            "month": month,
            "currency": "USD",
            "costs": [
                {
                    "month": row.month, "service": row.service, "channel": row.channel, "posts": row.posts,
                    "cost_usd": row.micro_usd / MICRO, "cost_micro_usd": row.micro_usd, "unbooked": row.unbooked,
                }
                for row in rows
            ],
            "posts": sum(row.posts for row in rows),
            "total_usd": total / MICRO,
            "total_micro_usd": total,
        }  # fmt: skip
