"""A second officer decides: lets single findings go for a reason and a time, or says no (DESIGN §5).

Nothing is let go as a whole. Each finding needs the role that its rule names; the gate is then asked afresh, and the
item goes only where nothing is left open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from publisher import wake
from publisher.clearing import changed
from publisher.config import Config
from publisher.errors import IllegalMove, InputError, NotDesignated, Refused
from publisher.freetext import ANSWER_LEAST, REASON_MOST, demand_reason, passage
from publisher.holding import demand_other, issuers_behind
from publisher.judging import Judge
from publisher.model import Finding, ItemState, Severity
from publisher.moments import over_at
from publisher.moves import Transaction, move_item
from publisher.overrides import APPROVED, RESCHEDULED, Overrides
from publisher.policy import content_digest
from publisher.policy.evidence import names_something
from publisher.policy.findings import OFFICER
from publisher.queue import Queue
from publisher.record import REFUSED, append
from publisher.refusals import recorded
from publisher.register import Role
from publisher.requeueing import Prepared, Requeuer
from publisher.tables import ItemRow, OverrideRow
from publisher.times import local
from publisher.verdicts import Judged, Stage

REASON_LEAST = ANSWER_LEAST
"""Characters of a reason: "ok" tells nobody why a rule was let go, and neither do dots or hidden characters."""
OVERRIDE_DAYS_MOST = 90
"""The longest that an override may last: a quarter, after which the reason is asked for again."""
_DECIDABLE = frozenset({ItemState.HELD, ItemState.BLOCKED})


@dataclass(frozen=True, slots=True)
class _Terms:
    """Who lets something go, why, and until when (included)."""

    officer: str
    reason: str
    until: date
    now: datetime


class Approval:
    """What a second officer decides. Every refusal of theirs is recorded."""

    def __init__(
        self, config: Config, queue: Queue, judge: Judge, overrides: Overrides, requeuer: Requeuer, now: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self._config, self._queue, self._judge = config, queue, judge
        self._overrides, self._requeuer, self._now = overrides, requeuer, now

    def approve(
        self, item_id: str, *, officer: str, reason: str, findings: Sequence[str] = (), until: date | None = None
    ) -> ItemRow:  # fmt: skip
        """Lets findings of a held or blocked item go; it is queued if none is left open, else it says what is.

        `findings` are ids; none: all that the officer may let go. Raises InputError (reason, day, unknown finding),
        NotDesignated (the author, or not their role), Refused (nobody may) and IllegalMove.
        """
        now = self._now()
        with recorded(self._queue, now, officer, "approve", item_id), self._queue.writing() as connection:
            item = self._queue.item(item_id)
            self._demand_second(item, officer, "approve")
            demand_other(item, self._queue.events(item_id), officer)
            self._demand_no_ticket(item_id, officer)
            terms = _Terms(officer, _demand_why(reason), self._last_day(item, until), now)
            self._approve(connection, item, terms, findings)
        wake.call(self._config.database)
        return self._queue.item(item_id)

    def _last_day(self, item: ItemRow, until: date | None) -> date:
        """The last day of a yes. Raises InputError where it has passed, is too far, or comes before the item goes."""
        today = self._judge.today
        last = until or today + timedelta(days=self._config.policy.override_days)
        most, goes = (
            today + timedelta(days=OVERRIDE_DAYS_MOST),
            local(item.publish_at, self._config.council.timezone).date(),
        )
        later = "Give a later day with --until." if goes <= most else "Approve it nearer to that day."
        wrong = (
            (last < today, f"{last} has passed", "Choose today or a later day."),
            (
                last > most,
                f"{last} is not within {OVERRIDE_DAYS_MOST} days from today",
                "Choose a nearer day.",
            ),
            (last < goes, f"your yes would run out on {last}, before it goes on {goes}", later),
        )
        for holds, detail, way_out in wrong:
            if holds:
                raise InputError(detail, field="until", way_out=way_out)
        return last

    def _demand_second(self, item: ItemRow, officer: str, asked: str) -> None:
        if item.state not in _DECIDABLE:
            raise IllegalMove(f"item {item.id} is {item.state}, not held for review", way_out=_instead(item))
        if officer == item.author:
            another = "an" if self._problem(officer, Role.APPROVER) else "another"
            raise NotDesignated(
                f"the author of an item cannot also {asked} it",
                way_out=f"Ask {another} approver, or take it back: `{_withdraw(item.id)}`.",
            )
        if officer in self._movers(item):
            raise NotDesignated(
                f"{officer} gave this item another time, and so cannot also {asked} it",
                way_out="Ask another approver.",
            )
        if said_no := [event.actor for event in self._queue.events(item.id) if event.action == REFUSED]:
            raise IllegalMove(
                f"item {item.id} was refused by {said_no[-1]}", way_out="Its author hands in a new one."
            )

    def _demand_no_ticket(self, item_id: str, officer: str) -> None:
        """Whoever issued the author's ticket might be the author: no item goes on one person's word."""
        if officer in issuers_behind(self._queue, item_id):
            raise NotDesignated(
                f"this item came by a token for which {officer} issued the ticket: {officer} cannot also approve it",
                way_out="Ask another approver; or its author makes a token at the server with `publisher token new`, "
                f"takes this back with `{_withdraw(item_id)}`, and hands it in again with that token.",
            )

    def _movers(self, item: ItemRow) -> set[str]:
        """Who changed the item after it was handed in: an approver never is the author of a later edit."""
        return {event.actor for event in self._queue.events(item.id) if event.action == RESCHEDULED}

    def _approve(
        self, connection: Transaction, item: ItemRow, terms: _Terms, findings: Sequence[str]
    ) -> None:
        prepared = self._prepared(item, terms)
        before = self._overrides.counting(item)
        judged = self._requeuer.judge(prepared, before)
        chosen = self._chosen(judged, findings, terms.officer, item.id)
        added = [_row(prepared, judged, finding, terms, role) for finding, role in chosen]
        for row in added:
            self._overrides.add(connection, row)
        allowed = [*before, *added]
        after = self._requeuer.judge(prepared, allowed)
        prepared = replace(prepared, row=_decided(prepared.row, after, allowed, terms.officer))
        detail = {"findings": [row.finding for row in added], "rules": sorted({row.rule for row in added})}
        append(
            connection,
            terms.now,
            terms.officer,
            APPROVED,
            item_id=item.id,
            detail=detail | {"until": str(terms.until), "reason": terms.reason},
        )
        self._requeuer.store(connection, prepared, after, Stage.APPROVED, actor=terms.officer, detail=detail)

    def _prepared(self, item: ItemRow, terms: _Terms) -> Prepared:
        prepared = self._requeuer.prepare(item, max(item.publish_at, terms.now))
        over = over_at(prepared.item)
        if over is not None and prepared.row.publish_at >= over:
            raise IllegalMove(f"it is too late for item {item.id}: the event will have begun")
        return prepared

    def _chosen(
        self, judged: Judged, findings: Sequence[str], officer: str, item_id: str
    ) -> list[tuple[Finding, Role]]:
        """The findings that this officer lets go, each with the role that they do it in."""
        left = [finding for finding in judged.verdict.findings if finding.severity is not Severity.ADVISE]
        wanted = _named(left, findings) if findings else left
        roles = {finding.id: _role(judged, finding, item_id) for finding in wanted}
        problems = {
            role: self._problem(officer, role)
            for role in sorted({*roles.values()} or {self._judge.role_of_second(officer)})
        }
        mine = [(finding, roles[finding.id]) for finding in wanted if not problems[roles[finding.id]]]
        failed = [role for role, problem in problems.items() if problem]
        if failed and (findings or not mine):
            self._judge.register.demand(officer, failed[0], today=self._judge.today)
        return mine

    def _problem(self, officer: str, role: Role) -> str:
        return self._judge.register.problem(officer, [], today=self._judge.today, role=role)

    def refuse(self, item_id: str, *, officer: str, reason: str) -> ItemRow:
        """A second officer says no, for good, to an item that is held for review. Raises as `approve` does."""
        now = self._now()
        with recorded(self._queue, now, officer, "refuse", item_id), self._queue.writing() as connection:
            item = self._queue.item(item_id)
            self._demand_second(item, officer, "refuse")
            self._judge.register.demand(officer, Role.APPROVER, today=self._judge.today)
            here, after, why = ItemState.HELD, ItemState.BLOCKED, demand_reason(reason)
            append(connection, now, officer, REFUSED, item_id=item_id, detail={"reason": why})
            move_item(connection, item_id, here, after, actor=officer, now=now, reason=why)
        return self._queue.item(item_id)


def _instead(item: ItemRow) -> str:
    """What is done with an item that nobody has to decide: what still waits can be stopped."""
    if item.state in {ItemState.QUEUED, ItemState.LATE}:
        return f"To stop it: `{_withdraw(item.id)}`."
    return f"See `publisher show {item.id}`."


def _withdraw(item_id: str) -> str:
    return f"publisher withdraw {item_id} --reason TEXT"


def _demand_why(reason: str) -> str:
    """A reason that tells others why a rule was let go. Raises InputError."""
    plain = " ".join(passage(reason, "reason", max(REASON_MOST, len(reason))).split())
    if not REASON_LEAST <= len(plain) <= REASON_MOST:
        raise InputError(
            f"a reason of {REASON_LEAST} to {REASON_MOST} characters is needed", field="reason",
            way_out="Say why it may go all the same: others read it later.",
        )  # fmt: skip
    if not names_something(plain):
        raise InputError(
            "this tells nobody why", field="reason",
            way_out="Say in two words or more why it may go all the same, or name the record: others read it later.",
        )  # fmt: skip
    return plain


def _named(left: Sequence[Finding], findings: Sequence[str]) -> list[Finding]:
    known = {finding.id for finding in left}
    if unknown := [name for name in findings if name not in known]:
        raise InputError(
            f"there is no open finding {unknown[0]!r}", field="finding",
            way_out=f"Open are: {', '.join(sorted(known)) or 'none'}.",
        )  # fmt: skip
    return [finding for finding in left if finding.id in findings]


def _role(judged: Judged, finding: Finding, item_id: str) -> Role:
    """The role that may let a finding go. Raises Refused where nobody may."""
    if role := judged.gate.override_role(finding.rule):
        return Role(role)
    shown = f"`publisher show {item_id}` says what to do."
    way_out = shown if finding.field == OFFICER else finding.remedy
    raise Refused(f"nobody may let {finding.rule} go: {finding.message}", way_out=way_out)


def _row(prepared: Prepared, judged: Judged, finding: Finding, terms: _Terms, role: Role) -> OverrideRow:
    return OverrideRow(
        item_id=prepared.row.id, rule=finding.rule, finding=finding.id, content=content_digest(judged.item, judged.posts),
        officer=terms.officer, role=role.value, reason=terms.reason, given_at=terms.now, expires_on=terms.until,
    )  # fmt: skip


def _decided(row: ItemRow, judged: Judged, allowed: Sequence[OverrideRow], officer: str) -> ItemRow:
    """The row with all second officers on whose word it goes."""
    found = {finding.id for finding in judged.verdict.findings}
    approvers = {override.officer for override in allowed if override.finding in found} | {officer}
    return changed(row, approver=",".join(sorted(approvers)))
