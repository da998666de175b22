"""The last check before an item goes: seals, officers and gate, all afresh (promise 1), and whether it is still in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from publisher import item as items
from publisher.channels import Channel
from publisher.clearance import Seal
from publisher.config import Config
from publisher.errors import InputError
from publisher.model import DeliveryState, Kind, Post, VerdictOutcome
from publisher.policy import Context, Designation, Gate
from publisher.register import Register, Role
from publisher.tables import DeliveryRow, ItemRow
from publisher.times import local

READY = frozenset({DeliveryState.WAITING, DeliveryState.STAGED})
"""The states of a delivery that may still go by itself."""


class LastCheck:
    """Says why an item may not go now; decides nothing and changes nothing."""

    def __init__(
        self,
        config: Config,
        channels: Mapping[str, Channel],
        gate: Gate,
        seal: Seal,
        register: Register,
        now: Callable[[], datetime],
    ) -> None:
        self._config, self._channels, self._gate, self._seal = config, channels, gate, seal
        self._register, self._now = register, now

    def damage(self, item: ItemRow, rows: Sequence[DeliveryRow]) -> str:
        """What of the item's rows cannot be read (a hand in the database, an older program); empty if all can."""
        try:
            items.parse(item.content)
            _ = str(item.verdict["policy"]), [Post.from_json(row.post) for row in rows]
        except (InputError, KeyError, TypeError, ValueError, AttributeError) as error:
            return (
                f"What is stored of it is damaged ({type(error).__name__}). Withdraw it and hand it in anew."
            )
        return ""

    def problem(self, item: ItemRow, rows: Sequence[DeliveryRow]) -> str:
        """Why the item may not go now, or nothing. What was sent already is past checking."""
        posts = [Post.from_json(row.post) for row in rows]
        for row, post in zip(rows, posts, strict=True):
            if row.state in READY and not self._sealed(item, row, post):
                return f"The post for {row.channel} is not the one that was cleared."
        today = local(self._now(), self._config.council.timezone).date()
        context = Context(
            {name: channel.limits for name, channel in self._channels.items()},
            Designation(item.author, self._undesignated(item, [row.channel for row in rows], today)),
            today,
        )
        ours = [post for post in posts if post.channel in self._channels]
        verdict = self._gate.check(items.parse(item.content), ours, context)
        if verdict.outcome is VerdictOutcome.CLEAR or (
            verdict.outcome is VerdictOutcome.REVIEW and item.approver
        ):
            return ""
        return next((finding.message for finding in verdict.findings), "The gate did not clear it.")

    def _sealed(self, item: ItemRow, row: DeliveryRow, post: Post) -> bool:
        whole = post.digest == row.digest and post.channel == row.channel
        return whole and self._seal.holds(
            row.seal, post, policy=item.verdict["policy"], officers=item.officers
        )

    def _undesignated(self, item: ItemRow, channels: Sequence[str], today: date) -> str:
        problem = self._register.problem(item.author, channels, today=today)
        if problem or not item.approver:
            return problem
        return self._register.problem(item.approver, [], today=today, role=Role.APPROVER)

    def deadline(self, item: ItemRow) -> datetime:
        """The last moment at which the item may go by itself: within its grace, and never after an event began."""
        grace = item.publish_at + timedelta(seconds=self._config.release.grace)
        content = items.parse(item.content)
        if content.kind is not Kind.EVENT or content.starts_at is None:
            return grace
        began = (
            content.ends_at or content.starts_at + timedelta(days=1) if content.all_day else content.starts_at
        )
        return min(grace, began)
