"""A director accepts the record as it is: after a backup was put back, or once it is known why it does not fit.

What was found is written into the record with the reason, so that it is told for ever; what is done to it afterwards is
found as before. Only then is anything released again. An older database has forgotten what it sent (DESIGN §4): what waits
in it is held, so that a person looks first whether it is out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from publisher.acceptances import ACCEPTED
from publisher.approval import demand_reason
from publisher.clearing import Clearing
from publisher.ends import EndFile
from publisher.errors import NotDesignated, Refused
from publisher.holding import Holding
from publisher.lastcheck import damage
from publisher.model import ItemState
from publisher.queue import Queue, Transaction, move_item
from publisher.record import NOTHING, End, append, end
from publisher.refusals import recorded
from publisher.register import Register, Role
from publisher.verifying import Report, Verifier

FORGETFUL = frozenset({"end", "checkpoint"})
"""The kinds of fault by which the database may be an older one."""
CAUSE = "older"
"""The cause of the holding, in one word."""
LOOK = "An older database was put back: look on each channel whether this is out already."


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What was accepted: the end that was known, the one that counts from now on, and what had been found."""

    before: str
    after: str
    report: Report
    held: tuple[str, ...]


class Accepting:
    """What lets a record count again."""

    def __init__(
        self, queue: Queue, end_file: EndFile, verifier: Verifier, register: Register, holding: Holding,
        clearing: Clearing, now: Callable[[], datetime], today: Callable[[], date],
    ) -> None:  # fmt: skip
        self._queue, self._end_file, self._verifier = queue, end_file, verifier
        self._register, self._holding, self._clearing = register, holding, clearing
        self._now, self._today = now, today

    def accept(self, *, officer: str, reason: str) -> Acceptance:
        """Writes down what was found and re-anchors the record. Raises NotDesignated, InputError, Refused (it is whole)."""
        now = self._now()
        with recorded(self._queue, now, officer, "accept the record"):
            if problem := self._register.problem(officer, [], today=self._today(), role=Role.DIRECTOR):
                raise NotDesignated(problem, way_out="Ask the Director of Resources.")
            why, report = demand_reason(reason), self._verifier.verify()
            if report.whole:
                raise Refused("the record is whole: there is nothing to accept")
            known = self._known()
            return self._accept(officer, why, report, known)

    def _accept(self, officer: str, why: str, report: Report, known: str) -> Acceptance:
        """Accepts what was looked at, and nothing that came after it. Raises Refused."""
        now = self._now()
        with self._queue.writing() as connection:
            here = end(connection)
            if here != report.end:
                raise Refused("the record went on while it was looked at", way_out="Run it again.")
            move, found = (known, str(here)), [fault.mark for fault in report.faults]
            words = {"reason": why, "found": found}
            proof = self._verifier.proof(here, officer, move, words)
            append(connection, now, officer, ACCEPTED, subject=proof, move=move, detail=words)
            forgot = any(fault.kind in FORGETFUL for fault in report.faults)
            held = self._hold(connection, officer) if forgot else ()
            anchor = end(connection)
        self._end_file.anchor(anchor)
        if self._verifier.found:  # a daemon in this process need not wait for its next look
            self._verifier.whole_problem()
        return Acceptance(known, str(here), report, held)

    def _hold(self, connection: Transaction, officer: str) -> tuple[str, ...]:
        now = self._now()
        found = self._queue.items([ItemState.QUEUED, ItemState.RELEASING], limit=sys.maxsize)
        for item in found:
            if item.state == ItemState.QUEUED:
                self._holding.held(connection, item, officer=officer, reason=LOOK, cause=CAUSE)
            else:  # in the middle of its release; what of it was being sent is unknown at the next start
                here, detail = ItemState.RELEASING, {"cause": CAUSE}
                if not damage(item, rows := self._queue.deliveries(item.id)):
                    self._clearing.void(connection, item, rows)
                move_item(
                    connection, item.id, here, ItemState.HELD, actor=officer, now=now, detail=detail, reason=LOOK, due_at=None
                )  # fmt: skip
        return tuple(item.id for item in found)

    def _known(self) -> str:
        try:
            with self._end_file.still() as kept:
                return "none" if kept is None else _named(kept.certain)
        except ValueError:
            return "none that can be trusted"


def _named(known: End) -> str:
    return "nothing" if known == NOTHING else str(known)
