"""Handing an item in, by whichever door: the CLI and the hook call the same function (DESIGN §3).

Nothing is stored halfway: the item, its posts, their seals and the hook's receipt are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from publisher import correcting, emergencies, pages, pictures, references, sameness, wake
from publisher.clearing import Clearing
from publisher.compose import Composed, Composer, told
from publisher.config import Config
from publisher.errors import InputError, NotDesignated
from publisher.item import Item
from publisher.judging import Judge
from publisher.model import DeliveryState, ItemState, Post, Verdict, VerdictOutcome
from publisher.moments import demand_future
from publisher.moves import Transaction
from publisher.queue import Queue
from publisher.refusals import recorded
from publisher.tables import DeliveryRow, HookReceiptRow, ItemRow
from publisher.verdicts import Judged, Stage, Verdicts

OUTCOME_STATES = {
    VerdictOutcome.CLEAR: ItemState.QUEUED,
    VerdictOutcome.REVIEW: ItemState.HELD,
    VerdictOutcome.BLOCK: ItemState.BLOCKED,
}
"""What becomes of an item by the gate's answer."""


@dataclass(frozen=True, slots=True)
class Queued:
    """What became of an item that was handed in; `left_out` are the channels that it does not go to, each with why."""

    id: str
    state: ItemState
    verdict: Verdict
    left_out: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """`{"id", "state", "verdict", "findings", …}` (README, "Contracts")."""
        left_out = told(self.left_out)
        return {"id": self.id, "state": self.state.value, **self.verdict.to_json(), "left_out": left_out}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an item came from: the door, and the pictures that came with it, by the paths that the item names.

    `channels`, if any are named, are all that it may go to. `webhook_id` and `body_digest` are kept as the receipt, so
    that a repeat is answered and not done again.
    """

    source: str = "cli"
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    channels: tuple[str, ...] | None = None
    webhook_id: str = ""
    body_digest: str = ""


class Desk:
    """Where items are handed in."""

    def __init__(
        self,
        config: Config,
        queue: Queue,
        judge: Judge,
        verdicts: Verdicts,
        composer: Composer,
        clearing: Clearing,
        now: Callable[[], datetime],
    ) -> None:
        self._config, self._queue, self._judge, self._verdicts = config, queue, judge, verdicts
        self._composer, self._clearing, self._now = composer, clearing, now

    def hand_in(self, item: Item, *, officer: str, origin: Origin | None = None) -> Queued:
        """Checks an item through the gate and stores it: queued, held for review, or blocked.

        Raises InputError, NotDesignated, and Refused where it goes to a closed channel; no item is stored then.
        """
        origin, now = origin or Origin(), self._now()
        routed = self._composer.routed(_within(item, origin.channels), origin.channels)
        item = routed.item
        _demand_on(item)
        self._demand_designated(officer, self._composer.channels_of(item))
        item = _timed(item, now)
        opened = list(pictures.opened(item, origin.pictures))
        reference = references.free(self._queue.has)
        slug = self._free_slug(item)
        cites = correcting.cites(self._queue, item, self._composer.channels_of(item))
        composed = self._composer.compose(item, reference=reference, slug=slug, pictures=opened, cites=cites)
        judged = self._judge.new(item, composed.posts, officer, reference)
        row = self._row(item, reference, slug, composed, judged.verdict, officer, origin.source)
        outcome = OUTCOME_STATES[judged.verdict.outcome]
        queued = Queued(reference, outcome, judged.verdict, routed.left_out)
        self._store(row, judged, queued, _receipt(origin, queued, now))
        return queued

    def known(self, external_ids: Sequence[str], *, officer: str) -> dict[str, ItemRow]:
        """The items that are here already, by what their source calls them. Raises NotDesignated for who may hand in none."""
        self._demand_designated(officer, ())
        rows = ((name, self._queue.known(Origin().source, name)) for name in external_ids)
        return {name: row for name, row in rows if row is not None}

    def _store(self, row: ItemRow, judged: Judged, queued: Queued, receipt: HookReceiptRow | None) -> None:
        def keep(connection: Transaction) -> None:
            self._verdicts.keep(connection, row.id, Stage.HANDED_IN, judged, actor=row.author)
            if judged.item.emergency:
                emergencies.call(connection, row, self._now())

        path = [ItemState.CHECKED, queued.state]
        rows = self._deliveries(row, judged.posts, cleared=queued.state is ItemState.QUEUED)
        self._queue.add(row, rows, path, now=self._now(), receipt=receipt, also=keep)
        wake.call(self._config.database)

    def _demand_designated(self, officer: str, channels: Sequence[str]) -> None:
        with recorded(self._queue, self._now(), officer, "hand in"):
            if problem := self._judge.accounts.problem(channels):
                raise NotDesignated(problem, way_out="`publisher account list` shows what was approved.")
            register, today = self._judge.register, self._judge.today
            if problem := register.problem(officer, channels, today=today):
                ask = "Ask the Director of Resources; `publisher officer list` shows the register"
                if register.line(officer) is None:
                    problem = f"{problem}: only designated officers post"
                    ask = f"{ask}, or name who you are with --as LOGIN"
                raise NotDesignated(
                    f"{problem} (clauses 5a, 5c).",
                    way_out=register.way_out(officer, channels, today=today, otherwise=f"{ask}."),
                )

    def _free_slug(self, item: Item) -> str:
        plain = pages.slug(item.title)
        return pages.slug(
            item.title, {taken.split("/")[-1] for taken in self._queue.slugs_like(f"{item.kind}/{plain}")}
        )

    def _row(
        self,
        item: Item,
        reference: str,
        slug: str,
        composed: Composed,
        verdict: Verdict,
        officer: str,
        source: str,
    ) -> ItemRow:
        now = self._now()
        publish_at = item.publish_at or now
        queued = verdict.outcome is VerdictOutcome.CLEAR
        return ItemRow(
            id=reference,
            kind=item.kind.value,
            title=item.title,
            state=ItemState.DRAFT.value,
            publish_at=publish_at,
            due_at=stage_from(publish_at, now, self._config) if queued else None,
            slug=f"{item.kind}/{slug}",
            link=composed.link,
            content=item.to_json(),
            verdict=verdict.to_json(),
            author=officer,
            source=source,
            external_id=item.external_id,
            version=None if item.version is None else str(item.version),
            created_at=now,
            reason=why(verdict),
            words=sameness.words_of(item),
            corrects=item.corrects,
        )

    def _deliveries(self, row: ItemRow, posts: Sequence[Post], *, cleared: bool) -> list[DeliveryRow]:
        channels = [post.channel for post in posts]
        return [
            DeliveryRow(
                item_id=row.id,
                channel=post.channel,
                position=position,
                state=DeliveryState.WAITING.value,
                post=post.to_json(),
                digest=post.digest,
                seal=self._clearing.seal(row, post, channels, cleared=cleared),
            )
            for position, post in enumerate(posts)
        ]


def _within(item: Item, channels: tuple[str, ...] | None) -> Item:
    """The item as it is. Raises InputError where it names a channel that its source may not use."""
    for position, name in enumerate(item.channels or ()):
        if channels and name not in channels:
            raise InputError(
                f"{name!r} is not open to this source", field=f"channels[{position}]",
                way_out=f"Its channels are: {', '.join(channels)}.",
            )  # fmt: skip
    return item


def _receipt(origin: Origin, queued: Queued, now: datetime) -> HookReceiptRow | None:
    if not origin.webhook_id:
        return None
    return HookReceiptRow(
        source=origin.source,
        webhook_id=origin.webhook_id,
        digest=origin.body_digest,
        received_at=now,
        answer=queued.to_json(),
    )


def _demand_on(item: Item) -> None:
    """A diary's export still holds what is off (RFC 5545 section 3.8.1.11); announcing it would send people there."""
    if is_cancelled(item):
        raise InputError(
            "what is cancelled is not announced",
            field="status",
            way_out="Leave the status out if it takes place.",
        )


def is_cancelled(item: Item) -> bool:
    """True where the item itself says that it is off."""
    return (item.status or "").lower() in {"cancelled", "canceled"}


def _timed(item: Item, now: datetime) -> Item:
    """The item with the moment of its release filled in; refused where that moment has passed."""
    demand_future(item, now)
    return item if item.publish_at else item.model_copy(update={"publish_at": now})


def stage_from(publish_at: datetime, now: datetime, config: Config) -> datetime:
    """When staging begins for an item that goes at `publish_at`."""
    return max(now, publish_at - timedelta(seconds=config.release.stage_lead))


def why(verdict: Verdict) -> str:
    """One line for the verdict: the first finding's message, and how many more there are."""
    acting = [finding for finding in verdict.findings if finding.severity != "advise"]
    if verdict.outcome is VerdictOutcome.CLEAR or not acting:
        return ""
    more = f" (and {len(acting) - 1} more)" if len(acting) > 1 else ""
    return acting[0].message + more
