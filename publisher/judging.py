"""The gate with everything that it needs to know: who acts, consents, terms, repeats, overrides, the day. Every door asks here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from publisher import item as items
from publisher import sameness
from publisher.accounts import Accounts
from publisher.channels import Limits
from publisher.config import Config
from publisher.consents import Consents
from publisher.item import Item
from publisher.model import Post
from publisher.overrides import Overrides, given
from publisher.policy import Context, Designation, Gate
from publisher.queue import Queue
from publisher.register import Register, Role
from publisher.tables import ItemRow, OverrideRow
from publisher.terms import Terms
from publisher.times import local
from publisher.verdicts import Judged


@dataclass(frozen=True)
class Judge:
    """Puts items before the gate as it is now. `limits` are those of the channels that are switched on."""

    config: Config
    queue: Queue
    register: Register
    consents: Consents
    overrides: Overrides
    terms: Terms
    accounts: Accounts
    rules: Callable[[], Gate]
    limits: Callable[[], Mapping[str, Limits]]
    now: Callable[[], datetime]

    @property
    def today(self) -> date:
        """The day at the council."""
        return local(self.now(), self.config.council.timezone).date()

    def problem(self, officer: str, channels: Sequence[str]) -> str:
        """Why nothing of `officer`'s may go to `channels` today (clauses 5a to 5c); empty where it may."""
        found = self.register.problem(officer, channels, today=self.today)
        return found or self.accounts.problem(channels)

    def role_of_second(self, officer: str) -> Role:
        """The role in which they let an item go on of which no finding is open: a director's, or else an approver's."""
        directs = not self.register.problem(officer, [], today=self.today, role=Role.DIRECTOR)
        return Role.DIRECTOR if directs else Role.APPROVER

    def new(
        self, item: Item, posts: Sequence[Post], officer: str, reference: str, unseen: tuple[int, ...] = ()
    ) -> Judged:  # fmt: skip
        """An item that is handed in, or would be. Raises ConfigError where the rules cannot be read."""
        problem = self.problem(officer, [post.channel for post in posts])
        return self._judged(item, posts, Context(
            self.limits(), Designation(officer, problem), self.today, unseen, self.consents.for_item(item),
            self._earlier(item, reference, self.now()), terms=self.terms.for_gate(),
        ))  # fmt: skip

    def again(
        self, row: ItemRow, item: Item, posts: Sequence[Post], overrides: Sequence[OverrideRow]
    ) -> Judged:
        """An item of the queue, with its content and posts as they would go now. Raises ConfigError."""
        limits = self.limits()
        problem = self._undesignated(row, [post.channel for post in posts])
        open_posts = [post for post in posts if post.channel in limits]
        return self._judged(item, open_posts, Context(
            limits, Designation(row.author, problem), self.today, consents=self.consents.for_item(item),
            repeats=self._earlier(item, row.id, row.created_at), overrides=given(overrides),
            terms=self.terms.for_gate(),
        ))  # fmt: skip

    def stored(self, row: ItemRow, posts: Sequence[Post]) -> Judged:
        """An item exactly as it is stored, with the overrides that count now. Raises ConfigError."""
        return self.again(row, items.parse(row.content), posts, self.overrides.counting(row))

    def _judged(self, item: Item, posts: Sequence[Post], context: Context) -> Judged:
        gate, fixed = self.rules(), tuple(posts)
        return Judged(gate, item, fixed, context, gate.check(item, fixed, context))

    def _earlier(self, item: Item, item_id: str, before: datetime) -> tuple[str, ...]:
        words = sameness.words_of(item)
        found = sameness.earlier(
            self.queue, words, item_id=item_id, external_id=item.external_id, before=before
        )
        return tuple(one for one in found if one != item.corrects)

    def _undesignated(self, row: ItemRow, channels: Sequence[str]) -> str:
        """Why one of those who decided may do so no longer: the author, or a second officer in the role they acted in."""
        if problem := self.problem(row.author, channels):
            return problem
        acted = {
            (override.officer, override.role)
            for override in self.overrides.of_item(row.id)
            if not override.revoked_at
        }
        acted |= {(login, self.role_of_second(login)) for login in row.approvers if login not in dict(acted)}
        wanted = sorted((login, role) for login, role in acted if login in row.approvers)
        problems = (
            self.register.problem(login, [], today=self.today, role=Role(role)) for login, role in wanted
        )
        return next((problem for problem in problems if problem), "")
